"""Predictions of a CSV with pandas and PyTorch, in chunks: a gigabyte of text is no array."""

import sys

import numpy as np
import pandas

from torch_predictor import predictor

folder, source, target = sys.argv[1:]
predict = predictor(folder)
with open(target, "w") as out:
    out.write("prediction,confidence\n")
    for chunk in pandas.read_csv(source, dtype=np.uint8, chunksize=20_000):
        best, confidence = predict(chunk.to_numpy())
        pandas.DataFrame({"prediction": best, "confidence": confidence}).to_csv(out, header=False, index=False)

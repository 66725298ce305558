"""Predictions of a CSV with pandas and scikit-learn, in chunks: a gigabyte of text is no array."""

import sys

import joblib
import numpy as np
import pandas

folder, source, target = sys.argv[1:]
model = joblib.load(f"{folder}/predict.joblib")
with open(target, "w") as out:
    out.write("prediction,confidence\n")
    for chunk in pandas.read_csv(source, dtype=np.uint8, chunksize=20_000):
        probabilities = model.predict_proba(np.divide(chunk.to_numpy(), 255, dtype=np.float32))
        best = probabilities.argmax(axis=1)
        table = pandas.DataFrame({"prediction": model.classes_[best], "confidence": probabilities.max(axis=1)})
        table.to_csv(out, header=False, index=False)

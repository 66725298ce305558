"""FastAPI with ONNX Runtime, on what `mlp export` wrote."""

import os

import onnxruntime

from interface import application

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1  # more only wait for each other with a network this small
options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])

app = application(lambda rows: session.run(["probabilities"], {"input": rows})[0])

"""Trains the network that the peers predict with, and saves it for scikit-learn and for PyTorch."""

import sys

import joblib
import numpy as np
from sklearn.neural_network import MLPClassifier

import mnist

folder = sys.argv[1]
inputs, labels, _, _ = mnist.load(folder, "unit")
model = MLPClassifier((64,), activation="tanh", batch_size=64, max_iter=2, random_state=1).fit(inputs, labels)
joblib.dump(model, f"{folder}/predict.joblib")
(first, second), (first_biases, second_biases) = model.coefs_, model.intercepts_
np.savez(f"{folder}/predict.npz", first=first, second=second, first_biases=first_biases, second_biases=second_biases)

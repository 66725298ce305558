"""MNIST in memory, and the initial parameters: the same for every peer."""

import os

import numpy as np

from tasks import sizes

PARTS = ("train", "test")


def read_csv(path):
    """Pixels `[rows, 784]` and labels `[rows]`, both uint8, read as a user of pandas would."""
    import pandas

    table = pandas.read_csv(path, dtype=np.uint8).to_numpy()
    return np.ascontiguousarray(table[:, 1:]), table[:, 0].copy()


def save_arrays(folder):
    """Parses both CSVs of the folder once and keeps them as arrays, so that no training waits for text."""
    for part in PARTS:
        pixels, labels = read_csv(os.path.join(folder, f"mnist_{part}.csv"))
        np.savez(os.path.join(folder, f"mnist_{part}.npz"), pixels=pixels, labels=labels)


def load(folder, scale, from_csv=False):
    """`(train inputs, train labels, test inputs, test labels)`: float32 `[rows, 784]` and int64 `[rows]`."""
    parts = []
    for part in PARTS:
        if from_csv:
            parts.append(read_csv(os.path.join(folder, f"mnist_{part}.csv")))
        else:
            arrays = np.load(os.path.join(folder, f"mnist_{part}.npz"))
            parts.append((arrays["pixels"], arrays["labels"]))
    (train, train_labels), (test, test_labels) = parts
    if scale == "unit":
        train, test = (np.divide(pixels, 255, dtype=np.float32) for pixels in (train, test))
    else:
        mean = train.mean(axis=0, dtype=np.float64)
        deviation = np.sqrt((train.astype(np.float32) ** 2).mean(axis=0, dtype=np.float64) - mean**2)
        deviation[deviation == 0] = 1
        train, test = (((pixels - mean.astype(np.float32)) / deviation.astype(np.float32)) for pixels in (train, test))
    return train, train_labels.astype(np.int64), test, test_labels.astype(np.int64)


def load_bytes(folder):
    """Pixels `[rows, 784]` and labels `[rows]` of the training rows, as they are stored."""
    arrays = np.load(os.path.join(folder, "mnist_train.npz"))
    return arrays["pixels"], arrays["labels"]


def initial_parameters(task, seed):
    """A list of `(weights [inputs, outputs], biases [outputs])` in float32."""
    random = np.random.default_rng(seed)
    layers = []
    for inputs, outputs in zip(sizes(task), sizes(task)[1:]):
        deviation = task["deviation"] or np.sqrt(2 / inputs)
        weights = random.normal(0, deviation, (inputs, outputs)).astype(np.float32)
        biases = random.normal(0, task["deviation"] or 0, outputs).astype(np.float32)
        layers.append((weights, biases))
    return layers

"""Hand-written NumPy: float32, every large result written in place, nothing allocated in the loop."""

import numpy as np

import contestant
import mnist


class Network:
    def __init__(self, task, inputs, labels, seed):
        self.inputs, self.batch, self.tanh = inputs, task["batch"], task["activation"] == "tanh"
        self.targets = np.eye(10, dtype=np.float32)[labels]
        self.random = np.random.default_rng(seed)
        self.step = np.float32(task["rate"] / self.batch)
        self.layers = mnist.initial_parameters(task, seed)
        outputs = [weights.shape[1] for weights, _ in self.layers]
        empty = lambda columns: np.empty((self.batch, columns), np.float32)
        self.rows, self.target = empty(784), empty(10)
        self.activations = [empty(columns) for columns in outputs]
        self.deltas = [empty(columns) for columns in outputs[:-1]]
        self.gradients = [np.empty_like(weights) for weights, _ in self.layers]

    def train(self, epochs):
        rows, last = len(self.inputs), len(self.inputs) - self.batch + 1
        for _ in range(epochs):
            order = self.random.permutation(rows)
            for start in range(0, last, self.batch):
                chosen = order[start : start + self.batch]
                # mode="clip" lets take write straight to `out`; the default goes through a copy.
                np.take(self.inputs, chosen, axis=0, out=self.rows, mode="clip")
                np.take(self.targets, chosen, axis=0, out=self.target, mode="clip")
                self.update()

    def update(self):
        below = self.rows
        for index, ((weights, biases), out) in enumerate(zip(self.layers, self.activations)):
            np.matmul(below, weights, out=out)
            out += biases
            if index < len(self.layers) - 1:
                np.tanh(out, out=out) if self.tanh else np.maximum(out, 0, out=out)
            below = out
        delta = self.activations[-1]  # softmax − target, in place; times rate / batch, so that no gradient needs it
        delta -= delta.max(axis=1, keepdims=True)
        np.exp(delta, out=delta)
        delta /= delta.sum(axis=1, keepdims=True)
        delta -= self.target
        delta *= self.step
        for index in range(len(self.layers) - 1, -1, -1):
            weights, biases = self.layers[index]
            below = self.activations[index - 1] if index else self.rows
            np.matmul(below.T, delta, out=self.gradients[index])
            biases -= delta.sum(axis=0)
            if index:
                lower = self.deltas[index - 1]
                np.matmul(delta, weights.T, out=lower)
                if self.tanh:
                    np.multiply(below, below, out=below)
                    np.subtract(1, below, out=below)
                    lower *= below
                else:
                    lower *= below > 0
                delta = lower
            weights -= self.gradients[index]

    def predict(self, inputs):
        for weights, biases in self.layers[:-1]:
            inputs = inputs @ weights + biases
            inputs = np.tanh(inputs) if self.tanh else np.maximum(inputs, 0)
        weights, biases = self.layers[-1]
        return (inputs @ weights + biases).argmax(axis=1)


def prepare(*arguments):
    network = Network(*arguments)
    return network.train, network.predict


contestant.run(prepare)

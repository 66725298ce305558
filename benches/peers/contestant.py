"""The frame of every training peer: arguments, what is timed, and the one line of JSON that it prints."""

import argparse
import json
import time

import mnist
from tasks import TASKS


def run(prepare):
    """Trains one epoch to warm up (compilers included), then the epochs that count, then scores the test rows.

    `prepare(task, train inputs, train labels, seed)` gives `train(epochs)` and `predict(inputs) -> classes`; it and
    everything before it is not timed, and `train` returns only when all its work is done.
    """
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", choices=TASKS, required=True)
    parser.add_argument("--data", required=True, help="folder of the arrays")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=5, help="epochs that count, after one that does not")
    parser.add_argument("--from-csv", action="store_true")
    arguments = parser.parse_args()
    task = TASKS[arguments.task]
    inputs, labels, test_inputs, test_labels = mnist.load(arguments.data, task["scale"], arguments.from_csv)

    train, predict = prepare(task, inputs, labels, arguments.seed)
    started = time.perf_counter()
    train(1)
    warm = time.perf_counter()
    train(arguments.epochs)
    done = time.perf_counter()
    accuracy = float((predict(test_inputs) == test_labels).mean())
    seconds = (done - warm) / arguments.epochs
    print(json.dumps({"seconds": seconds, "compile_seconds": warm - started - seconds, "accuracy": accuracy}))

"""PyTorch on a GPU, as our program trains there: rows on the device as bytes, gathered and scaled there, losses and
right predictions read back every so many updates. Eager, or with `--compiled` one update as a CUDA graph.
"""

import argparse
import json
import time

import torch
from torch.nn.functional import cross_entropy

import mnist
from tasks import GPU_TASKS
from torch_network import network


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--task", choices=GPU_TASKS, required=True)
    parser.add_argument("--data", required=True, help="folder of the arrays")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--epochs", type=int, default=3, help="that count, after one that does not")
    parser.add_argument("--log-every", type=int, default=50, help="updates")
    parser.add_argument("--compiled", action="store_true")
    parser.add_argument("--torch-device", default="cuda", help="cpu: to try this script out")
    chosen = parser.parse_args()
    task, device = GPU_TASKS[chosen.task], chosen.torch_device
    arrays = mnist.load_bytes(chosen.data)
    inputs, labels = (torch.from_numpy(array[: chosen.rows]).to(device) for array in arrays)
    labels = labels.long()
    model = network(task, 1).to(device)
    parameters, rate, batch = list(model.parameters()), task["rate"], task["batch"]

    def update(rows):
        targets = labels[rows]
        logits = model(inputs[rows].float() / 255)
        loss = cross_entropy(logits, targets)
        gradients = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients):
                parameter.sub_(gradient, alpha=rate)
            return torch.stack([loss.detach(), (logits.argmax(1) == targets).float().sum()])

    if chosen.compiled:
        update = torch.compile(update, mode="reduce-overhead", dynamic=False)

    waiting, pending, first = 0.0, [], None

    def read_back():
        nonlocal waiting
        started = time.perf_counter()
        torch.stack(pending).tolist()
        pending.clear()
        waiting += time.perf_counter() - started

    def epoch():
        nonlocal first
        order = torch.randperm(len(inputs))
        for rows in order[: len(order) // batch * batch].split(batch):
            # A CUDA graph writes its result to the same place each time.
            pending.append(update(rows.to(device)).clone())
            if first is None or len(pending) == chosen.log_every:
                read_back()
                first = first or time.perf_counter() - started
        if pending:
            read_back()

    started = time.perf_counter()
    epoch()
    waiting = 0.0
    warm = time.perf_counter()
    for _ in range(chosen.epochs):
        epoch()
    seconds = time.perf_counter() - warm
    rows = len(inputs) // batch * batch * chosen.epochs
    print(json.dumps({"rows_per_second": rows / seconds, "first_update": first, "waiting": waiting / seconds}))


main()

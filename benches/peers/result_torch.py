"""From CSV to a network that knows 97 % of the test rows, as fast as PyTorch gets there.

Units, rate, batch and epochs are tuned for the shortest wall time at which every seed tried is above the bar. Eager,
because compiling takes longer than the whole training. The test rows are scored once, at the end.
"""

import json
import os
import sys

import numpy as np
import torch
from torch import nn

HIDDEN, EPOCHS, BATCH, RATE = 128, 3, 400, 0.01


def with_pandas(path):
    import pandas

    return pandas.read_csv(path, dtype=np.uint8).to_numpy()


def main(read=with_pandas):
    folder, seed = sys.argv[1], int(sys.argv[2])
    torch.manual_seed(seed)
    train, test = (torch.from_numpy(read(os.path.join(folder, f"mnist_{part}.csv"))) for part in ("train", "test"))
    inputs, labels = train[:, 1:].float().div_(255), train[:, 0].long()
    model = nn.Sequential(nn.Linear(784, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10))
    optimizer = torch.optim.Adam(model.parameters(), lr=RATE, fused=True)
    steps = len(inputs) // BATCH * EPOCHS
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps)
    for _ in range(EPOCHS):
        order = torch.randperm(len(inputs))[: len(inputs) // BATCH * BATCH]
        for chosen in order.split(BATCH):
            loss = nn.functional.cross_entropy(model(inputs.index_select(0, chosen)), labels.index_select(0, chosen))
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            optimizer.step()
            schedule.step()
    with torch.inference_mode():
        hits = model(test[:, 1:].float().div_(255)).argmax(dim=1) == test[:, 0]
    print(json.dumps({"accuracy": hits.double().mean().item()}))


if __name__ == "__main__":
    main()

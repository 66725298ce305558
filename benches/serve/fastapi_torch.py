"""FastAPI with PyTorch, on what `mlp export` wrote."""

import json
import os

import torch
from safetensors import safe_open
from safetensors.torch import load_file

from interface import application

torch.set_num_threads(1)  # more only wait for each other with a network this small

with safe_open(os.environ["MODEL"], "pt") as file:
    about = file.metadata()
sizes = json.loads(about["layer_sizes"])
activation = {"relu": torch.nn.ReLU, "tanh": torch.nn.Tanh}[about["activation"]]
modules = []
for inputs, outputs in zip(sizes, sizes[1:]):
    modules += [torch.nn.Linear(inputs, outputs), activation()]
network = torch.nn.Sequential(*modules[:-1]).eval()
network.load_state_dict(load_file(os.environ["MODEL"]), strict=True)


@torch.inference_mode()
def predict(rows):
    return torch.softmax(network(torch.from_numpy(rows) / 255), dim=1).numpy()


app = application(predict)

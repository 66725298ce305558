"""What is trained, by everyone alike. Imports nothing, so that the harness and every peer can read it."""

# 784 inputs and 10 classes always; `deviation` None means He initialisation with zero biases, a number means
# N(0, deviation) for weights and biases. Gradients are means over the batch, the optimizer is plain SGD.
TASKS = {
    "tanh-64": {
        "title": "784–64–10 tanh, batch 64",
        "hidden": [64], "activation": "tanh", "deviation": 0.3, "batch": 64, "rate": 0.1, "scale": "unit",
    },
    "tanh-64-dense": {
        "title": "784–64–10 tanh, batch 64, standardised inputs (no zeros to skip)",
        "hidden": [64], "activation": "tanh", "deviation": 0.3, "batch": 64, "rate": 0.1, "scale": "standard",
    },
    "relu-128-64": {
        "title": "784–128–64–10 relu, batch 32",
        "hidden": [128, 64], "activation": "relu", "deviation": None, "batch": 32, "rate": 0.1, "scale": "unit",
    },
    "relu-800": {
        "title": "784–800–10 relu, batch 128",
        "hidden": [800], "activation": "relu", "deviation": None, "batch": 128, "rate": 0.1, "scale": "unit",
    },
}

# Larger ones, for a GPU: `python3 benches/gpu.py`.
GPU_TASKS = {
    "small": {
        "title": "784–64–10 tanh, batch 64",
        "hidden": [64], "activation": "tanh", "deviation": 0.3, "batch": 64, "rate": 0.1, "scale": "unit",
    },
    "medium": {
        "title": "784–128–64–10 relu, batch 128",
        "hidden": [128, 64], "activation": "relu", "deviation": None, "batch": 128, "rate": 0.1, "scale": "unit",
    },
    "large": {
        "title": "784–2500–2000–1500–1000–500–10 relu, batch 512",
        "hidden": [2500, 2000, 1500, 1000, 500], "activation": "relu", "deviation": None, "batch": 512, "rate": 0.02,
        "scale": "unit",
    },
}


def sizes(task):
    """Units of every layer."""
    return [784, *task["hidden"], 10]

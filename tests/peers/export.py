#!/usr/bin/env python3
"""Runs the exports of a trained network where they are meant to run: PyTorch, ONNX Runtime, a C library.

    python3 tests/peers/export.py MLP RUN DATA.csv[.gz]

MLP is the program, RUN a run folder, DATA a file with rows that it predicts, its label in the first column.
Needs numpy, torch, safetensors, onnx and onnxruntime from PyPI, and cc; what is absent is said and left out,
unless --all asks for everything. Exit code 1 if a class differs or a probability is further than 1e-5 away.
"""

import csv
import ctypes
import gzip
import importlib.util
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

import numpy as np

TOLERANCE = 1e-5


def read_rows(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt") as file:
        lines = list(csv.reader(file))
    start = 0 if lines[0][1].replace(".", "").isdigit() else 1
    return np.array([[float(cell) for cell in line[1:]] for line in lines[start:]], dtype=np.float32)


def from_program(mlp, run, data):
    command = [mlp, "predict", run, data, "--probabilities"]
    lines = subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()
    rows = list(csv.reader(lines))
    return np.array([[float(cell) for cell in row[2:]] for row in rows[1:]])


def torch_probabilities(path, rows):
    from safetensors.torch import load_file

    return rows_through(load_file(path), path, rows)


def rows_through(weights, path, rows):
    """Loads weights into a plain nn.Sequential, strictly; the file at `path` says of what."""
    import torch
    from safetensors import safe_open

    with safe_open(path, "pt") as file:
        about = file.metadata()
    sizes, scaling = json.loads(about["layer_sizes"]), json.loads(about["scaling"])
    activation = {
        "tanh": torch.nn.Tanh,
        "sigmoid": torch.nn.Sigmoid,
        "relu": torch.nn.ReLU,
        "leaky_relu": torch.nn.LeakyReLU,
        "gelu": torch.nn.GELU,
        "silu": torch.nn.SiLU,
    }[about["activation"]]
    modules = []
    for inputs, outputs in zip(sizes, sizes[1:]):
        modules += [torch.nn.Linear(inputs, outputs), activation()]
    model = torch.nn.Sequential(*modules[:-1])
    model.load_state_dict(weights, strict=True)
    if scaling.get("fill"):
        rows = np.where(np.isnan(rows), np.float32(scaling["fill"]), rows)
    if scaling["kind"] == "unit":
        rows = rows / np.float32(255)
    elif scaling["kind"] == "standard":
        rows = (rows - np.float32(scaling["mean"])) / np.float32(scaling["deviation"])
    with torch.no_grad():
        return torch.softmax(model(torch.from_numpy(rows)), dim=1).numpy()


def imported_probabilities(mlp, run, data, weights, rows, folder):
    """Weights that PyTorch has changed and saved come back as a run; what it says, and what PyTorch says."""
    import torch
    from safetensors.torch import load_file, save_file

    torch.manual_seed(1)
    changed = {name: tensor + 0.05 * torch.randn_like(tensor) for name, tensor in load_file(weights).items()}
    # Between two Linear layers there may be more than an activation: the numbers need not follow each other.
    moved = {f"net.{3 * (int(name.split('.')[0]) // 2) + 1}.{name.split('.')[1]}": tensor for name, tensor in changed.items()}
    elsewhere = str(pathlib.Path(folder, "elsewhere.safetensors"))
    save_file(moved, elsewhere)
    command = [mlp, "import", elsewhere, "--config", f"{run}/config.toml", "--run-dir", f"{folder}/run"]
    sets = [f"data.train={json.dumps(data)}", f"data.test={json.dumps(data)}", "training.report=false"]
    subprocess.run([*command, *(word for value in sets for word in ("--set", value))], check=True, capture_output=True)
    return from_program(mlp, f"{folder}/run", data), rows_through(changed, weights, rows)


def onnx_probabilities(path, rows):
    import onnx
    import onnxruntime

    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    classes = json.loads(session.get_modelmeta().custom_metadata_map["class_names"])
    (probabilities,) = session.run(["probabilities"], {"input": rows})
    assert probabilities.shape == (len(rows), len(classes)), probabilities.shape
    return probabilities


def c_probabilities(path, rows):
    """As another language sees it: a shared library."""
    library = path.with_suffix(".so")
    command = ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2", "-shared", "-fPIC"]
    subprocess.run([*command, "-DMLP_API=", "-x", "c", str(path), "-o", str(library), "-lm"], check=True)
    predict = ctypes.CDLL(str(library)).mlp_predict
    pointer = ctypes.POINTER(ctypes.c_float)
    found = np.empty((len(rows), CLASSES), dtype=np.float32)
    for row, probabilities in zip(np.ascontiguousarray(rows), found):
        best = predict(row.ctypes.data_as(pointer), probabilities.ctypes.data_as(pointer))
        assert best == probabilities.argmax()
    return found


def is_same(peer, found, expected):
    furthest = float(np.abs(found - expected).max())
    same = int((found.argmax(1) == expected.argmax(1)).sum())
    good = same == len(expected) and furthest <= TOLERANCE
    verdict = "ok" if good else "FAILED"
    print(f"{verdict}: {peer}: {same} of {len(expected)} classes, no probability further than {furthest:.1e}")
    return good


def main():
    global CLASSES
    everything = "--all" in sys.argv
    mlp, run, data = [argument for argument in sys.argv[1:] if argument != "--all"]
    rows, expected = read_rows(data), from_program(mlp, run, data)
    CLASSES = expected.shape[1]
    assert len(rows) == len(expected), (len(rows), len(expected))
    peers = [
        ("PyTorch", "safetensors", torch_probabilities, ["torch", "safetensors"]),
        ("ONNX Runtime", "onnx", onnx_probabilities, ["onnx", "onnxruntime"]),
        ("C by ctypes", "h", c_probabilities, []),
    ]
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        for peer, ending, predict, modules in peers:
            absent = [name for name in modules if importlib.util.find_spec(name) is None]
            absent += ["cc"] if ending == "h" and shutil.which("cc") is None else []
            if absent:
                print(f"SKIPPED: {peer}: no {', '.join(absent)}")
                failed |= everything
                continue
            path = pathlib.Path(folder, f"model.{ending}")
            subprocess.run([mlp, "export", run, "-o", str(path), "--quiet"], check=True)
            failed |= not is_same(peer, predict(path if ending == "h" else str(path), rows), expected)
            if peer == "PyTorch" and pathlib.Path(run, "config.toml").is_file():
                back = imported_probabilities(mlp, run, data, str(path), rows, folder)
                failed |= not is_same("from PyTorch, by import", *back)
    sys.exit(failed)


if __name__ == "__main__":
    main()

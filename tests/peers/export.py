#!/usr/bin/env python3
"""Runs the exports of a trained network where they are meant to run: PyTorch, ONNX Runtime, a C library.

    python3 tests/peers/export.py MLP RUN DATA.csv[.gz]
    python3 tests/peers/export.py MLP --table [--onnxruntime FOLDER]

MLP is the program, RUN a run folder, DATA a file with rows that it predicts, its label in the first column. With
--table, a network is trained here on a table with columns of every kind, and ONNX Runtime and C are held to what the
program says of 10,000 new rows; --onnxruntime names a folder with another version (pip install --target).
Needs numpy, torch, safetensors, onnx and onnxruntime from PyPI, and cc; what is absent is said and left out,
unless --all asks for everything. Exit code 1 if a class differs or a probability is further than 1e-5 away.
"""

import csv
import ctypes
import gzip
import importlib.util
import json
import math
import pathlib
import random
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
    sizes, preprocessing = json.loads(about["layer_sizes"]), json.loads(about["preprocessing"])
    columns = preprocessing.get("columns") or [preprocessing["all"]] * sizes[0]
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
    assert {column["kind"] for column in columns} <= {"identity", "pixel", "numeric"}, "not all are plain numbers"
    numbers = lambda key, default: np.float32([column.get(key, default) for column in columns])
    rows = np.where(np.isnan(rows), numbers("fill", math.nan), rows)
    scale = np.float32([255 if column["kind"] == "pixel" else column.get("scale", 1) for column in columns])
    rows = (rows - numbers("center", 0)) / scale
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


TABLE = """
name = "table"
[data]
train = "train.csv"
label = "class"
max_categories = 6
[data.columns]
age = { kind = "number", scale = "robust", smooth_clip = true, indicator = true }
weight = { kind = "number", missing = "error" }
count = { kind = "number", scale = "none", missing = 2.5 }
member = { kind = "boolean", indicator = true }
town = { kind = "category", indicator = true }
when = { kind = "date", indicator = true }
[model]
hidden = [16, 8]
[training]
epochs = 4
batch_size = 32
report = false
"""
COLOURS = ['"red"', "a\\b", "</script>", "é ü", "\u202edlog", "two\nlines", "probabilities"]


def draw_row(draw, is_new):
    """A row of raw values by column, None where one is missing, and its class."""
    there = lambda rate, value: None if draw.random() < rate else value
    spread = 4 if is_new else 1
    town = "unseen" if is_new and draw.random() < 0.05 else f"town {int(math.sqrt(400 * draw.random()))}"
    row = {
        "age": there(0.2, round(100 * spread * draw.random(), 3)),
        "weight": round(spread * draw.gauss(0, 1), 4),
        "stamp": there(0.1, 1.7e9 + spread * draw.randrange(4000) / 4),
        "count": there(0.1, float(draw.randrange(7))),
        "member": there(0.1, draw.random() < 0.4),
        "town": there(0.1, town),
        'colour "/probabilities"': there(0.05, draw.choice(COLOURS)),
        "probabilities": draw.choice(["a", "b"]),
        "when": there(0.1, float(1_600_000_000 + draw.randrange(-30_000_000 * spread, 70_000_000 * spread))),
        "day": 86400.0 * (19000 + draw.randrange(-500 * spread, 1500 * spread)),
    }
    score = (row["age"] or 30) / 30 + row["weight"] + (row["town"] is not None and len(row["town"]) > 6)
    return row, "low" if score < 1 else "middle" if score < 2.5 else "high"


def cell(name, value):
    if value is None:
        return ""
    if name in ("when", "day"):
        return str(np.datetime64(int(value), "s")) + "Z"
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def write_rows(path, rows, classes=None):
    with open(path, "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*rows[0], *(["class"] if classes else [])])
        for index, row in enumerate(rows):
            writer.writerow([*(cell(name, value) for name, value in row.items()), *([classes[index]] if classes else [])])


def table_feed(columns, rows):
    """Each column as the graph takes it: missing values are NaN, or empty texts."""
    types = {"tensor(float)": np.float32, "tensor(double)": np.float64, "tensor(string)": object}
    feed = {}
    for column in columns:
        values = [row[column["name"]] for row in rows]
        missing = "" if column["type"] == "tensor(string)" else math.nan
        values = [missing if value is None else value for value in values]
        feed[column["input"]] = np.array(values, dtype=types[column["type"]]).reshape(-1, 1)
    return feed


def table_onnx(path, rows):
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    columns = json.loads(session.get_modelmeta().custom_metadata_map["columns"])
    (probabilities,) = session.run(["probabilities"], table_feed(columns, rows))
    return probabilities


def table_c(path, rows):
    """The struct, as another language sees it."""
    library = path.with_suffix(".so")
    command = ["cc", "-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", "-O2", "-shared", "-fPIC"]
    subprocess.run([*command, "-DMLP_API=", "-x", "c", str(path), "-o", str(library), "-lm"], check=True)
    types = [ctypes.c_float, ctypes.c_float, ctypes.c_double, ctypes.c_float, ctypes.c_float, *[ctypes.c_char_p] * 3]
    types += [ctypes.c_double, ctypes.c_double]

    class Row(ctypes.Structure):
        _fields_ = list(zip(rows[0], types))

    predict = ctypes.CDLL(str(library)).mlp_predict
    found = np.empty((len(rows), CLASSES), dtype=np.float32)
    pointer = ctypes.POINTER(ctypes.c_float)
    for row, probabilities in zip(rows, found):
        values = []
        for value, kind in zip(row.values(), types):
            is_text = kind is ctypes.c_char_p
            if value is None:
                values.append(None if is_text else math.nan)
            else:
                values.append(value.encode() if is_text else value)
        best = predict(ctypes.byref(Row(*values)), probabilities.ctypes.data_as(pointer))
        assert best == probabilities.argmax()
    return found


def check_table(mlp, everything):
    global CLASSES
    draw = random.Random(1)
    known = [draw_row(draw, False) for _ in range(900)]
    new = [draw_row(draw, True)[0] for _ in range(10_000)]
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_rows(folder / "train.csv", [row for row, _ in known], [name for _, name in known])
        write_rows(folder / "new.csv", new)
        (folder / "table.toml").write_text(TABLE)
        mlp = str(pathlib.Path(mlp).resolve())
        subprocess.run([mlp, "--config", "table.toml", "--run-dir", "run", "--quiet"], check=True, cwd=folder)
        expected = from_program(mlp, str(folder / "run"), str(folder / "new.csv"))
        CLASSES = expected.shape[1]
        peers = [("ONNX Runtime", "onnx", table_onnx), ("C by ctypes", "h", table_c)]
        for peer, ending, predict in peers:
            if ending == "onnx" and importlib.util.find_spec("onnxruntime") is None or ending == "h" and shutil.which("cc") is None:
                print(f"SKIPPED: {peer} is not there")
                failed |= everything
                continue
            path = folder / f"model.{ending}"
            subprocess.run([mlp, "export", str(folder / "run"), "-o", str(path), "--quiet"], check=True)
            if ending == "onnx":
                import onnxruntime

                peer = f"{peer} {onnxruntime.__version__}, columns of every kind"
                if importlib.util.find_spec("onnx"):
                    import onnx

                    onnx.checker.check_model(onnx.load(path), full_check=True)
            failed |= not is_same(peer, predict(path, new), expected)
    return failed


def is_same(peer, found, expected):
    furthest = float(np.abs(found - expected).max())
    same = int((found.argmax(1) == expected.argmax(1)).sum())
    good = same == len(expected) and furthest <= TOLERANCE
    verdict = "ok" if good else "FAILED"
    print(f"{verdict}: {peer}: {same} of {len(expected)} classes, no probability further than {furthest:.1e}")
    return good


def main():
    global CLASSES
    arguments = sys.argv[1:]
    if "--onnxruntime" in arguments:
        at = arguments.index("--onnxruntime")
        sys.path.insert(0, arguments[at + 1])
        del arguments[at : at + 2]
    everything = "--all" in arguments
    arguments = [argument for argument in arguments if argument != "--all"]
    if "--table" in arguments:
        arguments.remove("--table")
        (mlp,) = arguments
        sys.exit(check_table(mlp, everything))
    mlp, run, data = arguments
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

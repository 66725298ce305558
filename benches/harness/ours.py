"""Trainings by our program, and what its run folders say of them."""

import json
import shutil
import sys
from pathlib import Path

BENCHES = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(BENCHES / "peers"))

from machine import THREADS
from tasks import TASKS

CONFIG = """\
name = "bench"
seed = {seed}
[data]
train = "mnist_train.csv"
test = "mnist_test.csv"
scale = "{scale}"
validation = 0.0
[model]
hidden = {hidden}
activation = "{activation}"
{initialisation}
[optimizer]
kind = "sgd"
learning_rate = {rate}
[training]
epochs = {epochs}
batch_size = {batch}
threads = {threads}
"""


def config(context, task, seed, epochs):
    """Writes the config of a task; progress, metrics, checkpoints and report stay as they are by default."""
    path = context.scratch / "bench.toml"
    path.write_text(text(TASKS[task], seed, epochs))
    return path


def text(task, seed, epochs):
    """The config of a task."""
    deviation = task["deviation"]
    if deviation is None:
        initialisation = 'weight_init = "he_normal"\nbias_init = "zeros"'
    else:
        normal = f'{{ kind = "normal", std = {deviation} }}'
        initialisation = f"weight_init = {normal}\nbias_init = {normal}"
    return CONFIG.format(**task, seed=seed, epochs=epochs, threads=THREADS, initialisation=initialisation)


def run_folder(context):
    """An absent folder for a run."""
    folder = context.scratch / "run"
    shutil.rmtree(folder, ignore_errors=True)
    return folder


def train(context, config, *flags):
    """A training in a new run folder: wall time, memory, and its own record of itself."""
    folder = run_folder(context)
    figures = context.mlp("--config", config, "--run-dir", folder, *flags)
    timings = json.loads((folder / "run.json").read_text())["timings"]
    test = json.loads((folder / "evaluation.json").read_text()).get("test", {})
    return figures | {
        "training": timings["training_seconds"],
        "data": timings["data_seconds"],
        "accuracy": test.get("accuracy"),
    }


def epochs_like_a_peer(context, task, seed, *flags):
    """Seconds an epoch over the epochs that count: all but the first, checkpoints and metrics included."""
    figures = train(context, config(context, task, seed, context.epochs + 1), *flags)
    lines = (context.scratch / "run" / "metrics.jsonl").read_text().splitlines()
    ends = [record["seconds"] for record in map(json.loads, lines) if record["scope"] == "epoch"]
    return figures | {"seconds": (ends[-1] - ends[0]) / context.epochs}

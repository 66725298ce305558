#!/usr/bin/env python3
"""Holds `mlp data convert` against the programs that people keep tables in.

    python3 tests/peers/tables.py MLP

MLP is the program, built with the feature `parquet`. Needs numpy, pandas, pyarrow, polars and duckdb from PyPI. What they
write has to come out of the program equal, and what the program writes has to come out of them equal. Exit code 1 if not.
"""

import pathlib
import subprocess
import sys
import tempfile

import duckdb
import numpy
import pandas
import polars

ROWS = 1000


def table():
    """A column of every kind, the label last; some cells are empty."""
    random = numpy.random.default_rng(1)
    rows = numpy.arange(ROWS)
    frame = pandas.DataFrame(
        {
            "small": random.integers(-9, 10, ROWS).astype("int8"),
            "unsigned": random.integers(0, 2**16, ROWS).astype("uint16"),
            "large": random.integers(-(2**40), 2**40, ROWS),
            "single": random.normal(size=ROWS).astype("float32"),
            "double": numpy.where(rows % 7 == 0, numpy.nan, random.normal(size=ROWS) * 1e9 + 0.123456789),
            "yes": rows % 3 == 0,
            "town": numpy.array(["here", "there, or near", 'the "far"', "Zürich"])[rows % 4],
            "day": pandas.Timestamp("2024-01-01") + pandas.to_timedelta(rows, unit="D"),
            "moment": pandas.Timestamp("2024-01-01") + pandas.to_timedelta(rows * 12345.25, unit="s"),
            "kind": numpy.array(["a", "b", "c"])[random.integers(0, 3, ROWS)],
        }
    )
    frame.loc[rows % 11 == 0, "town"] = None
    return frame


def convert(mlp, source, target, label):
    command = [mlp, "data", "convert", "--quiet", str(source), str(target), "--label", label, "--force"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def must_be_equal(what, found, expected):
    """Compares each column: numbers to 32 bits where the program keeps so many, all else exactly."""
    for name in expected.columns:
        wanted, got = expected[name], found[name]
        if wanted.dtype.kind == "M":
            got = pandas.to_datetime(got, format="ISO8601", utc=True).dt.tz_localize(None)
            same = (got.astype("datetime64[us]") == wanted.astype("datetime64[us]")).all()
        elif wanted.dtype.kind in "iuf":
            error = numpy.abs(got.astype(float) - wanted.astype(float))
            same = (got.isna() == wanted.isna()).all() and (error.fillna(0) <= 1e-6 * numpy.nanmax(numpy.abs(wanted))).all()
        elif wanted.dtype.kind == "b":
            same = (got.astype(str).str.lower() == wanted.astype(str).str.lower()).all()
        else:
            same = (got.fillna("").astype(str) == wanted.fillna("").astype(str)).all()
        if not same:
            sys.exit(f"{what}: column {name} is\n{got.head(20)}\nand not\n{wanted.head(20)}")
    print(f"{what}: equal")


def parquet_files(frame, folder):
    """The table as each program writes it, with each compression and version of pages."""
    for codec in ("snappy", "gzip", "zstd", None):
        for version in ("1.0", "2.0"):
            path = folder / f"pandas-{codec}-{version}.parquet"
            frame.to_parquet(path, compression=codec, data_page_version=version, row_group_size=300)
            yield path
        path = folder / f"polars-{codec}.parquet"
        polars.from_pandas(frame).write_parquet(path, compression=codec or "uncompressed", row_group_size=300)
        yield path
        path = folder / f"duckdb-{codec}.parquet"
        duckdb.sql(f"COPY frame TO '{path}' (FORMAT parquet, COMPRESSION {codec or 'uncompressed'})")
        yield path
    path = folder / "plain.parquet"
    frame.to_parquet(path, use_dictionary=False, use_byte_stream_split=["single", "double"])
    yield path


def same_predictions(mlp, source, folder):
    """Predictions as CSV and as Parquet say the same; carried columns keep their types."""
    run = folder / "run"
    short = ["--set", "training.epochs=2", "--set", "training.report=false"]
    subprocess.run([mlp, "train", source, "--label", "kind", "--run-dir", run, "--quiet", *short], check=True, stdout=subprocess.DEVNULL)
    carried = ["large", "yes", "moment", "town"]
    keep = [word for name in carried for word in ("--keep", name)]
    for name in ("predictions.csv", "predictions.parquet"):
        command = [mlp, "predict", run, source, *keep, "--probabilities", "--interval", "0.9", "-o", folder / name, "--quiet"]
        subprocess.run(command, check=True)
    ours = pandas.read_parquet(folder / "predictions.parquet")
    kinds = [ours[name].dtype.kind for name in carried]
    assert kinds[0] == "i" and kinds[2] == "M" and kinds[1] in "bO", kinds
    assert list(ours.columns[4:6]) == ["prediction", "confidence"] and len(ours) == ROWS, ours.columns
    ours["moment"] = ours["moment"].dt.tz_localize(None)
    must_be_equal("predictions", pandas.read_csv(folder / "predictions.csv", keep_default_na=False, na_values=[""]), ours)


def main(mlp):
    frame = table()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        back = folder / "back.csv"
        for path in parquet_files(frame, folder):
            convert(mlp, path, back, "kind")
            must_be_equal(path.name, pandas.read_csv(back, keep_default_na=False, na_values=[""]), frame)
        frame.to_csv(folder / "frame.csv.zst", index=False, compression="zstd")
        for source in ("frame.csv.zst", "pandas-zstd-2.0.parquet"):
            convert(mlp, folder / source, folder / "ours.parquet", "kind")
            must_be_equal(f"{source} by pandas", pandas.read_parquet(folder / "ours.parquet"), frame)
            must_be_equal(f"{source} by Polars", polars.read_parquet(folder / "ours.parquet").to_pandas(), frame)
            ours = duckdb.sql(f"SELECT * FROM '{folder / 'ours.parquet'}'").df()
            must_be_equal(f"{source} by DuckDB", ours, frame)

        same_predictions(mlp, folder / "pandas-zstd-2.0.parquet", folder)

        pixels = numpy.random.default_rng(2).integers(0, 256, (60, 28, 28)).astype("u1")
        labels = numpy.arange(60) % 10
        numpy.savez_compressed(folder / "images.npz", x=pixels, y=labels)
        convert(mlp, folder / "images.npz", folder / "images.csv.zst", "y")
        convert(mlp, folder / "images.csv.zst", folder / "again.npz", "label")
        again = numpy.load(folder / "again.npz")
        assert again["x"].dtype == "u1" and (again["x"] == pixels).all() and (again["y"] == labels).all()
        matrix = numpy.random.default_rng(3).normal(size=(50, 4)).astype("f4")
        matrix[:, 3] = numpy.arange(50) % 2
        numpy.save(folder / "matrix.npy", matrix)
        convert(mlp, folder / "matrix.npy", folder / "again.npy", "-1")
        again = numpy.load(folder / "again.npy")
        assert again.dtype == "f4" and (again == matrix).all()
        print("arrays: equal")


if __name__ == "__main__":
    main(sys.argv[1])

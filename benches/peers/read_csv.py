"""A CSV of bytes from the page cache to a matrix in memory, by the reader that is named; prints its seconds."""

import json
import sys
import time

import numpy as np


def polars(path):
    import polars

    # Told the type, it reads in half the time that it takes to find it out.
    columns = len(open(path).readline().split(","))
    return lambda: polars.read_csv(path, schema_overrides=[polars.UInt8] * columns).to_numpy()


def pandas(path):
    import pandas

    return lambda: pandas.read_csv(path, dtype=np.uint8).to_numpy()


def pandas_pyarrow(path):
    import pandas

    return lambda: pandas.read_csv(path, engine="pyarrow", dtype_backend="pyarrow").to_numpy(dtype=np.uint8)


def numpy(path):
    return lambda: np.loadtxt(path, delimiter=",", skiprows=1, dtype=np.uint8)


read = globals()[sys.argv[1].replace("-", "_")](sys.argv[2])
started = time.perf_counter()
matrix = read()
seconds = time.perf_counter() - started
assert matrix.shape[1] == 785 and matrix.dtype == np.uint8, (matrix.shape, matrix.dtype)
print(json.dumps({"seconds": seconds}))

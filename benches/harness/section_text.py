"""CSV to memory, and CSV to predictions."""

import shutil

import ours
from rounds import alternate


def mlp_reads(context):
    """From the file to rows in memory: what our program records of a training of a single step.

    Reading, parsing, checksum, split and scaling. To be replaced if the program ever tells its parser's time alone.
    """
    config = context.scratch / "read.toml"
    config.write_text(
        'name = "read"\n[data]\ntrain = "mnist_train.csv"\nvalidation = 0.0\n'
        "[training]\nepochs = 1\nsteps_per_epoch = 1\nreport = false\n"
    )
    figures = ours.train(context, config)
    return figures | {"seconds": figures["data"]}


def csv(context):
    path = context.scratch / "mnist_train.csv"
    path.read_bytes()  # into the page cache
    gigabytes = path.stat().st_size / 1e9

    def rated(figures):
        return figures | {"rate": gigabytes / figures["seconds"]}

    def reader(name):
        return lambda _: rated(context.peer("read_csv.py", name, path))

    everyone = {
        "mlp": lambda _: rated(mlp_reads(context)),
        "Polars": reader("polars"),
        "pandas, pyarrow": reader("pandas-pyarrow"),
        "pandas": reader("pandas"),
        "NumPy loadtxt": reader("numpy"),
    }
    return [{
        "title": f"mnist_train.csv ({gigabytes * 1000:.0f} MB), from the page cache to a matrix in memory",
        "figure": "seconds",
        "heading": "s",
        "extra": {"rate": "GB/s"},
        "runs": alternate(everyone, context.repetitions, context.patience),
    }]


def rows_to_predict(context):
    """The test rows over and over, without the label."""
    path = context.scratch / f"predict-{context.rows}.csv"
    if path.exists():
        return path
    lines = (context.scratch / "mnist_test.csv").read_text().splitlines(keepends=True)
    header, *lines = (line.split(",", 1)[1] for line in lines)
    partial = path.with_suffix(".partial")
    with open(partial, "w") as file:
        file.write(header)
        for start in range(0, context.rows, len(lines)):
            file.writelines(lines[: context.rows - start])
    partial.rename(path)
    return path


def predict(context):
    rows, run = rows_to_predict(context), context.scratch / "predict-run"
    output = context.scratch / "predictions.csv"
    shutil.rmtree(run, ignore_errors=True)
    context.mlp("--config", ours.config(context, "tanh-64", 1, 3), "--run-dir", run)
    context.peer("predict_models.py", context.scratch)

    def checked(figures):
        lines = output.read_text().splitlines()
        assert lines[0] == "prediction,confidence" and len(lines) == context.rows + 1, "not what was asked for"
        output.unlink()
        labels = (line.split(",", 1)[0] for line in (context.scratch / "mnist_test.csv").read_text().splitlines()[1:])
        hits = [line.split(",", 1)[0] == label for line, label in zip(lines[1:], labels)]
        assert sum(hits) > 0.9 * len(hits), "the predictions are not those of a trained network"
        return figures | {"seconds": figures["wall"]}

    def peer(name):
        return lambda _: checked(context.peer(f"predict_{name}.py", context.scratch, rows, output))

    everyone = {
        "mlp": lambda _: checked(context.mlp("predict", run, rows, "--output", output)),
        "pandas, scikit-learn": peer("sklearn"),
        "pandas, PyTorch": peer("torch"),
        "Polars, PyTorch": peer("polars"),
    }
    return [{
        "title": f"Predictions of {context.rows:,} rows, CSV ({rows.stat().st_size / 1e9:.2f} GB) to CSV",
        "figure": "seconds",
        "heading": "s",
        "extra": {"megabytes": "MB"},
        "runs": alternate(everyone, context.repetitions, context.patience),
    }]

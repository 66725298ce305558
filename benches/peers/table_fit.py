"""Fits one contestant to one table, as its users would: `table_fit.py FOLDER PEER SPLIT… [-- MLP FLAG…]`.

Prints a JSON line for each split: RMSE and R² of numbers; error, log loss and AUC (one against the rest, macro) of
classes; seconds of fitting and predicting together. The peer `mlp` is our program, whose path follows `--`, with flags
for its `train`. Text goes to the peers one-hot or as categories, an empty text as one of its own; empty numbers go to
those that take them, else as the mean.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

THREADS = 2
os.environ.setdefault("OMP_NUM_THREADS", str(THREADS))

import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
EMPTY = "(missing)"


def text_and_numbers(rows):
    is_number = lambda name: pd.api.types.is_numeric_dtype(rows[name]) and rows[name].dtype != bool
    return [name for name in rows if not is_number(name)], [name for name in rows if is_number(name)]


def one_hot(train):
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    text, numbers = text_and_numbers(train)
    return make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), numbers),
        (make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore")), text),
    )


def sklearn_mlp(task, train):
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    settings = {"early_stopping": True, "max_iter": 500, "random_state": 0}
    if task == "classification":
        return make_pipeline(one_hot(train), MLPClassifier(**settings))
    scaled = TransformedTargetRegressor(MLPRegressor(**settings), transformer=StandardScaler())
    return make_pipeline(one_hot(train), scaled)


def hist_gb(task, train):
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder

    text, _ = text_and_numbers(train)
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan, max_categories=200)
    kind = HistGradientBoostingClassifier if task == "classification" else HistGradientBoostingRegressor
    model = kind(categorical_features=list(range(len(text))), random_state=0)
    return make_pipeline(make_column_transformer((encoder, text), remainder="passthrough"), model)


def lightgbm(task, _):
    import lightgbm

    kind = lightgbm.LGBMClassifier if task == "classification" else lightgbm.LGBMRegressor
    return kind(verbose=-1, n_jobs=THREADS, random_state=0)


def catboost(task, train):
    import catboost

    kind = catboost.CatBoostClassifier if task == "classification" else catboost.CatBoostRegressor
    text, _ = text_and_numbers(train)
    return kind(verbose=0, thread_count=THREADS, random_state=0, allow_writing_files=False, cat_features=text)


def realmlp_s(task, _):
    import pytabkit

    kind = pytabkit.RealMLP_TD_S_Classifier if task == "classification" else pytabkit.RealMLP_TD_S_Regressor
    return kind(device="cpu", random_state=0)


def realmlp(task, _):
    import pytabkit

    kind = pytabkit.RealMLP_TD_Classifier if task == "classification" else pytabkit.RealMLP_TD_Regressor
    return kind(device="cpu", random_state=0, n_threads=THREADS)


PEERS = {
    "sklearn_mlp": sklearn_mlp, "hist_gb": hist_gb, "lightgbm": lightgbm,
    "catboost": catboost, "realmlp_s": realmlp_s, "realmlp": realmlp,
}


def prepared(peer, train, test):
    """Both parts in the form that the peer takes."""
    train, test = train.copy(), test.copy()
    text, numbers = text_and_numbers(train)
    for name in text:
        for rows in (train, test):
            rows[name] = rows[name].astype(object).where(rows[name].notna(), EMPTY).astype(str)
        if peer == "lightgbm":
            categories = pd.CategoricalDtype(sorted(train[name].unique()))
            train[name], test[name] = train[name].astype(categories), test[name].astype(categories)
    if peer.startswith("realmlp"):
        means = train[numbers].mean()
        train[numbers], test[numbers] = train[numbers].fillna(means), test[numbers].fillna(means)
    return train, test


def predicted_by_peer(peer, task, train, test, labels):
    """Predicted numbers, or a probability for each class, of the test rows."""
    train, test = prepared(peer, train, test)
    model = PEERS[peer](task, train).fit(train, labels)
    return np.asarray(model.predict(test)).ravel() if task == "regression" else np.asarray(model.predict_proba(test))


def predicted_by_mlp(binary, flags, task, files, target, names):
    """The same by two commands: a training from a file and a column's name, and a prediction."""
    train, test = files
    is_regression = task == "regression"
    with tempfile.TemporaryDirectory() as scratch:
        run, predictions = Path(scratch) / "run", Path(scratch) / "predictions.csv"
        quiet = {"check": True, "capture_output": True, "text": True}
        own = {name: value for name, value in os.environ.items() if not name.startswith("MLP__")}
        fit = [binary, "train", train, "--label", target, "--test", test, "--run-dir", run, "--quiet", "--set", f"training.threads={THREADS}", *flags]
        subprocess.run(fit, env=own, **quiet)
        probabilities = [] if is_regression else ["--probabilities"]
        subprocess.run([binary, "predict", run, test, *probabilities, "--output", predictions], env=own, **quiet)
        columns = pd.read_csv(predictions)
    if is_regression:
        return columns["prediction"].to_numpy(float)
    return columns[[f"p_{name}" for name in names]].to_numpy(float)


def score(task, predicted, truth):
    from sklearn.metrics import log_loss, r2_score, roc_auc_score

    if task == "regression":
        return {"rmse": float(np.sqrt(np.mean((predicted - truth) ** 2))), "r2": float(r2_score(truth, predicted))}
    shares = np.clip(predicted, 1e-15, 1)
    shares = shares / shares.sum(axis=1, keepdims=True)
    classes = range(shares.shape[1])
    binary = shares.shape[1] == 2
    auc = roc_auc_score(truth, shares[:, 1]) if binary else roc_auc_score(truth, shares, multi_class="ovr", labels=classes)
    error = float((shares.argmax(axis=1) != truth).mean())
    return {"error": error, "log_loss": float(log_loss(truth, shares, labels=classes)), "auc": float(auc)}


def fit(folder, peer, split, binary, flags):
    about = json.loads((folder / "about.json").read_text())
    task, target = about["task"], about["target"]
    files = [folder / f"{part}_{split}.csv" for part in ("train", "test")]
    train, test = (pd.read_csv(file) for file in files)
    labels, truth = train.pop(target), test.pop(target)
    names = None
    if task == "classification":
        names = sorted(labels.astype(str).unique())
        numbers = {name: number for number, name in enumerate(names)}
        labels, truth = (column.astype(str).map(numbers).to_numpy() for column in (labels, truth))
    else:
        labels, truth = labels.to_numpy(float), truth.to_numpy(float)
    started = time.perf_counter()
    if peer == "mlp":
        predicted = predicted_by_mlp(binary, flags, task, files, target, names)
    else:
        predicted = predicted_by_peer(peer, task, train, test, labels)
    seconds = time.perf_counter() - started
    return score(task, predicted, truth) | {"seconds": round(seconds, 2)}


def main(words):
    ours = words.index("--") if "--" in words else len(words)
    folder, peer, *splits = words[:ours]
    binary, *flags = words[ours + 1:] or [None]
    for split in map(int, splits):
        line = {"table": Path(folder).name, "split": split, "peer": peer}
        try:
            line |= fit(Path(folder), peer, split, binary, flags)
        except subprocess.CalledProcessError as failure:
            line |= {"failed": failure.stderr.strip()[-300:]}
        except Exception as failure:  # whatever a peer raises is its result
            line |= {"failed": f"{type(failure).__name__}: {failure}"[:300]}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])

#!/usr/bin/env python3
"""Checks that two builds of the program compute the same results, bit for bit.

    python3 benches/same_bits.py record target/debug/mlp old.json     # the build before a change
    python3 benches/same_bits.py record target/debug/mlp new.json     # the build after it
    python3 benches/same_bits.py compare old.json new.json            # exit code 1 if anything differs
    python3 benches/same_bits.py record NEW new.json --earlier OLD    # NEW resumes runs that OLD started

`record` trains every shipped config (shortened), small networks with one setting changed, and every optimizer with a
resumed run. It also kills and resumes trainings, and uses the network that comes with the program. It records the
weights, metrics, figures, predictions, exports and reports, mostly as SHA-256. Only values that differ between two
runs of the same build are left out (times, durations, run ids), and the versions of the program and of Burn.

Weights depend on the type of CPU: compare records of the same machine. If `mnist_train.csv.gz` and
`mnist_test.csv.gz` are in $MLP_MNIST_DIR or ../shared/data, they are used; otherwise the built-in digits are.
Takes a minute on two idle cores. Needs Python 3.11 and no packages.
"""

import argparse
import difflib
import fnmatch
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
MNIST = ("mnist_train.csv", "mnist_test.csv")
# Texts up to this size are recorded as lines, so that `compare` can show what differs.
READABLE_BYTES = 64 * 1024
# Keys of JSON documents whose values differ from run to run.
VOLATILE = {"seconds", "training_seconds", "run"}
# Entries of run.json that must not change. The others are times, versions and the id of the run.
RUN_FACTS = ["name", "status", "backend", "device", "threads", "seed", "layer_sizes", "parameters", "data", "init_from",
             "init_from_sha256", "imported_from", "schema", "preprocessing"]

# Overrides that shorten a shipped config, with enough steps for metrics and validations within an epoch. Some need
# others: in relu-7 the learning rate drops after 5 epochs; the deep network is slow.
SHORT = ["training.epochs=4", "data.limit=2000", "data.test_limit=300"]
SHORTENED = {
    "gaussian-sum": ['data.if_missing=["gaussian-sum"]'],
    "iris-like": [],
    "deep-mlp": ["training.epochs=2", "data.limit=600", "data.test_limit=100"],
    "recipes/relu-7": [*SHORT, "training.epochs=6"],
    "benches/result": [*SHORT, "training.report=true",
                       'data.train="data/mnist_train.csv"', 'data.test="data/mnist_test.csv"'],
}
# Files to predict, for configs whose rows are not digits.
ROWS = {"gaussian-sum": "data/sums.csv", "iris-like": "configs/data/flowers.csv"}

# One setting each, on few rows and a config with two hidden layers, plain SGD and no schedule.
PLAIN = "configs/recipes/compare-depth-medium.toml"
SMALL = ["training.epochs=3", "data.limit=600", "data.test_limit=100", "training.report=false",
         'data.train="data/small_train.csv"', 'data.test="data/small_test.csv"']
SETTINGS = {
    **{name: [f'model.activation="{name}"']
       for name in ("tanh", "sigmoid", "leaky_relu", "gelu", "silu", "tanh_doubled")},
    **{name: [f'model.weight_init="{name}"', f'model.bias_init="{name}"']
       for name in ("uniform", "he_uniform", "xavier_normal", "xavier_uniform")},
    "dropout": ["model.dropout=0.3"],
    "one-layer": ["model.hidden=[]"],
    "wide": ["model.hidden=[512]", "training.batch_size=256"],
    "schedule-step": ['schedule.kind="step"', "schedule.every_epochs=1", "schedule.factor=0.5"],
    "schedule-exponential": ['schedule.kind="exponential"', "schedule.factor=0.8"],
    "schedule-linear": ['schedule.kind="linear"', "schedule.final_share=0.1"],
    "schedule-one-cycle": ['schedule.kind="one_cycle"'],
    "warm-up": ["schedule.warmup_epochs=1.5"],
    "label-smoothing": ["training.label_smoothing=0.1"],
    "balanced-classes": ['training.class_weights="balanced"'],
    "weighted-classes": ["training.class_weights=[1, 2, 1, 1, 3, 1, 1, 0.5, 1, 1]"],
    "clipped": ["optimizer.clip_norm=0.5"],
    "summed": ['optimizer.gradient_reduction="sum"', "optimizer.learning_rate=0.002"],
    "last-batch": ["training.drop_last=false"],
    "autodiff": ['training.gradients="autodiff"'],
    "fused": ['training.gradients="fused"'],
    "standard-scale": ['data.scale="standard"'],
    "no-scale": ['data.scale="none"', "optimizer.learning_rate=0.0001"],
    "not-stratified": ["data.stratified=false"],
    "no-validation": ["data.validation=0"],
    "split-seed": ["data.split_seed=7"],
    "seed": ["seed=7"],
    "patience": ["early_stopping.patience=1", "training.epochs=20"],
    "stop-when": ['early_stopping.stop_when={metric="train_accuracy", at_least=0.7}', "training.epochs=20"],
    "checkpoints": ["checkpoint.every_steps=3", "training.evaluate_every_steps=2"],
    "gzip": ['data.train="data/small_train.csv.gz"'],
    "shift": ["augment.shift=2"],
    "rotate": ["augment.rotate=15"],
    "grow": ["augment.scale=0.2"],
    "shear": ["augment.shear=15"],
    "elastic": ["augment.elastic={alpha=30, sigma=5}"],
    "one-thread": ["training.threads=1"],
    "three-threads": ["training.threads=3"],
}

# Trained for 5 epochs of 10 steps, then resumed up to 15.
EPOCHS, MORE_EPOCHS = 5, 15
OPTIMIZERS = {
    "sgd": ['optimizer.kind="sgd"'],
    "sgd-decay": ['optimizer.kind="sgd"', "optimizer.weight_decay=0.001"],
    "momentum": ['optimizer.kind="sgd"', "optimizer.momentum=0.9", "optimizer.weight_decay=0.001"],
    "nesterov": ['optimizer.kind="sgd"', "optimizer.momentum=0.9", "optimizer.nesterov=true"],
    "adam": ['optimizer.kind="adam"', "optimizer.learning_rate=0.002"],
    "adamw": ['optimizer.kind="adamw"', "optimizer.learning_rate=0.002", "optimizer.weight_decay=0.01"],
    "rmsprop": ['optimizer.kind="rmsprop"', "optimizer.learning_rate=0.001"],
    "rmsprop-momentum": ['optimizer.kind="rmsprop"', "optimizer.learning_rate=0.001", "optimizer.momentum=0.9"],
    "adagrad": ['optimizer.kind="adagrad"', "optimizer.learning_rate=0.01"],
    "lion": ['optimizer.kind="lion"', "optimizer.learning_rate=0.0005", "optimizer.weight_decay=0.01"],
}

# Killed and resumed: with everything random that an epoch can have, and checkpoints in the middle of an epoch.
KILLED = ["training.epochs=30", "data.limit=2000", "data.test_limit=300", "training.report=false", "model.dropout=0.2",
          "augment.rotate=10", "checkpoint.every_steps=20", "training.log_every_steps=5"]
KILLED_AT = (0.3, 0.65)  # shares of all steps


class Failed(Exception):
    """A command failed."""


def flags(sets):
    return [part for change in sets for part in ("--set", change)]


# From the files that the program writes to what is recorded.


def sha256(content):
    return hashlib.sha256(content.encode() if isinstance(content, str) else content).hexdigest()


def text(content):
    """A text without times and versions; with its lines if it is short."""
    content = content if isinstance(content, str) else content.decode()
    content = re.sub(r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "TIME", content)
    content = re.sub(r"\b(mlp|Burn) \d+\.\d+\.\d+", r"\1 VERSION", content)
    lines = {"lines": content.splitlines()} if len(content) <= READABLE_BYTES else {}
    return {"text": sha256(content), **lines}


def parsed(content):
    """JSON without durations and run paths."""

    def lasting(entries):
        return {key: value for key, value in entries.items() if key not in VOLATILE}

    return json.loads(content, object_hook=lasting)


def document(content):
    """JSON with sorted keys, one value per line."""
    return text(json.dumps(parsed(content), sort_keys=True, indent=1, ensure_ascii=False))


def metrics(content):
    """The lines of metrics.jsonl."""
    return text("".join(json.dumps(parsed(line)) + "\n" for line in content.splitlines()))


def run_facts(content):
    """The entries of run.json that must not change; long lists as SHA-256."""

    def brief(value):
        if isinstance(value, dict):
            return {key: brief(inner) for key, inner in value.items()}
        return value if len(json.dumps(value)) <= 2000 else sha256(json.dumps(value))

    run = json.loads(content)
    return {key: brief(run[key]) for key in RUN_FACTS if key in run}


def tensors(content):
    """Each tensor of a safetensors file by its bytes, and the metadata without the program's version."""
    length = int.from_bytes(content[:8], "little")
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    metadata = header.pop("__metadata__", {})
    metadata.pop("mlp_version", None)
    found = {}
    for name, about in header.items():
        start, end = about["data_offsets"]
        found[name] = f"{about['dtype']} {about['shape']} {sha256(data[start:end])}"
    return {"tensors": found, "metadata": {key: sha256(value) for key, value in metadata.items()}}


def onnx(content):
    """Each field of the ModelProto by its number; field 3, the version of the program, is left out."""

    def varint(at):
        value = shift = 0
        while True:
            byte, at = content[at], at + 1
            value, shift = value | (byte & 127) << shift, shift + 7
            if byte < 128:
                return value, at

    names = {1: "ir_version", 2: "producer", 6: "description", 7: "graph", 8: "opset", 14: "metadata"}
    found, at = {}, 0
    while at < len(content):
        key, at = varint(at)
        size, after = varint(at)
        if key & 7 == 2:  # a length, and so many bytes; the others are plain numbers
            at, after = after, after + size
        if key >> 3 != 3:
            name = names.get(key >> 3, str(key >> 3))
            found.setdefault(name, []).append(sha256(content[at:after]))
        at = after
    return found


def header(content):
    """The arrays of a C header, its first comment, and its code."""
    array = re.compile(r"static const float (\w+)\[\d+\] = \{(.*?)\n\};", re.DOTALL)
    code = content.decode()
    arrays = {name: sha256(values) for name, values in array.findall(code)}
    about, code = array.sub(r"array \1", code).split("*/", 1)
    return {"arrays": arrays, "about": text(about), "code": text(code)}


def page(content):
    """The scripts of an exported page that hold data, and the page around them."""
    data = re.compile(r'(<script type="[^"]+" id="(\w+)">)(.*?)</script>', re.DOTALL)
    html = content.decode()
    return {**{name: sha256(values) for _, name, values in data.findall(html)}, "page": text(data.sub(r"\1", html))}


def report(content):
    """Each section of report.html and what is around them; the section of durations is left out."""
    around, *sections = re.split(r'<section id="', content.decode())
    named = {"head": around} | dict(section.split('"', 1) for section in sections)
    named.pop("timings", None)
    return {name: text(section) for name, section in named.items()}


EXPORTS = {"onnx": onnx, "c": header, "html": page}


# The program, and the cases.


class Program:
    """A build of the program, and the folder it runs in."""

    def __init__(self, binary, folder, earlier=None):
        self.binary, self.folder = Path(binary).resolve(), folder
        self.earlier = Program(earlier, folder) if earlier else self  # starts the runs that are resumed
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MLP_")}
        self.environment = {**kept, "MLP__DATA__IF_MISSING": '["digits"]'}  # no case downloads anything

    def start(self, *arguments):
        return subprocess.Popen([self.binary, *map(str, arguments), "--quiet"], cwd=self.folder, env=self.environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments):
        """Runs a command and returns its standard output."""
        with self.start(*arguments) as process:
            stdout, stderr = process.communicate()
        if process.returncode != 0:
            errors = stderr.decode(errors="replace").strip()
            raise Failed(f"mlp {' '.join(map(str, arguments))}: exit code {process.returncode}\n{errors}".strip())
        return stdout

    def train(self, config, run, backend, sets, *more):
        """Trains a new run."""
        self.run("--config", config, "--run-dir", run, "--backend", backend, *flags(sets), *more)

    def read(self, *path):
        return self.folder.joinpath(*path).read_bytes()

    def weights(self, run, checkpoint):
        return tensors(self.run("export", run, "--format", "safetensors", "-o", "-", "--checkpoint", checkpoint))

    def trained(self, run):
        """The results of a training, which do not depend on whether it was interrupted."""
        files = {"metrics": metrics, "evaluation": document, "predictions": sha256}
        names = {"metrics": "metrics.jsonl", "evaluation": "evaluation.json", "predictions": "predictions.csv"}
        record = {name: reader(self.read(run, names[name])) for name, reader in files.items()}
        return {"last": self.weights(run, "last"), **record}

    def all_of(self, run, rows, exports):
        """All files of a run, and what the commands print and export."""
        record = {**self.trained(run), "run": run_facts(self.read(run, "run.json")),
                  "config": text(self.read(run, "config.toml"))}
        for folder in ("examples", "plots"):
            files = sorted((self.folder / run / folder).glob("*"))
            record[folder] = {file.name: sha256(file.read_bytes()) for file in files}
        record["report"] = report(self.read(run, "report.html"))
        return record | self.use_of(run, rows, exports)

    def use_of(self, run, rows, exports, *more):
        """What the commands print and export; `more` are flags of those that compute."""
        record = {"chosen": tensors(self.run("export", run, "--format", "safetensors", "-o", "-"))}
        for name in exports:
            record[name] = EXPORTS[name](self.run("export", run, "--format", name, "-o", "-"))
        record["predict"] = text(self.run("predict", run, *rows, "--probabilities", *more))
        record["evaluate"] = document(self.run("evaluate", run, "--json", *more))
        return record


def brief(program, run, config, backend, sets):
    """Trains and records the results."""
    program.train(config, run, backend, sets)
    return program.trained(run)


def full(program, run, config, backend, sets, rows, exports):
    """Trains and records everything."""
    program.train(config, run, backend, sets)
    record = program.all_of(run, [rows], exports)
    shutil.rmtree(program.folder / run)  # the deep network takes 200 MB
    return record


def optimizer(program, run, backend, sets):
    """Trains, resumes for long enough to show a wrong optimizer state, and compares with an uninterrupted training."""
    sets = [*SMALL, "data.limit=800", *sets]
    first = brief(program.earlier, run, PLAIN, backend, [*sets, f"training.epochs={EPOCHS}"])
    program.run("--resume", run, "--set", f"training.epochs={MORE_EPOCHS}")
    resumed = program.trained(run)
    whole = brief(program, f"{run}-whole", PLAIN, backend, [*sets, f"training.epochs={MORE_EPOCHS}"])
    return {"first": first, "resumed": resumed, "same as uninterrupted": resumed == whole}


def killed(program, run, backend):
    """Kills a training twice, resumes it, and compares with an uninterrupted training."""
    config = "configs/digits.toml"
    whole = brief(program, f"{run}-whole", config, backend, KILLED)
    steps = max(json.loads(line)["step"] for line in whole["metrics"]["lines"])
    command = ["--config", config, "--run-dir", run, "--backend", backend, *flags(KILLED)]
    for moment, killed_program in zip(KILLED_AT, (program.earlier, program)):
        kill_at(killed_program, command, program.folder / run / "metrics.jsonl", int(moment * steps))
        command = ["--resume", run]
    program.run(*command)
    record = program.trained(run)
    resumed = json.loads(program.read(run, "run.json"))["resumed_at_steps"]
    return {**record, "same as uninterrupted": record == whole, "resumptions": len(resumed)}


def kill_at(program, command, log, step):
    """Starts a training and kills it as soon as its metrics reach a step."""
    with program.start(*command) as process:
        while process.poll() is None:
            lines = log.read_bytes().rpartition(b"\n")[0].splitlines() if log.exists() else []
            if lines and json.loads(lines[-1])["step"] >= step:
                process.kill()
                break
            time.sleep(0.0005)
        process.communicate()
    if process.returncode != -9:
        raise Failed(f"mlp {' '.join(command)}: ended before it could be killed at step {step}")


def bundled(program, run, backend):
    """Uses the network that comes with the program: predicts, exports, imports it again, trains it further."""
    folder, more = f"{run}-folder", ("--backend", backend)
    shutil.copytree(program.folder / "artifacts/pretrained", program.folder / folder)
    record = program.use_of(folder, ["configs/data/digits"], EXPORTS, *more)
    record["predict rows"] = text(program.run("predict", folder, "data/rows.csv", "--probabilities", *more))
    path = program.run("report", folder).decode().split()[-1]
    record["report"] = report(program.read(path))
    config, sets = "configs/pretrained.toml", [*SMALL, "training.epochs=1"]
    program.train(config, f"{run}-from", backend, sets, "--init-from", folder)
    record["trained further"] = program.trained(f"{run}-from")
    program.run("export", folder, "-o", f"{run}.safetensors")
    program.run("import", f"{run}.safetensors", "--config", config, "--run-dir", run, *more, *flags(sets))
    imported = program.weights(run, "last")
    return {**record, "same when imported": imported["tensors"] == record["chosen"]["tensors"]}


def commands(program, run, backend):
    """Commands that need no run: generated rows, the gradient check, and a comparison of two configs."""
    record = {}
    for kind in ("digits", "gaussian-sum"):
        program.run("data", "synthesize", kind, "-o", f"{run}-{kind}.csv", "--rows", 100, "--seed", 7)
        record[kind] = sha256(program.read(f"{run}-{kind}.csv"))
    small = ["--backend", backend, *flags(["data.synthetic_rows=300", "model.hidden=[8]"])]
    record["gradients"] = document(program.run("gradcheck", "--config", "configs/digits.toml", "--json", *small))
    configs = ["configs/iris-like.toml", "data/narrow.toml"]
    record["comparison"] = document(program.run("compare", *configs, "--seeds", 2, "--json", "--backend", backend))
    return record


# Recording and comparing.


def cases(backends):
    """The name of each case, the function that records it, and its arguments after the program and the run folder."""
    configs = [*(REPOSITORY / "configs").glob("*.toml"), *(REPOSITORY / "configs/recipes").glob("*.toml")]
    shipped = {str(path.relative_to(REPOSITORY / "configs").with_suffix("")): path for path in sorted(configs)}
    shipped["benches/result"] = REPOSITORY / "benches/configs/result.toml"
    gaps = ['data.train="data/gaps.csv"', 'data.missing="mean"', "training.epochs=5"]
    for backend in backends:
        for name, path in shipped.items():
            exports = [] if name == "deep-mlp" else EXPORTS  # they would be 300 MB
            config, sets = str(path.relative_to(REPOSITORY)), SHORTENED.get(name, SHORT)
            yield f"{name} on {backend}", full, config, backend, sets, ROWS.get(name, "data/rows.csv"), exports
        # All rows of MNIST: large files are parsed in parts.
        whole = ["training.epochs=1", "training.report=false"]
        yield f"whole on {backend}", brief, "configs/mnist.toml", backend, whole
        yield f"gaps on {backend}", full, "configs/iris-like.toml", backend, gaps, "data/gaps.csv", EXPORTS
        for name, sets in SETTINGS.items():
            yield f"settings/{name} on {backend}", brief, PLAIN, backend, [*SMALL, *sets]
        for name, sets in OPTIMIZERS.items():
            yield f"optimizers/{name} on {backend}", optimizer, backend, sets
        for function in (killed, bundled, commands):
            yield f"{function.__name__} on {backend}", function, backend


def prepare(folder, binary, earlier):
    """Copies configs, the bundled network and data into a folder; returns the program and the name of the data."""
    for path in ("configs", "benches/configs", "artifacts/pretrained"):
        shutil.copytree(REPOSITORY / path, folder / path, symlinks=True)
    data, program = folder / "data", Program(binary, folder, earlier)
    data.mkdir()
    (folder / "runs").mkdir()
    source = Path(os.environ.get("MLP_MNIST_DIR", REPOSITORY.parent / "shared/data"))
    has_mnist = all((source / f"{name}.gz").exists() for name in MNIST)
    for name, small, rows in zip(MNIST, ("small_train.csv", "small_test.csv"), (2000, 500)):
        if has_mnist:
            (data / name).write_bytes(gzip.decompress((source / f"{name}.gz").read_bytes()))
            with open(data / name, "rb") as lines:
                (data / small).write_bytes(b"".join(lines.readline() for _ in range(rows + 1)))
        else:
            program.run("data", "synthesize", "digits", "-o", data / small, "--rows", rows, "--seed", rows)
    (data / "small_train.csv.gz").write_bytes(gzip.compress((data / "small_train.csv").read_bytes(), mtime=0))
    (data / "rows.csv").write_bytes(b"".join((data / "small_test.csv").read_bytes().splitlines(keepends=True)[:51]))
    names, *flowers = (folder / "configs/data/flowers.csv").read_text().splitlines()
    emptied = [re.sub(",[^,]*", ",", line, count=1) if at % 7 == 0 else line for at, line in enumerate(flowers)]
    (data / "gaps.csv").write_text("\n".join([names, *emptied, ""]))
    narrow = (folder / "configs/iris-like.toml").read_text().replace('"iris-like"', '"narrow"').replace("[16]", "[3]")
    (data / "narrow.toml").write_text(narrow)
    (data / "sums.csv").write_text("x1,x2\n" + "".join(f"{at / 7 - 2},{1 - at / 5}\n" for at in range(30)))
    return program, "MNIST" if has_mnist else "built-in digits"


def processor():
    """Name of the processor, on Linux."""
    path = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*: (.*)", path.read_text() if path.exists() else "")
    return found[1] if found else "unknown"


def record(options):
    """Records what a build computes."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="same-bits-") as folder:
        program, data = prepare(Path(folder), options.binary, options.earlier)

        def take(case):
            name, function, *arguments = case
            begun = time.monotonic()
            try:
                result = function(program, "runs/" + name.replace(" on ", "-").replace("/", "-"), *arguments)
            except (Failed, OSError, ValueError, LookupError, TypeError) as error:
                result = {"error": f"{type(error).__name__}: {error}".replace(folder, "")}
                print(f"{name}: {result['error']}", file=sys.stderr)
            if options.verbose:
                print(f"{time.monotonic() - begun:6.1f} s  {name}")
            return name, result

        wanted = [case for case in cases(options.backends.split(","))
                  if not options.only or any(fnmatch.fnmatch(case[0], only) for only in options.only)]
        with ThreadPoolExecutor(options.jobs) as pool:
            results = dict(pool.map(take, wanted))
        facts = {"processor": processor(), "data": data}
    broken = [path for path, value in leaves(results) if value is False]
    for path in broken:
        print(f"false: {': '.join(path)}", file=sys.stderr)
    Path(options.output).write_text(json.dumps({"facts": facts, "cases": results}, indent=0, ensure_ascii=False) + "\n")
    things, errors = sum(1 for _ in leaves(results)), sum("error" in result for result in results.values())
    print(f"{options.output}: {things:,} values of {len(results)} cases in {time.monotonic() - started:.0f} s; "
          f"{errors} cases failed, {len(broken)} checks failed")
    return 1 if errors or broken or not results else 0


def leaves(value, path=()):
    """Each value that is compared, with the keys that lead to it."""
    if isinstance(value, dict) and "text" not in value:
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


def described(old, new):
    """The difference between two values, in a few lines."""

    def short(value):
        value = value if isinstance(value, str) else json.dumps(value)
        return value if len(value) <= 160 else f"{value[:159]}…"

    if isinstance(old, dict) and isinstance(new, dict) and "lines" in old and "lines" in new:
        changes = [line for line in difflib.unified_diff(old["lines"], new["lines"], lineterm="", n=0)
                   if not line.startswith(("---", "+++", "@@"))]
        more = [f"… {len(changes) - 6} more lines"] if len(changes) > 6 else []
        return [short(line) for line in changes[:6]] + more
    values = [value["text"] if isinstance(value, dict) else value for value in (old, new)]
    return [f"{sign} {'nothing' if value is None else short(value)}" for sign, value in zip("-+", values)]


def compare(options):
    """Prints the differences between two records."""
    old, new = (json.loads(Path(path).read_text()) for path in (options.old, options.new))
    for fact, value in old["facts"].items():
        if new["facts"].get(fact) != value:
            print(f"note: different {fact} ({value}, {new['facts'].get(fact)}): weights may differ because of it")
    old, new = ({": ".join(path): value for path, value in leaves(entry["cases"])} for entry in (old, new))
    compared = differing = 0
    ignored = {pattern: [0, 0] for pattern in options.ignore}
    for name in dict.fromkeys([*old, *new]):
        before, after = old.get(name), new.get(name)
        differs = before != after or name.endswith(": error") or after is False
        pattern = next((pattern for pattern in options.ignore if fnmatch.fnmatch(name, pattern)), None)
        if pattern is not None:
            ignored[pattern][0] += 1
            ignored[pattern][1] += differs
            continue
        compared += 1
        if differs:
            differing += 1
            print(name, *(f"    {line}" for line in described(before, after)), sep="\n")
    for pattern, (matched, differed) in ignored.items():
        print(f"ignored by {pattern!r}: {matched:,} values, of which {differed:,} differ")
    in_cases = len({name.split(": ")[0] for name in [*old, *new]})
    print(f"{compared:,} values of {in_cases} cases compared: {differing:,} differ")
    return 1 if differing or not compared else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    subcommands = parser.add_subparsers(required=True)
    recorder = subcommands.add_parser("record", help="record what a build computes")
    recorder.add_argument("binary", help="the program")
    recorder.add_argument("output", metavar="OUT.json", help="file to write")
    recorder.add_argument("--backends", default="flex,ndarray", help="separated by commas [default: flex,ndarray]")
    recorder.add_argument("--only", nargs="+", metavar="NAME", help="cases, such as 'mnist on flex' or 'optimizers/*'")
    recorder.add_argument("--earlier", metavar="BINARY", help="build that starts the runs that are resumed")
    recorder.add_argument("--jobs", type=int, default=2, help="cases at the same time [default: 2]")
    recorder.add_argument("--verbose", action="store_true", help="print the time of each case")
    recorder.set_defaults(function=record)
    comparer = subcommands.add_parser("compare", help="compare two records")
    comparer.add_argument("old", metavar="OLD.json")
    comparer.add_argument("new", metavar="NEW.json")
    comparer.add_argument("--ignore", nargs="+", default=[], metavar="PATTERN",
                          help="names of values that may differ, such as '*: report: *'")
    comparer.set_defaults(function=compare)
    options = parser.parse_args()
    return options.function(options)


if __name__ == "__main__":
    sys.exit(main())

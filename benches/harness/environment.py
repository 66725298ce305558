"""The peers' virtual environment, the data as files, and our binary."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "benches" / "peers"
PACKAGES = ["numpy", "jax", "scikit-learn", "torch", "keras", "pandas", "polars", "pyarrow", "threadpoolctl"]


def default_cache():
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mlp-bench"


def install(venv, packages=PACKAGES):
    """Makes the virtual environment if it is not there, and returns its Python."""
    python = venv / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    missing = subprocess.run(
        [python, "-c", f"from importlib.metadata import version\n[version(p) for p in {packages}]"],
        capture_output=True,
    ).returncode
    if missing:
        print("installing the peers; torch brings some gigabytes with it", file=sys.stderr)
        subprocess.run(["nice", python, "-m", "pip", "install", "--quiet", *packages], check=True)
    return python


def versions(python, packages=PACKAGES):
    """Version of Python and of each package."""
    code = (
        "import json, platform; from importlib.metadata import version\n"
        f"print(json.dumps({{'python': platform.python_version(), **{{p: version(p) for p in {packages}}}}}))"
    )
    return json.loads(subprocess.run([python, "-c", code], check=True, capture_output=True).stdout)


def files(scratch):
    """Both CSVs, uncompressed, in the scratch folder."""
    source = Path(os.environ.get("MLP_MNIST_DIR", ROOT.parent / "shared" / "data"))
    for part in ("train", "test"):
        name = f"mnist_{part}.csv"
        if (scratch / name).exists():
            continue
        partial = scratch / f"{name}.partial"
        if (source / name).exists():
            shutil.copyfile(source / name, partial)
        elif (source / f"{name}.gz").exists():
            with gzip.open(source / f"{name}.gz") as compressed, open(partial, "wb") as out:
                shutil.copyfileobj(compressed, out)
        else:
            sys.exit(f"no {name} or {name}.gz in {source}: set MLP_MNIST_DIR (`cargo run -- data fetch` downloads it)")
        partial.rename(scratch / name)


def data(scratch, python):
    """Both CSVs, and the arrays made of them, in the scratch folder."""
    files(scratch)
    if not (scratch / "mnist_test.npz").exists():
        subprocess.run([python, "-c", f"import mnist; mnist.save_arrays({str(scratch)!r})"], cwd=PEERS, check=True)


def build():
    """`cargo build`, as a user of the project runs it; returns the binary."""
    subprocess.run(["cargo", "build", "--bin", "mlp"], cwd=ROOT, check=True)
    return build_folder() / "mlp"


def build_folder():
    """Where `cargo build` puts its binaries."""
    command = ["cargo", "metadata", "--no-deps", "--format-version", "1"]
    metadata = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout
    return Path(json.loads(metadata)["target_directory"]) / "debug"

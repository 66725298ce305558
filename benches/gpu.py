"""Measures training on a GPU through wgpu, beside the CPU and PyTorch with CUDA: `python3 benches/gpu.py`.

Rows a second are those of whole epochs after the first. The first update is timed from the start of the training, with
all kernels that it compiles. Waiting is the share of the training time in which the CPU waited for figures to come back:
near 0 % the GPU is the one that waits, for the next kernel to be started, and a larger batch costs no time.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "harness"))

import environment
import machine
import ours
from tasks import GPU_TASKS


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tasks", nargs="+", choices=GPU_TASKS, default=list(GPU_TASKS))
    parser.add_argument("--device", default="auto", help="of wgpu: auto, discrete:0, integrated:0, virtual:0, cpu")
    parser.add_argument("--backends", nargs="+", default=["wgpu", "flex"])
    parser.add_argument("--epochs", type=int, default=3, help="that count, after one that does not")
    parser.add_argument("--rows", type=int, default=60_000)
    parser.add_argument("--binary", type=Path, help="ours, built with wgpu [default: cargo build --features wgpu-tuned]")
    parser.add_argument("--cache", type=Path, default=environment.default_cache(), help="venv, data, scratch")
    parser.add_argument("--torch-device", default="cuda", help="cpu: to try the contestant out")
    return parser.parse_args()


def build():
    subprocess.run(["cargo", "build", "--bin", "mlp", "--features", "wgpu-tuned"], cwd=environment.ROOT, check=True)
    return environment.build_folder() / "mlp"


def train(chosen, binary, scratch, name, backend):
    """Our program as it comes, by what its run folder says of it."""
    task, folder = GPU_TASKS[name], scratch / "gpu-run"
    head = f'backend = "{backend}"\ndevice = "{chosen.device}"\n'
    text = ours.text(task, 1, chosen.epochs + 1).replace("threads = 2", "threads = 0")
    text = text.replace("[data]", f"[data]\nlimit = {chosen.rows}")
    (scratch / "gpu.toml").write_text(head + text)
    subprocess.run(["rm", "-rf", folder], check=True)
    command = [binary, "--config", "gpu.toml", "--run-dir", folder, "--quiet", "--set", "training.report=false"]
    subprocess.run(command, cwd=scratch, check=True, stdout=subprocess.DEVNULL)
    run = json.loads((folder / "run.json").read_text())
    lines = map(json.loads, (folder / "metrics.jsonl").read_text().splitlines())
    ends = [line["seconds"] for line in lines if line["scope"] == "epoch"]
    rows = run["data"]["train_rows"] // task["batch"] * task["batch"] * chosen.epochs
    timings = run["timings"]
    waited = timings.get("waiting_seconds")
    return run.get("adapter", machine.processor()), {
        "rows_per_second": rows / (ends[-1] - ends[0]),
        "first_update": timings["first_update_seconds"],
        "waiting": None if waited is None else waited / timings["training_seconds"],
    }


def torch_contestants(chosen, scratch):
    """A measurement for each way of PyTorch, or why there is none."""
    python = chosen.cache / "venv" / "bin" / "python"
    if not python.exists():
        return f"no PyTorch in {python.parent.parent.name}/: `python3 benches/side_by_side.py --quick` installs it", {}
    probe = "import torch; print(torch.cuda.get_device_name() if torch.cuda.is_available() else '')"
    card = subprocess.run([python, "-c", probe], check=True, capture_output=True, text=True).stdout.strip()
    if not card and chosen.torch_device == "cuda":
        return "no CUDA GPU: PyTorch is left out", {}
    environment.data(scratch, python)

    def measure(*flags):
        def run(name):
            command = [python, "train_torch_gpu.py", "--task", name, "--data", scratch, "--rows", str(chosen.rows)]
            command += ["--epochs", str(chosen.epochs), "--torch-device", chosen.torch_device, *flags]
            done = subprocess.run(command, cwd=environment.PEERS, check=True, capture_output=True, text=True)
            return json.loads(done.stdout.strip().splitlines()[-1])
        return run

    return f"PyTorch on {card or chosen.torch_device}", {"PyTorch": measure(), "PyTorch compiled": measure("--compiled")}


def line(who, figures):
    waiting = figures["waiting"]
    waited = "" if waiting is None else f"{waiting:.0%}".replace("%", " %")
    return f"| {who} | {figures['rows_per_second']:,.0f} | {figures['first_update']:.2f} | {waited} |"


def main():
    chosen = arguments()
    scratch = chosen.cache / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    binary = (chosen.binary or build()).resolve()
    environment.files(scratch)
    said, contestants = torch_contestants(chosen, scratch)
    print(f"{said}\n")
    for name in chosen.tasks:
        print(f"### {GPU_TASKS[name]['title']}\n")
        print("| | rows/s | first update, s | CPU waits |\n|---|---|---|---|", flush=True)
        for backend in chosen.backends:
            where, figures = train(chosen, binary, scratch, name, backend)
            print(line(f"mlp, {backend}: {where}", figures), flush=True)
        for who, measure in contestants.items():
            print(line(who, measure(name)), flush=True)
        print(flush=True)


main()

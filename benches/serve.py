"""Measures `mlp serve` beside FastAPI servers of the same network: `python3 benches/serve.py`. Needs wrk."""

import argparse
import json
import os
import shlex
import shutil
import socket
import struct
import subprocess
import sys
import time
import urllib.request
import zlib
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "harness"))

import environment
import machine
import quiet

HERE = Path(__file__).resolve().parent / "serve"
PACKAGES = ["fastapi", "uvicorn", "uvloop", "httptools", "pillow", "numpy", "onnxruntime", "torch", "safetensors"]
MILLION = 1_000_000


def row():
    """A 7 as good as any: 784 bytes."""
    pixels = bytearray(784)
    for step in range(18):
        for place in ((7, 5 + step), (7 + step, 22 - step // 2)):
            for line, column in (place, (place[0] + 1, place[1])):
                pixels[28 * min(line, 27) + min(column, 27)] = 250
    return bytes(pixels)


def png(pixels):
    """28×28 bytes as a PNG image."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    lines = b"".join(b"\0" + pixels[28 * line : 28 * line + 28] for line in range(28))
    head = struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    """A server as a process, with all that it starts."""

    def __init__(self, command, port, variables):
        self.port = port
        self.process = subprocess.Popen(
            command, cwd=HERE, env=machine.variables() | variables, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )

    def __enter__(self):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return self
            except OSError:
                time.sleep(0.1)
                if self.process.poll() is not None:
                    break
        self.process.kill()
        sys.exit(f"the server does not listen: {self.process.stderr.read().decode()}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def megabytes(self, key):
        """`VmRSS` or `VmHWM` of the process and its children together."""
        ids, found = [self.process.pid], 0
        while ids:
            one = ids.pop()
            children = Path(f"/proc/{one}/task/{one}/children").read_text().split()
            ids += map(int, children)
            status = Path(f"/proc/{one}/status").read_text()
            found += next((int(line.split()[1]) for line in status.splitlines() if line.startswith(key)), 0)
        return found / 1024

    def load(self, path, body, kind, connections, seconds):
        """What wrk says of so many seconds."""
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s", "-s", str(HERE / "load.lua")]
        run = subprocess.run(
            [*command, f"http://127.0.0.1:{self.port}{path}"],
            env=os.environ | {"BODY": str(body), "TYPE": kind}, check=True, capture_output=True, text=True,
        )
        line = next(line for line in run.stdout.splitlines() if line.startswith("RESULT "))
        return json.loads(line.removeprefix("RESULT "))


def contestants(binary, run, python, scratch):
    """Name, and what makes its command for a port, its variables, and its path for images."""

    def ours(port):
        return [binary, "serve", run, "--listen", f"127.0.0.1:{port}"]

    def uvicorn(module, workers):
        options = ["--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
        command = [python, "-m", "uvicorn", f"{module}:app", "--workers", str(workers), *options]
        return lambda port: [*command, "--port", str(port)]

    yield "mlp", ours, {}, "/v1/predict"
    for name, module, ending in (
        ("FastAPI, ONNX Runtime", "fastapi_onnx", "onnx"), ("FastAPI, PyTorch", "fastapi_torch", "safetensors"),
    ):
        model = scratch / f"served.{ending}"
        subprocess.run([binary, "export", run, "-o", model, "--quiet"], check=True)
        for workers in (1, 2):
            plural = "s" * (workers > 1)
            yield f"{name}, {workers} worker{plural}", uvicorn(module, workers), {"MODEL": str(model)}, "/v1/image"


def memory(binary, run, body):
    """Requests so far and resident megabytes, over a million requests."""
    port, so_far = free_port(), 0
    with Server([binary, "serve", run, "--listen", f"127.0.0.1:{port}"], port, {}) as server:
        while so_far < MILLION:
            said = server.load("/v1/predict", body, "image/png", 32, 10)
            so_far += said["requests"]
            yield so_far, server.megabytes("VmRSS"), said["wrong"]


def parser():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="of load, for each figure, after 3 that do not count")
    parser.add_argument("--connections", type=int, default=32, help="each asks again when it is answered")
    parser.add_argument("--only", help="contestants whose name holds this")
    parser.add_argument("--million", action="store_true", help="our memory over a million requests, and nothing else")
    parser.add_argument("--patience", type=float, default=300, help="seconds to wait for a quiet machine, each time")
    parser.add_argument("--run", type=Path, default=environment.ROOT / "artifacts" / "pretrained")
    parser.add_argument("--cache", type=Path, default=environment.default_cache(), help="venv, scratch")
    parser.add_argument("--binary", type=Path, help="ours, built already [default: what cargo build makes]")
    return parser


def main():
    chosen = parser().parse_args()
    if shutil.which("wrk") is None:
        sys.exit("no wrk here: apt-get install wrk")
    scratch = chosen.cache / "scratch"
    scratch.mkdir(parents=True, exist_ok=True)
    binary = (chosen.binary or environment.build()).resolve()
    bodies = {"JSON": (scratch / "served.json", "application/json"), "PNG": (scratch / "served.png", "image/png")}
    bodies["JSON"][0].write_text(json.dumps({"rows": [list(row())]}))
    bodies["PNG"][0].write_bytes(png(row()))
    machine.restrict()
    if chosen.million:
        quiet.wait(chosen.patience)
        for so_far, megabytes, wrong in memory(binary, chosen.run, bodies["PNG"][0]):
            print(f"{so_far:>9,} requests, {wrong} failed in this part: {megabytes:.1f} MB resident", flush=True)
        return

    python = environment.install(chosen.cache / "venv", PACKAGES)
    print("| | body | requests/s | p50, ms | p99, ms | peak RSS, MB |\n|---|---|---|---|---|---|", flush=True)
    for name, command, variables, image_path in contestants(binary, chosen.run, python, scratch):
        if chosen.only and chosen.only not in name:
            continue
        for form, (body, kind) in bodies.items():
            port = free_port()
            quiet.wait(chosen.patience)
            with Server(command(port), port, variables) as server:
                path = image_path if form == "PNG" else "/v1/predict"
                request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body.read_bytes(), {"Content-Type": kind})
                with urllib.request.urlopen(request) as answer:
                    assert len(json.load(answer)["predictions"]) == 1
                server.load(path, body, kind, chosen.connections, 3)
                said = server.load(path, body, kind, chosen.connections, chosen.seconds)
                assert said["wrong"] == 0, said
                figures = [f"{said['requests'] / said['seconds']:,.0f}", f"{said['p50']:.1f}", f"{said['p99']:.1f}"]
                cells = [f"**{name}**" if name == "mlp" else name, form, *figures, f"{server.megabytes('VmHWM'):.0f}"]
                print("| " + " | ".join(cells) + " |", flush=True)
    made, packages = machine.describe(), environment.versions(python, PACKAGES)
    listed = ", ".join(f"{name} {version}" for name, version in packages.items())
    words = [Path(word).name if word.startswith("/") else word for word in sys.argv[1:]]
    print(
        f"\n`{shlex.join(['python3', 'benches/serve.py', *words])}`, {made['date']}, commit {made['commit']}; "
        f"{made['processor']}, {made['threads']} cores for server and load together, {chosen.connections} connections. {listed}."
    )


if __name__ == "__main__":
    main()

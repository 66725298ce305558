"""Where and when something was measured, and the same number of threads for everyone."""

import os
import platform
import re
import subprocess
import time

THREADS = 2


def restrict():
    """Holds this process and all that it starts to as many cores as threads, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:THREADS])


def variables():
    """The environment of every contestant."""
    threads = (
        "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS",
        "POLARS_MAX_THREADS", "RAYON_NUM_THREADS",
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("OPENBLAS_", "MLP__"))}
    return inherited | {name: str(THREADS) for name in threads} | {"JAX_PLATFORMS": "cpu"}


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            text = file.read()
    except OSError:
        return platform.processor() or platform.machine()
    model = re.search(r"model name\s*: (.*)", text)
    megahertz = re.search(r"cpu MHz\s*: (\d+)", text)
    flags = re.search(r"flags\s*: (.*)", text)
    widest = "AVX-512" if flags and "avx512f" in flags[1] else "AVX2" if flags and "avx2" in flags[1] else "no AVX2"
    return f"{model[1] if model else platform.machine()}, {megahertz[1] if megahertz else '?'} MHz, {widest}"


def describe():
    """The machine now: processor, cores, system, date, commit."""
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=os.path.dirname(__file__), capture_output=True, text=True)
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "threads": THREADS,
        "system": f"{platform.system()} {platform.machine()}",
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": commit.stdout.strip(),
    }

"""Runs contestants in turn, each repetition in a process of its own."""

import os
import subprocess
import sys
import tempfile
import time
from statistics import median

import quiet

# Times that a repetition which others disturbed is run again.
AGAIN = 3


def measured(command, cwd, environment, patience):
    """Runs a command to its end: `(standard output, figures)`: wall seconds, megabytes, others' cores."""
    quiet.wait(patience)
    busy = quiet.busy_seconds()
    started = time.perf_counter()
    with tempfile.TemporaryFile("w+") as errors:
        child = subprocess.Popen(
            [str(part) for part in command], cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        out = child.stdout.read()
        # Of all ways to wait, wait4 alone tells this child's own memory.
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.perf_counter() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            errors.seek(0)
            words = " ".join(map(str, command))
            raise RuntimeError(f"{words}\nexit code {child.returncode}\n{errors.read()[-2000:]}")
    return out, {
        "wall": seconds,
        "megabytes": usage.ru_maxrss / (1024**2 if sys.platform == "darwin" else 1024),
        "others": quiet.others(busy, seconds, usage.ru_utime + usage.ru_stime),
    }


def undisturbed(contestant, round_, again):
    """A repetition during which others did next to nothing; failing that, the least disturbed of a few."""
    tries = []
    for _ in range(1 + again):
        tries.append(contestant(round_))
        if tries[-1]["others"] <= quiet.TOLERATED:
            break
    return min(tries, key=lambda figures: figures["others"])


def alternate(contestants, repetitions, patience):
    """`{name: function of the repetition -> dict of figures}` to `{name: [dict, …]}`.

    In every round each runs once; the order moves on by one from round to round, so that what the machine does
    meanwhile and what the caches hold falls on all of them.
    """
    figures = {name: [] for name in contestants}
    names = list(contestants)
    for round_ in range(repetitions):
        shift = round_ % len(names)
        for name in names[shift:] + names[:shift]:
            if figures[name] is None:
                continue
            try:
                figures[name].append(undisturbed(contestants[name], round_, AGAIN if patience else 0))
            except (RuntimeError, OSError) as error:
                # A peer that does not run here is told and left out; ours has to run.
                if name.startswith("mlp"):
                    raise
                print(f"{name} left out: {error}", file=sys.stderr)
                figures[name] = None
                continue
            shown = ", ".join(f"{key} {value:.4g}" for key, value in figures[name][-1].items() if value is not None)
            print(f"  round {round_ + 1}/{repetitions}  {name}: {shown}", file=sys.stderr)
    return {name: runs for name, runs in figures.items() if runs}


def summary(runs, key):
    """Median and minimum of a figure."""
    values = [run[key] for run in runs]
    return median(values), min(values)

"""How much of the machine others used meanwhile: a figure taken beside a compiler is no figure.

Threads that wait for each other (OpenBLAS, OpenMP) take many times as long when one of their cores is busy, so that
such a repetition is not merely slower, it is of another kind.
"""

import os
import sys
import time

# Cores' worth of other work up to which a repetition counts.
TOLERATED = 0.1


def busy_seconds():
    """Processor seconds spent by all processes since the start of the system, stolen ones too; `None` if not told."""
    try:
        with open("/proc/stat") as file:
            user, nice, system, _idle, _wait, irq, softirq, steal = map(int, file.readline().split()[1:9])
    except OSError:
        return None
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def others(busy_before, seconds, own):
    """Cores that others kept busy during so many seconds, of which `own` processor seconds were the contestant's."""
    now = busy_seconds()
    return 0.0 if now is None else max(0.0, (now - busy_before - own) / seconds)


def wait(patience):
    """Returns once the machine is idle for a second, or after so many seconds."""
    deadline, told = time.monotonic() + patience, False
    while (before := busy_seconds()) is not None and time.monotonic() < deadline:
        time.sleep(1)
        if others(before, 1, 0) <= TOLERATED:
            return
        if not told:
            print("  waiting: something else is running on this machine", file=sys.stderr)
            told = True

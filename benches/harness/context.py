"""What every section needs to run its contestants."""

import json
from dataclasses import dataclass
from pathlib import Path

import machine
from environment import PEERS
from rounds import measured


@dataclass
class Context:
    python: Path
    binary: Path
    scratch: Path
    repetitions: int
    epochs: int
    rows: int
    patience: float

    def peer(self, script, *arguments):
        """Runs a peer's script; the figures it prints as its last line, and its memory and wall time."""
        out, measures = measured([self.python, script, *arguments], PEERS, machine.variables(), self.patience)
        printed = out.strip().splitlines()
        figures = json.loads(printed[-1]) if printed and printed[-1].startswith("{") else {}
        return figures | measures

    def mlp(self, *arguments):
        """Runs our program; its wall time and memory."""
        return measured([self.binary, *arguments], self.scratch, machine.variables(), self.patience)[1]

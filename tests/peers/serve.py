#!/usr/bin/env python3
"""Holds a running server against its own description with schemathesis, which makes requests of it.

    python3 tests/peers/serve.py MLP RUN [RUN…]

MLP is the program, each RUN a run folder. Needs schemathesis and pillow from PyPI. Exit code 1 if an answer is not as
/openapi.json says, something that fits the description is refused, or something that does not is taken.
"""

import csv
import io
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import urllib.request

EXAMPLES = "30"
VARIABLE = "SERVED_COLUMNS"


def cell(kind, generator):
    """A cell of a column of this kind, as a CSV has it."""
    return {
        "number": lambda: str(generator.randrange(256)),
        "boolean": lambda: generator.choice(["true", "false"]),
        "category": lambda: generator.choice(["here", "far", "somewhere else"]),
        "date": lambda: f"2024-{generator.randrange(1, 13):02}-{generator.randrange(1, 29):02}",
    }[kind]()


def strategies(columns):
    """How bodies are made that are no JSON: schemathesis imports this file for it."""
    import schemathesis
    from hypothesis import strategies as st
    from PIL import Image, ImageDraw

    def image(form):
        def draw(values):
            side, x, y = values
            # Light and dark ink on grey: it is not blank, whatever ?ink= says.
            picture = Image.new("L", (side, side), 128)
            ImageDraw.Draw(picture).ellipse((x, y, x + 5, y + 5), fill=255)
            ImageDraw.Draw(picture).ellipse((x + 8, y, x + 12, y + 9), fill=0)
            content = io.BytesIO()
            picture.save(content, form)
            return content.getvalue()

        return st.tuples(st.integers(36, 60), st.integers(2, 20), st.integers(2, 20)).map(draw)

    def table(seed):
        generator = random.Random(seed)
        lines = [[cell(kind, generator) for kind in columns["kinds"]] for _ in range(generator.randrange(1, 4))]
        if "picture" not in columns:
            lines.insert(0, columns["names"])
        content = io.StringIO()
        csv.writer(content, lineterminator="\n").writerows(lines)
        return content.getvalue().encode()

    schemathesis.openapi.media_type("image/png", image("PNG"))
    schemathesis.openapi.media_type("image/jpeg", image("JPEG"))
    schemathesis.openapi.media_type("text/csv", st.integers(0, 1000).map(table))


def held_against_its_description(mlp, run):
    """Whether schemathesis found nothing."""
    command = [mlp, "serve", run, "--listen", "127.0.0.1:0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        address = server.stdout.readline().strip().removeprefix("listening on ")
        with urllib.request.urlopen(f"{address}/v1/model") as answer:
            features = json.load(answer)["features"]
            columns = {key: features[key] for key in ("names", "kinds", "picture") if key in features}
        here = pathlib.Path(__file__).resolve()
        environment = os.environ | {
            "SCHEMATHESIS_HOOKS": here.stem, "PYTHONPATH": str(here.parent), VARIABLE: json.dumps(columns),
        }
        schemathesis = pathlib.Path(sys.executable).absolute().with_name("schemathesis")
        command = [schemathesis, "run", f"{address}/openapi.json", "-n", EXAMPLES]
        with tempfile.TemporaryDirectory() as folder:  # it leaves a cache where it runs
            return subprocess.run(command, env=environment, cwd=folder).returncode == 0
    finally:
        server.terminate()
        server.wait()


if __name__ == "__main__":
    verdicts = [held_against_its_description(sys.argv[1], run) for run in sys.argv[2:]]
    sys.exit(not (verdicts and all(verdicts)))
elif VARIABLE in os.environ:
    strategies(json.loads(os.environ[VARIABLE]))

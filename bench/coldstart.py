"""What a cold start imports: the time of `import app` in a fresh interpreter, and modules that must not be among it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from statistics import median

from bench.desk import environment
from bench.figures import Figure, run_alone

ROOT = Path(__file__).resolve().parent.parent
LATER = ("jinja2", "jwt", "oauthlib", "PIL", "boto3", "pydantic", "aws_xray_sdk", "moto", "local")
"""Needed by some calls only, or never; each costs 15 to 250 ms where nobody has asked for it."""
FLOOR = "import chalice.app, botocore.session"
_TIMED = """
import json, sys, time
began = time.perf_counter()
{imports}
took = time.perf_counter() - began
print(json.dumps([took, sorted(sys.modules)]))
"""


def measure(quick: bool) -> Iterable[Figure]:
    """Median of a few interpreters; the first, which has to compile, is left out."""
    environment()
    # as in the package, which is compiled ahead; whoever runs this may forbid what is compiled to be kept
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as compiled:
        os.environ["PYTHONPYCACHEPREFIX"] = compiled
        yield from _measured(quick)


def _measured(quick: bool) -> Iterable[Figure]:
    rounds = 3 if quick else 7
    ours, floors = [], []
    modules: set[str] = set()
    for index in range(rounds + 1):
        took, modules = _import("import app")
        floor, _ = _import(FLOOR)
        if index:
            ours.append(took)
            floors.append(floor)
    yield Figure(
        bench="coldstart",
        name="import app in a fresh interpreter",
        measured=f"{1000 * median(ours):.0f} ms",
        floor=f"{FLOOR.removeprefix('import ')}: {1000 * median(floors):.0f} ms",
    )
    there = [name for name in LATER if any(m == name or m.startswith(f"{name}.") for m in modules)]
    yield Figure(
        bench="coldstart",
        name=f"imported at once of {', '.join(LATER)}",
        measured=", ".join(there) or "none",
        bound="none",
        met=not there,
    )
    costly = _costly()
    yield Figure(bench="coldstart", name="  the dearest of app.py's own imports (ms)", measured=costly)


def _import(statement: str) -> tuple[float, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", _TIMED.format(imports=statement)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    took, modules = json.loads(done.stdout.splitlines()[-1])
    return took, set(modules)


def _costly() -> str:
    """The outermost imports of app.py that took longest, by -X importtime."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", "import app"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env=os.environ,
    )
    found: dict[str, float] = {}
    for line in done.stderr.splitlines():
        if line.startswith("import time:") and line.count("|") == 2 and "cumulative" not in line:
            _, cumulative, name = line.removeprefix("import time:").split("|")
            if len(name) - len(name.lstrip()) == 3:  # one level below app
                found[name.strip()] = int(cumulative) / 1000
    return ", ".join(f"{name} {took:.0f}" for name, took in sorted(found.items(), key=lambda each: -each[1])[:4])


if __name__ == "__main__":
    run_alone(measure)

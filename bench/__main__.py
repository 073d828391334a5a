"""`python -m bench`: every figure beside its floor of the same run, its bound, and whether it was met.

Each bench runs in an interpreter of its own, one after another: none is warmed or slowed by the one before. The exit
code is 0 whatever the figures say, and 1 when a bench itself failed.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from bench.figures import Figure, handed_over, table

BENCHES = (
    "calls",
    "sweep",
    "cpu",
    "text",
    "suggest",
    "channels",
    "mail",
    "coldstart",
    "local",
    "desk_pages",
    "tallies",
    "map",
)
PATIENCE = 600


def main() -> int:
    """Run the chosen benches and print one table."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--quick", action="store_true", help="small runs: rougher figures")
    parser.add_argument("benches", nargs="*", default=BENCHES, metavar="bench", help=f"some of: {', '.join(BENCHES)}")
    chosen = parser.parse_args()
    if unknown := set(chosen.benches) - set(BENCHES):
        parser.error(f"no such bench: {', '.join(sorted(unknown))}; there are {', '.join(BENCHES)}")
    figures: list[Figure] = []
    failed = []
    for name in chosen.benches:
        began = time.perf_counter()
        print(f"{name} ", end="", file=sys.stderr, flush=True)
        found, trouble = run(name, quick=chosen.quick)
        print(f"{time.perf_counter() - began:.0f} s", file=sys.stderr, flush=True)
        figures += found
        if trouble:
            failed.append(name)
            print(f"bench {name} failed:\n{trouble}", file=sys.stderr, flush=True)
    print(table(figures))
    return 1 if failed else 0


def run(name: str, *, quick: bool) -> tuple[list[Figure], str]:
    """The figures of one bench, and what it said if it failed (else nothing)."""
    command = [sys.executable, "-m", f"bench.{name}", "--lines", *(["--quick"] if quick else [])]
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as bench:
        try:
            out, errors = bench.communicate(timeout=PATIENCE)
        except BaseException as error:
            bench.terminate()  # it ends what it has started itself
            bench.communicate(timeout=20)
            if isinstance(error, subprocess.TimeoutExpired):
                return [], f"no end within {PATIENCE} s"
            raise
    figures = [figure for line in out.splitlines() if (figure := handed_over(line))]
    return figures, "" if bench.returncode == 0 and figures else (errors[-3000:] or "no figures")


if __name__ == "__main__":
    sys.exit(main())

"""A measured figure beside its floor of the same run, and how benches hand them over: one JSON line each."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

MARK = "figure "
TITLES = ("figure", "measured", "floor of the same run", "bound", "")


@dataclass(frozen=True, kw_only=True)
class Figure:
    """`measured`, `floor` and `bound` are texts with their units. `met` is None for a figure that has no bound."""

    bench: str
    name: str
    measured: str
    floor: str = ""
    bound: str = ""
    met: bool | None = None

    @property
    def verdict(self) -> str:
        return {True: "ok", False: "NOT MET", None: "-"}[self.met]


def hand_over(figures: Iterable[Figure]) -> None:
    """Write figures where the runner (or a person) reads them. The real stdout: a bench may have put it elsewhere."""
    out = sys.__stdout__
    assert out is not None
    for figure in figures:
        print(MARK + json.dumps(asdict(figure), ensure_ascii=False), file=out, flush=True)


def handed_over(line: str) -> Figure | None:
    """The figure in a line of a bench's output."""
    return Figure(**json.loads(line.removeprefix(MARK))) if line.startswith(MARK) else None


def table(figures: Iterable[Figure]) -> str:
    """All figures in columns, one bench after another."""
    rows = [TITLES, *((f"{f.bench}: {f.name}", f.measured, f.floor, f.bound, f.verdict) for f in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(TITLES))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def run_alone(measure: Callable[[bool], Iterable[Figure]]) -> None:
    """The main program of one bench: as part of `python -m bench` its lines, else a table."""
    parser = argparse.ArgumentParser(description=sys.modules[measure.__module__].__doc__)
    parser.add_argument("--quick", action="store_true", help="a small run: rougher figures")
    parser.add_argument("--lines", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what was started is ended
    figures = list(measure(chosen.quick))
    if chosen.lines:
        hand_over(figures)
    else:
        assert sys.__stdout__ is not None
        print(table(figures), file=sys.__stdout__, flush=True)
    os._exit(0)  # threads of libraries that do not end by themselves must not hold it up

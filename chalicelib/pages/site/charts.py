"""The geometry of charts, for templates that draw them as SVG: shares of the width and height as texts ("12.5%"), so that
they stretch with the page and their patterns do not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

_GAP = 0.35  # between segments, in hundredths of the width
_TICKS = 12  # labels under a row of columns, at most


class Segment(NamedTuple):
    """A piece of a horizontal bar."""

    key: str
    n: int
    x: str
    width: str


class Column(NamedTuple):
    """One step of a time series: an outlined bar (`received`) with a solid one (`done`) in it. `label` may be empty."""

    name: str
    label: str
    x: str
    middle: str
    width: str
    received_y: str
    received_height: str
    done_y: str
    done_height: str


class Columns(NamedTuple):
    """A time series; `top` is the number at the upper edge."""

    top: int
    bars: list[Column]


def bar(parts: Iterable[tuple[str, int]], most: int) -> list[Segment]:
    """The parts of a bar, one beside the other; `most` is what the whole width stands for."""
    at, found = 0.0, []
    for key, n in parts:
        if n > 0 and most > 0:
            width = 100 * n / most
            found.append(Segment(key, n, _percent(at), _percent(max(width - _GAP, 0.4))))
            at += width
    return found


def columns(series: Sequence[tuple[str, str, int, int]]) -> Columns:
    """A series of (name, short label, received, done)."""
    top = ceiling(max((received for _, _, received, _ in series), default=0))
    step = 100 / max(len(series), 1)
    every = -(-len(series) // _TICKS)
    bars = []
    for place, (name, label, received, done) in enumerate(series):
        up, filled = 100 * received / top, 100 * min(done, received) / top
        bars.append(
            Column(
                name=name,
                label=label if place % every == 0 else "",
                x=_percent(place * step + step * 0.12),
                middle=_percent(place * step + step / 2),
                width=_percent(step * 0.76),
                received_y=_percent(100 - up),
                received_height=_percent(up),
                done_y=_percent(100 - filled),
                done_height=_percent(filled),
            )
        )
    return Columns(top, bars)


def ceiling(n: int) -> int:
    """The next round number (1, 2, 5, 10, 20, 50 …) that is not below."""
    power = 1
    while True:
        for step in (1, 2, 5):
            if n <= step * power:
                return step * power
        power *= 10


def _percent(share: float) -> str:
    return f"{share:.2f}%".replace(".00%", "%")

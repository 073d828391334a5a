"""The outlines of a city's kelurahan, for small maps. Read when the first map is drawn."""

from __future__ import annotations

from collections.abc import Container
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import msgspec

from .errors import CityPackError

PER_DEGREE = 10_000


class Window(NamedTuple):
    """A part of the earth in degrees."""

    west: float
    south: float
    east: float
    north: float

    def meets(self, other: Window) -> bool:
        """Whether they have something in common."""
        return (
            self.west <= other.east
            and other.west <= self.east
            and self.south <= other.north
            and other.south <= self.north
        )


class Outline(NamedTuple):
    """One kelurahan: its outer rings as (longitude, latitude) in degrees, and the window that holds them."""

    code: str
    rings: tuple[tuple[tuple[float, float], ...], ...]
    window: Window


def outline_of(path: str, code: str) -> Outline | None:
    """The outline of one kelurahan; None if the pack has none."""
    return next((each for each in _outlines(path) if each.code == code), None) if path else None


def outlines_in(path: str, window: Window) -> list[Outline]:
    """Those whose own windows meet this one."""
    return [each for each in _outlines(path) if each.window.meets(window)] if path else []


def windows(path: str) -> list[Window]:
    """The window of each kelurahan; none if the pack has no outlines."""
    return [each.window for each in _outlines(path)] if path else []


def packed(path: str) -> dict[str, tuple[str, ...]]:
    """Code → rings as the file has them (whole numbers, see scripts/build_outlines.py); for whoever draws them elsewhere."""
    return msgspec.json.decode(Path(path).read_bytes(), type=dict[str, tuple[str, ...]]) if path else {}


def outlines_within(path: str, codes: Container[str]) -> list[Outline]:
    """The outlines of these kelurahan."""
    return [each for each in _outlines(path) if each.code in codes] if path else []


@lru_cache(maxsize=2)
def _outlines(path: str) -> tuple[Outline, ...]:
    try:
        return tuple(_outline(code, tuple(map(_ring, rings))) for code, rings in packed(path).items())
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise CityPackError(Path(path).name, 0, f"cannot be read: {error}") from error


def _ring(text: str) -> tuple[tuple[float, float], ...]:
    numbers = [int(number) for number in text.split()]
    x = y = 0
    points = []
    for step_x, step_y in zip(numbers[::2], numbers[1::2], strict=True):
        x, y = x + step_x, y + step_y
        points.append((x / PER_DEGREE, y / PER_DEGREE))
    return tuple(points)


def _outline(code: str, rings: tuple[tuple[tuple[float, float], ...], ...]) -> Outline:
    lngs = [lng for ring in rings for lng, _ in ring]
    lats = [lat for ring in rings for _, lat in ring]
    return Outline(code, rings, Window(min(lngs), min(lats), max(lngs), max(lats)))

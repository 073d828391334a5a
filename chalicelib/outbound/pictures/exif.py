"""EXIF, read with bounds: a few named entries of three directories, each value at most so long. Any bytes are EXIF here:
what points anywhere else says nothing.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping

import msgspec

Value = int | float | bytes | tuple[float, ...]
ORIENTATION, SOFTWARE = 0x0112, 0x0131
TAKEN, TAKEN_OFFSET, DIGITISED, DIGITISED_OFFSET = 0x9003, 0x9011, 0x9004, 0x9012
LAT_SIDE, LAT, LNG_SIDE, LNG = 1, 2, 3, 4
_EXIF, _GPS = 0x8769, 0x8825
_WANTED = (
    frozenset({ORIENTATION, SOFTWARE, _EXIF, _GPS}),
    frozenset({TAKEN, TAKEN_OFFSET, DIGITISED, DIGITISED_OFFSET}),
    frozenset({LAT_SIDE, LAT, LNG_SIDE, LNG}),
)
_MOST_ENTRIES, _MOST_VALUE = 200, 64  # of all directories together; bytes of one value
_TEXT = frozenset({2, 7})
_RATIONAL = {5: "II", 10: "ii"}
_NUMBERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 11: "f", 12: "d"}


class Exif(msgspec.Struct, frozen=True):
    """What the main directory, the one about taking the picture, and the one about the place say: entries by number."""

    main: Mapping[int, Value] = {}
    taking: Mapping[int, Value] = {}
    place: Mapping[int, Value] = {}


def read(content: bytes) -> Exif:
    """What these bytes (from the byte order on) tell. Raises nothing."""
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None or len(content) < 8:
        return Exif()
    left = _MOST_ENTRIES
    found: list[dict[int, Value]] = []
    (first,) = struct.unpack_from(f"{order}I", content, 4)
    for wanted in _WANTED:
        pointer = first if not found else found[0].get(_EXIF if len(found) == 1 else _GPS)
        values, used = _directory(content, order, pointer, wanted, left) if isinstance(pointer, int) else ({}, 0)
        found.append(values)
        left -= used
    return Exif(*found)


def _directory(content: bytes, order: str, at: int, wanted: frozenset[int], most: int) -> tuple[dict[int, Value], int]:
    """The wanted entries of the directory at `at`, and how many entries were gone through."""
    values: dict[int, Value] = {}
    if not 0 < at <= len(content) - 2:
        return values, 0
    (count,) = struct.unpack_from(f"{order}H", content, at)
    count = min(count, most, (len(content) - at - 2) // 12)
    for entry in range(at + 2, at + 2 + 12 * count, 12):
        tag, kind, many = struct.unpack_from(f"{order}HHI", content, entry)
        if tag in wanted and tag not in values:
            value = _value(content, order, kind, many, entry + 8)
            if value is not None:
                values[tag] = value
    return values, count


def _value(content: bytes, order: str, kind: int, many: int, at: int) -> Value | None:
    each = 1 if kind in _TEXT else struct.calcsize(f"={_RATIONAL.get(kind) or _NUMBERS.get(kind, '')}")
    if not each or not 0 < many * each <= _MOST_VALUE:
        return None
    if many * each > 4:
        (at,) = struct.unpack_from(f"{order}I", content, at)
    if at + many * each > len(content):
        return None
    if kind in _TEXT:
        return content[at : at + many]
    if kind in _RATIONAL:
        told = struct.unpack_from(order + _RATIONAL[kind] * many, content, at)
        return tuple(above / below if below else math.nan for above, below in zip(told[::2], told[1::2], strict=True))
    numbers: tuple[float, ...] = struct.unpack_from(f"{order}{many}{_NUMBERS[kind]}", content, at)
    return numbers if many > 1 else numbers[0]

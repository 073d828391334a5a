"""Values out of Meta's payloads, read so that nothing in them can surprise: what has another type counts as not there."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

import msgspec

from .instants import read_instant
from .message import Location
from .payload import MAX_TEXT, clean, fingerprint

MAX_ID = 512
MAX_URL = 4_096
MAX_PHOTOS = 10

Block = dict[str, Any]

_encoder = msgspec.json.Encoder()


def block(value: object) -> Block:
    """An object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Any]:
    """A list, or an empty one."""
    return value if isinstance(value, list) else []


def identifier(value: object) -> str:
    """An id as text: 17 and "17" are the same. "" for what is none; a longer one than we store is known by its digest."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**40 else ""
    if not isinstance(value, str):
        return ""
    text = clean(value).strip()
    return text if len(text) <= MAX_ID else f"digest:{fingerprint(text)}"


def kind(value: object) -> str:
    """The provider's name for a kind of content or event, short enough to be counted by."""
    return identifier(value)[:40]


def words(value: object) -> str:
    """A text in the sender's own words, at most as long as a message may be."""
    return clean(value)[:MAX_TEXT] if isinstance(value, str) else ""


def moment(value: object) -> datetime | None:
    """A time in seconds or milliseconds (a number, or a number as text), or ISO 8601."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return read_instant(value)


def web_address(value: object) -> str:
    """An http(s) address, or ""."""
    if not isinstance(value, str) or not value.startswith(("https://", "http://")) or len(value) > MAX_URL:
        return ""
    return value if value.isprintable() and " " not in value else ""


def place(lat: object, lng: object, address: object = None, landmark: object = None) -> Location | None:
    """Where a pin stands. Both degrees zero means that the phone knew no place; beyond 90 they can only be swapped."""
    north, east = _degrees(lat), _degrees(lng)
    if north is not None and east is not None and abs(north) > 90 >= abs(east):
        north, east = east, north
    if north is None or east is None or abs(north) > 90 or (north == 0 and east == 0):
        north = east = None
    where, mark = words(address).strip(), words(landmark).strip()
    if north is None and not where and not mark:
        return None
    return Location(lat=north, lng=east, address=where, landmark=mark)


def original(value: object) -> bytes:
    """An element of a batch by itself, the same bytes whatever it is sent along with: what is sealed as the original."""
    try:
        return _encoder.encode(value)
    except (ValueError, TypeError, OverflowError, RecursionError):  # a lone surrogate, a huge number, a deep nest
        try:
            return json.dumps(value).encode()
        except (ValueError, TypeError, RecursionError):
            return b""


def _degrees(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(str(value)[:41]) > 40:
        return None
    try:
        degrees = float(value)
    except (ValueError, OverflowError):
        return None
    return degrees if math.isfinite(degrees) and abs(degrees) <= 180 else None

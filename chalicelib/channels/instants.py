"""Reading the times that providers write: always an aware instant in UTC, or None."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

WIB = timezone(timedelta(hours=7), "WIB")

_EPOCH = re.compile(r"\d{9,17}(\.\d{1,9})?", re.ASCII)
# A plus sign that a form sent as it is arrives as a blank. A time must stand before it: "2026-11-21 07:00" has no offset.
_LOST_PLUS = re.compile(r"(?<=:)(\d\d(?:[.,]\d{1,9})?) (?=\d\d:?\d\d$)", re.ASCII)
_SPACED_OFFSET = re.compile(r" (?=[+-]\d\d:?\d\d$|Z$)", re.ASCII)


def with_plus(text: str) -> str:
    """A time whose offset has lost its plus sign, with it: "…T14:30:00 07:00" is "…T14:30:00+07:00"."""
    return _LOST_PLUS.sub(r"\1+", text)


def read_instant(value: str | float | None, *, naive: timezone = WIB) -> datetime | None:
    """An instant from ISO 8601 (`+0700`, `Z`, fractions; without an offset it is `naive`) or epoch seconds, milli- or
    microseconds. None for what cannot be read, or lies outside the years 1970 to 9998."""
    if value is None:
        return None
    if isinstance(value, str):
        value = value.strip()
        if not _EPOCH.fullmatch(value):
            return _from_iso(value, naive)
        value = float(value)
    return _from_epoch(value)


def _from_iso(text: str, naive: timezone) -> datetime | None:
    if len(text) > 64:
        return None
    try:
        moment = datetime.fromisoformat(_SPACED_OFFSET.sub("", with_plus(text)))
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=naive)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return moment if 1970 <= moment.year < 9999 else None


def _from_epoch(seconds: float) -> datetime | None:
    if not 0 <= seconds < 1e17:  # also refuses NaN
        return None
    while seconds >= 1e11:
        seconds /= 1000
    return datetime.fromtimestamp(seconds, UTC)

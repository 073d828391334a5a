"""Lengths of time in words, as short as a queue has room for: "3 j 20 m", "2 hr", "5 min" in both languages."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

_UNITS = {"id": ("hr", "j", "m"), "en": ("d", "h", "min")}
_LEFT = {"id": ("sisa {span}", "lewat {span}"), "en": ("{span} left", "{span} over")}
_SOON = timedelta(hours=1)


class Left(NamedTuple):
    """The time left until a deadline: in words, and which colour it has ("red" over, "yellow" within the hour, "grey")."""

    words: str
    tone: str


def span(length: timedelta, lang: str) -> str:
    """A length of time, by its two largest units."""
    day, hour, minute = _UNITS.get(lang, _UNITS["id"])
    minutes = int(abs(length).total_seconds() // 60)
    days, hours, rest = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} {day} {hours} {hour}" if hours else f"{days} {day}"
    if hours:
        return f"{hours} {hour} {rest} {minute}" if rest else f"{hours} {hour}"
    return f"{rest} {minute}"


def left(by: datetime, *, lang: str, now: datetime) -> Left:
    """How long until `by`, or how long it has passed."""
    until, over = _LEFT.get(lang, _LEFT["id"])
    rest = by - now
    if rest < timedelta():
        return Left(over.format(span=span(rest, lang)), "red")
    return Left(until.format(span=span(rest, lang)), "yellow" if rest <= _SOON else "grey")

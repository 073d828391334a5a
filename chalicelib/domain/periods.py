"""The periods that figures are told of: a day, a month or a year of the city, as text ("2026-11-22", "2026-11", "2026")."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta

_KINDS = {4: "year", 7: "month", 10: "day"}
_SHAPE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)
EARLIEST = date(2000, 1, 1)
"""No report is older than that."""


def first_day(period: str) -> date | None:
    """The first day of a period; None for a text that is none, or whose days are not in the calendar."""
    if not _SHAPE.fullmatch(period):
        return None
    try:
        found = date.fromisoformat(_whole(period))
    except ValueError:
        return None
    return found if found >= EARLIEST else None


def kind_of(period: str) -> str:
    """ "day", "month" or "year"."""
    return _KINDS[len(period)]


def last_day(period: str) -> date:
    """The last day of a period that is one."""
    first = date.fromisoformat(_whole(period))
    if kind_of(period) == "day":
        return first
    month = 12 if kind_of(period) == "year" else first.month
    return date(first.year, month, monthrange(first.year, month)[1])


def before(period: str) -> str | None:
    """The period of the same kind before; None before all."""
    day = date.fromisoformat(_whole(period)) - timedelta(days=1)
    return day.isoformat()[: len(period)] if day >= EARLIEST else None


def after(period: str, today: date) -> str | None:
    """The period of the same kind after; None for one that has not begun `today`."""
    day = last_day(period)
    return (day + timedelta(days=1)).isoformat()[: len(period)] if day < today else None


def inside(period: str, today: date) -> list[str]:
    """The days of a month, or the months of a year, that have begun `today`; none of a day."""
    first, last = date.fromisoformat(_whole(period)), min(last_day(period), today)
    if kind_of(period) == "day":
        return []
    if kind_of(period) == "month":
        return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
    return [f"{period}-{month:02d}" for month in range(1, last.month + 1)] if last >= first else []


def _whole(period: str) -> str:
    return period + "-01-01"[len(period) - 4 :] if len(period) < 10 else period

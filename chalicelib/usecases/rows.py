"""Rows of queues as a member may see them: an index knows no roles, so what a report says is taken out of the row of one
that is closed to them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from chalicelib.city.model import City
from chalicelib.domain.errors import NotYours
from chalicelib.domain.lifecycle import Role
from chalicelib.store.reports import QueueRow
from chalicelib.usecases.act import Actor, may_touch

# All that a closed row tells besides number, status and agency: that it is there, and by when it is due.
_TOLD = frozenset(
    {"received_at", "respond_by", "resolve_by", "complete_at", "extended", "level", "confidential", "paused", "seq"}
)
_NOTHING: dict[str, Any] = {"problem": "", "where": "", "unit": "", "channel": "", "flags": [], "photos": 0, "leads": 0}


class _Held(msgspec.Struct, frozen=True):
    """What a row tells of who may see its report."""

    agency: str | None
    unit: str
    accused: str | None
    confidential: bool


def rows_for(actor: Actor, rows: Iterable[QueueRow], city: City) -> list[QueueRow]:
    """The same rows, each as open as its report is (`act.may_touch`): of one that is not, number, status and deadlines are
    left, and `closed` is true in its summary."""
    return [_closed(row) if _is_closed(actor, row, city) else row for row in rows]


def _is_closed(actor: Actor, row: QueueRow, city: City) -> bool:
    told = row.summary
    confidential = bool(told.get("confidential"))
    if confidential and "accused" not in told and actor.role is not Role.ADMIN:
        return True  # written before rows told whom a report is about
    held = _Held(row.agency, str(told.get("unit") or ""), told.get("accused"), confidential)
    try:
        may_touch(held, actor, city)
    except NotYours:
        return True
    return False


def _closed(row: QueueRow) -> QueueRow:
    bare = {name: value if name in _TOLD else _NOTHING.get(name) for name, value in row.summary.items()}
    return msgspec.structs.replace(row, summary=bare | {"closed": True})

"""The journal, read: what was done by whom, newest first, over the last months."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from chalicelib.store.journal import Entry
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.identity import VIEWED

_VIEWS = frozenset({VIEWED})
_MONTHS, _PAGE, _MOST_READ = 3, 100, 1_000


class View(msgspec.Struct, frozen=True, kw_only=True):
    """One view of a reporter's identity, or of a picture's original (`photo`): who (`name` as the account has it), in which
    role and office, of which report, when and why."""

    at: datetime
    who: str
    name: str
    role: str
    office: str
    tracking: str
    why: str
    photo: str = ""


def identity_views(desk: Desk, limit: int) -> list[View]:
    """The latest views of reporters' identities, newest first: of this month and the two before, among at most a thousand
    lines of the journal."""
    found = latest(desk, _VIEWS, limit)
    names = _names(desk, {entry.who for entry in found})
    return [
        View(
            at=entry.at,
            who=entry.who,
            name=names.get(entry.who, "") or entry.who,
            role=entry.role,
            office=entry.data.get("office", ""),
            tracking=entry.about,
            why=entry.why,
            photo=entry.data.get("photo", ""),
        )
        for entry in found
    ]


def latest(desk: Desk, what: frozenset[str], limit: int) -> list[Entry]:
    """The latest entries of these kinds, newest first, bounded as above."""
    found: list[Entry] = []
    month, read = desk.now(), 0
    for _ in range(_MONTHS):
        after = ""
        while len(found) < limit and read < _MOST_READ:
            page = desk.journal.month(month, limit=_PAGE, after=after)
            found += [entry for _, entry in page if entry.what in what]
            read += len(page)
            if len(page) < _PAGE:
                break
            after = page[-1][0]
        month = month.replace(day=1) - timedelta(days=1)
    return found[:limit]


def _names(desk: Desk, subs: set[str]) -> dict[str, str]:
    known = desk.things.get_many([("member", sub) for sub in sorted(subs) if sub])
    return {item.id: str(msgspec.json.decode(item.body).get("name", "")) for item in known}

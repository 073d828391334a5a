"""The journal of the desk, in the table `desk` under `journal#<yyyy-mm>`: who did what, when and why, apart from what a
report's own history says."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from chalicelib.store.desk_table import DeskTable


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line: `who` (a sub) did `what` to `about` (`members/<sub>`, `settings/head`, a tracking number) at `at`, for the
    reason `why`; `data` says how, in texts."""

    at: datetime
    who: str
    role: str
    what: str
    about: str
    why: str = ""
    data: dict[str, str] = {}


class Journal:
    """Writes and reads entries."""

    def __init__(self, table: DeskTable) -> None:
        self._table = table

    def write(self, entry: Entry) -> None:
        """Keeps an entry. Two about the same thing in the same microsecond are one."""
        self._table.put(_kind(entry.at), f"{_instant(entry.at)}#{entry.about}", entry)

    def month(self, day: datetime, *, limit: int, after: str = "") -> list[tuple[str, Entry]]:
        """Up to `limit` entries of the month (UTC) of `day` with their ids, newest first, beyond the id `after`."""
        items = self._table.query(_kind(day), limit=limit, newest_first=True, after=after)
        return [(item.id, item.told(Entry)) for item in items]


def _kind(at: datetime) -> str:
    return f"journal#{at.astimezone(UTC):%Y-%m}"


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")

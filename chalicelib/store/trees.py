"""Trees and what is archived of each report, in the tallies table: `pending#<shard>` (records that the next tree takes up),
`proof#<tracking>` (in which trees a report stands, with the path), `tree` (the last one's head). The trees themselves are files
of the open data."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.archive import Tree
from chalicelib.domain.merkle import Step
from chalicelib.store.desk_table import DeskTable, Item

SHARDS = 8
_FIRST, _HEAD, _CLAIM, _ALL = "a-first", "head", "closing", 100_000
_LONGEST = timedelta(minutes=16)


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A record that waits for the next tree. `version` is the `seq` it was made at."""

    tracking: str
    version: int
    record: dict[str, Any]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """That a report stands in a tree: what is archived of it there, and the path. `tree` is without its leaves."""

    tree: Tree
    leaf: str
    index: int
    path: tuple[Step, ...]
    record: dict[str, Any]


class Trees:
    """Reads and writes all that."""

    def __init__(self, items: DeskTable) -> None:
        self._items = items

    def wait(self, tracking: str, seq: int, record: dict[str, Any]) -> None:
        """Lets a record wait for the next tree, in place of an older one of that report."""
        self._items.put(_pending(tracking), tracking, record, newer=seq)

    def waiting(self) -> list[Pending]:
        """All records that wait."""
        return [
            Pending(tracking=item.id, version=item.version, record=item.told(dict[str, Any]))
            for shard in range(SHARDS)
            for item in self._items.query(f"pending#{shard}", limit=_ALL)
        ]

    def taken_up(self, records: Iterable[Pending]) -> None:
        """These wait no more; a newer one of the same report still does."""
        for each in records:
            self._items.delete(_pending(each.tracking), each.tracking, if_version=each.version)

    def known(self, trackings: Iterable[str]) -> dict[str, int]:
        """The first tree of each of these reports that stand in one."""
        found = self._items.get_many((_proof(tracking), _FIRST) for tracking in trackings)
        return {item.kind.removeprefix("proof#"): int(item.body) for item in found}

    def stand(self, standings: Sequence[Standing], new: Iterable[str]) -> None:
        """Notes that reports stand in a tree, and of `new` ones that it is their first."""
        first = set(new)
        items = []
        for each in standings:
            tracking, number = str(each.record["tracking"]), each.tree.number
            items.append(Item(kind=_proof(tracking), id=_id(number), body=msgspec.json.encode(each).decode()))
            if tracking in first:
                items.append(Item(kind=_proof(tracking), id=_FIRST, body=str(number)))
        self._items.put_many(items)

    def standing(self, tracking: str, number: int | None = None) -> Standing | None:
        """Where a report stands in that tree, or in the last one it is in; None when it is in none. One read."""
        if number is not None:
            item = self._items.get(_proof(tracking), _id(number))
        else:
            item = next(iter(self._items.query(_proof(tracking), limit=1, newest_first=True, begins="t")), None)
        return item.told(Standing) if item else None

    def claim(self, now: datetime) -> bool:
        """Whether this process may close a tree now: one at a time, and nobody for longer than a function runs."""
        body, until = now.isoformat(), now + _LONGEST
        held = self._items.get("tree", _CLAIM)
        if held is None:
            return self._items.put("tree", _CLAIM, body, if_absent=True, expires_at=until)
        if held.expires_at and held.expires_at > now:
            return False
        return self._items.put("tree", _CLAIM, body, if_version=held.version, expires_at=until)

    def released(self) -> None:
        """Lets the next one close a tree."""
        self._items.delete_many([("tree", _CLAIM)])

    def last(self) -> tuple[Tree | None, int | None]:
        """The last tree (without its leaves), and the version of that note."""
        item = self._items.get("tree", _HEAD)
        return (item.told(Tree), item.version) if item else (None, None)

    def is_last(self, tree: Tree, version: int | None) -> bool:
        """Notes that it is the last one now. False when another one has been noted meanwhile."""
        bare = msgspec.structs.replace(tree, leaves=())
        if version is None:
            return self._items.put("tree", _HEAD, bare, if_absent=True)
        return self._items.put("tree", _HEAD, bare, if_version=version)


def _pending(tracking: str) -> str:
    return f"pending#{zlib.crc32(tracking.encode()) % SHARDS}"


def _proof(tracking: str) -> str:
    return f"proof#{tracking}"


def _id(number: int) -> str:
    return f"t{number:08d}"

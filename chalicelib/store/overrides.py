"""What the admins have changed of the pack, in the table `desk` under the kind `override`: `head` is the whole present
document, `v#000012` the change that made version 12."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.store.desk_table import DeskTable

KIND, HEAD = "override", "head"


class Patch(msgspec.Struct, frozen=True, kw_only=True):
    """One value that was changed: where it stands in the document, and what it was and became (JSON; None: the pack's)."""

    path: tuple[str, ...]
    before: Any = None
    after: Any = None


class Change(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What made a version: who (a sub, and their name), when, why, in which section; `undoes` the version taken back."""

    version: int
    at: datetime
    who: str
    name: str = ""
    why: str
    section: str
    patches: tuple[Patch, ...]
    undoes: int = 0


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """The head: the document as it was written (not checked here), and what last changed it."""

    version: int
    document: bytes
    change: Change | None = None


class _Head(msgspec.Struct, frozen=True, kw_only=True):
    document: msgspec.Raw
    change: Change


class OverridesTable:
    """Reads and writes overrides."""

    def __init__(self, table: DeskTable) -> None:
        self._table = table

    def head(self) -> Stored | None:
        """The present document; None while there has never been one. One read. One that cannot be read any more is given as
        it is, without its change."""
        item = self._table.get(KIND, HEAD)
        if item is None:
            return None
        try:
            told = item.told(_Head)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Stored(version=item.version, document=item.body.encode())
        return Stored(version=item.version, document=bytes(told.document), change=told.change)

    def write(self, document: bytes, change: Change, *, before: Stored | None) -> Stored | None:
        """Makes version `change.version` of the version before; None when somebody else has made it meanwhile. The change
        lies in the head too, so that it is never lost between the two writes: the next one makes good for it."""
        if before is not None and before.change is not None:
            self._keep(before.change)
        head = _Head(document=msgspec.Raw(document), change=change)
        if before is None:
            written = self._table.put(KIND, HEAD, head, if_absent=True)
        else:
            written = self._table.put(KIND, HEAD, head, if_version=before.version)
        if not written:
            return None
        self._keep(change)
        return Stored(version=change.version, document=document, change=change)

    def changes(self, *, limit: int, before: int | None = None) -> list[Change]:
        """The changes, newest first; only those of versions before `before`."""
        after = _id(before) if before is not None else ""  # `head` comes before every `v#`
        items = self._table.query(KIND, limit=limit, newest_first=True, after=after)
        return [item.told(Change) for item in items if item.id != HEAD]

    def change(self, version: int) -> Change | None:
        """The change that made a version."""
        item = self._table.get(KIND, _id(version))
        return item.told(Change) if item else None

    def _keep(self, change: Change) -> None:
        self._table.put(KIND, _id(change.version), change, if_absent=True)


def _id(version: int) -> str:
    return f"v#{version:06d}"

"""What is archived of a report: a record of what is public of it, whose hash is a leaf of the next tree, and the trees, each of
which commits to the one before and to the number of reports ever received.

    leaf = SHA-256(0x00 ‖ record)      root = SHA-256(0x02 ‖ head of the tree)      both as canonical JSON

The record holds the head of the history's chain, which stands for every entry, public or not; of a note it holds a salted
hash, so that words can be erased later and every proof still holds.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain import merkle
from chalicelib.domain.history import Entry, stamp
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report

VERSION = 1
NOTHING_BEFORE = "0" * 64


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """One tree. `name` is the day it was closed (city time), `new` the reports that stand in no tree before it, `reports` all
    that were ever received, `previous` the root of the tree before,
    `leaves` hashes in ascending order, `size` how many (where they are left out as well)."""

    number: int
    name: str
    closed_at: str
    new: int
    reports: int
    previous: str
    leaves_root: str
    root: str
    size: int
    leaves: tuple[str, ...] = ()

    def head(self) -> dict[str, Any]:
        """What the root is the hash of."""
        return {
            "v": VERSION,
            "number": self.number,
            "name": self.name,
            "closed_at": self.closed_at,
            "leaves": self.size,
            "leaves_root": self.leaves_root,
            "new": self.new,
            "reports": self.reports,
            "previous": self.previous,
        }


def canonical(value: Any) -> bytes:
    """JSON in the one form that is hashed: keys in order, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def record_of(report: Report) -> dict[str, Any]:
    """What is archived of a report as it stands. Of a hidden one: status, deadlines and the head of its chain."""
    state: dict[str, Any] = {
        "status": str(report.status),
        "respond_by": _stamp(report.respond.by if report.respond else None),
        "resolve_by": _stamp(report.resolve.by if report.resolve else None),
    }
    entries: list[dict[str, Any]] = []
    if not report.hidden:
        state |= {
            "received_at": stamp(report.received_at),
            "category": report.category,
            "agency": report.agency,
            "area": report.place.area,
        }
        entries = [archived(entry) for entry in report.entries() if entry.body is not None and entry.told.public]
    return {
        "v": VERSION,
        "tracking": report.tracking,
        "seq": report.seq,
        "head": report.head,
        "state": state,
        "entries": entries,
    }


def archived(entry: Entry) -> dict[str, Any]:
    """A public entry as the record has it. `by` and `reason` are codes, `note` the hash of its words ("" for none)."""
    words = note_of(entry)
    return {
        "seq": entry.seq,
        "at": entry.at,
        "event": entry.event,
        "hash": entry.hash,
        "status": entry.told.status,
        "by": entry.told.by,
        "reason": str(entry.told.data.get("reason_code") or ""),
        "note": note_hash(note_salt(entry), words) if words else "",
    }


def disclosed(entry: Entry) -> dict[str, Any]:
    """A public entry with its words and what they are salted with, so that anyone can check the hash in the record."""
    words = note_of(entry)
    return archived(entry) | {"words": words, "salt": note_salt(entry) if words else ""}


def note_of(entry: Entry) -> str:
    """The words of a public entry that everybody reads: not those of a reporter."""
    return "" if entry.told.role == Role.REPORTER else entry.told.note


def note_salt(entry: Entry) -> str:
    """The salt of an entry's words: made of the entry's own, which stays unknown."""
    return hashlib.sha256(f"note|{entry.salt}".encode()).hexdigest()[:32]


def note_hash(salt: str, words: str) -> str:
    """The hash that the record holds of words."""
    return hashlib.sha256(f"{salt}|{words}".encode()).hexdigest()


def leaf_of(record: dict[str, Any]) -> str:
    """The leaf of a record."""
    return merkle.leaf(canonical(record))


def closed(before: Tree | None, *, name: str, at: datetime, leaves: Sequence[str], new: int) -> Tree:
    """The tree of these leaves, after that one. `new`: how many of them are of reports that stood in none before."""
    ordered = tuple(sorted(leaves))
    tree = Tree(
        number=before.number + 1 if before else 1,
        name=name,
        closed_at=stamp(at),
        new=new,
        reports=(before.reports if before else 0) + new,
        previous=before.root if before else NOTHING_BEFORE,
        leaves_root=merkle.root(ordered),
        root="",
        size=len(ordered),
        leaves=ordered,
    )
    return msgspec.structs.replace(tree, root=root_of(tree.head()))


def root_of(head: dict[str, Any]) -> str:
    """The root of a tree with that head."""
    return hashlib.sha256(merkle.ROOT + canonical(head)).hexdigest()


def _stamp(at: datetime | None) -> str | None:
    return stamp(at) if at else None

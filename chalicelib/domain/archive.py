"""What is archived of a report: a record of what is public of it, whose hash is a leaf of the next tree, and the trees, each of
which commits to the one before and to the number of reports ever received.

    leaf = SHA-256(0x00 ‖ record)      root = SHA-256(0x02 ‖ head of the tree)      both as canonical JSON

The record holds the head of the history's chain, which stands for every entry, public or not; of words (the problem, a note),
of the place and of the photos it holds salted hashes, so that they can be erased later and every proof still holds.
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
from chalicelib.domain.open_photos import open_photos
from chalicelib.domain.report import Report

VERSION = 1
NOTHING_BEFORE = "0" * 64


class Tree(msgspec.Struct, frozen=True, kw_only=True):
    """One tree. `name` is the day it was closed (city time), `new` the reports that stand in no tree before it, `reports` all
    that were ever received, `previous` the root of the tree before,
    `leaves` hashes in ascending order, `size` how many (where they are left out as well)."""

    v: int = VERSION
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
            "v": self.v,
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
    words = words_of(report) if not report.hidden else {}
    return {
        "v": VERSION,
        "tracking": report.tracking,
        "seq": report.seq,
        "head": report.head,
        "state": state_of(report),
        "entries": [] if report.hidden else [archived(entry) for entry in report.entries() if _is_public(entry)],
        "words": {name: salted(*told) for name, told in words.items()},
    }


def state_of(report: Report) -> dict[str, Any]:
    """How a report stands, in codes and instants; of a hidden one status and deadlines."""
    state: dict[str, Any] = {
        "status": str(report.status),
        "respond_by": _stamp(report.respond.by if report.respond else None),
        "resolve_by": _stamp(report.resolve.by if report.resolve else None),
    }
    if report.hidden:
        return state
    return state | {
        "received_at": stamp(report.received_at),
        "category": report.category,
        "agency": report.agency,
        "area": report.place.area,
    }


def words_of(report: Report) -> dict[str, tuple[str, str]]:
    """What everybody may read of a report but its history, each with its salt: the masked problem, the cell that the place is
    in, the photos that are shown. Nothing once the first entry, whose salt they are made from, is erased."""
    first = next(iter(report.entries()), None)
    if first is None or first.salt is None:
        return {}
    told = {
        "problem": report.problem,
        "cell": report.cell or "",
        "photos": " ".join(open_photos(report)),
    }
    return {name: (_salt(name, first.salt), words) for name, words in told.items()}


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
        "note": salted(_salt("note", entry.salt), words) if words else "",
    }


def disclosed(entry: Entry) -> dict[str, Any]:
    """A public entry with its words and what they are salted with, so that anyone can check the hash in the record; of one
    that was erased that it was there."""
    if entry.body is None:
        return {"seq": entry.seq, "at": entry.at, "event": entry.event, "hash": entry.hash, "erased": True}
    words = note_of(entry)
    return archived(entry) | {"words": words, "salt": _salt("note", entry.salt) if words else ""}


def shown(report: Report, *, words: bool) -> dict[str, Any]:
    """What is shown of a report today, in the archive's terms, with what it takes to check it: `words` when everybody (or this
    reader) may read what people wrote. Of an entry that was erased it says so; anyone sees in the chain when that was."""
    seen = [entry for entry in report.entries() if entry.body is None or entry.told.public]
    told = words_of(report) if words and not report.hidden else {}
    return {
        "status": str(report.status),
        "seq": report.seq,
        "state": state_of(report),
        "entries": [disclosed(entry) for entry in seen],
        "words": {name: {"salt": salt, "words": said} for name, (salt, said) in told.items()},
    }


def _is_public(entry: Entry) -> bool:
    return entry.body is not None and entry.told.public


def note_of(entry: Entry) -> str:
    """The words of a public entry that everybody reads: not those of a reporter."""
    return "" if entry.told.role == Role.REPORTER else entry.told.note


def salted(salt: str, words: str) -> str:
    """The hash that the record holds of words."""
    return hashlib.sha256(f"{salt}|{words}".encode()).hexdigest()


def _salt(what: str, own: str | None) -> str:
    """The salt of some words: made of an entry's own, which stays unknown."""
    return hashlib.sha256(f"{what}|{own}".encode()).hexdigest()[:32]


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

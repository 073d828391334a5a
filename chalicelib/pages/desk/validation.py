"""The validation pages: a line of the queue, and a report's proof with its signs in words."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

import msgspec

from chalicelib.domain import proof as domain
from chalicelib.domain.pictures import id_of, state_of
from chalicelib.domain.proof import FOR, Sign
from chalicelib.domain.report import Report
from chalicelib.pages.desk import Frame, word_of


class Queued(Protocol):
    """What the queue tells of a report."""

    @property
    def tracking(self) -> str: ...

    @property
    def agency(self) -> str | None: ...

    @property
    def summary(self) -> dict[str, Any]: ...


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the queue; `own`: the validator's own agency did the work; `closed`: it is not open to this reader."""

    tracking: str
    agency: str | None
    problem: str
    category: str | None
    area: str | None
    due: datetime | None
    own: bool
    closed: bool


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A sign in words, with the other report it leads to ("": none)."""

    speaks_for: bool
    words: str
    tracking: str = ""
    photo: str = ""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """One picture of the finished work. `state` is "ready", "pending", "kept" or "refused"."""

    id: str
    state: str
    signs: tuple[Said, ...]


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """The last proof of a report: what the agency said, and its pictures."""

    note: str
    shown: tuple[Shown, ...]
    doubted: bool


def row(queued: Queued, *, own: bool) -> Row:
    """The line of a queued report."""
    told = queued.summary
    due = told.get("resolve_by")
    return Row(
        tracking=queued.tracking,
        agency=queued.agency,
        problem=str(told.get("problem") or ""),
        category=told.get("category"),
        area=told.get("area"),
        due=datetime.fromisoformat(due) if isinstance(due, str) else due,
        own=own,
        closed=bool(told.get("closed")),
    )


def proof(report: Report, frame: Frame) -> Proof:
    """What the report's last `resolved` and the looks at its pictures tell."""
    signs, states = domain.signs_of(report), {id_of(each): state_of(each) for each in report.photos}
    note = next((entry.told.note for entry in reversed(report.entries()) if entry.event == "resolved"), "")
    shown = tuple(
        Shown(
            id=photo,
            state=states.get(photo, "refused"),
            signs=tuple(said(sign, frame) for sign in signs.get(photo, ())),
        )
        for photo in domain.completion(report)
    )
    return Proof(note=note, shown=shown, doubted=report.doubted)


def said(sign: Sign, frame: Frame) -> Said:
    """A sign as a sentence."""
    data = dict(sign.data)
    if "at" in data:
        data["at"] = frame.city.when(datetime.fromisoformat(data["at"]), frame.lang)
    if "share" in data:
        data["share"] = round(float(data["share"]) * 100)
    words = word_of(frame.lang)(f"validation.sign.{sign.kind}", **data)
    return Said(
        speaks_for=sign.weight == FOR,
        words=words,
        tracking=str(data.get("tracking", "")),
        photo=str(data.get("photo", "")),
    )

"""An agency's queue in words: its rows, and what it can be filtered by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Protocol

from chalicelib.domain import offices
from chalicelib.domain.lifecycle import WITH_AGENCY, Action, Status, allowed
from chalicelib.pages.desk import Frame
from chalicelib.pages.names import agency_name, area_name, category_name

_KOTA = "kota"
_MOST_WORDS, _MOST_PLACE = 120, 60
# Those that a crew has in hand come first on the phone.
IN_HAND = ("follow_up_refused", "in_progress", "disposition")


class Queued(Protocol):
    """A row of a queue (store/reports.QueueRow)."""

    @property
    def tracking(self) -> str: ...

    @property
    def status(self) -> str: ...

    @property
    def summary(self) -> Mapping[str, Any]: ...

    @property
    def at(self) -> int: ...


class Row(NamedTuple):
    """One report of the queue; `by` is the deadline it stands at. `closed`: it is not open to this reader."""

    tracking: str
    status: str
    by: datetime
    paused: bool
    problem: str
    category: str
    area: str
    where: str
    unit: str
    photos: int
    level: int
    extended: bool
    asked: bool
    emergency: bool
    leads: int
    lat: float | None
    lng: float | None
    seq: int | None
    may_accept: bool
    closed: bool


def row_of(queued: Queued, frame: Frame) -> Row:
    """The row in the reader's words."""
    about, city = queued.summary, frame.city
    return Row(
        tracking=queued.tracking,
        status=queued.status,
        by=datetime.fromtimestamp(queued.at, UTC),
        paused=bool(about.get("paused")),
        problem=_cut(str(about.get("problem") or "")),
        category=category_name(city, frame.lang, about.get("category")),
        area=area_name(city, about.get("area")),
        where=_cut(str(about.get("where") or ""), _MOST_PLACE),
        unit=_short(frame, str(about.get("unit") or "")),
        photos=int(about.get("photos") or 0),
        level=int(about.get("level") or 0),
        extended=bool(about.get("extended")),
        asked=bool(about.get("asked")),
        emergency=bool(about.get("emergency")),
        leads=int(about.get("leads") or 0),
        lat=about.get("lat"),
        lng=about.get("lng"),
        seq=about.get("seq"),
        may_accept=not about.get("closed") and Action.ACCEPT in allowed(Status(queued.status), frame.role),
        closed=bool(about.get("closed")),
    )


def rows_of(queued: Sequence[Queued], frame: Frame) -> list[Row]:
    """All rows, in their order."""
    return [row_of(each, frame) for each in queued]


def in_hand_first(rows: Sequence[Row]) -> list[Row]:
    """What is being worked on before what nobody has taken up, each by deadline."""
    return sorted(rows, key=lambda row: row.status not in IN_HAND)


def areas(frame: Frame, chosen: str) -> list[tuple[str, str]]:
    """Kota and kecamatan, and the kelurahan of the kecamatan that is chosen (or that the chosen one is in)."""
    city = frame.city
    own = city.areas.get(chosen)
    opened = own.parent if own is not None and own.level == "kelurahan" else chosen
    told: list[tuple[str, str]] = []
    for kota in (area for area in city.areas.values() if area.level == _KOTA):
        told.append((kota.code, kota.name))
        for kecamatan in (area for area in city.areas.values() if area.parent == kota.code):
            told.append((kecamatan.code, f"– {kecamatan.name}"))
            if kecamatan.code == opened:
                below = (area for area in city.areas.values() if area.parent == kecamatan.code)
                told += [(area.code, f"– – {area.name}") for area in below]
    return told


def categories(frame: Frame, office: str) -> list[tuple[str, str]]:
    """The categories, those of this agency first."""
    city = frame.city
    line = offices.line_of(city, office)
    named = [
        (category.agency not in line, category_name(city, frame.lang, code), code)
        for code, category in city.categories.items()
    ]
    return [(code, name) for _, name, code in sorted(named)]


def statuses(frame: Frame) -> list[tuple[str, str]]:
    """The statuses in an agency's queue."""
    order = ("coordination", "disposition", "in_progress", "follow_up_refused")
    return [(each, frame.city.text(f"status.{each}", frame.lang)) for each in order if each in WITH_AGENCY]


def units(frame: Frame, office: str) -> list[tuple[str, str]]:
    """The sub-units of an office."""
    return [(code, agency_name(frame.city, frame.lang, code)) for code in offices.under(frame.city, office)]


def heads(frame: Frame) -> list[tuple[str, str]]:
    """The agencies that an admin may look into: those that are under no other, oversight left out."""
    city = frame.city
    return [
        (code, agency_name(city, frame.lang, code))
        for code, agency in city.agencies.items()
        if not agency.parent and agency.kind != "oversight" and (agency.area or not offices.is_place(city, code))
    ]


def _short(frame: Frame, unit: str) -> str:
    known = frame.city.agencies.get(unit)
    return known.short if known else unit[:60]


def _cut(text: str, most: int = _MOST_WORDS) -> str:
    """Three lines on a phone: fifty rows stay a page that loads quickly."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"

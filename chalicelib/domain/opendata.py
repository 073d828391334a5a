"""The open data of reports: what a public report's row says, and rows as CSV, JSON Lines and GeoJSON. Pure and exact: the
same rows are the same bytes. Never in it: who reported, hidden reports, words that nobody of the staff has read.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.city.model import AREA_KINDS, City
from chalicelib.domain.facts import Facts
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.open_columns import NAMES
from chalicelib.domain.open_photos import open_photos
from chalicelib.domain.openness import open_place
from chalicelib.domain.report import Report

# Slander, it may be, or taken back: that it was there, and why it ended, stays. Its words do not.
_WORDLESS = frozenset({Status.REJECTED, Status.WITHDRAWN})
_COPIED = ("on_time", "late", "extended", "rerouted", "reopened", "respond_hours", "resolve_hours", "stars")
_DECIMALS = 6  # of degrees: a tenth of a metre
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_UNSEEN = ("Cc", "Cf", "Cs")
_NONE = dict.fromkeys((0xFFFE, 0xFFFF))  # no characters, and XML refuses them
_encode = msgspec.json.Encoder().encode


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One public report, in the columns of `open_columns.COLUMNS`, in their order. Instants are ISO 8601 in the city's
    time."""

    tracking: str
    received_at: str
    day: str
    status: str
    disputed: bool
    read: bool
    category: str | None
    pillar: str | None
    agency: str | None
    area: str | None
    kelurahan: str | None
    kecamatan: str | None
    kota: str | None
    channel: str
    lat: float | None
    lng: float | None
    place_exact: bool | None
    problem: str | None
    complete_at: str | None
    respond_by: str | None
    resolve_by: str | None
    done_at: str | None
    on_time: bool
    late: bool
    extended: bool
    rerouted: int
    reopened: int
    reason: str | None
    merged_into: str | None
    respond_hours: float | None
    resolve_hours: float | None
    stars: int | None
    photos: tuple[str, ...]
    url: str


def row_of(report: Report, facts: Facts, city: City, public_url: str, *, leader: str | None) -> Row | None:
    """The row of a report; None for a hidden one. `facts` are those of this very report; `leader` is the number of the one it
    was merged into, None where that is not public. Words, point and photos only of what a list shows, and not any more once
    it is rejected or withdrawn."""
    if report.hidden or facts.hidden:
        return None
    category = city.categories.get(facts.category)
    zone = ZoneInfo(city.timezone)

    def local(at: datetime | None) -> str | None:
        return at.astimezone(zone).isoformat() if at else None

    return Row(
        tracking=report.tracking,
        received_at=local(report.received_at) or "",
        day=facts.day,
        status=str(facts.status),
        disputed=facts.disputed,
        read=facts.listed,
        category=facts.category or None,
        pillar=category.pillar if category else None,
        agency=facts.agency or None,
        area=facts.area or None,
        channel=facts.channel,
        complete_at=local(facts.complete_at),
        respond_by=local(report.respond.by if report.respond else None),
        resolve_by=local(report.resolve.by if report.resolve else None),
        done_at=local(facts.done_at),
        **{name: getattr(facts, name) for name in _COPIED},
        reason=facts.reason or None,
        merged_into=leader,
        url=f"{public_url}/reports/{report.tracking}",
        **_names(facts.area, city),
        **_words(report, city, public_url, shown=facts.listed and report.status not in _WORDLESS),
    )


def _words(report: Report, city: City, public_url: str, *, shown: bool) -> dict[str, Any]:
    """What people wrote, photographed and where: nothing of it where it is not `shown`."""
    point = open_place(report, city) if shown else None
    return {
        "lat": round(point.lat, _DECIMALS) if point else None,
        "lng": round(point.lng, _DECIMALS) if point else None,
        "place_exact": point.exact if point else None,
        "problem": (plain(report.problem) or None) if shown else None,
        "photos": tuple(f"{public_url}/photos/{photo}" for photo in open_photos(report)) if shown else (),
    }


def plain(text: str) -> str:
    """The text without what is no letter, sign or line break: control characters, halves of pairs, directions."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return "".join(each for each in text if each in "\n\t" or unicodedata.category(each) not in _UNSEEN).translate(
        _NONE
    )


def in_order(rows: Iterable[Row]) -> list[Row]:
    """The rows as they stand in files: by the moment received, then by number."""
    return sorted(rows, key=lambda row: (datetime.fromisoformat(row.received_at), row.tracking))


def csv_of(rows: Iterable[Row]) -> bytes:
    """RFC 4180, UTF-8, the first line the columns' names. Text that a spreadsheet would take for a formula has an apostrophe
    before it."""
    return table(NAMES, ((getattr(row, name) for name in NAMES) for row in rows))


def table(head: Iterable[str], lines: Iterable[Iterable[object]]) -> bytes:
    """Any table as such a file. None is nothing, a truth value `true` or `false`, several values are separated by blanks."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(value) for value in line] for line in lines)
    return text.getvalue().encode()


def jsonl_of(rows: Iterable[Row]) -> bytes:
    """JSON Lines: one object in each line."""
    return b"".join(_encode(row) + b"\n" for row in rows)


def geojson_of(rows: Iterable[Row]) -> bytes:
    """A FeatureCollection (RFC 7946), one feature in each line. What has no public point has no geometry."""
    features = b",\n".join(_encode(_feature(row)) for row in rows)
    return b'{"type":"FeatureCollection","features":[\n' + features + b"\n]}\n"


def _feature(row: Row) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in NAMES if name not in ("lat", "lng")}
    point = None if row.lat is None else {"type": "Point", "coordinates": [row.lng, row.lat]}
    return {"type": "Feature", "id": row.tracking, "geometry": point, "properties": told}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_FORMULA) else value
    return repr(value)


def _names(area: str, city: City) -> dict[str, Any]:
    """Kelurahan, kecamatan and kota of an area's code."""
    names: dict[str, str | None] = dict.fromkeys(AREA_KINDS)
    code: str | None = area
    while code and (known := city.areas.get(code)) is not None:
        names[known.level] = known.name
        code = known.parent
    return names

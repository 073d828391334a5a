"""Open311's use cases: taking a report once, finding reports with every filter, taking another system's update."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import msgspec

from chalicelib.channels.message import Message
from chalicelib.channels.open311 import Update
from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Invalid, TooLarge, Unknown
from chalicelib.domain.lifecycle import TERMINAL, Action, Role
from chalicelib.domain.listing import Listed, listed
from chalicelib.domain.openness import opened
from chalicelib.domain.report import Deed, Report, record
from chalicelib.outbound.sealing import Sealed, seal_of
from chalicelib.store.listings import Row
from chalicelib.triage.clean import clean
from chalicelib.triage.masking import mask
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.follow_up import MOST_CHARACTERS, room_for
from chalicelib.usecases.open311_views import shown
from chalicelib.usecases.submit import Submitted, submit

SAME_SECONDS = 600
MOST = 1_000
MOST_CHANGED = 200
SPAN = timedelta(days=90)
# Queries of at most 1 MB that one list may cost; then it says where to go on.
_MOST_QUERIES = 40
_METRES_OF_A_DEGREE = 111_195.0


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """The filters of a list. `box` is west, south, east, north; `around` latitude, longitude and metres. With `changed`
    the list goes by the last public change instead of the receipt."""

    start: datetime
    end: datetime
    codes: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    changed: tuple[datetime, datetime] | None = None
    box: tuple[float, float, float, float] | None = None
    around: tuple[float, float, float] | None = None
    page: int = 1
    size: int = MOST


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """One page of a list. `more`: there may be another; `until`: reading was cut short there, go on with that as end."""

    rows: list[Row]
    more: bool = False
    until: datetime | None = None


def post(desk: Desk, message: Message, *, seed: str) -> Submitted:
    """The report, stored once: the same content within ten minutes is the same report. Its number comes from the content
    and the ten minutes it came in; the ten minutes before are looked at first (one read), for they end somewhere."""
    bucket = int(desk.now().timestamp()) // SAME_SECONDS
    earlier = _posted(desk, message, bucket - 1)
    if earlier is not None and (desk.now() - earlier.received_at).total_seconds() < SAME_SECONDS:
        return Submitted(earlier, new=False)
    return submit(desk, msgspec.structs.replace(message, id=_id(message, bucket)), seed=seed)


def _id(message: Message, bucket: int) -> str:
    return f"{message.id}.{bucket}"


def _posted(desk: Desk, message: Message, bucket: int) -> Report | None:
    """The report that this content made in those ten minutes."""
    channel, name = message.channel, _id(message, bucket)
    number = numbers.derive(desk.secrets.numbering(desk.ticks()), desk.city.prefix, channel, channel, name)
    try:
        report = desk.reports.get(number)
    except Unknown:
        return None
    return report if report.origin == numbers.origin_of(channel, channel, name) else None


def one(desk: Desk, typed: str) -> Row:
    """A public report by its number: one read. Raises Unknown for what is none, also for private and confidential ones."""
    number = number_of(desk, typed)
    report = desk.reports.get(number)
    if report.hidden:
        raise _unknown(number)
    return Row(report.tracking, shown(report))


def several(desk: Desk, typed: Sequence[str]) -> list[Row]:
    """The public reports among these numbers: one call per hundred."""
    wanted = []
    for text in typed[:MOST]:
        try:
            wanted.append(number_of(desk, text))
        except Unknown:
            continue
    return [Row(each.tracking, shown(each)) for each in desk.listings.reports(wanted) if not each.hidden]


def number_of(desk: Desk, typed: str) -> str:
    """The number somebody means. Raises Unknown: what is no number names no report."""
    try:
        return numbers.parse(typed, desk.city.prefix)
    except Invalid as error:
        raise _unknown(typed[:100]) from error


def _unknown(number: str) -> Unknown:
    return Unknown(f"service_request_id {number} was not found.", details={"service_request_id": number})


def listing(desk: Desk, wanted: Wanted) -> Found:
    """One page of the listed reports that fit, newest first (by change: the one longest ago first)."""
    pages = _by_change(desk, wanted) if wanted.changed else desk.listings.received(wanted.start, wanted.end)
    skip, city = (wanted.page - 1) * wanted.size, desk.city
    rows: list[Row] = []
    for queries, page in enumerate(pages, 1):
        for row in page:
            # As everybody may know it: who asks for smaller and smaller boxes must not find what is not shown.
            row = Row(row.tracking, opened(row.listed, city))
            if not _fits(row.listed, wanted):
                continue
            if skip:
                skip -= 1
                continue
            if len(rows) == wanted.size:
                return Found(rows=rows, more=True)
            rows.append(row)
        if queries == _MOST_QUERIES and page:
            # Whoever follows the links never comes here with something left to skip.
            return Found(rows=rows, more=not skip, until=page[-1].listed.received_at)
    return Found(rows=rows)


def _by_change(desk: Desk, wanted: Wanted) -> Iterator[list[Row]]:
    """The reports whose last public change lies in the window, a hundred in each page."""
    if wanted.changed is None:
        return
    batch: list[str] = []
    for number in desk.listings.changed(*wanted.changed):
        batch.append(number)
        if len(batch) == 100:
            yield _rows(desk, batch)
            batch = []
    yield _rows(desk, batch)


def _rows(desk: Desk, batch: Sequence[str]) -> list[Row]:
    return [Row(each.tracking, row) for each in desk.listings.reports(batch) if (row := listed(each)) is not None]


def _fits(row: Listed, wanted: Wanted) -> bool:
    status = "closed" if row.status in TERMINAL else "open"
    return (
        (not wanted.codes or row.category in wanted.codes)
        and (not wanted.statuses or status in wanted.statuses)
        and wanted.start <= row.received_at <= wanted.end
        and (wanted.changed is None or wanted.changed[0] <= row.changed_at <= wanted.changed[1])
        and (wanted.box is None or _inside(row, wanted.box))
        and (wanted.around is None or _near(row, wanted.around))
    )


def _inside(row: Listed, box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    return row.lat is not None and row.lng is not None and south <= row.lat <= north and west <= row.lng <= east


def _near(row: Listed, around: tuple[float, float, float]) -> bool:
    """Within so many metres. On a plane: exact to a few metres in a city."""
    if row.lat is None or row.lng is None:
        return False
    lat, lng, metres = around
    north = (row.lat - lat) * _METRES_OF_A_DEGREE
    east = (row.lng - lng) * _METRES_OF_A_DEGREE * math.cos(math.radians(lat))
    return math.hypot(north, east) <= metres


def changed_since(desk: Desk, start: datetime, *, page: int) -> tuple[list[Report], bool]:
    """One page (of 200 reports: their whole histories are read) of the listed reports with a public change since then, and whether there are more. Those changed
    after the window are among them: they may have changed in it as well."""
    first = (page - 1) * MOST_CHANGED
    wanted: list[str] = []
    for index, number in enumerate(desk.listings.changed(start, desk.now())):
        if index == first + MOST_CHANGED:
            return _listed(desk, wanted), True
        if index >= first:
            wanted.append(number)
    return _listed(desk, wanted), False


def _listed(desk: Desk, wanted: Sequence[str]) -> list[Report]:
    return [report for report in desk.listings.reports(wanted) if listed(report) is not None]


def post_update(desk: Desk, update: Update, *, seed: str) -> str:
    """Another system's update on a report, kept as an internal note: once per `update_id`; its status changes nothing here.
    Returns the update's id. Raises Unknown, TooLarge when the history is full."""
    number = number_of(desk, update.service_request_id)
    action_id = f"open311:{update.update_id}"
    deed = Deed(action=Action.NOTE, role=Role.SYSTEM, action_id=action_id, at=desk.now(), seed=seed)
    key = desk.secrets.key("recognition", desk.ticks())

    def noted(report: Report) -> Report:
        if report.hidden:
            raise _unknown(number)
        if sum(entry.told.data.get("source") == "open311" for entry in report.entries()) >= _MOST_UPDATES:
            raise TooLarge(
                "This report takes no more updates.", details={"update_id": f"at most {_MOST_UPDATES} of them"}
            )
        words = mask_known(mask(clean(update.text), known=update.known), key, report.marks)[:MOST_CHARACTERS]
        room_for(report, words, "description")
        sealed = desk.sealer.seal(Sealed(raw=update.raw[:_RAW_BYTES]), number, desk.ticks())
        told = {
            "source": "open311",
            "status": mask(clean(update.status)),
            "update_id": update.update_id,
            "seal": seal_of(sealed),  # so that it is not taken for the reporter's
        }
        if update.at is not None:
            told["updated_at"] = update.at.isoformat()
        return record(report, deed, "noted", note=words, data=told, sealed=(*report.sealed, sealed))

    changed(desk, number, Action.NOTE, action_id, noted)
    return update.update_id


_RAW_BYTES = 2_000
# Others write into a report that is not theirs: the agency's and the reporter's words must always fit.
_MOST_UPDATES = 10

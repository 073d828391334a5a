"""Splitting: one report that tells two problems becomes two, each with its own number. The first one is written first: what
is refused leaves nothing behind, and the second one follows from it, however often it has to be tried.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines, proof
from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Conflict, Invalid, Unknown
from chalicelib.domain.lifecycle import Action, Status, lead_to
from chalicelib.domain.open_photos import own_photos
from chalicelib.domain.pictures import ready
from chalicelib.domain.place import cell_of
from chalicelib.domain.report import Deed, Report, next_version, record
from chalicelib.triage.understanding import understand
from chalicelib.usecases.correct import Correct, placed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.dispatch import Dispatch, dispatch
from chalicelib.usecases.follow_up import perhaps, said

_ATTEMPTS = 4
_PLACE = ("area", "address", "landmark", "lat", "lng")


class Split(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The second problem. What is not given of its place is the first one's; `photos` are ids that go with it,
    `remaining_problem` what the first report says from now on. With an `agency` it is dispatched at once, else it waits.
    `note` is for the staff."""

    problem: str
    category: str | None = None
    agency: str | None = None
    area: str | None = None
    address: str | None = None
    landmark: str | None = None
    lat: float | None = None
    lng: float | None = None
    photos: tuple[str, ...] = ()
    remaining_problem: str | None = None
    note: str = ""


def split(report: Report, deed: Deed, wish: Split, city: City, *, into: str = "") -> Report:
    """The first report, which says that another one (`into`) was made of it. Pictures of finished work stay where the work
    is."""
    lead_to(deed.action, report.status, deed.role)
    if strange := [photo for photo in wish.photos if photo not in own_photos(report)]:
        raise Invalid("Only this report's own photos can go along.", details={"photos": f"not its own: {strange[:5]}"})
    if finished := sorted(proof.ever_finished(report).intersection(wish.photos)):
        raise Invalid(
            "Photos of finished work stay with it.",
            details={"photos": f"show finished work: {', '.join(finished[:5])}"},
        )
    data: dict[str, object] = {"into": into}
    fields: dict[str, Any] = {}
    if wish.photos:
        data["taken"] = list(wish.photos)
        fields["photos"] = tuple(photo for photo in report.photos if photo not in wish.photos)
    if wish.remaining_problem is not None:
        data["changed"] = ["problem"]
        fields["problem"] = said(wish.remaining_problem, "remaining_problem")
    if note := perhaps(wish.note, "note"):
        data["internal"] = note
    return record(report, deed, "split", public=True, data=data, **fields)


def split_off(first: Report, deed: Deed, wish: Split, city: City, *, number: str, attempt: int = 0) -> Report:
    """The second report: the same reporter, channel, language and wishes; received when the first one was, and its clocks run
    from when that was complete (or was last reopened), but for the time its reporter was asked."""
    first = deadlines.resumed(first, deed.at)
    category = city.open_categories().get(wish.category or "")
    if wish.category and category is None:
        raise Invalid("There is no such category.", details={"category": f"unknown category '{wish.category}'"})
    second = _of_the_same(first, deed, wish, city)
    second = msgspec.structs.replace(second, tracking=number, attempt=attempt)
    second = _clocked(second, first, deed.at, city, category.hours if category else None)
    data: dict[str, object] = {"split_from": first.tracking, "channel": first.channel}
    if second.respond and second.resolve:
        data |= {"respond_by": second.respond.by, "resolve_by": second.resolve.by}
    if wish.photos:
        data["taken"] = list(wish.photos)
    # Another id than the first one's: the same key may split this one again.
    begun = msgspec.structs.replace(deed, action_id=f"{deed.action_id}:off")
    second = record(second, begun, "split_off", public=True, quiet=True, data=data)
    if wish.agency:
        sent = msgspec.structs.replace(deed, action=Action.DISPATCH, action_id=f"{deed.action_id}:dispatch", quiet=True)
        second = dispatch(second, sent, Dispatch(agency=wish.agency, note=wish.note), city)
    return msgspec.structs.replace(second, version=1)


def _of_the_same(first: Report, deed: Deed, wish: Split, city: City) -> Report:
    """The second report before anything has happened to it; without a number."""
    place = placed(first.place, _as_correction(wish), city)
    problem = said(wish.problem, "problem")
    category = city.open_categories().get(wish.category or "")
    return Report(
        tracking="",
        city=first.city,
        pack=city.version,
        status=Status.WAITING,
        channel=first.channel,
        origin=origin_of(first, deed.action_id),
        body_hash=numbers.digest_of("split", problem).hex(),
        sender=first.sender,
        received_at=first.received_at,
        active_at=first.active_at,
        changed_at=deed.at,
        lang=first.lang,
        problem=problem,
        category=category.code if category else None,
        suggested=None if category else understand(problem, city).category,
        place=place,
        cell=first.cell if place == first.place else cell_of(place),
        photos=wish.photos,
        private=first.private,
        anonymous=first.anonymous,
        confidential=first.confidential or bool(category and category.sensitive),
        accused=first.accused,
        answerable=first.answerable,
        verified=first.verified,
        flags=first.flags,
        # Who has withdrawn consent, or was erased, is not found by name any more.
        marks=() if first.consent_withdrawn or first.erased else first.marks,
        split_from=first.tracking,
        way=first.way,
        consent_withdrawn=first.consent_withdrawn,
        erased=first.erased,
    )


def prepared(desk: Desk, report: Report, deed: Deed, wish: Split) -> Report:
    """The first report with a free number for the second in it, and that one whole: whoever comes by can store it."""
    split(report, deed, wish, desk.city)
    _store(desk, report)  # what an earlier split has left
    number, attempt = _free_number(desk, report, deed.action_id)
    at = max(deed.at, report.changed_at)
    second = split_off(report, msgspec.structs.replace(deed, at=at), wish, desk.city, number=number, attempt=attempt)
    after = split(report, deed, wish, desk.city, into=number)
    return msgspec.structs.replace(after, begun=msgspec.json.encode(second).decode())


def carried_through(desk: Desk, first: Report) -> Report:
    """The first report, once the second one is stored; nothing when no split of it is half done. Raises Conflict when its
    number is somebody else's meanwhile."""
    if not first.begun:
        return first
    _store(desk, first)
    after = next_version(first, msgspec.structs.replace(first, begun=""))
    try:
        desk.reports.change(first, after)
    except Conflict:  # somebody changed the first one at this moment: that the second one is there is found again
        return first
    return after


def _store(desk: Desk, first: Report) -> None:
    if not first.begun:
        return
    second = msgspec.json.decode(first.begun, type=Report)
    if not desk.reports.add(second) and desk.reports.get(second.tracking).origin != second.origin:
        raise Conflict("The second report's number was taken meanwhile.", details={"tracking": second.tracking})
    for photo in ready(second.photos):
        desk.photos.belongs(photo, second.tracking)


def origin_of(first: Report, action_id: str) -> str:
    """What the second report's number is derived from: the same split of the same report, the same number."""
    return numbers.origin_of("split", first.origin, action_id)


def _number(desk: Desk, origin: str, attempt: int) -> str:
    secret = desk.secrets.numbering(desk.ticks())
    return numbers.derive(secret, desk.city.prefix, "split", "", origin, attempt=attempt)


def _free_number(desk: Desk, first: Report, action_id: str) -> tuple[str, int]:
    origin = origin_of(first, action_id)
    for attempt in range(_ATTEMPTS):
        number = _number(desk, origin, attempt)
        there = _stored(desk, number)
        if there is None or there.origin == origin:
            return number, attempt
    raise Conflict("No free tracking number was found.", details={"attempts": _ATTEMPTS})


def _stored(desk: Desk, number: str) -> Report | None:
    try:
        return desk.reports.get(number)
    except Unknown:
        return None


def _clocked(second: Report, first: Report, at: datetime, city: City, hours: float | None) -> Report:
    reopened = max((each.moment for each in first.entries() if each.event == "reopened"), default=None)
    began = reopened or first.complete_at or at
    second = deadlines.started(second, began, city.policy, hours)
    if second.respond is None or second.resolve is None:
        return second
    asked = timedelta() if reopened else timedelta(seconds=first.paused_seconds)
    return msgspec.structs.replace(
        second,
        complete_at=first.complete_at or at,
        # The days that began with a reopening are not counted from the first completion again.
        classified=second.classified or reopened is not None,
        paused_seconds=first.paused_seconds,
        respond=msgspec.structs.replace(second.respond, by=second.respond.by + asked),
        resolve=msgspec.structs.replace(second.resolve, by=second.resolve.by + asked),
    )


def _as_correction(wish: Split) -> Correct:
    return Correct(**{name: getattr(wish, name) for name in _PLACE})

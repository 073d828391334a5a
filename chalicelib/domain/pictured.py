"""What becomes of a report when its pictures have been looked at: those that can be shown are, the others say why not."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines
from chalicelib.domain.announcements import office_codes
from chalicelib.domain.contribution import Contribution
from chalicelib.domain.intake import completed
from chalicelib.domain.lifecycle import TRANSITIONS, Action, Status, lead_to
from chalicelib.domain.pictures import KEPT, PENDING, id_of, pending
from chalicelib.domain.place import Place
from chalicelib.domain.proof import Sign, completion, reused
from chalicelib.domain.report import Deed, Report, record

UNREADABLE = "unreadable-photo"  # the reason (of the pack's, for `refuse`) with which work without proof goes back
_OVERSIGHT = 2  # the ladder's level of the office that watches over the agencies


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One picture, looked at. `reason` says why it is refused, "" otherwise; `shown` is false for one that is kept but
    that nobody can decode here; `lat`/`lng` say where it was taken, if it says so; `signs` what speaks for and
    against it as proof of the work."""

    reason: str = ""
    shown: bool = True
    lat: float | None = None
    lng: float | None = None
    signs: tuple[Sign, ...] = ()


def pictured(
    report: Report, deed: Deed, outcomes: Mapping[str, Outcome], city: City, cells: Mapping[str, str | None]
) -> Report:
    """The report with these pictures (by id) settled, in one entry that its reporter is not told of; the same report when
    it awaits none of them. Work that is left without any picture to prove it goes back to its agency at once. Where a
    picture was taken becomes the place that nobody told, marked so, and may be all that the report lacked. `cells` has the
    cell of each picture's point."""
    lead_to(deed.action, report.status, deed.role)
    awaited = {photo: outcomes[photo] for photo in pending(report.photos) if photo in outcomes}
    if not awaited:
        return report
    data: dict[str, object] = {
        "ready": [photo for photo, told in awaited.items() if told.shown and not told.reason],
        "refused": {photo: told.reason for photo, told in awaited.items() if told.reason},
        "undecodable": [photo for photo, told in awaited.items() if not told.shown and not told.reason],
    }
    signs = {photo: told.signs for photo, told in awaited.items() if told.signs}
    if signs:
        data["signs"] = msgspec.to_builtins(signs)
    report = msgspec.structs.replace(report, photos=_settled(report.photos, awaited))
    placed = _placed(report, awaited, city, cells)
    if placed.place != report.place:
        data["place"] = True
    after = record(placed, deed, "pictures_processed", quiet=True, data=data)
    if report.status is Status.INCOMPLETE and report.missing and not after.missing:
        after = completed(after, _said(report, deed), deed, city)
    after = _doubted(after, deed, reused(signs), city)
    return _unproven(after, deed, {photo for photo, told in awaited.items() if told.reason})


def _doubted(report: Report, deed: Deed, why: dict[str, object], city: City) -> Report:
    """Proof that was used before goes before the oversight office at once, in the same change, so that neither can be there
    without the other. It keeps nobody from judging; work that is accepted already stays so, until an admin looks at it."""
    statuses, _, _ = TRANSITIONS[Action.DOUBT]
    if not why or report.status not in statuses:
        return report
    rung = next((rung for rung in city.policy.ladder if rung.level == _OVERSIGHT), None)
    to = office_codes(rung, report, city) if rung else []
    return record(report, deed, "proof_doubted", quiet=True, data={**why, "to": to}, doubted=True)


def _unproven(report: Report, deed: Deed, refused: set[str]) -> Report:
    """Work of whose pictures none is left once some were refused is refused as a validator would: nothing is there to be
    judged. Only what the last resolve brought counts, and only while nobody has judged it."""
    statuses, roles, status = TRANSITIONS[Action.REFUSE]
    proof = set(completion(report))
    if report.status not in statuses or deed.role not in roles or not proof & refused:
        return report
    if proof & {id_of(photo) for photo in report.photos}:  # shown, kept, or still to be looked at
        return report
    data = {"reason_code": UNREADABLE}
    report = deadlines.restarted(report)
    return record(report, deed, "follow_up_refused", status=status, public=True, data=data, held_since=deed.at)


def _settled(photos: tuple[str, ...], awaited: Mapping[str, Outcome]) -> tuple[str, ...]:
    settled = []
    for photo in photos:
        told = awaited.get(photo.removeprefix(PENDING)) if photo.startswith(PENDING) else None
        if told is None:
            settled.append(photo)
        elif not told.reason:
            settled.append(photo.removeprefix(PENDING) if told.shown else KEPT + photo.removeprefix(PENDING))
    return tuple(settled)


def _placed(report: Report, awaited: Mapping[str, Outcome], city: City, cells: Mapping[str, str | None]) -> Report:
    """The report with the first point in the city that its pictures tell, if nobody has told the place so far."""
    half = report.place.address or report.place.landmark  # what was told is asked further, not answered by a guess
    if half or report.place.is_enough or report.status not in (Status.INCOMPLETE, Status.WAITING):
        return report
    for photo, told in awaited.items():
        if told.lat is None or told.lng is None or told.reason:
            continue
        area = city.area_at(told.lat, told.lng)
        if area is None:
            continue  # taken elsewhere: that says nothing about a problem in this city
        place: Place = msgspec.structs.replace(
            report.place, lat=told.lat, lng=told.lng, area=area, in_city=True, from_photo=True
        )
        missing = tuple(field for field in report.missing if field != "place")
        return msgspec.structs.replace(report, place=place, cell=cells.get(photo) or report.cell, missing=missing)
    return report


def _said(report: Report, deed: Deed) -> Contribution:
    """What a picture says, as completing a report wants to have it."""
    return Contribution(
        message_id="",
        given_id=deed.action_id,
        channel=report.channel,
        at=deed.at,
        seed=deed.seed,
        body_hash="",
        words="-",  # a change with something in it
    )

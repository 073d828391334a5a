"""Erasing who reported, and what they said in their own words: from the report and its seals, from memory, and what lies in
buckets. Only the function that may open seals can do it: the seals say what else there is.

What lies elsewhere goes first, the report last: an attempt that ends in between is made good by the next one.
"""

from __future__ import annotations

import os

import msgspec

from chalicelib.domain import rights
from chalicelib.domain.errors import Conflict, ReportError, Unknown
from chalicelib.domain.lifecycle import Action, Role, Status, lead_to
from chalicelib.domain.open_photos import open_photos
from chalicelib.domain.pictures import id_of
from chalicelib.domain.report import Deed, Report
from chalicelib.observability import logger
from chalicelib.outbound.sealing import SealBrokenError, Sealed, seal_of
from chalicelib.usecases.act import changed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.family import family
from chalicelib.usecases.reply import ways_of

ASKED, RETENTION = "asked", "retention"
_LONGEST_CHAIN, _TRIES = 20, 5
_MAIL = "mail:"


class _MoreCameError(Exception):
    """Something was sealed since the seals were opened."""


def erase(desk: Desk, tracking: str, *, action_id: str, seed: str, role: Role = Role.REPORTER) -> list[str]:
    """Leaves nothing of the reporter in that report, in what it was split from or into (one person told them all), and in
    what they said of the report that leads it. Gives the numbers. Of one that holds nothing any more: a success that changes
    nothing. Raises Unknown."""
    done: list[str] = []
    for number in family(desk, desk.reports.get(tracking)):
        deed = Deed(action=Action.ERASE, role=role, action_id=f"{action_id}:{number}", at=desk.now(), seed=seed)
        _erased(desk, number, deed, RETENTION if role is Role.SYSTEM else ASKED)
        done.append(number)
    logger().info("a reporter's data was erased", extra={"tracking": tracking, "reports": len(done)})
    return done


def _erased(desk: Desk, tracking: str, deed: Deed, why: str) -> None:
    for _ in range(_TRIES):
        report = desk.reports.get(tracking)
        own, others = _parts(report)
        if rights.nothing_left(report, own):
            return
        lead_to(deed.action, report.status, deed.role)
        if report.begun:  # what of it is in the second report is not stored yet
            raise Conflict("This report is just being split. Please try again.", details={"tracking": tracking})
        parts = _opened(desk, report, own)
        _forget_pictures(desk, rights.own_pictures(report) | _pictures_in(parts), report)
        _forget_mails(desk, parts)
        _forget_conversations(desk, report, parts)
        _forget_at_leaders(desk, report, deed)
        try:
            _write(desk, report, deed, why, others)
        except _MoreCameError:
            continue
        return
    raise ReportError("The report keeps changing. Please try again.", details={"tracking": tracking})


def _parts(report: Report) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    """Its sealed parts: what was sealed with its reporter's words, and with those of the reporters of merged reports, who erase
    theirs themselves."""
    theirs = rights.seals_of_followers(report)
    own = tuple(part for part in report.sealed if seal_of(part) not in theirs)
    return own, tuple(part for part in report.sealed if part not in own)


def _write(desk: Desk, before: Report, deed: Deed, why: str, others: tuple[bytes, ...]) -> None:
    nobody = desk.sender_hash("erased", os.urandom(16).hex())

    def anonymous(report: Report) -> Report:
        if report.sealed != before.sealed or report.hidden != before.hidden:
            raise _MoreCameError
        return rights.anonymous(report, deed, sender=nobody, why=why, others=others)

    # A later erasure with the same id finds other words to erase: each change has its own.
    again = sum(entry.event == "erased" for entry in before.entries())
    deed = msgspec.structs.replace(deed, action_id=f"{deed.action_id}:{again}")
    changed(desk, before.tracking, Action.ERASE, deed.action_id, anonymous)


def _opened(desk: Desk, report: Report, sealed: tuple[bytes, ...]) -> list[Sealed]:
    """The parts one by one; one that does not open any more tells nothing, and goes all the same."""
    found = []
    for part in sealed:
        try:
            found.append(desk.sealer.open(part, report.tracking, desk.ticks()))
        except SealBrokenError:
            logger().warning("a sealed part could not be opened", extra={"tracking": report.tracking})
    return found


def _pictures_in(parts: list[Sealed]) -> set[str]:
    return {picture.id for part in parts for picture in part.photos}


def _forget_pictures(desk: Desk, photos: set[str], report: Report | None) -> None:
    """The originals, what was uploaded, where and when they were taken, by what they are found again; the shown copies too, but
    of those that everybody sees on the report, or on the one that they were split off with. None: whatever is shown."""
    for photo in sorted(photos):
        desk.buckets.forget_picture(photo, shown=report is None or not _is_everybodys(desk, photo, report))
        desk.photos.forget(photo)
        desk.prints.forget(photo)


def _is_everybodys(desk: Desk, photo: str, report: Report) -> bool:
    known = desk.photos.get(photo)
    if known is not None and known.tracking not in ("", report.tracking):
        try:
            report = desk.reports.get(known.tracking)
        except Unknown:
            return False
    return not report.hidden and photo in open_photos(report)


def _forget_mails(desk: Desk, parts: list[Sealed]) -> None:
    sources = {picture.source for part in parts for picture in part.photos}
    keys = {source.removeprefix(_MAIL).rpartition("#")[0] for source in sources if source.startswith(_MAIL)}
    for key in sorted(keys | {part.stored for part in parts}):
        if key:
            desk.buckets.forget_mail(key)


def _forget_conversations(desk: Desk, report: Report, parts: list[Sealed]) -> None:
    """What is remembered of the report for its sender, and for whoever has its phone or address on any channel."""
    senders = {report.sender}
    for part in parts:
        for told in (part, Sealed(phone=part.notify_phone, email=part.notify_email)):
            for channel in desk.city.channels.values():
                senders.update(ways_of(desk, channel, told))
    for sender in sorted(senders):
        desk.conversations.forget(sender, report.tracking)


def _forget_at_leaders(desk: Desk, follower: Report, deed: Deed) -> None:
    """What the reporter of a merged report said of the one that leads: words, and what was sealed with them."""
    number, steps = follower.merged_into, 0
    while number and steps < _LONGEST_CHAIN:
        try:
            leader = desk.reports.get(number)
        except Unknown:
            return
        said = rights.entries_for(leader, follower.tracking)
        seals = rights.seals_of(said)
        parts = [part for part in leader.sealed if seal_of(part) in seals] if seals else []
        opened = _opened(desk, leader, tuple(parts))
        _forget_pictures(desk, rights.pictures_of(said) | _pictures_in(opened), None)
        _forget_mails(desk, opened)
        if said:
            changed(
                desk, number, Action.ERASE, f"{deed.action_id}@{number}", lambda report: _without(report, follower),
            )  # fmt: skip
        number, steps = (leader.merged_into if leader.status is Status.MERGED else None), steps + 1


def _without(leader: Report, follower: Report) -> Report:
    """The report that leads without that, and without those pictures: only the staff has ever seen them there."""
    said = rights.entries_for(leader, follower.tracking)
    seals, pictures = rights.seals_of(said), rights.pictures_of(said)
    left = tuple(part for part in leader.sealed if seal_of(part) not in seals)
    photos = tuple(each for each in leader.photos if id_of(each) not in pictures)
    without = rights.without_words(leader, {entry.seq for entry in said})
    return msgspec.structs.replace(without, sealed=left, photos=photos)

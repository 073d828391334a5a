"""Looking at pictures: fetched before they expire, made fit to be shown, the original sealed, and the report told. Each
picture is looked at once; what fails for now is tried again, what fails for good is refused by name while the report stays.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.errors import Unknown
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.pictured import Outcome, pictured
from chalicelib.domain.pictures import UPLOAD, pending
from chalicelib.domain.place import Place, cell_of
from chalicelib.domain.report import Deed, Report
from chalicelib.domain.tracking import digest_of
from chalicelib.observability import logger
from chalicelib.outbound.fetch import FORBIDDEN, GONE, TOO_LARGE
from chalicelib.outbound.pictures.look import PictureRefused, Seen, look
from chalicelib.outbound.senders.outcome import SendFailed, SendRefused
from chalicelib.store.photos import Photo
from chalicelib.usecases import uploads
from chalicelib.usecases.act import changed
from chalicelib.usecases.capture import redeemed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.proof import examined, read, written
from chalicelib.usecases.sources import content_of

READY, REFUSED, UNDECODABLE, CHECKED = "ready", uploads.REFUSED, "undecodable", "checked"
# What a picture is while it is looked at, and when that ended with an error that was not its own.
LOOKING, LEFT = "looking", "left"
_SETTLED = frozenset({READY, REFUSED, UNDECODABLE})
_MOST_SECONDS = 120  # of the function's 180: one more slow one still fits
_LONG_SECONDS = 5  # after one that took longer, the report is told what is known so far
_SUSPECT_TRIES, _SUSPECT_LOOKS = 3, 2  # a picture that ended the function so often is one that does nothing else
BOMB = "bomb"
_REASONS = frozenset({FORBIDDEN, GONE, TOO_LARGE})


class _NothingAwaitedError(Exception):
    """Somebody else has told the report already."""


def look_at(desk: Desk, tracking: str, *, seed: str, tries: int = 1, last: bool = False) -> int:
    """Looks at every picture of a report that nobody has looked at, and tells the report of those it could. Returns how many
    were settled. Raises what kept it from the others, if they may be had later; with `last` those are refused instead.
    `tries` is how often this has been begun: what ended the whole function before comes after all the others."""
    try:
        report = desk.reports.get(tracking)
    except Unknown:
        logger().warning("a picture without report", extra={"tracking": tracking})
        return 0
    awaited = pending(report.photos)
    if not awaited:
        return 0
    told = desk.sealer.open_all(report.sealed, report.tracking, desk.ticks())
    sources = {picture.id: picture.source for picture in told.photos}
    suspects = _suspects(desk, awaited) if tries > 1 else {}
    outcomes: dict[str, Outcome] = {}
    settled = 0
    failed: Exception | None = None
    began = desk.ticks()
    for photo in sorted(awaited, key=lambda each: suspects.get(each, 0)):
        start = desk.ticks()
        if photo in suspects:
            outcomes = _tell(desk, tracking, outcomes, seed)
        try:
            if start - began > _MOST_SECONDS:
                raise SendFailed("no time is left for this one")
            outcomes[photo] = _one(desk, report, photo, sources.get(photo, ""), tries=tries, last=last)
            settled += 1
        except Exception as error:
            failed = error
            logger().warning("a picture was not had", extra={"tracking": tracking, "error": type(error).__name__})
        if desk.ticks() - start > _LONG_SECONDS:
            outcomes = _tell(desk, tracking, outcomes, seed)
    _tell(desk, tracking, outcomes, seed)
    if failed is not None:
        raise failed
    return settled


def look_at_upload(desk: Desk, photo: str, *, seed: str, tries: int = 1, last: bool = False) -> int:
    """Looks at what was uploaded: for its report if it has one already, else only to know whether it could be shown."""
    if not uploads.is_ours(desk, photo):
        return 0
    known = desk.photos.get(photo)
    if known is not None and known.tracking:
        return look_at(desk, known.tracking, seed=seed, tries=tries, last=last)
    content = desk.buckets.uploaded(photo)
    if content is None:
        return 0
    found = _checked(desk, known or Photo(id=photo), content, tries=tries, last=last)
    after = desk.photos.found(found, now=desk.now())
    # A report may have named it at this very moment, and found nothing yet.
    return look_at(desk, after.tracking, seed=seed, tries=tries, last=last) if after.tracking else 1


def _checked(desk: Desk, known: Photo, content: bytes, *, tries: int, last: bool) -> Photo:
    if _ends_all(known, tries, last=last):
        return Photo(id=known.id, state=REFUSED, reason=BOMB, bytes=len(content))
    with _marked(desk, known):
        try:
            seen = look(content)
            redeemed(desk, seen.mark, known.id)  # while its minutes last: the report may name it much later
            return msgspec.structs.replace(_found(desk, known.id, seen), state=CHECKED)
        except PictureRefused as refused:
            return Photo(id=known.id, state=REFUSED, reason=refused.reason, bytes=len(content))


def _suspects(desk: Desk, photos: Sequence[str]) -> dict[str, int]:
    """Those that were begun and never ended, and how often."""
    known = {photo: desk.photos.get(photo) for photo in photos}
    return {photo: found.looks for photo, found in known.items() if found is not None and found.state == LOOKING}


def _one(desk: Desk, report: Report, photo: str, source: str, *, tries: int, last: bool) -> Outcome:
    if uploads.is_ours(desk, photo):
        source = f"{UPLOAD}{photo}"
        if uploads.claimed(desk, photo, (report.tracking, report.origin)) is None:
            return Outcome(reason="claimed")
    known = desk.photos.belongs(photo, report.tracking)
    if known.state not in _SETTLED:
        try:
            known = desk.photos.found(_looked(desk, report, known, source, tries=tries, last=last), now=desk.now())
        except SendFailed:
            if not last:
                raise
            reason = "missing" if source.startswith(UPLOAD) else "unreachable"
            known = desk.photos.found(Photo(id=photo, state=REFUSED, reason=reason), now=desk.now())
    if known.state == REFUSED:
        return Outcome(reason=known.reason)
    return Outcome(shown=known.state == READY, lat=known.lat, lng=known.lng, signs=read(known.signs))


def _looked(desk: Desk, report: Report, known: Photo, source: str, *, tries: int, last: bool) -> Photo:
    """The picture, fetched and looked at; kept and shown if it can be. Raises SendFailed when it may be had later."""
    photo = known.id
    if _ends_all(known, tries, last=last):
        return Photo(id=photo, state=REFUSED, reason=BOMB)
    try:
        content = content_of(desk, report, source)
    except SendRefused as refused:
        reason = refused.reason if refused.reason in _REASONS else GONE
        return Photo(id=photo, state=REFUSED, reason=reason)
    except ValueError as error:  # an address or an answer nobody foresaw: no try will be the better one
        logger().exception("a picture's source could not be read", extra={"error": type(error).__name__})
        return Photo(id=photo, state=REFUSED, reason=GONE)
    with _marked(desk, known):
        try:
            seen = look(content)
        except PictureRefused as refused:
            return Photo(id=photo, state=REFUSED, reason=refused.reason, bytes=len(content))
        desk.buckets.keep(photo, desk.sealer.seal_bytes(content, photo, desk.ticks()))
        if seen.large:
            desk.buckets.show(photo, seen.large, seen.small)
        found = _found(desk, photo, seen)
        taken = datetime.fromisoformat(found.taken_at) if found.taken_at else None
        signs = written(examined(desk, report, photo, seen, taken))
    return msgspec.structs.replace(found, signs=signs)


def _ends_all(known: Photo, tries: int, *, last: bool) -> bool:
    """Whether looking at it has ended the whole function, not once by chance but whenever it was begun. A message may be
    at a late try for other reasons (an upload that came late), and another one may be at work: so its looks count too."""
    return known.state == LOOKING and (last or (tries >= _SUSPECT_TRIES and known.looks >= _SUSPECT_LOOKS))


@contextmanager
def _marked(desk: Desk, known: Photo) -> Iterator[None]:
    """While this lasts the picture is marked. The mark stays when the process does not live to see the end, and only then:
    an error of ours is nothing that the picture did."""
    looks = known.looks + 1 if known.state == LOOKING else 1
    desk.photos.found(Photo(id=known.id, state=LOOKING, looks=looks), now=desk.now())
    try:
        yield
    except Exception:
        desk.photos.found(Photo(id=known.id, state=LEFT), now=desk.now())
        raise


def _found(desk: Desk, photo: str, seen: Seen) -> Photo:
    lat, lng = seen.where or (None, None)
    return Photo(
        id=photo,
        state=READY if seen.large else UNDECODABLE,
        sha256=seen.sha256,
        phash=seen.phash,
        kind=seen.kind,
        taken_at=_instant(desk, seen.taken_at),
        lat=lat,
        lng=lng,
        width=seen.width,
        height=seen.height,
        bytes=seen.length,
    )


def _instant(desk: Desk, taken: datetime | None) -> str:
    """In UTC; a camera that tells no offset is taken to show the city's time."""
    if taken is None:
        return ""
    try:
        aware = taken if taken.tzinfo else taken.replace(tzinfo=ZoneInfo(desk.city.timezone))
        return aware.astimezone(UTC).isoformat()
    except (OverflowError, ValueError):  # the year 1, or 9999
        return ""


def _tell(desk: Desk, tracking: str, outcomes: dict[str, Outcome], seed: str) -> dict[str, Outcome]:
    """Tells the report, if there is anything to tell. Returns what is left to tell: nothing."""
    if not outcomes:
        return {}
    action_id = f"pictures:{digest_of(*sorted(outcomes)).hex()[:24]}"
    deed = Deed(action=Action.PICTURE, role=Role.SYSTEM, action_id=action_id, at=desk.now(), seed=seed)
    cells = {
        photo: cell_of(Place(lat=told.lat, lng=told.lng, in_city=True))
        for photo, told in outcomes.items()
        if told.lat is not None
    }

    def told(report: Report) -> Report:
        after = pictured(report, deed, outcomes, desk.city, cells)
        if after is report:
            raise _NothingAwaitedError
        return after

    try:
        changed(desk, tracking, Action.PICTURE, action_id, told)
    except _NothingAwaitedError:
        return {}
    logger().info("pictures looked at", extra={"tracking": tracking, "pictures": len(outcomes)})
    return {}

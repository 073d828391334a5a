"""A picture as proof: its print kept and, of finished work, looked for among all earlier ones; what speaks for and against."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from chalicelib.domain import proof
from chalicelib.domain.likeness import ALIKE, laid, likeness
from chalicelib.domain.pictures import id_of
from chalicelib.domain.proof import Alike, Sign
from chalicelib.domain.report import Report
from chalicelib.outbound.pictures.likeness import print_in
from chalicelib.outbound.pictures.look import Seen
from chalicelib.store.prints import Kept
from chalicelib.usecases.capture import redeemed
from chalicelib.usecases.desk import Desk

# Of those that share spots with a picture so many are compared with it, those that share most first.
_MOST_COMPARED = 6
_MOST_TOLD = 3
_BEFORE_KEPT = timedelta(days=400)  # the print of a picture of a problem: as long as its work may come back


def examined(desk: Desk, report: Report, photo: str, seen: Seen, taken_at: datetime | None) -> tuple[Sign, ...]:
    """The signs of a picture that shows finished work, none for any other. May be done again."""
    if not seen.large:
        return ()
    kept = Kept(
        photo=photo, tracking=report.tracking, agency=report.agency or "", at=desk.now(), print=print_in(seen.large)
    )
    finished = proof.completion(report)
    if photo not in finished:
        desk.prints.keep(kept, until=desk.now() + _BEFORE_KEPT)
        return ()
    desk.prints.index(kept)
    own = {id_of(each) for each in report.photos} | set(finished)
    earlier = _alike(desk, kept, finished)
    before = _before(desk, kept, own - _ever_finished(report))
    facts = proof.Seen(
        width=seen.width,
        height=seen.height,
        taken_at=taken_at,
        where=seen.where,
        software=seen.software,
        captured=redeemed(desk, seen.mark, photo) == report.tracking,
        alike=tuple(earlier[:_MOST_TOLD]),
        before=before,
    )
    return proof.judged(facts, proof.work_of(report))


def _alike(desk: Desk, kept: Kept, together: tuple[str, ...]) -> list[Alike]:
    """Earlier pictures of finished work that this one repeats, the likest first; not those that came with it."""
    found = desk.prints.sharing(kept.print.spots)
    votes = {
        photo: fit.votes
        for photo, pairs in found.items()
        if photo not in together and (fit := laid(pairs, kept.print.width)) is not None
    }
    likest = sorted(votes, key=lambda photo: -votes[photo])[:_MOST_COMPARED]
    return _compared(kept, desk.prints.whole(likest))


def _before(desk: Desk, kept: Kept, photos: set[str]) -> Alike | None:
    """The report's own picture of the problem that this one repeats."""
    return next(iter(_compared(kept, desk.prints.whole(sorted(photos)))), None)


def _compared(kept: Kept, others: list[Kept]) -> list[Alike]:
    shares = [Alike(other.tracking, other.photo, likeness(kept.print, other.print)) for other in others]
    return sorted((each for each in shares if each.share >= ALIKE), key=lambda each: -each.share)


def _ever_finished(report: Report) -> set[str]:
    return {
        str(photo)
        for entry in report.entries()
        if entry.event == "resolved"
        for photo in entry.told.data.get("photos", ())
    }


def written(signs: tuple[Sign, ...]) -> str:
    """Signs as a picture's item holds them."""
    return msgspec.json.encode(signs).decode() if signs else ""


def read(text: str) -> tuple[Sign, ...]:
    """The other way round."""
    return msgspec.json.decode(text, type=tuple[Sign, ...]) if text else ()

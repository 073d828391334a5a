"""A picture as proof: its print kept and, of finished work, looked for among all earlier ones; what speaks for and against."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec

from chalicelib.domain import proof
from chalicelib.domain.errors import Unknown
from chalicelib.domain.likeness import ALIKE, laid, likeness
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
_MOST_RELATED = 20  # merged reports whose pictures are compared too: a read each
_BEFORE_KEPT = timedelta(days=400)  # the print of a picture of a problem: as long as its work may come back


def examined(desk: Desk, report: Report, photo: str, seen: Seen, taken_at: datetime | None) -> tuple[Sign, ...]:
    """The signs of a picture that shows finished work, none for any other; of work that has been done again since, its print
    is kept to be found, and no more. May be done again."""
    if not seen.large:
        return ()
    kept = Kept(
        photo=photo, tracking=report.tracking, agency=report.agency or "", at=desk.now(), print=print_in(seen.large)
    )
    finished = proof.completion(report)
    if photo not in proof.ever_finished(report):
        desk.prints.keep(kept, until=desk.now() + _BEFORE_KEPT)
        return ()
    others = desk.prints.whole([photo, *sorted(_of_the_problem(desk, report) if photo in finished else ())])
    for same in others:
        if same.photo == photo:  # looked at before: who repeated it meanwhile came after it
            kept = msgspec.structs.replace(kept, at=same.at)
    desk.prints.index(kept)
    if photo not in finished:
        return ()
    earlier = _alike(desk, kept, finished)
    before = next(iter(_compared(kept, [other for other in others if other.photo != photo])), None)
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


def _of_the_problem(desk: Desk, report: Report) -> set[str]:
    """Pictures of the same problem: the report's own, those that were hidden or split off too, and those of the reports that
    were merged into it or that it was split from."""
    photos = proof.ever_pictured(report) - proof.ever_finished(report)
    for tracking in (*report.leads[:_MOST_RELATED], *filter(None, [report.split_from])):
        try:
            other = desk.reports.get(tracking, consistent=False)
        except Unknown:
            continue
        photos |= proof.ever_pictured(other) - proof.ever_finished(other)
    return set(photos)


def _compared(kept: Kept, others: list[Kept]) -> list[Alike]:
    shares = [
        Alike(other.tracking, other.photo, likeness(kept.print, other.print)) for other in others if other.at <= kept.at
    ]
    return sorted((each for each in shares if each.share >= ALIKE), key=lambda each: -each.share)


def written(signs: tuple[Sign, ...]) -> str:
    """Signs as a picture's item holds them."""
    return msgspec.json.encode(signs).decode() if signs else ""


def read(text: str) -> tuple[Sign, ...]:
    """The other way round."""
    return msgspec.json.decode(text, type=tuple[Sign, ...]) if text else ()

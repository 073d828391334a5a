"""Retelling: the report as a conversation's memory tells it, without reading it."""

from __future__ import annotations

import msgspec

from chalicelib.city.model import City
from chalicelib.domain.contribution import Contribution, Identity
from chalicelib.domain.intake import begin, join
from chalicelib.domain.report import Report
from chalicelib.triage.recognition import marks_of, mask_known
from chalicelib.usecases.boundaries import is_over
from chalicelib.usecases.understand import Understanding

# What a conversation's memory vouches for: it does not hold who somebody is.
REMEMBERED = frozenset({"problem", "place"})
# What is not asked again of somebody who has told it with an earlier report, and how many reports back that may lie.
_WHO = ("name", "address")
_MOST_KNOWN = 5


def retold(
    city: City, identity: Identity, log: tuple[Contribution, ...], *, remembered: bool = False
) -> tuple[Report | None, tuple[Contribution, ...]]:
    """The report as the messages before this one made it; wrong only if somebody else has changed it since, which the
    write's condition finds out. None when the conversation was over before the last of them, and those that came after
    that. `remembered`: only what memory vouches for, where the originals never arrived."""
    first, *later = [vouched(said) for said in log[:-1]] if remembered else log[:-1]
    report = begin(identity, first, city)
    for index, said in enumerate(later):
        if is_over(report, city, said.at) and not remembered:
            return None, tuple(later[index:])
        report = join(report, said, city)
    awaited = tuple(said.action_id for said in (first, *later)) if remembered else ()
    return msgspec.structs.replace(report, sealed=(b"",) * (1 + len(later)), unsealed=awaited), ()


def told_under(log: tuple[Contribution, ...], city: City) -> bool:
    """Whether today's settings are those under which all messages but the last were heard: else the report was made
    otherwise, and has to be read. False where nothing is remembered."""
    return bool(log) and all(said.pack == city.version for said in log[:-1])


def with_lost(report: Report, log: tuple[Contribution, ...], city: City) -> Report:
    """The report with the earlier messages of this conversation that never reached it."""
    for said in log[1:-1]:
        if said.settled and not report.did(said.action_id):
            after = join(report, vouched(said), city)
            report = msgspec.structs.replace(after, unsealed=(*report.unsealed, said.action_id))
    return report


def vouched(said: Contribution) -> Contribution:
    # Where its pictures are to be had stands in the original only.
    return msgspec.structs.replace(said, filled=tuple(field for field in said.filled if field in REMEMBERED), photos=())


def known_from(before: Report | None, alone: Understanding, key: bytes) -> Contribution:
    """What is said, with what the sender told of themselves with their report before; nothing from one whose sender is not
    to be known, and nothing of somebody else on the same phone."""
    said = alone.said
    known = tuple(field for field in _WHO if before is not None and field not in before.missing)
    if before is None or not known or before.hidden or before.anonymous or before.erased:
        return said
    named = marks_of(key, name=alone.secret.name, address="", contacts=())
    if named and not set(named) & set(before.marks):
        return said
    return msgspec.structs.replace(
        said,
        filled=tuple(dict.fromkeys((*said.filled, *known))),
        words=mask_known(said.words, key, before.marks),
        problem=mask_known(said.problem, key, before.marks),
        known_from=(before.tracking, *before.known_from)[:_MOST_KNOWN],
        marks=tuple(dict.fromkeys((*before.marks, *said.marks))),
    )

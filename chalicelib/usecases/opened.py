"""Opening what is sealed about a report's reporter: with the report, and with the earlier ones of the same sender from which
what was not asked again is known.
"""

from __future__ import annotations

from functools import reduce

import msgspec

from chalicelib.domain.errors import Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report
from chalicelib.outbound.sealing import Sealed, together
from chalicelib.usecases.desk import Desk

# A report that was split off may be split again.
_MOST_SPLITS = 8


def told_of(desk: Desk, report: Report) -> Sealed:
    """What was told of a report's reporter: by its own messages, and by those of the report it was split from. Photos are its
    own only. One read for each report it was split from."""
    told = desk.sealer.open_all(report.sealed, report.tracking, desk.ticks())
    for before in _split_from(desk, report):
        earlier = desk.sealer.open_all(before.sealed, before.tracking, desk.ticks())
        told = together(msgspec.structs.replace(earlier, photos=(), text=""), told)
    return told


def _split_from(desk: Desk, report: Report) -> list[Report]:
    found: list[Report] = []
    while report.split_from and len(found) < _MOST_SPLITS:
        try:
            report = desk.reports.get(report.split_from)
        except Unknown:
            break
        found.append(report)
    return found


def opened(desk: Desk, report: Report, role: Role) -> Sealed:
    """Everything that this role may know of who reported; what was told last counts. One read for each earlier report it
    rests on. Somebody else on the same phone, who tells a name of their own, has no earlier address."""
    origins = _split_from(desk, report)
    if any(before.consent_withdrawn for before in origins):
        return Sealed()
    if role is Role.AGENCY and any(_kept_from_agencies(before) for before in origins):
        return Sealed()  # who sent the first one is not the agency's to know, by whatever way
    told = told_of(desk, report)
    if told.name and told.address:
        return told
    report = origins[-1] if origins else report  # what was known before the split is known from there
    known = [earlier for earlier in _earlier(desk, report, role) if not told.name or _alike(earlier.name, told.name)]
    return reduce(together, (*known, told))


def _earlier(desk: Desk, report: Report, role: Role) -> list[Sealed]:
    found: list[Sealed] = []
    for tracking in reversed(report.known_from):
        try:
            before = desk.reports.get(tracking)
        except Unknown:
            continue
        if before.consent_withdrawn or (role is Role.AGENCY and _kept_from_agencies(before)):
            continue  # who sent that one is not the agency's to know, by whatever way
        told = desk.sealer.open_all(before.sealed, tracking, desk.ticks())
        found.append(Sealed(name=told.name, address=told.address, phone=told.phone, email=told.email))
    return found


def _kept_from_agencies(report: Report) -> bool:
    return report.anonymous or report.confidential or report.accused is not None


def _alike(one: str, other: str) -> bool:
    """Whether two names may be the same person's: "Budi" and "Budi Santoso"."""
    return bool(set(one.lower().split()) & set(other.lower().split()))

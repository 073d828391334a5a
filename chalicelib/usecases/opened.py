"""Opening what is sealed about a report's reporter: with the report, and with the earlier ones of the same sender from which
what was not asked again is known.
"""

from __future__ import annotations

from functools import reduce

from chalicelib.domain.errors import Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report
from chalicelib.outbound.sealing import Sealed, together
from chalicelib.usecases.desk import Desk


def opened(desk: Desk, report: Report, role: Role) -> Sealed:
    """Everything that this role may know of who reported; what was told last counts. One read for each earlier report it
    rests on. Somebody else on the same phone, who tells a name of their own, has no earlier address."""
    told = desk.sealer.open_all(report.sealed, report.tracking, desk.ticks())
    if told.name and told.address:
        return told
    known = [earlier for earlier in _earlier(desk, report, role) if not told.name or _alike(earlier.name, told.name)]
    return reduce(together, (*known, told))


def _earlier(desk: Desk, report: Report, role: Role) -> list[Sealed]:
    found: list[Sealed] = []
    for tracking in reversed(report.known_from):
        try:
            before = desk.reports.get(tracking)
        except Unknown:
            continue
        if role is Role.AGENCY and (before.anonymous or before.confidential):
            continue  # who sent that one is not the agency's to know, by whatever way
        told = desk.sealer.open_all(before.sealed, tracking, desk.ticks())
        found.append(Sealed(name=told.name, address=told.address, phone=told.phone, email=told.email))
    return found


def _alike(one: str, other: str) -> bool:
    """Whether two names may be the same person's: "Budi" and "Budi Santoso"."""
    return bool(set(one.lower().split()) & set(other.lower().split()))

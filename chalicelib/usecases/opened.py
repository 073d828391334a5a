"""Opening what is sealed about a report's reporter: with the report, and with the earlier ones of the same sender from which
what was not asked again is known.
"""

from __future__ import annotations

from functools import reduce

from chalicelib.domain.errors import Unknown
from chalicelib.domain.report import Report
from chalicelib.outbound.sealing import Sealed, together
from chalicelib.usecases.desk import Desk


def opened(desk: Desk, report: Report) -> Sealed:
    """Everything known about who reported; what was told last counts. One read for each earlier report it rests on."""
    told = desk.sealer.open_all(report.sealed, report.tracking, desk.ticks())
    if told.name and told.address:
        return told
    return reduce(together, (*_earlier(desk, report), told))


def _earlier(desk: Desk, report: Report) -> list[Sealed]:
    found: list[Sealed] = []
    for tracking in reversed(report.known_from):
        try:
            before = desk.reports.get(tracking)
        except Unknown:
            continue
        told = desk.sealer.open_all(before.sealed, tracking, desk.ticks())
        found.append(Sealed(name=told.name, address=told.address, phone=told.phone, email=told.email))
    return found

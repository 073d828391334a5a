"""Which office may see and change which report: those that have it in hand, and those above them; never one it
accuses."""

from __future__ import annotations

from typing import Protocol

from chalicelib.city.model import AREA_KINDS, City
from chalicelib.domain.report import Report


class Held(Protocol):
    """What decides who may see a report: a `Report`, or a row of an index that tells as much."""

    @property
    def agency(self) -> str | None: ...

    @property
    def unit(self) -> str: ...

    @property
    def accused(self) -> str | None: ...

    @property
    def confidential(self) -> bool: ...


def line_of(city: City, office: str | None) -> list[str]:
    """An office and those above it, upwards; empty for an unknown one."""
    found: list[str] = []
    while office in city.agencies and office not in found:
        found.append(office)
        office = city.agencies[office].parent
    return found


def under(city: City, office: str) -> list[str]:
    """The codes of all offices below one, in the pack's order, without itself."""
    return [code for code in city.agencies if code != office and office in line_of(city, code)]


def offices_of(report: Held, city: City) -> set[str]:
    """The offices that a report is with: its agency and its unit, and every office above either."""
    own = {report.agency} if report.agency else set[str]()
    return own.union(line_of(city, report.agency), line_of(city, report.unit))


def accuses(report: Held, office: str | None, city: City) -> bool:
    """Whether a report is about this office, one below it or one above it: a chief's own people handle no complaint about
    their chief either."""
    if not office or not report.accused:
        return False
    above = office == report.accused or office in line_of(city, report.accused)
    return above or report.accused in line_of(city, office)


def may_see(report: Held, office: str | None, city: City) -> bool:
    """Whether an office may see and change a report: it is one of the report's offices, and not what it is about. So a
    Dinas sees what its Suku Dinas has, and never the reverse."""
    return bool(office) and office in offices_of(report, city) and not accuses(report, office, city)


def may_give(report: Report, by: str, unit: str, city: City) -> bool:
    """Whether `by`, an office that has a report in hand, may give it on to the office `unit`: its own or one below
    it, of
    the report's agency, and none that the report is about."""
    line = line_of(city, unit)
    own = report.agency if by in ("", report.agency) else by
    # A city office above the one that has it may do what that one may.
    own = own if report.agency in line_of(city, own) else report.agency
    return own in line and report.agency in line and not accuses(report, unit, city)


def is_place(city: City, office: str) -> bool:
    """Whether an office is a kota's, kecamatan's or kelurahan's."""
    known = city.agencies.get(office)
    return known is not None and known.kind in AREA_KINDS

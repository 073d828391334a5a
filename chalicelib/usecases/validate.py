"""Validation: somebody other than the agency looks at what it says is done, and accepts it or has the work repeated."""

from __future__ import annotations

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines, offices
from chalicelib.domain.errors import NotYours
from chalicelib.domain.lifecycle import lead_to
from chalicelib.domain.report import Deed, Report, record
from chalicelib.usecases.follow_up import because, perhaps


class Validate(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The work is accepted."""

    note: str = ""


class Refuse(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The work is not accepted, and why: a code of the city's, words of one's own, or both."""

    reason: str = ""
    reason_code: str = ""


def validate(report: Report, deed: Deed, wish: Validate, city: City) -> Report:
    """Done, whatever was in doubt. Nobody validates the work of their own agency."""
    status = lead_to(deed.action, report.status, deed.role)
    _another_unit(report, deed, city)
    data = {"doubted": True} if report.doubted else None
    note = perhaps(wish.note, "note")
    return record(report, deed, "validated", status=status, public=True, note=note, data=data, doubted=False)


def refuse(report: Report, deed: Deed, wish: Refuse, city: City) -> Report:
    """Back to the agency, to be done again: the resolve clock runs on to the same end as before."""
    status = lead_to(deed.action, report.status, deed.role)
    _another_unit(report, deed, city)
    reason, data = because(deed.action, wish.reason, wish.reason_code, city)
    report = deadlines.restarted(report)
    return record(
        report, deed, "follow_up_refused", status=status, public=True, note=reason, data=data, held_since=deed.at
    )


def own_work(report: Report, office: str | None, city: City) -> bool:
    """Whether what is said to be done is this office's own work: of the agency that has the report, of the one that said it
    was done (which may be another of the same line), or of one above this office."""
    if not office:
        return False
    done = next((entry.told.by for entry in reversed(report.entries()) if entry.event == "resolved"), "")
    return not {office, *offices.line_of(city, office)}.isdisjoint({report.agency, done} - {"", None})


def _another_unit(report: Report, deed: Deed, city: City) -> None:
    if own_work(report, deed.by, city):
        raise NotYours("An agency's work is validated by another unit.", details={"agency": deed.by})

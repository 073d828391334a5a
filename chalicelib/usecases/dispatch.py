"""Dispatch: the admin gives a report to the agency concerned, for the first time or instead of another one."""

from __future__ import annotations

import msgspec

from chalicelib.city.model import AREA_KINDS, City
from chalicelib.domain import deadlines, offices
from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import lead_to
from chalicelib.domain.report import Deed, Report, record
from chalicelib.usecases.follow_up import perhaps


class Dispatch(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`agency` or `category` (whose agency it then is), or both; `note` goes to the agency."""

    agency: str | None = None
    category: str | None = None
    note: str = ""


def dispatch(report: Report, deed: Deed, wish: Dispatch, city: City) -> Report:
    """The report with that agency. The respond clock restarts only for another agency than the first one; an incomplete
    report that the admin sends on is complete from now. Raises Invalid for an unknown, accused or unchanged agency."""
    status = lead_to(deed.action, report.status, deed.role)
    code = _agency(report, wish, city)
    before = report.agency or _last_agency(report)
    report = deadlines.resumed(report, deed.at)
    if report.complete_at is None:
        category = city.categories.get(wish.category or report.category or "")
        report = deadlines.started(report, deed.at, city.policy, category.hours if category else None)
        report = msgspec.structs.replace(report, missing=())
    if wish.category:
        report = classify(report, deed, wish.category, city)
    report = deadlines.held_until(report, deed.at)
    if before and before != code:  # sent back to the same agency, it goes on with the clock it had
        report = deadlines.rerouted(report, deed.at, city.policy)
    data = {"agency": code, **({"from": before} if before else {})}
    if note := perhaps(wish.note, "note"):
        data["internal"] = note
    return record(
        report,
        deed,
        "dispatched",
        status=status,
        public=True,
        data=data,
        agency=code,
        unit="",
        held_since=deed.at,
        extension=None,
        automatic=False,
    )


def classify(report: Report, deed: Deed, category: str, city: City) -> Report:
    """The report under that category; the first classification sets its resolve clock. Raises Invalid if unknown."""
    known = city.categories.get(category)
    if known is None:
        raise Invalid("There is no such category.", details={"category": f"unknown category '{category}'"})
    if known.retired and category != report.category:
        raise Invalid("This category is not used any more.", details={"category": f"'{category}' is retired"})
    report = deadlines.classified(report, deed.at, known.hours)
    return msgspec.structs.replace(
        report, category=category, confidential=report.confidential or (known.sensitive and report.category != category)
    )


def _agency(report: Report, wish: Dispatch, city: City) -> str:
    if wish.category is not None and wish.category not in city.categories:
        raise Invalid("There is no such category.", details={"category": f"unknown category '{wish.category}'"})
    code = wish.agency or city.agency_for(wish.category or report.category or "", report.place.area)
    if code is None:
        raise Invalid(
            "Say which agency is to handle the report.", details={"agency": "required while the category is not known"}
        )
    agency = city.agencies.get(code)
    if agency is None or agency.kind == "oversight" or (agency.kind in AREA_KINDS and agency.area is None):
        raise Invalid("There is no such agency.", details={"agency": f"unknown agency '{code}'"})
    if code == report.agency:
        raise Invalid("That agency has the report already.", details={"agency": f"{code} has it already"})
    if offices.accuses(report, code, city):
        raise Invalid(
            "The report is about that agency, or one above or below it.",
            details={"agency": "a confidential report never goes to the unit it accuses, nor above or below that"},
        )
    return code


def _last_agency(report: Report) -> str | None:
    """Whoever had the report before it was returned."""
    return next(
        (
            str(told.data["agency"])
            for entry in reversed(report.entries())
            if entry.event == "dispatched" and "agency" in (told := entry.told).data
        ),
        None,
    )

"""The admin's decisions that end a report: rejected with a reason, or merged into the report that leads."""

from __future__ import annotations

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines, offices
from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import Action, lead_to
from chalicelib.domain.report import Deed, Report, record
from chalicelib.usecases.follow_up import because


class Reject(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Untrue, or not a public matter: the reason is told to the reporter. `reason_code` is one of the city's, `reason` words of
    one's own; either is enough."""

    reason: str = ""
    reason_code: str = ""


class Merge(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same problem as `into`, whose report leads."""

    into: str
    note: str = ""


def reject(report: Report, deed: Deed, wish: Reject, city: City) -> Report:
    """Rejected; the clocks stop."""
    status = lead_to(deed.action, report.status, deed.role)
    reason, data = because(deed.action, wish.reason, wish.reason_code, city)
    return record(ended(report, deed), deed, "rejected", status=status, public=True, note=reason, data=data)


def merge(report: Report, deed: Deed, wish: Merge, city: City) -> Report:
    """Merged: this one ends and points at the one that leads."""
    status = lead_to(deed.action, report.status, deed.role)
    if wish.into == report.tracking:
        raise Invalid("A report cannot be merged into itself.", details={"into": wish.into})
    if wish.into in report.leads:
        raise Invalid("That report is being merged into this one.", details={"into": wish.into})
    data = {"into": wish.into}
    return record(ended(report, deed), deed, "merged", status=status, public=True, data=data, merged_into=wish.into)


def lead(report: Report, deed: Deed, follower: Report, city: City) -> Report:
    """The report that leads after `follower` is merged into it: of the clocks, the earlier ones. A report that has been
    merged itself cannot lead."""
    lead_to(Action.LEAD, report.status, deed.role)
    if report.complete_at is None and follower.complete_at is not None:
        raise Invalid("The report that leads must be complete.", details={"into": f"{report.tracking} is incomplete"})
    if fault := unfit(report, follower, city):
        raise Invalid("That report cannot lead this one.", details={"into": fault})
    before, report = report, deadlines.merged(report, follower, deed.at)
    leads = tuple(dict.fromkeys((*before.leads, follower.tracking, *follower.leads)))
    data: dict[str, object] = {"follower": follower.tracking}
    if follower.leads:
        data["with"] = list(follower.leads)
    if moved := deadlines.taken_over(before, report):
        data["clocks"] = moved
    return record(report, deed, "merged_in", data=data, leads=leads)


def unfit(leader: Report, follower: Report, city: City) -> str:
    """Why a report must not lead another, whose reporter's words go to whoever has it; "" when it may. A confidential one
    stays among confidential ones, and what is about an office goes to none that this office has, or may be given."""
    if follower.confidential and not leader.confidential:
        return f"{leader.tracking} is not confidential"
    if any(offices.accuses(follower, office, city) for office in (leader.agency, leader.unit)):
        return f"{leader.tracking} is with the office that this report is about"
    if follower.accused and leader.accused not in (follower.accused, *offices.line_of(city, follower.accused)):
        return f"{leader.tracking} is not about the same office"
    return ""


def unlead(report: Report, deed: Deed, follower: str, lead_id: str) -> Report:
    """The report that was to lead (by the change `lead_id`), after the follower's merge was refused: it has its own clocks
    again, and leads only what was there before."""
    told = next((entry.told.data for entry in report.entries() if entry.told.action_id == lead_id), {})
    gone = {follower, *told.get("with", ())}
    leads = tuple(each for each in report.leads if each not in gone)
    report = deadlines.given_back(report, told.get("clocks", {}))
    return record(report, deed, "merged_in", data={"undone": follower}, leads=leads)


def ended(report: Report, deed: Deed) -> Report:
    """The report with nothing running any more."""
    report = deadlines.held_until(deadlines.resumed(report, deed.at), deed.at)
    report = deadlines.stopped(report, deed.at)
    return msgspec.structs.replace(report, held_since=None, extension=None)

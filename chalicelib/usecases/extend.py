"""Extension (perpanjangan): an agency asks for a later date with a reason, the admin decides, the reporter is told."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines
from chalicelib.domain.errors import Invalid, NotAllowedNow
from chalicelib.domain.lifecycle import lead_to
from chalicelib.domain.report import Deed, ExtensionRequest, Report, record
from chalicelib.usecases.follow_up import room_for, said


class Extend(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`until`: a date (its end, city time) or an instant in ISO 8601 (without offset: city time)."""

    until: str
    reason: str


class Decision(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The admin's word on a request."""

    reason: str = ""


def extend(report: Report, deed: Deed, wish: Extend, city: City) -> Report:
    """A request for a later date: recorded, waiting for the admin, moving nothing. Raises Invalid for a date that is
    past, not later than the present one, or more than the policy's days after completion."""
    lead_to(deed.action, report.status, deed.role)
    reason = said(wish.reason, "reason")
    room_for(report, reason, "reason")
    until = _instant(wish.until, city)
    if report.extension is not None:
        raise NotAllowedNow(
            "An extension is waiting for a decision already.",
            details={"status": report.status, "until": report.extension.until.isoformat()},
        )
    bound = deadlines.extension_bound(report, city.policy)
    if until <= deed.at or (report.resolve and until <= report.resolve.by):
        raise Invalid("The new date must be later than the present deadline.", details={"until": "not later"})
    if until > bound:
        raise Invalid(
            "The new date is too far away.",
            details={"until": f"at most {city.policy.extension_max_days} days after completion: {bound.isoformat()}"},
        )
    request = ExtensionRequest(until=until, reason=reason, requested_at=deed.at)
    return record(
        report, deed, "extension_requested", note=reason, data={"until": until.isoformat()}, extension=request
    )


def approve_extension(report: Report, deed: Deed, wish: Decision, city: City) -> Report:
    """The requested date becomes the deadline; the reporter hears the date and the agency's reason."""
    request = _pending(report, deed)
    if request.until <= deed.at:
        raise Invalid("The requested date has passed.", details={"until": request.until.isoformat()})
    report = deadlines.resumed(report, deed.at)
    if report.resolve and request.until <= report.resolve.by:
        raise Invalid(
            "The deadline has moved beyond the requested date meanwhile.", details={"until": request.until.isoformat()}
        )
    report = deadlines.extended(report, deed.at, request.until)
    data = {"until": request.until.isoformat(), "approved_by": deed.by or deed.role}
    return record(report, deed, "extended", public=True, note=request.reason, data=data)


def refuse_extension(report: Report, deed: Deed, wish: Decision, city: City) -> Report:
    """The deadline stays as it was."""
    request = _pending(report, deed)
    reason = said(wish.reason, "reason")
    data = {"until": request.until.isoformat()}
    return record(report, deed, "extension_refused", note=reason, data=data, extension=None)


def _pending(report: Report, deed: Deed) -> ExtensionRequest:
    lead_to(deed.action, report.status, deed.role)
    if report.extension is None:
        raise NotAllowedNow("No extension is waiting for a decision.", details={"status": report.status})
    return report.extension


def _instant(text: str, city: City) -> datetime:
    zone = ZoneInfo(city.timezone)
    try:
        if len(text) == len("2026-11-21"):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59), zone).astimezone(UTC)
        instant = datetime.fromisoformat(text)
        return (instant if instant.tzinfo else instant.replace(tzinfo=zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Invalid("The date cannot be read.", details={"until": "a date or an instant in ISO 8601"}) from None

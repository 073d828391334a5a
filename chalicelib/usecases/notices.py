"""The way on which a reporter wants to be told, where that is not simply the one by which the report came."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from chalicelib.city.model import Channel, City
from chalicelib.city.short import ADAPTERS
from chalicelib.domain.history import Entry
from chalicelib.domain.report import Report
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders.outcome import SendRefused
from chalicelib.usecases.desk import Desk

CHANGED = "notices_changed"
NOBODY = "none"
_MOST_SPLITS = 8
BY_CONTACT = {"email": frozenset({"email"}), "sms": ADAPTERS}
"""The ways that need an address or a phone, and the adapters of the channels that write to it."""


def refused(report: Report, entry: Entry) -> str:
    """Why its reporter is not told of this entry, whatever else it is; "" when nothing speaks against it."""
    if report.erased:
        return "the reporter's data was erased"
    if report.consent_withdrawn:
        return "the reporter has withdrawn consent"
    if report.way == NOBODY:
        return "the reporter wants no messages"
    if entry.event == CHANGED and entry.seq != _last_change(report):
        return "changed again since"
    return ""


def addressed(report: Report, told: Sealed) -> Sealed:
    """Who is written to: as the report told of them, or as they want it since."""
    if report.way == "email":
        return msgspec.structs.replace(told, email=told.notify_email or told.email)
    if report.way == "sms":
        return msgspec.structs.replace(told, phone=told.notify_phone or told.phone)
    return told


def proven(report: Report, told: Sealed) -> bool:
    """Whether a key may go there: to the contact that the report came from, never to one typed in later, which may be a
    stranger's. `told` is as `addressed` gives it."""
    typed = {"email": told.notify_email, "sms": told.notify_phone}
    return not typed.get(report.way)


def channel_for(desk: Desk, report: Report, own: Channel) -> Channel:
    """The channel by which the reporter is told. Raises SendRefused where the city has the wanted one no more."""
    if report.way not in BY_CONTACT:
        return own
    way = channel_of(desk, report.way)
    if way is None:
        raise SendRefused("the wanted way is not in use")
    return way


def channel_of(desk: Desk, way: str) -> Channel | None:
    """The first of the city's channels in use that writes to such a contact."""
    today = desk.city.local_day(desk.now())
    each = (each for each in desk.city.channels.values() if each.adapter in BY_CONTACT[way] and each.in_use(today))
    return next(each, None)


def has_contact(report: Report, city: City, way: str) -> bool:
    """Whether it is known, without opening anything, that a contact for this way is in the report's seal."""
    own = city.channels.get(report.channel)
    if own is not None and own.adapter in BY_CONTACT.get(way, ()):
        return True
    return _typed(report, way)


def knows_contact(desk: Desk, report: Report, way: str) -> bool:
    """As `has_contact`, also of the reports it was split from."""
    for _ in range(_MOST_SPLITS):
        if has_contact(report, desk.city, way):
            return True
        if not report.split_from:
            break
        report = desk.reports.get(report.split_from)
    return False


def wanted_since(report: Report) -> datetime:
    """Since when the reporter wants to be told this way: a wish for silence from before counts no more. To a contact that
    was typed in any such wish counts: whose it is nobody has shown, and only they can take it back."""
    if not report.way:
        return report.received_at
    if report.split_from or _typed(report, report.way):
        return datetime.fromtimestamp(0, UTC)
    changed = [entry.moment for entry in report.entries() if entry.event == CHANGED]
    return changed[-1] if changed else report.received_at


def _typed(report: Report, way: str) -> bool:
    told = (entry.told.data for entry in report.entries() if entry.event == CHANGED)
    return any(data.get("new") and data.get("way") == way for data in told)


def _last_change(report: Report) -> int:
    return max((entry.seq for entry in report.entries() if entry.event == CHANGED), default=0)

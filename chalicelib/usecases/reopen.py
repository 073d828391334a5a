"""The reporter's own steps: withdrawing a report, and reopening one that was called done and is not."""

from __future__ import annotations

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines
from chalicelib.domain.lifecycle import Action, Status, lead_to
from chalicelib.domain.report import Deed, Report, record
from chalicelib.domain.rights import in_time
from chalicelib.usecases.decide import ended
from chalicelib.usecases.follow_up import perhaps


class Withdraw(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The reporter takes it back."""

    reason: str = ""


class Reopen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It is not done, says the reporter."""

    reason: str = ""


class Confirm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It is done indeed, says the reporter."""

    note: str = ""


class Dispute(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """It is called done and is not, says the reporter."""

    reason: str = ""


def withdraw(report: Report, deed: Deed, wish: Withdraw, city: City) -> Report:
    """Withdrawn; the clocks stop. A report that leads others goes on for their reporters: its own steps back, and hears no
    more of it."""
    status = lead_to(deed.action, report.status, deed.role)
    if report.leads:
        report = deadlines.resumed(report, deed.at)
        return record(report, deed, "stepped_back", public=True, note=perhaps(wish.reason, "reason"), answerable=False)
    return record(
        ended(report, deed), deed, "withdrawn", status=status, public=True, note=perhaps(wish.reason, "reason")
    )


def reopen(report: Report, deed: Deed, wish: Reopen, city: City) -> Report:
    """With the agency again, both clocks anew; within the policy's days after it was done."""
    status = lead_to(deed.action, report.status, deed.role)
    in_time(report, deed.at, city.policy, f"A report can be reopened within {city.policy.reopen_days} days.")
    category = city.categories.get(report.category or "")
    report = deadlines.reopened(report, deed.at, city.policy, category.hours if category else None)
    return record(
        report, deed, "reopened", status=status, public=True, note=perhaps(wish.reason, "reason"), held_since=deed.at
    )


def confirm(report: Report, deed: Deed, wish: Confirm, city: City) -> Report:
    """The reporter's own word that it is done; the status stays. As long as they could reopen it."""
    status = lead_to(deed.action, report.status, deed.role)
    in_time(report, deed.at, city.policy, f"A report can be confirmed within {city.policy.reopen_days} days.")
    return record(report, deed, "confirmed", status=status, public=True, note=perhaps(wish.note, "note"))


def dispute(report: Report, deed: Deed, wish: Dispute, city: City) -> Report:
    """Of a report that is done: reopened. While the validator has not looked yet: a word to them, the status stays."""
    status = lead_to(deed.action, report.status, deed.role)
    if status is Status.DONE:
        return reopen(report, msgspec.structs.replace(deed, action=Action.REOPEN), Reopen(reason=wish.reason), city)
    return record(report, deed, "disputed", status=status, public=True, note=perhaps(wish.reason, "reason"))

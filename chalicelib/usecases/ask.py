"""Asking the reporter back, and what the reporter answers: the clocks stand still in between, five days in all at
most."""

from __future__ import annotations

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines
from chalicelib.domain.lifecycle import lead_to
from chalicelib.domain.report import Deed, Report, record
from chalicelib.usecases.follow_up import room_for, said


class Ask(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the reporter is asked."""

    question: str


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the reporter says."""

    text: str


def ask(report: Report, deed: Deed, wish: Ask, city: City) -> Report:
    """The question goes to the reporter; the clocks pause if the reporter can answer."""
    lead_to(deed.action, report.status, deed.role)
    question = said(wish.question, "question")
    room_for(report, question, "question")
    report = deadlines.paused(report, deed.at, city.policy)
    data = {"until": report.pause.until.isoformat()} if report.pause else {"paused": False}
    return record(report, deed, "asked", public=True, note=question, data=data)


def answer(report: Report, deed: Deed, wish: Answer, city: City) -> Report:
    """The answer goes to whoever has the report; a pause ends."""
    lead_to(deed.action, report.status, deed.role)
    text = said(wish.text, "text")
    room_for(report, text, "text")
    report = deadlines.resumed(report, deed.at)
    # Whoever answers for a merged report has not written to the one that leads.
    return record(report, deed, "answered", note=text, active_at=report.active_at if deed.follower else deed.at)

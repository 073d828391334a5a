"""Whose report it is: who may act on one, from whichever channel they write."""

from __future__ import annotations

from chalicelib.channels.message import Message
from chalicelib.domain.report import Report
from chalicelib.triage.recognition import marks_of
from chalicelib.usecases.desk import Desk


def is_reporter(desk: Desk, message: Message, sender: str, report: Report) -> bool:
    """Whether a message comes from the report's own reporter: the same sender (a keyed hash), or the phone or address they
    gave. That somebody gave a phone does not prove it theirs: it opens no report whose reporter must not be known."""
    if not message.verified:
        return False
    if report.sender == sender:
        return True
    contacts = [contact for contact in (message.phone, message.email) if contact]
    marks = marks_of(desk.secrets.key("recognition", desk.ticks()), name="", address="", contacts=contacts)
    return not report.hidden and any(mark in report.marks for mark in marks)

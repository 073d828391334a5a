"""Replying: the reporter hears of the acknowledgement, of every question and of every public change, through the
channel the report came by, once each.
"""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.city.model import Channel
from chalicelib.domain import announcements
from chalicelib.domain.errors import Unknown
from chalicelib.domain.history import Entry
from chalicelib.domain.report import Report
from chalicelib.observability import logger
from chalicelib.outbound import ways
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders.outcome import SendRefused
from chalicelib.store.deliveries import State
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.wording import Wording, still_missing, wording

_QUESTIONS = frozenset({"message_added", "completion_reminded"})


class Event(msgspec.Struct, frozen=True):
    """What a reply needs of a CloudEvent: which entry of which report."""

    tracking: str
    seq: int


class _Envelope(msgspec.Struct, frozen=True):
    data: Event


def event_in(body: str) -> Event:
    """The event in a queue message, whether SNS delivered it raw or wrapped. Raises msgspec.DecodeError on anything
    else."""
    outer = msgspec.json.decode(body)
    if isinstance(outer, dict) and "Message" in outer and "TopicArn" in outer:
        body = outer["Message"]
    return msgspec.json.decode(body, type=_Envelope).data


def reply(desk: Desk, event: Event, *, claimant: str) -> bool:
    """Tells the reporter, if this entry is for them and they have not heard it. True when something was sent. Raises
    SendFailed (or an AWS error) when it is worth another try, Busy while another attempt is under way."""
    try:
        report = desk.reports.get(event.tracking)
    except Unknown:
        logger().warning("an event without report", extra={"tracking": event.tracking})
        return False
    entries = report.entries()
    if not 0 < event.seq <= len(entries) or not announcements.tells_reporter(entries[event.seq - 1]):
        return False
    entry = entries[event.seq - 1]
    if not desk.deliveries.claim(report.tracking, entry.seq, announcements.REPORTER, now=desk.now(), claimant=claimant):
        return False
    try:
        state, reason = _send(desk, report, entry)
    except Exception as error:
        _mark(desk, report, entry, State.RELEASED, type(error).__name__)
        raise
    _mark(desk, report, entry, state, reason)
    return state is State.SENT


def _send(desk: Desk, report: Report, entry: Entry) -> tuple[State, str]:
    channel = desk.city.channels.get(report.channel)
    if channel is None or not report.answerable or not report.sealed:
        return State.REFUSED, "the reporter cannot be answered"
    if entry.event in _QUESTIONS and not still_missing(report, entry):
        return State.REFUSED, "no longer asked"
    told = desk.sealer.open_all(report.sealed, report.tracking, desk.ticks())
    words = wording(report, entry, desk.city, status_url=desk.status_url(report.tracking))
    try:
        _through(desk, channel, report, entry, told, words)
    except SendRefused as error:
        logger().warning("a reply was refused for good", extra={"tracking": report.tracking, "channel": channel.id})
        return State.REFUSED, str(error)
    return State.SENT, ""


def _through(desk: Desk, channel: Channel, report: Report, entry: Entry, told: Sealed, words: Wording) -> None:
    secrets = desk.secrets.channel("outbound", channel.id, desk.ticks())
    if channel.adapter == "sms_http":
        ways.by_sms(channel, secrets, told.phone, words.sms)
    elif channel.adapter == "email":
        text = words.body
        if entry.event == "received":
            key = desk.key_of(report.tracking, report.key_version)
            text = desk.city.text("email.with_key", report.lang, body=text, report_key=key)
        ways.by_email(desk.ses, desk.settings, told, report.tracking, words.subject, text)
    else:
        status = words.status
        payload: dict[str, Any] = {
            "type": f"report.{entry.event}",
            "tracking": report.tracking,
            "seq": entry.seq,
            "at": entry.at,
            "status": {"code": status, "label": desk.city.text(f"status.{status}", report.lang)},
            "message": words.sentence,
            "missing": words.missing,
            "status_url": desk.status_url(report.tracking),
        }
        ways.by_webhook(secrets, payload, message_id=f"{report.tracking}#{entry.seq}", now=desk.now())


def _mark(desk: Desk, report: Report, entry: Entry, state: State, reason: str) -> None:
    desk.deliveries.mark(report.tracking, entry.seq, announcements.REPORTER, state, now=desk.now(), reason=reason)

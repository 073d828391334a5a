"""Answering people who ask: a command by SMS, chat or mail, whatever report it is about; a test of a channel."""

from __future__ import annotations

import msgspec

from chalicelib.domain.errors import Unknown
from chalicelib.domain.report import Report
from chalicelib.observability import logger
from chalicelib.outbound import ways
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders.outcome import SendRefused
from chalicelib.outbound.senders.outgoing import Outgoing
from chalicelib.store.deliveries import State
from chalicelib.usecases.answers import Answer, opened
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.merging import leader_of
from chalicelib.usecases.reply import outgoing
from chalicelib.usecases.send import send_one
from chalicelib.usecases.views import agency_of, status_of

_DESTINATION = "asker"


def reply_asked(desk: Desk, told: Answer, *, claimant: str) -> bool:
    """Sends one answer, once. True when it was sent. Raises SendFailed when it is worth another try, Busy while another
    attempt is under way."""
    key = f"answer:{told.id}"
    if not desk.deliveries.claim(key, 0, _DESTINATION, now=desk.now(), claimant=claimant):
        return False
    state, reason = State.SENT, ""
    try:
        send_one(desk, _outgoing(desk, told, opened(desk, told)))
    except SendRefused as error:
        logger().warning("an answer was refused for good", extra={"channel": told.channel, "kind": told.kind})
        state, reason = State.REFUSED, str(error)
    except Exception as error:
        desk.deliveries.mark(key, 0, _DESTINATION, State.RELEASED, now=desk.now(), reason=type(error).__name__)
        raise
    desk.deliveries.mark(key, 0, _DESTINATION, state, now=desk.now(), reason=reason)
    return state is State.SENT


def _outgoing(desk: Desk, told: Answer, to: Sealed) -> Outgoing:
    channel = desk.city.channels[told.channel]
    report = _report(desk, told.tracking)
    if told.kind == "entry" and report is None:
        raise SendRefused("the report is not there any more")
    if told.kind == "entry" and report is not None:
        entry, own = report.entries()[told.seq - 1], _report(desk, told.own)
        return msgspec.structs.replace(outgoing(desk, channel, report, entry, to, own), heard_at=told.heard_at)
    way = ways.way_of(channel, to, desk.city.channels, desk.city.local_day(desk.now()))
    short = _words(desk, told, report)
    link = f"\n{desk.status_url(report.tracking)}" if report is not None and told.kind == "status" else ""
    subject = desk.city.text("answer.subject", told.lang)
    return Outgoing(
        id=told.id,
        channel=way,
        secrets=desk.secrets.channel("outbound", way.id, desk.ticks()),
        to=to,
        tracking=told.tracking,
        event=f"answer.{told.kind}",
        lang=told.lang,
        short=short,
        chat=f"{short}{link}",
        subject=f"{subject} [{told.tracking}]" if told.tracking else subject,
        body=f"{short}{link}\n",
        payload={"type": f"answer.{told.kind}", "tracking": told.tracking, "message": short},
        heard_at=told.heard_at,
        now=desk.now(),
    )


def _words(desk: Desk, told: Answer, report: Report | None) -> str:
    if told.kind != "status" or report is None:
        return desk.city.text(f"answer.{told.kind}", told.lang, tracking=told.tracking, place=told.place)
    own, report = report, leader_of(desk, report)
    agency = desk.city.agencies.get(report.agency or "")
    running = report.resolve if report.resolve and report.resolve.running else None
    known = agency_of(report.agency, desk.city, told.lang)
    key = "status" if own is report else "status_merged"
    if agency is None or not known or not running or report.hidden:
        key = f"{key}_plain"
    return desk.city.text(
        f"answer.{key}",
        told.lang,
        tracking=own.tracking,
        leader=report.tracking,
        status=status_of(report.status, desk.city, told.lang)["label"],
        agency=agency.short if agency else "",
        date=desk.city.when(running.by, told.lang) if running else "",
    )


def _report(desk: Desk, tracking: str) -> Report | None:
    if not tracking:
        return None
    try:
        return desk.reports.get(tracking)
    except Unknown:
        return None

"""Replying: the reporter hears of the acknowledgement, of every question and of every public change, through the
channel the report came by, once each; and whoever asked something is answered where they asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chalicelib.city.model import Channel
from chalicelib.domain import announcements
from chalicelib.domain.errors import Busy, Unknown
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report
from chalicelib.observability import logger
from chalicelib.outbound import ways
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders.outcome import SendRefused
from chalicelib.outbound.senders.outgoing import Outgoing
from chalicelib.store.deliveries import State, sort_key
from chalicelib.usecases import joining, notices
from chalicelib.usecases.answers import Answer
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.followers import Follow, destination_of, fan_out
from chalicelib.usecases.opened import told_of
from chalicelib.usecases.send import send_one
from chalicelib.usecases.wording import Wording, still_missing, wording

_QUESTIONS = frozenset({"message_added", "message_edited", "completion_reminded"})
# After these the reporter is asked whether it is so: "SUDAH" and "BELUM" are then about this report.
_CALLED_DONE = frozenset({"resolved", "validated"})
_PUBLIC, _FOLLOWERS, _JOINERS = "public", "followers", "joiners"
# After this its reporter hears nothing more.
_LAST_WORD = "stepped_back"
# From here on the report is the staff's to change.
_TAKEN_OVER = frozenset({"dispatched", "accepted", "rejected", "withdrawn", "merged"})


class Event(msgspec.Struct, frozen=True):
    """What a reply needs of a CloudEvent: which entry of which report. `again`: some have not heard of it, it was found."""

    tracking: str
    seq: int
    again: bool = False


class _Envelope(msgspec.Struct, frozen=True):
    data: Event


_Told = tuple[State, str]


class _Asked(msgspec.Struct, frozen=True):
    answer: Answer


class _Followed(msgspec.Struct, frozen=True):
    follow: Follow


def event_in(body: str) -> Event | Answer | Follow:
    """The event in a queue message, whether SNS delivered it raw or wrapped, or what was put there: an answer, a merged
    report's reporter to be told. Raises
    msgspec.DecodeError on anything else."""
    outer = msgspec.json.decode(body)
    if isinstance(outer, dict) and "Message" in outer and "TopicArn" in outer:
        body = outer["Message"]
    elif isinstance(outer, dict) and "answer" in outer:
        return msgspec.json.decode(body, type=_Asked).answer
    elif isinstance(outer, dict) and "follow" in outer:
        return msgspec.json.decode(body, type=_Followed).follow
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
    if not 0 < event.seq <= len(entries):
        return False
    entry = entries[event.seq - 1]
    if report.leads:  # first of all: nobody waits for the provider of the report that leads
        if event.again:
            fan_out(desk, report, entry)
        else:
            once(desk, report, entry, _FOLLOWERS, _spread, claimant)
    if joining.concerns(desk, report, entry):
        if event.again:
            joining.fan_out(desk, report.tracking, entry.seq)
        else:
            once(desk, report, entry, _JOINERS, _spread_joiners, claimant)
    if not announcements.tells_reporter(entry):
        return False
    sent = once(desk, report, entry, announcements.REPORTER, _send, claimant)
    if entry.event == "received" and entry.told.data.get("in_public"):
        once(desk, report, entry, _PUBLIC, _thank, claimant)
    return sent


def _spread(desk: Desk, report: Report, entry: Entry) -> _Told:
    fan_out(desk, report, entry)
    return State.SENT, ""


def _spread_joiners(desk: Desk, report: Report, entry: Entry) -> _Told:
    joining.fan_out(desk, report.tracking, entry.seq)
    return State.SENT, ""


def once(
    desk: Desk,
    report: Report,
    entry: Entry,
    destination: str,
    tell: Callable[[Desk, Report, Entry], _Told],
    claimant: str,
) -> bool:
    """Claims a delivery, makes it, and notes how it went. True when it went out now."""
    tracking, seq = report.tracking, entry.seq
    if not desk.deliveries.claim(tracking, seq, destination, now=desk.now(), claimant=claimant):
        return False
    try:
        state, reason = tell(desk, report, entry)
    except SendRefused as error:
        logger().warning("a reply was refused for good", extra={"tracking": tracking, "channel": report.channel})
        state, reason = State.REFUSED, str(error) or "refused"
    except Exception as error:
        reason = type(error).__name__
        desk.deliveries.mark(tracking, seq, destination, State.RELEASED, now=desk.now(), reason=reason)
        raise
    desk.deliveries.mark(tracking, seq, destination, state, now=desk.now(), reason=reason)
    return state is State.SENT


def _send(desk: Desk, report: Report, entry: Entry) -> _Told:
    return send(desk, report, entry, report)


def send(desk: Desk, report: Report, entry: Entry, to: Report) -> _Told:
    """Tells the reporter of `to`: the report itself, or one that was merged into it."""
    channel = desk.city.channels.get(to.channel)
    if channel is None or not (to.answerable or entry.event == _LAST_WORD) or not to.tells_who:
        return State.REFUSED, "the reporter cannot be answered"
    if entry.event in _QUESTIONS and not still_missing(report, entry):
        return State.REFUSED, "no longer asked"
    if why := notices.refused(to, entry):
        return State.REFUSED, why
    if not to.way and silenced(desk, to, to.sender):
        return State.REFUSED, "the sender wants no notices"
    if entry.event == "split":
        _second_is_there(desk, entry)
    told = notices.addressed(to, told_of(desk, to))
    out = outgoing(desk, notices.channel_for(desk, to, channel), report, entry, told, to)
    if (to.way or out.channel.id != to.channel) and silenced(desk, to, *ways_of(desk, out.channel, told)):
        return State.REFUSED, "the sender wants no notices"
    if entry.event == "asked" and (out.channel.id != to.channel or to is not report):
        here = [to.sender] if to is not report else []
        for sender in (*here, *ways_of(desk, out.channel, told)):
            desk.conversations.asked(sender, to.tracking, now=desk.now())
    if entry.event in _CALLED_DONE:
        _awaits_word(desk, to, told, out.channel)
    sent = send_one(desk, out)
    if entry.event in _TAKEN_OVER and to is report:
        _forgotten(desk, report)
    if sent:
        _sent_as(desk, report, entry, out.channel.id, sent, to)
    return State.SENT, ""


def _second_is_there(desk: Desk, entry: Entry) -> None:
    """Raises Busy while the second report of a split is not stored yet: nobody hears of a number that finds nothing."""
    try:
        desk.reports.get(str(entry.told.data.get("into", "")))
    except Unknown:
        raise Busy("The second report is not stored yet.", retry_after=60) from None


def _forgotten(desk: Desk, report: Report) -> None:
    """The staff has the report now: what its sender said need not be remembered beside it."""
    try:
        desk.conversations.untold(report.sender, report.tracking)
    except Exception:  # it is out: what only saves a read must not send it again
        logger().warning("a conversation was not forgotten", extra={"tracking": report.tracking})


def silenced(desk: Desk, report: Report, *senders: str) -> bool:
    """Whether one of these senders wanted no more notices after the report came in, or its reporter chose this way."""
    since = int(notices.wanted_since(report).timestamp())
    return any(
        (stopped := desk.conversations.stopped_at(sender)) is not None and stopped >= since for sender in senders
    )


def _sent_as(desk: Desk, report: Report, entry: Entry, way: str, sent: str, to: Report) -> None:
    destination = announcements.REPORTER if to is report else destination_of(to.tracking)
    try:
        desk.deliveries.sent_as(way, sent, report.tracking, entry.seq, destination, now=desk.now())
    except Exception:  # it is out: a note that cannot be made must not send it again
        logger().warning("a sent text's id was not noted", extra={"tracking": report.tracking})


def ways_of(desk: Desk, channel: Channel, told: Sealed) -> list[str]:
    """The sender hashes that somebody known by phone or address has on a channel."""
    forms = (ways.phone_as_sender(channel, told.phone) if told.phone else "", ways.email_as_sender(channel, told.email))
    return [desk.sender_hash(channel.id, form) for form in forms if form]


def _awaits_word(desk: Desk, report: Report, told: Sealed, way: Channel) -> None:
    """From now on "SUDAH" and "BELUM" are about this report: where it came from, where its reporter is told so, and from
    their phone elsewhere if it is proven theirs."""
    senders = {report.sender}
    if way.id != report.channel:
        senders.update(ways_of(desk, way, told))
    own = desk.city.channels[report.channel]
    if told.phone and ways.phone_as_sender(own, told.phone):
        day = desk.city.local_day(desk.now())
        for channel in desk.city.channels.values():
            senders.update(ways_of(desk, channel, told) if channel.in_use(day) else ())
    for sender in sorted(senders):
        desk.conversations.remember(sender, report.tracking, now=desk.now())


def _thank(desk: Desk, report: Report, entry: Entry) -> _Told:
    """The public answer to a public post: thanks, and the way to tell the rest in private; never a question who somebody
    is. Where no private message can reach them, the form's address is said."""
    told = told_of(desk, report)
    state, _ = desk.deliveries.of(report.tracking).get(sort_key(entry.seq, announcements.REPORTER), ("", 0))
    key = "answer.public_link" if state == State.REFUSED else "answer.public"
    out = outgoing(desk, desk.city.channels[report.channel], report, entry, told)
    ways.post_public(out, desk.city.text(key, report.lang, link=f"{desk.settings.public_url}/report"))
    return State.SENT, ""


def outgoing(
    desk: Desk, channel: Channel, report: Report, entry: Entry, told: Sealed, to: Report | None = None
) -> Outgoing:
    """An entry as one answer on its way to the reporter of `to` (of the report itself where none is given). Raises
    SendRefused when there is no way."""
    to = to or report
    way = ways.way_of(channel, told, desk.city.channels, desk.city.local_day(desk.now()))
    words = wording(report, entry, desk.city, status_url=desk.status_url(to.tracking), to=to)
    body = words.body
    second = str(entry.told.data.get("into", "")) if entry.event == "split" else ""
    ours = notices.proven(to, told)
    if way.adapter == "email" and entry.event == "received" and ours:
        key = desk.key_of(report.tracking, report.key_version)
        body = desk.city.text("email.with_key", report.lang, body=body, report_key=key)
    elif way.adapter == "email" and second and ours:
        body = desk.city.text(
            "email.with_second_key", report.lang, body=body, second=second, report_key=desk.key_of(second, 1)
        )
    heard_here = entry.told.role == Role.REPORTER and entry.told.data.get("for", report.tracking) == to.tracking
    return Outgoing(
        id=f"{to.tracking}#{entry.seq}" if to is report else f"{to.tracking}#{report.tracking}#{entry.seq}",
        channel=way,
        secrets=desk.secrets.channel("outbound", way.id, desk.ticks()),
        to=told,
        tracking=to.tracking,
        event=entry.event,
        lang=to.lang,
        short=words.sms,
        chat=words.chat,
        subject=words.subject,
        body=body,
        payload=_payload(desk, report, entry, words, to),
        heard_at=entry.moment if heard_here else to.active_at,
        now=desk.now(),
    )


def _payload(desk: Desk, report: Report, entry: Entry, words: Wording, to: Report) -> dict[str, Any]:
    payload: dict[str, Any] = {
        "type": f"report.{entry.event}",
        "tracking": to.tracking,
        "seq": entry.seq,
        "at": entry.at,
        "status": {"code": words.status, "label": desk.city.text(f"status.{words.status}", to.lang)},
        "message": words.sentence,
        "missing": words.missing,
        "status_url": desk.status_url(to.tracking),
    }
    if to is not report:
        payload["leader"] = {"tracking": report.tracking, "status_url": desk.status_url(report.tracking)}
    if entry.event == "split":
        second = str(entry.told.data.get("into", ""))
        payload["second"] = {"tracking": second, "status_url": desk.status_url(second), "key": desk.key_of(second, 1)}
    return payload

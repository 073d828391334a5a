"""Obeying: the few words that ask for something instead of telling a problem ("STATUS …", "BATAL", "SUDAH", "BELUM …",
"BERHENTI"). Where a report stands anyone may ask; what is done to it is for its reporter alone.
"""

from __future__ import annotations

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain.errors import ReportError, Unknown
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.report import Report
from chalicelib.store.conversations import Recalled
from chalicelib.triage.commands import Command
from chalicelib.triage.recognition import marks_of
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.answers import answer
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.revise import is_silenced, silence

_ANSWERABLE = frozenset({Status.DONE, Status.AWAITING_VALIDATION})
_ACTIONS = {"withdraw": Action.WITHDRAW, "confirm": Action.CONFIRM, "dispute": Action.DISPUTE}


class Obeyed(msgspec.Struct, frozen=True, kw_only=True):
    """The report a command was about; None when it was about none."""

    report: Report | None = None


class _Order(msgspec.Struct, frozen=True, kw_only=True):
    """A command on its way: who gave it, and what is known of them."""

    message: Message
    command: Command
    sender: str
    known: Recalled
    lang: str


def obey(desk: Desk, message: Message, command: Command, *, seed: str) -> Obeyed | None:
    """Does what is asked, once. None when the words are no command after all: "BELUM …" where nothing was called done."""
    sender = desk.sender_hash(message.channel, message.sender, verified=message.verified)
    lang = message.lang if message.lang in desk.city.policy.languages else desk.city.policy.languages[0]
    # A mail in the thread of one of ours is about that report, whatever else its sender has.
    if message.about and not command.tracking:
        command = msgspec.structs.replace(command, tracking=message.about, valid=True)
    if command.kind in _ACTIONS and not command.tracking and not _asked_about(desk, command, sender):
        return None
    number = command.tracking if command.valid else ""
    known = desk.conversations.note(sender, message.id, number, now=desk.now())
    order = _Order(message=message, command=command, sender=sender, known=known, lang=lang)
    if known.rate > desk.city.policy.messages_per_hour:
        if known.rate == desk.city.policy.messages_per_hour + 1:
            answer(desk, message, "slow_down", lang=lang)
        return Obeyed()
    match command.kind:
        case "status":
            return _status(desk, order)
        case "stop":
            return _stop(desk, order, seed)
        case "start":
            return _start(desk, order, seed)
        case "help":
            answer(desk, message, "help", lang=lang)
        case _:
            return _done(desk, order, seed)
    return Obeyed()


def _asked_about(desk: Desk, command: Command, sender: str) -> bool:
    """Whether a word without a number has a report it can be about: "done" and "not yet" need one that is called done."""
    known = desk.conversations.recall(sender)
    if command.kind == "withdraw":
        report = _found(desk, known.open) if command.sure else None
        return report is not None and not report.terminal
    report = _found(desk, known.about)
    return report is not None and report.status in _ANSWERABLE


def _status(desk: Desk, order: _Order) -> Obeyed:
    message, command = order.message, order.command
    if command.tracking and not command.valid:
        answer(desk, message, "wrong_number", lang=order.lang)
        return Obeyed()
    tracking = command.tracking or order.known.about or order.known.open
    report = _found(desk, tracking)
    if report is None:
        answer(desk, message, "unknown_number" if tracking else "which_number", tracking=tracking, lang=order.lang)
        return Obeyed()
    if not order.known.repeated:
        desk.conversations.remember(order.sender, report.tracking, now=desk.now())
    answer(desk, message, "status", tracking=report.tracking, lang=order.lang)
    return Obeyed(report=report)


def _stop(desk: Desk, order: _Order, seed: str) -> Obeyed:
    desk.conversations.stop(order.sender, now=desk.now())
    answer(desk, order.message, "stopped", lang=order.lang)
    report = _found(desk, order.known.open)
    if report is None or report.terminal or not report.answerable:
        return Obeyed(report=report)
    return Obeyed(report=silence(desk, report, action_id=f"command:{order.message.id}", seed=seed))


def _start(desk: Desk, order: _Order, seed: str) -> Obeyed:
    if order.known.stopped_at is None:  # nothing was stopped: whoever begins a chat wants to know what to do
        answer(desk, order.message, "help", lang=order.lang)
        return Obeyed()
    desk.conversations.start(order.sender)
    answer(desk, order.message, "started", lang=order.lang)
    report = _found(desk, order.known.open)
    if report is None or not is_silenced(report):
        return Obeyed(report=report)
    return Obeyed(report=silence(desk, report, action_id=f"command:{order.message.id}", seed=seed, again=True))


def _done(desk: Desk, order: _Order, seed: str) -> Obeyed:
    """Withdrawn, confirmed, disputed: by the reporter only, from whichever of their channels."""
    message, command, lang = order.message, order.command, order.lang
    if command.tracking and not command.valid:
        answer(desk, message, "wrong_number", lang=lang)
        return Obeyed()
    open_or_told = order.known.open if command.kind == "withdraw" else order.known.about
    report = _found(desk, command.tracking or open_or_told)
    if report is None:
        answer(desk, message, "unknown_number", tracking=command.tracking, lang=lang)
        return Obeyed()
    if not is_reporter(desk, message, order.sender, report):
        answer(desk, message, "not_yours", tracking=report.tracking, lang=lang)
        return Obeyed()
    # Whoever writes from another channel is answered there, and not a second time where the report came from.
    elsewhere = report.sender != order.sender
    wish = {} if command.kind == "confirm" else {"reason": command.rest}
    action_id = f"command:{message.id}"
    try:
        after = act(
            desk,
            report.tracking,
            _ACTIONS[command.kind],
            Actor(role=Role.REPORTER),
            msgspec.json.encode(wish),
            action_id=action_id,
            seed=seed,
            quiet=elsewhere,
        )
    except ReportError:
        answer(desk, message, "not_now", tracking=report.tracking, lang=lang)
        return Obeyed(report=report)
    if elsewhere:
        seq = next((entry.seq for entry in after.entries() if entry.told.action_id == action_id), after.seq)
        answer(desk, message, "entry", tracking=after.tracking, seq=seq, lang=lang)
    return Obeyed(report=after)


def is_reporter(desk: Desk, message: Message, sender: str, report: Report) -> bool:
    """Whether a message comes from the report's own reporter: the same sender, or the phone or address they gave."""
    if not message.verified:
        return False
    if report.sender == sender:
        return True
    contacts = [contact for contact in (message.phone, message.email) if contact]
    marks = marks_of(desk.secrets.key("recognition", desk.ticks()), name="", address="", contacts=contacts)
    return any(mark in report.marks for mark in marks)


def _found(desk: Desk, tracking: str) -> Report | None:
    if not tracking:
        return None
    try:
        return desk.reports.get(tracking)
    except Unknown:
        return None

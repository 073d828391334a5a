"""Hearing: what a message from a channel is (a report or a part of one, a command, another wording of an earlier message,
its deletion), and on to whoever deals with it.
"""

from __future__ import annotations

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain import tracking as numbers
from chalicelib.domain.report import Report
from chalicelib.store.memory import NO_REPORT
from chalicelib.triage.commands import Command, command_of
from chalicelib.triage.echoes import without_echo
from chalicelib.usecases.converse import converse
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.submit import submit

_TELLING = frozenset({"meta", "telegram"})


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message: the report it concerns (None: none), whether it began one, and what it was taken for
    ("report", "command", "edit", "deletion", "echo")."""

    report: Report | None
    new: bool = False
    what: str = "report"


def hear(desk: Desk, message: Message, *, seed: str) -> Heard:
    """Takes one message. However often it is delivered, it is heard once."""
    if not message.conversational:
        stored = submit(desk, message, seed=seed)
        return Heard(report=stored.report, new=stored.new)
    message = _untelling(desk, message)
    text = without_echo(message.text, desk.city)
    if text != message.text:
        if not (text or message.photos or message.location):
            return Heard(
                report=None, what="echo"
            )  # a machine, or a hand that slipped: to answer would begin a dialogue
        message = msgspec.structs.replace(message, text=text)
    if message.deletes:
        from chalicelib.usecases.revise import take_back

        return Heard(report=take_back(desk, message, seed=seed), what="deletion")
    if message.edits and _command_in(desk, message) is not None:
        message = msgspec.structs.replace(message, edits="")  # "BATAL" in place of the problem is no other problem
    if message.edits:
        from chalicelib.usecases.revise import edit, first_of

        known, tracking = first_of(desk, message)
        edited = edit(desk, message, known, tracking, seed=seed) if tracking not in ("", NO_REPORT) else None
        if edited is not None:
            return Heard(report=edited, what="edit")
        # Where its first wording has not come yet, this is the message, and the first wording a repetition of it.
        message = msgspec.structs.replace(message, id=message.id if tracking else message.edits, edits="")
    command = _command_in(desk, message)
    if command is not None:
        from chalicelib.usecases.obey import obey

        done = obey(desk, message, command, seed=seed)
        if done is not None:
            return Heard(report=done.report, what="command")
    stored = converse(desk, message, seed=seed)
    return Heard(report=stored.report, new=stored.new)


def _command_in(desk: Desk, message: Message) -> Command | None:
    """The command a message gives. Nobody orders in public; with a picture or a pin only a word on what is called done is
    one, or what names a number. A mail's pictures may be a signature's."""
    command = None if message.public or message.forwarded else command_of(message.text, desk.city)
    if command is None or not (message.photos or message.location) or message.email:
        return command
    return command if command.tracking or command.kind in ("confirm", "dispute") else None


def _untelling(desk: Desk, message: Message) -> Message:
    """The message with ids that tell nobody's phone or account: WhatsApp's hold the one, Telegram's the other."""
    if desk.city.channels[message.channel].adapter not in _TELLING:
        return message
    key = desk.secrets.key("message-ids", desk.ticks())

    def digest(name: str) -> str:
        return numbers.keyed_digest(key, message.channel, name).hex()[:32] if name else ""

    return msgspec.structs.replace(
        message, id=digest(message.id), edits=digest(message.edits), deletes=digest(message.deletes)
    )

"""Hearing: what a message from a channel is (a report or a part of one, a command, another wording of an earlier message,
its deletion), and on to whoever deals with it.
"""

from __future__ import annotations

import msgspec

from chalicelib.channels.message import Message
from chalicelib.domain.report import Report
from chalicelib.triage.commands import command_of
from chalicelib.usecases.converse import converse
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.submit import submit


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a message: the report it concerns (None: none), whether it began one, and what it was taken for
    ("report", "command", "edit", "deletion")."""

    report: Report | None
    new: bool = False
    what: str = "report"


def hear(desk: Desk, message: Message, *, seed: str) -> Heard:
    """Takes one message. However often it is delivered, it is heard once."""
    if not message.conversational:
        stored = submit(desk, message, seed=seed)
        return Heard(report=stored.report, new=stored.new)
    if message.deletes:
        from chalicelib.usecases.revise import take_back

        return Heard(report=take_back(desk, message, seed=seed), what="deletion")
    if message.edits:
        from chalicelib.usecases.revise import edit

        edited = edit(desk, message, seed=seed)
        if edited is not None:
            return Heard(report=edited, what="edit")
        # Its first wording has not come yet: this is the message, and the first wording a repetition of it.
        message = msgspec.structs.replace(message, id=message.edits, edits="")
    command = None if message.photos or message.location or message.public else command_of(message.text, desk.city)
    if command is not None:
        from chalicelib.usecases.obey import obey

        done = obey(desk, message, command, seed=seed)
        if done is not None:
            return Heard(report=done.report, what="command")
    stored = converse(desk, message, seed=seed)
    return Heard(report=stored.report, new=stored.new)

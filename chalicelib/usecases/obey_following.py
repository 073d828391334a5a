"""The words of those who want to be told: "IKUT …", "PANTAU …", and their ends. The channel proves who they are; where it
does not (a mail that anyone may have sent) the address is asked first."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from chalicelib.channels.message import Message
from chalicelib.domain.errors import Invalid, NotAllowedNow, NotYours, Unknown
from chalicelib.store.followers import ALERT, JOIN
from chalicelib.triage.commands import Command
from chalicelib.usecases import alerts, following, joining
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.following import short_place

KINDS = frozenset({"join", "unjoin", "watch", "unwatch"})
Tell = Callable[..., None]
"""(kind of answer, tracking="", place="")"""


def obey_following(desk: Desk, message: Message, command: Command, tell: Tell, *, lang: str, seed: str) -> None:
    """Does what is asked, once, and answers."""
    channel = desk.city.channels.get(message.channel)
    if channel is None or not message.answerable or not following.can_tell(channel):
        tell("join_elsewhere")
        return
    if not message.verified:
        _ask_first(desk, message, command, lang=lang, seed=seed)
        return
    match command.kind:
        case "join":
            _join(desk, message, command, tell, lang=lang, seed=seed)
        case "watch":
            _watch(desk, message, command, tell, lang=lang, seed=seed)
        case "unjoin":
            _unjoin(desk, message, command, tell)
        case _:
            _unwatch(desk, message, command, tell)


def _join(desk: Desk, message: Message, command: Command, tell: Tell, *, lang: str, seed: str) -> None:
    if not command.tracking or not command.valid:
        tell("wrong_number" if command.tracking else "which_join")
        return
    try:
        report = joining.join_by(desk, command.tracking, message, lang=lang, seed=seed)
    except Unknown:
        tell("unknown_number", command.tracking)
    except NotYours:
        tell("join_hidden", command.tracking)
    except NotAllowedNow:
        tell("too_many")
    else:
        tell("joined", report.tracking)


def _unjoin(desk: Desk, message: Message, command: Command, tell: Tell) -> None:
    if command.tracking and not command.valid:
        tell("wrong_number")
        return
    way, contact = message.channel, message.sender
    if not command.tracking:
        following.stop_all(desk, way=way, contact=contact, what=JOIN)
        tell("unjoined_all")
        return
    # Of a merged report they follow the one that leads, and may name either.
    numbers = {command.tracking}
    with suppress(Unknown, NotYours):
        numbers.add(joining.joinable(desk, command.tracking).tracking)
    for number in sorted(numbers):
        following.stop_one(desk, JOIN, number, way=way, contact=contact)
    tell("unjoined", command.tracking)


def _watch(desk: Desk, message: Message, command: Command, tell: Tell, *, lang: str, seed: str) -> None:
    try:
        around = alerts.around_of(desk.city, kelurahan=command.rest)
        alerts.watch_by(desk, around, message, lang=lang, seed=seed)
    except Invalid:
        tell("which_kelurahan")
    except NotAllowedNow:
        tell("too_many")
    else:
        tell("watching", place=short_place(desk.city, around.area, lang))


def _unwatch(desk: Desk, message: Message, command: Command, tell: Tell) -> None:
    way, contact = message.channel, message.sender
    if command.rest:
        try:
            around = alerts.around_of(desk.city, kelurahan=command.rest)
        except Invalid:
            tell("which_kelurahan")
            return
        following.stop_one(desk, ALERT, alerts.name_of(around), way=way, contact=contact)
    else:
        following.stop_all(desk, way=way, contact=contact, what=ALERT)
    tell("unwatched")


def _ask_first(desk: Desk, message: Message, command: Command, *, lang: str, seed: str) -> None:
    if not message.email:
        return
    try:
        if command.kind == "join" and command.tracking and command.valid:
            joining.join(desk, command.tracking, email=message.email, lang=lang, seed=seed)
        elif command.kind == "watch":
            around = alerts.around_of(desk.city, kelurahan=command.rest)
            alerts.ask(desk, around, email=message.email, lang=lang, seed=seed)
    except (Unknown, NotYours, Invalid, NotAllowedNow):
        return  # nobody proven is answered

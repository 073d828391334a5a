"""Answers to people who ask, whatever report they ask about: put into the queue of the replies function, which alone may
send. What is told there is public, or the asker's own; who asks is sealed.
"""

from __future__ import annotations

import base64
from datetime import datetime

import msgspec

from chalicelib.channels.message import Message
from chalicelib.outbound.sealing import Sealed
from chalicelib.usecases.desk import Desk


class Answer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One answer: `kind` names its text (`answer.<kind>`), or is "entry", which tells the history entry `seq` in its usual
    words. `to` is a sealed `Sealed`, base64. `id` is the same however often the question is delivered.
    `own` is the asker's merged report, where `tracking` is the one that leads; `place` a kelurahan's name."""

    id: str
    channel: str
    kind: str
    to: str
    heard_at: datetime
    tracking: str = ""
    seq: int = 0
    lang: str = "id"
    own: str = ""
    place: str = ""


def answer(
    desk: Desk,
    message: Message,
    kind: str,
    *,
    tracking: str = "",
    seq: int = 0,
    lang: str = "id",
    own: str = "",
    place: str = "",
) -> None:
    """Answers the sender of a message, once. Nobody is answered who cannot be."""
    if not message.answerable:
        return
    to = Sealed(
        phone=message.phone,
        email=message.email,
        user=message.sender,
        post=message.post,
        subject=message.subject,
        message_id=message.mail_id,
    )
    _put(desk, Answer(
        id=f"{message.channel}:{message.id}:{kind}",
        channel=message.channel,
        kind=kind,
        to=_sealed(desk, to, f"{message.channel}:{message.id}:{kind}"),
        heard_at=desk.now(),
        tracking=tracking,
        seq=seq,
        lang=lang,
        own=own,
        place=place,
    ))  # fmt: skip


def send_test(desk: Desk, channel: str, to: str, *, test_id: str) -> str:
    """A message that says it is a test, to `to` (a phone, an address, the provider's user id). Gives the answer's id."""
    known = Sealed(user=to, phone=to if to.startswith("+") else "", email=to if "@" in to else "")
    name = f"{channel}:test:{test_id}"
    _put(
        desk,
        Answer(id=name, channel=channel, kind="test", to=_sealed(desk, known, name), heard_at=desk.now(), tracking=""),
    )
    return name


def opened(desk: Desk, told: Answer) -> Sealed:
    """Who is answered. Only the replies function may."""
    return desk.sealer.open(base64.b64decode(told.to), told.id, desk.ticks())


def _sealed(desk: Desk, to: Sealed, name: str) -> str:
    return base64.b64encode(desk.sealer.seal(to, name, desk.ticks())).decode()


def _put(desk: Desk, told: Answer) -> None:
    desk.answers.put(msgspec.json.encode({"answer": told}).decode())

"""Limits: nobody's message is thrown away, but a flood is not answered."""

from __future__ import annotations

import msgspec

from chalicelib.channels.message import Message
from chalicelib.store.memory import Joined, Recalled
from chalicelib.usecases.answers import answer
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.understand import Understanding


def bounded(
    desk: Desk, message: Message, understood: Understanding, known: Joined | Recalled, tracking: str
) -> Understanding:
    """What was understood, with whether it is answered. `known` counts the sender's messages. Of a flood every
    message is taken and flagged, and one answer says that the rest gets none: answers cost money. Nobody unproven gets
    more than one automatic answer an hour."""
    limit = desk.city.policy.messages_per_hour
    said = understood.said
    if known.rate > limit:
        if known.rate == limit + 1 and message.verified:
            answer(desk, message, "slow_down", tracking=tracking, lang=said.lang)
        said = msgspec.structs.replace(said, quiet=True, flags=(*said.flags, "flood"))
    elif not message.verified and known.rate + known.before > 1:
        said = msgspec.structs.replace(said, quiet=True)
    else:
        return understood
    return msgspec.structs.replace(understood, said=said)


def flooded(desk: Desk, message: Message, understood: Understanding, sender: str) -> Understanding:
    """What was understood of a message without a conversation, flagged when its sender has sent very many of late."""
    if not desk.counts.floods(sender, message.id, desk.city.policy.messages_per_hour, desk.ticks()):
        return understood
    said = msgspec.structs.replace(understood.said, flags=(*understood.said.flags, "flood"))
    return msgspec.structs.replace(understood, said=said)

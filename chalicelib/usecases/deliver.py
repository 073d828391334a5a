"""One message of the replies queue: dealt with, or put off for a while that grows with every try."""

from __future__ import annotations

from random import SystemRandom
from typing import Any

from chalicelib.domain.errors import Busy
from chalicelib.observability import logger
from chalicelib.outbound.pacing import put_off
from chalicelib.outbound.senders.outcome import SendFailed
from chalicelib.usecases.answers import Answer
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.followers import Follow
from chalicelib.usecases.reply import event_in, reply
from chalicelib.usecases.reply_asked import reply_asked
from chalicelib.usecases.reply_followers import reply_to_follower
from chalicelib.usecases.reply_following import tell, told_in

_chance = SystemRandom()


def deliver(desk: Desk, record: dict[str, Any], *, claimant: str) -> bool:
    """True when nothing is left to do. False: the message stays in the queue, hidden until its next try; after the last
    one the queue sets it aside."""
    try:
        wished = told_in(record["body"])
        if wished is not None:
            tell(desk, wished, claimant=claimant)
            return True
        told = event_in(record["body"])
        if isinstance(told, Answer):
            reply_asked(desk, told, claimant=claimant)
        elif isinstance(told, Follow):
            reply_to_follower(desk, told, claimant=claimant)
        else:
            reply(desk, told, claimant=claimant)
    except Exception as error:
        tries = int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))
        wait = put_off(tries, _asked_to_wait(error), _chance)
        about = {"message_id": record["messageId"], "error": type(error).__name__, "tries": tries, "wait": wait}
        if isinstance(error, SendFailed | Busy):  # providers are away now and then
            logger().warning("a reply is put off", extra={**about, "reason": getattr(error, "reason", "")})
        else:
            logger().exception("a reply was not sent", extra=about)
        _put_off(desk, record, wait)
        return False
    return True


def _asked_to_wait(error: Exception) -> float | None:
    return error.retry_after if isinstance(error, SendFailed | Busy) else None


def _put_off(desk: Desk, record: dict[str, Any], seconds: float) -> None:
    try:
        desk.answers.put_off(record["receiptHandle"], seconds)
    except Exception:  # then it comes back when the queue's own time is over
        logger().warning("a message could not be put off", extra={"message_id": record["messageId"]})

"""One message of the photos queue: a report's change that brought pictures, or S3's notice of an upload."""

from __future__ import annotations

from random import SystemRandom
from typing import Any
from urllib.parse import unquote_plus

import msgspec

from chalicelib.observability import logger
from chalicelib.outbound.pacing import put_off
from chalicelib.outbound.senders.outcome import SendFailed
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.look_at import look_at, look_at_upload

LAST_TRY = 10  # after some 20 minutes: twice what an upload form is good for
# More than the function's time limit (180 s): when a picture ends the function, the others need not wait for the queue's own
# 18 minutes.
_AFTER_A_CRASH = 200.0
_UPLOADS = "uploads/"
_chance = SystemRandom()


class _Data(msgspec.Struct, frozen=True):
    tracking: str


class _Event(msgspec.Struct, frozen=True):
    data: _Data


def take(desk: Desk, record: dict[str, Any], *, seed: str) -> bool:
    """True when nothing is left to do. False: the message stays in the queue, hidden until its next try."""
    tries = int(record.get("attributes", {}).get("ApproximateReceiveCount", "1"))
    _put_off(desk, record, _AFTER_A_CRASH)
    try:
        _taken(desk, record["body"], seed=seed, tries=tries)
    except Exception as error:
        wait = put_off(tries, error.retry_after if isinstance(error, SendFailed) else None, _chance)
        extra = {"message_id": record["messageId"], "error": type(error).__name__, "tries": tries, "wait": wait}
        if isinstance(error, SendFailed):
            logger().warning("pictures are tried again", extra=extra)
        else:
            logger().exception("pictures were not looked at", extra=extra)
        _put_off(desk, record, wait)
        return False
    return True


def _taken(desk: Desk, body: str, *, seed: str, tries: int) -> None:
    last = tries >= LAST_TRY
    told = msgspec.json.decode(body)
    if "Event" in told:  # what S3 sends when it is told whom to notify
        return
    if "Records" not in told:
        look_at(desk, msgspec.convert(told, _Event).data.tracking, seed=seed, tries=tries, last=last)
        return
    for each in told["Records"]:
        key = unquote_plus(each["s3"]["object"]["key"])
        if key.startswith(_UPLOADS):
            look_at_upload(desk, key.removeprefix(_UPLOADS), seed=seed, tries=tries, last=last)


def _put_off(desk: Desk, record: dict[str, Any], seconds: float) -> None:
    try:
        desk.photo_jobs.put_off(record["receiptHandle"], seconds)
    except Exception:  # then it comes back when the queue's own time is over
        logger().warning("a message could not be put off", extra={"message_id": record["messageId"]})

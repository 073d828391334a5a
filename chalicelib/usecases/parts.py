"""Long texts that come in parts: gathered until all are there, in whatever order; what has come after ten minutes goes on
as it is, with "…" where a part lacks.

A set is named by channel, sender, reference and number of parts. Phones use the same reference again: a part whose place
is taken by another message begins the next set of that name, and so does one that comes long after its set was flushed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.channels.message import Message, Part
from chalicelib.channels.payload import clean, fingerprint
from chalicelib.domain.tracking import keyed_digest
from chalicelib.observability import count, logger
from chalicelib.store.parts import FLUSHED, SUPERSEDED, Parts, Refused, Set
from chalicelib.usecases.desk import Desk

WAIT = timedelta(minutes=10)
# A provider repeats a message for a day: a part that its flushed set lacks is late; after that it is another text's.
LATE = timedelta(days=1)
LACKS = "…"
_SETS = 20
_LONGEST_PART = 1_000
_RAW_BYTES = 100_000
_NONCE = 12
_encoder = msgspec.msgpack.Encoder()


class _Kept(msgspec.Struct, frozen=True, array_like=True):
    """One part: the message without its text, and the text as UTF-8 that may hold half an emoji."""

    message: Message
    text: bytes


_decoder = msgspec.msgpack.Decoder(_Kept)


class Flushed(NamedTuple):
    """How many sets became a message, and how many failed (they come up again after ten minutes)."""

    taken: int
    failed: int


def gather(desk: Desk, message: Message) -> Message | None:
    """The whole text once its last part is there (the same message again for any repeated part); None while others lack.
    A message that is no part, or comes late, is given back by itself."""
    part = message.part
    if part is None:
        return message
    if len(message.text) > _LONGEST_PART:
        return _alone(message)
    now, parts = desk.now(), _parts(desk)
    for generation in range(_SETS):
        key = _key(desk, message, part, generation)
        sealed = _sealed(desk, key, message, part)
        found = parts.put(key, part.number, message.id, sealed, now=now, until=now + WAIT)
        if found is None:
            return _alone(message)
        if isinstance(found, Set):
            return _joined(desk, key, found) if len(found.parts) == part.total else None
        if _is_late(found, now):
            return _alone(message)
        if found.taken and len(found.set.parts) < part.total and found.set.closed != SUPERSEDED:
            parts.supersede(key, now=now)
    return _alone(message)


def flush(desk: Desk, now: datetime, take: Callable[[Message], object]) -> Flushed:
    """Hands every set whose time has run out to `take`, as one message each. A set is settled only when that has worked;
    `take` must therefore bear to get the same message twice."""
    parts = _parts(desk)
    taken = failed = 0
    for key in parts.due(now):
        try:
            found = parts.flush(key, again_at=now + WAIT)
            if found is None:
                continue
            take(_joined(desk, key, found))
            parts.settle(key)
            taken += 1
        except Exception:  # one set that cannot be taken must not hold up the others
            failed += 1
            logger().exception("a text in parts could not be taken")
            count("PartsFailed")
    return Flushed(taken, failed)


def _is_late(refused: Refused, now: datetime) -> bool:
    was = refused.set
    return not refused.taken and was.closed == FLUSHED and now.timestamp() - was.began <= LATE.total_seconds()


def _joined(desk: Desk, key: str, found: Set) -> Message:
    """One message of all that is there. Its id and its raw form depend on the parts only, not on their order."""
    kept = {number: _opened(desk, key, number, sealed) for number, sealed in sorted(found.parts.items())}
    first = next(iter(kept.values())).message
    total = first.part.total if first.part else len(kept)
    sent = [each.message.sent_at for each in kept.values() if each.message.sent_at]
    return msgspec.structs.replace(
        first,
        id="parts:" + fingerprint(*(each.message.id for each in kept.values())),
        text=_text({number: each.text for number, each in kept.items()}, total),
        sent_at=min(sent) if sent else None,
        photos=tuple(photo for each in kept.values() for photo in each.message.photos),
        part=None,
        raw=b"\n".join(each.message.raw for each in kept.values()),
    )


def _text(texts: Mapping[int, bytes], total: int) -> str:
    """The texts in order, one "…" for each gap. Halves of an emoji that meet become whole again."""
    runs = [
        b"".join(texts[number] for number in run).decode("utf-8", "surrogatepass") if there else LACKS
        for there, run in groupby(range(1, total + 1), texts.__contains__)
    ]
    return " ".join(_whole(run) for run in runs)


def _whole(text: str) -> str:
    if text.isascii():
        return clean(text)
    return clean(text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass"))


def _alone(message: Message) -> Message:
    return msgspec.structs.replace(message, text=_whole(message.text), part=None)


def _parts(desk: Desk) -> Parts:
    return Parts(desk.settings.table("conversations"), desk.settings.region)


def _key(desk: Desk, message: Message, part: Part, generation: int) -> str:
    secret = desk.secrets.key("sender", desk.ticks())
    name = (message.channel, message.sender, part.ref, str(part.total), str(generation))
    return f"parts#{keyed_digest(secret, *name).hex()[:32]}"


def _sealed(desk: Desk, key: str, message: Message, part: Part) -> bytes:
    bare = msgspec.structs.replace(message, text="", raw=message.raw[: _RAW_BYTES // part.total])
    plain = _encoder.encode(_Kept(bare, message.text.encode("utf-8", "surrogatepass")))
    nonce = os.urandom(_NONCE)
    return nonce + _cipher(desk).encrypt(nonce, plain, _place(key, part.number))


def _opened(desk: Desk, key: str, number: int, sealed: bytes) -> _Kept:
    plain = _cipher(desk).decrypt(sealed[:_NONCE], sealed[_NONCE:], _place(key, number))
    return _decoder.decode(plain)


def _cipher(desk: Desk) -> AESGCM:
    return AESGCM(desk.secrets.key("parts", desk.ticks()))


def _place(key: str, number: int) -> bytes:
    return f"{key}:{number}".encode()

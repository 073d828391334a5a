"""A report's history: append-only and chained from the first entry.

    hash_n = SHA-256(hash_{n-1} ‖ seq ‖ at ‖ event ‖ digest_n)        digest_n = SHA-256(salt ‖ body)

Erasing a body or a salt leaves its digest, so the chain still holds; every other change breaks it. An entry is stored
as one JSON text: what is hashed is kept to the letter.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

NOTE_BYTES_LIMIT = 100_000
GENESIS = ""


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened, apart from when. `status` is the report's status afterwards, `by` the agency or office (never a
    person), `public` whether citizens see it, `quiet` whether the reporter is told by another entry of the same
    change."""

    role: str
    action_id: str
    status: str
    by: str = ""
    public: bool = False
    quiet: bool = False
    note: str = ""
    data: dict[str, Any] = {}


class Entry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of history. `at` is UTC in ISO 8601 with milliseconds; `body` is `Body` as JSON, None once erased."""

    seq: int
    at: str
    event: str
    digest: str
    hash: str
    salt: str | None = None
    body: str | None = None

    @property
    def moment(self) -> datetime:
        """`at` as an aware datetime."""
        return datetime.fromisoformat(self.at)

    @property
    def told(self) -> Body:
        """The decoded body; an empty one once it is erased."""
        return _decode_body(self.body) if self.body is not None else _ERASED


_ERASED = Body(role="", action_id="", status="")
_body_decoder = msgspec.json.Decoder(Body)
_entry_decoder = msgspec.json.Decoder(Entry)
_encode = msgspec.json.Encoder(order="deterministic").encode


def _decode_body(text: str) -> Body:
    return _body_decoder.decode(text)


def decode(text: str) -> Entry:
    """The entry stored as `text`."""
    return _entry_decoder.decode(text)


def encode(entry: Entry) -> str:
    """The text to store."""
    return _encode(entry).decode()


def stamp(at: datetime) -> str:
    """The way instants are written in history: UTC, milliseconds, `Z`."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def append(seq: int, head: str, at: datetime, event: str, body: Body, salt: str) -> Entry:
    """The entry after the one with this number and hash (0 and GENESIS: the first). `salt` is 16 random bytes as hex."""
    text = _encode(body).decode()
    digest = _digest(salt, text)
    when = stamp(at)
    link = _link(head, seq + 1, when, event, digest)
    return Entry(seq=seq + 1, at=when, event=event, digest=digest, hash=link, salt=salt, body=text)


def erase(entry: Entry) -> Entry:
    """The entry without what it said: body and salt gone, digest and hash kept."""
    return msgspec.structs.replace(entry, body=None, salt=None)


def broken_at(history: Iterable[Entry]) -> int | None:
    """The seq of the first entry that does not follow from the ones before it, None when the chain holds."""
    head = GENESIS
    for seq, entry in enumerate(history, 1):
        intact = entry.seq == seq and entry.hash == _link(head, seq, entry.at, entry.event, entry.digest)
        readable = entry.body is not None and entry.salt is not None
        if not intact or (readable and entry.digest != _digest(entry.salt or "", entry.body or "")):
            return seq
        head = entry.hash
    return None


def size(history: Sequence[str]) -> int:
    """Bytes the stored history takes."""
    return sum(len(text.encode()) for text in history)


def _digest(salt: str, body: str) -> str:
    # The length keeps anything from being moved from one to the other.
    return hashlib.sha256(f"{len(salt)}|{salt}|{body}".encode()).hexdigest()


def _link(head: str, seq: int, at: str, event: str, digest: str) -> str:
    return hashlib.sha256(f"{head}|{seq}|{at}|{event}|{digest}".encode()).hexdigest()

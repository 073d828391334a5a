"""X: webhooks of the Account Activity API and of the X Activity API, which wraps the same events one at a time.

Mentions are public, direct messages are not; a person's posts and messages are one conversation. Events come more than once
and under delivery ids that change: the id of a post or a message is its own.
"""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from ..domain.errors import BadSignature, Malformed
from . import signatures
from .loose import identity, rows, struct, words
from .message import Message, Request, Skipped
from .payload import JSON, expect, json_document
from .x_events import Event, deleted, direct_message, encrypted, post

if TYPE_CHECKING:
    from ..city.model import Channel

RECEIPT = False

_PREFIX = "sha256="
# Apps with an OAuth 2.0 client secret are signed for under the first name, older ones under the second.
_SIGNATURES = ("x-twitter-webhooks-signature-oauth2", "x-twitter-webhooks-signature")
_POSTED = frozenset({"post.create", "post.mention.create", "post.reply.create", "post.quote.create"})


def handshake(channel: Channel, request: Request, secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """The answer to the challenge (CRC): the token's HMAC with our secret, which only we can give. While a secret is
    changed the first one counts."""
    token = request.query.get("crc_token")
    if request.method != "GET" or token is None:
        return None
    keys = _keys(channel, secrets).split()
    if not keys:
        raise BadSignature("this channel has no secret yet")
    digest = hmac.digest(keys[0].encode(), token.encode("utf-8", "surrogatepass"), "sha256")
    answer = {"response_token": _PREFIX + b64encode(digest).decode()}
    return msgspec.json.encode(answer).decode(), JSON


def verify(channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None:
    """Check X's signature on the raw body. Raises BadSignature, and nothing else."""
    if request.method != "POST":
        raise BadSignature("X posts its events, or asks with a crc_token")
    given = [value for name in _SIGNATURES if (value := request.headers.get(name))]
    for signature in given[:-1]:
        try:
            return _check(channel, request.body, secrets, signature)
        except BadSignature:
            continue  # signed with a secret we were not given; the older kind may hold
    _check(channel, request.body, secrets, given[-1] if given else None)


def parse_all(channel: Channel, request: Request, now: datetime) -> tuple[Message | Skipped, ...]:
    """The messages in a verified request, and why the rest holds none. Raises Malformed, TooLarge or WrongContentType."""
    expect(request, JSON)
    document = json_document(request.body)
    if not isinstance(document, dict):
        raise Malformed("the body must be a JSON object")
    found = tuple(_told(channel, document, request.body))
    return found or (Skipped(reason="unknown"),)


def http_answer(channel: Channel) -> tuple[str, str]:
    """Nothing: 200 will do."""
    return "", "text/plain"


def _check(channel: Channel, body: bytes, secrets: Mapping[str, str], signature: str | None) -> None:
    signatures.hmac_sha256(_keys(channel, secrets), body=body, signature=signature, prefix=_PREFIX)


def _keys(channel: Channel, secrets: Mapping[str, str]) -> str:
    """Every secret that X may sign with: the OAuth 2.0 client's, where the app has one, before the consumer's."""
    own = channel.inbound.get("secret", "consumer_secret")
    return f"{secrets.get('client_secret', '')} {secrets.get(own, '')}".strip()


def _told(channel: Channel, document: Mapping[str, Any], raw: bytes) -> Iterator[Message | Skipped]:
    data = document.get("data")
    for envelope in data if isinstance(data, list) else [data] if isinstance(data, dict) else []:
        yield from _activity(channel, struct(envelope), struct(document, "includes"), raw)
    yield from _legacy(channel, document, identity(document.get("for_user_id")), raw)


def _activity(
    channel: Channel, envelope: Mapping[str, Any], beside: Mapping[str, Any], raw: bytes
) -> Iterator[Message | Skipped]:
    """What one event of the X Activity API says. Its `event_uuid` is the delivery's, which counts for nothing here."""
    kind, payload = words(envelope.get("event_type"), 64), struct(envelope, "payload")
    event = Event(
        channel=channel.id,
        ours=identity(struct(envelope, "filter").get("user_id")),
        includes=struct(envelope, "includes") or beside,
        raw=raw,
    )
    if kind in _POSTED:
        yield post(event, payload)
    elif kind == "post.delete":
        yield deleted(event, payload.get("id"), payload.get("author_id"))
    elif kind == "dm.received" and "direct_message_events" in payload:
        yield from _legacy(channel, payload, event.ours, raw)
    elif kind == "dm.received":
        yield direct_message(event, payload)
    elif kind in ("dm.sent", "chat.sent"):
        yield Skipped(reason="own-echo", id=identity(envelope.get("event_uuid")))
    elif kind == "chat.received":
        yield encrypted(event, payload)
    else:
        yield Skipped(reason=kind or "unknown", id=identity(envelope.get("event_uuid")))


def _legacy(channel: Channel, document: Mapping[str, Any], ours: str, raw: bytes) -> Iterator[Message | Skipped]:
    """What the lists of the Account Activity API say: each holds events of one kind."""
    event = Event(channel=channel.id, ours=ours, includes={}, raw=raw)
    for name, events in document.items():
        if name == "tweet_create_events":
            yield from (post(event, struct(each)) for each in rows(events))
        elif name == "direct_message_events":
            yield from (direct_message(event, struct(each)) for each in rows(events))
        elif name == "tweet_delete_events":
            for each in rows(events):
                status = struct(each, "status")
                yield deleted(event, status.get("id_str", status.get("id")), status.get("user_id"))
        elif name.endswith(("_events", "_event")):
            yield from (Skipped(reason=words(name, 64)) for _ in rows(events) or [events])

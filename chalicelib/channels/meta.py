"""Facebook (page and Messenger), Instagram and WhatsApp: Meta's webhooks, which are one protocol for three objects.

One POST may hold up to a thousand entries, mixed: every element is read by itself, and what is no message is Skipped. The
payload's own `object` says how it is read, whatever channel it came to.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from ..domain.errors import BadSignature, Malformed, NotYours, TooLarge
from . import meta_feed, meta_messaging, meta_whatsapp, signatures
from .message import Message, Request, Skipped
from .meta_values import Block, block, identifier, items, kind
from .payload import form_pairs, json_document

if TYPE_CHECKING:
    from ..city.model import Channel

RECEIPT = False
# Meta sends up to 3 MB at once.
MAX_BYTES = 4_000_000
PAGE, INSTAGRAM, WHATSAPP = "page", "instagram", "whatsapp_business_account"
OBJECTS = frozenset({PAGE, INSTAGRAM, WHATSAPP})

_FEED = frozenset({"feed", "mention"})
_COMMENTS = frozenset({"comments", "live_comments", "mentions"})


def handshake(channel: Channel, request: Request, secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """The challenge, for a subscription that knows our token. Raises NotYours for one that does not: Meta shows the 403
    to whoever sets it up."""
    if request.method.upper() != "GET":
        return None
    query = dict(request.query)
    if not query:
        try:
            query = dict(form_pairs(request.url.partition("?")[2]))
        except Malformed:
            return None
    if query.get("hub.mode") != "subscribe" or "hub.challenge" not in query:
        return None
    given = query.get("hub.verify_token", "").encode("utf-8", "replace")
    tokens = secrets.get(channel.inbound.get("verify", "verify_token"), "").split()
    if not sum(hmac.compare_digest(token.encode(), given) for token in tokens):
        raise NotYours("The verify token is not ours.")
    return query["hub.challenge"], "text/plain"


def verify(channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None:
    """Check `X-Hub-Signature-256` on the raw body. Raises BadSignature, and nothing else."""
    if request.method.upper() != "POST":
        raise BadSignature("Meta posts its notifications")
    signatures.hmac_sha256(
        secrets.get(channel.inbound.get("secret", "app_secret"), ""),
        body=request.body,
        signature=request.headers.get("x-hub-signature-256"),
        prefix="sha256=",
    )


def parse_all(channel: Channel, request: Request, now: datetime) -> tuple[Message | Skipped, ...]:
    """Every message of a verified request, in order, and what was skipped. Raises Malformed for a body that is no JSON
    object, TooLarge for more than Meta ever sends."""
    if request.method.upper() != "POST":
        raise Malformed("Meta posts its notifications")
    if len(request.body) > MAX_BYTES:
        raise TooLarge(f"at most {MAX_BYTES} bytes are taken", details={"limit": MAX_BYTES})
    document = json_document(request.body)
    if not isinstance(document, dict):
        raise Malformed("the body must be a JSON object")
    told = identifier(document.get("object"))
    about = told if told in OBJECTS else channel.inbound.get("object", "")
    entries = document.get("entry")
    if isinstance(entries, dict):
        entries = [entries]
    return tuple(read for entry in items(entries) for read in _entry(channel.id, about, entry))


def http_answer(channel: Channel) -> tuple[str, str]:
    """Meta needs to hear 200, whatever the words."""
    return "EVENT_RECEIVED", "text/plain"


def _entry(channel: str, about: str, entry: object) -> Iterator[Message | Skipped]:
    told = block(entry)
    owner = identifier(told.get("id"))
    for item in items(told.get("messaging")):
        yield meta_messaging.read(channel, owner, item)
    for item in items(told.get("standby")):  # another app has the conversation
        yield Skipped(reason="standby", id=identifier(block(block(item).get("message")).get("mid")))
    for change in items(told.get("changes")):
        yield from _change(channel, about, owner, block(change))
    if "field" in told:  # Instagram with its own login leaves `changes` out
        values = told.get("value")
        for value in values if isinstance(values, list) else [values]:
            yield from _change(channel, about, owner, {"field": told["field"], "value": value})
    if not told.keys() & {"messaging", "standby", "changes", "field"}:
        yield Skipped(reason="unreadable", id=owner)


def _change(channel: str, about: str, owner: str, change: Block) -> Iterator[Message | Skipped]:
    field, value = kind(change.get("field")), block(change.get("value"))
    if about == WHATSAPP:
        yield from meta_whatsapp.read(channel, change)
    elif not value:
        yield Skipped(reason="unreadable", id=owner)
    elif about == PAGE and field in _FEED:
        yield meta_feed.read_page(channel, owner, change)
    elif about == INSTAGRAM and field in _COMMENTS:
        yield meta_feed.read_instagram(channel, owner, change)
    elif "sender" in value:  # the dashboard's tests wrap direct messages as changes
        yield meta_messaging.read(channel, owner, value)
    else:
        yield Skipped(reason=field or "unreadable", id=owner)

"""AWS two-way SMS: one JSON per text, published to an SNS topic, which starts a function or posts to us over HTTPS.

Over HTTPS the proof is SNS's signature: the caller fetches the certificate that the message names (once it knows that the
topic is ours and the address AWS's) and gives it as the secret `certificate`. Without it nothing is verified.
https://docs.aws.amazon.com/sms-voice/latest/userguide/phone-numbers-two-way-sms.html
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ..domain.errors import BadSignature, Invalid, Malformed, TooLarge, WrongContentType
from . import sns_envelope
from .instants import read_instant
from .message import Message, Request, Skipped
from .payload import JSON, MAX_BODY, MAX_TEXT, clean, json_document, media_type
from .phones import e164

if TYPE_CHECKING:
    from ..city.model import Channel

MAX_ID = 200

_TYPES = (JSON, "text/plain")

RECEIPT = False


def handshake(channel: Channel, request: Request, secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """There is none before the signature: a subscription is confirmed by the use case, once the message is verified."""
    return None


def verify(channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None:
    """Check topic and signature. Raises BadSignature, and nothing else."""
    try:
        envelope = sns_envelope.parse(request.body)
    except Malformed as error:
        raise BadSignature("the signed message cannot be read") from error
    if request.method.upper() != "POST" or envelope.topic_arn not in secrets.get("topic_arn", "").split():
        raise BadSignature("this is not our topic")
    sns_envelope.verify(envelope, secrets.get("certificate", "").encode(), now)


def parse_all(channel: Channel, request: Request, now: datetime) -> tuple[Message | Skipped, ...]:
    """The text in a verified request; Skipped for what SNS says of the subscription itself. Raises Malformed, Invalid,
    TooLarge or WrongContentType."""
    if media_type(request.headers) not in _TYPES:
        raise WrongContentType("this channel reads SNS messages: text/plain")
    if len(request.body) > MAX_BODY:
        raise TooLarge(f"at most {MAX_BODY} bytes are taken", details={"limit": MAX_BODY})
    envelope = sns_envelope.parse(request.body)
    if envelope.type != sns_envelope.NOTIFICATION:
        reason = "subscription" if envelope.type == sns_envelope.SUBSCRIBES else "unsubscribed"
        return (Skipped(reason=reason, id=clean(envelope.message_id)[:MAX_ID]),)
    return (message(channel, envelope.message, sns_id=envelope.message_id, published_at=envelope.timestamp),)


def http_answer(channel: Channel) -> tuple[str, str]:
    """Any 200 will do."""
    return "", "text/plain"


def message(channel: Channel, published: str, *, sns_id: str, published_at: str | None) -> Message:
    """The text that was published. Its id is AWS's, or SNS's own where it has none. Raises Malformed or Invalid."""
    raw = published.encode("utf-8", "surrogatepass")
    document = json_document(raw)
    if not isinstance(document, dict):
        raise Malformed("the SNS message holds no text message")
    wrong: dict[str, object] = {}
    body, number, message_id = (
        _text(document, name, wrong) for name in ("messageBody", "originationNumber", "inboundMessageId")
    )
    message_id = clean(message_id).strip() or (sns_id and f"sns:{clean(sns_id).strip()}")
    number = clean(number).strip()
    if not number:
        wrong.setdefault("originationNumber", "is missing")
    if not message_id:
        wrong.setdefault("inboundMessageId", "is missing")
    if len(message_id) > MAX_ID:
        wrong["inboundMessageId"] = f"must be at most {MAX_ID} characters"
    if len(body) > MAX_TEXT:
        wrong["messageBody"] = f"must be at most {MAX_TEXT} characters"
    if wrong:
        raise Invalid("some fields are missing or wrong", details=wrong)
    phone = e164(number)
    return Message(
        channel=channel.id,
        id=message_id,
        sender=phone or number[:64],
        text=clean(body),
        sent_at=read_instant(published_at, naive=UTC),
        phone=phone or "",
        conversational=True,
        answerable=phone is not None,
        raw=raw,
    )


def _text(document: Mapping[str, object], name: str, wrong: dict[str, object]) -> str:
    value = document.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
        return str(value)
    if value is not None and not isinstance(value, str):
        wrong[name] = "must be text"
        return ""
    return value or ""

"""A city app's own webhook: one JSON payload, signed after Standard Webhooks."""

from __future__ import annotations

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime

import msgspec

from .call import call
from .outcome import SendFailed, Sent


def send(
    url: str, secret: str, payload: Mapping[str, object], *, message_id: str, now: datetime, timeout: float = 5.0
) -> Sent:
    """Post `payload` to the app. `message_id` stays the same on a repeat, so that the app can tell. Raises SendRefused
    (never) or SendFailed (later)."""
    body = msgspec.json.encode(payload)
    timestamp = str(int(now.timestamp()))
    headers = {
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": signature(secret, message_id, timestamp, body),
    }
    call("POST", url, headers, body, timeout=timeout)
    return Sent(message_id)


def signature(secret: str, message_id: str, timestamp: str, body: bytes) -> str:
    """One `v1,` signature for each secret in `secret`: it may hold several, separated by spaces, while they rotate."""
    signed = b"%b.%b.%b" % (message_id.encode(), timestamp.encode(), body)
    try:
        keys = [b64decode(_padded(part.removeprefix("whsec_")), validate=True) for part in secret.split()]
    except ValueError as error:
        raise SendFailed("the app's secret is not base64") from error
    if not all(keys) or not keys:
        raise SendFailed("the app's secret is not set")
    return " ".join("v1," + b64encode(hmac.digest(key, signed, "sha256")).decode() for key in keys)


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)

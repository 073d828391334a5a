"""Providers that answers are sent through: an SMS provider's REST API and the city apps' own webhooks."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from local.outbox import Outbox

TOLERANCE = 300
Answer = tuple[int, dict[str, Any]]


class Providers:
    """`secrets_of` gives the outbound parameters of a channel, as they stand in local/secrets.toml."""

    def __init__(self, outbox: Outbox, secrets_of: Mapping[str, Mapping[str, str]]) -> None:
        self._outbox = outbox
        self._secrets = secrets_of

    def sms(self, headers: Mapping[str, str], body: bytes) -> Answer:
        """Send an SMS: Basic credentials, then Twilio's form (or JSON) with To, From, Body."""
        known = self._secrets.get("sms", {})
        if _basic(headers.get("authorization", "")) != (known.get("account_sid"), known.get("auth_token")):
            return 401, {"code": 20003, "message": "Authenticate", "status": 401}
        fields = _fields(headers.get("content-type", ""), body)
        to, sender, text = (fields.get(name, "") for name in ("To", "From", "Body"))
        if not to or not text or not (sender or fields.get("MessagingServiceSid")):
            return 400, {"code": 21604, "message": "To, From and Body are needed", "status": 400}
        self._outbox.add(channel="sms", to=to, text=text, sender=sender)
        sid = f"SM{secrets.token_hex(16)}"
        return 201, {"sid": sid, "to": to, "from": sender, "body": text, "status": "queued", "error_code": None}

    def app(self, channel: str, headers: Mapping[str, str], body: bytes, now: datetime) -> Answer:
        """A city app's own webhook: takes what is signed as Standard Webhooks ask."""
        secret = self._secrets.get(channel, {}).get("secret")
        if secret is None:
            return 404, {"code": "unknown", "message": f"there is no app {channel}"}
        if not signed(secret, headers, body, now):
            return 401, {"code": "bad_signature", "message": "the signature is missing, wrong or too old"}
        try:
            message = json.loads(body)
        except ValueError:
            return 400, {"code": "malformed", "message": "the body is not JSON"}
        data = message.get("data", {}) if isinstance(message, dict) else {}
        found = next((str(d["tracking"]) for d in (message, data) if isinstance(d, dict) and d.get("tracking")), None)
        more = {"tracking": found} if found else {"text": body.decode("utf-8", "replace")}
        to = str(data.get("to") or data.get("report_id") or "") if isinstance(data, dict) else ""
        self._outbox.add(channel=channel, to=to or channel, message=message, id=headers.get("webhook-id", ""), **more)
        return 200, {"ok": True}


def signed(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> bool:
    """Whether one of the signatures (Standard Webhooks v1) is right and not older than five minutes."""
    identifier, at = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not identifier or not at.isdecimal() or abs(now.timestamp() - int(at)) > TOLERANCE:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = hmac.new(key, f"{identifier}.{at}.".encode() + body, hashlib.sha256).digest()
    for part in headers.get("webhook-signature", "").split():
        version, _, value = part.partition(",")
        try:
            given = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError):
            continue
        if version == "v1" and hmac.compare_digest(given, wanted):
            return True
    return False


def _basic(header: str) -> tuple[str, str] | None:
    kind, _, value = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(value).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password


def _fields(content_type: str, body: bytes) -> dict[str, str]:
    if content_type.startswith("application/json"):
        try:
            value = json.loads(body)
        except ValueError:
            return {}
        return {k: str(v) for k, v in value.items()} if isinstance(value, dict) else {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}

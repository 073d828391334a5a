"""Providers that answers are sent through: local/fakes plays their APIs, and here the city apps' own webhooks.

For tests of failures: POST /_local/providers/<name>/_fail {"status": 429, "retry_after": 1, "times": 2}; for pictures:
PUT /_local/providers/<name>/_media/<id> with the picture as body.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import importlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from local.fakes.call import Answer as Reply
from local.fakes.call import Call, as_json
from local.outbox import Outbox

TOLERANCE = 300
Answer = tuple[int, dict[str, Any]]


class Providers:
    """`secrets_of` gives the outbound parameters of a channel, as they stand in local/secrets.toml."""

    def __init__(self, outbox: Outbox, secrets_of: Mapping[str, Mapping[str, str]]) -> None:
        self._outbox = outbox
        self._secrets = secrets_of
        self._failures: dict[str, list[tuple[int, dict[str, str]]]] = {}
        self._media: dict[str, dict[str, tuple[str, bytes]]] = {}

    def call(
        self,
        name: str,
        method: str,
        path: tuple[str, ...],
        query: Mapping[str, str],
        headers: Mapping[str, str],
        body: bytes,
    ) -> Reply:
        """One call of the API that `local/fakes/<name>.py` plays."""
        if path[:1] == ("_fail",):
            return self._will_fail(name, body)
        if path[:1] == ("_media",) and method == "PUT":
            kind = headers.get("content-type", "image/jpeg")
            self._media.setdefault(name, {})["/".join(path[1:])] = (kind, body)
            return as_json({"id": "/".join(path[1:])}, 201)
        try:
            module = importlib.import_module(f"local.fakes.{name.replace('-', '_')}")
        except ModuleNotFoundError:
            return as_json({"code": "unknown", "message": f"nobody plays {name}"}, 404)
        if planned := self._failures.get(name):
            status, more = planned.pop(0)
            return as_json({"code": "planned", "message": "this failure was asked for"}, status, more)
        reply: Reply = module.answer(
            Call(
                name=name,
                method=method,
                path=path,
                query=query,
                headers=headers,
                body=body,
                secrets=self._secrets.get(name, {}),
                outbox=self._outbox,
                now=datetime.now(UTC),
                media=self._media.get(name, {}),
            )
        )
        return reply

    def _will_fail(self, name: str, body: bytes) -> Reply:
        try:
            wish = json.loads(body or b"{}")
            status, times = int(wish.get("status", 500)), int(wish.get("times", 1))
        except (ValueError, AttributeError):
            return as_json({"code": "malformed", "message": "a JSON object with status and times"}, 400)
        more = {"Retry-After": str(wish["retry_after"])} if "retry_after" in wish else {}
        self._failures[name] = [(status, more)] * times
        return as_json({"planned": times})

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

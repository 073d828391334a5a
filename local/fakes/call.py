"""What a played provider is called with, and how it answers."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs

from local.outbox import Outbox

Answer = tuple[int, list[tuple[str, str]], bytes]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a provider's API. `path` is what follows /_local/providers/<name>/, `secrets` the channel's outbound
    parameters of local/secrets.toml, `media` what was laid down with PUT …/_media/<id>."""

    name: str
    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    secrets: Mapping[str, str]
    outbox: Outbox
    now: datetime
    media: Mapping[str, tuple[str, bytes]] = field(default_factory=dict)

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; empty when it is none."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    def form(self) -> dict[str, str]:
        """The body as form fields; the last of several values counts."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode("utf-8", "replace")).items()}

    def basic(self) -> tuple[str, str] | None:
        """User and password of HTTP Basic."""
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "basic":
            return None
        try:
            user, _, password = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        return user, password

    def bearer(self) -> str:
        """The token of HTTP Bearer, empty when there is none."""
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        return value.strip() if kind.lower() == "bearer" else ""


def as_json(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer in JSON."""
    body = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
    return status, [("Content-Type", "application/json"), *(headers or {}).items()], body

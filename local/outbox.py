"""Everything that was sent to citizens and agencies in this run, kept in memory."""

from __future__ import annotations

import email
import json
import re
import threading
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from typing import Any

KEPT = 50_000
_TRACKING = re.compile(r"\b[A-Z]{2,4}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")


def tracking_in(*texts: str) -> str | None:
    """The first tracking number that stands in one of the texts."""
    return next((found.group() for text in texts if (found := _TRACKING.search(text))), None)


class Outbox:
    """Items `{channel, to, text or message, tracking, at}` in the order they were sent."""

    def __init__(self) -> None:
        self._items: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self._lock = threading.Lock()

    def add(self, *, channel: str, to: str, **content: Any) -> None:
        """Note one sending. `tracking` is looked for in the text when it is not given."""
        content.setdefault("tracking", tracking_in(str(content.get("text", "")), str(content.get("subject", ""))))
        at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        with self._lock:
            self._items.append({"channel": channel, "to": to, **content, "at": at})

    def newest(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        """What was sent, newest first; `query` may name `tracking`, `channel`, `to`, `limit`."""
        with self._lock:
            items = list(self._items)
        for name in ("tracking", "channel", "to"):
            if wanted := query.get(name):
                items = [item for item in items if item.get(name) == wanted]
        limit = query.get("limit", "")
        items.reverse()
        return items[: int(limit)] if limit.isdecimal() else items

    def clear(self) -> None:
        with self._lock:
            self._items.clear()


def cloud_event(message: str) -> Any:
    """An SNS message as an object when it is JSON, else as it is."""
    try:
        value = json.loads(message)
    except ValueError:
        return message
    return value if isinstance(value, dict) else message


def from_mail(raw: bytes) -> dict[str, Any]:
    """The outbox item of a raw e-mail: subject, text and headers."""
    mail = email.message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    told = str(mail.get("X-Tanggap-Tracking", ""))
    return ({"tracking": told} if told else {}) | {
        "subject": str(mail.get("Subject", "")),
        "text": _text(mail),
        "headers": {name: str(value) for name, value in mail.items()},
    }


def _text(mail: EmailMessage) -> str:
    part = mail.get_body(("plain", "html"))
    payload = part.get_payload(decode=True) if part is not None else b""
    charset = part.get_content_charset("utf-8") if part is not None else "utf-8"
    content = payload if isinstance(payload, bytes) else b""
    try:
        return content.decode(charset, "replace")
    except LookupError:
        return content.decode("utf-8", "replace")

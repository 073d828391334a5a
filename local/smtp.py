"""SMTP on loopback in the place of SES inbound: a mail goes to the mail bucket, then its notice to the mail topic."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.policy import compat32
from email.utils import format_datetime, getaddresses
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from local.settings import HOST, REGION
from local.signing import timestamp

LIMIT = 40_000_000
"""Bytes of a mail: what SES takes."""
HEADERS_LIMIT = 10_000
VERDICTS = ("spam", "virus", "spf", "dkim", "dmarc")
VERDICTS_HEADER = "X-Local-Verdicts"
"""`dmarc=FAIL spf=GRAY` makes SES's checks come out so; `spf=-` leaves one out. All pass without it."""

Store = Callable[[str, bytes], None]
Tell = Callable[[str], None]


class _Patient(SMTP):
    """Takes lines of any length, as SES does: real mail has HTML in one line. The mail's own size is the limit."""

    line_length_limit = LIMIT + 2


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Patient(self.handler, **self.SMTP_kwargs)


class Inbound:
    """Receives mail. `store(key, raw)` puts it into the bucket, `tell(notice)` publishes SES's notice."""

    def __init__(self, *, port: int, bucket: str, topic_arn: str, store: Store, tell: Tell) -> None:
        self._bucket = bucket
        self._topic = topic_arn
        self._store = store
        self._tell = tell
        self._controller = _Controller(
            self, hostname=HOST, port=port, data_size_limit=LIMIT, enable_SMTPUTF8=True, server_hostname="localhost"
        )

    def start(self) -> None:
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop(no_assert=True)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        # aiosmtpd gives the null return path of a bounce as "<>"
        sender, recipients = (envelope.mail_from or "").strip("<>"), list(envelope.rcpt_tos)
        identifier = await asyncio.to_thread(self.receive, sender, recipients, content, datetime.now(UTC))
        return f"250 OK {identifier}"

    def receive(self, sender: str, recipients: list[str], content: bytes, now: datetime) -> str:
        """Store one mail and tell of it; its SES id."""
        identifier = secrets.token_hex(20)
        wanted = BytesHeaderParser(policy=compat32).parsebytes(content).get(VERDICTS_HEADER, "")
        found = verdicts(str(wanted))
        raw = as_stored(content, identifier, sender, recipients, found, now)
        key = f"inbound/{identifier}"
        self._store(key, raw)
        place = {"type": "S3", "topicArn": self._topic, "bucketName": self._bucket, "objectKey": key}
        notice = notification(raw, identifier, sender, recipients, found, now)
        notice["receipt"]["action"] = place | {"objectKeyPrefix": "inbound/"}
        self._tell(json.dumps(notice))
        return identifier


def verdicts(wanted: str) -> dict[str, str]:
    """The outcome of each check of SES: PASS unless the header's value says otherwise."""
    said = dict(re.findall(r"(\w+)=([A-Za-z_-]+)", wanted))
    outcomes = {name: said.get(name, "PASS").upper() for name in VERDICTS}
    return {name: outcome for name, outcome in outcomes.items() if outcome != "-"}


def as_stored(
    content: bytes, identifier: str, sender: str, recipients: list[str], found: Mapping[str, str], now: datetime
) -> bytes:
    """The mail as SES stores it: its own headers before those that came."""
    first = recipients[0] if recipients else ""
    domain = sender.rpartition("@")[2] or "localhost"
    results = "; ".join(f"{name}={found[name].lower()}" for name in ("spf", "dkim", "dmarc") if name in found)
    lines = [
        f"Return-Path: <{sender}>",
        f"Received: from {domain} (localhost [127.0.0.1])\r\n by inbound-smtp.{REGION}.amazonaws.com with SMTP id "
        f"{identifier}\r\n for {first};\r\n {format_datetime(now)}",
        f"X-SES-Spam-Verdict: {found.get('spam', 'PROCESSING_FAILED')}",
        f"X-SES-Virus-Verdict: {found.get('virus', 'PROCESSING_FAILED')}",
        f"Received-SPF: {found.get('spf', 'none').lower()} (spfCheck: local) client-ip=127.0.0.1;",
        f"Authentication-Results: amazonses.com; {results or 'none'}",
    ]
    ours = "".join(f"{line}\r\n" for line in lines).encode("utf-8", "surrogateescape")
    theirs = b"" if re.match(rb"[^\s:]+:", content) else b"\r\n"  # a mail without any header
    return ours + theirs + content


def notification(
    raw: bytes, identifier: str, sender: str, recipients: list[str], found: Mapping[str, str], now: datetime
) -> dict[str, Any]:
    """SES's notice of a received mail, as its S3 action publishes it (without the action)."""
    mail = BytesHeaderParser(policy=compat32).parsebytes(raw)
    headers = [{"name": name, "value": _clean(value)} for name, value in mail.items()]
    truncated = sum(len(h["name"]) + len(h["value"]) for h in headers) > HEADERS_LIMIT
    common: dict[str, Any] = {"returnPath": sender}
    for name in ("from", "to", "cc", "reply-to"):
        if values := mail.get_all(name):
            common[{"reply-to": "replyTo"}.get(name, name)] = _addresses(values)
    for name, field in (("date", "date"), ("messageId", "message-id"), ("subject", "subject")):
        if (value := mail.get(field)) is not None:
            common[name] = _clean(value)
    receipt: dict[str, Any] = {
        "timestamp": timestamp(now),
        "processingTimeMillis": 12,
        "recipients": recipients,
        **{f"{name}Verdict": {"status": outcome} for name, outcome in found.items()},
    }
    if found.get("dmarc") == "FAIL":
        receipt["dmarcPolicy"] = "reject"
    return {
        "notificationType": "Received",
        "receipt": receipt,
        "mail": {
            "timestamp": timestamp(now),
            "source": sender,
            "messageId": identifier,
            "destination": recipients,
            "headersTruncated": truncated,
            "headers": _at_most(headers),
            "commonHeaders": common,
        },
    }


def _clean(value: object) -> str:
    text = re.sub(r"\r?\n\s*", " ", str(value))
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _addresses(values: list[Any]) -> list[str]:
    cleaned = [_clean(value) for value in values]
    return [f"{name} <{address}>" if name else address for name, address in getaddresses(cleaned)]


def _at_most(headers: list[dict[str, str]]) -> list[dict[str, str]]:
    kept, size = [], 0
    for header in headers:
        size += len(header["name"]) + len(header["value"])
        if size > HEADERS_LIMIT:
            break
        kept.append(header)
    return kept

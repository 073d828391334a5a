"""E-mail: SES keeps the raw mail in a bucket and tells us; here it becomes a Message, or a refusal that is recorded.

Nothing in a mail is trusted, its From least of all: `verified` says whether SES could prove it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import msgspec

from . import mime
from .attachments import pictures, winmail_text
from .headers import Headers, decoded
from .html_text import html_to_text
from .instants import WIB, read_instant
from .message import Message
from .mime import Mail
from .payload import MAX_TEXT, clean, fingerprint
from .quotes import is_forward, own_words
from .refusals import mailboxes, refusal, sounds_automatic, wants_no_answer
from .rtf import rtf_to_text
from .ses_notice import Notice, Verdicts, notice
from .signoff import person_name, says_something, without_signature
from .threads import about, is_reply

if TYPE_CHECKING:
    from ..city.model import Channel

__all__ = ["Ignored", "Notice", "Verdicts", "notice", "parse"]

MAX_RAW = 65_536
MAX_SUBJECT = 500
MAX_FROM = 2_000
MAX_ANSWERS = 20

_QUOTED_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_COMMENT = re.compile(r"\(([^()]*)\)")
_ADDRESS = re.compile(r"[^\s<>,;:\"()\[\]\\@]{1,64}@[^\s<>,;:\"()\[\]\\@]{1,190}")
_MESSAGE_ID = re.compile(r"<([^<>\s]{1,250})>")


class Ignored(msgspec.Struct, frozen=True):
    """A mail that is not filed and never answered, and why: "spam", "virus", "bounce", "auto-reply", "list",
    "own-address", "no-sender" or "unreadable". The mail itself stays in the bucket."""

    reason: str


class _Sender(msgspec.Struct, frozen=True):
    address: str
    name: str
    sole: bool


def parse(
    channel: Channel,
    raw: bytes,
    verdicts: Verdicts,
    ses_message_id: str,
    now: datetime,
    *,
    own: Collection[str] = (),
    key: str = "",
    prefix: str = "",
    recipients: Collection[str] = (),
) -> Message | Ignored:
    """A mail as a Message. Never raises. `own` are the addresses we send from, beside those of the channel; `key` is where
    the mail lies (its pictures are named by it), `prefix` the city's, `recipients` whom SES took it for. The message's
    `raw` is the mail's first 64 kB, the whole of it stays where SES put it."""
    if verdicts.virus == "FAIL":
        return Ignored("virus")
    if verdicts.spam == "FAIL":
        return Ignored("spam")
    try:
        mail = mime.read(raw)
        sender = _sender(mail.headers)
        ours = mailboxes(*own, *channel.inbound.values(), *channel.outbound.values())
        reason = refusal(mail.headers, sender.address if sender else "", _subject(mail.headers), ours)
        if reason or sender is None:
            return Ignored(reason or "no-sender")
        message = _message(channel, mail, sender, verdicts, ses_message_id)
        number = about(mail.headers, message.answers, message.subject, recipients, prefix)
        photos = tuple(f"mail:{key}#{picture}" for picture in pictures(mail.files)) if key else ()
        return msgspec.structs.replace(message, about=number, photos=photos, stored=key, raw=raw[:MAX_RAW])
    except Exception:  # the last net: one mail nobody foresaw must not stop the mails behind it
        return Ignored("unreadable")


def _message(channel: Channel, mail: Mail, sender: _Sender, verdicts: Verdicts, ses_message_id: str) -> Message:
    headers, subject = mail.headers, _subject(mail.headers)
    answers = _answers(headers)
    written = _text(mail)
    words = own_words(written, subject=subject, is_reply=is_reply(headers, answers))
    signed = without_signature(words.text)
    attached = own_words("" if answers and not is_forward(subject) else mail.forwarded)
    forwarded = without_signature(words.forwarded or attached.text or attached.forwarded).text
    text = "\n\n".join(filter(None, (signed.text, forwarded)))
    return Message(
        channel=channel.id,
        id=_identity(headers, sender, subject, mail.body, ses_message_id),
        sender=sender.address,
        text=text[:MAX_TEXT],
        sent_at=_sent_at(headers.get("date")),
        name=person_name(sender.name) or signed.name,
        address=signed.address,
        email=sender.address,
        conversational=True,
        answerable=sender.address.isascii()
        and not wants_no_answer(headers, sender.address)
        and not sounds_automatic(signed.text),
        verified=verdicts.authentic and sender.sole,
        answers=answers,
        mail_id=next(iter(_MESSAGE_ID.findall(headers.get("message-id"))), ""),
        subject=subject,
        forwarded=bool(forwarded) and not says_something(words.text),
    )


def _subject(headers: Headers) -> str:
    return " ".join(decoded(headers.get("subject")).split())[:MAX_SUBJECT]


def _text(mail: Mail) -> str:
    """The mail's text, or the one in its winmail.dat."""
    if mail.text.strip():
        return mail.text
    inside = winmail_text(mail.files)
    if inside is None:
        return mail.text
    return clean(inside.text if inside.text.strip() else html_to_text(inside.html) or rtf_to_text(inside.rtf))


def _sender(headers: Headers) -> _Sender | None:
    """The first From address and its display name. `sole` is False when the mail names more than one: then the proof of
    SES may be for another than the one we read."""
    values = headers.all("from")
    value = values[0][:MAX_FROM] if values else ""
    # Addresses are looked for outside quoted names and comments, where anybody may write somebody else's.
    plain = _COMMENT.sub(_blank, _QUOTED_STRING.sub(_blank, value))
    start, end = plain.find("<"), plain.find(">")
    found = _ADDRESS.search(plain, start + 1, end) if 0 <= start < end else _ADDRESS.search(plain)
    if found is None:
        return None
    name = value[: found.start()].rpartition("<")[0] if 0 <= start < end else ""
    comment = _COMMENT.search(value)
    if not name.strip() and comment:
        name = comment[1]
    named = {_lowered(one) for one in _ADDRESS.findall(value)}
    text = decoded(re.sub(r"\\(.)", r"\1", name.strip().strip('"')))
    sole = headers.whole and len(values) == 1 and len(values[0]) < MAX_FROM and len(named) == 1
    return _Sender(_lowered(clean(found[0])), " ".join(text.split())[:200], sole)


def _lowered(address: str) -> str:
    """In lower case as far as it is ASCII: elsewhere, signs exist whose lower case is somebody else's letter."""
    return address.lower() if address.isascii() else "".join(c.lower() if c.isascii() else c for c in address)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _identity(headers: Headers, sender: _Sender, subject: str, body: memoryview, ses_message_id: str) -> str:
    """The mail's id: a digest of its Message-ID and its content, so that a second delivery is the same mail, and a
    copied Message-ID makes nobody else's mail vanish."""
    message_id = headers.get("message-id").strip()
    if not message_id and ses_message_id:
        return ses_message_id
    return fingerprint(message_id, sender.address, subject, headers.get("date"), hashlib.sha256(body).digest())


def _answers(headers: Headers) -> tuple[str, ...]:
    """The Message-IDs this mail replies to, without angle brackets: In-Reply-To first, then the latest references."""
    direct = _MESSAGE_ID.findall(headers.get("in-reply-to"))
    earlier = _MESSAGE_ID.findall(headers.get("references"))
    return tuple(dict.fromkeys([*direct, *reversed(earlier)]))[:MAX_ANSWERS]


def _sent_at(value: str) -> datetime | None:
    text = value.strip()[:100]
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return read_instant(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC if "-0000" in text else WIB)
    return read_instant(moment.isoformat())

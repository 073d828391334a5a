"""An e-mail to one person by SES: plain text, marked as automatic (RFC 3834), threaded under the mail it answers."""

from __future__ import annotations

import re
from email.message import EmailMessage
from email.policy import SMTP
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.channels import threads

from .outcome import SendFailed, SendRefused, Sent
from .outgoing import Outgoing

MAX_SUBJECT = 200
MAX_REFERENCES = 10

# A line is as long as SMTP allows: the standard library would break a long Message-ID in a References line in two.
_POLICY = SMTP.clone(max_line_length=990)
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,188}[A-Za-z0-9])?")
_MESSAGE_ID = re.compile(r"<?([!-;=?-~]{1,200})>?")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u2028\u2029\ud800-\udfff]+")

# SES's words for "this mail, never". Everything else (quota, a paused account, a domain not verified) can be mended.
_REFUSED = frozenset({"MessageRejected", "BadRequestException", "InvalidParameterValue", "ValidationException"})


class SesClient(Protocol):
    """The one method used of botocore's `sesv2` client."""

    def send_email(self, **arguments: Any) -> dict[str, Any]: ...


def compose(
    *,
    sender: str,
    to: str,
    subject: str,
    text: str,
    in_reply_to: str | None = None,
    references: tuple[str, ...] = (),
    message_id: str | None = None,
    tracking: str = "",
    reply_to: str | None = None,
    unsubscribe: str = "",
) -> bytes:
    """The mail as bytes. No value can add a header or a recipient: line breaks become spaces, and what is no single
    address raises SendRefused. Message-IDs may come with or without angle brackets; one that is malformed is left out.
    Replies go to `reply_to`, or to the sender. `unsubscribe` is where one click (RFC 8058) ends such mails."""
    mail = EmailMessage(policy=_POLICY)
    mail["From"] = _sole(sender)
    mail["To"] = _sole(to)
    mail["Reply-To"] = _sole(reply_to or sender)
    mail["Subject"] = _line(subject)[:MAX_SUBJECT]
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    ids = {"Message-ID": _ids([message_id or ""]), "In-Reply-To": _ids([in_reply_to or ""])}
    earlier = _ids([one for one in references[-MAX_REFERENCES:] if one != in_reply_to])
    ids["References"] = list(dict.fromkeys(earlier + ids["In-Reply-To"]))
    for name, values in ids.items():
        if values:
            mail[name] = _fitting(values)
    if tracking:
        mail["X-Tanggap-Tracking"] = _line(tracking)[:60]
    if unsubscribe:
        mail["List-Unsubscribe"] = f"<{_line(unsubscribe)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(_CONTROL.sub("", text.replace("\r\n", "\n")), cte="quoted-printable")
    return mail.as_bytes()


def answer(out: Outgoing, client: SesClient, *, sender: str, earlier: tuple[str, ...] = ()) -> Sent:
    """Send one answer in the thread of the person's own mail: under their subject, with `In-Reply-To` and `References`
    to their latest mail (`earlier`: ids of the thread before it, oldest first), replies to an address that names the
    report, and our Message-ID (the same for every try; SES replaces it). Raises SendRefused or SendFailed."""
    told = out.to
    if not told.email:
        raise SendRefused("no e-mail address is known")
    raw = compose(
        sender=sender,
        to=told.email,
        subject=threads.answer_subject(told.subject, out.tracking, out.subject) if told.message_id else out.subject,
        text=out.body,
        in_reply_to=told.message_id or None,
        references=(*earlier, told.message_id) if told.message_id else earlier,
        message_id=threads.message_id(out.tracking, out.id, sender.rpartition("@")[2]) if out.tracking else None,
        tracking=out.tracking,
        reply_to=threads.tagged(sender, out.tracking),
        unsubscribe=out.unsubscribe,
    )
    return send(client, sender=sender, to=told.email, raw=raw)


def send(client: SesClient, *, sender: str, to: str, raw: bytes) -> Sent:
    """Hand a composed mail to SES, for exactly one recipient. Raises SendRefused (never) or SendFailed (later)."""
    try:
        answer = client.send_email(
            FromEmailAddress=_sole(sender),
            Destination={"ToAddresses": [_sole(to)]},
            Content={"Raw": {"Data": raw}},
        )
    # Without the cause: its words, which may repeat whom the text is for, would stand in the log.
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _REFUSED:
            raise SendRefused(f"SES: {code}") from None
        raise SendFailed(f"SES: {code}") from None
    except BotoCoreError as error:
        raise SendFailed(f"SES: {type(error).__name__}") from None
    return Sent(str(answer.get("MessageId", "")))


def _sole(address: str) -> str:
    """An address that is one address and nothing else."""
    if not _ADDRESS.fullmatch(address) or ".." in address:
        raise SendRefused("the address is not one that mail can be sent to")
    return address


def _line(text: str) -> str:
    return " ".join(_CONTROL.sub(" ", text).split())


def _ids(values: list[str]) -> list[str]:
    matches = (_MESSAGE_ID.fullmatch(value.strip()) for value in values)
    return [f"<{match[1]}>" for match in matches if match]


def _fitting(values: list[str]) -> str:
    """As many of the latest ids as one line holds."""
    kept = values
    while len(" ".join(kept)) > 900:
        kept = kept[1:]
    return " ".join(kept)

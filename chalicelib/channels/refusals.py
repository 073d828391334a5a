"""Mail that is neither answered nor filed: automatic replies, bounces, lists, our own (RFC 3834, and usage)."""

from __future__ import annotations

import re

from .mime import Headers

_BOUNCING = re.compile(r"(mailer-?daemon|double-bounce|mail-?daemon|postmaster)(\+.*)?", re.IGNORECASE)
_SILENT = re.compile(
    r"(no[._-]?reply|do[._-]?not[._-]?reply|tidak[._-]?dibalas|jangan[._-]?dibalas)([+._-].*)?", re.IGNORECASE
)
_AUTOMATIC_SUBJECT = re.compile(
    r"\s*(automatic reply|auto(-| )?(reply|response)|autoreply|autosvar|out of office( autoreply)?|balasan otomatis"
    r"|jawaban otomatis|tanggapan otomatis|di luar kantor)\s*:",
    re.IGNORECASE,
)
_AUTOMATIC_FIELDS = ("x-autoreply", "x-autorespond", "x-autoreply-from", "x-auto-reply-from", "x-mail-autoreply")
_LIST_FIELDS = ("list-id", "list-post", "list-unsubscribe", "list-help", "mailing-list", "x-mailing-list")
_SUPPRESSED = re.compile(r"\b(all|oof|autoreply)\b", re.IGNORECASE)


def refusal(headers: Headers, sender: str, subject: str, own: frozenset[str]) -> str:
    """Why a mail is not filed ("own-address", "bounce", "auto-reply", "list"), "" when it is a person's."""
    if _bare(sender) in own or own.intersection(map(_bare, headers.all("x-loop"))):
        return "own-address"
    kind = headers.content_type[0]
    if (
        "<>" in [value.replace(" ", "") for value in headers.all("return-path")]
        or kind in ("multipart/report", "message/delivery-status", "message/disposition-notification")
        or headers.get("x-failed-recipients")
        or _BOUNCING.fullmatch(sender.partition("@")[0])
    ):
        return "bounce"
    automatic = [value.partition(";")[0].strip().lower() for value in headers.all("auto-submitted")]
    precedence = headers.get("precedence").strip().lower().replace("_", "-")
    if (
        any(value and value != "no" for value in automatic)
        or any(headers.all(name) for name in _AUTOMATIC_FIELDS)
        or precedence == "auto-reply"
        or headers.get("delivered-to").strip().lower() == "autoresponder"
        or "autoresponder" in headers.get("x-post-messageclass").lower()
        or _AUTOMATIC_SUBJECT.match(subject)
    ):
        return "auto-reply"
    if precedence in ("list", "bulk", "junk") or any(headers.all(name) for name in _LIST_FIELDS):
        return "list"
    return ""


def wants_no_answer(headers: Headers, sender: str) -> bool:
    """Whether a person's mail may be filed but not answered: a no-reply address, or a mailer that asks for silence."""
    return bool(
        _SILENT.fullmatch(sender.partition("@")[0]) or _SUPPRESSED.search(headers.get("x-auto-response-suppress"))
    )


def _bare(address: str) -> str:
    """An address without its plus tag, in lower case: all of them are the same mailbox."""
    local, _, domain = address.strip().strip("<>").lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def mailboxes(*addresses: str) -> frozenset[str]:
    """Addresses in the form that `refusal` compares."""
    return frozenset(_bare(address) for address in addresses if "@" in address)

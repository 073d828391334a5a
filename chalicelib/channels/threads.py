"""Which report a mail is about, and the marks on our own mails that tell.

SES puts its own Message-ID in place of ours, so the surest mark is the address that replies go to: its plus tag is the
tracking number (`lapor+jkt-7k3m-92qx-4htc@…`). SES hands a tagged address to the rule of the plain one. None of the marks
is a secret, and none proves who writes: that is `Message.verified`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..domain import tracking
from ..domain.errors import Invalid
from .headers import Headers, decoded
from .payload import fingerprint

# Wide on purpose: what is written like a number is read by `tracking.parse`, which knows slips and the check character.
_NUMBER = re.compile(r"(?<![0-9A-Za-z])([A-Za-z]{2,4})((?:-[0-9A-Za-z]{4}){3})(?![0-9A-Za-z])")
_TAG = re.compile(r"\+([A-Za-z]{2,4}(?:-[0-9A-Za-z]{4}){3})@")
_OUR_ID = re.compile(r"([A-Za-z]{2,4}(?:-[0-9A-Za-z]{4}){3})\.[0-9a-z.]{1,60}@\S{1,190}")
_RECIPIENTS = ("delivered-to", "x-original-to", "to", "cc")
_LEADS = re.compile(
    r"\s*(?:(?:re|rv|bls|balas|balasan|fwd?|fw|trs|tr|diteruskan|terusan|penerusan|aw|sv)(?:\[\d+\])?\s*:\s*)+",
    re.IGNORECASE,
)
_REPLY = re.compile(r"\s*(re|bls|balas|balasan|aw|sv)(\[\d+\])?\s*:", re.IGNORECASE)
_BRACKETED = re.compile(r"\s*\[[A-Za-z]{2,4}(?:-[0-9A-Za-z]{4}){3}\]\s*")

LONGEST_LOCAL_PART = 64


def about(headers: Headers, answers: Iterable[str], subject: str, recipients: Iterable[str], prefix: str) -> str:
    """The tracking number that the mail itself points to, "" when none: by the address it was sent to, else by the mail
    it answers, else by its subject. `prefix` is the city's ("": any is taken)."""
    addresses = [*recipients, *(value for name in _RECIPIENTS for value in headers.all(name))]
    told: Iterator[str] = (
        number
        for texts in (
            (found[1] for address in addresses for found in _TAG.finditer(address)),
            (found[1] for answered in answers for found in [_OUR_ID.fullmatch(answered)] if found),
            (found[0] for found in _NUMBER.finditer(subject)),
        )
        for written in texts
        if (number := _canonical(written, prefix))
    )
    return next(told, "")


def is_reply(headers: Headers, answers: Iterable[str]) -> bool:
    """Whether the mail answers another: by its thread, or by the "Re:" of mailers that leave the thread out."""
    return any(True for _ in answers) or bool(_REPLY.match(decoded(headers.get("subject"))))


def message_id(number: str, answer: str, domain: str) -> str:
    """The Message-ID of one of our answers, without angle brackets: the same for every try of the same answer."""
    return f"{number.lower()}.{fingerprint(number, answer)[:20]}@{domain}"


def tagged(address: str, number: str) -> str:
    """The address that replies about a report go to; the plain one where no tag fits."""
    local, _, domain = address.rpartition("@")
    if not number or "+" in local or len(local) + 1 + len(number) > LONGEST_LOCAL_PART:
        return address
    return f"{local}+{number.lower()}@{domain}"


def answer_subject(theirs: str, number: str, ours: str) -> str:
    """The subject of an answer: the person's own, with Re: and the number, as mail programs thread by it; ours when they
    wrote none."""
    plain = _LEADS.sub("", _BRACKETED.sub(" ", theirs)).strip()
    if not plain:
        return ours if number in ours else f"{ours} [{number}]"
    return f"Re: {plain}" if number in plain else f"Re: {plain[:150]} [{number}]"


def _canonical(written: str, prefix: str) -> str:
    found = _NUMBER.fullmatch(written)
    if found is None:
        return ""
    try:
        return tracking.parse(written, prefix or found[1].upper())
    except Invalid:
        return ""

"""Where a message's pictures are to be had (see `Message.photos`), and getting them from there."""

from __future__ import annotations

from chalicelib.domain.report import Report
from chalicelib.outbound.fetch import GONE, fetch
from chalicelib.outbound.media import Located, media_adapter
from chalicelib.outbound.senders.outcome import SendFailed, SendRefused
from chalicelib.usecases.desk import Desk

_MOST_MAIL_BYTES = 45_000_000
_MAILS = "inbound/"


def content_of(desk: Desk, report: Report, source: str) -> bytes:
    """The bytes of a picture. Raises SendRefused when they cannot be had ("forbidden_address", "too_large", "gone"), and
    SendFailed when they may be had later."""
    kind, _, rest = source.partition(":")
    match kind:
        case "upload":
            return _uploaded(desk, rest)
        case "mail":
            return _attached(desk, rest)
        case "provider":
            return _with_provider(desk, report, rest)
        case "http" | "https":
            return fetch(Located(source))
    if report.unsealed:  # the message that says it is still on its way
        raise SendFailed("the picture's message has not come yet")
    raise SendRefused(GONE)


def _uploaded(desk: Desk, photo: str) -> bytes:
    content = desk.buckets.uploaded(photo)
    if content is None:
        raise SendFailed("nothing was uploaded yet")
    return content


def _attached(desk: Desk, rest: str) -> bytes:
    from chalicelib.channels.attachments import attachments

    key, _, number = rest.rpartition("#")
    if not key.startswith(_MAILS) or not number.isdecimal():
        raise SendRefused(GONE)
    raw = desk.buckets.mail(key, _MOST_MAIL_BYTES)
    found = attachments(raw, only=int(number)) if raw is not None else []
    if not found:
        raise SendRefused(GONE)
    return found[0].content


def _with_provider(desk: Desk, report: Report, reference: str) -> bytes:
    # The message may have come by another channel than the report: each reference says which.
    name, _, own = reference.partition("/")
    told = desk.city.channels.get(name)
    channel, reference = (
        (told, own) if told is not None and own else (desk.city.channels.get(report.channel), reference)
    )
    if channel is None:
        raise SendRefused(GONE)
    secrets = desk.secrets.channel("outbound", channel.id, desk.ticks())
    base = (secrets.get("base_url") or channel.outbound.get("base", "")).rstrip("/")
    return fetch(media_adapter(channel.adapter).locate(reference, secrets, base, desk.now()), base)

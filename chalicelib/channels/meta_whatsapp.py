"""WhatsApp's Cloud API: the `value` of one change, which may hold several messages and several statuses.

A person is known by `user_id` (the business-scoped id) wherever Meta gives it, else by `wa_id`, the phone: who has taken a
user name may be without a phone. The name of a profile is whatever somebody likes to be called: it is no stated name.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from .message import Location, Message, Skipped
from .meta_values import Block, block, identifier, items, kind, moment, original, place, words
from .phones import e164

_SILENT = frozenset({"reaction", "system", "request_welcome"})
_REVOKED = frozenset({"revoke", "revoked", "delete", "deleted"})
_ECHOES = ("message_echoes", "smb_message_echoes")


class _Content(msgspec.Struct, frozen=True):
    """What a message of any kind holds."""

    text: str = ""
    photos: tuple[str, ...] = ()
    location: Location | None = None
    unread: str = ""


def read(channel: str, change: Block) -> Iterator[Message | Skipped]:
    """Everything that one change holds, in order."""
    value, field = block(change.get("value")), kind(change.get("field")) or "messages"
    found = False
    for name in _ECHOES:
        for echo in items(value.get(name)):
            found = True
            yield Skipped(reason="own-echo", id=identifier(block(echo).get("id")))
    if field not in ("messages", "standby"):
        if not found:
            yield Skipped(reason=field if value else "unreadable")
        return
    for status in map(block, items(value.get("statuses"))):
        found = True
        failed = status.get("status") == "failed"
        yield Skipped(
            reason="status-failed" if failed else "status",
            id=identifier(status.get("id")),
            undelivered=_why(status) if failed else "",
        )
    contacts = [block(contact) for contact in items(value.get("contacts"))]
    ours = identifier(block(value.get("metadata")).get("display_phone_number"))
    for item in items(value.get("messages")):
        found = True
        yield _message(channel, block(item), contacts, _digits(ours))
    if not found:
        yield Skipped(reason="error" if items(value.get("errors")) else "unreadable")


def _message(channel: str, item: Block, contacts: list[Block], ours: str) -> Message | Skipped:
    wamid, sort = identifier(item.get("id")), kind(item.get("type"))
    if sort in _SILENT:
        return Skipped(reason=sort, id=wamid)
    contact = _contact(item, contacts)
    number = identifier(item.get("from")) or identifier(contact.get("wa_id"))
    user = identifier(item.get("from_user_id")) or identifier(contact.get("user_id"))
    if ours and _digits(number) == ours:
        return Skipped(reason="own-echo", id=wamid)
    sender = user or number
    if not wamid or not sender:
        return Skipped(reason="unreadable", id=wamid)
    edits, deletes, inner = _changes(item, sort)
    if not inner and not deletes:
        return Skipped(reason="unreadable", id=wamid)
    content = _Content() if deletes else _content(inner)
    if not (content.text.strip() or content.photos or content.location or content.unread or deletes):
        return Skipped(reason="empty", id=wamid)
    return Message(
        channel=channel,
        id=wamid if wamid not in (edits, deletes) else f"{wamid}:{sort}:{identifier(item.get('timestamp'))}",
        sender=sender,
        text=content.text,
        sent_at=moment(item.get("timestamp")),
        phone=_phone(number),
        location=content.location,
        # An edit brings the same picture again, with other words.
        photos=() if edits else content.photos,
        unread=content.unread,
        conversational=True,
        edits=edits,
        deletes=deletes,
        raw=original(item),
    )


def _contact(item: Block, contacts: list[Block]) -> Block:
    """Who of the contacts has sent this message; a single one may be, where the message itself does not say."""
    keys = {identifier(item.get("from")), identifier(item.get("from_user_id"))} - {""}
    for contact in contacts:
        if keys & {identifier(contact.get("wa_id")), identifier(contact.get("user_id"))}:
            return contact
    return contacts[0] if len(contacts) == 1 and not keys else {}


def _changes(item: Block, sort: str) -> tuple[str, str, Block]:
    """Which earlier message this one changes, which it takes back, and the message that holds the content."""
    if sort in _REVOKED:
        told = next((block(item[name]) for name in (sort, *sorted(_REVOKED)) if name in item), {})
        return "", _earlier(told) or identifier(block(item.get("context")).get("id")), {}
    edit = block(item.get("edit") or item.get("edited"))
    if sort not in ("edit", "edited") and not edit:
        return "", "", item
    target = _earlier(edit)
    if not target:
        return "", "", {}
    if "body" in edit:
        return target, "", {"type": "text", "text": edit}
    inner = block(edit.get("message")) or (edit if "type" in edit or "text" in edit else {})
    return target, "", inner or {**item, "type": "text"}


def _earlier(told: Block) -> str:
    return (
        identifier(told.get("original_message_id")) or identifier(told.get("message_id")) or identifier(told.get("id"))
    )


def _content(item: Block) -> _Content:
    sort = kind(item.get("type")) or ("text" if "text" in item else "unknown")
    told = item.get(sort)
    match sort:
        case "text":
            return _Content(text=words(block(told).get("body") if isinstance(told, dict) else told))
        case "image" | "document":
            return _media(sort, block(told))
        case "location":
            where = block(told)
            pin = place(where.get("latitude"), where.get("longitude"), where.get("address"), where.get("name"))
            return _Content(location=pin, unread="" if pin else sort)
        case "button":
            return _Content(text=words(block(told).get("text")) or words(block(told).get("payload")))
        case "interactive":
            chosen = _chosen(block(told))
            return _Content(text=chosen, unread="" if chosen else sort)
        case "unsupported":
            return _Content(unread=kind(block(told).get("type")) or sort)
        case _:
            return _Content(text=words(block(told).get("caption")), unread=sort)


def _media(sort: str, told: Block) -> _Content:
    """A picture by its media id, for which our account gets an address that lives five minutes."""
    media, caption = identifier(told.get("id")), words(told.get("caption"))
    is_picture = sort == "image" or words(told.get("mime_type")).lower().startswith("image/")
    if media and is_picture:
        return _Content(text=caption, photos=(f"provider:{media}",))
    return _Content(text=caption, unread=sort)


def _chosen(told: Block) -> str:
    """The title of the button or line that was chosen, or what was filled into a form."""
    for name in ("button_reply", "list_reply"):
        if title := words(block(told.get(name)).get("title")):
            return title
    form = block(told.get("nfm_reply"))
    filled = _filled(form.get("response_json"))
    return "; ".join(filled) or words(form.get("body"))


def _filled(encoded: Any) -> list[str]:
    if not isinstance(encoded, str):
        return []
    try:
        fields = msgspec.json.decode(encoded)
    except (ValueError, RecursionError):
        return []
    return [words(text) for name, text in block(fields).items() if isinstance(text, str) and name != "flow_token"]


def _phone(number: str) -> str:
    digits = _digits(number)
    return (e164(f"+{digits}") or "") if digits else ""


def _digits(number: str) -> str:
    bare = number.removeprefix("+").replace(" ", "").replace("-", "")
    return bare if bare.isascii() and bare.isdigit() else ""


def _why(status: dict[str, object]) -> str:
    """The provider's own error number; its words may repeat the person's phone, and are left out."""
    code = next((block(error).get("code") for error in items(status.get("errors"))), None)
    return f"not delivered (code {code})" if isinstance(code, int) else "not delivered"

"""Telegram's Bot API: one update per call, proved by the secret that was given to setWebhook.

Only private chats are conversations. An update that holds no message is passed over: refused, Telegram would send it
again and again, and hold back the ones behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ..domain.errors import BadSignature, Malformed
from . import signatures
from .instants import read_instant
from .loose import identity, instant_value, location, number, rows, struct, tracking_in, words
from .message import Location, Message, Request, Skipped
from .payload import JSON, expect, json_document
from .phones import e164

if TYPE_CHECKING:
    from ..city.model import Channel

RECEIPT = False

# What nobody here can read, and what it is called; the first that a message holds counts.
_UNREAD = (
    ("voice", "audio"),
    ("audio", "audio"),
    ("video", "video"),
    ("video_note", "video"),
    ("animation", "video"),
    ("sticker", "sticker"),
    ("dice", "sticker"),
    ("document", "document"),
    ("contact", "contact"),
    ("poll", "other"),
    ("story", "other"),
    ("paid_media", "other"),
    ("checklist", "other"),
    ("game", "other"),
    ("invoice", "other"),
    ("giveaway", "other"),
)


def handshake(channel: Channel, request: Request, secrets: Mapping[str, str]) -> tuple[str, str] | None:
    """There is none."""
    return None


def verify(channel: Channel, request: Request, secrets: Mapping[str, str], now: datetime) -> None:
    """Check the secret that Telegram repeats with every update. Raises BadSignature, and nothing else."""
    if request.method != "POST":
        raise BadSignature("Telegram posts its updates")
    signatures.shared_secret(
        secrets.get(channel.inbound.get("secret", "secret_token"), ""),
        given=request.headers.get("x-telegram-bot-api-secret-token"),
    )


def parse_all(channel: Channel, request: Request, now: datetime) -> tuple[Message | Skipped, ...]:
    """The message of a verified update, or why it holds none. An id is `chat:message`, which an edit names; the edit's own
    id adds the update's. Raises Malformed, TooLarge or WrongContentType."""
    expect(request, JSON)
    update = json_document(request.body)
    if not isinstance(update, dict):
        raise Malformed("the body must be a JSON object")
    number_ = identity(update.get("update_id"))
    if "message" in update:
        return (_message(channel, struct(update["message"]), request.body),)
    if "edited_message" in update:
        return (_edit(channel, struct(update["edited_message"]), number_, request.body),)
    kind = next((str(name) for name in update if name != "update_id"), "empty")
    return (Skipped(reason=words(kind, 64), id=number_),)


def http_answer(channel: Channel) -> tuple[str, str]:
    """Nothing: any 2xx will do."""
    return "", "text/plain"


def _message(channel: Channel, message: Mapping[str, Any], raw: bytes) -> Message | Skipped:
    chat, sender = struct(message, "chat"), struct(message, "from")
    chat_id, message_id = identity(chat.get("id")), identity(message.get("message_id"))
    user = identity(sender.get("id")) or chat_id
    if not chat_id or not message_id:
        return Skipped(reason="unreadable")
    told = f"{chat_id}:{message_id}"
    if chat.get("type") != "private":
        return Skipped(reason="group", id=told)
    if sender.get("is_bot") is True:
        return Skipped(reason="own-echo", id=told)
    text, photos, where = _text(message), _photos(message), _where(message)
    phone, unread = _own_phone(message, user), _unread(message, photos)
    if not (text or photos or where or phone or unread):
        return Skipped(reason="service", id=told)  # joined, pinned, a timer set, …: nothing was said
    return Message(
        channel=channel.id,
        id=told,
        sender=user,
        text=text,
        sent_at=read_instant(instant_value(message.get("date"))),
        phone=phone,
        location=where,
        photos=photos,
        conversational=True,
        about=_about(struct(message, "reply_to_message")),
        unread=unread,
        lang=_lang(sender),
        raw=raw,
    )


def _edit(channel: Channel, message: Mapping[str, Any], update_id: str, raw: bytes) -> Message | Skipped:
    """A changed message: its words as they are now. The picture above a changed caption is here already. A live location
    moves every few seconds, and says nothing new about where the problem is."""
    now = _message(channel, message, raw)
    if isinstance(now, Skipped):
        return now
    if "location" in message:
        return Skipped(reason="live-location", id=now.id)
    if now.photos and not now.text:
        return Skipped(reason="edit-without-text", id=now.id)
    edited_at = message.get("edit_date")
    return Message(
        channel=now.channel,
        id=f"{now.id}:{update_id or identity(edited_at) or 'edit'}",
        sender=now.sender,
        text=now.text,
        sent_at=read_instant(instant_value(edited_at)) or now.sent_at,
        conversational=True,
        edits=now.id,
        about=now.about,
        unread=now.unread,
        lang=now.lang,
        raw=raw,
    )


def _text(message: Mapping[str, Any]) -> str:
    return words(message.get("text")) or words(message.get("caption"))


def _photos(message: Mapping[str, Any]) -> tuple[str, ...]:
    """The largest size of a photo, or a picture that was sent as a file."""
    sizes = [struct(size) for size in rows(message.get("photo"))]
    best = max(sizes, key=_pixels, default=struct(None))
    document = struct(message, "document")
    if not best and "animation" not in message and words(document.get("mime_type"), 100).lower().startswith("image/"):
        best = document
    file_id = words(best.get("file_id"), 1_000)
    return (f"provider:{file_id}",) if file_id and file_id.isprintable() and " " not in file_id else ()


def _pixels(size: Mapping[str, Any]) -> float:
    try:
        pixels = number(size.get("width")) * number(size.get("height"))
    except OverflowError:
        return 0
    return pixels if pixels >= 0 else 0  # NaN is not


def _where(message: Mapping[str, Any]) -> Location | None:
    venue = struct(message, "venue")
    pin = struct(venue, "location") or struct(message, "location")
    address, landmark = words(venue.get("address"), 1_000), words(venue.get("title"), 500)
    return location(pin.get("latitude"), pin.get("longitude"), address=address.strip(), landmark=landmark.strip())


def _own_phone(message: Mapping[str, Any], user: str) -> str:
    """The sender's own number, shared with us; somebody else's card is nobody's business."""
    contact = struct(message, "contact")
    if not contact or identity(contact.get("user_id")) != user:
        return ""
    return e164(words(contact.get("phone_number"), 40)) or ""


def _unread(message: Mapping[str, Any], photos: tuple[str, ...]) -> str:
    kind = next((kind for field, kind in _UNREAD if message.get(field)), "")
    if kind == "contact" and _own_phone(message, identity(struct(message, "from").get("id"))):
        return ""
    return "" if photos and kind == "document" else kind


def _about(earlier: Mapping[str, Any]) -> str:
    """The report that is answered: the number in the message of ours that this one replies to."""
    return tracking_in(_text(earlier)) if struct(earlier, "from").get("is_bot") is True else ""


def _lang(sender: Mapping[str, Any]) -> str:
    """The language of the sender's app: "id" of "id-ID"."""
    code = words(sender.get("language_code"), 20).replace("_", "-").partition("-")[0].lower()
    return code if len(code) == 2 and code.isascii() and code.isalpha() else ""

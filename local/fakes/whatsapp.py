"""WhatsApp's Cloud API: texts and templates to a phone (`to`) or a user id (`recipient`), and media by id: first where a
picture is, then the picture, both with the token. When the person last wrote is not known here.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from typing import Any

from local.fakes.call import Answer, Call, as_json
from local.fakes.facebook import error, unauthorized, unversioned

LANGUAGES = ("id", "en")
MOST_CHARACTERS = 4_096
DOWNLOAD = "_download"

_USER_ID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}")


def answer(call: Call) -> Answer:
    """Takes a message, or gives a picture that was laid down."""
    if refused := unauthorized(call, "access_token"):
        return refused
    match call.method, unversioned(call.path):
        case "POST", (number, "messages") if number == call.secrets.get("phone_number_id"):
            return _message(call)
        case "GET", (name, media_id) if name == DOWNLOAD and media_id in call.media:
            kind, content = call.media[media_id]
            return 200, [("Content-Type", kind)], content
        case "GET", (media_id,) if media_id in call.media:
            return _located(call, media_id)
    return error(100, "Unsupported request. Object does not exist or cannot be loaded", subcode=33)


def _located(call: Call, media_id: str) -> Answer:
    kind, content = call.media[media_id]
    base = (
        call.secrets.get("base_url") or f"http://{call.headers.get('host', '127.0.0.1')}/_local/providers/{call.name}"
    )
    return as_json(
        {
            "messaging_product": "whatsapp",
            "url": f"{base}/{DOWNLOAD}/{media_id}",
            "mime_type": kind,
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_size": len(content),
            "id": media_id,
        }
    )


def _message(call: Call) -> Answer:
    body = call.json()
    if body.get("messaging_product") != "whatsapp":
        return _wrong("(#100) The parameter messaging_product is required.")
    to, user = body.get("to"), body.get("recipient")
    if isinstance(to, str) and to:
        if not to.removeprefix("+").isdecimal():
            return error(131009, "(#131009) Parameter value is not valid", kind="OAuthException")
    elif not (isinstance(user, str) and _USER_ID.fullmatch(user)):
        return _wrong("(#100) The parameter to is required.")
    text = _words(body)
    if text is None:
        return error(131008, "(#131008) Required parameter is missing", kind="OAuthException")
    receiver = str(to or user)
    wamid = f"wamid.{secrets.token_urlsafe(30)}"
    template = body["template"]["name"] if body.get("type") == "template" else ""
    call.outbox.add(channel="whatsapp", to=receiver, text=text, template=template, id=wamid)
    contact = (
        {"input": receiver, "wa_id": receiver.removeprefix("+")} if to else {"input": receiver, "user_id": receiver}
    )
    return as_json({"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]})


def _words(body: dict[str, Any]) -> str | None:
    """What the person reads; None for what the API would refuse."""
    match body.get("type"), body:
        case "text", {"text": {"body": str(words)}} if 0 < len(words) <= MOST_CHARACTERS:
            return words
        case "template", {"template": {"name": str(name), "language": {"code": str(code)}, "components": [*parts]}}:
            rows = [part.get("parameters") for part in parts if isinstance(part, dict) and part.get("type") == "body"]
            if not name or code not in LANGUAGES or len(rows) != 1 or not isinstance(rows[0], list):
                return None
            texts = [
                row.get("text") if isinstance(row, dict) and row.get("type") == "text" else None for row in rows[0]
            ]
            if not all(isinstance(text, str) and text and not re.search(r"[\n\t]| {5}", text) for text in texts):
                return None
            return " ".join(str(text) for text in texts)
    return None


def _wrong(message: str) -> Answer:
    return error(100, message, kind="OAuthException")

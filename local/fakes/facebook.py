"""Meta's Graph API for a page: messages by PSID, private replies to a comment or post (one each), public comments.
local/fakes/instagram.py and local/fakes/whatsapp.py share its manners.
"""

from __future__ import annotations

import secrets
from typing import Any

from local.fakes.call import Answer, Call, as_json

MOST_CHARACTERS = 2_000


def answer(call: Call) -> Answer:
    """Takes a message or a comment."""
    if refused := unauthorized(call, "page_token"):
        return refused
    match call.method, unversioned(call.path):
        case "POST", (account, "messages") if account in ("me", call.secrets.get("page_id")):
            return message(call, "facebook", MOST_CHARACTERS)
        case "POST", (target, "comments"):
            return public(call, "facebook", target)
    return error(100, f"Unsupported {call.method.lower()} request.", subcode=33)


def message(call: Call, channel: str, most: int, *, in_bytes: bool = False) -> Answer:
    """The Send API: `recipient` by id, comment_id or post_id, `message.text`."""
    body = call.json()
    recipient, content = body.get("recipient"), body.get("message")
    if not isinstance(recipient, dict) or len(recipient) != 1:
        return error(100, "(#100) Param recipient must be non-empty.")
    ((kind, to),) = recipient.items()
    text = content.get("text") if isinstance(content, dict) else None
    if kind not in ("id", "comment_id", "post_id") or not isinstance(to, str) or not to:
        return error(100, "(#100) No matching user found", subcode=2018001)
    if not isinstance(text, str) or not text:
        return error(100, "(#100) Param message must be non-empty.")
    if (len(text.encode()) if in_bytes else len(text)) > most:
        return error(
            100, "(#100) Length of param message[text] must be less than or equal to the limit", subcode=2018109
        )
    if (
        kind == "id"
        and channel == "facebook"
        and body.get("messaging_type") not in ("RESPONSE", "UPDATE", "MESSAGE_TAG")
    ):
        return error(100, "(#100) Param messaging_type is needed")
    if kind != "id" and any(item.get("private_reply") for item in call.outbox.newest({"channel": channel, "to": to})):
        return error(10900, "(#10900) Activity already replied to")
    mid = f"m_{secrets.token_urlsafe(24)}"
    call.outbox.add(channel=channel, to=to, text=text, public=False, private_reply=kind != "id", id=mid)
    return as_json({"message_id": mid, **({"recipient_id": to} if kind == "id" else {})})


def public(call: Call, channel: str, target: str) -> Answer:
    """A comment or reply that everybody reads; as JSON or as a form."""
    text = str(call.json().get("message") or call.form().get("message") or "")
    if not text:
        return error(100, "(#100) message must be non-empty")
    made = f"{target}_{secrets.randbelow(10**15)}"
    call.outbox.add(channel=channel, to=target, text=text, public=True, id=made)
    return as_json({"id": made})


def unauthorized(call: Call, name: str) -> Answer | None:
    """Graph's answer to a wrong token, as a header or as `access_token`; None when it is right."""
    given = call.bearer() or call.query.get("access_token", "")
    if given and given == call.secrets.get(name):
        return None
    return error(190, "Invalid OAuth access token - Cannot parse access token", status=401, kind="OAuthException")


def unversioned(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path without its API version (v23.0)."""
    return path[1:] if path and path[0][:1] == "v" and path[0][1:2].isdigit() else path


def error(
    code: int, message: str, *, subcode: int = 0, status: int = 400, kind: str = "GraphMethodException"
) -> Answer:
    """An error as Graph says it."""
    told: dict[str, Any] = {"message": message, "type": kind, "code": code, "fbtrace_id": secrets.token_urlsafe(8)}
    if subcode:
        told["error_subcode"] = subcode
    return as_json({"error": told}, status)

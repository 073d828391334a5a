"""Meta's Graph API for an Instagram account: messages by IGSID, private and public replies to comments, mentions."""

from __future__ import annotations

from local.fakes.call import Answer, Call
from local.fakes.facebook import error, message, public, unauthorized, unversioned

MOST_BYTES = 1_000


def answer(call: Call) -> Answer:
    """Takes a message or a reply."""
    if refused := unauthorized(call, "page_token"):
        return refused
    match call.method, unversioned(call.path):
        case "POST", (account, "messages") if account in ("me", call.secrets.get("account_id")):
            return message(call, "instagram", MOST_BYTES, in_bytes=True)
        case "POST", (target, "replies"):
            return public(call, "instagram", target)
        case "POST", (account, "mentions") if account == call.secrets.get("account_id"):
            body = call.json()
            target = str(body.get("comment_id") or body.get("media_id") or "")
            return (
                public(call, "instagram", target) if body.get("media_id") else error(100, "(#100) media_id is needed")
            )
    return error(100, f"Unsupported {call.method.lower()} request.", subcode=33)

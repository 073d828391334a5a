"""Vonage's SMS API: POST /sms/json with a form. It always answers 200; the status of each message says what became of it."""

from __future__ import annotations

import re
import secrets

from chalicelib.channels.gsm7 import septets
from local.fakes.call import Answer, Call, as_json

_PHONE = re.compile(r"[1-9]\d{6,14}", re.ASCII)


def answer(call: Call) -> Answer:
    """Takes a text."""
    if call.method != "POST" or call.path != ("sms", "json"):
        return as_json({"type": "about:blank", "title": "Not Found"}, 404)
    fields = call.form()
    to, sender, text = (fields.get(name, "") for name in ("to", "from", "text"))
    if (fields.get("api_key"), fields.get("api_secret")) != (call.secrets["api_key"], call.secrets["api_secret"]):
        return _status("4", "Bad Credentials")
    if not to or not sender or not text:
        return _status("2", "Missing to, from or text param")
    if not _PHONE.fullmatch(to):
        return _status("3", "Invalid value for param: to")
    if fields.get("type", "text") != "unicode":
        text = "".join(each if _is_gsm7(each) else "?" for each in text)
    message_id = secrets.token_hex(8).upper()
    call.outbox.add(channel=call.name, to=f"+{to}", text=text, sender=sender)
    told = {"to": to, "message-id": message_id, "status": "0", "remaining-balance": "15.53590000", "network": "51001"}
    return as_json({"message-count": "1", "messages": [told | {"client-ref": fields.get("client-ref", "")}]})


def _status(status: str, text: str) -> Answer:
    return as_json({"message-count": "1", "messages": [{"status": status, "error-text": text}]})


def _is_gsm7(character: str) -> bool:
    try:
        septets(character)
    except ValueError:
        return False
    return True

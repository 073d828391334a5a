"""Twilio's REST API: Basic credentials, then a form (or JSON) with To, From, Body; media with the same credentials."""

from __future__ import annotations

import secrets

from local.fakes.call import Answer, Call, as_json


def answer(call: Call) -> Answer:
    """Takes a text, or gives a picture that was laid down."""
    if call.basic() != (call.secrets.get("account_sid"), call.secrets.get("auth_token")):
        return as_json({"code": 20003, "message": "Authenticate", "status": 401}, 401)
    if call.method == "GET":
        kind, content = call.media.get(call.path[-1], ("", b"")) if call.path else ("", b"")
        return (200, [("Content-Type", kind)], content) if content else as_json({"code": 20404, "status": 404}, 404)
    is_json = call.headers.get("content-type", "").startswith("application/json")
    fields = {name: str(value) for name, value in call.json().items()} if is_json else call.form()
    to, sender, text = (fields.get(name, "") for name in ("To", "From", "Body"))
    if not to or not text or not (sender or fields.get("MessagingServiceSid")):
        return as_json({"code": 21604, "message": "To, From and Body are needed", "status": 400}, 400)
    call.outbox.add(channel="sms", to=to, text=text, sender=sender)
    sid = f"SM{secrets.token_hex(16)}"
    return as_json({"sid": sid, "to": to, "from": sender, "body": text, "status": "queued", "error_code": None}, 201)

"""A plain local aggregator, as channels.toml configures one: Bearer key, then JSON with msisdn, message, from. Like those in
Indonesia it takes one segment without a link.
"""

from __future__ import annotations

import re
import secrets

from chalicelib.channels.gsm7 import SEGMENT, septets
from local.fakes.call import Answer, Call, as_json

_PHONE = re.compile(r"\+?[1-9]\d{6,14}", re.ASCII)
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)


def answer(call: Call) -> Answer:
    """Takes a text."""
    if call.bearer() != call.secrets["api_key"]:
        return as_json({"code": 1001, "error": "unauthorized"}, 401)
    if call.method != "POST" or call.path != ("v1", "messages"):
        return as_json({"code": 1004, "error": "not found"}, 404)
    fields = {name: str(value) for name, value in call.json().items()}
    to, sender, text = (fields.get(name, "") for name in ("msisdn", "from", "message"))
    if not _PHONE.fullmatch(to) or not sender or not text:
        return as_json({"code": 1022, "error": "msisdn, from and message are needed"}, 422)
    if _LINK.search(text) or not _is_one_segment(text):
        return as_json({"code": 1023, "error": "one segment without a link"}, 422)
    call.outbox.add(channel=call.name, to=to, text=text, sender=sender)
    return as_json({"message_id": f"agg-{secrets.token_hex(8)}", "status": "queued"}, 202)


def _is_one_segment(text: str) -> bool:
    try:
        return septets(text) <= SEGMENT
    except ValueError:
        return False

"""WhatsApp's Cloud API: free text within 24 hours of the person's last message, an approved template after that.

The template (its name is the channel's `template`) exists in Indonesian and English, category utility, with two body
parameters: {{1}} the tracking number, {{2}} the news. docs/channels/whatsapp.md has its words.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from .graph_errors import REENGAGEMENT, GraphRefused, graph, identity, needed
from .outcome import SendRefused, Sent
from .outgoing import Outgoing

# Five minutes less than Meta's 24 hours: the text must arrive within them.
WINDOW = timedelta(hours=23, minutes=55)
MOST_CHARACTERS = 4_096
MOST_IN_TEMPLATE = 900
LANGUAGES = frozenset({"id", "en"})


def send(out: Outgoing) -> Sent:
    """Hand one text to one person. Raises SendRefused (never) or SendFailed (later)."""
    token = needed(out.secrets, out.channel.outbound.get("token", "access_token"))
    number = needed(out.secrets, out.channel.outbound.get("account", "phone_number_id"))
    url = f"{out.base}/{number}/messages"
    address = _address(out)
    if out.now - out.heard_at < WINDOW:
        try:
            return _sent(graph("POST", url, token, {**address, **_text(out)}))
        except GraphRefused as error:
            if error.code not in REENGAGEMENT:
                raise
    return _sent(graph("POST", url, token, {**address, **_template(out)}))


def _address(out: Outgoing) -> dict[str, Any]:
    """`to` is a phone, `recipient` a business-scoped user id. Where both are known the phone is used: Meta prefers it."""
    to = out.to.user if out.to.user.isdecimal() else out.to.phone.removeprefix("+")
    envelope = {"messaging_product": "whatsapp", "recipient_type": "individual"}
    if to:
        return {**envelope, "to": to}
    if out.to.user:
        return {**envelope, "recipient": out.to.user}
    raise SendRefused("no user is known")


def _text(out: Outgoing) -> dict[str, Any]:
    words = out.chat if len(out.chat) <= MOST_CHARACTERS else out.short
    return {"type": "text", "text": {"preview_url": False, "body": words}}


def _template(out: Outgoing) -> dict[str, Any]:
    name = out.channel.outbound.get("template", "")
    if not name:
        raise SendRefused("outside the 24 hours, and there is no template")
    parameters = [{"type": "text", "text": text} for text in (out.tracking, _one_line(out))]
    return {
        "type": "template",
        "template": {
            "name": name,
            "language": {"code": out.lang if out.lang in LANGUAGES else "id"},
            "components": [{"type": "body", "parameters": parameters}],
        },
    }


def _one_line(out: Outgoing) -> str:
    """A template's parameter takes no line breaks and a body of 1024 characters in all."""
    words = " ".join(out.chat.split())
    return words if 0 < len(words) <= MOST_IN_TEMPLATE else " ".join(out.short.split())[:MOST_IN_TEMPLATE]


def _sent(answer: dict[str, Any]) -> Sent:
    messages = answer.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    return Sent(identity(first.get("id")) if isinstance(first, dict) else "")

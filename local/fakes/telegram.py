"""Telegram's Bot API: the token stands in the path; sendMessage, getFile, and the files themselves."""

from __future__ import annotations

import itertools
from typing import Any

from local.fakes.call import Answer, Call, as_json

MOST = 4_096
_numbers = itertools.count(1)


def answer(call: Call) -> Answer:
    """Takes a text, or tells where a picture is that was laid down, and gives it. The chat 403 has blocked the bot."""
    token = f"bot{call.secrets.get('bot_token')}"
    if call.path[:2] == ("file", token):
        kind, content = call.media.get(call.path[-1], ("", b""))
        return (200, [("Content-Type", kind)], content) if content else _wrong(404, "Not Found")
    if len(call.path) != 2 or not call.path[0].startswith("bot"):
        return _wrong(404, "Not Found")
    if call.path[0] != token:
        return _wrong(401, "Unauthorized")
    fields: dict[str, Any] = {**call.query, **call.form(), **call.json()}
    match call.path[1]:
        case "sendMessage":
            return _message(call, fields)
        case "getFile":
            file_id = str(fields.get("file_id", ""))
            if file_id not in call.media:
                return _wrong(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
            size = len(call.media[file_id][1])
            return _right({"file_id": file_id, "file_size": size, "file_path": f"photos/{file_id}"})
        case _:
            return _wrong(404, "Not Found")


def _message(call: Call, fields: dict[str, Any]) -> Answer:
    chat, text = str(fields.get("chat_id") or ""), fields.get("text")
    if not isinstance(text, str) or not text.strip():
        return _wrong(400, "Bad Request: message text is empty")
    if len(text.encode("utf-16-le")) > MOST * 2:
        return _wrong(400, "Bad Request: message is too long")
    if chat == "403":
        return _wrong(403, "Forbidden: bot was blocked by the user")
    if not chat.lstrip("-").isdecimal():
        return _wrong(400, "Bad Request: chat not found")
    call.outbox.add(channel="telegram", to=chat, text=text)
    at = int(call.now.timestamp())
    return _right(
        {"message_id": next(_numbers), "date": at, "chat": {"id": int(chat), "type": "private"}, "text": text}
    )


def _right(result: dict[str, Any]) -> Answer:
    return as_json({"ok": True, "result": result})


def _wrong(code: int, description: str) -> Answer:
    return as_json({"ok": False, "error_code": code, "description": description}, code)

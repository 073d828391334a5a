"""Chalice's application, whose own refusals (a content type no route lists, a wrong method) are said in our words too."""

from __future__ import annotations

from typing import Any

import msgspec
from chalice.app import Chalice

_MESSAGES = {
    403: ("not_yours", "This is not open to you."),
    404: ("unknown", "There is no such address."),
    405: ("wrong_method", "This address does not take that method."),
    415: ("wrong_content_type", "This address does not read that content type."),
}


class Application(Chalice):
    """As Chalice, but every HTTP error is `{code, message, details?}`."""

    def __call__(self, event: Any, context: Any) -> Any:
        """Answers an API Gateway event."""
        headers = event.get("headers") or {}
        if "accept" not in map(
            str.lower, headers
        ):  # else Chalice gives no picture to whoever does not say what they like
            event = {**event, "headers": {**headers, "Accept": "*/*"}}
        answer = super().__call__(event, context)
        if isinstance(answer, dict) and answer.get("statusCode", 200) >= 400:
            body = answer.get("body")
            if isinstance(body, dict) and "Code" in body:
                answer["body"] = msgspec.json.encode(_ours(answer["statusCode"], body)).decode()
            elif isinstance(body, str) and body.startswith('{"Code"'):
                answer["body"] = msgspec.json.encode(_ours(answer["statusCode"], msgspec.json.decode(body))).decode()
        return answer


def _ours(status: int, body: dict[str, Any]) -> dict[str, str]:
    code, message = _MESSAGES.get(status, ("error", str(body.get("Message", "Something is wrong."))))
    return {"code": code, "message": message}

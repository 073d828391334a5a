"""Meta's Graph API over HTTP, and what its error codes mean: a dead token, a rate limit and a person who has blocked us
all come as 400, so that the number in the body decides, not the status.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from .call import Answer, exchange, retry_after
from .outcome import SendFailed, SendRefused

TIMEOUT_SECONDS = 8.0

# Our account's trouble, Meta's, or a rate: once it is over, the same text can still go out.
_LATER = frozenset(
    {
        *(0, 1, 2, 3, 4, 10, 17, 32, 102, 190, 200, 210, 283, 298, 299, 341, 368, 459, 464, 613, 1200),
        *range(80001, 80015),
        *(130429, 130497, 131000, 131005, 131016, 131031, 131042, 131045, 131048, 131049, 131056, 131057),
        *(132001, 132007, 132015, 132016, 133000, 133004, 133005, 133006, 133008, 133009, 133010, 133015, 133016),
    }
)
# Exceptions by (code, subcode): the person cannot be written to (any more), whatever becomes of our account.
_NEVER = frozenset(
    {
        *((10, 2018065), (10, 2018108), (10, 2018278), (10, 2534022), (10, 10901)),
        *((200, 1545041), (200, 2018028), (200, 2534037)),
    }
)
REENGAGEMENT = frozenset({131047, 470})

_RATES = frozenset({4, 17, 32, 613, 130429, 131048, 131056, *range(80001, 80015)})
_USAGE = "x-business-use-case-usage"
_MOST_MINUTES = 60


class GraphRefused(SendRefused):
    """Refused for good, with Graph's own number for why (0 when it gave none)."""

    def __init__(self, reason: str, code: int) -> None:
        super().__init__(reason)
        self.code = code


def graph(method: str, url: str, token: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What the Graph API answers to a call with our token. Raises GraphRefused (never) or SendFailed (later)."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    content = None
    if body is not None:
        headers["Content-Type"] = "application/json"
        content = msgspec.json.encode(body)
    answer = exchange(method, url, headers, content, TIMEOUT_SECONDS)
    document = _document(answer.body)
    error = document.get("error")
    if 200 <= answer.status < 300 and not isinstance(error, dict):
        return document
    raise _judged(answer, error if isinstance(error, dict) else {})


def needed(secrets: Mapping[str, str], name: str) -> str:
    """A secret's first value (several stand there while it is changed). Raises SendFailed while it is not set."""
    values = secrets.get(name, "").split()
    if not values:
        raise SendFailed(f"the secret {name} is not set")
    return values[0]


def identity(value: object) -> str:
    """The provider's id for what was sent, "" when it gave none."""
    return str(value)[:200] if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _judged(answer: Answer, error: Mapping[str, Any]) -> SendFailed | GraphRefused:
    code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
    told = f" (code {code}{f'/{subcode}' if subcode else ''})" if error else ""
    reason = f"HTTP {answer.status}{told}"
    if (code, subcode) in _NEVER:
        return GraphRefused(reason, code)
    passing = error.get("is_transient") is True or (code in _LATER if error else False)
    if passing or not 400 <= answer.status < 500 or answer.status in (401, 402, 407, 408, 425, 429):
        return SendFailed(reason, _wait(answer, code))
    return GraphRefused(reason, code)


def _wait(answer: Answer, code: int) -> float | None:
    """Seconds until it is worth another try: Retry-After, or the minutes that Meta names for a used-up rate."""
    seconds = retry_after(answer.headers)
    if seconds is not None or code not in _RATES:
        return seconds
    usage = _document(answer.headers.get(_USAGE, "").encode())
    minutes = [
        _number(each.get("estimated_time_to_regain_access"))
        for rows in usage.values()
        if isinstance(rows, list)
        for each in rows
        if isinstance(each, dict)
    ]
    longest = max(minutes, default=0)
    return min(longest, _MOST_MINUTES) * 60.0 if longest > 0 else None


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = msgspec.json.decode(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def _number(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**10 else 0

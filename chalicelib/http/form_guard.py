"""What slows programs down at the form and locks nobody out: when it was made (signed), and how many come from one address."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.tracking import keyed_digest
from chalicelib.http.context import desk

LEAST_SECONDS = 3
"""Nobody reads and fills the form in less."""
PER_ADDRESS = 30
"""New reports from one address in a minute, of each process: a school or a mobile network is one address too."""


def made_now() -> str:
    """What the form carries to tell when it was made: a time, and that it is ours."""
    at = str(int(desk().now().timestamp()))
    return f"{at}.{_mark(at)}"


def too_quick(made: str) -> bool:
    """Whether a form was filled by nobody. One that does not say when it was made, or says so with a mark that is not ours,
    is not asked: other programs of the citizens' post the form too."""
    at, _, mark = made.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 12) or mark != _mark(at):
        return False
    return 0 <= desk().now().timestamp() - int(at) < LEAST_SECONDS


def slow_down(request: Any, form_id: str) -> None:
    """Counts a form by the address that it comes from; the same form again does not count. Raises Busy beyond PER_ADDRESS."""
    identity = (request.context or {}).get("identity") or {}
    address = str(identity.get("sourceIp") or "")
    if not address:
        return
    source = keyed_digest(desk().secrets.key("addresses", desk().ticks()), address).hex()[:24]
    desk().counts.take(f"address:{source}", PER_ADDRESS, [form_id], desk().ticks())


def _mark(at: str) -> str:
    return keyed_digest(desk().secrets.key("forms", desk().ticks()), "made", at).hex()[:24]

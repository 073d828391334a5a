"""What slows programs down at the form and locks nobody out: when it was made (signed), and how many come from one address."""

from __future__ import annotations

import os
from typing import Any

from chalicelib.domain.tracking import keyed_digest
from chalicelib.http.context import desk

LEAST_SECONDS = 1.0
"""Nobody reads and fills the form in less; a browser that fills it in by itself may take little more."""
PER_ADDRESS = 120
"""Forms from one address in a minute, of each process: a school, and half a mobile network, is one address too."""
WISHES_PER_ADDRESS, WISHES_PER_MINUTE = 60, 1_200
"""Wishes to be told that one process takes in a minute: from one address, and from all."""


def made_now() -> str:
    """What the form carries to tell when it was made: a time, and that it is ours."""
    at = str(int(desk().now().timestamp() * 1000))
    return f"{at}.{_mark(at)}"


def too_quick(made: str) -> bool:
    """Whether a form was filled by nobody. One that does not say when it was made, or says so with a mark that is not ours,
    is not asked: other programs of the citizens' post the form too."""
    at, _, mark = made.partition(".")
    if not (at.isascii() and at.isdigit() and len(at) < 15) or mark != _mark(at):
        return False
    return 0 <= desk().now().timestamp() - int(at) / 1000 < LEAST_SECONDS


def slow_down(request: Any, *, what: str = "address", most: int = 0) -> None:
    """Counts a request by the address that it comes from; `what` names what is counted, each by itself. Whatever the request
    says of itself, the same once more counts too. Raises Busy beyond `most` (PER_ADDRESS) in a minute."""
    identity = (request.context or {}).get("identity") or {}
    address = str(identity.get("sourceIp") or "")
    if not address:
        return
    source = keyed_digest(desk().secrets.key("addresses", desk().ticks()), address).hex()[:24]
    desk().counts.take(f"{what}:{source}", most or PER_ADDRESS, [os.urandom(8).hex()], desk().ticks())


def slow_wishes(request: Any) -> None:
    """Counts a wish to be told. Raises Busy while very many come at once, from one address first of all: it shuts nobody
    else out."""
    slow_down(request, what="following", most=WISHES_PER_ADDRESS)
    desk().counts.take("following", WISHES_PER_MINUTE, [os.urandom(8).hex()], desk().ticks())


def _mark(at: str) -> str:
    return keyed_digest(desk().secrets.key("forms", desk().ticks()), "made", at).hex()[:24]

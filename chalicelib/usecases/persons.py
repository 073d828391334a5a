"""Whom a contact stands for, as a digest that only whoever has the city's key can make: to count what goes to somebody, and
to find what they wished for, without keeping who they are.
"""

from __future__ import annotations

from chalicelib.domain import tracking as numbers
from chalicelib.usecases.desk import Desk


def person(desk: Desk, way: str, contact: str) -> str:
    """Whom a channel knows by that name (an address, a phone, an account). 32 hex characters."""
    key = desk.secrets.key("followers", desk.ticks())
    return numbers.keyed_digest(key, way, contact.lower()).hex()[:32]


def inbox(desk: Desk, contact: str) -> str:
    """Whose inbox an address or a phone is, to count by: without what follows a plus sign and the dots, which anyone may put
    into an address and still write to the same person. Mails go to the address as it was typed. 32 hex characters; "" for
    none."""
    local, at, domain = contact.rpartition("@")
    folded = local.partition("+")[0].replace(".", "") or local
    return person(desk, "inbox", f"{folded}{at}{domain}") if contact else ""

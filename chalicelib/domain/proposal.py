"""What the suggestion would do with a report nobody has looked at: kept with the message that it was made from, so that the
report is the same whenever it is told again, whatever has been learnt since."""

from __future__ import annotations

import msgspec


class Proposal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An agency that is sure enough to get the report at once. `category` is the one it would have ("": none fits),
    `confidence` a probability, `reasons` the suggestion's (kind, detail) pairs."""

    agency: str
    category: str = ""
    confidence: float
    reasons: tuple[tuple[str, str], ...] = ()

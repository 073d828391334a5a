"""What reports are looked up by: the marks that a change added or took away, kept by the relay. A store that does not answer
holds no announcement up."""

from __future__ import annotations

from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.observability import count, logger
from chalicelib.usecases.desk import Desk

_SINCE = "area"  # an attribute that every report has been stored with since there are look-ups


class _Facts(msgspec.Struct, frozen=True):
    """Of a stored report, only what is needed here."""

    marks: tuple[str, ...] = ()
    consent_withdrawn: bool = False


_decoder = msgspec.json.Decoder(_Facts)


def keep_lookups(desk: Desk, images: dict[str, Any]) -> int:
    """Keeps the new marks of a stream record's report, and takes away those that are gone (of a removed one: all); gives how
    many. One call for each twenty-five; none when the marks are the same. The first change of a report of the time before look-ups keeps all."""
    old = images.get("OldImage")
    before, after = _marks(old) if old and _SINCE in old else frozenset(), _marks(images.get("NewImage"))
    if before == after:
        return 0
    tracking = images.get("NewImage", images.get("OldImage", {}))["tracking"]["S"]
    try:
        desk.finding.mark(tracking, after - before, before - after)
    except (ClientError, BotoCoreError, TimeoutError) as error:
        # A report that cannot be found by its reporter's name is a nuisance; one that is not announced is a failure.
        logger().exception("a report's look-ups were not kept", extra={"tracking": tracking, "error": str(error)[:200]})
        count("LookupsNotKept", tracking=tracking, channel="")
        return 0
    return len(after ^ before)


def _marks(image: dict[str, Any] | None) -> frozenset[str]:
    """What a report is found by: nothing once its reporter has withdrawn consent."""
    facts = (image or {}).get("facts", {}).get("S", "")
    told = _decoder.decode(facts) if facts else _Facts()
    return frozenset() if told.consent_withdrawn else frozenset(told.marks)

"""The relay: from the reports table's stream to the topics. One record, one function; the first failure stops a
batch."""

from __future__ import annotations

from typing import Any

from chalicelib.domain import history
from chalicelib.store.items import report_of_image
from chalicelib.usecases.announce import announce
from chalicelib.usecases.corrections import keep_corrections
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.lookups import keep_lookups


def relay(desk: Desk, record: dict[str, Any], *, claimant: str) -> int:
    """Announces the history entries that this stream record added. Records that add none (removals, edits) announce
    nothing."""
    images = record["dynamodb"]
    keep_lookups(desk, images)
    if "NewImage" not in images:
        return 0
    seen = len(images.get("OldImage", {}).get("history", {}).get("L", ()))
    texts = images["NewImage"].get("history", {}).get("L", ())
    if len(texts) <= seen:
        return 0
    report = report_of_image(images["NewImage"])
    entries = [history.decode(text["S"]) for text in texts[seen:]]
    published = sum(announce(desk, report, entry, claimant=claimant) for entry in entries)
    keep_corrections(desk, images, report, entries)
    return published

"""What stands around a report: the others of its place, of its sender, and beside it in a queue. Each question is one
bounded query on an index; the report itself is not read again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import deadlines
from chalicelib.domain.report import Report
from chalicelib.store import client
from chalicelib.store.items import instant, stamp_of

_BATCH, _TRIES = 100, 4
_ALWAYS = (datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One report as an index tells it. `summary` is decoded."""

    tracking: str
    status: str
    agency: str | None
    received_at: datetime
    summary: dict[str, Any]


class Found(NamedTuple):
    """Rows, newest first, and whether there are more than were asked for."""

    rows: list[Row]
    more: bool


class Neighbours:
    """Reads what stands around reports, with the city as it is at each question."""

    def __init__(self, table: str, photos: str, region: str, city: Callable[[], City]) -> None:
        self._table, self._photos, self._city = table, photos, city
        self._client = client.client("dynamodb", region)

    def in_cell(self, cell: str, since: datetime, until: datetime, *, limit: int) -> Found:
        """Reports of an H3 cell received in between."""
        return self._newest("by_cell", "cell", cell, since, until, limit)

    def in_area(self, area: str, since: datetime, until: datetime, *, limit: int) -> Found:
        """Reports of a kelurahan received in between."""
        return self._newest("by_area", "area", area, since, until, limit)

    def of_sender(self, sender: str, *, limit: int) -> Found:
        """The sender's last reports."""
        return self._newest("by_sender", "sender", sender, *_ALWAYS, limit)

    def beside(self, queue: str, report: Report, *, forward: bool) -> str | None:
        """The report that comes after (or before) this one in a queue, which it need not be in any more."""
        at = int(deadlines.queue_order_at(report, self._city().policy).timestamp())
        key = {"queue": {"S": queue}, "deadline_at": {"N": str(at)}, "tracking": {"S": report.tracking}}
        answer = self._client.query(
            TableName=self._table,
            IndexName="by_queue",
            KeyConditionExpression="#key = :name AND deadline_at " + (">= :at" if forward else "<= :at"),
            ExpressionAttributeNames={"#key": "queue"},
            ExpressionAttributeValues={":name": {"S": queue}, ":at": {"N": str(at)}},
            ExclusiveStartKey=key,
            ScanIndexForward=forward,
            Limit=1,
        )
        return next((item["tracking"]["S"] for item in answer["Items"]), None)

    def first(self, queue: str) -> str | None:
        """The report at a queue's head."""
        answer = self._client.query(
            TableName=self._table,
            IndexName="by_queue",
            KeyConditionExpression="#key = :name",
            ExpressionAttributeNames={"#key": "queue"},
            ExpressionAttributeValues={":name": {"S": queue}},
            Limit=1,
        )
        return next((item["tracking"]["S"] for item in answer["Items"]), None)

    def prints(self, photos: Sequence[str]) -> dict[str, str]:
        """The perceptual hashes of pictures by their ids; without those that have none."""
        found: dict[str, str] = {}
        wanted = list(dict.fromkeys(photos))
        for start in range(0, len(wanted), _BATCH):
            asked = {self._photos: _keys(wanted[start : start + _BATCH])}
            for _ in range(_TRIES):
                answer = self._client.batch_get_item(RequestItems=asked)
                for item in answer["Responses"].get(self._photos, ()):
                    if hash := item.get("phash", {}).get("S", ""):
                        found[item["photo"]["S"]] = hash
                asked = answer.get("UnprocessedKeys") or {}
                if not asked:
                    break  # what is left after that says nothing of likeness: the words still do
        return found

    def _newest(self, index: str, key: str, value: str, since: datetime, until: datetime, limit: int) -> Found:
        answer = self._client.query(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression="#key = :value AND received BETWEEN :since AND :until",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={
                ":value": {"S": value},
                ":since": {"N": str(stamp_of(since))},
                ":until": {"N": str(stamp_of(until))},
            },
            ScanIndexForward=False,
            Limit=limit,
        )
        return Found([_row(item) for item in answer["Items"]], "LastEvaluatedKey" in answer)


def _keys(photos: Sequence[str]) -> dict[str, Any]:
    return {"Keys": [{"photo": {"S": photo}} for photo in photos], "ProjectionExpression": "photo, phash"}


def _row(item: dict[str, Any]) -> Row:
    return Row(
        tracking=item["tracking"]["S"],
        status=item["status"]["S"],
        agency=item.get("agency", {}).get("S"),
        received_at=instant(int(item["received"]["N"]) / 1000),
        summary=msgspec.json.decode(item["summary"]["S"]) if "summary" in item else {},
    )

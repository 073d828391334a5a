"""Lists of what is public, from two sparse indexes: `by_public` (when a report was received; holds all a list says) and
`by_changed` (its last public change; keys only). Both are partitioned by month, so that 90 days are at most five queries.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib.domain.listing import Listed
from chalicelib.domain.report import Report
from chalicelib.store import client, items
from chalicelib.store.items import ReportItem, month_of, stamp_of

_BATCH = 100
_TRIES = 4
_decoder = msgspec.json.Decoder(Listed)


class Row(msgspec.Struct, frozen=True):
    """One listed report, and its tracking number."""

    tracking: str
    listed: Listed


class Listings:
    """Reads lists; the reports themselves are written by `Reports`."""

    def __init__(self, table: str, region: str) -> None:
        client.connect(ReportItem, table, region)
        self._table = table
        self._client = client.client("dynamodb", region)

    def received(self, start: datetime, end: datetime) -> Iterator[list[Row]]:
        """Pages (of at most 1 MB, one query each) of the listed reports received in between, both included, newest
        first."""
        for month in reversed(list(_months(start, end))):
            for found in self._pages("by_public", "public_month", "received", month, start, end, forward=False):
                yield [Row(item["tracking"]["S"], _decoder.decode(item["listed"]["S"])) for item in found]

    def changed(self, start: datetime, end: datetime) -> Iterator[str]:
        """Tracking numbers of listed reports whose last public change was in between, the one longest ago first."""
        for month in _months(start, end):
            for found in self._pages("by_changed", "changed_month", "changed", month, start, end, forward=True):
                yield from (item["tracking"]["S"] for item in found)

    def newest(self, start: datetime, end: datetime, *, limit: int) -> list[Row]:
        """The `limit` newest listed reports received in between. One query for each month that is needed."""
        found: list[Row] = []
        for month in reversed(list(_months(start, end))):
            if len(found) < limit:
                found += self._near("by_public", "public_month", month, start, end, limit - len(found))[0]
        return found

    def in_cell(self, cell: str, start: datetime, end: datetime, *, limit: int) -> tuple[list[Row], bool]:
        """The listed ones among the `limit` newest reports of an H3 cell received in between, newest first, and whether
        there are more to look at. One query."""
        return self._near("by_cell", "cell", cell, start, end, limit)

    def in_area(self, area: str, start: datetime, end: datetime, *, limit: int) -> tuple[list[Row], bool]:
        """The same of a kelurahan."""
        return self._near("by_area", "area", area, start, end, limit)

    def _near(
        self, index: str, key: str, value: str, start: datetime, end: datetime, limit: int
    ) -> tuple[list[Row], bool]:
        answer = self._client.query(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression="#key = :value AND received BETWEEN :start AND :end",
            FilterExpression="attribute_exists(listed)",
            ProjectionExpression="tracking, listed",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={
                ":value": {"S": value},
                ":start": {"N": str(stamp_of(start))},
                ":end": {"N": str(stamp_of(end))},
            },
            ScanIndexForward=False,
            Limit=limit,
        )
        rows = [Row(item["tracking"]["S"], _decoder.decode(item["listed"]["S"])) for item in answer["Items"]]
        return rows, "LastEvaluatedKey" in answer

    def reports(self, numbers: Sequence[str]) -> list[Report]:
        """The reports under these numbers, in their order; without those that do not exist. 100 in each call."""
        found: dict[str, Report] = {}
        wanted = list(dict.fromkeys(numbers))
        for first in range(0, len(wanted), _BATCH):
            keys = [{"tracking": {"S": number}} for number in wanted[first : first + _BATCH]]
            for image in self._batch(keys):
                report = items.report_of_image(image)
                found[report.tracking] = report
        return [found[number] for number in wanted if number in found]

    def _batch(self, keys: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The items under keys. What DynamoDB leaves for another time (16 MB, or throttled) is asked for again."""
        for _ in range(_TRIES + len(keys) // 10):
            answer = self._client.batch_get_item(RequestItems={self._table: {"Keys": keys}})
            yield from answer["Responses"].get(self._table, ())
            keys = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
            if not keys:
                return
        raise TimeoutError("DynamoDB leaves keys unprocessed")

    def _pages(
        self, index: str, key: str, order: str, month: str, start: datetime, end: datetime, *, forward: bool
    ) -> Iterator[list[dict[str, Any]]]:
        after: dict[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                IndexName=index,
                KeyConditionExpression="#key = :month AND #order BETWEEN :start AND :end",
                ExpressionAttributeNames={"#key": key, "#order": order},
                ExpressionAttributeValues={
                    ":month": {"S": month},
                    ":start": {"N": str(stamp_of(start))},
                    ":end": {"N": str(stamp_of(end))},
                },
                ScanIndexForward=forward,
                **after,
            )
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            after = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _months(start: datetime, end: datetime) -> Iterator[str]:
    """The partitions from one instant to another; none when they are the wrong way round."""
    month, last = start.astimezone(UTC).replace(day=1), month_of(end)
    while start <= end and month_of(month) <= last:
        yield month_of(month)
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)

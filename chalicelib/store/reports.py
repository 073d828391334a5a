"""The reports table: one item per report, one conditional write per change, bounded queries on sparse indexes."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from typing import Any

import msgspec
from botocore.exceptions import ClientError
from pynamodb.exceptions import DoesNotExist, UpdateError

from chalicelib.city.model import City
from chalicelib.domain.errors import Conflict, Invalid, Unknown
from chalicelib.domain.report import Report
from chalicelib.store import client, items
from chalicelib.store.items import ReportItem

OFFICE = "office#"
_FAILED = "ConditionalCheckFailedException"
_SECONDS = re.compile(r"[0-9]{1,12}")
# Index attributes that must leave the item when there is nothing due, queued or undecided any more.
_SPARSE = ("due_shard", "next_due_at", "queue", "deadline_at", "pending", "agency", "cell", "problem", "office",
           "open_shard", "standing", "public_month", "changed_month", "changed", "listed", "sealed")  # fmt: skip
# Written with every change, changed or not: an item of an earlier release may not have them, and no index would know it.
_ALWAYS = frozenset(
    {"area", "received", "summary", "office", "open_shard", "standing", "public_month", "changed_month"}
)
_NEW = "attribute_not_exists(tracking)"
_INDEXES = {"queue": ("by_queue", "queue"), "pending": ("by_pending", "pending"), "office": ("by_office", "office")}
_PENDING = frozenset({"extensions", "doubted"})


class QueueRow(msgspec.Struct, frozen=True, kw_only=True):
    """One report in a desk queue, from the index alone. `summary` is decoded, `at` is the deadline it stands at (epoch
    seconds)."""

    tracking: str
    status: str
    agency: str | None
    summary: dict[str, Any]
    at: int = 0


class Reports:
    """Reads and writes reports. Every write names the version it was made from; nothing is ever overwritten unseen."""

    def __init__(self, table: str, region: str, city: Callable[[], City]) -> None:
        client.connect(ReportItem, table, region)
        self._table = table
        self._client = client.client("dynamodb", region)
        self._city = city

    def add(self, report: Report) -> bool:
        """Stores a new report: one write. False when its number is taken (a retry, or a collision)."""
        item = items.wire(items.attributes(report, self._city()))
        item["tracking"] = {"S": report.tracking}
        try:
            # The hottest call of all: past the model, which would take an eighth more for the same request.
            self._client.put_item(TableName=self._table, Item=item, ConditionExpression=_NEW)
        except ClientError as error:
            if error.response["Error"]["Code"] == _FAILED:
                return False
            raise
        return True

    def get(self, tracking: str, *, consistent: bool = True) -> Report:
        """The report: one read. Raises Unknown."""
        try:
            return items.report_of(ReportItem.get(tracking, consistent_read=consistent))
        except DoesNotExist:
            raise Unknown("There is no report with this tracking number.", details={"tracking": tracking}) from None

    def change(self, before: Report, after: Report) -> None:
        """Stores `after` in place of `before`: one conditional update that sets what differs and what lists go by, and
        appends to the history. Raises Conflict when the stored report is not `before` any more (or was never there)."""
        city = self._city()
        old, new = items.attributes(before, city), items.attributes(after, city)
        actions: list[Any] = []
        for name in _SPARSE:
            if name in old and name not in new:
                actions.append(getattr(ReportItem, name).remove())
        for name, value in new.items():
            attribute = getattr(ReportItem, name)
            if name in ("history", "sealed") and name in old and value[: len(old[name])] == old[name]:
                if len(value) > len(old[name]):
                    actions.append(attribute.set(attribute.append(value[len(old[name]) :])))
            elif name in _ALWAYS or name not in old or old[name] != value:
                actions.append(attribute.set(value))
        try:
            ReportItem(after.tracking).update(actions, _is(before))
        except UpdateError as error:
            if error.cause_response_code == _FAILED:
                raise Conflict(
                    "Somebody else changed this report meanwhile.", details={"tracking": after.tracking}
                ) from error
            raise

    def due(self, shard: int, now: datetime, *, limit: int) -> Iterator[str]:
        """Tracking numbers of reports due by `now` in one shard, longest due first: one query when there are few."""
        answer: dict[str, Any] = {}
        found = 0
        while found < limit:
            answer = self._client.query(
                TableName=self._table,
                IndexName="by_due",
                KeyConditionExpression="due_shard = :shard AND next_due_at <= :now",
                ExpressionAttributeValues={":shard": {"S": str(shard)}, ":now": {"N": str(int(now.timestamp()))}},
                Limit=limit - found,
                **({"ExclusiveStartKey": answer["LastEvaluatedKey"]} if "LastEvaluatedKey" in answer else {}),
            )
            for item in answer["Items"]:
                found += 1
                yield item["tracking"]["S"]
            if "LastEvaluatedKey" not in answer:
                return

    def queue(self, name: str, *, limit: int, cursor: str | None = None) -> tuple[list[QueueRow], str | None]:
        """One page of a desk queue in deadline order, and the cursor of the next one. `office#<code>` is what one office has
        in hand, a sub-unit for itself. Raises Invalid on a wrong cursor."""
        index, key = _INDEXES["pending"] if name in _PENDING else _INDEXES["queue"]
        if name.startswith(OFFICE):
            (index, key), name = _INDEXES["office"], name.removeprefix(OFFICE)
        answer = self._client.query(
            TableName=self._table,
            IndexName=index,
            KeyConditionExpression="#key = :name",
            ExpressionAttributeNames={"#key": key},
            ExpressionAttributeValues={":name": {"S": name}},
            Limit=limit,
            **({"ExclusiveStartKey": _start(cursor, key, name)} if cursor else {}),
        )
        rows = [
            QueueRow(
                tracking=item["tracking"]["S"],
                status=item["status"]["S"],
                agency=item.get("agency", {}).get("S"),
                summary=msgspec.json.decode(item["summary"]["S"]) if "summary" in item else {},
                at=int(item["deadline_at"]["N"]),
            )
            for item in answer["Items"]
        ]
        return rows, _cursor(answer.get("LastEvaluatedKey"))

    def cursor_at(self, name: str, row: QueueRow) -> str:
        """The cursor of what comes after that row of the queue."""
        key = "office" if name.startswith(OFFICE) else "pending" if name in _PENDING else "queue"
        at = {"tracking": {"S": row.tracking}, key: {"S": name.removeprefix(OFFICE)}, "deadline_at": {"N": str(row.at)}}
        return _cursor(at) or ""

    def changed_on(self, day: date) -> Iterator[str]:
        """Tracking numbers of the reports whose last change was on that day (city time)."""
        start: dict[str, Any] = {}
        while True:
            answer = self._client.query(
                TableName=self._table,
                IndexName="by_day",
                KeyConditionExpression="#day = :day",
                ExpressionAttributeNames={"#day": "day"},
                ExpressionAttributeValues={":day": {"S": day.isoformat()}},
                **start,
            )
            for item in answer["Items"]:
                yield item["tracking"]["S"]
            if "LastEvaluatedKey" not in answer:
                return
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def _is(before: Report) -> Any:
    """The stored report is `before`: the version, and the last hash, which stands for the whole history."""
    return (ReportItem.version == before.version) & (ReportItem.head == before.head)


def _cursor(key: dict[str, Any] | None) -> str | None:
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode() if key else None


def _start(cursor: str, attribute: str, name: str) -> dict[str, Any]:
    try:
        key: Any = msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()))
        tracking, at = key["tracking"]["S"], key["deadline_at"]["N"]
        wrong = set(key) != {"tracking", attribute, "deadline_at"} or key[attribute] != {"S": name}
        wrong = wrong or not (isinstance(tracking, str) and tracking and isinstance(at, str) and _SECONDS.fullmatch(at))
    except (ValueError, binascii.Error, TypeError, KeyError, msgspec.DecodeError):
        wrong = True
    if wrong:
        raise Invalid(
            "The cursor is not one of this queue.", details={"cursor": "take it from `next` of the page before"}
        )
    return dict(key)

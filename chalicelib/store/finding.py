"""Finding reports: by the digests of what identifies their reporters (items `mark#<hex>` of the table `desk`, one for each
report), and by area and time (the index `by_area`). Every look-up is bounded, and says when there was more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.domain.report import Report
from chalicelib.store import client
from chalicelib.store.desk_table import DeskTable, Item
from chalicelib.store.items import instant, stamp_of

# All of a report but its history and its seals, which may be large.
_PROJECTION = "tracking, #status, facts, problem, version"
_BATCH, _TRIES = 100, 8
_report = msgspec.json.Decoder(Report)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One report, from the index alone. `summary` is decoded."""

    tracking: str
    status: str
    agency: str
    received_at: datetime
    summary: dict[str, Any]


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """What a look-up found, how many items it read in how many queries, and whether that was all there is."""

    rows: tuple[Row, ...]
    read: int
    queries: int
    all: bool


class Finding:
    """Looks up reports, and keeps what they are looked up by."""

    def __init__(self, table: str, region: str, things: DeskTable) -> None:
        self._table = table
        self._client = client.client("dynamodb", region)
        self._things = things

    def mark(self, tracking: str, new: Iterable[str], gone: Iterable[str] = ()) -> None:
        """Makes a report findable by its new marks, and by those that are gone no more. Harmless when repeated."""
        items = [Item(kind=_kind(mark), id=tracking, body="{}") for mark in sorted(new)]
        if items:
            self._things.put_many(items)
        if keys := [(_kind(mark), tracking) for mark in sorted(gone)]:
            self._things.delete_many(keys)

    def marked(self, marks: Sequence[str], *, most: int) -> tuple[list[str], bool]:
        """The numbers of reports that have all of these marks, and whether they are all there are: at most `most` items of a
        mark are read. Of words that very many have, the rarest decides and the others are looked up for what it found."""
        lists: dict[str, list[str]] = {}
        for mark in dict.fromkeys(marks):
            lists[mark] = [item.id for item in self._things.query(_kind(mark), limit=most + 1)]
            if not lists[mark]:
                return [], True
        if not lists:
            return [], True
        rarest = min(lists, key=lambda mark: len(lists[mark]))
        found = lists[rarest][:most]
        for mark, numbers in lists.items():
            if mark == rarest:
                continue
            if len(numbers) <= most:
                known = set(numbers)
            else:
                known = {item.id for item in self._things.get_many([(_kind(mark), number) for number in found])}
            found = [number for number in found if number in known]
        return found, len(lists[rarest]) <= most

    def in_areas(self, areas: Sequence[str], since: datetime, until: datetime, *, most: int) -> Found:
        """The newest reports of these areas, received from `since` until `until`: one query for each area at least, at most
        `most` items in all, shared out so that every area has its part."""
        rows: list[Row] = []
        left, queries, everything = most, 0, True
        for index, area in enumerate(areas):
            share = max(left // (len(areas) - index), 1)
            answer = self._client.query(
                TableName=self._table,
                IndexName="by_area",
                KeyConditionExpression="#area = :area AND received BETWEEN :since AND :until",
                ExpressionAttributeNames={"#area": "area"},
                ExpressionAttributeValues={
                    ":area": {"S": area},
                    ":since": {"N": str(stamp_of(since))},
                    ":until": {"N": str(stamp_of(until))},
                },
                ScanIndexForward=False,
                Limit=share,
            )
            queries += 1
            left -= len(answer["Items"])
            everything = everything and "LastEvaluatedKey" not in answer
            rows += map(_row, answer["Items"])
        rows.sort(key=lambda row: row.received_at, reverse=True)
        return Found(rows=tuple(rows), read=len(rows), queries=queries, all=everything)

    def reports(self, numbers: Sequence[str]) -> dict[str, Report]:
        """The reports by number, without history and seals; those that there are. One call for each hundred. Raises
        TimeoutError when the table does not give all of them in eight calls."""
        found: dict[str, Report] = {}
        for start in range(0, len(numbers), _BATCH):
            asked: dict[str, Any] = {
                self._table: {
                    "Keys": [{"tracking": {"S": number}} for number in numbers[start : start + _BATCH]],
                    "ProjectionExpression": _PROJECTION,
                    "ExpressionAttributeNames": {"#status": "status"},
                }
            }
            for _ in range(_TRIES):
                answer = self._client.batch_get_item(RequestItems=asked)
                for item in answer["Responses"].get(self._table, ()):
                    report = _report.decode(item["facts"]["S"])
                    problem = item.get("problem", {}).get("S", "")
                    found[item["tracking"]["S"]] = msgspec.structs.replace(report, problem=problem)
                asked = answer.get("UnprocessedKeys") or {}
                if not asked:
                    break
            else:
                raise TimeoutError("the table did not give everything")
        return found


def _kind(mark: str) -> str:
    return f"mark#{mark}"


def _row(item: dict[str, Any]) -> Row:
    return Row(
        tracking=item["tracking"]["S"],
        status=item["status"]["S"],
        agency=item.get("agency", {}).get("S", ""),
        received_at=instant(int(item["received"]["N"]) / 1000),
        summary=msgspec.json.decode(item["summary"]["S"]) if "summary" in item else {},
    )

"""A sweep over 100,000 open reports of which nothing is due: how many queries, and how many items they read.

moto answers a query by looking at every row, so the store is a synthetic one: it answers DynamoDB's own JSON from a
sorted index in memory, below botocore, and counts. The sweep is app.py's own handler.
"""

from __future__ import annotations

import json
import os
import sys
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from typing import Any

import msgspec

from bench.desk import APP_SECRET, REGION, Context, gateway_event, stubbed_app
from bench.figures import Figure, run_alone
from bench.traffic import app_reports, signed_app

OPEN = 100_000
SHARDS = 8
DUE = 5


class ByDue:
    """The index `by_due`: (next_due_at, tracking) in order, one list per shard. `due` reports can be read and updated."""

    def __init__(self, count: int, now: int) -> None:
        self.shards: list[list[tuple[int, str]]] = [[] for _ in range(SHARDS)]
        for number in range(count):  # due from an hour to a week from now
            self.shards[number % SHARDS].append((now + 3_600 + number * 600_000 // count, f"OPEN-{number:08d}"))
        for shard in self.shards:
            shard.sort()
        self.items: dict[str, dict[str, Any]] = {}
        self.counts: Counter[str] = Counter()

    def answer(self, operation: str, body: bytes) -> bytes:
        """DynamoDB's answer to Query on by_due, GetItem and UpdateItem; PutItem keeps the item."""
        request = msgspec.json.decode(body)
        self.counts[operation] += 1
        match operation:
            case "Query":
                return self._query(request)
            case "GetItem":
                self.counts["items read"] += 1
                return msgspec.json.encode({"Item": self.items[request["Key"]["tracking"]["S"]]})
            case "UpdateItem":  # asked to return the item; what is written to it is nobody's business here
                return msgspec.json.encode({"Attributes": self.items[request["Key"]["tracking"]["S"]]})
            case "PutItem":
                self.items[request["Item"]["tracking"]["S"]] = request["Item"]
        return b"{}"

    def _query(self, request: dict[str, Any]) -> bytes:
        values = request["ExpressionAttributeValues"]
        assert request["IndexName"] == "by_due", request["IndexName"]
        shard = self.shards[int(values[":shard"]["S"])]
        end = bisect_right(shard, (int(values[":now"]["N"]), "\uffff"))
        found = shard[: min(end, request.get("Limit", end))]
        self.counts["items read"] += len(found)
        self.counts["items returned"] += len(found)
        items = [
            {"tracking": {"S": tracking}, "next_due_at": {"N": str(at)}, "due_shard": values[":shard"]}
            for at, tracking in found
        ]
        return msgspec.json.encode({"Items": items, "Count": len(items), "ScannedCount": len(items)})


def measure(quick: bool) -> Iterable[Figure]:
    """Nothing due among the open ones; then the same with a few due."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  the logs
    now, count = int(time.time()), OPEN // 10 if quick else OPEN
    store = ByDue(count, now)
    app = stubbed_app(store.answer)
    _sweep(app, store)
    counts, milliseconds = _sweep(app, store)
    floor = _queries_alone(store)
    found = f"{counts['Query']} queries, {counts['items returned']} items"
    yield Figure(
        bench="sweep",
        name=f"nothing due among {count:,} open reports",
        measured=f"{found}, {milliseconds:.1f} ms",
        floor=f"{SHARDS} bare queries {floor:.1f} ms",
        bound="8 queries, 0 items",
        met=found == "8 queries, 0 items" and not counts["items read"],
    )
    _make_due(app, store, now)
    counts, milliseconds = _sweep(app, store)
    rest = {name: number for name, number in sorted(counts.items()) if name not in ("items read", "items returned")}
    yield Figure(
        bench="sweep",
        name=f"{DUE} due among {count:,}",
        measured=f"{', '.join(f'{number} {name}' for name, number in rest.items())}, {milliseconds:.1f} ms",
        floor=f"{SHARDS} queries, {DUE} reads, {DUE} writes",
        bound=f"{SHARDS} queries, {DUE} reads, {DUE} writes",
        met=rest == {"Query": SHARDS, "GetItem": DUE, "UpdateItem": DUE},
    )


def _sweep(app: Any, store: ByDue) -> tuple[Counter[str], float]:
    store.counts.clear()
    event = {
        "id": "bench",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-11-21T01:00:00Z",
        "region": REGION,
        "resources": [],
        "detail": {},
        "version": "0",
    }
    began = time.process_time()
    app.sweep(event, Context())
    return Counter(store.counts), 1000 * (time.process_time() - began)


def _queries_alone(store: ByDue) -> float:
    from chalicelib.store.client import client

    dynamodb, began = client("dynamodb", REGION), time.process_time()
    for shard in range(SHARDS):
        values = {":shard": {"S": str(shard)}, ":now": {"N": str(int(time.time()))}}
        dynamodb._make_api_call(
            "Query",
            {
                "TableName": "tanggap-local-reports",
                "IndexName": "by_due",
                "KeyConditionExpression": "due_shard = :shard AND next_due_at <= :now",
                "ExpressionAttributeValues": values,
                "Limit": 50,
            },
        )
    return 1000 * (time.process_time() - began)


def _make_due(app: Any, store: ByDue, now: int) -> None:
    """A few real reports, received days ago by the desk's clock: their respond clock has run out."""
    from datetime import UTC, datetime, timedelta

    desk, reports = app.desk, app_reports(seed=7)
    longer_ago = datetime.now(UTC) - timedelta(hours=7)
    desk.now, real = (lambda: longer_ago), desk.now
    numbers = []
    try:
        for _ in range(DUE):
            body, headers = signed_app(next(reports), APP_SECRET)
            headers |= {"webhook-timestamp": str(int(longer_ago.timestamp()))}
            numbers.append(_posted(app, body, headers))
    finally:
        desk.now = real
    for number in numbers:
        item = store.items[number]
        store.shards[int(item["due_shard"]["S"])].insert(0, (int(item["next_due_at"]["N"]), number))
    for shard in store.shards:
        shard.sort()


def _posted(app: Any, body: bytes, headers: dict[str, str]) -> str:
    from local.demo_http import app_webhook

    at = int(headers["webhook-timestamp"])
    body, headers = app_webhook(APP_SECRET, headers["webhook-id"], json.loads(body), at)
    answer = app.app(gateway_event("POST", "/channels/{channel}", {"channel": "jaki"}, body, headers), Context())
    assert answer["statusCode"] == 200, answer
    return str(json.loads(answer["body"])["tracking"])


if __name__ == "__main__":
    run_alone(measure)

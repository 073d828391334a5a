"""The figures with 1,000 and with 100,000 reports in them: what a page of them reads, and what a batch of events costs.

The store is a synthetic one, in memory, that answers DynamoDB's own JSON below botocore and counts. The reports of a batch
are real ones; those that are there already are facts drawn at random, one year of them.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from bench.desk import APP_SECRET, Context, gateway_event, stubbed_app
from bench.figures import Figure, run_alone
from bench.traffic import app_reports, signed_app

SIZES = (1_000, 100_000)
BATCHES = (5, 100)
DAYS = 365
TALLIES = "tanggap-local-tallies"


class Store:
    """Tables by name: items by hash key and range key. Nobody else writes, so every condition holds."""

    def __init__(self) -> None:
        self.tables: dict[str, dict[str, dict[str, Any]]] = {}
        self.counts: Counter[str] = Counter()

    def answer(self, operation: str, body: bytes) -> bytes:
        """DynamoDB's answer."""
        request = msgspec.json.decode(body)
        self.counts[operation] += 1
        return msgspec.json.encode(getattr(self, f"_{operation}")(request))

    def keep(self, table: str, item: dict[str, Any]) -> None:
        """Puts an item."""
        first, second = self._keys(item)
        self.tables.setdefault(table, {}).setdefault(first, {})[second] = item

    @staticmethod
    def _keys(item: dict[str, Any]) -> tuple[str, str]:
        first = next(item[name]["S"] for name in ("kind", "tracking", "sender", "channel", "photo") if name in item)
        second = next((item[name]["S"] for name in ("id", "destination") if name in item), "")
        return first, second

    def _read(self, table: str, key: dict[str, Any]) -> dict[str, Any] | None:
        first, second = self._keys(key)
        self.counts["items read"] += 1
        return self.tables.get(table, {}).get(first, {}).get(second)

    def _GetItem(self, request: dict[str, Any]) -> dict[str, Any]:
        item = self._read(request["TableName"], request["Key"])
        return {"Item": item} if item else {}

    def _BatchGetItem(self, request: dict[str, Any]) -> dict[str, Any]:
        found = {
            table: [item for key in wanted["Keys"] if (item := self._read(table, key))]
            for table, wanted in request["RequestItems"].items()
        }
        return {"Responses": found, "UnprocessedKeys": {}}

    def _Query(self, request: dict[str, Any]) -> dict[str, Any]:
        values = request["ExpressionAttributeValues"]
        here = self.tables.get(request["TableName"], {}).get(next(iter(values.values())).get("S", ""), {})
        items = [] if "IndexName" in request else [here[key] for key in sorted(here)]
        self.counts["items read"] += len(items)
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def _PutItem(self, request: dict[str, Any]) -> dict[str, Any]:
        self.counts["bytes written"] += len(request["Item"].get("body", {}).get("S", ""))
        self.keep(request["TableName"], request["Item"])
        return {}

    def _UpdateItem(self, request: dict[str, Any]) -> dict[str, Any]:
        return {}

    def _BatchWriteItem(self, request: dict[str, Any]) -> dict[str, Any]:
        for table, asked in request["RequestItems"].items():
            for each in asked:
                self.counts["items written in batches"] += 1
                self.keep(table, each["PutRequest"]["Item"])
        return {"UnprocessedItems": {}}


def measure(quick: bool) -> Iterable[Figure]:
    """Each size in a store of its own, one after the other."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  the logs
    store = Store()
    app = stubbed_app(store.answer)
    reports = _reports(app, store)
    for size in SIZES:
        count = size // 10 if quick and size > 10_000 else size
        store.tables.pop(TALLIES, None)
        _filled(app, store, count)
        yield from _read(app, store, count)
        for batch in BATCHES:
            yield _taken(app, store, count, reports[:batch])


def _read(app: Any, store: Store, count: int) -> Iterable[Figure]:
    from chalicelib.usecases.figures import figures, week

    today = app.desk.city.local_day(app.desk.now())
    for name, look in (
        ("a month by agency", lambda: figures(app.desk, f"{today:%Y-%m}", "agency")),
        ("a year by area", lambda: figures(app.desk, f"{today:%Y}", "area")),
        ("a week", lambda: week(app.desk)),
    ):
        look()
        store.counts.clear()
        began = time.process_time()
        look()
        spent = 1000 * (time.process_time() - began)
        items = store.counts["items read"]
        yield Figure(
            bench="tallies",
            name=f"{name}, {count:,} reports",
            measured=f"{items} items, {spent:.1f} ms",
            bound="7 items",
            met=items <= 7,
        )


def _taken(app: Any, store: Store, count: int, reports: list[str]) -> Figure:
    """A batch of events of as many reports: as they are first told of, which changes most."""
    from chalicelib.usecases import tallies

    tallies._followed = lambda desk, report: True
    records = [{"messageId": each, "body": json.dumps({"data": {"tracking": each}})} for each in reports]
    store.counts.clear()
    began = time.process_time()
    failed = tallies.take(app.desk, records)
    spent = 1000 * (time.process_time() - began)
    assert not failed, failed
    largest = max(
        len(item["body"]["S"])
        for kind, items in store.tables[TALLIES].items()
        if kind.startswith(("sum#", "tile#", "map"))
        for item in items.values()
    )
    put, many = store.counts["PutItem"], store.counts["items written in batches"]
    return Figure(
        bench="tallies",
        name=f"a batch of {len(reports)}, {count:,} reports",
        measured=(
            f"{spent / len(reports):.0f} ms an event, {put + many} writes ({store.counts['bytes written'] // 1000:,} kB), "
            f"{store.counts['items read']:,} items read, largest item {largest / 1000:.0f} kB"
        ),
        bound="items ≤ 400 kB",
        met=largest < 400_000,
    )


def _reports(app: Any, store: Store) -> list[str]:
    """Real reports, received within the last ten days."""
    report = app.desk.reports.get(_posted(app))
    numbers = [f"JKT-BENCH-{number:04d}" for number in range(max(BATCHES))]
    for number, tracking in enumerate(numbers):
        received = app.desk.now() - timedelta(hours=2.4 * number)
        app.desk.reports.add(msgspec.structs.replace(report, tracking=tracking, received_at=received))
    return numbers


def _posted(app: Any) -> str:
    body, headers = signed_app(next(app_reports(seed=7)), APP_SECRET)
    answer = app.app(gateway_event("POST", "/channels/{channel}", {"channel": "jaki"}, body, headers), Context())
    assert answer["statusCode"] == 200, answer
    return str(json.loads(answer["body"])["tracking"])


def _filled(app: Any, store: Store, count: int) -> None:
    """Facts of a year, put there directly, and their figures."""
    import h3

    from chalicelib.domain.facts import Facts
    from chalicelib.domain.lifecycle import Status
    from chalicelib.store.figures import Figures

    chance, city, now = random.Random(11), app.desk.city, app.desk.now()
    areas = [code for code, area in city.areas.items() if area.level == "kelurahan"]
    cells = list(h3.grid_disk(h3.latlng_to_cell(-6.2, 106.83, 8), 17))
    place = {area: chance.sample(cells, 4) for area in areas}
    categories, agencies, channels = list(city.categories), list(city.agencies), list(city.channels)
    days: set[str] = set()
    for number in range(count):
        received = now - timedelta(seconds=DAYS * 86_400 * chance.random())
        done, area = chance.random() < 0.7, chance.choice(areas)
        facts = Facts(
            tracking=f"JKT-{number:08d}",
            version=1,
            day=city.local_day(received).isoformat(),
            received_at=received,
            channel=chance.choice(channels),
            category=chance.choice(categories),
            agency=chance.choice(agencies),
            area=area,
            status=Status.DONE if done else Status.IN_PROGRESS,
            hidden=chance.random() < 0.1,
            listed=True,
            cell=chance.choice(place[area]),
            on_time=done,
            respond_hours=chance.expovariate(1 / 4),
            resolve_hours=chance.expovariate(1 / 60) if done else None,
        )
        days.add(facts.day)
        body = msgspec.json.encode({"facts": facts, "turn": 1})
        item = {"kind": f"facts#{facts.day}", "id": facts.tracking, "body": body.decode()}
        store.keep(TALLIES, {name: {"S": value} for name, value in item.items()} | {"version": {"N": "1"}})
    Figures(app.desk.tally_items).roll_up(days, datetime.now(UTC))


if __name__ == "__main__":
    run_alone(measure)

"""One screen of the map with 1,000 and with 100,000 reports behind it: how often DynamoDB is read, the CPU it takes, its size.

The store is that of `bench.tallies`, below botocore. Points: every cell of the screen answers with as many of its reports as a
query may look at. Hexagons: tiles of a year's facts. The floor is the same page with nothing on it."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable
from typing import Any

from bench.desk import Context, gateway_event, stubbed_app
from bench.figures import Figure, run_alone
from bench.tallies import SIZES, TALLIES, Store, _filled

READS, BYTES = 20, 60_000
SCREENS = {
    "points": "106.8200,-6.1840,106.8280,-6.1780",
    "a kota in hexagons": "106.79,-6.23,106.87,-6.15",
    "the city in hexagons": "106.68,-6.37,106.97,-6.08",
}
_CELLS_WITH_REPORTS = 6_000  # of resolution 9 in the city


class _Map(Store):
    """With the index `by_cell`: `in_a_cell` reports in each."""

    in_a_cell = 0

    def _Query(self, request: dict[str, Any]) -> dict[str, Any]:
        if request.get("IndexName") != "by_cell":
            return super()._Query(request)
        import h3

        cell = next(iter(request["ExpressionAttributeValues"].values()))["S"]
        lat, lng = h3.cell_to_latlng(cell)
        looked = min(self.in_a_cell, request["Limit"])
        told = {
            "status": "in_progress", "received_at": "2026-11-20T01:00:00Z", "changed_at": "2026-11-20T01:00:00Z",
            "category": "jalan", "area": "31.71.01.1001", "lat": lat, "lng": lng, "problem": "Jalan berlubang di depan pasar. " * 8,
        }  # fmt: skip
        items = [
            {"tracking": {"S": f"JKT-{cell[6:10].upper()}-{n:04d}-XXXX"}, "listed": {"S": json.dumps(told)}}
            for n in range(looked)
        ]
        self.counts["items read"] += looked
        more = {"LastEvaluatedKey": {"tracking": {"S": "x"}}} if looked < self.in_a_cell else {}
        return {"Items": items, "Count": looked, "ScannedCount": looked, **more}


def measure(quick: bool) -> Iterable[Figure]:
    """Each screen at each size; a page is asked for once before it is measured."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  the logs
    store = _Map()
    app = stubbed_app(store.answer)
    for size in SIZES:
        count = size // 10 if quick and size > 10_000 else size
        store.tables.pop(TALLIES, None)
        store.in_a_cell = max(1, count // _CELLS_WITH_REPORTS * 10)  # ten times what is usual: a busy quarter
        _filled(app, store, count)
        for name, bbox in SCREENS.items():
            yield _screen(app, store, f"{name}, {count:,} reports", bbox)


def _screen(app: Any, store: Store, name: str, bbox: str) -> Figure:
    _page(app, bbox)
    store.counts.clear()
    began = time.process_time()
    body = _page(app, bbox)
    spent = 1000 * (time.process_time() - began)
    calls = store.counts["Query"] + store.counts["BatchGetItem"] + store.counts["GetItem"]
    tiles = 0 if store.counts["Query"] else store.counts["items read"]
    reads = max(calls, tiles)
    empty = time.process_time()
    _page(app, "100,10,100.1,10.1")
    bare = 1000 * (time.process_time() - empty)
    return Figure(
        bench="map",
        name=name,
        measured=f"{reads} reads, {spent:.0f} ms, {len(body.encode()) / 1000:.1f} kB",
        floor=f"1 read, {bare:.0f} ms",
        bound=f"{READS} reads, {BYTES // 1000} kB",
        met=reads <= READS and len(body.encode()) <= BYTES,
    )


def _page(app: Any, bbox: str) -> str:
    event = gateway_event("GET", "/map", {}, b"", {"accept": "text/html"})
    event["multiValueQueryStringParameters"] = {"bbox": [bbox]}
    answer = app.app(event, Context())
    assert answer["statusCode"] == 200, answer["body"][-500:]
    return str(answer["body"])


if __name__ == "__main__":
    run_alone(measure)

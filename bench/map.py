"""One screen of the map, and the front page, with 1,000 and with 100,000 reports behind them: how often DynamoDB is read,
the CPU it takes, their size.

The store is that of `bench.tallies`, below botocore. Points: every cell of the screen answers with as many of its reports as a
query may look at; so do the areas and months of the front page. Hexagons: tiles of a year's facts. The floor of a screen is
the same page with nothing on it, the front page's is the figures' page."""

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

Wish = dict[str, str]
READS, BYTES = 20, 60_000
SCREENS = {
    "points": "106.8200,-6.1840,106.8280,-6.1780",
    "a kota in hexagons": "106.79,-6.23,106.87,-6.15",
    "the city in hexagons": "106.68,-6.37,106.97,-6.08",
}
FRONT = {
    "front page": {},
    "front page of a kelurahan": {"area": "31.71.01.1001"},
    "front page of the largest kecamatan": {"area": "31.73.04"},
}
_NOWHERE = "100,10,100.1,10.1"
_CELLS_WITH_REPORTS = 6_000  # of resolution 9 in the city


class _Map(Store):
    """With the indexes of the listed reports: `in_a_cell` in each cell, twenty times as many in each area and month."""

    in_a_cell = 0

    def _Query(self, request: dict[str, Any]) -> dict[str, Any]:
        if "IndexName" not in request:
            return super()._Query(request)
        import h3

        wanted = next(iter(request["ExpressionAttributeValues"].values()))["S"]
        cells = request["IndexName"] == "by_cell"
        there = self.in_a_cell if cells else 20 * self.in_a_cell
        lat, lng = h3.cell_to_latlng(wanted) if cells else (-6.2, 106.8)
        looked = min(there, request["Limit"])
        told = {
            "status": "in_progress", "received_at": "2026-11-20T01:00:00Z", "changed_at": "2026-11-20T01:00:00Z",
            "category": "jalan", "area": "31.71.01.1001", "lat": lat, "lng": lng, "problem": "Jalan berlubang di depan pasar. " * 8,
        }  # fmt: skip
        items = [
            {"tracking": {"S": f"JKT-{wanted[6:10].upper():0>4}-{n:04d}-XXXX"}, "listed": {"S": json.dumps(told)}}
            for n in range(looked)
        ]
        self.counts["items read"] += looked
        self.counts["items queried"] += looked
        more = {"LastEvaluatedKey": {"tracking": {"S": "x"}}} if looked < there else {}
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
            yield _seen(
                app, store, f"{name}, {count:,} reports", ("/map", {"bbox": bbox}), ("/map", {"bbox": _NOWHERE})
            )
        for name, wish in FRONT.items():
            yield _seen(app, store, f"{name}, {count:,} reports", ("/", wish), ("/performance", {}))


def _seen(app: Any, store: Store, name: str, wanted: tuple[str, Wish], floor: tuple[str, Wish]) -> Figure:
    """A read is a call; of a batch each item is one."""
    _page(app, *wanted)
    store.counts.clear()
    began = time.process_time()
    body = _page(app, *wanted)
    spent = 1000 * (time.process_time() - began)
    reads = store.counts["Query"] + max(
        store.counts["GetItem"], store.counts["items read"] - store.counts["items queried"]
    )
    _page(app, *floor)
    store.counts.clear()
    empty = time.process_time()
    _page(app, *floor)
    bare = 1000 * (time.process_time() - empty)
    return Figure(
        bench="map",
        name=name,
        measured=f"{reads} reads, {spent:.0f} ms, {len(body.encode()) / 1000:.1f} kB",
        floor=f"{floor[0]}: {store.counts['items read']} items, {bare:.0f} ms",
        bound=f"{READS} reads, {BYTES // 1000} kB",
        met=reads <= READS and len(body.encode()) <= BYTES,
    )


def _page(app: Any, path: str, wish: Wish) -> str:
    event = gateway_event("GET", path, {}, b"", {"accept": "text/html"})
    event["multiValueQueryStringParameters"] = {name: [value] for name, value in wish.items()}
    answer = app.app(event, Context())
    assert answer["statusCode"] == 200, answer["body"][-500:]
    return str(answer["body"])


if __name__ == "__main__":
    run_alone(measure)

"""Pages of the desk over 100,000 open reports: what a queue page reads, the CPU it takes, and its size.

The queue's rows come from a stub that answers as the index does: fifty of 100,000, with real summaries; the page is
made by app.py from an API Gateway event. The floor is the same template with nothing in it, alternating."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from statistics import median, quantiles
from time import process_time_ns
from typing import Any

from bench.desk import DYNAMODB_OK, Context, gateway_event, stubbed_app
from bench.figures import Figure, run_alone
from bench.traffic import app_reports

OPEN_REPORTS, PAGE = 100_000, 50
CPU_MS, BYTES, ITEMS = 30.0, 60_000, 51
WARM = 20


def measure(quick: bool) -> Iterable[Figure]:
    """Items read, milliseconds of CPU beside the floor, bytes."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  logs and metrics are written, to nowhere
    answers = _Answers()
    app = stubbed_app(answers)
    headers = _signed_in(app)
    answers.fill(app)
    whole, bare, sizes, read = [], [], [], []
    for index in range(WARM + (60 if quick else 300)):
        answers.page = index % (OPEN_REPORTS // PAGE)
        answers.read = 0
        spent, body = _timed(app, headers)
        items = answers.read
        answers.page = None
        spent_bare, _ = _timed(app, headers)
        if index >= WARM:
            whole.append(spent)
            bare.append(spent_bare)
            sizes.append(len(body.encode()))
            read.append(items)
    low, _, high = quantiles(whole, n=4)
    ms = median(whole) / 1e6
    yield Figure(
        bench="desk_pages",
        name=f"triage, {PAGE} of {OPEN_REPORTS:,}: CPU of a page",
        measured=f"{ms:.1f} ms (quarters {low / 1e6:.1f}-{high / 1e6:.1f})",
        floor=f"an empty queue {median(bare) / 1e6:.1f} ms",
        bound=f"{CPU_MS:.0f} ms",
        met=ms < CPU_MS,
    )
    yield Figure(
        bench="desk_pages",
        name="  items read from the reports table",
        measured=f"{max(read)}",
        floor=f"{PAGE} shown",
        bound=f"{ITEMS}",
        met=max(read) <= ITEMS,
    )
    yield Figure(
        bench="desk_pages",
        name="  size, without photos",
        measured=f"{max(sizes) / 1000:.1f} kB",
        floor=f"its texts {answers.words / 1000:.1f} kB",
        bound=f"{BYTES / 1000:.0f} kB",
        met=max(sizes) <= BYTES,
    )


class _Answers:
    """DynamoDB over HTTP: a queue of 100,000 reports, of which a query gets its fifty. `page` None: an empty queue. `read`
    counts the items that were given out."""

    def __init__(self) -> None:
        self.page: int | None = None
        self.read = 0
        self.words = 0
        self._rows: list[dict[str, Any]] = []

    def fill(self, app: Any) -> None:
        """Makes the rows, from the city apps' traffic of the benches."""
        from chalicelib.domain.contribution import Contribution, Identity
        from chalicelib.domain.intake import begin
        from chalicelib.domain.place import Place
        from chalicelib.store.items import attributes

        city, now, traffic = app.desk.city, app.desk.now(), app_reports(seed=7)
        for index in range(PAGE * 20):
            told = next(traffic)
            lat, lng = told["location"]["lat"], told["location"]["lng"]
            said = Contribution(
                message_id=f"m{index}",
                channel="jaki",
                at=now,
                seed="00" * 16,
                body_hash="b",
                filled=("problem", "place", "name", "address"),
                problem=(told["text"] + ". Mohon segera ditindaklanjuti karena membahayakan warga yang lewat. ") * 3,
                place=Place(lat=lat, lng=lng, area=city.area_at(lat, lng), in_city=True),
                category=told.get("category") if index % 2 else None,
            )
            report = begin(Identity(tracking=f"JKT-{index:04d}-0000-0000", origin="o", sender="s"), said, city)
            item = attributes(report, city)
            self._rows.append(
                {
                    "tracking": {"S": report.tracking},
                    "status": {"S": "waiting"},
                    "summary": {"S": item["summary"]},
                    "queue": {"S": "waiting"},
                    "deadline_at": {"N": str(item["deadline_at"])},
                }
            )
        shown = [json.loads(row["summary"]["S"])["problem"] for row in self._rows[:PAGE]]
        self.words = sum(len(text.encode()) for text in shown)

    def __call__(self, operation: str, body: bytes) -> bytes:
        if operation != "Query" or self.page is None:
            return json.dumps({"Items": [], "Count": 0}).encode() if operation == "Query" else DYNAMODB_OK
        limit = json.loads(body)["Limit"]
        first = self.page * PAGE % len(self._rows)
        rows = self._rows[first : first + limit]
        self.read += len(rows)
        last = {name: rows[-1][name] for name in ("tracking", "queue", "deadline_at")}
        return json.dumps({"Items": rows, "Count": len(rows), "LastEvaluatedKey": last}).encode()


def _signed_in(app: Any) -> dict[str, str]:
    """The headers of an admin's browser: a session as sign-in makes it."""
    from chalicelib.domain.lifecycle import Role
    from chalicelib.http.desk import session
    from chalicelib.store.members import Member

    member = Member(sub="bench", name="Admin Contoh", email="admin@kota.example", role=Role.ADMIN)
    app.desk.secrets._groups["core"][0]["session"] = "local-only-session-of-the-bench"
    app.desk.members.get = lambda sub: member
    cookie = session.begin(member).partition(";")[0]
    return {"Cookie": cookie, "Accept-Language": "id"}


def _timed(app: Any, headers: dict[str, str]) -> tuple[int, str]:
    event = gateway_event("GET", "/desk/triage", {}, b"", headers)
    began = process_time_ns()
    answer = app.app(event, Context())
    spent = process_time_ns() - began
    assert answer["statusCode"] == 200, answer
    body: str = answer["body"]
    return spent, body


if __name__ == "__main__":
    run_alone(measure)

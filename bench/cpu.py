"""CPU of a whole webhook call with the HTTP layer stubbed, against a bare botocore PutItem of the same item.

Paired and alternating, one webhook and one bare put at a time, each report different from all before; the figure is
the median of the pairs' ratios. Logging and metrics are included (their lines go to the null device), the signature is
made outside of what is measured, and the garbage collector does as it likes.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Callable, Iterable
from statistics import median, quantiles
from time import process_time_ns
from typing import Any

from bench.desk import APP_SECRET, DYNAMODB_OK, REGION, Context, gateway_event, stubbed_app
from bench.figures import Figure, run_alone
from bench.traffic import app_reports, signed_app

BOUND = 2.0
WARM = 100


def measure(quick: bool) -> Iterable[Figure]:
    """The ratio and its parts."""
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  logs and metrics are written, to nowhere
    wire: list[bytes] = []

    def keep(_operation: str, body: bytes) -> bytes:
        wire[:] = [body]
        return DYNAMODB_OK

    app = stubbed_app(keep)
    from chalicelib.store.client import client

    dynamodb, reports = client("dynamodb", REGION), app_reports(seed=3)

    def webhook(event: dict[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = app.app(event, Context())
        return answer

    whole, bare, sizes = [], [], []
    for index in range(WARM + (200 if quick else 2000)):
        body, headers = signed_app(next(reports), APP_SECRET)
        event = gateway_event("POST", "/channels/{channel}", {"channel": "jaki"}, body, headers)
        spent, answer = _timed(lambda event=event: webhook(event))
        assert answer["statusCode"] == 200, answer
        request = json.loads(wire[0])
        put = {"TableName": request["TableName"], "Item": {n: _typed(v) for n, v in request["Item"].items()}}
        spent_bare, _ = _timed(lambda put=put: dynamodb.put_item(**put))
        if index >= WARM:
            whole.append(spent)
            bare.append(spent_bare)
            sizes.append(len(wire[0]))
    ratios = [webhook_ns / bare_ns for webhook_ns, bare_ns in zip(whole, bare, strict=True)]
    low, _, high = quantiles(ratios, n=4)
    yield Figure(
        bench="cpu",
        name="a whole webhook call / a bare PutItem",
        measured=f"{median(ratios):.2f} x (quarters {low:.2f}-{high:.2f})",
        floor=f"{median(whole) / 1000:.0f} / {median(bare) / 1000:.0f} us, item {median(sizes):.0f} B",
        bound=f"{BOUND:.1f} x",
        met=median(ratios) <= BOUND,
    )
    yield from _parts(app, 100 if quick else 500, median(bare) / 1000)


def _parts(app: Any, rounds: int, bare_us: float) -> Iterable[Figure]:
    """What the time goes into, each part called by itself; they do not add up to the whole (routing is the rest)."""
    from chalicelib.channels import city_app
    from chalicelib.channels.message import Request
    from chalicelib.domain import tracking as numbers
    from chalicelib.domain.contribution import Identity
    from chalicelib.domain.intake import begin
    from chalicelib.usecases.understand import structured

    desk, reports = app.desk, app_reports(seed=4)
    channel, key = desk.city.channels["jaki"], desk.secrets.key("recognition", desk.ticks())
    secrets = desk.secrets.channel("inbound", "jaki", desk.ticks())
    spent: dict[str, list[float]] = {}

    def part(name: str, call: Callable[[], Any]) -> Any:
        took, result = _timed(call)
        spent.setdefault(name, []).append(took)
        return result

    for _ in range(rounds):
        body, headers = signed_app(next(reports), APP_SECRET)
        request = Request(
            method="POST",
            url="http://x/channels/jaki",
            headers=headers | {"content-type": "application/json"},
            query={},
            body=body,
        )
        now = desk.now()
        part("verify", lambda request=request, now=now: city_app.verify(channel, request, secrets, now))
        message = part("parse", lambda request=request, now=now: city_app.parse(channel, request, now))
        told = part(
            "understand and mask",
            lambda message=message, now=now: structured(message, desk.city, now=now, seed="0f" * 16, key=key),
        )
        number = numbers.derive(b"n" * 32, desk.city.prefix, "jaki", message.sender, message.id, attempt=0)
        identity = Identity(tracking=number, origin="o", sender="s")
        report = part("begin the report", lambda identity=identity, told=told: begin(identity, told.said, desk.city))
        part("seal", lambda told=told, number=number: desk.sealer.seal(told.secret, number, desk.ticks()))
        part("put", lambda report=report: desk.reports.add(report))
    for name, took in spent.items():
        yield Figure(
            bench="cpu",
            name=f"  of it: {name}",
            measured=f"{median(took) / 1000:.0f} us",
            floor=f"bare put {bare_us:.0f} us",
        )


def _timed(call: Callable[[], Any]) -> tuple[int, Any]:
    began = process_time_ns()
    result = call()
    return process_time_ns() - began, result


def _typed(value: dict[str, Any]) -> dict[str, Any]:
    """An attribute of the wire as botocore is given it: bytes, not base64."""
    ((kind, content),) = value.items()
    if kind == "B":
        return {"B": base64.b64decode(content)}
    return {"L": [_typed(each) for each in content]} if kind == "L" else value


if __name__ == "__main__":
    run_alone(measure)

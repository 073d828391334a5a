"""How many DynamoDB operations each way in costs, counted on botocore's own events with moto in process.

The requests go through the real handlers of app.py as API Gateway's events; the cloud has the deployed template's
resources. Keys and secrets are at hand (fetched once per process and hour), as in a function that has been called before; so
is what the admins have changed of the pack (one read per process and 30 seconds, made before each count).
"""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from bench.desk import PUBLIC_URL, REGION, SECRETS, SMS_TOKEN, Context, environment, gateway_event
from bench.figures import Figure, run_alone
from bench.traffic import app_reports, signed_app, signed_sms

TEMPLATE = Path(__file__).resolve().parent.parent / ".chalice" / "resources.json"
READS = frozenset({"GetItem", "Query", "BatchGetItem", "Scan", "TransactGetItems"})
TEXTS = ("Jalan berlubang di depan pasar, bahaya kalau malam", "Nama: Sekar Pranawa. Alamat: Jl. Melati 5, Menteng")
SENDER = "+628110009901"


def measure(quick: bool) -> Iterable[Figure]:
    """One figure per way in; each is counted on several messages, which all must cost the same."""
    environment()
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  the logs
    app, operations, announced = _mocked_app()
    rounds = 2 if quick else 5
    counts: dict[str, set[str]] = {}

    def count(name: str, call: Callable[[], None]) -> None:
        _ = app.desk.city
        operations.clear()
        before = announced()
        call()
        counts.setdefault(name, set()).add(_in_words(operations, announced() - before))

    warm = app_reports(seed=1)
    for _ in range(2):
        _app(app, next(warm))
    _sms(app, "SMwarm", "+628110009900", "Lampu jalan mati di depan masjid")
    reports = app_reports(seed=2)
    for index in range(rounds):
        report = next(reports)
        sender = f"{SENDER}{index}"
        number = [""]

        def submit(report: dict[str, Any] = report, number: list[str] = number) -> None:
            number[0] = _app(app, report)["tracking"]

        count("a complete city-app report", submit)
        count("the same again", submit)
        count("a status look-up", lambda number=number: _look_up(app, number[0]))
        first, second = f"SM{index:032x}", f"SM{index + 1000:032x}"
        count("a conversation's first message", lambda i=first, s=sender: _sms(app, i, s, TEXTS[0]))
        count("a conversation's second message", lambda i=second, s=sender: _sms(app, i, s, TEXTS[1]))
        count("the second message again", lambda i=second, s=sender: _sms(app, i, s, TEXTS[1]))
    for name, bound in BOUNDS.items():
        found = " or ".join(sorted(counts[name]))
        yield Figure(bench="calls", name=name, measured=found, floor=FLOORS[bound], bound=bound, met=found == bound)


BOUNDS = {
    "a complete city-app report": "1 write, 0 reads",
    "the same again": "1 write refused, 1 read, 0 announcements",
    "a status look-up": "0 writes, 1 read",
    "a conversation's first message": "2 writes, 0 reads",
    "a conversation's second message": "2 writes, 0 reads",
    "the second message again": "1 write refused, 1 read, 0 announcements",
}
# What cannot be done with less, whoever builds it.
FLOORS = {
    "1 write, 0 reads": "1 PutItem",
    "1 write refused, 1 read, 0 announcements": "1 PutItem, 1 GetItem",
    "0 writes, 1 read": "1 GetItem",
    "2 writes, 0 reads": "1 UpdateItem per table",
}


def _in_words(operations: list[tuple[str, bool]], announced: int) -> str:
    """`operations` are names and whether each was refused; a record in the stream announces, as do `Publish` and
    `SendMessage`."""
    kinds: Counter[str] = Counter(announcement=announced)
    for name, refused in operations:
        if name in READS:
            kinds["read"] += 1
        elif name in ("Publish", "SendMessage"):
            kinds["announcement"] += 1
        else:
            kinds["refused" if refused else "write"] += 1
    reads = f"{kinds['read']} read{'' if kinds['read'] == 1 else 's'}"
    if kinds["refused"]:
        accepted = f"{kinds['write']} writes, " if kinds["write"] else ""
        return f"{accepted}{kinds['refused']} write refused, {reads}, {kinds['announcement']} announcements"
    return f"{kinds['write']} write{'' if kinds['write'] == 1 else 's'}, {reads}"


def _mocked_app() -> tuple[Any, list[tuple[str, bool]], Callable[[], int]]:
    """app.py in a mocked cloud, the list its operations are noted in, and how often the reports table's stream moved."""
    from local.cloud import Cloud
    from local.resources import Resources

    cloud = Cloud()
    parameters = {"Stage": "local", "City": "jakarta", "PublicUrl": PUBLIC_URL, "MailFrom": "lapor@kota.example"}
    parameters |= {"JwtIssuer": "https://issuer.example", "JwtAudience": "bench", "JwksUrl": "https://issuer.example/k"}
    Resources(cloud, json.loads(TEMPLATE.read_text("utf-8")), parameters).create()
    ssm = cloud.client("ssm")
    for name, value in SECRETS.items():
        ssm.put_parameter(Name=f"/tanggap/local/{name}", Value=value, Type="SecureString", Overwrite=True)
    import app
    from chalicelib.store.client import client

    operations: list[tuple[str, bool]] = []

    def note(http_response: Any, parsed: Any, model: Any, **_: Any) -> None:
        code = parsed.get("Error", {}).get("Code", "") if isinstance(parsed, dict) else ""
        operations.append((model.name, code == "ConditionalCheckFailedException"))

    for service in ("dynamodb", "sns", "sqs"):
        client(service, REGION).meta.events.register(f"after-call.{service}.*", note)
    table = cloud.backend("dynamodb").tables[app.desk.settings.table("reports")]
    return app, operations, lambda: len(table.stream_shard.items)


def _app(app: Any, report: dict[str, Any]) -> dict[str, Any]:
    body, headers = signed_app(report, SECRETS["inbound/jaki/secret"])
    answer = app.app(gateway_event("POST", "/channels/{channel}", {"channel": "jaki"}, body, headers), Context())
    assert answer["statusCode"] == 200, answer
    receipt: dict[str, Any] = json.loads(answer["body"])
    return receipt


def _sms(app: Any, message_id: str, sender: str, text: str) -> None:
    body, headers = signed_sms(message_id, sender, text, SMS_TOKEN, f"{PUBLIC_URL}/channels/sms")
    answer = app.app(gateway_event("POST", "/channels/{channel}", {"channel": "sms"}, body, headers), Context())
    assert answer["statusCode"] == 200, answer


def _look_up(app: Any, tracking: str) -> None:
    headers = {"Accept": "application/json"}
    answer = app.app(gateway_event("GET", "/reports/{tracking}", {"tracking": tracking}, b"", headers), Context())
    assert answer["statusCode"] == 200, answer


if __name__ == "__main__":
    run_alone(measure)

"""What reading a webhook costs per channel, beside the mere decoding of its body; and a batch of a thousand messages, stored
whole in the mocked cloud, beside as many bare puts and updates there.
"""

from __future__ import annotations

import hmac
import json
import os
import sys
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from statistics import median
from typing import Any
from urllib.parse import parse_qsl

from bench.calls import _mocked_app
from bench.desk import REGION, SECRETS, Context, environment, gateway_event
from bench.figures import Figure, run_alone

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
META_SECRET = "local-only-bench-whatsapp"
TEXT = "Lampu jalan mati di Jl Melati RT 3 Menteng sudah seminggu, gelap sekali kalau malam"
FORM = "application/x-www-form-urlencoded"
MOST_MS, MOST_BATCH_SECONDS = 1.0, 15.0
WHATSAPP = {"from": "6281200000001", "id": "wamid.1", "timestamp": "1795230000", "type": "text", "text": {"body": TEXT}}


def _whatsapp(messages: list[dict[str, Any]]) -> dict[str, Any]:
    about = {"display_phone_number": "6280000001708", "phone_number_id": "106540352242922"}
    entries = [
        {
            "id": "1",
            "changes": [
                {
                    "field": "messages",
                    "value": {
                        "messaging_product": "whatsapp",
                        "metadata": about,
                        "contacts": [{"profile": {"name": "Warga"}, "wa_id": message["from"]}],
                        "messages": [message],
                    },
                }
            ],
        }
        for message in messages
    ]
    return {"object": "whatsapp_business_account", "entry": entries}


PAYLOADS: dict[str, tuple[str, bytes]] = {
    "sms": (FORM, b"MessageSid=SM1&From=%2B6281200000001&To=%2B628000&Body=" + TEXT.replace(" ", "+").encode()),
    "sms-vonage": (FORM, b"messageId=1&msisdn=6281200000001&to=628000&type=text&text=" + TEXT.replace(" ", "+").encode()),
    "whatsapp": ("application/json", json.dumps(_whatsapp([WHATSAPP])).encode()),
    "facebook": (
        "application/json",
        json.dumps(
            {
                "object": "page",
                "entry": [
                    {"id": "1", "time": 1795230000, "messaging": [{"sender": {"id": "7"}, "recipient": {"id": "1"}, "timestamp": 1795230000000, "message": {"mid": "m1", "text": TEXT}}]}
                ],
            }
        ).encode(),
    ),
    "telegram": (
        "application/json",
        json.dumps(
            {"update_id": 1, "message": {"message_id": 1, "date": 1795230000, "from": {"id": 7, "is_bot": False, "first_name": "W"}, "chat": {"id": 7, "type": "private"}, "text": TEXT}}
        ).encode(),
    ),
    "jaki": ("application/json", json.dumps({"id": "1", "text": TEXT, "location": {"lat": -6.17, "lng": 106.82}}).encode()),
}  # fmt: skip


def measure(quick: bool) -> Iterable[Figure]:
    """A figure for each channel, and one for the batch."""
    environment()
    os.environ["POWERTOOLS_METRICS_DISABLED"] = "true"
    sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  the logs
    yield from _parsing(200 if quick else 2_000)
    yield _batch(200 if quick else 1_000)


def _parsing(rounds: int) -> Iterable[Figure]:
    from chalicelib import city as packs
    from chalicelib.channels.message import Request
    from chalicelib.channels.registry import http_adapter

    channels = packs.load("jakarta").channels
    for name, (kind, body) in PAYLOADS.items():
        channel = channels[name]
        adapter = http_adapter(channel)
        headers = {"content-type": kind, "webhook-id": "1"}
        request = Request(method="POST", url=f"https://kota.example/channels/{name}", headers=headers, body=body)
        took = _median_ms(lambda adapter=adapter, c=channel, r=request: adapter.parse_all(c, r, NOW), rounds)  # type: ignore[misc]
        decode: Callable[[], object] = (
            (lambda body=body: json.loads(body)) if kind != FORM else lambda body=body: parse_qsl(body.decode())
        )
        floor = _median_ms(decode, rounds)
        yield Figure(
            bench="channels",
            name=f"a webhook of {name} read",
            measured=f"{took:.3f} ms",
            floor=f"decoding its body {floor:.3f} ms",
            bound=f"{MOST_MS:.0f} ms",
            met=took < MOST_MS,
        )


def _batch(many: int) -> Figure:
    SECRETS["inbound/whatsapp/app_secret"] = META_SECRET
    app, operations, _ = _mocked_app()
    messages = [{**WHATSAPP, "from": f"62812{n:07d}", "id": f"wamid.{n}"} for n in range(many)]
    body = json.dumps(_whatsapp(messages)).encode()
    proof = "sha256=" + hmac.digest(META_SECRET.encode(), body, "sha256").hex()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": proof}
    event = gateway_event("POST", "/channels/{channel}", {"channel": "whatsapp"}, body, headers)
    operations.clear()
    began = time.perf_counter()
    answer = app.app(event, Context())
    took = time.perf_counter() - began
    assert answer["statusCode"] == 200, answer
    writes = sum(name in ("PutItem", "UpdateItem") for name, _ in operations)
    floor = _bare(many)
    return Figure(
        bench="channels",
        name=f"a batch of {many} WhatsApp messages stored",
        measured=f"{took:.1f} s, {writes} writes",
        floor=f"as many bare updates and puts {floor:.1f} s",
        bound=f"{MOST_BATCH_SECONDS * many / 1000:.0f} s, {2 * many} writes",
        met=took < MOST_BATCH_SECONDS * many / 1000 and writes == 2 * many,
    )


def _bare(many: int) -> float:
    from chalicelib.store.client import client

    dynamodb = client("dynamodb", REGION)
    began = time.perf_counter()
    for number in range(many):
        dynamodb.update_item(
            TableName="tanggap-local-conversations",
            Key={"sender": {"S": f"bare{number}"}},
            UpdateExpression="SET #log = :log",
            ExpressionAttributeNames={"#log": "log"},
            ExpressionAttributeValues={":log": {"S": TEXT}},
        )
        dynamodb.put_item(
            TableName="tanggap-local-reports", Item={"tracking": {"S": f"bare{number}"}, "facts": {"S": TEXT}}
        )
    return time.perf_counter() - began


def _median_ms(call: Callable[[], object], rounds: int) -> float:
    call()
    return median(_ms(call) for _ in range(rounds))


def _ms(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1_000


if __name__ == "__main__":
    run_alone(measure)

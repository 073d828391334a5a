"""Many messages in one call: stored whole, and after a crash in the middle none lost and none doubled."""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.store.client import client
from tests.faults import failing
from tests.http.conftest import Answer

MANY = 120


def entry(number: int) -> dict[str, Any]:
    message = {
        "from": f"62812{number:07d}",
        "id": f"wamid.batch.{number}",
        "timestamp": "1795230000",
        "type": "text",
        "text": {"body": f"Lampu jalan mati di Jl Melati nomor {number} Menteng"},
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "6280000001708", "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": "Warga"}, "wa_id": message["from"]}],
        "messages": [message],
    }
    status = {"statuses": [{"id": f"wamid.ours.{number}", "status": "delivered", "recipient_id": message["from"]}]}
    changes = [
        {"field": "messages", "value": value},
        {"field": "messages", "value": {**value, "messages": [], **status}},
    ]
    return {"id": "1", "changes": changes}


@pytest.fixture
def batch(web: Callable[..., Answer], aws: Any) -> Callable[[], Answer]:
    secret = "local-only-whatsapp"
    ssm = client("ssm", "ap-southeast-3")
    ssm.put_parameter(
        Name="/tanggap/local/inbound/whatsapp/app_secret", Value=secret, Type="SecureString", Overwrite=True
    )
    body = json.dumps({"object": "whatsapp_business_account", "entry": [entry(n) for n in range(MANY)]}).encode()
    headers = {
        "content-type": "application/json",
        "x-hub-signature-256": "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex(),
    }
    return lambda: web("POST", "/channels/{channel}", channel="whatsapp", headers=headers, body=body.decode())


def stored(desk: Any) -> list[dict[str, Any]]:
    dynamodb = client("dynamodb", desk.settings.region)
    return list(dynamodb.scan(TableName=desk.settings.table("reports"))["Items"])


def test_a_batch_is_stored_whole_and_sent_again_doubles_nothing(desk: Any, batch: Callable[[], Answer]) -> None:
    assert batch().status == 200
    first = {item["tracking"]["S"]: item["version"]["N"] for item in stored(desk)}
    assert len(first) == MANY
    assert batch().status == 200
    assert {item["tracking"]["S"]: item["version"]["N"] for item in stored(desk)} == first


@pytest.mark.parametrize("operation", ["PutItem", "UpdateItem"])
@pytest.mark.parametrize("kind", ["timeout-before", "timeout-after"])
def test_a_crash_in_the_middle_loses_none_and_doubles_none(
    desk: Any, batch: Callable[[], Answer], operation: str, kind: str
) -> None:
    calls = 0

    def in_the_middle(**_: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == MANY // 2:
            stack.__enter__()

    stack = failing("dynamodb", operation, kind, times=3)  # botocore itself tries three times
    events = client("dynamodb", desk.settings.region).meta.events
    events.register(f"before-parameter-build.dynamodb.{operation}", in_the_middle)
    try:
        assert batch().status == 503
    finally:
        events.unregister(f"before-parameter-build.dynamodb.{operation}", in_the_middle)
        stack.__exit__(None, None, None)
    assert MANY - 1 <= len(stored(desk)) <= MANY, "whoever came behind the one that failed is stored"
    assert batch().status == 200
    reports = stored(desk)
    assert len(reports) == MANY
    assert all(len(item["history"]["L"]) == 1 for item in reports)

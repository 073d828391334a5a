"""A service that fails once, before or after its effect, or for a whole call: nothing is lost, nothing is stored twice,
and never a 500.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.faults import failing
from tests.http.conftest import Answer, Context, bearer, report_body, signed

KINDS = ["throttle", "500", "timeout-before", "timeout-after"]


def send(web: Callable[..., Answer], clock: Any, message_id: str = "msg-1") -> Answer:
    clock.instant = datetime.now(UTC)
    body = report_body()
    return web("POST", "/channels/{channel}", channel="jaki", headers=signed(body, message_id), body=body)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("service", "operation"), [("dynamodb", "PutItem"), ("kms", "GenerateDataKey")])
def test_a_webhook_outlives_one_failure(
    web: Callable[..., Answer], clock: Any, service: str, operation: str, kind: str
) -> None:
    with failing(service, operation, kind) as failed:
        answer = send(web, clock)
    assert failed
    assert answer.status == 200
    again = send(web, clock)
    assert again.json == answer.json
    history = web(
        "GET", "/reports/{tracking}", tracking=answer.json["tracking"], headers={"accept": "application/json"}
    )
    assert [entry["event"] for entry in history.json["history"]] == ["received", "dispatched"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_failed_call_is_503_and_the_repetition_makes_it_good(
    web: Callable[..., Answer], clock: Any, kind: str
) -> None:
    with failing("dynamodb", "PutItem", kind, times=3):
        answer = send(web, clock)
    assert answer.status in (200, 503)
    assert "Traceback" not in answer.text
    if answer.status == 503:
        assert answer.json["code"] == "unavailable"
        assert answer.headers["retry-after"]
    assert send(web, clock).status == 200


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("times", [1, 3])
def test_an_action_happens_once_whatever_fails(
    web: Callable[..., Answer], filed: Callable[..., dict[str, Any]], kind: str, times: int
) -> None:
    tracking = filed()["tracking"]
    headers = bearer("agency", "bina-marga") | {"idempotency-key": "k1"}
    route = {"tracking": tracking, "action": "accept"}
    with failing("dynamodb", "UpdateItem", kind, times=times):
        first = web("POST", "/staff/reports/{tracking}/{action}", headers=headers, body="{}", **route)
    assert first.status in ((200,) if times == 1 else (200, 503))
    second = web("POST", "/staff/reports/{tracking}/{action}", headers=headers, body="{}", **route)
    assert second.status == 200
    assert [entry["event"] for entry in second.json["history"]].count("accepted") == 1


@pytest.mark.parametrize("kind", ["500", "timeout-before"])
def test_a_mail_that_cannot_be_fetched_is_tried_again(module: Any, cloud: Any, kind: str) -> None:
    import json

    raw = (
        b"From: Siti <siti@example.co.id>\r\nTo: lapor@kota.example\r\nSubject: Jalan rusak\r\nMessage-ID: <a@b.id>\r\n"
        b"\r\nJalan rusak di Jl Kemang Raya\r\n"
    )
    cloud.client("s3").put_object(Bucket="tanggap-local-mail-123456789012", Key="inbound/x", Body=raw)
    notice = {
        "notificationType": "Received",
        "mail": {"messageId": "x"},
        "receipt": {
            **{f"{name}Verdict": {"status": "PASS"} for name in ("spam", "virus", "spf", "dkim", "dmarc")},
            "action": {"type": "S3", "bucketName": "tanggap-local-mail-123456789012", "objectKey": "inbound/x"},
        },
    }
    event = {
        "Records": [
            {"EventSource": "aws:sns", "Sns": {"Message": json.dumps(notice), "Subject": "s", "MessageAttributes": {}}}
        ]
    }
    with failing("s3", "GetObject", kind, times=3), pytest.raises(Exception, match=r".+"):
        module.receive_email(event, Context())
    (tracking,) = module.receive_email(event, Context())
    assert module.receive_email(event, Context()) == [tracking]
    assert module.desk.reports.get(tracking).problem.startswith("Jalan rusak")


def test_a_stream_batch_stops_at_the_first_bad_record_and_a_queue_batch_does_not(
    module: Any, filed: Callable[..., dict[str, Any]]
) -> None:
    from chalicelib.store.items import attributes, wire

    report = module.desk.reports.get(filed()["tracking"])
    image = {"tracking": {"S": report.tracking}, **wire(attributes(report, module.desk.city))}
    good = {"eventName": "INSERT", "dynamodb": {"NewImage": image, "SequenceNumber": "1"}}
    bad = {"eventName": "MODIFY", "dynamodb": {"NewImage": {"history": {"L": [{"S": "{"}]}}, "SequenceNumber": "2"}}
    removed = {"eventName": "REMOVE", "dynamodb": {"OldImage": image, "SequenceNumber": "3"}}
    answer = module.relay({"Records": [good, removed, bad, good]}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    assert module.relay({"Records": [good, removed]}, Context()) == {"batchItemFailures": []}
    event = {"data": {"tracking": report.tracking, "seq": 1}}
    import json

    records = [
        {"messageId": "a", "body": "{", "attributes": {}},
        {"messageId": "b", "body": json.dumps(event), "attributes": {}},
        {"messageId": "c", "body": '{"data": {"tracking": "JKT-X", "seq": 1}}', "attributes": {}},
    ]
    answer = module.replies({"Records": records}, Context())
    assert answer == {"batchItemFailures": [{"itemIdentifier": "a"}]}

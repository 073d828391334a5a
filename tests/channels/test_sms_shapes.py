"""SMS providers that are configured, not coded: the pack's own aggregator, Infobip's and 8x8's shapes, in and out."""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import b64encode
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chalicelib import city
from chalicelib.channels import sms_http
from chalicelib.channels.message import Message, Request, Skipped
from chalicelib.city.model import Channel
from chalicelib.domain.errors import BadSignature, Invalid
from chalicelib.outbound.senders.sms_http import prepare
from local.fakes import sms_aggregator
from local.fakes.call import Call
from local.outbox import Outbox

NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
URL = "https://kota.example/prod/channels/sms-aggregator"
JSON = "application/json"


@pytest.fixture(scope="module")
def aggregator() -> Channel:
    return city.load("jakarta").channels["sms-aggregator"]


def posted(document: Any, **headers: str) -> Request:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Request(method="POST", url=URL, headers={"content-type": JSON, **headers}, body=body)


def shaped(inbound: dict[str, str]) -> Channel:
    return Channel(id="sms-x", label={"id": "SMS"}, group="surat-elektronik", adapter="sms_http", geo_tagged=False, inbound=inbound)  # fmt: skip


INFOBIP = shaped(
    {
        "content_type": JSON, "id": "results.0.messageId", "sender": "results.0.from", "text": "results.0.text",
        "time": "results.0.receivedAt", "signature": "basic", "secret": "credentials", "response": "json",
    }
)  # fmt: skip
EIGHT = shaped(
    {
        "content_type": JSON, "id": "payload.umid", "sender": "payload.source", "text": "payload.body",
        "time": "payload.timestamp", "signature": "shared-secret", "signature_query": "token", "secret": "token",
    }
)  # fmt: skip


def infobip(*texts: dict[str, Any]) -> dict[str, Any]:
    return {"results": list(texts), "messageCount": len(texts), "pendingMessageCount": 0}


def one(number: int, **more: Any) -> dict[str, Any]:
    return {
        "messageId": f"8177{number}", "from": "6281200000173", "to": "6280000001708", "text": f"BANJIR Jl Kemang {number}",
        "receivedAt": "2026-03-03T08:15:42.000+0700", **more,
    }  # fmt: skip


class TestTheAggregatorOfThePack:
    TEXT = {"message_id": "A-1", "msisdn": "081200000173", "shortcode": "1708", "message": "Banjir", "received_at": "2026-03-03 08:15:42"}  # fmt: skip

    def test_in(self, aggregator: Channel) -> None:
        (message,) = sms_http.parse_all(aggregator, posted(self.TEXT), NOW)
        assert isinstance(message, Message)
        assert (message.id, message.sender, message.text) == ("A-1", "+6281200000173", "Banjir")
        assert message.sent_at == datetime(2026, 3, 3, 1, 15, 42, tzinfo=UTC)
        assert sms_http.http_answer(aggregator) == ("{}", JSON)

    def test_signature(self, aggregator: Channel) -> None:
        request = posted(self.TEXT)
        digest = hmac.new(b"s3cret", request.body, hashlib.sha256).hexdigest()
        sms_http.verify(aggregator, posted(request.body, **{"x-signature": digest}), {"secret": "s3cret"}, NOW)
        for secrets, given in (({"secret": "other"}, digest), ({}, digest), ({"secret": "s3cret"}, "")):
            with pytest.raises(BadSignature):
                sms_http.verify(aggregator, posted(request.body, **{"x-signature": given}), secrets, NOW)

    def test_an_id_as_number_and_as_text_is_the_same(self, aggregator: Channel) -> None:
        told = [
            sms_http.parse_all(aggregator, posted({**self.TEXT, "message_id": each}), NOW)[0].id for each in (17, "17")
        ]
        assert told == ["17", "17"]

    def test_out(self, aggregator: Channel) -> None:
        secrets = {"base_url": "http://127.0.0.1:1", "api_key": "k3y", "from_number": "1708"}
        made = prepare(aggregator.outbound, secrets, "+6281200000173", "Diterima.")
        assert (made.method, made.url) == ("POST", "http://127.0.0.1:1/v1/messages")
        assert made.headers["Authorization"] == "Bearer k3y"
        assert json.loads(made.body or b"") == {"msisdn": "+6281200000173", "message": "Diterima.", "from": "1708"}

    @pytest.mark.parametrize(
        ("text", "status"),
        [("Diterima.", 202), ("Lihat https://x.example", 422), ("🌊", 422), ("x" * 161, 422), ("", 422)],
    )
    def test_the_played_one_takes_one_segment_without_a_link(self, aggregator: Channel, text: str, status: int) -> None:
        secrets, outbox = {"base_url": "http://x", "api_key": "k3y", "from_number": "1708"}, Outbox()
        made = prepare(aggregator.outbound, secrets, "+6281200000173", text)
        headers = {name.lower(): value for name, value in made.headers.items()}
        call = Call(
            name="sms-aggregator", method=made.method, path=("v1", "messages"), query={}, headers=headers, body=made.body or b"",
            secrets=secrets, outbox=outbox, now=NOW,
        )  # fmt: skip
        assert sms_aggregator.answer(call)[0] == status
        assert [item["text"] for item in outbox.newest({})] == ([text] if status == 202 else [])
        assert sms_aggregator.answer(msgspec_replace(call, secrets={**secrets, "api_key": "other"}))[0] == 401


def msgspec_replace(call: Call, **change: Any) -> Call:
    import dataclasses

    return dataclasses.replace(call, **change)


class TestInfobip:
    def test_every_text_of_a_batch(self) -> None:
        told = sms_http.parse_all(INFOBIP, posted(infobip(one(1), one(2))), NOW)
        assert [(each.id, each.text) for each in told if isinstance(each, Message)] == [
            ("81771", "BANJIR Jl Kemang 1"),
            ("81772", "BANJIR Jl Kemang 2"),
        ]
        assert isinstance(told[0], Message)
        assert told[0].sent_at == datetime(2026, 3, 3, 1, 15, 42, tzinfo=UTC)

    def test_each_text_is_sealed_by_itself(self) -> None:
        """Also: the same text in another batch, a repetition, has the same form."""
        first, second = sms_http.parse_all(INFOBIP, posted(infobip(one(1), one(2))), NOW)
        (again,) = sms_http.parse_all(INFOBIP, posted(infobip(one(2))), NOW)
        assert isinstance(first, Message)
        assert b"Kemang 2" not in first.raw
        assert second == again

    @pytest.mark.parametrize("bad", [{"messageId": None}, {"from": {}}, {"text": 5}, {"text": "x" * 20_001}])
    def test_one_that_cannot_be_read_does_not_hold_up_the_others(self, bad: dict[str, Any]) -> None:
        told = sms_http.parse_all(INFOBIP, posted(infobip(one(1), one(2, **bad), one(3))), NOW)
        assert [type(each) for each in told] == [Message, Skipped, Message]
        with pytest.raises(Invalid):  # alone it is refused, and says why
            sms_http.parse_all(INFOBIP, posted(infobip(one(2, **bad))), NOW)

    def test_basic(self) -> None:
        given = "Basic " + b64encode(b"infobip:s3cret").decode()
        sms_http.verify(INFOBIP, posted(infobip(one(1)), authorization=given), {"credentials": "infobip:s3cret"}, NOW)
        with pytest.raises(BadSignature):
            sms_http.verify(INFOBIP, posted(infobip(one(1))), {"credentials": "infobip:s3cret"}, NOW)


class TestEightByEight:
    TEXT = {
        "namespace": "SMS",
        "eventType": "inbound_message_received",
        "payload": {
            "umid": "0000-17", "source": "+6281200000173", "destination": "+6280000001708", "encoding": "UCS2",
            "body": "Lampu merah mati 🚦", "timestamp": "2026-03-03T01:15:42Z",
        },
    }  # fmt: skip

    def test_in(self) -> None:
        (message,) = sms_http.parse_all(EIGHT, posted(self.TEXT), NOW)
        assert isinstance(message, Message)
        assert (message.id, message.sender, message.text) == ("0000-17", "+6281200000173", "Lampu merah mati 🚦")

    def test_the_secret_of_the_address(self) -> None:
        request = msgspec.structs.replace(posted(self.TEXT), query={"token": "s3cret"})
        sms_http.verify(EIGHT, request, {"token": "s3cret"}, NOW)
        with pytest.raises(BadSignature):
            sms_http.verify(EIGHT, request, {"token": "other"}, NOW)

"""SMS from Twilio's form, from aggregators' JSON, and from whatever else the pack describes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from chalicelib.channels import sms_http
from chalicelib.channels.message import Message, Request, Skipped
from chalicelib.city.model import Channel
from chalicelib.domain.errors import BadSignature, Invalid, Malformed, ReportError, TooLarge, WrongContentType

URL = "https://kota.example/prod/channels/sms"
SECRETS = {"auth_token": "12345"}
FORM = "application/x-www-form-urlencoded"


def form(fields: Mapping[str, str] | bytes, content_type: str = FORM) -> Request:
    body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
    return Request(method="POST", url=URL, headers={"content-type": content_type}, body=body)


def with_headers(request: Request, **headers: str) -> Request:
    return msgspec.structs.replace(
        request, headers={**request.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
    )


def speaking(channel: Channel, **inbound: str) -> Channel:
    return msgspec.structs.replace(channel, inbound=inbound)


SMS = {"MessageSid": "SM1", "From": "+628123456789", "Body": "Jalan rusak", "NumMedia": "0"}


class TestTwiliosForm:
    def test_the_golden_message(self, twilio_sms: Channel, golden: Path, now: datetime) -> None:
        body = (golden / "twilio_inbound.form").read_bytes()
        message = sms_http.parse(twilio_sms, form(body), now)
        assert message == Message(
            channel="sms",
            id="SM00000000000000000000000000000000",
            sender="+628123456789",
            text="Banjir di Jl. Kemang 🌊 setinggi lutut & macet=parah",
            phone="+628123456789",
            conversational=True,
            raw=body,
        )

    def test_signed_by_the_vendors_own_package(self, twilio_sms: Channel, golden: Path, now: datetime) -> None:
        body = (golden / "twilio_inbound.form").read_bytes()
        signature = RequestValidator("12345").compute_signature(
            URL, dict(parse_qsl(body.decode(), keep_blank_values=True))
        )
        sms_http.verify(twilio_sms, with_headers(form(body), x_twilio_signature=signature), SECRETS, now)
        tampered = body.replace(b"lutut", b"leher")
        with pytest.raises(BadSignature):
            sms_http.verify(twilio_sms, with_headers(form(tampered), x_twilio_signature=signature), SECRETS, now)
        with pytest.raises(BadSignature):
            sms_http.verify(twilio_sms, form(body), SECRETS, now)
        with pytest.raises(BadSignature):
            sms_http.verify(twilio_sms, with_headers(form(body), x_twilio_signature=signature), {}, now)

    def test_blank_values_and_unknown_parameters_are_signed_too(self, twilio_sms: Channel, now: datetime) -> None:
        fields = {**SMS, "Body": "", "NewParameterOf2027": "x"}
        signature = RequestValidator("12345").compute_signature(URL, fields)
        sms_http.verify(twilio_sms, with_headers(form(fields), x_twilio_signature=signature), SECRETS, now)

    def test_a_form_with_too_many_fields_is_a_bad_signature_first(self, twilio_sms: Channel, now: datetime) -> None:
        request = with_headers(form(b"a=1&" * 5_000), x_twilio_signature="x")
        with pytest.raises(BadSignature):
            sms_http.verify(twilio_sms, request, SECRETS, now)
        with pytest.raises(Malformed):
            sms_http.parse(twilio_sms, request, now)

    def test_a_photo_without_words(self, twilio_sms: Channel, now: datetime) -> None:
        fields = {
            **SMS,
            "Body": "",
            "NumMedia": "2",
            "MediaUrl0": "https://m.example/0",
            "MediaUrl1": "https://m.example/1",
        }
        message = sms_http.parse(twilio_sms, form(fields), now)
        assert (message.text, message.photos) == ("", ("provider:https://m.example/0", "provider:https://m.example/1"))

    @pytest.mark.parametrize("count", ["many", "-1", "", "９" * 3, "99999999999999999999999"])
    def test_a_media_count_that_makes_no_sense(self, twilio_sms: Channel, count: str, now: datetime) -> None:
        fields = {**SMS, "NumMedia": count, "MediaUrl0": "javascript:alert(1)", "MediaUrl1": "https://m.example/a b"}
        assert sms_http.parse(twilio_sms, form(fields), now).photos == ()

    @pytest.mark.parametrize(
        ("missing", "details"),
        [
            ({"MessageSid"}, {"MessageSid": "is missing"}),
            ({"From"}, {"From": "is missing"}),
            ({"MessageSid", "From"}, {"MessageSid": "is missing", "From": "is missing"}),
        ],
    )
    def test_what_must_be_there_is_named(
        self, twilio_sms: Channel, missing: set[str], details: dict[str, str], now: datetime
    ) -> None:
        with pytest.raises(Invalid) as caught:
            sms_http.parse(twilio_sms, form({key: SMS[key] for key in SMS.keys() - missing}), now)
        assert caught.value.details == details

    def test_other_content_types(self, twilio_sms: Channel, now: datetime) -> None:
        sms_http.parse(twilio_sms, form(SMS, "Application/X-WWW-Form-Urlencoded; charset=UTF-8"), now)
        for content_type in ("application/json", "text/plain", ""):
            with pytest.raises(WrongContentType):
                sms_http.parse(twilio_sms, form(SMS, content_type), now)

    def test_size_and_method(self, twilio_sms: Channel, now: datetime) -> None:
        with pytest.raises(TooLarge):
            sms_http.parse(twilio_sms, form(b"Body=" + b"a" * 1_000_000), now)
        with pytest.raises(Malformed):
            sms_http.parse(twilio_sms, msgspec.structs.replace(form(SMS), method="GET"), now)

    def test_ten_thousand_characters_stay_whole_and_a_hundred_thousand_are_refused(
        self, twilio_sms: Channel, now: datetime
    ) -> None:
        assert sms_http.parse(twilio_sms, form({**SMS, "Body": "é" * 10_000}), now).text == "é" * 10_000
        with pytest.raises(Invalid) as caught:
            sms_http.parse(twilio_sms, form({**SMS, "Body": "a" * 100_000}), now)
        assert "Body" in caught.value.details

    @pytest.mark.parametrize(
        ("encoded", "text"),
        [
            (b"Jalan%00+rusak", "Jalan rusak"),
            (b"%ED%A0%BC+banjir", "\ufffd\ufffd\ufffd banjir"),
            (b"Caf\xe9", "Caf\ufffd"),
            (b"  dua  baris%0A%0D ", "  dua  baris\n\r "),
        ],
    )
    def test_bytes_that_are_no_text(self, twilio_sms: Channel, encoded: bytes, text: str, now: datetime) -> None:
        body = urlencode({"MessageSid": "SM1", "From": "+628123456789"}).encode() + b"&Body=" + encoded
        assert sms_http.parse(twilio_sms, form(body), now).text == text

    @pytest.mark.parametrize(
        ("written", "sender", "answerable"),
        [
            ("+628123456789", "+628123456789", True),
            ("08123456789", "+628123456789", True),
            ("628123456789", "+628123456789", True),
            ("00628123456789", "+628123456789", True),
            ("8123456789", "+628123456789", True),
            ("+62 (812) 345-6789", "+628123456789", True),
            ("+14255550182", "+14255550182", True),
            ("021500123", "+6221500123", True),
            ("TELKOMSEL", "TELKOMSEL", False),
            ("1708", "1708", False),
            ("BANK-BRI 24", "BANK-BRI 24", False),
            ("+0812345678", "+0812345678", False),
            ("٠٨١٢٣٤٥٦٧٨٩", "٠٨١٢٣٤٥٦٧٨٩", False),
        ],
    )
    def test_senders(self, twilio_sms: Channel, written: str, sender: str, answerable: bool, now: datetime) -> None:
        message = sms_http.parse(twilio_sms, form({**SMS, "From": written}), now)
        assert (message.sender, message.answerable) == (sender, answerable)
        assert message.phone == (sender if answerable else "")

    def test_the_answer_is_an_empty_twiml(self, twilio_sms: Channel) -> None:
        assert sms_http.http_answer(twilio_sms) == (
            '<?xml version="1.0" encoding="UTF-8"?><Response></Response>',
            "text/xml",
        )


class TestAggregators:
    INFOBIP = {
        "method": "POST",
        "content_type": "application/json",
        "id": "results.0.messageId",
        "sender": "results.0.from",
        "recipient": "results.0.to",
        "text": "results.0.text",
        "time": "results.0.receivedAt",
        "signature": "basic",
        "secret": "login",
    }

    def request(self, document: object) -> Request:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return Request(method="POST", url=URL, headers={"content-type": "application/json"}, body=body)

    def batch(self, *texts: str) -> dict[str, Any]:
        return {
            "results": [
                {
                    "messageId": f"M{index}",
                    "from": f"62812345678{index}",
                    "text": text,
                    "receivedAt": "2026-03-03T08:15:42.000+0000",
                }
                for index, text in enumerate(texts)
            ]
        }

    def test_a_field_deep_in_json(self, twilio_sms: Channel, now: datetime) -> None:
        message = sms_http.parse(speaking(twilio_sms, **self.INFOBIP), self.request(self.batch("Banjir")), now)
        assert (message.id, message.sender, message.text) == ("M0", "+628123456780", "Banjir")
        assert message.sent_at == datetime(2026, 3, 3, 8, 15, 42, tzinfo=UTC)

    def test_every_message_of_a_batch_is_read(self, twilio_sms: Channel, now: datetime) -> None:
        channel, request = speaking(twilio_sms, **self.INFOBIP), self.request(self.batch("satu", "dua", "tiga"))
        messages = sms_http.parse_all(channel, request, now)
        assert [(message.id, message.text) for message in messages] == [("M0", "satu"), ("M1", "dua"), ("M2", "tiga")]
        with pytest.raises(Invalid):  # never the first alone, and the others lost
            sms_http.parse(channel, request, now)

    @pytest.mark.parametrize("document", [{"results": []}, {}, {"results": {}}, {"results": None}, []])
    def test_an_empty_batch_names_the_field(self, twilio_sms: Channel, document: object, now: datetime) -> None:
        with pytest.raises(Invalid) as caught:
            sms_http.parse_all(speaking(twilio_sms, **self.INFOBIP), self.request(document), now)
        assert caught.value.details == {"results.0.messageId": "is missing"}

    def test_a_wrong_item_is_skipped_and_named_when_there_is_no_other(self, twilio_sms: Channel, now: datetime) -> None:
        document, channel = self.batch("satu", "dua"), speaking(twilio_sms, **self.INFOBIP)
        document["results"][1] |= {"from": ["x"], "text": 3}
        good, wrong = sms_http.parse_all(channel, self.request(document), now)
        assert isinstance(good, Message)
        assert wrong == Skipped(reason="unreadable", id=document["results"][1]["messageId"])
        with pytest.raises(Invalid) as caught:
            sms_http.parse_all(channel, self.request({"results": document["results"][1:]}), now)
        assert caught.value.details == {"results.0.from": "must be text", "results.0.text": "must be text"}

    def test_an_envelope(self, twilio_sms: Channel, now: datetime) -> None:
        channel = speaking(
            twilio_sms, content_type="application/json", id="payload.umid", sender="payload.source", text="payload.body"
        )
        document = {"payload": {"umid": 817790313235066447, "source": "+6281234567890", "body": "Lampu mati"}}
        message = sms_http.parse(channel, self.request(document), now)
        assert (message.id, message.text) == ("817790313235066447", "Lampu mati")

    @pytest.mark.parametrize("body", [b"", b"{", b"3", b'"x"', b"null", b"[" * 100_000, b'{"a":' + b"9" * 9_999 + b"}"])
    def test_broken_json(self, twilio_sms: Channel, body: bytes, now: datetime) -> None:
        with pytest.raises(Malformed):
            sms_http.parse_all(speaking(twilio_sms, **self.INFOBIP), self.request(body), now)

    def test_half_an_emoji_and_raw_control_characters(self, twilio_sms: Channel, now: datetime) -> None:
        channel = speaking(twilio_sms, content_type="application/json", id="id", sender="from", text="text")
        body = b'{"id":"1","from":"0812345678","text":"\\ud83c banjir\\u0000\x01 caf\xe9 \\ud83c\\udf0a"}'
        assert sms_http.parse(channel, self.request(body), now).text == " banjir\x01 caf\ufffd 🌊"

    def test_a_provider_that_calls_by_get(self, twilio_sms: Channel, now: datetime) -> None:
        inbound = {"method": "GET", "id": "messageId", "sender": "msisdn", "text": "text", "signature": "hmac-sha256"}
        channel = speaking(twilio_sms, **inbound, signature_header="x-signature", secret="secret")
        query = {"messageId": "M1", "msisdn": "628123456789", "text": "Jalan rusak & gelap"}
        url = f"{URL}?{urlencode(query)}"
        proof = hmac.new(b"s", urlencode(query).encode(), hashlib.sha256).hexdigest()
        request = Request(method="GET", url=url, headers={"x-signature": proof}, query=query)
        sms_http.verify(channel, request, {"secret": "s"}, now)
        assert sms_http.parse(channel, request, now).text == "Jalan rusak & gelap"
        assert sms_http.parse(channel, msgspec.structs.replace(request, query={}), now).text == "Jalan rusak & gelap"
        with pytest.raises(BadSignature):  # the query is what is signed, not the empty body
            sms_http.verify(channel, msgspec.structs.replace(request, url=url + "&x=1"), {"secret": "s"}, now)


class TestOtherProofs:
    def test_hmac_with_a_time(self, twilio_sms: Channel, now: datetime) -> None:
        inbound = {"id": "id", "sender": "from", "text": "text", "signature": "hmac-sha256"}
        channel = speaking(twilio_sms, **inbound, signature_header="X-Signature", timestamp_header="X-Time", secret="s")
        stamp = str(int(now.timestamp()))
        proof = hmac.new(b"k", f"{stamp}.a=b".encode(), hashlib.sha256).hexdigest()
        request = with_headers(form(b"a=b"), x_signature=proof, x_time=stamp)
        sms_http.verify(channel, request, {"s": "k"}, now)
        with pytest.raises(BadSignature):
            sms_http.verify(channel, request, {"s": "k"}, now + timedelta(minutes=6))

    def test_a_secret_in_the_header_or_the_url(self, twilio_sms: Channel, now: datetime) -> None:
        header = speaking(twilio_sms, signature="shared-secret", signature_header="x-api-key", secret="s")
        sms_http.verify(header, with_headers(form(SMS), x_api_key="k"), {"s": "k"}, now)
        query = speaking(twilio_sms, signature="shared-secret", signature_query="token", secret="s")
        sms_http.verify(query, msgspec.structs.replace(form(SMS), query={"token": "k"}), {"s": "k"}, now)
        for channel in (header, query):
            with pytest.raises(BadSignature):
                sms_http.verify(channel, form(SMS), {"s": "k"}, now)

    def test_basic(self, twilio_sms: Channel, now: datetime) -> None:
        channel = speaking(twilio_sms, signature="basic", secret="login")
        request = with_headers(form(SMS), authorization="Basic " + base64.b64encode(b"kota:k").decode())
        sms_http.verify(channel, request, {"login": "kota:k"}, now)
        with pytest.raises(BadSignature):
            sms_http.verify(channel, request, {"login": "kota:other"}, now)

    @pytest.mark.parametrize("signature", [{}, {"signature": "none"}, {"signature": ""}])
    def test_a_channel_without_a_proof_lets_nobody_in(
        self, twilio_sms: Channel, signature: dict[str, str], now: datetime
    ) -> None:
        with pytest.raises(BadSignature):
            sms_http.verify(speaking(twilio_sms, **signature), form(SMS), {"secret": "k"}, now)

    @pytest.mark.parametrize(
        ("response", "expected"), [("empty", ("", "text/plain")), ("json", ("{}", "application/json"))]
    )
    def test_other_answers(self, twilio_sms: Channel, response: str, expected: tuple[str, str]) -> None:
        assert sms_http.http_answer(speaking(twilio_sms, response=response)) == expected


@given(st.binary(max_size=400), st.sampled_from([FORM, "application/json"]))
def test_any_bytes_give_messages_or_a_named_error(twilio_sms: Channel, body: bytes, content_type: str) -> None:
    inbound = {**twilio_sms.inbound, "content_type": content_type}
    try:
        messages = sms_http.parse_all(speaking(twilio_sms, **inbound), form(body, content_type), datetime.now(UTC))
    except ReportError:
        return
    assert all(message.id and message.sender for message in messages)

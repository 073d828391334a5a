"""Vonage's inbound SMS: three ways to come, five ways to sign, parts, receipts, and everything that is none of these."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import vonage
from chalicelib.channels.message import Message, Part, Request, Skipped
from chalicelib.city.model import Channel
from chalicelib.domain.errors import BadSignature, Invalid, Malformed, ReportError, TooLarge, WrongContentType

URL = "https://kota.example/prod/channels/sms-vonage"
SECRET = "local-only-signature"
SECRETS = {"signature_secret": SECRET}
NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
FORM, JSON = "application/x-www-form-urlencoded", "application/json"
CHANNEL = Channel(
    id="sms-vonage",
    label={"id": "SMS"},
    group="surat-elektronik",
    adapter="vonage",
    geo_tagged=False,
    inbound={"secret": "signature_secret"},
)
TEXT = {
    "msisdn": "6281200000171",
    "to": "6280000001710",
    "messageId": "0B00000000000001",
    "text": "Banjir di Jl. Kemang Raya",
    "type": "text",
    "message-timestamp": "2026-03-03 01:29:40",
    "timestamp": str(int(NOW.timestamp())),
    "nonce": "n-1",
}


def signature(fields: Mapping[str, Any], method: str = "sha256", secret: str = SECRET) -> str:
    """As Vonage's documents describe it, written apart from the code under test."""
    text = ""
    for name in sorted(fields):
        text += "&" + name + "=" + str(fields[name]).replace("&", "_").replace("=", "_")
    if method == "md5hash":
        return hashlib.md5((text + secret).encode(), usedforsecurity=False).hexdigest()
    return hmac.new(secret.encode(), text.encode("utf-8", "surrogatepass"), method).hexdigest()


def form(fields: Mapping[str, Any]) -> Request:
    return Request(method="POST", url=URL, headers={"content-type": FORM}, body=urlencode(fields).encode())


def get(fields: Mapping[str, Any]) -> Request:
    return Request(method="GET", url=f"{URL}?{urlencode(fields)}", headers={}, query=dict(fields))


def posted(fields: Mapping[str, Any]) -> Request:
    return Request(method="POST", url=URL, headers={"content-type": JSON}, body=json.dumps(fields).encode())


def signed(fields: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {**fields, "sig": signature(fields, **more)}


def parse(request: Request) -> Message:
    (message,) = vonage.parse_all(CHANNEL, request, NOW)
    assert isinstance(message, Message)
    return message


def refused(request: Request, channel: Channel = CHANNEL, secrets: Mapping[str, str] = SECRETS) -> bool:
    try:
        vonage.verify(channel, request, secrets, NOW)
    except BadSignature:
        return True
    return False


class TestSignature:
    @pytest.mark.parametrize("request_of", [form, get, posted])
    def test_every_way_it_comes(self, request_of: Any) -> None:
        fields = {**TEXT, "text": "macet & banjir = parah 🌊", "empty": ""}
        assert not refused(request_of(signed(fields)))
        assert refused(request_of(fields))
        assert refused(request_of({**signed(fields), "text": "lain"}))
        assert refused(request_of({**signed(fields), "added": "x"}))
        assert refused(request_of(signed(fields, secret="another")))

    @pytest.mark.parametrize("method", ["md5", "sha1", "sha256", "sha512", "md5hash"])
    def test_the_method_is_the_one_configured(self, method: str) -> None:
        channel = msgspec.structs.replace(CHANNEL, inbound={**CHANNEL.inbound, "signature": method})
        assert not refused(posted(signed(TEXT, method=method)), channel)
        other = "sha1" if method == "sha256" else "sha256"
        assert refused(posted(signed(TEXT, method=other)), channel)

    def test_an_unknown_method_and_a_missing_secret_prove_nothing(self) -> None:
        channel = msgspec.structs.replace(CHANNEL, inbound={**CHANNEL.inbound, "signature": "none"})
        assert refused(posted(signed(TEXT)), channel)
        assert refused(posted(signed(TEXT, secret="")), secrets={})
        assert refused(posted(signed(TEXT, secret="")), secrets={"signature_secret": " "})

    def test_upper_case_and_two_secrets_while_one_changes(self) -> None:
        both = {"signature_secret": f"new-one {SECRET}"}
        fields = {**TEXT, "sig": signature(TEXT).upper()}
        assert not refused(posted(fields), secrets=both)
        assert not refused(posted(signed(TEXT, secret="new-one")), secrets=both)

    def test_empty_fields_may_be_left_out_of_it(self) -> None:
        """Vonage's Java library leaves them out, its Python library does not."""
        fields = {**TEXT, "text": "", "network-code": " "}
        short = {name: value for name, value in fields.items() if value.strip()}
        assert not refused(form({**fields, "sig": signature(short)}))
        assert not refused(form(signed(fields)))

    @pytest.mark.parametrize(
        ("seconds", "is_refused"), [(0, False), (299, False), (-299, False), (301, True), (-301, True), (86_400, True)]
    )
    def test_replay_after_five_minutes(self, seconds: int, is_refused: bool) -> None:
        fields = {**TEXT, "timestamp": str(int((NOW - timedelta(seconds=seconds)).timestamp()))}
        assert refused(posted(signed(fields))) is is_refused

    def test_how_old_it_may_be_is_configured(self) -> None:
        channel = msgspec.structs.replace(CHANNEL, inbound={**CHANNEL.inbound, "tolerance_seconds": "90000"})
        fields = {**TEXT, "timestamp": str(int((NOW - timedelta(days=1)).timestamp()))}
        assert not refused(posted(signed(fields)), channel)

    @pytest.mark.parametrize("stamp", ["", "soon", "-1", "１７７２５０１３８０", "1" * 40, "1.5", "NaN"])
    def test_a_timestamp_that_is_none(self, stamp: str) -> None:
        assert refused(posted(signed({**TEXT, "timestamp": stamp})))

    def test_a_field_given_twice_counts_once_for_signature_and_text(self) -> None:
        request = form(signed(TEXT))
        twice = msgspec.structs.replace(request, body=request.body + b"&text=lain")
        assert refused(twice)


class TestText:
    @pytest.mark.parametrize("request_of", [form, get, posted])
    def test_every_way_it_comes(self, request_of: Any) -> None:
        message = parse(request_of(signed(TEXT)))
        assert message == Message(
            channel="sms-vonage",
            id="0B00000000000001",
            sender="+6281200000171",
            phone="+6281200000171",
            text="Banjir di Jl. Kemang Raya",
            sent_at=datetime(2026, 3, 3, 1, 29, 40, tzinfo=UTC),
            conversational=True,
            raw=message.raw,
        )
        assert b"Kemang" in message.raw

    def test_golden_part(self, golden: Path) -> None:
        body = (golden / "vonage" / "part_2_of_3.json").read_bytes()
        message = parse(Request(method="POST", url=URL, headers={"content-type": JSON}, body=body))
        assert message.part == Part(ref="171", number=2, total=3)
        assert message.text == "di depan halte, lubang & genangan = bahaya"
        assert message.sent_at == datetime(2026, 3, 3, 1, 29, 40, tzinfo=UTC)

    def test_the_documented_part(self) -> None:
        sample = Path("/work/shared/wire/sms/vonage_inbound_concat_part2of3.json")
        if not sample.exists():
            pytest.skip("the samples are not here")
        message = parse(Request(method="POST", url=URL, headers={"content-type": JSON}, body=sample.read_bytes()))
        assert (message.sender, message.part) == ("+447700900001", Part(ref="1", number=2, total=3))

    def test_an_id_as_number_and_as_text_is_the_same(self) -> None:
        assert parse(posted({**TEXT, "messageId": 171})).id == parse(posted({**TEXT, "messageId": "171"})).id == "171"

    @pytest.mark.parametrize(
        ("msisdn", "sender", "answerable"),
        [
            ("6281200000171", "+6281200000171", True),
            ("12025550123", "+12025550123", True),
            # a Japanese number, not an Indonesian one that has lost its zero
            ("81312345678", "+81312345678", True),
            ("TELKOMSEL", "TELKOMSEL", False),
            ("99123", "99123", False),
        ],
    )
    def test_who_can_be_answered(self, msisdn: str, sender: str, answerable: bool) -> None:
        message = parse(posted({**TEXT, "msisdn": msisdn}))
        assert (message.sender, message.answerable) == (sender, answerable)
        assert message.phone == (sender if answerable else "")

    def test_a_text_without_words_is_a_message(self) -> None:
        assert parse(posted({**TEXT, "text": ""})).text == ""
        bare = {name: value for name, value in TEXT.items() if name != "text"}
        assert parse(posted(bare)).text == ""

    def test_what_is_binary_cannot_be_read(self) -> None:
        message = parse(posted({**TEXT, "type": "binary", "text": "x", "data": "0605040B8423F0", "udh": "06050415"}))
        assert (message.text, message.unread, message.part) == ("", "binary", None)

    def test_a_delivery_receipt_is_no_message(self) -> None:
        receipt = {"msisdn": "6281200000171", "messageId": "0C1", "status": "delivered", "scts": "2603030130"}
        assert vonage.parse_all(CHANNEL, posted(receipt), NOW) == (Skipped(reason="status", id="0C1"),)

    @pytest.mark.parametrize(
        "concat",
        [
            {"concat": "false"},
            {"concat-ref": ""},
            {"concat-part": "0"},
            {"concat-part": "4"},
            {"concat-total": "1", "concat-part": "1"},
            {"concat-total": "256"},
            {"concat-total": "９"},
            {"concat-part": "-1"},
            {"concat-part": "two"},
        ],
    )
    def test_parts_whose_numbers_make_no_sense_are_texts_by_themselves(self, concat: dict[str, str]) -> None:
        fields = {**TEXT, "concat": "true", "concat-ref": "7", "concat-total": "3", "concat-part": "2", **concat}
        assert parse(posted(fields)).part is None

    def test_numbers_in_json_are_taken_as_text(self) -> None:
        fields = {**TEXT, "concat": True, "concat-ref": 7, "concat-total": 3, "concat-part": 2}
        assert parse(posted(fields)).part == Part(ref="7", number=2, total=3)


class TestHalfAnEmoji:
    """An emoji split between parts: each half must survive until it meets the other."""

    PART = {**TEXT, "type": "unicode", "concat": "true", "concat-ref": "7", "concat-total": "2", "concat-part": "1"}

    def test_as_json(self) -> None:
        fields = {**self.PART, "text": "banjir \ud83c"}
        assert parse(posted(fields)).text == "banjir \ud83c"
        assert not refused(posted(signed(fields)))

    def test_as_a_form(self) -> None:
        body = urlencode(self.PART).encode().replace(b"Banjir+di+Jl.+Kemang+Raya", b"banjir+%ED%A0%BC")
        request = Request(method="POST", url=URL, headers={"content-type": FORM}, body=body)
        assert parse(request).text == "banjir \ud83c"

    def test_outside_of_a_part_it_is_left_out(self) -> None:
        assert parse(posted({**TEXT, "text": "banjir \ud83c"})).text == "banjir "


class TestRefused:
    @pytest.mark.parametrize(
        ("fields", "details"),
        [
            ({"messageId": ""}, {"messageId": "is missing"}),
            ({"msisdn": " "}, {"msisdn": "is missing"}),
            ({"messageId": None, "msisdn": None}, {"messageId": "is missing", "msisdn": "is missing"}),
            ({"messageId": "x" * 201}, {"messageId": "must be at most 200 characters"}),
            ({"text": "x" * 20_001}, {"text": "must be at most 20000 characters"}),
            ({"text": ["x"]}, {"text": "must be text"}),
            ({"msisdn": {"a": 1}}, {"msisdn": "must be text"}),
        ],
    )
    def test_what_is_wrong_is_named(self, fields: dict[str, Any], details: dict[str, str]) -> None:
        with pytest.raises(Invalid) as caught:
            vonage.parse_all(CHANNEL, posted({**TEXT, **fields}), NOW)
        assert caught.value.details == details

    @pytest.mark.parametrize(
        ("content_type", "body", "error"),
        [
            (JSON, b"{", Malformed),
            (JSON, b"[]", Malformed),
            (JSON, b"null", Malformed),
            (JSON, b"[" * 100_000, Malformed),
            (FORM, b"a=1&" * 5_000, Malformed),
            ("text/xml", b"<a/>", WrongContentType),
            ("", b"", WrongContentType),
            (JSON, b" " * 1_000_001, TooLarge),
        ],
    )
    def test_what_is_no_message(self, content_type: str, body: bytes, error: type[ReportError]) -> None:
        request = Request(method="POST", url=URL, headers={"content-type": content_type}, body=body)
        with pytest.raises(error):
            vonage.parse_all(CHANNEL, request, NOW)
        assert refused(request)


FIELDS = st.sampled_from([*TEXT, "sig", "concat", "concat-ref", "concat-total", "concat-part", "data", "status"])
VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)


@given(st.dictionaries(FIELDS, VALUES), st.sampled_from(["GET", "POST"]))
def test_any_fields_give_a_message_or_a_refusal(fields: dict[str, Any], method: str) -> None:
    request = posted({**TEXT, **fields})
    query = {name: str(value) for name, value in fields.items()}
    check(msgspec.structs.replace(request, method=method, query=query))


@given(st.binary(max_size=400), st.sampled_from([FORM, JSON, "text/plain"]))
def test_any_bytes_give_a_message_or_a_refusal(body: bytes, content_type: str) -> None:
    check(Request(method="POST", url=URL, headers={"content-type": content_type}, body=body))
    check(Request(method="GET", url=f"{URL}?{quote(body)}", headers={}))


def check(request: Request) -> None:
    refused(request)
    try:
        told = vonage.parse_all(CHANNEL, request, NOW)
    except ReportError:
        return
    assert all(isinstance(each, Message | Skipped) for each in told)
    for each in told:
        if isinstance(each, Message) and each.part is None:
            each.text.encode()

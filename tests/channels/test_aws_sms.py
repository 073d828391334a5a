"""AWS two-way SMS: what is published, and what SNS posts of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import aws_sms
from chalicelib.channels.message import Message, Request, Skipped
from chalicelib.city.model import Channel
from chalicelib.domain.errors import BadSignature, Invalid, Malformed, ReportError, TooLarge, WrongContentType
from tests.channels.test_sns_envelope import (
    CANONICAL,
    CANONICAL_CONFIRMATION,
    CONFIRMATION,
    NOTIFICATION,
    NOW,
    PEM,
    TOPIC,
    sent,
)

URL = "https://kota.example/prod/channels/sms-aws"
SECRETS = {"topic_arn": TOPIC, "certificate": PEM.decode()}
CHANNEL = Channel(id="sms-aws", label={"id": "SMS"}, group="surat-elektronik", adapter="aws_sms", geo_tagged=False)
TEXT = {
    "originationNumber": "+6281200000172",
    "destinationNumber": "+6280000001709",
    "messageKeyword": "KEYWORD_1",
    "messageBody": "Lampu mati di Jl. Kemang Raya",
    "inboundMessageId": "id-172",
}
SAID = {"sns_id": "sns-1", "published_at": "2026-03-03T01:29:40.100Z"}


def posted(body: bytes, content_type: str = "text/plain; charset=UTF-8") -> Request:
    headers = {"content-type": content_type, "x-amz-sns-message-type": "Notification"}
    return Request(method="POST", url=URL, headers=headers, body=body)


def notified(message: Any) -> Request:
    """SNS's notice of a text, its signature not looked at."""
    text = message if isinstance(message, str) else json.dumps(message)
    return posted(json.dumps({**json.loads(sent(NOTIFICATION, CANONICAL)), "Message": text}).encode())


def parse(message: Any) -> Message:
    (told,) = aws_sms.parse_all(CHANNEL, notified(message), NOW)
    assert isinstance(told, Message)
    return told


def refused(request: Request, **secrets: str) -> bool:
    try:
        aws_sms.verify(CHANNEL, request, SECRETS | secrets, NOW)
    except BadSignature:
        return True
    return False


class TestText:
    def test_golden(self, golden: Path) -> None:
        text = (golden / "aws_sms" / "text.json").read_text()
        message = aws_sms.message(CHANNEL, text, **SAID)
        assert message == Message(
            channel="sms-aws",
            id="00000000-aaaa-bbbb-cccc-000000000172",
            sender="+6281200000172",
            phone="+6281200000172",
            text="Lampu jalan mati di Jl. Kemang Raya 🌊",
            sent_at=datetime(2026, 3, 3, 1, 29, 40, 100_000, tzinfo=UTC),
            conversational=True,
            raw=text.encode(),
        )

    def test_the_documented_text(self) -> None:
        sample = Path("/work/shared/wire/sms/aws_two_way_sms_sns_message.json")
        if not sample.exists():
            pytest.skip("the samples are not here")
        message = aws_sms.message(CHANNEL, sample.read_text(), **SAID)
        assert (message.id, message.sender) == ("cae173d2-66b9-564c-8309-21f858e9fb84", "+14255550182")
        assert message.text == "EXAMPLE"

    @pytest.mark.parametrize(
        ("number", "sender", "answerable"),
        [("+6281200000172", "+6281200000172", True), ("JAKARTA", "JAKARTA", False), ("1708", "1708", False)],
    )
    def test_who_can_be_answered(self, number: str, sender: str, answerable: bool) -> None:
        message = parse({**TEXT, "originationNumber": number})
        assert (message.sender, message.answerable) == (sender, answerable)

    def test_an_id_as_number_and_as_text_is_the_same(self) -> None:
        assert parse({**TEXT, "inboundMessageId": 17}).id == parse({**TEXT, "inboundMessageId": "17"}).id == "17"

    def test_the_same_text_twice_on_purpose_is_two_messages(self) -> None:
        assert parse(TEXT).id != parse({**TEXT, "inboundMessageId": "id-173"}).id

    def test_without_an_id_sns_gives_one_that_stays_the_same(self) -> None:
        bare = {name: value for name, value in TEXT.items() if name != "inboundMessageId"}
        assert parse(bare).id == parse(bare).id == f"sns:{NOTIFICATION['MessageId']}"

    def test_no_words_are_a_message_too(self) -> None:
        assert parse({**TEXT, "messageBody": ""}).text == parse({**TEXT, "messageBody": None}).text == ""

    @pytest.mark.parametrize(
        ("change", "details"),
        [
            ({"originationNumber": ""}, {"originationNumber": "is missing"}),
            ({"originationNumber": ["+62"]}, {"originationNumber": "must be text"}),
            ({"messageBody": {"a": 1}}, {"messageBody": "must be text"}),
            ({"messageBody": "x" * 20_001}, {"messageBody": "must be at most 20000 characters"}),
            ({"inboundMessageId": "x" * 201}, {"inboundMessageId": "must be at most 200 characters"}),
        ],
    )
    def test_what_is_wrong_is_named(self, change: dict[str, Any], details: dict[str, str]) -> None:
        with pytest.raises(Invalid) as caught:
            parse({**TEXT, **change})
        assert caught.value.details == details

    @pytest.mark.parametrize("published", ["", "no JSON", "[]", "1", "null", "{" * 9_999])
    def test_what_is_no_text_message(self, published: str) -> None:
        with pytest.raises(Malformed):
            parse(published)


class TestOverHttp:
    def test_the_signature_is_checked_against_the_certificate_that_was_fetched(self) -> None:
        request = posted(sent(NOTIFICATION, CANONICAL))
        assert not refused(request)
        assert refused(request, certificate=""), "nothing is verified without one"
        assert refused(request, topic_arn="arn:aws:sns:ap-southeast-3:123456789012:another")
        assert refused(request, topic_arn="")
        assert not refused(request, topic_arn=f"arn:aws:sns:ap-southeast-3:123456789012:another {TOPIC}")
        assert refused(msgspec.structs.replace(request, method="GET"))

    def test_raw_delivery_proves_nothing(self) -> None:
        assert refused(posted(json.dumps(TEXT).encode()))

    @pytest.mark.parametrize(
        ("kind", "reason"), [("SubscriptionConfirmation", "subscription"), ("UnsubscribeConfirmation", "unsubscribed")]
    )
    def test_what_sns_says_of_itself_is_no_message(self, kind: str, reason: str) -> None:
        body = sent(CONFIRMATION, CANONICAL_CONFIRMATION).replace(b"SubscriptionConfirmation", kind.encode())
        assert aws_sms.parse_all(CHANNEL, posted(body), NOW) == (Skipped(reason=reason, id=CONFIRMATION["MessageId"]),)

    def test_other_types_and_sizes(self) -> None:
        body = sent(NOTIFICATION, CANONICAL)
        with pytest.raises(WrongContentType):
            aws_sms.parse_all(CHANNEL, posted(body, "application/x-www-form-urlencoded"), NOW)
        with pytest.raises(TooLarge):
            aws_sms.parse_all(CHANNEL, posted(b" " * 1_000_001), NOW)
        with pytest.raises(Malformed):
            aws_sms.parse_all(CHANNEL, posted(b"{}"), NOW)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers(), max_size=2)


@given(st.dictionaries(st.sampled_from([*TEXT]), VALUES) | st.text() | VALUES)
def test_anything_published_gives_a_message_or_a_refusal(published: Any) -> None:
    request = notified({**TEXT, **published} if isinstance(published, dict) else published)
    try:
        (told,) = aws_sms.parse_all(CHANNEL, request, NOW)
    except ReportError:
        return
    assert isinstance(told, Message)
    told.text.encode()


@given(st.binary(max_size=300), st.sampled_from(["text/plain", "application/json", ""]))
def test_any_bytes_are_refused(body: bytes, content_type: str) -> None:
    request = posted(body, content_type)
    assert refused(request)
    with pytest.raises(ReportError):
        aws_sms.parse_all(CHANNEL, request, NOW)

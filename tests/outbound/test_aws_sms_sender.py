"""Answers by SNS, straight to a phone."""

from __future__ import annotations

import traceback
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError

from chalicelib.city.model import Channel
from chalicelib.outbound.senders import SendFailed, SendRefused, Sent, aws_sms
from chalicelib.store.client import client
from tests.outbound.test_vonage_sender import outgoing

CHANNEL = Channel(
    id="sms-aws",
    label={"id": "SMS"},
    group="surat-elektronik",
    adapter="aws_sms",
    geo_tagged=False,
    outbound={"sender": "from_number"},
)
OUT = msgspec.structs.replace(outgoing(""), channel=CHANNEL, secrets={"from_number": "+6280000001709"})


def shown(error: BaseException) -> str:
    """An error as a log shows it."""
    return "".join(traceback.format_exception(error))


class Sns:
    """Answers as told, and keeps what it was asked."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.asked: list[dict[str, Any]] = []

    def publish(self, **arguments: Any) -> dict[str, Any]:
        self.asked.append(arguments)
        if self.error:
            raise self.error
        return {"MessageId": "m-1"}


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "for +6281200000171"}}, "Publish")


def text(value: str) -> dict[str, str]:
    return {"DataType": "String", "StringValue": value}


@pytest.mark.parametrize(
    ("sender", "attribute"),
    [
        ("+6280000001709", "AWS.MM.SMS.OriginationNumber"),
        ("1708", "AWS.MM.SMS.OriginationNumber"),
        ("JAKARTA", "AWS.SNS.SMS.SenderID"),
    ],
)
def test_what_sns_gets(sender: str, attribute: str) -> None:
    sns = Sns()
    assert aws_sms.send(msgspec.structs.replace(OUT, secrets={"from_number": sender}), sns) == Sent("m-1")
    assert sns.asked == [
        {
            "PhoneNumber": "+6281200000171",
            "Message": OUT.short,
            "MessageAttributes": {"AWS.SNS.SMS.SMSType": text("Transactional"), attribute: text(sender)},
        }
    ]


def test_without_a_sender_of_our_own_the_account_has_one() -> None:
    sns = Sns()
    aws_sms.send(msgspec.structs.replace(OUT, secrets={}), sns)
    assert set(sns.asked[0]["MessageAttributes"]) == {"AWS.SNS.SMS.SMSType"}


@pytest.mark.parametrize("code", ["InvalidParameter", "InvalidParameterValue", "OptedOut", "ValidationException"])
def test_never(code: str) -> None:
    with pytest.raises(SendRefused) as caught:
        aws_sms.send(OUT, Sns(refusal(code)))
    assert caught.value.reason == f"SNS: {code}"


@pytest.mark.parametrize("code", ["Throttled", "Throttling", "InternalError", "AuthorizationError", "AccessDenied"])
def test_later(code: str) -> None:
    with pytest.raises(SendFailed) as caught:
        aws_sms.send(OUT, Sns(refusal(code)))
    assert caught.value.reason == f"SNS: {code}"


def test_no_answer_is_later() -> None:
    with pytest.raises(SendFailed, match="ConnectTimeoutError"):
        aws_sms.send(OUT, Sns(ConnectTimeoutError(endpoint_url="https://sns")))


def test_nobody_to_answer() -> None:
    sns = Sns()
    with pytest.raises(SendRefused):
        aws_sms.send(msgspec.structs.replace(OUT, to=msgspec.structs.replace(OUT.to, phone="")), sns)
    assert sns.asked == []


def test_the_real_client_takes_it(aws: Any, settings: Any) -> None:
    assert aws_sms.send(OUT, client("sns", settings.region)).id


@pytest.mark.parametrize("code", ["Throttled", "InvalidParameter"])
def test_a_provider_s_words_stay_out_of_the_log(code: str) -> None:
    with pytest.raises((SendFailed, SendRefused)) as raised:
        aws_sms.send(OUT, Sns(refusal(code)))
    assert "81200000171" not in shown(raised.value)

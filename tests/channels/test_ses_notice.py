"""The three kinds of event that announce a mail."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.channels.email import Notice, Verdicts, notice
from chalicelib.domain.errors import Malformed


def over_sns(*messages: object) -> dict[str, Any]:
    return {
        "Records": [
            {
                "EventSource": "aws:sns",
                "Sns": {"MessageId": "m", "Message": text if isinstance(text, str) else json.dumps(text)},
            }
            for text in messages
        ]
    }


@pytest.fixture
def s3_action(golden: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((golden / "ses_s3_action.json").read_text())
    return document


@pytest.fixture
def s3_event(golden: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((golden / "s3_event.json").read_text())
    return document


def test_the_notification_of_an_s3_action(s3_action: dict[str, Any]) -> None:
    assert notice(over_sns(s3_action)) == [
        Notice(
            "my-S3-bucket",
            "\\email",
            Verdicts(spam="PASS", virus="PASS", spf="PASS", dkim="PASS", dmarc=""),
            "d6iitobk75ur44p8kdnnp7g2n800",
            ("recipient@example.com",),
        )
    ]


def test_a_key_in_a_notification_is_not_url_encoded(s3_action: dict[str, Any]) -> None:
    s3_action["receipt"]["action"]["objectKey"] = "masuk/a+b%20c"
    assert notice(over_sns(s3_action))[0].key == "masuk/a+b%20c"


def test_ses_lambda_action(golden: Path) -> None:
    event = json.loads((golden / "ses_lambda_action.json").read_text())
    passed = Verdicts(spam="PASS", virus="PASS", spf="PASS", dkim="PASS", dmarc="PASS")
    assert notice(event, bucket="surat", prefix="masuk/") == [
        Notice("surat", "masuk/o3vrnil0e2ic28tr", passed, "o3vrnil0e2ic28tr", ("johndoe@example.com",))
    ]


@pytest.mark.parametrize(
    ("encoded", "key"), [("masuk/a%20b", "masuk/a b"), ("masuk/a+b", "masuk/a b"), ("a%2Bb%C3%A9", "a+bé"), ("x", "x")]
)
def test_a_bare_s3_event(s3_event: dict[str, Any], encoded: str, key: str) -> None:
    s3_event["Records"][0]["s3"]["object"]["key"] = encoded
    bucket = "lambda-artifacts-deafc19498e3f2df"
    expected = [Notice(bucket, key, Verdicts(), key.rpartition("/")[2])]
    assert notice(s3_event) == expected
    assert notice(over_sns(s3_event)) == expected
    assert not expected[0].verdicts.authentic


def test_several_records(s3_action: dict[str, Any]) -> None:
    other = copy.deepcopy(s3_action)
    other["mail"]["messageId"] = "second"
    assert [mail.ses_message_id for mail in notice(over_sns(s3_action, other))][1] == "second"


def test_what_announces_no_mail(s3_event: dict[str, Any]) -> None:
    s3_event["Records"][0]["eventName"] = "ObjectRemoved:Delete"
    assert notice(s3_event) == []
    assert notice(over_sns({"Service": "Amazon S3", "Event": "s3:TestEvent"})) == []
    assert notice(over_sns({"notificationType": "Bounce", "bounce": {}})) == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"Records": None},
        {"Records": [{}]},
        {"Records": [None]},
        over_sns("not json"),
        over_sns("3"),
        over_sns({}),
        over_sns({"notificationType": "Received"}),
        {"Records": [{"ses": {"mail": {"messageId": "x"}, "receipt": None}}]},
    ],
)
def test_events_of_another_shape(event: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        notice(event)


@pytest.mark.parametrize("verdict", [None, {}, {"status": None}, {"status": 3}, "PASS", []])
def test_odd_verdicts_are_unknown(s3_action: dict[str, Any], verdict: object) -> None:
    s3_action["receipt"]["spfVerdict"] = verdict
    found = notice(over_sns(s3_action))[0].verdicts
    assert found.spf == ""
    assert not found.authentic


@pytest.mark.parametrize(
    ("dmarc", "spf", "dkim", "authentic"),
    [
        ("PASS", "FAIL", "FAIL", True),
        ("PASS", "", "", True),
        ("", "PASS", "PASS", False),
        ("GRAY", "PASS", "PASS", False),
        ("PROCESSING_FAILED", "PASS", "PASS", False),
        ("FAIL", "PASS", "PASS", False),
        ("", "PASS", "", False),
        ("", "PASS", "GRAY", False),
        ("GRAY", "GRAY", "GRAY", False),
        ("", "", "", False),
    ],
)
def test_what_proves_the_sender(dmarc: str, spf: str, dkim: str, authentic: bool) -> None:
    assert Verdicts(dmarc=dmarc, spf=spf, dkim=dkim).authentic is authentic

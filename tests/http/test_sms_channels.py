"""The nasty inputs of SMS through the whole application, each with what is expected to become of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.domain.errors import Busy
from chalicelib.outbound import sns_certificates
from chalicelib.store.client import client
from chalicelib.usecases.receive_sms import messages_in
from local.events import schedule_event
from local.signing import Signer, as_sent, timestamp
from tests.channels.test_vonage import SECRET, TEXT, signature
from tests.conftest import PUBLIC_URL
from tests.http.conftest import Answer, Context

TOPIC = "arn:aws:sns:ap-southeast-3:123456789012:tanggap-local-sms-inbound"
CERTIFICATE = f"{PUBLIC_URL}/_local/sns.pem"
SIGNER = Signer(CERTIFICATE, datetime.now(UTC))


@pytest.fixture
def secrets(aws: Any, cloud: Any) -> None:
    ssm = cloud.client("ssm")
    for name, value in {"sms-vonage/signature_secret": SECRET, "sms-aws/topic_arn": TOPIC}.items():
        ssm.put_parameter(Name=f"/tanggap/local/inbound/{name}", Value=value, Type="SecureString", Overwrite=True)


@pytest.fixture
def vonage(secrets: None, web: Callable[..., Answer], clock: Any) -> Callable[..., Answer]:
    def post(*, at: float | None = None, **fields: Any) -> Answer:
        clock.instant = max(clock.instant, datetime.now(UTC))
        stamp = clock.instant.timestamp() if at is None else at
        told = {**TEXT, "timestamp": str(int(stamp)), **fields}
        told = {name: value for name, value in told.items() if value is not None}
        body = json.dumps({**told, "sig": signature(told)}).encode()
        return web(
            "POST", "/channels/{channel}", channel="sms-vonage", headers={"content-type": "application/json"}, body=body
        )

    return post


@pytest.fixture
def stored(desk: Any) -> Callable[[], list[Any]]:
    def reports() -> list[Any]:
        rows = client("dynamodb", desk.settings.region).scan(TableName=desk.settings.table("reports"))["Items"]
        return [desk.reports.get(row["tracking"]["S"]) for row in rows]

    return reports


def concat(number: int, total: int) -> dict[str, str]:
    return {"concat": "true", "concat-ref": "9", "concat-part": str(number), "concat-total": str(total)}


def test_part_2_before_part_1_and_an_emoji_between_them(vonage: Any, stored: Any) -> None:
    """Expected: 200 each, no report before the last part, then one with the text whole."""
    assert vonage(messageId="p2", text="\udf0a setinggi lutut di Jl. Kemang Raya", **concat(2, 2)).status == 200
    assert stored() == []
    assert vonage(messageId="p1", text="Banjir \ud83c", **concat(1, 2)).status == 200
    (report,) = stored()
    assert report.problem.startswith("Banjir 🌊 setinggi lutut")


def test_the_sweep_takes_what_has_come_after_ten_minutes(vonage: Any, stored: Any, module: Any, clock: Any) -> None:
    """Expected: the half becomes a report, the part that comes later joins the sender's conversation."""
    vonage(messageId="p1", text="Lampu jalan mati total ", **concat(1, 2))
    clock.pass_by(minutes=10)
    module.sweep(schedule_event("sweep", clock.instant), Context())
    (report,) = stored()
    assert "Lampu jalan mati total" in report.problem
    clock.pass_by(minutes=1)
    assert vonage(messageId="p2", text="sejak kemarin", **concat(2, 2)).status == 200
    (report,) = stored()
    assert len(report.sealed) == 2


def test_the_same_text_twice_on_purpose_is_two_messages_of_one_report(vonage: Any, stored: Any) -> None:
    for each in ("m1", "m2"):
        assert vonage(messageId=each).status == 200
    (report,) = stored()
    assert len(report.sealed) == 2


def test_a_repeated_webhook_changes_nothing(vonage: Any, stored: Any) -> None:
    for _ in range(3):
        assert vonage(messageId="m1").status == 200
    (report,) = stored()
    assert (len(report.sealed), len(report.history)) == (1, 1)


def test_an_id_as_number_then_as_text_is_the_same_message(vonage: Any, stored: Any) -> None:
    vonage(messageId=17)
    vonage(messageId="17")
    (report,) = stored()
    assert len(report.sealed) == 1


def test_the_same_id_with_another_text_overwrites_nothing(vonage: Any, stored: Any) -> None:
    vonage(messageId="m1", text="Banjir di Jl. Kemang Raya")
    vonage(messageId="m1", text="Jalan rusak di Jl. Melati")
    (report,) = stored()
    assert "Banjir" in report.problem
    assert "rusak" not in report.problem


def test_a_sender_that_is_a_name_gets_a_report_and_no_answer(vonage: Any, stored: Any) -> None:
    assert vonage(msisdn="INFO-BANK").status == 200
    (report,) = stored()
    assert report.answerable is False


def test_a_replay_after_five_minutes_is_401(vonage: Any, stored: Any) -> None:
    answer = vonage(at=time.time() - 301)
    assert (answer.status, answer.json["code"]) == (401, "bad_signature")
    assert stored() == []


def test_a_delivery_receipt_is_200_and_nothing_else(vonage: Any, stored: Any) -> None:
    receipt = {"status": "delivered", "messageId": "r1", "text": None, "type": None}
    assert vonage(**receipt).status == 200
    assert stored() == []


def test_nothing_but_a_report_of_a_missing_field_comes_of_a_missing_sender(vonage: Any) -> None:
    answer = vonage(msisdn="")
    assert (answer.status, answer.json["details"]) == (422, {"msisdn": "is missing"})


# AWS: by the topic's function, and over HTTPS

SMS = {
    "originationNumber": "+6281200000172",
    "destinationNumber": "+6280000001709",
    "messageKeyword": "K",
    "messageBody": "Lampu jalan mati di Jl. Kemang Raya",
    "inboundMessageId": "aws-1",
}


def record(text: Any, message_id: str = "sns-1") -> dict[str, Any]:
    message = text if isinstance(text, str) else json.dumps(text)
    told = {"Type": "Notification", "MessageId": message_id, "TopicArn": TOPIC, "Subject": None, "Message": message}
    told["MessageAttributes"] = {}
    return {"Records": [{"EventSource": "aws:sns", "Sns": {**told, "Timestamp": "2026-11-21T01:00:00.000Z"}}]}


class TestTheFunction:
    def test_a_text_becomes_a_report_once(self, module: Any, stored: Any) -> None:
        (first,) = module.receive_sms(record(SMS), Context())
        (again,) = module.receive_sms(record(SMS), Context())
        (report,) = stored()
        assert first == again == report.tracking
        assert (report.channel, report.answerable) == ("sms-aws", True)

    @pytest.mark.parametrize(
        "text",
        ["no JSON", " ", "[]", "null", "", {}, {**SMS, "originationNumber": ""}, {**SMS, "messageBody": [1]}],
    )
    def test_what_is_no_text_is_refused_once_and_for_good(self, module: Any, desk: Any, stored: Any, text: Any) -> None:
        assert module.receive_sms(record(text), Context()) == []
        assert stored() == []
        today = desk.city.local_day(desk.now())
        (refusal,) = desk.channels.read(["sms-aws"], today)["sms-aws"].refusals
        assert (refusal.outcome, refusal.reason) == ("refused", "unreadable")

    @pytest.mark.parametrize("bad", [None, {}, {"Sns": None}, {"Sns": {"Message": None, "Timestamp": [1]}}])
    def test_what_is_no_text_holds_up_nothing_beside_it(self, module: Any, stored: Any, bad: Any) -> None:
        event = {"Records": [bad, *record(SMS)["Records"]]}
        messages = messages_in(module.desk, event)
        assert [message.id for message in messages] == ["aws-1"]
        assert messages_in(module.desk, {"Records": [bad]}) == messages_in(module.desk, {}) == []

    def test_what_the_store_refuses_is_tried_again(
        self, module: Any, desk: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_args: Any, **_named: Any) -> Any:
            raise Busy("The store is busy.", retry_after=1)

        monkeypatch.setattr("chalicelib.usecases.receive_sms.hear", full)
        with pytest.raises(Busy):
            module.receive_sms(record(SMS), Context())


@pytest.fixture
def certificates(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The addresses a certificate was fetched from."""
    from chalicelib.outbound.senders.call import Answer as Fetched

    fetched: list[str] = []

    def call(method: str, url: str, headers: Any, body: Any, *, timeout: float) -> Fetched:
        fetched.append(url)
        return Fetched(200, {}, SIGNER.certificate)

    monkeypatch.setattr(sns_certificates, "call", call)
    sns_certificates.forget()
    yield fetched
    sns_certificates.forget()


class TestOverHttps:
    @pytest.fixture
    def post(
        self, secrets: None, web: Callable[..., Answer], clock: Any, certificates: list[str]
    ) -> Callable[..., Answer]:
        clock.instant = datetime.now(UTC)

        def send(message: dict[str, object], **change: Any) -> Answer:
            body = as_sent({**SIGNER.signed(message), **change})
            headers = {"content-type": "text/plain; charset=UTF-8"}
            return web("POST", "/channels/{channel}", channel="sms-aws", headers=headers, body=body)

        return send

    def notice(self, text: Any = SMS, topic: str = TOPIC) -> dict[str, object]:
        told = {"Type": "Notification", "MessageId": "sns-2", "TopicArn": topic, "Message": json.dumps(text)}
        return {**told, "Timestamp": timestamp(datetime.now(UTC))}

    def test_a_text_becomes_a_report_once_whichever_way_it_comes(
        self, post: Any, module: Any, stored: Any, certificates: list[str]
    ) -> None:
        for _ in range(2):
            answer = post(self.notice())
            assert (answer.status, answer.text) == (200, "")
        module.receive_sms(record(SMS), Context())
        (report,) = stored()
        assert (report.channel, len(report.sealed)) == ("sms-aws", 1)
        assert certificates == [CERTIFICATE], "fetched once"

    def test_attributes_are_not_believed(self, post: Any, stored: Any) -> None:
        forged = {"messageBody": {"Type": "String", "Value": "forged"}}
        assert post(self.notice(), MessageAttributes=forged).status == 200
        assert "forged" not in repr(stored())

    @pytest.mark.parametrize(
        "change",
        [
            {"Message": json.dumps({**SMS, "messageBody": "lain"})},
            {"Signature": "AAAA"},
            {"SignatureVersion": "1"},
            {"Timestamp": "2020-01-01T00:00:00.000Z"},
        ],
    )
    def test_what_is_not_signed_so_is_401(self, post: Any, stored: Any, change: dict[str, str]) -> None:
        assert post(self.notice(), **change).status == 401
        assert stored() == []

    def test_another_topic_is_401_before_anything_is_fetched(self, post: Any, certificates: list[str]) -> None:
        assert post(self.notice(topic=TOPIC.replace("123456789012", "999999999999"))).status == 401
        assert certificates == []

    @pytest.mark.parametrize(
        "url",
        [
            "http://169.254.169.254/latest/meta-data",
            "http://127.0.0.1:4566/x.pem",
            "https://evil.example/SimpleNotificationService-0123456789abcdef.pem",
            "https://sns.us-east-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem",
        ],
    )
    def test_certificates_of_others_are_not_fetched(self, post: Any, certificates: list[str], url: str) -> None:
        assert post(self.notice(), SigningCertURL=url).status == 401
        assert certificates == []

    def test_while_the_certificate_cannot_be_fetched_sns_is_asked_to_come_again(
        self, post: Any, stored: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from chalicelib.outbound.senders.outcome import SendFailed

        def call(*_: Any, **__: Any) -> Any:
            raise SendFailed("HTTP 503")

        monkeypatch.setattr(sns_certificates, "call", call)
        assert post(self.notice()).status == 429
        assert stored() == []

    def confirmation(self, topic: str = TOPIC) -> dict[str, object]:
        link = f"https://sns.ap-southeast-3.amazonaws.com/?Action=ConfirmSubscription&TopicArn={topic}&Token=t0k3n"
        return {
            "Type": "SubscriptionConfirmation",
            "MessageId": "sns-3",
            "Token": parse_qs(urlsplit(link).query)["Token"][0],
            "TopicArn": topic,
            "Message": "You have chosen to subscribe",
            "SubscribeURL": link,
            "Timestamp": timestamp(datetime.now(UTC)),
        }

    def test_our_own_subscription_is_confirmed_by_the_api(self, post: Any, calls: Any, certificates: list[str]) -> None:
        assert post(self.confirmation()).status == 200
        assert "sns.ConfirmSubscription" in calls()
        assert certificates == [CERTIFICATE], "the link is never followed"

    def test_the_subscription_of_another_topic_is_refused(self, post: Any, calls: Any, certificates: list[str]) -> None:
        assert post(self.confirmation(TOPIC + "-of-somebody-else")).status == 401
        assert "sns.ConfirmSubscription" not in calls()
        assert certificates == []

    def test_a_confirmation_that_is_not_signed_confirms_nothing(self, post: Any, calls: Any) -> None:
        assert post(self.confirmation(), Token="other").status == 401
        assert "sns.ConfirmSubscription" not in calls()

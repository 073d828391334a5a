"""Public posts: thanks where everybody reads, questions in private only; and failures that are put off or recorded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.channels.message import Message
from chalicelib.domain.report import Report
from chalicelib.outbound import ways
from chalicelib.outbound.senders.outcome import SendFailed, SendRefused
from chalicelib.usecases.deliver import deliver
from chalicelib.usecases.hear import hear
from tests.usecases.test_converse import SEED, sms

COMMENT = Message(
    channel="facebook", id="c1", sender="777", text="Lampu jalan mati di Jl Melati Menteng", public=True, post="1_2",
    conversational=True, raw=b"x",
)  # fmt: skip


class Provider:
    """Notes what is sent; refuses or fails as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.private: list[Any] = []
        self.public: list[str] = []
        self.fails: dict[str, list[Exception]] = {"private": [], "public": []}
        monkeypatch.setattr(ways, "send", self._send)
        monkeypatch.setattr(ways, "post_public", self._post)

    def _send(self, out: Any, tools: Any) -> None:
        if self.fails["private"]:
            raise self.fails["private"].pop(0)
        self.private.append(out)

    def _post(self, out: Any, text: str) -> None:
        if self.fails["public"]:
            raise self.fails["public"].pop(0)
        self.public.append(text)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    return Provider(monkeypatch)


def told(desk: Any, report: Report, tries: int = 1) -> bool:
    body = json.dumps({"data": {"tracking": report.tracking, "seq": 1}})
    record = {
        "body": body,
        "messageId": "m",
        "receiptHandle": "r",
        "attributes": {"ApproximateReceiveCount": str(tries)},
    }
    return deliver(desk, record, claimant=f"c{tries}")


def heard(desk: Any, message: Message = COMMENT) -> Report:
    report = hear(desk, message, seed=SEED).report
    assert report is not None
    return report


def test_thanks_in_public_and_the_question_in_private(desk: Any, provider: Provider) -> None:
    report = heard(desk)
    assert told(desk, report)
    (private,) = provider.private
    assert "nama" in private.chat
    assert provider.public == [desk.city.text("answer.public")]
    assert "nama" not in provider.public[0]
    assert report.tracking not in provider.public[0]
    assert told(desk, report)
    assert (len(provider.private), len(provider.public)) == (1, 1)


def test_a_refused_private_message_leaves_a_link_to_the_form(desk: Any, provider: Provider) -> None:
    provider.fails["private"] = [SendRefused("takes no messages")]
    report = heard(desk)
    assert told(desk, report)
    assert provider.public == [desk.city.text("answer.public_link", link="http://127.0.0.1:8000/report")]
    assert desk.deliveries.of(report.tracking)["1#reporter"][0] == "refused"


def test_a_failed_thank_you_does_not_repeat_the_private_message(desk: Any, provider: Provider) -> None:
    provider.fails["public"] = [SendFailed("HTTP 500")]
    report = heard(desk)
    assert not told(desk, report)
    assert told(desk, report, 2)
    assert len(provider.public) == 1
    assert len(provider.private) == 1


def test_a_failure_is_put_off_and_tried_again(desk: Any, provider: Provider, calls: Any) -> None:
    provider.fails["private"] = [SendFailed("HTTP 503"), SendFailed("HTTP 429", 40.0)]
    report = heard(desk, sms(1, "Lampu jalan mati"))
    assert not told(desk, report)
    assert not told(desk, report, 2)
    assert provider.private == []
    with pytest.raises(SendFailed) as closed:
        desk.pace.wait("sms", 0, desk.ticks())
    assert closed.value.retry_after == pytest.approx(40, abs=1)


def test_a_permanent_failure_ends_with_its_reason(desk: Any, provider: Provider) -> None:
    provider.fails["private"] = [SendRefused("HTTP 400 (code 21610)")]
    report = heard(desk, sms(1, "Lampu jalan mati"))
    assert told(desk, report)
    item = desk.deliveries._client.get_item(
        TableName=desk.settings.table("deliveries"),
        Key={"tracking": {"S": report.tracking}, "destination": {"S": "1#reporter"}},
    )["Item"]
    assert (item["state"]["S"], item["reason"]["S"]) == ("refused", "HTTP 400 (code 21610)")


def test_a_message_nobody_can_read_stays_in_the_queue(desk: Any) -> None:
    assert not deliver(desk, {"body": "nonsense", "messageId": "m", "receiptHandle": "r"}, claimant="c")


def test_a_provider_may_say_later_that_nothing_arrived(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ways, "send", lambda out, tools: "wamid.9")
    report = heard(desk, sms(1, "Lampu jalan mati"))
    assert told(desk, report)
    assert desk.deliveries.of(report.tracking)["1#reporter"][0] == "sent"
    assert (
        desk.deliveries.undelivered("sms", "wamid.9", "not delivered (code 131026)", now=desk.now()) == report.tracking
    )
    assert desk.deliveries.of(report.tracking)["1#reporter"][0] == "refused"
    assert desk.deliveries.undelivered("sms", "wamid.unknown", "x", now=desk.now()) == ""

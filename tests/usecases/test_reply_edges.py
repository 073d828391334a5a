"""Answers at their edges: nothing twice, nobody after their BERHENTI by whichever way, no machine for ever, and nobody's
phone in a log.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from chalicelib.channels.message import Message
from chalicelib.domain.announcements import tells_reporter
from chalicelib.domain.report import Report
from chalicelib.outbound import ways
from chalicelib.outbound.senders.outgoing import Outgoing
from chalicelib.usecases.deliver import deliver
from chalicelib.usecases.reply import Event, reply
from tests.usecases import test_commands
from tests.usecases.talks import (
    TRASH,
    city_app,
    counter,
    ended,
    facebook,
    now,
    report_of,
    said,
    with_agency,
)
from tests.usecases.test_commands import WHOLE, done, told, wa
from tests.usecases.test_converse import sms

Delivered = Callable[[], list[Outgoing]]
# The fixtures that empty the replies queue.
sent, delivered = test_commands.sent, test_commands.delivered


def last(report: Report, event: str) -> Event:
    return Event(report.tracking, max(entry.seq for entry in report.entries() if entry.event == event))


def all_told(desk: Any, report: Report, claimant: str) -> None:
    """The replies function hears of every entry that is for the reporter."""
    for entry in report.entries():
        if tells_reporter(entry):
            body = json.dumps({"data": {"tracking": report.tracking, "seq": entry.seq}})
            deliver(desk, {"body": body, "messageId": "m", "receiptHandle": ""}, claimant=claimant)


# --- nothing twice, nothing lost -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("note", ["remember", "sent_as"])
def test_nothing_is_told_twice_when_a_note_beside_the_sending_fails(
    desk: Any, monkeypatch: pytest.MonkeyPatch, note: str
) -> None:
    report = done(desk, report_of(desk, wa(1, WHOLE)))
    texts: list[Outgoing] = []

    def send(out: Outgoing, tools: Any) -> str:
        texts.append(out)
        return f"wamid.ours.{len(texts)}"

    def throttled(*_: Any, **__: Any) -> None:
        raise RuntimeError("throttled")

    monkeypatch.setattr(ways, "send", send)
    with monkeypatch.context() as broken:
        broken.setattr(desk.conversations if note == "remember" else desk.deliveries, note, throttled)
        for attempt in range(3):
            try:
                reply(desk, last(report, "validated"), claimant=str(attempt))
            except RuntimeError:
                assert texts == [], "whatever may fail comes before the sending"
    reply(desk, last(report, "validated"), claimant="last")
    assert len(texts) == 1


def test_a_command_whose_answer_was_lost_is_answered_by_its_repetition(desk: Any, delivered: Delivered) -> None:
    report = report_of(desk, wa(1, WHOLE))
    ended(desk, wa(9, "BERHENTI"), desk.answers, "put")
    said(desk, wa(9, "BERHENTI"))
    assert [out.event for out in delivered()] == ["answer.stopped"]
    assert not now(desk, report).answerable


def test_an_answer_to_a_command_knows_that_its_sender_has_just_written(
    desk: Any, delivered: Delivered, clock: Any
) -> None:
    """Messenger and WhatsApp let nobody be written to freely a day after they were last heard."""
    report = done(desk, report_of(desk, facebook("m1", WHOLE)))
    clock.pass_by(days=3)
    said(desk, facebook("m2", f"BELUM {report.tracking}"))
    told(desk, now(desk, report), "reopened")
    (out,) = delivered()
    assert out.now - out.heard_at < timedelta(hours=1)


# --- BERHENTI ------------------------------------------------------------------------------------------------------------------


def test_stop_by_sms_ends_the_notices_of_a_report_that_the_counter_entered(desk: Any, delivered: Delivered) -> None:
    report = report_of(desk, counter())
    told(desk, report, "received")
    assert [out.channel.id for out in delivered()] == ["sms"]
    said(desk, sms(1, "BERHENTI"))
    delivered()
    told(desk, with_agency(desk, report), "dispatched")
    assert delivered() == []


def test_start_wakes_reports_of_earlier_conversations_too(desk: Any, delivered: Delivered, clock: Any) -> None:
    report = report_of(desk, wa(1, WHOLE))
    said(desk, wa(2, "BERHENTI"))
    clock.pass_by(hours=2)
    said(desk, wa(3, TRASH))
    said(desk, wa(4, "MULAI"))
    delivered()
    told(desk, with_agency(desk, report), "dispatched")
    assert [out.event for out in delivered()] == ["dispatched"]


# --- machines --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["STATUS", "STATUS JKT-7K3M-92QX-4HT0", "Lampu mati"])
def test_a_machine_that_says_our_words_back_to_us_is_soon_alone(
    desk: Any, delivered: Delivered, clock: Any, first: str
) -> None:
    texts, answers = [first], 0
    for number in range(60):
        if not texts:
            break
        clock.pass_by(seconds=30)
        heard = said(desk, sms(number, texts.pop(0)))
        if heard.report is not None:
            all_told(desk, now(desk, heard.report), f"c{number}")
        out = delivered()
        answers += len(out)
        texts += [each.short for each in out]
    assert texts == []
    assert 1 <= answers <= 3


# --- who is told, and what a log holds ---------------------------------------------------------------------------------------------


def test_an_app_s_reporter_is_told_of_what_was_done_from_a_phone_they_named(desk: Any, delivered: Delivered) -> None:
    report = report_of(desk, city_app())
    said(desk, sms(1, f"BATAL {report.tracking}"))
    (entry,) = [entry for entry in now(desk, report).entries() if entry.event == "withdrawn"]
    assert tells_reporter(entry)
    assert [out.channel.id for out in delivered()] == ["sms"], "and so is whoever did it"


def test_a_provider_s_error_puts_no_phone_into_the_log(
    desk: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    class Throttled:
        def publish(self, **call: Any) -> None:
            error = {"Code": "Throttled", "Message": f"Rate exceeded for {call['PhoneNumber']}"}
            raise ClientError({"Error": error}, "Publish")

    phone = "+6281234567890"
    report = report_of(
        desk, Message(channel="sms-aws", id="a1", sender=phone, phone=phone, text=WHOLE, conversational=True, raw=b"1")
    )
    monkeypatch.setattr(type(desk), "sns", property(lambda _: Throttled()), raising=False)
    body = json.dumps({"data": {"tracking": report.tracking, "seq": 1}})
    assert not deliver(desk, {"body": body, "messageId": "m", "receiptHandle": ""}, claimant="r")
    written = capsys.readouterr()
    assert "put off" in written.out + written.err + caplog.text
    assert phone[3:] not in written.out + written.err + caplog.text

"""Words that ask for something: answered where they were written, done by the reporter only, once each."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.channels.message import Location, Message
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.report import Report
from chalicelib.outbound import ways
from chalicelib.outbound.senders.outgoing import Outgoing
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.deliver import deliver
from chalicelib.usecases.hear import Heard, hear
from tests.conftest import PUBLIC_URL
from tests.usecases.test_converse import SEED, sms

ADMIN, AGENCY, VALIDATOR = (
    Actor(role=Role.ADMIN, subject="a1"),
    Actor(role=Role.AGENCY, agency="bina-marga", subject="b1"),
    Actor(role=Role.VALIDATOR, subject="v1"),
)
QUEUE = "https://sqs.ap-southeast-3.amazonaws.com/123456789012/tanggap-local-replies"
WHOLE = "Lampu jalan mati di Jl Melati RT 3 Menteng. Nama: Budi Santoso. Alamat: Jl Mawar 2"


def wa(number: int, text: str, sender: str = "ID.1234", **more: Any) -> Message:
    """A WhatsApp message of somebody whose phone is known."""
    return Message(
        channel="whatsapp",
        id=f"wamid.{number}",
        sender=sender,
        text=text,
        phone="+6281234567890",
        conversational=True,
        raw=text.encode(),
        **more,
    )


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Outgoing]:
    """What went out."""
    out: list[Outgoing] = []
    monkeypatch.setattr(ways, "send", lambda each, tools: out.append(each))
    return out


@pytest.fixture
def delivered(desk: Any, sent: list[Outgoing]) -> Callable[[], list[Outgoing]]:
    """Empties the replies queue, as the replies function does; gives what was sent since."""
    from chalicelib.store.client import client

    sqs = client("sqs", desk.settings.region)

    def deliver_all() -> list[Outgoing]:
        while messages := sqs.receive_message(QueueUrl=QUEUE, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                record = {"body": message["Body"], "messageId": message["MessageId"], "receiptHandle": ""}
                assert deliver(desk, record, claimant="r"), record
                sqs.delete_message(QueueUrl=QUEUE, ReceiptHandle=message["ReceiptHandle"])
        taken = list(sent)
        sent.clear()
        return taken

    return deliver_all


def told(desk: Any, report: Report, event: str) -> None:
    """The replies function hears of the last such entry."""
    seq = max(entry.seq for entry in report.entries() if entry.event == event)
    body = json.dumps({"data": {"tracking": report.tracking, "seq": seq}})
    assert deliver(desk, {"body": body, "messageId": "m", "receiptHandle": ""}, claimant="r")


def filed(desk: Any, message: Message | None = None) -> Report:
    heard = hear(desk, message or sms(1, WHOLE), seed=SEED)
    assert heard.report is not None
    return desk.reports.get(heard.report.tracking)


def done(desk: Any, report: Report, *, validated: bool = True) -> Report:
    steps: list[tuple[Action, Actor, dict[str, Any]]] = [
        (Action.DISPATCH, ADMIN, {"agency": "bina-marga", "category": "jalan"}),
        (Action.ACCEPT, AGENCY, {}),
        (Action.RESOLVE, AGENCY, {"note": "lampu diganti"}),
        (Action.VALIDATE, VALIDATOR, {}),
    ]
    for action, actor, wish in steps if validated else steps[:-1]:
        report = act(
            desk, report.tracking, action, actor, json.dumps(wish).encode(), action_id=f"t:{action}", seed=SEED
        )
    return report


# --- STATUS --------------------------------------------------------------------------------------------------------------


def test_anyone_may_ask_where_a_report_stands(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = filed(desk, wa(1, WHOLE))
    heard = hear(desk, sms(7, f"STATUS {report.tracking}", "+6285550001"), seed=SEED)
    assert (heard.what, heard.report.tracking if heard.report else "") == ("command", report.tracking)
    (out,) = delivered()
    assert (out.channel.id, out.to.phone, out.tracking) == ("sms", "+6285550001", report.tracking)
    assert "Menunggu" in out.short
    assert "http" not in out.short
    assert f"{PUBLIC_URL}/reports/{report.tracking}" in out.chat


@pytest.mark.parametrize("text", ["status {0}", "Staus {0}", "cek laporan {0} dong", "{0}", "STATUS:{0}"])
def test_status_is_tolerant_of_slips(desk: Any, delivered: Callable[[], list[Outgoing]], text: str) -> None:
    report = filed(desk)
    assert hear(desk, sms(2, text.format(report.tracking.lower().replace("-", ""))), seed=SEED).what == "command"
    assert [out.event for out in delivered()] == ["answer.status"]


def test_without_a_number_the_sender_s_own_report_is_meant(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = filed(desk)
    hear(desk, sms(2, "status"), seed=SEED)
    assert [(out.event, out.tracking) for out in delivered()] == [("answer.status", report.tracking)]
    hear(desk, sms(3, "status", "+62855501"), seed=SEED)
    assert [out.event for out in delivered()] == ["answer.which_number"]


def test_wrong_and_unknown_numbers_are_told_apart(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = filed(desk)
    slip = report.tracking[:-1] + ("0" if report.tracking[-1] != "0" else "1")
    hear(desk, sms(2, f"STATUS {slip}"), seed=SEED)
    hear(desk, sms(3, "STATUS JKT-7K3M-92QX-4HTC"), seed=SEED)
    kinds = {out.event for out in delivered()}
    assert kinds <= {"answer.wrong_number", "answer.unknown_number"}
    assert "answer.wrong_number" in kinds


def test_a_hidden_report_s_answer_names_no_agency(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = filed(desk)
    wish = json.dumps({"confidential": True}).encode()
    act(desk, report.tracking, Action.CORRECT, ADMIN, wish, action_id="c", seed=SEED)
    act(
        desk, report.tracking, Action.DISPATCH, ADMIN, b'{"agency": "bina-marga", "category": "jalan"}', action_id="d",
        seed=SEED,
    )  # fmt: skip
    hear(desk, sms(2, f"STATUS {report.tracking}", "+6285550001"), seed=SEED)
    (out,) = delivered()
    assert out.short == f"Laporan {report.tracking}: Koordinasi."


def test_a_repeated_command_is_answered_once(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = filed(desk)
    for _ in range(3):
        hear(desk, sms(2, f"STATUS {report.tracking}"), seed=SEED)
    assert len(delivered()) == 1


def test_a_command_is_no_report(desk: Any) -> None:
    for number, text in enumerate(("STATUS", "BERHENTI", "MULAI", "BANTUAN", "STATUS JKT-7K3M-92QX-4HTC")):
        assert hear(desk, sms(number, text, "+62855501"), seed=SEED).report is None


def test_status_costs_one_write_and_one_message(desk: Any, calls: Callable[[], list[str]]) -> None:
    report = filed(desk)
    calls()
    hear(desk, sms(2, f"STATUS {report.tracking}"), seed=SEED)
    assert calls() == ["dynamodb.UpdateItem", "dynamodb.GetItem"]


# --- BATAL ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["BATAL", "batalkan laporan", "btal", "Batal ya pak", "cancel"])
def test_batal_withdraws(desk: Any, delivered: Callable[[], list[Outgoing]], text: str) -> None:
    report = filed(desk)
    assert hear(desk, sms(2, text), seed=SEED).what == "command"
    assert desk.reports.get(report.tracking).status is Status.WITHDRAWN
    assert delivered() == [], "the withdrawal itself is told, by its own entry"


def test_nobody_else_withdraws(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = filed(desk)
    hear(desk, sms(2, f"BATAL {report.tracking}", "+6285550001"), seed=SEED)
    assert desk.reports.get(report.tracking).status is Status.WAITING
    assert [(out.event, out.to.phone) for out in delivered()] == [("answer.not_yours", "+6285550001")]


def test_a_word_about_withdrawing_is_a_report_when_nothing_is_open(desk: Any) -> None:
    heard = hear(desk, sms(1, "Perbaikan jalan batal dikerjakan di Jl Melati Menteng", "+6285550009"), seed=SEED)
    assert heard.what == "report"
    assert heard.report is not None
    assert heard.report.problem


def test_what_has_ended_cannot_be_withdrawn(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = done(desk, filed(desk))
    hear(desk, sms(2, f"BATAL {report.tracking}"), seed=SEED)
    assert [out.event for out in delivered()] == ["answer.not_now"]


# --- SUDAH and BELUM -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["SUDAH", "sudah pak", "Sdh beres, terima kasih"])
def test_sudah_confirms(desk: Any, sent: list[Outgoing], text: str) -> None:
    report = done(desk, filed(desk))
    told(desk, report, "validated")
    assert "SUDAH" in sent[0].short
    assert "BELUM" in sent[0].short
    heard = hear(desk, sms(2, text), seed=SEED)
    assert heard.what == "command"
    after = desk.reports.get(report.tracking)
    assert (after.status, after.entries()[-1].event) == (Status.DONE, "confirmed")


@pytest.mark.parametrize("text", ["BELUM masih gelap", "belum, lampunya masih mati", "blm beres", "BELUM"])
def test_belum_disputes(desk: Any, sent: list[Outgoing], text: str) -> None:
    report = done(desk, filed(desk))
    told(desk, report, "validated")
    assert hear(desk, sms(2, text), seed=SEED).what == "command"
    after = desk.reports.get(report.tracking)
    assert (after.status, after.entries()[-1].event) == (Status.COORDINATION, "reopened")
    assert after.resolve is not None
    assert after.resolve.running


def test_before_the_validator_has_looked_belum_is_a_word_to_them(desk: Any, sent: list[Outgoing]) -> None:
    report = done(desk, filed(desk), validated=False)
    told(desk, report, "resolved")
    hear(desk, sms(2, "BELUM masih gelap"), seed=SEED)
    after = desk.reports.get(report.tracking)
    last = after.entries()[-1]
    assert (after.status, last.event, last.told.public) == (Status.AWAITING_VALIDATION, "disputed", True)
    assert "masih gelap" in last.told.note


def test_belum_where_nothing_was_called_done_is_a_report(desk: Any) -> None:
    heard = hear(desk, sms(1, "Belum ada lampu jalan di Jl Melati Menteng"), seed=SEED)
    assert heard.what == "report"
    assert heard.report is not None
    assert heard.report.problem


def test_after_fourteen_days_it_is_too_late(desk: Any, clock: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = done(desk, filed(desk))
    told(desk, report, "validated")
    delivered()
    clock.pass_by(days=15)
    hear(desk, sms(2, "BELUM masih gelap"), seed=SEED)
    assert desk.reports.get(report.tracking).status is Status.DONE
    assert [out.event for out in delivered()] == ["answer.not_now"]


def test_the_whole_walk_of_the_issue(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    """WhatsApp in four messages with a pin, followed by SMS, disputed by "BELUM", answered each time where it was written."""
    pin = Location(lat=-6.1754, lng=106.8272)
    hear(desk, wa(1, "Lampu jalan mati sudah seminggu"), seed=SEED)
    hear(desk, wa(2, "", location=pin), seed="1f" * 16)
    hear(desk, wa(3, "Nama: Budi Santoso"), seed="2f" * 16)
    report = hear(desk, wa(4, "Alamat: Jl Mawar 2"), seed="3f" * 16).report
    assert report is not None
    assert report.status is Status.WAITING
    report = done(desk, report)
    hear(desk, sms(10, f"STATUS {report.tracking}"), seed=SEED)
    (status,) = delivered()
    assert (status.channel.id, status.to.phone, "Selesai" in status.short) == ("sms", "+6281234567890", True)
    hear(desk, sms(11, "BELUM masih gelap"), seed=SEED)
    after = desk.reports.get(report.tracking)
    assert after.status is Status.COORDINATION
    (by_sms,) = delivered()
    assert (by_sms.channel.id, by_sms.event) == ("sms", "reopened")
    assert after.entries()[-1].told.quiet, "and not told a second time on WhatsApp"


def test_belum_needs_no_number_from_the_same_phone(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = done(desk, filed(desk, wa(1, WHOLE)))
    told(desk, report, "validated")
    delivered()
    hear(desk, sms(11, "Belum, lampu masih mati"), seed=SEED)
    assert desk.reports.get(report.tracking).status is Status.COORDINATION
    assert [(out.channel.id, out.event) for out in delivered()] == [("sms", "reopened")]


def test_words_of_a_report_withdrawn_unread_stay_hidden(desk: Any) -> None:
    from chalicelib.usecases.views import public

    report = filed(desk)
    hear(desk, sms(2, "BATAL"), seed=SEED)
    after = desk.reports.get(report.tracking)
    assert public(after, desk.city, now=desk.now(), lang="id", with_key=False)["problem"] is None


# --- BERHENTI, MULAI ---------------------------------------------------------------------------------------------------------


def test_berhenti_ends_notices_of_all_reports_so_far(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = filed(desk)
    hear(desk, sms(2, "BERHENTI"), seed=SEED)
    assert [out.event for out in delivered()] == ["answer.stopped"]
    report = done(desk, report)
    told(desk, report, "validated")
    assert delivered() == []
    state, _ = desk.deliveries.of(report.tracking)[f"{report.seq}#reporter"]
    assert state == "refused"


def test_reporting_stays_open_and_a_new_report_is_answered(
    desk: Any, clock: Any, delivered: Callable[[], list[Outgoing]]
) -> None:
    filed(desk)
    hear(desk, sms(2, "stop"), seed=SEED)
    delivered()
    clock.pass_by(hours=2)
    new = hear(desk, sms(3, "Sampah menumpuk di Jl Kenanga Menteng"), seed=SEED).report
    assert new is not None
    told(desk, new, "received")
    assert [out.tracking for out in delivered()] == [new.tracking]


def test_mulai_takes_it_back(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    report = filed(desk)
    hear(desk, sms(2, "STOP"), seed=SEED)
    assert not desk.reports.get(report.tracking).answerable
    hear(desk, sms(3, "MULAI"), seed=SEED)
    assert desk.reports.get(report.tracking).answerable
    delivered()
    told(desk, done(desk, report), "validated")
    assert len(delivered()) == 1


# --- who cannot be answered, or is not proven ------------------------------------------------------------------------------


def test_an_unproven_mail_may_not_act(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    def mail(number: int, text: str, verified: bool) -> Message:
        return Message(
            channel="email", id=f"m{number}", sender="budi@contoh.example", email="budi@contoh.example", text=text,
            conversational=True, verified=verified, raw=text.encode(),
        )  # fmt: skip

    report = filed(desk, mail(1, WHOLE, True))
    hear(desk, mail(2, f"BATAL {report.tracking}", False), seed=SEED)
    assert desk.reports.get(report.tracking).status is Status.WAITING
    assert delivered() == []
    hear(desk, mail(3, f"BATAL {report.tracking}", True), seed=SEED)
    assert desk.reports.get(report.tracking).status is Status.WITHDRAWN


def test_who_cannot_be_answered_is_not(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    hear(desk, msgspec.structs.replace(sms(1, "STATUS"), sender="TELKOMSEL", phone="", answerable=False), seed=SEED)
    assert delivered() == []


def test_a_flood_of_commands_gets_one_answer(desk: Any, delivered: Callable[[], list[Outgoing]]) -> None:
    limit = desk.city.policy.answers_per_hour
    heard: list[Heard] = [hear(desk, sms(number, "STATUS"), seed=SEED) for number in range(limit + 5)]
    assert len(heard) == limit + 5
    events = [out.event for out in delivered()]
    assert events.count("answer.slow_down_plain") == 1
    assert len(events) == limit + 1

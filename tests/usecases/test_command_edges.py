"""Commands at their edges: delivered twice, in parts, as edits, in a flood, with a picture, at the moment when somebody
else writes; and which of several reports they are about.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.channels.message import Message, Part
from chalicelib.domain.lifecycle import Action, Status
from chalicelib.domain.report import Report
from chalicelib.usecases.act import act
from chalicelib.usecases.parts import flush, gather
from tests.usecases import test_commands
from tests.usecases.talks import (
    TRASH,
    city_app,
    counter,
    events,
    facebook,
    mail,
    now,
    report_of,
    said,
    stored,
    telegram,
    with_agency,
)
from tests.usecases.test_commands import ADMIN, WHOLE, done, told, wa
from tests.usecases.test_converse import SEED, sms

Delivered = Callable[[], list[Any]]
# The fixtures that empty the replies queue.
sent, delivered = test_commands.sent, test_commands.delivered
ANOTHER = "+6285550001"


def called_done(desk: Any, message: Message) -> Report:
    """A report that its reporter was told is done."""
    report = done(desk, report_of(desk, message))
    told(desk, report, "validated")
    return report


def kinds(delivered: Delivered) -> list[str]:
    return [out.event for out in delivered()]


# --- delivered twice, in parts, as an edit -----------------------------------------------------------------------------------


def test_a_repeated_belum_is_heard_once(desk: Any, delivered: Delivered) -> None:
    report = called_done(desk, wa(1, WHOLE))
    for _ in range(3):
        assert said(desk, wa(9, "BELUM, masih mati lampunya")).what == "command"
    assert now(desk, report).status is Status.COORDINATION
    assert events(desk, report).count("reopened") == 1
    assert len(stored(desk, "reports")) == 1


def test_a_repeated_batal_is_heard_once(desk: Any, delivered: Delivered) -> None:
    report = report_of(desk, wa(1, WHOLE))
    for _ in range(3):
        assert said(desk, wa(9, "BATAL")).what == "command"
    assert events(desk, report) == ["received", "withdrawn"]
    assert len(stored(desk, "reports")) == 1


def test_a_belum_in_two_parts_is_heard_once_though_the_parts_are_flushed_later(
    desk: Any, delivered: Delivered, clock: Any
) -> None:
    def text(name: str, words: str, part: Part | None = None) -> Message:
        return Message(
            channel="sms-vonage", id=name, sender="+6281100000001", phone="+6281100000001", text=words, part=part,
            conversational=True, raw=words.encode(),
        )  # fmt: skip

    report = called_done(desk, text("a", WHOLE))
    assert gather(desk, text("p1", "BELUM, masih mati lampunya pak, ", Part(ref="1", number=1, total=2))) is None
    whole = gather(desk, text("p2", "masih gelap", Part(ref="1", number=2, total=2)))
    assert whole is not None
    assert said(desk, whole).what == "command"
    clock.pass_by(minutes=11)
    assert flush(desk, desk.now(), lambda message: said(desk, message)).failed == 0
    assert events(desk, report).count("reopened") == 1
    assert len(stored(desk, "reports")) == 1


def test_a_command_from_elsewhere_is_answered_once_however_often_it_comes(desk: Any, delivered: Delivered) -> None:
    report = report_of(desk, wa(1, WHOLE))
    for _ in range(3):
        said(desk, sms(9, f"BATAL {report.tracking}"))
    assert len(delivered()) == 1


@pytest.mark.parametrize("first", ["/start", "STATUS", "BERHENTI"])
def test_a_command_that_is_edited_into_a_problem_is_a_report(desk: Any, first: str) -> None:
    said(desk, telegram("77:1", first))
    report = report_of(desk, telegram("77:1:a", "Lampu jalan mati", edits="77:1"))
    again = report_of(desk, telegram("77:1:b", "Lampu jalan mati di Jl Melati RT 3 Menteng", edits="77:1"))
    assert again.tracking == report.tracking
    assert len(stored(desk, "reports")) == 1


def test_a_report_that_is_edited_into_a_command_keeps_its_words(desk: Any, delivered: Delivered) -> None:
    report = report_of(desk, wa(1, WHOLE))
    said(desk, wa(2, f"BATAL {report.tracking}", edits="wamid.1"))
    after = now(desk, report)
    assert (after.status, after.problem) == (Status.WITHDRAWN, report.problem)


# --- with a picture, at great length, in the midst of others -----------------------------------------------------------------


def test_a_belum_with_a_picture_is_a_dispute_with_a_picture(desk: Any, delivered: Delivered) -> None:
    report = called_done(desk, wa(1, WHOLE))
    heard = said(desk, wa(4, "BELUM, masih mati", photos=("provider:1",)))
    after = now(desk, report)
    assert (heard.what, after.status, len(after.photos)) == ("command", Status.COORDINATION, 1)


@pytest.mark.parametrize("times", [150, 400])
def test_a_dispute_may_be_longer_than_a_reason(desk: Any, delivered: Delivered, times: int) -> None:
    report = done(desk, report_of(desk, telegram("77:1", WHOLE)))
    said(desk, telegram("77:2", f"BELUM {report.tracking}, " + "masih gelap sekali " * times))
    assert now(desk, report).status is Status.COORDINATION


@pytest.mark.parametrize(
    ("words", "status"), [("BELUM", Status.COORDINATION), ("SUDAH", Status.DONE)], ids=["belum", "sudah"]
)
def test_a_command_is_done_though_somebody_notes_something_at_that_moment(
    desk: Any, delivered: Delivered, monkeypatch: pytest.MonkeyPatch, words: str, status: Status
) -> None:
    report = done(desk, report_of(desk, wa(1, WHOLE)))
    change = desk.reports.change
    between: list[str] = []

    def changed(before: Report, after: Report) -> None:
        if not between:
            between.append("a note is quicker")
            act(desk, report.tracking, Action.NOTE, ADMIN, b'{"note": "catatan"}', action_id="n", seed=SEED)
        change(before, after)

    monkeypatch.setattr(desk.reports, "change", changed)
    said(desk, wa(2, f"{words} {report.tracking}"))
    assert now(desk, report).status is status
    assert events(desk, report)[-2] == "noted"
    assert "answer.not_now" not in kinds(delivered)


def test_in_a_flood_orders_are_carried_out_and_not_answered(desk: Any, delivered: Delivered) -> None:
    report = report_of(desk, wa(1, WHOLE))
    for number in range(desk.city.policy.messages_per_hour + 2):
        desk.conversations.note(report.sender, f"n{number}", report.tracking, now=desk.now(), command=True)
    said(desk, wa(300, f"BATAL {report.tracking}"))
    said(desk, wa(301, "BERHENTI"))
    assert now(desk, report).status is Status.WITHDRAWN
    assert desk.conversations.stopped_at(report.sender) is not None
    assert delivered() == []


# --- which report is meant ---------------------------------------------------------------------------------------------------


def test_a_bare_batal_after_asking_about_another_report_withdraws_neither(
    desk: Any, delivered: Delivered, clock: Any
) -> None:
    first = report_of(desk, wa(1, WHOLE))
    clock.pass_by(minutes=45)
    second = report_of(desk, wa(2, TRASH))
    said(desk, wa(3, f"STATUS {first.tracking}"))
    said(desk, wa(4, "BATAL"))
    assert {now(desk, first).status, now(desk, second).status} == {Status.WAITING}
    assert kinds(delivered) == ["answer.status", "answer.which_number"]


def test_a_bare_batal_withdraws_nothing_old_that_an_agency_works_at(
    desk: Any, delivered: Delivered, clock: Any
) -> None:
    report = with_agency(desk, report_of(desk, wa(1, WHOLE)))
    clock.pass_by(days=60)
    said(desk, wa(2, "batal pak"))
    assert now(desk, report).status is not Status.WITHDRAWN
    assert kinds(delivered) == ["answer.which_number"]


def test_the_status_of_a_stranger_s_report_makes_belum_no_word_about_that(desk: Any, delivered: Delivered) -> None:
    own = called_done(desk, wa(1, WHOLE))
    strange = report_of(desk, sms(1, WHOLE, ANOTHER))
    said(desk, wa(3, f"STATUS {strange.tracking}"))
    heard = said(desk, wa(4, "BELUM, masih mati"))
    assert heard.what == "command"
    assert now(desk, own).status is Status.COORDINATION


def test_whoever_claims_my_phone_does_not_take_over_what_my_belum_is_about(desk: Any, delivered: Delivered) -> None:
    own = called_done(desk, sms(1, WHOLE, ANOTHER))
    called_done(desk, city_app(phone=ANOTHER, name="Siti"))
    heard = said(desk, sms(2, "BELUM, masih mati", ANOTHER))
    assert heard.report is not None
    assert heard.report.tracking == own.tracking


def test_belum_by_sms_is_about_the_report_that_the_counter_entered(desk: Any, delivered: Delivered) -> None:
    report = called_done(desk, counter())
    heard = said(desk, sms(1, "BELUM, masih mati"))
    assert heard.what == "command"
    assert now(desk, report).status is Status.COORDINATION


def test_sudah_before_the_validator_has_looked_is_a_word_to_them(desk: Any, delivered: Delivered) -> None:
    report = done(desk, report_of(desk, wa(1, WHOLE)), validated=False)
    told(desk, report, "resolved")
    delivered()
    said(desk, wa(2, "SUDAH"))
    after = now(desk, report)
    assert (after.status, after.entries()[-1].event) == (Status.AWAITING_VALIDATION, "confirmed")
    assert "answer.not_now" not in kinds(delivered)


# --- who may order -----------------------------------------------------------------------------------------------------------


def test_an_unproven_question_is_answered_once_an_hour(desk: Any, delivered: Delivered) -> None:
    report = report_of(desk, wa(1, WHOLE))
    for number in range(3):
        said(desk, mail(f"e{number}", f"STATUS {report.tracking}", "lain@contoh.example", verified=False))
    assert kinds(delivered) == ["answer.status"]


def test_an_unproven_batal_withdraws_nothing_and_is_not_swallowed(desk: Any) -> None:
    report = report_of(desk, mail("e0", WHOLE, verified=False))
    heard = said(desk, mail("e1", f"BATAL {report.tracking}", verified=False))
    assert heard.report is not None
    after = now(desk, heard.report)
    assert after.status is not Status.WITHDRAWN
    assert after.version > report.version or after.tracking != report.tracking, "a person of the staff reads it"


@pytest.mark.parametrize("words", ["Berhenti", "STATUS {0}", "BATAL {0}"])
def test_nobody_orders_in_public(desk: Any, delivered: Delivered, words: str) -> None:
    report = report_of(desk, facebook("m1", WHOLE))
    heard = said(desk, facebook("c1", words.format(report.tracking), public=True, post="1_c1"))
    assert heard.what == "report"
    after = now(desk, report)
    assert after.status is Status.WAITING
    assert desk.conversations.stopped_at(report.sender) is None
    assert delivered() == []


def test_why_somebody_withdraws_is_masked(desk: Any) -> None:
    report = report_of(desk, wa(1, WHOLE))
    said(desk, wa(2, f"BATAL {report.tracking} karena saya Budi Santoso pindah, hp 081298765432"))
    entry = now(desk, report).entries()[-1]
    assert entry.event == "withdrawn"
    assert "Santoso" not in str(entry.told)
    assert "081298765432" not in str(entry.told)


def test_ids_of_commands_are_apart_by_sender(desk: Any, delivered: Delivered) -> None:
    """Two people's commands with the same id of one provider are two commands."""
    one, two = report_of(desk, sms(1, WHOLE)), report_of(desk, sms(2, WHOLE, ANOTHER))
    said(desk, sms(9, "BATAL"))
    said(desk, sms(9, "BATAL", ANOTHER))
    assert {now(desk, one).status, now(desk, two).status} == {Status.WITHDRAWN}

"""Conversations at their edges: two messages at the same moment, attempts that end between two writes, memory that has
gone, and somebody who returns.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.channels.message import Location
from chalicelib.domain.announcements import tells_reporter
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.report import Deed, Report, record
from chalicelib.usecases.act import act, changed
from chalicelib.usecases.identity import open_identity
from tests.usecases import test_commands
from tests.usecases.talks import (
    SMELL,
    TRASH,
    asked,
    city_app,
    counter,
    ended,
    events,
    facebook,
    mail,
    now,
    report_of,
    said,
    stored,
    telegram,
    web_form,
    with_agency,
)
from tests.usecases.test_commands import ADMIN, WHOLE, done, told, wa
from tests.usecases.test_converse import SEED, sms

# The fixtures that empty the replies queue.
sent, delivered = test_commands.sent, test_commands.delivered


def spent(calls: Callable[[], list[str]]) -> list[str]:
    return [call.removeprefix("dynamodb.") for call in calls() if call.startswith("dynamodb")]


def opened(desk: Any, report: Report, actor: Any = ADMIN) -> dict[str, Any]:
    return open_identity(desk, report.tracking, actor, why="uji", action_id="i", seed=SEED)


# --- two at once, and attempts that end in between ---------------------------------------------------------------------------


def test_two_messages_at_once_of_somebody_who_returns_are_none_of_the_old_report(
    desk: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = report_of(desk, sms(1, WHOLE))
    clock.pass_by(days=2)
    renew = desk.conversations.renew
    between: list[str] = []

    def renewed(sender: str, contribution: Any, *more: Any, **named: Any) -> Any:
        if contribution.message_id == "SM2" and not between:
            between.append("the second is heard whole before the first has its own conversation")
            said(desk, sms(3, SMELL))
        return renew(sender, contribution, *more, **named)

    monkeypatch.setattr(desk.conversations, "renew", renewed)
    first = report_of(desk, sms(2, TRASH))
    assert between
    assert first.tracking != old.tracking
    assert now(desk, old).version == old.version
    problems = " ".join(desk.reports.get(item["tracking"]["S"]).problem for item in stored(desk, "reports"))
    assert (problems.count("Sampah menumpuk"), problems.count("menyengat")) == (1, 1)


def test_a_return_that_ended_on_its_way_is_told_with_the_next_message(desk: Any, clock: Any) -> None:
    old = report_of(desk, sms(1, WHOLE))
    clock.pass_by(days=2)
    ended(desk, sms(2, TRASH), desk.conversations, "renew")
    clock.pass_by(minutes=1)
    new = report_of(desk, sms(3, SMELL))
    assert now(desk, old).version == old.version
    assert new.tracking != old.tracking
    assert "Sampah menumpuk" in new.problem
    assert "menyengat" in new.problem


def test_when_the_first_two_messages_end_on_their_way_the_second_s_repetition_is_heard(desk: Any) -> None:
    first, second = wa(1, "Lampu jalan mati"), wa(2, "di Jl Melati RT 3 Menteng")
    ended(desk, first, desk.reports, "add", "change")
    ended(desk, second, desk.reports, "add", "change")
    report = report_of(desk, second)
    assert "place" not in report.missing
    assert report_of(desk, second).version == report.version


def test_a_repetition_after_a_lost_attempt_asks_nobody_again_who_they_are(desk: Any, clock: Any) -> None:
    old = report_of(desk, wa(1, WHOLE))
    clock.pass_by(hours=2)
    ended(desk, wa(2, TRASH), desk.reports, "add")
    report = report_of(desk, wa(2, TRASH))
    assert (report.missing, report.known_from) == ((), (old.tracking,))


def test_an_answer_of_somebody_long_forgotten_is_heard_though_its_report_ends_meanwhile(desk: Any) -> None:
    report = report_of(desk, mail("1", WHOLE))
    desk.conversations._client.delete_item(
        TableName=desk.settings.table("conversations"), Key={"sender": {"S": report.sender}}
    )
    answer = mail("2", "masih gelap di sini, tolong segera diperbaiki ya", about=report.tracking)
    ended(desk, answer, desk.reports, "change")
    act(desk, report.tracking, Action.REJECT, ADMIN, b'{"reason": "bukan urusan kota"}', action_id="r", seed=SEED)
    assert report_of(desk, answer).tracking != report.tracking


def test_a_full_memory_stops_no_message(desk: Any) -> None:
    for number in range(30):
        desk.conversations.note("somebody", "x" * 15_000 + str(number), "", now=desk.now())
    assert desk.conversations.recall("somebody").seen


def test_ids_of_any_length_are_taken(desk: Any) -> None:
    report = report_of(desk, telegram("7" * 5_000, WHOLE))
    assert said(desk, telegram("8" * 5_000, "STATUS")).report == report


def test_the_same_id_with_other_words_is_recorded(desk: Any) -> None:
    report = report_of(desk, sms(1, WHOLE))
    assert report_of(desk, sms(1, "Pohon tumbang di Jl Kenanga")).tracking == report.tracking
    assert events(desk, report) == ["received", "duplicate_differs"]
    assert "Pohon" not in now(desk, report).problem


# --- where one conversation ends ---------------------------------------------------------------------------------------------


def test_thanks_after_the_end_begin_nothing(desk: Any, sent: list[Any]) -> None:
    report = done(desk, report_of(desk, wa(1, WHOLE)))
    heard = said(desk, wa(2, "Terima kasih banyak pak, sangat membantu"))
    assert not heard.new
    assert now(desk, report).version == report.version
    assert len(stored(desk, "reports")) == 1


def test_after_stop_the_next_day_s_problem_is_a_report_that_is_answered(desk: Any, clock: Any) -> None:
    silenced = report_of(desk, wa(1, "Lampu jalan mati"))
    said(desk, wa(2, "STOP"))
    clock.pass_by(days=1)
    report = report_of(desk, wa(3, f"{TRASH}. Nama: Budi Santoso. Alamat: Jl Mawar 2"))
    assert report.tracking != silenced.tracking
    assert report.answerable


def test_a_mail_that_answers_a_notice_of_a_web_report_lands_on_it(desk: Any) -> None:
    report = asked(desk, report_of(desk, web_form()))
    said(desk, mail("e1", "Di depan sekolah", about=report.tracking))
    after = now(desk, report)
    assert (after.entries()[-1].event, after.pause) == ("answered", None)


def test_a_text_that_answers_a_question_about_a_counter_s_report_lands_on_it(
    desk: Any, delivered: Callable[[], list[Any]]
) -> None:
    report = asked(desk, report_of(desk, counter()))
    told(desk, report, "asked")
    delivered()
    said(desk, sms(1, "Di depan sekolah"))
    after = now(desk, report)
    assert (after.entries()[-1].event, after.pause) == ("answered", None)


def test_after_a_withdrawal_the_next_problem_is_a_report_of_somebody_known(desk: Any) -> None:
    said(desk, wa(1, WHOLE))
    said(desk, wa(2, "BATAL"))
    heard = said(desk, wa(3, TRASH))
    assert heard.new
    assert heard.report is not None
    assert heard.report.missing == ()


def test_what_was_told_in_two_reports_is_known_from_both(desk: Any) -> None:
    said(desk, wa(1, "Lampu jalan mati. Nama: Budi Santoso"))
    said(desk, wa(2, "BATAL"))
    report = report_of(desk, wa(3, f"{TRASH}. Alamat: Jl Mawar 2"))
    assert report.missing == ()
    seen = opened(desk, report)
    assert (seen["name"], seen["address"]) == ("Budi Santoso", "Jl Mawar 2")


def test_unproven_senders_get_one_answer_in_any_sixty_minutes(desk: Any, clock: Any) -> None:
    clock.pass_by(minutes=59)
    report_of(desk, mail("1", "Sampah menumpuk", verified=False))
    clock.pass_by(minutes=2)
    report = report_of(desk, mail("2", "Sampah menumpuk", verified=False))
    assert [tells_reporter(entry) for entry in report.entries()] in ([False], [True, False])


# --- budgets -----------------------------------------------------------------------------------------------------------------


def test_a_conversation_by_chat_costs_two_writes_a_message_and_no_read(
    desk: Any, calls: Callable[[], list[str]]
) -> None:
    said(desk, wa(900, WHOLE, "ID.9"))
    calls()
    said(desk, wa(1, "Lampu jalan mati"))
    assert spent(calls) == ["UpdateItem", "PutItem"]
    pin = Location(lat=-6.1951, lng=106.8325)
    for number, (text, where) in enumerate([("", pin), ("Nama saya Budi Santoso", None), ("alamat Jl Mawar 2", None)]):
        said(desk, wa(10 + number, text, location=where))
        assert spent(calls) == ["UpdateItem"] * 2


def test_so_does_every_later_message_of_somebody_who_returned(
    desk: Any, calls: Callable[[], list[str]], clock: Any
) -> None:
    said(desk, wa(1, WHOLE))
    clock.pass_by(hours=2)
    said(desk, wa(2, TRASH))
    calls()
    for number, text in enumerate(["baunya menyengat", "sudah tiga hari", "tolong ya pak"]):
        said(desk, wa(10 + number, text))
        assert spent(calls) == ["UpdateItem"] * 2


def test_a_city_app_s_report_costs_one_write(desk: Any, calls: Callable[[], list[str]]) -> None:
    said(desk, city_app("j1"))
    calls()
    said(desk, city_app("j2"))
    assert spent(calls) == ["PutItem"]


def test_once_somebody_else_has_changed_the_report_it_is_read_and_nothing_is_tried_in_vain(
    desk: Any, calls: Callable[[], list[str]]
) -> None:
    report = report_of(desk, wa(1, WHOLE, photos=("provider:1",)))
    deed = Deed(action=Action.PICTURE, role=Role.SYSTEM, action_id="pic", at=desk.now(), seed=SEED)

    def looked_at(report: Report) -> Report:
        return record(report, deed, "picture_ready", photos=("a" * 32,))

    changed(desk, report.tracking, Action.PICTURE, "pic", looked_at)
    said(desk, wa(2, "baunya menyengat"))
    calls()
    for number in range(3):
        said(desk, wa(10 + number, f"baunya menyengat {number}"))
        assert spent(calls) == ["UpdateItem", "GetItem", "UpdateItem"]
    assert now(desk, report).photos == ("a" * 32,)


# --- edits -------------------------------------------------------------------------------------------------------------------


def test_the_first_wording_of_a_text_too_long_for_memory_is_kept(desk: Any) -> None:
    long = "Lampu jalan mati di Jl Melati RT 3 Menteng. " + "gelap sekali dan banyak kejadian " * 40
    report = report_of(desk, telegram("77:1", long))
    said(desk, telegram("77:1:u", "Lampu jalan mati di Jl Melati RT 3 Menteng, cepat ya", edits="77:1"))
    after = now(desk, report)
    assert "cepat ya" in after.problem
    assert "banyak kejadian" in str(after.entries()[-1].told.data["before"])


def test_the_first_wording_is_kept_though_the_conversation_moved_on(desk: Any, clock: Any) -> None:
    report = report_of(desk, wa(1, WHOLE))
    clock.pass_by(hours=1)
    assert report_of(desk, wa(2, TRASH)).tracking != report.tracking
    said(desk, wa(3, "Trotoar rusak di Jl Melati RT 3 Menteng", edits="wamid.1"))
    after = now(desk, report)
    assert "Trotoar rusak" in after.problem
    assert "Lampu jalan mati" in str(after.entries()[-1].told.data["before"])


@pytest.mark.parametrize("more", ["", "gelap sekali " * 300], ids=["short", "long"])
def test_edits_cannot_fill_a_report(desk: Any, more: str) -> None:
    report = report_of(desk, telegram("77:1", WHOLE))
    for number in range(25):
        said(desk, telegram(f"77:1:u{number}", f"{WHOLE} {number} {more}", edits="77:1"))
    assert 1 < events(desk, report).count("message_edited") <= 20
    assert with_agency(desk, report).agency == "bina-marga"


def test_what_followed_from_the_first_wording_goes_with_it(desk: Any) -> None:
    who = "Nama: Budi Santoso. Alamat: Jl Mawar 2"
    report = report_of(desk, wa(1, f"Sampah menumpuk di Jl Melati RT 3 Menteng. {who}"))
    said(desk, wa(2, f"Jalan berlubang di Jl Kenanga RT 4 Gondangdia. {who}", edits="wamid.1"))
    after = now(desk, report)
    assert after.suggested != report.suggested
    assert "Melati" not in after.place.address


def test_an_edit_reaches_no_message_of_another_channel_with_the_same_id(desk: Any) -> None:
    report = report_of(desk, facebook("X1", WHOLE))
    other = msgspec.structs.replace(facebook("e1", "hapus semua", edits="X1"), channel="instagram")
    heard = said(desk, other)
    assert heard.report is None or heard.report.tracking != report.tracking
    assert now(desk, report).version == report.version

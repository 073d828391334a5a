"""Edits and deletions, returning senders, threads of mail: what joins what, and what nobody may change."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.channels.message import Location, Message
from chalicelib.domain.history import broken_at
from chalicelib.domain.lifecycle import Action, Status
from chalicelib.domain.report import Report
from chalicelib.usecases.act import act
from chalicelib.usecases.hear import hear
from chalicelib.usecases.identity import open_identity
from tests.usecases.test_commands import ADMIN, AGENCY, WHOLE, filed, wa
from tests.usecases.test_converse import SEED, sms


def edited(number: int, text: str, **more: Any) -> Message:
    return msgspec.structs.replace(wa(number, text, **more), id=f"edit-{number}-{len(text)}", edits=f"wamid.{number}")


def deleted(number: int) -> Message:
    return msgspec.structs.replace(wa(number, ""), id=f"revoke-{number}", deletes=f"wamid.{number}")


def now(desk: Any, report: Report) -> Report:
    found: Report = desk.reports.get(report.tracking)
    return found


def with_agency(desk: Any, report: Report) -> Report:
    wish = b'{"agency": "bina-marga", "category": "jalan"}'
    return act(desk, report.tracking, Action.DISPATCH, ADMIN, wish, action_id="d", seed=SEED)


# --- edits ---------------------------------------------------------------------------------------------------------------


def test_before_dispatch_an_edit_takes_the_place_of_the_first_wording(desk: Any) -> None:
    report = filed(desk, wa(1, "Lampu jalan mati di Jl Melati Menteng"))
    heard = hear(desk, edited(1, "Lampu jalan mati dan tiang miring di Jl Melati Menteng"), seed=SEED)
    assert heard.what == "edit"
    after = now(desk, report)
    assert after.problem == "Lampu jalan mati dan tiang miring di Jl Melati Menteng"
    last = after.entries()[-1]
    assert (last.event, last.told.data["of"]) == ("message_edited", 1)
    assert last.told.data["before"] == "Lampu jalan mati di Jl Melati Menteng"
    assert broken_at(after.entries()) is None


def test_an_edit_of_one_of_several_messages_leaves_the_others(desk: Any) -> None:
    report = filed(desk, wa(1, "Lampu jalan mati di Jl Melati Menteng"))
    hear(desk, wa(2, "Sudah seminggu gelap gulita"), seed="1f" * 16)
    hear(desk, edited(2, "Sudah dua minggu gelap gulita"), seed="2f" * 16)
    assert now(desk, report).problem.split("\n") == [
        "Lampu jalan mati di Jl Melati Menteng", "Sudah dua minggu gelap gulita",
    ]  # fmt: skip


def test_an_edit_may_complete_the_report(desk: Any) -> None:
    report = filed(desk, wa(1, "Lampu jalan mati"))
    hear(desk, edited(1, "Lampu jalan mati di Jl Melati Menteng. Nama: Budi Santoso. Alamat: Jl Mawar 2"), seed=SEED)
    after = now(desk, report)
    assert (after.status, after.missing) == (Status.WAITING, ())
    assert after.complete_at is not None
    assert [entry.event for entry in after.entries()][-2:] == ["message_edited", "completed"]


def test_after_dispatch_an_edit_is_a_note(desk: Any) -> None:
    report = with_agency(desk, filed(desk, wa(1, WHOLE)))
    hear(desk, edited(1, "Lampu jalan mati dan tiang miring di Jl Melati"), seed=SEED)
    after = now(desk, report)
    assert after.problem == report.problem
    last = after.entries()[-1]
    assert last.event == "message_edited"
    assert "tiang miring" in last.told.note


def test_an_edit_is_heard_once(desk: Any) -> None:
    report = filed(desk, wa(1, "Lampu jalan mati di Jl Melati Menteng"))
    for _ in range(3):
        hear(desk, edited(1, "Lampu jalan mati lagi di Jl Melati Menteng"), seed=SEED)
    assert [entry.event for entry in now(desk, report).entries()] == ["received", "message_edited"]


def test_an_edit_that_overtakes_its_message_is_the_message(desk: Any) -> None:
    heard = hear(desk, edited(1, "Lampu jalan mati dan tiang miring di Jl Melati Menteng"), seed=SEED)
    assert heard.report is not None
    again = hear(desk, wa(1, "Lampu jalan mati di Jl Melati Menteng"), seed=SEED)
    assert again.report is not None
    assert again.report.tracking == heard.report.tracking
    assert now(desk, heard.report).problem == "Lampu jalan mati dan tiang miring di Jl Melati Menteng"


def test_an_edit_of_an_ended_report_is_recorded(desk: Any) -> None:
    report = filed(desk, wa(1, WHOLE))
    act(desk, report.tracking, Action.REJECT, ADMIN, b'{"reason": "bukan urusan kota"}', action_id="r", seed=SEED)
    hear(desk, edited(1, "Lampu jalan mati sekali"), seed=SEED)
    after = now(desk, report)
    assert (after.status, after.entries()[-1].event) == (Status.REJECTED, "message_edited")


def test_nobody_edits_another_s_message(desk: Any) -> None:
    report = filed(desk, wa(1, WHOLE))
    hear(desk, edited(1, "Palsu sekali di Jl Melati", sender="ID.9999"), seed=SEED)
    assert now(desk, report).version == report.version


# --- deletions -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dispatched", [False, True])
def test_a_deletion_is_recorded_and_erases_nothing(desk: Any, dispatched: bool) -> None:
    report = filed(desk, wa(1, WHOLE))
    report = with_agency(desk, report) if dispatched else report
    for _ in range(2):
        assert hear(desk, deleted(1), seed=SEED).what == "deletion"
    after = now(desk, report)
    assert after.problem == report.problem
    assert after.status == report.status
    assert [entry.event for entry in after.entries()].count("message_deleted") == 1
    assert after.entries()[-1].told.data == {"of": 1}


def test_a_deletion_of_what_never_came_is_nothing(desk: Any) -> None:
    assert hear(desk, deleted(1), seed=SEED).report is None


# --- returning senders ---------------------------------------------------------------------------------------------------


def test_a_returning_sender_is_not_asked_who_they_are(desk: Any, clock: Any) -> None:
    first = filed(desk)
    clock.pass_by(hours=2)
    second = hear(desk, sms(2, "Sampah menumpuk di Jl Kenanga Menteng"), seed="1f" * 16).report
    assert second is not None
    assert second.tracking != first.tracking
    stored = now(desk, second)
    assert (stored.status, stored.missing, stored.known_from) == (Status.WAITING, (), (first.tracking,))
    seen = open_identity(desk, second.tracking, ADMIN, why="uji", action_id="i", seed=SEED)
    assert (seen["name"], seen["address"], seen["phone"]) == ("Budi Santoso", "Jl Mawar 2", "+6281234567890")
    third = hear(desk, sms(3, "Tambahan: baunya menyengat"), seed="2f" * 16).report
    assert third is not None
    assert third.tracking == second.tracking


def test_they_may_change_name_and_address(desk: Any, clock: Any) -> None:
    filed(desk)
    clock.pass_by(hours=2)
    text = "Sampah menumpuk di Jl Kenanga Menteng. Nama: Siti Aminah. Alamat: Jl Dahlia 9"
    second = hear(desk, sms(2, text), seed="1f" * 16).report
    assert second is not None
    seen = open_identity(desk, second.tracking, ADMIN, why="uji", action_id="i", seed=SEED)
    assert (seen["name"], seen["address"]) == ("Siti Aminah", "Jl Dahlia 9")


def test_what_was_not_told_is_still_asked(desk: Any, clock: Any) -> None:
    hear(desk, sms(1, "Lampu jalan mati di Jl Melati Menteng. Nama: Budi Santoso"), seed=SEED)
    clock.pass_by(days=4)
    from chalicelib.usecases.sweep import sweep

    sweep(desk, seed=SEED)
    clock.pass_by(days=4)
    sweep(desk, seed=SEED)
    second = hear(desk, sms(2, "Sampah menumpuk di Jl Kenanga Menteng"), seed="1f" * 16).report
    assert second is not None
    assert second.missing == ("address",)


def test_known_words_of_the_first_report_are_masked_in_the_second(desk: Any, clock: Any) -> None:
    filed(desk)
    clock.pass_by(hours=2)
    second = hear(desk, sms(2, "Sampah di Jl Kenanga Menteng, santoso sudah lapor"), seed="1f" * 16).report
    assert second is not None
    assert "santoso" not in now(desk, second).problem.lower()


# --- threads -------------------------------------------------------------------------------------------------------------


def mail(
    number: int, text: str, about: str = "", *, verified: bool = True, sender: str = "budi@contoh.example"
) -> Message:
    return Message(
        channel="email", id=f"m{number}", sender=sender, email=sender, text=text, conversational=True, about=about,
        verified=verified, mail_id=f"m{number}@contoh.example", raw=text.encode(),
    )  # fmt: skip


def test_an_answer_lands_on_the_report_it_answers(desk: Any, clock: Any) -> None:
    first = filed(desk, mail(1, WHOLE))
    clock.pass_by(hours=3)
    second = hear(desk, mail(2, "Sampah menumpuk di Jl Kenanga Menteng"), seed="1f" * 16).report
    assert second is not None
    assert second.tracking != first.tracking
    third = hear(desk, mail(3, "Tambahan: dekat pos polisi", first.tracking), seed="2f" * 16).report
    assert third is not None
    assert third.tracking == first.tracking
    again = hear(desk, mail(3, "Tambahan: dekat pos polisi", first.tracking), seed="3f" * 16).report
    assert again is not None
    assert again.version == third.version


@pytest.mark.parametrize("who", [{"verified": False}, {"sender": "lain@contoh.example"}], ids=str)
def test_only_the_proven_reporter_s_answer_lands_there(desk: Any, who: dict[str, Any]) -> None:
    first = filed(desk, mail(1, WHOLE))
    heard = hear(desk, mail(2, "Tambahan: dekat pos polisi", first.tracking, **who), seed=SEED).report
    assert heard is not None
    assert heard.tracking != first.tracking
    assert now(desk, first).version == first.version


def test_an_unproven_sender_is_answered_once_an_hour(desk: Any, clock: Any) -> None:
    reports = [hear(desk, mail(n, "Lampu mati", verified=False), seed=f"{n:02x}" * 16).report for n in range(1, 5)]
    assert reports[-1] is not None
    loud = [not entry.told.quiet for entry in now(desk, reports[-1]).entries()]
    assert loud == [True, False, False, False]


def test_two_machines_do_not_talk_for_ever(desk: Any) -> None:
    """A machine that answers every mail of ours with the same words, proven and all."""
    texts = ["Lampu mati", *["Saya sedang di luar kantor sampai hari Senin"] * 10]
    last = [hear(desk, mail(n, text), seed=f"{n:02x}" * 16).report for n, text in enumerate(texts)][-1]
    assert last is not None
    asked = [entry for entry in now(desk, last).entries() if not entry.told.quiet]
    assert len(asked) <= 3


# --- pictures and pins ---------------------------------------------------------------------------------------------------


def test_a_pin_a_photo_and_words_in_any_order_are_one_report(desk: Any) -> None:
    pin = Location(lat=-6.1754, lng=106.8272)
    messages = [wa(1, "", location=pin), wa(2, "", photos=("provider:11",)), wa(3, "Lampu jalan mati")]
    messages += [wa(4, "Nama: Budi Santoso. Alamat: Jl Mawar 2")]
    reports = [hear(desk, each, seed=f"{n:02x}" * 16).report for n, each in enumerate(messages)]
    assert len({report.tracking for report in reports if report}) == 1
    assert reports[-1] is not None
    after = now(desk, reports[-1])
    assert (after.status, after.place.has_point, len(after.photos)) == (Status.WAITING, True, 1)


def test_an_album_is_not_asked_about_picture_by_picture(desk: Any) -> None:
    report = filed(desk, wa(1, "Lampu jalan mati", photos=("provider:1",)))
    for number in range(2, 6):
        hear(desk, wa(number, "", photos=(f"provider:{number}",)), seed=f"{number:02x}" * 16)
    after = now(desk, report)
    assert len(after.photos) == 5
    assert [entry.told.quiet for entry in after.entries()] == [False, True, True, True, True]


def test_the_agency_still_works_when_everything_comes_at_once(desk: Any) -> None:
    report = with_agency(desk, filed(desk, wa(1, WHOLE)))
    hear(desk, wa(2, "Tambahan keterangan penting"), seed="1f" * 16)
    hear(desk, edited(2, "Tambahan keterangan yang lain"), seed="2f" * 16)
    hear(desk, deleted(2), seed="3f" * 16)
    after = act(desk, report.tracking, Action.ACCEPT, AGENCY, b"{}", action_id="a", seed=SEED)
    events = [entry.event for entry in after.entries()]
    assert events[-4:] == ["message_added", "message_edited", "message_deleted", "accepted"]
    assert broken_at(after.entries()) is None

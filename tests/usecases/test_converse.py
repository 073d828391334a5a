"""Conversing by SMS: two writes and no read per message, one report for what belongs together, nothing twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib import city as packs
from chalicelib.channels.message import Message
from chalicelib.city.overrides import CategoryChange, Overrides, applied
from chalicelib.domain.history import broken_at
from chalicelib.domain.lifecycle import Status
from chalicelib.usecases.converse import converse
from chalicelib.usecases.hear import hear

SEED = "0f" * 16


def sms(number: int, text: str, sender: str = "+6281234567890") -> Message:
    return Message(
        channel="sms",
        id=f"SM{number}",
        sender=sender,
        text=text,
        phone=sender,
        conversational=True,
        raw=f"Body={text}&MessageSid=SM{number}".encode(),
    )


def test_what_is_missing_is_asked_and_the_answer_joins(desk: Any, calls: Callable[[], list[str]]) -> None:
    converse(desk, sms(0, "Lampu mati", "+6281111"), seed=SEED)
    calls()
    first = converse(desk, sms(1, "Lampu jalan mati di Jl Melati RT 3 Menteng"), seed=SEED)
    assert calls() == ["dynamodb.UpdateItem", "dynamodb.PutItem"]
    assert first.new
    assert first.report.status is Status.INCOMPLETE
    assert first.report.missing == ("name", "address")
    second = converse(desk, sms(2, "Budi; Jl Mawar 2"), seed=SEED)
    assert calls() == ["dynamodb.UpdateItem", "dynamodb.UpdateItem"]
    assert not second.new
    stored = desk.reports.get(first.report.tracking)
    assert stored.status is Status.WAITING
    assert stored.missing == ()
    assert stored.problem == "Lampu jalan mati di Jl Melati RT 3 Menteng"
    assert [entry.event for entry in stored.entries()] == ["received", "message_added", "completed"]
    assert broken_at(stored.entries()) is None
    assert stored.origin == first.report.origin
    told = desk.sealer.open_all(stored.sealed, stored.tracking, desk.ticks())
    assert (told.name, told.address, told.phone) == ("Budi", "Jl Mawar 2", "+6281234567890")
    assert "Budi" not in msgspec.json.encode(msgspec.structs.replace(stored, sealed=())).decode()


def test_labelled_answers_in_many_messages_never_read(desk: Any, calls: Callable[[], list[str]]) -> None:
    converse(desk, sms(1, "Jalan rusak parah"), seed=SEED)
    calls()
    converse(desk, sms(2, "Lokasi: Jl Kemang Raya no 5"), seed=SEED)
    converse(desk, sms(3, "Nama: Siti"), seed=SEED)
    last = converse(desk, sms(4, "Alamat: Jl Bangka 7"), seed=SEED)
    assert calls() == ["dynamodb.UpdateItem"] * 6
    assert desk.reports.get(last.report.tracking).status is Status.WAITING


def test_a_repetition_changes_nothing(desk: Any, calls: Callable[[], list[str]]) -> None:
    converse(desk, sms(1, "Jalan rusak parah"), seed=SEED)
    before = converse(desk, sms(2, "Nama: Siti"), seed=SEED).report
    calls()
    for number in (1, 2, 2):
        again = converse(desk, sms(number, "Jalan rusak parah" if number == 1 else "Nama: Siti"), seed="ab" * 16)
        assert again.report.tracking == before.tracking
    assert calls() == ["dynamodb.UpdateItem", "dynamodb.GetItem"] * 3
    assert desk.reports.get(before.tracking).version == before.version


def test_a_message_lost_between_its_two_writes_is_made_good_by_the_repetition(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any) -> bool:
        raise TimeoutError

    with monkeypatch.context() as broken:
        broken.setattr(desk.reports, "add", fails)
        with pytest.raises(TimeoutError):
            converse(desk, sms(1, "Jalan rusak parah"), seed=SEED)
    stored = converse(desk, sms(1, "Jalan rusak parah"), seed=SEED)
    assert stored.new
    assert desk.reports.get(stored.report.tracking).problem == "Jalan rusak parah"
    with monkeypatch.context() as broken:
        broken.setattr(desk.reports, "change", fails)
        with pytest.raises(TimeoutError):
            converse(desk, sms(2, "Nama: Siti"), seed=SEED)
    again = converse(desk, sms(2, "Nama: Siti"), seed=SEED)
    assert "name" not in again.report.missing
    assert desk.reports.get(again.report.tracking).missing == ("place", "address")


def test_somebody_elses_change_in_between_is_seen(desk: Any) -> None:
    from chalicelib.domain.lifecycle import Action, Role
    from chalicelib.usecases.act import Actor, act

    first = converse(desk, sms(1, "Jalan rusak parah"), seed=SEED)
    act(
        desk,
        first.report.tracking,
        Action.NOTE,
        Actor(role=Role.ADMIN, subject="a"),
        b'{"note": "sudah dibaca"}',
        action_id="n1",
        seed=SEED,
    )
    converse(desk, sms(2, "Nama: Siti"), seed=SEED)
    events = [entry.event for entry in desk.reports.get(first.report.tracking).entries()]
    assert events == ["received", "noted", "message_added"]


def test_after_half_an_hour_of_silence_a_new_report_begins(desk: Any, clock: Any) -> None:
    text = "Jalan rusak di Jl Kemang Raya. Nama: Siti. Alamat: Jl Bangka 7"
    first = converse(desk, sms(1, text), seed=SEED).report
    assert first.status is Status.WAITING
    clock.pass_by(minutes=29)
    assert converse(desk, sms(2, "Sudah makan korban motor jatuh"), seed=SEED).report.tracking == first.tracking
    clock.pass_by(minutes=31)
    other = converse(desk, sms(3, text), seed=SEED).report
    assert other.tracking != first.tracking
    assert other.version == 1
    assert converse(desk, sms(4, "cepat ya"), seed=SEED).report.tracking == other.tracking


def test_two_senders_never_share_a_report(desk: Any) -> None:
    one = converse(desk, sms(1, "Jalan rusak parah"), seed=SEED).report
    two = converse(desk, sms(1, "Jalan rusak parah", sender="+6289999"), seed=SEED).report
    assert one.tracking != two.tracking


def test_stop_ends_the_messages_and_is_nobodys_name(desk: Any) -> None:
    first = converse(desk, sms(1, "Lampu jalan mati di Jl Melati RT 3 Menteng"), seed=SEED).report
    hear(desk, sms(2, "STOP"), seed=SEED)
    stopped = desk.reports.get(first.tracking)
    assert stopped.missing == ("name", "address")
    assert not stopped.answerable
    assert "STOP" not in stopped.problem


def test_after_dispatch_the_agency_reads_what_the_reporter_says(desk: Any) -> None:
    from chalicelib.domain.lifecycle import Action, Role
    from chalicelib.usecases.act import Actor, act

    text = "Jalan rusak di Jl Kemang Raya. Nama: Siti Aminah. Alamat: Jl Bangka 7 Pela Mampang"
    tracking = converse(desk, sms(1, text), seed=SEED).report.tracking
    admin = Actor(role=Role.ADMIN, subject="a")
    act(desk, tracking, Action.DISPATCH, admin, b'{"agency": "bina-marga"}', action_id="d", seed=SEED)
    act(desk, tracking, Action.ASK, admin, b'{"question": "Lokasi persisnya di mana?"}', action_id="q", seed=SEED)
    converse(desk, sms(2, "Jl Kemang Raya no 5 depan Indomaret, saya Siti Aminah"), seed=SEED)
    answered = desk.reports.get(tracking).entries()[-1]
    assert answered.event == "answered"
    assert "Jl Kemang Raya no 5 depan Indomaret" in answered.told.note
    assert "Siti" not in answered.told.note
    assert desk.reports.get(tracking).pause is None


def test_a_flood_is_taken_but_not_answered(desk: Any) -> None:
    limit = desk.city.policy.messages_per_hour
    for number in range(limit + 2):
        last = converse(desk, sms(number, f"Lokasi: Jl Kemang Raya no {number}"), seed=SEED).report
    quiet = [entry.told.quiet for entry in desk.reports.get(last.tracking).entries()]
    assert len(quiet) == limit + 2
    assert quiet == [False] * 8 + [True] * (limit - 6), "who does not answer the question is not asked it for ever"
    assert desk.reports.get(last.tracking).flags == ("flood",)


def test_the_address_may_be_the_place(desk: Any) -> None:
    converse(desk, sms(1, "Lampu mati di Jl Melati Raya no 5 Menteng"), seed=SEED)
    report = converse(desk, sms(2, "Nama: Siti. Alamat sama dengan lokasi"), seed=SEED).report
    assert report.missing == ()
    told = desk.sealer.open_all(desk.reports.get(report.tracking).sealed, report.tracking, desk.ticks())
    assert "Melati" in told.address


def test_a_first_message_that_was_lost_on_the_way_is_told_by_the_second(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The provider does not send it again (Twilio does not): what the conversation remembers is not lost."""

    def fails(*_: Any) -> bool:
        raise TimeoutError

    with monkeypatch.context() as broken:
        broken.setattr(desk.reports, "add", fails)
        with pytest.raises(TimeoutError):
            converse(desk, sms(1, "Jalan rusak di Jl Kemang Raya no 5"), seed=SEED)
    stored = converse(desk, sms(2, "Nama: Siti. Alamat: Jl Bangka 7"), seed=SEED)
    assert stored.new
    report = desk.reports.get(stored.report.tracking)
    assert report.missing == ()
    assert report.problem.startswith("Jalan rusak")
    assert broken_at(report.entries()) is None
    told = desk.sealer.open_all(report.sealed, report.tracking, desk.ticks())
    assert (told.name, told.phone) == ("Siti", "+6281234567890")
    third = converse(desk, sms(3, "Sudah makan korban motor jatuh"), seed=SEED)
    assert third.report.tracking == report.tracking


def _under(desk: Any, version: int, **change: Any) -> None:
    """The city as the admins have changed it."""
    desk.city = applied(
        packs.load("jakarta"), Overrides(categories={"jalan": CategoryChange(**change)}), version=version
    )


def test_later_messages_keep_the_version_that_the_report_was_filed_under(desk: Any) -> None:
    begun = hear(desk, sms(1, "Masalah: jalan berlubang besar"), seed=SEED).report
    assert begun is not None
    assert (begun.pack, begun.suggested, begun.confidential) == (0, "jalan", False)
    _under(desk, 5, sensitive=True)
    hear(desk, sms(2, "Nama: Siti"), seed=SEED)
    _under(desk, 6, hours=2)
    hear(desk, sms(3, "Alamat: Jl Bangka 7"), seed=SEED)
    kept = desk.reports.get(begun.tracking)
    assert (kept.pack, kept.confidential, kept.missing) == (0, False, ("place",))
    assert broken_at(kept.entries()) is None


def test_what_a_category_kept_confidential_stays_so(desk: Any) -> None:
    _under(desk, 5, sensitive=True)
    begun = hear(desk, sms(1, "Masalah: jalan berlubang besar"), seed=SEED).report
    assert begun is not None
    assert (begun.pack, begun.confidential) == (5, True)
    _under(desk, 6, sensitive=False)
    hear(desk, sms(2, "Nama: Siti"), seed=SEED)
    kept = desk.reports.get(begun.tracking)
    assert (kept.pack, kept.confidential) == (5, True)


def test_a_first_message_lost_before_the_settings_changed_is_told_by_the_second(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(*_: Any) -> bool:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr(desk.reports, "add", ends)
        with pytest.raises(TimeoutError):
            hear(desk, sms(1, "Masalah: jalan berlubang besar"), seed=SEED)
    _under(desk, 5, sensitive=False)
    told = hear(desk, sms(2, "Nama: Siti"), seed=SEED).report
    assert told is not None
    kept = desk.reports.get(told.tracking)
    assert "berlubang" in kept.problem
    assert kept.pack == 0

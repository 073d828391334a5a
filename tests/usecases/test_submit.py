"""Submitting a city app's message: one write, the same answer for a repetition, nothing of the reporter outside the seal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from chalicelib.channels.message import Location, Message
from chalicelib.domain.lifecycle import Status
from chalicelib.usecases.submit import submit

SEED = "0f" * 16
COMPLETE = Message(
    channel="jaki",
    id="msg-1",
    sender="+6281234567890",
    text="Jalan berlubang besar, kata Budi Santoso hubungi 0812-3456-7890",
    name="Budi Santoso",
    address="Jl. Mawar No. 2, Menteng",
    phone="+6281234567890",
    location=Location(lat=-6.1754, lng=106.8272, landmark="depan Monas"),
    category="jalan",
    raw=b'{"text": "..."}',
)


def test_a_complete_report_costs_one_write_and_no_read(desk: Any, calls: Callable[[], list[str]]) -> None:
    submit(desk, COMPLETE, seed=SEED)  # keys and secrets are fetched once
    calls()
    stored = submit(desk, msgspec.structs.replace(COMPLETE, id="msg-2"), seed=SEED)
    assert calls() == ["dynamodb.PutItem"]
    assert stored.new
    assert stored.report.status is Status.COORDINATION
    assert stored.report.agency == "bina-marga"
    assert [entry.event for entry in stored.report.entries()] == ["received", "dispatched"]


def test_a_repetition_costs_one_refused_write_and_one_read(desk: Any, calls: Callable[[], list[str]]) -> None:
    first = submit(desk, COMPLETE, seed=SEED)
    calls()
    again = submit(desk, COMPLETE, seed="aa" * 16)
    assert calls() == ["dynamodb.PutItem", "dynamodb.GetItem"]
    assert not again.new
    assert again.report == first.report


def test_another_body_under_the_same_id_is_kept_in_history(desk: Any) -> None:
    first = submit(desk, COMPLETE, seed=SEED)
    other = submit(desk, msgspec.structs.replace(COMPLETE, text="Lain sama sekali", raw=b"{}"), seed=SEED)
    assert other.report.tracking == first.report.tracking
    assert other.report.problem == first.report.problem
    assert other.report.entries()[-1].event == "duplicate_differs"


def test_nothing_of_the_reporter_is_outside_the_seal(desk: Any) -> None:
    stored = submit(desk, COMPLETE, seed=SEED).report
    open_parts = msgspec.json.encode(msgspec.structs.replace(stored, sealed=())).decode()
    for identity in ("Budi", "Santoso", "Mawar", "81234567890", "3456"):
        assert identity not in open_parts
    told = desk.sealer.open_all(stored.sealed, stored.tracking, desk.ticks())
    assert (told.name, told.address, told.phone) == ("Budi Santoso", "Jl. Mawar No. 2, Menteng", "+6281234567890")


def test_nobody_is_named_in_a_landmark(desk: Any) -> None:
    """Not even who did not fill in the field for the name."""
    for number, landmark in enumerate(
        ("depan pos, nama saya Joko Widagdo", "alamat saya Jl Kenari 7", "rumah pak Sutrisno")
    ):
        message = msgspec.structs.replace(
            COMPLETE,
            id=f"l{number}",
            name="",
            address="",
            location=Location(lat=-6.1754, lng=106.8272, landmark=landmark),
        )
        place = submit(desk, message, seed=SEED).report.place
        for word in ("Joko", "Widagdo", "Kenari 7", "Sutrisno"):
            assert word not in place.landmark

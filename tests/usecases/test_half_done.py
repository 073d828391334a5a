"""Splits and merges whose process ended between their two writes, and that nobody repeated."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import Invalid, Unknown
from chalicelib.domain.history import broken_at
from chalicelib.domain.lifecycle import Action, Status
from chalicelib.domain.report import Report
from chalicelib.usecases.act import act
from chalicelib.usecases.reconcile import reconcile
from chalicelib.usecases.reply import Event, reply
from tests.usecases.test_followers import ADMIN, ONE, TWO, done, filed, merged, sent

__all__ = ["sent"]
LAMP, REST = "Lampu jalan mati total", "Jalan berlubang saja"


def half_split(desk: Any, monkeypatch: pytest.MonkeyPatch, problem: str = LAMP) -> Report:
    """The first report of a split whose second one was never stored."""

    def ends(*_: Any) -> bool:
        raise TimeoutError

    report = filed(desk, 1, ONE)
    with monkeypatch.context() as patch:
        patch.setattr(desk.reports, "add", ends)
        with pytest.raises(TimeoutError):
            done(desk, report, Action.SPLIT, problem=problem, remaining_problem=REST)
    first: Report = desk.reports.get(report.tracking)
    return first


def half_merge(desk: Any, monkeypatch: pytest.MonkeyPatch) -> tuple[Report, Report]:
    """Two reports, of which the second leads the first, which does not know it."""
    follower, leader = filed(desk, 1, ONE), filed(desk, 2, TWO)
    change = desk.reports.change

    def ends(before: Report, after: Report) -> None:
        if after.status is Status.MERGED:
            raise TimeoutError
        change(before, after)

    with monkeypatch.context() as patch:
        patch.setattr(desk.reports, "change", ends)
        with pytest.raises(TimeoutError):
            merged(desk, follower, leader)
    return desk.reports.get(follower.tracking), desk.reports.get(leader.tracking)


def second_of(desk: Any, first: Report) -> Report:
    told = next(entry.told.data for entry in first.entries() if entry.event == "split")
    found: Report = desk.reports.get(str(told["into"]))
    return found


def test_reconciling_stores_the_second_report_and_its_reporter_hears_of_it(
    desk: Any, monkeypatch: pytest.MonkeyPatch, clock: Any, sent: list[tuple[str, str]]
) -> None:
    first = half_split(desk, monkeypatch)
    with pytest.raises(Unknown):
        second_of(desk, first)
    reconcile(desk, days=1, claimant="soon")
    with pytest.raises(Unknown):  # it may still be on its way
        second_of(desk, first)
    clock.pass_by(hours=1)
    assert reconcile(desk, days=1, claimant="r").failed == 0
    second = second_of(desk, first)
    assert (second.problem, second.split_from, second.status) == (LAMP, first.tracking, Status.WAITING)
    assert second.entries()[0].at == first.entries()[-1].at
    after = desk.reports.get(first.tracking)
    assert (after.problem, after.begun, after.seq, after.head) == (REST, "", first.seq, first.head)
    assert broken_at(after.entries()) is None
    sent.clear()
    assert reply(desk, Event(first.tracking, first.seq), claimant="c")
    assert second.tracking in sent[0][1]
    version = after.version
    clock.pass_by(hours=1)
    reconcile(desk, days=1, claimant="again")
    assert desk.reports.get(first.tracking).version == version


def test_the_next_split_of_the_report_stores_what_the_one_before_has_left(
    desk: Any, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    first = half_split(desk, monkeypatch)
    clock.pass_by(minutes=1)
    after = done(desk, first, Action.SPLIT, problem="Saluran mampet")
    assert second_of(desk, first).problem == LAMP
    other = desk.reports.get(after.entries()[-1].told.data["into"])
    assert other.problem == "Saluran mampet"
    assert after.begun == ""


def test_what_is_kept_of_the_second_report_does_not_name_its_reporter(
    desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = half_split(desk, monkeypatch, problem="Lampu mati, kata Siti di Jl Bangka 7")
    kept = msgspec.json.decode(first.begun, type=Report)
    assert kept.tracking == first.entries()[-1].told.data["into"]
    assert "Lampu mati" in kept.problem
    assert "Siti" not in kept.problem
    assert "Bangka" not in kept.problem
    assert kept.sealed == ()


def test_half_a_merge_can_be_made_the_other_way_round(desk: Any, monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    follower, leader = half_merge(desk, monkeypatch)
    with pytest.raises(Invalid):  # the other half may still be on its way
        merged(desk, leader, follower)
    clock.pass_by(minutes=3)
    seen = leader.seq
    body = json.dumps({"into": follower.tracking}).encode()
    act(desk, leader.tracking, Action.MERGE, ADMIN, body, action_id="x", seed="0f" * 16, seen=seen)
    one, other = desk.reports.get(follower.tracking), desk.reports.get(leader.tracking)
    assert (one.status, one.leads, one.reporters) == (Status.WAITING, (leader.tracking,), 2)
    assert (other.status, other.merged_into, other.leads) == (Status.MERGED, follower.tracking, ())


def test_reconciling_takes_half_a_merge_back(desk: Any, monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    follower, leader = half_merge(desk, monkeypatch)
    assert leader.reporters == 2
    clock.pass_by(hours=1)
    assert reconcile(desk, days=1, claimant="r").failed == 0
    after = desk.reports.get(leader.tracking)
    assert (after.reporters, after.leads) == (1, ())
    assert after.resolve is not None
    assert broken_at(after.entries()) is None
    seq = after.seq
    reconcile(desk, days=1, claimant="again")
    assert desk.reports.get(leader.tracking).seq == seq
    merged(desk, follower, leader)
    assert desk.reports.get(leader.tracking).reporters == 2


def test_a_whole_merge_is_left_as_it_is(desk: Any, clock: Any) -> None:
    first, second, third = filed(desk, 1, ONE), filed(desk, 2, TWO), filed(desk, 3, "+6281200000003")
    merged(desk, second, first)
    merged(desk, first, third)
    clock.pass_by(hours=1)
    before = desk.reports.get(third.tracking)
    reconcile(desk, days=1, claimant="r")
    assert desk.reports.get(third.tracking) == before
    assert before.reporters == 3

"""Random lives of a report: whatever happens in whatever order, the clocks move only with one of the six recorded events,
nothing leaves a status that ends but reopening, and the history only grows."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from chalicelib.domain import deadlines, history
from chalicelib.domain.errors import ReportError
from chalicelib.domain.intake import begin, join
from chalicelib.domain.lifecycle import TERMINAL, Action, Role, Status, allowed
from chalicelib.domain.report import Report
from chalicelib.usecases.act import ACTIONS
from tests.domain.builders import ALL, CITY, IDENTITY, POINT, POLICY, fresh, h, partly, told, waiting
from tests.usecases.rules import do, lead, swept

WITH_AGENCY = {"coordination", "disposition", "in_progress", "follow_up_refused"}
# `correct` takes the report away from an agency that it turns out to accuse.
ENDS_A_PAUSE = {
    "answer", "add", "sweep", "dispatch", "return", "resolve", "reject", "merge", "withdraw", "correct",
    "approve-extension", "withdraw-consent",
}  # fmt: skip
LIVES, STEPS = 400, 25


def begun(chance: random.Random) -> Report:
    kind = chance.randrange(5)
    if kind == 0:
        return begin(IDENTITY, partly(0, "problem", answerable=chance.random() < 0.8), CITY)
    if kind == 1:
        return waiting()
    return fresh(category=chance.choice(["jalan", "sampah", "pungli"]))


def wish(action: str, at: float, chance: random.Random) -> dict[str, object]:
    if action == "dispatch":
        category = chance.choice([None, None, "jalan", "sampah"])
        return {"agency": chance.choice(["bina-marga", "lingkungan-hidup", "inspektorat"]), "category": category}
    if action == "rate":
        return {"stars": chance.randint(1, 5)}
    if action == "extend":
        return {"until": h(at + chance.choice([1, 100, 400])).isoformat()}
    if action == "correct":
        return chance.choice(
            [{"category": "jalan"}, {"category": "sampah"}, {"address": "Jalan Melati"}, {"private": True},
             {"complete": True}, {"accused": "bina-marga"}]
        )  # fmt: skip
    return {}


def one_step(report: Report, at: float, chance: random.Random) -> tuple[str, Report]:
    """Something that may happen now, and the report after it."""
    what = chance.random()
    if what < 0.15:
        return "sweep", swept(report, at)
    if what < 0.25 and not report.terminal:
        filled = chance.sample(ALL, chance.randrange(5))
        told_place = POINT if "place" in filled else None
        return "add", join(report, partly(at, *filled, place=told_place, message_id=str(at)), CITY)
    if what < 0.3 and not report.terminal:
        other = begin(IDENTITY, told(max(at - chance.randrange(200), 0), category="sampah"), CITY)
        return "lead", lead(report, other, at)
    if report.extension and report.status in WITH_AGENCY and what < 0.5:
        return "approve-extension", do(report, at, "approve-extension", by="biro-pemerintahan")
    may = [(action, role) for role in Role for action in allowed(report.status, role) if action in ACTIONS]
    action, role = chance.choice(may)
    by = report.agency or "" if role is Role.AGENCY else "biro-pemerintahan"
    return str(action), do(report, at, action, role=role, by=by, **wish(action, at, chance))


def moved(before: Report, after: Report, name: str) -> timedelta | None:
    one, other = getattr(before, name), getattr(after, name)
    return other.by - one.by if one and other and one.by != other.by else None


def check_clocks(what: str, before: Report, after: Report, at: float) -> None:
    """The six events and nothing else."""
    pause = before.pause if before.pause and not after.pause else None
    stood = min(h(at), pause.until) - pause.since if pause else timedelta()
    for name in ("respond", "resolve"):
        old, new = getattr(before, name), getattr(after, name)
        if old is None:  # only completion starts a clock
            assert new is None or (after.complete_at == h(at) == new.since and new.run == 1), what
            continue
        assert new is not None
        if old == new or (old.by, old.run) == (new.by, new.run):
            continue  # it may have stopped, gone on, or climbed
        assert new.run > old.run, f"{what}: {name} moved without a new run"
        moves = new.by - old.by
        if pause:  # a clock taken over from a merged report meanwhile stood still only since then
            stood = max(min(h(at), pause.until) - max(pause.since, old.since), timedelta())
        classifies = name == "resolve" and not before.classified and what in ("correct", "dispatch", "add")
        match what:
            case "approve-extension":
                assert name == "resolve" or moves == stood
                assert before.extension
                assert name == "respond" or new.by >= min(before.extension.until, old.by)
            case "lead":
                assert new.by < old.by + stood
            case "reopen" | "dispute":
                assert new.since == h(at)
            case "dispatch" if name == "respond":
                assert (new.since, new.by) == (h(at), h(at + 6)) or moves == stood
            case "return" | "correct" if name == "respond":
                assert not old.running or moves == stood
            case _ if classifies and after.classified:
                assert after.category
            case _:
                assert pause, f"{what} moved {name} by {moves}"
                assert moves == stood
                assert what in ENDS_A_PAUSE


def check_always(what: str, before: Report, after: Report) -> None:
    if before.status in TERMINAL and after.status != before.status:
        assert (before.status, after.status) == ("done", "coordination")
        assert what in ("reopen", "dispute")
    entries = after.entries()
    assert history.broken_at(entries) is None
    assert len(entries) > len(before.history) or after == before
    if what != "redact":
        assert after.history[: len(before.history)] == before.history
    assert entries[-1].told.status == after.status
    assert after.changed_at == entries[-1].moment
    assert after.paused_seconds <= 5 * 24 * 3600
    if after.pause:
        assert (after.pause.until - after.pause.since).total_seconds() + after.paused_seconds <= 5 * 24 * 3600 + 1e-3
    if after.status in WITH_AGENCY | {"awaiting_validation", "done"}:
        assert after.agency
    if after.status in ("incomplete", "waiting"):
        assert after.agency is None
    assert (after.complete_at is None) == (after.respond is None) == (after.resolve is None)
    if after.status is not Status.INCOMPLETE and after.status not in TERMINAL:
        assert after.complete_at
    if after.resolve:
        still = after.status in TERMINAL or after.status is Status.AWAITING_VALIDATION
        assert after.resolve.running != still
    if after.terminal:
        assert deadlines.next_due_at(after, POLICY) is None
        assert (after.pause, after.extension, after.held_since) == (None, None, None)
    if after.extension:
        assert after.status in WITH_AGENCY
    counts = after.status in WITH_AGENCY and not after.pause
    assert (after.held_since is not None) == counts


@pytest.mark.parametrize("seed", range(LIVES))
def test_a_life(seed: int) -> None:
    chance = random.Random(seed)
    report, at, happened = begun(chance), 0.0, 0
    for _ in range(STEPS):
        step = chance.choice([0.0, 0.5, 3, 10, 40, 130])
        at = round(at + step, 3)
        try:
            what, after = one_step(report, at, chance)
        except ReportError:
            at = round(at - step, 3)
            continue
        happened += after != report
        check_clocks(what, report, after, at)
        check_always(what, report, after)
        report = after
    assert happened > 2
    assert sum(report.held.values()) <= at * 3600


def test_the_lives_cover_every_action_and_event() -> None:
    seen, events = set(), set()
    for seed in range(4 * LIVES):  # a sweep seldom comes by between a reminder's hour and the deadline
        chance = random.Random(seed)
        report, at = begun(chance), 0.0
        for _ in range(STEPS):
            at += chance.choice([0.0, 0.5, 3, 10, 40, 130])
            try:
                what, report = one_step(report, at, chance)
            except ReportError:
                continue
            seen.add(what)
        events |= {entry.event for entry in report.entries()}
    assert seen >= {str(action) for action in ACTIONS} | {"add", "sweep", "lead"}
    assert {"escalated", "reminded", "resumed", "abandoned", "completed"} <= events
    assert Action.REOPEN in seen

"""The sweep's one step: the ladder rung by rung, pauses that end, abandoned conversations; never twice, never two at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import deadlines, history
from chalicelib.domain.intake import begin, join
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.report import Report
from chalicelib.usecases import sweep
from tests.domain.builders import ALL, CITY, IDENTITY, POLICY, SEED, city, fresh, h, hours, partly, quick, told, waiting
from tests.usecases.rules import accepted, do, lead, resolved, swept, swept_fully

# event, clock, level, whom it is told
Line = tuple[float, str, str, int, tuple[str, ...]]
DINAS, BIRO, GUBERNUR = ("bina-marga",), ("biro-pemerintahan",), ("gubernur",)


def ladder(clock: str, first: float, run: float, own: tuple[str, ...] = DINAS) -> list[Line]:
    """One clock's ladder, for a clock that began at `first` and has `run` hours; `own` is whoever has the report."""
    ends = first + run
    steps = [(first + 0.8 * run, 0, own), (ends, 1, own), (ends + 6, 2, BIRO), (ends + 24, 3, GUBERNUR)]
    return [(at, "escalated" if level else "reminded", clock, level, to) for at, level, to in steps]


def lines(report: Report) -> list[Line]:
    """What the sweep has recorded of the ladder."""
    found = []
    for entry in report.entries():
        if entry.event in ("reminded", "escalated"):
            data = entry.told.data
            at = round(hours(entry.moment), 6)
            found.append((at, entry.event, data["clock"], data["level"], tuple(data["to"])))
    return found


def swept_until(report: Report, end: float) -> Report:
    """Swept whenever something is due (the sweep runs every minute), up to that hour."""
    for _ in range(100):
        at = deadlines.next_due_at(report, POLICY)
        if at is None or at > h(end):
            return report
        after = sweep.step(report, max(at, report.changed_at), CITY, seed=SEED)
        assert after is not None, "something is due, and nothing happens"
        report = after
    raise AssertionError("the sweep finds no end")


TIMELINES = {
    "with its agency": (
        lambda: fresh(), 400, [*ladder("respond", 0, 6), *ladder("resolve", 0, 168)],
    ),
    "unassigned": (
        lambda: waiting(), 400, [*ladder("respond", 0, 6, BIRO), *ladder("resolve", 0, 168, BIRO)],
    ),
    "taken up in time": (lambda: accepted(1), 400, ladder("resolve", 0, 168)),
    "done in time": (lambda: resolved(20), 400, []),
    "both clocks end together": (
        lambda: do(fresh(category="sampah"), 0.1, "dispatch", agency="bina-marga"), 40,
        [*ladder("resolve", 0, 6), *ladder("respond", 0.1, 6)],
    ),
    "another agency begins anew": (
        lambda: do(swept_until(fresh(), 7), 7, "dispatch"), 40,
        [
            *ladder("respond", 0, 6)[:2],
            *ladder("respond", 7, 6, ("lingkungan-hidup",)),
        ],
    ),
    "taken up between level 1 and 2": (
        lambda: do(swept_until(fresh(), 7), 7, "accept"), 100, ladder("respond", 0, 6)[:2],
    ),
    "refused follow-up goes on where it was": (
        lambda: do(do(swept_until(accepted(), 169), 169, "resolve"), 180, "refuse"), 400,
        [*ladder("resolve", 0, 168)[:2], (180, "escalated", "resolve", 2, BIRO), ladder("resolve", 0, 168)[3]],
    ),
    "an extension begins anew": (
        lambda: do(do(swept_until(accepted(), 169), 169, "extend", until="2026-12-01T08:00:00+07:00"), 170,
                   "approve-extension"), 400,
        [*ladder("resolve", 0, 168)[:2], *ladder("resolve", 170, 70)],
    ),
    "a merge begins anew": (
        lambda: lead(swept_until(accepted(), 135), begin(IDENTITY, told(-24), CITY), 136), 200,
        [(134.4, "reminded", "resolve", 0, DINAS), *ladder("resolve", 136, 8)],
    ),
    "reopened begins anew": (
        lambda: do(do(do(swept_until(fresh(), 12), 13, "resolve"), 14, "validate"), 100, "reopen"), 300,
        [*ladder("respond", 0, 6)[:3], *ladder("respond", 100, 6), *ladder("resolve", 100, 168)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", TIMELINES)
def test_the_ladder(case: str) -> None:
    made, end, expected = TIMELINES[case]
    recorded = lines(swept_until(made(), end))
    wanted = [(round(at, 6), *rest) for at, *rest in expected if at <= end]
    assert sorted(recorded) == sorted(wanted)
    assert [at for at, *_ in recorded] == sorted(at for at, *_ in recorded)


@pytest.mark.parametrize("rung", [4.8, 6, 12, 30])
def test_nothing_before_its_time(rung: float) -> None:
    report = swept_until(fresh(), rung - 0.001)
    just_before = h(rung) - timedelta(milliseconds=1)
    assert sweep.step(report, just_before, CITY, seed=SEED) is None
    assert sweep.step(report, h(rung), CITY, seed=SEED) is not None


def test_a_sweep_that_was_off_for_two_days_takes_the_levels_one_by_one() -> None:
    report, levels = fresh(), []
    while (after := sweep.step(report, h(54), CITY, seed=SEED)) is not None:
        assert len(after.history) == len(report.history) + 1
        assert after.version == report.version + 1
        levels.append((after.entries()[-1].event, after.entries()[-1].told.data["level"]))
        report = after
    assert [level for event, level in levels if event == "escalated"] == [1, 2, 3]
    assert [event for event, _ in levels].count("reminded") <= 1  # too late for it: it may be left out
    assert deadlines.next_due_at(report, POLICY) == h(134.4)


def test_steps_of_one_moment_have_names_of_their_own() -> None:
    report = swept_fully(fresh(), 400)
    names = [entry.told.action_id for entry in report.entries()]
    assert len(set(names)) == len(names) == len(report.history)


def test_the_same_step_has_the_same_name_so_it_is_taken_once() -> None:
    report = fresh()
    one, other = (sweep.step(report, at, CITY, seed=SEED) for at in (h(5), h(5.1)))
    assert one
    assert other
    assert one.entries()[-1].told.action_id == other.entries()[-1].told.action_id
    assert one.version == other.version == report.version + 1


def test_nothing_ever_for_a_report_that_has_ended() -> None:
    for action in ("reject", "merge", "withdraw"):
        report = do(fresh(), 2, action)
        assert deadlines.next_due_at(report, POLICY) is None
        assert sweep.step(report, h(10_000), CITY, seed=SEED) is None
    assert sweep.step(resolved(), h(10_000), CITY, seed=SEED) is None  # it is the validator's now


# --- conversations that never get complete ---------------------------------------------------------------------------


def test_an_incomplete_report_is_reminded_once_and_then_abandoned() -> None:
    report = begin(IDENTITY, partly(0, "problem"), CITY)
    assert swept(report, 23.99) is report
    reminded = swept(report, 24)
    assert [entry.event for entry in reminded.entries()] == ["received", "completion_reminded"]
    assert reminded.entries()[-1].told.data["missing"] == ["place", "name", "address"]
    assert swept(reminded, 71.99) is reminded
    gone = swept(reminded, 72)
    assert (gone.status, gone.entries()[-1].event, gone.entries()[-1].told.public) == ("abandoned", "abandoned", True)
    assert history.broken_at(gone.entries()) is None


def test_silence_counts_from_the_last_message() -> None:
    report = join(begin(IDENTITY, partly(0, "problem"), CITY), partly(20, "name"), CITY)
    assert swept(report, 43.99) is report
    reminded = swept(report, 44)
    later = join(reminded, partly(80, "address"), CITY)
    assert swept(later, 151.99).status == "incomplete"
    assert swept_fully(later, 152).status == "abandoned"


def test_a_sweep_that_was_off_reminds_before_it_abandons() -> None:
    report = swept(begin(IDENTITY, partly(0, "problem"), CITY), 1000)
    assert report.status is Status.INCOMPLETE
    assert report.entries()[-1].event == "completion_reminded"


def test_what_became_complete_is_not_abandoned() -> None:
    report = join(begin(IDENTITY, partly(0, "problem"), CITY), partly(1, "place", "name", "address"), CITY)
    assert swept_fully(report, 10_000).status == "waiting"


# --- pauses ------------------------------------------------------------------------------------------------------------


def test_the_sweep_ends_a_pause_and_nothing_else_in_the_same_step() -> None:
    report = do(fresh(), 2, "ask")
    assert swept(report, 121.99) is report
    after = swept(report, 122)
    assert (after.pause, after.entries()[-1].event, len(after.history)) == (None, "resumed", len(report.history) + 1)


def test_a_pause_does_not_outlive_a_sweep_that_was_off() -> None:
    report = swept_fully(do(fresh(), 2, "ask"), 122 + 40)
    levels = [level for _, event, clock, level, _ in lines(report) if clock == "respond" and event == "escalated"]
    assert levels == [1, 2, 3]


# --- properties -----------------------------------------------------------------------------------------------------

MAKERS = (
    lambda: fresh(), lambda: waiting(), lambda: accepted(), lambda: fresh(category="sampah"),
    lambda: do(fresh(), 2, "ask"), lambda: do(waiting(), 2, "ask"), lambda: do(accepted(), 3, "ask"),
    lambda: begin(IDENTITY, partly(0, "problem"), CITY), lambda: do(fresh(), 2, "return"),
    lambda: do(do(accepted(), 10, "extend"), 11, "approve-extension"), lambda: do(resolved(), 30, "refuse"),
    lambda: lead(fresh(), begin(IDENTITY, told(-200), CITY), 1),
)  # fmt: skip
makers = st.sampled_from(MAKERS)
moments = st.lists(st.floats(0, 500).map(lambda at: round(at, 3)), min_size=1, max_size=12).map(sorted)


@quick(100)
@given(makers, moments)
def test_sweeping_again_at_the_same_moment_changes_nothing(make: Callable[[], Report], at: list[float]) -> None:
    report = make()
    for moment in at:
        report = swept_fully(report, moment)
        assert sweep.step(report, h(moment), CITY, seed=SEED) is None
        due_at = deadlines.next_due_at(report, POLICY)
        assert due_at is None or due_at > h(moment)


@quick(100)
@given(makers, moments, st.integers(1, 3))
def test_each_level_once_per_clock_and_run_and_never_early(
    make: Callable[[], Report], at: list[float], steps: int
) -> None:
    report, climbed = make(), []
    for moment in at:
        for _ in range(steps):
            before, report = report, swept(report, moment)
            if report is before:
                break
            assert report.version == before.version + 1
            assert len(report.history) == len(before.history) + 1
            entry = report.entries()[-1]
            if entry.event in ("reminded", "escalated"):
                clock = deadlines.clock_of(before, entry.told.data["clock"])
                assert clock
                assert clock.running
                level = entry.told.data["level"]
                climbed.append((entry.told.data["clock"], clock.run, level))
                assert_due(level, clock.by, h(moment))
                assert [name for name in ("respond", "resolve") if getattr(before, name) != getattr(report, name)] == [
                    entry.told.data["clock"]
                ]
            assert (before.respond and before.respond.by) == (report.respond and report.respond.by) or before.pause
    assert len(set(climbed)) == len(climbed)
    for name in ("respond", "resolve"):
        mine = [(run, level) for clock, run, level in climbed if clock == name]
        assert mine == sorted(mine)
        for (run, level), (next_run, next_level) in pairwise(mine):
            assert next_run > run or next_level == level + 1


def assert_due(level: int, by: datetime, now: datetime) -> None:
    if level:
        assert now >= by + timedelta(hours={1: 0, 2: 6, 3: 24}[level])
    else:
        assert now < by


@quick()
@given(makers, st.floats(0, 500))
def test_due_and_the_index_agree(make: Callable[[], Report], at: float) -> None:
    """`next_due_at` is what the sweep's index is asked by: what it names as due must be due, and nothing else."""
    report = make()
    now = h(round(at, 3))
    due_at = deadlines.next_due_at(report, POLICY)
    assert (deadlines.due(report, now, POLICY) is not None) == (due_at is not None and due_at <= now)
    assert deadlines.due(report, now, POLICY) == deadlines.due(report, now, POLICY)


def test_the_ladder_is_data() -> None:
    one = city(ladder=(msgspec.structs.replace(POLICY.ladder[1], after_hours=2, to=("gubernur",)),))
    report = fresh(where=one)
    assert deadlines.next_due_at(report, one.policy) == h(8)
    after = sweep.step(report, h(8), one, seed=SEED)
    assert after
    assert after.entries()[-1].told.data == {"clock": "respond", "level": 1, "to": ["gubernur"]}


def test_the_level_shown_is_that_of_the_clocks_that_run() -> None:
    report = swept_until(fresh(), 31)
    assert deadlines.level(report, POLICY) == 3
    assert deadlines.level(do(report, 32, "accept"), POLICY) == 0
    assert deadlines.level(do(report, 32, "dispatch"), POLICY) == 0
    assert deadlines.level(waiting(filled=ALL), POLICY) == 0

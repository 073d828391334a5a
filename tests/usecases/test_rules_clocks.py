"""The two clocks under the rules: dated cases for all that moves them, and for what does not. Figures are hours after T0;
Bina Marga has 168 hours for a road, Lingkungan Hidup 6 for rubbish, everybody 6 to take a report up."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import msgspec
import pytest

from chalicelib.domain import deadlines
from chalicelib.domain.errors import Invalid, NotAllowedNow
from chalicelib.domain.intake import begin, join
from chalicelib.domain.report import Clock, Report
from tests.domain.builders import ALL, CITY, IDENTITY, T0, city, fresh, h, hours, partly, told, waiting
from tests.usecases.rules import accepted, do, done, lead, resolved, swept


def shown(clock: Clock | None) -> tuple[float, int] | None:
    return (hours(clock.by), clock.run) if clock else None


def follower(at: float, category: str) -> Report:
    return begin(IDENTITY, told(at, category=category), CITY)


STARTS = {
    "a road": (lambda: fresh(), 6, 168),
    "rubbish": (lambda: fresh(category="sampah"), 6, 6),
    "not classified yet: the default": (lambda: waiting(), 6, 168),
    "from completion, not from the first message": (
        lambda: join(begin(IDENTITY, partly(0, "problem"), CITY), partly(3, "place", "name", "address"), CITY), 9, 171,
    ),
    "an incomplete report that the admin sends on": (
        lambda: do(begin(IDENTITY, partly(0, "problem"), CITY), 5, "dispatch", category="sampah"), 11, 11,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", STARTS)
def test_both_clocks_start_when_the_report_is_complete(case: str) -> None:
    made, respond, resolve = STARTS[case]
    report = made()
    assert shown(report.respond) == (respond, 1)
    assert shown(report.resolve) == (resolve, 1)
    assert report.complete_at == h(respond - 6)


def test_no_clock_before_that() -> None:
    report = begin(IDENTITY, partly(0, "problem"), CITY)
    assert (report.respond, report.resolve, report.complete_at) == (None, None, None)


# name: (the report, (respond by, run), (resolve by, run)) after what the name says
MOVES: dict[str, tuple[Callable[[], Report], tuple[float, int], tuple[float, int]]] = {
    # classification
    "classified by correction": (lambda: do(waiting(), 3, "correct", category="sampah"), (6, 1), (6, 2)),
    "classified at dispatch": (lambda: do(waiting(), 3, "dispatch", agency=None, category="sampah"), (6, 1), (6, 2)),
    "classified late: overdue at once": (lambda: do(waiting(), 30, "correct", category="sampah"), (6, 1), (6, 2)),
    "classified twice: the first counts": (
        lambda: do(do(waiting(), 3, "correct", category="sampah"), 4, "correct", category="jalan"), (6, 1), (6, 2),
    ),
    "classified from the start": (lambda: do(fresh(), 3, "correct", category="sampah"), (6, 1), (168, 1)),
    "classified after a pause": (
        lambda: do(do(do(waiting(), 1, "ask"), 3, "answer"), 4, "correct", category="sampah"), (8, 2), (8, 3),
    ),
    "classified during a pause": (
        lambda: do(do(do(waiting(), 1, "ask"), 3, "correct", category="sampah"), 5, "answer"), (10, 2), (10, 3),
    ),
    "classified by the answer": (
        lambda: join(do(waiting(), 1, "ask"), told(3, category="sampah", place=None), CITY), (8, 2), (8, 3),
    ),
    "dispatched without a category": (lambda: do(waiting(), 3, "dispatch", agency="bina-marga"), (6, 1), (168, 1)),
    "first classified by a later message": (
        lambda: join(waiting(), told(0.25, category="sampah", place=None), CITY), (6, 1), (6, 2),
    ),
    # extension
    "extension asked for": (lambda: do(accepted(), 100, "extend", until="2026-12-05"), (6, 1), (168, 1)),
    "extension approved": (
        lambda: do(do(accepted(), 100, "extend", until="2026-12-01T08:00:00+07:00"), 110, "approve-extension"),
        (6, 1), (240, 2),
    ),
    "extension to the end of a day in the city": (
        lambda: do(do(accepted(), 100, "extend", until="2026-12-01"), 110, "approve-extension"),
        (6, 1), (round(240 + 16 - 1 / 3600, 9), 2),
    ),
    "extension refused": (lambda: do(do(accepted(), 100, "extend"), 110, "refuse-extension"), (6, 1), (168, 1)),
    "extension while the respond clock runs": (
        lambda: do(do(fresh(), 1, "extend", until="2026-12-01T01:00:00Z"), 2, "approve-extension"), (6, 1), (240, 2),
    ),
    # pause
    "asked": (lambda: do(fresh(), 2, "ask"), (6, 1), (168, 1)),
    "asked and answered": (lambda: do(do(fresh(), 2, "ask"), 5, "answer"), (9, 2), (171, 2)),
    "asked and answered by a message": (
        lambda: join(do(fresh(), 2, "ask"), told(5, problem="sisi barat"), CITY), (9, 2), (171, 2),
    ),
    "asked and answered after taking up": (lambda: do(do(accepted(), 2, "ask"), 5, "answer"), (6, 1), (171, 2)),
    "asked, taken up meanwhile, answered": (
        lambda: do(do(do(fresh(), 2, "ask"), 3, "accept"), 5, "answer"), (6, 1), (171, 2),
    ),
    "asked and never answered": (lambda: swept(do(fresh(), 2, "ask"), 122), (126, 2), (288, 2)),
    "the same, swept two days late": (lambda: swept(do(fresh(), 2, "ask"), 170), (126, 2), (288, 2)),
    "asked twice without an answer": (
        lambda: do(do(do(fresh(), 2, "ask"), 4, "ask"), 5, "answer"), (9, 2), (171, 2),
    ),
    "two pauses, five days in all": (
        lambda: swept(do(do(do(fresh(), 2, "ask"), 5, "answer"), 6, "ask"), 123), (126, 3), (288, 3),
    ),
    "asked when five days are used up": (
        lambda: do(do(swept(do(fresh(), 2, "ask"), 122), 123, "ask"), 125, "answer"), (126, 2), (288, 2),
    ),
    "asked somebody who cannot answer": (
        lambda: do(do(fresh(answerable=False), 2, "ask"), 5, "answer"), (6, 1), (168, 1),
    ),
    "asked by the admin while it waits": (lambda: do(do(waiting(), 2, "ask"), 5, "answer"), (9, 2), (171, 2)),
    "said to be done during a pause": (lambda: do(do(accepted(), 2, "ask"), 5, "resolve"), (6, 1), (171, 2)),
    # re-routing
    "first dispatch": (lambda: do(waiting(), 4, "dispatch"), (6, 1), (168, 1)),
    "given to another agency": (lambda: do(fresh(), 4, "dispatch"), (10, 2), (168, 1)),
    "given to another agency after being taken up": (lambda: do(accepted(), 4, "dispatch"), (10, 2), (168, 1)),
    "given to another agency when overdue": (lambda: do(fresh(), 200, "dispatch"), (206, 2), (168, 1)),
    "returned": (lambda: do(fresh(), 2, "return"), (6, 1), (168, 1)),
    "returned and given to another agency": (lambda: do(do(fresh(), 2, "return"), 5, "dispatch"), (11, 2), (168, 1)),
    # merge
    "leads an older report": (lambda: lead(fresh(), follower(-3, "sampah"), 2), (3, 2), (3, 2)),
    "leads a shorter one": (lambda: lead(fresh(), follower(1, "sampah"), 2), (6, 1), (7, 2)),
    "leads a later one": (lambda: lead(fresh(), follower(1, "jalan"), 2), (6, 1), (168, 1)),
    "leads one that was taken up": (
        lambda: lead(fresh(), do(follower(-3, "sampah"), 0, "accept"), 2), (6, 1), (3, 2),
    ),
    "leads and is taken up itself": (lambda: lead(accepted(), follower(-3, "sampah"), 2), (6, 1), (3, 2)),
    # reopening
    "reopened": (lambda: do(done(50), 100, "reopen"), (106, 2), (268, 2)),
    "reopened rubbish": (
        lambda: do(do(do(do(fresh(category="sampah"), 1, "accept"), 2, "resolve"), 3, "validate"), 100, "reopen"),
        (106, 2), (106, 2),
    ),
    # nothing of the kind
    "taken up": (lambda: accepted(), (6, 1), (168, 1)),
    "disposition": (lambda: do(fresh(), 2, "disposition"), (6, 1), (168, 1)),
    "corrected place, text and flags": (
        lambda: do(fresh(), 2, "correct", address="Jalan Melati", problem="lubang", private=True), (6, 1), (168, 1),
    ),
    "said to be done": (lambda: resolved(20), (6, 1), (168, 1)),
    "follow-up refused": (lambda: do(resolved(20), 30, "refuse"), (6, 1), (168, 1)),
    "follow-up refused after the deadline": (lambda: do(resolved(20), 300, "refuse"), (6, 1), (168, 1)),
    "follow-up refused twice": (
        lambda: do(do(do(resolved(20), 30, "refuse"), 40, "resolve"), 50, "refuse"), (6, 1), (168, 1),
    ),
    "reminded and escalated": (lambda: swept(swept(fresh(), 5), 7), (6, 1), (168, 1)),
    "messages after dispatch": (lambda: join(fresh(), told(3, category="sampah"), CITY), (6, 1), (168, 1)),
}  # fmt: skip


@pytest.mark.parametrize("case", MOVES)
def test_where_the_clocks_stand_after(case: str) -> None:
    made, respond, resolve = MOVES[case]
    report = made()
    assert {"respond": shown(report.respond), "resolve": shown(report.resolve)} == {
        "respond": respond,
        "resolve": resolve,
    }


# name: (the report, respond stopped at, resolve stopped at)
STOPS: dict[str, tuple[Callable[[], Report], float | None, float | None]] = {
    "dispatched": (lambda: fresh(), None, None),
    "dispatched by the admin": (lambda: do(waiting(), 3, "dispatch"), None, None),
    "disposition": (lambda: do(fresh(), 2, "disposition"), None, None),
    "noted, asked, corrected": (lambda: do(do(do(fresh(), 1, "note"), 2, "correct"), 3, "ask"), None, None),
    "extension asked for": (lambda: do(fresh(), 2, "extend"), None, None),
    "taken up": (lambda: accepted(2), 2, None),
    "taken up again after a refusal": (lambda: do(do(resolved(20), 30, "refuse"), 31, "accept"), 1, None),
    "disposition after taking up": (lambda: do(accepted(2), 3, "disposition"), 2, None),
    "done without taking up": (lambda: do(fresh(), 3, "resolve"), 3, 3),
    "said to be done": (lambda: resolved(20), 1, 20),
    "refused": (lambda: do(resolved(20), 30, "refuse"), 1, None),
    "refused, never taken up": (lambda: do(do(fresh(), 3, "resolve"), 30, "refuse"), 3, None),
    "validated": (lambda: done(21), 1, 20),
    "given to another agency": (lambda: do(accepted(2), 4, "dispatch"), None, None),
    "returned before it was taken up": (lambda: do(fresh(), 2, "return"), None, None),
    "rejected": (lambda: do(fresh(), 2, "reject"), 2, 2),
    "merged": (lambda: do(fresh(), 2, "merge"), 2, 2),
    "withdrawn": (lambda: do(fresh(), 2, "withdraw"), 2, 2),
    "reopened": (lambda: do(done(21), 30, "reopen"), None, None),
}


@pytest.mark.parametrize("case", STOPS)
def test_what_stops_a_clock(case: str) -> None:
    made, respond, resolve = STOPS[case]
    report = made()
    assert report.respond is not None
    assert report.resolve is not None
    assert report.respond.stopped_at == (None if respond is None else h(respond))
    assert report.resolve.stopped_at == (None if resolve is None else h(resolve))


# When a pause ends at the latest, and what the reporter's silence has used up of the five days
def test_pauses_last_five_days_in_all() -> None:
    first = do(fresh(), 2, "ask")
    assert first.pause
    assert first.pause.until == h(122)
    again = do(first, 4, "ask")
    assert again.pause == first.pause
    second = do(do(first, 50, "answer"), 60, "ask")
    assert second.pause
    assert second.pause.until == h(60 + 72)
    ended = swept(second, 132)
    assert ended.pause is None
    assert ended.paused_seconds == 120 * 3600
    assert do(ended, 140, "ask").pause is None


@pytest.mark.parametrize("action", ["dispatch", "return", "resolve", "reject", "merge", "withdraw"])
def test_a_step_that_leaves_the_agency_ends_the_pause(action: str) -> None:
    after = do(do(fresh(), 2, "ask"), 5, action)
    assert after.pause is None
    assert after.paused_seconds == 3 * 3600


def test_while_asked_nothing_is_overdue_and_nothing_is_swept() -> None:
    report = do(fresh(), 5, "ask")
    assert not deadlines.overdue(report, h(100))
    assert swept(report, 124.9) is report
    assert deadlines.overdue(do(fresh(), 7, "ask"), h(100))  # it was overdue before


def test_overdue_is_after_the_deadline_not_at_it() -> None:
    report = fresh()
    assert not deadlines.overdue(report, h(6))
    assert deadlines.overdue(report, h(6) + timedelta(microseconds=1))
    assert not deadlines.overdue(do(report, 7, "accept"), h(100))
    assert deadlines.overdue(do(report, 7, "accept"), h(169))


# --- extension: what may be asked for -----------------------------------------------------------------------------

BOUND = h(30 * 24)


@pytest.mark.parametrize(
    ("until", "fits"),
    [
        (BOUND.isoformat(), True),
        ((BOUND + timedelta(seconds=1)).isoformat(), False),
        ("2026-12-20", True),
        ("2026-12-21", False),  # its end is after 08.00 of the 30th day
        ("2026-11-28T08:00:00+07:00", False),  # the present deadline
        ("2026-11-28T08:00:01+07:00", True),
        ("2026-11-28T08:00:01", True),  # city time
        ("2026-11-20", False),
        ("next week", False),
        ("", False),
        ("2026-13-01", False),
        ("2026-02-30T00:00:00Z", False),
    ],
)
def test_an_extension_is_later_and_within_30_days_of_completion(until: str, fits: bool) -> None:
    report = accepted()
    if fits:
        assert do(report, 100, "extend", until=until).extension
    else:
        with pytest.raises(Invalid) as refused:
            do(report, 100, "extend", until=until)
        assert set(refused.value.details) == {"until"}


def test_the_bound_counts_from_completion_also_for_a_second_extension() -> None:
    once = do(do(accepted(), 100, "extend", until="2026-12-20"), 101, "approve-extension")
    with pytest.raises(Invalid):
        do(once, 102, "extend", until="2026-12-22")
    assert do(once, 102, "extend", until=BOUND.isoformat()).extension


def test_an_extension_needs_a_reason() -> None:
    with pytest.raises(Invalid) as refused:
        do(accepted(), 100, "extend", reason="  ")
    assert set(refused.value.details) == {"reason"}


def test_instants_are_kept_in_utc() -> None:
    asked = do(accepted(), 100, "extend", until="2026-12-05T08:00:00+07:00")
    report = do(asked, 110, "approve-extension")
    assert asked.extension
    assert asked.extension.until.utcoffset() == timedelta(0)
    assert report.resolve
    assert report.resolve.by.utcoffset() == timedelta(0)


def test_one_request_at_a_time_and_none_to_decide() -> None:
    asked = do(accepted(), 100, "extend")
    with pytest.raises(NotAllowedNow):
        do(asked, 101, "extend", until="2026-12-11")
    for action in ("approve-extension", "refuse-extension"):
        with pytest.raises(NotAllowedNow):
            do(accepted(), 101, action)
        with pytest.raises(NotAllowedNow):
            do(do(asked, 101, "approve-extension"), 102, action)


def test_an_undecided_request_stops_nothing() -> None:
    report = do(accepted(), 100, "extend")
    after = swept(swept(report, 168), 174)
    assert [entry.event for entry in after.entries()][-2:] == ["escalated", "escalated"]
    assert deadlines.overdue(report, h(169))


def test_approval_after_the_date_is_refused() -> None:
    report = do(accepted(), 100, "extend", until="2026-12-01")
    with pytest.raises(Invalid):
        do(report, 400, "approve-extension")


def test_an_extension_never_brings_the_deadline_nearer() -> None:
    """Asked for 8 days; then the reporter was asked and took 4, which alone makes it 11."""
    asked = do(accepted(), 1, "extend", until="2026-11-29T08:00:00+07:00")
    report = do(do(asked, 2, "ask"), 98, "answer")
    assert report.resolve
    assert hours(report.resolve.by) == 168 + 96
    try:
        after = do(report, 99, "approve-extension")
    except (Invalid, NotAllowedNow):
        return
    assert after.resolve
    assert after.resolve.by >= report.resolve.by


def test_another_agency_asks_for_itself() -> None:
    assert do(do(accepted(), 10, "extend"), 11, "dispatch").extension is None
    assert do(do(accepted(), 10, "extend"), 11, "return").extension is None


def test_the_reporter_is_told_the_new_date_and_the_approver_is_recorded() -> None:
    report = do(do(accepted(), 100, "extend", until="2026-12-05"), 110, "approve-extension")
    entry = report.entries()[-1]
    assert (entry.event, entry.told.public, entry.told.role) == ("extended", True, "admin")
    assert entry.told.data["until"] == "2026-12-05T16:59:59+00:00"  # the end of that day in the city
    assert entry.told.note == "menunggu aspal"
    assert entry.told.data["approved_by"]


# --- two events together ------------------------------------------------------------------------------------------


def test_finding_the_category_does_not_take_back_an_approved_date() -> None:
    report = do(do(waiting(), 1, "dispatch", agency="bina-marga"), 2, "accept")
    report = do(do(report, 3, "extend", until="2026-12-05"), 4, "approve-extension")
    after = do(report, 5, "correct", category="sampah")
    assert after.resolve == report.resolve


def test_finding_the_category_does_not_put_a_reopened_report_before_its_reopening() -> None:
    """Never classified while it was worked on; the 7 days began anew with the reopening."""
    report = do(do(do(waiting(), 1, "dispatch", agency="bina-marga"), 2, "accept"), 3, "resolve")
    report = do(do(report, 4, "validate"), 300, "reopen")
    after = do(report, 301, "correct", category="sampah")
    assert after.resolve
    assert after.resolve.by >= h(306)


def test_finding_the_category_does_not_undo_a_merge() -> None:
    """The earliest clock leads, whatever the leader turns out to be about."""
    led = lead(waiting(), follower(-3, "sampah"), 1)
    assert shown(led.resolve) == (3, 2)
    after = do(led, 2, "correct", category="jalan")
    assert after.resolve
    assert after.resolve.by == h(3)


def test_a_pause_adds_only_its_own_time_to_a_clock_taken_over_meanwhile() -> None:
    """Paused at 2, led another report's clock from 4 on, answered at 4: that clock never stood still."""
    leader = lead(do(fresh(), 2, "ask"), follower(-1, "sampah"), 4)
    after = do(leader, 4, "answer")
    assert after.resolve
    assert after.resolve.by == h(5)


def test_a_clock_that_stands_still_is_taken_over_at_its_later_end() -> None:
    """The follower was asked at 2 and stood still until the merge at 4: its 5 became 7."""
    paused = do(follower(-1, "sampah"), 2, "ask")
    after = lead(fresh(), paused, 4)
    assert after.resolve
    assert after.resolve.by == h(7)


def test_a_leader_that_awaits_validation_takes_the_earlier_end_for_later() -> None:
    """The clock stands still until the work is refused; then it runs to the earlier of both ends."""
    led = lead(do(fresh(), 2, "resolve"), follower(-1, "sampah"), 3)
    assert led.resolve is not None
    assert (led.resolve.by, led.resolve.running) == (h(5), False)
    again = do(led, 4, "refuse").resolve
    assert again is not None
    assert (again.by, again.running) == (h(5), True)
    later = lead(do(fresh(), 2, "resolve"), follower(1, "jalan"), 3).resolve
    assert later is not None
    assert later.run == 1


def test_reopening_gives_no_second_five_days() -> None:
    report = do(do(do(accepted(), 2, "ask"), 100, "answer"), 101, "resolve")
    report = do(do(do(report, 102, "validate"), 103, "reopen"), 104, "ask")
    assert report.pause
    assert report.pause.until == h(104 + 22)


# --- the time each agency has held it ------------------------------------------------------------------------------

HELD: dict[str, tuple[Callable[[], Report], dict[str, float]]] = {
    "one agency": (lambda: resolved(20), {"bina-marga": 20}),
    "without the pause": (lambda: do(do(do(accepted(), 2, "ask"), 5, "answer"), 20, "resolve"), {"bina-marga": 17}),
    "resolved during a pause": (lambda: do(do(accepted(), 2, "ask"), 5, "resolve"), {"bina-marga": 2}),
    "taken up during a pause": (
        lambda: do(do(do(do(fresh(), 2, "ask"), 3, "accept"), 5, "answer"), 20, "resolve"), {"bina-marga": 17},
    ),
    "a pause that ran out, swept late": (
        lambda: do(swept(do(accepted(), 2, "ask"), 150), 152, "resolve"), {"bina-marga": 32},
    ),
    "waiting counts for nobody": (
        lambda: do(do(do(do(fresh(), 2, "return"), 5, "dispatch"), 6, "accept"), 10, "resolve"),
        {"bina-marga": 2, "lingkungan-hidup": 5},
    ),
    "handed on": (lambda: do(do(fresh(), 4, "dispatch"), 10, "resolve"), {"bina-marga": 4, "lingkungan-hidup": 6}),
    "handed on during a pause": (
        lambda: do(do(do(fresh(), 2, "ask"), 4, "dispatch"), 10, "resolve"), {"bina-marga": 2, "lingkungan-hidup": 6},
    ),
    "to and fro": (
        lambda: do(do(do(fresh(), 4, "dispatch"), 6, "dispatch", agency="bina-marga"), 10, "resolve"),
        {"bina-marga": 8, "lingkungan-hidup": 2},
    ),
    "validation is not the agency's time": (
        lambda: do(do(do(resolved(20), 30, "refuse"), 31, "accept"), 33, "resolve"), {"bina-marga": 23},
    ),
    "reopened": (lambda: do(do(done(21), 100, "reopen"), 104, "resolve"), {"bina-marga": 24}),
    "withdrawn": (lambda: do(fresh(), 3, "withdraw"), {"bina-marga": 3}),
    "merged": (lambda: do(fresh(), 3, "merge"), {"bina-marga": 3}),
    "dispatched later": (lambda: do(do(waiting(), 3, "dispatch"), 5, "resolve"), {"lingkungan-hidup": 2}),
}  # fmt: skip


@pytest.mark.parametrize("case", HELD)
def test_time_is_accounted_per_agency(case: str) -> None:
    made, held = HELD[case]
    report = made()
    assert {code: round(seconds / 3600, 6) for code, seconds in report.held.items()} == held
    assert report.held_since is None


# --- scaled --------------------------------------------------------------------------------------------------------


def test_a_scaled_city_has_the_same_clocks_faster() -> None:
    quicker = CITY.scaled(0.01)
    report = fresh(where=quicker)
    assert report.respond
    assert report.resolve
    assert report.respond.by == T0 + timedelta(hours=0.06)
    assert report.resolve.by == T0 + timedelta(hours=1.68)
    assert deadlines.extension_bound(report, quicker.policy) == BOUND


def test_required_fields_are_the_policys() -> None:
    small = city(required=("problem",))
    report = begin(IDENTITY, partly(0, "problem"), small)
    assert (report.missing, report.complete_at) == ((), h(0))
    assert msgspec.structs.replace(report, missing=ALL).missing == ALL

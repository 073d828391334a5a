"""Counts and histograms add up in any order, and tell quantiles as exactly as they say."""

from __future__ import annotations

import random
from datetime import timedelta
from math import ceil

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.facts import STATES, Facts
from chalicelib.domain.figures import (
    ACCURACY,
    HIDDEN,
    KEPT,
    OLDEST,
    TOTAL,
    UNKNOWN,
    Counts,
    Histogram,
    by_pillar,
    code_of,
    counts_of,
    summed,
    together,
    with_wider,
)
from chalicelib.domain.hexagons import hexagons_of, overlaid, tiles_of
from chalicelib.domain.lifecycle import Status
from tests.domain.builders import CITY, GAMBIR, T0, quick

TIMES = some.floats(min_value=0, max_value=50_000, allow_nan=False)
PARTS = ("incomplete", "open", "done_on_time", "done_late", "disputed", "rejected", "merged", "withdrawn", "abandoned")
CELLS = ["888c1079b9fffff", "888c1079bbfffff", "888c107965fffff", "888c107281fffff", ""]


def facts(number: int, **changes: object) -> Facts:
    known: dict[str, object] = {
        "tracking": f"JKT-{number:04d}", "version": 1, "day": "2026-11-21", "received_at": T0 + timedelta(minutes=number),
        "channel": "jaki", "category": "jalan", "agency": "bina-marga", "area": GAMBIR, "status": Status.COORDINATION,
    }  # fmt: skip
    return Facts(**{**known, **changes})


@some.composite
def any_facts(draw: some.DrawFn) -> Facts:
    status = draw(some.sampled_from(Status))
    hidden, stars = draw(some.booleans()), draw(some.sampled_from([None, 1, 5]))
    late, done = draw(some.booleans()), status is Status.DONE
    disputed = status not in (Status.MERGED, Status.REJECTED) and draw(some.booleans())
    times = some.none() | TIMES
    return facts(
        draw(some.integers(0, 99)), status=status, hidden=hidden, listed=not hidden, late=late,
        cell="" if hidden else draw(some.sampled_from(CELLS)),
        on_time=done and not late and not disputed, disputed=disputed, stars=None if hidden else stars,
        agency=draw(some.sampled_from(["", "bina-marga", "inspektorat"])),
        category=draw(some.sampled_from(["", "jalan", "sampah", "gone"])), area=draw(some.sampled_from(["", GAMBIR])),
        reason=draw(some.sampled_from(["", "hoax"])) if status is Status.REJECTED and not hidden else "",
        respond_hours=draw(times), resolve_hours=draw(times) if done else None,
    )  # fmt: skip


MANY = some.lists(any_facts(), max_size=12)


def counted(many: list[Facts]) -> Counts:
    return together(counts_of(each) for each in many)


@quick(100)
@given(MANY, MANY, MANY)
def test_counts_add_up_in_any_order_and_grouping(one: list[Facts], two: list[Facts], three: list[Facts]) -> None:
    a, b, c = counted(one), counted(two), counted(three)
    assert a.plus(b) == b.plus(a)
    assert a.plus(b).plus(c) == a.plus(b.plus(c)) == counted([*one, *two, *three])
    assert a.plus(Counts()) == a
    assert msgspec.json.decode(msgspec.json.encode(a.plus(b)), type=Counts) == a.plus(b)


@quick(100)
@given(MANY)
def test_every_report_is_in_one_state_and_every_rejection_has_its_reason(many: list[Facts]) -> None:
    total = counted(many)
    assert total.received == len(many) == sum(getattr(total, part) for part in PARTS)
    assert sum(total.reasons.values()) == total.rejected
    assert total.overdue <= total.open + total.incomplete
    assert total.resolve.count <= total.done + total.disputed
    assert len(total.oldest) <= OLDEST
    assert list(total.oldest) == sorted(total.oldest)


@quick(60)
@given(MANY)
def test_every_dimension_adds_up_to_the_total(many: list[Facts]) -> None:
    rows = summed(many)
    for by in KEPT:
        assert together(rows[by].values()) == counted(many)
    wider = with_wider(rows["area"], CITY)
    assert by_pillar(rows["category"], CITY).keys() <= {"living", HIDDEN, UNKNOWN}
    assert together(by_pillar(rows["category"], CITY).values()) == counted(many)
    if GAMBIR in wider:
        assert wider[GAMBIR] == wider["31.71.01"] == wider["31.71"]


def test_a_hidden_report_stands_in_one_row_only() -> None:
    rows = summed([facts(1, hidden=True), facts(2)])
    for by in KEPT[1:]:
        assert rows[by][HIDDEN].received == 1
        assert len(rows[by]) == 2
    assert rows["total"] == {TOTAL: counted([facts(1, hidden=True), facts(2)])}
    assert code_of(facts(3, agency=""), "agency") == UNKNOWN


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({}, "open"),
        ({"status": Status.AWAITING_VALIDATION}, "open"),
        ({"status": Status.INCOMPLETE}, "incomplete"),
        ({"status": Status.DONE, "on_time": True}, "done_on_time"),
        ({"status": Status.DONE, "late": True}, "done_late"),
        ({"status": Status.DONE, "disputed": True}, "disputed"),
        ({"status": Status.COORDINATION, "disputed": True, "late": True}, "disputed"),
        ({"status": Status.REJECTED}, "rejected"),
        ({"status": Status.MERGED}, "merged"),
        ({"status": Status.WITHDRAWN}, "withdrawn"),
        ({"status": Status.ABANDONED}, "abandoned"),
    ],
)
def test_one_report(changes: dict[str, object], part: str) -> None:
    counts = counts_of(facts(1, **changes))
    assert {name for name in PARTS if getattr(counts, name)} == {part}
    assert counts.overdue == 0


def test_overdue_rerouted_and_the_rest() -> None:
    counts = counted([facts(1, late=True, rerouted=3, reopened=2, extended=True, stars=4), facts(2, stars=4)])
    assert (counts.overdue, counts.rerouted, counts.reopened, counts.extended, counts.stars) == (1, 1, 1, 1, {4: 2})


def test_the_oldest_five_that_everybody_may_see() -> None:
    many = [facts(number, listed=number % 2 == 0) for number in range(40)]
    many.append(facts(0, status=Status.DONE, listed=True))
    random.Random(1).shuffle(many)
    assert [tracking for _, tracking in counted(many).oldest] == [f"JKT-{number:04d}" for number in (0, 2, 4, 6, 8)]


@quick(200)
@given(some.lists(some.floats(min_value=1 / 60, max_value=50_000), min_size=1, max_size=60), some.floats(0.01, 1))
def test_quantiles_are_as_exact_as_they_say(times: list[float], share: float) -> None:
    histogram = Histogram()
    for hours in times:
        histogram = histogram.add(hours)
    exact = sorted(times)[max(ceil(share * len(times)), 1) - 1]
    told = histogram.quantile(share)
    assert told is not None
    assert abs(told - exact) <= ACCURACY * exact


@quick(60)
@given(some.lists(TIMES), some.lists(TIMES))
def test_histograms_add_up(one: list[float], two: list[float]) -> None:
    def of(times: list[float]) -> Histogram:
        histogram = Histogram()
        for hours in times:
            histogram = histogram.add(hours)
        return histogram

    assert of(one).plus(of(two)) == of(two).plus(of(one)) == of([*two, *one])
    assert of(one).count == len(one)


def test_no_times_have_no_median_and_nothing_at_all_is_below_a_minute() -> None:
    assert Histogram().quantile(0.5) is None
    told = Histogram().add(0).add(-3).quantile(0.5)
    assert told is not None
    assert told < 1 / 60


@quick(60)
@given(MANY)
def test_tiles_hold_every_listed_report_once_in_each_resolution(many: list[Facts]) -> None:
    half = len(many) // 2
    tree = overlaid([hexagons_of(many[:half]), hexagons_of(many[half:])])
    assert tree == hexagons_of(many)
    tiles = tiles_of(tree)
    for res, up in ((8, 6), (7, 5), (6, 4)):
        found = [0] * len(STATES)
        for (each, above), cells in tiles.items():
            if each == res:
                assert all(_h3().cell_to_parent(cell, up) == above for cell in cells)
                assert all(_h3().get_resolution(cell) == res for cell in cells)
                for areas in cells.values():
                    for categories in areas.values():
                        for counts in categories.values():
                            found = [a + b for a, b in zip(found, counts, strict=True)]
        assert found == [sum(each.state == state for each in many if each.cell) for state in STATES]


def _h3():  # type: ignore[no-untyped-def]
    import h3

    return h3

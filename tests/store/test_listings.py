"""The lists of what is public: sparse, bounded, in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from chalicelib.domain.lifecycle import Status
from chalicelib.domain.report import next_version
from tests.conftest import START
from tests.store.test_reports import a_report


def accepted(report: Any) -> Any:
    return next_version(report, msgspec.structs.replace(report, status=Status.IN_PROGRESS, agency="bina-marga"))


def listed(desk: Any, start: datetime, end: datetime) -> list[str]:
    return [row.tracking for page in desk.listings.received(start, end) for row in page]


def test_a_report_enters_the_lists_when_it_is_accepted_and_leaves_them_when_it_is_hidden(desk: Any) -> None:
    report = a_report(desk)
    span = (START - timedelta(days=1), START + timedelta(days=1))
    desk.reports.add(report)
    assert listed(desk, *span) == []
    taken = accepted(report)
    desk.reports.change(report, taken)
    assert listed(desk, *span) == [report.tracking]
    assert list(desk.listings.changed(*span)) == [report.tracking]
    hidden = next_version(taken, msgspec.structs.replace(taken, private=True))
    desk.reports.change(taken, hidden)
    assert listed(desk, *span) == []
    assert list(desk.listings.changed(*span)) == []


def test_lists_go_over_the_end_of_a_month_newest_first_and_hold_both_edges(desk: Any) -> None:
    moments = [datetime(2026, month, day, tzinfo=UTC) for month, day in ((10, 31), (11, 1), (12, 31))]
    moments.append(datetime(2027, 1, 1, tzinfo=UTC))
    numbers = [f"JKT-7K3M-92QX-4HT{letter}" for letter in "ABCD"]
    for number, at in zip(numbers, moments, strict=True):
        desk.reports.add(accepted(a_report(desk, number, at=at)))
    assert listed(desk, moments[0], moments[-1]) == numbers[::-1]
    assert listed(desk, moments[1], moments[2]) == [numbers[2], numbers[1]]
    assert listed(desk, moments[0] + timedelta(milliseconds=1), moments[1]) == [numbers[1]]
    assert listed(desk, moments[1], moments[0]) == []


def test_ninety_days_are_at_most_five_queries(desk: Any, calls: Any) -> None:
    calls()
    for day in range(0, 366, 7):
        end = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
        listed(desk, end - timedelta(days=90), end)
        assert len(calls()) <= 5


def test_many_reports_are_read_in_their_order_and_the_unknown_left_out(desk: Any) -> None:
    numbers = [f"JKT-{index:04}-0000-0000" for index in range(120)]
    for number in numbers:
        desk.reports.add(a_report(desk, number))
    wanted = [*numbers[::-1], "JKT-NONE-0000-0000", numbers[0]]
    assert [report.tracking for report in desk.listings.reports(wanted)] == numbers[::-1]

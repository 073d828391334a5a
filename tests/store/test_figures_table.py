"""The figures in the real table: the same as in memory, on the same conditions."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from chalicelib.domain.facts import facts_of
from chalicelib.store.figures import Figures
from chalicelib.usecases.figures import figures, tiles, week
from chalicelib.usecases.tallies import recount, take
from tests.conftest import START
from tests.domain.builders import CITY, fresh
from tests.memory_table import MemoryTable
from tests.usecases.rules import do

NUMBERS = [f"JKT-{number:04d}-0000-0000" for number in range(6)]


@pytest.fixture(params=["real", "in memory"])
def table(request: pytest.FixtureRequest) -> Any:
    if request.param == "in memory":
        return MemoryTable()
    return request.getfixturevalue("desk").tally_items


def test_nothing_is_put_over_what_is_later(table: Any) -> None:
    assert table.put_unless_later("sum#total", "2026", {"n": 3}, 3)
    assert not table.put_unless_later("sum#total", "2026", {"n": 2}, 2)
    assert table.put_unless_later("sum#total", "2026", {"n": 33}, 3)
    assert (table.get("sum#total", "2026").body, table.get("sum#total", "2026").version) == ('{"n":33}', 3)
    assert table.put_unless_later("sum#total", "2026", {"n": 4}, 4)


def test_rows_are_kept_by_day_and_version(table: Any) -> None:
    kept = Figures(table)
    older = facts_of(msgspec.structs.replace(fresh(), tracking=NUMBERS[0]), CITY)
    newer = facts_of(msgspec.structs.replace(do(fresh(), 1, "accept"), tracking=NUMBERS[0]), CITY)
    other = facts_of(msgspec.structs.replace(fresh(24), tracking=NUMBERS[1]), CITY)
    assert kept.note([newer, other]) == {"2026-11-21", "2026-11-22"}
    assert kept.note([older, other]) == set()
    assert kept.facts("2026-11-21") == [newer]
    assert kept.facts("2026-11-23") == []
    kept.mark_changed(["2026-11-21", "2026-11-21"], date(2026, 12, 1), START)
    assert kept.changed_on(date(2026, 12, 1)) == ["2026-11-21"]
    assert kept.roll_up(["2026-11-21"], START) > 0
    assert kept.roll_up(["2026-11-21"], START) == 0


def test_from_events_to_figures(desk: Any) -> None:
    """Reports of the real store, read as the consumer reads them."""
    for number, tracking in enumerate(NUMBERS):
        report = fresh(number / 10, where=desk.city, category="jalan", cell="898c1079b9bffff")
        desk.reports.add(msgspec.structs.replace(do(report, 1, "accept", desk.city), tracking=tracking))
    records = [{"messageId": each, "body": f'{{"data":{{"tracking":"{each}"}}}}'} for each in NUMBERS]
    assert take(desk, records[:4] + records[:2]) == []
    assert figures(desk, "2026-11", "agency").rows["bina-marga"].received == 4
    done = recount(desk, [desk.city.local_day(desk.now())])
    assert (done.reports, done.days, done.failed) == (6, 1, 0)
    table = figures(desk, "2026", "area")
    assert {code: counts.received for code, counts in table.rows.items()} == {
        "31.71": 6, "31.71.01": 6, "31.71.01.1001": 6,
    }  # fmt: skip
    assert (table.total.received, table.series, table.as_of) == (6, [("2026-11", 6, 0)], desk.now())
    assert week(desk).received == 6
    assert [tuple(row) for row in tiles(desk, 6, ["848c107ffffffff"], "2026")] == [
        ("868c1079fffffff", "31.71.01.1001", "jalan", "open", 6)
    ]

"""Figures of all open reports, against a table counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.city import load
from chalicelib.domain.overview import Open, Standing, by_agency, by_area, highest, total, within

CITY = load("jakarta")
NOW = datetime(2026, 11, 21, 5, tzinfo=UTC)
SOUTH, CENTRE = "31.74", "31.71"
TEBET = next(code for code, area in CITY.areas.items() if area.level == "kelurahan" and code.startswith(SOUTH))
MENTENG = next(code for code, area in CITY.areas.items() if area.level == "kelurahan" and code.startswith(CENTRE))
UNIT = "suku-dinas-bina-marga-jakarta-selatan"


def at(hours: float) -> int:
    return int((NOW + timedelta(hours=hours)).timestamp())


def rows(*standings: Standing) -> list[Open]:
    return [Open(f"JKT-{number}", standing) for number, standing in enumerate(standings)]


TABLE = rows(
    Standing(status="incomplete", area=TEBET),
    Standing(status="waiting", area=TEBET, respond_by=at(2), resolve_by=at(100)),
    Standing(status="waiting", respond_by=at(-1), resolve_by=at(100), level=1),
    # returned by bina-marga: nobody's, and waiting
    Standing(status="waiting", area=MENTENG, respond_by=at(-30), resolve_by=at(50), level=3),
    Standing(status="coordination", agency="bina-marga", area=TEBET, respond_by=at(3), resolve_by=at(90), followers=2),
    Standing(status="in_progress", agency="bina-marga", unit=UNIT, area=TEBET, resolve_by=at(-7), level=2),
    Standing(status="in_progress", agency="bina-marga", unit=UNIT, area=MENTENG, resolve_by=at(-25), level=3, extended=True),
    Standing(status="disposition", agency="perhubungan", area=MENTENG, resolve_by=at(-9), paused=True),
    Standing(status="disposition", agency="perhubungan", area=MENTENG, resolve_by=at(-9), paused=True, level=1),
    Standing(status="follow_up_refused", agency="perhubungan", resolve_by=at(5), asked_extension=True, confidential=True),
    Standing(status="awaiting_validation", agency="perhubungan", area=TEBET),
)  # fmt: skip


def figures(found: Any) -> dict[str, int]:
    told: dict[str, int] = msgspec.to_builtins(found)
    return {name: number for name, number in told.items() if number}


def test_the_whole_city() -> None:
    assert figures(total(TABLE, NOW)) == {
        "open": 11,
        "reporters": 13,
        "incomplete": 1,
        "waiting": 3,
        "waiting_overdue": 2,
        "with_agency": 6,
        "on_time": 3,
        "overdue": 3,
        "paused": 2,
        "extended": 1,
        "asked_extension": 1,
        "validation": 1,
        "level_1": 2,
        "level_2": 1,
        "level_3": 2,
    }


def test_parts_make_up_the_whole() -> None:
    found = total(TABLE, NOW)
    assert found.open == found.incomplete + found.waiting + found.with_agency + found.validation
    assert found.with_agency == found.on_time + found.overdue
    assert sum(row.figures.open for row in by_area(TABLE, NOW, CITY)) == found.open
    assert sum(row.figures.with_agency for row in by_agency(TABLE, NOW)) == found.with_agency


def test_by_agency_without_what_was_returned() -> None:
    first, second = by_agency(TABLE, NOW)
    assert (first.code, first.inner) == ("bina-marga", True)
    assert (second.code, second.inner) == ("perhubungan", False)
    assert figures(first.figures) == {
        "open": 3, "reporters": 5, "with_agency": 3, "on_time": 1, "overdue": 2, "extended": 1, "level_2": 1, "level_3": 1,
    }  # fmt: skip
    assert (second.figures.validation, second.figures.open) == (1, 4)


def test_by_unit_of_one_agency() -> None:
    assert [(row.code, row.figures.open) for row in by_agency(TABLE, NOW, agency="bina-marga")] == [(UNIT, 2), ("", 1)]


def test_by_area_from_kota_to_kelurahan() -> None:
    cities = by_area(TABLE, NOW, CITY)
    assert [(row.code, row.figures.open, row.inner) for row in cities] == [
        (SOUTH, 5, True),
        (CENTRE, 4, True),
        ("", 2, False),
    ] or [(row.code, row.figures.open, row.inner) for row in cities] == [
        (CENTRE, 4, True),
        (SOUTH, 5, True),
        ("", 2, False),
    ]
    (kecamatan,) = by_area(TABLE, NOW, CITY, area=SOUTH)
    assert CITY.areas[kecamatan.code].level == "kecamatan"
    assert kecamatan.inner
    (kelurahan,) = by_area(TABLE, NOW, CITY, area=kecamatan.code)
    assert (kelurahan.code, kelurahan.inner, kelurahan.figures.open) == (TEBET, False, 5)
    assert by_area(TABLE, NOW, CITY, area=TEBET) == [kelurahan]


@pytest.mark.parametrize(
    ("area", "agency", "count"),
    [("", "", 11), (SOUTH, "", 5), (TEBET, "bina-marga", 2), ("", UNIT, 2), (CENTRE, "perhubungan", 2), ("99", "", 0)],
)
def test_within(area: str, agency: str, count: int) -> None:
    assert len(within(TABLE, CITY, area=area, agency=agency)) == count


def test_a_units_own_figures_are_those_of_the_total() -> None:
    chosen = within(TABLE, CITY, agency=UNIT)
    (row,) = by_agency(chosen, NOW, agency=UNIT)
    assert (row.code, row.figures) == (UNIT, total(chosen, NOW))


def test_the_highest_rung_by_name_longest_there_first() -> None:
    found = highest(TABLE, CITY.policy)
    assert [(late.tracking, late.agency) for late in found] == [("JKT-3", ""), ("JKT-6", "bina-marga")]
    after = next(rung.after_hours for rung in CITY.policy.ladder if rung.level == 3)
    assert found[1].since == NOW + timedelta(hours=-25 + float(after or 0))


def test_nothing_open() -> None:
    assert figures(total([], NOW)) == {}
    assert by_agency([], NOW) == by_area([], NOW, CITY) == highest([], CITY.policy) == []


@pytest.mark.parametrize(
    ("standing", "late"),
    [
        (Standing(status="waiting"), False),
        (Standing(status="waiting", respond_by=at(0) - 1), True),
        (Standing(status="waiting", respond_by=at(0)), False),
        (Standing(status="waiting", respond_by=at(1), resolve_by=at(-1)), True),
        (Standing(status="waiting", respond_by=at(-1), paused=True), False),
        (Standing(status="waiting", respond_by=at(-1), paused=True, level=2), True),
    ],
)
def test_overdue(standing: Standing, late: bool) -> None:
    assert standing.overdue(NOW.timestamp()) is late

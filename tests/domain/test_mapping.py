"""What is read for a screen of the map: never more than 19 reads, and what is read covers what shows."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import h3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import city as packs
from chalicelib.city.outlines import Window, windows
from chalicelib.domain import map_wish, mapping
from tests.domain.builders import quick

CITY = packs.load("jakarta")
WHOLE = mapping.around_all(windows(CITY.outlines_path))
TODAY = date(2026, 11, 22)
ANYWHERE = st.tuples(st.floats(-180, 180), st.floats(-85, 85), st.floats(-180, 180), st.floats(-85, 85))
SHARES = st.floats(0, 1)


@st.composite
def screens(draw: st.DrawFn) -> Window:
    """Screens of all sizes in and around the city, of all shapes."""
    wide, shape = 10 ** draw(st.floats(-4, 0.3)), 10 ** draw(st.floats(-1.5, 1.5))
    west, south = draw(st.floats(106.2, 107.1)), draw(st.floats(-6.5, -5.1))
    return mapping.widened(Window(west, south, west + wide, south + wide * shape))


def inside(screen: Window, east: float, north: float) -> tuple[float, float]:
    return screen.south + (screen.north - screen.south) * north, screen.west + (screen.east - screen.west) * east


@quick(150)
@given(screens(), SHARES, SHARES)
def test_a_screen_of_the_city_is_at_most_19_reads_that_cover_it(screen: Window, east: float, north: float) -> None:
    found = mapping.cover(screen, WHOLE)
    assert found.reads <= mapping.MOST_READS
    seen = mapping.shared(found.screen, WHOLE)
    if seen is None:
        assert found.reads == 0
        return
    point = inside(seen, east, north)
    assert h3.latlng_to_cell(*point, found.resolution) in found.cells
    if not found.points:
        tile = h3.cell_to_parent(h3.latlng_to_cell(*point, found.resolution), found.resolution - mapping.PARENT_STEPS)
        assert tile in found.parents
        assert len(found.cells) <= mapping.TILE_RESOLUTIONS[found.resolution]


@quick(80)
@given(ANYWHERE)
def test_any_screen_of_the_earth_is_at_most_19_reads_or_refused(numbers: tuple[float, ...]) -> None:
    try:
        screen = mapping.screen_of(",".join(map(str, numbers)))
    except ValueError as error:
        assert str(error) in map_wish.REASONS  # noqa: PT017
        return
    for city in (WHOLE, None):
        assert mapping.cover(screen, city).reads <= mapping.MOST_READS


def test_nineteen_cells_are_points_and_twenty_are_not() -> None:
    middle, wide = (-6.2, 106.82), 0.0005
    counts = []
    while len(counts) < 200:
        screen = mapping.around(*middle, wide, wide)
        cells = mapping.cells_over(screen, 9, 1000)
        assert cells is not None
        counts.append(len(cells))
        assert mapping.cover(screen, WHOLE).points == (len(cells) <= 19)
        wide += 0.0001
    assert min(counts) == 1
    assert max(counts) > 19


@quick(60)
@given(screens(), st.floats(0.3, 3))
def test_fitting_keeps_all_that_was_asked_for(screen: Window, aspect: float) -> None:
    fitted = mapping.fitted(screen, aspect)
    assert fitted.west <= screen.west + 1e-9
    assert fitted.north >= screen.north - 1e-9
    shrink = math.cos(math.radians(mapping.middle(screen)[0]))
    assert (fitted.east - fitted.west) * shrink / (fitted.north - fitted.south) == pytest.approx(aspect, rel=1e-6)
    again = mapping.screen_of(mapping.text_of(fitted))
    assert again == pytest.approx(fitted, abs=2e-5)


def test_the_map_begins_at_the_mainland() -> None:
    home = mapping.home(windows(CITY.outlines_path))
    assert home is not None
    assert home.north < -6.0
    assert home.south < -6.36
    assert mapping.home([]) is None


def test_moving_stops_at_the_edges() -> None:
    edge = Window(179.0, 84.0, 180.0, 85.0)
    assert mapping.moved(edge, east=0.5, north=0.5) == edge
    out = mapping.zoomed(edge, 100)
    assert -180 <= out.west < out.east <= 180
    assert -85 <= out.south < out.north <= 85


@pytest.mark.parametrize(
    ("period", "first", "after"),
    [
        ("2026", datetime(2025, 12, 31, 17, tzinfo=UTC), datetime(2026, 12, 31, 17, tzinfo=UTC)),
        ("2026-12", datetime(2026, 11, 30, 17, tzinfo=UTC), datetime(2026, 12, 31, 17, tzinfo=UTC)),
    ],
)
def test_a_period_is_the_citys(period: str, first: datetime, after: datetime) -> None:
    start, last = map_wish.span_of(period, CITY, datetime(2026, 12, 5, tzinfo=UTC))
    assert (start, last) == (
        first,
        after - timedelta(milliseconds=1),
    )  # what comes at midnight is of the next one alone


def test_the_form_of_a_map_of_elsewhere_leads_to_the_area() -> None:
    box = "106.82,-6.18,106.83,-6.17"
    asked = {"area": "Tebet Timur", "bbox": box}
    moved, _ = map_wish.read(asked | {"near": "31.74.01.1001"}, CITY, TODAY)
    code = moved.area
    assert map_wish.read(asked | {"near": ""}, CITY, TODAY)[0].screen is None
    assert map_wish.read(asked | {"near": code}, CITY, TODAY)[0].screen is not None
    assert map_wish.read(asked, CITY, TODAY)[0].screen is not None


def test_a_filter_takes_what_it_names() -> None:
    wish, wrong = map_wish.read({"pillar": "mobility", "area": "kecamatan Tebet"}, CITY, TODAY)
    assert not wrong
    takes = wish.filter(CITY)
    tebet = next(code for code, area in CITY.areas.items() if area.name == "Tebet Timur")
    assert takes("jalan", tebet)
    assert not takes("jalan", "31.71.06.1001")
    assert not takes("", tebet)
    assert map_wish.Wish().filter(CITY)("", "")

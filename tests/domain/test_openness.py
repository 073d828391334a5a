"""Where a report is, as everybody may know it."""

from __future__ import annotations

import h3
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.city import load
from chalicelib.domain.listing import seen
from chalicelib.domain.openness import open_place, open_point, opened, opened_place
from chalicelib.domain.place import Place
from tests.domain.builders import CITY, fresh, quick

CELL = msgspec.structs.replace(
    CITY, categories=CITY.categories | {"jalan": msgspec.structs.replace(CITY.categories["jalan"], place="cell")}
)
HOUSE = Place(
    lat=-6.17541, lng=106.82722, address="Jalan Mawar", landmark="rumah pagar biru", area="31.71.01.1001", in_city=True
)


def test_a_place_is_exact_unless_its_category_asks_for_the_cell() -> None:
    point = open_point(-6.17541, 106.82722, "jalan", CITY)
    assert point is not None
    assert (point.lat, point.lng, point.exact) == (-6.17541, 106.82722, True)
    coarse = open_point(-6.17541, 106.82722, "jalan", CELL)
    assert coarse is not None
    assert not coarse.exact
    assert (coarse.lat, coarse.lng) != (-6.17541, 106.82722)
    assert open_point(None, 106.8, "jalan", CELL) is None


def test_a_sensitive_category_never_shows_the_point() -> None:
    assert CITY.categories["pungli"].place == "exact"
    point = open_point(-6.17541, 106.82722, "pungli", CITY)
    assert point is not None
    assert not point.exact


@quick(200)
@given(st.floats(-6.4, -6.0), st.floats(106.6, 107.0))
def test_the_middle_is_that_of_the_points_own_cell_and_stays_it(lat: float, lng: float) -> None:
    point = open_point(lat, lng, "jalan", CELL)
    assert point is not None
    assert h3.latlng_to_cell(point.lat, point.lng, 9) == h3.latlng_to_cell(lat, lng, 9)
    assert open_point(point.lat, point.lng, "jalan", CELL) == point


def test_a_row_and_a_report_keep_the_area_only() -> None:
    report = msgspec.structs.replace(fresh(), place=HOUSE)
    for place in (opened(seen(report), CELL), opened_place(report, CELL)):
        assert (place.address, place.landmark, place.area) == ("", "", HOUSE.area)
        assert place.lat != HOUSE.lat
    assert opened(opened(seen(report), CELL), CELL) == opened(seen(report), CELL)
    assert opened_place(report, CITY) == HOUSE
    assert opened(seen(report), CITY) == seen(report)


def test_until_a_category_is_given_the_suggested_one_decides() -> None:
    report = msgspec.structs.replace(fresh(), category=None, suggested="jalan", place=HOUSE)
    point = open_place(report, CELL)
    assert point is not None
    assert not point.exact


@pytest.mark.parametrize(
    "code", ["orang-hilang", "pmks", "bantuan-sosial", "demam-berdarah-dengue", "penyakit-masyarakat"]
)
def test_the_city_coarsens_what_is_about_persons_and_homes(code: str) -> None:
    categories = load("jakarta").categories
    assert not categories[code].place_is_open
    assert categories["jalan"].place_is_open
    assert not any(each.place_is_open for each in categories.values() if each.sensitive)

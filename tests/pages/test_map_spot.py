"""Small maps: drawn around a point or of a kelurahan, as plain SVG that a strict policy lets through."""

import re
from xml.etree import ElementTree

import msgspec
import pytest

from chalicelib import city as packs
from chalicelib.pages.map_spot import HEIGHT, WIDTH, Mark, spot

CITY = packs.load("jakarta")
POINT = (-6.2301, 106.8530)


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  drawn by us, a line above


def test_the_point_is_in_the_middle_and_its_kelurahan_is_told_apart() -> None:
    svg = drawn(spot(CITY, label="Di sini", marks=[Mark(*POINT)], area=CITY.area_at(*POINT)))
    here = next(each for each in svg.iter("g") if each.get("class") == "here")
    assert here.get("transform") == f"translate({WIDTH // 2} {HEIGHT // 2})"
    assert len([each for each in svg.iter("path") if each.get("class") == "own"]) == 1
    assert svg.get("aria-label") == "Di sini"


def test_who_clicks_gets_the_place_that_was_clicked() -> None:
    svg = drawn(spot(CITY, label="x", marks=[Mark(*POINT)]))
    north, west, per_x, per_y = (float(svg.get(f"data-{name}") or 0) for name in ("north", "west", "x", "y"))
    assert north - HEIGHT / 2 / per_y == pytest.approx(POINT[0], abs=2e-6)
    assert west + WIDTH / 2 / per_x == pytest.approx(POINT[1], abs=2e-6)


def test_other_points_are_where_they_are() -> None:
    svg = drawn(spot(CITY, label="x", marks=[Mark(*POINT), Mark(POINT[0] + 0.001, POINT[1], "other", "JKT-1")]))
    other = next(each for each in svg.iter("circle") if each.get("class") == "other")
    assert other.get("cx") == str(WIDTH // 2)
    assert float(other.get("cy") or 0) == pytest.approx(HEIGHT / 2 - 0.001 * 111.32 / 1.6 * HEIGHT, abs=1)


def test_a_kelurahan_is_seen_whole() -> None:
    for code, area in CITY.areas.items():
        if area.level != "kelurahan":
            continue
        svg = drawn(spot(CITY, label=area.name, area=code))
        own = next(each for each in svg.iter("path") if each.get("class") == "own")
        pairs = [(int(x), int(y)) for x, y in re.findall(r"(-?\d+) (-?\d+)", own.get("d") or "")]
        assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in pairs), area.name


def test_words_are_text_and_nothing_is_styled_within() -> None:
    svg = spot(CITY, label='"><script>alert(1)</script>', marks=[Mark(*POINT, label="<b>&")])
    assert "<script" not in svg
    assert "style=" not in svg
    assert drawn(svg).get("aria-label") == '"><script>alert(1)</script>'


def test_there_is_no_map_of_nowhere() -> None:
    assert spot(CITY, label="x") == ""
    assert spot(CITY, label="x", area="99.99") == ""
    assert spot(CITY, label="x", marks=[Mark(48.1, 11.5)]) == ""
    assert spot(msgspec.structs.replace(CITY, outlines_path=""), label="x", marks=[Mark(*POINT)]) == ""


def test_a_map_is_small() -> None:
    assert len(spot(CITY, label="x", marks=[Mark(*POINT)])) < 12_000

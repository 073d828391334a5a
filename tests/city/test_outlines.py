"""Outlines of kelurahan: every one has one, and points known to lie in a kelurahan lie in its outline."""

import random
from pathlib import Path

import pytest

from chalicelib import city as packs
from chalicelib.city.errors import CityPackError
from chalicelib.city.outlines import Outline, Window, outline_of, outlines_in

CITY = packs.load("jakarta")


def inside(outline: Outline, lat: float, lng: float) -> bool:
    crossings = 0
    for ring in outline.rings:
        for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
            if (y1 > lat) != (y2 > lat) and lng < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
                crossings += 1
    return crossings % 2 == 1


def test_every_kelurahan_has_an_outline_and_nothing_else_has() -> None:
    codes = {code for code, area in CITY.areas.items() if area.level == "kelurahan"}
    drawn = outlines_in(CITY.outlines_path, Window(-180, -90, 180, 90))
    assert {each.code for each in drawn} == codes
    assert all(len(ring) >= 3 for each in drawn for ring in each.rings)


def test_outlines_agree_with_the_table_of_points() -> None:
    """The table's borders are those of 10 m cells, the outlines' are rounded to 11 m: near a border they may differ."""
    chance = random.Random(7)
    agreed = tried = 0
    while tried < 1500:
        lat, lng = chance.uniform(-6.36, -6.10), chance.uniform(106.70, 106.95)
        area = CITY.area_at(lat, lng)
        if area is None:
            continue
        tried += 1
        found = outline_of(CITY.outlines_path, area)
        agreed += found is not None and inside(found, lat, lng)
    assert agreed / tried > 0.97


def test_a_window_has_what_meets_it() -> None:
    menteng = outline_of(CITY.outlines_path, CITY.area_at(-6.1950, 106.8325) or "")
    assert menteng is not None
    codes = {each.code for each in outlines_in(CITY.outlines_path, menteng.window)}
    assert menteng.code in codes
    assert 3 <= len(codes) <= 20
    assert outlines_in(CITY.outlines_path, Window(0, 0, 1, 1)) == []


def test_a_pack_without_outlines_has_no_maps() -> None:
    assert outline_of("", "31.71.06.1001") is None
    assert outlines_in("", Window(-180, -90, 180, 90)) == []
    assert outline_of(CITY.outlines_path, "99.99") is None


@pytest.mark.parametrize("text", ["", "[]", '{"a":["1 2 x"]}', '{"a":["1"]}', '{"a":[]}'])
def test_a_broken_file_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "outlines.json"
    path.write_text(text)
    with pytest.raises(CityPackError, match=r"outlines\.json"):
        outline_of(str(path), "a")

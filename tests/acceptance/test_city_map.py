"""The map: points when few, hexagons when many, a list beside it, and nothing that is not public."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from tests.acceptance.city import (
    LANGUAGES,
    addresses,
    around,
    do,
    finished,
    map_data,
    open_report,
    own,
    page_of,
    publish,
    rows,
    shape,
    today,
    year,
)  # fmt: skip
from tests.acceptance.clients import Server, until
from tests.acceptance.desks import spot

# neither open nor done: the map shows those two
GONE = ("rejected", "merged", "withdrawn", "abandoned", "incomplete")
CITY = "106.60,-6.42,107.05,-6.00"


def numbers(told: dict[str, Any]) -> set[str]:
    return {found for each in told["list"] for found in re.findall(r"JKT(?:-[0-9A-Z]{4}){3}", each["url"])}


def soon(find: Callable[[], Any], what: str = "") -> Any:
    return until(find, 10, what=what)


def test_few_are_points_and_the_same_list_beside(city: Server) -> None:
    place = spot()
    made = open_report(city, location={**place, "landmark": "halte"})
    box = around(**place)
    soon(lambda: made["tracking"] in numbers(map_data(city, box)))
    told = map_data(city, box)
    assert told["kind"] == "points"
    assert any(
        (round(each["lat"], 4), round(each["lng"], 4)) == (round(place["lat"], 4), round(place["lng"], 4))
        for each in told["points"]
    )
    assert len(told["points"]) <= len(told["list"]) or told["left"]
    for lang in LANGUAGES:
        page = page_of(city, f"/map?bbox={box}", lang).ok()
        assert made["tracking"] in page.html, "the list does not need JavaScript"
        assert any(made["tracking"] in href for _, href, _ in page.links)


def test_many_cells_are_hexagons_and_their_number_is_that_of_the_reports(city: Server) -> None:
    """The whole city counts every public report, open or done, that has been read and has a place."""

    def same() -> Any:
        publish(city)
        here = [r for r in rows(city).values() if r["area"]]  # a point beyond the city's edge is on no map of the city
        placed = [r for r in here if r["lat"] is not None and r["status"] not in GONE]
        west, south, east, north = map(float, CITY.split(","))
        inside = [r for r in placed if west < r["lng"] < east and south < r["lat"] < north]
        told = map_data(city, CITY, period=year())
        return told if told["total"] == len(inside) else None

    told = until(same, 15, pause=1, what="map total = placed public reports")
    assert told["kind"] == "cells"
    assert sum(each["n"] for each in told["cells"]) == told["total"]
    assert all(5 <= len(each["ring"]) <= 7 for each in told["cells"])
    assert all(re.fullmatch(r"8[678][0-9a-f]{13}", each["cell"]) for each in told["cells"])


def test_filters(city: Server) -> None:
    place = spot()
    where = {**place, "landmark": "halte"}
    still = open_report(city, location=where, category="pohon")["tracking"]
    done = finished(city, location=where, category="jalan")["tracking"]
    argued = finished(city, location=where, category="jalan")
    assert do(city, argued["tracking"], argued["key"], "dispute", {"reason": "Belum."}).status == 200
    box = around(**place)
    both = {still, done, argued["tracking"]}
    soon(lambda: both <= numbers(map_data(city, box, status="all")), "all three")
    soon(lambda: numbers(map_data(city, box, status="disputed")) & both == {argued["tracking"]}, "disputed")
    assert numbers(map_data(city, box, status="done")) & both == {done}, "disputed is not done"
    assert still in numbers(map_data(city, box, status="open"))
    assert done not in numbers(map_data(city, box, status="open"))
    assert numbers(map_data(city, box, category="pohon")) & both == {still}
    assert not numbers(map_data(city, box, period="2020")) & both
    assert both <= numbers(map_data(city, box, period=today()[:7]))
    area = city.citizen(still)["area"]
    assert still in numbers(map_data(city, box, area=area["code"]))
    assert still not in numbers(map_data(city, box, area="31.72.04.1006"))
    pillar = map_data(city, box, pillar="environment")
    assert isinstance(pillar["list"], list)


@pytest.mark.parametrize("flag", ["private", "confidential"])
def test_a_closed_report_is_on_no_map(city: Server, flag: str) -> None:
    place = spot()
    hidden = open_report(city, location={**place, "landmark": "x"}, **{flag: True})["tracking"]
    shown = open_report(city, location={**place, "landmark": "x"})["tracking"]
    box = around(**place)
    soon(lambda: shown in numbers(map_data(city, box)))
    for status in ("all", "open", "done", "disputed"):
        told = map_data(city, box, status=status)
        assert hidden not in json.dumps(told)
        assert hidden not in page_of(city, f"/map?bbox={box}&status={status}").html
    told = map_data(city, box, status="all")
    assert told["total"] == len(told["list"]) + told["left"], "and is not counted either"


def test_what_nobody_has_read_is_on_no_map(city: Server) -> None:
    place = spot()
    made = open_report(city, read=False, location={**place, "landmark": "x"}, text="Kata yang belum dibaca siapa pun")
    city.quiet()
    assert made["tracking"] not in json.dumps(map_data(city, around(**place)))


def test_scripts_in_a_place_are_text(city: Server) -> None:
    place = spot()
    made = open_report(
        city, text="<script>alert(1)</script> rusak", location={**place, "landmark": "<img src=x onerror=alert(1)>"}
    )
    box = around(**place)
    soon(lambda: made["tracking"] in numbers(map_data(city, box)))
    page = page_of(city, f"/map?bbox={box}")
    assert "<script>alert" not in page.html
    assert "<img src=x" not in page.html


@pytest.mark.parametrize(
    "query",
    [
        "bbox=", "bbox=1,2,3", "bbox=a,b,c,d", "bbox=NaN,NaN,NaN,NaN", "bbox=107,-6,106,-7", "bbox=-180,-90,180,90", "bbox=1e400,0,1,1",
        "status=x", "category=tidak-ada", "area=Atlantis", "period=kemarin", "bbox=" + "1" * 3000, "pillar=%00", "area=%3Cscript%3E",
    ],
)  # fmt: skip
def test_a_slip_in_the_address_is_said_and_never_breaks(city: Server, query: str) -> None:
    for path in ("/map", "/map/data"):
        answer = city.get(f"{path}?{query}", Accept="text/html" if path == "/map" else "application/json")
        assert answer.status in (200, 400, 414, 422), (path, answer.status)
        assert "<script>%" not in answer.text
    assert "<script></" not in city.get(f"/map?area={quote('<script></script>')}").text


def test_everything_the_map_needs_comes_from_here(city: Server) -> None:
    page = page_of(city, "/map").ok()
    loaded = [url for kind, url in addresses(page) if kind == "loads"]
    assert all(own(city, url) or url.startswith("data:") for url in loaded), loaded
    library = [url for url in loaded if re.search("leaflet|maplibre", url)]
    assert library
    assert re.search(r"\d+\.\d+", library[0].rsplit("/", 1)[-1]), "locked"
    for url in library:
        answer = city.get(url.removeprefix(city.url))
        assert answer.status == 200
        assert "javascript" in answer.header("content-type")
    live = next(at for _, at in page.tags if at.get("id") == "live")
    outlines = city.get(live["data-outlines"])
    assert outlines.status == 200
    assert len(outlines.json) > 0, "usable without tiles: outlines of kelurahan"
    assert "<svg" in page.html, "drawn without JavaScript, too"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_map_can_be_walked_without_javascript(city: Server, lang: str) -> None:
    page = page_of(city, "/map", lang).ok()
    assert sum("bbox=" in href for _, href, _ in page.links) >= 5, "closer, further, four ways"
    form = next(form for form in page.forms if form.named("status"))
    assert {one.name for one in form.fields} >= {"status", "category", "area", "period"}
    assert page.link("#list"), "who does not see the map goes to the list"
    assert any(at.get("id") == "list" for _, at in shape(page.html).tags)

"""The rows of the open data and their three forms; and that everybody can work the figures out from them."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import datetime
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.city import load
from chalicelib.domain.facts import Facts, facts_of
from chalicelib.domain.figures import Counts, counts_of, together
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.open_catalogue import GENERAL, TYPES, general, schema
from chalicelib.domain.open_columns import COLUMNS, NAMES
from chalicelib.domain.opendata import Row, csv_of, geojson_of, in_order, jsonl_of, plain, row_of
from chalicelib.domain.place import Place
from chalicelib.domain.report import Report
from tests.domain.builders import CITY, fresh, h, quick
from tests.usecases.rules import accepted, do, done, swept_fully

BASE = "https://lapor.kota.example"


def row(report: Report, leader: str | None = None, city: Any = CITY) -> Row:
    made = row_of(report, facts_of(report, city), city, BASE, leader=leader)
    assert made is not None
    return made


def from_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_the_columns_are_the_rows_fields() -> None:
    assert Row.__struct_fields__ == NAMES
    assert len(set(NAMES)) == len(NAMES)


def test_a_row_says_what_everybody_may_know() -> None:
    made = row(done())
    assert (made.status, made.on_time, made.day, made.kota) == ("done", True, "2026-11-21", "Jakarta Pusat")
    assert made.received_at == "2026-11-21T08:00:00+07:00"
    assert (made.lat, made.lng, made.place_exact) == (-6.1754, 106.8272, True)
    assert made.url == f"{BASE}/reports/{made.tracking}"


@pytest.mark.parametrize("wish", ["private", "confidential", "consent_withdrawn"])
def test_a_hidden_report_has_no_row(wish: str) -> None:
    report = msgspec.structs.replace(done(), **{wish: True})
    assert row_of(report, facts_of(report, CITY), CITY, BASE, leader=None) is None
    # Hidden a moment after its facts were taken, or before: either is enough.
    assert row_of(report, facts_of(done(), CITY), CITY, BASE, leader=None) is None
    assert row_of(done(), facts_of(report, CITY), CITY, BASE, leader=None) is None


@pytest.mark.parametrize("report", [fresh(), do(fresh(), 2, "reject"), do(fresh(), 2, "withdraw")])
def test_words_and_place_only_of_what_a_list_shows(report: Report) -> None:
    made = row(msgspec.structs.replace(report, photos=("p1:ready",)))
    assert (made.problem, made.lat, made.lng, made.place_exact, made.photos) == (None, None, None, None, ())
    assert made.kelurahan == "Gambir"


def test_a_place_about_persons_is_its_cell() -> None:
    city = msgspec.structs.replace(
        CITY, categories=CITY.categories | {"jalan": msgspec.structs.replace(CITY.categories["jalan"], place="cell")}
    )
    place = Place(lat=-6.175411, lng=106.827211, address="Jalan Kenanga", landmark="Pagar biru", in_city=True)
    made = row(msgspec.structs.replace(done(), place=place), city=city)
    assert made.place_exact is False
    assert (made.lat, made.lng) != (place.lat, place.lng)
    for content in (csv_of([made]), jsonl_of([made]), geojson_of([made])):
        assert b"6.17541" not in content
        assert b"Kenanga" not in content
        assert b"Pagar" not in content


@pytest.mark.parametrize("text", ["=1+1", "+62 dimasking", "-jalan", "@admin", "\t=cmd", '=HYPERLINK("http://x";"y")'])
def test_no_cell_is_a_formula(text: str) -> None:
    made = row(msgspec.structs.replace(done(), problem=text))
    (cells,) = from_csv(csv_of([made]))
    assert cells["problem"] == f"'{text}"
    assert cells["lat"] == "-6.1754"  # a number stays one
    assert json.loads(jsonl_of([made]))["problem"] == text


@quick(100)
@given(st.text())
def test_any_words_come_back_from_every_form(text: str) -> None:
    made = row(msgspec.structs.replace(done(), problem=text))
    clean = plain(text) or None
    (cells,) = from_csv(csv_of([made]))
    assert cells["problem"].removeprefix("'") == (clean or "").removeprefix("'")
    assert json.loads(jsonl_of([made]))["problem"] == clean
    (feature,) = json.loads(geojson_of([made]))["features"]
    assert feature["properties"]["problem"] == clean


def test_the_three_forms_say_the_same_in_the_same_bytes() -> None:
    rows = [row(done()), row(msgspec.structs.replace(fresh(), tracking="JKT-0000-0000-0001"))]
    again = in_order(reversed(rows))
    assert [each.tracking for each in again] == ["JKT-0000-0000-0001", rows[0].tracking]
    assert csv_of(again) == csv_of(in_order(rows))
    assert csv_of(again).startswith(b"tracking,received_at,day,")
    assert csv_of(again).endswith(b"\r\n")
    lines = [json.loads(line) for line in jsonl_of(again).splitlines()]
    features = json.loads(geojson_of(again))["features"]
    assert [each["properties"] for each in features] == [
        {name: value for name, value in line.items() if name not in ("lat", "lng")} for line in lines
    ]
    assert [each["geometry"] and each["geometry"]["coordinates"] for each in features] == [None, [106.8272, -6.1754]]
    assert json.loads(geojson_of([])) == {"type": "FeatureCollection", "features": []}


def recounted(cells: dict[str, str]) -> Counts:
    """One line of the CSV as figures, by the dictionary alone."""

    def hours(name: str) -> float | None:
        return float(cells[name]) if cells[name] else None

    return counts_of(
        Facts(
            tracking=cells["tracking"], version=1, day=cells["day"], channel=cells["channel"],
            received_at=datetime.fromisoformat(cells["received_at"]), status=Status(cells["status"]),
            listed=cells["read"] == "true", disputed=cells["disputed"] == "true", on_time=cells["on_time"] == "true",
            late=cells["late"] == "true", extended=cells["extended"] == "true", rerouted=int(cells["rerouted"]),
            reopened=int(cells["reopened"]), reason=cells["reason"], respond_hours=hours("respond_hours"),
            resolve_hours=hours("resolve_hours"), stars=int(cells["stars"]) if cells["stars"] else None,
        )
    )  # fmt: skip


def lives() -> list[Report]:
    """Reports of every kind."""
    late = swept_fully(accepted(), 200)
    reopened = do(done(), 30, "reopen")
    found = [
        fresh(), accepted(), done(), late, do(late, 210, "resolve"), do(do(late, 210, "resolve"), 211, "validate"),
        reopened, do(do(reopened, 31, "resolve"), 40, "validate"), do(fresh(), 2, "reject"), do(fresh(), 2, "withdraw"),
        do(do(accepted(), 2, "return"), 3, "dispatch"), do(accepted(), 3, "ask"), do(done(), 22, "dispute"),
    ]  # fmt: skip
    return [
        msgspec.structs.replace(each, tracking=f"JKT-0000-0000-{number:04d}", received_at=h(number / 7))
        for number, each in enumerate(found)
    ]


def test_everybody_can_work_the_figures_out() -> None:
    reports = lives()
    random.Random(5).shuffle(reports)
    content = csv_of(in_order(row(each) for each in reports))
    expected = together(counts_of(facts_of(each, CITY)) for each in reports)
    assert expected.received == len(reports)
    assert expected.disputed
    assert expected.overdue
    assert expected.oldest
    assert together(map(recounted, from_csv(content))) == expected


def test_a_row_is_as_its_schema_says() -> None:
    told = schema(CITY)
    assert tuple(told["properties"]) == tuple(told["required"]) == NAMES
    kinds = {"string": str, "number": (int, float), "integer": int, "boolean": bool, "array": list, "null": type(None)}
    for report in lives():
        for name, value in json.loads(jsonl_of([row(report)])).items():
            wanted = told["properties"][name]["type"]
            allowed = tuple(kinds[each] for each in ([wanted] if isinstance(wanted, str) else wanted))
            assert isinstance(value, allowed), (name, value)  # type: ignore[arg-type]


def test_the_files_beside_the_rows() -> None:
    city = load("jakarta")
    files = general(city)
    assert tuple(files) == GENERAL
    assert all(name.rsplit(".")[-1] in TYPES for name in files)
    assert [each["column"] for each in from_csv(files["dictionary.csv"])] == list(NAMES)
    assert files["dictionary.md"].decode().count("\n| ") == len(COLUMNS) + 1
    codes = {(each["kind"], each["code"]) for each in from_csv(files["codes.csv"])}
    assert {("category", "jalan"), ("status", "done"), ("agency", "bina-marga"), ("channel", "sms")} <= codes
    assert {("area", code) for code in city.areas} <= codes
    assert "creativecommons.org/licenses/by/4.0" in files["LICENSE.txt"].decode()
    assert general(city) == files

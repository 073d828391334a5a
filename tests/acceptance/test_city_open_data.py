"""Open data and feeds: whole, described, masked, and at addresses that stay."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from functools import partial
from typing import Any

import pytest

from tests.acceptance.city import (
    LANGUAGES,
    do,
    finished,
    index,
    open_report,
    page_of,
    publish,
    published,
    rows,
    today,
)  # fmt: skip
from tests.acceptance.clients import ROOT, Server, until
from tests.acceptance.desks import spot

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def data(city: Server) -> Server:
    """Some reports of every kind, published."""
    open_report(city, text='=HYPERLINK(1) jalan rusak, "kutip", koma\ndan baris baru <script>alert(1)</script>')
    finished(city)
    city.report(category="sampah")
    open_report(city, category="demam-berdarah-dengue", text="Banyak warga demam di gang ini")
    city.quiet()
    publish(city)
    return city


def files(city: Server) -> list[dict[str, Any]]:
    told = index(city)
    found = list(told["files"])
    for month in told["months"]:
        found += month["files"]
        found += json.loads(published(city, month["index"])).get("files", [])
    return found


def test_every_file_in_the_index_is_what_it_is_said_to_be(data: Server) -> None:
    def same() -> bool:
        return all(
            hashlib.sha256(body).hexdigest() == each["sha256"] and len(body) == each["bytes"]
            for each in files(data)
            for body in [published(data, each["name"])]
        )

    until(same, 15, pause=1, what="index and files agree")


def test_addresses_that_stay_lead_to_the_bucket(data: Server) -> None:
    base = index(data)["base_url"]
    for name in (
        f"reports/{today()[:7]}.csv",
        f"reports/{today()}.geojson",
        "schema.json",
        "dictionary.csv",
        "LICENSE.txt",
    ):
        answer = data.get(f"/open-data/{name}")
        assert answer.status in (302, 307), name
        assert answer.header("location").split("?")[0] == f"{base}/{name}"
    for wrong in ("reports/2026-99.csv", "../app.py", "reports/..%2f..%2fsecret", "reports/2026-11.exe"):
        assert data.get(f"/open-data/{wrong}").status in (302, 307, 400, 404, 422)
        if data.get(f"/open-data/{wrong}").status in (302, 307):
            assert data.get(f"/open-data/{wrong}").header("location").startswith(base + "/")


def test_csv_json_lines_and_geojson_say_the_same(data: Server) -> None:
    lines = rows(data, today())
    table = {
        row["tracking"]: row
        for row in csv.DictReader(io.StringIO(published(data, f"reports/{today()}.csv").decode("utf-8-sig")))
    }
    drawn = json.loads(published(data, f"reports/{today()}.geojson"))
    assert set(table) == set(lines)
    for tracking, row in lines.items():
        other = table[tracking]
        for name in ("status", "category", "agency", "area", "channel", "received_at"):
            assert str(row[name] or "") == other[name], (tracking, name)
        assert str(row["disputed"]).lower() == other["disputed"].lower()
    assert drawn["type"] == "FeatureCollection"
    placed = {row["tracking"] for row in lines.values() if row["lat"] is not None}
    on_map = [each for each in drawn["features"] if each["geometry"]]
    assert {each["properties"]["tracking"] for each in on_map} == placed
    assert {each["properties"]["tracking"] for each in drawn["features"]} <= set(lines)
    for each in on_map:
        lng, lat = each["geometry"]["coordinates"]
        assert 106 < lng < 108
        assert -7 < lat < -5


def test_the_schema_and_the_dictionary_know_every_column(data: Server) -> None:
    header = set(next(csv.reader(io.StringIO(published(data, f"reports/{today()[:7]}.csv").decode("utf-8-sig")))))
    schema = published(data, "schema.json").decode()
    meant = {
        next(iter(row.values()))
        for row in csv.DictReader(io.StringIO(published(data, "dictionary.csv").decode("utf-8-sig")))
    }
    for column in header:
        assert f'"{column}"' in schema, column
        assert column in meant, column
    assert "CC BY" in published(data, "LICENSE.txt").decode()
    codes = published(data, "codes.csv").decode()
    for row in rows(data).values():
        for name in ("category", "agency", "area", "channel", "status"):
            if row[name]:
                assert str(row[name]) in codes, (name, row[name])


def test_the_schema_holds_for_every_line(data: Server) -> None:
    schema = json.loads(published(data, "schema.json"))
    required = set(schema.get("required", schema.get("items", {}).get("required", [])))
    known = set(schema.get("properties", schema.get("items", {}).get("properties", {})))
    assert known
    for row in rows(data).values():
        assert required <= set(row)
        assert set(row) <= known


def test_no_table_runs_a_formula_and_no_line_breaks_a_row(data: Server) -> None:
    for row in csv.DictReader(io.StringIO(published(data, f"reports/{today()}.csv").decode("utf-8-sig"))):
        assert re.fullmatch(r"JKT(-[0-9A-Z]{4}){3}", row["tracking"])
        for value in row.values():
            number = re.fullmatch(r"-?\d+(\.\d+)?", value or "")
            assert number or not re.match(r"[=+\-@\t\r]", value or ""), value


def test_a_sensitive_place_is_only_the_cell(data: Server) -> None:
    place = spot()
    made = open_report(
        data,
        category="demam-berdarah-dengue",
        text="Ada yang sakit demam berdarah",
        location={**place, "landmark": "gang"},
    )
    if data.citizen(made["tracking"])["hidden"]:
        pytest.skip("this category is confidential")

    def row() -> Any:
        publish(data)
        return rows(data).get(made["tracking"])

    found = until(row, 10, pause=0.5)
    if found["place_exact"]:
        pytest.skip("this category shows its place")
    assert (found["lat"], found["lng"]) != (place["lat"], place["lng"])
    exact = f"{place['lat']}"
    for name in (f"reports/{today()}.csv", f"reports/{today()}.geojson", f"reports/{today()}.jsonl"):
        assert exact not in published(data, name).decode()
    assert exact not in json.dumps(data.citizen(made["tracking"]))
    assert exact not in page_of(data, f"/reports/{made['tracking']}").html


def test_what_nobody_has_read_has_no_words_and_no_place(data: Server) -> None:
    for row in rows(data).values():
        if not row["read"]:
            assert not row["problem"]
            assert row["lat"] is None


@pytest.mark.parametrize("flag", ["private", "confidential"])
def test_a_closed_report_is_in_no_file(data: Server, flag: str) -> None:
    made = open_report(data, **{flag: True})
    shown = open_report(data)

    def there() -> Any:
        publish(data)
        return shown["tracking"] in rows(data)

    until(there, 10, pause=0.5)
    for each in files(data):
        assert made["tracking"] not in published(data, each["name"]).decode("utf-8", "replace"), each["name"]


def test_a_report_that_becomes_private_leaves_the_data_and_its_words_of_a_rejected_one_go(data: Server) -> None:
    one, two = (
        open_report(data, text="Kata-kata yang akan hilang"),
        open_report(data, read=False, text="Kata-kata yang akan ditolak"),
    )
    publish(data)
    assert data.act(one["tracking"], "correct", {"private": True}).status == 200
    assert data.act(two["tracking"], "reject", {"reason": "Bukan urusan kota."}).status == 200

    def gone() -> bool:
        publish(data)
        now = rows(data)
        return one["tracking"] not in now and now.get(two["tracking"], {}).get("status") == "rejected"

    until(gone, 10, pause=0.5)
    assert not rows(data)[two["tracking"]]["problem"]
    for each in files(data):
        text = published(data, each["name"]).decode("utf-8", "replace")
        assert "akan hilang" not in text
        assert "akan ditolak" not in text


def test_disputed_is_in_the_data(data: Server) -> None:
    made = finished(data)
    assert do(data, made["tracking"], made["key"], "dispute", {"reason": "Belum."}).status == 200

    def told() -> Any:
        publish(data)
        return rows(data).get(made["tracking"], {}).get("disputed")

    until(told, 10, pause=0.5)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_explains_the_data(data: Server, lang: str) -> None:
    page = page_of(data, "/open-data", lang).ok()
    for word in ("CSV", "JSON Lines", "GeoJSON", "CC BY", "Atom", "schema.json", "dictionary.csv"):
        assert word in page.words, word
    for name in ("/feeds/all", "/feeds/agency/bina-marga", "/feeds/category/jalan", "/feeds/area/31.71"):
        assert name in page.html


def test_the_analysts_example_runs(data: Server) -> None:
    notebook = json.loads((ROOT / "examples" / "open_data.ipynb").read_text())
    assert notebook["nbformat"] >= 4
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            compile(
                "\n".join(line for line in "".join(cell["source"]).splitlines() if not line.startswith(("%", "!"))),
                "cell",
                "exec",
            )
    ran = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "open_data.py"), data.url, today()[:7]],
        capture_output=True, text=True, timeout=60, check=False, env={**os.environ, "MPLBACKEND": "Agg"},
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr


# feeds


def feed(city: Server, path: str) -> list[ET.Element]:
    answer = city.get(path)
    assert answer.status == 200, (path, answer.status)
    assert "xml" in answer.header("content-type")
    root = ET.fromstring(answer.body)  # noqa: S314 - our own
    assert root.tag == f"{ATOM}feed"
    for needed in ("id", "title", "updated"):
        assert root.find(ATOM + needed) is not None, needed
    entries = root.findall(f"{ATOM}entry")
    for entry in entries:
        for needed in ("id", "title", "updated", "link"):
            assert entry.find(ATOM + needed) is not None, needed
    ids = [entry.findtext(f"{ATOM}id") for entry in entries]
    assert len(set(ids)) == len(ids)
    return entries


def numbers(entries: list[ET.Element]) -> set[str]:
    return {
        found for entry in entries for found in re.findall(r"JKT(?:-[0-9A-Z]{4}){3}", entry.findtext(f"{ATOM}id") or "")
    }


def test_feeds_per_area_agency_and_category_hold_their_own(data: Server) -> None:
    made = open_report(data, category="pohon", text="Pohon <b>miring</b> & rapuh ]]> di taman")
    seen = data.citizen(made["tracking"])
    area, agency = seen["area"]["code"], seen["agency"]["code"]
    kota = ".".join(area.split(".")[:2])

    def has(path: str) -> bool:
        return made["tracking"] in numbers(feed(data, path))

    mine = (
        "/feeds/all",
        f"/feeds/area/{area}",
        f"/feeds/area/{kota}",
        f"/feeds/agency/{agency}",
        "/feeds/category/pohon",
    )
    for path in mine:
        until(partial(has, path), 10, what=path)
    for path in ("/feeds/category/sampah", "/feeds/agency/perhubungan", "/feeds/area/31.01"):
        assert made["tracking"] not in numbers(feed(data, path)), path
    for entry in feed(data, "/feeds/category/pohon"):
        assert "jalan" not in {each.get("term") for each in entry.findall(f"{ATOM}category")}


def test_closed_and_unread_reports_are_in_no_feed(data: Server) -> None:
    hidden = [open_report(data, private=True)["tracking"], open_report(data, confidential=True)["tracking"]]
    shown = open_report(data)["tracking"]
    until(lambda: shown in numbers(feed(data, "/feeds/all")), 10)
    assert not set(hidden) & numbers(feed(data, "/feeds/all"))
    area = data.citizen(shown)["area"]["code"]
    assert not set(hidden) & numbers(feed(data, f"/feeds/area/{'.'.join(area.split('.')[:2])}"))


@pytest.mark.parametrize(
    "path",
    ["/feeds/area/99.99", "/feeds/agency/tidak-ada", "/feeds/category/x", "/feeds/x/y", "/feeds/area/%00", "/feeds/"],
)
def test_a_feed_of_nothing_is_404(data: Server, path: str) -> None:
    assert data.get(path).status in (400, 404, 422)


def test_a_feed_is_not_sent_twice(data: Server) -> None:
    first = data.get("/feeds/category/taman")
    tag = first.header("etag")
    assert tag
    assert data.get("/feeds/category/taman", If_None_Match=tag).status == 304

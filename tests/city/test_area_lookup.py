"""Point → kelurahan: known points always, and agreement with the polygons where their GeoJSON is at hand."""

from __future__ import annotations

import importlib.util
import math
import os
import time
from pathlib import Path
from types import ModuleType

import pytest

from chalicelib.city import City, CityPackError, cells, load

ROOT = Path(__file__).resolve().parents[2]
GEOJSON = Path(os.environ.get("TANGGAP_GEOJSON") or ROOT.parent / "shared" / "gazetteer" / "jakarta_kelurahan.geojson")
needs_geojson = pytest.mark.skipif(
    not GEOJSON.is_file(), reason=f"no boundaries at {GEOJSON}: set TANGGAP_GEOJSON to measure agreement"
)


@pytest.fixture(scope="module")
def city() -> City:
    return load("jakarta")


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_area_cells", ROOT / "scripts" / "build_area_cells.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("lat", "lng", "name"),
    [
        (-6.1754, 106.8272, "Gambir"),  # Monas
        (-6.1950, 106.8231, "Menteng"),  # Bundaran HI
        (-6.1352, 106.8133, "Pinangsia"),  # Kota Tua
        (-5.7450, 106.6130, "Pulau Panggang"),  # Pulau Pramuka
    ],
)
def test_known_points(city: City, lat: float, lng: float, name: str) -> None:
    area = city.area_at(lat, lng)
    assert area is not None
    assert city.areas[area].name == name


@pytest.mark.parametrize(
    ("lat", "lng"),
    [
        (-6.4025, 106.7942),  # Depok
        (-6.3690, 106.8280),  # Universitas Indonesia, Depok, just over the border
        (-6.2383, 106.9756),  # Bekasi
        (-6.1783, 106.6319),  # Tangerang
        (-5.9500, 106.9000),  # the open sea
        (-6.0500, 106.8800),  # the bay, off Tanjung Priok
        (0.0, 0.0),
        (51.5, -0.12),
    ],
)
def test_points_elsewhere_have_no_area(city: City, lat: float, lng: float) -> None:
    assert city.area_at(lat, lng) is None


@pytest.mark.parametrize(
    ("lat", "lng"),
    [
        (106.8272, -6.1754),  # swapped
        (math.nan, 106.8),
        (-6.2, math.nan),
        (math.inf, 106.8),
        (-6.2, -math.inf),
        (-91.0, 106.8),
        (-6.2, 181.0),
        (1e308, 1e308),
        (90.0, 180.0),
    ],
)
def test_what_is_no_point_has_no_area(city: City, lat: float, lng: float) -> None:
    assert city.area_at(lat, lng) is None


def test_a_jetty_belongs_to_its_island_but_the_sea_beyond_does_not(city: City) -> None:
    jetty, beyond = city.area_at(-5.7400, 106.6130), city.area_at(-5.7750, 106.6600)
    assert jetty is not None
    assert city.areas[jetty].name == "Pulau Panggang"
    assert beyond is None


def test_every_kelurahan_is_in_the_table(city: City) -> None:
    table = cells.decode(Path(city.cells_path).read_bytes())
    assert set(table.areas) == {code for code, area in city.areas.items() if area.level == "kelurahan"}
    assert len(table.cells) == len(table.owners)
    assert list(table.cells) == sorted(set(table.cells))


def test_a_look_up_takes_less_than_a_tenth_of_a_millisecond(city: City) -> None:
    city.area_at(-6.2, 106.8)
    spots = [(-6.35 + i * 0.0001, 106.75 + i * 0.0001) for i in range(2000)]
    started = time.thread_time()
    for lat, lng in spots:
        city.area_at(lat, lng)
    assert (time.thread_time() - started) / len(spots) < 0.0001


def test_the_table_is_small(city: City) -> None:
    assert Path(city.cells_path).stat().st_size < 160_000


def test_a_table_survives_its_file() -> None:
    import h3.api.basic_int as h3

    owners = {h3.latlng_to_cell(-6.2 + step / 100, 106.8, 11): f"31.{step % 3}" for step in range(20)}
    table = cells.decode(cells.encode(owners, 11, 11))
    assert {cell: table.owner(cell) for cell in owners} == owners
    assert table.owner(h3.latlng_to_cell(10.0, 10.0, 11)) is None


def test_a_parent_is_h3s_parent() -> None:
    import h3.api.basic_int as h3

    cell = h3.latlng_to_cell(-6.2, 106.8, 12)
    for resolution in range(13):
        assert cells.parent(cell, resolution) == h3.cell_to_parent(cell, resolution)


@pytest.mark.parametrize("damage", ["truncated", "other", "flipped"])
def test_a_damaged_table_is_named(tmp_path: Path, city: City, damage: str) -> None:
    raw = Path(city.cells_path).read_bytes()
    broken = tmp_path / "area_cells.bin"
    bodies = {"truncated": raw[:-5000], "other": b"PK\x03\x04" + raw, "flipped": raw[:-40] + bytes(40)}
    broken.write_bytes(bodies[damage])
    with pytest.raises(CityPackError, match=r"area_cells\.bin"):
        cells.area_at(str(broken), -6.2, 106.8)


@needs_geojson
def test_agreement_with_the_polygons(city: City, script: ModuleType) -> None:
    truth = script.Polygons(script.polygons_of(str(GEOJSON)))
    assert script.agreement(truth, city.cells_path, count=4_000, seed=1) >= 0.98
    assert script.false_finds(truth, city.cells_path, count=600, seed=2) == (0, 0)
    assert script.over_the_border(truth, city.cells_path, count=200, seed=3) == 0


@needs_geojson
def test_the_committed_table_is_what_the_script_makes(city: City, script: ModuleType, tmp_path: Path) -> None:
    script.build(str(GEOJSON), str(tmp_path / "made.bin"), "31.01")
    made, kept = (cells.decode(path.read_bytes()) for path in (tmp_path / "made.bin", Path(city.cells_path)))
    assert made == kept


def test_the_source_and_its_licence_are_named() -> None:
    notice = (ROOT / "chalicelib" / "city" / "jakarta" / "NOTICE").read_text()
    assert "Cahya DSN" in notice
    assert "MIT License" in notice
    assert "wilayah_boundaries" in notice


@pytest.mark.parametrize(
    ("told", "codes"),
    [
        ("31.71.01", ["31.71.01"]),
        ("Gambir (31.71.01)", ["31.71.01"]),
        ("kecamatan Gambir", ["31.71.01"]),
        ("Kecamatan  GAMBIR", ["31.71.01"]),
        ("kelurahan Gambir", ["31.71.01.1001"]),
        ("Gambir", ["31.71.01", "31.71.01.1001"]),
        ("Gambir, Jakarta Pusat", ["31.71.01"]),
        ("Gambir, Kota Administrasi Jakarta Pusat", ["31.71.01"]),
        ("Gambir, Gambir", ["31.71.01.1001"]),
        ("Gambir, kecamatan Gambir", ["31.71.01.1001"]),
        ("Gambir, Gambir, Kota Administrasi Jakarta Pusat", ["31.71.01.1001"]),
        ("Petojo Utara, Jakarta Pusat", ["31.71.01.1003"]),
        ("Kota Administrasi Jakarta Selatan", ["31.74"]),
        ("Jakarta Selatan", ["31.74"]),
        ("Gambir, Jakarta Utara", []),
        ("Atlantis", []),
        ("", []),
        (",", []),
        ("()", []),
        ("Gambir, (", []),
    ],
)
def test_an_area_as_people_write_it(city: City, told: str, codes: list[str]) -> None:
    from chalicelib.city.kelurahan import areas_meant

    assert sorted(area.code for area in areas_meant(city, told)) == codes

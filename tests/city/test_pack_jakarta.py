"""The packaged Jakarta: complete, and true to the field's facts."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from chalicelib.city import City, CityPackError, load, load_from
from chalicelib.city.model import PILLARS
from chalicelib.triage.understanding import understand

PACK = Path(__file__).resolve().parents[2] / "chalicelib" / "city" / "jakarta"


@pytest.fixture(scope="module")
def city() -> City:
    return load("jakarta")


def test_loading_again_gives_the_same_city() -> None:
    assert load("jakarta") is load("jakarta")


def test_loading_is_quick_at_a_cold_start() -> None:
    spans = []
    for _ in range(3):
        started = time.thread_time()
        load_from(PACK)
        spans.append(time.thread_time() - started)
    assert min(spans) < 0.060, "a function's start has 60 ms for the city"


@pytest.mark.parametrize("name", ["atlantis", "../jakarta", "", "Jakarta", "jakarta/texts"])
def test_a_city_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(CityPackError, match="no such city pack"):
        load(name)


def test_a_channel_that_is_switched_off_says_where_to_go(city: City) -> None:
    off = city.switched((), ("telegram", "x", "web")).channels
    assert off["telegram"].instead == "Facebook, Instagram, Media sosial Gubernur"
    assert off["x"].instead == city.channels["x"].instead, "as the pack says it"
    assert "Formulir web" not in off["web"].instead
    social = [name for name, channel in city.channels.items() if channel.group == "media-sosial"]
    assert city.switched((), social).channels["telegram"].instead == "Formulir web, SMS"
    assert all(
        channel.active or channel.instead for channel in city.switched((), tuple(city.channels)[1:]).channels.values()
    )


def test_areas_are_complete(city: City) -> None:
    assert Counter(area.level for area in city.areas.values()) == {"kota": 6, "kecamatan": 44, "kelurahan": 267}


def test_every_area_has_its_own_office(city: City) -> None:
    assert set(city.area_agencies) == set(city.areas)
    assert city.agency_of("31.71.01.1001") == "kelurahan-gambir"
    assert city.agencies["kelurahan-gambir"].parent == "kecamatan-gambir"
    assert city.agency_of("99") is None


def test_categories_are_many_and_in_every_pillar(city: City) -> None:
    assert len(city.categories) >= 60
    assert {category.pillar for category in city.categories.values()} == set(PILLARS)
    assert all(len(set(category.keywords)) >= 5 for category in city.categories.values())


@pytest.mark.parametrize(
    ("code", "agency", "hours"),
    [
        ("jalan", "bina-marga", 168),
        ("sampah", "lingkungan-hidup", 6),
        ("parkir-liar", "perhubungan", 6),
        ("pkl-liar", "satpol-pp", 6),
        ("pohon", "pertamanan-dan-hutan-kota", 168),
        ("saluran-air-kali-sungai", "sumber-daya-air", 168),
        ("pungutan-liar", "inspektorat", 168),
        ("jaringan-listrik", "bp-bumd", 168),
    ],
)
def test_categories_go_to_their_agencies(city: City, code: str, agency: str, hours: float) -> None:
    assert (city.categories[code].agency, city.categories[code].hours) == (agency, hours)
    assert city.agency_for(code, "31.71.01.1001") == agency


def test_what_the_kelurahan_does_goes_to_the_one_of_the_place(city: City) -> None:
    assert city.agency_for("petugas-ppsu", "31.71.01.1001") == "kelurahan-gambir"
    assert city.agency_for("petugas-ppsu", None) is None
    assert city.agency_for("no-such-category", "31.71.01.1001") is None


def test_sensitive_categories(city: City) -> None:
    sensitive = {code for code, category in city.categories.items() if category.sensitive}
    assert {"pungutan-liar", "perlindungan-anak", "tindakan-asusila"} <= sensitive
    assert not sensitive & {"jalan", "sampah", "parkir-liar"}


def test_no_keyword_is_a_word_of_addresses_or_of_counting(city: City) -> None:
    words = {word for category in city.categories.values() for word in category.keywords}
    assert not words & {
        "jalan",
        "gang",
        "rt",
        "rw",
        "kali",
        "taman",
        "pasar",
        "rumah",
        "depan",
        "kelurahan",
        "ktp",
        "api",
    }
    assert not words & {area.name.lower() for area in city.areas.values()}


def test_the_ladder_and_the_clocks(city: City) -> None:
    policy = city.policy
    assert (policy.respond_hours, policy.default_resolve_hours) == (6, 168)
    assert [(rung.level, rung.at, rung.after_hours, rung.to) for rung in policy.ladder] == [
        (0, 0.8, None, ("agency",)),
        (1, None, 0, ("agency",)),
        (2, None, 6, ("biro-pemerintahan",)),
        (3, None, 24, ("gubernur",)),
    ]
    assert policy.auto_dispatch
    assert not policy.photos_required
    assert policy.emergency_number == "112"
    assert date(2026, 8, 17) in policy.holidays
    assert date(2027, 12, 25) in policy.holidays


def test_scaling_makes_clocks_faster_and_leaves_calendars(city: City) -> None:
    fast = city.scaled(0.01)
    assert fast.policy.respond_hours == pytest.approx(0.06)
    assert fast.policy.ladder[2].after_hours == pytest.approx(0.06)
    assert fast.policy.ladder[0].at == 0.8
    assert fast.categories["sampah"].hours == pytest.approx(0.06)
    assert fast.policy.extension_max_days == 30
    assert fast.policy.reopen_days == 14
    assert city.policy.respond_hours == 6


def test_dates_are_in_the_citys_own_time_and_language(city: City) -> None:
    instant = datetime(2026, 11, 21, 7, 30, tzinfo=UTC)
    assert city.when(instant) == "21 November 2026 pukul 14.30 WIB"
    assert city.when(instant, "en") == "21 November 2026, 14:30 WIB"
    assert city.when(datetime(2026, 5, 1, 17, 5, tzinfo=UTC)) == "2 Mei 2026 pukul 00.05 WIB"
    assert city.local_day(datetime(2026, 5, 1, 17, 5, tzinfo=UTC)) == date(2026, 5, 2)


def test_texts_never_fail(city: City) -> None:
    assert city.text("status.waiting") == "Menunggu"
    assert city.text("status.waiting", "en") == "Waiting"
    assert city.text("status.waiting", "jv") == "Menunggu"
    assert city.text("no.such.key") == "no.such.key"
    assert "112" in city.text("page.emergency"), "what the city knows is filled without being given"
    assert city.text("sms.accepted", tracking="{evil}").startswith("Laporan {evil} "), "values are not templates"


def test_what_we_give_as_an_example_is_understood(city: City) -> None:
    example = "; ".join(city.text(f"example.{field}") for field in ("problem", "place", "name", "address"))
    understood = understand(example, city)
    assert understood.category == "jalan"
    assert understood.place is not None
    assert understood.place.is_enough
    assert understood.name == "Budi"
    assert understood.address == "Jl Mawar 2"

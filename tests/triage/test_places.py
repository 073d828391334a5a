"""`find_place`: streets, landmarks and areas in free text, and what only looks like one."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from chalicelib.city import load
from chalicelib.city.model import City
from chalicelib.triage.addresses import strip_house
from chalicelib.triage.places import at_own_home, find_place, place_from

CITY = load("jakarta")


def _found(text: str) -> tuple[str, str, str | None] | None:
    place = find_place(text, CITY)
    return (
        None if place is None else (place.address, place.landmark, CITY.areas[place.area].name if place.area else None)
    )


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("sampah menumpuk di Jl Kemang Raya dekat Indomaret", ("Jl Kemang Raya", "dekat Indomaret", None)),
        ("Jalan Raya Bogor km 20 berlubang", ("Jalan Raya Bogor km 20", "", None)),
        ("jl raya pasar minggu macet", ("jl raya pasar minggu", "", None)),
        ("jalan kemang raya rusak", ("jalan kemang raya", "", None)),
        ("gg kelinci 3 no 12 lampu mati 3 hari", ("gg kelinci 3 no 12", "", None)),
        ("di jl. jend. sudirman depan ratu plaza ada galian", ("jl. jend. sudirman", "depan ratu plaza", None)),
        ("jl panjang kebon jeruk", ("jl panjang", "", "Kebon Jeruk")),
        ("Jl Mawar 2 RT 1/RW 3 Kel. Menteng, Kec. Menteng", ("Jl Mawar 2 RT 1/RW 3", "", "Menteng")),
        ("lampu mati jl mawar 3 hari", ("jl mawar", "", None)),
        ("komplek polri ragunan blok c no 5", ("komplek polri ragunan blok c no 5", "", None)),
        ("banjir rt 14 rw 03 kel rambutan ciracas (jl sd inpres)", ("jl sd inpres", "rt 14 rw 03", "Rambutan")),
        ("A big hole at Jl Tebet Timur Dalam in front of SDN 01", ("Jl Tebet Timur Dalam", "in front of SDN 01", None)),
        ("pohon tumbang depan stasiun manggarai", ("", "depan stasiun manggarai", "Manggarai")),
        ("kabel menjuntai di jpo tendean", ("", "jpo tendean", None)),
        ("lubang di underpass Mampang", ("", "underpass Mampang", None)),
        ("terminal kampung melayu kotor", ("", "terminal kampung melayu", "Kampung Melayu")),
        ("macet di Monas sampai malam", ("", "Monas", "Gambir")),
        ("macet di Bundaran HI", ("", "Bundaran HI", "Menteng")),
        ("lampu mati di blok m", ("", "blok m", None)),
        ("pkl di tanah abang", ("", "tanah abang", None)),
        ("pintu tol Cawang macet", ("", "pintu tol Cawang", None)),
        ("banjir di kebon jeruk", ("", "", "Kebon Jeruk")),
        ("banjir di kb jeruk rt 3 rw 5", ("", "rt 3 rw 5", "Kebon Jeruk")),
        ("kelurahan Kebon Jeruk gelap", ("", "", "Kebon Jeruk")),
        ("kel. Gambir gelap", ("", "", "Gambir")),
        ("ga ada lampu di gambir", ("", "", "Gambir")),
        ("banjir di Kebon Sirih, Menteng, Jakarta Pusat", ("", "", "Kebon Sirih")),
        ("setia budi banjir", ("", "", "Setia Budi")),
        ("jatipulo / jati pulo gelap", ("", "", "Jatipulo")),
    ],
)
def test_places(text: str, place: tuple[str, str, str | None]) -> None:
    assert _found(text) == place


@pytest.mark.parametrize(
    "text",
    [
        "jalan rusak parah",
        "jl rusak",
        "jalan di depan berlubang",
        "Jalan Tol Dalam Kota macet",
        "di tengah jalan ada lubang",
        "air baru keluar, karet ban dan kayu putih berserakan",
        "rambutan saya ditebang, jati juga",
        "ada pulo gunung tengah",
        "jakarta selatan banjir",
        "pungli di kelurahan",
        "sampah di sini sudah lama",
        "mohon di tindak",
        "kebon",
        "",
    ],
)
def test_no_place(text: str) -> None:
    assert find_place(text, CITY) is None


@pytest.mark.parametrize(
    ("text", "area"),
    [
        ("di Cipete Utara dan Cipete Selatan banjir", None),
        ("kec. Menteng banjir", None),
        ("arah Manggarai macet di Jl Tambak", None),
        ("kali Krukut meluap", None),
        ("kel. Bangka, kec. Mampang Prapatan", "Bangka"),
        ("Jl Cipinang Jaya 2", None),
        ("di Cikini, Jakarta Selatan", None),
    ],
)
def test_exactly_one_kelurahan_or_none(text: str, area: str | None) -> None:
    place = find_place(text, CITY)
    found = place.area if place is not None else None
    assert (CITY.areas[found].name if found else None) == area


def test_landmarks_of_the_pack_are_known_in_small_letters() -> None:
    monas = next(code for code, area in CITY.areas.items() if area.name == "Gambir" and area.level == "kelurahan")
    pack = SimpleNamespace(areas=CITY.areas, categories=CITY.categories, landmarks={"Monas": monas})
    place = find_place("macet parah di monas", cast("City", cast("Any", pack)))
    assert place is not None
    assert (place.landmark, place.area) == ("monas", monas)


def test_an_answer_is_a_place_whatever_it_is() -> None:
    assert place_from("warung bu tini", CITY).landmark == "warung bu tini"
    assert place_from("Bangka", CITY).area is not None
    assert not place_from("Kebon Jeruk", CITY).is_enough
    assert place_from("depan Indomaret, Kebon Jeruk", CITY).is_enough
    assert place_from("Jl Kemang Raya 5.", CITY).address == "Jl Kemang Raya 5"


@pytest.mark.parametrize(
    ("text", "home"),
    [
        ("sampah di depan rumah saya", True),
        ("rumah saya di Jl Anggrek 5 kebanjiran", True),
        ("flood in front of my house", True),
        ("rumah sakit di depan pasar", False),
        ("rumah warga kebanjiran", False),
    ],
)
def test_own_home(text: str, home: bool) -> None:
    assert at_own_home(text) is home


@pytest.mark.parametrize(
    ("address", "street"),
    [
        ("Jl Mawar No. 2 RT 1/RW 3", "Jl Mawar"),
        ("Jl Mawar 2", "Jl Mawar"),
        ("Jl Bangka X no 3 Pela Mampang", "Jl Bangka X Pela Mampang"),
        ("Jl Melati Blok C3 No 10, Kelapa Gading Timur", "Jl Melati, Kelapa Gading Timur"),
        ("Gg Kelinci 3 no 12 rt 4 rw 2 Kel. Slipi", "Gg Kelinci Kel. Slipi"),
        ("Kebon Jeruk", "Kebon Jeruk"),
    ],
)
def test_a_street_without_its_house(address: str, street: str) -> None:
    assert strip_house(address) == street

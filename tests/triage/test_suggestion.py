"""`suggest_agency`: the same every time, a distribution whatever the text, reasons for what it is sure of. Texts are
invented; how often it is right about real ones is measured by bench/suggest.py."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.city import City, CityPackError, load, suggestions
from chalicelib.city.overrides import CategoryChange, Overrides, Route, applied
from chalicelib.domain.place import Place
from chalicelib.triage.areas import area_suggestion
from chalicelib.triage.suggestion import Suggestion, features, suggest_agency, sure_enough

CITY = load("jakarta")
WITHOUT = msgspec.structs.replace(CITY, suggestion_path="")
GAMBIR = "31.71.01.1001"
CITIES = pytest.mark.parametrize("city", [CITY, WITHOUT], ids=["learnt", "keywords"])


def best(text: str, category: str | None = None, **more: Any) -> str:
    found = suggest_agency(text, CITY, category=category, **more).best
    return found.agency if found else ""


@pytest.mark.parametrize(
    ("text", "category", "agency"),
    [
        ("jalan berlubang dalam, banyak motor jatuh", "jalan", "bina-marga"),
        ("mobil parkir sembarangan di bahu jalan", None, "perhubungan"),
        ("motor parkir di atas trotoar tiap pagi", "trotoar", "perhubungan"),
        ("pkl jualan di trotoar, pejalan kaki tidak bisa lewat", "trotoar", "satpol-pp"),
        ("keramik trotoar pecah dan lepas", "trotoar", "bina-marga"),
        ("dahan pohon rimbun mengenai kabel", "jaringan-listrik", "pertamanan-dan-hutan-kota"),
        ("lampu jalan padam, gelap gulita", "jaringan-listrik", "bina-marga"),
        ("lampu merah mati di perempatan", "arus-lalu-lintas", "perhubungan"),
        ("saluran air tersumbat lumpur dan meluap", "saluran-air-kali-sungai", "sumber-daya-air"),
        ("sampah menumpuk di gang belum diangkut", "sampah", "kelurahan"),
        ("banyak orang merokok di dalam restoran", None, "satpol-pp"),
        ("spanduk partai dipaku di pohon", "reklame", "satpol-pp"),
        ("sppt pbb salah nama", None, "bapenda"),
        ("air pam mati sudah tiga hari", None, "pam-jaya"),
    ],
)
def test_who_handles_it(text: str, category: str | None, agency: str) -> None:
    assert best(text, category) == agency


def test_the_citizens_category_counts_and_can_be_outweighed() -> None:
    assert best("mohon ditindaklanjuti", "pohon") == "pertamanan-dan-hutan-kota"
    assert best("pohon tumbang, dahan dan ranting patah menutup jalan", "parkir-liar") == "pertamanan-dan-hutan-kota"
    assert ("against", "parkir-liar") in suggest_agency(
        "pohon tumbang, dahan patah", CITY, category="parkir-liar"
    ).reasons


def test_the_kelurahan_of_the_place_is_named() -> None:
    found = suggest_agency("sampah menumpuk di gang belum diangkut", CITY, category="sampah", area=GAMBIR)
    assert found.choices[0].agency == "kelurahan-gambir"
    assert ("area", GAMBIR) in found.reasons
    assert not sure_enough(found, CITY)


@CITIES
@given(text=st.text(max_size=400), category=st.sampled_from([None, "", "jalan", "sampah", "no-such", "pbb"]))
def test_any_text_has_a_distribution(city: Any, text: str, category: str | None) -> None:
    found = suggest_agency(text, city, category=category)
    chances = [choice.confidence for choice in found.choices]
    assert chances == sorted(chances, reverse=True)
    assert all(0 < chance < 1 for chance in chances)
    assert sum(chances) <= 1.001
    assert len({choice.agency for choice in found.choices}) == len(chances) <= 3
    assert all(choice.agency in city.agencies for choice in found.choices)
    assert all(choice.category == "" or choice.category in city.categories for choice in found.choices)
    assert found == suggest_agency(text, city, category=category)


@CITIES
def test_nothing_said_nothing_suggested(city: Any) -> None:
    assert suggest_agency("", city) == Suggestion()
    assert suggest_agency("?!", city, category="no-such") == Suggestion()
    assert suggest_agency("", city, category="jalan").choices


@CITIES
@pytest.mark.parametrize("category", sorted(CITY.categories))
def test_every_category_is_suggested_by_itself(city: Any, category: str) -> None:
    found = suggest_agency(CITY.categories[category].label["id"], city, category=category)
    assert found.choices
    assert any(kind in ("category", "against") for kind, _ in found.reasons)


def test_who_is_sure_says_why() -> None:
    told = json.loads(Path(CITY.suggestion_path).read_bytes())
    for word in list(told["words"])[::25]:
        found = suggest_agency(word, CITY)
        if found.confidence > 0.6:
            assert found.reasons, word


def test_long_texts_cost_no_more_than_what_is_read() -> None:
    assert len(features("kata " * 4000)) <= 600
    words = " ".join(f"kata{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}x" for n in range(4000))
    assert len(features(words)) <= 600
    assert suggest_agency(words[:2000], CITY, category="jalan") == suggest_agency(words, CITY, category="jalan")


def test_every_code_of_the_file_is_the_packs() -> None:
    weights = suggestions.read(CITY.suggestion_path)
    assert set(weights.agencies) <= set(CITY.agencies)
    assert set(weights.chosen) <= set(CITY.categories)
    assert all(CITY.agencies[code].kind != "oversight" for code in weights.agencies)
    assert Path(CITY.suggestion_path).stat().st_size < 400_000


def _file(folder: Path, **changed: Any) -> Path:
    told = {"edition": "x", "agencies": ["a", "b"], "categories": ["c"], "bias": [0, 0], "chosen": {}, "words": {}}
    (folder / suggestions.NAME).write_text(json.dumps(told | changed))
    return folder


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"agencies": ["a", "z"]}, "unknown agency 'z'"),
        ({"categories": ["z"]}, "unknown category 'z'"),
        ({"bias": [1]}, "one bias for each"),
        ({"agencies": "a"}, "no suggestion file"),
    ],
)
def test_a_wrong_file_is_refused_when_the_pack_is_loaded(tmp_path: Path, changed: Any, reason: str) -> None:
    with pytest.raises(CityPackError, match=reason):
        suggestions.check(_file(tmp_path, **changed), {"a", "b"}, {"c"})


@pytest.mark.parametrize("words", [{"w": [0]}, {"w": [2, 5]}, {"w": [-1, 5]}, {"w": "x"}])
def test_wrong_weights_are_refused_when_they_are_read(tmp_path: Path, words: Any) -> None:
    path = suggestions.check(_file(tmp_path, words=words), {"a", "b"}, {"c"})
    with pytest.raises(CityPackError, match=suggestions.NAME):
        suggestions.read(path)


def test_a_pack_may_do_without(tmp_path: Path) -> None:
    assert suggestions.check(tmp_path, (), ()) == ""


def test_where_it_is() -> None:
    point = Place(lat=-6.1754, lng=106.8272, in_city=True)
    assert area_suggestion(msgspec.structs.replace(point, area=GAMBIR), "di kel. Menteng", CITY) == ("point", None)
    assert area_suggestion(msgspec.structs.replace(point, area=GAMBIR, from_photo=True), "", CITY) == ("photo", None)
    assert area_suggestion(Place(area="31.71.06.1001"), "sampah di kelurahan Menteng", CITY) == ("text", None)
    assert area_suggestion(Place(area=GAMBIR), "sampah di kelurahan Menteng", CITY) == ("given", None)
    assert area_suggestion(Place(area=GAMBIR), "", CITY) == ("given", None)
    source, found = area_suggestion(Place(), "sampah di kelurahan Menteng", CITY)
    assert (source, found and found.area) == ("ask", "31.71.06.1001")
    assert area_suggestion(Place(), "sampah menumpuk", CITY) == ("ask", None)
    assert area_suggestion(Place(lat=0, lng=0), "di kelurahan Menteng", CITY) == ("ask", None)


def test_reasons_show_words_as_they_are_written() -> None:
    for text in ("Keramik trotoar pecah dan terlepas", "KERAMIK trotoarnya pecah"):
        reasons = dict(suggest_agency(text, CITY, category="trotoar").reasons)
        shown = reasons["words"].replace(",", "").split()
        assert shown
        assert set(shown) <= set(text.lower().split()), reasons


def test_a_category_that_an_admin_gave_to_another_agency_is_suggested_there() -> None:
    text = "jalan berlubang dalam, banyak motor jatuh"
    moved = applied(CITY, Overrides(routing={"jalan": Route(agency="perhubungan")}))
    for category in ("jalan", None):
        before, after = (suggest_agency(text, city, category=category) for city in (CITY, moved))
        assert before.best
        assert after.best
        assert (before.best.agency, after.best.agency, after.best.category) == ("bina-marga", "perhubungan", "jalan")
        assert after.best.confidence >= before.best.confidence
        assert len({each.agency for each in after.choices}) == len(after.choices)
    by_category = applied(CITY, Overrides(categories={"jalan": CategoryChange(agency="perhubungan")}))
    assert suggest_agency(text, by_category, category="jalan").choices[0].agency == "perhubungan"
    other = suggest_agency("pkl jualan di trotoar, pejalan kaki tidak bisa lewat", moved, category="trotoar")
    assert other.choices[0].agency == "satpol-pp", "what rests on the words goes where it went"


@CITIES
def test_a_route_of_one_area_counts_there_alone(city: City) -> None:
    moved = applied(city, Overrides(routing={"jalan": Route(areas={"31.71.01": "perhubungan"})}))
    text = "jalan berlubang dalam, banyak motor jatuh"
    found = [suggest_agency(text, moved, category="jalan", area=area) for area in (GAMBIR, "31.71.06.1001", None)]
    assert [each.choices[0].agency for each in found] == ["perhubungan", "bina-marga", "bina-marga"]
    assert "area" not in dict(found[0].reasons)

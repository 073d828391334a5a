"""`suggest`: the pack's keywords decide, longer and rarer ones more; words are whole words."""

from __future__ import annotations

import pytest

from chalicelib.city import load
from chalicelib.triage.categories import suggest

CITY = load("jakarta")


def _best(text: str) -> str | None:
    ranked = suggest(text, CITY)
    return ranked[0][0] if ranked else None


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("jln rusak parah", "jalan"),
        ("smpah numpuk", "sampah"),
        ("lampu pju mati", "penerangan-jalan-umum"),
        ("bnjir sepinggang", "banjir"),
        ("pohon mau tumbang", "pohon"),
        ("parkir liar di trotoar, mobil parkir liar", "parkir-liar"),
        ("got mampet", "saluran-air-kali-sungai"),
        ("pungli", "pungutan-liar"),
        ("garbage everywhere", "sampah"),
        ("street light is dead", "penerangan-jalan-umum"),
    ],
)
def test_what_it_is_about(text: str, category: str) -> None:
    assert _best(text) == category


@pytest.mark.parametrize("text", ["", "halo", "sekali lagi", "di jl tebet raya", "Budi, Jl Mawar 2"])
def test_nothing_recognised(text: str) -> None:
    assert suggest(text, CITY) == []


def test_ranked_with_confidence() -> None:
    ranked = suggest("sampah menumpuk, banjir, pohon tumbang", CITY)
    confidences = [confidence for _, confidence in ranked]
    assert len({code for code, _ in ranked}) == len(ranked) >= 3
    assert confidences == sorted(confidences, reverse=True)
    assert all(0 < confidence < 1 for confidence in confidences)
    assert suggest("sampah", CITY)[0][1] > confidences[0]


def test_every_category_is_found_by_each_of_its_labels() -> None:
    missed = [
        code for code, category in CITY.categories.items() if code not in dict(suggest(category.label["id"], CITY))
    ]
    assert missed == []


def test_every_keyword_suggests_its_category() -> None:
    missed = [
        (code, keyword)
        for code, category in CITY.categories.items()
        for keyword in category.keywords
        if code not in dict(suggest(keyword, CITY))
    ]
    assert missed == []

"""`known`: the reporter's own details are found as a regular expression made for this reporter would find them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.triage.identifiers import Span
from chalicelib.triage.known import known_of


def _found(text: str, *values: str) -> list[str]:
    return [f"{span.kind}: {text[span.start : span.end]}" for span in known_of(values).find(text)]


@pytest.mark.parametrize(
    ("text", "values", "found"),
    [
        ("BUDI   SANTOSO", ["Budi Santoso"], ["nama: BUDI   SANTOSO"]),
        ("BudiSantoso", ["Budi Santoso"], ["nama: BudiSantoso"]),
        ("budi, budi-santoso", ["Budi Santoso"], ["nama: budi", "nama: budi-santoso"]),
        ("budi .. - santoso", ["Budi Santoso"], ["nama: budi", "nama: santoso"]),
        ("2budi9 budiman xbudi", ["Budi"], ["nama: budi"]),
        ("al", ["Al Bi"], []),
        ("pak ibu dan", ["Pak Ibu Dan Budi"], []),
        ("İBRAHİM dan ıda", ["Ibrahim Ida"], ["nama: İBRAHİM", "nama: ıda"]),
        ("jlmawar2 jalan mawar,2a", ["Jl. Mawar 2"], ["alamat: jlmawar2", "alamat: jalan mawar,2"]),
        ("jlnusa 5", ["Jl Nusa 5"], ["alamat: jlnusa 5"]),
        ("jl mawar 2 rt 1", ["Jl Mawar 2 RT 1 RW 3 no 5"], ["alamat: jl mawar 2"]),
        ("jl mawar 2 rt 1 rw 3 no 5", ["Jl Mawar 2 RT 1 RW 3 no 5"], ["alamat: jl mawar 2 rt 1 rw 3 no 5"]),
        ("jl mawar 22, 1 jl mawar", ["Jl Mawar 2"], []),
        ("(+62) 812-3456 7890", ["0812 3456 7890"], ["telepon: (+62) 812-3456 7890"]),
        ("(+62 812-3456 7890", ["0812 3456 7890"], ["telepon: (+62 812-3456 7890"]),
        ("08123456789012", ["0812 3456 7890"], []),
        ("0812 3456 78900", ["0812 3456 7890"], []),
        ("3174 0512 0385 0001", ["3174051203850001"], ["NIK: 3174 0512 0385 0001"]),
        ("B@X.ID, b x id", ["b@x.id"], ["surel: B@X.ID", "surel: b x id"]),
        ("__b@x__", ["_b@x_"], ["surel: _b@x_"]),
        ("Mawar 5", ["Mawar", "Mawar 5"], ["nama: Mawar"]),
        ("Mawar 5", ["Mawar 5", "Mawar"], ["alamat: Mawar 5"]),
    ],
)
def test_found(text: str, values: list[str], found: list[str]) -> None:
    assert _found(text, *values) == found


SEP = r"[\W_]{0,3}"


def _reference(name: str, phone: str) -> re.Pattern[str]:
    words = re.findall(r"[^\W_]+", name)
    phrases = [SEP.join(words), *(word for word in sorted(words, key=len, reverse=True) if len(word) >= 3)]
    letters = "|".join(rf"(?<![^\W\d_]){phrase}(?![^\W\d_])" for phrase in phrases)
    lead = rf"(?:\(?(?:\+ ?)?(?:0062|62|0){SEP})?"
    return re.compile(rf"(?P<nama>{letters})|(?P<telepon>(?<!\d){lead}{SEP.join(phone)}(?!\d))", re.IGNORECASE)


PARTS = [
    "ABI",
    "abi",
    "bi",
    "bia",
    "ab",
    "81",
    "2345",
    "812345",
    "0",
    "62",
    "0062",
    "(",
    "+",
    " ",
    "-",
    ".  ",
    "    ",
    "_",
    "1",
    "x",
]


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.sampled_from(PARTS), max_size=14).map("".join),
    st.sampled_from(["Abi", "Abi Bia", "bi ab", "Bia Abi Bia", "Ab Abi"]),
)
def test_it_finds_what_a_regular_expression_would(text: str, name: str) -> None:
    wanted = [
        Span(found.start(), found.end(), found.lastgroup or "") for found in _reference(name, "812345").finditer(text)
    ]
    assert known_of((name, "0062 812345")).find(text) == wanted

"""`clean`: nothing a person typed is lost, what no person can type is gone."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.triage.clean import clean


@pytest.mark.parametrize(
    ("dirty", "tidy"),
    [
        ("  sampah   menumpuk ", "sampah menumpuk"),
        ("a\x00b\x07c", "abc"),
        ("jalan\ud83d rusak", "jalan rusak"),
        ("banjir \ud83d\ude22", "banjir 😢"),
        ("satu\r\ndua\rtiga\u2028empat", "satu\ndua\ntiga\nempat"),
        ("a\n\n\n\n\nb", "a\n\nb"),
        ("cafe\u0301", "café"),
        ("0812\u200b3456\ufeff7890", "081234567890"),
        ("nomor\u202e4321", "nomor4321"),
        ("a\tb\u00a0c", "a b c"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),
        ("", ""),
        ("\x00\ud800", ""),
    ],
)
def test_what_is_cleaned(dirty: str, tidy: str) -> None:
    assert clean(dirty) == tidy


def test_ten_thousand_characters_stay() -> None:
    text = "Jalan rusak. " * 770
    assert clean(text) == text.strip()
    assert len(clean("x" * 50_000)) == 50_000


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(), max_size=200) | st.text("ab \n\t\x00\ud800\udc00e\u0301\u200b", max_size=40))
def test_the_result_can_be_stored_anywhere(text: str) -> None:
    tidy = clean(text)
    tidy.encode("utf-8")
    assert "\x00" not in tidy
    assert unicodedata.is_normalized("NFC", tidy)
    assert clean(tidy) == tidy

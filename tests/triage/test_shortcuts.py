"""The looks that spare the work: none of them may deny what the whole work would have found."""

from __future__ import annotations

import re
from itertools import product
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chalicelib.triage import emergency, identifiers, introductions
from chalicelib.triage.clean import fold
from tests.triage.test_emergency import CALM, DANGER
from tests.triage.test_masking import EMAILS, ORDINARY, PHONES, PLATES

TEXTS = [text for text in [*DANGER, *CALM, *ORDINARY] if text]


def _emergency_without_shortcut(text: str) -> bool:
    emergency.may_be_emergency("")  # fills the tables
    return emergency.endangers(text.lower())


def _words_of(group: str) -> list[str]:
    emergency.may_be_emergency("")
    return [word for word, groups in emergency._WORDS.items() if group in groups]


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_is_an_emergency_with_and_without_the_shortcut(text: str) -> None:
    for spelt in (text, text.upper(), f"Selamat siang. {text}, terima kasih", text.replace(" ", "\n")):
        assert emergency.is_emergency(spelt) == _emergency_without_shortcut(spelt)


@pytest.mark.parametrize("groups", [groups for _, groups in emergency._RULES], ids=" ".join)
def test_every_word_of_every_rule_passes_the_shortcut(groups: tuple[str, ...]) -> None:
    chance = Random(3)
    words = [_words_of(group) for group in groups]
    assert all(words)
    for place, group in enumerate(words):
        for word in group:
            said = [chance.choice(others) for others in words]
            said[place] = word
            chance.shuffle(said)
            for joint in ("-", " "):
                text = " ".join(said).replace("-", joint)
                assert emergency.may_be_emergency(text), text


def test_two_words_that_the_table_joins_pass_the_shortcut() -> None:
    danger = [phrase for phrase in emergency._FIXED if phrase.replace(" ", "-") in emergency._WORDS]
    assert len(danger) > 30
    for phrase, before, after in product(danger, ("", "ada ", "orang, "), ("", " di jalan", "!")):
        text = before + phrase + after
        assert emergency.is_emergency(text) == _emergency_without_shortcut(text), text


TABLE = emergency._GROUPS.replace(":", " ").split()
OTHERS = ["di", "ada", "saya", "sudah", "kemarin", "bisa", "tidak", ".", ",", "tapi", "sekarang"]
EMERGENCY_WORDS = st.sampled_from([*TABLE, *(word.replace("-", " ") for word in TABLE if "-" in word), *OTHERS])


@settings(max_examples=400, deadline=None)
@given(st.lists(EMERGENCY_WORDS, max_size=9), st.sampled_from([" ", ", ", "-", "  "]))
def test_made_up_texts_are_emergencies_with_and_without_the_shortcut(words: list[str], joint: str) -> None:
    text = joint.join(words)
    assert emergency.is_emergency(text) == _emergency_without_shortcut(text)


FORMS = [form for forms in introductions._LABELS.values() for form in forms]
FREE = [form for form in FORMS if not form.endswith(introductions._COLON)]
LETTERS = st.characters(max_codepoint=127)


@pytest.mark.parametrize("form", FREE)
def test_every_label_begins_with_a_stem(form: str) -> None:
    whole = re.compile(introductions._BEGINS + introductions._any_label({"any": FREE}))

    @settings(max_examples=60, deadline=None, database=None)
    @given(st.from_regex(form, fullmatch=True, alphabet=LETTERS))
    def begins(label: str) -> None:
        assert whole.match(label) is not None
        assert introductions._LABEL_WITHOUT_COLON.match(label) is not None

    begins()


@pytest.mark.parametrize("form", [form for form in FORMS if form not in FREE])
def test_the_other_labels_have_a_colon(form: str) -> None:
    @settings(max_examples=60, deadline=None, database=None)
    @given(st.from_regex(form, fullmatch=True, alphabet=LETTERS))
    def has_one(label: str) -> None:
        assert ":" in label or "=" in label

    has_one()


NUMBERS = ["_MOBILE", "_LANDLINE", "_FOREIGN", "_TOLD", "_NIK", "_LONG", "_GROUPED"]


@pytest.mark.parametrize("name", NUMBERS)
def test_every_number_has_many_digits(name: str) -> None:
    pattern = re.compile(getattr(identifiers, name)._pattern)

    @settings(max_examples=80, deadline=None, database=None)
    @given(st.from_regex(pattern, fullmatch=True))
    def has_many(number: str) -> None:
        assert identifiers._MANY_DIGITS.search(number) is not None

    has_many()


GAPS = st.sampled_from(["", " ", ".", "-"])


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(identifiers._REGION.split("|")),
    GAPS,
    st.integers(1, 9999),
    GAPS,
    st.text("ABXYZ", min_size=1, max_size=3),
)
def test_every_plate_ends_like_one(region: str, gap: str, number: int, gap2: str, ending: str) -> None:
    plate = f"{region}{gap}{number}{gap2}{ending}"
    for spelt in (plate, plate.lower()):
        assert identifiers._PLATE.fullmatch(spelt) is not None
        assert identifiers._PLATE_END.search(spelt) is not None


@settings(max_examples=200, deadline=None)
@given(st.from_regex(re.compile(identifiers._PLATE_TOLD._pattern, re.IGNORECASE), fullmatch=True))
def test_every_told_plate_is_told_with_such_a_word(plate: str) -> None:
    assert any(word in fold(plate) for word in identifiers._PLATE_WORDS)


@pytest.mark.parametrize("identifier", [*PHONES, *EMAILS, *PLATES])
def test_identifiers_are_found_in_capitals_too(identifier: str) -> None:
    assert identifiers.identifiers(f"hubungi {identifier} ya")
    assert identifiers.identifiers(f"HUBUNGI {identifier.upper()} YA")


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=30))
@example("İSTANBUL ıßﬁ ſ K ΑΣ")
def test_folded_text_keeps_its_places(text: str) -> None:
    folded = fold(text)
    assert len(folded) == len(text)
    assert fold(folded) == folded
    assert all(
        small in (char, char.lower(), char.casefold()) or char in "İı" for char, small in zip(text, folded, strict=True)
    )

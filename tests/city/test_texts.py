"""Every wording: complete in both languages, and every SMS one segment, whatever it is filled with."""

from __future__ import annotations

import itertools
import re
from datetime import UTC, datetime
from string import Formatter

import pytest

from chalicelib.channels.gsm7 import fill, fit, septets
from chalicelib.city import City, load
from chalicelib.city.wordings import PLACEHOLDERS

CITY = load("jakarta")
LANGUAGES = CITY.policy.languages
FIELDS = ("problem", "place", "name", "address")
TRACKING = "JKT-7K3M-92QX-4HTC"
# September has the longest name, two digits the longest day.
LONGEST_DAY = datetime(2026, 9, 30, 7, 30, tzinfo=UTC)
FREE = ("note", "question", "reason")


def longest(city: City, lang: str) -> dict[str, str]:
    date = city.when(LONGEST_DAY, lang)
    values = dict.fromkeys(("date", "deadline", "respond_by", "resolve_by"), date)
    return values | {
        "tracking": TRACKING,
        "leader": TRACKING,
        "agency": max((agency.short for agency in city.agencies.values()), key=septets),
        "category": max((category.label[lang] for category in city.categories.values()), key=len),
        "area": max((area.name for area in city.areas.values() if area.level == "kelurahan"), key=len),
        "level": "3",
        "missing": ", ".join(city.text(f"field.{field}", lang) for field in FIELDS),
        "example": "; ".join(city.text(f"example.{field}", lang) for field in FIELDS),
        "note": "",
        "question": "",
        "reason": "",
    }


def holds_blocked(text: str) -> list[str]:
    return [word for word in CITY.policy.sms_blocked_words if word in text.lower()]


SMS = [(lang, key) for lang in LANGUAGES for key in PLACEHOLDERS if key.startswith(("sms.", "agency_sms.", "answer."))]


def test_languages_have_the_same_keys() -> None:
    assert LANGUAGES == ("id", "en")
    assert set(CITY.texts["id"]) == set(CITY.texts["en"]) == set(PLACEHOLDERS)


@pytest.mark.parametrize("key", sorted(PLACEHOLDERS))
def test_both_languages_use_the_same_placeholders_and_only_declared_ones(key: str) -> None:
    used = [{name for _, name, _, _ in Formatter().parse(CITY.texts[lang][key]) if name} for lang in LANGUAGES]
    assert used[0] == used[1]
    assert used[0] <= PLACEHOLDERS[key]


@pytest.mark.parametrize(("lang", "key"), SMS)
def test_an_sms_is_one_segment_and_has_no_blocked_word(lang: str, key: str) -> None:
    text = CITY.text(key, lang, **longest(CITY, lang))
    assert septets(text) <= 160
    blocked_in_values = holds_blocked(longest(CITY, lang)["area"]) if "{area}" in CITY.texts[lang][key] else []
    assert holds_blocked(text) == blocked_in_values
    assert not re.search(r"http|www", text), "an answer stands without a link"


@pytest.mark.parametrize(("lang", "key"), [pair for pair in SMS if not pair[1].startswith("answer.")])
def test_an_sms_to_a_citizen_names_its_report(lang: str, key: str) -> None:
    assert TRACKING in CITY.text(key, lang, **longest(CITY, lang))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", ["incomplete", "incomplete_emergency", "completion_reminded", "empty"])
@pytest.mark.parametrize("missing", [c for n in range(1, 5) for c in itertools.combinations(FIELDS, n)])
def test_whatever_is_missing_is_asked_in_one_sms(lang: str, key: str, missing: tuple[str, ...]) -> None:
    asked = ", ".join(CITY.text(f"field.{field}", lang) for field in missing)
    example = "; ".join(CITY.text(f"example.{field}", lang) for field in missing)
    text = CITY.text(f"sms.{key}", lang, tracking=TRACKING, missing=asked, example=example)
    assert septets(text) <= 160
    assert asked in text
    assert example in text
    assert not holds_blocked(text)


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", ["noted", "asked", "rejected"])
def test_free_text_is_cut_to_what_fits_and_the_rest_stays(lang: str, key: str) -> None:
    free = "Mohon sebutkan nomor rumah “terdekat” – " + "panjang " * 60
    values = longest(CITY, lang)
    text = fill(
        lambda words: CITY.text(f"sms.{key}", lang, **(values | dict.fromkeys(FREE, words))),
        free,
        blocked=CITY.policy.sms_blocked_words,
    )
    assert 130 < septets(text) <= 160
    assert TRACKING in text
    assert '"terdekat"' in text
    assert not holds_blocked(text)
    assert text.endswith("...")


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("key", [key for key in PLACEHOLDERS if "emergency" in key and key.split(".")[0] != "page"])
def test_danger_to_life_is_answered_with_the_emergency_number_first(lang: str, key: str) -> None:
    text = CITY.text(key, lang, **longest(CITY, lang))
    assert "112" in text
    if key.startswith("sms."):
        assert text.index("112") < text.index(TRACKING)


@pytest.mark.parametrize("key", [key for key in PLACEHOLDERS if key.startswith("agency.") and key.endswith(".subject")])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_topic_takes_every_subject(lang: str, key: str) -> None:
    subject = CITY.text(key, lang, **longest(CITY, lang))
    assert subject.isascii()
    assert subject.isprintable()
    assert len(subject) <= 100


def test_no_english_in_indonesian() -> None:
    english = re.compile(r"\b(the|and|your|report|please|thank|you|is|was|will|agency|deadline|done|by|of)\b", re.I)
    names = {"page.language_en"}
    hits = {
        key: found[0]
        for key, text in CITY.texts["id"].items()
        if key not in names and (found := english.search(re.sub(r"\{[^}]*\}", "", text)))
    }
    assert hits == {}


def test_indonesian_is_formal() -> None:
    rude = re.compile(r"\b(kamu|anda lo|gue|lu|kalian|aja|nggak|gak)\b", re.I)
    assert not [key for key, text in CITY.texts["id"].items() if rude.search(text)]
    assert all("Bapak/Ibu" in CITY.texts["id"][key] for key in ("email.greeting", "sms.received", "sms.completed"))


def test_septets_count_extended_characters_twice_and_refuse_others() -> None:
    assert septets("abc") == 3
    assert septets("{€}") == 6
    with pytest.raises(ValueError, match="“"):
        septets("“kutip”")


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("“Jalan” – rusak…", '"Jalan" - rusak...'),
        ("Café Tōkyō", "Café Tokyo"),
        ("sampah 🚮 banyak", "sampah  banyak"),
        ("½ meter", "12 meter"),
        ("", ""),
        ("\x00a\ud800b", "ab"),
    ],
)
def test_fit_makes_text_plain(text: str, plain: str) -> None:
    assert fit(text) == plain


@pytest.mark.parametrize("limit", [0, 2, 3, 10, 40, 160])
@pytest.mark.parametrize("text", ["kata " * 80, "x" * 300, "€" * 200, "{" * 5, "singkat"])
def test_fit_never_passes_the_limit(text: str, limit: int) -> None:
    cut = fit(text, limit)
    assert septets(cut) <= limit
    if septets(text.strip()) > limit >= 10:
        assert cut.endswith("...")


def test_fit_cuts_between_words() -> None:
    assert fit("Silakan " + "x" * 200, 40) == "Silakan..."
    assert fit("Silakan hubungi kelurahan setempat", 30) == "Silakan hubungi kelurahan..."

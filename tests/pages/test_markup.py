"""What holds for every page in both languages: well-formed, one language, headings in order, nothing from elsewhere."""

from __future__ import annotations

import re
from datetime import datetime
from itertools import pairwise

import pytest

from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Busy, Invalid, ReportError, Unknown
from chalicelib.pages import report as page
from tests.pages import scenes
from tests.pages.reading import Html
from tests.pages.scenes import CITY, SCENES

LANGUAGES = ("id", "en")
TYPED = {"length": "JKT-7K3M-92QX", "character": "JKT-7K3M-92QX-4HTU", "check": "JKT-7K3M-92QX-4HTD"}


def slip(kind: str) -> Invalid:
    with pytest.raises(Invalid) as caught:
        numbers.parse(TYPED[kind], CITY.prefix)
    assert caught.value.details["slip"] == kind
    return caught.value


def not_found() -> Unknown:
    return Unknown("There is no report with this tracking number.", details={"tracking": scenes.TRACKING})


def pages(lang: str) -> dict[str, str]:
    """Every kind of page."""
    found = {}
    for name, scene in SCENES.items():
        report, now = scene()
        view = scenes.view_of(report, now, lang)
        found[name] = scenes.page_of(view, now, lang)
        found[f"{name} with the key"] = scenes.page_of(scenes.own_view(report, now, lang), now, lang, own=scenes.OWN)
    errors: dict[str, ReportError] = {kind: slip(kind) for kind in TYPED}
    errors |= {"not found": not_found(), "busy": Busy("Try again.", retry_after=3), "other": ReportError("No.")}
    found |= {name: page.error(error, CITY, lang) for name, error in errors.items()}
    return found | scenes.forms(lang) | {"form": page.error(not_found(), CITY, lang, search="../reports")}


PAGES = [(name, lang, html) for lang in LANGUAGES for name, html in pages(lang).items()]
every_page = pytest.mark.parametrize(
    ("lang", "html"), [(lang, html) for _, lang, html in PAGES], ids=[f"{name}-{lang}" for name, lang, _ in PAGES]
)


@every_page
def test_it_is_well_formed_and_in_one_language(lang: str, html: str) -> None:
    parsed = Html(html)
    assert html.startswith("<!doctype html>")
    assert parsed.lang == lang
    assert parsed.title.strip().endswith("Tanggap")
    assert len(set(parsed.ids)) == len(parsed.ids)
    assert set(parsed.labelled_by) <= set(parsed.ids)
    assert re.search(r"\b(page|status|event|office|error|form)\.[a-z]", parsed.text) is None, "a key without its text"
    assert "{" not in parsed.text
    assert "None" not in parsed.text


@every_page
def test_its_headings_and_landmarks_are_in_order(lang: str, html: str) -> None:
    parsed = Html(html)
    levels = [level for level, _ in parsed.headings]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))
    assert [words for _, words in parsed.headings if not words] == []
    for landmark in ("header", "main", "footer"):
        assert parsed.tags.count(landmark) == 1
    assert parsed.tags.count("nav") == len(re.findall(r'<nav[^>]* aria-label="', html)) >= 1
    assert parsed.links[0] == "#main"
    assert "main" in parsed.ids
    assert [source for source, alt in parsed.images if not alt] == []
    assert [at for at in parsed.times if datetime.fromisoformat(at).tzinfo is None] == []


@every_page
def test_it_runs_nothing_and_asks_nobody_else(lang: str, html: str) -> None:
    parsed = Html(html)
    assert {"iframe", "object", "embed", "base"}.isdisjoint(parsed.tags)
    assert re.findall(r'<script(?! src="/api/static/| type="application/json")', html) == [], (
        "no script but our own files"
    )
    assert parsed.handlers == []
    assert [source for source in parsed.sources if re.match(r"(https?:|//|javascript:)", source)] == []
    assert "@import" not in html
    assert "url(" not in html
    assert len(html.encode()) <= (44_000 if "<datalist" in html else 30_000), "the names of 267 kelurahan apart"


def words_of(texts: list[str]) -> set[str]:
    plain = (re.sub(r"\{[^}]*\}", " ", text) for text in texts)
    return {word for text in plain for word in re.findall(r"[a-z]{3,}", text.lower())}


def test_there_is_no_english_word_on_an_indonesian_page() -> None:
    indonesian = words_of([*CITY.texts["id"].values(), CITY.name_formal])
    indonesian |= words_of([agency.name for agency in CITY.agencies.values()])
    indonesian |= words_of([category.label["id"] for category in CITY.categories.values()])
    indonesian |= words_of([area.name for area in CITY.areas.values()])
    english = words_of([*CITY.texts["en"].values(), *(agency.name_en for agency in CITY.agencies.values())])
    english |= words_of([category.label["en"] for category in CITY.categories.values()])
    foreign = english - indonesian | {"tracking", "report", "overdue", "skip", "language"}
    for name, lang, html in PAGES:
        if lang == "id":
            parsed = Html(html)
            seen = parsed.text.replace(scenes.URL, "")  # its address, for print
            said = words_of([seen, parsed.title, *parsed.spoken]) - {"english"}  # the other language's own name
            assert said & foreign == set(), name


def test_an_english_page_says_its_own_words_in_english() -> None:
    for name, lang, html in PAGES:
        if lang == "en":
            text = Html(html).text
            for key in ("page.deadlines", "page.emergency", "page.privacy"):
                assert CITY.text(key, "id") not in text, name
            assert "pukul" not in text, name


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", TYPED)
def test_a_malformed_number_is_told_what_is_wrong_and_what_is_right(kind: str, lang: str) -> None:
    html = page.error(slip(kind), CITY, lang)
    parsed = Html(html)
    assert CITY.text(f"page.malformed_{kind}", lang) in parsed.text
    others = [other for other in TYPED if other != kind and CITY.text(f"page.malformed_{other}", lang) in parsed.text]
    assert others == []
    assert f"{CITY.prefix}-{page.SAMPLE}" in parsed.text
    assert CITY.text("page.again_address", lang) in parsed.text
    assert f"tel:{CITY.policy.emergency_number}" in parsed.links
    assert "form" not in parsed.tags
    if lang == "id":
        assert str(slip(kind).details["tracking"]) not in parsed.text  # that reason is English


def test_an_unknown_number_is_named_as_it_was_read() -> None:
    assert CITY.text("page.not_found_hint", tracking=scenes.TRACKING) in Html(page.error(not_found(), CITY, "id")).text


def test_a_look_up_is_a_plain_form_where_there_is_one() -> None:
    html = page.error(not_found(), CITY, "en", search="../reports")
    assert 'action="../reports" method="get"' in html
    assert 'name="tracking"' in html
    assert '<label for="tracking">' in html
    assert CITY.text("page.again_address", "en") not in html


def test_what_an_error_quotes_shows_as_text() -> None:
    error = Unknown("x", details={"tracking": "<script>alert(1)</script>"})
    parsed = Html(page.error(error, CITY, "id"))
    assert "script" not in parsed.tags
    assert "<script>alert(1)</script>" in parsed.text


# ── contrast, from the style sheet itself ──────────────────────────────────────────────────────────────────────────────────

TONES = ("red", "yellow", "green", "grey")
# (what is read, what is behind it)
READ = [("ink", "card"), ("ink", "paper"), ("soft", "card"), ("soft", "paper"), ("link", "card"), ("red-ink", "card")]
READ += [(f"{tone}-on", tone) for tone in TONES]
READ += [(f"{tone}-ink", f"{tone}-bg") for tone in TONES]


def palette(scheme: str) -> dict[str, str]:
    style = (page._TEMPLATES / "style.css").read_text()
    light, dark = re.findall(r":root\{(--paper:#\w+;--card.*?)\}", style, re.DOTALL)
    colours = dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", light))
    return colours | dict(re.findall(r"--([\w-]+):(#[0-9a-f]{3,6})", dark)) if scheme == "dark" else colours


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    parts = [int(digits[n : n + 2], 16) / 255 for n in (0, 2, 4)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(scheme: str) -> None:
    colours = palette(scheme)
    poor = [pair for pair in READ if contrast(colours[pair[0]], colours[pair[1]]) < 4.5]
    assert poor == []
    assert contrast(colours["focus"], colours["card"]) >= 3
    assert contrast(colours["focus"], colours["paper"]) >= 3

"""Every page of the public site: well-formed, labelled, small, with a strict policy and nothing from elsewhere."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import pytest

from tests.acceptance.city import (
    LANGUAGES,
    Citizen,
    addresses,
    finished,
    follows,
    open_report,
    own,
    page_of,
    post_form,
    publish,
    report_form,
    sent,
    shape,
    status_page,
    typed,
)  # fmt: skip
from tests.acceptance.clients import Server, fresh
from tests.acceptance.desks import Page

PATHS = (
    "/", "/report", "/map", "/map?status=disputed&category=jalan", "/performance", "/performance?by=agency", "/open-data", "/proof",
    "/alerts", "/?area=31.71.01.1001",
)  # fmt: skip
NAMES = (
    *PATHS,
    "status",
    "status with key",
    "proof of",
    "join",
    "follow",
    "slips",
    "sent",
    "no such report",
    "nothing here",
    "alert slips",
)
_seen: dict[tuple[str, str], Page] = {}


@pytest.fixture(scope="module")
def site(city: Server) -> Server:
    made = finished(city)
    publish(city)
    _seen.clear()
    tracking, key = made["tracking"], made["key"]
    going_on = open_report(city)["tracking"]
    link = follows(city, tracking, f"{fresh('tamu')}@rumah.example")
    for lang in LANGUAGES:
        for path in PATHS:
            _seen[path, lang] = page_of(city, path, lang)
        _seen["status", lang] = status_page(city, tracking, "", lang)
        _seen["status with key", lang] = status_page(city, tracking, key, lang)
        _seen["proof of", lang] = page_of(city, f"/proof?tracking={tracking}", lang)
        person = Citizen(city, lang=lang)
        status = person.at(f"/reports/{going_on}")
        _seen["join", lang] = status if status.has_form("/join") else person.get(status.link("/join"))
        _seen["follow", lang] = person.get(link)
        form = person.at("/report")
        _seen["slips", lang] = person.submit(form, report_form(form), {"text": "x", "email": "y"})
        _seen["sent", lang] = sent(person, typed(), f"/report?lang={lang}")
        _seen["no such report", lang] = page_of(city, "/reports/JKT-1234-5678-9ABX", lang)
        _seen["nothing here", lang] = page_of(city, "/tidak/ada", lang)
        alerts = person.at("/alerts")
        _seen["alert slips", lang] = person.submit(alerts, alerts.form("/alerts"), {"email": "y", "kelurahan": "z"})
    return city


EACH = [pytest.param(name, lang, id=f"{name}-{lang}") for name in NAMES for lang in LANGUAGES]


@pytest.mark.parametrize(("name", "lang"), EACH)
def test_a_page_is_well_made(site: Server, name: str, lang: str) -> None:
    page = _seen[name, lang]
    if name == "nothing here" and not page.answer.header("content-type").startswith("text/html"):
        assert page.status == 404
        return
    html = page.html
    reader = shape(html)
    tags = Counter(tag for tag, _ in reader.tags)
    assert html.lower().startswith("<!doctype html>")
    assert not reader.mistakes, reader.mistakes[:5]
    assert tags["h1"] == 1, f"one h1: {tags['h1']}"
    assert tags["title"] >= 1
    assert tags["main"] == 1
    assert next(at for tag, at in reader.tags if tag == "html").get("lang") == lang
    assert 'name="viewport"' in html
    assert "user-scalable=no" not in html
    assert "maximum-scale" not in html
    idents = Counter(at["id"] for _, at in reader.tags if at.get("id"))
    assert not [ident for ident, count in idents.items() if count > 1], "an id stands once"
    levels = [int(tag[1]) for tag, _ in reader.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(levels)), f"headings jump: {levels}"
    labelled = {at["for"] for tag, at in reader.tags if tag == "label" and at.get("for")}
    for at, inside in reader.inside:
        if at.get("type") in ("hidden", "submit", "button"):
            continue
        named = at.get("id") in labelled or "label" in inside or at.get("aria-label") or at.get("aria-labelledby")
        assert named, f"no label for {at}"
    for _, at in reader.tags:
        for name_of in ("aria-describedby", "aria-labelledby", "for", "aria-controls", "list"):
            for ident in at.get(name_of, "").split():
                assert ident in idents, f"{name_of}={ident} leads nowhere"
    for tag, at in reader.tags:
        if tag == "img":
            assert "alt" in at, at
        if tag in ("a", "button"):
            assert at.get("tabindex", "0") in ("0", "-1")
    for number, (tag, at) in enumerate(reader.tags):
        if tag in ("a", "button") and not at.get("hidden"):
            said = reader.texts.get(number, "").strip() or at.get("aria-label") or at.get("aria-labelledby")
            assert said or "<img" in html, f"a {tag} that says nothing: {at}"
    assert any(at.get("href") == "#main" for _, at in reader.tags), "skip to the content"


@pytest.mark.parametrize(("name", "lang"), EACH)
def test_a_page_is_under_a_strict_policy_and_loads_nothing_from_elsewhere(site: Server, name: str, lang: str) -> None:
    page = _seen[name, lang]
    if not page.answer.header("content-type").startswith("text/html"):
        return
    policy = page.answer.header("content-security-policy")
    parts = {part.split()[0]: part.split()[1:] for part in policy.split(";") if part.strip()}
    assert parts.get("default-src") == ["'none'"]
    for what in ("script-src", "style-src"):
        allowed = parts.get(what, parts["default-src"])
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "http:", "data:"} & set(allowed), (what, allowed)
    assert parts.get("base-uri") == ["'none'"]
    assert parts.get("frame-ancestors") == ["'none'"]
    assert "form-action" in parts
    assert not {"*", "https:", "http:"} & {word for words in parts.values() for word in words}
    for header, wanted in (("x-content-type-options", "nosniff"), ("referrer-policy", "no-referrer")):
        assert page.answer.header(header) == wanted, header
    for tag, at in shape(page.html).tags:
        assert not [attribute for attribute in at if attribute.startswith("on")], at
        assert "style" not in at, f"an inline style is refused by the policy: {at}"
        if tag == "script":
            assert at.get("src") or at.get("type") in ("application/json", "application/ld+json"), at
    for kind, url in addresses(page):
        assert not url.startswith("javascript:")
        if kind == "loads":
            assert own(site, url) or url.startswith("data:"), url


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["/report", "status", "status with key", "slips"])
def test_status_and_form_are_under_100_kb_with_all_they_load(site: Server, name: str, lang: str) -> None:
    page = _seen[name, lang]
    total = len(page.answer.body)
    for kind, url in addresses(page):
        if kind == "loads" and own(site, url) and "/photos/" not in url:
            answer = site.get(url.removeprefix(site.url))
            assert answer.status == 200, url
            total += len(answer.body)
    assert total <= 100 * 1024, f"{total} bytes"
    if name == "status":
        assert len(page.answer.body) <= 30 * 1024


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_is_loaded_is_there_and_may_be_kept(site: Server, lang: str) -> None:
    found = {
        url for name in NAMES for kind, url in addresses(_seen[name, lang]) if kind == "loads" and "/static/" in url
    }
    assert found
    for url in found:
        answer = site.get(url.removeprefix(site.url))
        assert answer.status == 200, url
        assert re.search(r"max-age=\d{4,}", answer.header("cache-control")), url
        assert answer.header("x-content-type-options") == "nosniff"


def test_links_lead_somewhere(site: Server) -> None:
    found = {
        url.split("#")[0]
        for name in PATHS
        for kind, url in addresses(_seen[name, "id"])
        if kind == "leads" and own(site, url) and not re.search("/feeds/|/open-data/|/desk|bbox=|period=", url)
    }
    assert len(found) > 8
    for url in found:
        assert site.get(url.removeprefix(site.url) or "/", Accept="text/html").status in (200, 302, 303, 405), url


@pytest.mark.parametrize("name", NAMES)
def test_the_two_languages_say_different_things(site: Server, name: str) -> None:
    one, other = _seen[name, "id"], _seen[name, "en"]
    if "text/html" not in one.answer.header("content-type"):
        return
    assert one.main != other.main
    english = re.sub(r"\s+", " ", other.main)
    assert not re.search(r"\b(Laporan|Batas waktu|Riwayat|Kirim laporan|Bapak/Ibu)\b", english) or name == "sent", (
        english[:300]
    )
    assert not re.search(r"\{\{|\}\}|\{%|undefined|None\b", one.main + other.main)


def test_a_language_once_chosen_is_kept(site: Server) -> None:
    person = Citizen(site)
    person.at("/?lang=en")
    page = person.at("/report")
    links = [href for _, href, _ in person.at("/?lang=en").links if href.startswith(("/report", "/map"))]
    assert '<html lang="en"' in page.html or all("lang=en" in href for href in links)


def test_head_and_unknown_methods(site: Server) -> None:
    for path in PATHS:
        assert site.call("HEAD", path).status in (200, 405)
        assert site.call("DELETE", path).status in (403, 404, 405)


def test_no_cookie_is_set_by_reading(site: Server) -> None:
    person = Citizen(site)
    for path in PATHS[:-1]:
        person.at(path)
    assert [line for line in person.set_cookie if "lang" not in line.split("=")[0].lower()] == []


def test_a_language_that_does_not_exist_is_no_error(site: Server) -> None:
    for path in PATHS:
        joined = path + ("&" if "?" in path else "?") + "lang=<script>"
        answer = site.get(joined.replace("<", "%3C").replace(">", "%3E"), Accept="text/html")
        assert answer.status in (200, 422)
        assert '<script>"' not in answer.text
    assert post_form(site, {"lang": "xx"}).status in (400, 422)

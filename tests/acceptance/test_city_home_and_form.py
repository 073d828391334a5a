"""The first page, and the form by which a citizen reports: without JavaScript, with every slip."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from tests.acceptance.city import (
    LANGUAGES,
    Citizen,
    addresses,
    beside,
    do,
    fields,
    finished,
    map_data,
    number_and_key,
    open_report,
    page_of,
    post_form,
    report_form,
    sent,
    shape,
    status_page,
    typed,
    web,
    year,
)  # fmt: skip
from tests.acceptance.clients import Server, at_once, fresh, phone, until
from tests.acceptance.desks import Photo, picture, spot
from tests.acceptance.test_stored import everything

# home


@pytest.mark.parametrize("lang", LANGUAGES)
def test_home_offers_reporting_following_what_is_near_and_the_week(city: Server, lang: str) -> None:
    page = page_of(city, "/", lang).ok()
    assert page.link("^.*/report")
    number = next(form for form in page.forms if any(one.kind in ("text", "search") for one in form.fields))
    assert number.method == "get"
    assert "/performance" in " ".join(href for _, href, _ in page.links)
    assert "/map" in " ".join(href for _, href, _ in page.links)
    assert any(re.search("kelurahan|area|near", one.name) for form in page.forms for one in form.fields), "near you"
    assert "112" in page.words


def test_a_number_typed_on_the_first_page_leads_to_the_report(city: Server) -> None:
    tracking = open_report(city)["tracking"]
    person = Citizen(city)
    page = person.at("/")
    form = next(form for form in page.forms if any(one.name in ("tracking", "number") for one in form.fields))
    name = next(one.name for one in form.fields if one.name in ("tracking", "number"))
    for written in (tracking, tracking.lower().replace("-", " "), tracking[4:]):
        after = person.submit(page, form, {name: written})
        assert after.status == 200, (written, after.status, after.main[:400])
        assert tracking in after.words, (written, after.path)
    slip = person.submit(page, form, {name: "JKT-1234-5678-9ABX"})
    assert slip.status in (404, 422), slip.status
    assert "JKT-1234-5678-9ABX" in slip.html, "what was typed stays"


def test_what_happens_near_you_shows_the_newest_public_reports_of_that_place(city: Server) -> None:
    shown = open_report(city, location={"lat": -6.175392, "lng": 106.827153, "landmark": fresh("patokan")})
    hidden = open_report(city, location={"lat": -6.175392, "lng": 106.827153, "landmark": "x"}, private=True)
    secret = open_report(city, location={"lat": -6.175392, "lng": 106.827153, "landmark": "x"}, confidential=True)
    person = Citizen(city)
    page = person.at("/")
    form, field = next(
        (form, one)
        for form in page.forms
        for one in form.fields
        if one.kind == "select" and any(code == "31.71.01.1001" for code, _ in one.options)
    )
    after = person.submit(page, form, {field.name: "31.71.01.1001"}).ok()
    linked = " ".join(href for _, href, _ in after.links)
    until(lambda: shown["tracking"] in person.submit(page, form, {field.name: "31.71.01.1001"}).html, 5)
    for other in (hidden, secret):
        assert other["tracking"] not in linked


def test_the_week_on_the_first_page_is_the_recount(city: Server) -> None:
    """This run's reports all came in this week."""

    def same() -> bool:
        total = city.get(f"/performance?period={year()}&by=total", Accept="application/json").json["total"]
        page = page_of(city, "/", "en")
        week = page.html[page.html.index('class="week"') :]
        told = [int(re.sub(r"\D", "", text)) for text in re.findall(r">([\d.,]+)</a>", week)]
        return {total["received"], total["done_on_time"], total["disputed"], total["open"]} <= set(told)

    until(same, 25, pause=1, what="the week's figures equal the year's")


# the form


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_emergency_number_comes_before_the_form(city: Server, lang: str) -> None:
    page = page_of(city, "/report", lang).ok()
    main = page.html[page.html.index("<main") :]
    assert main.index("tel:112") < main.index("<form")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_form_asks_for_everything_and_says_what_each_choice_means(city: Server, lang: str) -> None:
    page = page_of(city, "/report", lang).ok()
    form = report_form(page)
    names = {one.name for one in form.fields}
    wanted = {
        "text", "category", "place_address", "landmark", "kelurahan", "lat", "lng", "name", "address", "phone", "email", "private",
        "anonymous", "confidential", "consent", "form_id", "website",
    }  # fmt: skip
    assert wanted <= names, wanted - names
    assert any(one.kind == "file" for one in form.fields), "a photo can be sent without JavaScript"
    assert form.method == "post"
    assert "multipart" in form.enctype
    reader = shape(page.html)
    words = {
        at["id"]: " ".join(reader.texts.get(n, "").split()) for n, (_, at) in enumerate(reader.tags) if at.get("id")
    }
    for choice in ("private", "anonymous", "confidential", "consent"):
        control = form.find(choice)
        assert control.kind == "checkbox"
        assert not control.checked, f"{choice} is not chosen for anybody"
        means = " ".join(words.get(each, "") for each in control.data.get("aria-describedby", "").split())
        assert len(means) > 20, f"what {choice} means is said beside it"
    assert "account" not in page.words.lower()
    assert not any(one.kind == "password" for one in form.fields)


# a form that is refused leaves nothing behind, and its repetition is not counted against the limit
REFUSED = fresh("form-refused-")
SENT = fresh("form-sent-")

SLIPS: list[tuple[str, dict[str, Any]]] = [
    ("text", {"text": None}),
    ("place_address", {"landmark": None, "kelurahan": None}),
    ("name", {"name": None}),
    ("address", {"address": None}),
    ("phone", {"phone": "12"}),
    ("phone", {"phone": "hubungi saya"}),
    ("email", {"email": "bukan surel"}),
    ("kelurahan", {"kelurahan": "Atlantis Raya"}),
    ("consent", {"consent": None}),
]


@pytest.mark.parametrize(
    ("lang", "field", "changes"), [(LANGUAGES[n % 2], name, changes) for n, (name, changes) in enumerate(SLIPS)]
)
def test_every_mistake_is_said_beside_its_field_and_what_was_typed_is_kept(
    city: Server, lang: str, field: str, changes: dict[str, Any]
) -> None:
    person = Citizen(city)
    values = typed(phone="0812 3456 7890", email="dewi@rumah.example", private=True, **{})
    values = {name: value for name, value in (values | changes).items() if value is not None}
    page = person.at(f"/report?lang={lang}")
    after = person.submit(page, report_form(page), {**values, "form_id": REFUSED})
    assert after.status == 422, (after.status, after.main[:500])
    assert f'<html lang="{lang}"' in after.html
    assert beside(after, field), f"nothing beside {field}: {after.main[:700]}"
    form = report_form(after)
    for name, value in values.items():
        again = form.find(name)
        if again.kind == "checkbox":
            assert again.checked, f"{name} was ticked"
        else:
            assert again.value.strip() == str(value), f"{name} is kept"
    wrong = {at.get("name") for tag, at in shape(after.html).tags if at.get("aria-invalid") == "true"}
    allowed = {"place_address", "landmark", "kelurahan"} if field in ("place_address", "kelurahan") else {field}
    assert wrong <= allowed, f"only {field} is wrong"
    assert 'role="alert"' in after.html, "the mistakes are announced"


@pytest.mark.parametrize(
    "changes",
    [
        {"lat": "abc", "lng": "106.8"},
        {"lat": "NaN", "lng": "Infinity"},
        {"category": "tidak-ada"},
        {"text": "a" * 30_000},
        {"email": "a@b.example\r\nBcc: x@y.example"},
        {"text": "\x00\x01 lubang \u202e"},
    ],
)
def test_what_no_browser_sends_is_refused_or_taken_and_never_breaks(city: Server, changes: dict[str, str]) -> None:
    given = fields(landmark="depan pasar", form_id=SENT) | changes
    answer = post_form(city, given)
    assert answer.status in (200, 201, 400, 413, 422), answer.status
    if answer.status in (422, 400):
        assert {"code", "message"} <= set(answer.json)


def test_a_report_by_the_form_is_acknowledged_with_number_key_and_deadlines(city: Server) -> None:
    person = Citizen(city)
    page = sent(person, typed())
    assert page.status in (200, 201), page.main[:800]
    tracking, key = number_and_key(page)
    seen = city.citizen(tracking, key)
    assert seen["status"]["code"] == "waiting"
    assert key not in page.url
    for _, url in addresses(page):
        assert key not in url, "the key is in no address"
    assert "no-store" in page.answer.header("cache-control")
    assert re.search(r"\d{1,2} \w+ \d{4} pukul \d\d\.\d\d WIB", page.main), "the deadlines are told"


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_same_form_sent_twice_is_one_report(city: Server, lang: str) -> None:
    person = Citizen(city)
    page = person.at(f"/report?lang={lang}")
    values = typed()
    again = person.submit(page, report_form(page), values)
    form = report_form(again) if any(f.named("text") for f in again.forms) else report_form(page)
    firsts = [number_and_key(person.submit(page, form, values)) for _ in range(3)]
    assert len(set(firsts)) == 1, firsts


def test_five_clicks_at_once_are_one_report(city: Server) -> None:
    given = fields()
    answers = at_once([lambda: post_form(city, given)] * 5)
    assert {answer.status for answer in answers} <= {200, 201}
    assert len({answer.json["tracking"] for answer in answers}) == 1
    tracking = answers[0].json["tracking"]
    city.quiet()
    received = [e for e in city.citizen(tracking, answers[0].json["key"])["history"] if e["event"] == "received"]
    assert len(received) == 1


def test_a_field_that_only_a_robot_fills_in_makes_no_report(city: Server) -> None:
    mark = fresh("robot")
    page = page_of(city, "/report")
    trap = report_form(page).named("website")
    assert trap is not None
    assert trap.data.get("tabindex") == "-1"
    assert trap.data.get("autocomplete") == "off"
    answer = post_form(city, fields(text=f"Beli obat murah {mark}", website="https://spam.example"), "text/html")
    assert answer.status < 500
    city.quiet()
    assert mark not in everything(city)


def test_who_is_too_quick_is_asked_once_more_and_nobody_is_locked_out(city: Server) -> None:
    """A form filled in within a second is a robot's, or a person's whose browser fills it in: pressing again is enough."""
    person = Citizen(city)
    values = typed()
    page = person.at("/report")
    first = person.submit(page, report_form(page), values)
    assert "captcha" not in first.html.lower()
    if not re.search(r"JKT-", first.main):
        form = report_form(first)
        assert form.find("text").value.strip() == values["text"]
        assert form.find("consent").checked
        first = person.submit(first, form, values)
    assert number_and_key(first)


def test_a_file_that_is_no_photo_is_said_at_once_beside_the_field(city: Server) -> None:
    person = Citizen(city)
    page = person.at("/report")
    name = next(one.name for one in report_form(page).fields if one.kind == "file")
    values = typed()
    for data, kind in (
        (b"%PDF-1.4 bukan foto", "application/pdf"),
        (b"<svg onload=alert(1)>", "image/svg+xml"),
        (b"GIF", "image/jpeg"),
    ):
        after = person.submit(page, report_form(page), {**values, name: Photo(data, "foto.jpg", kind)})
        if after.status == 200 and not re.search("JKT-", after.main):
            after = person.submit(after, report_form(after), {**values, name: Photo(data, "foto.jpg", kind)})
        assert after.status in (413, 415, 422), (kind, after.status, after.main[:500])
        assert beside(after, name), f"said beside the field: {after.main[:500]}"
        assert report_form(after).find("text").value.strip() == values["text"]


def test_a_photo_that_is_too_large_is_said_and_what_was_typed_is_kept(city: Server) -> None:
    person = Citizen(city)
    page = person.at("/report")
    name = next(one.name for one in report_form(page).fields if one.kind == "file")
    values = typed()
    large = Photo(picture(1) + b"\0" * 5_000_000)
    after = person.submit(page, report_form(page), {**values, name: large})
    assert after.status in (413, 422), after.status
    assert "text/html" in after.answer.header("content-type")
    assert re.search("MB", after.main), after.main[:600]
    assert report_form(after).find("text").value.strip() == values["text"]


def test_a_photo_sent_with_the_form_is_shown_once_somebody_has_read_the_report(city: Server) -> None:
    person = Citizen(city)
    page = person.at("/report")
    name = next(one.name for one in report_form(page).fields if one.kind == "file")
    values = {**typed(), name: Photo(picture(gps=(-6.19, 106.84)))}
    after = person.submit(page, report_form(page), values)
    if not re.search("JKT-", after.main):
        after = person.submit(after, report_form(after), {k: v for k, v in values.items() if k != name})
    tracking, key = number_and_key(after)
    (photo,) = until(lambda: city.citizen(tracking, key)["photos"], 15)
    until(lambda: city.get(photo).status == 200 or city.get(f"{photo}?key={key}").status == 200, 15)
    assert city.citizen(tracking)["photos"] == [], "not before somebody has read it"
    assert city.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    assert until(lambda: city.citizen(tracking)["photos"], 10) == [photo]
    picture_shown = city.get(photo)
    assert picture_shown.status == 200
    assert b"Exif" not in picture_shown.body[:200]
    assert re.search(r"<img[^>]+src=\"[^\"]*/photos/", status_page(city, tracking).html)


@pytest.mark.parametrize("flag", ["private", "confidential"])
def test_the_choice_is_kept(city: Server, flag: str) -> None:
    mark = fresh("pilihan")
    tracking, key = web(city, text=f"Pungutan tidak wajar {mark}", **{flag: "1"})
    assert mark not in city.get(f"/reports/{tracking}", Accept="text/html").text
    assert city.act(tracking, "dispatch", {"agency": "inspektorat"}).status == 200
    assert mark not in city.get(f"/reports/{tracking}", Accept="text/html").text
    assert mark in city.get(f"/reports/{tracking}?key={key}", Accept="text/html").text


def test_danger_to_life_is_answered_with_the_emergency_number_and_still_filed(city: Server) -> None:
    person = Citizen(city)
    page = sent(person, typed(text=f"Kebakaran di rumah warga, ada orang terjebak, {fresh('api')}"))
    assert number_and_key(page)
    assert "112" in page.main
    tracking, key = number_and_key(page)
    assert city.citizen(tracking, key)["emergency"] is True


def test_before_sending_a_likely_duplicate_is_shown_and_one_may_join_or_send_nevertheless(city: Server) -> None:
    place = spot()
    words = "Lampu jalan mati total di depan sekolah dasar, gelap sekali setiap malam"
    first = open_report(
        city, category="penerangan-jalan-umum", text=words, location={**place, "landmark": "depan sekolah"}
    )
    mine = typed(
        text="Lampu jalan mati total di depan sekolah dasar sejak kemarin, gelap sekali",
        category="penerangan-jalan-umum", lat=str(place["lat"]), lng=str(place["lng"]), landmark="depan sekolah", kelurahan=None,
    )  # fmt: skip

    def asked() -> Any:
        person = Citizen(city)
        page = person.at("/report")
        time.sleep(3)  # a person types; who is quicker than any is asked to look once more
        page = person.submit(page, report_form(page), mine)
        return (person, page) if first["tracking"] in page.html else None

    person, page = until(asked, 6, pause=1, what="the question whether it is the same problem")
    assert first["tracking"] in page.html
    assert any(first["tracking"] in href or "join" in href for _, href, _ in page.links) or page.has_form("join")
    assert "Dewi" not in re.sub(r"value=\"[^\"]*\"", "", page.main)
    nevertheless = next(form for form in page.forms if form.named("text"))
    assert nevertheless.named("text").value.strip() == mine["text"]
    done = person.submit(page, nevertheless, {})
    tracking, _ = number_and_key(done)
    assert tracking != first["tracking"], "who says it is another problem has a report of their own"


def test_a_private_report_is_never_offered_as_the_same_problem(city: Server) -> None:
    place = spot()
    words = "Pohon besar miring hampir tumbang menimpa kabel di tikungan gang"
    hidden = open_report(city, category="pohon", text=words, private=True, location={**place, "landmark": "tikungan"})
    time.sleep(0.5)
    person = Citizen(city)
    page = sent(
        person, typed(text=words, category="pohon", lat=str(place["lat"]), lng=str(place["lng"]), kelurahan=None)
    )
    assert hidden["tracking"] not in page.html
    assert number_and_key(page)


@pytest.mark.parametrize("text", ["<script>alert('x')</script>", '"><img src=x onerror=alert(1)>', "{{ 7 * 7 }}"])
def test_a_script_typed_into_the_form_is_shown_as_text(city: Server, text: str) -> None:
    person = Citizen(city)
    page = person.at("/report")
    after = person.submit(
        page,
        report_form(page),
        {
            **dict.fromkeys(("text", "name", "address", "landmark", "kelurahan", "phone", "email"), text),
            "form_id": REFUSED,
        },
    )
    assert after.status == 422
    assert "<script>alert" not in after.html
    assert "<img src=x" not in after.html
    assert report_form(after).find("name").value == text


def test_a_draft_can_wait_for_the_net(city: Server) -> None:
    """A service worker is registered from the form's page, is a script of ours and may answer for the form."""
    page = page_of(city, "/report")
    scripts = [at["src"] for tag, at in page.tags if tag == "script" and at.get("src")]
    assert scripts
    code = " ".join(city.get(src).text for src in scripts)
    worker = re.search(r"serviceWorker[\s\S]{0,80}?register\(\s*[^)]{0,200}", code)
    assert worker, "no service worker is registered"
    found = re.search(r"/[\w./-]*(?:sw|worker)[\w.-]*\.js", worker[0] + code)
    assert found, worker[0]
    answer = city.get(found[0])
    assert answer.status == 200, found[0]
    assert "javascript" in answer.header("content-type")
    assert "fetch" in answer.text


def test_the_report_page_works_without_any_script(city: Server) -> None:
    """No field that only a script can fill in is needed."""
    person = Citizen(city)
    assert number_and_key(sent(person, typed(lang="en"), "/report?lang=en"))


def test_a_finished_web_report_is_followed_by_its_page(city: Server) -> None:
    mobile = phone()
    tracking, key = web(city, phone=mobile)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    assert city.agency(tracking, "accept").status == 200
    until(lambda: [e for e in city.outbox(to=mobile) if tracking in e["text"]], 8)
    assert do(city, tracking, key, "withdraw", {"reason": "Sudah beres."}).status == 200
    assert city.status(tracking) == "withdrawn"


def test_reports_that_were_done_are_on_the_map_as_done(city: Server) -> None:
    place = {**spot(), "landmark": "dekat halte"}
    made = finished(city, location=place)
    lat, lng = place["lat"], place["lng"]
    box = f"{lng - 0.001},{lat - 0.001},{lng + 0.001},{lat + 0.001}"

    def there() -> Any:
        found = map_data(city, box, status="done")
        return [each for each in found["list"] if made["tracking"] in each["url"]]

    until(there, 10)


def test_a_flood_is_slowed_and_what_was_typed_is_kept(city: Server) -> None:
    """In the local run all come from one network; it is the last test that sends the form."""
    answer = post_form(city, fields(consent=""), wait=False)
    for _ in range(150):
        answer = post_form(city, fields(consent=""), wait=False)
        if answer.status == 429:
            break
    assert answer.status == 429
    assert 0 < int(answer.header("retry-after")) <= 60, "nobody is locked out for long"
    page = post_form(city, fields(text="Masih ada <b>di sini</b>"), "text/html", wait=False)
    assert page.status == 429
    assert "Masih ada &lt;b&gt;di sini" in page.text, "what was typed is kept"

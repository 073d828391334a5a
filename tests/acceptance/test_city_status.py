"""Where a report stands, for anybody; and what its reporter may do, by web and by SMS."""

from __future__ import annotations

import json
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
    figures,
    finished,
    mails,
    map_data,
    number_and_key,
    open_report,
    own,
    press,
    sent,
    settled,
    shape,
    status_page,
    today,
    typed,
    web,
    work,
    year,
)  # fmt: skip
from tests.acceptance.clients import Server, at_once, fresh, phone, until
from tests.acceptance.desks import Page, history, picture, spot, texted
from tests.acceptance.test_pictures import upload

# for anybody


def test_the_page_says_where_it_stands_in_one_sentence_at_every_step(city: Server) -> None:
    made = open_report(city, read=False)
    tracking = made["tracking"]
    said = [status_page(city, tracking).main]
    for who, step in (("agency", "accept"), ("agency", "resolve"), ("admin", "validate")):
        body = {"note": "Lubang ditambal dengan aspal panas."} if step == "resolve" else {}
        claims = {"agency": "bina-marga"} if who == "agency" else {}
        assert city.act(tracking, step, body, role=who, **claims).status == 200
        said.append(status_page(city, tracking).main)
    leads = [re.search(r'class="lead">(.*?)</p>', status_page(city, tracking).html, re.S)]
    assert all(leads)
    assert "Dinas Bina Marga" in said[0]
    assert len(set(said)) == 4
    for lang in LANGUAGES:
        page = status_page(city, tracking, lang=lang).ok()
        assert f'<html lang="{lang}"' in page.html
        assert "Lubang ditambal dengan aspal panas." in page.main, "the agency's words"
        assert ("Dinas Bina Marga" if lang == "id" else "Roads Agency") in page.main


def test_the_deadline_and_what_happens_when_it_passes(city: Server) -> None:
    tracking = open_report(city)["tracking"]
    for lang, words in (("id", "batas|tenggat|atasan|naik"), ("en", "deadline|passes|superior|head|escalat")):
        page = status_page(city, tracking, lang=lang).ok()
        due = city.citizen(tracking)["resolve_by"][:10]
        assert re.search(rf'<time datetime="{due}', page.html)
        rest = page.html[page.html.index('id="due"') :]
        assert re.search(words, rest[: rest.index("</section>")], re.I)


def test_an_extension_is_shown_with_its_reason(city: Server) -> None:
    tracking = open_report(city)["tracking"]
    reason = f"Aspal menunggu cuaca kering {fresh('hujan')}"
    until_day = city.citizen(tracking)["resolve_by"][:8] + "30"
    answer = city.agency(tracking, "extend", {"until": f"{until_day}T10:00:00+07:00", "reason": reason})
    assert answer.status == 200, answer.text
    assert reason not in status_page(city, tracking).main, "not before somebody approved it"
    assert city.act(tracking, "approve-extension").status == 200
    for lang in LANGUAGES:
        assert reason in status_page(city, tracking, lang=lang).main


def test_the_map_the_code_and_the_share_link_do_not_carry_the_key(city: Server) -> None:
    made = open_report(city)
    tracking, key = made["tracking"], made["key"]
    page = status_page(city, tracking, key).ok()
    images = [url for kind, url in addresses(page) if kind == "loads"]
    for what in ("map", "qr"):
        (image,) = [url for url in images if re.search(rf"/{what}\b", url)]
        answer = city.get(image.removeprefix(city.url))
        assert answer.status == 200, image
        assert "svg" in answer.header("content-type")
        assert key not in answer.text
    share = next(at["value"] for tag, at in page.tags if at.get("id") == "link" or "data-share" in at)
    assert share == f"{city.url}/reports/{tracking}"
    for _, url in addresses(page):
        assert key not in url or url.endswith("#main") or url.split("#")[0] == page.url, url
        assert own(city, url) or url.startswith(("tel:", "mailto:", "data:")), url
    assert page.answer.header("referrer-policy") == "no-referrer"


def test_no_key_no_buttons(city: Server) -> None:
    made = finished(city)
    for key in ("", "WRONGWRONGWRONG1"):
        page = status_page(city, made["tracking"], key).ok()
        for action in ("confirm", "dispute", "reopen", "rate", "erase", "withdraw-consent", "answer", "notify"):
            assert not any(form.action.endswith(f"/{action}") for form in page.forms), action
    for action in ("confirm", "dispute", "reopen", "rate", "notify", "withdraw-consent", "erase", "add"):
        answer = do(city, made["tracking"], "WRONGWRONGWRONG1", action, {"reason": "x", "stars": 1, "confirm": True})
        assert answer.status in (401, 403), (action, answer.status)
    assert city.get(f"/reports/{made['tracking']}/mine", Accept="application/json").status in (401, 403)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_is_small(city: Server, lang: str) -> None:
    made = finished(city)
    assert do(city, made["tracking"], made["key"], "dispute", {"reason": "Masih berlubang."}).status == 200
    for key in ("", made["key"]):
        page = status_page(city, made["tracking"], key, lang)
        assert len(page.answer.body) <= 30 * 1024, len(page.answer.body)


# the reporter


def test_a_question_is_answered_on_the_page(city: Server) -> None:
    made = open_report(city)
    tracking, key = made["tracking"], made["key"]
    assert city.agency(tracking, "ask", {"question": "Di sisi mana lubangnya?"}).status == 200
    person = Citizen(city)
    page = person.at(f"/reports/{tracking}?key={key}")
    assert "Di sisi mana lubangnya?" in page.main
    form = page.form("/answer")
    refused = person.submit(page, form, {"text": ""})
    assert refused.status == 422
    assert beside(refused, "text")
    after = person.submit(page, form, {"text": "Di sisi kiri, <b>dekat</b> halte."})
    assert after.status == 200, after.main[:600]
    answered = [e for e in history(city, tracking) if "answer" in e["event"]]
    assert len(answered) == 1
    assert "Di sisi kiri" not in status_page(city, tracking).html, "what the reporter says is not for everybody"
    shown = status_page(city, tracking, key)
    assert "Di sisi kiri, <b>dekat</b> halte." in shown.main, "whoever holds the key reads it, as text"


def test_a_photo_can_be_added_later(city: Server) -> None:
    made = open_report(city)
    tracking, key = made["tracking"], made["key"]
    photo = upload(city, picture())
    answer = do(city, tracking, key, "add", {"text": "Ini fotonya.", "photos": [photo]})
    assert answer.status == 200, answer.text
    assert do(city, tracking, key, "add", {"photos": ["invented-photo-00001"]}).status == 422
    assert do(city, tracking, key, "add", {}).status == 422
    until(lambda: any(photo in each for each in city.citizen(tracking, key)["photos"]), 15)
    page = status_page(city, tracking, key)
    assert any(form.action.endswith("/add") for form in page.forms)


def test_done_is_confirmed(city: Server) -> None:
    made = finished(city)
    page = press(city, f"/reports/{made['tracking']}?key={made['key']}", "/confirm")
    assert page.status == 200
    assert city.status(made["tracking"]) == "done"
    assert [e for e in history(city, made["tracking"]) if "confirm" in e["event"]]
    again = do(city, made["tracking"], made["key"], "confirm")
    assert again.status in (200, 409)


def test_a_dispute_without_its_reason_is_said_beside_the_field(city: Server) -> None:
    made = finished(city)
    tracking, key = made["tracking"], made["key"]
    person = Citizen(city, lang="en")
    page = person.at(f"/reports/{tracking}?key={key}")
    form = page.form("/dispute")
    assert form.find("reason").required
    refused = person.submit(page, form, {"reason": "   "})
    assert refused.status == 422
    assert beside(refused, "reason")
    assert '<html lang="en"' in refused.html
    assert city.status(tracking) == "done"


def test_a_dispute_is_one_however_often_the_button_is_pressed(city: Server) -> None:
    made = finished(city)
    tracking, key = made["tracking"], made["key"]
    page = Citizen(city, lang="en").at(f"/reports/{tracking}?key={key}")
    form = page.form("/dispute")
    answers = at_once([lambda: Citizen(city).submit(page, form, {"reason": "Still a <b>hole</b>."})] * 4)
    assert {answer.status for answer in answers} <= {200, 409}
    disputes = [e for e in history(city, tracking) if e["event"] in ("disputed", "reopened")]
    assert len(disputes) == 1, disputes
    seen = city.citizen(tracking)
    assert seen["disputed"] is True
    assert seen["status"]["code"] != "done"


def test_a_dispute_counts_as_disputed_everywhere_until_it_is_settled(city: Server) -> None:
    place = spot()
    made = finished(city, location={**place, "landmark": "dekat pasar"}, category="taman")
    tracking, key, agency = made["tracking"], made["key"], made["agency_code"]
    box = f"{place['lng'] - 0.001},{place['lat'] - 0.001},{place['lng'] + 0.001},{place['lat'] + 0.001}"

    def counted(name: str) -> dict[str, int]:
        row = next((r for r in figures(city, "agency")["rows"] if r["code"] == agency), {name: 0})
        part = next((r for r in figures(city, "category")["rows"] if r["code"] == "taman"), {name: 0})
        day = figures(city, "total", today())["total"]
        return {"agency": row[name], "category": part[name], "day": day[name], "total": figures(city)["total"][name]}

    def on_map(status: str) -> bool:
        return any(tracking in each["url"] for each in map_data(city, box, status=status)["list"])

    until(lambda: on_map("done"), 10)
    until(lambda: counted("done_on_time")["category"], 10)
    disputed, done = counted("disputed"), counted("done_on_time")
    assert do(city, tracking, key, "dispute", {"reason": "Belum dikerjakan."}).status == 200
    more = {name: number + 1 for name, number in disputed.items()}
    until(lambda: counted("disputed") == more, 10, what="one more disputed in every figure")
    assert counted("done_on_time") == {name: number - 1 for name, number in done.items()}
    until(lambda: on_map("disputed"), 10)
    assert not on_map("done")
    # the agency works again and says so: that alone settles nothing
    assert city.agency(tracking, "accept", agency=agency).status == 200
    assert city.agency(tracking, "resolve", {"note": "Dikerjakan ulang."}, agency=agency).status == 200
    time.sleep(2.5)
    assert counted("disputed") == more, "said to be done again is not settled"
    assert city.act(tracking, "validate").status == 200
    assert do(city, tracking, key, "confirm").status == 200
    settled(city, tracking, disputed=False)
    until(lambda: counted("disputed") == disputed, 10)
    assert not on_map("disputed")


def test_reopening_needs_a_reason_and_starts_over(city: Server) -> None:
    made = finished(city)
    tracking, key = made["tracking"], made["key"]
    answer = do(city, tracking, key, "reopen", {"reason": "Lubangnya muncul lagi."})
    assert answer.status == 200, answer.text
    assert city.status(tracking) in ("coordination", "reopened")
    late = do(city, tracking, key, "confirm")
    assert late.status == 409, "what is not done cannot be confirmed"
    assert late.json["details"]["status"]


def test_rating_from_one_to_five_and_a_word(city: Server) -> None:
    made = finished(city)
    tracking, key = made["tracking"], made["key"]
    for wrong in (0, 6, -1, 2.5, "banyak", None, True, [5], "5" * 400):
        answer = do(city, tracking, key, "rate", {"stars": wrong})
        assert answer.status == 422, (wrong, answer.status)
        assert "stars" in answer.json["details"]
    before = figures(city)["total"]["stars"]
    person = Citizen(city)
    page = person.at(f"/reports/{tracking}?key={key}")
    after = person.submit(page, page.form("/rate"), {"stars": "4", "word": "<script>alert(1)</script> cepat"})
    assert after.status == 200, after.main[:500]
    assert "<script>alert" not in after.html
    until(lambda: figures(city)["total"]["stars"]["4"] == before["4"] + 1, 10)
    assert do(city, tracking, key, "rate", {"stars": 1}).status in (200, 409)
    until(
        lambda: sum(figures(city)["total"]["stars"].values()) == sum(before.values()) + 1, 10, what="one rating, once"
    )


def test_the_way_of_being_told_for_a_report_by_web(city: Server) -> None:
    first, second = f"{fresh('satu')}@rumah.example", f"{fresh('dua')}@rumah.example"
    tracking, key = web(city, email=first)
    for wrong in (
        {"way": "merpati"},
        {"way": "email"},
        {"way": "email", "email": "bukan"},
        {"way": "sms", "phone": "12"},
        {},
    ):
        assert do(city, tracking, key, "notify", wrong).status == 422, wrong
    assert do(city, tracking, key, "notify", {"way": "email", "email": second}).status == 200
    assert city.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    assert city.agency(tracking, "accept").status == 200
    until(lambda: [text for text in mails(city, second) if tracking in text], 8)
    assert not [text for text in mails(city, first) if "ditangani" in text], "told once, where one wants to be told"
    assert second not in json.dumps(city.citizen(tracking)) + status_page(city, tracking).html
    before = len(mails(city, second))
    assert do(city, tracking, key, "notify", {"way": "none"}).status == 200
    assert city.agency(tracking, "resolve", {"note": "Selesai."}).status == 200
    city.quiet(1)
    assert len(mails(city, second)) <= before + 1, "a confirmation of the choice at most"


def test_everything_stored_about_oneself_is_shown_to_oneself_only(city: Server) -> None:
    mobile, name = phone(), "Rukmini Wulandari"
    tracking, key = web(city, phone=mobile, name=name, address="Jl. Nusa Indah 44")
    answer = city.get(f"/reports/{tracking}/mine", Accept="application/json", X_Report_Key=key)
    assert answer.status == 200, answer.text
    for own_data in (name, "Jl. Nusa Indah 44", mobile[3:]):
        assert own_data in answer.text
    assert "no-store" in answer.header("cache-control")
    for wrong in ("", "WRONGWRONGWRONG1"):
        refused = city.get(f"/reports/{tracking}/mine", Accept="application/json", X_Report_Key=wrong)
        assert refused.status in (401, 403)
        assert "Rukmini" not in refused.text


def test_consent_withdrawn_means_that_nobody_is_told_and_nobody_may_look(city: Server) -> None:
    mobile = phone()
    tracking, key = web(city, phone=mobile, name="Kinasih Ayuningtyas")
    assert do(city, tracking, key, "withdraw-consent").status == 200
    city.quiet()
    told = len(city.outbox(to=mobile))
    assert city.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    assert city.agency(tracking, "accept").status == 200
    city.quiet(1)
    assert len(city.outbox(to=mobile)) == told
    looked = city.agency(tracking, "identity", {"why": "menghubungi pelapor"})
    assert "Kinasih" not in looked.text
    assert city.status(tracking) == "in_progress", "the problem itself is still worked on"


def test_erasing_needs_a_yes_and_leaves_the_report_without_anybody(city: Server) -> None:
    mobile = phone()
    tracking, key = web(city, phone=mobile, name="Melati Suryaningsih", address="Jl. Bougenville 9")
    assert city.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    assert do(city, tracking, key, "erase", {}).status == 422
    assert do(city, tracking, key, "erase", {"confirm": False}).status == 422
    assert do(city, tracking, key, "erase", {"confirm": True}).status == 200
    mine = city.get(f"/reports/{tracking}/mine", Accept="application/json", X_Report_Key=key)
    for gone in ("Melati", "Bougenville", mobile[3:]):
        assert gone not in mine.text
    looked = city.act(tracking, "identity", {"why": "memeriksa"})
    assert "Melati" not in looked.text
    assert city.status(tracking) == "coordination", "the report stays"
    assert city.agency(tracking, "accept").status == 200
    city.quiet(1)
    assert not [e for e in city.outbox(to=mobile) if "accepted" in str(e) or "mulai" in e["text"].lower()]


@pytest.mark.parametrize(
    "action", ["answer", "add", "confirm", "dispute", "reopen", "rate", "notify", "withdraw-consent", "erase"]
)
@pytest.mark.parametrize(
    "body", [b"{", b"[]", b"null", b'{"reason": 3, "text": {}, "stars": [], "way": 1}', b"\xff\xfe"]
)
def test_what_is_no_action_is_refused_and_never_breaks(city: Server, action: str, body: bytes) -> None:
    tracking, key = _shared(city)
    head = {"Content-Type": "application/json", "Accept": "application/json", "X-Report-Key": key}
    answer = city.call("POST", f"/reports/{tracking}/{action}", body, head)
    assert answer.status in (200, 400, 409, 422), answer.status
    assert city.status(tracking) == "done"


_KEPT: dict[int, tuple[str, str]] = {}


def _shared(city: Server) -> tuple[str, str]:
    if id(city) not in _KEPT:
        made = finished(city)
        _KEPT[id(city)] = made["tracking"], made["key"]
    return _KEPT[id(city)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_form_of_the_reporter_is_labelled_and_posts_without_javascript(city: Server, lang: str) -> None:
    tracking, key = _shared(city)
    page = status_page(city, tracking, key, lang).ok()
    actions = {form.action.rsplit("/", 1)[-1].split("?")[0] for form in page.forms if form.method == "post"}
    assert {"confirm", "dispute", "rate", "notify", "withdraw-consent", "erase"} <= actions, actions
    for form in page.forms:
        if form.method == "post":
            assert form.named("key"), form.action
    assert re.search("/mine", page.html)
    controls = [at for at, _ in shape(page.html).inside if at.get("type") not in ("hidden", "submit")]
    assert controls


def test_an_unknown_action_is_404(city: Server) -> None:
    tracking, key = _shared(city)
    assert do(city, tracking, key, "explode").status == 404


# the whole story


def test_the_whole_story_by_web(city: Server) -> None:
    """Reported, taken up, done, disputed, worked on again, done, reopened, done, confirmed, rated; each change told once."""
    mailbox = f"{fresh('cerita')}@rumah.example"
    person = Citizen(city)
    mark = fresh("cerita")
    done = sent(person, typed(text=f"Trotoar pecah dan menjebak kursi roda, {mark}", email=mailbox, category="trotoar"))
    tracking, key = number_and_key(done)
    page = person.at(f"/reports/{tracking}")
    assert mark not in page.html, "words show once somebody has read them"
    if city.status(tracking) == "waiting":
        assert city.act(tracking, "dispatch", {"agency": "bina-marga", "category": "trotoar"}).status == 200
    assert mark in person.at(f"/reports/{tracking}").html
    work(city, tracking)

    def press_on_page(action: str, **values: str) -> Page:
        page = person.at(f"/reports/{tracking}?key={key}")
        after = person.submit(page, page.form(f"/{action}"), values)
        assert after.status == 200, (action, after.status, after.main[:500])
        return after

    press_on_page("dispute", reason="Masih pecah di dekat tiang.")
    assert city.citizen(tracking)["disputed"] is True
    work(city, tracking)
    press_on_page("dispute", reason="Pecah lagi setelah hujan.")
    work(city, tracking)
    press_on_page("confirm")
    press_on_page("rate", stars="5", word="Akhirnya")
    seen = city.citizen(tracking)
    assert (seen["status"]["code"], seen["disputed"]) == ("done", False)
    for lang in LANGUAGES:
        page = status_page(city, tracking, lang=lang)
        assert page.html.count("<li") > 8
        assert "Masih pecah di dekat tiang" not in page.html
    city.quiet()
    about = [text for text in mails(city, mailbox) if tracking in text]
    assert len(about) == len(set(about)) or len(about) >= 6
    by_event = [e["event"] for e in seen["history"]]
    assert by_event.count("resolved") == 3
    assert by_event.count("validated") == 3


def test_the_whole_story_by_sms(city: Server) -> None:
    mobile = phone()
    tracking = texted(city, mobile, words=f"Lampu jalan mati di gang {fresh('gelap')}")
    assert city.act(tracking, "dispatch", {"agency": "bina-marga", "category": "penerangan-jalan-umum"}).status == 200
    work(city, tracking)
    city.quiet()
    assert city.sms(f"BELUM {tracking} lampunya masih mati", mobile).status == 200
    until(lambda: city.citizen(tracking)["disputed"], 8)
    assert city.status(tracking) == "coordination"
    assert "masih mati" not in json.dumps(city.citizen(tracking))
    work(city, tracking)
    city.quiet()
    assert city.sms(f"SUDAH {tracking}", mobile).status == 200
    until(lambda: not city.citizen(tracking)["disputed"], 8)
    assert city.status(tracking) == "done"
    city.quiet()
    texts = [entry["text"] for entry in city.outbox(to=mobile)]
    assert len(texts) == len(set(texts)) or len(texts) < 14, "nobody is told twice"


def test_scripts_in_any_text_are_shown_as_text_to_everybody(city: Server) -> None:
    bad = "<script>alert('x')</script><img src=x onerror=alert(1)> {{ 7*7 }}"
    made = open_report(city, text=f"Jalan rusak {bad}", location={**spot(), "landmark": bad, "address": bad})
    tracking, key = made["tracking"], made["key"]
    assert city.agency(tracking, "ask", {"question": f"Di mana? {bad}"}).status == 200
    assert do(city, tracking, key, "answer", {"text": bad}).status == 200
    assert do(city, tracking, key, "add", {"text": bad}).status == 200
    assert city.agency(tracking, "resolve", {"note": bad}).status == 200
    assert city.act(tracking, "validate", {"note": bad}).status == 200
    assert do(city, tracking, key, "rate", {"stars": 3, "word": bad}).status == 200
    assert do(city, tracking, key, "dispute", {"reason": bad}).status == 200
    for view in ("", key):
        for lang in LANGUAGES:
            html = status_page(city, tracking, view, lang).html
            assert "<script>alert" not in html
            assert "<img src=x" not in html


def test_the_figures_of_this_year_contain_this_day(city: Server) -> None:
    """A sanity check of the helper used above."""

    def same() -> Any:
        return (
            figures(city, "total", year())["total"]["received"] >= figures(city, "total", today())["total"]["received"]
        )

    until(same, 5)

"""The citizen's view: page and JSON."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest

from tests.acceptance.clients import Server, at_once, complete

FIELDS = {
    "tracking", "status", "category", "agency", "area", "received_at", "respond_by", "resolve_by", "overdue", "escalation_level",
    "history", "photos",
}  # fmt: skip
SECRET = {
    "name": "Larasati Kusumawardhani",
    "address": "Jl. Cempaka Wangi 21",
    "phone": "+628131112223",
    "email": "laras@rumah.example",
}
IDENTITY = ("Larasati", "Kusumawardhani", "Cempaka Wangi", "8131112223", "laras@")


def test_the_json_has_the_agreed_fields_and_no_reporter(city: Server) -> None:
    tracking = city.report(reporter=SECRET)["tracking"]
    seen = city.citizen(tracking)
    assert set(seen) >= FIELDS
    assert set(seen["status"]) >= {"code", "label"}
    assert seen["overdue"] is False
    assert seen["escalation_level"] == 0
    for entry in seen["history"]:
        assert {"seq", "at", "event", "status", "note", "by", "hash"} <= set(entry)
    for secret in IDENTITY:
        assert secret not in json.dumps(seen)
        assert secret not in city.get(f"/reports/{tracking}", Accept="text/html").text


def test_accept_decides_between_page_and_json(city: Server) -> None:
    tracking = city.report()["tracking"]
    for accept, kind in (
        ("text/html", "text/html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"),
        ("application/json", "application/json"),
        ("application/json, text/plain, */*", "application/json"),
        ("text/html;q=0.5, application/json", "application/json"),
        ("application/json;q=0.5, text/html", "text/html"),
    ):
        answer = city.get(f"/reports/{tracking}", Accept=accept)
        assert answer.status == 200
        assert answer.header("content-type").startswith(kind), accept
        assert "accept" in answer.header("vary").lower()
    for accept in ("*/*", "image/png", "", "garbage;;q=x"):
        assert city.get(f"/reports/{tracking}", Accept=accept).status in (200, 406)


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_an_etag_answers_304_until_something_changes(city: Server, accept: str) -> None:
    tracking = city.report()["tracking"]
    first = city.get(f"/reports/{tracking}", Accept=accept)
    tag = first.header("etag")
    assert re.fullmatch(r'(W/)?"[^"]+"', tag)
    age = re.search(r"max-age=(\d+)", first.header("cache-control"))
    assert age
    assert int(age[1]) <= 120, "a short Cache-Control"
    for match in (tag, f'"other", {tag}', f"W/{tag}" if not tag.startswith("W/") else tag):
        again = city.get(f"/reports/{tracking}", Accept=accept, If_None_Match=match)
        assert again.status == 304, match
        assert again.body == b""
        assert again.header("etag") == tag
    assert city.agency(tracking, "accept").status == 200
    changed = city.get(f"/reports/{tracking}", Accept=accept, If_None_Match=tag)
    assert changed.status == 200
    assert changed.header("etag") != tag


def test_unknown_is_404(city: Server) -> None:
    """A well-formed number of no report: found by changing a real one until the check character fits."""
    tracking = city.report()["tracking"]
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
    other = next(letter for letter in alphabet if letter != tracking[10])
    answers = [
        city.get(f"/reports/{tracking[:10]}{other}{tracking[11:-1]}{check}", Accept="application/json")
        for check in alphabet
    ]
    assert sorted({answer.status for answer in answers}) == [404, 422]
    assert [answer.status for answer in answers].count(404) == 1
    missing = next(answer for answer in answers if answer.status == 404)
    assert {"code", "message"} <= set(missing.json)


def test_any_changed_character_is_caught(city: Server) -> None:
    tracking = city.report()["tracking"]
    for place in (4, 7, 9, 12, 14, 17):
        for letter in "27BKX":
            if letter != tracking[place]:
                wrong = f"{tracking[:place]}{letter}{tracking[place + 1 :]}"
                answer = city.get(f"/reports/{wrong}", Accept="application/json")
                assert answer.status == 422, wrong
                assert "tracking" in answer.json["details"]


def test_a_slip_is_named_on_the_page_too(city: Server) -> None:
    for wrong in ("JKT-7K3M", "JKT-7K3M-92QX-4HTU", "halo"):
        answer = city.get(f"/reports/{wrong}", Accept="text/html", Accept_Language="id")
        assert answer.status == 422
        assert answer.header("content-type").startswith("text/html")
        assert '<html lang="id"' in answer.text


def test_numbers_are_read_tolerantly(city: Server) -> None:
    tracking = city.report()["tracking"]
    while not ("0" in tracking and "1" in tracking):
        tracking = city.report()["tracking"]
    bare = tracking.replace("-", "")
    for written in (
        tracking.lower(), bare, bare.lower(), tracking.replace("0", "O"), tracking.replace("0", "o"), tracking.replace("1", "I"),
        tracking.replace("1", "L"), tracking.replace("1", "l").replace("0", "o").lower(), tracking[4:], bare[3:],
    ):  # fmt: skip
        answer = city.get(f"/reports/{quote(written)}", Accept="application/json")
        assert answer.status == 200, written
        assert answer.json["tracking"] == tracking


@pytest.mark.parametrize("flag", ["private", "confidential"])
def test_without_the_key_a_hidden_report_shows_only_status_and_deadlines(city: Server, flag: str) -> None:
    text = "Tumpukan puing beton menutup gang kecil"
    given = city.report(text=text, reporter=SECRET, photos=["https://foto.example/a.jpg"], **{flag: True})
    tracking, key = given["tracking"], given["key"]
    shown = city.citizen(tracking)
    told = json.dumps(shown)
    for hidden in ("puing", "beton", "Monas", "106.82", "Gambir", "bina-marga"):
        assert hidden not in told
        assert hidden not in city.get(f"/reports/{tracking}", Accept="text/html").text
    assert shown["status"]["code"]
    assert shown["respond_by"]
    assert shown["resolve_by"]
    assert not shown["history"]
    assert not shown["photos"]
    for wrong in ("", "X", key[:-1], key + "0", key[::-1], "é", "A" * 5000):
        assert "puing" not in city.get(f"/reports/{tracking}?key={quote(wrong)}", Accept="application/json").text
        assert (
            "puing"
            not in city.call(
                "GET",
                f"/reports/{tracking}",
                None,
                {"Accept": "application/json", "X-Report-Key": wrong[:4000].encode().decode("latin-1")},
            ).text
        )
    for whole in (city.citizen(tracking, key), city.citizen(tracking, query=f"?key={key}")):
        assert whole["problem"] == text
        assert whole["history"]
        for secret in IDENTITY:
            assert secret not in json.dumps(whole)
    page = city.get(f"/reports/{tracking}?key={key}", Accept="text/html")
    assert "puing" in page.text
    for answer in (page, city.get(f"/reports/{tracking}", X_Report_Key=key, Accept="application/json")):
        assert "public" not in answer.header("cache-control")
        assert re.search("private|no-store", answer.header("cache-control"))


def test_one_reports_key_opens_no_other(city: Server) -> None:
    first, second = (city.report(private=True, text="Lubang rahasia nan dalam") for _ in range(2))
    assert "Lubang" not in json.dumps(city.citizen(first["tracking"], second["key"]))


def test_the_etag_of_the_hidden_view_is_not_that_of_the_whole(city: Server) -> None:
    given = city.report(private=True)
    hidden = city.get(f"/reports/{given['tracking']}", Accept="application/json").header("etag")
    whole = city.get(f"/reports/{given['tracking']}", Accept="application/json", X_Report_Key=given["key"])
    assert whole.header("etag") != hidden
    again = city.get(
        f"/reports/{given['tracking']}", Accept="application/json", X_Report_Key=given["key"], If_None_Match=hidden
    )
    assert again.status == 200


def test_the_key_is_in_no_log_and_no_share_link(city: Server) -> None:
    given = city.report(private=True)
    page = city.get(f"/reports/{given['tracking']}?key={given['key']}", Accept="text/html")
    assert "noindex" in page.text
    assert page.header("referrer-policy") == "no-referrer"
    assert given["key"] not in city.said()
    assert given["key"] not in given["status_url"]


def test_both_languages(city: Server) -> None:
    tracking = city.report()["tracking"]
    indonesian = city.get(f"/reports/{tracking}?lang=id", Accept="text/html")
    english = city.get(f"/reports/{tracking}?lang=en", Accept="text/html")
    assert '<html lang="id"' in indonesian.text
    assert '<html lang="en"' in english.text
    assert "Koordinasi" in indonesian.text
    assert "Koordinasi" not in re.sub(r"<style>.*?</style>", "", english.text, flags=re.S)
    visible = re.sub(r"<[^>]+>", " ", re.sub(r"<(style|script)\b.*?</\1>", "", indonesian.text, flags=re.S))
    visible = " ".join(visible.split())
    for word in ("Report", "Status of", "Deadline", "History", "Received", "Category", "Agency"):
        assert not re.search(rf"\b{word}\b", visible), f"{word} on an Indonesian page"
    assert re.search(
        r"\d{1,2} (Januari|Februari|Maret|April|Mei|Juni|Juli|Agustus|September|Oktober|November|Desember) \d{4} pukul \d\d\.\d\d WIB",
        visible,
    )
    assert (
        city.citizen(tracking, query="?lang=en")["status"]["label"]
        != city.citizen(tracking, query="?lang=id")["status"]["label"]
    )
    other = city.get(f"/reports/{tracking}?lang=xx", Accept="text/html")
    assert other.status in (200, 422)
    assert other.header("content-type").startswith("text/html"), "an error is a page for a browser"
    assert (
        '<html lang="en"' in city.get(f"/reports/{tracking}", Accept="text/html", Accept_Language="en-GB,en;q=0.9").text
    )


def test_the_page_is_made_for_a_phone(city: Server) -> None:
    page = city.get(f"/reports/{city.report()['tracking']}", Accept="text/html").text
    assert 'name="viewport"' in page
    assert not re.search(r'(src|href)="https?://(?!127\.0\.0\.1)', page), "nothing is loaded from elsewhere"


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert('x')</script> jalan rusak",
        '"><img src=x onerror=alert(1)> jalan rusak',
        "{{ 7 * 7 }} {% raw %} jalan rusak",
        "javascript:alert(1) jalan rusak",
    ],
)
def test_script_in_a_text_is_escaped(city: Server, text: str) -> None:
    tracking = city.report(
        text=text, location={"lat": -6.175392, "lng": 106.827153, "landmark": text, "address": text}
    )["tracking"]
    assert city.agency(tracking, "accept").status == 200
    assert city.agency(tracking, "note", {"note": text, "public": True}).status == 200
    page = city.get(f"/reports/{tracking}", Accept="text/html")
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "49" not in re.findall(r"\S*jalan rusak", page.text)
    policy = page.header("content-security-policy")
    assert "default-src 'none'" in policy or "script-src 'none'" in policy or "script-src 'self'" in policy
    assert city.citizen(tracking)["problem"] == text


def test_only_public_notes_are_shown(city: Server) -> None:
    tracking = city.report()["tracking"]
    assert city.agency(tracking, "accept").status == 200
    assert city.agency(tracking, "note", {"note": "catatan dalam"}).status == 200
    assert city.agency(tracking, "note", {"note": "catatan umum", "public": True}).status == 200
    public = json.dumps(city.citizen(tracking)) + city.get(f"/reports/{tracking}").text
    assert "catatan dalam" not in public
    assert "catatan umum" in public


def test_a_hundred_look_ups_at_once(city: Server) -> None:
    tracking = city.report()["tracking"]
    answers = at_once([lambda: city.get(f"/reports/{tracking}", Accept="application/json")] * 60)
    assert {answer.status for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1


def test_head_is_answered_like_get(city: Server) -> None:
    answer = city.call("HEAD", f"/reports/{city.report()['tracking']}")
    assert answer.status in (200, 405)
    assert answer.body == b""


def test_a_key_of_a_reporter_works_for_their_actions_only(city: Server) -> None:
    given = city.report()
    tracking = given["tracking"]
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    raw = json.dumps({"reason": "Sudah diperbaiki."}).encode()
    for wrong in ({}, {"X-Report-Key": "WRONG"}):
        assert city.call("POST", f"/reports/{tracking}/withdraw", raw, {**headers, **wrong}).status in (401, 403)
    answer = city.call("POST", f"/reports/{tracking}/accept", raw, {**headers, "X-Report-Key": given["key"]})
    assert answer.status in (403, 404), answer.text
    assert city.status(tracking) == "coordination"
    assert complete()["id"] != complete()["id"]

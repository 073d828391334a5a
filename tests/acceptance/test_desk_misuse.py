"""Issue 4, bad input and misuse: two at once, stale forms, CSRF, hostile text, odd bodies."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.acceptance.clients import Server, at_once, fresh
from tests.acceptance.desks import (
    Desk,
    Page,
    Photo,
    at_agency,
    history,
    in_progress,
    of,
    picture,
    resolved,
    spot,
    status,
    trackings,
    waiting,
)

URLENCODED = "application/x-www-form-urlencoded"


@pytest.fixture(scope="module")
def admin(city: Server) -> Desk:
    return Desk(city, "admin")


@pytest.fixture(scope="module")
def second(city: Server) -> Desk:
    return Desk(city, "admin-2")


# two at once


def test_the_second_is_told_what_changed_and_keeps_the_text(city: Server, admin: Desk, second: Desk) -> None:
    tracking = waiting(city)["tracking"]
    mine, theirs = admin.at(f"/desk/triage/{tracking}"), second.at(f"/desk/triage/{tracking}")
    form = next(form for form in mine.forms if form.action.endswith("/dispatch") and form.named("note"))
    admin.submit(mine, form, {"agency": "sosial", "category": ""}).ok()
    before = len(history(city, tracking))
    after = second.submit(
        theirs, theirs.form("/reject"), {"reason_code": "untrue", "reason": "Kalimat panjang yang diketik."}
    )
    assert after.status == 409, (after.status, after.main[:400])
    assert "Kalimat panjang yang diketik." in after.html, "the text typed is kept"
    assert re.search(r"Dinas Sosial|dikirim|diteruskan", after.main, re.I), f"what changed: {after.main[:600]}"
    assert len(history(city, tracking)) == before


def test_what_was_kept_can_be_sent_again(city: Server, admin: Desk, second: Desk) -> None:
    """A change that does not forbid the second's action: told, and the same form once more goes through."""
    tracking = waiting(city)["tracking"]
    theirs = second.at(f"/desk/triage/{tracking}")
    admin.do(f"/desk/triage/{tracking}", "/correct", {"landmark": "seberang pasar"})
    after = second.submit(theirs, theirs.form("/reject"), {"reason_code": "untrue", "reason": "Tetap saya tolak."})
    assert after.status == 409
    assert status(city, tracking) == "waiting"
    form = next((form for form in after.forms if "/reject" in form.action), None)
    assert form, f"the form is there again: {[str(form) for form in after.forms]}"
    again = second.submit(after, form)
    assert again.status == 200, again.main[:500]
    assert status(city, tracking) == "rejected"


def test_a_race_has_one_winner(city: Server, admin: Desk, second: Desk) -> None:
    tracking = waiting(city)["tracking"]
    pages = [desk.at(f"/desk/triage/{tracking}") for desk in (admin, second)]
    forms = [
        next(form for form in page.forms if form.action.endswith("/dispatch") and form.named("note")) for page in pages
    ]
    answers: list[Page] = at_once(
        [
            lambda: admin.submit(pages[0], forms[0], {"agency": "sosial", "note": "satu"}),
            lambda: second.submit(pages[1], forms[1], {"agency": "kesehatan", "note": "dua"}),
        ]
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    dispatched = [entry for entry in history(city, tracking) if "dispatch" in str(entry["event"])]
    assert len(dispatched) == 1


def test_a_double_click_does_it_once(city: Server, admin: Desk) -> None:
    tracking = waiting(city)["tracking"]
    page = admin.at(f"/desk/triage/{tracking}")
    form = page.form("/note")
    answers = at_once([lambda: admin.submit(page, form, {"note": "sekali saja"})] * 2)
    assert all(answer.status == 200 for answer in answers), [answer.status for answer in answers]
    assert len([entry for entry in history(city, tracking) if entry["note"] == "sekali saja"]) == 1


def test_a_stale_form_of_the_agency(city: Server) -> None:
    officer = Desk(city, "bina-marga")
    tracking = at_agency(city)
    page = officer.at(f"/desk/agency/{tracking}")
    assert city.act(tracking, "dispatch", {"agency": "perhubungan"}).status == 200
    before = len(history(city, tracking))
    after = officer.submit(page, page.form("/accept"), {"note": "kami ambil"})
    assert after.status in (403, 404, 409)
    assert len(history(city, tracking)) == before


# CSRF


@pytest.mark.parametrize(
    "how",
    ["missing", "empty", "wrong", "another's", "foreign origin", "null origin", "foreign referer", "in the query"],
)
def test_csrf(city: Server, admin: Desk, second: Desk, how: str) -> None:
    tracking = waiting(city)["tracking"]
    page = admin.at(f"/desk/triage/{tracking}")
    form = page.form("/note")
    token = form.find("csrf")
    good = token.value
    headers: dict[str, str] = {}
    drop: tuple[str, ...] = ()
    if how == "missing":
        drop = ("csrf",)
    elif how == "empty":
        token.value = ""
    elif how == "wrong":
        token.value = "A" * len(good)
    elif how == "another's":
        token.value = second.at("/desk/triage").form("sign-out").find("csrf").value
    elif how == "foreign origin":
        headers = {"Origin": "https://evil.example", "Referer": "https://evil.example/"}
    elif how == "null origin":
        headers = {"Origin": "null", "Referer": ""}
        token.value = ""
    elif how == "foreign referer":
        headers = {"Origin": "", "Referer": "https://evil.example/x"}
        token.value = "x"
    elif how == "in the query":
        drop = ("csrf",)
        form.action += f"?csrf={good}"
    after = admin.submit(page, form, {"note": "dari luar"}, headers=headers, drop=drop)
    assert after.status in (400, 403), (how, after.status)
    assert "dari luar" not in json.dumps(history(city, tracking)), how


def test_csrf_on_every_form_of_every_page(city: Server, admin: Desk) -> None:
    """No form that changes something works without its token."""
    tracking, agency, proof = waiting(city)["tracking"], at_agency(city), in_progress(city)
    officer, validator, counter = Desk(city, "bina-marga"), Desk(city, "validator"), Desk(city, "counter")
    resolved(officer, proof)
    pages = [
        (admin, f"/desk/triage/{tracking}"),
        (admin, "/desk/triage"),
        (officer, f"/desk/agency/{agency}"),
        (officer, "/desk/agency"),
        (officer, f"/desk/field/{agency}"),
        (validator, f"/desk/validation/{proof}"),
        (counter, "/desk/counter"),
        (counter, "/desk/counter/slip"),
        (admin, f"/desk/reports/{tracking}/identity"),
        (admin, "/desk/settings/policy"),
        (admin, "/desk/settings/member?sub=new"),
        (admin, "/desk/settings/channel?id=qlue"),
    ]
    before = _by_people(city, tracking, agency, proof)
    seen = 0
    for desk, path in pages:
        page = desk.at(path)
        for form in page.forms:
            if form.method != "post":
                continue
            seen += 1
            assert form.named("csrf"), f"{path}: {form}"
            after = desk.submit(page, form, drop=("csrf",))
            assert after.status in (400, 403), f"{path}: {form}: {after.status}"
    assert seen >= 20
    assert before == _by_people(city, tracking, agency, proof)


def _by_people(city: Server, *numbers: str) -> list[list[int]]:
    """What people did (photos are looked at by nobody)."""
    return [[entry["seq"] for entry in history(city, one) if entry["role"] != "system"] for one in numbers]


def test_reading_changes_nothing(city: Server, admin: Desk) -> None:
    tracking = waiting(city)["tracking"]
    for action in ("dispatch", "reject", "note", "merge", "redact", "validate"):
        page = admin.get(f"/desk/reports/{tracking}/{action}?agency=sosial&note=x&reason=x")
        assert page.status in (404, 405, 409, 422, 400, 403), (action, page.status)
    assert len(history(city, tracking)) == 1


# hostile text

EVIL = [
    "<script>alert('x')</script>",
    "<img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>",
    "'; DROP TABLE reports; --",
    "{{ 7*7 }}{% for x in y %}",
    "\u202eevil\u202c \u2066left\u2069",
    "مرحبا שלום",
    "javascript:alert(1)",
    "</textarea><script>alert(2)</script>",
    "\x00\x01\x1b[31m",
]


def _safe(html: str) -> None:
    for raw in ("<script>alert", "<img src=x", "<svg onload", "</textarea><script"):
        assert raw not in html
    assert not re.search(r"<[^>]*\son\w+=(?!\")", html.replace("&#34;", "")), "no handler"


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_hostile_text_is_text_everywhere(city: Server, admin: Desk, evil: str) -> None:
    words = f"Jalan berlubang {evil} di sini"
    place = {**spot(), "landmark": f"dekat {evil}"[:150]}
    made = city.report(category=None, text=words, location=place)
    tracking = made["tracking"]
    if made["status"]["code"] == "waiting":
        assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    agency = of(city, tracking)["agency"]["code"]
    officer = Desk(city, token=str(city.get(f"/_local/token?role=agency&agency={agency}").json["token"]))
    officer.do(f"/desk/agency/{tracking}", "/accept", {"note": evil})
    officer.do(f"/desk/agency/{tracking}", "/note", {"note": f"catatan {evil}"})
    after = resolved(officer, tracking, note=f"Sudah {evil}")
    _safe(after.html)
    validator = Desk(city, "validator")
    for desk, path in (
        (admin, f"/desk/triage/{tracking}"),
        (admin, "/desk/triage"),
        (officer, f"/desk/agency/{tracking}"),
        (officer, "/desk/agency"),
        (officer, f"/desk/agency/{tracking}/work-order"),
        (officer, "/desk/field"),
        (validator, "/desk/validation"),
        (validator, f"/desk/validation/{tracking}"),
    ):
        page = desk.at(path)
        _safe(page.html)
        assert "49{%" not in page.html
    if evil.isprintable() and "\u202e" not in evil:
        assert (
            evil in validator.at(f"/desk/validation/{tracking}").main
            or " ".join(evil.split()) in validator.at(f"/desk/validation/{tracking}").main
        ), "shown as it was written"


@pytest.mark.parametrize("evil", EVIL, ids=range(len(EVIL)))
def test_a_hostile_name_is_text_on_the_identity_page(city: Server, admin: Desk, evil: str) -> None:
    who = {"name": f"Budi {evil}"[:80], "address": f"Jl. {evil}"[:80]}
    tracking = city.report(category=None, location={**spot(), "landmark": "x"}, reporter=who)["tracking"]
    page = admin.at(f"/desk/reports/{tracking}/identity")
    shown = admin.submit(page, page.form("/identity"), {"why": f"uji {evil}"})
    assert shown.status in (200, 422), shown.status
    _safe(shown.html)
    _safe(admin.at("/desk/overview").html)
    _safe(admin.at(f"/desk/triage/{tracking}").html)


def test_right_to_left_text_is_isolated(city: Server, admin: Desk) -> None:
    tracking = waiting(city, text="Jalan rusak \u202egnol yrev\u202c di sini \u05e9\u05dc\u05d5\u05dd")["tracking"]
    page = admin.at(f"/desk/triage/{tracking}")
    at = page.html.find("Jalan rusak")
    around = page.html[max(0, at - 120) : at]
    assert "<bdi" in around or 'dir="auto"' in around, around


def test_the_policy_of_every_page_is_strict(city: Server, admin: Desk) -> None:
    tracking = at_agency(city)
    officer = Desk(city, "bina-marga")
    for desk, path in (
        (admin, "/desk/triage"),
        (admin, f"/desk/triage/{tracking}"),
        (officer, "/desk/agency"),
        (officer, f"/desk/agency/{tracking}"),
        (officer, f"/desk/agency/{tracking}/work-order"),
        (officer, f"/desk/field/{tracking}"),
        (admin, "/desk/validation"),
        (admin, "/desk/counter"),
        (admin, "/desk/search"),
        (admin, "/desk/overview"),
        (admin, "/desk/settings"),
        (admin, "/desk/nothing-here"),
    ):
        page = desk.get(path)
        policy = page.answer.header("content-security-policy")
        assert "default-src 'none'" in policy, (path, policy)
        assert "unsafe" not in policy, (path, policy)
        assert not re.search(r"<script(?![^>]*\bsrc=)", page.html), f"{path}: inline script"
        assert not re.search(r"<[a-z][^>]*\s(on[a-z]+|style)=", page.html), f"{path}: inline handler or style"
        assert page.answer.header("x-content-type-options") == "nosniff", path


# odd bodies


def _bodies(csrf: str) -> dict[str, tuple[bytes, str]]:
    many = "&".join(f"a{n}=1" for n in range(20_000))
    return {
        "huge field": (urlencode({"csrf": csrf, "note": "x" * 3_000_000}).encode(), URLENCODED),
        "huge but allowed": (urlencode({"csrf": csrf, "note": "x" * 200_000}).encode(), URLENCODED),
        "many fields": (f"csrf={csrf}&{many}".encode(), URLENCODED),
        "no body": (b"", URLENCODED),
        "no type": (f"csrf={csrf}&note=x".encode(), ""),
        "json": (json.dumps({"csrf": csrf, "note": "x"}).encode(), "application/json"),
        "xml": (b"<a/>", "application/xml"),
        "not utf-8": (b"csrf=" + csrf.encode() + b"&note=%ff%fe%00", URLENCODED),
        "bad escapes": (b"csrf=" + csrf.encode() + b"&note=%zz%", URLENCODED),
        "twice the field": (f"csrf={csrf}&seq=1&seq=999&seq=x&note=a&note=b".encode(), URLENCODED),
        "odd seq": (f"csrf={csrf}&seq=99999999999999999999999&note=a".encode(), URLENCODED),
        "no boundary": (b"--x\r\n\r\n", "multipart/form-data"),
        "broken multipart": (b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"),
        "endless boundary": (b"--" * 10_000, "multipart/form-data; boundary=" + "x" * 5_000),
        "null": (b"\x00" * 1000, URLENCODED),
        "array names": (f"csrf={csrf}&note[]=x&note[__proto__]=y".encode(), URLENCODED),
        "form_id of a poet": (
            urlencode({"csrf": csrf, "form_id": "../../" * 50, "seq": "1", "note": "a"}).encode(),
            URLENCODED,
        ),
        "foreign way back": (
            urlencode(
                {"csrf": csrf, "seq": "1", "note": "kembali", "back": "https://evil.example/", "to": "//evil.example"}
            ).encode(),
            URLENCODED,
        ),
    }


@pytest.mark.parametrize("name", list(_bodies("")))
def test_odd_bodies(city: Server, admin: Desk, name: str) -> None:
    tracking = waiting(city)["tracking"]
    csrf = admin.at(f"/desk/triage/{tracking}").form("/note").find("csrf").value
    body, kind = _bodies(csrf)[name]
    for path in (
        f"/desk/reports/{tracking}/note",
        "/desk/triage",
        "/desk/counter",
        "/desk/agency/bulk",
        "/desk/search",
    ):
        try:
            answer = admin.send("POST", path, body, {"Content-Type": kind, "Origin": city.url})
        except (ConnectionError, BrokenPipeError):
            continue
        assert answer.status < 500, (path, answer.status)
        assert "evil.example" not in answer.header("location"), (path, answer.header("location"))
        assert answer.status != 200 or "text/html" in answer.header("content-type")
    for entry in history(city, tracking):
        assert len(json.dumps(entry)) < 100_000


@pytest.mark.parametrize(
    "path",
    [
        "/desk/triage/JKT-7K3M-92QX-4HTC",
        "/desk/triage/../../etc/passwd",
        "/desk/triage/%00",
        "/desk/triage?cursor=rubbish",
        "/desk/triage?cursor=" + "A" * 3000,
        "/desk/triage?queue=agency%23perhubungan",
        "/desk/triage?queue=%3Cscript%3E",
        "/desk/triage?lang=xx",
        "/desk/agency?area=%27&category=x&status=y&unit=z",
        "/desk/agency?limit=100000",
        "/desk/overview?area=99",
        "/desk/settings/category?code=nothing",
        "/desk/settings/text?key=__class__",
        "/desk/settings/member?sub=nobody",
        "/desk/settings/channel?id=%2e%2e",
        "/desk/settings/nothing",
        "/desk/static/../app.py",
        "/desk/static/%2e%2e/%2e%2e/app.py",
        "/desk/static/nothing.js",
        "/desk/" + "x" * 2000,
    ],
)
def test_odd_addresses(city: Server, admin: Desk, path: str) -> None:
    page = admin.get(path)
    assert page.status < 500
    assert "<script>" not in page.html.replace("<script src", "")
    assert "import " not in page.html


def test_a_page_of_the_desk_that_is_not_there_is_a_page(city: Server, admin: Desk) -> None:
    page = admin.get("/desk/triage/JKT-7K3M-92QX-4HTC")
    assert page.status in (404, 422)
    assert "text/html" in page.answer.header("content-type")
    nothing = admin.get("/desk/nothing-here")
    assert nothing.status == 404
    assert "text/html" in nothing.answer.header("content-type"), "a browser gets a page"


def test_an_action_that_is_not_of_this_role(city: Server) -> None:
    officer = Desk(city, "bina-marga")
    tracking = in_progress(city)
    page = officer.at(f"/desk/agency/{tracking}")
    csrf, seq = page.form("/note").find("csrf").value, page.form("/note").find("seq").value
    before = len(history(city, tracking))
    for action, more in {
        "reject": {"reason": "x", "reason_code": "untrue"},
        "dispatch": {"agency": "perhubungan"},
        "validate": {},
        "refuse": {"reason": "x"},
        "merge": {"into": waiting(city)["tracking"]},
        "split": {"problem": "x"},
        "redact": {"problem": "x"},
        "correct": {"category": "trotoar"},
        "approve-extension": {},
    }.items():
        body = urlencode({"csrf": csrf, "seq": seq, "form_id": fresh("f"), **more}).encode()
        answer = officer.send(
            "POST", f"/desk/reports/{tracking}/{action}", body, {"Content-Type": URLENCODED, "Origin": city.url}
        )
        assert answer.status == 403, (action, answer.status)
    assert len(history(city, tracking)) == before


def test_too_many_or_too_big_photos(city: Server) -> None:
    officer = Desk(city, "bina-marga")
    tracking = in_progress(city)
    page = officer.at(f"/desk/agency/{tracking}")
    form = page.form("/resolve")
    many = [Photo(picture(size=(64, 64))) for _ in range(60)]
    try:
        after: Any = officer.submit(page, form, {"photos": many, "note": "Banyak foto."})
        assert after.status < 500
        if after.status != 200:
            assert status(city, tracking) == "in_progress"
    except (ConnectionError, BrokenPipeError):
        pass
    tracking = in_progress(city)
    page = officer.at(f"/desk/agency/{tracking}")
    try:
        after = officer.submit(
            page, page.form("/resolve"), {"photos": Photo(b"\xff\xd8\xff" + b"0" * 30_000_000), "note": "Besar."}
        )
        assert after.status in (400, 413, 422), after.status
    except (ConnectionError, BrokenPipeError):
        pass
    assert status(city, tracking) == "in_progress"


def test_the_name_is_nowhere_without_the_right(city: Server) -> None:
    tracking = at_agency(
        city, reporter={"name": "Kusumaningtyas Terlindung", "address": "Jl. Tersembunyi 99", "phone": "+628123123123"}
    )
    for user, paths in {
        "bina-marga": (
            "/desk/agency",
            f"/desk/agency/{tracking}",
            f"/desk/agency/{tracking}/work-order",
            "/desk/field",
            f"/desk/field/{tracking}",
        ),
        "validator": ("/desk/validation", f"/desk/validation/{tracking}"),
        "admin": ("/desk/triage", f"/desk/triage/{tracking}", "/desk/overview"),
        "analyst": ("/desk", "/desk/search", "/desk/overview"),
    }.items():
        desk = Desk(city, token=str(city.get(f"/_local/token?user={user}").json["token"]))
        for path in paths:
            html = desk.get(path).html
            for secret in ("Kusumaningtyas", "Tersembunyi 99", "8123123123"):
                assert secret not in html, (user, path, secret)
    assert trackings(tracking)

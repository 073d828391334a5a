"""Triage in the mocked cloud: lists, one report, who may see them, and what its forms do."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import unquote, urlencode

import pytest

from chalicelib.domain.lifecycle import Role
from tests.http.conftest import Answer, bearer
from tests.store.test_reports import a_report

ADMIN = bearer("admin")
TEXT = "Jalan berlubang besar di depan halte, banyak motor jatuh malam hari"
NASTY = '<script>alert(1)</script> \'; DROP TABLE reports;-- ‮gnp.exe "quoted" {{ 7*7 }}'
PATH = "/desk/triage"


@pytest.fixture
def page(web: Callable[..., Answer]) -> Callable[..., Answer]:
    """A page of the desk: `page("/desk/triage")`, `page(number)`."""

    def get(number: str = "", *, headers: dict[str, str] = ADMIN, **query: str) -> Answer:
        if not number:
            return web("GET", PATH, headers=headers, query=query or None)
        return web("GET", f"{PATH}/{{tracking}}", tracking=number, headers=headers, query=query or None)

    return get


@pytest.fixture
def send(web: Callable[..., Answer]) -> Callable[..., Answer]:
    """A form of the desk, as a browser sends it."""

    def post(path: str, fields: dict[str, str], *, headers: dict[str, str] = ADMIN, **parameters: str) -> Answer:
        told = {**headers, "content-type": "application/x-www-form-urlencoded"}
        return web("POST", path, headers=told, body=urlencode(fields).encode(), **parameters)

    return post


def forms(text: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The forms of a page: address, and hidden fields."""
    for action, inner in re.findall(r'<form method="post" action="([^"]+)"[^>]*>(.*?)</form>', text, re.S):
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', inner)
        yield action, {name: html.unescape(value) for name, value in hidden}


def form_for(text: str, action: str, **having: str) -> dict[str, str]:
    return next(
        fields for address, fields in forms(text) if address.endswith(action) and having.items() <= fields.items()
    )


def buttons(text: str, name: str) -> list[str]:
    return [html.unescape(value) for value in re.findall(rf'<button[^>]*name="{name}" value="([^"]*)"', text)]


def flat(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html.unescape(text)).split())


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.ADMIN, Role.REPORTER, Role.SYSTEM)])
def test_triage_is_the_admins(filed: Any, page: Any, send: Any, role: Role) -> None:
    number = filed()["tracking"]
    headers = bearer(role, "bina-marga" if role is Role.AGENCY else None)
    assert page(headers=headers).status == 403
    assert page(number, headers=headers).status == 403
    assert send(PATH, {"accept": f"{number} 1 bina-marga jalan"}, headers=headers).status == 403


def test_without_a_session_one_is_sent_to_sign_in(page: Any) -> None:
    answer = page(headers={})
    assert answer.status == 303
    assert answer.headers["location"].endswith("/desk/sign-in?next=%2Fdesk%2Ftriage")


def waiting(filed: Any, index: int = 0, **changes: Any) -> str:
    """A report that waits: nobody's standing rule sends it on."""
    number: str = filed(f"m-{index}", **{"text": TEXT, "category": None, "id": f"A-{index}", **changes})["tracking"]
    return number


def test_the_list_shows_what_one_decides_on(filed: Any, page: Any) -> None:
    number = waiting(filed)
    answer = page()
    told = flat(answer.text)
    assert answer.status == 200
    assert number in told
    assert "Jalan berlubang besar di depan halte" in told
    assert "Budi" not in told
    assert "sisa " in told
    assert "Dinas Bina Marga" in told
    assert re.search(r"\d+%", told)


def test_accepting_posts_what_was_shown(desk: Any, filed: Any, page: Any, send: Any) -> None:
    number = waiting(filed)
    text = page().text
    (value,) = buttons(text, "accept")
    shown, seq, agency, category = value.split()
    assert shown == number
    assert int(seq) == desk.reports.get(number).seq
    fields = form_for(text, PATH)
    answer = send(PATH, {**fields, "accept": value})
    assert answer.status == 303
    assert f"done=dispatch&done.tracking={number}" in answer.headers["location"]
    report = desk.reports.get(number)
    assert (report.agency, report.category) == (agency, category)
    assert report.automatic is False
    again = send(PATH, {**fields, "accept": value})
    assert again.status == 303
    assert desk.reports.get(number).version == report.version


def test_a_stale_list_accepts_nothing_and_says_who_was_quicker(desk: Any, filed: Any, page: Any, send: Any) -> None:
    number = waiting(filed)
    text = page().text
    (value,) = buttons(text, "accept")
    after = _corrected(desk, send, page, number)
    answer = send(PATH, {**form_for(text, PATH), "accept": value})
    assert answer.status == 409
    assert 'id="refused"' in answer.text
    assert "Data laporan diperbaiki" in answer.text
    assert desk.reports.get(number).version == after


def _corrected(desk: Any, send: Any, page: Any, number: str) -> int:
    fields = {**form_for(page(number).text, f"/{number}/correct"), "landmark": "dekat pos"}
    answer = send("/desk/reports/{tracking}/{action}", fields, tracking=number, action="correct")
    assert answer.status == 303
    version: int = desk.reports.get(number).version
    return version


@pytest.mark.parametrize(
    ("value", "status"), [("", 422), ("no-number 1 a b", 422), ("JKT-0000-0000-0000 1 bina-marga jalan", 422)]
)
def test_a_forged_value_changes_nothing(send: Any, value: str, status: int) -> None:
    assert send(PATH, {"accept": value, "back": PATH}).status in (status, 404)


def test_a_form_leads_nowhere_else(filed: Any, page: Any, send: Any) -> None:
    waiting(filed)
    text = page().text
    (value,) = buttons(text, "accept")
    answer = send(PATH, {**form_for(text, PATH), "accept": value, "back": "https://evil.example/desk"})
    assert answer.headers["location"].startswith("http://127.0.0.1:8000/desk/triage")


def test_words_are_shown_as_words(filed: Any, page: Any) -> None:
    number = waiting(filed, text=f"{NASTY} jalan berlubang")
    for answer in (page(), page(number)):
        assert answer.status == 200
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text
        assert "{{ 7*7 }}" in html.unescape(answer.text)
        assert "<bdi>" in answer.text
        assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
        assert not re.search(r"<style|\sstyle=|\son\w+=", answer.text.split("<main")[1])
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe" not in policy


def test_one_report_with_all_that_speaks_for_a_decision(filed: Any, page: Any) -> None:
    before = waiting(filed, 1)
    number = waiting(filed, 2, text=TEXT + " sekali")
    told = flat(page(number).text)
    for words in ("Saran", "Kata-kata yang menunjuk ke sana", "dari titik", "Laporan yang mirip", before, "hari yang sama",
                  f"Gabungkan ke {before}", "Laporan lain: 1", "Tolak laporan", "Pisahkan jadi dua laporan"):  # fmt: skip
        assert words in told, words
    assert "Budi" not in told
    assert "Mawar" not in told


def test_what_an_agency_has_is_sent_on_by_no_single_letter(filed: Any, page: Any, send: Any) -> None:
    number = waiting(filed)
    assert any("agency" in fields for address, fields in forms(page(number).text) if address.endswith("/dispatch"))
    send(PATH, {"accept": f"{number} - bina-marga jalan", "back": PATH})
    text = page(number).text
    assert not any("agency" in fields for address, fields in forms(text) if address.endswith("/dispatch"))
    assert 'data-key="a"' not in text
    assert 'id="do-dispatch"' in text


def test_what_had_better_be_read_first_is_marked(filed: Any, page: Any) -> None:
    number = waiting(filed, text="Tes tes coba aplikasi")
    told = page()
    assert "Bukan urusan publik?" in flat(told.text)
    assert 'class="button"' not in told.text.split("<main")[1]
    assert "Sepertinya bukan urusan yang ditangani kota." in flat(page(number).text)


def test_in_english_too(filed: Any, page: Any) -> None:
    number = waiting(filed)
    answer = page(number, lang="en")
    assert "Suggestion" in answer.text
    assert "triage." not in flat(answer.text.split("<main")[1])
    assert "triage." not in flat(page(number, lang="id").text.split("<main")[1])


def test_merging_by_its_button_goes_on_to_the_next(desk: Any, filed: Any, page: Any, send: Any) -> None:
    leader, number, third = (waiting(filed, index) for index in (1, 2, 3))
    fields = form_for(page(number).text, f"/{number}/merge", into=leader)
    answer = send("/desk/reports/{tracking}/{action}", fields, tracking=number, action="merge")
    assert answer.status == 303
    assert f"/desk/triage/{third}" in answer.headers["location"]
    assert desk.reports.get(number).merged_into == leader


@pytest.mark.parametrize(
    ("action", "wrong", "right"),
    [
        ("merge", {"into": "JKT-1"}, None),
        ("reject", {}, {"reason_code": "untrue"}),
        ("split", {"category": "jalan"}, {"problem": "Lampu mati di sebelahnya"}),
        ("ask", {}, {"question": "Di sisi mana?"}),
        ("correct", {"area": "Negeri Antah"}, {"area": "Gambir, Gambir"}),
        ("note", {}, {"note": "sudah ditelepon"}),
    ],
)
def test_a_refused_form_is_open_and_keeps_what_was_typed(
    desk: Any, filed: Any, page: Any, send: Any, action: str, wrong: dict[str, str], right: dict[str, str] | None
) -> None:
    number = waiting(filed)
    fields = form_for(page(number).text, f"/{number}/{action}")
    before = desk.reports.get(number)
    answer = send("/desk/reports/{tracking}/{action}", {**fields, **wrong}, tracking=number, action=action)
    assert answer.status == 422, flat(answer.text)
    assert f'<details id="do-{action}" open>' in answer.text
    for typed in wrong.values():
        assert typed in answer.text
    assert desk.reports.get(number) == before
    if right is not None:
        fields = form_for(answer.text, f"/{number}/{action}")
        answer = send("/desk/reports/{tracking}/{action}", {**fields, **right}, tracking=number, action=action)
        assert answer.status == 303, flat(answer.text)
        assert desk.reports.get(number).version > before.version


def test_a_text_left_as_it_is_redacts_nothing(desk: Any, filed: Any, page: Any, send: Any) -> None:
    number = waiting(filed)
    fields = form_for(page(number).text, f"/{number}/redact")
    report = desk.reports.get(number)
    answer = send(
        "/desk/reports/{tracking}/{action}", {**fields, "problem": report.problem}, tracking=number, action="redact"
    )
    assert answer.status == 422
    assert desk.reports.get(number) == report


def test_extensions_are_decided_from_the_list(desk: Any, filed: Any, web: Any, page: Any, send: Any) -> None:
    number = waiting(filed)
    send(PATH, {"accept": f"{number} - bina-marga jalan", "back": PATH})
    agency = bearer("agency", "bina-marga")
    wish = {"until": (desk.now() + timedelta(days=20)).isoformat(), "reason": "menunggu <b>aspal</b>"}
    answer = web(
        "POST",
        "/staff/reports/{tracking}/{action}",
        headers=agency,
        body=json.dumps(wish),
        tracking=number,
        action="extend",
    )
    assert answer.status == 200, answer.text
    text = page(queue="extensions").text
    assert "menunggu &lt;b&gt;aspal&lt;/b&gt;" in text
    assert "menunggu &lt;b&gt;aspal&lt;/b&gt;" in page(number).text
    (value,) = buttons(text, "approve")
    assert send(PATH, {**form_for(text, PATH), "approve": value}).status == 303
    assert desk.reports.get(number).extended


@pytest.mark.parametrize("queue", ["waiting", "incomplete", "extensions", "doubted"])
def test_every_queue_may_be_empty(page: Any, queue: str) -> None:
    answer = page(queue=queue)
    assert answer.status == 200
    assert 'class="empty"' in answer.text


def test_a_wrong_queue_or_cursor_is_said(page: Any) -> None:
    assert page(queue="agency#bina-marga").status == 422
    assert page(cursor="nonsense").status == 422


def test_a_sensitive_report_is_opened_before_it_is_sent(filed: Any, page: Any, desk: Any) -> None:
    number = waiting(filed, confidential=True)
    assert desk.reports.get(number).confidential
    answer = page()
    assert number in answer.text
    assert buttons(answer.text, "accept") == []


@pytest.mark.parametrize("text", [(TEXT + " ") * 3, '<"&' * 70, "🕳" * 200])
def test_a_list_reads_fifty_and_stays_small(desk: Any, module: Any, page: Any, calls: Any, text: str) -> None:
    for index in range(60):
        report = a_report(
            desk,
            f"JKT-{index:04d}-AAAA-AAAA",
            problem=text,
            category=None,
            at=desk.now() + timedelta(seconds=index),
        )
        desk.reports.add(report)
    page()
    calls()
    answer = page()
    assert calls().count("dynamodb.Query") == 1
    assert answer.text.count("data-row") == 50
    assert len(answer.text.encode()) <= 60_000
    following = re.search(r"cursor=([^\"&]+)", answer.text)
    assert following
    rest = page(cursor=unquote(following[1]))
    assert rest.text.count("data-row") == 10

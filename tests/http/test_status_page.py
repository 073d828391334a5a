"""The page of one report, and its reporter's forms: the key in a cookie, what each form does, and what a refused one keeps."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from msgspec.structs import replace

from chalicelib.usecases.uploads import store_upload
from tests.http.conftest import Answer, bearer
from tests.http.desk_forms import PNG
from tests.pages.reading import Html

HTML = {"accept": "text/html,application/xhtml+xml"}
FORM = {**HTML, "content-type": "application/x-www-form-urlencoded"}
Web = Callable[..., Answer]
Filed = Callable[..., dict[str, Any]]


@pytest.fixture
def page(web: Web) -> Callable[..., Answer]:
    """Opens the page of a report."""

    def opened(tracking: str, cookie: str = "", **query: str) -> Answer:
        headers = {**HTML, **({"cookie": cookie} if cookie else {})}
        return web("GET", "/reports/{tracking}", tracking=tracking, headers=headers, query=query or None)

    return opened


@pytest.fixture
def send(web: Web) -> Callable[..., Answer]:
    """Sends one of the page's forms, as it stands on the page."""

    def sent(receipt: dict[str, Any], action: str, *, kind: dict[str, str] | None = None, **fields: str) -> Answer:
        told = {"key": receipt["key"], "lang": "id", **fields}
        return web(
            "POST",
            "/reports/{tracking}/{action}",
            tracking=receipt["tracking"],
            action=action,
            headers=FORM | (kind or {}),
            body=urlencode(told).encode(),
        )

    return sent


@pytest.fixture
def staff(web: Web) -> Callable[..., Answer]:
    """What somebody of the staff does."""

    def did(tracking: str, action: str, role: str, body: str = "{}", agency: str | None = None) -> Answer:
        answer = web(
            "POST",
            "/staff/reports/{tracking}/{action}",
            tracking=tracking,
            action=action,
            headers=bearer(role, agency),
            body=body,
        )
        assert answer.status == 200, answer.text
        return answer

    return did


@pytest.fixture
def finished(filed: Filed, staff: Callable[..., Answer], desk: Any) -> dict[str, Any]:
    """A report whose work is done and checked."""
    receipt = filed()
    tracking = receipt["tracking"]
    staff(tracking, "accept", "agency", agency="bina-marga")
    photo = store_upload(desk, PNG, os.urandom(12))
    body = f'{{"note": "Lubang sudah ditambal.", "photos": ["{photo}"]}}'
    staff(tracking, "resolve", "agency", body, agency="bina-marga")
    staff(tracking, "validate", "validator")
    return receipt


def cookie_of(answer: Answer) -> str:
    told = answer.headers["set-cookie"]
    found = [each for each in (told if isinstance(told, list) else [told]) if "tanggap_key" in each]
    assert len(found) == 1
    return str(found[0])


def hidden(answer: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', answer.text)
    assert found
    return found[1]


def test_the_page_says_what_happens_when_the_deadline_passes(page: Callable[..., Answer], filed: Filed) -> None:
    text = Html(page(filed()["tracking"], lang="en").text).text
    assert "If nobody has responded by then, Head of agency is told automatically." in text


def test_a_page_is_one_read_of_at_most_thirty_kilobytes(
    page: Callable[..., Answer], filed: Filed, staff: Callable[..., Answer], calls: Callable[[], list[str]]
) -> None:
    receipt = filed()
    for number in range(40):
        note = f"Perkembangan {number}: " + "galian dibuka, pipa diperiksa, lalu lintas dialihkan. " * 12
        staff(receipt["tracking"], "note", "agency", f'{{"note": "{note}", "public": true}}', agency="bina-marga")
    calls()
    for query in ({}, {"key": receipt["key"]}):
        answer = page(receipt["tracking"], **query)
        assert calls() == ["dynamodb.GetItem"]
        assert len(answer.text.encode()) <= 30_000
        assert "?history=all" in answer.text
    whole = page(receipt["tracking"], history="all")
    assert "Perkembangan 0:" in whole.text


def test_the_key_goes_into_a_cookie_of_this_report_alone(web: Web, page: Callable[..., Answer], filed: Filed) -> None:
    receipt, other = filed(private=True), filed("msg-2", private=True)
    tracking = receipt["tracking"]
    opened = page(tracking, key=receipt["key"])
    assert opened.status == 200
    assert "berlubang" in opened.text
    assert opened.headers["cache-control"] == "private, no-store"
    assert "cookie" in opened.headers["vary"].lower()
    assert opened.headers["referrer-policy"] == "no-referrer"
    cookie = cookie_of(opened)
    assert cookie.startswith(f"tanggap_key_{tracking.replace('-', '')}={receipt['key']}; ")
    for part in ("HttpOnly", "SameSite=Strict", f"/reports/{tracking}", "Max-Age=2592000"):
        assert part in cookie
    pair = cookie.split(";")[0]
    mine = web("GET", "/reports/{tracking}/mine", tracking=tracking, headers={"cookie": pair})
    assert mine.status == 200, "what the page links to"
    again = page(tracking, pair)
    assert "berlubang" in again.text
    assert again.headers["cache-control"] == "private, no-store"
    moved = pair.replace(tracking.replace("-", ""), other["tracking"].replace("-", ""))
    assert "berlubang" not in page(other["tracking"], moved).text
    assert "set-cookie" not in page(tracking, key="A" * 16).headers


def test_with_https_and_a_path_the_cookie_stays_there(
    page: Callable[..., Answer], filed: Filed, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = filed()
    away = replace(desk.settings, public_url="https://lapor.example.id/api")
    monkeypatch.setattr(desk, "settings", away)
    cookie = cookie_of(page(receipt["tracking"], key=receipt["key"]))
    assert f"Path=/api/reports/{receipt['tracking']};" in cookie
    assert cookie.endswith("; Secure")


def test_the_key_stands_in_the_forms_and_nowhere_else(page: Callable[..., Answer], filed: Filed) -> None:
    receipt = filed()
    answer = page(receipt["tracking"], key=receipt["key"])
    forms = len(re.findall(r'<input type="hidden" name="key"', answer.text))
    assert forms > 3
    assert answer.text.count(receipt["key"]) == forms
    assert receipt["key"] not in page(receipt["tracking"]).text


def test_the_cookie_alone_changes_nothing(web: Web, filed: Filed) -> None:
    receipt = filed()
    name = f"tanggap_key_{receipt['tracking'].replace('-', '')}"
    for kind, body in (("application/json", "{}"), ("application/x-www-form-urlencoded", "confirm=1")):
        answer = web(
            "POST",
            "/reports/{tracking}/{action}",
            tracking=receipt["tracking"],
            action="withdraw",
            headers={"content-type": kind, "cookie": f"{name}={receipt['key']}"},
            body=body,
        )
        assert answer.status == 403


def test_a_key_is_typed_in_and_forgotten_again(
    page: Callable[..., Answer], send: Callable[..., Answer], filed: Filed
) -> None:
    receipt = filed(private=True)
    wrong = send(receipt | {"key": "SALAH-KUNCI"}, "open")
    assert wrong.status == 403
    assert "Kunci ini bukan kunci laporan ini" in wrong.text
    assert "SALAH-KUNCI" not in wrong.text
    right = send(receipt | {"key": receipt["key"].lower()}, "open", lang="en")
    assert right.status == 303
    assert "key" not in right.headers["location"]
    assert right.headers["location"].startswith("/reports/"), "on the host that the form came from"
    assert "lang=en" in right.headers["location"]
    assert "berlubang" in page(receipt["tracking"], cookie_of(right).split(";")[0]).text
    gone = send(receipt, "forget")
    assert gone.status == 303
    assert "Max-Age=0" in cookie_of(gone)


def test_a_question_is_answered(
    page: Callable[..., Answer], send: Callable[..., Answer], staff: Callable[..., Answer], filed: Filed, desk: Any
) -> None:
    receipt = filed()
    tracking = receipt["tracking"]
    assert "Jawaban Bapak/Ibu" not in page(tracking, key=receipt["key"]).text
    staff(tracking, "ask", "agency", '{"question": "Di sisi mana lubangnya?"}', agency="bina-marga")
    asked = page(tracking, key=receipt["key"])
    assert "Di sisi mana lubangnya?" in asked.text
    given = {"form_id": hidden(asked, "form_id")}
    empty = send(receipt, "answer", text=" ", **given)
    assert empty.status == 422
    assert "Mohon diisi." in empty.text
    for _ in range(2):  # pressed twice
        answer = send(receipt, "answer", text="Sisi utara, dekat halte", **given)
        assert answer.status == 303, answer.text
        assert "done=answer" in answer.headers["location"]
    said = [entry.event for entry in desk.reports.get(tracking).entries()]
    assert said.count("answered") == 1
    after = page(tracking, key=receipt["key"], done="answer")
    assert "jawabannya sudah diterima" in after.text
    assert "Jawaban Bapak/Ibu" not in after.text


def test_done_is_disputed_within_fourteen_days_and_everybody_sees_that_it_is(
    page: Callable[..., Answer], send: Callable[..., Answer], web: Web, finished: dict[str, Any]
) -> None:
    tracking = finished["tracking"]
    opened = page(tracking, key=finished["key"])
    assert "Dapat dilakukan sampai" in opened.text
    assert send(finished, "dispute", reason="Masih berlubang di sisi kiri").status == 303
    public = page(tracking)
    assert "Pelapor menyatakan masalah ini belum selesai" in public.text
    assert "sisi kiri" not in public.text
    told = web("GET", "/reports/{tracking}", tracking=tracking, headers={"accept": "application/json"}).json
    assert told["disputed"] is True
    assert told["status"]["code"] == "coordination"


def test_done_is_confirmed_and_rated(
    page: Callable[..., Answer], send: Callable[..., Answer], finished: dict[str, Any], desk: Any
) -> None:
    assert send(finished, "confirm").status == 303
    unrated = send(finished, "rate", word="Cepat sekali")
    assert unrated.status == 422
    assert "Mohon pilih salah satu." in unrated.text
    assert 'value="Cepat sekali"' in unrated.text
    assert send(finished, "rate", stars="4", word="Cepat sekali").status == 303
    assert desk.reports.get(finished["tracking"]).stars == 4
    after = page(finished["tracking"], key=finished["key"]).text
    assert re.search(r'value="4" required checked', after)
    assert "Masalahnya muncul lagi?" in after
    assert "Tidak, belum selesai" not in after


def test_after_fourteen_days_the_last_word_is_said(
    page: Callable[..., Answer], send: Callable[..., Answer], finished: dict[str, Any], clock: Any
) -> None:
    from datetime import timedelta

    clock.instant += timedelta(days=15)
    assert "Tidak, belum selesai" not in page(finished["tracking"], key=finished["key"]).text
    late = send(finished, "dispute", reason="Masih berlubang")
    assert late.status == 409
    assert "tidak dapat dilakukan lagi" in late.text


def test_who_has_not_seen_the_latest_is_told_so_and_keeps_what_was_typed(
    page: Callable[..., Answer], send: Callable[..., Answer], staff: Callable[..., Answer], filed: Filed
) -> None:
    receipt = filed()
    seq = hidden(page(receipt["tracking"], key=receipt["key"]), "seq")
    staff(receipt["tracking"], "accept", "agency", agency="bina-marga")
    answer = send(receipt, "withdraw", reason="Sudah saya perbaiki sendiri", confirm="1", seq=seq)
    assert answer.status == 409
    assert "Ada perkembangan baru" in answer.text
    assert "Sudah saya perbaiki sendiri" in answer.text
    assert send(receipt, "withdraw", confirm="1").status == 303


@pytest.mark.parametrize("action", ["withdraw", "withdraw-consent", "erase"])
def test_what_cannot_be_taken_back_needs_a_tick(send: Callable[..., Answer], filed: Filed, action: str) -> None:
    answer = send(filed(), action)
    assert answer.status == 422
    assert "Mohon centang dahulu." in answer.text
    assert re.search(
        rf'<details open><summary>[^<]*</summary>(?:(?!</details>).)*id="{action}-confirm"', answer.text, re.S
    )


def test_a_photo_comes_with_the_form(web: Web, filed: Filed, desk: Any, send: Callable[..., Answer]) -> None:
    receipt = filed()
    before = len(desk.reports.get(receipt["tracking"]).photos)

    def added(*files: bytes) -> Answer:
        parts = [f'--b\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode()
                 for n, v in (("key", receipt["key"]), ("form_id", "f" * 32), ("text", "Foto dari utara"))]  # fmt: skip
        for file in files:
            head = '--b\r\nContent-Disposition: form-data; name="photos"; filename="a.png"\r\nContent-Type: image/png\r\n\r\n'
            parts.append(head.encode() + file + b"\r\n")
        return web(
            "POST",
            "/reports/{tracking}/{action}",
            tracking=receipt["tracking"],
            action="add",
            headers={**HTML, "content-type": "multipart/form-data; boundary=b"},
            body=b"".join(parts) + b"--b--\r\n",
        )

    nothing = send(receipt, "add")
    assert nothing.status == 422
    assert "Mohon diisi." in nothing.text
    assert "bukan foto" not in nothing.text
    nonsense = added(b"not a picture at all")
    assert nonsense.status == 422
    assert "bukan foto yang dapat kami simpan" in nonsense.text
    assert "Foto dari utara" in nonsense.text
    large = added(b"\xff" * 4_000_001)
    assert large.status == 413
    assert "paling besar 4 MB" in large.text
    for _ in range(2):
        answer = added(PNG)
        assert answer.status == 303, answer.text
    assert len(desk.reports.get(receipt["tracking"]).photos) == before + 1


def test_how_to_be_told_is_chosen(send: Callable[..., Answer], filed: Filed, desk: Any) -> None:
    receipt = filed()
    assert send(receipt, "notify", way="none", email="is-not-meant").status == 303
    assert desk.reports.get(receipt["tracking"]).way == "none"
    assert send(receipt, "notify", way="pigeon").status == 422


def test_the_code_and_the_map_are_files_of_their_own(
    web: Web, page: Callable[..., Answer], filed: Filed, calls: Callable[[], list[str]]
) -> None:
    receipt, secret = filed(), filed("msg-2", private=True)
    calls()
    code = web("GET", "/reports/{tracking}/qr.svg", tracking=receipt["tracking"])
    assert calls() == []
    assert code.headers["content-type"] == "image/svg+xml"
    assert len(code.text) <= 4_096
    assert "map.svg" in page(receipt["tracking"]).text
    drawn = web("GET", "/reports/{tracking}/map.svg", tracking=receipt["tracking"])
    assert drawn.status == 200
    assert "Gambir" in drawn.text
    assert web("GET", "/reports/{tracking}/map.svg", tracking=secret["tracking"]).status == 404


def test_markup_stays_words(send: Callable[..., Answer], filed: Filed) -> None:
    bad = "<script>alert(1)</script>"
    answer = send(filed(), "rate", word=bad, form_id=bad, seq=bad, lang=bad)
    assert answer.status in (409, 422)
    assert bad not in answer.text


@pytest.mark.parametrize("body", [b"%00=%00", b"\xff\xfe", b"key=%FF&text=%00", b"&" * 2_000, b""])
def test_broken_forms_are_no_failure(web: Web, filed: Filed, body: bytes) -> None:
    answer = web(
        "POST", "/reports/{tracking}/{action}", tracking=filed()["tracking"], action="answer", headers=FORM, body=body
    )
    assert 400 <= answer.status < 500
    assert "text/html" in answer.headers["content-type"]


def test_an_unknown_action_of_a_form_is_a_page(send: Callable[..., Answer], filed: Filed) -> None:
    answer = send(filed(), "dispatch")
    assert answer.status == 404
    assert "<html" in answer.text


def test_what_is_mine_is_erased_and_the_report_stays(
    page: Callable[..., Answer], send: Callable[..., Answer], filed: Filed, desk: Any
) -> None:
    receipt = filed()
    answer = send(receipt, "erase", confirm="1")
    assert answer.status == 303, answer.text
    assert desk.reports.get(receipt["tracking"]).erased
    after = page(receipt["tracking"], key=receipt["key"], done="erase")
    assert "Data Bapak/Ibu sudah dihapus." in after.text
    assert 'id="erase-confirm"' not in after.text
    assert "berlubang" in page(receipt["tracking"]).text

"""The one address for changes: done once, refused with what is wrong or what others did, nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from chalicelib.domain.lifecycle import TRANSITIONS, Role
from chalicelib.domain.report import Report
from chalicelib.usecases.act import STAFF_ACTIONS
from tests.http.conftest import bearer
from tests.http.desk_forms import DINAS, FORM, PNG, SUDIN, Web, at_dinas, member, post, post_files

Filed = Callable[..., dict[str, Any]]
ADMIN = bearer("admin")
OTHER_DINAS = "sumber-daya-air"


def resolved(web: Web, desk: Any, tracking: str) -> None:
    assert post_files(web, tracking, "resolve", member(), PNG, note="Sudah ditambal").status == 303


def test_every_action_is_one_form_away(web: Web, filed: Filed, desk: Any) -> None:
    """One report through every action that the staff has, each by the role that may."""
    first, second = at_dinas(filed), at_dinas(filed, "msg-2", text="Lampu jalan mati di gang")
    until = (desk.now() + timedelta(days=20)).date().isoformat()
    validator = bearer("validator")
    steps: list[tuple[str, dict[str, str], dict[str, Any]]] = [
        ("accept", member(), {"note": "Kami kerjakan"}),
        ("disposition", member(), {"unit": SUDIN, "note": "Segera"}),
        ("note", member(SUDIN), {"note": "Alat menyusul"}),
        ("ask", member(SUDIN), {"question": "Sebelah mana persisnya?"}),
        ("extend", member(), {"until": until, "reason": "Menunggu aspal"}),
        ("refuse-extension", ADMIN, {"reason": "Terlalu lama"}),
        ("extend", member(), {"until": until, "reason": "Menunggu aspal panas"}),
        ("approve-extension", ADMIN, {}),
        ("return", member(), {"reason_code": "wrong-agency"}),
        ("correct", ADMIN, {"landmark": "depan halte"}),
        ("dispatch", ADMIN, {"agency": DINAS, "note": "Tetap di sini"}),
        ("split", ADMIN, {"problem": "Rambu juga rusak", "note": "dua hal"}),
        ("resolve", member(), {"note": "Sudah ditambal"}),
        ("refuse", validator, {"reason": "Masih berlubang"}),
        ("resolve", member(), {"note": "Ditambal lagi"}),
        ("validate", validator, {"note": "Baik"}),
        ("redact", ADMIN, {"problem": "Jalan berlubang"}),
    ]
    for action, who, fields in steps:
        seq = desk.reports.get(first).seq
        if action == "resolve":
            answer = post_files(web, first, action, who, PNG, seq=seq, **fields)
        else:
            answer = post(web, first, action, who, seq, **fields)
        assert answer.status == 303, (action, answer.status, answer.text[:3000])
        assert f"done={action.replace('-', '_')}" in answer.headers["location"]
    assert post(web, second, "merge", ADMIN, into=first).status == 409  # a report that is done leads nothing
    assert post(web, second, "reject", ADMIN, reason="Bukan urusan kota").status == 303
    tried = {action for action, _, _ in steps} | {"merge", "reject"}
    assert tried == set(STAFF_ACTIONS), "every action is tried here"


def test_a_double_click_is_one_change(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    seq = desk.reports.get(tracking).seq
    answers = [post(web, tracking, "accept", member(), seq, form_id="once") for _ in range(3)]
    assert [each.status for each in answers] == [303] * 3
    entries = [entry.event for entry in desk.reports.get(tracking).entries()]
    assert entries.count("accepted") == 1
    assert post(web, tracking, "note", member(), form_id="once", note="Satu").status == 303, "another action is another"
    other = bearer("agency", DINAS, sub="somebody-else")
    assert post(web, tracking, "note", other, form_id="once", note="Dua").status == 303, "somebody else's is another"
    assert [entry.event for entry in desk.reports.get(tracking).entries()].count("noted") == 2


def test_the_same_form_with_other_words_is_another_change(web: Web, filed: Filed, desk: Any) -> None:
    """After "back", and from any form of one page: what is typed is done, or it is said that it is not."""
    tracking = at_dinas(filed)
    for words in ("Pertama", "Kedua", "Kedua"):
        assert post(web, tracking, "note", member(), form_id="once", note=words).status == 303
    noted = [entry.told.note for entry in desk.reports.get(tracking).entries() if entry.event == "noted"]
    assert noted == ["Pertama", "Kedua"]
    seq, back = desk.reports.get(tracking).seq, f"/desk/triage/{tracking}"
    for words, status in (("Lampu mati", 303), ("Lampu mati", 303), ("Saluran mampet", 409)):
        answer = post(web, tracking, "split", ADMIN, seq, form_id="page", problem=words, back=back)
        assert answer.status == status
    assert "Saluran mampet" in answer.text
    again = post(web, tracking, "split", ADMIN, desk.reports.get(tracking).seq, form_id="page", problem=words)
    assert again.status == 303
    assert [entry.event for entry in desk.reports.get(tracking).entries()].count("split") == 2


def test_another_agency_after_back_is_a_conflict(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed, category=None, text="Sesuatu rusak di sini")
    seq, back = desk.reports.get(tracking).seq, f"/desk/triage/{tracking}"
    told = [
        post(web, tracking, "dispatch", ADMIN, seq, form_id="once", agency=code, back=back).status
        for code in (OTHER_DINAS, OTHER_DINAS, DINAS)
    ]
    assert told == [303, 303, 409]
    assert desk.reports.get(tracking).agency == OTHER_DINAS


def test_another_unit_for_the_ticked_reports_after_back(web: Web, filed: Filed, desk: Any) -> None:
    tracking, south = at_dinas(filed), "suku-dinas-bina-marga-jakarta-selatan"
    for unit in (SUDIN, SUDIN, south):
        body = urlencode({"form_id": "once", "do": "disposition", "tracking": tracking, "unit": unit})
        assert web("POST", "/desk/agency/bulk", headers=member() | FORM, body=body).status == 200
    assert desk.reports.get(tracking).unit == south
    assert [entry.event for entry in desk.reports.get(tracking).entries()].count("disposition") == 2


def test_a_double_click_with_a_photo_uploads_it_once(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    for _ in range(2):
        assert post_files(web, tracking, "resolve", member(), PNG, note="Selesai", form_id="once").status == 303
    assert len(desk.reports.get(tracking).photos) == 1


def test_the_second_of_two_is_told_what_changed_and_keeps_the_words(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    seq = desk.reports.get(tracking).seq
    assert post(web, tracking, "disposition", member(), seq, unit=SUDIN).status == 303
    answer = post(web, tracking, "return", member(), seq, reason="Bukan <b>jalan</b> kami, itu tol")
    assert answer.status == 409
    assert "Seorang rekan di Dinas Bina Marga → Disposisi" in answer.text
    assert "Didisposisikan" in answer.text
    assert "Bukan &lt;b&gt;jalan&lt;/b&gt; kami, itu tol</textarea>" in answer.text
    report = desk.reports.get(tracking)
    assert f'name="seq" value="{report.seq}"' in answer.text, "sending again works"
    assert report.agency == DINAS
    again = post(web, tracking, "return", member(), report.seq, reason="Bukan jalan kami, itu tol")
    assert again.status == 303
    assert again.headers["location"].split("?")[0].endswith("/desk/agency"), "the report's page is not theirs any more"


def test_words_of_a_form_that_is_gone_are_shown(web: Web, filed: Filed, desk: Any) -> None:
    """Two take it up at once: for the second there is no such form any more, but the note is not lost."""
    tracking = at_dinas(filed)
    seq = desk.reports.get(tracking).seq
    assert post(web, tracking, "accept", member(), seq).status == 303
    answer = post(web, tracking, "accept", bearer("agency", DINAS, sub="b"), seq, note="Tim dua berangkat")
    assert answer.status == 409
    assert "Tim dua berangkat" in answer.text
    assert "→ Proses" in answer.text


def test_a_remark_does_not_make_a_form_stale(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    seq = desk.reports.get(tracking).seq
    assert post(web, tracking, "note", ADMIN, note="Tolong cepat").status == 303
    assert post(web, tracking, "accept", member(), seq).status == 303


@pytest.mark.parametrize(
    ("action", "fields", "field", "said", "kept"),
    [
        ("note", {}, "note", "harus diisi", ""),
        ("note", {"note": "  "}, "note", "harus diisi", ""),
        ("ask", {"question": "x" * 5001}, "question", "paling banyak 5000 huruf", "xxx</textarea>"),
        ("disposition", {"unit": "sumber-daya-air", "note": "Segera"}, "unit", "bukan unit", "Segera</textarea>"),
        ("extend", {"until": "2031-01-01", "reason": "Lama"}, "until", "paling lama 30 hari", "Lama</textarea>"),
        ("extend", {"until": "besok", "reason": "Lama"}, "until", "bukan tanggal", 'value="besok"'),
        ("extend", {"until": "2020-01-01", "reason": "Lama"}, "until", "harus lebih lambat", "Lama</textarea>"),
        ("resolve", {"note": "Sudah selesai"}, "photos", "sedikitnya satu foto baru", "Sudah selesai</textarea>"),
        ("resolve", {"note": "Ya", "photos": "abcdefghijklmnopqrstuvwx"}, "photos", "tidak dikenal", "Ya</textarea>"),
        ("return", {"reason_code": "no-such-code"}, "reason_code", "", ""),
    ],
)  # fmt: skip
def test_what_is_wrong_stands_beside_its_field(
    web: Web, filed: Filed, desk: Any, action: str, fields: dict[str, str], field: str, said: str, kept: str
) -> None:
    tracking = at_dinas(filed)
    before = desk.reports.get(tracking)
    answer = post(web, tracking, action, member(), before.seq, **fields)
    assert answer.status == 422, answer.text[:2000]
    told = answer.text.partition(f'id="{action}-{field}-error">')[2].partition("</p>")[0]
    assert told
    assert said in told
    assert f'id="{action}-{field}" name="{field}"' in answer.text
    assert "aria-invalid" in answer.text.partition(f'id="{action}-{field}" ')[2].partition(">")[0]
    assert kept in answer.text
    assert desk.reports.get(tracking) == before, "nothing is stored"


def test_photos_that_came_with_a_refused_form_need_not_be_chosen_again(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    answer = post_files(web, tracking, "resolve", member(), PNG, PNG)
    assert answer.status == 422
    kept = [part.partition('"')[0] for part in answer.text.split('name="photos" value="')[1:]]
    assert len([each for each in kept if each]) == 2
    assert post(web, tracking, "resolve", member(), note="Sudah", photos=[each for each in kept if each]).status == 303
    assert len(desk.reports.get(tracking).photos) == 2


def test_a_photo_counts_once(web: Web, filed: Filed, desk: Any) -> None:
    """New is what is on no report: neither this one, nor another."""
    first, second = at_dinas(filed), at_dinas(filed, "msg-2", text="Lubang lain di gang")
    resolved(web, desk, first)
    photo = desk.reports.get(first).photos[-1].rpartition(":")[2]
    assert post(web, first, "refuse", bearer("validator"), reason="Belum").status == 303
    own = post(web, first, "resolve", member(), note="Sudah sekarang", photos=photo)
    other = post(web, second, "resolve", member(), note="Sudah juga", photos=photo)
    assert own.status == other.status == 422
    assert "sudah ada di laporan" in own.text
    assert "sudah dipakai laporan lain" in other.text
    assert len(desk.reports.get(first).photos) == 1
    assert not desk.reports.get(second).photos


@pytest.mark.parametrize(
    ("content", "status", "said"),
    [
        (b"%PDF-1.7 nothing", 422, "bukan foto"),
        (b"\xff\xd8\xff\xe0" + b"0" * 300, 422, "bukan foto"),
        (b"\xff\xd8\xff" + bytes(6_000_001), 413, "terlalu besar"),
    ],
)
def test_what_is_no_photo_or_too_large(
    web: Web, filed: Filed, desk: Any, content: bytes, status: int, said: str
) -> None:
    tracking = at_dinas(filed)
    answer = post_files(web, tracking, "resolve", member(), content, note="Sudah ditambal")
    assert answer.status == status
    assert said in answer.text
    assert "Sudah ditambal</textarea>" in answer.text
    assert not desk.reports.get(tracking).photos


@pytest.mark.parametrize("role", ["admin", "agency", "validator", "counter", "analyst"])
def test_no_role_does_what_is_not_its_own(web: Web, filed: Filed, desk: Any, role: str) -> None:
    """Role × action: 403 exactly where the table of the flow has none; nothing is stored then."""
    tracking = at_dinas(filed)
    who = bearer(role, DINAS if role == "agency" else None)
    theirs = [action for action in sorted(STAFF_ACTIONS) if Role(role) in TRANSITIONS[action][1]]
    before = desk.reports.get(tracking)
    for action in sorted(STAFF_ACTIONS - set(theirs)):
        answer = post(web, tracking, action, who, before.seq, back="/desk/reports/x")
        assert answer.status == 403, (action, answer.text[:500])
    assert desk.reports.get(tracking) == before
    for action in theirs:
        assert post(web, tracking, action, who, back="/desk/reports/x").status != 403, action


def test_what_the_status_forbids_says_which_it_is(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    resolved(web, desk, tracking)
    before = desk.reports.get(tracking)
    answer = post(web, tracking, "resolve", member(), note="Sekali lagi")
    assert answer.status == 409
    assert "Sekali lagi" in answer.text
    assert desk.reports.get(tracking) == before


@pytest.mark.parametrize("seq", ["abc", "-1", "9999999", "999"])
def test_a_seq_that_no_page_has_shown(web: Web, filed: Filed, desk: Any, seq: str) -> None:
    tracking = at_dinas(filed)
    answer = post(web, tracking, "accept", member(), seq=seq)  # type: ignore[arg-type]
    assert answer.status == 422
    assert desk.reports.get(tracking).status == "coordination"


@pytest.mark.parametrize("action", ["withdraw", "confirm", "no-such-action", "reopen", "flag"])
def test_what_is_no_action_of_the_staff(web: Web, filed: Filed, desk: Any, action: str) -> None:
    assert post(web, at_dinas(filed), action, ADMIN).status == 404


def test_nowhere_else_does_a_form_lead(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    for back in ("https://evil.example/desk", "//evil.example", "/\\evil.example", "/reports/x", "javascript:alert(1)"):
        answer = post(web, tracking, "note", member(), note="ya", back=back, to=back)
        assert answer.status == 303
        assert answer.headers["location"].startswith(f"http://127.0.0.1:8000/desk/reports/{tracking}?done=note")


def test_where_a_form_leads_when_it_is_done(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    answer = post(web, tracking, "note", member(), note="ya", to="/desk/agency?status=coordination")
    assert answer.headers["location"].startswith("http://127.0.0.1:8000/desk/agency?status=coordination&done=note")


def test_without_a_token_nothing_happens(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    before = desk.reports.get(tracking)
    forged = {"authorization": "Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4iLCJzdWIiOiJ4In0."}
    for headers in ({}, forged, {"cookie": "tanggap_desk=forged"}):
        answer = web("POST", "/desk/reports/{tracking}/{action}", tracking=tracking, action="reject",
                     headers=headers | FORM, body="reason=x&csrf=x")  # fmt: skip
        assert answer.status == 401
    assert desk.reports.get(tracking) == before


def test_script_is_text_everywhere(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed, text="<script>alert(1)</script> '; DROP TABLE reports; -- \u202egnirts jalan rusak")
    evil = "<img src=x onerror=alert(2)> \u202eabc"
    assert post(web, tracking, "note", member(), note=evil).status == 303
    page = web("GET", "/desk/reports/{tracking}", tracking=tracking, headers=ADMIN)
    assert page.status == 200
    assert "<script>alert" not in page.text
    assert "<img src=x" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text
    assert " style=" not in page.text
    assert "onclick" not in page.text


def test_a_returned_report_is_nobodys_late_one(web: Web, filed: Filed, desk: Any, clock: Any) -> None:
    """It leaves the agency's queue and its line in the overview; the time it had it stays in the report's own
    record."""
    from chalicelib.store.items import attributes, standing_of

    tracking = at_dinas(filed)
    clock.pass_by(hours=9)
    assert post(web, tracking, "return", member(), reason_code="wrong-agency").status == 303
    report: Report = desk.reports.get(tracking)
    assert standing_of(report, desk.city).agency == ""
    assert attributes(report, desk.city)["queue"] == "waiting"
    assert "office" not in attributes(report, desk.city)
    assert report.held[DINAS] == pytest.approx(9 * 3600, abs=60)
    clock.pass_by(hours=9)
    assert post(web, tracking, "dispatch", ADMIN, agency=OTHER_DINAS).status == 303
    report = desk.reports.get(tracking)
    assert report.held[DINAS] == pytest.approx(9 * 3600, abs=60), "it does not go on counting"
    assert standing_of(report, desk.city).agency == OTHER_DINAS
    assert report.respond is not None
    assert report.respond.by > desk.now(), "the next one has the time of its own"


@pytest.mark.parametrize(("channel", "hinted"), [("sms", True), ("sms-vonage", True), ("jaki", False)])
def test_a_form_says_how_much_of_the_words_fits_into_a_text_message(
    web: Web, filed: Filed, desk: Any, channel: str, hinted: bool
) -> None:
    tracking = at_dinas(filed)
    before = desk.reports.get(tracking)
    desk.reports.change(before, msgspec.structs.replace(before, channel=channel, version=before.version + 1))
    html = web("GET", "/desk/agency/{tracking}", tracking=tracking, headers=member()).text
    hint = html.partition('id="ask-question-hint">')[2].partition("</p>")[0]
    found = re.search(r"sekitar (\d+) huruf", hint)
    assert (found is not None and 80 <= int(found[1]) <= 160) == hinted
    assert "huruf pertama" not in html.partition('id="return-reason-hint">')[2].partition("</p>")[0]

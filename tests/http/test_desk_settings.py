"""The settings' pages in the mocked cloud: each section changes what the city does at once; nothing typed is lost."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib.domain.lifecycle import Role
from tests.http.conftest import Answer, bearer, report_body, signed

ADMIN = bearer("admin", name="Rina Wulandari")
PATH = "/desk/settings"
PAGES = [
    "", "/texts", "/reasons", "/categories", "/routing", "/holidays", "/channels", "/policy", "/versions", "/members",
]  # fmt: skip
ONES = [
    ("/text", {"key": "sms.received"}),
    ("/text", {"key": "email.received.body", "for": "jalan"}),
    ("/category", {"code": "jalan"}),
    ("/category", {"code": "new"}),
    ("/route", {"code": "jalan"}),
    ("/reason", {"action": "reject", "code": "untrue"}),
    ("/channel", {"id": "qlue"}),
    ("/channel", {"id": "sms"}),
    ("/member", {"sub": "new"}),
]
RECEIVED = "Laporan {tracking} dicatat. Tanggapan paling lambat {deadline}."


@pytest.fixture
def see(web: Callable[..., Answer]) -> Callable[..., Answer]:
    def get(path: str, *, headers: dict[str, str] = ADMIN, **query: str) -> Answer:
        resource, told = (
            (f"{PATH}/versions/{{version}}", {"version": path.rsplit("/", 1)[1]})
            if re.match(r"/versions/\d", path)
            else (PATH + path, {})
        )
        return web("GET", resource, headers={"authorization": headers["authorization"]}, query=query or None, **told)

    return get


@pytest.fixture
def send(web: Callable[..., Answer]) -> Callable[..., Answer]:
    def post(path: str, *, headers: dict[str, str] = ADMIN, **fields: str) -> Answer:
        resource, told = (
            (f"{PATH}/versions/{{version}}", {"version": path.rsplit("/", 1)[1]})
            if re.match(r"/versions/\d", path)
            else (PATH + path, {})
        )
        given = {"version": "0", "why": "Diminta Biro"} | {name.rstrip("_"): value for name, value in fields.items()}
        body = urlencode(given).encode()
        return web(
            "POST",
            resource,
            headers={**headers, "content-type": "application/x-www-form-urlencoded"},
            body=body,
            **told,
        )

    return post


def done(answer: Answer) -> str:
    assert answer.status == 303, re.sub(r"<[^>]+>|\s+", " ", answer.text)[-1500:]
    location: str = answer.headers["location"]
    return location


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_every_section_is_a_page(see: Any, path: str, lang: str) -> None:
    answer = see(path, lang=lang)
    assert answer.status == 200
    assert len(answer.text.encode()) < 60_000
    assert not re.findall(r">\s*(?:settings|desk|done|overview)\.[a-z_.]+", answer.text), "a word is missing"


@pytest.mark.parametrize("lang", ["id", "en"])
@pytest.mark.parametrize(("path", "query"), ONES)
def test_every_form_is_a_page(see: Any, path: str, query: dict[str, str], lang: str) -> None:
    answer = see(path, lang=lang, **query)
    assert answer.status == 200
    assert len(answer.text.encode()) < 60_000
    assert not re.findall(r">\s*(?:settings|desk|done|overview)\.[a-z_.]+", answer.text), "a word is missing"
    ids = re.findall(r'\sid="([^"]+)"', answer.text)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("role", [Role.AGENCY, Role.VALIDATOR, Role.COUNTER, Role.ANALYST])
def test_only_admins(see: Any, send: Any, role: Role) -> None:
    headers = bearer(role, "bina-marga")
    assert {see(path, headers=headers).status for path in PAGES} == {403}
    assert {see(path, headers=headers, **query).status for path, query in ONES} == {403}
    assert send("/policy", headers=headers).status == 403
    assert send("/versions/1", headers=headers).status == 403


def test_a_text_is_live_in_the_next_acknowledgement(see: Any, send: Any, desk: Any, filed: Any) -> None:
    from chalicelib.usecases.wording import wording

    location = done(send("/text", key="sms.received", do="save", id=RECEIVED, en=desk.city.texts["en"]["sms.received"]))
    assert location.endswith(f"{PATH}/versions/1?done=settings_saved")
    report = desk.reports.get(filed(category="lain", location={"address": "Jl. Mawar"})["tracking"])
    told = wording(report, report.entries()[0], desk.city, status_url="")
    assert told.sms.startswith(f"Laporan {report.tracking} dicatat. Tanggapan paling lambat")
    shown = see("/versions/1").text
    assert "texts/id/sms.received" in shown
    assert "Diminta Biro" in shown
    assert "texts/en" not in shown, "what is as in the pack is no change"
    assert report.pack == 1


def test_a_text_is_previewed_measured_and_not_stored(send: Any, desk: Any) -> None:
    answer = send("/text", key="sms.received", do="preview", id="Diterima: {tracking}.", en="", why="")
    assert answer.status == 200
    assert "Diterima: JKT-7K3M-92QX-4HTC." in answer.text
    assert re.search(r"\d+ dari 160 karakter|\d+ of 160 characters", answer.text)
    assert desk.city.version == 0
    wrong = send("/text", key="sms.received", do="preview", id="{siapa} tanpa nomor", en="", why="")
    assert wrong.status == 422


def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_is_kept(send: Any, desk: Any) -> None:
    answer = send("/text", key="sms.received", do="save", id="Tanpa tanda “baca”", en="", why="")
    assert answer.status == 422
    page = html.unescape(answer.text)
    assert "Tanpa tanda “baca”</textarea>" in page
    assert page.count('aria-invalid="true"') == 2, "the text and the reason"
    assert "tidak bisa dikirim lewat SMS" in page or "cannot carry" in page
    assert desk.city.version == 0


def test_a_figure_that_is_none_is_said_beside_its_field(send: Any, desk: Any) -> None:
    known = desk.city.categories["jalan"]
    words = {f"label_{lang}": known.label[lang] for lang in ("id", "en")}
    answer = send("/category", code="jalan", **words, hours="enam", keywords="; ".join(known.keywords))
    assert answer.status == 422
    page = html.unescape(answer.text)
    assert re.search(r'<input[^>]*name="hours"[^>]*value="enam"[^>]*aria-invalid="true"', page), page[:3000]
    assert "categories/jalan" not in page, "no path of ours is shown to people"


def test_a_reason_without_its_words_is_refused_beside_each_field(send: Any, desk: Any) -> None:
    empty = {f"{part}_{lang}": "" for part in ("label", "told") for lang in ("id", "en")}
    answer = send("/reason", action="reject", code="untrue", **empty)
    assert answer.status == 422
    assert answer.text.count('aria-invalid="true"') == 4
    assert "reasons/reject" not in answer.text
    assert "no label" not in answer.text


def test_a_text_goes_back_to_the_pack_s(send: Any, desk: Any) -> None:
    done(send("/text", key="sms.received", do="save", id=RECEIVED, en=""))
    done(send("/text", key="sms.received", do="pack", id=RECEIVED, en="", version="1"))
    assert desk.city.version == 2
    assert desk.overrides.head().document == b"{}"


def test_a_text_for_a_category(send: Any, desk: Any, see: Any) -> None:
    answer = see("/text", key="sms.received", **{"for": "jalan"})
    assert 'value="sms.received@jalan"' in answer.text
    done(send("/text", key="sms.received@jalan", do="save", id="Jalan: {tracking}.", en=""))
    assert desk.city.texts["id"]["sms.received@jalan"] == "Jalan: {tracking}."
    assert "sms.received@jalan" in see("/texts").text
    assert see("/text", key="sms.received", **{"for": "nothing"}).status == 404
    assert see("/text", key="date.months").status == 404


def test_texts_are_found_by_key_and_by_words(see: Any) -> None:
    assert "sms.received_emergency" in see("/texts", q="received_emergency").text
    assert "error.busy" in see("/texts", group="error").text
    assert see("/texts", q="<script>alert(1)</script>").text.count("<script>") == 0
    page = see("/texts", q="a").text
    assert page.count("<tr data-row>") == 40
    assert "from=40" in page


def test_a_category_that_is_added_is_offered_by_the_form(send: Any, web: Any, desk: Any) -> None:
    fields = {
        "label_id": "Trem Kota", "label_en": "Trams", "agency": "perhubungan", "pillar": "mobility", "hours": "48,5",
        "keywords": "rel trem; trem mogok; halte trem; tiket trem; masinis trem",
    }  # fmt: skip
    done(send("/category", code="new", **fields))
    assert "Trem Kota" in web("GET", "/report").text
    made = desk.city.categories["trem-kota"]
    assert (made.hours, made.agency, len(made.keywords)) == (48.5, "perhubungan", 5)
    again = send("/category", code="new", version="1", **fields)
    assert again.status == 422
    assert 'value="Trem Kota"' in again.text
    done(send("/category", code="trem-kota", version="1", **fields | {"retired": "1"}))
    assert "Trem Kota" not in web("GET", "/report").text
    assert desk.city.categories["trem-kota"].label["id"] == "Trem Kota"


def test_a_category_of_the_pack_keeps_what_was_not_changed(send: Any, desk: Any) -> None:
    known = desk.city.categories["jalan"]
    fields = {
        "label_id": "Jalan", "label_en": "Streets", "hours": f"{known.hours:g}", "keywords": "; ".join(known.keywords),
    }  # fmt: skip
    done(send("/category", code="jalan", **fields))
    assert desk.overrides.head().document == b'{"categories":{"jalan":{"label":{"en":"Streets"}}}}'
    done(send("/category", code="jalan", version="1", **fields | {"label_en": "Roads"}))
    assert desk.overrides.head().document == b"{}"
    wrong = send("/category", code="jalan", version="2", **fields | {"hours": "lama", "keywords": "a"})
    assert wrong.status == 422
    assert 'value="lama"' in wrong.text


def test_a_retired_category_is_not_taken_and_still_shown(send: Any, web: Any, desk: Any, filed: Any) -> None:
    number = filed()["tracking"]
    known = desk.city.categories["jalan"]
    done(
        send("/category", code="jalan", label_id="Jalan", label_en="Roads", hours="168", retired="1",
             keywords="; ".join(known.keywords))
    )  # fmt: skip
    shown = web("GET", "/reports/{tracking}", tracking=number, headers={"accept": "application/json"})
    assert shown.json["category"] == {"code": "jalan", "label": "Jalan"}
    other = filed("msg-2", id="A-2", category="sampah", location={"address": "Jl. Mawar"})["tracking"]
    answer = web(
        "POST", "/staff/reports/{tracking}/{action}", tracking=other, action="correct", headers=bearer("admin"),
        body='{"category": "jalan"}',
    )  # fmt: skip
    assert answer.status == 422, answer.text
    assert "retired" in answer.json["details"]["category"]


def test_a_route_counts_for_new_reports_only(send: Any, web: Any, desk: Any, filed: Any) -> None:
    before = filed()["tracking"]
    done(
        send(
            "/route",
            code="jalan",
            agency="cipta-karya",
            new_area="Kota Administrasi Jakarta Selatan",
            new_office="bina-marga",
        )
    )
    after = filed("msg-2", id="A-2")["tracking"]
    first, second = desk.reports.get(before), desk.reports.get(after)
    assert (first.agency, first.pack, second.agency, second.pack) == ("bina-marga", 0, "cipta-karya", 1)
    assert desk.city.routes["jalan"] == {"31.74": "bina-marga"}
    headers = {"authorization": ADMIN["authorization"]}
    assert web("GET", "/staff/reports/{tracking}", tracking=after, headers=headers).json["pack"] == 1
    page = web("GET", "/desk/reports/{tracking}", tracking=after, headers=headers)
    assert f"{PATH}/versions/1" in page.text
    done(
        send("/route", code="jalan", agency="bina-marga", area="31.74", office="bina-marga", gone="31.74", version="1")
    )
    assert desk.overrides.head().document == b"{}"
    assert send("/route", code="jalan", agency="bina-marga", new_area="Atlantis", version="2").status == 422
    several = send(
        "/route", code="jalan", agency="bina-marga", new_area="Gambir", new_office="cipta-karya", version="2"
    )
    assert several.status == 422
    for number, told in enumerate(["kecamatan Gambir", "Gambir, Jakarta Pusat", "Gambir (31.71.01)"]):
        version, office = str(2 + number), ("cipta-karya", "perhubungan")[number % 2]
        done(send("/route", code="jalan", agency="bina-marga", new_area=told, new_office=office, version=version))
        assert desk.city.routes["jalan"] == {"31.71.01": office}
    assert send("/route", code="jalan", agency="gubernur", version="5").status == 422


def test_a_channel_goes_off_and_says_where_to_go(send: Any, web: Any, clock: Any) -> None:
    clock.instant = datetime.now(UTC)  # as the signatures'
    refused = send("/channel", id="jaki", do="save")
    assert refused.status == 422
    assert "sebutkan penggantinya" in refused.text or "say where to go" in refused.text
    location = done(send("/channel", id="jaki", do="save", instead="WhatsApp"))
    assert "/versions/1" in location
    body = report_body()
    answer = web("POST", "/channels/{channel}", channel="jaki", headers=signed(body), body=body)
    assert answer.status == 410
    assert answer.json["details"]["instead"] == "WhatsApp"
    done(send("/channel", id="jaki", do="save", active="1", version="1"))
    assert web("POST", "/channels/{channel}", channel="jaki", headers=signed(body), body=body).status == 200


def test_a_secret_is_rotated_shown_once_and_journalled(send: Any, see: Any, desk: Any) -> None:
    answer = send("/channel", id="qlue", do="rotate", name="api_key")
    assert answer.status == 200
    assert (made := re.search(r"<code>(\w{30,})</code>", answer.text))
    assert made[1] not in see("/channel", id="qlue").text
    (entry,) = [each for _, each in desk.journal.month(desk.now(), limit=9)]
    assert (entry.what, entry.about, entry.data) == ("secret_rotated", "channels/qlue", {"name": "api_key"})
    assert made[1] not in repr(entry)


def test_holidays_and_figures(send: Any, desk: Any) -> None:
    done(send("/holidays", day="2027-03-12", gone="2027-03-11"))
    assert [f"{day}" for day in desk.city.policy.holidays if f"{day}".startswith("2027-03-1")] == [
        "2027-03-10",
        "2027-03-12",
    ]
    assert send("/holidays", day="besok", version="1").status == 422
    done(send("/holidays", day="2027-03-11", gone="2027-03-12", version="1"))
    assert desk.overrides.head().document == b"{}"
    done(send("/policy", auto_dispatch_confidence="0,95", version="2", stop_aplikasi="agency"))
    assert desk.city.policy.auto_dispatch is False
    assert desk.city.policy.auto_dispatch_confidence == 0.95
    assert desk.city.policy.first_stop["aplikasi"] == "agency"
    assert send("/policy", auto_dispatch_confidence="banyak", version="3").status == 422


def test_a_reason_is_reworded(send: Any, desk: Any) -> None:
    known = desk.city.reasons["reject"]["untrue"]
    words = {f"{part}_{lang}": getattr(known, part)[lang] for part in ("label", "told") for lang in ("id", "en")}
    done(send("/reason", action="reject", code="untrue", **words | {"told_id": "Tidak ditemukan di lokasi."}))
    assert desk.city.reasons["reject"]["untrue"].told["id"] == "Tidak ditemukan di lokasi."
    assert (
        desk.overrides.head().document
        == b'{"reasons":{"reject":{"untrue":{"told":{"id":"Tidak ditemukan di lokasi."}}}}}'
    )


def test_the_second_admin_is_told_and_keeps_the_text(send: Any, desk: Any) -> None:
    done(send("/holidays", day="2027-03-12"))
    answer = send("/text", key="sms.received", do="save", id=RECEIVED, en="", headers=bearer("admin", sub="admin-2"))
    assert answer.status == 409
    assert "holidays/2027-03-12" in answer.text
    assert f"{RECEIVED}</textarea>" in html.unescape(answer.text)
    assert 'name="version" value="1"' in answer.text, "sent once more, it is made on what is there now"
    assert desk.city.version == 1


def test_a_version_is_undone(send: Any, see: Any, desk: Any) -> None:
    done(send("/holidays", day="2027-03-12"))
    assert send("/versions/1", version="1", why="").status == 422
    assert done(send("/versions/1", version="1", why="Keliru")).endswith("/versions/2?done=settings_undone")
    assert desk.overrides.head().document == b"{}"
    assert "Keliru" in see("/versions").text
    assert see("/versions/9").status == 404
    assert send("/versions/9", version="2").status == 404


def test_broken_settings_are_shown_and_mended(send: Any, see: Any, desk: Any) -> None:
    done(send("/holidays", day="2027-03-12"))
    head = desk.things.get("override", "head")
    broken = head.body.replace('"holidays":{', '"texts":{"id":{"gone.key":"a"}},"holidays":{', 1)
    assert desk.things.put("override", "head", broken, if_version=1)
    del desk.live_city
    assert "texts/id/gone.key" in see("").text
    done(send("/mend", version="2"))
    assert desk.overrides.head().document == b'{"holidays":{"2027-03-12":true}}'
    desk.things.put("override", "head", "{", if_version=3)
    assert see("").status == 200
    done(send("/mend", version="4"))
    assert desk.overrides.head().document == b"{}"


def test_members_are_listed_moved_and_switched_off(send: Any, see: Any, desk: Any) -> None:
    from chalicelib.store.members import Member

    desk.members.add(
        Member(sub="u-1", name="Sari <b>Dewi", email="sari@kota.example", role=Role.AGENCY, agency="bina-marga")
    )
    assert "Sari &lt;b&gt;Dewi" in see("/members").text
    assert "Sari" not in see("/members", q="budi").text
    assert "sari@kota.example" in see("/member", sub="u-1").text
    done(send("/member", sub="u-1", do="move", version="1", role="validator", office="Dinas Perhubungan"))
    assert (desk.members.get("u-1").role, desk.members.get("u-1").agency) == (Role.VALIDATOR, "perhubungan")
    stale = send("/member", sub="u-1", do="disable", version="1")
    assert stale.status == 409
    assert send("/member", sub="u-1", do="disable", version="2", why="").status == 422
    assert send("/member", sub="u-1", do="move", version="2", role="agency", office="Atlantis").status == 422
    done(send("/member", sub="u-1", do="disable", version="2"))
    assert desk.members.get("u-1").active is False
    done(send("/member", sub="u-1", do="enable", version="3"))
    assert send("/member", sub="nobody", do="enable", version="1").status == 404
    assert send("/member", sub="new", do="invite", name="", email="x", role="agency").status == 422


def test_an_account_known_by_tokens_only_is_seen_and_switched_off(see: Any, send: Any, web: Any, desk: Any) -> None:
    token = {"authorization": bearer("agency", "bina-marga", sub="only-bearer", iat=1)["authorization"]}
    assert web("GET", "/staff/reports", headers=token).status == 200
    assert desk.members.get("only-bearer") is None, "using a token writes nothing"
    assert "sub=only-bearer" in see("/members", q="only-bearer").text
    page = see("/member", sub="only-bearer")
    assert page.status == 200
    assert 'value="disable"' in page.text
    assert send("/member", sub="only-bearer", do="disable", role="agency", office="bina-marga", why="").status == 422
    assert send("/member", sub="only-bearer", do="disable", role="").status == 422
    done(send("/member", sub="only-bearer", do="disable", role="agency", office="bina-marga"))
    assert web("GET", "/staff/reports", headers=token).status == 401
    assert web("GET", "/desk/agency", headers=token).status in (303, 401)
    done(send("/member", sub="only-bearer", do="enable", version="1"))
    assert web("GET", "/staff/reports", headers=token).status == 401, "a token of before stays ended"
    later = int(desk.now().timestamp()) + 1
    fresh = {"authorization": bearer("admin", sub="only-bearer", iat=later)["authorization"]}
    assert web("GET", "/staff/reports", headers=fresh).status in (200, 401)
    assert "sub=only-bearer" in see("/members", q="only-bearer").text
    assert send("/member", sub="admin-1", do="disable", role="admin").status == 403, "not one's own"


NASTY = '<script>alert(1)</script> \'; DROP TABLE;-- \u202e {{ 7*7 }} "x"'


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/category", {"code": "new", "label_id": NASTY, "label_en": NASTY, "hours": NASTY, "keywords": NASTY}),
        ("/route", {"code": "jalan", "agency": NASTY, "new_area": NASTY}),
        ("/holidays", {"day": NASTY, "gone": NASTY}),
        ("/policy", {"auto_dispatch_confidence": NASTY, "stop_aplikasi": NASTY}),
        ("/channel", {"id": "qlue", "do": "save", "active_from": NASTY, "instead": NASTY}),
        ("/channel", {"id": "qlue", "do": "test", "to": NASTY}),
        ("/channel", {"id": "qlue", "do": "rotate", "name": NASTY}),
        ("/channel", {"id": "qlue", "do": NASTY}),
        ("/reason", {"action": "reject", "code": "untrue", "told_id": NASTY}),
        ("/text", {"key": "page.help", "do": "save", "id": NASTY}),
        ("/member", {"sub": "new", "do": "invite", "name": NASTY, "email": NASTY, "role": NASTY, "office": NASTY}),
        ("/policy", {"version": NASTY}),
    ],
)
def test_hostile_forms_are_refused_as_text(send: Any, desk: Any, path: str, fields: dict[str, str]) -> None:
    answer = send(path, **fields)
    assert answer.status in (404, 422)
    assert "<script>alert" not in answer.text
    assert ">49<" not in answer.text
    assert desk.overrides.head() is None

"""Issue 4, deliver 8: administration, live without deployment, audited and versioned. On a run of its own: the city is changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.clients import MONAS, Server, complete, fresh, phone, until
from tests.acceptance.desks import Desk, Page, of, status, texted, waiting

WHY = "Uji penerimaan"


@pytest.fixture(scope="module")
def own() -> Iterator[Server]:
    server = Server()
    yield server
    code = server.stop()
    assert code == 0, server.said()[-3000:]
    assert "Traceback" not in server.said()


@pytest.fixture(scope="module")
def admin(own: Server) -> Desk:
    return Desk(own, "admin")


def change(admin: Desk, path: str, values: dict[str, Any], press: str = "Simpan") -> Page:
    page = admin.at(path)
    target = path.split("?")[0]
    form = next(
        form
        for form in page.forms
        if form.method == "post"
        and form.action.split("?")[0].endswith(target)
        and all(_has(form, name) for name in values)
    )
    return admin.submit(page, form, values, press=press)


def _has(form: Any, name: str) -> bool:
    return any(one.name == name for one in form.fields)


def saved(page: Page) -> Page:
    assert page.status == 200, page.main[:1500]
    return page


def test_only_the_admin(own: Server) -> None:
    for user in ("bina-marga", "kelurahan", "validator", "counter", "analyst"):
        desk = Desk(own, token=str(own.get(f"/_local/token?user={user}").json["token"]))
        for path in ("", "/members", "/texts", "/channels", "/policy", "/versions", "/member?sub=new"):
            page = desk.get(f"/desk/settings{path}")
            assert page.status == 403, (user, path, page.status)


def test_there_is_a_page_for_each_thing(own: Server, admin: Desk) -> None:
    page = admin.at("/desk/settings")
    for words in ("Anggota", "Teks", "Kategori", "Tujuan", "libur", "Kanal", "Riwayat"):
        assert admin.at(page.link(words)).status == 200, words


# answer texts


def test_a_reasons_text_is_used_at_once(own: Server, admin: Desk) -> None:
    told = f"Maaf, petugas tak menemukannya {fresh('kata')}."
    page = change(admin, "/desk/settings/reason?action=reject&code=untrue", {"told_id": told, "why": WHY})
    saved(page)
    sender = phone()
    tracking = texted(own, sender)
    admin.do(f"/desk/triage/{tracking}", "/reject", {"reason_code": "untrue"})
    until(lambda: any(told in text for text in own.to(sender)), 6, what="the new text in the outbox")


def test_an_answer_text_is_used_at_once(own: Server, admin: Desk) -> None:
    page = admin.at("/desk/settings/texts?q=ditangani")
    link = page.link(r"key=sms\.")
    detail = admin.at(link.removeprefix(own.url))
    form = next(form for form in detail.forms if form.named("why"))
    assert [one for one in form.fields if one.tag in ("textarea", "input") and "{" in one.value], "the words are there"


def test_a_text_of_the_acknowledgement_is_changed_live(own: Server, admin: Desk) -> None:
    links = [href for _, href, _ in admin.at("/desk/settings/texts?q=sudah+lengkap").links if "key=sms." in href]
    assert links
    word = fresh("Segera")
    changed = 0
    for href in links:
        detail = admin.at(href.removeprefix(own.url))
        form = next(form for form in detail.forms if form.named("why"))
        for one in form.fields:
            if one.tag == "textarea" and "sudah lengkap" in one.value:
                after = admin.submit(detail, form, {one.name: one.value.replace("Terima kasih", word[:12]), "why": WHY})
                changed += after.status == 200
    assert changed
    sender = phone()
    texted(own, sender)
    assert word[:12] in own.to(sender)[0]


def test_a_text_that_breaks_is_refused_and_kept(own: Server, admin: Desk) -> None:
    href = next(href for _, href, _ in admin.at("/desk/settings/texts?q=sudah+lengkap").links if "key=sms." in href)
    detail = admin.at(href.removeprefix(own.url))
    form = next(form for form in detail.forms if form.named("why"))
    area = next(one for one in form.fields if one.tag == "textarea")
    for bad in ("Halo {tracking.__class__} {0} {", "Halo {nobody_knows_this}"):
        after = admin.submit(detail, form, {area.name: bad, "why": WHY})
        assert after.status == 422, (bad, after.status, after.main[:500])
        assert "nobody_knows_this" in after.html or "__class__" in after.html, "what was typed is kept"


def test_every_change_needs_a_reason(own: Server, admin: Desk) -> None:
    page = change(admin, "/desk/settings/category?code=pohon", {"hours": "100", "why": ""})
    assert page.status == 422
    assert admin.at("/desk/settings/category?code=pohon").form("category").find("hours").value == "168"


# categories, routing


def test_a_changed_deadline_holds_for_new_reports_only(own: Server, admin: Desk) -> None:
    old = own.report(category="pohon")
    before = of(own, old["tracking"])
    saved(change(admin, "/desk/settings/category?code=pohon", {"hours": "48", "why": WHY}))
    new = of(own, own.report(category="pohon")["tracking"])
    after = of(own, old["tracking"])
    assert after["resolve_by"] == before["resolve_by"]
    assert after["pack"] == before["pack"], "a report keeps the version it was filed under"
    assert new["pack"] > before["pack"]
    from tests.acceptance.clients import instant

    hours = (instant(new["resolve_by"]) - instant(new["received_at"])).total_seconds() / 3600
    assert 47 <= hours <= 49


def test_odd_hours_are_refused(own: Server, admin: Desk) -> None:
    for odd in ("-1", "0", "banyak", "1e9", "99999999", ""):
        page = change(admin, "/desk/settings/category?code=pohon", {"hours": odd, "why": WHY})
        assert page.status == 422, odd


def test_routing_goes_elsewhere_at_once(own: Server, admin: Desk) -> None:
    saved(change(admin, "/desk/settings/route?code=taman", {"agency": "kebudayaan", "why": WHY}))
    assert of(own, own.report(category="taman")["tracking"])["agency"]["code"] == "kebudayaan"


def test_routing_by_area(own: Server, admin: Desk) -> None:
    saved(
        change(
            admin,
            "/desk/settings/route?code=trotoar",
            {"new_area": "31.71.01", "new_office": "perhubungan", "why": WHY},
        )
    )
    here = own.report(category="trotoar", location={**MONAS, "landmark": "x"})["tracking"]
    there = own.report(category="trotoar", location={"lat": -6.2265, "lng": 106.8583, "landmark": "x"})["tracking"]
    assert of(own, here)["agency"]["code"] == "perhubungan"
    assert of(own, there)["agency"]["code"] == "bina-marga"


def test_a_new_category_and_one_no_longer_used(own: Server, admin: Desk) -> None:
    page = admin.at("/desk/settings/category?code=new")
    form = next(form for form in page.forms if form.named("why"))
    values: dict[str, Any] = {
        "label_id": "Skuter Listrik",
        "label_en": "Electric scooters",
        "hours": "24",
        "keywords": "skuter; skuter listrik; otopet; e-scooter; skuter parkir",
        "why": WHY,
    }
    for one in form.fields:
        if one.kind == "select" and one.name not in values:
            values[one.name] = (
                "perhubungan" if any(code == "perhubungan" for code, _ in one.options) else one.options[-1][0]
            )
        elif one.required and one.kind == "text" and one.name not in values:
            values[one.name] = "skuter-listrik"
    saved(admin.submit(page, form, values, press="Simpan"))
    made = own.report(category="skuter-listrik")
    assert of(own, made["tracking"])["category"]
    assert of(own, made["tracking"])["agency"]["code"] == "perhubungan"
    saved(change(admin, "/desk/settings/category?code=skuter-listrik", {"retired": True, "why": WHY}))
    counter = Desk(own, "counter")
    assert "Skuter Listrik" not in counter.at("/desk/counter").html
    assert "Skuter Listrik" in admin.at(f"/desk/triage/{made['tracking']}").main, "old reports still say it"


# holidays, policy


def test_holidays(own: Server, admin: Desk) -> None:
    saved(change(admin, "/desk/settings/holidays", {"day": "2026-12-24", "why": WHY}))
    assert re.search(r"24[./]12[./]2026|24 Desember 2026|2026-12-24", admin.at("/desk/settings/holidays").html)
    assert change(admin, "/desk/settings/holidays", {"day": "2026-02-31", "why": WHY}).status == 422


def test_the_automatic_threshold(own: Server, admin: Desk) -> None:
    for odd in ("2", "0.1", "x", "-1", "nan", "inf"):
        assert change(admin, "/desk/settings/policy", {"auto_dispatch_confidence": odd, "why": WHY}).status == 422, odd
    saved(change(admin, "/desk/settings/policy", {"auto_dispatch": False, "why": WHY}))
    made = own.report(category="jalan")
    assert made["status"]["code"] == "waiting", "nothing is dispatched without a person now"
    saved(change(admin, "/desk/settings/policy", {"auto_dispatch": True, "why": WHY}))
    assert own.report(category="jalan")["status"]["code"] == "coordination"


# channels


def test_a_channel_switched_off_answers_410_at_once(own: Server, admin: Desk) -> None:
    saved(
        change(
            admin, "/desk/settings/channel?id=qlue", {"active": False, "instead": "JAKI", "why": WHY}, press="Simpan"
        )
    )
    answer = own.app("qlue", complete())
    assert answer.status == 410, answer.text
    assert "JAKI" in answer.text
    saved(change(admin, "/desk/settings/channel?id=qlue", {"active": True, "why": WHY}, press="Simpan"))
    assert own.app("qlue", complete()).status == 200


def test_channel_health_is_a_page(own: Server, admin: Desk) -> None:
    own.report()
    assert own.call("POST", "/channels/jaki", b"{}", {"Content-Type": "application/json"}).status == 401
    page = until(
        lambda: (got := admin.at("/desk/settings/channels")) and re.search(r"[1-9]\d* / [1-9]", got.main) and got,
        8,
        0.5,
    )
    assert "JAKI" in page.main
    detail = admin.at("/desk/settings/channel?id=jaki").main
    assert re.search(r"tanda tangan|signature|ditolak", detail, re.I), "the reason of each refusal"


# members


def test_a_disabled_member_is_out_at_once(own: Server, admin: Desk) -> None:
    tracking = waiting(own)["tracking"]
    assert own.act(tracking, "dispatch", {"agency": "perhubungan"}).status == 200
    member = Desk(own, "perhubungan")
    token = str(own.get("/_local/token?user=perhubungan").json["token"])
    page = member.at(f"/desk/agency/{tracking}")
    saved(change(admin, "/desk/settings/member?sub=user-perhubungan", {"why": WHY}, press="Nonaktifkan|disable"))
    gone = member.get("/desk/agency")
    assert gone.status in (401, 403) or "/oidc/" in gone.url or "/desk/sign-in" in gone.url, gone.url
    after = member.submit(page, page.form("/accept"))
    assert status(own, tracking) == "coordination", after.main[:300]
    head = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    assert own.call("GET", "/staff/reports", None, head).status in (401, 403), "the token too"
    again = Desk(own).get("/desk/sign-in?login_hint=perhubungan")
    assert again.status in (401, 403), "no sign-in either"
    saved(change(admin, "/desk/settings/member?sub=user-perhubungan", {"why": WHY}, press="Aktif|enable"))
    assert Desk(own, "perhubungan").get("/desk/agency").status == 200


def test_a_moved_member_has_the_new_role_at_once(own: Server, admin: Desk) -> None:
    member = Desk(own, "bina-marga-2")
    assert member.get("/desk/agency").status == 200
    saved(
        change(
            admin,
            "/desk/settings/member?sub=user-bina-marga-2",
            {"role": "counter", "office": "", "why": WHY},
            press="Simpan|move",
        )
    )
    assert member.get("/desk/agency").status != 200
    assert Desk(own, "bina-marga-2").get("/desk/counter").status == 200


def test_inviting_and_the_last_sign_in(own: Server, admin: Desk) -> None:
    page = admin.at("/desk/settings/member?sub=new")
    form = next(form for form in page.forms if form.named("email"))
    mail = f"{fresh('baru')}@kota.example"
    after = admin.submit(page, form, {"name": "Petugas Baru", "email": mail, "role": "validator", "office": ""})
    saved(after)
    assert "Petugas Baru" in admin.at("/desk/settings/members").main
    assert "Ratna Wulandari" in admin.at("/desk/settings/members").main
    row = admin.at("/desk/settings/members").row("Ratna Wulandari")
    assert re.search(r"\d{1,2} \w+ 20\d\d", row), "last sign-in"
    for bad in ({"email": "bukan surel"}, {"name": ""}, {"role": ""}, {"role": "agency", "office": "tidak-ada"}):
        values = {"name": "X", "email": f"{fresh('x')}@kota.example", "role": "validator", "office": ""} | bad
        assert admin.submit(page, form, values).status == 422, bad


def test_the_last_admin_does_not_lock_the_desk(own: Server, admin: Desk) -> None:
    page = change(admin, "/desk/settings/member?sub=user-admin", {"why": WHY}, press="Nonaktifkan|disable")
    assert page.status in (403, 409, 422), "nobody disables oneself"
    assert admin.get("/desk/settings").status == 200


# history of changes


def test_changes_are_versioned_audited_and_can_be_undone(own: Server, admin: Desk) -> None:
    why = f"Alasan {fresh('w')}"
    saved(change(admin, "/desk/settings/category?code=sampah", {"hours": "12", "why": why}))
    page = admin.at("/desk/settings/versions")
    assert why in page.main
    assert "Ratna Wulandari" in page.main
    row = page.row(why)
    assert re.search(r"\d{1,2}[./ :]\d", row), "when"
    form = next((form for form in page.forms if form.method == "post" and "sign-out" not in form.action), None)
    target = page
    if form is None:
        href = re.search(r'href="([^"]*(?:version|undo)[^"]*)"', row)
        assert href, "a way to undo it"
        target = admin.at(href.group(1).replace("&amp;", "&"))
        form = next(form for form in target.forms if form.method == "post" and "sign-out" not in form.action)
    values = {"why": "kembali"} if form.named("why") else {}
    saved(admin.submit(target, form, values))
    assert admin.at("/desk/settings/category?code=sampah").form("category").find("hours").value == "6"


def test_two_admins_at_once(own: Server, admin: Desk) -> None:
    other = Desk(own, "admin-2")
    path = "/desk/settings/category?code=banjir"
    first, second = admin.at(path), other.at(path)
    saved(admin.submit(first, first.form("category"), {"hours": "100", "why": WHY}))
    after = other.submit(
        second, second.form("category"), {"hours": "150", "label_id": "Banjir dan Genangan", "why": WHY}
    )
    assert after.status == 409, after.main[:500]
    assert "Banjir dan Genangan" in after.html, "what was typed is kept"
    assert admin.at(path).form("category").find("hours").value == "100"


def test_markup_in_settings_is_text(own: Server, admin: Desk) -> None:
    evil = "<script>alert(1)</script> \u202etxet"
    change(admin, "/desk/settings/category?code=reklame", {"label_id": evil, "why": evil})
    for path in ("/desk/settings/categories", "/desk/settings/versions", "/desk/counter", "/desk/triage"):
        assert "<script>alert(1)" not in admin.at(path).html, path
    made = own.report(category="reklame")
    assert "<script>alert(1)" not in own.get(f"/reports/{made['tracking']}", Accept="text/html").text
    assert json.dumps(of(own, made["tracking"]))

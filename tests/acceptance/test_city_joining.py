"""The same problem too: joining a report, and being told of new ones near a place."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.acceptance.city import (
    LANGUAGES,
    Citizen,
    beside,
    confirm_link,
    do,
    follows,
    join,
    mails,
    open_report,
    page_of,
    status_page,
    work,
)  # fmt: skip
from tests.acceptance.clients import Server, fresh, phone, until
from tests.acceptance.desks import spot, texted

CIKINI = {"lat": -6.1905, "lng": 106.8385}


def mailbox() -> str:
    return f"{fresh('warga')}@rumah.example"


def test_nobody_is_told_before_they_confirmed_and_opening_the_link_is_not_confirming(city: Server) -> None:
    """Mail scanners open every link."""
    made, address = open_report(city), mailbox()
    assert join(city, made["tracking"], address).status == 202
    link = confirm_link(city, address)
    for _ in range(3):
        assert city.get(link, Accept="text/html").status == 200
    work(city, made["tracking"])
    city.quiet()
    assert len(mails(city, address)) == 1, "only the question whether it was really them"


def test_who_joined_is_told_once_of_each_change(city: Server) -> None:
    made, address = open_report(city), mailbox()
    tracking = made["tracking"]
    follows(city, tracking, address)
    assert city.agency(tracking, "note", {"note": "catatan dalam saja"}).status == 200
    assert city.agency(tracking, "resolve", {"note": "Selesai ditambal."}).status == 200
    until(lambda: len(mails(city, address)) >= 2, 8)
    city.quiet()
    told = mails(city, address)[1:]
    assert len(told) == 1, told
    assert tracking in told[0]
    assert "/follow/" in told[0], "how to stop stands in every letter"
    assert city.act(tracking, "validate").status == 200
    until(lambda: len(mails(city, address)) >= 3, 8)
    assert do(city, tracking, made["key"], "dispute", {"reason": "Kata-kata pelapor sendiri"}).status == 200
    until(lambda: len(mails(city, address)) >= 4, 8)
    city.quiet()
    assert len(mails(city, address)) == 4
    assert "Kata-kata pelapor sendiri" not in " ".join(mails(city, address))


def test_joining_twice_is_joining_once(city: Server) -> None:
    made, address = open_report(city), mailbox()
    follows(city, made["tracking"], address)
    for again in (address, address.upper()):
        assert join(city, made["tracking"], again).status == 202
    city.quiet()
    before = len(mails(city, address))
    assert city.citizen(made["tracking"])["joined"] == 1
    assert city.agency(made["tracking"], "resolve", {"note": "Selesai."}).status == 200
    city.quiet()
    until(lambda: len(mails(city, address)) > before, 8)
    city.quiet()
    assert len(mails(city, address)) == before + 1


def test_stopping_takes_one_press_and_is_kept(city: Server) -> None:
    made, address = open_report(city), mailbox()
    link = follows(city, made["tracking"], address)
    person = Citizen(city)
    page = person.at(link)
    stop = next(form for form in page.forms if form.method == "post")
    assert person.submit(page, stop).status == 200
    assert city.agency(made["tracking"], "resolve", {"note": "Selesai."}).status == 200
    city.quiet()
    assert len(mails(city, address)) == 1
    again = person.get(link)
    assert again.status in (200, 404, 410)


@pytest.mark.parametrize("link", ["/follow/x", "/follow/" + "a" * 32, "/follow/" + "A" * 3000, "/follow/%00"])
def test_an_invented_link_opens_nothing(city: Server, link: str) -> None:
    assert city.get(link, Accept="text/html").status in (400, 404, 410, 414, 422)
    assert city.call("POST", link, b"confirm=1", {"Content-Type": "application/x-www-form-urlencoded"}).status in (
        400,
        403,
        404,
        410,
        414,
        422,
    )


@pytest.mark.parametrize("flag", ["private", "confidential"])
def test_a_closed_report_cannot_be_joined(city: Server, flag: str) -> None:
    changes: dict[str, Any] = {flag: True}
    made = city.report(**changes)
    answer = join(city, made["tracking"], mailbox())
    assert answer.status in (403, 404, 409), answer.status


def test_slips_are_said_beside_the_field(city: Server) -> None:
    made = open_report(city)
    for wrong in ("", "a@b.example\r\nBcc: c@d.example", "x" * 400 + "@rumah.example"):
        answer = join(city, made["tracking"], wrong)
        assert answer.status == 422, wrong
        assert "email" in answer.json["details"]
    assert join(city, "JKT-0000-0000-0000", mailbox()).status in (404, 422)
    for lang in LANGUAGES:
        person = Citizen(city, lang=lang)
        page = person.at(f"/reports/{made['tracking']}")
        try:
            form = page.form("/join")
        except AssertionError:
            page = person.at(page.link("/join"))
            form = page.form("/join")
        refused = person.submit(page, form, {"email": "bukan surel"})
        assert refused.status == 422
        assert beside(refused, "email")
        assert "bukan surel" in refused.html


def test_who_joined_is_shown_to_nobody(city: Server) -> None:
    made, address = open_report(city), mailbox()
    tracking = made["tracking"]
    follows(city, tracking, address)
    assert city.citizen(tracking)["joined"] == 1
    staff = city.staff("GET", f"/reports/{tracking}").text
    public = json.dumps(city.citizen(tracking)) + status_page(city, tracking).html
    mine = json.dumps(city.citizen(tracking, made["key"])) + status_page(city, tracking, made["key"]).html
    for where in (staff, public, mine, city.said()):
        assert address not in where
        assert address.split("@")[0] not in where


# by message


def test_following_by_sms_is_told_once_and_can_be_stopped(city: Server) -> None:
    made, mobile = open_report(city), phone()
    tracking = made["tracking"]
    assert city.sms(f"IKUT {tracking}", mobile).status == 200
    assert len(city.to(mobile)) == 1
    assert city.sms(f"ikut {tracking.lower()}", mobile).status == 200
    city.quiet()
    said = len(city.outbox(to=mobile))
    assert city.citizen(tracking)["joined"] == 1
    assert city.agency(tracking, "resolve", {"note": "Selesai."}).status == 200
    until(lambda: len(city.outbox(to=mobile)) > said, 8)
    city.quiet()
    assert len(city.outbox(to=mobile)) == said + 1
    assert city.sms(f"STOP IKUT {tracking}", mobile).status == 200
    city.quiet()
    said = len(city.outbox(to=mobile))
    assert city.act(tracking, "validate").status == 200
    city.quiet()
    assert len(city.outbox(to=mobile)) == said
    assert mobile not in json.dumps(city.citizen(tracking))


def test_following_a_closed_or_unknown_report_by_sms_is_refused(city: Server) -> None:
    made = city.report(confidential=True)
    for number in (made["tracking"], "JKT-1234-5678-9ABX"):
        mobile = phone()
        assert city.sms(f"IKUT {number}", mobile).status == 200
        city.quiet()
        assert len(city.outbox(to=mobile)) <= 1
    assert city.citizen(made["tracking"]).get("joined", 0) in (0, None)


def test_the_reporter_who_follows_their_own_is_not_told_twice(city: Server) -> None:
    mobile = phone()
    tracking = texted(city, mobile)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    assert city.agency(tracking, "accept").status == 200
    assert city.sms(f"IKUT {tracking}", mobile).status == 200
    city.quiet()
    before = len(city.outbox(to=mobile))
    assert city.agency(tracking, "resolve", {"note": "Selesai."}).status == 200
    until(lambda: len(city.outbox(to=mobile)) > before, 8)
    city.quiet()
    assert len(city.outbox(to=mobile)) == before + 1


def test_who_joined_a_report_that_is_merged_hears_of_the_one_that_leads(city: Server) -> None:
    one, two = (open_report(city)["tracking"] for _ in range(2))
    address = mailbox()
    follows(city, two, address)
    assert city.act(two, "merge", {"into": one}).status == 200
    city.quiet()
    before = len(mails(city, address))
    assert city.agency(one, "resolve", {"note": "Selesai."}).status == 200
    until(lambda: len(mails(city, address)) > before, 8)
    city.quiet()
    assert len(mails(city, address)) == before + 1


# alerts


def alert(city: Server, address: str, **values: str) -> None:
    person = Citizen(city)
    page = person.at("/alerts")
    after = person.submit(page, page.form("/alerts"), {"email": address, **values})
    assert after.status in (200, 202), after.main[:400]
    link = confirm_link(city, address)
    page = person.at(link)
    assert person.submit(page, page.forms[0]).status == 200
    city.quiet(figures=True)  # what others have just reported may lie there too


def test_an_alert_tells_once_of_a_new_public_report_of_that_place(city: Server) -> None:
    near, elsewhere = mailbox(), mailbox()
    alert(city, near, kelurahan="Cikini")
    alert(city, elsewhere, kelurahan="Rorotan")
    before = len(mails(city, near)), len(mails(city, elsewhere))
    hidden = [
        open_report(city, location={**CIKINI, "landmark": "dekat stasiun"}, **{flag: True})["tracking"]
        for flag in ("private", "confidential")
    ]
    made = open_report(city, location={**CIKINI, "landmark": "dekat stasiun"})
    assert city.citizen(made["tracking"])["area"]["name"] in ("Cikini", "Pegangsaan", "Menteng", "Kenari", "Gondangdia")
    if city.citizen(made["tracking"])["area"]["name"] != "Cikini":
        pytest.skip("the point is not in Cikini")
    until(lambda: len(mails(city, near)) > before[0], 10, what="an alert")
    assert city.agency(made["tracking"], "resolve", {"note": "Selesai."}).status == 200
    city.quiet(figures=True)
    # many tests report from Cikini: another one's report may have become public just now as well
    new = [text for text in mails(city, near)[before[0] :] if made["tracking"] in text]
    assert len(new) == 1, new
    assert not [text for text in mails(city, near) for number in hidden if number in text]
    assert "/follow/" in new[0], "how to stop"
    assert len(mails(city, elsewhere)) == before[1]


def test_an_alert_around_a_point_keeps_to_its_radius_and_category(city: Server) -> None:
    place, far, address = spot(), spot(), mailbox()
    while abs(place["lat"] - far["lat"]) + abs(place["lng"] - far["lng"]) < 0.02:
        far = spot()
    alert(city, address, lat=str(place["lat"]), lng=str(place["lng"]), category="pohon")
    before = len(mails(city, address))
    open_report(city, location={**far, "landmark": "jauh"}, category="pohon")
    open_report(city, location={**place, "landmark": "dekat"}, category="jalan")
    made = open_report(city, location={**place, "landmark": "dekat"}, category="pohon")
    until(lambda: len(mails(city, address)) > before, 10, what="an alert")
    city.quiet()
    new = mails(city, address)[before:]
    assert len(new) == 1, new
    assert made["tracking"] in new[0]


@pytest.mark.parametrize(
    ("lang", "field", "values"),
    [
        ("id", "email", {"email": "bukan", "kelurahan": "Cikini"}),
        ("en", "kelurahan", {"email": "a@rumah.example", "kelurahan": "Atlantis"}),
        ("id", "kelurahan", {"email": "a@rumah.example", "kelurahan": ""}),
    ],
)
def test_slips_in_an_alert_are_said_beside_the_field(
    city: Server, lang: str, field: str, values: dict[str, str]
) -> None:
    person = Citizen(city, lang=lang)
    page = person.at("/alerts")
    after = person.submit(page, page.form("/alerts"), values)
    assert after.status == 422
    assert beside(after, field), after.main[:500]
    for name, value in values.items():
        assert after.form("/alerts").find(name).value == value


def test_the_alerts_page_tells_how_to_do_it_in_a_chat(city: Server) -> None:
    for lang in LANGUAGES:
        assert "Telegram" in page_of(city, "/alerts", lang).ok().main

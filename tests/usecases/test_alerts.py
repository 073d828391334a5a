"""Alerts: a new public report is told once to whoever wants to hear of its place, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.channels.message import Location
from chalicelib.city import load
from chalicelib.domain.around import RADII, Around, circle, concerns, keys_at, keys_of
from chalicelib.domain.errors import Invalid, NotAllowedNow
from chalicelib.domain.lifecycle import Action
from chalicelib.domain.report import Report
from chalicelib.outbound.senders.outgoing import Outgoing
from chalicelib.usecases import alerts, following
from chalicelib.usecases.hear import hear
from chalicelib.usecases.reply_following import tell
from tests.usecases.talks import Ended, city_app, ending, stored
from tests.usecases.test_commands import delivered, sent
from tests.usecases.test_converse import SEED, sms
from tests.usecases.test_joining import acted, dispatched, token_in

__all__ = ["delivered", "sent"]
MAIL = "ibu.sari@contoh.example"
LAT, LNG = -6.1951, 106.8325
CITY = load("jakarta")
AREA = CITY.area_at(LAT, LNG)
Delivered = Callable[[], list[Outgoing]]


def filed(desk: Any, name: str = "j1", lat: float = LAT, **more: Any) -> Report:
    """A report by the city's app, from its own sender, that nobody of the staff has seen yet."""
    where = Location(lat=lat, lng=LNG)
    message = city_app(name, text=f"Lampu jalan mati {name}", **more)
    heard = hear(desk, type(message)(**{**_fields(message), "location": where, "sender": f"u-{name}"}), seed=SEED)
    assert heard.report is not None
    found: Report = desk.reports.get(heard.report.tracking)
    return found


def _fields(message: Any) -> dict[str, Any]:
    return {name: getattr(message, name) for name in message.__struct_fields__}


def wished(desk: Any, delivered: Delivered, around: Around, email: str = MAIL) -> str:
    """The link of a confirmed wish."""
    alerts.ask(desk, around, email=email, lang="en", seed=SEED)
    (out,) = [each for each in delivered() if each.event == "following.ask_alert"]
    following.confirm(desk, token_in(out))
    return token_in(out)


def told(desk: Any, report: Report, delivered: Delivered) -> list[Outgoing]:
    alerts.look(desk, desk.reports.get(report.tracking))
    return [out for out in delivered() if out.event.startswith("following.")]


# --- places, pure --------------------------------------------------------------------------------------------------------


def test_a_circle_is_few_cells_and_every_point_in_it_finds_it() -> None:
    from math import cos, pi, radians, sin

    for radius in RADII:
        for step in range(60):
            around = circle(-6.40 + step * 0.007, 106.65 + step * 0.005, radius)
            keys = keys_of(around)
            assert len(keys) <= 19
            for turn in range(12):
                far = radius * (0.998 if turn % 2 else 0.4)
                north, east = far * cos(turn * pi / 6), far * sin(turn * pi / 6)
                point = (around.lat + north / 111_195, around.lng + east / (111_195 * cos(radians(around.lat))))
                assert concerns(around, "", point, "jalan")
                assert set(keys) & set(keys_at("", point))


def test_a_kelurahan_and_a_category() -> None:
    wish = Around(area="31.71.06.1001", category="jalan")
    assert keys_of(wish) == ["area#31.71.06.1001"]
    assert concerns(wish, "31.71.06.1001", None, "jalan")
    assert not concerns(wish, "31.71.06.1001", None, "sampah")
    assert not concerns(wish, "31.71.06.1002", None, "jalan")
    assert not concerns(circle(LAT, LNG, 300), "31.71.06.1001", None, "jalan")
    assert not concerns(circle(LAT, LNG, 300), "", (LAT + 0.01, LNG), "jalan")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({}, ["kelurahan"]),
        ({"kelurahan": "Atlantis"}, ["kelurahan"]),
        ({"lat": "0", "lng": "0", "radius": "300"}, ["lat"]),
        ({"lat": "x", "lng": "106.8", "radius": "7"}, ["lat", "radius"]),
        ({"kelurahan": "Menteng", "category": "x"}, ["category"]),
    ],
)
def test_what_is_no_place_is_named(fields: dict[str, str], wrong: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        alerts.around_of(CITY, **fields)
    assert sorted(caught.value.details) == wrong


# --- told ----------------------------------------------------------------------------------------------------------------


def test_a_report_is_told_when_everybody_may_list_it_and_once(desk: Any, delivered: Delivered) -> None:
    token = wished(desk, delivered, circle(LAT, LNG, 1_000))
    report = filed(desk)
    assert told(desk, report, delivered) == [], "nobody of the staff has had it in hand"
    dispatched(desk, report)
    (out,) = told(desk, report, delivered)
    assert (out.to.email, out.lang, out.tracking) == (MAIL, "en", "")
    assert f"/reports/{report.tracking}" in out.body
    assert "Lampu" not in out.body
    assert out.unsubscribe.endswith(token)
    for _ in range(3):
        assert told(desk, report, delivered) == []
    follow = alerts.Alerted(tracking=report.tracking, who=_who(desk, token), of=_of(desk, token))
    assert tell(desk, follow, claimant="again") is False


def _who(desk: Any, token: str) -> str:
    return str(desk.followers.named(following.digest_of(token), now=desk.now()).who)


def _of(desk: Any, token: str) -> str:
    return str(desk.followers.named(following.digest_of(token), now=desk.now()).of)


def test_only_what_was_wished_for(desk: Any, delivered: Delivered) -> None:
    report = dispatched(desk, filed(desk))
    wished(desk, delivered, circle(LAT, LNG, 300), "satu@contoh.example")
    wished(desk, delivered, circle(LAT + 0.006, LNG, 300), "dua@contoh.example")
    wished(desk, delivered, circle(LAT + 0.006, LNG, 3_000), "tiga@contoh.example")
    wished(desk, delivered, Around(area=AREA or "", category="jalan"), "empat@contoh.example")
    wished(desk, delivered, Around(area=AREA or "", category="sampah"), "lima@contoh.example")
    alerts.ask(desk, Around(area=AREA or ""), email="belum@contoh.example", lang="id", seed=SEED)
    out = told(desk, report, delivered)
    alerted = sorted(each.to.email.partition("@")[0] for each in out if each.event == "following.alert")
    assert alerted == ["empat", "satu", "tiga"]


def test_two_wishes_of_one_person_are_one_message(desk: Any, delivered: Delivered) -> None:
    wished(desk, delivered, circle(LAT, LNG, 300))
    wished(desk, delivered, circle(LAT, LNG, 3_000))
    report = dispatched(desk, filed(desk))
    assert len(told(desk, report, delivered)) == 1


def test_hidden_old_and_placeless_reports_are_not_told(desk: Any, delivered: Delivered, clock: Any) -> None:
    wished(desk, delivered, circle(LAT, LNG, 1_000))
    hidden = dispatched(desk, filed(desk, "j1"))
    hidden = acted(desk, hidden, Action.CORRECT, confidential=True)
    assert told(desk, hidden, delivered) == []
    old = filed(desk, "j2")
    clock.pass_by(days=14)
    assert told(desk, dispatched(desk, old), delivered) == []
    late = dispatched(desk, filed(desk, "j3"))
    alerts.look(desk, late)
    acted(desk, late, Action.CORRECT, name="late", confidential=True)
    assert [out for out in delivered() if out.event == "following.alert"] == [], "hidden while it was on its way"


def test_a_sensitive_place_is_told_no_closer_than_the_map_shows_it(desk: Any, delivered: Delivered) -> None:
    sensitive = next((each.code for each in desk.city.open_categories().values() if not each.place_is_open), None)
    assert sensitive is not None
    report = dispatched(desk, filed(desk))
    report = acted(desk, report, Action.CORRECT, category=sensitive)
    shown = alerts._open_point(desk, report)
    assert shown is not None
    assert shown != (LAT, LNG)


def test_what_the_staff_refused_or_merged_first_of_all_is_no_news(desk: Any, delivered: Delivered) -> None:
    wished(desk, delivered, circle(LAT, LNG, 1_000))
    refused = acted(desk, filed(desk, "j1"), Action.REJECT, reason="bukan urusan publik")
    assert told(desk, refused, delivered) == []
    leader = dispatched(desk, filed(desk, "j2"))
    assert len(told(desk, leader, delivered)) == 1
    merged = acted(desk, filed(desk, "j3"), Action.MERGE, into=leader.tracking)
    assert told(desk, merged, delivered) == []


def test_what_others_asked_for_in_ones_name_does_not_count(
    desk: Any, delivered: Delivered, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(following.MOST, "alert", 2)
    areas = [each.code for each in desk.city.areas.values() if each.level == "kelurahan"]
    for area in areas[:4]:
        alerts.ask(desk, Around(area=area), email=MAIL, lang="id", seed=SEED)
    delivered()
    wished(desk, delivered, Around(area=areas[4]))
    clock.pass_by(days=1)
    wished(desk, delivered, Around(area=areas[5]))
    with pytest.raises(NotAllowedNow):
        wished(desk, delivered, Around(area=areas[6]))
    clock.pass_by(days=401)  # over, though the table has not deleted them yet
    wished(desk, delivered, Around(area=areas[7]))


def test_asking_again_takes_no_confirmation_back(
    desk: Any, delivered: Delivered, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    around = Around(area=AREA or "")
    alerts.ask(desk, around, email=MAIL, lang="id", seed=SEED)
    token = token_in(delivered()[0])
    own = desk.followers.may_ask

    def slow(*given: Any, **more: Any) -> bool:
        following.confirm(desk, token)
        return bool(own(*given, **more))

    monkeypatch.setattr(desk.followers, "may_ask", slow)
    alerts.ask(desk, around, email=MAIL, lang="id", seed="1f" * 16)
    clock.pass_by(days=3)
    assert following.standing(desk, token).active


def test_ten_on_a_day_then_one_line(
    desk: Any, delivered: Delivered, monkeypatch: pytest.MonkeyPatch, clock: Any
) -> None:
    from chalicelib.usecases import reply_following

    monkeypatch.setattr(reply_following, "A_DAY", 2)
    token = wished(desk, delivered, circle(LAT, LNG, 1_000))
    reports = [dispatched(desk, filed(desk, f"j{number}")) for number in range(5)]
    delivered()
    for report in reports:
        alerts.look(desk, report)
    kinds = [out.event for out in delivered() if out.event.startswith("following.")]
    assert sorted(kinds) == ["following.alert", "following.alert", "following.more"]
    again = [alerts.Alerted(tracking=each.tracking, who=_who(desk, token), of=_of(desk, token)) for each in reports]
    assert not any(tell(desk, each, claimant="again") for each in again)
    clock.pass_by(days=1)
    tomorrow = dispatched(desk, filed(desk, "j9"))
    assert [out.event for out in told(desk, tomorrow, delivered)] == ["following.alert"]


def test_what_is_cut_short_is_told_to_the_others_and_to_nobody_twice(desk: Any, delivered: Delivered) -> None:
    wished(desk, delivered, circle(LAT, LNG, 1_000))
    wished(desk, delivered, circle(LAT, LNG, 1_000), "dua@contoh.example")
    report = dispatched(desk, filed(desk))
    delivered()
    with ending(desk.followers, "note_all_told"), pytest.raises(Ended):
        alerts.look(desk, report)
    first = [out.to.email for out in delivered()]
    assert told(desk, report, delivered) == []
    assert len(first) == len(set(first)) == 2


def test_very_many_are_told_page_by_page(desk: Any, delivered: Delivered, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerts, "PAGE", 3)
    name = desk.city.areas[AREA].name
    for number in range(8):
        hear(desk, sms(100 + number, f"PANTAU {name}", f"+6285551{number:03}"), seed=SEED)
    assert {out.event for out in delivered()} == {"answer.watching"}
    report = dispatched(desk, filed(desk))
    out = told(desk, report, delivered)
    assert len({each.to.phone for each in out}) == len(out) == 8
    assert all(len(each.short) <= 160 and "http" not in each.short for each in out)


def test_stopping_takes_it_out_of_every_cell(desk: Any, delivered: Delivered) -> None:
    token = wished(desk, delivered, circle(LAT, LNG, 3_000))
    assert len([item for item in stored(desk, "followers") if item["kind"]["S"].startswith("alert#")]) > 5
    following.stop(desk, token)
    kinds = {item["kind"]["S"].partition("#")[0] for item in stored(desk, "followers")}
    assert kinds <= {"stopped", "asked"}
    assert told(desk, dispatched(desk, filed(desk)), delivered) == []


def test_nothing_kept_shows_the_address_or_the_door(desk: Any, delivered: Delivered) -> None:
    token = wished(desk, delivered, circle(-6.19512345, 106.83254321, 300))
    told(desk, dispatched(desk, filed(desk)), delivered)
    kept = "".join(repr(item) for table in ("followers", "deliveries") for item in stored(desk, table))
    for secret in (MAIL, token, "6.1951", "106.8325"):
        assert secret not in kept

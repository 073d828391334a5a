"""City apps: Standard Webhooks in, tracking numbers out."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.acceptance.clients import APPS, DEPOK, JAVA_SEA, MONAS, Server, at_once, complete, fresh, instant, until

NUMBER = re.compile(r"JKT-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")


@pytest.mark.parametrize("channel", APPS)
def test_a_complete_report_is_with_its_agency_at_once(city: Server, channel: str) -> None:
    before = datetime.now(UTC)
    answer = city.app(channel, complete())
    assert answer.status == 200, answer.text
    given = answer.json
    assert {"tracking", "status", "status_url", "key"} <= set(given)
    assert NUMBER.fullmatch(given["tracking"])
    assert given["status_url"] == f"{city.url}/reports/{given['tracking']}"
    assert given["key"]
    seen = city.citizen(given["tracking"])
    assert seen["status"]["code"] == "coordination"
    assert "bina-marga" in str(seen["agency"])
    assert "Gambir" in str(seen["area"])
    assert (
        timedelta(hours=6) - timedelta(seconds=5) < instant(seen["respond_by"]) - before < timedelta(hours=6, seconds=5)
    )
    assert (
        timedelta(days=7) - timedelta(seconds=5) < instant(seen["resolve_by"]) - before < timedelta(days=7, seconds=5)
    )
    until(lambda: city.events(given["tracking"], "agency-bina-marga", "dispatched"), 5)


def test_the_standing_rule_is_marked_as_automatic(city: Server) -> None:
    seen = city.citizen(city.report()["tracking"])
    dispatched = [entry for entry in seen["history"] if entry["event"] == "dispatched"]
    assert len(dispatched) == 1
    assert "otomatis" in dispatched[0]["by"].lower()


def test_the_same_webhook_600_times_is_one_report_told_once(city: Server) -> None:
    body, message_id = complete(), fresh("msg")

    def worker() -> list[tuple[int, str]]:
        return [(answer.status, answer.text) for answer in (city.app("jaki", body, message_id) for _ in range(60))]

    answers = [answer for part in at_once([worker] * 10) for answer in part]
    assert len(answers) == 600
    assert set(answers) == {answers[0]}
    assert answers[0][0] == 200
    tracking = city.app("jaki", body, message_id).json["tracking"]
    until(lambda: city.events(tracking, "agency-bina-marga", "dispatched"), 5)
    city.quiet()
    assert len(city.events(tracking, "agency-bina-marga")) == 1
    assert len([entry for entry in city.outbox(tracking=tracking) if entry["channel"] == "jaki"]) == 1
    assert [entry["event"] for entry in city.citizen(tracking)["history"]] == ["received", "dispatched"]
    matching = [row for row in city.queue("agency#bina-marga", limit=200) if row["problem"] == body["text"]]
    assert len(matching) == 1


def test_a_repeat_after_the_agency_has_begun_shows_the_present_status(city: Server) -> None:
    body, message_id = complete(), fresh("msg")
    first = city.app("jaki", body, message_id).json
    assert city.agency(first["tracking"], "accept").status == 200
    again = city.app("jaki", body, message_id)
    assert again.status == 200
    assert again.json["tracking"] == first["tracking"]
    assert again.json["key"] == first["key"]
    assert again.json["status"]["code"] == "in_progress"


def test_the_same_id_with_another_body_is_the_same_report_and_is_recorded(city: Server) -> None:
    body, message_id = complete(), fresh("msg")
    first = city.app("jaki", body, message_id).json
    other = {**body, "text": "Sebenarnya ini tentang hal lain sama sekali."}
    answer = city.app("jaki", other, message_id)
    assert answer.status == 200
    assert answer.json["tracking"] == first["tracking"]
    seen = city.staff("GET", f"/reports/{first['tracking']}").json
    assert seen["problem"] == body["text"]
    assert len(seen["history"]) == 3, "the difference is recorded in history"
    city.app("jaki", other, message_id)
    again = city.staff("GET", f"/reports/{first['tracking']}").json
    assert len(again["history"]) == 3, "the same difference is recorded once"


def test_the_same_id_from_another_app_is_another_report(city: Server) -> None:
    body, message_id = complete(), fresh("msg")
    numbers = {city.app(channel, body, message_id).json["tracking"] for channel in APPS}
    assert len(numbers) == len(APPS)


def test_the_same_text_under_two_ids_is_two_reports(city: Server) -> None:
    body = complete()
    assert city.app("jaki", body).json["tracking"] != city.app("jaki", body).json["tracking"]


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"text": None}, "problem"),
        ({"text": ""}, "problem"),
        ({"text": "   \n "}, "problem"),
        ({"location": None}, "place"),
        ({"reporter": None}, "name"),
        ({"reporter": {"name": "Siti"}}, "address"),
        ({"reporter": {"address": "Jl. Melati 5"}}, "name"),
        ({"reporter": {"name": " ", "address": "Jl. Melati 5"}}, "name"),
    ],
)
def test_an_incomplete_report_is_kept_and_asked_back(city: Server, changes: dict[str, Any], missing: str) -> None:
    given = city.report("jaki", **changes)
    assert given["status"]["code"] == "incomplete"
    assert missing in city.staff("GET", f"/reports/{given['tracking']}").json["missing"]
    asked = until(lambda: [e for e in city.outbox(tracking=given["tracking"]) if e["channel"] == "jaki"], 5)
    assert len(asked) == 1
    assert missing in asked[0]["message"]["missing"]
    assert not city.events(given["tracking"], "agency-")


def test_one_word_names_are_valid(city: Server) -> None:
    given = city.report(reporter={"name": "Suharto", "address": "Jl. Cendana 8"})
    assert given["status"]["code"] == "coordination"


@pytest.mark.parametrize("category", [None, "naga-terbang", ""])
def test_a_report_of_no_known_category_waits_for_the_admin(city: Server, category: str | None) -> None:
    tracking = city.report(category=category)["tracking"]
    assert city.status(tracking) == "waiting"
    until(lambda: tracking in [row["tracking"] for row in city.queue("waiting")], 5)


@pytest.mark.parametrize("point", [DEPOK, JAVA_SEA, {"lat": 52.52, "lng": 13.405}])
def test_a_point_outside_the_city_is_accepted_marked_and_left_to_the_admin(
    city: Server, point: dict[str, float]
) -> None:
    tracking = city.report(location={**point, "landmark": "dekat pos"})["tracking"]
    seen = city.staff("GET", f"/reports/{tracking}").json
    assert seen["status"]["code"] == "waiting"
    assert not seen["agency"]
    assert seen["place"]["in_city"] is False


def test_swapped_coordinates_do_not_cost_the_report(city: Server) -> None:
    answer = city.app("jaki", complete(location={"lat": 106.827153, "lng": -6.175392, "landmark": "depan Monas"}))
    assert answer.status == 200, answer.text
    assert answer.json["status"]["code"] in ("coordination", "waiting")


def test_zero_zero_is_no_location(city: Server) -> None:
    given = city.report(location={"lat": 0, "lng": 0})
    assert given["status"]["code"] == "incomplete"
    given = city.report(
        location={
            "lat": 0.0,
            "lng": 0.0,
            "landmark": "depan Pasar Senen",
            "address": "Jl. Pasar Senen, Kelurahan Senen",
        }
    )
    assert given["status"]["code"] == "waiting"
    assert city.staff("GET", f"/reports/{given['tracking']}").json["place"]["lat"] is None


def test_a_place_in_words_is_enough_and_waits_for_a_person(city: Server) -> None:
    given = city.report(
        location={**MONAS, "lat": None, "lng": None, "address": "Jl. Kebon Sirih No. 10, Kelurahan Kebon Sirih"}
    )
    assert given["status"]["code"] == "waiting"


@pytest.mark.parametrize(
    "created_at",
    [
        "2026-11-21T14:30:00+0700",
        "2026-11-21T14:30:00+07:00",
        "2026-11-21T07:30:00Z",
        "2026-11-21T14:30:00",
        "2026-11-21 14:30:00",
        "2026-11-21T07:30:00.123456Z",
        "2099-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        1795246200,
        "kemarin sore",
    ],
)
def test_any_time_of_sending_is_taken_and_the_clocks_start_at_receipt(city: Server, created_at: object) -> None:
    before = datetime.now(UTC)
    answer = city.app("jaki", complete(created_at=created_at))
    if answer.status == 422:
        assert "created_at" in answer.json["details"]
        assert created_at in (1795246200, "kemarin sore")
        return
    assert answer.status == 200, answer.text
    seen = city.citizen(answer.json["tracking"])
    assert abs(instant(seen["received_at"]) - before) < timedelta(minutes=1)
    assert instant(seen["respond_by"]) - before < timedelta(hours=6, minutes=1)


@pytest.mark.parametrize("number", [4711, "4711", -5, "", None, "é" * 200, 2**70])
def test_the_id_may_be_a_number_or_a_text(city: Server, number: object) -> None:
    assert city.app("qlue", complete(id=number)).status == 200


def test_photos_as_urls_are_taken_and_never_fetched_or_shown_raw(city: Server) -> None:
    photos = [
        "http://169.254.169.254/latest/meta-data",
        "http://127.0.0.1:1/x.jpg",
        "https://foto.example/siti-rahmawati.jpg",
    ]
    given = city.report(photos=photos)
    assert given["status"]["code"] == "coordination"
    public = str(city.citizen(given["tracking"]))
    events = until(lambda: city.events(given["tracking"], "agency-bina-marga"), 5)
    for url in photos:
        assert url not in public
        assert url not in str(events)


def test_an_anonymous_report_tells_the_agency_nothing_of_who(city: Server) -> None:
    tracking = city.report(
        anonymous=True, reporter={"name": "Wulan Sariningsih", "address": "Jl. Kenari 77", "phone": "+628123450001"}
    )["tracking"]
    assert city.agency(tracking, "accept").status == 200
    view = city.staff("GET", f"/reports/{tracking}", role="agency", agency="bina-marga")
    assert view.status == 200
    for secret in ("Wulan", "Sariningsih", "Kenari 77", "8123450001"):
        assert secret not in view.text
        assert secret not in str(city.outbox(tracking=tracking))


@pytest.mark.parametrize("flag", ["private", "anonymous", "confidential"])
@pytest.mark.parametrize("value", ["yes", 1, [], {}])
def test_a_flag_that_is_no_boolean_is_named(city: Server, flag: str, value: object) -> None:
    answer = city.app("jaki", complete(**{flag: value}))
    assert answer.status == 422
    assert flag in answer.json["details"]


def test_a_sensitive_category_is_confidential_by_itself(city: Server) -> None:
    given = city.report(category="pungutan-liar", text="Petugas meminta uang di loket pelayanan.")
    seen = city.citizen(given["tracking"])
    assert "loket" not in str(seen)
    assert city.staff("GET", f"/reports/{given['tracking']}").json["confidential"] is True

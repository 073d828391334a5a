"""Which photos everybody sees: what a reporter adds later waits for the staff, what comes for a merged report stays with it,
and what is erased is gone from everywhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain import archive
from chalicelib.domain.facts import facts_of
from chalicelib.domain.open_photos import brought_for
from chalicelib.domain.opendata import row_of
from chalicelib.store.client import client
from chalicelib.usecases.picture_jobs import take
from tests.http.conftest import Answer, bearer
from tests.usecases.test_pictures import UPLOADS, event, picture

SHOW = "/photos/{photo}"
JSON = {"accept": "application/json"}
Web = Callable[..., Answer]
Filed = Callable[..., dict[str, Any]]


def staff(web: Web, number: str, action: str, role: str = "admin", agency: str | None = None, **wish: Any) -> None:
    path = "/staff/reports/{tracking}/{action}"
    answer = web("POST", path, tracking=number, action=action, headers=bearer(role, agency), body=json.dumps(wish))
    assert answer.status == 200, answer.text


def mine(web: Web, receipt: dict[str, Any], action: str, **wish: Any) -> Answer:
    headers = {"content-type": "application/json", "x-report-key": receipt["key"]}
    path = "/reports/{tracking}/{action}"
    return web("POST", path, tracking=receipt["tracking"], action=action, headers=headers, body=json.dumps(wish))


def add(web: Web, desk: Any, receipt: dict[str, Any], at: str = "", **wish: Any) -> str:
    """A photo that the reporter adds and that has been looked at; `at`: the report that it goes to."""
    photo = str(web("POST", "/uploads", headers={"content-type": "application/json"}).json["id"])
    client("s3", desk.settings.region).put_object(Bucket=UPLOADS, Key=f"uploads/{photo}", Body=picture())
    answer = mine(web, receipt, "add", photos=[photo], **wish)
    assert answer.status == 200, answer.text
    assert take(desk, event(at or receipt["tracking"]), seed="5e" * 16)
    return photo


def everywhere(web: Web, desk: Any, number: str) -> set[str]:
    """The photos that anybody finds anywhere, by id."""
    report = desk.reports.get(number)
    row = row_of(report, facts_of(report, desk.city), desk.city, "", leader=None)
    rows = [each for each in web("GET", "/open311/v2/{name}", name="requests.json").json if each.get("media_url")]
    found = {
        *web("GET", "/reports/{tracking}", tracking=number, headers=JSON).json["photos"],
        *(row.photos if row else ()),
        *(each["media_url"] for each in rows if each["service_request_id"] == number),
        *archive.words_of(report)["photos"][1].split(),
    }
    return {address.rpartition("/")[2] for address in found}


def stored(desk: Any) -> list[str]:
    answer = client("s3", desk.settings.region).list_objects_v2(Bucket=desk.settings.photos_bucket)
    return [each["Key"] for each in answer.get("Contents", [])]


@pytest.fixture
def led(web: Web, filed: Filed) -> tuple[dict[str, Any], dict[str, Any]]:
    """A report at work, and one that is merged into it."""
    leader, follower = filed("m1"), filed("m2", id="A-2")
    staff(web, leader["tracking"], "accept", "agency", "bina-marga")
    staff(web, follower["tracking"], "merge", into=leader["tracking"])
    return leader, follower


def test_what_is_added_later_waits_for_the_staff(web: Web, filed: Filed, desk: Any) -> None:
    receipt = filed()
    number, key = receipt["tracking"], {"x-report-key": receipt["key"]}
    staff(web, number, "accept", "agency", "bina-marga")
    photo = add(web, desk, receipt)
    assert web("GET", SHOW, photo=photo).status == 403
    assert everywhere(web, desk, number) == set()
    assert web("GET", "/reports/{tracking}", tracking=number, headers=JSON | key).json["photos"] == [f"/photos/{photo}"]
    for reader in (key, bearer("agency", "bina-marga")):
        answer = web("GET", SHOW, photo=photo, headers=reader)
        assert (answer.status, answer.headers["cache-control"]) == (200, "private, no-cache")
    desk_view = web("GET", "/staff/reports/{tracking}", tracking=number, headers=bearer("agency", "bina-marga")).json
    assert desk_view["photos"] == [f"/photos/{photo}"]
    assert mine(web, receipt, "add", text="sudah dilihat?").status == 200
    assert everywhere(web, desk, number) == set(), "what the reporter does themselves shows it to nobody"
    staff(web, number, "note", "agency", "bina-marga", note="Sudah kami lihat")
    assert everywhere(web, desk, number) == {photo}
    assert web("GET", SHOW, photo=photo).status == 200


def test_what_the_staff_could_not_see_yet_they_have_not_seen(web: Web, filed: Filed, desk: Any) -> None:
    receipt = filed()
    number = receipt["tracking"]
    staff(web, number, "accept", "agency", "bina-marga")
    photo = str(web("POST", "/uploads", headers={"content-type": "application/json"}).json["id"])
    client("s3", desk.settings.region).put_object(Bucket=UPLOADS, Key=f"uploads/{photo}", Body=picture())
    assert mine(web, receipt, "add", photos=[photo]).status == 200
    staff(web, number, "note", "agency", "bina-marga", note="Sedang kami kerjakan")
    assert take(desk, event(number), seed="5e" * 16)
    assert everywhere(web, desk, number) == set()


def test_what_a_merged_reports_reporter_adds_is_never_public_on_the_leader(
    web: Web, led: tuple[dict[str, Any], dict[str, Any]], desk: Any
) -> None:
    leader, follower = led
    number = leader["tracking"]
    photo = add(web, desk, follower, number)
    assert mine(web, follower, "withdraw-consent").status == 200
    staff(web, number, "note", "agency", "bina-marga", note="Terima kasih")
    assert everywhere(web, desk, number) == set()
    assert web("GET", SHOW, photo=photo).status == 403
    assert web("GET", SHOW, photo=photo, headers={"x-report-key": leader["key"]}).status == 403
    for reader in ({"x-report-key": follower["key"]}, bearer("agency", "bina-marga")):
        assert web("GET", SHOW, photo=photo, headers=reader).status == 200
    seq = next(each.seq for each in desk.reports.get(number).entries() if each.told.data.get("pictures"))
    staff(web, number, "redact", entries=[seq])
    assert brought_for(desk.reports.get(number)) == {photo: follower["tracking"]}
    assert everywhere(web, desk, number) == set()
    refused = web(
        "POST", "/staff/reports/{tracking}/{action}", tracking=number, action="split", headers=bearer("admin"),
        body=json.dumps({"problem": "Lampu mati", "photos": [photo]}),
    )  # fmt: skip
    assert (refused.status, set(refused.json["details"])) == (422, {"photos"})


def test_erasing_takes_a_photo_without_words_from_the_leader(
    web: Web, led: tuple[dict[str, Any], dict[str, Any]], desk: Any
) -> None:
    leader, follower = led
    photo = add(web, desk, follower, leader["tracking"])
    assert any(photo in key for key in stored(desk))
    seals = len(desk.reports.get(leader["tracking"]).sealed)
    assert mine(web, follower, "erase", confirm=True).status == 200
    after = desk.reports.get(leader["tracking"])
    assert (after.photos, len(after.sealed)) == ((), seals - 1)
    assert [key for key in stored(desk) if photo in key] == []
    assert web("GET", SHOW, photo=photo, headers=bearer("admin")).status == 404


@pytest.mark.parametrize("start", ["first", "second"])
def test_erasing_takes_the_photo_of_a_hidden_second_report(web: Web, filed: Filed, desk: Any, start: str) -> None:
    first = filed()
    photo = add(web, desk, first, text="ini fotonya")
    staff(web, first["tracking"], "split", problem="Anak dipukul", category="permasalahan-siswa", photos=[photo])
    number = desk.reports.get(first["tracking"]).entries()[-1].told.data["into"]
    second = {"tracking": number, "key": desk.key_of(number, 1)}
    assert desk.reports.get(number).hidden
    assert mine(web, {"first": first, "second": second}[start], "erase", confirm=True).status == 200
    assert desk.reports.get(number).photos == ()
    assert [key for key in stored(desk) if photo in key] == []
    assert web("GET", SHOW, photo=photo, headers={"x-report-key": second["key"]}).status == 404


def test_what_everybody_saw_stays_and_is_found_again_by_nothing(web: Web, filed: Filed, desk: Any) -> None:
    receipt = filed()
    number = receipt["tracking"]
    staff(web, number, "accept", "agency", "bina-marga")
    seen = add(web, desk, receipt)
    staff(web, number, "note", "agency", "bina-marga", note="Sudah kami lihat")
    unseen = add(web, desk, receipt)
    assert desk.photos.get(seen).phash
    assert len(desk.prints.whole([seen, unseen])) == 2
    assert mine(web, receipt, "erase", confirm=True).status == 200
    assert desk.reports.get(number).photos == (seen,)
    assert everywhere(web, desk, number) == {seen}
    assert web("GET", SHOW, photo=seen).status == 200
    assert {key for key in stored(desk) if seen in key} == {f"shown/{seen}.jpg", f"shown/{seen}-s.jpg"}
    assert [key for key in stored(desk) if unseen in key] == []
    for photo in (seen, unseen):
        known = desk.photos.get(photo)
        assert (known.sha256, known.phash, desk.prints.whole([photo])) == ("", "", [])

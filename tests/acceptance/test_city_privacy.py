"""Who reported is searched for in every byte that anybody can get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest

from tests.acceptance.city import (
    LANGUAGES,
    addresses,
    around,
    do,
    fields,
    follows,
    index,
    map_data,
    open_report,
    own,
    page_of,
    post_form,
    publish,
    published,
    rows,
    status_page,
    today,
    work,
    year,
)  # fmt: skip
from tests.acceptance.clients import Server, Subscriber, fresh, until
from tests.acceptance.desks import picture, spot
from tests.acceptance.test_pictures import upload
from tests.acceptance.test_stored import aws, everything

NAME = "Purbasari Ayu Kencana"
ADDRESS = "Jl. Wijayakusuma Dalam 88"
PHONE = "+628128887766"
MAIL = "purbasari.kencana@rumah.example"
RAW = f"Nama saya {NAME}, rumah {ADDRESS}, telepon 0812-888-7766, surel {MAIL}"
SECRETS = ("Purbasari", "Kencana", "Wijayakusuma", "8128887766", "0812-888-7766", "888-7766", MAIL, "purbasari.kencana")
JOINER = "tetangga.penasaran@rumah.example"
HIDDEN_MARK = "kalimatyanghanyauntukpelapor"
LATER = "ucapanpelaporkemudian"


class Told:
    """What was sent in, and where it went."""

    def __init__(self, city: Server) -> None:
        self.city = city
        reporter = {"name": NAME, "address": ADDRESS, "phone": PHONE, "email": MAIL}
        self.place = spot()
        where = {**self.place, "landmark": "depan balai warga"}
        text = f"Jalan rusak parah di depan balai. {RAW}."
        self.public = open_report(city, reporter=reporter, text=text, location=where)
        self.anonymous = city.report(reporter=reporter, text=text, anonymous=True, location=where)
        self.private = open_report(city, reporter=reporter, text=f"{text} {HIDDEN_MARK}", private=True, location=where)
        self.confidential = city.report(
            reporter=reporter, text=f"{text} {HIDDEN_MARK}", confidential=True, location=where
        )
        given = fields(
            name=NAME, address=ADDRESS, phone="081288877 66", email=MAIL, text=f"Selokan mampet. {RAW}", consent="1"
        )
        self.web = post_form(city, given).json
        assert (
            city.act(
                self.web["tracking"], "dispatch", {"agency": "sumber-daya-air", "category": "saluran-air-kali-sungai"}
            ).status
            == 200
        )
        photo = upload(city, picture(gps=(-6.2, 106.8)))
        key = self.public["key"]
        tracking = self.public["tracking"]
        self.photo = photo
        assert do(city, tracking, key, "add", {"text": f"{LATER} {RAW}", "photos": [photo]}).status == 200
        until(lambda: city.get(f"/photos/{photo}", X_Report_Key=key).status == 200, 15)  # before the staff goes on
        assert city.agency(tracking, "ask", {"question": "Nomor berapa?"}).status == 200
        assert do(city, tracking, key, "answer", {"text": f"{LATER} {RAW}"}).status == 200
        follows(city, tracking, JOINER)
        work(city, tracking)
        assert do(city, tracking, key, "rate", {"stars": 2, "word": RAW[:150]}).status == 200
        assert do(city, tracking, key, "dispute", {"reason": f"{LATER} {RAW}"}).status == 200
        until(lambda: city.get(f"/photos/{photo}").status == 200, 15)
        city.quiet()

        def there() -> Any:
            publish(city)
            return rows(city).get(tracking, {}).get("disputed") and self.web["tracking"] in rows(city)

        until(there, 15, pause=0.5)


@pytest.fixture(scope="module")
def told(city: Server, subscriber: Subscriber) -> Told:
    return Told(city)


def pages(told: Told) -> Iterable[tuple[str, str]]:
    """Everything public over HTTP: (where, what it says)."""
    city, box = told.city, around(**told.place)
    paths = [
        "/", "/report", f"/map?bbox={box}", "/map", "/performance", f"/performance?period={today()}&by=agency", "/open-data", "/alerts",
        "/feeds/all", "/feeds/agency/bina-marga", "/feeds/category/jalan", "/feeds/area/31.74", "/open311/v2/services.json",
        "/open311/v2/requests.json", "/open311/v2/requests.xml", f"/performance?period={year()}&by=area&format=csv",
    ]  # fmt: skip
    for made in (told.public, told.anonymous, told.private, told.confidential, told.web):
        tracking = made["tracking"]
        paths += [f"/reports/{tracking}", f"/reports/{tracking}/proof", f"/proof?tracking={tracking}", f"/open311/v2/requests/{tracking}.json",
                  f"/open311/v2/requests/{tracking}.xml", f"/reports/{tracking}/map.svg", f"/reports/{tracking}/qr.svg"]  # fmt: skip
    for path in paths:
        for accept in ("text/html", "application/json"):
            for lang in LANGUAGES:
                joined = path + ("&" if "?" in path else "?") + f"lang={lang}"
                answer = city.get(joined, Accept=accept)
                yield f"{joined} {accept}", answer.text + json.dumps(dict(answer.headers))
    for status in ("all", "open", "done", "disputed"):
        yield f"/map/data {status}", json.dumps(map_data(city, box, status=status))


def exports(city: Server) -> Iterable[tuple[str, str]]:
    """Every file in the bucket, its name first."""
    with aws(city, "s3") as buckets:
        bucket = index(city)["base_url"].rsplit("/", 1)[-1]
        for part in buckets.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for each in part.get("Contents", []):
                yield each["Key"], published(city, each["Key"]).decode("utf-8", "replace")


def assert_nobody(where: str, text: str, also: tuple[str, ...] = ()) -> None:
    for secret in (*SECRETS, JOINER, *also):
        assert secret.lower() not in text.lower(), f"{secret} in {where}"


def test_nobody_is_on_any_public_page_feed_or_list(told: Told) -> None:
    for where, text in pages(told):
        assert_nobody(where, text)


def test_nobody_is_in_any_export_or_in_its_name(told: Told) -> None:
    found = list(exports(told.city))
    assert len(found) > 8
    for name, text in found:
        assert_nobody(name, name + text)


def test_closed_reports_are_in_no_list(told: Told) -> None:
    closed = (told.private["tracking"], told.confidential["tracking"])
    for name, text in exports(told.city):
        for tracking in closed:
            assert tracking not in text, (name, tracking)
        assert HIDDEN_MARK not in text, name
    for where, text in pages(told):
        assert HIDDEN_MARK not in text, where
        if any(tracking in where for tracking in closed):
            continue
        for tracking in closed:
            assert tracking not in text, (where, tracking)


def test_no_agency_is_told_who_an_anonymous_reporter_is(told: Told, subscriber: Subscriber) -> None:
    city = told.city
    until(lambda: subscriber.about(told.anonymous["tracking"]), 5)
    for message in subscriber.received:
        assert_nobody("a message to the agency", message["raw"])
    for made in (told.public, told.anonymous, told.private, told.confidential, told.web):
        for entry in city.outbox(tracking=made["tracking"]):
            if entry["channel"] == "sns":
                assert_nobody(f"sns {entry['to']}", json.dumps(entry))
    staff = city.staff("GET", f"/reports/{told.anonymous['tracking']}", role="agency", agency="bina-marga").text
    assert_nobody("the agency's view", staff)
    looked = city.agency(told.anonymous["tracking"], "identity", {"why": "ingin tahu"})
    assert looked.status in (403, 404, 409), looked.text
    assert_nobody("the agency asking", looked.text)


def test_nobody_is_in_the_logs(told: Told) -> None:
    assert_nobody("the log", told.city.said())
    for made in (told.public, told.private, told.web):
        assert made["key"] not in told.city.said()


def test_nobody_is_in_plain_text_in_the_tables(told: Told) -> None:
    stored = everything(told.city)
    assert told.public["tracking"] in stored
    assert_nobody("the tables", stored)


def test_a_photo_says_nothing_of_who_or_where(told: Told) -> None:
    for query in ("", "?size=small"):
        answer = told.city.get(f"/photos/{told.photo}{query}")
        assert b"Exif" not in answer.body
        assert_nobody("a photo", answer.text + json.dumps(dict(answer.headers)))
    assert not re.search(r"IMG|DSC|foto\.jpg", told.photo)


def test_what_the_reporter_says_later_is_not_for_everybody(told: Told) -> None:
    city, tracking = told.city, told.public["tracking"]
    shown = json.dumps(city.citizen(tracking)) + status_page(city, tracking).html
    assert LATER not in shown
    for name, text in exports(city):
        assert LATER not in text, name
    for entry in city.outbox(tracking=tracking):
        if entry.get("to") == JOINER:
            assert LATER not in entry["text"]


def test_an_erased_reporter_is_nowhere_not_even_sealed(told: Told) -> None:
    city = told.city
    mark = fresh("hapus")
    reporter = {
        "name": f"Ratna {mark}",
        "address": "Jl. Anyelir 3",
        "phone": "+628129990011",
        "email": f"{mark}@rumah.example",
    }
    made = open_report(city, reporter=reporter, text="Halte kotor sekali")
    assert do(city, made["tracking"], made["key"], "erase", {"confirm": True}).status == 200
    city.quiet()
    assert (
        mark
        not in city.get(f"/reports/{made['tracking']}/mine", Accept="application/json", X_Report_Key=made["key"]).text
    )
    with aws(city, "dynamodb") as tables:
        for name in tables.list_tables()["TableNames"]:
            for part in tables.get_paginator("scan").paginate(TableName=name):
                for item in part["Items"]:
                    if made["tracking"] in repr(item) and "history" in item:
                        sealed = [key for key in item if re.search("identity|sealed|reporter|raw", key)]
                        kept = [key for key in sealed if any(kind == "B" for kind in item[key])]
                        assert not kept, f"{name}: {kept}"


def test_robots_are_kept_from_reports_and_keys(told: Told) -> None:
    city = told.city
    page = status_page(city, told.private["tracking"], told.private["key"])
    assert "noindex" in page.html or "noindex" in page.answer.header("x-robots-tag")
    assert re.search("no-store|private", page.answer.header("cache-control"))
    for kind, url in addresses(page_of(city, "/")):
        if kind == "leads" and own(city, url):
            assert "key=" not in url

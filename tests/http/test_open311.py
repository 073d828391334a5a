"""Open311 GeoReport v2 through the whole application: what clients read and post, in both formats."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

import msgspec
import pytest

from chalicelib.usecases.mine import sealed_about
from tests.http.conftest import Answer, bearer

KEY = "local-only-open311-one"
RESOURCE, ITEM = "/open311/v2/{name}", "/open311/v2/{name}/{item}"
FIELDS = [
    "service_request_id", "status", "status_notes", "service_name", "service_code", "description", "agency_responsible",
    "service_notice", "requested_datetime", "updated_datetime", "expected_datetime", "address", "address_id", "zipcode",
    "lat", "long", "media_url",
]  # fmt: skip
FORM = {
    "api_key": KEY,
    "service_code": "jalan",
    "lat": "-6.1754",
    "long": "106.8272",
    "description": "Jalan berlubang besar di depan halte",
    "first_name": "Budi",
    "last_name": "Santoso",
    "email": "budi.santoso@surat.example",
    "phone": "+6281234567890",
}
Web = Callable[..., Answer]


class Client:
    """The few calls a client of the specification makes."""

    def __init__(self, web: Web) -> None:
        self.web = web

    def get(self, path: str, **query: str) -> Answer:
        resource, _, item = path.partition("/")
        if item:
            return self.web("GET", ITEM, name=resource, item=item, query=query)
        return self.web("GET", RESOURCE, name=resource, query=query)

    def post(self, path: str = "requests.json", form: dict[str, Any] | None = None, **changes: Any) -> Answer:
        told = {name: value for name, value in {**(form or FORM), **changes}.items() if value is not None}
        return self.web(
            "POST",
            RESOURCE,
            name=path,
            body=urlencode(told, doseq=True),
            headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"},
        )

    def file(self, **changes: Any) -> str:
        answer = self.post(**changes)
        assert answer.status == 200, answer.text
        return str(answer.json[0]["service_request_id"])

    def accept(self, number: str, agency: str = "bina-marga") -> None:
        answer = self.web(
            "POST",
            "/staff/reports/{tracking}/{action}",
            tracking=number,
            action="accept",
            headers=bearer("agency", agency),
            body="{}",
        )
        assert answer.status == 200, answer.text


@pytest.fixture
def client(web: Web, clock: Any) -> Client:
    clock.instant = datetime.now(UTC)
    return Client(web)


def rows(answer: Answer) -> list[dict[str, Any]]:
    assert answer.status == 200, answer.text
    return list(answer.json)


def tree(answer: Answer) -> ElementTree.Element:
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    assert answer.text.startswith('<?xml version="1.0" encoding="utf-8"?>')
    return ElementTree.fromstring(answer.text)  # noqa: S314  our own answer


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_discovery_leads_to_the_endpoint(client: Client, kind: str) -> None:
    answer = client.web("GET", "/open311/{document}", document=f"discovery.{kind}")
    if kind == "json":
        assert answer.headers["content-type"] == "application/json; charset=utf-8"
        found = answer.json
        assert found["endpoints"][0]["formats"] == ["text/xml", "application/json"]
        assert found["endpoints"][0]["url"].endswith("/open311/v2")
        assert list(found) == ["changeset", "contact", "key_service", "endpoints"]
    else:
        found = tree(answer)
        assert [each.text for each in found.findall("endpoints/endpoint/formats/format")] == [
            "text/xml", "application/json",
        ]  # fmt: skip
        assert found.findtext("key_service")
    assert client.get(f"discovery.{kind}").text == answer.text


def test_every_category_is_a_service(client: Client, desk: Any) -> None:
    found = rows(client.get("services.json"))
    assert [each["service_code"] for each in found] == list(desk.city.categories)
    assert found[0]["service_name"] == "Jalan"
    assert found[0]["metadata"] is True
    assert {each["type"] for each in found} == {"realtime"}
    assert rows(client.get("services.json", locale="en"))[0]["service_name"] == "Roads"
    in_xml = tree(client.get("services.xml"))
    assert in_xml.tag == "services"
    assert [each.findtext("service_code") for each in in_xml.findall("service")] == list(desk.city.categories)
    assert in_xml.findtext("service/metadata") == "true"


def test_a_definition_says_what_else_is_asked(client: Client) -> None:
    found = client.get("services/perlengkapan-lalu-lintas.json").json
    assert found["service_code"] == "perlengkapan-lalu-lintas"
    first = found["attributes"][0]
    assert (first["code"], first["required"], first["order"]) == ("BENDA", True, 1)
    assert first["values"][0] == {"key": "lampu", "name": "Lampu lalu lintas"}
    in_xml = tree(client.get("services/perlengkapan-lalu-lintas.xml"))
    assert in_xml.findtext("attributes/attribute/values/value/key") == "lampu"
    assert client.get("services/kartu-keluarga.json").json["attributes"] == []


def test_a_report_is_taken_and_found_at_once_without_its_words(client: Client) -> None:
    answer = client.post()
    (receipt,) = rows(answer)
    assert list(receipt) == ["service_request_id", "service_notice", "account_id"]
    number = receipt["service_request_id"]
    assert number.startswith("JKT-")
    (found,) = rows(client.get(f"requests/{number}.json"))
    assert list(found) == FIELDS
    assert (found["status"], found["service_code"], found["description"]) == ("open", "jalan", None)
    assert (found["media_url"], found["lat"], found["long"]) == (None, -6.1754, 106.8272)
    assert found["requested_datetime"].endswith("+07:00")
    assert found["expected_datetime"].endswith("+07:00")
    assert found["zipcode"]
    assert rows(client.get("requests.json")) == []
    token = rows(client.get(f"tokens/{number}.json"))
    assert token == [{"service_request_id": number, "token": number}]
    assert tree(client.get(f"tokens/{number}.xml")).findtext("request/token") == number


def test_what_is_accepted_is_listed_with_its_words_and_never_its_reporter(client: Client) -> None:
    number = client.file(**{"attribute[JENIS]": "lubang", "attribute[BAHAYA]": ["motor", "mobil"]})
    client.accept(number)
    (found,) = rows(client.get("requests.json"))
    assert found["service_request_id"] == number
    assert found["description"] == (
        "Jalan berlubang besar di depan halte\nJenis kerusakan: Berlubang\n"
        "Siapa yang terancam: Pengendara motor, Pengendara mobil"
    )
    assert found["agency_responsible"] == "Dinas Bina Marga"
    assert found["status_notes"].startswith("Mulai ditangani")
    assert rows(client.get(f"requests/{number}.json")) == [found]
    in_xml = tree(client.get("requests.xml"))
    assert in_xml.tag == "service_requests"
    assert [each.tag for each in in_xml.find("request") or []] == FIELDS
    everything = client.get("requests.xml").text + client.get(f"requests/{number}.json").text
    everything += client.get("servicerequestupdates.json").text
    assert not [word for word in ("Budi", "Santoso", "surat.example", "81234567890") if word in everything]


def test_the_same_content_within_ten_minutes_is_one_report(client: Client, clock: Any, calls: Any) -> None:
    clock.instant = datetime(2026, 11, 21, 1, 9, 50, tzinfo=UTC)
    number = client.file()
    calls()
    assert client.file() == number
    assert (
        client.file(api_key="local-only-open311-two", description="  Jalan berlubang besar di depan halte ") == number
    )
    clock.pass_by(seconds=20)  # over the edge of the ten minutes
    calls()
    assert client.file() == number
    assert [call for call in calls() if call.startswith("dynamodb")] == ["dynamodb.GetItem"]
    assert client.file(description="Jalan berlubang kecil") != number
    clock.pass_by(seconds=575)  # 9 minutes and 55 seconds after the first
    assert client.file() == number
    clock.pass_by(seconds=10)
    assert client.file() != number


def test_a_new_report_costs_one_read_and_one_write(client: Client, calls: Any) -> None:
    client.file(description="pemanasan")
    calls()
    client.file()
    assert calls() == ["dynamodb.GetItem", "dynamodb.PutItem"]


@pytest.mark.parametrize("kind", ["multipart", "json"])
def test_other_encodings_of_the_form_are_read(client: Client, kind: str) -> None:
    number = client.file()
    if kind == "json":
        headers, body = {"content-type": "application/json"}, json.dumps(FORM | {"lat": FORM["lat"]})
    else:
        parts = [
            f'--b311\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in FORM.items()
        ]
        file = '--b311\r\nContent-Disposition: form-data; name="media"; filename="a.png"\r\n\r\nPNG\r\n'
        headers, body = {"content-type": "multipart/form-data; boundary=b311"}, "".join([*parts, file, "--b311--\r\n"])
    answer = client.web("POST", RESOURCE, name="requests.json", headers=headers, body=body.encode())
    (receipt,) = rows(answer)
    assert receipt["service_request_id"] == number, "the same content, so the same report"
    assert ("media_url" in receipt["service_notice"]) == (kind == "multipart")


def test_every_mistake_is_named_in_one_answer(client: Client) -> None:
    form = {"service_code": "", "lat": "utara", "media_url": "ftp://x", "phone": "1" * 41}
    answer = client.post(form=form)
    assert answer.status == 403
    told = " ".join(error["description"] for error in answer.json)
    assert {error["code"] for error in answer.json} == {400, 403}
    assert all(word in told for word in ("api_key", "service_code", "lat", "media_url", "phone"))


@pytest.mark.parametrize("kind", ["json", "xml"])
@pytest.mark.parametrize(
    ("changes", "status", "word"),
    [
        ({"api_key": None}, 403, "api_key is missing"),
        ({"api_key": "wrong"}, 403, "api_key is not valid"),
        ({"service_code": None}, 400, "service_code is missing"),
        ({"service_code": "naga"}, 404, "naga"),
        ({"lat": None, "long": None}, 400, "location is missing"),
        ({"lat": None, "long": None, "address_id": "x"}, 400, "not known here"),
        ({"lat": None}, 400, "lat is missing"),
        ({"lat": "91", "long": "91"}, 400, "lat must be degrees"),
        ({"service_code": "perlengkapan-lalu-lintas"}, 400, "attribute[BENDA] is required"),
        ({"attribute[JENIS]": "naga"}, 400, "attribute[JENIS] must be one of lubang"),
        ({"attribute[JENIS][]": ["lubang", "retak"]}, 400, "attribute[JENIS] must be one of"),
    ],
)
def test_errors_have_open311s_form(client: Client, kind: str, changes: dict[str, Any], status: int, word: str) -> None:
    answer = client.post(f"requests.{kind}", **changes)
    assert answer.status == status
    if kind == "json":
        (error,) = answer.json
        assert error["code"] == status
        assert word in error["description"]
    else:
        found = tree(answer)
        assert found.tag == "errors"
        assert found.findtext("error/code") == str(status)
        assert word in str(found.findtext("error/description"))


@pytest.mark.parametrize("where", [{"address_string": "Jl. Thamrin No. 1"}, {"address_id": "31.71.06.1001"}])
def test_a_place_in_words_is_enough(client: Client, where: dict[str, str]) -> None:
    number = client.file(lat=None, long="", **where)
    (found,) = rows(client.get(f"requests/{number}.json"))
    assert found["lat"] is None
    assert found["status"] == "open"


@pytest.mark.parametrize(
    ("method", "resource", "parameters", "status"),
    [
        ("GET", RESOURCE, {"name": "naga.json"}, 404),
        ("GET", RESOURCE, {"name": "tokens.json"}, 404),
        ("GET", ITEM, {"name": "services", "item": "naga.json"}, 404),
        ("GET", ITEM, {"name": "requests", "item": "JKT-7K3M-92QX-4HTC.json"}, 404),
        ("GET", ITEM, {"name": "requests", "item": "123456.json"}, 404),
        ("GET", ITEM, {"name": "tokens", "item": "123.json"}, 404),
        ("GET", "/open311/{document}", {"document": "naga.json"}, 404),
        ("GET", "/open311/v2/{name}/{item}/{rest}", {"name": "a", "item": "b", "rest": "c.json"}, 404),
        ("DELETE", RESOURCE, {"name": "requests.json"}, 405),
        ("POST", RESOURCE, {"name": "services.json"}, 405),
        ("POST", ITEM, {"name": "requests", "item": "x.json"}, 405),
    ],
)
def test_what_is_not_there_and_what_cannot_be_done_is_said_in_its_form(
    client: Client, method: str, resource: str, parameters: dict[str, str], status: int
) -> None:
    answer = client.web(method, resource, **parameters)
    assert answer.status == status
    assert answer.json[0]["code"] == status
    assert answer.headers["access-control-allow-origin"] == "*"


def test_xml_is_no_form(client: Client) -> None:
    answer = client.web("POST", RESOURCE, name="requests.xml", headers={"content-type": "text/xml"}, body="<a/>")
    assert answer.status == 415
    assert tree(answer).findtext("error/code") == "415"


def test_without_a_suffix_it_is_xml_unless_json_is_asked_for(client: Client) -> None:
    assert tree(client.get("services")).tag == "services"
    as_json = client.web("GET", RESOURCE, name="services", headers={"accept": "application/json"})
    assert as_json.headers["content-type"].startswith("application/json")
    assert client.web("HEAD", RESOURCE, name="services.xml").text == ""
    options = client.web("OPTIONS", RESOURCE, name="requests.json")
    assert (options.status, options.headers["allow"]) == (204, "GET, POST")


def test_confidential_and_private_reports_are_absent(client: Client, filed: Any) -> None:
    sensitive = client.file(service_code="pungutan-liar", description="Pungutan liar di loket")
    private = filed(private=True)["tracking"]
    client.accept(private)
    for number in (sensitive, private):
        assert client.get(f"requests/{number}.json").status == 404
        assert client.get(f"tokens/{number}.xml").status == 404
        assert client.post("servicerequestupdates.json", form=an_update(number)).status == 404
    assert rows(client.get("requests.json")) == []
    assert rows(client.get("requests.json", service_request_id=f"{sensitive},{private}")) == []
    assert rows(client.get("servicerequestupdates.json")) == []


def test_filters(client: Client, clock: Any) -> None:
    first = client.file()
    clock.pass_by(hours=1)
    noon = clock.instant
    second = client.file(service_code="trotoar", description="Ubin pecah", lat="-6.20", long="106.85")
    clock.pass_by(hours=1)
    for number in (first, second):
        client.accept(number)

    def numbers(**query: str) -> list[str]:
        return [row["service_request_id"] for row in rows(client.get("requests.json", **query))]

    assert numbers() == [second, first]
    assert numbers(service_code="") == [second, first], "what is empty is absent"
    assert numbers(service_code="trotoar,naga") == [second]
    assert numbers(service_code="18") == []
    assert numbers(status="closed") == []
    assert numbers(status="OPEN,closed") == [second, first]
    assert numbers(start_date=noon.isoformat()) == [second]
    assert numbers(end_date=(noon - timedelta(minutes=1)).isoformat().replace("+00:00", " 00:00")) == [first]
    assert numbers(end_date=(noon - timedelta(days=2)).isoformat()) == []
    assert numbers(start_date="2010-01-01T00:00:00Z", end_date=clock.instant.isoformat()) == [second, first]
    assert numbers(start_date="2010-01-01T00:00:00Z") == [], "90 days from there"
    assert numbers(start_date="2026-11-22", end_date="2010") == [], "the wrong way round"
    assert numbers(updated_after="9999-12-31T23:59:59Z") == []
    assert numbers(page="9" * 30) == []
    assert numbers(end_date="2900", page_size="5000", start_date=noon.date().isoformat()) != []
    assert numbers(page_size="1") == [second]
    assert numbers(page_size="1", page="2") == [first]
    assert numbers(page_size="1", page="3") == []
    assert numbers(bbox="106.82,-6.18,106.83,-6.17") == [first]
    assert numbers(lat="-6.2", long="106.85", radius="500") == [second]
    assert sorted(numbers(updated_after=noon.isoformat())) == sorted([first, second])
    assert numbers(updated_before=noon.isoformat()) == []
    assert numbers(service_request_id=f"{first}, {second.lower()},123", status="closed") == [first, second]
    answer = client.get("requests.json", page_size="1", service_code="jalan,trotoar")
    assert answer.headers["link"].endswith('page_size=1&service_code=jalan%2Ctrotoar&page=2>; rel="next"')


@pytest.mark.parametrize(
    "query",
    [
        {"status": "done"}, {"start_date": "kemarin"}, {"end_date": "2026-13"}, {"page": "0"}, {"page_size": "-1"},
        {"bbox": "1,2,3"}, {"lat": "x", "long": "1"},
        {"radius": "nan", "lat": "1", "long": "1"},
    ],
)  # fmt: skip
def test_filters_that_make_no_sense_are_named(client: Client, query: dict[str, str]) -> None:
    answer = client.get("requests.json", **query)
    assert answer.status == 400
    assert any(name in error["description"] for error in answer.json for name in query)


def test_a_list_reads_an_index_and_nothing_else(client: Client, calls: Any) -> None:
    for each in ("satu", "dua", "tiga"):
        client.accept(client.file(description=each))
    calls()
    assert len(rows(client.get("requests.json"))) == 3
    seen = calls()
    assert set(seen) == {"dynamodb.Query"}
    assert len(seen) <= 5
    assert len(rows(client.get("requests.json", service_request_id=",".join(str(n) for n in range(50))))) == 0
    assert calls() == []


def act(client: Client, number: str, action: str, who: dict[str, str], **body: Any) -> None:
    where = "/staff/reports/{tracking}/{action}"
    answer = client.web("POST", where, tracking=number, action=action, headers=who, body=json.dumps(body))
    assert answer.status == 200, answer.text


def test_what_was_rejected_is_listed_without_its_words_but_with_the_reason(client: Client) -> None:
    number = client.file()
    act(client, number, "reject", bearer("admin"), reason="Bukan wewenang kota")
    (found,) = rows(client.get("requests.json"))
    assert (found["status"], found["description"], found["address"].startswith("Gambir")) == ("closed", None, True)
    assert "Bukan wewenang kota" in found["status_notes"]


def test_what_its_reporter_takes_back_unread_is_in_no_list(client: Client, desk: Any) -> None:
    unread, read = client.file(), client.file(description="Sudah diterima")
    client.accept(read)
    for number in (unread, read):
        report = desk.reports.get(number)
        answer = client.web(
            "POST",
            "/reports/{tracking}/{action}",
            tracking=number,
            action="withdraw",
            headers={"content-type": "application/json", "x-report-key": desk.key_of(number, report.key_version)},
            body="{}",
        )
        assert answer.status == 200, answer.text
    (found,) = rows(client.get("requests.json"))
    assert (found["service_request_id"], found["status"], found["description"]) == (read, "closed", None)
    assert rows(client.get(f"requests/{unread}.json"))[0]["status"] == "closed"


def test_a_city_app_s_report_is_listed_once_it_is_accepted(client: Client, filed: Any) -> None:
    number = filed()["tracking"]
    assert rows(client.get("requests.json")) == []
    client.accept(number)
    assert [row["service_request_id"] for row in rows(client.get("requests.json"))] == [number]


def test_a_closed_request_says_so(client: Client) -> None:
    number = client.file()
    client.accept(number)
    act(client, number, "resolve", bearer("agency", "bina-marga"), note="Lubang sudah ditambal")
    act(client, number, "validate", bearer("admin"))
    (found,) = rows(client.get("requests.json", status="closed"))
    assert found["status"] == "closed"
    assert found["status_notes"] == "Dinas Bina Marga menyatakan selesai: Lubang sudah ditambal", (
        "not the bare last step"
    )
    assert rows(client.get(f"requests/{number}.json")) == [found]
    history = rows(client.get("servicerequestupdates.json"))
    assert [each["status"] for each in history][-2:] == ["open", "closed"]
    assert any("Lubang sudah ditambal" in each["description"] for each in history)
    assert history[-1]["update_id"].startswith(number)
    assert found["updated_datetime"] == history[-1]["updated_datetime"]
    in_xml = tree(client.get("servicerequestupdates.xml"))
    assert in_xml.tag == "service_request_updates"
    assert in_xml.findtext("request_update/service_request_id") == number


def an_update(number: str, **changes: str) -> dict[str, str]:
    return {
        "api_key": KEY,
        "update_id": "1234",
        "service_request_id": number,
        "updated_datetime": "2026-11-21T14:30:00+07:00",
        "status": "FIXED",
        "description": "Kata Siti Rahma lubangnya sudah ditutup, hubungi 081299998888",
        "first_name": "Siti",
        "last_name": "Rahma",
        "email": "siti@surat.example",
        **changes,
    }


def test_an_update_is_kept_once_as_an_internal_note_and_changes_no_status(client: Client, desk: Any) -> None:
    number = client.file()
    for _ in range(2):
        answer = client.post("servicerequestupdates.xml", form=an_update(number))
        assert tree(answer).findtext("request_update/update_id") == "1234"
    report = desk.reports.get(number)
    (noted,) = [entry.told for entry in report.entries() if entry.event == "noted"]
    assert noted.public is False
    assert noted.data["source"] == "open311"
    assert "sudah ditutup" in noted.note
    assert not [word for word in ("Siti", "Rahma", "81299998888") if word in noted.note]
    assert report.status != "done"
    told = sealed_about(desk, number, seed="00" * 16)[
        "messages"
    ]  # the other system's words are not the reporter's to read
    assert len(told) == 1
    assert "Rahma" not in str(told)
    lost_plus = an_update(number, update_id="1235", updated_datetime="2026-11-21T14:30:00 07:00")
    assert client.post("servicerequestupdates.json", form=lost_plus).status == 200
    missing = client.post("servicerequestupdates.json", form={"api_key": KEY})
    assert (missing.status, len(missing.json)) == (400, 2)
    assert client.post("servicerequestupdates.json", form=an_update("JKT-0000-0000-0000")).status == 404
    assert client.post("servicerequestupdates.json", form=an_update(number, api_key="x")).status == 403


@pytest.mark.parametrize("kind", ["json", "xml"])
def test_an_independent_client_reads_everything(client: Client, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    georeport = pytest.importorskip("georeport")

    class Got:
        def __init__(self, answer: Answer) -> None:
            self.status, self.content, self.json = answer.status, answer.text, lambda: json.loads(answer.text)

        def raise_for_status(self) -> None:
            assert self.status == 200, self.content

    def get(url: str, params: dict[str, str]) -> Got:
        return Got(client.get(url.removeprefix("https://city.test/open311/v2/"), **params))

    monkeypatch.setattr("georeport.georeport.requests.get", get)
    numbers = [client.file(description=each) for each in ("satu", "dua")]
    for number in numbers:
        client.accept(number)
    there = georeport.GeoReport("https://city.test/open311/v2/", "jakarta.example", KEY, kind)
    assert len(there.get_service_list()) == 89
    assert there.get_service_definition("jalan")["service_code"] == "jalan"
    assert {each["service_request_id"] for each in there.get_service_requests()} == set(numbers)
    assert there.get_service_request(numbers[0])["description"] == "satu"


def test_a_flood_is_told_to_wait_and_a_repetition_never_counts(
    client: Client, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = msgspec.structs.replace(desk.city.channels["open311"], per_minute=1)
    city = msgspec.structs.replace(desk.city, channels=desk.city.channels | {"open311": own})
    monkeypatch.setattr(desk, "_city", city)
    assert client.file() == client.file()
    for kind in ("json", "xml"):
        answer = client.post(f"requests.{kind}", description="Lain lagi")
        assert answer.status == 429
        assert int(answer.headers["retry-after"]) > 0
    assert client.post(description="Lain lagi").json[0]["code"] == 429


def test_a_channel_that_is_off_takes_nothing_and_still_answers_who_reads(
    client: Client, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = client.file()
    monkeypatch.setattr(desk, "_city", desk.city.switched((), ("open311",)))
    answer = client.post()
    assert (answer.status, answer.json[0]["code"]) == (410, 410)
    assert client.get(f"requests/{number}.json").status == 200

"""Open311 GeoReport v2 as a third party's client reads the specification: shapes, both formats, errors in its own form."""

from __future__ import annotations

import json
import re
import time
import uuid
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.acceptance.clients import MONAS, SECRETS, Answer, Server, at_once, fresh, instant, until
from tests.acceptance.providers import seen

BASE = "/open311/v2"
KEY = SECRETS["open311"]["api_key"]
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
REQUEST_FIELDS = {
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
}
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(Z|[+-]\d\d:\d\d)$")


def post(every: Server, suffix: str = "json", resource: str = "requests", **fields: Any) -> Answer:
    form = {"api_key": KEY} | fields
    form = {name: value for name, value in form.items() if value is not None}
    return every.call("POST", f"{BASE}/{resource}.{suffix}", urlencode(form, doseq=True).encode(), FORM)


def hole(**changes: Any) -> dict[str, Any]:
    return {
        "service_code": "jalan",
        "lat": str(MONAS["lat"]),
        "long": str(MONAS["lng"]),
        "description": f"Jalan berlubang dalam {fresh('o')}",
        "first_name": "Dewi",
        "last_name": "Anggraini",
        "email": f"{fresh('warga')}@warga.example",
        "phone": "+628111222333",
        "device_id": "tt222111",
        "account_id": "123456",
    } | changes


def filed(every: Server, **changes: Any) -> str:
    answer = post(every, **hole(**changes))
    assert answer.status in (200, 201), answer.text
    return str(answer.json[0]["service_request_id"])


def tree_of(raw: bytes) -> ET.Element:
    return ET.fromstring(raw)  # noqa: S314


def xml(answer: Answer, root: str) -> ET.Element:
    assert answer.header("content-type").split(";")[0] in ("text/xml", "application/xml"), answer.header("content-type")
    assert "utf-8" in answer.header("content-type").lower()
    tree = tree_of(answer.body)
    assert tree.tag == root, answer.text
    return tree


def error(answer: Answer, suffix: str) -> list[tuple[int, str]]:
    """The errors, in the specification's own form."""
    if suffix == "json":
        assert isinstance(answer.json, list), answer.text
        found = [(int(each["code"]), each["description"]) for each in answer.json]
    else:
        tree = xml(answer, "errors")
        found = [(int(each.findtext("code", "")), each.findtext("description", "")) for each in tree.findall("error")]
    assert found
    assert all(text for _, text in found)
    return found


def test_discovery_in_both_formats(every: Server) -> None:
    document = every.get("/open311/discovery.json").json
    assert {"changeset", "contact", "key_service", "endpoints"} <= set(document)
    assert document["endpoints"]
    for endpoint in document["endpoints"]:
        assert {"specification", "url", "changeset", "type", "formats"} <= set(endpoint)
        assert endpoint["type"] in ("production", "test", "acceptance")
        assert "GeoReport_v2" in endpoint["specification"]
        assert endpoint["url"] == every.url + BASE
        assert set(endpoint["formats"]) == {"text/xml", "application/json"}
        assert TIME.search(endpoint["changeset"])
    tree = xml(every.get("/open311/discovery.xml"), "discovery")
    assert tree.findtext("changeset")
    assert [f.text for f in tree.findall("endpoints/endpoint/formats/format")]
    assert tree.findtext("endpoints/endpoint/url") == every.url + BASE


def test_services_and_definitions_in_both_formats(every: Server) -> None:
    services = every.get(f"{BASE}/services.json").json
    assert len(services) > 50
    for service in services:
        assert {"service_code", "service_name", "description", "metadata", "type", "keywords", "group"} <= set(service)
        assert isinstance(service["metadata"], bool)
        assert service["type"] in ("realtime", "batch", "blackbox")
        assert isinstance(service["keywords"], str)
    assert len({s["service_code"] for s in services}) == len(services)
    tree = xml(every.get(f"{BASE}/services.xml"), "services")
    assert [s.findtext("service_code") for s in tree.findall("service")] == [s["service_code"] for s in services]
    assert {s.findtext("metadata") for s in tree.findall("service")} <= {"true", "false"}
    with_attributes = [s["service_code"] for s in services if s["metadata"]]
    assert with_attributes
    for code in with_attributes[:6]:
        definition = every.get(f"{BASE}/services/{code}.json").json
        assert definition["service_code"] == code
        assert definition["attributes"]
        for place, attribute in enumerate(definition["attributes"], 1):
            assert {"variable", "code", "datatype", "required", "datatype_description", "order", "description"} <= set(
                attribute
            )
            assert attribute["datatype"] in (
                "string",
                "number",
                "datetime",
                "text",
                "singlevaluelist",
                "multivaluelist",
            )
            assert attribute["order"] == place
            assert isinstance(attribute["required"], bool)
            if attribute["datatype"].endswith("list"):
                assert all(value["key"] and value["name"] for value in attribute["values"])
        tree = xml(every.get(f"{BASE}/services/{code}.xml"), "service_definition")
        assert tree.findtext("service_code") == code
        assert [a.findtext("code") for a in tree.findall("attributes/attribute")] == [
            a["code"] for a in definition["attributes"]
        ]


@pytest.mark.parametrize("suffix", ["json", "xml"])
def test_what_does_not_exist_is_a_404_in_its_own_form(every: Server, suffix: str) -> None:
    for path in (
        "services/nothing-of-the-kind",
        "requests/JKT-7K3M-92QX-4HTD",
        "requests/293944",
        "tokens/123",
        "requests/%00%ff",
        "nothing",
    ):
        answer = every.get(f"{BASE}/{path}.{suffix}")
        assert answer.status == 404, (path, answer.status)
        assert error(answer, suffix)[0][0] == 404
    for method in ("PUT", "DELETE", "PATCH"):
        assert every.call(method, f"{BASE}/requests.{suffix}").status in (404, 405)


@pytest.mark.parametrize("suffix", ["json", "xml"])
def test_posting_a_report_gives_its_number_at_once_as_a_list_of_one(every: Server, suffix: str) -> None:
    answer = post(
        every,
        suffix,
        **hole(**{"attribute[JENIS]": "lubang", "attribute[UNKNOWN]": "1", "jurisdiction_id": "jakarta.go.id"}),
    )
    assert answer.status in (200, 201), answer.text
    if suffix == "json":
        (one,) = answer.json
        tracking, names = one["service_request_id"], set(one)
    else:
        tree = xml(answer, "service_requests")
        (node,) = tree.findall("request")
        tracking, names = node.findtext("service_request_id"), {child.tag for child in node}
    assert {"service_request_id", "service_notice", "account_id"} <= names
    assert re.fullmatch(r"JKT-\w{4}-\w{4}-\w{4}", str(tracking))
    for path in (f"requests/{tracking}", f"tokens/{tracking}"):
        assert every.get(f"{BASE}/{path}.{suffix}").status == 200, path


def test_identical_content_within_ten_minutes_is_one_report_even_at_once(every: Server) -> None:
    fields = hole()
    got = at_once([lambda: post(every, **fields)] * 5)
    assert {a.status for a in got} <= {200, 201}, [a.text for a in got]
    assert len({a.json[0]["service_request_id"] for a in got}) == 1
    assert (
        tree_of(post(every, "xml", **fields).body).findtext("request/service_request_id")
        == got[0].json[0]["service_request_id"]
    )
    other = post(every, **(fields | {"description": fields["description"] + " lain"}))
    assert other.json[0]["service_request_id"] != got[0].json[0]["service_request_id"]


@pytest.mark.parametrize("suffix", ["json", "xml"])
@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"api_key": None}, 403),
        ({"api_key": "wrong"}, 403),
        ({"api_key": ""}, 403),
        ({"service_code": None}, 400),
        ({"service_code": ""}, 400),
        ({"service_code": "nothing-of-the-kind"}, 404),
        ({"lat": None, "long": None}, 400),
        ({"lat": "", "long": ""}, 400),
        ({"lat": None}, 400),
        ({"lat": "x", "long": "y"}, 400),
        ({"lat": "nan", "long": "inf"}, 400),
        ({"lat": "-91", "long": "181"}, 400),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_its_own_form(
    every: Server, suffix: str, fields: dict[str, Any], status: int
) -> None:
    answer = post(every, suffix, **hole(**fields))
    assert answer.status == status, (answer.status, answer.text)
    assert status in [code for code, _ in error(answer, suffix)]


def test_an_address_alone_is_a_place_and_a_description_may_be_left_out(every: Server) -> None:
    assert filed(every, lat=None, long=None, address_string="Jl. Cikini Raya 12, Menteng")
    assert filed(every, description=None)
    assert filed(every, lat="", long="", address_string="Jl. Cikini Raya 13", email="", phone="", media_url="")


def test_hidden_until_accepted_then_in_lists_and_never_the_reporter(every: Server) -> None:
    fields = hole()
    mark = fields["description"].split()[-1]
    tracking = post(every, **fields).json[0]["service_request_id"]
    for suffix in ("json", "xml"):
        for path in (f"requests/{tracking}", f"tokens/{tracking}"):
            shown = every.get(f"{BASE}/{path}.{suffix}")
            assert shown.status == 200, shown.text
            assert mark not in shown.text, "withheld until accepted"
        assert tracking not in every.get(f"{BASE}/requests.{suffix}").text, "lists omit what is not accepted"
    if every.status(tracking) == "waiting":
        assert every.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    assert every.agency(tracking, "accept").status == 200
    until(lambda: tracking in every.get(f"{BASE}/requests.json").text, 10)
    (one,) = every.get(f"{BASE}/requests/{tracking}.json").json
    assert set(one) >= REQUEST_FIELDS - {"zipcode"}
    assert mark in one["description"]
    assert one["status"] == "open"
    assert one["service_code"] == "jalan"
    assert isinstance(one["lat"], float)
    assert isinstance(one["long"], float)
    assert abs(one["long"] - MONAS["lng"]) < 0.001
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert TIME.search(one[name]), one[name]
    ahead = instant(one["expected_datetime"]) - instant(every.citizen(tracking)["resolve_by"])
    assert abs(ahead.total_seconds()) < 1, "the live deadline"
    (node,) = xml(every.get(f"{BASE}/requests/{tracking}.xml"), "service_requests").findall("request")
    assert {child.tag for child in node} >= REQUEST_FIELDS - {"zipcode"}
    assert node.findtext("description") == one["description"]
    everything = "".join(
        every.get(f"{BASE}/{path}").text
        for path in ("requests.json", "requests.xml", f"requests/{tracking}.json", "servicerequestupdates.json")
    )
    for secret in ("Dewi", "Anggraini", fields["email"], "628111222333"):
        assert secret not in everything
    assert every.agency(tracking, "resolve", {"note": "Ditambal kemarin."}).status == 200
    assert every.act(tracking, "validate", role="validator").status == 200
    (one,) = every.get(f"{BASE}/requests/{tracking}.json").json
    assert one["status"] == "closed"
    assert one["status_notes"]


@pytest.fixture(scope="module")
def accepted(every: Server) -> dict[str, str]:
    """Three accepted reports: two services, one of them closed."""
    numbers = {"open": filed(every), "closed": filed(every), "other": filed(every, service_code="sampah")}
    for name, tracking in numbers.items():
        agency = "lingkungan-hidup" if name == "other" else "bina-marga"
        if every.status(tracking) == "waiting":
            every.act(tracking, "dispatch", {"agency": agency})
        assert every.agency(tracking, "accept", agency=agency).status == 200
    assert every.agency(numbers["closed"], "resolve", {"note": "Selesai dikerjakan."}).status == 200
    assert every.act(numbers["closed"], "validate", role="validator").status == 200
    until(lambda: all(t in every.get(f"{BASE}/requests.json").text for t in numbers.values()), 10)
    time.sleep(1)
    return numbers


def ids(every: Server, **query: str) -> set[str]:
    answer = every.get(f"{BASE}/requests.json?{urlencode(query)}")
    assert answer.status == 200, answer.text
    as_xml = xml(every.get(f"{BASE}/requests.xml?{urlencode(query)}"), "service_requests")
    found = [one["service_request_id"] for one in answer.json]
    assert [n.findtext("service_request_id") for n in as_xml.findall("request")] == found
    assert len(set(found)) == len(found)
    assert len(found) <= 1000
    return set(found)


def test_lists_with_every_filter(every: Server, accepted: dict[str, str]) -> None:
    one, closed, other = accepted["open"], accepted["closed"], accepted["other"]
    assert {one, closed, other} <= ids(every)
    assert {one, other} <= ids(every, status="open")
    assert closed not in ids(every, status="open")
    assert closed in ids(every, status="closed")
    assert one not in ids(every, status="closed")
    assert {one, closed} <= ids(every, status="open,closed")
    assert other not in ids(every, service_code="jalan")
    assert {one, other} <= ids(every, service_code="jalan,sampah")
    assert ids(every, service_request_id=f"{one},{other}") == {one, other}
    assert ids(every, service_request_id=one, status="closed", service_code="sampah") == {one}, "the id overrides"
    now = datetime.now(UTC)
    iso = lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ")  # noqa: E731
    assert one in ids(every, start_date=iso(now - timedelta(hours=1)))
    assert ids(every, start_date=iso(now - timedelta(hours=2)), end_date=iso(now - timedelta(hours=1))) == set()
    assert one in ids(every, start_date=iso(now - timedelta(days=89)), end_date=iso(now + timedelta(minutes=1)))
    assert one in ids(every, end_date=iso(now + timedelta(minutes=1)))
    assert one in ids(
        every, start_date=(now - timedelta(hours=1) + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%S+07:00")
    )
    assert ids(every, end_date=iso(now - timedelta(days=100))) == set()
    assert ids(every, status="", service_code="", service_request_id="") >= {one, closed, other}, "empty is absent"
    assert ids(every, page_size="1", page="1") != ids(every, page_size="1", page="2")


@pytest.mark.parametrize("suffix", ["json", "xml"])
@pytest.mark.parametrize(
    "query", ["start_date=yesterday", "end_date=2026-13-45", "status=half", "page=x", "page_size=-1", "start_date=%00"]
)
def test_a_filter_that_makes_no_sense_is_a_400(every: Server, suffix: str, query: str) -> None:
    answer = every.get(f"{BASE}/requests.{suffix}?{query}")
    assert answer.status == 400, (answer.status, answer.text)
    error(answer, suffix)


def test_private_and_confidential_reports_are_nowhere(every: Server) -> None:
    for kind in ("private", "confidential"):
        tracking = every.report(**{kind: True})["tracking"]
        if every.status(tracking) == "waiting":
            every.act(tracking, "dispatch", {"agency": "bina-marga"})
        every.agency(tracking, "accept")
        every.quiet(0.3)
        assert tracking not in every.get(f"{BASE}/requests.json").text
        assert ids(every, service_request_id=tracking) == set()
        assert every.get(f"{BASE}/requests/{tracking}.json").status == 404
        assert tracking not in every.get(f"{BASE}/servicerequestupdates.json").text


def test_updates_are_read_in_both_formats(every: Server, accepted: dict[str, str]) -> None:
    now = datetime.now(UTC)
    window = urlencode(
        {
            "start_date": (now - timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "end_date": (now + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
    )
    updates = every.get(f"{BASE}/servicerequestupdates.json?{window}").json
    mine = [u for u in updates if u["service_request_id"] == accepted["closed"]]
    assert mine
    for update in mine:
        assert {"update_id", "service_request_id", "status", "updated_datetime", "description"} <= set(update)
        assert update["status"].lower() in ("open", "closed", "fixed", "investigating", "in_progress")
        assert TIME.search(update["updated_datetime"])
    assert "Selesai dikerjakan" in json.dumps(mine)
    assert len({u["update_id"] for u in updates}) == len(updates)
    tree = xml(every.get(f"{BASE}/servicerequestupdates.xml?{window}"), "service_request_updates")
    assert [n.findtext("update_id") for n in tree.findall("request_update")] == [str(u["update_id"]) for u in updates]


@pytest.mark.parametrize("suffix", ["json", "xml"])
def test_an_update_posted_as_fixmystreet_does_is_on_the_report_once(
    every: Server, accepted: dict[str, str], suffix: str
) -> None:
    words = f"Lubang muncul lagi {fresh('upd')}"
    fields = {
        "service_request_id": accepted["open"],
        "service_request_id_ext": "9182",
        "update_id": str(uuid.uuid4().int % 10**9),
        "updated_datetime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00"),
        "status": "OPEN",
        "title": "Mr",
        "first_name": "Rina",
        "last_name": "Wulandari",
        "email": "rina@warga.example",
        "description": words,
        "media_url": "",
    }
    for _ in range(2):
        answer = post(every, suffix, "servicerequestupdates", **fields)
        assert answer.status in (200, 201), answer.text
    if suffix == "json":
        assert answer.json[0]["update_id"]
    else:
        assert xml(answer, "service_request_updates").findtext("request_update/update_id")
    report = seen(every, accepted["open"])
    assert json.dumps(report).count(words) == 1
    assert "Rina" not in json.dumps(report)
    assert post(every, suffix, "servicerequestupdates", **(fields | {"api_key": "x"})).status == 403
    assert post(every, suffix, "servicerequestupdates", **(fields | {"service_request_id": "JKT-1"})).status == 404
    refused = post(every, suffix, "servicerequestupdates", **(fields | {"service_request_id": ""}))
    assert refused.status == 400
    error(refused, suffix)


def test_hostile_words_come_out_of_both_formats_well_formed(every: Server) -> None:
    tracking = filed(every, description="Jalan <b>rusak</b> & ]]> \x0b\x00 \ufffe \U0001f30a &lt; \"kutip\" 'x'")
    if every.status(tracking) == "waiting":
        every.act(tracking, "dispatch", {"agency": "bina-marga"})
    assert every.agency(tracking, "accept").status == 200
    as_json = every.get(f"{BASE}/requests/{tracking}.json").json[0]["description"]
    as_xml = tree_of(every.get(f"{BASE}/requests/{tracking}.xml").body).findtext("request/description") or ""
    assert "<b>rusak</b>" in as_json
    assert as_xml.split() == as_json.split()


@pytest.mark.parametrize("body", [b"\xff\xfe", b"%", b"a" * 2_000_000, b"&&&==", b"api_key=%FF%FE&service_code=%00"])
def test_broken_forms_are_errors_in_its_own_form(every: Server, body: bytes) -> None:
    answer = every.call("POST", f"{BASE}/requests.json", body, FORM)
    assert answer.status in (400, 403, 404, 413), answer.status
    error(answer, "json")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/x.jpg",
        "http://169.254.169.254/latest/meta-data/",
        "http://[::1]/x",
        "file:///etc/passwd",
        "gopher://x/",
        "http://localhost:1/x.jpg",
    ],
)
def test_a_media_url_that_points_inside_is_not_fetched_and_the_report_stays(every: Server, url: str) -> None:
    answer = post(every, **hole(media_url=url))
    assert answer.status in (200, 201, 400), answer.text
    if answer.status == 400:
        error(answer, "json")
        return
    tracking = answer.json[0]["service_request_id"]
    every.quiet(0.4)
    assert every.citizen(tracking)["photos"] in ([], None)

"""Open311's form → one Message, or everything that is wrong with it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib import city as packs
from chalicelib.channels import open311
from chalicelib.channels.message import Location, Request
from chalicelib.channels.open311 import Refused, Slip
from chalicelib.channels.open311_form import Posted, read
from chalicelib.domain.errors import Malformed, ReportError, TooLarge, WrongContentType

CITY = packs.load("jakarta")
WHOLE = {"service_code": "jalan", "lat": "-6.1754", "long": "106.8272", "description": "Berlubang"}
FORM = "application/x-www-form-urlencoded"


def posted(**fields: Any) -> Posted:
    told = {name: value if isinstance(value, tuple) else (value,) for name, value in {**WHOLE, **fields}.items()}
    return Posted(fields={name: tuple(text for text in values if text) for name, values in told.items() if any(values)})


def request(body: bytes, content_type: str = FORM) -> Request:
    return Request(method="POST", url="https://x.test/", headers={"content-type": content_type}, body=body)


def refusals(form: Posted) -> list[Slip]:
    with pytest.raises(Refused) as caught:
        open311.parse(form, CITY, "open311")
    return list(caught.value.slips)


def test_a_whole_form_is_a_message() -> None:
    form = posted(
        first_name="Budi",
        last_name="Santoso",
        email="Budi@Surat.example",
        phone="0812-3456-7890",
        media_url=("https://x.test/1.jpg", "https://x.test/2.jpg"),
        address_string="Jl. Thamrin",
        **{"attribute[JENIS]": "lubang", "attribute[title]": "x"},
    )
    message = open311.parse(form, CITY, "open311")
    assert message.text == "Berlubang\nJenis kerusakan: Berlubang"
    assert (message.name, message.phone, message.email) == ("Budi Santoso", "+6281234567890", "Budi@Surat.example")
    assert message.sender == "+6281234567890"
    assert message.location == Location(lat=-6.1754, lng=106.8272, address="Jl. Thamrin")
    assert message.photos == ("https://x.test/1.jpg", "https://x.test/2.jpg")
    assert (message.category, message.answerable, message.conversational) == ("jalan", True, False)


@pytest.mark.parametrize(
    ("fields", "sender"),
    [
        ({"email": "Budi@Surat.example"}, "budi@surat.example"),
        ({"account_id": "a-1", "device_id": "d-1"}, "account:a-1"),
        ({"device_id": "d-1"}, "account:d-1"),
    ],
)
def test_who_sends_is_known_by_the_best_there_is(fields: dict[str, str], sender: str) -> None:
    assert open311.parse(posted(**fields), CITY, "open311").sender == sender


def test_nobody_in_particular_is_known_by_the_content() -> None:
    message = open311.parse(posted(), CITY, "open311")
    assert message.sender.startswith("unnamed:")
    assert message.answerable is False


def test_without_a_description_the_service_s_name_stands_in() -> None:
    assert open311.parse(posted(description=""), CITY, "open311").text == "Jalan"


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"lat": "106.8272", "long": "-6.1754"}, Location(lat=-6.1754, lng=106.8272)),
        ({"lat": "0", "long": "0.0", "address_string": "Monas"}, Location(address="Monas")),
        ({"lat": "", "long": "", "address_id": "31.71.06.1001"},
         Location(address="Kelurahan Menteng", area="31.71.06.1001")),
        ({"address_id": "#NOTPINPOINTED#"}, Location(lat=-6.1754, lng=106.8272)),
    ],
)  # fmt: skip
def test_places(fields: dict[str, str], place: Location) -> None:
    assert open311.parse(posted(**fields), CITY, "open311").location == place


@pytest.mark.parametrize(
    ("category", "attribute", "values", "line"),
    [
        ("jalan", "JENIS", "Berlubang", "Jenis kerusakan: Berlubang"),
        ("jalan", "JENIS", "POTHOLE", "Jenis kerusakan: Berlubang"),
        ("jalan", "JENIS", "naga", None),
        ("jalan", "BAHAYA", "motor, mobil", "Siapa yang terancam: Pengendara motor, Pengendara mobil"),
        ("jalan", "BAHAYA", "motor,naga", None),
        ("banjir", "TINGGI", "40,5", "Tinggi air: 40,5"),
        ("banjir", "TINGGI", "nan", None),
        ("banjir", "SEJAK", "2026-11-21T07:00:00+07:00", "Sejak kapan: 2026-11-21T07:00:00+07:00"),
        ("banjir", "SEJAK", "tadi", None),
        ("parkir-liar", "WAKTU", "17.00\nsampai 19.00", "Biasanya pada jam berapa: 17.00 sampai 19.00"),
        ("parkir-liar", "WAKTU", "x" * 501, None),
        ("penanganan-kebakaran", "DARURAT", "ya", ""),
    ],
)
def test_attributes_by_datatype(category: str, attribute: str, values: str, line: str | None) -> None:
    form = posted(service_code=category, **{f"attribute[{attribute}]": values})
    if line is None:
        (slip,) = refusals(form)
        assert slip.code == 400
        assert f"attribute[{attribute}]" in slip.description
    else:
        assert open311.parse(form, CITY, "open311").text == "\n".join(filter(None, ("Berlubang", line)))


def test_attributes_may_be_written_in_every_usual_way() -> None:
    body = "attribute[BAHAYA][]=motor&attribute[BAHAYA][1]=mobil&attribute[bahaya]=sekolah"
    assert read(request(body.encode())).attributes() == {"BAHAYA": ("motor", "mobil", "sekolah")}
    for told in ({"BAHAYA": ["motor", "mobil"]}, [{"code": "BAHAYA", "value": ["motor", "mobil"]}]):
        form = read(request(json.dumps({"attribute": told}).encode(), "application/json"))
        assert form.attributes() == {"BAHAYA": ("motor", "mobil")}


def test_the_same_content_has_the_same_id_in_every_encoding_and_under_every_key() -> None:
    encoded = "&".join(f"{name}={value}" for name, value in reversed(WHOLE.items()))
    forms = [
        read(request(f"{encoded}&api_key=a&email=".encode())),
        read(request(json.dumps(WHOLE | {"api_key": "b", "jurisdiction_id": "x"}).encode(), "application/json")),
        read(Request(method="POST", url="", headers={}, query=WHOLE)),
    ]
    messages = [open311.parse(form, CITY, "open311") for form in forms]
    assert len({message.id for message in messages}) == 1
    assert len({message.raw for message in messages}) == 1
    assert b"api_key" not in messages[0].raw
    assert open311.parse(posted(description="Lain"), CITY, "open311").id != messages[0].id


@pytest.mark.parametrize(
    ("secrets", "given_key", "slips"),
    [("a b", "a", 0), ("a b", "b", 0), ("a b", "a b", 1), ("a b", "", 1), ("", "", 1), ("", "a", 1), ("a", "á", 1)],
)
def test_keys(secrets: str, given_key: str, slips: int) -> None:
    assert len(open311.key_slips(posted(api_key=given_key), secrets)) == slips


@pytest.mark.parametrize(
    ("form", "error"),
    [
        (request(b"<a/>", "text/xml"), WrongContentType),
        (request(b"x" * 1_000_001), TooLarge),
        (request(b"[]", "application/json"), Malformed),
        (request(b"{", "application/json"), Malformed),
        (request(b"", "multipart/form-data"), Malformed),
        (request(b"&".join(b"a%d=1" % number for number in range(1_001))), Malformed),
    ],
)
def test_what_is_no_form(form: Request, error: type[ReportError]) -> None:
    with pytest.raises(error):
        read(form)


@given(
    body=st.binary(), content_type=st.sampled_from([FORM, "application/json", "multipart/form-data; boundary=b", ""])
)
def test_any_bytes_are_a_form_or_a_refusal(body: bytes, content_type: str) -> None:
    try:
        open311.parse(read(request(body, content_type)), CITY, "open311")
        open311.parse_update(read(request(body, content_type)))
    except ReportError:
        pass


KEYS = st.one_of(
    st.sampled_from([*WHOLE, "media_url", "attribute", "attribute[JENIS]", "phone", "update_id"]), st.text()
)
JSONS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner), max_leaves=5
)


@given(document=st.dictionaries(KEYS, JSONS, max_size=8))
def test_any_json_is_a_form_or_a_refusal(document: dict[str, Any]) -> None:
    form = read(request(json.dumps(WHOLE | document).encode(), "application/json"))
    try:
        told = open311.parse(form, CITY, "open311").category
    except Refused as refused:
        told = refused.slips[0].description
    assert told

"""The web form: both encodings make the same message, every slip is named, and nothing it is sent makes it stumble."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import staff_form, web_form
from chalicelib.channels.message import Message, Request
from chalicelib.channels.registry import http_adapter
from chalicelib.city.model import Channel
from chalicelib.domain.errors import Invalid, ReportError, WrongContentType

WEB = Channel(id="web", label={"id": "Web"}, group="aplikasi", adapter="web_form", geo_tagged=True)
NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
GOLDEN = Path(__file__).parent / "golden" / "web_form"
FORM_ID = "0f8e7d6c5b4a39281706f5e4d3c2b1a0"
FULL: dict[str, Any] = {
    "form_id": FORM_ID,
    "text": "Saluran air tersumbat\nsejak kemarin",
    "name": "Rina  Wati",
    "address": "Jl. Dahlia No. 9, Tebet",
    "phone": "0812-3456-7890",
    "email": "",
    "place_address": "Jl. Tebet Raya",
    "landmark": "depan pasar",
    "kelurahan": "Tebet Barat",
    "lat": "-6.2262",
    "lng": "106,8500",
    "category": "banjir",
    "private": "on",
    "consent": "1",
    "website": "",
    "photos": ["0123456789abcdef01234567"],
}


def posted(told: dict[str, Any], *, as_json: bool = False) -> Message:
    if as_json:
        body, kind = json.dumps(told).encode(), "application/json"
    else:
        body, kind = urlencode(told, doseq=True).encode(), "application/x-www-form-urlencoded; charset=UTF-8"
    request = Request(method="POST", url="https://x.test/channels/web", headers={"content-type": kind}, body=body)
    (message,) = web_form.parse_all(WEB, request, NOW)
    return message


@pytest.mark.parametrize("as_json", [False, True])
def test_a_full_form(as_json: bool) -> None:
    told = FULL | ({"private": True, "consent": True, "lat": -6.2262, "lng": 106.85} if as_json else {})
    message = posted(told, as_json=as_json)
    expected = json.loads((GOLDEN / "full.json").read_text())
    assert msgspec.structs.replace(message, raw=b"", id="") == msgspec.structs.replace(
        msgspec.convert(expected, Message), id=""
    )
    assert posted(told, as_json=as_json).id == message.id, "a double click is the same report"
    assert posted(told | {"text": "Pohon tumbang"}, as_json=as_json).id != message.id, "other words are another one"
    assert http_adapter(WEB).RECEIPT is True


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"form_id": ""}, {"form_id"}),
        ({"form_id": "1"}, {"form_id"}),
        ({"form_id": "x" * 129}, {"form_id"}),
        ({"text": "  \n"}, {"text"}),
        ({"text": "x" * 20_001}, {"text"}),
        ({"consent": ""}, {"consent"}),
        ({"consent": "mungkin"}, {"consent"}),
        ({"website": "https://spam.example"}, {"website"}),
        ({"phone": "tidak ada"}, {"phone"}),
        ({"phone": "112"}, {"phone"}),
        ({"email": "rina@"}, {"email"}),
        ({"lat": "utara", "lng": ""}, {"lat", "lng"}),
        ({"lat": "95", "lng": "95"}, {"lat"}),
        ({"photos": ["../../etc/passwd"]}, {"photos.0"}),
        ({"photos": ["0" * 24] * 11}, {"photos"}),
        ({"name": "x" * 201, "address": "y" * 1001}, {"name", "address"}),
    ],
)
def test_every_slip_is_named(changes: dict[str, Any], wrong: set[str], as_json: bool) -> None:
    with pytest.raises(Invalid) as refused:
        posted(FULL | changes, as_json=as_json)
    if changes == {"lat": "utara", "lng": ""}:
        wrong = {"lat"} | (set(refused.value.details) & {"lng"})
    assert set(refused.value.details) == wrong


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"text": 5}, {"text"}),
        ({"consent": 1}, {"consent"}),
        ({"lat": True}, {"lat", "lng"}),
        ({"lat": 1e300}, {"lat"}),
        ({"photos": "x"}, {"photos"}),
        ({"photos": [1]}, {"photos"}),
        ({"nama": "Rina"}, {"nama"}),
    ],
)
def test_wrong_types_in_json(changes: dict[str, Any], wrong: set[str]) -> None:
    with pytest.raises(Invalid) as refused:
        posted(FULL | changes, as_json=True)
    assert set(refused.value.details) <= wrong


def test_the_same_words_are_the_same_report_however_lines_end() -> None:
    one, other = (posted(FULL | {"text": f"Saluran air tersumbat{end}sejak kemarin{end}"}) for end in ("\n", "\r\n"))
    assert one.id == other.id


def test_who_leaves_no_way_to_answer_is_not_answered() -> None:
    quiet = posted(FULL | {"phone": ""})
    assert (quiet.answerable, quiet.sender.startswith("person:")) == (False, True)
    assert posted(FULL | {"phone": "", "email": "Rina@Contoh.id"}).sender == "rina@contoh.id"
    assert posted(FULL | {"lat": "0", "lng": "0"}).location == posted(FULL | {"lat": "", "lng": ""}).location


def test_other_content_types_are_refused() -> None:
    for kind in ("", "text/plain", "multipart/form-data; boundary=x"):
        with pytest.raises(WrongContentType):
            web_form.parse_all(WEB, Request(method="POST", url="", headers={"content-type": kind}, body=b"{}"), NOW)


@given(body=st.binary(max_size=2_000), kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded"]))
def test_any_bytes(body: bytes, kind: str) -> None:
    try:
        (message,) = web_form.parse_all(
            WEB, Request(method="POST", url="", headers={"content-type": kind}, body=body), NOW
        )
    except ReportError:
        return
    assert isinstance(message, Message)


_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(told=st.dictionaries(st.sampled_from([*web_form.WORDS, *web_form.CHOICES, "photos"]), _VALUES))
def test_any_values(told: dict[str, Any]) -> None:
    try:
        posted({"form_id": FORM_ID, "consent": True} | told, as_json=True)
    except ReportError:
        return


@given(
    told=st.dictionaries(
        st.sampled_from(["text", "reporter", "location", "photos", "private", "form_id", "x"]), _VALUES
    )
)
def test_any_values_at_the_counter(told: dict[str, Any]) -> None:
    raw = json.dumps({"channel": "kelurahan"} | told).encode()
    try:
        entered(raw)
    except ReportError:
        return


@given(body=st.binary(max_size=500))
def test_any_bytes_at_the_counter(body: bytes) -> None:
    with pytest.raises(ReportError):
        entered(body)


def entered(raw: bytes) -> Message:
    form, wrong = staff_form.read(raw)
    return staff_form.message(form, "kelurahan", message_id="m", raw=raw, wrong=wrong)

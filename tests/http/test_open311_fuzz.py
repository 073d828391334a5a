"""Whatever is asked or posted, Open311 answers in its own form, and never with a failure of its own."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.http.test_open311 import FORM, ITEM, RESOURCE, Client

NAMES = st.sampled_from(
    ["start_date", "end_date", "updated_after", "updated_before", "status", "service_code", "page", "page_size", "bbox",
     "lat", "long", "radius", "service_request_id", "jurisdiction_id", "locale", "x"]
)  # fmt: skip
VALUES = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["", "open", "2026-11-21T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31", "1", "-1", "nan", "1e999", "2026",
         "1,2,3,4", "inf,inf,inf,inf", "٣", "2026-02-30", "\ud800", "JKT-7K3M-92QX-4HTC", "0", "999999999"]
    ),
    st.floats().map(str),
    st.datetimes().map(str),
)  # fmt: skip
KINDS = st.sampled_from(["json", "xml"])


def holds(answer: Any, kind: str) -> None:
    """It is no failure, and it is well-formed."""
    assert answer.status < 500, answer.text
    if kind == "json":
        assert isinstance(json.loads(answer.text), list | dict)
    else:
        ElementTree.fromstring(answer.text.encode())  # noqa: S314  our own answer


@settings(max_examples=150)
@given(query=st.dictionaries(NAMES, VALUES, max_size=4), kind=KINDS)
def test_any_filter(web: Any, query: dict[str, str], kind: str) -> None:
    holds(Client(web).get(f"requests.{kind}", **query), kind)
    holds(Client(web).get(f"servicerequestupdates.{kind}", **query), kind)


@settings(max_examples=100)
@given(name=st.sampled_from(["services", "requests", "tokens", "naga"]), item=st.text(min_size=1), kind=KINDS)
def test_any_item(web: Any, name: str, item: str, kind: str) -> None:
    answer = web("GET", ITEM, name=name, item=f"{item}.{kind}")
    holds(answer, kind)
    assert answer.status == 404 or name == "services"


FIELD = st.one_of(
    st.sampled_from([*FORM, "attribute[JENIS]", "attribute[", "media_url", "update_id"]), st.text(max_size=9)
)


@settings(max_examples=100)
@given(fields=st.dictionaries(FIELD, st.one_of(VALUES, st.text()), max_size=5), kind=KINDS)
def test_any_form(web: Any, clock: Any, fields: dict[str, str], kind: str) -> None:
    clock.instant = datetime.now(UTC)
    form = urlencode(FORM | fields, errors="replace")
    headers = {"content-type": "application/x-www-form-urlencoded"}
    for resource in ("requests", "servicerequestupdates"):
        holds(web("POST", RESOURCE, name=f"{resource}.{kind}", headers=headers, body=form), kind)


@settings(max_examples=100)
@given(
    body=st.binary(max_size=300),
    content_type=st.sampled_from(
        ["application/json", "multipart/form-data", "multipart/form-data; boundary=a", "text/xml", "", "*/*", "x"]
    ),
)
def test_any_body(web: Any, body: bytes, content_type: str) -> None:
    answer = web("POST", RESOURCE, name="requests.json", headers={"content-type": content_type}, body=body)
    holds(answer, "json")
    assert answer.status in (400, 403, 415)

"""Open311's two formats hold whatever a value holds, and say the same."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.pages.open311 import written


def request_in(text: str) -> dict[str, Any]:
    return {"service_request_id": "1", "description": text, "lat": -6.5, "zipcode": None, "metadata": True}


@given(text=st.text(alphabet=st.characters()))
def test_any_text_stays_well_formed(text: str) -> None:
    document = ElementTree.fromstring(written("xml", "service_requests", [request_in(text)]).encode())  # noqa: S314
    told = document.findtext("request/description") or ""
    kept = [
        c for c in text if c in "\t\n\r" or (c >= "\x20" and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    ]
    assert told == "".join(kept)
    assert json.loads(written("json", "x", [request_in(text)]))[0]["service_request_id"] == "1"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a & b < c > d", "a &amp; b &lt; c &gt; d"),
        ("\x00\x1b[1m\ud800!", "[1m!"),
        ("]]>", "]]&gt;"),
        ("\r\n", "&#13;\n"),
    ],
)
def test_what_xml_cannot_hold_is_escaped_or_left_out(value: str, text: str) -> None:
    assert f"<description>{text}</description>" in written("xml", "service_requests", [request_in(value)])


def test_null_is_an_empty_element_and_an_empty_list_an_empty_document() -> None:
    assert "<zipcode/>" in written("xml", "service_requests", [request_in("x")])
    assert "<metadata>true</metadata>" in written("xml", "service_requests", [request_in("x")])
    assert ElementTree.fromstring(written("xml", "service_requests", [])).tag == "service_requests"  # noqa: S314
    assert written("json", "service_requests", []) == "[]"
    assert json.loads(written("json", "x", [{"a": "\ud800b", "c": ["\udfff"]}])) == [{"a": "b", "c": [""]}]

"""Forms of the desk: whatever a browser, or somebody who is none, sends."""

import contextlib
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from chalice.app import MultiDict
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.errors import Malformed, WrongContentType
from chalicelib.http.desk.form import MULTIPART, URLENCODED, Form, form_of


def request(
    body: bytes, kind: str = URLENCODED, method: str = "POST", query: dict[str, list[str]] | None = None
) -> Any:
    return SimpleNamespace(
        method=method,
        headers={"content-type": kind},
        raw_body=body,
        query_params=MultiDict(query) if query else None,
    )


def multipart(*parts: tuple[str, bytes]) -> bytes:
    told = b"".join(
        b"--b\r\nContent-Disposition: form-data; " + head.encode() + b"\r\n\r\n" + body + b"\r\n"
        for head, body in parts
    )
    return told + b"--b--\r\n"


def test_fields_of_a_form() -> None:
    form = form_of(
        request(
            urlencode([("note", " Sudah\0 diaspal "), ("ids", "a"), ("ids", ""), ("ids", "b"), ("csrf", "t")]).encode()
        )
    )
    assert form.get("note") == "Sudah diaspal"
    assert form.all("ids") == ["a", "b"]
    assert form.get("absent") == ""
    assert form.files("photo") == []
    assert form.typed() == {"note": "Sudah diaspal", "ids": "a, , b"}


def test_a_query_is_a_form() -> None:
    assert form_of(request(b"", method="GET", query={"area": ["31.74"], "unit": ["a", "b"]})).all("unit") == ["a", "b"]
    assert form_of(request(b"", method="GET")).names() == []


def test_files_and_fields_of_a_multipart_form() -> None:
    body = multipart(
        ('name="note"', "Selesai – ✓".encode()),
        ('name="photo"; filename="../a.jpg"', b"\xff\xd8\x00\r\n--c"),
        ('name="photo"; filename=""', b""),
    )
    form = form_of(request(body, f"{MULTIPART}; boundary=b"))
    assert form.get("note") == "Selesai – ✓"
    (file,) = form.files("photo")
    assert file.content == b"\xff\xd8\x00\r\n--c"


@pytest.mark.parametrize(
    ("body", "kind", "error"),
    [
        (b"{}", "application/json", WrongContentType),
        (b"a=1", "", WrongContentType),
        (b"a=\xff", URLENCODED, Malformed),
        (b"&".join(b"a=1" for _ in range(500)), URLENCODED, Malformed),
        (b"a" * 8_000_001, URLENCODED, Malformed),
        (b"no boundary", MULTIPART, Malformed),
        (b"--x\r\nbroken", f"{MULTIPART}; boundary=b", Malformed),
        (multipart(('name="a"', b"1"))[:-6], f"{MULTIPART}; boundary=b", Malformed),
    ],
)
def test_what_is_no_form_is_refused(body: bytes, kind: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        form_of(request(body, kind))


@given(st.binary(max_size=400), st.sampled_from([URLENCODED, f"{MULTIPART}; boundary=b", MULTIPART]))
def test_any_bytes_are_a_form_or_malformed(body: bytes, kind: str) -> None:
    with contextlib.suppress(Malformed):
        assert isinstance(form_of(request(body, kind)), Form)


@given(st.lists(st.tuples(st.text(max_size=9), st.text(max_size=30)), max_size=9))
def test_what_was_sent_arrives(pairs: list[tuple[str, str]]) -> None:
    pairs = [
        (name.replace("\ud800", ""), value)
        for name, value in pairs
        if name.isprintable() and name and value.isprintable()
    ]
    form = form_of(request(urlencode(pairs).encode()))
    for name, value in pairs:
        assert value.strip() in [*form.all(name), ""]

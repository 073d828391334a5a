"""Reading what an Open311 client posted, whichever way it encodes its form: urlencoded (what the specification has),
multipart (clients that send a file along) or JSON. All become names with lists of values; what is empty is absent.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from ..domain.errors import Malformed, TooLarge, WrongContentType
from .message import Request
from .payload import FORM, JSON, MAX_BODY, MAX_FIELDS, clean, form_pairs, json_document, media_type

MULTIPART = "multipart/form-data"
# A form with a photo in it. The photo is not taken (see `Posted.files`), but the report is.
MAX_MULTIPART = 5_000_000
# Part of no report: who sends, and what the address says already.
_NOT_CONTENT = frozenset({"api_key", "jurisdiction_id", "format", "locale"})

_BOUNDARY = re.compile(rb"""boundary=(?:"([^"]{1,200})"|([^\s;,"]{1,200}))""", re.IGNORECASE)
_NAME = re.compile(rb"""form-data\b[^\r\n]*?[;\s]name=(?:"([^"\r\n]*)"|([^\s;"]+))""", re.IGNORECASE)
_FILE = re.compile(rb"filename\*?=", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"attributes?\[([^\[\]]{1,100})\](?:\[\d{0,3}\])?")


class Posted(msgspec.Struct, frozen=True, kw_only=True):
    """A form: every field's values in order, none of them empty; `files` counts the files that came along."""

    fields: Mapping[str, tuple[str, ...]]
    files: int = 0

    def one(self, name: str) -> str:
        """A field's first value; empty when it is absent."""
        return self.fields.get(name, ("",))[0]

    def every(self, name: str) -> tuple[str, ...]:
        """All values of a field, however the client writes a list (`x`, `x[]`)."""
        return (*self.fields.get(name, ()), *self.fields.get(f"{name}[]", ()))

    def attributes(self) -> dict[str, tuple[str, ...]]:
        """`attribute[CODE]`, `attribute[CODE][]`, `attribute[CODE][0]` …: the values by code in capitals."""
        found: dict[str, tuple[str, ...]] = {}
        for name, values in self.fields.items():
            if match := _ATTRIBUTE.fullmatch(name):
                code = match[1].upper()
                found[code] = (*found.get(code, ()), *values)
        return found

    def content(self) -> bytes:
        """What is reported, always in the same order and without the key: the same for the same report in any encoding."""
        told = {name: values for name, values in sorted(self.fields.items()) if name not in _NOT_CONTENT}
        return msgspec.json.encode(told)


def read(request: Request) -> Posted:
    """The form in a request, with what stands in its query. Raises WrongContentType, TooLarge, Malformed."""
    kind = media_type(request.headers)
    if len(request.body) > (MAX_MULTIPART if kind == MULTIPART else MAX_BODY):
        raise TooLarge("The body is too large.", details={"body": f"at most {MAX_BODY} bytes"})
    query = [(name, value) for name, value in request.query.items()]
    if kind == MULTIPART:
        pairs, files = _multipart(request)
        return _posted([*pairs, *query], files)
    if kind == JSON:
        return _posted([*_members(json_document(request.body or b"{}")), *query])
    if kind in (FORM, ""):
        return _posted([*form_pairs(request.body.decode("utf-8", "replace")), *query])
    raise WrongContentType(f"Post a form: {FORM}.", details={"content-type": kind[:100]})


def _posted(pairs: Iterable[tuple[str, str]], files: int = 0) -> Posted:
    fields: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        name, text = clean(name).strip()[:200], clean(value).strip()
        if name and text:
            fields[name] = (*fields.get(name, ()), text)
            if len(fields) > MAX_FIELDS:
                raise Malformed(f"The form has more than {MAX_FIELDS} fields.")
    return Posted(fields=fields, files=files)


def _members(document: object) -> Iterator[tuple[str, str]]:
    if not isinstance(document, dict):
        raise Malformed("The body must be a JSON object.")
    for name, value in document.items():
        if name in ("attribute", "attributes"):
            for code, inner in _attribute_members(value):
                yield from ((f"attribute[{code}]", text) for text in _texts(inner))
        else:
            yield from ((str(name), text) for text in _texts(value))


def _attribute_members(value: object) -> Iterator[tuple[str, object]]:
    """`{"CODE": value}` or `[{"code": "CODE", "value": value}]`."""
    if isinstance(value, dict):
        yield from ((str(code), inner) for code, inner in value.items())
    elif isinstance(value, list):
        for each in value:
            if isinstance(each, dict) and "code" in each:
                yield str(each["code"]), each.get("value")


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, list):
        for each in value[:MAX_FIELDS]:
            if not isinstance(each, list | dict):
                yield from _texts(each)
    elif isinstance(value, bool):
        yield "true" if value else "false"
    elif isinstance(value, str | int | float):
        yield _number(value) if isinstance(value, int) else str(value)


def _number(value: int) -> str:
    # Python writes no integer of more than 4300 digits, and nobody means one.
    return str(value) if abs(value) < 10**30 else ""


def _multipart(request: Request) -> tuple[list[tuple[str, str]], int]:
    """The text fields of a multipart body, and how many files there are. What is no part is passed over."""
    found = _BOUNDARY.search(request.headers.get("content-type", "").encode("utf-8", "replace"))
    if found is None:
        raise Malformed("The multipart body names no boundary.")
    pairs: list[tuple[str, str]] = []
    files = 0
    pieces = (b"\r\n" + request.body).split(b"\r\n--" + (found[1] or found[2]), MAX_FIELDS + 1)
    if len(pieces) > MAX_FIELDS + 1:
        raise Malformed(f"The form has more than {MAX_FIELDS} fields.")
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            break
        head, _, content = piece.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is None:
            continue
        if _FILE.search(head):
            files += bool(content)
            continue
        pairs.append(((name[1] or name[2] or b"").decode("utf-8", "replace"), content.decode("utf-8", "replace")))
    return pairs, files

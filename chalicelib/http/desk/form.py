"""What a form of the desk sent: fields and files, from a query, an urlencoded or a multipart body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from chalicelib.domain.errors import Malformed, WrongContentType
from chalicelib.http.requests import body_of, header_of

URLENCODED, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data"
CONTENT_TYPES = [URLENCODED, MULTIPART]
"""What a view that takes forms gives to its route."""
_MOST_BYTES, _MOST_FIELDS = 8_000_000, 400


class File(NamedTuple):
    """A file as it was sent. Its name is the sender's, and proves nothing."""

    name: str
    content: bytes


class Form:
    """Fields and files by name. Every text has its ends cut off and NUL taken out."""

    def __init__(self, fields: Iterable[tuple[str, str]], files: Mapping[str, list[File]] | None = None) -> None:
        self._fields: dict[str, list[str]] = {}
        for name, value in fields:
            self._fields.setdefault(name, []).append(value.replace("\0", "").strip())
        self._files = files or {}

    def get(self, name: str) -> str:
        """The field's (first) text, "" when there is none."""
        return self._fields.get(name, [""])[0]

    def all(self, name: str) -> list[str]:
        """All texts of the field that are not empty."""
        return [value for value in self._fields.get(name, ()) if value]

    def files(self, name: str) -> list[File]:
        """The files of that name that have something in them."""
        return [file for file in self._files.get(name, ()) if file.content]

    def names(self) -> list[str]:
        """The names of all fields."""
        return list(self._fields)

    def typed(self) -> dict[str, str]:
        """What a person has typed or chosen: all fields but those that pages put in themselves."""
        hidden = {"csrf", "form_id", "seq", "back", "to", "key"}
        return {name: ", ".join(values) for name, values in self._fields.items() if name not in hidden}


def form_of(request: Any) -> Form:
    """The form in a request: of a GET its query, else its body. Raises Malformed, WrongContentType."""
    if request.method in ("GET", "HEAD"):
        query: Any = request.query_params or {}
        return Form((name, value) for name in query for value in query.getlist(name))
    kind = header_of(request, "content-type")
    body = body_of(request)
    if len(body) > _MOST_BYTES:
        raise Malformed("The form is too large.", details={"body": f"at most {_MOST_BYTES} bytes"})
    if kind.startswith(URLENCODED):
        return _urlencoded(body)
    if kind.startswith(MULTIPART):
        return _multipart(kind, body)
    raise WrongContentType("A form is expected.", details={"content-type": " or ".join(CONTENT_TYPES)})


def _urlencoded(body: bytes) -> Form:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="replace", max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Malformed("The form cannot be read.", details={"body": "not a form"}) from error
    return Form(pairs)


def _multipart(kind: str, body: bytes) -> Form:
    from multipart import MultipartError, MultipartParser, parse_options_header

    boundary = parse_options_header(kind)[1].get("boundary", "")
    fields: list[tuple[str, str]] = []
    files: dict[str, list[File]] = {}
    try:
        parser = MultipartParser(
            BytesIO(body),
            boundary,
            len(body),
            part_limit=_MOST_FIELDS,
            memory_limit=_MOST_BYTES,
            spool_limit=_MOST_BYTES,
        )
        for part in parser:
            if part.filename is None:
                fields.append((part.name, part.value))
            else:
                files.setdefault(part.name, []).append(File(part.filename, part.raw))
    except (MultipartError, ValueError, LookupError) as error:
        raise Malformed("The form cannot be read.", details={"body": "not a form"}) from error
    return Form(fields, files)

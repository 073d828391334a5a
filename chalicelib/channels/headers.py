"""A mail's header block, read so that nothing in it can raise: fields, parameters, encoded words."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import msgspec

from .decoding import decode_text, word_bytes
from .payload import clean

MAX_HEADERS = 2 * 1024 * 1024
"""Bytes looked at: 5,000 recipients take half a megabyte."""
MAX_FIELD = 8_000
MAX_FIELDS = 2_000

_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_PARAMETER = re.compile(r""";\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)""")
_NUMBERED = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*?)")


class Headers(msgspec.Struct, frozen=True):
    """The fields of a header block, in order, unfolded but not decoded. Names are lower case. `whole` is False when
    there was more than is looked at."""

    fields: tuple[tuple[str, str], ...]
    whole: bool = True

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for field, value in self.fields if field == name]

    def get(self, name: str) -> str:
        """The first value of a field, "" when there is none."""
        return next((value for field, value in self.fields if field == name), "")

    @property
    def content_type(self) -> tuple[str, dict[str, str]]:
        """The media type in lower case (text/plain when it is missing or makes no sense) and its parameters."""
        kind, parameters = with_parameters(self.get("content-type"))
        return (kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else "text/plain"), parameters

    @property
    def disposition(self) -> tuple[str, dict[str, str]]:
        """The Content-Disposition in lower case ("" when there is none) and its parameters."""
        return with_parameters(self.get("content-disposition"))


def read_headers(raw: bytes, *, part: bool = False) -> tuple[Headers, int]:
    """The header block and where the body starts. Lines that are no header are skipped; a `part` that begins with one
    has no headers, since parts are often sent without the blank line."""
    if raw[:1] in b"\r\n":
        return Headers(()), 2 if raw[:2] == b"\r\n" else len(raw[:1])
    blank = _BLANK_LINE.search(raw, 0, MAX_HEADERS)
    end = blank.end() if blank else min(len(raw), MAX_HEADERS)
    fields: list[tuple[str, str]] = []
    whole = blank is not None or end == len(raw)
    block = decode_text(raw[:end], "utf-8", cut=end >= MAX_HEADERS)
    for line in _NEWLINE.split(block):
        match = _FIELD.match(line)
        if line[:1] in (" ", "\t") and fields:
            name, value = fields[-1]
            if len(value) < MAX_FIELD:
                fields[-1] = (name, f"{value} {line.strip()}"[:MAX_FIELD])
        elif match and len(fields) >= MAX_FIELDS:
            return Headers(tuple(fields), False), end
        elif match:
            fields.append((match[1].lower(), clean(match[2]).strip()[:MAX_FIELD]))
        elif part and line and not fields:
            return Headers(()), 0
    return Headers(tuple(fields), whole), end


def decoded(value: str) -> str:
    """A header's value with its encoded words read; neighbours of one charset are joined first, since some mailers cut
    a character in two."""
    out: list[str] = []
    run, charset, end = b"", "", 0
    for match in _ENCODED_WORD.finditer(value):
        between = value[end : match.start()]
        octets = word_bytes(match[2], match[3])
        name = match[1].partition("*")[0].lower()
        if run and not between.strip() and name == charset:
            run += octets
        else:
            out.append(decode_text(run, charset))
            out.append(between if between.strip() or not run else "")
            run, charset = octets, name
        end = match.end()
    out.append(decode_text(run, charset))
    out.append(value[end:])
    return clean("".join(out))


def with_parameters(value: str) -> tuple[str, dict[str, str]]:
    """A structured value and its parameters, those in pieces and in charsets (RFC 2231) put together. The first of a
    name counts."""
    kind = value.partition(";")[0].strip().lower()
    pieces: dict[str, dict[int, tuple[str, bool]]] = {}
    for match in _PARAMETER.finditer(value[:MAX_FIELD]):
        text = match[2].strip()
        if len(text) > 1 and text[0] == text[-1] == '"':
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        named = _NUMBERED.fullmatch(match[1].lower())
        if named:
            pieces.setdefault(named[1], {}).setdefault(int(named[2] or 0), (text, bool(named[3])))
    return kind, {name: _joined(found) for name, found in pieces.items()}


def _joined(found: dict[int, tuple[str, bool]]) -> str:
    charset, octets = "utf-8", b""
    for number, (text, extended) in sorted(found.items()):
        if extended and not number and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        octets += unquote_to_bytes(text) if extended else text.encode("utf-8", "replace")
    return clean(decode_text(octets, charset))

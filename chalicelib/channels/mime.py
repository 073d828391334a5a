"""Mail bytes to headers and text, whatever the bytes: bounded in depth, parts and size, and never raising.

The standard parser recurses with the mail's own nesting and reads every attachment line by line; this one looks at the
boundaries only, and decodes nothing but the text it keeps.
"""

from __future__ import annotations

import binascii
import codecs
import re
from collections.abc import Iterator

import msgspec

from .html_text import html_to_text
from .payload import clean

MAX_HEADERS = 256 * 1024
MAX_PART_HEADERS = 16 * 1024
MAX_FIELD = 8_000
MAX_PARTS = 200
MAX_DEPTH = 12
MAX_TEXT_BYTES = 200_000

_BLANK_LINE = re.compile(rb"\r\n\r\n|\n\n|\r\r|\n\r\n")
_NEWLINE = re.compile(r"\r\n|\n|\r")
_FIELD = re.compile(r"([!-9;-~]{1,100})[ \t]*:(.*)", re.DOTALL)
_ENCODED_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_PARAMETER = re.compile(r""";\s*([^\s=;"]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;]*)""")
_TEXT_CODECS = re.compile(
    r"(utf|iso8859|cp|koi8|gb|big5|euc|shift|iso2022|mac|ascii|latin|johab|hz|tis|ptcp|kz)[\w-]*", re.ASCII
)
_ONE_BYTE = re.compile(r"(iso8859|cp(?!65001|93|94|95)|ascii|latin|mac|koi8)")
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_WORDS = re.compile(rb"[^\s]+ [^\s]+ [^\s]+")


class Headers(msgspec.Struct, frozen=True):
    """The fields of a header block, in order, unfolded but not decoded. Names are lower case."""

    fields: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Every value of a field."""
        return [value for field, value in self.fields if field == name]

    def get(self, name: str) -> str:
        """The first value of a field, "" when there is none."""
        return next((value for field, value in self.fields if field == name), "")

    @property
    def content_type(self) -> tuple[str, dict[str, str]]:
        """The media type in lower case (text/plain when it is missing or makes no sense) and its parameters."""
        kind, parameters = _with_parameters(self.get("content-type"))
        return (kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) else "text/plain"), parameters


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail says. `text` is the body as read by a person; `attached` counts the other parts by media type;
    `forwarded` is the text of mails that are attached as such."""

    headers: Headers
    body: bytes
    text: str
    forwarded: str
    attached: dict[str, int]


def read(raw: bytes) -> Mail:
    """A mail from its raw bytes. Never raises; what cannot be read is left out."""
    headers, start = read_headers(raw)
    reading = _Reading()
    text = reading.text_of(headers, memoryview(raw)[start:], 0)
    forwarded = "\n\n".join(reading.forwarded)
    return Mail(headers=headers, body=raw[start:], text=text, forwarded=forwarded, attached=reading.attached)


def read_headers(raw: bytes, *, part: bool = False) -> tuple[Headers, int]:
    """The header block and where the body starts. Lines that are no header are skipped; a `part` that begins with one
    has no headers, since parts are often sent without the blank line."""
    if raw[:1] in b"\r\n":
        return Headers(()), 2 if raw[:2] == b"\r\n" else len(raw[:1])
    blank = _BLANK_LINE.search(raw, 0, MAX_HEADERS)
    end = blank.end() if blank else min(len(raw), MAX_HEADERS)
    fields: list[tuple[str, str]] = []
    for line in _NEWLINE.split(_from_8bit(raw[:end])):
        match = _FIELD.match(line)
        if line[:1] in (" ", "\t") and fields:
            name, value = fields[-1]
            if len(value) < MAX_FIELD:
                fields[-1] = (name, f"{value} {line.strip()}"[:MAX_FIELD])
        elif match:
            fields.append((match[1].lower(), clean(match[2]).strip()[:MAX_FIELD]))
        elif part and line and not fields:
            return Headers(()), 0
    return Headers(tuple(fields[:2_000])), end


def decoded(value: str) -> str:
    """A header's value with its encoded words read; neighbours of one charset are joined first, since some mailers cut
    a character in two."""
    out: list[str] = []
    run, charset, end = b"", "", 0
    for match in _ENCODED_WORD.finditer(value):
        between = value[end : match.start()]
        octets = _word_bytes(match[2], match[3])
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


def decode_text(octets: bytes, charset: str = "", *, cut: bool = False) -> str:
    """Text from bytes: as declared if that works, else UTF-8, Windows-1252, Latin-1. Never raises. UTF-8 that is called
    by a one-byte name, the commonest lie, is read as UTF-8. `cut` allows for a last character that was cut in two."""
    if octets.isascii() and not charset.lower().startswith(("utf-16", "utf16", "utf-7", "utf7", "iso-2022", "hz")):
        return octets.decode("ascii")
    declared = _codec(charset)
    candidates = [declared, "utf-8", "cp1252"]
    if not declared or _ONE_BYTE.match(declared):
        candidates = ["utf-8", declared, "cp1252"]
    for candidate in filter(None, candidates):
        try:
            return codecs.getincrementaldecoder(candidate)("strict").decode(octets, not cut)
        except (ValueError, LookupError, OverflowError):  # a UnicodeError is a ValueError
            continue
    return octets.decode("latin-1")


class _Reading:
    """One walk through a mail's parts, with what is left of its budgets."""

    def __init__(self) -> None:
        self.parts_left = MAX_PARTS
        self.bytes_left = MAX_TEXT_BYTES
        self.attached: dict[str, int] = {}
        self.forwarded: list[str] = []

    def text_of(self, headers: Headers, body: memoryview, depth: int) -> str:
        kind, parameters = headers.content_type
        disposition = headers.get("content-disposition").partition(";")[0].strip().lower()
        if kind.startswith("multipart/") and depth < MAX_DEPTH:
            bodies = list(_split(body, parameters.get("boundary", "")))
            if bodies:
                return self._text_of_parts(kind, bodies, depth)
            kind = "text/plain"  # no boundary, or never used: what there is, is the text
        if kind == "message/rfc822" and depth < MAX_DEPTH:
            inner, start = read_headers(bytes(body[:MAX_PART_HEADERS]))
            self.forwarded.append(self.text_of(inner, body[start:], depth + 1))
            return ""
        if kind in ("text/plain", "text/html") and disposition != "attachment":
            return self._decoded(kind, parameters.get("charset", ""), headers, body)
        self.attached[kind] = self.attached.get(kind, 0) + 1
        return ""

    def _text_of_parts(self, kind: str, bodies: list[memoryview], depth: int) -> str:
        texts: list[tuple[str, str]] = []
        for body in bodies:
            if self.parts_left <= 0:
                break
            self.parts_left -= 1
            headers, start = read_headers(bytes(body[:MAX_PART_HEADERS]), part=True)
            text = self.text_of(headers, body[start:], depth + 1)
            if text.strip():
                texts.append((headers.content_type[0], text))
        if kind == "multipart/alternative":
            plain = [text for media, text in texts if media == "text/plain"]
            return (plain[:1] or [text for _, text in texts[-1:]] or [""])[0]
        return "\n\n".join(text for _, text in texts)

    def _decoded(self, kind: str, charset: str, headers: Headers, body: memoryview) -> str:
        encoding = headers.get("content-transfer-encoding").strip().lower()
        raw = bytes(body[: 4 * self.bytes_left])
        octets = _untransfer(raw, encoding)
        weight = 2 if kind == "text/html" else 1  # markup weighs as much as what it says
        kept = octets[: self.bytes_left * weight]
        text = decode_text(kept, charset, cut=len(kept) < len(octets) or len(raw) < len(body))
        self.bytes_left -= -(-len(kept) // weight)
        return clean(html_to_text(text) if kind == "text/html" else text)


def _split(body: memoryview, boundary: str) -> Iterator[memoryview]:
    """The parts between a multipart's boundary lines; the last one may lack its end. The preamble is no part."""
    if not boundary:
        return
    line = re.compile(b"--" + re.escape(boundary.encode("utf-8")) + rb"(--)?[ \t]*(?:\r\n|\r|\n|\Z)")
    start: int | None = None
    for number, match in enumerate(line.finditer(body)):
        if match.start() and body[match.start() - 1] not in b"\r\n":
            continue
        if start is not None:
            yield _without_line_end(body[start : match.start()])
        start = match.end()
        if match[1] or number >= MAX_PARTS:
            return
    if start is not None:
        yield body[start:]


def _without_line_end(body: memoryview) -> memoryview:
    """A part without its last line end, which belongs to the boundary after it."""
    end = bytes(body[-2:])
    return body[: len(body) - (2 if end == b"\r\n" else end[-1:] in (b"\n", b"\r"))]


def _untransfer(octets: bytes, encoding: str) -> bytes:
    if encoding == "quoted-printable":
        return binascii.a2b_qp(octets)
    if encoding == "base64" and not _WORDS.search(octets[:2_000]):  # words with spaces: labelled wrongly
        return _base64(octets)
    return octets


def _base64(octets: bytes) -> bytes:
    """What can be read of base64: foreign characters skipped, padding put right, several pieces joined."""
    pieces = _NOT_BASE64.sub(b"", octets).split(b"=")
    whole = [piece[:-1] if len(piece) % 4 == 1 else piece for piece in pieces]
    return b"".join(binascii.a2b_base64(piece + b"=" * (-len(piece) % 4)) for piece in whole)


def _word_bytes(encoding: str, text: str) -> bytes:
    octets = text.encode("utf-8", "replace")
    return _base64(octets) if encoding in "bB" else binascii.a2b_qp(octets, header=True)


def _codec(charset: str) -> str:
    """Python's name for a declared charset that is one of text, "" for anything else."""
    try:
        name = codecs.lookup(charset.strip(" \"'")[:40]).name
    except (LookupError, ValueError):
        return ""
    return name if _TEXT_CODECS.fullmatch(name) else ""


def _from_8bit(octets: bytes) -> str:
    return decode_text(octets, "utf-8", cut=len(octets) >= MAX_HEADERS)


def _with_parameters(value: str) -> tuple[str, dict[str, str]]:
    kind = value.partition(";")[0].strip().lower()
    parameters: dict[str, str] = {}
    for match in _PARAMETER.finditer(value[:2_000]):
        text = match[2].strip()
        if len(text) > 1 and text[0] == text[-1] == '"':
            text = re.sub(r"\\(.)", r"\1", text[1:-1])
        parameters.setdefault(match[1].lower(), text)
    return kind, parameters

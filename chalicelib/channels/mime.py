"""Mail bytes to headers, text and files, whatever the bytes: bounded in depth, parts and size, and never raising.

The standard parser recurses with the mail's own nesting and reads every attachment line by line; this one looks at the
boundaries only, and decodes nothing but the text it keeps.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

import msgspec

from .decoding import decode_text, untransfer
from .headers import Headers, decoded, read_headers
from .html_text import html_to_text
from .payload import clean
from .plain_text import unflowed, without_armour
from .uuencoded import uuencoded

MAX_PART_HEADERS = 16 * 1024
MAX_MAIL_HEADERS = 256 * 1024
"""Of a mail inside the mail: signatures of relays and seals fill tens of kilobytes."""
MAX_PARTS = 200
MAX_DEPTH = 12
MAX_TEXT_BYTES = 200_000
MAX_NESTED_BYTES = 30_000_000

_MADE_UP_BOUNDARY = re.compile(
    rb"^--([^\r\n]{1,70}?)[ \t]*\r?\n(?=content-[a-z-]{1,40}:)", re.MULTILINE | re.IGNORECASE
)
_ENCODED = ("base64", "quoted-printable")


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A part that is no text, as it lies in the mail, still encoded. `inline`: shown in the text (a photo, a logo, a
    tracking pixel), not hung on to it."""

    kind: str
    name: str
    encoding: str
    body: memoryview
    inline: bool = False


class Mail(msgspec.Struct, frozen=True, kw_only=True):
    """What a mail says. `text` is the body as read by a person; `files` the other parts, in the mail's order;
    `forwarded` is the text of mails that are attached as such."""

    headers: Headers
    body: memoryview
    text: str
    forwarded: str
    files: tuple[File, ...]

    @property
    def attached(self) -> dict[str, int]:
        """How many files of each media type there are."""
        return dict(Counter(file.kind for file in self.files))


def read(raw: bytes) -> Mail:
    """A mail from its raw bytes. Never raises; what cannot be read is left out."""
    headers, start = read_headers(raw)
    reading, body = _Reading(), memoryview(raw)[start:]
    text = reading.text_of(headers, body, 0)
    forwarded = "\n\n".join(reading.forwarded)
    return Mail(headers=headers, body=body, text=text, forwarded=forwarded, files=tuple(reading.files))


class _Reading:
    """One walk through a mail's parts, with what is left of its budgets."""

    def __init__(self) -> None:
        self.parts_left = MAX_PARTS
        self.bytes_left = MAX_TEXT_BYTES
        self.nested_left = MAX_NESTED_BYTES
        self.files: list[File] = []
        self.forwarded: list[str] = []

    def text_of(self, headers: Headers, body: memoryview, depth: int, *, related: bool = False) -> str:
        kind, parameters = headers.content_type
        disposition, placed = headers.disposition
        if kind.startswith("multipart/") and depth < MAX_DEPTH:
            bodies = list(_parts(body, parameters.get("boundary", "")))
            if bodies:
                return self._text_of_parts(kind, bodies, depth)
            kind = "text/plain"  # no boundary, or never used: what there is, is the text
        if kind == "message/rfc822" and depth < MAX_DEPTH:
            self.forwarded.append(self._text_of_mail(headers, body, depth))
            return ""
        if kind in ("text/plain", "text/html") and disposition != "attachment":
            return self._decoded(kind, parameters, headers, body)
        name = placed.get("filename") or parameters.get("name", "")
        inline = related or disposition == "inline" or bool(headers.get("content-id"))
        self._file(
            kind, decoded(name), headers.get("content-transfer-encoding"), body, inline and disposition != "attachment"
        )
        return ""

    def _file(self, kind: str, name: str, encoding: str, body: memoryview, inline: bool = False) -> None:
        if len(self.files) < MAX_PARTS:
            encoding = encoding.strip().lower()
            self.files.append(File(kind=kind, name=name, encoding=encoding, body=body, inline=inline))

    def _text_of_mail(self, headers: Headers, body: memoryview, depth: int) -> str:
        encoding = headers.get("content-transfer-encoding").strip().lower()
        if encoding in _ENCODED:  # forbidden by RFC 2046, and done
            body = body[: self.nested_left]
            self.nested_left -= len(body)
            body = memoryview(untransfer(bytes(body), encoding))
        inner, start = read_headers(bytes(body[:MAX_MAIL_HEADERS]))
        return self.text_of(inner, body[start:], depth + 1)

    def _text_of_parts(self, kind: str, bodies: list[memoryview], depth: int) -> str:
        texts: list[tuple[str, str]] = []
        for body in bodies:
            if self.parts_left <= 0:
                break
            self.parts_left -= 1
            headers, start = read_headers(bytes(body[:MAX_PART_HEADERS]), part=True)
            text = self.text_of(headers, body[start:], depth + 1, related=kind == "multipart/related")
            if text.strip():
                texts.append((headers.content_type[0], text))
        if kind == "multipart/alternative":
            plain = [text for media, text in texts if media == "text/plain"]
            return (plain[:1] or [text for _, text in texts[-1:]] or [""])[0]
        return "\n\n".join(text for _, text in texts)

    def _decoded(self, kind: str, parameters: dict[str, str], headers: Headers, body: memoryview) -> str:
        encoding = headers.get("content-transfer-encoding").strip().lower()
        if kind == "text/plain" and encoding not in _ENCODED:
            body, found = uuencoded(body)
            for name, block in found:
                self._file("application/octet-stream", name, "x-uuencode", block)
        raw = bytes(body[: 4 * self.bytes_left])
        octets = untransfer(raw, encoding)
        weight = 2 if kind == "text/html" else 1  # markup weighs as much as what it says
        kept = octets[: self.bytes_left * weight]
        text = decode_text(kept, parameters.get("charset", ""), cut=len(kept) < len(octets) or len(raw) < len(body))
        self.bytes_left -= -(-len(kept) // weight)
        if kind == "text/html":
            return clean(html_to_text(text))
        if parameters.get("format", "").lower() == "flowed":
            text = unflowed(text, delsp=parameters.get("delsp", "").lower() == "yes")
        return without_armour(clean(text))


def _parts(body: memoryview, boundary: str) -> Iterator[memoryview]:
    """A multipart's parts. A boundary that is missing, or is not the one that is used, is guessed."""
    found = False
    for part in _split(body, boundary.encode("utf-8")):
        found = True
        yield part
    if not found and (used := _MADE_UP_BOUNDARY.search(body, 0, MAX_PART_HEADERS)):
        yield from _split(body, used[1])


def _split(body: memoryview, boundary: bytes) -> Iterator[memoryview]:
    """The parts between a multipart's boundary lines; the last one may lack its end. The preamble is no part."""
    if not boundary:
        return
    line = re.compile(b"--" + re.escape(boundary) + rb"(--)?[ \t]*(?:\r\n|\r|\n|\Z)")
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

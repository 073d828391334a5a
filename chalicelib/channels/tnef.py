"""winmail.dat: Microsoft's TNEF envelope (MS-OXTNEF), opened as far as a report needs it: the text and the files.

Written here because the known library, tnefparse, is LGPL (ADR 0001) and reads without bounds; it is the tests' oracle.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

import msgspec

from .decoding import decode_text

MAX_ATTRIBUTES = 2_000
MAX_PROPERTIES = 2_000
MAX_FILES = 20

_SIGNATURE = 0x223E9F78
_BODY, _MESSAGE_PROPERTIES = 0x800C, 0x9003
_NEW_FILE, _FILE_NAME, _FILE_DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005

_PR_BODY, _PR_RTF, _PR_HTML = 0x1000, 0x1009, 0x1013
_PR_DATA, _PR_SHORT_NAME, _PR_LONG_NAME = 0x3701, 0x3704, 0x3707
# Octets of a property's value by its type; the types that are missing carry their own length.
_FIXED = {0x02: 4, 0x03: 4, 0x04: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x0A: 4, 0x0B: 4, 0x14: 8, 0x40: 8, 0x48: 16}
_COUNTED = frozenset({0x0D, 0x1E, 0x1F, 0x102})
_OBJECT, _UNICODE, _MULTIPLE = 0x0D, 0x1F, 0x1000


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """`text` and `html` are the mail's body (either may be ""), `rtf` its compressed RTF, `files` name and content."""

    text: str = ""
    html: str = ""
    rtf: bytes = b""
    files: tuple[tuple[str, bytes], ...] = ()


def opened(octets: bytes) -> Opened:
    """What is inside. Never raises: of a broken envelope, what stands before the break."""
    text, properties, files = "", dict[int, str | bytes](), list[tuple[str, bytes]]()
    try:
        for name, value in _attributes(octets):
            if name == _BODY:
                text = decode_text(value.rstrip(b"\0"))
            elif name == _MESSAGE_PROPERTIES:
                properties = dict(_properties(value))
            elif name == _NEW_FILE:
                if len(files) >= MAX_FILES:
                    break
                files.append(("", b""))
            elif files:
                files[-1] = _file(files[-1], name, value)
    except (struct.error, ValueError, IndexError):
        pass
    html, body, rtf = properties.get(_PR_HTML, b""), properties.get(_PR_BODY, ""), properties.get(_PR_RTF, b"")
    return Opened(
        text=text or _text(body),
        html=_text(html),
        rtf=rtf if isinstance(rtf, bytes) else b"",
        files=tuple(file for file in files if file[1]),
    )


def _attributes(octets: bytes) -> Iterator[tuple[int, bytes]]:
    if len(octets) < 6 or struct.unpack_from("<I", octets)[0] != _SIGNATURE:
        return
    at = 6
    for _ in range(MAX_ATTRIBUTES):
        if at + 9 > len(octets):
            return
        _, name, _, length = struct.unpack_from("<BHHI", octets, at)
        yield name, octets[at + 9 : at + 9 + length]
        at += 9 + length + 2  # the checksum is not looked at: what is cut or altered is read as far as it goes


def _file(file: tuple[str, bytes], name: int, value: bytes) -> tuple[str, bytes]:
    title, content = file
    if name == _FILE_NAME:
        return title or decode_text(value.rstrip(b"\0")), content
    if name == _FILE_DATA:
        return title, value
    if name == _FILE_PROPERTIES:
        told = dict(_properties(value))
        data = told.get(_PR_DATA, b"")
        title = _text(told.get(_PR_LONG_NAME, "")) or title or _text(told.get(_PR_SHORT_NAME, ""))
        return title, content or (data if isinstance(data, bytes) else b"")
    return file


def _properties(octets: bytes) -> Iterator[tuple[int, str | bytes]]:
    """The single values of a property list; the first of several. Stops at a type nobody knows the length of."""
    (count,) = struct.unpack_from("<I", octets)
    at = 4
    for _ in range(min(count, MAX_PROPERTIES)):
        kind, name = struct.unpack_from("<HH", octets, at)
        at += 4
        if name >= 0x8000:
            at = _past_name(octets, at)
        several, kind = bool(kind & _MULTIPLE), kind & ~_MULTIPLE
        if kind not in _FIXED and kind not in _COUNTED:
            return
        values = 1
        if several or kind in _COUNTED:
            (values,) = struct.unpack_from("<I", octets, at)
            at += 4
        for number in range(min(values, MAX_PROPERTIES)):
            length = _FIXED.get(kind, 0)
            if kind in _COUNTED:
                (length,) = struct.unpack_from("<I", octets, at)
                at += 4
            if number == 0 and kind in _COUNTED:
                value = octets[at : at + length]
                yield name, _as_told(kind, value)
            at += length + (-length % 4)


def _past_name(octets: bytes, at: int) -> int:
    (by_name,) = struct.unpack_from("<I", octets, at + 16)
    if not by_name:
        return at + 24
    length: int = struct.unpack_from("<I", octets, at + 20)[0]
    return at + 24 + length + (-length % 4)


def _as_told(kind: int, value: bytes) -> str | bytes:
    if kind == _UNICODE:
        return value.decode("utf-16-le", "replace").rstrip("\0")
    if kind == _OBJECT:
        return value[16:]  # after the interface's id
    return value


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else decode_text(value.rstrip(b"\0"))

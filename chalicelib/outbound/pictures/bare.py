"""A picture with nothing in it but its pixels, before any decoder sees it: remarks, profiles and EXIF are cut out, for
their readers are what small files with boundless contents are made for. What is put together here has one meaning only,
so that the bounds that are checked here hold for the decoder too.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator

import msgspec

from .bare_jpeg import bare_jpeg
from .refused import PictureRefused

# The libraries of these decode the whole picture, and several copies of it.
MOST_WHOLE_PIXELS = 25_000_000
_MOST_CHUNKS = 50_000
_PNG_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"acTL", b"fcTL", b"fdAT"})
_WEBP_KEPT = frozenset({b"VP8X", b"VP8 ", b"VP8L", b"ALPH", b"ANIM", b"ANMF"})
_WEBP_REMARKS = 0x20 | 0x08 | 0x04  # flags of VP8X: a colour profile, EXIF, XMP
_AVIF_SIZE = re.compile(rb"\0\0\0\x14ispe....(....)(....)", re.DOTALL)
_AVIF_EXIF = re.compile(rb"(infe.{8}(?:..)?)Exif", re.DOTALL)  # an item's entry, the id in two or in four bytes


class Bare(msgspec.Struct, frozen=True):
    """What the decoder gets, and the EXIF (from its byte order on) that was cut out."""

    content: bytes
    exif: bytes = b""


def bare(kind: str, content: bytes) -> Bare:
    """The picture without what is no picture. Raises PictureRefused. What makes no sense is left to the decoder to refuse."""
    if kind == "jpeg":
        return Bare(*bare_jpeg(content))
    cut = _CUT.get(kind)
    return cut(content) if cut else Bare(content)


def _png(content: bytes) -> Bare:
    kept, exif = [content[:8]], b""
    for name, start, end in _chunks(content, 8, "big", 12, 1):
        if name in _PNG_KEPT:
            kept.append(content[start:end])
        elif name == b"eXIf" and not exif:
            exif = content[start + 8 : end - 4]
        if name == b"IEND":
            break
    return Bare(b"".join(kept), exif)


def _webp(content: bytes) -> Bare:
    kept, exif = [], b""
    for name, start, end in _chunks(content, 12, "little", 8, 2):
        body = content[start + 8 : min(end, start + 40)]
        width, height = _webp_size(name, body)
        if width * height > MOST_WHOLE_PIXELS:
            raise PictureRefused("bomb")
        if name == b"VP8X":
            flags = bytes([body[0] & ~_WEBP_REMARKS]) if body else b""
            kept.append(content[start : start + 8] + flags + content[start + 9 : end])
        elif name in _WEBP_KEPT:
            kept.append(content[start:end])
        elif name == b"EXIF" and not exif:
            exif = content[start + 8 : end].removeprefix(b"Exif\0\0")
    body = b"".join(kept)
    return Bare(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body, exif)


def _webp_size(name: bytes, body: bytes) -> tuple[int, int]:
    if name == b"VP8X":
        return int.from_bytes(body[4:7], "little") + 1, int.from_bytes(body[7:10], "little") + 1
    if name == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if name == b"VP8 ":
        return int.from_bytes(body[6:8], "little") & 0x3FFF, int.from_bytes(body[8:10], "little") & 0x3FFF
    return 0, 0


def _chunks(content: bytes, at: int, order: str, around: int, even: int) -> Iterator[tuple[bytes, int, int]]:
    """Names of chunks and where they start and end: PNG's (length, name, data, checksum) and RIFF's (name, length, data)."""
    name_at, length_at = (4, 0) if order == "big" else (0, 4)
    for _ in range(_MOST_CHUNKS):
        if at + 8 > len(content):
            return
        length = int.from_bytes(content[at + length_at : at + length_at + 4], "big" if order == "big" else "little")
        end = at + around + length + (length % even)
        yield content[at + name_at : at + name_at + 4], at, end
        at = end
    raise PictureRefused("bomb")


def _gif(content: bytes) -> Bare:
    """The first picture; a second one means that it moves. Remarks go: Pillow needs the square of their length in time."""
    at = 13 + _palette(content[10:11])
    kept, control, image = [content[:at]], b"", b""
    while at < len(content):
        start, mark = at, content[at]
        if mark == 0x3B:
            break
        if mark == 0x21:
            at = _blocks_end(content, at + 2)
            if content[start + 1 : start + 2] == b"\xf9":
                control = content[start:at]
        elif mark == 0x2C:
            if image:
                raise PictureRefused("animated")
            at = _blocks_end(content, at + 10 + _palette(content[at + 9 : at + 10]) + 1)
            image = content[start:at]
            kept += [control, image]
        else:
            at += 1
    return Bare(b"".join((*kept, b";")))


def _palette(flags: bytes) -> int:
    return 3 * 2 ** ((flags[0] & 7) + 1) if flags and flags[0] & 0x80 else 0


def _blocks_end(content: bytes, at: int) -> int:
    while at < len(content) and content[at]:
        at += 1 + content[at]
    return at + 1


def _avif(content: bytes) -> Bare:
    """EXIF is made unknown, not read: which way up an AVIF is, it tells elsewhere."""
    for found in _AVIF_SIZE.finditer(content):
        if int.from_bytes(found[1], "big") * int.from_bytes(found[2], "big") > MOST_WHOLE_PIXELS:
            raise PictureRefused("bomb")
    return Bare(_AVIF_EXIF.sub(rb"\1none", content))


_CUT: dict[str, Callable[[bytes], Bare]] = {"png": _png, "webp": _webp, "gif": _gif, "avif": _avif}

"""The files of a mail: attached or shown in the text, in a mail inside the mail, in winmail.dat, or uuencoded.

`looked_at` is for the function that receives mail: it decodes nothing but each file's first octets. `attachments` is for
the one that fetches pictures. Both count alike, so that a number means the same file for good.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from . import mime
from .decoding import untransfer
from .headers import decoded
from .mime import File
from .payload import clean
from .tnef import Opened, opened
from .uuencoded import from_uu

MAX_MAIL = 45_000_000
MAX_FILE = 15_000_000
MAX_FILES = 20
TINY = 1_536
"""Octets. A picture shown in the text that is smaller is a pixel that tracks, or a logo."""
INSIDE = 1_000
"""The files in file 3, a winmail.dat, are 1003, 2003, …"""

_PICTURE_NAME = re.compile(r".*\.(jpe?g|jpe|jfif|png|gif|webp|hei[cf]|avif|bmp|tiff?)", re.IGNORECASE | re.DOTALL)
_MAGIC = re.compile(
    rb"\xff\xd8\xff|\x89PNG|GIF8|RIFF....WEBP|....ftyp(hei|mif1|msf1|hevc|avif)|II\*\0|MM\0\*|BM....\0\0\0\0", re.DOTALL
)
_ANIMATION_OR_LOGO = re.compile(rb"\x89PNG|GIF8|<svg")
_TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """One file, decoded. `filename` is its last part only and nothing but words for people: never a path. `kind` is what
    the mail calls it; what it is, only its content says. `number` is the one of `mail:<key>#<number>`."""

    filename: str
    kind: str
    content: bytes
    number: int = 0


def attachments(raw: bytes, *, only: int | None = None) -> list[Attachment]:
    """The files of a mail, at most 20 and 15 MB each (larger ones are left out), in the mail's order; `only` the one of
    that number. Pixels and logos (`TINY`) are left out unless asked for. Never raises; a broken mail has what can be
    read of it."""
    try:
        return _attachments(raw, only)
    except Exception:  # the last net: a mail nobody foresaw has no files
        return []


def pictures(files: Iterable[File]) -> list[int]:
    """The numbers of the files that look like pictures: by what they are called, or by how they begin."""
    found: list[int] = []
    for number, file in enumerate(files):
        if _is_tnef(file):
            inside = _opened(file).files
            found += [_inside(number, at) for at, (name, content) in enumerate(inside) if _pictured("", name, content)]
        elif _pictured(file.kind, file.name, _beginning(file)) and not _is_tiny(file):
            found.append(number)
    return found[:MAX_FILES]


def winmail_text(files: Iterable[File]) -> Opened | None:
    """What the first winmail.dat among the files holds, None when there is none."""
    return next((_opened(file) for file in files if _is_tnef(file)), None)


def _attachments(raw: bytes, only: int | None) -> list[Attachment]:
    found: list[Attachment] = []
    for number, file in enumerate(mime.read(raw[:MAX_MAIL]).files):
        if only is not None and number != only % INSIDE:
            continue
        if _is_tnef(file) and (only is None or only >= INSIDE):
            found += [
                Attachment(filename=_bare(name), kind="", content=content, number=_inside(number, at))
                for at, (name, content) in enumerate(_opened(file).files)
                if len(content) <= MAX_FILE and only in (None, _inside(number, at))
            ]
        elif only == number or (only is None and not _is_tiny(file)):
            content = _content(file)
            if content and len(content) <= MAX_FILE:
                found.append(Attachment(filename=_bare(file.name), kind=file.kind, content=content, number=number))
        if len(found) >= MAX_FILES:
            break
    return found[:MAX_FILES]


def _inside(number: int, at: int) -> int:
    return number + INSIDE * (at + 1)


def _content(file: File) -> bytes:
    """The file's octets, b"" when there are certainly more than are taken."""
    if len(file.body) > MAX_FILE * (3 if file.encoding == "quoted-printable" else 1.5):
        return b""
    octets = bytes(file.body)
    return from_uu(octets) if file.encoding == "x-uuencode" else untransfer(octets, file.encoding)


def _beginning(file: File) -> bytes:
    octets = bytes(file.body[:200])
    return from_uu(octets) if file.encoding == "x-uuencode" else untransfer(octets, file.encoding)


def _pictured(kind: str, name: str, beginning: bytes) -> bool:
    return bool(kind.startswith("image/") or _PICTURE_NAME.fullmatch(name.strip()) or _MAGIC.match(beginning))


def _is_tiny(file: File) -> bool:
    """A photo is never a small PNG or GIF; a small JPEG may be the beginning of one, and is let through."""
    small = len(file.body) < (TINY * 4 // 3 if file.encoding == "base64" else TINY)
    return small and file.inline and bool(_ANIMATION_OR_LOGO.match(_beginning(file)))


def _is_tnef(file: File) -> bool:
    return file.kind in _TNEF or (file.kind == "application/octet-stream" and file.name.lower() == "winmail.dat")


def _opened(file: File) -> Opened:
    return opened(_content(file))


def _bare(name: str) -> str:
    """A file's name without any folder, control characters or length."""
    last = re.split(r"[/\\]", clean(decoded(name)))[-1]
    return " ".join("".join(character if character.isprintable() else " " for character in last).split())[:150].lstrip(
        "."
    )

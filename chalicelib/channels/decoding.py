"""Octets to text and back out of their transfer encodings, as lenient as mail has to be. Never raises."""

from __future__ import annotations

import binascii
import codecs
import re

_TEXT_CODECS = re.compile(
    r"(utf|iso8859|cp|koi8|gb|big5|euc|shift|iso2022|mac|ascii|latin|johab|hz|tis|ptcp|kz)[\w-]*", re.ASCII
)
_ONE_BYTE = re.compile(r"(iso8859|cp(?!65001|93|94|95)|ascii|latin|mac|koi8)")
_NOT_ASCII_TRANSPARENT = ("utf-16", "utf16", "utf-32", "utf32", "utf-7", "utf7", "iso-2022", "hz")
_MOST_PIECES = 1_000
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]+")
_WORDS = re.compile(rb"[^\s]+ [^\s]+ [^\s]+")


def decode_text(octets: bytes, charset: str = "", *, cut: bool = False) -> str:
    """Text from bytes: as declared if that works, else UTF-8, Windows-1252, Latin-1. UTF-8 that is called by a one-byte
    name, the commonest lie, is read as UTF-8; UTF-16 shows by its mark. `cut` allows for a last character cut in two."""
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff") and not _codec(charset).startswith("utf-32"):
        charset = "utf-16"
    if octets.isascii() and not charset.lower().startswith(_NOT_ASCII_TRANSPARENT):
        return octets.decode("ascii")
    declared = _codec(charset)
    candidates = [declared, "utf-8", "cp1252"]
    if not declared or _ONE_BYTE.match(declared):
        candidates = ["utf-8", declared, "cp1252"]
    for candidate in filter(None, candidates):
        try:
            return codecs.getincrementaldecoder(candidate)("strict").decode(octets, not cut).removeprefix("\ufeff")
        except (ValueError, LookupError, OverflowError):  # a UnicodeError is a ValueError
            continue
    return octets.decode("latin-1")


def untransfer(octets: bytes, encoding: str) -> bytes:
    """The octets without their Content-Transfer-Encoding; what is labelled wrongly comes back as it is."""
    encoding = encoding.strip().lower()
    if encoding == "quoted-printable":
        return binascii.a2b_qp(octets)
    if encoding == "base64" and not _WORDS.search(octets[:2_000]):  # words with spaces: labelled wrongly
        return from_base64(octets)
    return octets


def from_base64(octets: bytes) -> bytes:
    """What can be read of base64: foreign characters skipped, padding put right, several pieces joined."""
    try:
        return binascii.a2b_base64(octets.translate(None, b"\r\n \t"), strict_mode=True)
    except binascii.Error:
        read = _NOT_BASE64.sub(b"", octets)
        if read.count(b"=") > _MOST_PIECES:  # no mailer joins so many: a piece a byte would take the memory of a city
            read = read.replace(b"=", b"")
        pieces = read.split(b"=")
    whole = [piece[:-1] if len(piece) % 4 == 1 else piece for piece in pieces]
    return b"".join(binascii.a2b_base64(piece + b"=" * (-len(piece) % 4)) for piece in whole)


def word_bytes(encoding: str, text: str) -> bytes:
    """The octets of a header's encoded word (RFC 2047): `encoding` is b or q."""
    octets = text.encode("utf-8", "replace")
    return from_base64(octets) if encoding in "bB" else binascii.a2b_qp(octets, header=True)


def _codec(charset: str) -> str:
    """Python's name for a declared charset that is one of text, "" for anything else."""
    try:
        name = codecs.lookup(charset.strip(" \"'")[:40]).name
    except (LookupError, ValueError):
        return ""
    return name if _TEXT_CODECS.fullmatch(name) else ""

"""Files written into a mail's text by uuencode, as old mailers and scripts still do."""

from __future__ import annotations

import binascii
import re

MAX_BLOCKS = 20

# A line of data says its own length in its first character; 45 octets make "M" and 60 characters.
_BEGIN = re.compile(
    rb"(?:\A|(?<=\n))begin [0-7]{3,4} ([^\r\n]{1,200})\r?\n(?=(?:M[ -`]{50,64}|[!-L][ -`]{2,64}|`)\r?\n)"
)
_END = re.compile(rb"(?<=\n)end[ \t]*(?:\r?\n|\Z)")


def uuencoded(body: memoryview) -> tuple[memoryview, list[tuple[str, memoryview]]]:
    """The text without its uuencoded files, and the files: name, and data still encoded. One that never ends takes the
    rest of the text."""
    if not _BEGIN.search(body):
        return body, []
    text, found, at = bytearray(), list[tuple[str, memoryview]](), 0
    while len(found) < MAX_BLOCKS and (begin := _BEGIN.search(body, at)):
        end = _END.search(body, begin.end())
        text += body[at : begin.start()]
        found.append((begin[1].decode("utf-8", "replace"), body[begin.end() : end.start() if end else len(body)]))
        at = end.end() if end else len(body)
    text += body[at:]
    return memoryview(bytes(text)), found


def from_uu(octets: bytes) -> bytes:
    """What can be read of uuencoded lines; broken ones are skipped."""
    out = []
    for line in octets.split(b"\n"):
        bare = line.rstrip(b"\r")
        if not bare or bare in (b"`", b" "):
            continue
        length = (bare[0] - 32) & 63
        try:
            out.append(binascii.a2b_uu(bare[: 1 + (length * 4 + 2) // 3 + 3].ljust(1 + (length * 4 + 2) // 3)))
        except binascii.Error:
            try:
                out.append(binascii.a2b_uu(bare[: 1 + -(-length // 3) * 4]))
            except binascii.Error:
                continue
    return b"".join(out)

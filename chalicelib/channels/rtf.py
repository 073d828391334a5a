"""Compressed RTF (MS-OXRTFCP), the only form in which some Outlooks put a mail's text into winmail.dat."""

from __future__ import annotations

import re
import struct

from .decoding import decode_text

MAX_RTF = 1_000_000

_HEADER = struct.Struct("<IIII")
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_DICTIONARY = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript \\fdecor MS Sans"
    b" SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_TOKEN = re.compile(
    r"\\'([0-9a-fA-F]{2})|\\u(-?\d{1,6}) ?|\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\([^a-zA-Z])|([{}])|([^\\{}]+)"
)
_UNSEEN = frozenset(("fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "listtable"))
_BREAKS = {
    "par": "\n",
    "line": "\n",
    "row": "\n",
    "tab": "\t",
    "cell": " ",
    "emdash": "–",
    "endash": "–",
    "bullet": "•",
}


def rtf_to_text(compressed: bytes) -> str:
    """The text, "" when there is none. Never raises."""
    try:
        return _text(decode_text(_decompressed(compressed), "cp1252"))
    except (struct.error, IndexError, ValueError):
        return ""


def _decompressed(octets: bytes) -> bytes:
    if len(octets) < _HEADER.size:
        return b""
    _, size, kind, _ = _HEADER.unpack_from(octets)
    if kind == _PLAIN:
        return octets[_HEADER.size : _HEADER.size + min(size, MAX_RTF)]
    if kind != _COMPRESSED:
        return b""
    window = bytearray(_DICTIONARY.ljust(4096, b"\0"))
    write, at, out = len(_DICTIONARY), _HEADER.size, bytearray()
    while at < len(octets) and len(out) < min(size, MAX_RTF):
        control, at = octets[at], at + 1
        for bit in range(8):
            if at >= len(octets):
                break
            if not control >> bit & 1:
                piece, at = octets[at : at + 1], at + 1
            else:
                (reference,) = struct.unpack_from(">H", octets, at)
                at += 2
                offset = reference >> 4
                if offset == write:
                    return bytes(out[:size])
                piece = b""
                for step in range((reference & 15) + 2):  # may overlap what it writes itself
                    octet = window[(offset + step) % 4096]
                    window[(write + step) % 4096] = octet
                    piece += bytes((octet,))
            for octet in piece:
                window[write] = octet
                write = (write + 1) % 4096
            out += piece
    return bytes(out[:size])


def _text(rtf: str) -> str:
    """RTF's visible words. HTML that is wrapped in RTF (`\\fromhtml`) shows by `\\htmlrtf`, whose parts are left out."""
    out: list[str] = []
    stack: list[tuple[bool, int]] = []
    hidden, depth, skip, html_only = False, 1, 0, False
    for match in _TOKEN.finditer(rtf):
        hexed, unicode, word, number, sign, brace, plain = match.groups()
        if brace == "{":
            stack.append((hidden, depth))
        elif brace:
            hidden, depth = stack.pop() if stack else (False, 1)
        elif word == "htmlrtf":
            html_only = number != "0"
        elif sign == "*" or word in _UNSEEN:
            hidden = True
        elif word == "uc":
            depth = int(number or 1)
        elif hidden or html_only:
            continue
        elif unicode:
            code = int(unicode) % 65536
            out.append(chr(code) if not 0xD800 <= code < 0xE000 else "�")
            skip = depth
        elif hexed:
            out.append("" if skip else bytes.fromhex(hexed).decode("cp1252", "replace"))
            skip = max(0, skip - 1)
        elif word:
            out.append(_BREAKS.get(word, ""))
        elif sign:
            out.append(sign if sign in "\\{}" else " " if sign == "~" else "\n" if sign in "\r\n" else "")
        else:
            text = plain.replace("\r", "").replace("\n", "")
            out.append(text[skip:])
            skip = max(0, skip - len(text))
    return re.sub(r"\n{3,}", "\n\n", "".join(out)).strip()

"""Makes any text safe to store and to search: nothing a person typed is lost, only what no person can type."""

from __future__ import annotations

import re
import unicodedata

# Control characters except the line feed, lone surrogates, non-characters, the byte order mark, the soft hyphen,
# zero-width
# spaces (which hide a phone number from every pattern) and the marks that turn the reading direction around.
_NEVER = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    "\ufeff\u00ad\u200b\u2060\u200e\u200f\u202a-\u202e\u2066-\u2069]"
    "|(?<=[0-9A-Za-z])[\u200c\u200d]+"
)
_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_LINE_END = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_BLANKS = re.compile(r"[^\S\n]+")
_AROUND_LINES = re.compile(r" ?\n ?")
_EMPTY_LINES = re.compile(r"\n{3,}")


def clean(text: str) -> str:
    """The text without NUL, lone surrogates and control characters, in NFC, blanks single and lines kept. Any length;
    idempotent."""
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip()
    # Pairs of surrogates that a JSON reader left apart are one character; what stays alone is dropped.
    kept = _PAIR.sub(lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)
    kept = _NEVER.sub("", _LINE_END.sub("\n", kept))
    kept = unicodedata.normalize("NFC", kept)
    kept = _EMPTY_LINES.sub("\n\n", _AROUND_LINES.sub("\n", _BLANKS.sub(" ", kept)))
    return kept.strip()


def fold(text: str) -> str:
    """The text in small letters, character for character: what is found in it stands at the same place in `text`.

    A pattern that ignores case costs twice to three times as much as one that searches this."""
    if text.isascii():
        return text.lower()
    folded = text.casefold()
    if len(folded) != len(text):
        folded = "".join(small if len(small := char.casefold()) == 1 else char.lower()[0] for char in text)
    return folded.replace("ı", "i")

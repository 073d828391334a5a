"""Phone numbers as providers write them, made one: E.164 with its plus sign."""

from __future__ import annotations

import re

INDONESIA = "62"

_FILLING = re.compile(r"[\s().\-/\u00a0]+")
_DIGITS = re.compile(r"\d{7,15}", re.ASCII)
_MOBILE_WITHOUT_ZERO = re.compile(r"8[1-9]\d{7,9}", re.ASCII)


def e164(number: str, *, country: str = INDONESIA) -> str | None:
    """`number` as +62…: "0812…", "62812…", "+62 (812) …" and "0062812…" are the same phone. None for what no one can
    answer: a short code, a name, nothing."""
    bare = _FILLING.sub("", number)
    digits = bare.removeprefix("+")
    if not _DIGITS.fullmatch(digits):
        return None
    if bare.startswith("+"):
        return bare if digits[0] != "0" else None
    if digits.startswith("00"):
        return e164("+" + digits[2:], country=country)
    if digits.startswith("0"):
        return f"+{country}{digits[1:]}"
    if country == INDONESIA and _MOBILE_WITHOUT_ZERO.fullmatch(digits):
        return f"+{country}{digits}"
    return "+" + digits

"""The alphabet of one SMS segment (3GPP TS 23.038): 160 septets, where a few characters cost two."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence

SEGMENT = 160
_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
_COST = dict.fromkeys(_BASIC, 1) | dict.fromkeys(_EXTENDED, 2)
# What people's phones type instead of plain signs.
_PLAIN = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "`": "'", "´": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-",
        "—": "-", "‑": "-", "−": "-", "…": "...", "•": "-", "·": "-", "×": "x", "°": " ", "\u00a0": " ", "\t": " ",
    }
)  # fmt: skip
_CUT = "..."


def septets(text: str) -> int:
    """How many septets the text takes. Raises ValueError naming the first character that GSM-7 does not have."""
    try:
        return sum(_COST[character] for character in text)
    except KeyError as missing:
        raise ValueError(f"{missing.args[0]!r} is not in the GSM-7 alphabet") from None


def plain(text: str) -> str:
    """The text in GSM-7 only: quotes and dashes made plain, accents dropped where needed, anything else left out."""
    return "".join(_plain(character) for character in text.translate(_PLAIN))


def _plain(character: str) -> str:
    if character in _COST:
        return character
    return "".join(part for part in unicodedata.normalize("NFKD", character) if part in _COST)


def fit(text: str, limit: int = SEGMENT) -> str:
    """The text in GSM-7 and within `limit` septets: cut between words (a single endless one in itself), and then ending in
    "..."."""
    text = plain(text)
    if septets(text) <= limit:
        return text
    room, kept = limit - len(_CUT), 0
    if room < 0:
        return ""
    for kept, character in enumerate(text):  # noqa: B007 - `kept` is the index that no longer fits
        room -= _COST[character]
        if room < 0:
            break
    head = text[:kept]
    blank = head.rfind(" ")
    return (head[:blank] if blank > 0 else head).rstrip() + _CUT


def fill(wording: Callable[[str], str], free: str, *, blocked: Sequence[str] = (), limit: int = SEGMENT) -> str:
    """`wording(free text)` within `limit` septets, where only the free text (a note, a question) is cut, with three dots for each word
    that carriers block."""
    room = max(limit - septets(plain(wording(""))), 0)
    kept = " ".join("..." if has_blocked(word, blocked) else word for word in plain(free).split())
    return fit(wording(fit(kept, room)), limit)


def has_blocked(text: str, blocked: Sequence[str]) -> bool:
    """Whether a blocked word is in the text, in any letter case and even inside another word."""
    lower = text.lower()
    return any(word in lower for word in blocked)

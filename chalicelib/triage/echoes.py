"""Our own words said back to us: a gateway that echoes, an automatic answer that quotes, a person who quotes. They are no
message of anybody's; what is written below them is.
"""

from __future__ import annotations

import re
from string import Formatter
from typing import TYPE_CHECKING

from .per_city import per_city

if TYPE_CHECKING:
    from chalicelib.city.model import City

_SECTIONS = ("sms.", "answer.", "app.", "chat.")
_NOT_A_TEXT = frozenset({"chat.line", "answer.subject"})
_CHATTED = ("app.", "chat.")
_BEGINNING, _SHORTEST = 14, 8
_MOST_FILLED = 160
_READ = 1_500
_LINK = re.compile(r"https?://\S+")
_QUOTED = re.compile(r"[\s>|*_\"“”']*")


def without_echo(text: str, city: City) -> str:
    """`text` without one of our own texts at its beginning; as it is when it does not begin like one."""
    start = _QUOTED.match(text)
    begins = start.end() if start else 0
    beginnings, texts = _known(city)
    if not text.startswith(beginnings, begins) and city.prefix + "-" not in text[begins : begins + 40].upper():
        return text
    found = max((match.end() for each in texts if (match := each.match(text, begins, begins + _READ))), default=0)
    if not found:
        return text
    left = text[found:].strip(" \t\r\n\"”'*_")
    return "" if _LINK.fullmatch(left) else left


def _read(city: City) -> tuple[tuple[str, ...], tuple[re.Pattern[str], ...]]:
    beginnings: set[str] = set()
    texts: list[re.Pattern[str]] = []
    for wordings in city.texts.values():
        line = wordings["chat.line"]
        for key, template in wordings.items():
            if not key.startswith(_SECTIONS) or key in _NOT_A_TEXT:
                continue
            said = line.replace("{sentence}", template) if key.startswith(_CHATTED) else template
            beginnings.add(said.partition("{")[0][:_BEGINNING])
            texts.append(re.compile(_pattern(said), re.IGNORECASE))
            if key.startswith(_CHATTED):  # the link on the last line may be left out
                texts.append(re.compile(_pattern(said.partition("{status_url}")[0].rstrip()), re.IGNORECASE))
    return tuple(each for each in beginnings if len(each) >= _SHORTEST), tuple(texts)


def _pattern(template: str) -> str:
    """A wording as an expression: its words, any blanks between them, up to so much of anything where something is filled
    in, and then the end of a line."""
    parts: list[str] = []
    for literal, field, _, _ in Formatter().parse(template):
        parts.append(r"\s+".join(re.escape(word) for word in re.split(r"\s+", literal)))
        if field is not None:
            parts.append(rf"[\s\S]{{0,{_MOST_FILLED}}}?")
    return "".join(parts) + r"[^\S\n]*(?=\n|\Z)"


_known = per_city(_read)

"""A text as the place finders see it: its words, which of them are area names, and whether capitals tell
something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from .gazetteer import Gazetteer, Hit, Token, gazetteer, hits, tokens
from .names import case_tells

if TYPE_CHECKING:
    from chalicelib.city.model import City

SEARCHED = 2000
"""Only this many characters of a text are searched for places (and names): nobody tells where after three pages."""


class Reading(msgspec.Struct, frozen=True):
    """`starts` maps the first word of an area name to its hit; `cased`: a capital marks a name here."""

    text: str
    words: list[Token]
    hits: list[Hit]
    starts: dict[int, Hit]
    cased: bool
    index: Gazetteer

    def between(self, one: int, other: int) -> str:
        """What stands between two words."""
        return self.text[self.words[one].end : self.words[other].start]

    def lower(self, at: int) -> str:
        """The word at a position in lower case; "" outside the text."""
        return self.words[at].lower if 0 <= at < len(self.words) else ""

    def is_capital(self, at: int) -> bool:
        """Whether the word at a position is capitalised in a text where that tells something."""
        return self.cased and at < len(self.words) and self.words[at].text[0].isupper()

    def told(self, hit: Hit) -> str:
        """An area's name as the text spells it."""
        return self.text[self.words[hit.first].start : self.words[hit.after - 1].end]


def read(text: str, city: City) -> Reading:
    """The reading of a text's first `SEARCHED` characters."""
    part, index = text[:SEARCHED], gazetteer(city)
    words = tokens(part)
    found = hits(part, words, index)
    return Reading(part, words, found, {hit.first: hit for hit in found}, case_tells(part), index)

"""Cuts a message into pieces: at line ends and semicolons, at sentences' ends, at commas; never behind "Jl." or "No."."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from .lazy import Lazy

CUT, NAME_CUT = "\x1f", "\x1e"
"""Stand where a labelled part (a name) was taken out: separate as strongly as a line end. `clean` leaves none in a
text."""
_BREAK = Lazy(
    rf"(?P<strong>[;|\n{CUT}{NAME_CUT}]+)|(?P<end>(?:[.!?]+|:)(?=\s|$))|(?P<weak>,(?!\d| ?(?:[SM]\.?(?:[HETM]|Kom|Pd|Sos|IP|Ag|Kep|Si|Psi|Sc)|Ph\.?D|Amd)\b)| [-–—/] )"
)
_PHONE = Lazy(r"(?P<strong>[ ,.:(/]*(?<!\d)(?:\+?62|0) ?8\d(?:[ .\-]?\d){6,11}(?!\d)[ ,.)/]*)")
_BREAK_AT_NUMBERS = Lazy(
    rf"(?P<strong>[;|\n{CUT}{NAME_CUT}]+|[ ,.]+(?=\(?[2-9][.)] \D))|(?P<end>(?:[.!?]+|:)(?=\s|$))|(?P<weak>,(?!\d)| [-–—/] )"
)
_LIST_NUMBER = Lazy(r"\s*\(?[1-9][.)] (?=\D)")
_ABBREVIATION = Lazy(
    r"(?:^|[^\w])(?:jl|jln|gg|no|kel|kec|rt|rw|kp|komp|perum|blok|kav|bpk|bp|sdr|sdri|h|hj|dr|drs|ir|prof|st|jend|kol|letjen"
    r"|mayjen|moh|muh|abd|br|apt|apart|mr|mrs|ms|ny|tn|nn|hj|ust|m|yth|a|n|d|u|[a-z])$"
)
_NUMBERED = Lazy(r"\s*\(?1[.)] ")

REGION = Lazy(
    r"(?:kota )?(?:adm(?:inistrasi)?\.? )?(?:(?:dki )?jakarta(?: (?:pusat|utara|barat|selatan|timur))?|jakpus|jaksel|jakbar|jaktim|jakut|dki|indonesia)[ .,]*(?:kode pos )?\d{0,5}|\d{5}"
)
"""A part of the city or the country, with its postal code."""


class Segment(msgspec.Struct, frozen=True):
    """`text[start:end]` of the message. `before` is what separates it: "", ",", "." or ";" (also for a line end).
    `kind`: "name", "address", "place", "text" or "noise"; `sure` for a name that cannot be anything else."""

    text: str
    start: int
    end: int
    before: str
    kind: str = "text"
    sure: bool = False


def cut(text: str) -> list[Segment]:
    """The pieces of a text in order, none of them classified yet."""
    pieces: list[Segment] = []
    start, before = 0, ""
    for mark in _marks(text):
        if mark.lastgroup == "end" and not _ends(text, start, mark):
            continue
        pieces += _piece(text, start, mark.start(), before)
        kind = {"strong": ";", "end": ".", "weak": ","}[mark.lastgroup or "weak"]
        before = kind if start == 0 or text[start : mark.start()].strip() else max(before, kind, key=",.;".find)
        start = mark.end()
    pieces += _piece(text, start, len(text), before)
    return pieces


def _marks(text: str) -> Iterator[re.Match[str]]:
    """The breaks of a text; of one that is a numbered list also the blanks before its numbers."""
    breaks = _BREAK if _NUMBERED.match(text) is None else _BREAK_AT_NUMBERS
    phones = list(_PHONE.finditer(text)) if "08" in text or "62" in text else []
    if not phones:
        return breaks.finditer(text)
    others = [
        mark
        for mark in breaks.finditer(text)
        if all(mark.end() <= phone.start() or mark.start() >= phone.end() for phone in phones)
    ]
    return iter(sorted([*phones, *others], key=lambda mark: mark.start()))


def _ends(text: str, start: int, mark: re.Match[str]) -> bool:
    """Whether a dot ends a sentence: not behind an abbreviation or the number of a list's item."""
    if mark[0] != ".":
        return True
    before = text[max(start, mark.start() - 8) : mark.start()].lower()
    return _ABBREVIATION.search(before) is None and not before.strip(" \n").isdigit()


def _piece(text: str, start: int, end: int, before: str) -> list[Segment]:
    number = _LIST_NUMBER.match(text, start)
    start = start if number is None else number.end()
    while start < end and text[start] in " \t.-–:()/":
        start += 1
    while end > start and text[end - 1] in " \t-–:(":
        end -= 1
    return [Segment(text[start:end], start, end, before)] if start < end else []

"""What the pages of the settings show: fields of a form, and what is wrong with them in the reader's words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from chalicelib.city.model import AREA_KINDS, City
from chalicelib.domain.errors import ReportError
from chalicelib.pages.desk import word_of
from chalicelib.pages.names import agency_name

OVERSIGHT = "oversight"


class Field(NamedTuple):
    """One field: `kind` is text, number, date, area, select or check; `at` is the end of its path among what is wrong."""

    kind: str
    name: str
    label: str
    value: str = ""
    at: str = ""
    options: Sequence[tuple[str, str]] = ()
    hint: str = ""
    required: bool = False
    listed: str = ""
    error: str = ""


class Cell(NamedTuple):
    """One cell of a table: text, perhaps a link, a chip's tone, people's own words."""

    text: str
    link: str = ""
    tone: str = ""


# What the rules say, and the wording of it (`settings.fault.<key>`); the groups are its values.
_FAULTS: tuple[tuple[str, str], ...] = (
    (r"is required, at most (\d+) characters", "required_most"),
    (r"is required|must be given for this role|required", "required"),
    (r"1 to (\d+) characters on one line|at most (\d+) characters on one line", "line"),
    (r"1 to (\d+) characters", "length"),
    (r"unknown placeholder (.*)", "placeholder"),
    (r"braces do not match.*", "braces"),
    (r"must still say (.*)", "must_say"),
    (r"(.*) is not in the GSM-7 alphabet", "alphabet"),
    (r".*holds a word that carriers block", "blocked"),
    (r"takes (\d+) characters when filled in.*", "too_long"),
    (r"the sentence in (\w+) takes (\d+) septets: at most (\d+)", "sentence"),
    (r"a text message stands without a link", "link"),
    (r"unknown agency.*|there is no such office", "office"),
    (r"oversees agencies.*|not an office for this role", "oversees"),
    (r"there is no such area", "area"),
    (r"above 0 and at most (\d+)", "hours"),
    (r"(\d+) to (\d+) are needed", "keywords"),
    (r"'(.*)' is not in small letters", "small"),
    (r"one is there twice", "twice"),
    (r"another category has this label", "label"),
    (r"is a probability from 0.5 to 1", "probability"),
    (r"say where to go instead", "instead"),
    (r"is before the first day", "dates"),
    (r"is a holiday already", "holiday"),
    (r"is no holiday", "no_holiday"),
    (r"is not from (\d+) to (\d+)", "years"),
    (r"a day.*|.*Expected.*|.*expected.*|a number", "shape"),
    (r"not an e-mail address", "email"),
    (r"a member already", "member"),
    (r"not under this agency", "unit"),
    (r"is required: we cannot make it", "theirs"),
    (r"16 to 1000 characters, no blanks", "secret"),
    (r"a phone, an e-mail address.*", "to"),
    (r"several: (.*)", "several"),
)


def in_words(fault: object, lang: str) -> str:
    """What is wrong, as the rules say it, in the reader's language; as it is where there are no words for it."""
    text, w = str(fault), word_of(lang)
    for pattern, key in _FAULTS:
        if found := re.fullmatch(pattern, text):
            given = [group for group in found.groups() if group]
            return w(f"settings.fault.{key}", **{f"v{number}": value for number, value in enumerate(given, 1)})
    return text


def with_errors(fields: Iterable[Field], error: ReportError | None, lang: str) -> tuple[list[Field], list[str]]:
    """The fields with what is wrong beside each, and what belongs to none of them."""
    details = dict(error.details) if error is not None and error.code == "invalid" else {}
    made = []
    for field in fields:
        ends = field.at or field.name
        hit = next((where for where in details if where == ends or where.endswith(f"/{ends}")), None)
        made.append(field._replace(error=in_words(details.pop(hit), lang)) if hit is not None else field)
    return made, [f"{where}: {in_words(fault, lang)}" for where, fault in details.items()]


def offices(city: City, lang: str, *, oversight: bool = False) -> list[tuple[str, str]]:
    """The offices that are no area's own, by name; with those that oversee, if asked."""
    found = [
        (code, agency_name(city, lang, code))
        for code, agency in city.agencies.items()
        if (agency.kind not in AREA_KINDS or agency.area is None) and (oversight or agency.kind != OVERSIGHT)
    ]
    return sorted(found, key=lambda pair: pair[1])


def shown(value: Any) -> str:
    """A value of the document as the versions page shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, Mapping):
        return "\n".join(f"{name}: {shown(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(map(shown, value))
    return str(value)

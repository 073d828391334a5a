"""Whether what an admin has changed may stand: the rules of the pack's own files, value by value. What is wrong goes into
`faults` under the value's path."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date

from . import reasons
from .checks import MIN_KEYWORDS, area_agencies, is_code, kebab
from .errors import CityPackError
from .model import FIRST_STOPS, PILLARS, PLACES, Category, Channel, City, Policy, Reason

Faults = dict[str, str]
_LABEL, _INSTEAD, _KEYWORDS = 60, 120, 300
_HOURS = 24.0 * 365
_YEARS = 5


def new_category(city: City, code: str, label: Mapping[str, str], where: str, faults: Faults) -> None:
    """The code of a category that the pack does not have is that of its first label."""
    first = city.policy.languages[0]
    if not is_code(code) or (label.get(first) and code != kebab(label[first])):
        faults[where] = f"the code is that of the label: {kebab(label.get(first, '')) or 'none'}"
    if any(code in codes for codes in city.reasons.values()):  # texts may be particular to either
        faults[where] = "is a reason's code as well"


def category(city: City, made: Category, where: str, faults: Faults) -> None:
    """Label, agency, pillar, hours and keywords."""
    languages = city.policy.languages
    if fault := office_fault(city, made.agency):
        faults[f"{where}/agency"] = fault if made.agency else "is required"
    if made.pillar not in PILLARS:
        faults[f"{where}/pillar"] = f"one of {', '.join(PILLARS)}"
    if made.place not in PLACES:
        faults[f"{where}/place"] = f"one of {', '.join(PLACES)}"
    for lang in made.label.keys() | set(languages):
        label = made.label.get(lang, "")
        if lang not in languages:
            faults[f"{where}/label/{lang}"] = "is no language of this city"
        elif not _line(label, _LABEL):
            faults[f"{where}/label/{lang}"] = f"1 to {_LABEL} characters on one line"
    if not (math.isfinite(made.hours) and 0 < made.hours <= _HOURS):
        faults[f"{where}/hours"] = f"above 0 and at most {_HOURS:g}"
    words = made.keywords
    if len(words) < MIN_KEYWORDS or len(words) > _KEYWORDS:
        faults[f"{where}/keywords"] = f"{MIN_KEYWORDS} to {_KEYWORDS} are needed"
    elif wrong := next((word for word in words if not _line(word, _LABEL) or word != word.lower()), None):
        faults[f"{where}/keywords"] = f"'{wrong}' is not in small letters"
    elif len(set(words)) < len(words):
        faults[f"{where}/keywords"] = "one is there twice"


def labels_differ(categories: Mapping[str, Category], changed: Iterable[str], faults: Faults) -> None:
    """No two categories that can be chosen have one label: an app may name a category by it."""
    owners: dict[str, str] = {}
    for code, known in categories.items():
        for lang, label in known.label.items():
            if not known.retired and owners.setdefault(f"{lang}:{label.lower()}", code) != code:
                other = owners[f"{lang}:{label.lower()}"]
                faults[f"categories/{code if code in changed else other}/label/{lang}"] = (
                    "another category has this label"
                )


def route(
    city: City,
    code: str,
    agency: str,
    areas: Mapping[str, str],
    categories: Mapping[str, Category],
    where: str,
    faults: Faults,
) -> None:
    """Known category, offices and areas. What is wrong below `where` makes the whole route wrong."""
    if code not in categories:
        faults[where] = "there is no such category"
    if agency and (fault := office_fault(city, agency)):
        faults[f"{where}/agency"] = faults[where] = fault
    for area, office in areas.items():
        if area not in city.areas:
            faults[f"{where}/areas/{area}"] = faults[where] = "there is no such area"
        elif fault := office_fault(city, office):
            faults[f"{where}/areas/{area}"] = faults[where] = fault


def office_fault(city: City, code: str) -> str | None:
    """Why reports cannot go to an office; None when they can."""
    known = city.agencies.get(code)
    if known is None:
        return f"unknown agency '{code}'"
    return "oversees agencies and handles no reports itself" if known.kind == "oversight" else None


def channel(made: Channel, where: str, faults: Faults) -> None:
    """Off, or going off, it says where to go."""
    if not made.instead and (not made.active or made.active_to):
        faults[f"{where}/instead"] = "say where to go instead"
    elif made.instead and not _line(made.instead, _INSTEAD):
        faults[f"{where}/instead"] = f"at most {_INSTEAD} characters on one line"
    if made.active_from and made.active_to and made.active_from > made.active_to:
        faults[f"{where}/active_to"] = "is before the first day"


def reason(city: City, code: str, made: Reason, where: str, faults: Faults) -> None:
    """The rules of reasons.toml."""
    for name, words in (("label", made.label), ("told", made.told)):
        for lang, text in words.items():
            if lang not in city.policy.languages:
                faults[f"{where}/{name}/{lang}"] = "is no language of this city"
            elif not _line(text, 200):
                faults[f"{where}/{name}/{lang}"] = "1 to 200 characters on one line"
    # A category may get a reason's code only where `new_category` has refused it already.
    fault = reasons.fault_of(code, made, city.policy, ())
    if fault and not any(each.startswith(f"{where}/") for each in faults):
        faults[where] = fault


def figure(name: str, value: bool | float) -> str | None:
    """What is wrong with a figure of the policy; None if nothing is."""
    if name == "auto_dispatch":
        return None if isinstance(value, bool) else "is true or false"
    if isinstance(value, bool) or not 0.5 <= value <= 1:
        return "is a probability from 0.5 to 1"
    return None


def first_stops(city: City, told: Mapping[str, str], faults: Faults) -> None:
    """Known groups and stops; "kelurahan" only where every kelurahan has an office."""
    for group, stop in told.items():
        if group not in city.policy.first_stop:
            faults[f"first_stop/{group}"] = "there is no such group of channels"
        elif stop not in FIRST_STOPS:
            faults[f"first_stop/{group}"] = f"one of {', '.join(FIRST_STOPS)}"
        elif stop == "kelurahan":
            try:
                area_agencies(city.areas, city.agencies, complete=True)
            except CityPackError as error:
                faults[f"first_stop/{group}"] = error.reason


def holiday_fault(policy: Policy, day: date, is_one: bool) -> str | None:
    """What is wrong with setting a day: one that is added is none yet, one that is taken away is one of the pack's. Of a day
    that was set before the pack agreed with it, nothing is."""
    if is_one != (day in policy.holidays):
        return None
    return "is a holiday already" if is_one else "is no holiday"


def holiday(policy: Policy, day: date, is_one: bool, where: str, faults: Faults) -> None:
    """A day that is added is of years that the pack is about."""
    if is_one == (day in policy.holidays):
        return  # the pack says so itself
    years = [known.year for known in policy.holidays] or [day.year]
    if is_one and not min(years) - 1 <= day.year <= max(years) + _YEARS:
        faults[where] = f"is not from {min(years) - 1} to {max(years) + _YEARS}"


def _line(text: str, most: int) -> bool:
    return 0 < len(text) <= most and text.isprintable() and text == text.strip()

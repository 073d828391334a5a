"""A pack's tables, row by row: each function reads one CSV file, checks it against what it refers to, and gives values."""

from __future__ import annotations

import math
import re
from collections.abc import Container, Mapping
from pathlib import Path

from .errors import CityPackError
from .files import Row, read_csv
from .gsm7 import has_blocked, septets
from .model import AREA_KINDS, KINDS, PILLARS, PLACES, Agency, Area, Category, Policy

AREA_FIELDS = ("code", "name", "level", "parent", "postal_code")
LANDMARK_FIELDS = ("name", "area")
AGENCY_FIELDS = ("code", "name", "short", "kind", "parent", "area", "name_en")
CATEGORY_FIELDS = ("code", "label_id", "label_en", "agency", "hours", "pillar", "sensitive", "place", "keywords")
SHORT_MAX = 22
MIN_KEYWORDS = 5
_KEBAB = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_YES = {"yes": True, "no": False}


def kebab(label: str) -> str:
    """The code of a label: "Saluran Air, Kali/Sungai" → "saluran-air-kali-sungai"."""
    return re.sub(r"[^a-z0-9]+", "-", label.lower()).strip("-")


def is_code(text: str) -> bool:
    """Whether it is kebab-case: small letters, digits, single dashes."""
    return _KEBAB.fullmatch(text) is not None


def _new(row: Row, taken: Container[str]) -> str:
    code = row["code"]
    if not code:
        raise row.wrong("has no code")
    if code in taken:
        raise row.wrong(f"duplicate code {code}")
    return code


def _filled(row: Row, *fields: str) -> None:
    for field in fields:
        if not row[field]:
            raise row.wrong(f"has no {field}")


def read_areas(folder: Path, name: str = "areas.csv") -> dict[str, Area]:
    """The areas, by code; each parent stands above its children in the file."""
    areas: dict[str, Area] = {}
    above = dict(zip(AREA_KINDS, (None, *AREA_KINDS), strict=False))
    for row in read_csv(folder, name, AREA_FIELDS):
        code, level, parent = _new(row, areas), row["level"], row["parent"] or None
        _filled(row, "name")
        if level not in AREA_KINDS:
            raise row.wrong(f"unknown level {level!r}: one of {', '.join(AREA_KINDS)}")
        if level == "kota" and parent:
            raise row.wrong("a kota has no parent")
        if level != "kota" and (parent not in areas or areas[parent].level != above[level]):
            raise row.wrong(f"unknown parent {row['parent']!r}: a {level} belongs to a {above[level]} further up")
        if level == "kelurahan" and not re.fullmatch(r"\d{5}", row["postal_code"]):
            raise row.wrong(f"postal code {row['postal_code']!r} is not five digits")
        areas[code] = Area(code=code, name=row["name"], level=level, parent=parent, postal_code=row["postal_code"])
    return areas


def read_landmarks(folder: Path, areas: Mapping[str, Area], name: str = "landmarks.csv") -> dict[str, str]:
    """Well-known places without a street, by name: the kelurahan they lie in, "" where they span several. A pack may do
    without the file."""
    landmarks: dict[str, str] = {}
    if not (folder / name).exists():
        return landmarks
    for row in read_csv(folder, name, LANDMARK_FIELDS):
        _filled(row, "name")
        if row["name"] in landmarks:
            raise row.wrong(f"duplicate landmark {row['name']}")
        if row["area"] and (row["area"] not in areas or areas[row["area"]].level != "kelurahan"):
            raise row.wrong(f"area {row['area']} is no kelurahan")
        landmarks[row["name"]] = row["area"]
    return landmarks


def read_agencies(
    folder: Path, areas: Mapping[str, Area], policy: Policy, name: str = "agencies.csv"
) -> dict[str, Agency]:
    """The agencies, by code."""
    rows = read_csv(folder, name, AGENCY_FIELDS)
    agencies: dict[str, Agency] = {}
    for row in rows:
        code, kind, area = _new(row, agencies), row["kind"], row["area"] or None
        _filled(row, "name", "short", "name_en")
        if not is_code(code):
            raise row.wrong(f"code {code!r} is not kebab-case")
        if kind not in KINDS:
            raise row.wrong(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
        if area and area not in areas:
            raise row.wrong(f"unknown area {area}")
        if area and kind in AREA_KINDS and areas[area].level != kind:
            raise row.wrong(f"area {area} is no {kind}")
        _check_short(row, policy)
        agencies[code] = Agency(
            code=code,
            name=row["name"],
            short=row["short"],
            kind=kind,
            parent=row["parent"] or None,
            area=area,
            name_en=row["name_en"],
        )
    _check_parents(rows, agencies)
    return agencies


def _check_short(row: Row, policy: Policy) -> None:
    short = row["short"]
    try:
        length = septets(short)
    except ValueError as error:
        raise row.wrong(f"short name {short!r}: {error}") from error
    if length > SHORT_MAX:
        raise row.wrong(f"short name {short!r} is longer than {SHORT_MAX} characters")
    if has_blocked(short, policy.sms_blocked_words):
        raise row.wrong(f"short name {short!r} holds a word that carriers block")


def _check_parents(rows: list[Row], agencies: Mapping[str, Agency]) -> None:
    for row in rows:
        seen, code = {row["code"]}, row["parent"] or None
        while code:
            if code not in agencies:
                raise row.wrong(f"unknown parent {code}")
            if code in seen:
                raise row.wrong(f"{code} is above itself")
            seen.add(code)
            code = agencies[code].parent


def read_categories(folder: Path, agencies: Mapping[str, Agency], name: str = "categories.csv") -> dict[str, Category]:
    """The categories, by code, in the file's order."""
    categories: dict[str, Category] = {}
    for row in read_csv(folder, name, CATEGORY_FIELDS):
        code = _new(row, categories)
        _filled(row, "label_id", "label_en")
        if code != kebab(row["label_id"]):
            raise row.wrong(f"code {code!r} is not its label's: {kebab(row['label_id'])}")
        _check_agency(row, agencies)
        if row["pillar"] not in PILLARS:
            raise row.wrong(f"unknown pillar {row['pillar']!r}: one of {', '.join(PILLARS)}")
        if row["sensitive"] not in _YES:
            raise row.wrong(f"sensitive is yes or no, not {row['sensitive']!r}")
        if row["place"] not in ("", *PLACES):
            raise row.wrong(f"place is {' or '.join(PLACES)}, not {row['place']!r}")
        categories[code] = Category(
            code=code,
            label={"id": row["label_id"], "en": row["label_en"]},
            agency=row["agency"],
            hours=_hours(row),
            pillar=row["pillar"],
            sensitive=_YES[row["sensitive"]],
            place=row["place"] or PLACES[0],
            keywords=_keywords(row),
        )
    return categories


def _check_agency(row: Row, agencies: Mapping[str, Agency]) -> None:
    agency = agencies.get(row["agency"])
    if agency is None:
        raise row.wrong(f"unknown agency {row['agency']!r}")
    if agency.kind == "oversight":
        raise row.wrong(f"{agency.code} oversees agencies and handles no reports itself")


def _hours(row: Row) -> float:
    try:
        hours = float(row["hours"])
    except ValueError:
        raise row.wrong(f"hours {row['hours']!r} is not a number") from None
    if not (math.isfinite(hours) and hours > 0):
        raise row.wrong(f"hours {row['hours']!r} is not above zero")
    return hours


def _keywords(row: Row) -> tuple[str, ...]:
    keywords = tuple(word.strip() for word in row["keywords"].split(";") if word.strip())
    if len(keywords) < MIN_KEYWORDS:
        raise row.wrong(f"has {len(keywords)} keywords, at least {MIN_KEYWORDS} are needed")
    for word in keywords:
        if word != word.lower():
            raise row.wrong(f"keyword {word!r} is not in small letters")
        if keywords.count(word) > 1:
            raise row.wrong(f"keyword {word!r} is there twice")
    return keywords


def area_agencies(areas: Mapping[str, Area], agencies: Mapping[str, Agency], complete: bool) -> dict[str, str]:
    """The office of each area. With `complete`, a kelurahan without one is a mistake (reports would have no first stop)."""
    offices = {agency.area: agency.code for agency in agencies.values() if agency.kind in AREA_KINDS and agency.area}
    if complete:
        for area in areas.values():
            if area.level == "kelurahan" and area.code not in offices:
                raise CityPackError("agencies.csv", 0, f"no kelurahan agency for area {area.code} {area.name}")
    return offices

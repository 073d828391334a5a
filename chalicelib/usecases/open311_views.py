"""What Open311 shows: services, their definitions, requests and updates, as plain values in the specification's fields and
order. What is not known is there and None."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.city.model import Attribute, City
from chalicelib.domain.lifecycle import TERMINAL
from chalicelib.domain.listing import Listed, Told, accepted, seen, told_of, withheld
from chalicelib.domain.openness import opened
from chalicelib.domain.reasons import with_note
from chalicelib.domain.report import Report

OPEN, CLOSED = "open", "closed"
_NOT_FOR_ALL = frozenset({"rejected", "withdrawn"})
# Many updates stand in one answer, and that has an end.
_UPDATE_CHARACTERS = 1_000


def services(city: City, lang: str) -> list[dict[str, Any]]:
    """Every category as a service."""
    return [
        {
            "service_code": category.code,
            "service_name": category.label.get(lang) or category.label[city.policy.languages[0]],
            "description": city.text(
                "open311.service", lang, agency=_agency(category.agency, city, lang), hours=f"{category.hours:g}"
            ),
            "metadata": category.code in city.attributes,
            "type": "realtime",
            "keywords": ", ".join(category.keywords),
            "group": category.pillar,
        }
        for category in city.open_categories().values()
    ]


def definition(city: City, code: str, lang: str) -> dict[str, Any]:
    """What else a service asks for; no attributes where it asks nothing."""
    attributes = [_attribute(each, order, lang) for order, each in enumerate(city.attributes.get(code, ()), 1)]
    return {"service_code": code, "attributes": attributes}


def _attribute(attribute: Attribute, order: int, lang: str) -> dict[str, Any]:
    view: dict[str, Any] = {
        "variable": attribute.variable,
        "code": attribute.code,
        "datatype": attribute.datatype,
        "required": attribute.required,
        "datatype_description": attribute.hint.get(lang) or None,
        "order": order,
        "description": attribute.description.get(lang) or None,
    }
    if attribute.values:
        view["values"] = [{"key": choice.key, "name": choice.name.get(lang, choice.key)} for choice in attribute.values]
    return view


def shown(report: Report) -> Listed:
    """A public report as everybody sees it: without its words until somebody has had it in hand."""
    row = seen(report)
    return row if accepted(report) else withheld(row)


def request(
    tracking: str, row: Listed, city: City, lang: str, public_url: str, *, most: int | None = None
) -> dict[str, Any]:
    """A service request; of its words at most so many characters."""
    row = opened(row, city)
    if row.status in _NOT_FOR_ALL:
        # Untrue, no public matter, or taken back. Why it was rejected stays to be read.
        row = msgspec.structs.replace(withheld(row), told=row.told if row.status == "rejected" else None)
    category = city.categories.get(row.category)
    area = city.areas.get(row.area)
    agency = _agency(row.agency, city, lang)
    deadline = city.when(row.expected, lang) if row.expected else ""
    return {
        "service_request_id": tracking,
        "status": CLOSED if row.status in TERMINAL else OPEN,
        "status_notes": _cut(_words(row.told, row, city, lang), most) if row.told else None,
        "service_name": (category.label.get(lang) if category else None) or city.text("page.category_unknown", lang),
        "service_code": row.category,
        "description": _cut(row.problem, most) or None,
        "agency_responsible": agency or None,
        "service_notice": city.text(
            f"status_sentence.{row.status}",
            lang,
            agency=agency or city.text("page.unnamed_agency", lang),
            deadline=deadline,
        ),
        "requested_datetime": w3(row.received_at, city),
        "updated_datetime": w3(row.changed_at, city),
        "expected_datetime": w3(row.expected, city) if row.expected else None,
        "address": _address(row, city) or None,
        "address_id": row.area or None,
        "zipcode": (area.postal_code if area else "") or None,
        "lat": row.lat,
        "long": row.lng,
        "media_url": f"{public_url}/photos/{row.photo}" if row.photo else None,
    }


def updates(report: Report, start: datetime, end: datetime, city: City, lang: str) -> list[dict[str, Any]]:
    """What everybody may know to have happened to a listed report in between, oldest first."""
    row = shown(report)
    found = []
    for entry in report.entries():
        if not entry.told.public or not start <= entry.moment <= end:
            continue
        told = told_of(entry)
        found.append(
            {
                "update_id": f"{report.tracking}-{entry.seq}",
                "service_request_id": report.tracking,
                "status": CLOSED if told.status in TERMINAL else OPEN,
                "updated_datetime": w3(told.at, city),
                "description": _cut(_words(told, row, city, lang), _UPDATE_CHARACTERS),
                "media_url": None,
            }
        )
    return found


def w3(at: datetime, city: City) -> str:
    """An instant as the specification has it: the city's time with its offset, whole seconds."""
    return at.astimezone(ZoneInfo(city.timezone)).isoformat(timespec="seconds")


def _words(told: Told, row: Listed, city: City, lang: str) -> str:
    """What happened, and what was said about it."""
    agency = _agency(told.agency or row.agency, city, lang) or city.text("page.unnamed_agency", lang)
    until = _instant(told.until) or row.expected
    what = city.text(
        f"event.{told.event}",
        lang,
        agency=agency,
        date=city.when(until, lang) if until else "",
        level=told.level,
        note=told.note,
        leader="",  # it may be a hidden one: a list does not know
    )
    what = f"{what[:1].upper()}{what[1:]}"
    said = with_note(told.event, told.reason, told.note, city, lang)
    return f"{what}: {said}" if said and said not in what else what


def _cut(text: str, most: int | None) -> str:
    return text if most is None or len(text) <= most else f"{text[: most - 1]}…"


def _instant(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _agency(code: str, city: City, lang: str) -> str:
    known = city.agencies.get(code)
    if known is None:
        return ""
    return known.name_en if lang == "en" and known.name_en else known.name


def _address(row: Listed, city: City) -> str:
    """From the most particular to the most general: the place, its kelurahan, kecamatan and kota."""
    parts, code = [row.landmark, row.address], row.area
    while code and code in city.areas:
        parts.append(city.areas[code].name)
        code = city.areas[code].parent or ""
    return ", ".join(part for part in parts if part)

"""Which kelurahan somebody means who writes its name or its code into a field of its own."""

from __future__ import annotations

import re

from .model import Area, City

_PREFIX = re.compile(r"^(?:kelurahan|kel)\b[\s.]*", re.IGNORECASE)


def kelurahan_meant(city: City, told: str) -> tuple[Area, ...]:
    """The kelurahan of that code or name ("31.71.06.1001", "Kelurahan Menteng", "menteng, Jakarta Pusat"). None: the city
    has none such; several share a name unless a kecamatan or kota is named after a comma."""
    text = " ".join(told.split())
    if text in city.areas:
        area = city.areas[text]
        return (area,) if area.level == "kelurahan" else ()
    name, _, above = text.partition(",")
    wanted, within = _PREFIX.sub("", name.strip()).casefold(), above.strip().casefold()
    found = [area for area in city.areas.values() if area.level == "kelurahan" and area.name.casefold() == wanted]
    if within and (inside := [area for area in found if within in full_name(city, area).casefold().partition(",")[2]]):
        found = inside
    return tuple(found) if wanted else ()


def full_name(city: City, area: Area) -> str:
    """A kelurahan with the names of its kecamatan and kota, which tell it from its namesakes."""
    names, above = [area.name], area.parent
    while above is not None and above in city.areas:
        names.append(city.areas[above].name)
        above = city.areas[above].parent
    return ", ".join(names)

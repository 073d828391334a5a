"""Which kelurahan somebody means who writes its name or its code into a field of its own."""

from __future__ import annotations

import re

from .model import Area, City

_LEVELS = ("kelurahan", "kecamatan", "kota")
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


def areas_meant(city: City, told: str) -> tuple[Area, ...]:
    """The areas of any kind that somebody means by a code ("31.71.01", also behind a name: "Gambir (31.71.01)") or a name:
    "kecamatan Gambir", "Gambir, Jakarta Pusat" (what lies in it, before what lies further down in it), "Jakarta Pusat"."""
    text = " ".join(told.split())
    code = text.rpartition("(")[2].rstrip(") ")
    if found := city.areas.get(text) or city.areas.get(code):
        return (found,)
    name, _, above = (part.strip() for part in text.casefold().partition(","))
    level, _, bare = name.partition(" ")
    known = tuple(a for a in city.areas.values() if a.name.casefold() == name)
    known = known or tuple(a for a in city.areas.values() if a.level == level and a.name.casefold() == bare)
    known = known or tuple(a for a in city.areas.values() if a.level == "kota" and _ends(a.name.casefold(), name))
    if not above:
        return known
    within = [above, above.partition(" ")[2]] if above.partition(" ")[0] in _LEVELS else [above]
    lines = {area.code: full_name(city, area).casefold().split(", ")[1:] for area in known}
    for depth in (1, None):
        if inside := tuple(a for a in known if _lies(", ".join(lines[a.code][:depth]), within)):
            return inside
    return ()


def _ends(name: str, wanted: str) -> bool:
    return bool(wanted) and name.endswith(f" {wanted}")


def _lies(above: str, within: list[str]) -> bool:
    return any(one and re.search(rf"(?<!\w){re.escape(one)}(?!\w)", above) for one in within)


def full_name(city: City, area: Area) -> str:
    """A kelurahan with the names of its kecamatan and kota, which tell it from its namesakes."""
    names, above = [area.name], area.parent
    while above is not None and above in city.areas:
        names.append(city.areas[above].name)
        above = city.areas[above].parent
    return ", ".join(names)

"""Codes of the city in words, for pages."""

from __future__ import annotations

from chalicelib.city.model import City


def agency_name(city: City, lang: str, code: str | None) -> str:
    """An office in words; the code itself if it is none of the city's."""
    known = city.agencies.get(code or "")
    if known is None:
        return code or ""
    return known.name_en if lang == "en" and known.name_en else known.name


def category_name(city: City, lang: str, code: str | None) -> str:
    """A category in words; the code itself if it is none of the city's."""
    known = city.categories.get(code or "")
    return (known.label.get(lang) or known.label[city.policy.languages[0]]) if known else code or ""


def area_name(city: City, code: str | None) -> str:
    """An area in words: "Tebet Timur, Tebet"; the code itself if it is none of the city's."""
    known = city.areas.get(code or "")
    if known is None:
        return code or ""
    above = city.areas.get(known.parent or "")
    return f"{known.name}, {above.name}" if above and known.level == "kelurahan" else known.name

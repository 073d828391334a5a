"""A wish in words: of which place, of which category."""

from __future__ import annotations

from chalicelib.city.kelurahan import full_name
from chalicelib.city.model import City
from chalicelib.domain.around import Around


def place_words(city: City, around: Around | None, lang: str) -> str:
    """A place in words: a kelurahan's name, or how wide a circle is."""
    if around is None:
        return ""
    if around.area in city.areas:
        return full_name(city, city.areas[around.area])
    if not around.radius:
        return city.text("page.area_unknown", lang)
    wide = f"{around.radius} m" if around.radius < 1000 else f"{around.radius // 1000} km"
    return city.text("following.circle", lang, wide=wide)


def category_words(city: City, code: str, lang: str) -> str:
    """A category's name; "all categories" for none."""
    known = city.categories.get(code)
    if known is None:
        return city.text("following.any_category", lang)
    return known.label.get(lang) or known.label[city.policy.languages[0]]

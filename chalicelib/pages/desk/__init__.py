"""The desk's pages: a frame (who is at work, in which language, where), templates, and words in both languages."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from chalicelib.city.model import City
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.place import Place
from chalicelib.pages import words
from chalicelib.pages.desk import spans
from chalicelib.pages.map_spot import Mark, spot
from chalicelib.pages.names import agency_name, area_name, category_name
from chalicelib.pages.report import environment
from chalicelib.pages.words import Word

_HERE = Path(__file__).parent
STATIC = _HERE / "static"
R = Role
# The main pages: name (of its words and its key), path, who has it in the menu. The first of a role is its home.
MENU: tuple[tuple[str, str, frozenset[Role]], ...] = (
    ("triage", "/desk/triage", frozenset({R.ADMIN})),
    ("agency", "/desk/agency", frozenset({R.AGENCY})),
    ("field", "/desk/field", frozenset({R.AGENCY})),
    ("validation", "/desk/validation", frozenset({R.VALIDATOR, R.ADMIN})),
    ("counter", "/desk/counter", frozenset({R.COUNTER, R.ADMIN})),
    ("overview", "/desk/overview", frozenset({R.ADMIN, R.ANALYST})),
    ("search", "/desk/search", frozenset({R.ADMIN, R.AGENCY, R.VALIDATOR, R.COUNTER, R.ANALYST})),
    ("settings", "/desk/settings", frozenset({R.ADMIN})),
)


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """What every page of the desk has. `path` is the page's own (from "/desk" on, with its query), `prefix` what stands
    before it in addresses (PUBLIC_URL's path), `flash` the wording key of what was just done and its values, `name` and
    `office` say who is at work (a code in `office`), `csrf` goes into every form. `now` is the time that is left from."""

    city: City
    lang: str
    role: Role
    office: str
    name: str
    csrf: str
    path: str
    prefix: str
    now: datetime
    flash: tuple[str, Mapping[str, str]] | None = None

    def url(self, path: str) -> str:
        """An address on this site."""
        return f"{self.prefix}{path}"


def home_of(role: Role) -> str:
    """The page that a member begins at."""
    return next((path for _, path, roles in MENU if role in roles), "/desk/search")


def render(template: str, frame: Frame, **values: Any) -> str:
    """A page of `templates/desk/`. Templates have `frame`, `w` (desk words), `text` (the city's texts), `when` (an instant in
    words), `left` (time left until an instant), `url`, `static`, `label` (of a code) and the macros of `desk/parts.html`."""
    lang, city = frame.lang, frame.city
    return (
        environment()
        .get_template(f"desk/{template}")
        .render(
            frame=frame,
            city=city,
            lang=lang,
            w=word_of(lang),
            text=lambda key, **given: city.text(key, lang, **given),
            when=lambda at: city.when(at, lang),
            left=partial(spans.left, lang=lang, now=frame.now),
            span=partial(spans.span, lang=lang),
            url=frame.url,
            static=lambda name: frame.url(f"/desk/static/{name}?v={edition()}"),
            menu=[(name, path) for name, path, roles in MENU if frame.role in roles],
            agency_name=partial(agency_name, city, lang),
            area_name=partial(area_name, city),
            category_name=partial(category_name, city, lang),
            small_map=partial(small_map, city, lang),
            **values,
        )
    )


def small_map(city: City, lang: str, place: Place) -> str:
    """Where a place is, as SVG; "" when neither its point nor its kelurahan is known."""
    word, area = word_of(lang), area_name(city, place.area)
    marks = [Mark(place.lat, place.lng)] if place.lat is not None and place.lng is not None else []
    key = "map.of" if not marks else "map.at" if place.area else "map.outside"
    return spot(city, label=word(key, area=area), marks=marks, area=place.area)


def word_of(lang: str) -> Word:
    """The desk's words in a language: `w("triage.title", n=3)`."""
    return words.word_of(_HERE / "words", lang)


@lru_cache(maxsize=1)
def edition() -> str:
    """Another one whenever a static file changes: part of their addresses."""
    digest = hashlib.sha256()
    for path in sorted(STATIC.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def query(**values: str) -> str:
    """A query string of what is not empty: "?a=1&b=2", or nothing."""
    told = "&".join(f"{name}={quote(value, safe='')}" for name, value in values.items() if value)
    return f"?{told}" if told else ""

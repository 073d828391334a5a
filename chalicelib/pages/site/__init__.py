"""The citizens' pages: a frame (which city, in which language, where), templates, styles, and words in both languages."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import msgspec

from chalicelib.city.model import City
from chalicelib.pages import shown, words
from chalicelib.pages.names import agency_name, area_name, category_name
from chalicelib.pages.report import environment
from chalicelib.pages.words import Word

_HERE = Path(__file__).parent
_STYLES = _HERE.parent / "templates"
STATIC = _HERE / "static"
MENU: tuple[tuple[str, str], ...] = (
    ("home", "/"),
    ("report", "/report"),
    ("map", "/map"),
    ("performance", "/performance"),
    ("open_data", "/open-data"),
)
"""The pages that every page leads to: the name (of its word, `site.menu.<name>`) and its path."""


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """What every page has. `path` is the page's own, with its query but the language; `prefix` what stands before it in
    addresses (PUBLIC_URL's path), `public_url` the only base for addresses that leave the page. `flash` is the wording key of
    what was just done. `can_report`: there is a form for new reports."""

    city: City
    lang: str
    path: str
    prefix: str
    public_url: str
    now: datetime
    flash: str = ""
    can_report: bool = True

    def url(self, path: str) -> str:
        """An address on this site."""
        return f"{self.prefix}{path}"

    def in_language(self, lang: str) -> str:
        """This page in another language."""
        return f"{self.prefix}{self.path}{'&' if '?' in self.path else '?'}lang={lang}"


def render(template: str, site: Site, css: Sequence[str] = (), **values: Any) -> str:
    """A page of `templates/site/`. Templates have `site`, `w` (words of `site/words`), `text` (the city's texts), `t` (those of
    [page]), `when` (an instant in words), `url`, `static`, `agency_name`, `category_name`, `area_name`, and the macros of
    `site/parts.html`. `css` names the styles (`templates/site/<name>.css`) that it needs beside every page's."""
    city, lang = site.city, site.lang
    service = city.labels.get("service", {})
    return (
        environment()
        .get_template(f"site/{template}")
        .render(
            site=site,
            city=city,
            lang=lang,
            languages=city.policy.languages,
            service=service.get(lang) or next(iter(service.values()), city.name),
            style=style(tuple(css)),
            menu=[each for each in MENU if each[0] != "report" or site.can_report],
            here=site.path.split("?")[0],
            w=word_of(lang),
            text=lambda key, **given: city.text(key, lang, **given),
            t=lambda key, **given: city.text(f"page.{key}", lang, **given),
            when=partial(shown.when, city, lang),
            url=site.url,
            static=lambda name: site.url(f"/static/{name}?v={edition()}"),
            agency_name=partial(agency_name, city, lang),
            category_name=partial(category_name, city, lang),
            area_name=partial(area_name, city),
            **values,
        )
    )


def word_of(lang: str) -> Word:
    """The words of the citizens' pages in a language: `w("home.title", n=3)`."""
    return words.word_of(_HERE / "words", lang)


@lru_cache(maxsize=32)
def style(names: tuple[str, ...]) -> str:
    """The whole style of a page with these parts, as it stands in the page: one request less on a slow line."""
    own = (f"site/{name}.css" for name in names)
    return "\n".join((_STYLES / name).read_text("utf-8").strip() for name in ("style.css", "site/site.css", *own))


@lru_cache(maxsize=32)
def style_hash(names: tuple[str, ...]) -> str:
    """What a Content-Security-Policy calls that style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(style(names).encode()).digest()).decode()}'"


@lru_cache(maxsize=1)
def edition() -> str:
    """Another one whenever a file of these pages changes: part of their addresses and tags."""
    digest = hashlib.sha256()
    folders = (STATIC, _HERE / "words", _STYLES, _STYLES / "site")
    for path in sorted(each for folder in folders for each in folder.iterdir() if each.is_file()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


def policy(css: Sequence[str], *, connect: Sequence[str] = (), pictures: Sequence[str] = ()) -> str:
    """The Content-Security-Policy of a page: its own style, our own scripts, and no other host but those named (where a
    photo is uploaded to, map tiles)."""
    told: Mapping[str, Sequence[str]] = {
        "default-src": ("'none'",),
        "script-src": ("'self'",),
        "style-src": ("'self'", style_hash(tuple(css))),
        "img-src": ("'self'", "data:", "blob:", *pictures),
        "connect-src": ("'self'", *connect),
        "manifest-src": ("'self'",),
        "worker-src": ("'self'",),
        "form-action": ("'self'",),
        "base-uri": ("'none'",),
        "frame-ancestors": ("'none'",),
    }
    return "; ".join(f"{name} {' '.join(hosts)}" for name, hosts in told.items())

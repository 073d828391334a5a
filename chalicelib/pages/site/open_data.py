"""What the page of the open data shows: plain values for its template."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from chalicelib.domain.open_catalogue import LICENCE, LICENCE_URL, Day, File, Index, Month
from chalicelib.domain.open_columns import COLUMNS
from chalicelib.pages.names import agency_name, category_name
from chalicelib.pages.shown import when
from chalicelib.pages.site import Site

_FORMS = {"csv": "CSV", "jsonl": "JSON Lines", "geojson": "GeoJSON", "json": "JSON", "md": "Markdown", "txt": "Text"}
_OFFICES = frozenset({"dinas", "badan", "biro", "satpol", "inspektorat", "bumd", "kota"})
_THOUSAND = 1_000


class Shown(NamedTuple):
    """A file as a link: what it is, how large, when it last changed."""

    path: str
    form: str
    size: str
    updated: str


def values(site: Site, index: Index | None, month: Month | None, base_url: str) -> dict[str, Any]:
    """The values of the page. `month` is the one whose days are listed; `base_url` where the files rest."""
    city, lang = site.city, site.lang
    return {
        "months": [
            {"name": brief.month, "reports": number(brief.reports, lang), "files": shown(brief.files, site), "updated": at(brief.updated, site)}
            for brief in (index.months if index else ())
        ],
        "month": month.month if month else "",
        "days": [_day(day, site) for day in reversed(month.days if month else ())],
        "general": [
            (file.name, link.path, link.size)
            for file, link in zip(index.files, shown(index.files, site), strict=True)
        ] if index else [],
        "columns": [(each.name, each.kind, each.always, each.meaning(lang)) for each in COLUMNS],
        "licence": LICENCE,
        "licence_url": LICENCE_URL,
        "base_url": base_url,
        "categories": sorted((category_name(city, lang, code), code) for code in city.open_categories()),
        "agencies": sorted((agency_name(city, lang, code), code) for code, each in city.agencies.items() if each.kind in _OFFICES),
        "areas": sorted((area.name, area.code) for area in city.areas.values() if area.level == "kota"),
    }  # fmt: skip


def _day(day: Day, site: Site) -> dict[str, Any]:
    files = shown(day.files, site)
    return {
        "name": day.day,
        "reports": number(day.reports, site.lang),
        "files": files,
        "updated": max((each.updated for each in files), default=""),
    }


def shown(files: tuple[File, ...], site: Site) -> list[Shown]:
    """The files as links."""
    return [
        Shown(f"/open-data/{file.name}", form(file.name), size(file.bytes, site.lang), at(file.updated, site))
        for file in files
    ]


def form(name: str) -> str:
    """The kind of a file in words."""
    kind = _FORMS.get(name.rsplit(".", 1)[-1], "")
    return f"{kind}*" if name.startswith("hidden/") else kind


def size(count: int, lang: str) -> str:
    """So many bytes in words: "12,3 kB"."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB"):
        if value >= _THOUSAND:
            value, unit = value / _THOUSAND, larger
    text = f"{value:.0f}" if unit == "B" or value >= 100 else f"{value:.1f}"
    return f"{text.replace('.', ',') if lang == 'id' else text} {unit}"


def number(count: int, lang: str) -> str:
    """A count with its thousands apart."""
    text = f"{count:,}"
    return text.replace(",", ".") if lang == "id" else text


def at(stamp: str, site: Site) -> str:
    """An instant of the index in words."""
    return when(site.city, site.lang, datetime.fromisoformat(stamp)) if stamp else ""

"""A feed of reports as Atom (RFC 4287)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Protocol
from xml.etree import ElementTree as xml

from chalicelib.domain.listing import Listed
from chalicelib.domain.opendata import plain
from chalicelib.domain.openness import opened
from chalicelib.pages.names import agency_name, area_name, category_name
from chalicelib.pages.site import Site, word_of

_ATOM = "http://www.w3.org/2005/Atom"
_WORDLESS = frozenset({"rejected", "withdrawn"})
_MOST = 600
_ONE_LINE = re.compile(r"\s+")
xml.register_namespace("", _ATOM)


class Row(Protocol):
    """A listed report under its number."""

    @property
    def tracking(self) -> str:
        """Its number."""

    @property
    def listed(self) -> Listed:
        """What a list says of it."""


def atom(site: Site, rows: Sequence[Row], path: str, about: str) -> str:
    """The feed at `path` (with its query): of what it is `about` ("": the whole city), an entry for each report. What was
    rejected or taken back has no words."""
    w, base = word_of(site.lang), site.public_url
    feed = xml.Element(f"{{{_ATOM}}}feed", {"xml:lang": site.lang})
    _put(feed, "id", f"{base}{path}")
    _put(
        feed,
        "title",
        w("open_data.feed.title", city=site.city.name, about=about)
        if about
        else w("open_data.feed.all", city=site.city.name),
    )
    _put(
        feed,
        "updated",
        _instant(max((row.listed.changed_at for row in rows), default=datetime(2026, 1, 1, tzinfo=UTC))),
    )
    _put(_put(feed, "author"), "name", site.city.name_formal)
    _put(feed, "rights", "CC BY 4.0")
    _put(feed, "link", rel="self", type="application/atom+xml", href=f"{base}{path}")
    _put(feed, "link", rel="alternate", type="text/html", href=f"{base}/open-data")
    for row in rows:
        _entry(feed, site, row.tracking, opened(row.listed, site.city))
    return '<?xml version="1.0" encoding="utf-8"?>\n' + xml.tostring(feed, encoding="unicode") + "\n"


def _entry(feed: xml.Element, site: Site, tracking: str, row: Listed) -> None:
    city, lang, w, base = site.city, site.lang, word_of(site.lang), site.public_url
    entry = _put(feed, "entry")
    category = category_name(city, lang, row.category) or city.text("page.category_unknown", lang)
    status = w("open_data.feed.disputed") if row.disputed else city.text(f"status.{row.status}", lang)
    where = area_name(city, row.area)
    _put(entry, "id", f"{base}/reports/{tracking}")
    _put(
        entry,
        "title",
        w("open_data.feed.entry" if where else "open_data.feed.entry_bare", what=category, where=where, status=status),
    )
    _put(entry, "published", _instant(row.received_at))
    _put(entry, "updated", _instant(max(row.changed_at, row.received_at)))
    _put(entry, "link", rel="alternate", type="text/html", href=f"{base}/reports/{tracking}")
    for name, code, label in (
        ("category", row.category, category),
        ("area", row.area, where),
        ("agency", row.agency, agency_name(city, lang, row.agency)),
    ):
        if code:
            _put(entry, "category", term=code, scheme=f"{base}/feeds/{name}", label=label)
    words = "" if row.status in _WORDLESS else _ONE_LINE.sub(" ", plain(row.problem)).strip()
    _put(entry, "summary", (f"{words[: _MOST - 1]}…" if len(words) > _MOST else words) or status, type="text")


def _put(parent: xml.Element, name: str, text: str = "", **attributes: str) -> xml.Element:
    clean = {key: _clean(value) for key, value in attributes.items()}
    made = xml.SubElement(parent, f"{{{_ATOM}}}{name}", clean)
    if text:
        made.text = _clean(text)
    return made


def _clean(text: str) -> str:
    """Without what XML cannot say."""
    return plain(text)


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

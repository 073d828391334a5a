"""What the page of an error says."""

from __future__ import annotations

from typing import Any

from chalicelib.city.model import City
from chalicelib.domain.errors import ReportError, Unknown

_SLIPS = ("length", "character", "check")


def told_of(error: ReportError, city: City, lang: str) -> dict[str, Any]:
    """Title (a key of [page]), words, whether it is about a tracking number (`slip`), that number, and the fields that are
    wrong, each with what is wrong with it."""
    slip, tracking = str(error.details.get("slip", "")), str(error.details.get("tracking", ""))
    fields: tuple[tuple[str, str], ...] = ()
    if slip in _SLIPS:
        title, told = "malformed", city.text(f"page.malformed_{slip}", lang)
    elif isinstance(error, Unknown) and tracking:
        title, told = "not_found", city.text("page.not_found_hint", lang, tracking=tracking)
    else:
        title, told = "error", city.text(f"error.{error.code}", lang)
        fields = tuple((name, str(value)) for name, value in error.details.items() if isinstance(value, str))
    numbered = title in ("malformed", "not_found")
    return {
        "title": title,
        "told": told,
        "slip": numbered,
        "tracking": tracking if title == "not_found" else "",
        "fields": fields,
    }

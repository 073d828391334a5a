"""The citizens' pages: one report, and what is said when there is none. Whole HTML texts without a script or a request."""

from __future__ import annotations

import hashlib
from functools import lru_cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.city.model import City
from chalicelib.domain.errors import ReportError, Unknown
from chalicelib.pages import shown

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"
_SLIPS = ("length", "character", "check")
SAMPLE = "7K3M-92QX-4HTC"
"""What a number looks like after its prefix; the same as in the city's texts."""


def _edition() -> str:
    digest = hashlib.sha256()
    for path in sorted(each for each in _TEMPLATES.iterdir() if each.is_file()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]


EDITION = _edition()
"""Another one whenever a template changes: part of the pages' ETag."""


def error(error: ReportError, city: City, lang: str, *, search: str = "") -> str:
    """The page for a number that cannot be one (`details.slip` says what is wrong with it), that no report has, or for any
    other refusal. With `search`, the address of a look-up that takes `?tracking=`, there is a form; otherwise words."""
    slip = str(error.details.get("slip", ""))
    tracking = str(error.details.get("tracking", ""))
    if slip in _SLIPS:
        title, told = "malformed", city.text(f"page.malformed_{slip}", lang)
    elif isinstance(error, Unknown):
        title, told = "not_found", city.text("page.not_found_hint", lang, tracking=tracking)
    else:
        title, told = "error", city.text(f"error.{error.code}", lang)
    return render(
        "error.html",
        city,
        lang,
        title=title,
        told=told,
        numbered=title != "error",
        search=search,
        sample=SAMPLE,
        tracking=tracking if title == "not_found" else "",
    )


def render(template: str, city: City, lang: str, **values: Any) -> str:
    """A template with what every page has: the city, the language, and its texts (`t`: of [page], `text`: any)."""
    service = city.labels.get("service", {})
    return environment().get_template(template).render(
        **{"key": ""} | values,
        city=city,
        lang=lang,
        languages=city.policy.languages,
        service=service.get(lang) or next(iter(service.values()), city.name),
        t=lambda key, **given: city.text(f"page.{key}", lang, **given),
        text=lambda key, **given: city.text(key, lang, **given),
        when=partial(shown.when, city, lang),
    )  # fmt: skip


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates of every page."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # lazily: 30 ms that other functions never need

    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )

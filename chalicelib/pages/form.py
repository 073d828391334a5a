"""The web form's pages: the form itself, with what was typed and what is wrong with it, and the number and key at its end."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.city.model import City
from chalicelib.pages.report import render

# Where a field's slip is shown, and in which words, unless it is about its length.
_SHOWN_AT = {
    "place": "place_address",
    "lat": "place_address",
    "lng": "place_address",
    "form_id": "text",
    "photos": "text",
}
_WORDS = frozenset({"text", "place", "name", "address", "phone", "email", "kelurahan", "consent", "website", "form_id"})


class _Given(dict[str, str]):
    """What a field has: nothing, unless something was given."""

    def __missing__(self, name: str) -> str:
        return ""


def form(
    city: City,
    lang: str,
    *,
    action: str,
    form_id: str,
    values: Mapping[str, str] | None = None,
    wrong: Mapping[str, object] | None = None,
    failed: bool = False,
) -> str:
    """The form. `wrong` maps fields to reasons (`place`: that it is missing; a list: choices); `failed`: it could not be
    stored just now and is to be sent again as it stands."""
    errors = {_SHOWN_AT.get(name, name): _told(city, lang, name, reason) for name, reason in (wrong or {}).items()}
    kelurahan = sorted({area.name for area in city.areas.values() if area.level == "kelurahan"})
    labels = {
        code: category.label.get(lang) or category.label["id"] for code, category in city.open_categories().items()
    }
    return render(
        "form.html",
        city,
        lang,
        action=action,
        form_id=form_id,
        values=_Given(values or {}),
        errors=_Given(errors),
        failed=failed,
        kelurahan=kelurahan,
        categories=sorted(labels.items(), key=lambda pair: pair[1]),
        required=city.policy.required,
        f=lambda key, **given: city.text(f"form.{key}", lang, **given),
    )


def done(
    city: City,
    lang: str,
    *,
    tracking: str,
    report_key: str,
    url: str,
    again: str,
    missing: tuple[str, ...],
    danger: bool,
) -> str:
    """What the reporter keeps: the number, where to follow it (`url`), and the key. `danger`: lives may be at stake."""
    fields = ", ".join(city.text(f"field.{field}", lang) for field in missing)
    return render(
        "form_done.html",
        city,
        lang,
        tracking=tracking,
        report_key=report_key,
        url=url,
        again=again,
        missing=fields,
        danger=danger,
        f=lambda name, **given: city.text(f"form.{name}", lang, **given),
    )


def closed(city: City, lang: str, *, instead: str) -> str:
    """The page of a form that is switched off."""
    return render("form_closed.html", city, lang, told=city.text("form.closed", lang, instead=instead))


def _told(city: City, lang: str, field: str, reason: object) -> str:
    if isinstance(reason, list):
        return city.text(f"form.error_{field}_choice", lang, choices="; ".join(map(str, reason)))
    if "at most" in str(reason):
        return city.text("form.error_too_long", lang)
    return city.text(f"form.error_{field}" if field in _WORDS else "form.error_other", lang)

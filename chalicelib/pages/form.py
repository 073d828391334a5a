"""What the web form's pages say: the form with what was typed and what is wrong with it, reports that may tell the same
problem, and the number and key at its end. Values for `templates/site/report_*.html`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.city.model import City
from chalicelib.pages.names import category_name
from chalicelib.pages.site import word_of

CSS = ("form", "report_form")
# Where a field's slip is shown, and in which words, unless it is about its length.
_SHOWN_AT = {"place": "place_address", "lat": "place_address", "lng": "place_address", "form_id": "text"}
_WORDS = frozenset({"text", "place", "name", "address", "phone", "email", "kelurahan", "consent", "website", "form_id"})
_PHOTOS = "photo_files"
_PHOTO_SLIPS = frozenset({"large", "kind", "many"})
_SCRIPT = ("photo", "remove", "shrinking", "sending", "ready", "kept", "later", "many", "type", "large", "finding",
           "found", "nowhere", "tapped")  # fmt: skip
_STATES = ("draft", "waiting", "sent", "refused")
_DRAFT = ("number", "key", "follow", "send_now", "go_on", "forget", "saved", "forgotten", "sending", "place",
          *(f"{state}_{part}" for state in _STATES for part in ("title", "told")))  # fmt: skip


class Given(dict[str, str]):
    """What a field has: nothing, unless something was given."""

    def __missing__(self, name: str) -> str:
        return ""


def form(
    city: City,
    lang: str,
    *,
    form_id: str,
    made: str = "",
    values: Mapping[str, str] | None = None,
    photos: Sequence[str] = (),
    wrong: Mapping[str, object] | None = None,
    asked_again: str = "",
    seconds: int = 0,
    again: bool = False,
    most_photos: int = 3,
    most_mb: int = 4,
) -> dict[str, Any]:
    """The form. `wrong` maps fields to reasons (`place`: that it is missing; a list: choices; of `photos`: (slip, values));
    `asked_again` is why it is to be sent once more as it stands: "failed", "quick", "gone" or "busy" (in `seconds`). `again`: it has
    been sent before; `photos` are uploads that we have; `most_mb` is of all files together, where no script makes them smaller."""
    return {
        "form_word": _said(city, lang),
        "form_id": form_id,
        "made": made,
        "values": Given(values or {}),
        "errors": _errors(city, lang, wrong or {}),
        "photos": list(photos),
        "asked_again": asked_again,
        "seconds": seconds,
        "again": again,
        "kelurahan": sorted({area.name for area in city.areas.values() if area.level == "kelurahan"}),
        "categories": sorted(
            ((code, category_name(city, lang, code)) for code in city.open_categories()), key=lambda pair: pair[1]
        ),
        "required": city.policy.required,
        "most_photos": most_photos,
        "most_mb": most_mb,
        "script_words": _words(lang, "script", _SCRIPT),
        "draft_words": draft_words(lang),
    }


def similar(
    city: City,
    lang: str,
    *,
    found: Sequence[Any],
    values: Mapping[str, str],
    kept: Iterable[tuple[str, str]],
    needs_mail: bool = False,
    danger: bool = False,
) -> dict[str, Any]:
    """The question whether one of `found` (`usecases.nearby.Similar`) is the same problem. `kept` are the fields that go on;
    `needs_mail`: one was chosen, and there is no address to join with."""
    return {
        "form_word": _said(city, lang),
        "similar": [
            {
                "tracking": each.tracking,
                "words": each.words,
                "metres": each.metres,
                "status": city.text(f"status.{each.status}", lang),
                "received_at": each.received_at,
                "photo": each.photo,
            }
            for each in found
        ],
        "values": Given(values),
        "kept": list(kept),
        "errors": {"email": word_of(lang)("report_form.similar_email_needed")} if needs_mail else {},
        "danger": danger,
    }


def done(
    city: City,
    lang: str,
    *,
    form_id: str,
    tracking: str,
    report_key: str,
    status_url: str,
    qr: str,
    missing: tuple[str, ...],
    danger: bool,
    told: bool,
    respond: str = "",
    resolve: str = "",
) -> dict[str, Any]:
    """What the reporter keeps: the number, the key, and a QR code of where to follow it, as markup. `danger`: lives may be at
    stake; `told`: there is a way to them; `respond` and `resolve` are deadlines in words."""
    return {
        "form_word": _said(city, lang),
        "form_id": form_id,
        "tracking": tracking,
        "report_key": report_key,
        "status_url": status_url,
        "qr": qr,
        "missing": ", ".join(city.text(f"field.{field}", lang) for field in missing),
        "danger": danger,
        "told": told,
        "respond": respond,
        "resolve": resolve,
    }


def draft_words(lang: str) -> dict[str, str]:
    """What draft.js says."""
    return _words(lang, "draft", _DRAFT)


def _words(lang: str, part: str, keys: Iterable[str]) -> dict[str, str]:
    word = word_of(lang)
    return {key: word(f"report_form.{part}.{key}", m="{m}") for key in keys}


def _said(city: City, lang: str) -> Any:
    return lambda key, **given: city.text(f"form.{key}", lang, **given)


def _errors(city: City, lang: str, wrong: Mapping[str, object]) -> dict[str, str]:
    """Each slip by the field that it stands beside."""
    return {_place_of(name): _told(city, lang, name, reason) for name, reason in wrong.items()}


def _place_of(name: str) -> str:
    return _PHOTOS if name.split(".")[0] == "photos" else _SHOWN_AT.get(name, name)


def _told(city: City, lang: str, field: str, reason: object) -> str:
    if _place_of(field) == _PHOTOS:
        slip, given = reason if isinstance(reason, tuple) else ("", {})
        return word_of(lang)(f"report_form.error_photos{f'_{slip}' if slip in _PHOTO_SLIPS else ''}", **given)
    if isinstance(reason, list):
        return city.text(f"form.error_{field}_choice", lang, choices="; ".join(map(str, reason)))
    if "at most" in str(reason):
        return city.text("form.error_too_long", lang)
    return city.text(f"form.error_{field}" if field in _WORDS else "form.error_other", lang)

"""The words that are sent and shown: found by key or words, and changed in both languages, for one category or reason if
need be."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any
from urllib.parse import quote

from chalice.app import Blueprint, Response

from chalicelib.city.gsm7 import SEGMENT, septets
from chalicelib.city.model import City
from chalicelib.city.override_texts import FIXED, filled, sample, text_fault, used
from chalicelib.city.wordings import ALWAYS, PLACEHOLDERS, general
from chalicelib.domain.errors import Invalid, ReportError, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page
from chalicelib.http.desk.settings import PATH, formed, listed, page_and_form, saved
from chalicelib.pages.desk import word_of
from chalicelib.pages.desk.settings import Cell, Field
from chalicelib.pages.names import category_name
from chalicelib.usecases.overrides import Path, pack_of, present

routes = Blueprint(__name__)
_PAGE = 40
_SHORT = ("sms.", "agency_sms.", "answer.", "followed.sms")
_PARTICULAR = ("sms.", "app.", "chat.", "email.")
_PREVIEW = {"note": "…", "question": "…?", "reason": "…", "name": "Sekar Pranawa", "body": "…", "sentence": "…"}


@routes.route(f"{PATH}/texts", methods=["GET"])
@desk_page(Role.ADMIN)
def texts(asked: Asked, form: Form) -> Response:
    """Texts whose key or words hold what is searched for; at first those that were changed."""
    w, asked_for, begin = word_of(asked.lang), form.get("q").casefold()[:100], form.get("from")
    now = present(desk(), asked.actor)
    changed = {key for told in now.document.texts.values() for key in told}
    group = form.get("group")
    found = _found(asked.city, asked_for, group, changed)
    start = int(begin) if begin.isdecimal() and len(begin) < 6 else 0
    rows = [
        [
            Cell(key, f"{PATH}/text?key={quote(key)}"),
            Cell(asked.city.texts[asked.lang].get(key, "")[:160]),
            Cell(w("settings.changed"), tone="yellow") if key in changed else Cell(""),
        ]
        for key in found[start : start + _PAGE]
    ]
    following = ""
    if len(found) > start + _PAGE:
        following = f"{PATH}/texts?q={quote(asked_for)}&group={quote(group)}&from={start + _PAGE}"
    groups = sorted({key.split(".")[0] for key in _keys(asked.city)})
    return listed(
        asked,
        "texts",
        [w(f"settings.column.{name}") for name in ("key", "text", "state")],
        rows,
        next=following,
        filters=[
            Field("text", "q", w("settings.text_search"), form.get("q")),
            Field(
                "select",
                "group",
                w("settings.text_group"),
                group,
                options=[("", "–"), *((each, each) for each in groups)],
            ),
        ],
        found=len(found),
    )


@page_and_form(routes, f"{PATH}/text")
@desk_page(Role.ADMIN)
def text(asked: Asked, form: Form) -> Response:
    """One text in all languages. `for` makes it particular to a category or reason; `do` is save, preview or pack."""
    key = _key(asked.city, form.get("key"), form.get("for"))
    if routes.current_request.method == "GET":
        return _one(asked, key, {}, None)
    # A text area's line ends are the browser's own, and prose ends where its last word does.
    typed = {lang: form.get(lang).replace("\r\n", "\n") for lang in asked.city.policy.languages}
    if form.get("do") == "preview":
        return _one(asked, key, typed, _wrong(asked.city, key, typed), why=form.get("why"))
    pack = pack_of(desk()).texts
    if form.get("do") == "pack":
        typed = dict.fromkeys(typed, "")
    values: dict[Path, object] = {
        ("texts", lang, key): None if not told or told == pack[lang].get(key) else told for lang, told in typed.items()
    }
    return saved(asked, form, "texts", values, lambda error: _one(asked, key, typed, error, why=form.get("why")))


def _one(asked: Asked, key: str, typed: Mapping[str, str], error: ReportError | None, why: str = "") -> Response:
    w, now, city, pack = word_of(asked.lang), present(desk(), asked.actor), desk().city, pack_of(desk())
    usual, particular = general(key)
    fields, shown = [], []
    for lang in city.policy.languages:
        own = now.document.texts.get(lang, {}).get(key, "")
        packs = pack.texts[lang].get(key) or ""
        text = typed.get(lang, own or packs)
        fields.append(
            Field(
                "area",
                lang,
                w(f"settings.lang.{lang}"),
                text,
                at=f"{lang}/{key}",
                hint=w("settings.text_hint") if particular is None else w("settings.text_hint_particular"),
            )
        )
        shown.append(_shown(city, lang, usual, text, packs or pack.texts[lang].get(usual, ""), bool(own)))
    return formed(
        asked,
        "texts",
        key,
        fields,
        path=f"{PATH}/text",
        error=error,
        why=why,
        now=now,
        template="settings_text.html",
        key=key,
        shown=shown,
        placeholders=sorted(PLACEHOLDERS[usual] - ALWAYS),
        always=sorted(ALWAYS & PLACEHOLDERS[usual]),
        particular=particular,
        usual=usual,
        choices=_choices(asked) if usual.startswith(_PARTICULAR) else (),
    )


def _shown(city: City, lang: str, key: str, text: str, packs: str, own: bool) -> dict[str, Any]:
    """How a text reads when it is filled in, how long that is, and what the pack says."""
    words = text or packs
    try:
        read = filled(city, lang, key, words, _PREVIEW | sample(city, lang))
    except (ValueError, KeyError, IndexError, AttributeError):
        read = words
    length = 0
    if key.startswith(_SHORT):
        try:
            length = septets(read)
        except ValueError:
            length = 0
    return {
        "lang": lang,
        "pack": packs,
        "own": own,
        "read": read,
        "length": length,
        "most": SEGMENT,
        "used": sorted(used(words)),
    }


def _wrong(city: City, key: str, typed: Mapping[str, str]) -> ReportError | None:
    faults = {
        f"texts/{lang}/{key}": fault
        for lang, told in typed.items()
        if told and (fault := text_fault(city, lang, key, told))
    }
    return Invalid("This text is not acceptable.", details=faults) if faults else None


def _found(city: City, words: str, group: str, changed: Container[str]) -> list[str]:
    """The keys of a group whose key or text holds the words; without either, those that were changed."""

    def fits(key: str) -> bool:
        if group and key.split(".")[0] != group:
            return False
        if not words:
            return bool(group) or key in changed
        return words in key or any(words in texts.get(key, "").casefold() for texts in city.texts.values())

    return [key for key in _keys(city) if fits(key)]


def _keys(city: City) -> list[str]:
    keys = {key for texts in city.texts.values() for key in texts}
    return sorted(key for key in keys if not general(key)[0].startswith(FIXED))


def _key(city: City, key: str, particular: str) -> str:
    usual, _ = general(key)
    if usual not in PLACEHOLDERS or usual.startswith(FIXED):
        raise Unknown("There is no such text.", details={"key": key[:100]})
    if not particular:
        return key
    section, event, *part = usual.split(".")
    named = ".".join((section, f"{event}@{particular}", *part))
    known = particular in city.categories or any(particular in codes for codes in city.reasons.values())
    if not known or general(named)[1] != particular:
        raise Unknown("There is no such category or reason.", details={"for": particular[:100]})
    return named


def _choices(asked: Asked) -> list[tuple[str, str]]:
    reasons = [
        (code, reason.label.get(asked.lang, code))
        for codes in asked.city.reasons.values()
        for code, reason in codes.items()
    ]
    categories = [(code, category_name(asked.city, asked.lang, code)) for code in asked.city.open_categories()]
    return [("", "–"), *sorted(reasons, key=lambda pair: pair[1]), *sorted(categories, key=lambda pair: pair[1])]

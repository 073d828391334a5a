"""Categories and who handles them: added, changed, retired; routed to another agency, everywhere or in some areas."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.city.checks import kebab
from chalicelib.city.kelurahan import areas_meant
from chalicelib.city.model import PILLARS, Category, City
from chalicelib.domain.errors import Invalid, ReportError, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page
from chalicelib.http.desk.settings import PATH, formed, listed, page_and_form, saved
from chalicelib.http.desk.settings_tables import number_of
from chalicelib.pages.desk import word_of
from chalicelib.pages.desk.settings import Cell, Field, offices
from chalicelib.pages.names import agency_name, area_name, category_name
from chalicelib.usecases.overrides import Path, pack_of, present

routes = Blueprint(__name__)
NEW = "new"


@routes.route(f"{PATH}/categories", methods=["GET"])
@desk_page(Role.ADMIN)
def categories(asked: Asked, form: Form) -> Response:
    """All categories, retired ones too."""
    w, city, lang = word_of(asked.lang), asked.city, asked.lang
    changed = present(desk(), asked.actor).document.categories
    rows = [
        [
            Cell(category_name(city, lang, code), f"{PATH}/category?code={code}"),
            Cell(agency_name(city, lang, known.agency)),
            Cell(f"{_unscaled(city, known):g}"),
            Cell(w("settings.sensitive") if known.sensitive else ""),
            Cell(w("settings.retired"), tone="grey")
            if known.retired
            else Cell(w("settings.changed"), tone="yellow")
            if code in changed
            else Cell(""),
        ]
        for code, known in sorted(city.categories.items(), key=lambda pair: category_name(city, lang, pair[0]))
    ]
    columns = [w(f"settings.column.{name}") for name in ("category", "agency", "hours", "kind", "state")]
    return listed(asked, "categories", columns, rows, add=f"{PATH}/category?code={NEW}")


@page_and_form(routes, f"{PATH}/category")
@desk_page(Role.ADMIN)
def category(asked: Asked, form: Form) -> Response:
    """One category: the whole of a new one, or what is different about another."""
    code = form.get("code")
    if code != NEW and code not in asked.city.categories:
        raise Unknown("There is no such category.", details={"category": code[:80]})
    if routes.current_request.method == "GET":
        return _category(asked, code, {}, None)
    made = kebab(form.get("label_id")) if code == NEW else code
    if code == NEW and made in asked.city.categories:
        taken = Invalid("There is such a category.", details={"label/id": "another category has this label"})
        return _category(asked, code, form.typed(), taken)
    values: dict[Path, object] = {("categories", made or "-"): _category_change(asked.city, made, form)}
    return saved(asked, form, "categories", values, lambda error: _category(asked, code, form.typed(), error))


def _category_change(city: City, code: str, form: Form) -> dict[str, Any] | None:
    """What the form says that the pack does not."""
    pack = pack_of(desk()).categories.get(code)
    told: dict[str, Any] = {
        "label": {
            lang: form.get(f"label_{lang}")
            for lang in city.policy.languages
            if pack is None or form.get(f"label_{lang}") != pack.label.get(lang)
        },
        "hours": number_of(form.get("hours")),
        "sensitive": bool(form.get("sensitive")),
        "place": "cell" if form.get("place") else "exact",
        "keywords": [word.strip().lower() for word in re.split(r"[;\n]", form.get("keywords")) if word.strip()],
        "retired": bool(form.get("retired")),
    }
    if pack is None:
        return told | {"agency": form.get("agency"), "pillar": form.get("pillar")}
    same = {
        "hours": pack.hours,
        "sensitive": pack.sensitive,
        "place": pack.place,
        "keywords": list(pack.keywords),
        "retired": False,
        "label": {},
    }
    return {name: value for name, value in told.items() if value != same[name]} or None


def _category(asked: Asked, code: str, typed: Mapping[str, str], error: ReportError | None) -> Response:
    w, city, known = word_of(asked.lang), asked.city, asked.city.categories.get(code)
    own = pack_of(desk()).categories.get(code) is None

    def value(name: str, otherwise: object) -> str:
        return typed.get(name, "") if typed else str(otherwise)

    fields = [
        Field("text", f"label_{lang}", w(f"settings.label_{lang}"), value(f"label_{lang}", known.label.get(lang, "") if known else ""),
              at=f"label/{lang}", required=True)
        for lang in city.policy.languages
    ]  # fmt: skip
    if own:
        fields += [
            Field("select", "agency", w("settings.column.agency"), value("agency", known.agency if known else ""),
                  options=[("", "–"), *offices(city, asked.lang)], required=True),
            Field("select", "pillar", w("settings.pillar"), value("pillar", known.pillar if known else PILLARS[2]),
                  options=[(each, city.labels.get(f"pillar_{each}", {}).get(asked.lang, each)) for each in PILLARS]),
        ]  # fmt: skip
    hours = _unscaled(city, known) if known else city.policy.default_resolve_hours / desk().settings.sla_scale
    fields += [
        Field("text", "hours", w("settings.hours"), value("hours", f"{hours:g}"), hint=w("settings.hours_hint"), required=True),
        Field("check", "sensitive", w("settings.sensitive_long"), value("sensitive", "1" if known and known.sensitive else "")),
        Field("check", "place", w("settings.place_cell"), value("place", "1" if known and known.place == "cell" else "")),
        Field("area", "keywords", w("settings.keywords"), value("keywords", "; ".join(known.keywords) if known else ""),
              hint=w("settings.keywords_hint"), required=True),
        Field("check", "retired", w("settings.retire"), value("retired", "1" if known and known.retired else ""),
              hint=w("settings.retire_hint")),
    ]  # fmt: skip
    title = category_name(city, asked.lang, code) if known else w("settings.new_category")
    hidden = {"code": code}
    return formed(
        asked, "categories", title, fields, path=f"{PATH}/category", error=error, why=value("why", ""), hidden=hidden
    )


@routes.route(f"{PATH}/routing", methods=["GET"])
@desk_page(Role.ADMIN)
def routing(asked: Asked, form: Form) -> Response:
    """Which agency handles each category, and where another one does."""
    w, city, lang = word_of(asked.lang), asked.city, asked.lang
    changed = present(desk(), asked.actor).document.routing
    rows = [
        [
            Cell(category_name(city, lang, code), f"{PATH}/route?code={code}"),
            Cell(agency_name(city, lang, known.agency)),
            Cell("; ".join(f"{area_name(city, area)}: {agency_name(city, lang, to)}" for area, to in city.routes.get(code, {}).items())),
            Cell(w("settings.changed"), tone="yellow") if code in changed else Cell(""),
        ]
        for code, known in sorted(city.open_categories().items(), key=lambda pair: category_name(city, lang, pair[0]))
    ]  # fmt: skip
    columns = [w(f"settings.column.{name}") for name in ("category", "agency", "areas", "state")]
    return listed(asked, "routing", columns, rows)


@page_and_form(routes, f"{PATH}/route")
@desk_page(Role.ADMIN)
def route(asked: Asked, form: Form) -> Response:
    """Who handles one category, everywhere and in some areas."""
    code = form.get("code")
    if code not in asked.city.categories:
        raise Unknown("There is no such category.", details={"category": code[:80]})
    if routes.current_request.method == "GET":
        return _route(asked, code, {}, None)
    pack = pack_of(desk()).categories.get(code)
    areas = dict(zip(form.all("area"), _padded(form.all("office"), len(form.all("area"))), strict=False))
    for gone in form.all("gone"):
        areas.pop(gone, None)
    try:
        if form.get("new_area"):
            areas[_area_meant(asked.city, form.get("new_area"))] = form.get("new_office")
    except Invalid as error:
        return _route(asked, code, form.typed(), error)
    agency = form.get("agency")
    told: dict[str, object] = {"agency": agency} if pack is None or agency != pack.agency else {}
    if areas:
        told["areas"] = areas
    return saved(
        asked,
        form,
        "routing",
        {("routing", code): told or None},
        lambda error: _route(asked, code, form.typed(), error),
    )


def _route(asked: Asked, code: str, typed: Mapping[str, str], error: ReportError | None) -> Response:
    w, city, lang = word_of(asked.lang), asked.city, asked.lang
    agencies = offices(city, lang)
    fields = [
        Field("select", "agency", w("settings.everywhere"), typed.get("agency", city.categories[code].agency), options=agencies),
        Field("text", "new_area", w("settings.new_area"), typed.get("new_area", ""), hint=w("settings.new_area_hint"), listed="areas"),
        Field("select", "new_office", w("settings.new_office"), typed.get("new_office", ""), options=[("", "–"), *agencies],
              at="new_office"),
    ]  # fmt: skip
    kept = [(area, area_name(city, area), office, agency_name(city, lang, office)) for area, office in city.routes.get(code, {}).items()]  # fmt: skip
    known = [(area.code, area.name) for area in city.areas.values() if area.level != "kelurahan"]
    return formed(
        asked, "routing", category_name(city, lang, code), fields, path=f"{PATH}/route", error=error,
        why=typed.get("why", ""), hidden={"code": code}, kept=kept, datalist=("areas", known),
    )  # fmt: skip


def _unscaled(city: City, known: Category) -> float:
    """A category's hours as the pack and its overrides have them, whatever SLA_SCALE makes of them."""
    return float(f"{known.hours / desk().settings.sla_scale:.6g}")


def _padded(texts: list[str], length: int) -> list[str]:
    return [*texts, *[""] * (length - len(texts))]


def _area_meant(city: City, text: str) -> str:
    """The area of that code or name. Raises Invalid for none, and for several."""
    found = areas_meant(city, text)
    if len(found) == 1:
        return found[0].code
    named = "; ".join(f"{area.level} {area.name} ({area.code})" for area in found)
    told = f"several: {named}" if found else "there is no such area"
    raise Invalid("Say which area.", details={"new_area": told})

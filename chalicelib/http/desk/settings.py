"""The settings as the admins see them: their sections, every version with what it changed, and going back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.city.overrides import SECTIONS as PLACES
from chalicelib.city.overrides import place_of, value_at
from chalicelib.domain.errors import Conflict, Invalid, ReportError, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.http.answers import status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.form import CONTENT_TYPES, Form
from chalicelib.http.desk.framed import Asked, Page, desk_page, done, page
from chalicelib.http.requests import typed_of
from chalicelib.pages.desk import word_of
from chalicelib.pages.desk.settings import Cell, Field, in_words, shown, with_errors
from chalicelib.usecases.overrides import WHY_MOST, Path, Present, change, history, present, undo

routes = Blueprint(__name__)
PATH = "/desk/settings"
SECTIONS = ("members", "texts", "reasons", "categories", "routing", "holidays", "channels", "policy", "versions")
_PAGE = 30


def page_and_form(blueprint: Blueprint, path: str) -> Callable[[Page], Page]:
    """A view for the page (GET) and for its form (POST): a GET has no content type, and Chalice would refuse it for that."""

    def registered(view: Page) -> Page:
        blueprint.route(path, methods=["GET"])(view)
        blueprint.route(path, methods=["POST"], content_types=CONTENT_TYPES, name=f"{view.__name__}_form")(view)
        return view

    return registered


@routes.route(PATH, methods=["GET"])
@desk_page(Role.ADMIN)
def sections(asked: Asked, form: Form) -> Response:
    """All sections, and what keeps the stored settings from being used, if anything does."""
    return _overview(asked, None)


@routes.route(f"{PATH}/mend", methods=["POST"], content_types=CONTENT_TYPES)
@desk_page(Role.ADMIN)
def mend(asked: Asked, form: Form) -> Response:
    """Takes away the values that cannot be used any more (a new pack may not know them)."""
    now = present(desk(), asked.actor)
    places = {place_of(where) for where in now.faults}
    paths = {
        place for place in places if place[0] in PLACES and len(place) > 1 and value_at(now.document, place) is not None
    }
    return saved(asked, form, "versions", dict.fromkeys(paths), lambda error: _overview(asked, error))


@routes.route(f"{PATH}/versions", methods=["GET"])
@desk_page(Role.ADMIN)
def versions(asked: Asked, form: Form) -> Response:
    """Who changed what, when and why, newest first."""
    w, before = word_of(asked.lang), form.get("before")
    found = history(
        desk(), asked.actor, before=int(before) if before.isdecimal() and len(before) < 7 else None, limit=_PAGE + 1
    )
    rows = [
        [
            Cell(str(each.version), f"{PATH}/versions/{each.version}"),
            Cell(asked.city.when(each.at, asked.lang)),
            Cell(each.name or each.who),
            Cell(", ".join("/".join(patch.path) for patch in each.patches)[:200]),
            Cell(each.why),
        ]
        for each in found[:_PAGE]
    ]
    after = f"{PATH}/versions?before={found[_PAGE - 1].version}" if len(found) > _PAGE else ""
    columns = [w(f"settings.column.{name}") for name in ("version", "when", "who", "what", "why")]
    return listed(asked, "versions", columns, rows, next=after)


@page_and_form(routes, f"{PATH}/versions/{{version}}")
@desk_page(Role.ADMIN)
def version(asked: Asked, form: Form, version: str) -> Response:
    """One change: before and after; and undoing it."""
    text = typed_of(version)
    number = int(text) if text.isdecimal() and len(text) < 7 else 0
    if routes.current_request.method == "POST":
        try:
            made = undo(
                desk(), asked.actor, number, version=version_of(form), why=form.get("why"), name=asked.member.name
            )
        except (Invalid, Conflict) as error:
            return _version(asked, number, error, form.get("why"))
        return done(f"{PATH}/versions/{made.version if made else number}", "settings_undone")
    return _version(asked, number, None, "")


def _version(asked: Asked, number: int, error: ReportError | None, why: str) -> Response:
    found = history(desk(), asked.actor, before=number + 1, limit=1)
    latest = history(desk(), asked.actor, limit=1)
    found = [each for each in [*latest, *found] if each.version == number]
    if not found:
        raise Unknown("There is no such version.", details={"version": number})
    fields, others = with_errors([why_field(asked, why)], error, asked.lang)
    return page(
        asked,
        "settings_version.html",
        status_for(error) if error else 200,
        change=found[0],
        diff=[("/".join(patch.path), shown(patch.before), shown(patch.after)) for patch in found[0].patches],
        version=present(desk(), asked.actor).version,
        fields=fields,
        others=others,
        error=error,
        back=f"{PATH}/{found[0].section}" if found[0].section in SECTIONS else PATH,
    )


def _overview(asked: Asked, error: ReportError | None) -> Response:
    now = present(desk(), asked.actor)
    counts = {name: len(getattr(now.document, name, ())) for name in SECTIONS}
    counts["texts"] = len({key for texts in now.document.texts.values() for key in texts})
    counts["policy"] = len(now.document.policy) + len(now.document.first_stop)
    fields, others = with_errors([why_field(asked)], error, asked.lang)
    faults = [(where, in_words(fault, asked.lang)) for where, fault in now.faults.items()]
    return page(
        asked,
        "settings.html",
        status_for(error) if error else 200,
        error=error,
        sections=[(name, counts.get(name, 0)) for name in SECTIONS],
        version=now.version,
        faults=faults,
        fields=fields,
        others=others,
    )


def saved(
    asked: Asked,
    form: Form,
    section: str,
    values: Mapping[Path, object],
    again: Callable[[ReportError], Response],
) -> Response:
    """Stores what a form of the settings asks for, and shows what has changed; or the form `again`, with what is wrong or
    what others changed meanwhile."""
    try:
        made = change(
            desk(),
            asked.actor,
            version=version_of(form),
            section=section,
            values=values,
            why=form.get("why"),
            name=asked.member.name,
        )
    except (Invalid, Conflict) as error:
        return again(error)
    if made is None:
        return done(f"{PATH}/{section}", "settings_same")
    return done(f"{PATH}/versions/{made.version}", "settings_saved")


def listed(
    asked: Asked,
    section: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    next: str = "",
    status: int = 200,
    template: str = "settings_list.html",
    **values: Any,
) -> Response:
    """A table of a section."""
    shown = {"filters": (), "add": "", "found": None} | values
    return page(asked, template, status, section=section, columns=columns, rows=rows, next=next, **shown)


def formed(
    asked: Asked,
    section: str,
    title: str,
    fields: Sequence[Field],
    *,
    path: str,
    error: ReportError | None = None,
    why: str = "",
    now: Present | None = None,
    template: str = "settings_form.html",
    **values: Any,
) -> Response:
    """A form of a section: its fields and the reason, with what is wrong beside each. `now` is read if it is not given: a
    form that is shown again is made on what is there by now."""
    now = now or present(desk(), asked.actor)
    made, others = with_errors([*fields, why_field(asked, why)], error, asked.lang)
    shown = {"hidden": {}, "days": (), "kept": (), "datalist": None} | values
    return page(
        asked,
        template,
        status_for(error) if error else 200,
        section=section,
        title=title,
        fields=made,
        others=others,
        path=path,
        version=now.version,
        error=error,
        **shown,
    )


def why_field(asked: Asked, why: str = "") -> Field:
    """Why something is changed: always asked for."""
    w = word_of(asked.lang)
    return Field("text", "why", w("settings.why"), why, hint=w("settings.why_hint", n=WHY_MOST), required=True)


def version_of(form: Form) -> int:
    """The version that the form was made on. Raises Invalid."""
    text = form.get("version")
    if not text.isdecimal() or len(text) > 6:
        raise Invalid("This form is not one of ours.", details={"version": "a number"})
    return int(text)

"""Settings that are tables: reasons, holidays, and the few figures that admins set."""

from __future__ import annotations

from datetime import date

from chalice.app import Blueprint, Response

from chalicelib.city.model import FIRST_STOPS
from chalicelib.city.overrides import FIGURES
from chalicelib.domain.errors import ReportError, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import Asked, desk_page
from chalicelib.http.desk.settings import PATH, formed, listed, page_and_form, saved
from chalicelib.pages.desk import word_of
from chalicelib.pages.desk.settings import Cell, Field
from chalicelib.usecases.overrides import Path, pack_of, present

routes = Blueprint(__name__)
NEW = "new"


@routes.route(f"{PATH}/reasons", methods=["GET"])
@desk_page(Role.ADMIN)
def reasons(asked: Asked, form: Form) -> Response:
    """What is told when something is rejected, returned or refused."""
    w, lang = word_of(asked.lang), asked.lang
    changed = present(desk(), asked.actor).document.reasons
    rows = [
        [
            Cell(w(f"settings.action.{action}")),
            Cell(reason.label.get(lang, code), f"{PATH}/reason?action={action}&code={code}"),
            Cell(reason.told.get(lang, "")),
            Cell(w("settings.changed"), tone="yellow") if code in changed.get(action, {}) else Cell(""),
        ]
        for action, codes in asked.city.reasons.items()
        for code, reason in codes.items()
    ]
    columns = [w(f"settings.column.{name}") for name in ("action", "reason", "told", "state")]
    return listed(asked, "reasons", columns, rows)


@page_and_form(routes, f"{PATH}/reason")
@desk_page(Role.ADMIN)
def reason(asked: Asked, form: Form) -> Response:
    """One reason's words."""
    action, code = form.get("action"), form.get("code")
    known = asked.city.reasons.get(action, {}).get(code)
    if known is None:
        raise Unknown("There is no such reason.", details={"reason": code[:80]})
    languages = asked.city.policy.languages

    def shown(error: ReportError | None) -> Response:
        w, typed = word_of(asked.lang), form.typed() if error else {}
        fields = [
            Field("text", f"{part}_{lang}", w(f"settings.{part}_{lang}"), typed.get(f"{part}_{lang}", words.get(lang, "")),
                  at=f"{part}/{lang}", required=True)
            for part, words in (("label", known.label), ("told", known.told))
            for lang in languages
        ]  # fmt: skip
        return formed(
            asked, "reasons", known.label.get(asked.lang, code), fields, path=f"{PATH}/reason", error=error,
            why=typed.get("why", ""), hidden={"action": action, "code": code},
        )  # fmt: skip

    if routes.current_request.method == "GET":
        return shown(None)
    pack = pack_of(desk()).reasons[action][code]
    told = {
        part: {lang: form.get(f"{part}_{lang}") for lang in languages if form.get(f"{part}_{lang}") != words.get(lang)}
        for part, words in (("label", pack.label), ("told", pack.told))
    }
    change = {part: words for part, words in told.items() if words} or None
    return saved(asked, form, "reasons", {("reasons", action, code): change}, shown)


@page_and_form(routes, f"{PATH}/holidays")
@desk_page(Role.ADMIN)
def holidays(asked: Asked, form: Form) -> Response:
    """The public holidays: some taken away, one added."""
    w, pack = word_of(asked.lang), pack_of(desk()).policy.holidays

    def shown(error: ReportError | None) -> Response:
        typed = form.typed() if error else {}
        fields = [
            Field("date", "day", w("settings.holiday_new"), typed.get("day", ""), at=typed.get("day", "day") or "day"),
        ]
        days = [(f"{day}", day.strftime("%d.%m.%Y"), day not in pack) for day in asked.city.policy.holidays]
        return formed(
            asked, "holidays", w("settings.section.holidays"), fields, path=f"{PATH}/holidays", error=error,
            why=typed.get("why", ""), days=days,
        )  # fmt: skip

    if routes.current_request.method == "GET":
        return shown(None)
    values: dict[Path, object] = {}
    for text in form.all("gone"):
        values["holidays", text] = False if _day(text) in pack else None
    if day := form.get("day"):
        # One that was taken away comes back by taking that away.
        values["holidays", day] = True if _day(day) not in pack or _day(day) in asked.city.policy.holidays else None
    return saved(asked, form, "holidays", values, shown)


@page_and_form(routes, f"{PATH}/policy")
@desk_page(Role.ADMIN)
def policy(asked: Asked, form: Form) -> Response:
    """What goes on without a person: automatic dispatch, and the first stop of each group of channels."""
    w, city, pack = word_of(asked.lang), asked.city, pack_of(desk()).policy

    def shown(error: ReportError | None) -> Response:
        typed = form.typed() if error else {}
        now = city.policy
        fields = [
            Field("check", "auto_dispatch", w("settings.auto_dispatch"),
                  typed.get("auto_dispatch", "") if error else "1" if now.auto_dispatch else "", hint=w("settings.auto_dispatch_hint")),
            Field("text", "auto_dispatch_confidence", w("settings.confidence"),
                  typed.get("auto_dispatch_confidence", f"{now.auto_dispatch_confidence:g}"), hint=w("settings.confidence_hint"), required=True),
            *(
                Field("select", f"stop_{group}", w("settings.first_stop", group=city.labels.get(f"group_{group}", {}).get(asked.lang, group)),
                      typed.get(f"stop_{group}", stop), at=f"first_stop/{group}",
                      options=[(each, w(f"settings.stop.{each}")) for each in FIRST_STOPS])
                for group, stop in now.first_stop.items()
            ),
        ]  # fmt: skip
        return formed(
            asked,
            "policy",
            w("settings.section.policy"),
            fields,
            path=f"{PATH}/policy",
            error=error,
            why=typed.get("why", ""),
        )

    if routes.current_request.method == "GET":
        return shown(None)
    told: dict[str, object] = {
        "auto_dispatch": bool(form.get("auto_dispatch")),
        "auto_dispatch_confidence": number_of(form.get("auto_dispatch_confidence")),
    }
    values: dict[Path, object] = {
        ("policy", name): None if told[name] == getattr(pack, name) else told[name] for name in FIGURES
    }
    for group, stop in pack.first_stop.items():
        given = form.get(f"stop_{group}") or stop
        values["first_stop", group] = None if given == stop else given
    return saved(asked, form, "policy", values, shown)


def number_of(text: str) -> float | str:
    """A figure as it is typed, with a comma or a point; the text itself where it is none."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        return text


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None

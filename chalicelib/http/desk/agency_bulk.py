"""Many reports of a queue at once: each is a change of its own, done once, and the page says which were and which
were not."""

from __future__ import annotations

from typing import NamedTuple

from chalice.app import Blueprint, Response

from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import ReportError
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.http.context import desk
from chalicelib.http.desk import acting
from chalicelib.http.desk.agency import PATH
from chalicelib.http.desk.form import CONTENT_TYPES, Form
from chalicelib.http.desk.framed import Asked, back_of, desk_page, page
from chalicelib.observability import logger
from chalicelib.pages.desk.report import said

routes = Blueprint(__name__)
MOST = 50
_ACTIONS = (Action.ACCEPT, Action.DISPOSITION)


class Result(NamedTuple):
    """What became of one: `error` None when it is done; code "unavailable" for what nobody foresaw."""

    tracking: str
    error: ReportError | None
    code: str = ""


@routes.route(PATH + "/bulk", methods=["POST"], content_types=CONTENT_TYPES)
@desk_page(Role.AGENCY)
def bulk(asked: Asked, form: Form) -> Response:
    """Accepts the ticked reports, or gives them to a sub-unit."""
    action = next((each for each in _ACTIONS if each == form.get("do")), None)
    chosen = list(dict.fromkeys(form.all("tracking")))
    wrong: dict[str, object] = {}
    if action is None:
        wrong["do"] = f"one of {', '.join(_ACTIONS)}"
    if not chosen:
        wrong["tracking"] = "at least one report"
    if len(chosen) > MOST:
        wrong["tracking"] = f"at most {MOST} reports at once"
    if action is Action.DISPOSITION and not (form.get("unit") or form.get("officer")):
        wrong["unit"] = "is required"
    results = [_done(asked, form, each, action) for each in chosen] if action and not wrong else []
    back = back_of(form, PATH)
    failed = [each for each in results if each.error or each.code]
    return page(
        asked,
        "agency_bulk.html",
        422 if wrong else 200,
        action=action,
        chosen=chosen,
        done=[each for each in results if each not in failed],
        failed=failed,
        wrong=wrong,
        form=form,
        said=lambda told: said(str(told), asked),
        back=back,
    )


def _done(asked: Asked, form: Form, tracking: str, action: Action) -> Result:
    try:
        number = numbers.parse(tracking, desk().city.prefix)
        acting.carried_out(asked, form, number, action, {})
    except ReportError as error:
        return Result(tracking[:40], error, error.code)
    except Exception:
        logger().exception("a report of many was not changed", extra={"action": action})
        return Result(tracking[:40], None, "unavailable")
    return Result(tracking, None)

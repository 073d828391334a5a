"""The slip at a counter: printed again without its key, and shown with it to ask, to confirm, to dispute, to take back."""

from __future__ import annotations

import os
import re

from chalice.app import Blueprint, Response

from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Invalid, ReportError
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.tracking import digest_of
from chalicelib.http.answers import status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.counter import own_channel, slip_page
from chalicelib.http.desk.form import CONTENT_TYPES, Form
from chalicelib.http.desk.framed import Asked, desk_page, page
from chalicelib.http.requests import typed_of
from chalicelib.pages import shown as told
from chalicelib.usecases import views
from chalicelib.usecases.act import may_touch
from chalicelib.usecases.slips import Slip, say, shown

routes = Blueprint(__name__)
PATH = "/desk/counter/slip"
_FORM_ID = re.compile(r"[0-9a-f]{32}")
_LATEST = 8


@routes.route(PATH, methods=["GET"])
@desk_page(Role.COUNTER, Role.ADMIN)
def ask(asked: Asked, form: Form) -> Response:
    """Number and key, typed or scanned."""
    return _asking(asked, form.get("tracking"))


@routes.route(f"{PATH}/{{tracking}}", methods=["GET"])
@desk_page(Role.COUNTER, Role.ADMIN)
def again(asked: Asked, form: Form, tracking: str) -> Response:
    """The slip's first part, to be printed again. The key is on the first paper only."""
    report = desk().reports.get(numbers.parse(typed_of(tracking), desk().city.prefix))
    may_touch(report, asked.actor, desk().city)
    return slip_page(asked, report, key=False)


@routes.route(PATH, methods=["POST"], content_types=CONTENT_TYPES)
@desk_page(Role.COUNTER, Role.ADMIN)
def used(asked: Asked, form: Form) -> Response:
    """Where the report stands, to be read out, and what its reporter may say; with `do`, that said. The key travels in the
    bodies of forms only."""
    number, key = form.get("tracking"), form.get("key")
    try:
        slip = shown(desk(), asked.actor, number, key)
    except ReportError as error:
        answer = _asking(asked, number, error, status_for(error))
        if error.code == "busy":
            answer.headers["Retry-After"] = str(getattr(error, "retry_after", 60))
        return answer
    wanted = form.get("do")
    if not wanted:
        return _standing(asked, slip, key)
    try:
        after = _said(asked, slip, wanted, form)
    except ReportError as error:
        slip = shown(desk(), asked.actor, number, key)  # as it is now
        return _standing(asked, slip, key, error=error, typed=form.get("words"), do=wanted, status=status_for(error))
    return _standing(asked, after, key, said=wanted)


def _said(asked: Asked, slip: Slip, wanted: str, form: Form) -> Slip:
    action = next((each for each in Action if each == wanted), None)
    if action is None:
        raise Invalid("There is no such action.", details={"do": "not one of the slip's"})
    words = form.get("words")
    if action in (Action.ANSWER, Action.DISPUTE) and not words:
        raise Invalid("Something must be said.", details={"words": "is required"})
    given = form.get("form_id")
    whose = digest_of(asked.actor.subject, given if _FORM_ID.fullmatch(given) else os.urandom(16).hex()).hex()[:24]
    return say(
        desk(),
        asked.actor,
        slip,
        action,
        words,
        via=own_channel(asked) or "counter",
        action_id=f"slip:{action}:{whose}",
        seed=os.urandom(16).hex(),
    )


def _asking(asked: Asked, number: str, error: ReportError | None = None, status: int = 200) -> Response:
    return page(asked, "counter_ask.html", status, number=number[:200], error=error)


def _standing(
    asked: Asked,
    slip: Slip,
    key: str,
    *,
    error: ReportError | None = None,
    typed: str = "",
    do: str = "",
    said: str = "",
    status: int = 200,
) -> Response:
    city, lang, report = desk().city, asked.lang, slip.standing
    # The key opens the report on the slip. Of the one that leads it: what the status page tells everybody.
    own = report is slip.report
    view = told.safe(views.public(report, city, now=desk().now(), lang=lang, with_key=own))
    open_ = own or not report.hidden
    question = next((e.told.note for e in reversed(report.entries()) if e.event == "asked"), "")
    return page(
        asked,
        "counter_standing.html",
        status,
        number=slip.report.tracking,
        leader="" if own else report.tracking,
        key=key,
        form_id=os.urandom(16).hex(),
        status_code=str(report.status),
        sentence=told.sentence(view, city, lang),
        deadlines=told.deadlines(view, city, lang, desk().now()),
        lines=told.timeline(view, city, lang)[:_LATEST],
        problem=slip.report.problem,
        missing=", ".join(city.text(f"field.{field}", lang) for field in report.missing if open_),
        question=question if report.pause and open_ else "",
        may=[str(action) for action in slip.may],
        error=error,
        typed=typed,
        do=do,
        said=said,
    )

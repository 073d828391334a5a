"""Triage: the admin's queues, and one report with all that speaks for a decision. Changes go through `acting`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.city.kelurahan import full_name, kelurahan_meant
from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Conflict, Invalid, NotAllowedNow
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.report import Report
from chalicelib.http.context import desk
from chalicelib.http.desk import acting
from chalicelib.http.desk.form import CONTENT_TYPES, Form
from chalicelib.http.desk.framed import Asked, back_of, desk_page, done, page
from chalicelib.http.requests import typed_of
from chalicelib.pages.desk import triage as pages
from chalicelib.pages.desk import word_of
from chalicelib.pages.desk.failure import Failure
from chalicelib.pages.desk.kit import values
from chalicelib.usecases.triaging import QUEUES, facts_of, lines

routes = Blueprint(__name__)
PATH = "/desk/triage"
# What a line's button does: the queue's own quick decision.
_QUICK = {"accept": Action.DISPATCH, "approve": Action.APPROVE_EXTENSION}
_MENDABLE = (Invalid, Conflict, NotAllowedNow)


@routes.route(PATH, methods=["GET"])
@desk_page(Role.ADMIN)
def queue(asked: Asked, form: Form) -> Response:
    """One page of a queue, in deadline order."""
    name = form.get("queue") or QUEUES[0]
    if name not in QUEUES:
        raise Invalid("There is no such queue.", details={"queue": ", ".join(QUEUES)})
    cursor = form.get("cursor")
    found, following = lines(desk(), name, cursor=cursor or None)
    return page(
        asked,
        "triage_queue.html",
        queue=name,
        queues=QUEUES,
        lines=found,
        next=following,
        first=bool(cursor),
        path=_list_path(name),
        here=f"{PATH}?{urlencode({'queue': name, **({'cursor': cursor} if cursor else {})})}",
        form_id=os.urandom(8).hex(),
        channel_name=lambda code: pages.channel_name(asked.city, asked.lang, code),
        clipped=pages.clipped,
        flag_tone=pages.flag_tone,
        flag_name=lambda flag: pages.flag_name(flag, asked.lang),
    )


@routes.route(PATH, methods=["POST"], content_types=CONTENT_TYPES)
@desk_page(Role.ADMIN)
def decide(asked: Asked, form: Form) -> Response:
    """A line's button: `accept` gives the report to exactly the agency, under exactly the category, that the line showed;
    `approve` grants the date that it showed. Its value is the number, the `seq` seen, and what was shown."""
    chosen = next((name for name in _QUICK if form.get(name)), None)
    if chosen is None:
        raise Invalid("This form is not one of ours.", details={"accept": "required"})
    number, seq, *told = [*form.get(chosen).split(), ""][:5]
    number, back = numbers.parse(number, desk().city.prefix), back_of(form, PATH)
    fields = {"seq": "" if seq == "-" else seq, "form_id": form.get("form_id"), "back": back}
    if chosen == "accept":
        agency, category = [*told, "", ""][:2]
        fields |= {"agency": agency, "category": category}
    one = Form(fields.items())
    action = _QUICK[chosen]
    typed = {name: one.all(name) for name in ("agency", "category")}
    try:
        acting.carried_out(asked, one, number, action, typed)
    except _MENDABLE as error:
        return acting.again(asked, number, Failure.of(action, error, typed), f"{PATH}/{number}")
    return done(back, action.replace("-", "_"), tracking=number)


@routes.route(f"{PATH}/{{tracking}}", methods=["GET"])
@desk_page(Role.ADMIN)
def one(asked: Asked, form: Form, tracking: str) -> Response:
    """One report, and everything there is to decide on it."""
    number = numbers.parse(typed_of(tracking), desk().city.prefix)
    return detail(asked, desk().reports.get(number), None, f"{PATH}/{number}")


@acting.shows(PATH)
def detail(asked: Asked, report: Report, failure: Failure | None, back: str) -> Response:
    """The page of a report; with a failure, the form it came from is open and holds what was typed."""
    facts = facts_of(desk(), report, asked.actor)
    here = f"{PATH}/{report.tracking}"
    return page(
        asked,
        "triage_report.html",
        **values(asked, report, back=here, form_id=os.urandom(16).hex(), failure=failure),
        **pages.detail(asked, report, facts),
        onward=f"{PATH}/{facts.beside.after}" if facts.beside.after else PATH,
    )


@acting.completes(Action.CORRECT)
def corrected(asked: Asked, report: Report, form: Form, wish: Mapping[str, Any]) -> dict[str, Any]:
    """A kelurahan may be typed by its name. Raises Invalid on `area`."""
    return {**wish, **_area(asked, form)}


@acting.completes(Action.SPLIT)
def split(asked: Asked, report: Report, form: Form, wish: Mapping[str, Any]) -> dict[str, Any]:
    """As for a correction."""
    return {**wish, **_area(asked, form)}


@acting.completes(Action.REDACT)
def redacted(asked: Asked, report: Report, form: Form, wish: Mapping[str, Any]) -> dict[str, Any]:
    """The form shows the text as it is: when nothing was taken out of it, it is no wish."""
    same = " ".join(str(wish.get("problem", "")).split()) == " ".join(report.problem.split())
    return {name: value for name, value in wish.items() if name != "problem" or not same}


def _area(asked: Asked, form: Form) -> dict[str, str]:
    told = form.get("area")
    if not told:
        return {}
    meant = kelurahan_meant(asked.city, told)
    if len(meant) == 1:
        return {"area": meant[0].code}
    w = word_of(asked.lang)
    names = "; ".join(full_name(asked.city, area) for area in meant)
    said = w("triage.several_kelurahan", names=names) if meant else w("triage.no_kelurahan", name=told[:80])
    raise Invalid("There is no such area.", details={"area": said})


def _list_path(queue: str) -> str:
    return PATH if queue == QUEUES[0] else f"{PATH}?queue={queue}"

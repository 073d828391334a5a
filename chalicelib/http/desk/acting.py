"""The one address for changes to a report: `POST /desk/reports/{tracking}/{action}`.

A form has the fields of the action's wish (usecases/act.py ACTIONS; empty ones are not given) and, hidden, `csrf`,
`form_id` (fresh for each page: twice is once), `seq` (the report's when the page was made), `back` (the page it is on)
and perhaps `to` (where to go when it is done, if not `back`). Files in `photos` become uploads. What is refused shows
the page it came from again, with a `Failure`, by the view registered for the beginning of `back`:

    @acting.shows("/desk/triage")
    def detail(asked: Asked, report: Report, failure: Failure | None, back: str) -> Response: …

`@acting.completes(Action.REJECT)` registers a function `(asked, report, form, wish) -> wish` for fields that a page
offers
beside those of the wish (a reason's code, say).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.domain import tracking as numbers
from chalicelib.domain.changes import since
from chalicelib.domain.errors import Conflict, Invalid, NotAllowedNow, NotYours, TooLarge, Unknown
from chalicelib.domain.lifecycle import TRANSITIONS, Action, Role, lead_to
from chalicelib.domain.offices import may_see
from chalicelib.domain.report import Report
from chalicelib.domain.tracking import digest_of
from chalicelib.http.answers import status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.form import CONTENT_TYPES, Form
from chalicelib.http.desk.framed import Asked, back_of, desk_page, done
from chalicelib.http.requests import typed_of
from chalicelib.pages.desk.failure import Failure
from chalicelib.usecases.act import ACTIONS, STAFF_ACTIONS, act, may_touch
from chalicelib.usecases.uploads import store_upload

routes = Blueprint(__name__)
Shows = Callable[[Asked, Report, Failure | None, str], Response]
Completes = Callable[[Asked, Report, Form, dict[str, Any]], dict[str, Any]]
_views: dict[str, Shows] = {}
_completions: dict[Action, Completes] = {}
# What the page can mend: it is shown again. Everything else (not yours, away …) has a page of its own.
_MENDABLE = (Invalid, Conflict, NotAllowedNow, TooLarge)
_MOST_FORM_ID = 64


def shows(prefix: str) -> Callable[[Shows], Shows]:
    """Registers the view of a report for forms that come from pages whose path begins so; the longest beginning
    counts."""

    def registered(view: Shows) -> Shows:
        _views[prefix] = view
        return view

    return registered


def completes(action: Action) -> Callable[[Completes], Completes]:
    """Registers what makes an action's wish of fields that it has not itself."""

    def registered(complete: Completes) -> Completes:
        _completions[action] = complete
        return complete

    return registered


@routes.route("/desk/reports/{tracking}/{action}", methods=["POST"], content_types=CONTENT_TYPES)
@desk_page()
def change(asked: Asked, form: Form, tracking: str, action: str) -> Response:
    """Does it, and goes back; or the page again, with what is wrong, what others did meanwhile, and all that was
    typed."""
    known = next((each for each in STAFF_ACTIONS if each == action), None)
    if known is None:
        raise Unknown("There is no such action.", details={"action": sorted(STAFF_ACTIONS)})
    number = numbers.parse(typed_of(tracking), desk().city.prefix)
    back = back_of(form, f"/desk/reports/{number}")
    typed = {name: form.all(name) for name in form.names()}
    try:
        after = carried_out(asked, form, number, known, typed)
    except _MENDABLE as error:
        return again(asked, number, Failure.of(known, error, typed), back)
    return done(_onward(asked, form, after, back), known.replace("-", "_"), tracking=number)


def carried_out(asked: Asked, form: Form, number: str, action: Action, typed: dict[str, list[str]]) -> Report:
    """The report after the action that the form asks for. Uploaded files are put in `typed` as `photos`: they need
    not be
    chosen again. Raises what `act` does; of a refusal that needs no file to be seen, nothing is stored."""
    report = desk().reports.get(number)
    may_touch(report, asked.actor, desk().city)
    _may_ever(action, asked.role)
    wish = wish_of(form, action)
    action_id, seen = action_id_of(asked, form, number, action, wish), seen_of(form)
    if complete := _completions.get(action):
        wish = complete(asked, report, form, wish)
    # Of a form that is a repetition, or that something has overtaken, `act` says so; files are not stored for that.
    if not report.did(action_id) and (seen is None or not since(report, seen)):
        lead_to(action, report.status, asked.role)
        if photos := _uploaded(form, action):
            typed["photos"] = wish["photos"] = [*wish.get("photos", ()), *photos]
        _photo_needed(action, wish)
    return act(
        desk(),
        number,
        action,
        asked.actor,
        msgspec.json.encode(wish),
        action_id=action_id,
        seed=os.urandom(16).hex(),
        seen=seen,
    )


def again(asked: Asked, number: str, failure: Failure, back: str) -> Response:
    """The page that a refused form came from, the report as it is now."""
    report = desk().reports.get(number)
    may_touch(report, asked.actor, desk().city)
    beginning = max((each for each in _views if back.startswith(each)), key=len, default="/desk/reports")
    answer = _views[beginning](asked, report, failure, back)
    answer.status_code = status_for(failure.error)
    return answer


def wish_of(form: Form, action: Action) -> dict[str, Any]:
    """The action's wish as its JSON has it: what is empty is not given; figures that are none stay texts, which the
    action
    refuses by name."""
    return wish_as(form, ACTIONS[action][0])


def wish_as(form: Form, kind: type[msgspec.Struct]) -> dict[str, Any]:
    """As `wish_of`, for a wish of that kind."""
    fields = msgspec.structs.fields(kind)
    given = {field.encode_name: _value(form, field.encode_name, field.type) for field in fields}
    return {name: value for name, value in given.items() if value is not None}


def seen_of(form: Form) -> int | None:
    """The `seq` that the page showed. Raises Invalid."""
    text = form.get("seq")
    if not text:
        return None
    if not text.isdecimal() or len(text) > 6:
        raise Invalid("This form is not one of ours.", details={"seq": "a number"})
    return int(text)


def action_id_of(asked: Asked, form: Form, number: str, action: Action, wish: Mapping[str, Any]) -> str:
    """The id of the change: the same form of the same member, filled in the same way, is the same change. All forms of a
    page have one `form_id`, and "back" brings a form again: with other words it asks for something else."""
    form_id = form.get("form_id")[:_MOST_FORM_ID]
    if not form_id:
        return f"{action}:{os.urandom(12).hex()}"
    told = msgspec.json.encode(wish, order="deterministic").decode()
    files = [hashlib.sha256(file.content).hexdigest() for file in form.files("photos")]
    digest = digest_of(asked.actor.subject, form_id, number, told, form.get("officer"), *files)
    return f"{asked.role}:{action}:{digest.hex()[:24]}"


def _value(form: Form, name: str, kind: Any) -> Any:
    kinds = set(getattr(kind, "__args__", ())) or {kind}
    texts = form.all(name)
    if not texts:
        return None
    if getattr(kind, "__origin__", None) is tuple:
        return [_number(text, int) if int in kinds else text for text in texts]
    if bool in kinds:
        return texts[-1].lower() in ("1", "true", "on", "yes")
    if float in kinds:
        return _number(texts[0].replace(",", "."), float)
    if int in kinds:
        return _number(texts[0], int)
    return texts[0]


def _number(text: str, kind: type[int] | type[float]) -> float | str:
    try:
        return kind(text)
    except ValueError:
        return text


def _uploaded(form: Form, action: Action) -> list[str]:
    takes = any(field.name == "photos" for field in msgspec.structs.fields(ACTIONS[action][0]))
    return [store_upload(desk(), file.content, os.urandom(12)) for file in form.files("photos")] if takes else []


def _may_ever(action: Action, role: Role) -> None:
    if role not in TRANSITIONS[action][1]:
        raise NotYours("This is not open to your role.", details={"role": role, "action": action})


def _photo_needed(action: Action, wish: Mapping[str, Any]) -> None:
    """At the desk there is always a way to add one, so none is missing here, whatever the policy says of systems."""
    if action is Action.RESOLVE and not wish.get("photos"):
        raise Invalid("A photo of the finished work is required.", details={"photos": "at least one new photo"})


def _onward(asked: Asked, form: Form, after: Report, back: str) -> str:
    to = form.get("to")
    path = back_of(Form([("back", to)]), back) if to else back
    gone = asked.role is Role.AGENCY and not may_see(after, asked.actor.agency, desk().city)
    return path.split("?")[0].rsplit("/", 1)[0] if gone and after.tracking in path else path

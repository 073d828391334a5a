"""What a reporter does on the page of their report: forms to the addresses that also take JSON.

A form has the fields of the action's wish (usecases/act.py ACTIONS; empty ones are not given) and, hidden, `key` (nobody
else's page can have it: the proof that the form came from the reporter's own), `form_id` (sent twice is once) and `seq` (what
the reporter had before them). What is done leads back to the page, which says so; what is refused shows the page again, with
what is wrong beside its field and all that was typed. Two forms do nothing to the report: `open` takes the key into this
browser, `forget` out of it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from typing import Any

import msgspec
from chalice.app import Response

from chalicelib.domain import tracking as numbers
from chalicelib.domain.changes import since
from chalicelib.domain.errors import (
    Busy,
    Conflict,
    Invalid,
    Malformed,
    NotAllowedNow,
    NotYours,
    ReportError,
    TooLarge,
    Unknown,
)
from chalicelib.domain.lifecycle import Action, Role, Status, lead_to
from chalicelib.domain.report import Report
from chalicelib.domain.tracking import digest_of
from chalicelib.http.answers import status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.acting import seen_of, wish_as
from chalicelib.http.desk.form import Form
from chalicelib.http.report_key import fits, forgetting, remembering
from chalicelib.http.requests import header_of
from chalicelib.http.site.framed import public_page, see_other
from chalicelib.http.site.status import routes, shown, view_of
from chalicelib.observability import logger
from chalicelib.pages.site import Site, word_of
from chalicelib.pages.site.refusal import refused_of
from chalicelib.usecases.act import ACTIONS, REPORTER_ACTIONS, Actor, act
from chalicelib.usecases.add import Add
from chalicelib.usecases.rights import Notify
from chalicelib.usecases.uploads import store_upload

OPEN, FORGET = "open", "forget"
_MENDABLE = (Invalid, Conflict, NotAllowedNow, TooLarge, Busy, Malformed)
_MOST_BYTES, _MOST_FORM_ID, _TRY_LATER = 4_000_000, 64, 503
_HIDDEN = frozenset({"key", "form_id", "seq", "lang"})
# Wishes that ACTIONS does not have.
_OTHERS: dict[Action, type[msgspec.Struct]] = {Action.ADD: Add, Action.NOTIFY: Notify}
# What cannot be taken back is asked twice: the box must be ticked.
_SURE = frozenset({Action.WITHDRAW, Action.WITHDRAW_CONSENT, Action.ERASE})

# What the work lacks is asked for here; a text message of one word, and JSON, may leave it out.
_WITH_A_REASON = frozenset({Action.DISPUTE, Action.REOPEN})


@public_page(routes)
def sent(site: Site, form: Form, tracking: str, action: str) -> Response:
    """A form of the page: 303 back to it, or the page again."""
    site = _in_its_language(site, form)
    number = numbers.parse(tracking, desk().city.prefix)
    if action == FORGET:
        return _back(site, number, FORGET, forgetting(number))
    known = next((each for each in REPORTER_ACTIONS if each == action), None)
    if known is None and action != OPEN:
        raise Unknown("There is no such action.", details={"action": sorted([*REPORTER_ACTIONS, OPEN, FORGET])})
    report = desk().reports.get(number)
    if not fits(form.get("key") or header_of(routes.current_request, "x-report-key"), report):
        error = Invalid("The key does not fit this report.", details={"key": "not the key of this report"})
        return _again(site, report, OPEN, error, form, status_for(NotYours("")), with_key=False)
    if known is None:
        return _back(site, number, OPEN, remembering(report))
    typed = {name: form.all(name) for name in form.names() if name not in _HIDDEN}
    try:
        _carried_out(form, report, known, typed)
    except _MENDABLE as error:
        return _again(site, report, known, error, form, status_for(error), typed=typed)
    except ReportError:
        raise
    except Exception:
        logger().exception("a reporter's form could not be stored")
        return _again(site, report, known, None, form, _TRY_LATER, typed=typed)
    return _back(site, number, known.replace("-", "_"), remembering(report))


def _carried_out(form: Form, report: Report, action: Action, typed: dict[str, list[str]]) -> None:
    """Does it, once for each form. Uploaded files are put in `typed` as `photos`: they need not be chosen again."""
    if action in _SURE and form.get("confirm") != "1":
        raise Invalid("It has to be confirmed.", details={"confirm": "must be ticked"})
    wish = _wish(form, action)
    if action in _WITH_A_REASON and not any(letter.isalnum() for letter in str(wish.get("reason", ""))):
        raise Invalid("Something is missing.", details={"reason": "must not be empty"})
    action_id = _action_id(form, report, action, wish)
    seen = None if report.status is Status.MERGED else seen_of(form)
    if files := form.files("photos"):
        if sum(len(file.content) for file in files) > _MOST_BYTES:
            raise TooLarge("The photos are too large.", details={"photos": "at most 4 MB"})
        if not report.did(action_id) and (seen is None or not since(report, seen)):
            if report.status is not Status.MERGED:  # then the one that leads decides
                lead_to(action, report.status, Role.REPORTER)
            stored = [store_upload(desk(), file.content, os.urandom(12)) for file in files]
            typed["photos"] = wish["photos"] = [*wish.get("photos", ()), *stored]
    act(
        desk(),
        report.tracking,
        action,
        Actor(role=Role.REPORTER),
        msgspec.json.encode(wish),
        action_id=action_id,
        seed=os.urandom(16).hex(),
        seen=seen,
    )


def _wish(form: Form, action: Action) -> dict[str, Any]:
    """The wish as its JSON has it. The page has fields for both ways of being told: of the other way nothing is meant."""
    if action is Action.ERASE:
        return {"confirm": form.get("confirm") == "1"}
    wish = wish_as(form, _OTHERS.get(action) or ACTIONS[action][0])
    if action is Action.NOTIFY:
        meant = {"email": "email", "sms": "phone"}.get(str(wish.get("way")))
        return {name: value for name, value in wish.items() if name in ("way", meant)}
    return wish


def _action_id(form: Form, report: Report, action: Action, wish: Mapping[str, Any]) -> str:
    """The id of the change: the same form, filled in the same way, is the same change. All forms of a page have one
    `form_id`, and "back" brings a form again: with other words it asks for something else."""
    given = form.get("form_id")[:_MOST_FORM_ID]
    if not given:
        return f"reporter:{action}:{os.urandom(12).hex()}"
    told = msgspec.json.encode(wish, order="deterministic").decode()
    files = [hashlib.sha256(file.content).hexdigest() for file in form.files("photos")]
    return f"reporter:{action}:{digest_of(given, report.tracking, told, *files).hex()[:24]}"


def _again(
    site: Site,
    report: Report,
    action: str,
    error: ReportError | None,
    form: Form,
    code: int,
    *,
    typed: Mapping[str, list[str]] | None = None,
    with_key: bool = True,
) -> Response:
    """The page as it is now, with the refused form. A key that does not fit is not written into it."""
    failure = refused_of(action, error, typed or {}, word_of(site.lang))
    if with_key:
        report = desk().reports.get(report.tracking)
    answer = shown(site, report, view_of(site, report, with_key=with_key), code, with_key=with_key, failure=failure)
    if isinstance(error, Busy):
        answer.headers["Retry-After"] = str(error.retry_after)
    elif code == _TRY_LATER:
        answer.headers["Retry-After"] = "5"
    return answer


def _back(site: Site, number: str, done: str, cookie: str) -> Response:
    answer = see_other(f"/reports/{number}?lang={site.lang}", done=done)
    answer.headers["Set-Cookie"] = cookie
    return answer


def _in_its_language(site: Site, form: Form) -> Site:
    """A form knows the language of its page, also where no cookie does."""
    lang = form.get("lang")
    return msgspec.structs.replace(site, lang=lang) if lang in site.city.policy.languages else site

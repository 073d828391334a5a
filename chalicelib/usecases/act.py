"""One action on one report: read, decide, write on condition, and again on fresh state when somebody was quicker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from chalicelib.city.model import City
from chalicelib.domain.errors import Conflict, Invalid, Malformed, NotAllowedNow, NotYours, Unknown
from chalicelib.domain.lifecycle import Action, Role, Status, lead_to
from chalicelib.domain.report import Deed, Report, next_version
from chalicelib.triage.clean import clean
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases import ask, correct, decide, dispatch, extend, follow_up, reopen, validate
from chalicelib.usecases.complete import completed_by
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.uploads import claim_shown

T = TypeVar("T", bound=msgspec.Struct)
Apply = Callable[[Report, Deed, Any, City], Report]

# What each action takes from its caller, and the rule that carries it out.
ACTIONS: dict[Action, tuple[type[msgspec.Struct], Apply]] = {
    Action.DISPATCH: (dispatch.Dispatch, dispatch.dispatch),
    Action.ACCEPT: (follow_up.Accept, follow_up.accept),
    Action.DISPOSITION: (follow_up.Disposition, follow_up.disposition),
    Action.NOTE: (follow_up.Note, follow_up.note),
    Action.RETURN: (follow_up.Return, follow_up.return_),
    Action.RESOLVE: (follow_up.Resolve, follow_up.resolve),
    Action.ASK: (ask.Ask, ask.ask),
    Action.ANSWER: (ask.Answer, ask.answer),
    Action.EXTEND: (extend.Extend, extend.extend),
    Action.APPROVE_EXTENSION: (extend.Decision, extend.approve_extension),
    Action.REFUSE_EXTENSION: (extend.Decision, extend.refuse_extension),
    Action.VALIDATE: (validate.Validate, validate.validate),
    Action.REFUSE: (validate.Refuse, validate.refuse),
    Action.REJECT: (decide.Reject, decide.reject),
    Action.MERGE: (decide.Merge, decide.merge),
    Action.CORRECT: (correct.Correct, correct.correct),
    Action.REDACT: (correct.Redact, correct.redact),
    Action.WITHDRAW: (reopen.Withdraw, reopen.withdraw),
    Action.REOPEN: (reopen.Reopen, reopen.reopen),
    Action.CONFIRM: (reopen.Confirm, reopen.confirm),
    Action.DISPUTE: (reopen.Dispute, reopen.dispute),
}
REPORTER_ACTIONS = frozenset({Action.ANSWER, Action.WITHDRAW, Action.REOPEN, Action.CONFIRM, Action.DISPUTE})
STAFF_ACTIONS = frozenset(ACTIONS) - REPORTER_ACTIONS
# A remark changes nothing that others decide on: it is tried again on fresh state. A step of the flow is not.
_RETRIED = frozenset(
    {Action.NOTE, Action.ANSWER, Action.LEAD, Action.EDIT, Action.TAKE_BACK, Action.FLAG, Action.PICTURE}
)
_TRIES = 8
_WORDS = ("note", "reason", "question", "text", "problem", "unit", "address", "landmark")


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts: the role, and the agency for its members. `subject` is the account, only for the access log."""

    role: Role
    agency: str | None = None
    subject: str = ""


def act(
    desk: Desk,
    tracking: str,
    action: Action,
    actor: Actor,
    wish_body: bytes,
    *,
    action_id: str,
    seed: str,
    quiet: bool = False,
) -> Report:
    """Does it, once per `action_id`, and returns the report as it then is. `quiet`: the reporter hears of it otherwise. Raises NotYours, NotAllowedNow, Invalid,
    Conflict (somebody else was quicker; `details.status` says where the report stands now)."""
    wanted, apply = ACTIONS[action]
    wish = decoded(wish_body, wanted)
    if isinstance(wish, decide.Merge):
        wish = _lead_first(desk, tracking, wish, actor, action_id=action_id, seed=seed)
    deed = Deed(
        action=action,
        role=actor.role,
        by=actor.agency or "",
        action_id=action_id,
        at=desk.now(),
        seed=seed,
        quiet=quiet,
    )

    def carried_out(report: Report) -> Report:
        may_touch(report, actor)
        if isinstance(wish, ask.Answer) and report.status is Status.INCOMPLETE:
            return completed_by(desk, report, wish, deed)
        after = apply(report, deed, _screened(wish, report, desk), desk.city)
        if isinstance(wish, follow_up.Resolve) and wish.photos:
            claim_shown(desk, wish.photos, tracking)
        return after

    try:
        return changed(desk, tracking, action, action_id, carried_out)
    except (NotAllowedNow, Conflict, Invalid):
        if isinstance(wish, decide.Merge):
            _lead_no_more(desk, wish.into, tracking, deed)
        raise


def _lead_no_more(desk: Desk, into: str, follower: str, deed: Deed) -> None:
    undone = msgspec.structs.replace(deed, action_id=f"{deed.action_id}:undone")
    changed(desk, into, Action.LEAD, undone.action_id, lambda leader: decide.unlead(leader, undone, follower))


def changed(desk: Desk, tracking: str, action: Action, action_id: str, apply: Callable[[Report], Report]) -> Report:
    """The report after `apply`, written. A repetition of the same `action_id` finds itself in the history."""
    for attempt in range(_TRIES):
        before = desk.reports.get(tracking)
        if before.did(action_id):
            return before
        after = next_version(before, apply(before))
        try:
            desk.reports.change(before, after)
        except Conflict:
            now = desk.reports.get(tracking)
            if now.did(action_id):
                return now
            if action not in _RETRIED or attempt == _TRIES - 1:
                raise Conflict(
                    "Somebody else changed this report meanwhile.",
                    details={"tracking": tracking, "status": now.status, "version": now.version},
                ) from None
            continue
        return after
    raise AssertionError("unreachable")


def may_touch(report: Report, actor: Actor) -> None:
    """An agency sees and changes only what it has. Raises NotYours."""
    if actor.role is Role.AGENCY and (not actor.agency or actor.agency != report.agency):
        raise NotYours("This report is not with your agency.", details={"agency": actor.agency or ""})


def decoded(body: bytes, wanted: type[T]) -> T:
    """What a caller asked for. Raises Malformed for what is no JSON, Invalid naming every wrong field otherwise."""
    try:
        return msgspec.json.decode(body or b"{}", type=wanted)
    except msgspec.ValidationError as error:
        wrong = _wrong(_read(body), wanted)
        raise Invalid("The request is not acceptable.", details=wrong or {"body": str(error)}) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("The body is not valid JSON.", details={"body": "not valid JSON"}) from error


def _read(body: bytes) -> object:
    try:
        return msgspec.json.decode(body or b"{}")
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Malformed("The body is not valid JSON.", details={"body": "not valid JSON"}) from error


def _wrong(given: object, wanted: type[msgspec.Struct]) -> dict[str, object]:
    if not isinstance(given, dict):
        return {"body": "must be an object"}
    known = {field.encode_name: field for field in msgspec.structs.fields(wanted)}
    wrong: dict[str, object] = {name: "is not known here" for name in given if name not in known}
    for name, field in known.items():
        if name not in given:
            if field.required:
                wrong[name] = "is required"
            continue
        try:
            msgspec.convert(given[name], field.type)
        except msgspec.ValidationError as error:
            wrong[name] = str(error)
    return wrong


def _lead_first(
    desk: Desk, tracking: str, wish: decide.Merge, actor: Actor, *, action_id: str, seed: str
) -> decide.Merge:
    """The leader takes the follower's clocks before the follower ends: if the second write fails, a repetition does
    it."""
    from chalicelib.domain import tracking as numbers

    try:
        into = numbers.parse(wish.into, desk.city.prefix)
    except Invalid as error:
        raise Invalid(error.message, details={"into": error.details["tracking"]}) from error
    follower = desk.reports.get(tracking)
    if follower.did(action_id) or into == tracking:
        return msgspec.structs.replace(wish, into=into)
    deed = Deed(action=Action.MERGE, role=actor.role, action_id=action_id, at=desk.now(), seed=seed)
    decide.merge(follower, deed, msgspec.structs.replace(wish, into=into), desk.city)
    lead_deed = msgspec.structs.replace(deed, action=Action.LEAD, action_id=f"{action_id}:lead")
    try:
        leader = changed(
            desk,
            into,
            Action.LEAD,
            lead_deed.action_id,
            lambda leader: decide.lead(leader, lead_deed, follower, desk.city),
        )
    except Unknown:
        raise Invalid("There is no report to merge into.", details={"into": f"unknown report {into}"}) from None
    lead_to(Action.LEAD, leader.status, actor.role)  # a repetition may find that it has ended meanwhile
    return msgspec.structs.replace(wish, into=into)


def _screened(wish: msgspec.Struct, report: Report, desk: Desk) -> msgspec.Struct:
    """The wish with the reporter's own name, address and contact taken out of its words."""
    key = desk.secrets.key("recognition", desk.ticks())
    words = {
        field: mask_known(clean(text), key, report.marks)
        for field in _WORDS
        for text in [getattr(wish, field, None)]
        if isinstance(text, str) and text
    }
    return msgspec.structs.replace(wish, **words) if words else wish

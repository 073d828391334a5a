"""One action on one report: read, decide, write on condition, and again on fresh state when somebody was quicker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from chalicelib.city.model import City
from chalicelib.domain import changes, offices
from chalicelib.domain.errors import Conflict, Invalid, Malformed, NotAllowedNow, NotYours
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.report import Deed, Report, next_version
from chalicelib.domain.rights import still_open
from chalicelib.triage.clean import clean
from chalicelib.triage.recognition import mask_known
from chalicelib.usecases import ask, correct, decide, dispatch, extend, follow_up, reopen, rights, split, validate
from chalicelib.usecases.add import Add, added_by
from chalicelib.usecases.complete import completed_by
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.family import for_each
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
    Action.SPLIT: (split.Split, split.split),
    Action.CORRECT: (correct.Correct, correct.correct),
    Action.REDACT: (correct.Redact, correct.redact),
    Action.WITHDRAW: (reopen.Withdraw, reopen.withdraw),
    Action.REOPEN: (reopen.Reopen, reopen.reopen),
    Action.CONFIRM: (reopen.Confirm, reopen.confirm),
    Action.DISPUTE: (reopen.Dispute, reopen.dispute),
    Action.RATE: (rights.Rate, rights.rate),
    Action.WITHDRAW_CONSENT: (rights.WithdrawConsent, rights.withdraw_consent),
}
# What the reporter's own words or contact become needs more than the report: the seal, and the photos they have uploaded.
_WITH_THE_DESK: dict[Action, tuple[type[msgspec.Struct], Callable[[Desk, Report, Any, Deed], Report]]] = {
    Action.ADD: (Add, added_by),
    Action.NOTIFY: (rights.Notify, rights.notified),
}
REPORTER_ACTIONS = frozenset(
    {
        Action.ANSWER,
        Action.WITHDRAW,
        Action.REOPEN,
        Action.CONFIRM,
        Action.DISPUTE,
        Action.RATE,
        Action.WITHDRAW_CONSENT,
    }
    | {*_WITH_THE_DESK, Action.ERASE}
)
STAFF_ACTIONS = frozenset(ACTIONS) - REPORTER_ACTIONS
# A remark changes nothing that others decide on: it is tried again on fresh state. A step of the flow is not.
_RETRIED = frozenset(
    {Action.NOTE, Action.ANSWER, Action.LEAD, Action.EDIT, Action.TAKE_BACK, Action.FLAG, Action.PICTURE, Action.ADD}
    | {Action.RATE, Action.NOTIFY, Action.WITHDRAW_CONSENT, Action.ERASE}
)
_TRIES = 8
_WORDS = (
    "note",
    "reason",
    "question",
    "text",
    "problem",
    "remaining_problem",
    "unit",
    "officer",
    "address",
    "landmark",
    "word",
)
# What a reporter decides about themselves holds for all reports of the same telling.
_FOR_THE_FAMILY = frozenset({Action.NOTIFY, Action.WITHDRAW_CONSENT})
# Of a merged report, its reporter may say these of the report that leads.
_FOR_THE_LEADER = frozenset({Action.ADD, Action.ANSWER, Action.REOPEN, Action.CONFIRM, Action.DISPUTE})


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who acts: the role, and the agency for its members. `subject` is the account, only for the access log;
    `via` the counter at which a reporter says it."""

    role: Role
    agency: str | None = None
    subject: str = ""
    via: str = ""


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
    seen: int | None = None,
) -> Report:
    """Does it, once per `action_id`, and returns the report as it then is. `quiet`: the reporter hears of it otherwise.
    `seen`: the `seq` of the report that the person had before them. What the reporter of a merged report says of the work
    is done to the report that leads, which is what is returned then. Raises NotYours, NotAllowedNow, Invalid, Conflict
    (somebody else was quicker; `details` say where the report stands now, and what has `changed`)."""
    if action is Action.ERASE:
        from chalicelib.usecases.reporter import erased  # by the function that may open seals

        return erased(desk, tracking, wish_body, actor.role, action_id=action_id)
    wish = decoded(wish_body, (ACTIONS.get(action) or _WITH_THE_DESK[action])[0])
    deed = Deed(
        action=action,
        role=actor.role,
        by=actor.agency or "",
        action_id=action_id,
        at=desk.now(),
        seed=seed,
        quiet=quiet,
        via=actor.via,
    )
    if actor.role is Role.REPORTER and action in _FOR_THE_LEADER:
        tracking, deed = _with_the_leader(desk, tracking, deed)
    if isinstance(wish, decide.Merge):
        return _merged(desk, tracking, wish, deed, actor, seen)
    if action in _FOR_THE_FAMILY:
        return for_each(desk, tracking, deed, lambda number, deed: _done(desk, number, wish, deed, actor, None))
    return _done(desk, tracking, wish, deed, actor, seen)


def _done(desk: Desk, tracking: str, wish: msgspec.Struct, deed: Deed, actor: Actor, seen: int | None) -> Report:
    apply = ACTIONS[deed.action][1] if deed.action in ACTIONS else None
    if deed.follower:  # what tells of them stands with their own report, not with the one that leads
        wish = _screened(wish, desk.reports.get(deed.follower), desk)

    def carried_out(report: Report) -> Report:
        may_touch(report, actor, desk.city)
        unseen(report, deed, seen)
        if deed.role is Role.REPORTER:
            still_open(report if not deed.follower else desk.reports.get(deed.follower), deed.action)
        if apply is None:
            return _WITH_THE_DESK[deed.action][1](desk, report, wish, deed)
        if isinstance(wish, split.Split):
            return split.prepared(desk, report, deed, _screened(wish, report, desk))
        if isinstance(wish, ask.Answer) and report.status is Status.INCOMPLETE and not deed.follower:
            return completed_by(desk, report, wish, deed)
        after = apply(report, deed, _screened(wish, report, desk), desk.city)
        if isinstance(wish, follow_up.Resolve) and wish.photos:
            claim_shown(desk, wish.photos, tracking)
        return after

    after = changed(desk, tracking, deed.action, deed.action_id, carried_out)
    return split.carried_through(desk, after) if isinstance(wish, split.Split) else after


def _merged(desk: Desk, tracking: str, wish: decide.Merge, deed: Deed, actor: Actor, seen: int | None) -> Report:
    from chalicelib.usecases.merging import follow, lead_first, lead_no_more

    before = desk.reports.get(tracking)
    may_touch(before, actor, desk.city)
    unseen(before, deed, seen)
    led = lead_first(desk, tracking, wish, deed)

    def followed(report: Report) -> Report:
        unseen(report, deed, seen)
        return follow(report, deed, led, desk)

    try:
        return changed(desk, tracking, deed.action, deed.action_id, followed)
    except (NotAllowedNow, Conflict, Invalid):
        lead_no_more(desk, tracking, led, deed)
        raise


def _with_the_leader(desk: Desk, tracking: str, deed: Deed) -> tuple[str, Deed]:
    """What the reporter of a merged report says of the work is said of the report that leads."""
    from chalicelib.usecases.merging import leader_of

    report = desk.reports.get(tracking)
    leader = leader_of(desk, report) if report.status is Status.MERGED else report
    if leader is report or report.did(deed.action_id):  # said before it was merged: heard already
        return tracking, deed
    # The same Idempotency-Key of two reporters is not the same change.
    return leader.tracking, msgspec.structs.replace(deed, follower=tracking, action_id=f"{deed.action_id}@{tracking}")


def unseen(report: Report, deed: Deed, seen: int | None) -> None:
    """Raises Conflict when what the person had before them (the history up to `seen`) has changed since in a way that
    matters to what they decide. A remark decides nothing."""
    if seen is None or deed.action in _RETRIED or report.did(deed.action_id):
        return
    if seen > report.seq or seen < 0:
        raise Invalid("This report has no such entry.", details={"seq": f"at most {report.seq}"})
    if news := changes.since(report, seen):
        raise Conflict(
            "This report has changed since you opened it.",
            details={"tracking": report.tracking, "status": report.status, "version": report.version,
                     "seq": report.seq, "changed": news},
        )  # fmt: skip


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
                    details={"tracking": tracking, "status": now.status, "version": now.version, "seq": now.seq,
                             "changed": changes.since(now, before.seq)},
                ) from None  # fmt: skip
            continue
        return after
    raise AssertionError("unreachable")


def may_touch(report: offices.Held, actor: Actor, city: City) -> None:
    """An office sees and changes only what it, or one below it, has; nobody of an office that a confidential report is
    about (or of one above or below it) sees that, and no analyst any confidential one. Raises NotYours."""
    if report.confidential and actor.role is Role.ANALYST:
        raise NotYours("A confidential report is not open to analysts.", details={"role": actor.role})
    if actor.role is Role.AGENCY and not offices.may_see(report, actor.agency, city):
        raise NotYours("This report is not with your agency.", details={"agency": actor.agency or ""})
    if report.confidential and actor.role is not Role.ADMIN and offices.accuses(report, actor.agency, city):
        raise NotYours("This report is not open to your office.", details={"agency": actor.agency or ""})


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


def _screened(wish: T, report: Report, desk: Desk) -> T:
    """The wish with the reporter's own name, address and contact taken out of its words."""
    key = desk.secrets.key("recognition", desk.ticks())
    words = {
        field: mask_known(clean(text), key, report.marks)
        for field in _WORDS
        for text in [getattr(wish, field, None)]
        if isinstance(text, str) and text and not (field == "unit" and text in desk.city.agencies)
    }
    return msgspec.structs.replace(wish, **words) if words else wish

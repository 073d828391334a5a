"""Which status a report may be in, who may do what in it, and where that leads: two tables, nothing else."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.domain.errors import NotAllowedNow, NotYours


class Status(StrEnum):
    """Where a report stands. Citizens' labels are in the city's texts (`status.<value>`)."""

    INCOMPLETE = "incomplete"
    WAITING = "waiting"
    COORDINATION = "coordination"
    DISPOSITION = "disposition"
    IN_PROGRESS = "in_progress"
    AWAITING_VALIDATION = "awaiting_validation"
    FOLLOW_UP_REFUSED = "follow_up_refused"
    DONE = "done"
    MERGED = "merged"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    ABANDONED = "abandoned"


class Role(StrEnum):
    """Who acts. `system` is a scheduled function or a standing rule of the admin."""

    REPORTER = "reporter"
    ADMIN = "admin"
    AGENCY = "agency"
    VALIDATOR = "validator"
    COUNTER = "counter"
    ANALYST = "analyst"
    SYSTEM = "system"


class Action(StrEnum):
    """What may be done to a report, as it is called in addresses."""

    ADD = "add"
    COMPLETE = "complete"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    DISPOSITION = "disposition"
    NOTE = "note"
    ASK = "ask"
    ANSWER = "answer"
    EXTEND = "extend"
    APPROVE_EXTENSION = "approve-extension"
    REFUSE_EXTENSION = "refuse-extension"
    RETURN = "return"
    RESOLVE = "resolve"
    VALIDATE = "validate"
    REFUSE = "refuse"
    REJECT = "reject"
    MERGE = "merge"
    SPLIT = "split"
    LEAD = "lead"
    CORRECT = "correct"
    REDACT = "redact"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    CONFIRM = "confirm"
    DISPUTE = "dispute"
    RATE = "rate"
    NOTIFY = "notify"
    WITHDRAW_CONSENT = "withdraw-consent"
    ERASE = "erase"
    EDIT = "edit"
    TAKE_BACK = "take-back"
    FLAG = "flag"
    PICTURE = "picture"
    DOUBT = "doubt"
    ABANDON = "abandon"
    REMIND = "remind"
    ESCALATE = "escalate"
    RESUME = "resume"


TERMINAL = frozenset({Status.DONE, Status.MERGED, Status.REJECTED, Status.WITHDRAWN, Status.ABANDONED})
OPEN = frozenset(Status) - TERMINAL
# Statuses in which an agency holds the report and has not said "done".
WITH_AGENCY = frozenset({Status.COORDINATION, Status.DISPOSITION, Status.IN_PROGRESS, Status.FOLLOW_UP_REFUSED})
_BEFORE_WORK = frozenset({Status.INCOMPLETE, Status.WAITING})
_AT_WORK = _BEFORE_WORK | WITH_AGENCY

S, R, A = Status, Role, Action

# action: (the statuses it may be done in, the roles that may do it, where it leads; None: the status stays)
TRANSITIONS: dict[Action, tuple[frozenset[Status], frozenset[Role], Status | None]] = {
    A.ADD: (OPEN, frozenset({R.REPORTER}), None),
    A.COMPLETE: (frozenset({S.INCOMPLETE}), frozenset({R.REPORTER, R.ADMIN, R.COUNTER}), S.WAITING),
    A.DISPATCH: (_AT_WORK, frozenset({R.ADMIN, R.SYSTEM}), S.COORDINATION),
    A.ACCEPT: (
        frozenset({S.COORDINATION, S.DISPOSITION, S.FOLLOW_UP_REFUSED}),
        frozenset({R.AGENCY}),
        S.IN_PROGRESS,
    ),
    A.DISPOSITION: (WITH_AGENCY, frozenset({R.AGENCY}), S.DISPOSITION),
    A.NOTE: (frozenset(Status), frozenset({R.ADMIN, R.AGENCY, R.VALIDATOR, R.COUNTER}), None),
    A.ASK: (_AT_WORK, frozenset({R.ADMIN, R.AGENCY}), None),
    A.ANSWER: (OPEN, frozenset({R.REPORTER, R.COUNTER}), None),
    A.EXTEND: (WITH_AGENCY, frozenset({R.AGENCY}), None),
    A.APPROVE_EXTENSION: (WITH_AGENCY, frozenset({R.ADMIN}), None),
    A.REFUSE_EXTENSION: (WITH_AGENCY, frozenset({R.ADMIN}), None),
    A.RETURN: (
        frozenset({S.COORDINATION, S.DISPOSITION, S.IN_PROGRESS}),
        frozenset({R.AGENCY}),
        S.WAITING,
    ),
    A.RESOLVE: (WITH_AGENCY, frozenset({R.AGENCY}), S.AWAITING_VALIDATION),
    A.VALIDATE: (frozenset({S.AWAITING_VALIDATION}), frozenset({R.VALIDATOR, R.ADMIN}), S.DONE),
    A.REFUSE: (frozenset({S.AWAITING_VALIDATION}), frozenset({R.VALIDATOR, R.ADMIN, R.SYSTEM}), S.FOLLOW_UP_REFUSED),
    A.REJECT: (
        frozenset({S.INCOMPLETE, S.WAITING, S.COORDINATION, S.DISPOSITION}),
        frozenset({R.ADMIN}),
        S.REJECTED,
    ),
    A.MERGE: (_AT_WORK, frozenset({R.ADMIN}), S.MERGED),
    A.SPLIT: (OPEN - {S.INCOMPLETE}, frozenset({R.ADMIN}), None),
    A.LEAD: (OPEN, frozenset({R.ADMIN}), None),
    A.CORRECT: (OPEN, frozenset({R.ADMIN}), None),
    A.REDACT: (frozenset(Status), frozenset({R.ADMIN}), None),
    A.WITHDRAW: (OPEN, frozenset({R.REPORTER}), S.WITHDRAWN),
    A.REOPEN: (frozenset({S.DONE}), frozenset({R.REPORTER}), S.COORDINATION),
    # Before the validator has looked both are a word to them; of a report that is done, a dispute is a reopening.
    A.CONFIRM: (frozenset({S.AWAITING_VALIDATION, S.DONE}), frozenset({R.REPORTER}), None),
    A.DISPUTE: (frozenset({S.AWAITING_VALIDATION, S.DONE}), frozenset({R.REPORTER}), None),
    A.RATE: (frozenset({S.DONE}), frozenset({R.REPORTER}), None),
    # What is theirs stays theirs, however the report ended. The system erases what is old enough.
    A.NOTIFY: (frozenset(Status), frozenset({R.REPORTER}), None),
    A.WITHDRAW_CONSENT: (frozenset(Status), frozenset({R.REPORTER}), None),
    A.ERASE: (frozenset(Status), frozenset({R.REPORTER, R.SYSTEM}), None),
    A.EDIT: (frozenset(Status), frozenset({R.REPORTER}), None),
    A.TAKE_BACK: (frozenset(Status), frozenset({R.REPORTER}), None),
    A.FLAG: (frozenset(Status), frozenset({R.SYSTEM}), None),
    A.PICTURE: (frozenset(Status), frozenset({R.SYSTEM}), None),
    A.DOUBT: (frozenset({S.AWAITING_VALIDATION, S.DONE}), frozenset({R.SYSTEM}), None),
    A.ABANDON: (frozenset({S.INCOMPLETE}), frozenset({R.SYSTEM}), S.ABANDONED),
    A.REMIND: (_AT_WORK, frozenset({R.SYSTEM}), None),
    A.ESCALATE: (_AT_WORK - {S.INCOMPLETE}, frozenset({R.SYSTEM}), None),
    A.RESUME: (_AT_WORK, frozenset({R.SYSTEM}), None),
}


def lead_to(action: Action, status: Status, role: Role) -> Status:
    """The status after `action`. Raises NotYours when the role never may, NotAllowedNow when this status forbids it."""
    statuses, roles, target = TRANSITIONS[action]
    if role not in roles:
        raise NotYours(f"The role {role} may not {action} a report.", details={"role": role, "action": action})
    if status not in statuses:
        raise NotAllowedNow(f"A report that is {status} does not permit {action}.", details={"status": status})
    return target or status


def allowed(status: Status, role: Role) -> list[Action]:
    """What this role may do in this status, in the table's order."""
    return [action for action, (statuses, roles, _) in TRANSITIONS.items() if role in roles and status in statuses]

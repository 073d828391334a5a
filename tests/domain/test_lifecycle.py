"""Who may do what in which status, written down a second time from the design, and compared pair by pair."""

from __future__ import annotations

import itertools

import pytest

from chalicelib.domain.errors import NotAllowedNow, NotYours
from chalicelib.domain.lifecycle import Action, Role, Status, allowed, lead_to

STATUSES = {
    "I": "incomplete", "W": "waiting", "C": "coordination", "D": "disposition", "P": "in_progress",
    "V": "awaiting_validation", "F": "follow_up_refused", "+": "done", "M": "merged", "R": "rejected",
    "X": "withdrawn", "A": "abandoned",
}  # fmt: skip
EVERY = "IWCDPVF+MRXA"
OPEN = "IWCDPVF"
WITH_AGENCY = "CDPF"
NOT_SAID_TO_BE_DONE = "IWCDPF"

# action: (the statuses it may be done in, who may, where it leads; "": the status stays)
EXPECTED = {
    "add": (OPEN, "reporter", ""),
    "complete": ("I", "reporter admin counter", "waiting"),
    "dispatch": (NOT_SAID_TO_BE_DONE, "admin system", "coordination"),
    "accept": ("CDF", "agency", "in_progress"),
    "disposition": (WITH_AGENCY, "agency", "disposition"),
    "note": (EVERY, "admin agency validator counter", ""),
    "ask": (NOT_SAID_TO_BE_DONE, "admin agency", ""),
    "answer": (OPEN, "reporter counter", ""),
    "extend": (WITH_AGENCY, "agency", ""),
    "approve-extension": (WITH_AGENCY, "admin", ""),
    "refuse-extension": (WITH_AGENCY, "admin", ""),
    "return": ("CDP", "agency", "waiting"),
    "resolve": (WITH_AGENCY, "agency", "awaiting_validation"),
    "validate": ("V", "validator admin", "done"),
    "refuse": ("V", "validator admin system", "follow_up_refused"),
    "reject": ("IWCD", "admin", "rejected"),
    "merge": (NOT_SAID_TO_BE_DONE, "admin", "merged"),
    "split": ("WCDPVF", "admin", ""),
    "lead": (OPEN, "admin", ""),
    "correct": (OPEN, "admin", ""),
    "redact": (EVERY, "admin", ""),
    "withdraw": (OPEN, "reporter", "withdrawn"),
    "reopen": ("+", "reporter", "coordination"),
    "confirm": ("V+", "reporter", ""),
    "dispute": ("V+", "reporter", ""),
    "rate": ("+", "reporter", ""),
    "notify": (EVERY, "reporter", ""),
    "withdraw-consent": (EVERY, "reporter", ""),
    "erase": (EVERY, "reporter system", ""),
    "edit": (EVERY, "reporter", ""),
    "take-back": (EVERY, "reporter", ""),
    "flag": (EVERY, "system", ""),
    "picture": (EVERY, "system", ""),
    "doubt": ("V+", "system", ""),
    "abandon": ("I", "system", "abandoned"),
    "remind": (NOT_SAID_TO_BE_DONE, "system", ""),
    "escalate": ("WCDPF", "system", ""),
    "resume": (NOT_SAID_TO_BE_DONE, "system", ""),
}
ENDED = {"done", "merged", "rejected", "withdrawn", "abandoned"}


def test_the_tables_name_the_same_things() -> None:
    assert set(EXPECTED) == {action.value for action in Action}
    assert set(STATUSES.values()) == {status.value for status in Status}
    assert {role.value for role in Role} == {
        "reporter", "admin", "agency", "validator", "counter", "analyst", "system",
    }  # fmt: skip
    assert len(Status) * len(Action) * len(Role) == 12 * len(EXPECTED) * 7


@pytest.mark.parametrize(("status", "action"), [*itertools.product(Status, Action)], ids=str)
def test_every_status_action_and_role(status: Status, action: Action) -> None:
    letters, roles, target = EXPECTED[action]
    for role in Role:
        if role not in roles.split():
            with pytest.raises(NotYours):
                lead_to(action, status, role)
            assert action not in allowed(status, role)
        elif status not in {STATUSES[letter] for letter in letters}:
            with pytest.raises(NotAllowedNow) as refused:
                lead_to(action, status, role)
            assert refused.value.details["status"] == status
            assert action not in allowed(status, role)
        else:
            assert lead_to(action, status, role) == (target or status)
            assert action in allowed(status, role)


@pytest.mark.parametrize(("status", "role"), [*itertools.product(Status, Role)], ids=str)
def test_only_reopening_leaves_a_status_that_ends(status: Status, role: Role) -> None:
    leaving = {action for action in allowed(status, role) if lead_to(action, status, role) != status}
    if status in ENDED:
        assert leaving <= ({Action.REOPEN} if status == "done" and role == "reporter" else set())


def test_every_open_status_can_be_left_and_reached() -> None:
    ways = {
        (status, lead_to(action, status, role))
        for status in Status
        for role in Role
        for action in allowed(status, role)
    }
    for status in set(Status) - {Status(name) for name in ENDED}:
        assert any(before == status != after for before, after in ways), status
    reached = {after for before, after in ways if before != after}
    assert reached == set(Status) - {Status.INCOMPLETE}


def test_an_analyst_changes_nothing() -> None:
    assert [allowed(status, Role.ANALYST) for status in Status] == [[]] * len(Status)

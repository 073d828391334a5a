"""What the reporter may do now, and until when: the table of the life of a report, less what makes no sense at the moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import msgspec

from chalicelib.city.model import Policy
from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Role, Status, allowed
from chalicelib.domain.report import Report
from chalicelib.domain.rights import closed, word_until

ORDER = (
    "answer", "confirm", "dispute", "reopen", "rate", "add", "notify", "withdraw", "withdraw-consent", "erase",
)  # fmt: skip
"""Every action a page may offer, the most pressing first."""
_OF_THE_WORK = frozenset({"add", "answer", "confirm", "dispute", "reopen"})
"""Of a merged report, what is done to the one that leads."""


class Choice(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An action, as it is called in addresses, and until when it may be done (None: no end is known)."""

    action: str
    until: datetime | None = None


def choices(report: Report, policy: Policy, now: datetime, *, leader: Report | None = None) -> tuple[Choice, ...]:
    """What the reporter of `report` may do at `now`, in the order of `ORDER`. `leader`: the report that leads in place of
    a merged one, on which the work is."""
    led = leader if leader is not None and leader.tracking != report.tracking else None
    found, shut = [], closed(report)
    for action in ORDER:
        held = led if led is not None and action in _OF_THE_WORK else report
        if action in shut or action not in allowed(held.status, Role.REPORTER):
            continue
        until = _until(action, held, policy)
        fits = _FITS.get(action)
        if (until is None or now <= until) and (fits is None or fits(held, report.tracking if led else "")):
            found.append(Choice(action=action, until=until))
    return tuple(found)


def question(report: Report) -> Entry | None:
    """The last question to the reporter, while it is not answered."""
    telling = (entry for entry in reversed(report.entries()) if entry.event in ("asked", "answered"))
    last = next(telling, None)
    return last if last is not None and last.event == "asked" and not report.terminal else None


def _until(action: str, report: Report, policy: Policy) -> datetime | None:
    return word_until(report, policy) if action in ("confirm", "dispute", "reopen", "rate") else None


def _said(report: Report, event: str, follower: str) -> bool:
    """Whether this reporter has said so since the work was last said to be done."""
    for entry in reversed(report.entries()):
        if entry.event == "resolved":
            return False
        if entry.event == event and str(entry.told.data.get("for", "")) == follower:
            return True
    return False


def _asked(report: Report, follower: str) -> bool:
    return report.status is Status.INCOMPLETE or question(report) is not None


def _unsaid(report: Report, follower: str) -> bool:
    return not _said(report, "confirmed", follower)


def _may_dispute(report: Report, follower: str) -> bool:
    return _unsaid(report, follower) and not (report.status is not Status.DONE and _said(report, "disputed", follower))


def _after_all(report: Report, follower: str) -> bool:
    """Who has confirmed may find the problem back: of a report that is done otherwise, a dispute is the reopening."""
    return _said(report, "confirmed", follower)


def _not_erased(report: Report, follower: str) -> bool:
    return not report.erased


_FITS: dict[str, Callable[[Report, str], bool]] = {
    "answer": _asked,
    "confirm": _unsaid,
    "dispute": _may_dispute,
    "reopen": _after_all,
    "erase": _not_erased,
}

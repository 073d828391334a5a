"""The slip at a counter: its number and key prove whose report it is, whichever counter they are shown at. What is said then is
the reporter's own word, with the counter it was said at; who wrote it down stands in the journal."""

from __future__ import annotations

import hmac
from datetime import datetime, timedelta

import msgspec

from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Busy, Invalid, NotYours
from chalicelib.domain.lifecycle import OPEN, Action, Role, Status
from chalicelib.domain.report import Report
from chalicelib.store.journal import Entry
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.merging import leader_of

MOST_WRONG, WITHIN = 10, timedelta(minutes=15)
SAID = "slip_used"
_TRIES, _KIND = 4, "tries"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CALLED_DONE = frozenset({Status.AWAITING_VALIDATION, Status.DONE})


class _Wrong(msgspec.Struct, frozen=True):
    """How many wrong keys a member has typed since then."""

    n: int
    since: datetime


class Slip(msgspec.Struct, frozen=True, kw_only=True):
    """A report whose key was shown, the one that tells where it stands (itself, or the one it was merged into), and what its
    reporter may say now."""

    report: Report
    standing: Report
    may: tuple[Action, ...]


def number_on(typed: str, prefix: str) -> str:
    """The tracking number on a slip, typed or scanned (the QR code is the status page's address). Raises Invalid."""
    text = typed.strip()
    if "://" in text:
        text = text.split("?")[0].rstrip("/").rpartition("/")[2]
    return numbers.parse(text, prefix)


def shown(desk: Desk, member: Actor, typed: str, key: str) -> Slip:
    """What the slip opens. Raises Invalid (no number), Unknown, NotYours for a key that does not fit, and Busy for a member
    who has typed ten such within a quarter of an hour."""
    number = number_on(typed, desk.city.prefix)
    tried = _tried(desk, member)
    report = desk.reports.get(number)
    if not _fits(desk, report, key):
        _note_wrong(desk, member)
        raise NotYours(
            "The key does not fit this number.", details={"key": "wrong", "left": max(MOST_WRONG - tried - 1, 0)}
        )
    return _slip(desk, report)


def say(
    desk: Desk, member: Actor, slip: Slip, action: Action, words: str, *, via: str, action_id: str, seed: str
) -> Slip:
    """What the reporter says at a counter (`via`, a channel), once per `action_id`. Raises what `act` does."""
    # The report that leads knows what is said of a merged one with its number.
    said = slip.report.did(action_id) or slip.standing.did(action_id)
    said = said or slip.standing.did(f"{action_id}@{slip.report.tracking}")
    if action not in slip.may and not said:
        raise Invalid("This cannot be said now.", details={"action": sorted(slip.may)})
    field = {Action.ANSWER: "text", Action.CONFIRM: "note"}.get(action, "reason")
    wish = {field: words} if words or field == "text" else {}
    act(
        desk,
        slip.report.tracking,
        action,
        Actor(role=Role.REPORTER, subject=member.subject, via=via),
        msgspec.json.encode(wish),
        action_id=action_id,
        seed=seed,
    )
    # Only what was said stands as said; when this fails, the same form sent again writes it.
    desk.journal.write(
        Entry(
            at=desk.now(),
            who=member.subject,
            role=str(member.role),
            what=SAID,
            about=slip.report.tracking,
            data={"action": str(action), "via": via, "office": member.agency or ""},
        )
    )
    return _slip(desk, desk.reports.get(slip.report.tracking))


def _slip(desk: Desk, report: Report) -> Slip:
    standing = leader_of(desk, report) if report.status is Status.MERGED else report
    may: list[Action] = []
    if standing.status is Status.INCOMPLETE or (standing.pause is not None and standing.status in OPEN):
        may.append(Action.ANSWER)
    if standing.status in _CALLED_DONE:
        may += [Action.CONFIRM, Action.DISPUTE]
    if report.status in OPEN:
        may.append(Action.WITHDRAW)
    return Slip(report=report, standing=standing, may=tuple(may))


def _fits(desk: Desk, report: Report, typed: str) -> bool:
    given = "".join(filter(str.isalnum, typed.upper())).translate(_MISREAD)
    expected = desk.key_of(report.tracking, report.key_version)
    return hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def _tried(desk: Desk, member: Actor) -> int:
    item = desk.things.get(_KIND, member.subject)
    wrong: _Wrong | None = item.told(_Wrong) if item else None
    if wrong is None or desk.now() - wrong.since >= WITHIN:
        return 0
    if wrong.n >= MOST_WRONG:
        wait = wrong.since + WITHIN - desk.now()
        raise Busy("Too many wrong keys. Wait a while.", retry_after=int(wait.total_seconds()) + 1)
    return wrong.n


def _note_wrong(desk: Desk, member: Actor) -> None:
    now = desk.now()
    for _ in range(_TRIES):
        item = desk.things.get(_KIND, member.subject)
        wrong: _Wrong | None = item.told(_Wrong) if item else None
        fresh = wrong is None or now - wrong.since >= WITHIN
        after = _Wrong(1, now) if wrong is None or fresh else _Wrong(wrong.n + 1, wrong.since)
        if desk.things.put(
            _KIND,
            member.subject,
            after,
            if_absent=item is None,
            if_version=item.version if item else None,
            expires_at=after.since + WITHIN,
        ):
            return

"""Opening a seal: who reported, or the original of a picture, for somebody with a right to know. Recorded in the report's
history and in the journal before it is opened."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.city.model import City
from chalicelib.domain.errors import Invalid, NotAllowedNow, NotYours, Unknown
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.pictures import id_of
from chalicelib.domain.report import Deed, Report, record
from chalicelib.domain.rights import CONSENT_WITHDRAWN, ERASED
from chalicelib.store.journal import Entry
from chalicelib.usecases.act import Actor, changed, may_touch
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.follow_up import perhaps
from chalicelib.usecases.opened import opened

VIEWED = "identity_viewed"
_MAY_ASK = frozenset({Role.ADMIN, Role.COUNTER, Role.AGENCY})
_WHY_MOST = 500


def open_identity(desk: Desk, tracking: str, actor: Actor, *, why: str, action_id: str, seed: str) -> dict[str, Any]:
    """Name, address and contact of the reporter. Raises NotYours for roles without the right and for the agency that
    handles an anonymous or confidential report, Invalid without a reason."""
    deed = _deed(desk, actor, why, action_id, seed)

    def viewed(report: Report) -> Report:
        _may_see(report, actor, desk.city)
        return record(report, deed, VIEWED, note=perhaps(why, "why"), data={"who": actor.subject})

    report = changed(desk, tracking, Action.NOTE, deed.action_id, viewed)
    _may_see(report, actor, desk.city)  # a repeated request finds its record, and not more than it may
    _note(desk, report, actor, deed, why)
    told = opened(desk, report, actor.role)
    return {"tracking": tracking, "name": told.name, "address": told.address, "phone": told.phone, "email": told.email}


def open_photo(
    desk: Desk, tracking: str, photo: str, actor: Actor, *, why: str, action_id: str, seed: str
) -> dict[str, Any]:
    """`{tracking, photo, url}`: where the original of one of the report's pictures can be had for five minutes. An original
    may show who took it, so that only those who may see the reporter may have it. Raises as `open_identity`, and Unknown."""
    deed = _deed(desk, actor, why, action_id, seed)

    def taken(report: Report) -> Report:
        _may_have(report, photo, actor, desk.city)
        data = {"who": actor.subject, "photo": photo}
        return record(report, deed, VIEWED, note=perhaps(why, "why"), data=data)

    sealed = desk.buckets.original(photo)
    if sealed is None:
        raise _no_photo(photo)
    report = changed(desk, tracking, Action.NOTE, deed.action_id, taken)
    _may_have(report, photo, actor, desk.city)
    _note(desk, report, actor, deed, why, photo=photo)
    content = desk.sealer.open_bytes(sealed, photo, desk.ticks())
    known = desk.photos.get(photo)
    kind = known.kind.lower() if known is not None and known.kind.isalnum() else "bin"
    return {"tracking": tracking, "photo": photo, "url": desk.buckets.lend(seed, content, f"{tracking}.{kind}")}


def _deed(desk: Desk, actor: Actor, why: str, action_id: str, seed: str) -> Deed:
    if not why.strip():
        raise Invalid("Say why the identity is needed.", details={"why": "must not be empty"})
    if actor.role not in _MAY_ASK or not actor.subject:
        raise NotYours("This role may not see who reported.", details={"role": actor.role})
    return Deed(
        action=Action.NOTE,
        role=actor.role,
        by=actor.agency or "",
        action_id=f"identity:{action_id}",
        at=desk.now(),
        seed=seed,
    )


def _note(desk: Desk, report: Report, actor: Actor, deed: Deed, why: str, **data: str) -> None:
    """In the journal, at the instant of the history's entry (told apart by its number): a repeated request writes the same
    line once more."""
    made = (entry for entry in report.entries() if entry.told.action_id == deed.action_id)
    at = next((entry.moment + timedelta(microseconds=entry.seq % 1000) for entry in made), deed.at)
    desk.journal.write(
        Entry(
            at=at,
            who=actor.subject,
            role=str(actor.role),
            what=VIEWED,
            about=report.tracking,
            why=why.strip()[:_WHY_MOST],
            data={"office": actor.agency or "", **data},
        )
    )


def _may_see(report: Report, actor: Actor, city: City) -> None:
    may_touch(report, actor, city)
    if report.erased:
        raise NotAllowedNow("The reporter's data was erased.", details={"status": report.status, "reason": ERASED})
    if report.consent_withdrawn:
        raise NotYours("The reporter has withdrawn consent.", details={"reason": CONSENT_WITHDRAWN})
    if actor.role is Role.AGENCY and (report.anonymous or report.confidential):
        raise NotYours("The reporter is anonymous to the agency.", details={"tracking": report.tracking})


def _may_have(report: Report, photo: str, actor: Actor, city: City) -> None:
    _may_see(report, actor, city)
    if photo not in map(id_of, report.photos):
        raise _no_photo(photo)


def _no_photo(photo: str) -> Unknown:
    return Unknown("There is no such photo.", details={"photo": photo[:64]})

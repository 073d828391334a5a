"""Opening a seal: who reported, for somebody with a right to know. Recorded in the report's history before it is
opened."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.errors import Invalid, NotYours
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.report import Deed, Report, record
from chalicelib.usecases.act import Actor, changed, may_touch
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.follow_up import perhaps
from chalicelib.usecases.opened import opened

_MAY_ASK = frozenset({Role.ADMIN, Role.COUNTER, Role.AGENCY})


def open_identity(desk: Desk, tracking: str, actor: Actor, *, why: str, action_id: str, seed: str) -> dict[str, Any]:
    """Name, address and contact of the reporter. Raises NotYours for roles without the right and for the agency that
    handles an anonymous or confidential report, Invalid without a reason."""
    if not why.strip():
        raise Invalid("Say why the identity is needed.", details={"why": "must not be empty"})
    if actor.role not in _MAY_ASK or not actor.subject:
        raise NotYours("This role may not see who reported.", details={"role": actor.role})
    deed = Deed(
        action=Action.NOTE,
        role=actor.role,
        by=actor.agency or "",
        action_id=f"identity:{action_id}",
        at=desk.now(),
        seed=seed,
    )

    def viewed(report: Report) -> Report:
        _may_see(report, actor)
        return record(report, deed, "identity_viewed", note=perhaps(why, "why"), data={"who": actor.subject})

    report = changed(desk, tracking, Action.NOTE, deed.action_id, viewed)
    _may_see(report, actor)  # a repeated request finds its record, and not more than it may
    told = opened(desk, report, actor.role)
    return {"tracking": tracking, "name": told.name, "address": told.address, "phone": told.phone, "email": told.email}


def _may_see(report: Report, actor: Actor) -> None:
    may_touch(report, actor)
    if actor.role is Role.AGENCY and (report.anonymous or report.confidential):
        raise NotYours("The reporter is anonymous to the agency.", details={"tracking": report.tracking})

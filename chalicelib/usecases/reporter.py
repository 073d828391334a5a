"""What the reporter asks for with the key that needs the seals opened: what is stored about them, and that it is erased."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import Action, Role, Status, lead_to
from chalicelib.domain.report import Report
from chalicelib.usecases.act import decoded
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.erase import RETENTION, erase
from chalicelib.usecases.mine import everything, sealed_about


class Erase(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that is known of the reporter, for ever: said twice."""

    confirm: bool = False


def erased(desk: Desk, tracking: str, body: bytes, role: Role, *, action_id: str) -> Report:
    """The report after everything of its reporter was erased, by the function that may open seals. Raises Invalid on
    `confirm` for what was not meant, NotYours for anybody else."""
    lead_to(Action.ERASE, Status.DONE, role)
    if not decoded(body, Erase).confirm:
        raise Invalid("Erasing cannot be undone.", details={"confirm": "must be true"})
    desk.identity.erase(tracking, action_id=action_id, role=role)
    return desk.reports.get(tracking)


def mine(desk: Desk, report: Report, lang: str) -> dict[str, Any]:
    """Everything that is stored about the reporter, opened by the function that may."""
    sealed = desk.identity.mine(report.tracking)
    return everything(desk, desk.reports.get(report.tracking), sealed, lang)


def asked_of_identity(desk: Desk, event: dict[str, Any], *, seed: str) -> dict[str, Any]:
    """What the function that may open seals does for reporters: `{do: "mine"|"erase", tracking, action_id?, role?}`."""
    tracking = str(event.get("tracking", ""))
    if event.get("do") == "mine":
        return sealed_about(desk, tracking, seed=seed)
    if event.get("do") != "erase":
        raise Invalid("There is no such task.", details={"do": "mine or erase"})
    role = Role.SYSTEM if event.get("role") == Role.SYSTEM else Role.REPORTER
    action_id = str(event.get("action_id") or RETENTION)
    return {"erased": erase(desk, tracking, action_id=action_id, seed=seed, role=role)}

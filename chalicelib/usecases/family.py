"""The reports of one telling: one person told them all in one report, which was split. What they decide about themselves holds
for each of them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from chalicelib.domain.errors import Busy, Invalid, NotAllowedNow, TooLarge, Unknown
from chalicelib.domain.lifecycle import Action, lead_to
from chalicelib.domain.report import Deed, Report
from chalicelib.domain.rights import still_open
from chalicelib.observability import logger
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.split import carried_through

_MOST = 16


def family(desk: Desk, report: Report) -> list[str]:
    """The numbers of the report and of those split from it or into it, itself first. One read for each."""
    found: list[str] = []
    seen, waiting = set[str](), [report.tracking]
    while waiting and len(found) < _MOST:
        number = waiting.pop(0)
        if number in seen:
            continue
        seen.add(number)
        try:
            each = report if number == report.tracking else desk.reports.get(number)
        except Unknown:
            continue
        found.append(number)
        into = [str(entry.told.data.get("into", "")) for entry in each.entries() if entry.event == "split"]
        waiting += [other for other in (each.split_from, *into) if other]
    return found


def for_each(desk: Desk, tracking: str, deed: Deed, carry_out: Callable[[str, Deed], Report]) -> Report:
    """What a reporter decides about themselves, of the report (which is given back) and of all of the same telling; they hear of
    it once. Consent goes from the others first: what fails on the way is made good by asking again."""
    before = carried_through(desk, desk.reports.get(tracking))
    consent = deed.action is Action.WITHDRAW_CONSENT
    if consent and not before.did(deed.action_id):
        lead_to(deed.action, before.status, deed.role)
        still_open(before, deed.action)
    after = None if consent else carry_out(tracking, deed)
    for number in family(desk, before)[1:]:
        try:
            carry_out(number, msgspec.structs.replace(deed, action_id=f"{deed.action_id}:{number}", quiet=True))
        except (NotAllowedNow, Invalid, Busy, TooLarge) as error:  # that one has ended otherwise, or holds no more
            logger().info("not decided for a report of the same telling", extra={"why": type(error).__name__})
    return after or carry_out(tracking, deed)

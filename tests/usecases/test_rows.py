"""Rows of queues, as open as their reports are; and what may lead a confidential report."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib import city as packs
from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.place import Place
from chalicelib.store.reports import QueueRow
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.decide import unfit
from chalicelib.usecases.duplicates import near_duplicates
from chalicelib.usecases.rows import rows_for
from tests.store.test_reports import a_report
from tests.usecases.test_duplicates import ADMIN, stored

CITY = packs.load("jakarta")
DINAS, SUDIN, WATER = "bina-marga", "suku-dinas-bina-marga-jakarta-pusat", "sumber-daya-air"
SECRET = {"problem": "Pungli di loket", "where": "Jl. Mawar", "lat": -6.1, "lng": 106.8, "area": "31.71.01.1001",
          "category": "jalan", "channel": "jaki", "flags": ["abuse"], "photos": 2, "asked": {"reason": "hujan"}}  # fmt: skip


def row(*, confidential: bool = True, agency: str | None = WATER, **changes: Any) -> QueueRow:
    told = {**SECRET, "resolve_by": "2026-11-22T00:00:00Z", "unit": "", "accused": None, "confidential": confidential}
    return QueueRow(tracking="JKT-1", status="coordination", agency=agency, summary=told | changes, at=7)


def member(role: Role, agency: str | None = None) -> Actor:
    return Actor(role=role, agency=agency)


@pytest.mark.parametrize(
    ("actor", "shown", "is_open"),
    [
        (member(Role.ADMIN), row(accused=DINAS), True),
        (member(Role.ADMIN, DINAS), row(accused=DINAS), True),
        (member(Role.VALIDATOR, DINAS), row(accused=DINAS), False),
        (member(Role.VALIDATOR, DINAS), row(accused=SUDIN), False),
        (member(Role.VALIDATOR, SUDIN), row(accused=DINAS), False),
        (member(Role.VALIDATOR, "biro-pemerintahan"), row(accused=DINAS), True),
        (member(Role.VALIDATOR), row(accused=DINAS), True),
        (member(Role.VALIDATOR, DINAS), row(accused=DINAS, confidential=False), True),
        (member(Role.COUNTER, SUDIN), row(accused=SUDIN), False),
        (member(Role.COUNTER), row(accused=SUDIN), True),
        (member(Role.AGENCY, WATER), row(accused=DINAS), True),
        (member(Role.AGENCY, DINAS), row(accused=SUDIN, agency=SUDIN), False),
        (member(Role.AGENCY, DINAS), row(agency=SUDIN), True),
        (member(Role.AGENCY, SUDIN), row(agency=DINAS, unit=SUDIN), True),
        (member(Role.AGENCY, SUDIN), row(agency=DINAS), False),
        (member(Role.ANALYST), row(), False),
        (member(Role.ANALYST), row(confidential=False), True),
    ],
)  # fmt: skip
def test_a_row_is_as_open_as_its_report(actor: Actor, shown: QueueRow, is_open: bool) -> None:
    (told,) = rows_for(actor, [shown], CITY)
    assert (told.tracking, told.status, told.at) == ("JKT-1", "coordination", 7), "it still counts"
    assert told.summary["resolve_by"] == shown.summary["resolve_by"]
    if is_open:
        assert told is shown
    else:
        assert told.summary["closed"] is True
        assert not any(told.summary[name] for name in SECRET)


def test_a_confidential_row_that_does_not_say_whom_it_is_about_is_the_admins() -> None:
    old = row()
    del old.summary["accused"]
    assert rows_for(member(Role.VALIDATOR), [old], CITY)[0].summary["closed"] is True
    assert rows_for(member(Role.ADMIN), [old], CITY) == [old]


@pytest.mark.parametrize("accused", [None, SUDIN])
def test_a_report_s_own_row_tells_what_decides_it(desk: Any, accused: str | None) -> None:
    report = msgspec.structs.replace(
        a_report(desk, "1"), status=Status.WAITING, agency=None, confidential=True, accused=accused, place=Place()
    )
    assert desk.reports.add(report)
    rows, _ = desk.reports.queue("waiting", limit=5)
    (told,) = rows_for(member(Role.COUNTER, SUDIN), rows, desk.city)
    assert told.summary.get("closed", False) is (accused is not None)


def of(desk: Any, number: str, **changes: Any) -> Any:
    return msgspec.structs.replace(a_report(desk, number), **changes)


@pytest.mark.parametrize(
    ("leader", "follower", "fits"),
    [
        ({}, {}, True),
        ({"confidential": True}, {}, True),
        ({}, {"private": True}, True),
        ({}, {"confidential": True}, False),
        ({"confidential": True}, {"confidential": True}, True),
        ({"confidential": True, "agency": DINAS}, {"confidential": True, "accused": DINAS}, False),
        ({"confidential": True, "agency": DINAS}, {"confidential": True, "accused": SUDIN}, False),
        ({"confidential": True, "agency": SUDIN}, {"confidential": True, "accused": DINAS}, False),
        # It could be given to the accused office as long as it does not say itself whom it is about.
        ({"confidential": True, "agency": WATER}, {"confidential": True, "accused": DINAS}, False),
        ({"confidential": True, "agency": WATER, "accused": DINAS}, {"confidential": True, "accused": DINAS}, True),
        ({"confidential": True, "agency": WATER, "accused": DINAS}, {"confidential": True, "accused": SUDIN}, True),
        ({"confidential": True, "agency": WATER, "accused": SUDIN}, {"confidential": True, "accused": DINAS}, False),
    ],
)  # fmt: skip
def test_what_may_lead_a_confidential_report(
    desk: Any, leader: dict[str, Any], follower: dict[str, Any], fits: bool
) -> None:
    assert (unfit(of(desk, "1", **leader), of(desk, "2", **follower), CITY) == "") is fits


def test_it_is_not_offered_to_be_merged_either(desk: Any) -> None:
    stored(desk, "OPEN", metres=10)
    stored(desk, "CLOSED", metres=20, confidential=True, agency=WATER, accused=DINAS)
    here = stored(desk, "HERE", confidential=True, accused=DINAS)
    found = near_duplicates(desk, here, ADMIN)
    assert {each.report.tracking: each.leads for each in found.near} == {"OPEN": False, "CLOSED": True}


def test_a_refused_merge_changes_neither(desk: Any) -> None:
    first = stored(desk, "JKT-0000-0000-0000")
    second = stored(desk, "JKT-7K3M-92QX-4HTC", confidential=True)
    wish = msgspec.json.encode({"into": first.tracking})
    with pytest.raises(Invalid) as error:
        act(desk, second.tracking, Action.MERGE, ADMIN, wish, action_id="m", seed="5e" * 16)
    assert list(error.value.details) == ["into"]
    assert [desk.reports.get(each.tracking) for each in (first, second)] == [first, second]

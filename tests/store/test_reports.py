"""The reports table: what is written is what is read; one conditional write per change."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import Conflict, Unknown
from chalicelib.domain.intake import Contribution, Identity, begin
from chalicelib.domain.place import Place
from chalicelib.domain.report import next_version
from tests.conftest import START


def a_report(desk: Any, tracking: str = "JKT-7K3M-92QX-4HTC", **changes: Any) -> Any:
    said = Contribution(
        message_id="m1",
        channel="jaki",
        at=START,
        seed="00" * 16,
        body_hash="b",
        filled=("problem", "place", "name", "address"),
        problem="Jalan berlubang",
        place=Place(lat=-6.1754, lng=106.8272, area="31.71.01.1001", in_city=True),
        category="jalan",
    )
    report = begin(
        Identity(tracking=tracking, origin="o", sender="s"), msgspec.structs.replace(said, **changes), desk.city
    )
    return msgspec.structs.replace(report, sealed=(b"sealed",))


def test_what_is_stored_is_what_is_read(desk: Any) -> None:
    report = a_report(desk)
    assert desk.reports.add(report)
    assert desk.reports.get(report.tracking) == report

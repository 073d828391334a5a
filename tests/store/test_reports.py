"""The reports table: what is written is what is read; one conditional write per change."""

from __future__ import annotations

import base64
from typing import Any

import msgspec
import pytest

from chalicelib.domain.contribution import Contribution, Identity
from chalicelib.domain.errors import Conflict, Unknown
from chalicelib.domain.intake import begin
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


def test_a_taken_number_is_not_written_over(desk: Any) -> None:
    report = a_report(desk)
    assert desk.reports.add(report)
    assert not desk.reports.add(msgspec.structs.replace(report, problem="Lain"))
    assert desk.reports.get(report.tracking).problem == "Jalan berlubang"


def test_a_change_made_from_an_older_version_is_refused(desk: Any) -> None:
    report = a_report(desk)
    desk.reports.add(report)
    one = next_version(report, msgspec.structs.replace(report, problem="Satu"))
    desk.reports.change(report, one)
    with pytest.raises(Conflict):
        desk.reports.change(report, next_version(report, msgspec.structs.replace(report, problem="Dua")))
    assert desk.reports.get(report.tracking) == one


def test_what_was_never_there_cannot_be_changed(desk: Any) -> None:
    report = a_report(desk)
    with pytest.raises(Conflict):
        desk.reports.change(report, next_version(report, report))
    with pytest.raises(Unknown):
        desk.reports.get(report.tracking)


def test_a_change_is_one_update_that_only_appends(desk: Any, calls: Any) -> None:
    from chalicelib.domain.lifecycle import Action, Role
    from chalicelib.domain.report import Deed
    from chalicelib.usecases.follow_up import Note, note

    report = a_report(desk)
    desk.reports.add(report)
    calls()
    deed = Deed(action=Action.NOTE, role=Role.ADMIN, action_id="n1", at=START, seed="01" * 16)
    after = next_version(report, note(report, deed, Note(note="dicek"), desk.city))
    after = msgspec.structs.replace(after, sealed=(*after.sealed, b"more"))
    desk.reports.change(report, after)
    assert calls() == ["dynamodb.UpdateItem"]
    assert desk.reports.get(report.tracking) == after


def raw_item(desk: Any, tracking: str) -> dict[str, Any]:
    from chalicelib.store.client import client

    table = client("dynamodb", desk.settings.region)
    item: dict[str, Any] = table.get_item(TableName="tanggap-local-reports", Key={"tracking": {"S": tracking}})["Item"]
    return item


def test_a_report_that_is_over_leaves_every_index_that_waits(desk: Any) -> None:
    from chalicelib.domain.lifecycle import Action, Role
    from chalicelib.domain.report import Deed
    from chalicelib.usecases.reopen import Withdraw, withdraw

    report = a_report(desk)
    desk.reports.add(report)
    assert {"due_shard", "next_due_at", "queue", "deadline_at", "summary"} <= set(raw_item(desk, report.tracking))
    deed = Deed(action=Action.WITHDRAW, role=Role.REPORTER, action_id="w", at=START, seed="01" * 16)
    after = next_version(report, withdraw(report, deed, Withdraw(), desk.city))
    desk.reports.change(report, after)
    item = raw_item(desk, report.tracking)
    assert not {
        "due_shard",
        "next_due_at",
        "queue",
        "deadline_at",
        "office",
        "open_shard",
        "standing",
        "pending",
    } & set(item)
    assert desk.reports.get(report.tracking) == after


def test_items_bear_a_schema_and_bear_fields_of_a_later_release(desk: Any) -> None:
    from chalicelib.store.client import client

    report = a_report(desk)
    desk.reports.add(report)
    item = raw_item(desk, report.tracking)
    assert item["schema"] == {"N": "1"}
    facts = msgspec.json.decode(item["facts"]["S"]) | {"a_field_of_the_next_release": [1, 2]}
    item |= {"facts": {"S": msgspec.json.encode(facts).decode()}, "another": {"S": "x"}, "schema": {"N": "2"}}
    client("dynamodb", desk.settings.region).put_item(TableName="tanggap-local-reports", Item=item)
    assert desk.reports.get(report.tracking) == report


def test_queues_are_in_deadline_order_and_page_without_loss(desk: Any) -> None:
    import random
    from datetime import timedelta

    numbers = list(range(25))
    random.Random(7).shuffle(numbers)
    for number in numbers:
        desk.reports.add(
            a_report(desk, f"JKT-{number:04d}", at=START + timedelta(minutes=number), message_id=f"m{number}")
        )
    seen: list[str] = []
    cursor = None
    while True:
        rows, cursor = desk.reports.queue("agency#bina-marga", limit=7, cursor=cursor)
        seen += [row.tracking for row in rows]
        if cursor is None:
            break
    assert seen == [f"JKT-{number:04d}" for number in range(25)]


@pytest.mark.parametrize("at", ["9" * 13, "9" * 500, "٣", "-1", "1.5", "", "1\n"])
def test_a_cursor_at_no_time_is_refused(desk: Any, at: str) -> None:
    from chalicelib.domain.errors import Invalid

    told = {"tracking": {"S": "JKT-1"}, "queue": {"S": "waiting"}, "deadline_at": {"N": at}}
    with pytest.raises(Invalid):
        desk.reports.queue("waiting", limit=5, cursor=base64.urlsafe_b64encode(msgspec.json.encode(told)).decode())


@pytest.mark.parametrize("cursor", ["x", "e30=", "W10=", "bnVsbA==", "%%%"])
def test_a_wrong_cursor_is_refused(desk: Any, cursor: str) -> None:
    from chalicelib.domain.errors import Invalid

    with pytest.raises(Invalid):
        desk.reports.queue("waiting", limit=5, cursor=cursor)


def test_nothing_due_costs_eight_queries_whatever_is_open(desk: Any, calls: Any) -> None:
    from chalicelib.usecases.sweep import sweep

    for number in range(20):
        desk.reports.add(a_report(desk, f"JKT-{number:04d}", message_id=f"m{number}"))
    calls()
    assert sweep(desk, seed="00" * 16) == (0, 0, 0)
    assert calls() == ["dynamodb.Query"] * 8


def test_the_sweep_takes_what_is_due_bounded_and_goes_on_next_time(desk: Any, clock: Any) -> None:
    from chalicelib.usecases.sweep import sweep

    for number in range(40):
        desk.reports.add(a_report(desk, f"JKT-{number:04d}", message_id=f"m{number}"))
    clock.pass_by(hours=5)
    first = sweep(desk, seed="00" * 16, per_shard=2)
    assert first.moved == first.due <= 16
    total = first.moved
    while (more := sweep(desk, seed="00" * 16, per_shard=2)).due:
        total += more.moved
    assert total == 40
    report = desk.reports.get("JKT-0007")
    assert [entry.event for entry in report.entries()].count("reminded") == 1


def test_a_change_brings_a_report_of_an_earlier_release_into_every_index(desk: Any) -> None:
    from chalicelib.domain.lifecycle import Status

    report = msgspec.structs.replace(a_report(desk), status=Status.COORDINATION, agency="bina-marga")
    desk.reports.add(report)
    names = ("area", "received", "summary", "office", "open_shard", "standing")
    key = {"tracking": {"S": report.tracking}}
    table = desk.settings.table("reports")
    desk.reports._client.update_item(TableName=table, Key=key, UpdateExpression=f"REMOVE {', '.join(names)}")
    assert desk.reports.queue("office#bina-marga", limit=9)[0] == []
    desk.reports.change(report, next_version(report, msgspec.structs.replace(report, nudged=1)))
    item = desk.reports._client.get_item(TableName=table, Key=key)["Item"]
    assert set(names) <= set(item)
    assert [row.tracking for row in desk.reports.queue("office#bina-marga", limit=9)[0]] == [report.tracking]
    assert [row.tracking for row in desk.open_reports.read().rows] == [report.tracking]

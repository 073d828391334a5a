"""Who somebody is: what is known of a returning sender, who else writes from the same phone, and what an agency, a table
or an entry never tells of anybody.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.report import Report
from chalicelib.usecases import views
from chalicelib.usecases.act import act
from chalicelib.usecases.identity import open_identity
from tests.usecases import test_commands
from tests.usecases.talks import TRASH, city_app, now, report_of, said, stored, with_agency
from tests.usecases.test_commands import ADMIN, AGENCY, WHOLE, wa
from tests.usecases.test_converse import SEED, sms

# The fixtures that empty the replies queue.
sent, delivered = test_commands.sent, test_commands.delivered


def opened(desk: Any, report: Report, actor: Any = ADMIN) -> dict[str, Any]:
    return open_identity(desk, report.tracking, actor, why="uji", action_id="i", seed=SEED)


def correct(desk: Any, report: Report, wish: bytes) -> Report:
    return act(desk, report.tracking, Action.CORRECT, ADMIN, wish, action_id="c", seed=SEED)


@pytest.mark.parametrize("wish", [b'{"anonymous": true}', b'{"confidential": true}'], ids=["anonymous", "confidential"])
def test_the_next_report_tells_an_agency_nothing_of_one_whose_sender_is_hidden(
    desk: Any, clock: Any, wish: bytes
) -> None:
    hidden = correct(desk, report_of(desk, wa(1, WHOLE)), wish)
    clock.pass_by(hours=2)
    report = with_agency(desk, report_of(desk, wa(2, "Trotoar rusak di Jl Kenanga RT 4 Gondangdia")))
    assert hidden.tracking not in str(views.staff(report, desk.city, now=desk.now(), role=Role.AGENCY))
    seen = opened(desk, report, AGENCY)
    assert (seen["name"], seen["address"]) == ("", "")


def test_a_report_hidden_only_later_is_not_opened_for_the_agency_either(desk: Any, clock: Any) -> None:
    first = report_of(desk, wa(1, WHOLE))
    clock.pass_by(hours=2)
    report = with_agency(desk, report_of(desk, wa(2, "Trotoar rusak di Jl Kenanga RT 4 Gondangdia")))
    assert report.known_from == (first.tracking,)
    correct(desk, first, b'{"anonymous": true}')
    assert first.tracking not in str(views.staff(report, desk.city, now=desk.now(), role=Role.AGENCY))
    assert opened(desk, report, AGENCY)["name"] == ""


def test_somebody_else_on_the_same_phone_gets_no_strange_address(desk: Any, clock: Any) -> None:
    said(desk, sms(1, WHOLE))
    clock.pass_by(hours=2)
    report = report_of(desk, sms(2, f"{TRASH}. Nama: Siti Aminah"))
    seen = opened(desk, report)
    assert (seen["name"], seen["address"], report.missing) == ("Siti Aminah", "", ("address",))


@pytest.mark.parametrize("name", ["Budi", "budi santoso", "Pak Budi Santoso"])
def test_the_same_person_by_a_shorter_name_keeps_the_address(desk: Any, clock: Any, name: str) -> None:
    said(desk, sms(1, WHOLE))
    clock.pass_by(hours=2)
    report = report_of(desk, sms(2, f"{TRASH}. Nama: {name}"))
    assert (report.missing, opened(desk, report)["address"]) == ((), "Jl Mawar 2")


def test_no_phone_reaches_the_tables_by_way_of_message_ids(desk: Any, delivered: Callable[[], list[Any]]) -> None:
    phone = b"6281234567890"
    inside = b"\x1c\x18\x0d" + phone + b"\x15\x02\x00\x12\x18\x16ABCDEF0123456789ABCDEF\x00"
    wamid = "wamid." + base64.b64encode(inside).decode()
    said(desk, msgspec.structs.replace(wa(1, WHOLE), id=wamid))
    said(desk, msgspec.structs.replace(wa(1, "STATUS"), id=wamid[:-4] + "AAA="))
    delivered()
    for table in ("reports", "conversations", "deliveries"):
        assert wamid[6:24] not in str(stored(desk, table)), table


def test_staff_see_no_message_ids(desk: Any) -> None:
    report = report_of(desk, sms(1, WHOLE))
    said(desk, msgspec.structs.replace(sms(2, "Lampu mati"), edits="SM1"))
    said(desk, msgspec.structs.replace(sms(3, ""), deletes="SM1"))
    view = str(views.staff(now(desk, report), desk.city, now=desk.now(), role=Role.AGENCY))
    assert "message_edited" in view
    assert "message_deleted" in view
    assert "SM1" not in view


def test_a_name_told_later_is_masked_in_the_first_wording_too(desk: Any) -> None:
    report = report_of(desk, wa(1, "Lampu jalan mati di Jl Melati RT 3 Menteng, kata Budi Santoso"))
    said(desk, wa(2, "Nama: Budi Santoso. Alamat: Jl Mawar 2"))
    said(desk, wa(3, "Lampu jalan mati di Jl Melati RT 3 Menteng", edits="wamid.1"))
    after = now(desk, report)
    assert after.entries()[-1].event == "message_edited"
    assert "Santoso" not in str(after.entries()[-1].told)
    assert "Santoso" not in after.problem


def test_a_phone_that_was_only_claimed_withdraws_no_confidential_report(desk: Any) -> None:
    secret = city_app(phone="+6285550009", text="Kepala sekolah melakukan pungli, rahasia", confidential=True)
    report = report_of(desk, secret)
    said(desk, sms(1, f"BATAL {report.tracking}", "+6285550009"))
    assert now(desk, report).status is not Status.WITHDRAWN

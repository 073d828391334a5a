"""Who reported: recorded before it is opened, once for one request, and for nobody without a right to know."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.channels.message import Message
from chalicelib.domain.errors import Invalid, NotYours, ReportError, Unknown
from chalicelib.domain.lifecycle import Role, Status
from chalicelib.domain.report import Report
from chalicelib.outbound.identity import IdentityFunction
from chalicelib.store.client import client
from chalicelib.usecases.act import Actor
from chalicelib.usecases.hear import hear
from chalicelib.usecases.identity import open_identity, open_photo
from chalicelib.usecases.journal import identity_views
from chalicelib.usecases.submit import submit
from local.invoke import answer_invocations

SEED = "5e" * 16
ADMIN = Actor(role=Role.ADMIN, subject="admin-1")
AGENCY = Actor(role=Role.AGENCY, agency="bina-marga", subject="bm-1")
PHOTO = "p" * 24


@pytest.fixture
def report(desk: Any) -> Report:
    message = Message(
        channel="jaki",
        id="m-1",
        sender="u-1",
        text="Jalan berlubang",
        name="Budi Santoso",
        address="Jl. Mawar No. 2, Menteng",
        phone="+6281234567890",
        raw=b"{}",
    )
    return submit(desk, message, seed=SEED).report


def put(desk: Any, report: Report, **fields: Any) -> None:
    before = desk.reports.get(report.tracking)
    desk.reports.change(before, msgspec.structs.replace(before, **fields))


def ask(desk: Any, report: Report, actor: Actor = ADMIN, why: str = "uji", action_id: str = "1") -> dict[str, Any]:
    return open_identity(desk, report.tracking, actor, why=why, action_id=action_id, seed=SEED)


def test_it_is_recorded_in_history_and_journal_before_it_is_opened(
    desk: Any, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError("KMS is away")

    monkeypatch.setattr(desk.sealer, "open_all", broken)
    with pytest.raises(RuntimeError):
        ask(desk, report)
    assert desk.reports.get(report.tracking).entries()[-1].event == "identity_viewed"
    assert [view.who for view in identity_views(desk, 9)] == ["admin-1"]


def test_a_repeated_request_is_one_view_and_the_next_is_another(desk: Any, report: Report, clock: Any) -> None:
    assert ask(desk, report) == ask(desk, report)
    assert len(identity_views(desk, 9)) == 1
    clock.pass_by(seconds=1)
    ask(desk, report)  # a try of the same request, later
    assert len(identity_views(desk, 9)) == 1
    ask(desk, report, action_id="2", why="sekali lagi")
    views = identity_views(desk, 9)
    assert [view.why for view in views] == ["sekali lagi", "uji"]
    assert {view.tracking for view in views} == {report.tracking}


def test_two_at_the_same_instant_are_two_lines(desk: Any, report: Report) -> None:
    ask(desk, report, action_id="1")
    ask(desk, report, Actor(role=Role.COUNTER, subject="counter-1"), action_id="2")
    assert {view.who for view in identity_views(desk, 9)} == {"admin-1", "counter-1"}


@pytest.mark.parametrize("why", ["", "  ", "\n"])
def test_no_reason_no_name(desk: Any, report: Report, why: str) -> None:
    with pytest.raises(Invalid):
        ask(desk, report, why=why)
    assert identity_views(desk, 9) == []


@pytest.mark.parametrize("role", [Role.VALIDATOR, Role.ANALYST, Role.REPORTER, Role.SYSTEM])
def test_roles_without_the_right(desk: Any, report: Report, role: Role) -> None:
    with pytest.raises(NotYours):
        ask(desk, report, Actor(role=role, subject="x"))
    with pytest.raises(NotYours):
        ask(desk, report, Actor(role=Role.ADMIN, subject=""))


def test_the_agency_that_has_it_unless_the_reporter_is_anonymous_to_it(desk: Any, report: Report) -> None:
    with pytest.raises(NotYours):
        ask(desk, report, AGENCY)
    put(desk, report, agency="bina-marga", status=Status.IN_PROGRESS)
    assert ask(desk, report, AGENCY)["name"] == "Budi Santoso"
    for hidden in ("anonymous", "confidential"):
        put(desk, report, **{"anonymous": False, "confidential": False, hidden: True})
        with pytest.raises(NotYours):
            ask(desk, report, AGENCY, action_id=hidden)
        with pytest.raises(NotYours):
            ask(desk, report, AGENCY)  # not even what was opened before
    assert len(identity_views(desk, 9)) == 1


def test_an_original_of_another_report_is_not_lent(desk: Any, report: Report) -> None:
    desk.buckets.keep(PHOTO, desk.sealer.seal_bytes(b"original", PHOTO, 0))

    def lend(actor: Actor = ADMIN) -> dict[str, Any]:
        return open_photo(desk, report.tracking, PHOTO, actor, why="uji", action_id="p", seed=SEED)

    with pytest.raises(Unknown):
        lend()
    assert identity_views(desk, 9) == []
    put(desk, report, photos=(f"kept:{PHOTO}",))
    assert "/opened/" in lend()["url"]
    assert [view.photo for view in identity_views(desk, 9)] == [PHOTO]
    with pytest.raises(NotYours):
        lend(AGENCY)


def test_views_of_the_months_before_are_found_too(desk: Any, report: Report, clock: Any) -> None:
    for index in range(4):
        ask(desk, report, action_id=str(index), why=f"alasan {index}")
        clock.pass_by(days=31)
    clock.instant -= timedelta(days=31)
    assert [view.why for view in identity_views(desk, 9)] == ["alasan 3", "alasan 2", "alasan 1"]
    assert [view.why for view in identity_views(desk, 1)] == ["alasan 3"]


def test_a_function_that_fails_is_said_so(desk: Any) -> None:
    functions = client("lambda", desk.settings.region)
    asked: list[tuple[str, dict[str, Any]]] = []

    def fails(name: str, event: dict[str, Any]) -> Any:
        asked.append((name, event))
        raise RuntimeError("secret words")

    answer_invocations(functions, "local", fails)
    with pytest.raises(ReportError) as refused:
        IdentityFunction(functions, desk.settings.identity_function).reporter("JKT-1", role="admin", who="a")
    assert type(refused.value) is ReportError
    assert "secret" not in refused.value.message
    assert asked == [("identity", {"tracking": "JKT-1", "role": "admin", "who": "a"})]


@pytest.mark.parametrize(
    ("channel", "fields"),
    [
        ("sms", {"sender": "+6281234567890", "phone": "+6281234567890"}),
        ("email", {"sender": "budi@contoh.id", "email": "budi@contoh.id"}),
        ("whatsapp", {"sender": "6281234567890", "phone": "+6281234567890"}),
    ],
)
def test_a_senders_own_phone_or_address_is_among_what_is_looked_up(
    desk: Any, channel: str, fields: dict[str, str]
) -> None:
    from chalicelib.store import items
    from chalicelib.usecases.find import Wanted, find
    from chalicelib.usecases.lookups import keep_lookups

    if channel not in desk.city.channels:
        channel = next(each for each in desk.city.channels if channel in each)
    message = Message(
        channel=channel, id="m-9", text="Jalan berlubang di depan halte Tosari", conversational=True, **fields
    )
    heard = hear(desk, message, seed=SEED)
    assert heard.report is not None
    wire = items.wire(items.attributes(heard.report, desk.city)) | {"tracking": {"S": heard.report.tracking}}
    keep_lookups(desk, {"NewImage": wire})
    typed = fields.get("email") or "0812-3456-7890"
    assert [hit.tracking for hit in find(desk, ADMIN, Wanted(text=typed)).hits] == [heard.report.tracking]

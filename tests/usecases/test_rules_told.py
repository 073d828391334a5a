"""The rules and the announcements together: every public change reaches the reporter, and an accused agency hears nothing."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from chalicelib.domain.announcements import tells_reporter, topics
from chalicelib.domain.intake import begin, join
from chalicelib.domain.report import Report
from tests.domain.builders import ALL, CITY, IDENTITY, POINT, fresh, h, partly, waiting
from tests.usecases.rules import accepted, do, done, lead, resolved, swept

# before, the change, whether the reporter is written about it
CHANGES: dict[str, tuple[Callable[[], Report], Callable[[Report], Report], bool]] = {
    "dispatch": (waiting, lambda report: do(report, 1, "dispatch"), True),
    "re-routing": (fresh, lambda report: do(report, 1, "dispatch"), True),
    "accept": (fresh, lambda report: do(report, 1, "accept"), True),
    "disposition": (fresh, lambda report: do(report, 1, "disposition"), True),
    "note": (fresh, lambda report: do(report, 1, "note"), False),
    "public note": (fresh, lambda report: do(report, 1, "note", public=True), True),
    "ask": (fresh, lambda report: do(report, 1, "ask"), True),
    "answer": (lambda: do(fresh(), 1, "ask"), lambda report: do(report, 2, "answer"), False),
    "extend": (accepted, lambda report: do(report, 2, "extend"), False),
    "approve": (lambda: do(accepted(), 2, "extend"), lambda report: do(report, 3, "approve-extension"), True),
    "return": (fresh, lambda report: do(report, 1, "return"), True),
    "resolve": (fresh, lambda report: do(report, 1, "resolve"), True),
    "validate": (resolved, lambda report: do(report, 30, "validate"), True),
    "refuse": (resolved, lambda report: do(report, 30, "refuse"), True),
    "reject": (waiting, lambda report: do(report, 1, "reject"), True),
    "merge": (waiting, lambda report: do(report, 1, "merge"), True),
    "lead": (waiting, lambda report: lead(report, fresh(), 1), False),
    "correct": (waiting, lambda report: do(report, 1, "correct"), False),
    "classify": (waiting, lambda report: do(report, 1, "correct", category="sampah"), True),
    "redact": (waiting, lambda report: do(report, 1, "redact"), False),
    "withdraw": (waiting, lambda report: do(report, 1, "withdraw"), True),
    "reopen": (done, lambda report: do(report, 30, "reopen"), True),
    "remind": (fresh, lambda report: swept(report, 5), False),
    "escalate": (fresh, lambda report: swept(report, 6), True),
    "a pause that ran out": (lambda: do(fresh(), 1, "ask"), lambda report: swept(report, 200), True),
    "completion reminder": (
        lambda: begin(IDENTITY, partly(0, "problem"), CITY), lambda report: swept(report, 24), True,
    ),
    "abandon": (
        lambda: swept(begin(IDENTITY, partly(0, "problem"), CITY), 24), lambda report: swept(report, 72), True,
    ),
    "a message that leaves something open": (
        lambda: begin(IDENTITY, partly(0, "problem"), CITY), lambda report: join(report, partly(1, "name"), CITY), True,
    ),
    "the message that completes": (
        lambda: begin(IDENTITY, partly(0, "problem"), CITY), lambda report: join(report, partly(1, *ALL), CITY), True,
    ),
    "the same, and on to the agency": (
        lambda: begin(IDENTITY, partly(0, "problem", category="jalan"), CITY),
        lambda report: join(report, partly(1, *ALL, place=POINT), CITY), True,
    ),
    "a message after dispatch": (fresh, lambda report: join(report, partly(1, problem="lagi"), CITY), False),
}  # fmt: skip


@pytest.mark.parametrize("case", CHANGES)
def test_the_reporter_is_told_once_of_every_public_change(case: str) -> None:
    made, change, told = CHANGES[case]
    before = made()
    after = change(before)
    new = after.entries()[len(before.history) :]
    assert new
    letters = [entry.event for entry in new if tells_reporter(entry)]
    assert len(letters) == (1 if told else 0), letters
    if any(entry.told.public for entry in new):
        assert letters, "a public change that nobody is told of"


def test_a_complete_first_message_has_one_acknowledgement() -> None:
    for report in (fresh(), waiting(), begin(IDENTITY, partly(0), CITY)):
        assert [entry.event for entry in report.entries() if tells_reporter(entry)] == ["received"]


# --- accused ----------------------------------------------------------------------------------------------------------------

AFTERWARDS = ["note", "correct", "reject", "merge", "withdraw", "answer"]


@pytest.mark.parametrize("accused", ["bina-marga", "sudin-bina-marga"])
@pytest.mark.parametrize("action", AFTERWARDS)
def test_an_accused_agency_hears_nothing_from_the_accusation_on(accused: str, action: str) -> None:
    before = fresh()
    report = do(before, 1, "correct", accused=accused, confidential=True)
    report = do(report, 2, action, **({"landmark": "x"} if action == "correct" else {}))
    for entry in report.entries()[len(before.history) :]:
        assert "agency:bina-marga" not in topics(report, entry)
        assert "agency:sudin-bina-marga" not in topics(report, entry)


def test_nor_from_the_sweep() -> None:
    report = do(fresh(), 1, "correct", accused="bina-marga")
    for _ in range(8):
        report = swept(report, 400)
    for entry in report.entries()[2:]:
        assert "agency:bina-marga" not in topics(report, entry)
    assert [entry.event for entry in report.entries()].count("escalated") >= 3


def test_nor_from_a_message() -> None:
    report = do(fresh(), 1, "correct", accused="bina-marga")
    after = join(report, partly(2, problem="mereka lagi"), CITY)
    assert "agency:bina-marga" not in topics(after, after.entries()[-1])


@pytest.mark.parametrize("made", [fresh, accepted, resolved])
def test_an_accused_agency_loses_the_report_and_its_clocks_run(made: Callable[[], Report]) -> None:
    report = do(made(), 30, "correct", accused="bina-marga")
    assert (report.status, report.agency, report.held_since) == ("waiting", None, None)
    assert report.respond
    assert report.resolve
    assert report.respond.running
    assert report.resolve.running
    assert report.resolve.by == h(168)


def test_a_status_change_is_public() -> None:
    for before, wish in (
        (begin(IDENTITY, partly(0, "problem"), CITY), {"complete": True}), (fresh(), {"accused": "bina-marga"}),
    ):  # fmt: skip
        after = do(before, 1, "correct", **wish)
        assert after.status == "waiting" != before.status
        assert any(entry.told.public for entry in after.entries()[len(before.history) :])


def test_nobody_hears_who_reported() -> None:
    """No entry of any change holds more of the reporter than that one wrote."""
    for made, change, _ in CHANGES.values():
        report = change(made())
        assert "sealed" not in msgspec.json.encode(report.entries()).decode()
        assert IDENTITY.sender not in {entry.told.by for entry in report.entries()}

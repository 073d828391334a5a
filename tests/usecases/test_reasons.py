"""Reason codes: a polite sentence for the reporter, a code to count by, and words of one's own beside it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from chalicelib.channels.gsm7 import septets
from chalicelib.city import load
from chalicelib.city.short import room_for_words
from chalicelib.domain.errors import Invalid
from chalicelib.domain.history import Entry
from chalicelib.domain.listing import last_public
from chalicelib.domain.report import Report
from chalicelib.usecases import views
from chalicelib.usecases.wording import wording
from tests.domain.builders import CITY, fresh, h
from tests.usecases.rules import do, resolved

JAKARTA = load("jakarta")
SMALL = msgspec.structs.replace(CITY, reasons=JAKARTA.reasons, texts=JAKARTA.texts)
CODES = [(action, code) for action, codes in JAKARTA.reasons.items() for code in codes]
BEFORE = {"reject": fresh, "return": fresh, "refuse": resolved}
EVENT = {"reject": "rejected", "return": "returned", "refuse": "follow_up_refused"}
URL = "https://x.test/reports/JKT-7K3M-92QX-4HTC"


def after(action: str, lang: str = "id", **wish: Any) -> tuple[Report, Entry]:
    report = do(msgspec.structs.replace(BEFORE[action](), lang=lang), 30, action, SMALL, reason="", **wish) if (
        "reason" not in wish
    ) else do(msgspec.structs.replace(BEFORE[action](), lang=lang), 30, action, SMALL, **wish)  # fmt: skip
    return report, report.entries()[-1]


def test_the_pack_has_the_codes_of_the_issue() -> None:
    assert set(JAKARTA.reasons["reject"]) == {
        "not-public", "untrue", "outside-city", "abusive", "unclear", "private-dispute", "advertisement", "test-message",
        "already-handled",
    }  # fmt: skip
    assert {"wrong-agency", "other-authority"} <= set(JAKARTA.reasons["return"])
    assert set(JAKARTA.reasons["refuse"]) == {"reused-photo", "wrong-place", "not-done", "poor-work", "unclear-photo",
                                             "unreadable-photo"}  # fmt: skip


@pytest.mark.parametrize(("action", "code"), CODES)
@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_code_alone_is_told_in_the_reporter_s_language(action: str, code: str, lang: str) -> None:
    report, entry = after(action, lang, reason_code=code)
    sentence = JAKARTA.reasons[action][code].told[lang]
    assert (entry.event, entry.told.note, entry.told.data["reason_code"]) == (EVENT[action], "", code)
    words = wording(report, entry, SMALL, status_url=URL)
    assert sentence in words.sentence
    assert septets(words.sms) <= 160
    if action == "reject":
        assert sentence in words.sms
        assert sentence in words.body
    assert views.entry_of(entry, SMALL, lang)["note"] == sentence


@pytest.mark.parametrize("action", list(EVENT))
def test_words_alone_are_enough_and_both_are_joined(action: str) -> None:
    _, entry = after(action, reason="alasan sendiri")
    assert (entry.told.note, "reason_code" in entry.told.data) == ("alasan sendiri", False)
    code = next(iter(JAKARTA.reasons[action]))
    report, entry = after(action, reason="alasan sendiri", reason_code=code)
    assert entry.told.note == "alasan sendiri"
    both = f"{JAKARTA.reasons[action][code].told['id']} alasan sendiri"
    assert both in wording(report, entry, SMALL, status_url=URL).sentence


@pytest.mark.parametrize("action", list(EVENT))
@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"reason": ""}, "reason"),
        ({"reason": "  "}, "reason"),
        ({"reason_code": "tidak-ada"}, "reason_code"),
        ({"reason": "kata", "reason_code": "tidak-ada"}, "reason_code"),
    ],
)
def test_neither_or_an_unknown_one_is_refused(action: str, wish: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        after(action, **wish)
    assert list(refused.value.details) == [field]


def test_a_code_of_another_action_is_unknown() -> None:
    with pytest.raises(Invalid):
        after("reject", reason_code="reused-photo")


def test_a_list_has_the_code_in_no_language() -> None:
    report, _ = after("reject", reason_code="untrue")
    told = last_public(report)
    assert told is not None
    assert (told.reason, told.note) == ("untrue", "")


def test_a_text_of_its_own_for_a_reason_or_a_category() -> None:
    special = {"sms.rejected@untrue": "A {tracking}", "app.rejected@untrue": "A: {reason}", "app.rejected@jalan": "B",
               "email.rejected@jalan.subject": "C"}  # fmt: skip
    where = msgspec.structs.replace(SMALL, texts={**SMALL.texts, "id": SMALL.texts["id"] | special})
    report, entry = after("reject", reason_code="untrue")
    words = wording(report, entry, where, status_url=URL)
    assert words.sms == f"A {report.tracking}"
    assert words.sentence.startswith("A: Petugas")
    assert words.subject == "C"
    assert words.body == wording(report, entry, SMALL, status_url=URL).body
    report, entry = after("reject", reason="lain")
    assert wording(report, entry, where, status_url=URL).sentence == "B"
    english = msgspec.structs.replace(report, lang="en")
    assert wording(english, entry, where, status_url=URL).sentence.startswith("We are sorry")
    assert hours_untouched(report)


@pytest.mark.parametrize("lang", ["id", "en"])
def test_a_rejection_has_room_for_the_officers_words(lang: str) -> None:
    """What is said to fit arrives whole; more is cut between words, and never beyond two segments."""
    own = "Silakan hubungi kantor kelurahan setempat pada jam kerja dengan membawa surat pengantar dari RT dan RW. "
    for code in (*JAKARTA.reasons["reject"], ""):
        report, _ = after("reject", lang, reason="kata", reason_code=code)
        room = room_for_words(SMALL, "rejected", lang, {"tracking": report.tracking}, beside="reject")
        assert room is not None
        assert room >= 100
        fits = (own * 9)[:room].rstrip()
        report, entry = after("reject", lang, reason=fits, reason_code=code)
        sms = wording(report, entry, SMALL, status_url=URL).sms
        assert sms.endswith(fits)
        assert septets(sms) <= 306
        report, entry = after("reject", lang, reason=own * 9, reason_code=code)
        sms = wording(report, entry, SMALL, status_url=URL).sms
        assert 250 < septets(sms) <= 306
        assert sms.endswith("...")
        assert sms.removesuffix("...").split()[-1] in own.split()


@pytest.mark.parametrize(
    ("event", "told"), [("asked", True), ("noted", True), ("returned", False), ("resolved", False)]
)
def test_room_there_is_where_words_are_told(event: str, told: bool) -> None:
    room = room_for_words(SMALL, event, "id", {"tracking": "JKT-7K3M-92QX-4HTC", "agency": "Bina Marga"})
    assert (room is not None and 80 <= room <= 160) == told


def hours_untouched(report: Report) -> bool:
    return report.changed_at == h(30)

"""Whose words are whose to read: the public, the reporter with the key, the staff; and whose provider keeps a picture."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.report import Deed, record
from chalicelib.outbound.senders.outcome import SendRefused
from chalicelib.usecases import sources
from chalicelib.usecases.act import act
from chalicelib.usecases.hear import hear
from chalicelib.usecases.views import public, staff
from tests.domain.builders import CITY, h
from tests.usecases.rules import resolved
from tests.usecases.test_commands import ADMIN, done, filed, wa
from tests.usecases.test_converse import SEED, sms


def test_what_the_reporter_says_in_anger_is_the_staff_s_to_read(desk: Any) -> None:
    report = done(desk, filed(desk))
    hear(desk, sms(2, f"BELUM {report.tracking} si Tukiyem yang buang sampah"), seed=SEED)
    after = desk.reports.get(report.tracking)
    views = {
        "public": public(after, desk.city, now=desk.now(), lang="id", with_key=False),
        "reporter": public(after, desk.city, now=desk.now(), lang="id", with_key=True),
        "staff": staff(after, desk.city, now=desk.now(), role=Role.ADMIN),
    }
    assert "sampah" not in str(views["public"])
    assert "lampu diganti" in str(views["public"]), "what the agency says stays public"
    assert "sampah" in str(views["reporter"])
    assert "sampah" in str(views["staff"])


def test_a_rejected_report_s_words_are_nobody_s_to_read(desk: Any) -> None:
    report = filed(desk)
    act(desk, report.tracking, Action.REJECT, ADMIN, b'{"reason": "tidak benar"}', action_id="r", seed=SEED)
    after = desk.reports.get(report.tracking)
    view = public(after, desk.city, now=desk.now(), lang="id", with_key=False)
    assert (view["problem"], view["place"], view["photos"]) == (None, None, [])
    assert "tidak benar" in str(view["history"]), "why it ended is said"


def test_a_picture_is_asked_of_the_provider_it_came_by(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    report = done(desk, filed(desk))
    hear(desk, wa(5, f"BELUM {report.tracking} masih mati", photos=("provider:9988",)), seed=SEED)
    after = desk.reports.get(report.tracking)
    (picture,) = desk.sealer.open_all(after.sealed, after.tracking, desk.ticks()).photos
    assert after.photos == (f"pending:{picture.id}",)
    asked: list[str] = []

    def note(adapter: str) -> Any:
        asked.append(adapter)
        raise SendRefused("not in this test")

    monkeypatch.setattr(sources, "media_adapter", note)
    with pytest.raises(SendRefused):
        sources.content_of(desk, after, picture.source)
    assert (after.channel, asked) == ("sms", ["meta"])


@pytest.mark.parametrize(
    ("role", "reads"),
    [(Role.ADMIN, True), (Role.VALIDATOR, True), (Role.AGENCY, False), (Role.COUNTER, False), (Role.ANALYST, False)],
)
def test_what_a_proof_is_like_is_for_those_who_judge_it(role: Role, reads: bool) -> None:
    other, report = "JKT-1111-1111-1111", resolved()
    deed = Deed(action=Action.PICTURE, role=Role.SYSTEM, action_id="p", at=h(30), seed=SEED)
    alike = {"tracking": other, "photo": "PHOTO", "share": 0.97}
    signs = {"x": [{"kind": "alike", "weight": "against", "data": alike}]}
    report = record(report, deed, "pictures_processed", data={"ready": ["x"], "signs": signs})
    report = record(report, deed, "proof_doubted", data={"like": other, "to": ["inspektorat"]})
    view = staff(report, CITY, now=h(31), role=role)
    assert (other in str(view)) is ("PHOTO" in str(view)) is reads
    assert [entry["event"] for entry in view["history"]][-2:] == ["pictures_processed", "proof_doubted"]
    assert view["history"][-2]["data"]["ready"] == ["x"]

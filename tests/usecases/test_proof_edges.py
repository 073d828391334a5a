"""Proof when things come late, twice or in another order: nobody honest is called a thief, and nobody slips through."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import Conflict, Invalid
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.pictured import Outcome, pictured
from chalicelib.domain.proof import Sign
from chalicelib.domain.report import Deed, Report
from chalicelib.store import items
from chalicelib.usecases import capture, follow_up
from chalicelib.usecases.act import act, changed
from chalicelib.usecases.proof import examined
from chalicelib.usecases.uploads import claim_shown, new_upload, store_upload
from scripts.proof_pairs import View, place
from tests.domain.builders import fresh
from tests.usecases.rules import do
from tests.usecases.test_capture import VALIDATOR, jpeg
from tests.usecases.test_followers import AGENCY, ONE, SEED, done, filed

REUSED = {"P1": Outcome(signs=(Sign("alike", "against", {"tracking": "JKT-X", "photo": "p", "share": 0.99}),))}
A, B, C, P = (letter * 16 for letter in "ABCP")


def with_agency(desk: Any) -> Report:
    return done(desk, filed(desk, 1, ONE), Action.DISPATCH, agency="bina-marga")


def resolved(desk: Any) -> Report:
    """With a picture that nobody has looked at."""
    report = done(desk, with_agency(desk), Action.ACCEPT, AGENCY)
    deed = Deed(action=Action.RESOLVE, role=Role.AGENCY, by="bina-marga", action_id="r", at=desk.now(), seed=SEED)
    wish = follow_up.Resolve(note="ok", photos=("P1",))
    return changed(
        desk, report.tracking, Action.RESOLVE, "r", lambda now: follow_up.resolve(now, deed, wish, desk.city)
    )


def looked(desk: Any, tracking: str) -> Report:
    deed = Deed(action=Action.PICTURE, role=Role.SYSTEM, action_id="pic", at=desk.now(), seed=SEED)
    return changed(desk, tracking, Action.PICTURE, "pic", lambda now: pictured(now, deed, REUSED, desk.city, {}))


def test_who_judges_with_a_page_older_than_the_doubt_is_told(desk: Any) -> None:
    seen = resolved(desk)
    assert looked(desk, seen.tracking).doubted
    with pytest.raises(Conflict) as conflict:
        act(desk, seen.tracking, Action.VALIDATE, VALIDATOR, b"{}", action_id="v", seed=SEED, seen=seen.seq)
    (news,) = conflict.value.details["changed"]  # type: ignore[misc]
    assert news["event"] == "proof_doubted"


def test_reused_proof_found_after_the_work_was_accepted_is_told_until_an_admin_has_looked(desk: Any) -> None:
    report = resolved(desk)
    act(desk, report.tracking, Action.VALIDATE, VALIDATOR, b"{}", action_id="v", seed=SEED)
    after = looked(desk, report.tracking)
    assert (after.status, after.doubted) == (Status.DONE, True)
    assert after.entries()[-1].event == "proof_doubted"
    assert [row.tracking for row in desk.reports.queue("doubted", limit=9)[0]] == [report.tracking]
    done(desk, report, Action.NOTE, AGENCY, note="foto kami sendiri")
    assert desk.reports.queue("doubted", limit=9)[0], "an agency's word is no look"
    after = done(desk, report, Action.NOTE, note="sudah diperiksa")
    assert (after.status, after.doubted) == (Status.DONE, False)
    assert desk.reports.queue("doubted", limit=9)[0] == []


def test_accepting_in_spite_of_the_doubt_ends_it(desk: Any) -> None:
    report = looked(desk, resolved(desk).tracking)
    after = act(desk, report.tracking, Action.VALIDATE, VALIDATOR, b"{}", action_id="v", seed=SEED)
    assert after.entries()[-1].told.data == {"doubted": True}
    assert "pending" not in items.attributes(after, desk.city)


def test_two_looks_at_one_picture_at_once_find_the_same(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    report = with_agency(desk)
    mark = capture.new_code(desk, report, AGENCY, b"abcd")["mark"]
    get, first = desk.things.get, iter([True])

    def racing(kind: str, id: str) -> Any:
        item = get(kind, id)
        if kind.startswith("code#") and next(first, False):
            assert capture.redeemed(desk, mark, P) == report.tracking  # the other function, in between
        return item

    monkeypatch.setattr(desk.things, "get", racing)
    assert capture.redeemed(desk, mark, P) == report.tracking
    assert capture.redeemed(desk, mark, A) == "", "another picture is another one"


@pytest.mark.parametrize(("minutes", "counts"), [(1, True), (19, True), (21, False)])
def test_a_picture_is_as_late_as_it_was_uploaded(
    desk: Any, clock: Any, monkeypatch: pytest.MonkeyPatch, minutes: int, counts: bool
) -> None:
    report, began = with_agency(desk), desk.now()
    mark = capture.new_code(desk, report, AGENCY, b"abcd")["mark"]
    monkeypatch.setattr(desk.buckets, "uploaded_at", lambda _: began + timedelta(minutes=minutes))
    clock.pass_by(hours=3)  # the queue was behind
    assert capture.redeemed(desk, mark, P) == (report.tracking if counts else "")


def test_an_id_whose_picture_never_came_shows_nothing(desk: Any) -> None:
    report, photo = with_agency(desk), new_upload(desk, b"x" * 12)["id"]
    with pytest.raises(Invalid) as refused:
        done(desk, report, Action.RESOLVE, AGENCY, note="selesai", photos=[photo])
    assert refused.value.details == {"photos": f"not uploaded yet: {photo}"}
    here = store_upload(desk, jpeg(place(1, "pothole", View())), b"y" * 12)
    claim_shown(desk, (here,), report.tracking)
    assert desk.buckets.uploaded_at(photo[:-1]) is None
    assert (
        done(desk, report, Action.RESOLVE, AGENCY, note="selesai", photos=[here]).status is Status.AWAITING_VALIDATION
    )


def test_a_photo_of_finished_work_stays_with_it_and_is_never_new_again() -> None:
    report = do(do(fresh(), 1, "accept"), 2, "resolve", photos=(A,))
    report = msgspec.structs.replace(report, photos=(A,))
    with pytest.raises(Invalid) as refused:
        do(report, 3, "split", photos=(A,))
    assert set(refused.value.details) == {"photos"}
    hidden = do(do(report, 4, "refuse"), 5, "redact", photos=(A,))
    assert hidden.photos == ()
    with pytest.raises(Invalid):
        do(hidden, 6, "resolve", photos=(A,))
    assert do(hidden, 6, "resolve", photos=(B,)).status is Status.AWAITING_VALIDATION


def seen(seed: int) -> Any:
    content = jpeg(place(seed, "pothole", View()))
    return SimpleNamespace(large=content, mark="", width=900, height=700, where=None, software="")


def kinds(desk: Any, report: Report, photo: str, what: Any) -> set[str]:
    return {sign.kind for sign in examined(desk, report, photo, what, None)}


def test_the_first_one_looked_at_again_repeats_nobody(desk: Any, clock: Any) -> None:
    what = seen(1)
    first = do(do(fresh(), 1, "accept"), 2, "resolve", photos=(A,))
    other = msgspec.structs.replace(
        do(do(fresh(), 1, "accept"), 3, "resolve", photos=(B,)), tracking="JKT-0000-0000-0009"
    )
    assert "alike" not in kinds(desk, first, A, what)
    clock.pass_by(minutes=3)
    assert "alike" in kinds(desk, other, B, what)
    clock.pass_by(minutes=3)  # the function had ended before it noted what it found
    assert "alike" not in kinds(desk, first, A, what)
    assert "alike" in kinds(desk, other, B, what), "and the other one still does"


def test_a_late_picture_of_earlier_work_is_found_when_it_is_used_again(desk: Any) -> None:
    what = seen(2)
    report = do(do(do(fresh(), 1, "accept"), 2, "resolve", photos=(A,)), 3, "refuse")
    report = do(report, 4, "resolve", photos=(C,))
    assert examined(desk, report, A, what, None) == (), "it is not what is judged now"
    other = msgspec.structs.replace(
        do(do(fresh(), 1, "accept"), 3, "resolve", photos=(B,)), tracking="JKT-0000-0000-0009"
    )
    assert "alike" in kinds(desk, other, B, what)


@pytest.mark.parametrize("how", ["there", "split", "redact"])
def test_a_picture_of_the_problem_proves_nothing_wherever_it_went(desk: Any, how: str) -> None:
    what = seen(3)
    report = msgspec.structs.replace(fresh(), photos=(P,))
    examined(desk, report, P, what, None)
    if how != "there":
        report = do(report, 1, how, photos=(P,))
    report = do(do(report, 2, "accept"), 3, "resolve", photos=(A,))
    assert "same_as_before" in kinds(desk, report, A, what)


@pytest.mark.parametrize("how", ["leads", "split_from"])
def test_nor_does_that_of_a_merged_report_or_of_the_one_it_was_split_from(desk: Any, how: str) -> None:
    what = seen(4)
    other = msgspec.structs.replace(fresh(), tracking="JKT-0000-0000-0008", photos=(P,))
    desk.reports.add(other)
    examined(desk, other, P, what, None)
    related: dict[str, Any] = {"leads": (other.tracking, "JKT-0000-0000-0007")} if how == "leads" else {}
    report = msgspec.structs.replace(fresh(), **(related or {"split_from": other.tracking}))
    report = do(do(report, 2, "accept"), 3, "resolve", photos=(A,))
    assert "same_as_before" in kinds(desk, report, A, what)

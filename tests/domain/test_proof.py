"""What speaks for and against a picture of finished work: a table, dated and measured."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain import capture
from chalicelib.domain.proof import Alike, Seen, Work, distance, judged, reused
from tests.domain.builders import T0, TRACKING, h

MONAS = (-6.1754, 106.8272)
SPAN = Work(since=h(1), until=h(30), where=MONAS)
EARLIER = Alike("JKT-0000-0000-0001", "older", 0.914)
SOME = {"width": 4000, "height": 3000}


def kinds(seen: Seen, work: Work = SPAN) -> set[str]:
    return {f"{sign.kind}:{sign.weight}" for sign in judged(seen, work)}


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ({"taken_at": h(5), "where": MONAS}, {"gallery:against", "taken_during:for", "near:for"}),
        ({"taken_at": h(0.1), "captured": True}, {"captured:for", "taken_during:for"}),
        ({"taken_at": h(-0.1)}, {"gallery:against", "taken_before:against"}),
        ({"taken_at": h(30.9)}, {"gallery:against", "taken_during:for"}),
        ({"taken_at": h(31.1)}, {"gallery:against", "taken_after:against"}),
        ({"where": (-6.1772, 106.8272)}, {"gallery:against", "too_far:against"}),
        ({"where": (-6.1771, 106.8272)}, {"gallery:against", "near:for"}),
        ({}, {"gallery:against", "no_exif:against"}),
        ({"captured": True}, {"captured:for"}),
        ({"width": 1080, "height": 2400}, {"gallery:against", "screenshot:against"}),
        ({"width": 2400, "height": 1080}, {"gallery:against", "screenshot:against"}),
        ({"width": 1080, "height": 2400, "taken_at": h(3)}, {"gallery:against", "taken_during:for"}),
        ({"width": 1080, "height": 1080}, {"gallery:against", "no_exif:against"}),
        ({"software": "Adobe Photoshop 25"}, {"gallery:against", "no_exif:against", "edited:against"}),
        ({"alike": (EARLIER,), "captured": True}, {"alike:against", "captured:for"}),
        ({"before": EARLIER, "captured": True}, {"same_as_before:against", "captured:for"}),
    ],
)
def test_signs(seen: dict[str, Any], told: set[str]) -> None:
    assert kinds(Seen(**{**SOME, **seen})) == told


def test_what_nobody_knows_says_nothing() -> None:
    assert kinds(Seen(**SOME, taken_at=T0, where=MONAS), Work()) == {"gallery:against"}


def test_reused_proof_weighs_most_and_says_which() -> None:
    (first, *_) = judged(Seen(**SOME, alike=(EARLIER,)), SPAN)
    assert (first.kind, first.data) == ("alike", {"tracking": EARLIER.tracking, "photo": "older", "share": 0.91})
    assert reused({"mine": (first,)}) == {"photo": "mine", "sign": "alike", "other": EARLIER.tracking, "like": "older"}
    assert reused({"mine": judged(Seen(**SOME), SPAN)}) == {}


def test_metres() -> None:
    assert distance(MONAS, MONAS) == 0
    assert distance(MONAS, (-6.1844, 106.8272)) == pytest.approx(1000.8, abs=1)


@pytest.mark.parametrize("random", [bytes(4), b"\xff" * 4, b"\x12\x34\x56\x78"])
def test_a_mark_holds_its_code_and_proves_it(random: bytes) -> None:
    code = capture.code_from(random)
    drawn = capture.mark(b"k", code, TRACKING, h(1))
    assert (len(code), len(drawn), capture.code_in(drawn)) == (6, 16, code)
    assert capture.mark_in(capture.cells(drawn)) == drawn
    assert capture.proves(b"k", drawn, TRACKING, h(1))
    wrong = [(b"x", drawn, TRACKING, h(1)), (b"k", drawn, "JKT-0", h(1)), (b"k", drawn, TRACKING, h(2))]
    wrong.append((b"k", f"{int(drawn, 16) ^ 1:016x}", TRACKING, h(1)))
    assert not any(capture.proves(*each) for each in wrong)

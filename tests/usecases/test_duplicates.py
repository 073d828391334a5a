"""Near-duplicates by the indexes, and the sender's record: what is found, for whom, and in how many questions."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import h3
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.lifecycle import Role, Status
from chalicelib.domain.place import Place, cell_of
from chalicelib.triage.duplicates import WITHIN_METRES
from chalicelib.usecases import duplicates
from chalicelib.usecases.act import Actor
from chalicelib.usecases.duplicates import cells_around, near_duplicates
from chalicelib.usecases.sender_record import sender_record
from tests.conftest import START
from tests.store.test_reports import a_report

ADMIN = Actor(role=Role.ADMIN)
LAT, LNG, AREA = -6.1754, 106.8272, "31.71.01.1001"
METRE = 180 / math.pi / 6_371_008.8


def stored(
    desk: Any, number: str, *, metres: float = 0.0, days: float = 0.0, point: bool = True, **changes: Any
) -> Any:
    place = Place(lat=LAT + metres * METRE, lng=LNG, area=AREA, in_city=True) if point else Place(area=AREA)
    report = msgspec.structs.replace(
        a_report(desk, number),
        **{"received_at": START + timedelta(days=days), "place": place, "cell": cell_of(place), **changes},
    )
    assert desk.reports.add(report)
    return report


def numbers(found: Any) -> list[str]:
    return [near.report.tracking for near in found.near]


def test_those_near_in_place_and_time_the_likeliest_first(desk: Any) -> None:
    here = stored(desk, "HERE")
    stored(desk, "FAR", metres=140)
    stored(desk, "NEAR", metres=20, days=-3)
    stored(desk, "BEYOND", metres=160)
    stored(desk, "OLD", days=-15)
    stored(desk, "OTHER", category="sampah")
    found = near_duplicates(desk, here, ADMIN)
    assert numbers(found) == ["NEAR", "FAR"]
    assert found.near[0].why.metres == pytest.approx(20, abs=0.5)
    assert not found.cut


@pytest.mark.parametrize(
    ("status", "shown", "leads"),
    [
        (Status.WAITING, True, True),
        (Status.IN_PROGRESS, True, True),
        (Status.AWAITING_VALIDATION, True, True),
        (Status.DONE, True, False),
        (Status.MERGED, False, False),
        (Status.REJECTED, False, False),
        (Status.WITHDRAWN, False, False),
        (Status.ABANDONED, False, False),
    ],
)
def test_what_is_over_is_nothing_to_merge_into(desk: Any, status: Status, shown: bool, leads: bool) -> None:
    here = stored(desk, "HERE")
    stored(desk, "OTHER", status=status)
    found = near_duplicates(desk, here, ADMIN)
    assert numbers(found) == (["OTHER"] if shown else [])
    assert [near.leads for near in found.near] == ([leads] if shown else [])


def test_an_incomplete_report_leads_no_complete_one(desk: Any) -> None:
    here = stored(desk, "HERE")
    stored(desk, "OTHER", status=Status.INCOMPLETE, complete_at=None, respond=None, resolve=None)
    assert [near.leads for near in near_duplicates(desk, here, ADMIN).near] == [False]


@pytest.mark.parametrize("role", list(Role))
def test_confidential_ones_are_for_admins_only(desk: Any, role: Role) -> None:
    here = stored(desk, "HERE")
    stored(desk, "SECRET", confidential=True)
    assert numbers(near_duplicates(desk, here, Actor(role=role))) == (["SECRET"] if role is Role.ADMIN else [])


def test_without_a_point_by_the_kelurahan(desk: Any) -> None:
    here = stored(desk, "HERE", point=False)
    stored(desk, "ALIKE", point=False, days=1)
    stored(desk, "UNLIKE", point=False, problem="Aspal amblas dekat pasar", days=2)
    assert numbers(near_duplicates(desk, here, ADMIN)) == ["ALIKE"]
    nowhere = stored(desk, "NOWHERE", place=Place(landmark="depan halte"), cell=None)
    assert near_duplicates(desk, nowhere, ADMIN) == duplicates.Duplicates()


def test_a_like_photo_is_told_and_counts(desk: Any) -> None:
    for photo, phash in (("p" * 24, "3c7e9f1122aa55cc"), ("q" * 24, "3c7e9f1122aa55cd"), ("r" * 24, "c381" * 4)):
        desk.photos.found(_photo(photo, phash), now=START)
    here = stored(desk, "HERE", photos=("p" * 24,))
    stored(desk, "SAME", photos=("q" * 24,), problem="Lubang menganga")
    stored(desk, "OTHER", photos=("r" * 24, "pending:s"), problem="Lubang menganga")
    found = near_duplicates(desk, here, ADMIN)
    assert [(near.report.tracking, near.why.photo) for near in found.near] == [("SAME", True), ("OTHER", False)]


@pytest.mark.parametrize("point", [True, False])
def test_a_like_photo_is_enough_where_words_and_category_say_nothing(desk: Any, point: bool) -> None:
    for photo, phash in (("p" * 24, "3c7e9f1122aa55cc"), ("q" * 24, "3c7e9f1122aa55cd"), ("r" * 24, "c381" * 4)):
        desk.photos.found(_photo(photo, phash), now=START)
    here = stored(desk, "HERE", photos=("p" * 24,), category=None, point=point)
    stored(desk, "SAME", photos=("q" * 24,), problem="Tolong dilihat", category=None, point=point)
    stored(desk, "OTHER", photos=("r" * 24,), problem="Tolong dilihat", category=None, point=point)
    assert numbers(near_duplicates(desk, here, ADMIN)) == ["SAME"]


def _photo(photo: str, phash: str) -> Any:
    from chalicelib.store.photos import Photo

    return Photo(id=photo, tracking="T", state="ready", phash=phash)


def test_every_question_is_bounded_and_says_so(
    desk: Any, calls: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = stored(desk, "HERE")
    for index in range(5):
        stored(desk, f"N{index}", metres=index)
    calls()
    assert not near_duplicates(desk, here, ADMIN).cut
    assert calls() == ["dynamodb.Query"] * 7 + ["dynamodb.BatchGetItem"]
    monkeypatch.setattr(duplicates, "A_QUESTION", 3)
    found = near_duplicates(desk, here, ADMIN)
    assert found.cut
    assert len(found.near) <= 3
    monkeypatch.setattr(duplicates, "A_QUESTION", 50)
    monkeypatch.setattr(duplicates, "LOOKED_AT", 2)
    assert near_duplicates(desk, here, ADMIN).cut


@given(st.floats(-6.40, -5.10), st.floats(106.35, 107.05), st.floats(0, 2 * math.pi))
def test_nothing_within_the_distance_lies_beyond_the_ring(lat: float, lng: float, bearing: float) -> None:
    north = lat + WITHIN_METRES * METRE * math.cos(bearing)
    east = lng + WITHIN_METRES * METRE * math.sin(bearing) / math.cos(math.radians(lat))
    assert h3.latlng_to_cell(north, east, 9) in cells_around(lat, lng)


def test_no_edge_of_a_cell_is_shorter_than_the_distance() -> None:
    """From a cell to what is beyond its ring it is nowhere nearer than the shortest edge of a cell of the ring."""
    middle = h3.latlng_to_cell(LAT, LNG, 5)
    cells = {cell for near in h3.grid_disk(middle, 4) for cell in list(h3.cell_to_children(near, 9))[::97]}
    edges = [h3.edge_length(edge, unit="m") for cell in cells for edge in h3.origin_to_directed_edges(cell)]
    assert min(edges) > WITHIN_METRES


def test_the_senders_record_counts_the_others(desk: Any, calls: Callable[[], list[str]]) -> None:
    here = stored(desk, "HERE")
    calls()
    record = sender_record(desk, here)
    assert calls() == ["dynamodb.Query"]
    assert (record.first, record.reports, record.verified) == (True, 0, True)
    stored(desk, "BAD", days=-2, status=Status.REJECTED)
    stored(desk, "GOOD", days=-1, status=Status.DONE)
    stored(desk, "OPEN", days=1)
    stored(desk, "STRANGER", sender="another")
    record = sender_record(desk, here)
    assert (record.first, record.reports, record.rejected, record.done) == (False, 3, 1, 1)
    assert (record.open, record.before, record.more) == (("OPEN",), ("GOOD", "BAD"), False)


def test_a_record_says_when_it_is_cut(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from chalicelib.usecases import sender_record as module

    monkeypatch.setattr(module, "LAST", 2)
    here = stored(desk, "HERE", days=-9)
    for index in range(3):
        stored(desk, f"N{index}", days=index)
    record = sender_record(desk, here)
    assert (record.more, record.first) == (True, False)


def test_what_stands_around_is_ordered_by_the_city_of_the_moment(desk: Any) -> None:
    """An admin may change it while the process goes on."""
    around = desk.neighbours
    desk.city = msgspec.structs.replace(desk.city, version=7)
    assert around._city().version == 7

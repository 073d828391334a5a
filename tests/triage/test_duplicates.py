"""`compare` and `ordered`: near in place and time, one category family, alike in words or photo."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.city import load
from chalicelib.triage.duplicates import (
    WITHIN,
    WITHIN_METRES,
    Case,
    bits_apart,
    compare,
    distance,
    ordered,
    words_of,
)

CITY = load("jakarta")
AT = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
LAT, LNG = -6.1754, 106.8272
A_DEGREE = math.pi * 6_371_008.8 / 180
HASH = "3c7e9f1122aa55cc"
BASE = Case(
    tracking="A",
    text="Jalan berlubang besar di depan halte",
    category="jalan",
    lat=LAT,
    lng=LNG,
    area="31.71.01.1001",
    received_at=AT,
)


def case(tracking: str = "B", *, metres: float = 0.0, days: float = 0.0, **changes: object) -> Case:
    return msgspec.structs.replace(
        BASE, tracking=tracking, lat=LAT + metres / A_DEGREE, received_at=AT + timedelta(days=days), **changes
    )


@pytest.mark.parametrize(
    ("other", "is_one"),
    [
        (case(metres=149.9), True),
        (case(metres=150.2), False),
        (case(days=14), True),
        (case(days=-14), True),
        (case(days=14.001), False),
        (case(days=-14.001), False),
        (case(text="Aspal amblas", category="jalan"), True),
        (case(text="Keramik lepas", category="trotoar"), True),  # another category of the same agency
        (case(category="sampah"), False),
        (case(category=None), True),
        (case(category="no-such-category"), True),
        (case(text="Kucing hilang", category=None), False),
        (case(tracking="A"), False),
    ],
)
def test_edges_of_place_time_and_family(other: Case, is_one: bool) -> None:
    assert (compare(BASE, other, CITY) is not None) is is_one


def test_reasons_are_those_of_the_pair() -> None:
    why = compare(BASE, case(metres=40, days=2, text="Ada jalan berlubang di dekat halte", photos=()), CITY)
    assert why is not None
    assert why.metres == pytest.approx(40, abs=0.1)
    assert (why.days, why.family, why.photo) == (2.0, "same", False)
    assert why.words == ("berlubang", "halte")


def test_a_like_photo_outweighs_other_words() -> None:
    one = msgspec.structs.replace(BASE, photos=(HASH,))
    like = f"{int(HASH, 16) ^ 0b1111100000:016x}"
    unlike = f"{int(HASH, 16) ^ 0xFFFFFFFF:016x}"
    with_photo = compare(one, case(text="Aspal hancur", photos=("0" * 16, like)), CITY)
    without = compare(one, case(text="Aspal hancur", photos=(unlike,)), CITY)
    assert with_photo is not None
    assert with_photo.photo
    assert without is not None
    assert not without.photo
    assert with_photo.score > without.score


def test_without_a_point_the_kelurahan_and_the_words_decide() -> None:
    one = msgspec.structs.replace(BASE, lat=None, lng=None)
    other = msgspec.structs.replace(BASE, tracking="B", lat=None, lng=None)
    why = compare(one, other, CITY)
    assert why is not None
    assert why.metres is None
    assert compare(one, msgspec.structs.replace(other, area="31.71.01.1002"), CITY) is None
    assert compare(one, msgspec.structs.replace(other, area=None), CITY) is None
    assert compare(one, msgspec.structs.replace(other, text="Aspal hancur dekat pasar"), CITY) is None


def test_the_likeliest_comes_first_and_equals_by_age() -> None:
    near, far = case("N", metres=10), case("F", metres=140)
    older, newer = case("O", metres=60, days=-1), case("P", metres=60, days=1)
    found = [other.tracking for other, _ in ordered(BASE, [far, newer, near, older, BASE], CITY)]
    assert found == ["N", "O", "P", "F"]


@pytest.mark.parametrize(
    ("one", "other", "bits"),
    [(HASH, HASH, 0), (HASH, f"{int(HASH, 16) ^ 7:016x}", 3), ("", HASH, 64), ("no hash", HASH, 64)],
)
def test_bits_apart(one: str, other: str, bits: int) -> None:
    assert bits_apart(one, other) == bits


def test_words_are_those_that_say_something() -> None:
    assert words_of("Mohon dong jln berlobang di depan SDN 03, tolong segera") == words_of(
        "jalan berlubang depan SDN 03 dong"
    )
    assert words_of("") == ()


TEXTS = st.lists(
    st.sampled_from(["jalan", "berlubang", "lampu", "mati", "di", "depan", "halte", "pasar", "<script>", "🙂"]),
    max_size=8,
).map(" ".join)
CASES = st.builds(
    Case,
    tracking=st.sampled_from(["A", "B", "C"]),
    text=TEXTS,
    category=st.sampled_from([None, "jalan", "trotoar", "sampah", "gone"]),
    lat=st.one_of(st.none(), st.floats(-6.1764, -6.1744)),
    lng=st.one_of(st.none(), st.floats(106.8262, 106.8282)),
    area=st.sampled_from([None, "31.71.01.1001", "31.71.01.1002"]),
    received_at=st.integers(-20 * 24, 20 * 24).map(lambda hours: AT + timedelta(hours=hours)),
    unseen=st.booleans(),
    photos=st.lists(st.sampled_from([HASH, "0" * 16, "f" * 16, "zz"]), max_size=2).map(tuple),
)


@given(CASES, CASES)
def test_the_same_from_both_sides_and_never_itself(one: Case, other: Case) -> None:
    here, there = compare(one, other, CITY), compare(other, one, CITY)
    assert here == there
    assert compare(one, one, CITY) is None
    if here is not None:
        assert one.tracking != other.tracking
        assert 0 <= here.score <= 1
        assert abs(one.received_at - other.received_at) <= WITHIN
        assert here.metres is None or here.metres <= WITHIN_METRES


@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(-89, 89), st.floats(-180, 180))
def test_distance_is_one(lat: float, lng: float, lat2: float, lng2: float) -> None:
    one = msgspec.structs.replace(BASE, lat=lat, lng=lng)
    other = msgspec.structs.replace(BASE, lat=lat2, lng=lng2)
    there = distance(one, other)
    assert there == distance(other, one)
    assert there is not None
    assert 0 <= there <= math.pi * 6_371_008.8 + 1
    assert distance(one, one) == 0

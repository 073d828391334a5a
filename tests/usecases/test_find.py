"""Finding: what is read is bounded and counted, what is found is what may be seen, and look-ups follow the marks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Invalid, NotYours
from chalicelib.domain.lifecycle import Role, Status
from chalicelib.domain.place import Place
from chalicelib.store import items
from chalicelib.triage.recognition import marks_of
from chalicelib.usecases.act import Actor
from chalicelib.usecases.find import MOST_READ, Wanted, areas_under, find
from chalicelib.usecases.lookups import keep_lookups
from tests.domain.builders import waiting

ADMIN = Actor(role=Role.ADMIN, subject="a")
COUNTER = Actor(role=Role.COUNTER, subject="c")
MENTENG, KECAMATAN, KOTA = "31.71.06.1001", "31.71.06", "31.71"


def number(index: int) -> str:
    return numbers.derive(b"test", "JKT", "test", "sender", str(index))


def image(desk: Any, report: Any) -> dict[str, Any]:
    return items.wire(items.attributes(report, desk.city)) | {"tracking": {"S": report.tracking}}


@pytest.fixture
def kept(desk: Any, clock: Any) -> Any:
    """Stores a report with these fields, and its look-ups."""

    def keep(index: int, *, area: str = MENTENG, age: float = 0, name: str = "", phone: str = "", **fields: Any) -> Any:
        key = desk.secrets.key("recognition", desk.ticks())
        report = msgspec.structs.replace(
            waiting(),
            tracking=number(index),
            received_at=clock.instant - timedelta(days=age),
            place=Place(area=area, address=fields.pop("address", "")),
            marks=marks_of(key, name=name, address="", contacts=[phone] if phone else []),
            **fields,
        )
        assert desk.reports.add(report)
        keep_lookups(desk, {"NewImage": image(desk, report)})
        return report

    return keep


def test_words_read_one_query_for_each_kelurahan_and_no_more_items_than_the_bound(
    desk: Any, kept: Any, calls: Any
) -> None:
    for index in range(12):
        kept(index, problem=f"Lampu jalan mati nomor {index}", age=index)
    calls()
    found = find(desk, ADMIN, Wanted(text="lampu mati", area=MENTENG))
    assert (len(found.hits), found.read, found.all, found.more) == (12, 12, True, False)
    assert [each.tracking for each in found.hits] == [number(index) for index in range(12)]
    assert calls() == ["dynamodb.Query", "dynamodb.BatchGetItem"]
    find(desk, ADMIN, Wanted(text="lampu", area=KOTA))
    kelurahan = len(areas_under(desk.city, KOTA))
    assert calls() == ["dynamodb.Query"] * kelurahan + ["dynamodb.BatchGetItem"]


def test_no_area_takes_more_than_seventy_queries(desk: Any) -> None:
    kota = [code for code, area in desk.city.areas.items() if area.level == "kota"]
    assert max(len(areas_under(desk.city, code)) for code in kota) <= 70
    with pytest.raises(Invalid):
        areas_under(desk.city, "99")


def test_at_most_fifty_are_found_and_the_rest_is_told(desk: Any, kept: Any, calls: Any) -> None:
    for index in range(55):
        kept(index, problem="Lampu mati")
    found = find(desk, ADMIN, Wanted(text="lampu", area=MENTENG))
    assert (len(found.hits), found.more, found.read) == (50, True, 55)


def test_the_bound_is_shared_out_and_told(desk: Any, kept: Any) -> None:
    for index in range(20):
        kept(index, problem="Lampu mati", area="31.71.06.1002" if index % 2 else MENTENG, age=index / 100)
    since, until = desk.now() - timedelta(days=30), desk.now() + timedelta(days=1)
    some = desk.finding.in_areas([MENTENG, "31.71.06.1002"], since, until, most=10)
    assert (some.read, some.queries, some.all) == (10, 2, False)
    assert {row.summary["area"] for row in some.rows} == {MENTENG, "31.71.06.1002"}
    whole = desk.finding.in_areas([MENTENG, "31.71.06.1002"], since, until, most=MOST_READ)
    assert (whole.read, whole.all) == (20, True)
    received = [row.received_at for row in whole.rows]
    assert received == sorted(received, reverse=True)


def test_the_period_has_both_its_days_whole(desk: Any, kept: Any) -> None:
    kept(1, problem="Lampu mati", age=10)
    day = desk.city.local_day(desk.now() - timedelta(days=10))
    assert find(desk, ADMIN, Wanted(text="lampu", area=MENTENG, since=day, until=day)).hits
    after = day + timedelta(days=1)
    assert not find(desk, ADMIN, Wanted(text="lampu", area=MENTENG, since=after)).hits
    with pytest.raises(Invalid):
        find(desk, ADMIN, Wanted(text="lampu", area=MENTENG, since=after, until=day))


def test_an_office_finds_what_it_has_and_what_is_below_it(desk: Any, kept: Any) -> None:
    unit = next(code for code, office in desk.city.agencies.items() if office.parent == "bina-marga")
    kept(1, problem="Jalan rusak", agency="bina-marga", unit=unit, status=Status.IN_PROGRESS)
    kept(2, problem="Jalan rusak", agency="sumber-daya-air", status=Status.IN_PROGRESS)
    kept(3, problem="Jalan rusak")
    wanted = Wanted(text="jalan", area=MENTENG)

    def seen(office: str) -> set[str]:
        return {each.tracking for each in find(desk, Actor(role=Role.AGENCY, agency=office, subject="x"), wanted).hits}

    assert seen("bina-marga") == seen(unit) == {number(1)}
    assert seen("sumber-daya-air") == {number(2)}
    assert len(find(desk, ADMIN, wanted).hits) == 3


def test_nobody_of_the_accused_finds_a_confidential_report(desk: Any, kept: Any) -> None:
    kept(1, problem="Pungli", agency="bina-marga", accused="bina-marga", confidential=True, status=Status.IN_PROGRESS)
    office = Actor(role=Role.AGENCY, agency="bina-marga", subject="x")
    assert find(desk, office, Wanted(text="pungli", area=MENTENG)).hits == ()
    assert find(desk, office, Wanted(text=number(1))).hits == ()
    assert len(find(desk, ADMIN, Wanted(text=number(1))).hits) == 1


def test_a_name_finds_all_its_words_in_few_reads(desk: Any, kept: Any, calls: Any) -> None:
    for index in range(6):
        kept(index, name="Siti Rahayu" if index % 2 else "Siti Aminah", age=index)
    calls()
    found = find(desk, COUNTER, Wanted(text="Ibu siti AMINAH", named=True))
    assert [each.tracking for each in found.hits] == [number(0), number(2), number(4)]
    assert calls() == ["dynamodb.PutItem", "dynamodb.Query", "dynamodb.Query", "dynamodb.BatchGetItem"]
    assert find(desk, COUNTER, Wanted(text="Siti Badriah", named=True)).hits == ()
    assert find(desk, COUNTER, Wanted(text="Al", named=True)).hint == "short"


def test_a_name_that_very_many_have_is_narrowed_by_the_rarer_word(desk: Any, kept: Any) -> None:
    for index in range(8):
        kept(index, name="Siti Rahayu" if index == 5 else "Siti")
    key = desk.secrets.key("recognition", desk.ticks())
    siti, rahayu = (marks_of(key, name=word, address="", contacts=())[0] for word in ("Siti", "Rahayu"))
    assert desk.finding.marked([siti, rahayu], most=3) == ([number(5)], True)
    some, everything = desk.finding.marked([siti], most=3)
    assert (len(some), everything) == (3, False)


def test_a_phone_is_found_however_it_is_written_and_where_it_came_from(desk: Any, kept: Any) -> None:
    kept(1, phone="+6281234567890")
    for typed in ("081234567890", "0812 3456 7890", "+62 812-3456-7890", "6281234567890", "(0812) 3456.7890"):
        assert [each.tracking for each in find(desk, ADMIN, Wanted(text=typed)).hits] == [number(1)], typed
    assert find(desk, ADMIN, Wanted(text="081234567891")).hits == ()


def test_a_phone_whose_digits_happen_to_make_a_number_is_a_phone(desk: Any, kept: Any) -> None:
    def is_number(phone: str) -> bool:
        try:
            return bool(numbers.parse(phone, desk.city.prefix))
        except Invalid:
            return False

    unlucky = next(phone for phone in (f"08121234{last:04d}" for last in range(1000)) if is_number(phone))
    tracking = kept(0, phone="+62" + unlucky[1:]).tracking
    found = find(desk, COUNTER, Wanted(text=unlucky))
    assert (found.kind, [each.tracking for each in found.hits]) == ("contact", [tracking])


@pytest.mark.parametrize("role", [Role.AGENCY, Role.VALIDATOR, Role.ANALYST])
def test_a_person_is_searched_for_by_admins_and_counters_only(desk: Any, role: Role) -> None:
    actor = Actor(role=role, agency="bina-marga" if role is Role.AGENCY else None, subject="x")
    for wanted in (Wanted(text="Siti", named=True), Wanted(text="081234567890"), Wanted(text="a@b.id")):
        with pytest.raises(NotYours):
            find(desk, actor, wanted)


def test_look_ups_follow_the_marks_and_go_with_them(desk: Any, kept: Any, calls: Any) -> None:
    report = kept(1, name="Siti Aminah", phone="+6281234567890")
    calls()
    before = image(desk, report)
    assert keep_lookups(desk, {"OldImage": before, "NewImage": before}) == 0
    assert calls() == []  # most changes change no marks
    erased = image(desk, msgspec.structs.replace(report, marks=()))
    assert keep_lookups(desk, {"OldImage": before, "NewImage": erased}) == 3
    assert calls() == ["dynamodb.BatchWriteItem"]
    assert find(desk, ADMIN, Wanted(text="Siti", named=True)).hits == ()
    keep_lookups(desk, {"OldImage": erased, "NewImage": before})
    keep_lookups(desk, {"NewImage": before})  # once more changes nothing
    assert len(find(desk, ADMIN, Wanted(text="Siti", named=True)).hits) == 1


def test_a_removed_report_leaves_no_marks(desk: Any, kept: Any) -> None:
    from chalicelib.usecases.relay import relay

    report = kept(1, name="Siti Aminah", phone="+6281234567890")
    assert all(desk.things.get(f"mark#{mark}", report.tracking) for mark in report.marks)
    assert relay(desk, {"dynamodb": {"OldImage": image(desk, report)}}, claimant="a") == 0
    assert not any(desk.things.get(f"mark#{mark}", report.tracking) for mark in report.marks)


def test_a_store_that_does_not_answer_holds_no_announcement_up(
    desk: Any, kept: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.usecases.relay import relay

    report = kept(1, name="Siti")

    def away(*_: Any, **__: Any) -> None:
        raise TimeoutError("the table did not take everything")

    monkeypatch.setattr(desk.finding, "mark", away)
    assert relay(desk, {"dynamodb": {"NewImage": image(desk, report)}}, claimant="c") >= 1


def test_numbers_near_a_mistyped_one_hold_the_one_meant() -> None:
    for index in range(40):
        meant = number(index)
        bare = meant.replace("-", "")[3:]
        for at in range(12):
            wrong = bare[:at] + ("7" if bare[at] != "7" else "8") + bare[at + 1 :]
            assert meant in numbers.near(wrong, "JKT")
        swapped = bare[1] + bare[0] + bare[2:]
        assert meant in numbers.near(swapped, "JKT")
    assert len(numbers.near(number(1), "JKT")) < 60
    assert numbers.near("JKT-123", "JKT") == numbers.near("U" * 12, "JKT") == []


def test_the_first_change_of_a_report_of_an_earlier_release_keeps_its_look_ups(desk: Any, kept: Any) -> None:
    report = kept(1, name="Siti Aminah", phone="+6281234567890")
    new = image(desk, report)
    old = {name: value for name, value in new.items() if name != "area"}
    assert keep_lookups(desk, {"OldImage": old, "NewImage": new}) == len(report.marks) > 0
    assert keep_lookups(desk, {"OldImage": new, "NewImage": new}) == 0

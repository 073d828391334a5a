"""The desk table: what is put is got, conditions hold, queries keep their order and their bounds."""

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.store.desk_table import DeskTable, Item
from tests.conftest import START


@pytest.fixture
def things(desk: Any) -> DeskTable:
    return DeskTable(desk.settings.table("desk"), desk.settings.region)


def test_what_is_put_is_got(things: DeskTable) -> None:
    until = START + timedelta(days=1)
    assert things.put("member", "budi", {"name": "Budi"}, expires_at=until)
    found = things.get("member", "budi")
    assert found == Item(kind="member", id="budi", body='{"name":"Budi"}', version=1, expires_at=until)
    assert found.told(dict) == {"name": "Budi"}
    assert things.get("member", "ani") is None
    assert things.get("override", "budi") is None


def test_an_item_is_made_once_where_it_must_be_absent(things: DeskTable) -> None:
    assert things.put("code", "7K3M", {"n": 1}, if_absent=True)
    assert not things.put("code", "7K3M", {"n": 2}, if_absent=True)
    assert things.get("code", "7K3M").told(dict) == {"n": 1}  # type: ignore[union-attr]


def test_of_two_who_change_one_version_the_second_is_refused(things: DeskTable) -> None:
    things.put("override", "head", {"n": 1}, if_absent=True)
    assert things.put("override", "head", {"n": 2}, if_version=1)
    assert not things.put("override", "head", {"n": 3}, if_version=1)
    now = things.get("override", "head")
    assert now is not None
    assert (now.version, now.told(dict)) == (2, {"n": 2})
    assert not things.put("override", "other", {"n": 3}, if_version=1)
    assert things.get("override", "other") is None


def test_a_query_keeps_order_bound_and_place(things: DeskTable) -> None:
    things.put_many([Item(kind="journal#2026-11", id=f"{n:03d}", body=str(n)) for n in range(60)])
    things.put("journal#2026-12", "001", 0)

    def ids(**how: Any) -> list[str]:
        return [item.id for item in things.query("journal#2026-11", **how)]

    assert ids(limit=3) == ["000", "001", "002"]
    assert ids(limit=3, newest_first=True) == ["059", "058", "057"]
    assert ids(limit=2, after="002") == ["003", "004"]
    assert ids(limit=2, after="057", newest_first=True) == ["056", "055"]
    assert ids(limit=9, begins="01") == [f"01{n}" for n in range(9)]
    assert len(ids(limit=1000)) == 60
    assert things.query("journal#2025-01", limit=5) == []


def test_many_are_got_in_hundreds(things: DeskTable) -> None:
    things.put_many([Item(kind="mark#a", id=f"{n:03d}", body="{}") for n in range(130)])
    wanted = [("mark#a", f"{n:03d}") for n in range(140)] + [("mark#a", "000")]
    assert sorted(item.id for item in things.get_many(wanted)) == [f"{n:03d}" for n in range(130)]
    assert things.get_many([]) == []

"""The chain of a report's history: what may be erased, and that nothing else may be touched."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta, timezone
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain import history
from chalicelib.domain.history import Body, Entry
from tests.domain.builders import T0, quick

text = st.text(st.characters(codec="utf-8"), max_size=20)
data = st.dictionaries(text, st.one_of(text, st.integers(0, 9), st.booleans(), st.lists(text, max_size=2)), max_size=3)
bodies = st.builds(
    Body, role=text.map("{}|".format), action_id=text, status=text, by=text, public=st.booleans(), note=text, data=data
)
# begins with "ab" and ends with an ASCII byte: so that each way of tampering below is a change, and can go unnoticed
salts = st.binary(min_size=14, max_size=14).map(lambda middle: f"ab{middle.hex()}7b")
told = st.tuples(st.timedeltas(timedelta(0), timedelta(days=3)), text, bodies, salts)


def chain(said: list[tuple[timedelta, str, Body, str]]) -> list[Entry]:
    entries: list[Entry] = []
    at = T0
    for span, event, body, salt in said:
        at += span
        entries.append(
            history.append(len(entries), entries[-1].hash if entries else history.GENESIS, at, event, body, salt)
        )
    return entries


chains = st.lists(told, min_size=1, max_size=6, unique_by=lambda one: one[3]).map(chain)


@quick()
@given(chains)
def test_a_history_holds_and_survives_storage(entries: list[Entry]) -> None:
    assert history.broken_at(entries) is None
    stored = [history.encode(entry) for entry in entries]
    assert [history.decode(line) for line in stored] == entries
    assert [history.encode(history.decode(line)) for line in stored] == stored
    assert [entry.seq for entry in entries] == [*range(1, len(entries) + 1)]
    assert history.size(stored) == sum(len(line.encode()) for line in stored)


@quick()
@given(chains, st.data())
def test_erasing_bodies_and_salts_keeps_it(entries: list[Entry], draw: Any) -> None:
    for place in draw.draw(st.sets(st.integers(0, len(entries) - 1))):
        what = draw.draw(st.sampled_from(["both", "body", "salt"]))
        if what == "both":
            entries[place] = history.erase(entries[place])
        else:
            entries[place] = msgspec.structs.replace(entries[place], **{what: None})
    assert history.broken_at(entries) is None
    again = [history.decode(history.encode(entry)) for entry in entries]
    assert again == entries
    assert history.broken_at(again) is None


def test_what_is_erased_is_gone() -> None:
    body = Body(role="admin", action_id="a", status="waiting", note="Budi")
    gone = history.erase(history.append(0, history.GENESIS, T0, "noted", body, "ab" * 16))
    assert (gone.body, gone.salt) == (None, None)
    assert "Budi" not in history.encode(gone)
    assert (gone.told.note, gone.told.public) == ("", False)


def _other(value: Any) -> Any:
    return value + 1 if isinstance(value, int) else f"{value}x"


def _hex(value: str) -> str:
    return ("0" if value[0] != "0" else "1") + value[1:]


TAMPERING: dict[str, Callable[[Entry], Entry]] = {
    "seq": lambda entry: msgspec.structs.replace(entry, seq=entry.seq + 1),
    "at": lambda entry: msgspec.structs.replace(entry, at=(entry.moment + timedelta(milliseconds=1)).isoformat()),
    "at-written-otherwise": lambda entry: msgspec.structs.replace(entry, at=entry.at.replace("Z", "+00:00")),
    "event": lambda entry: msgspec.structs.replace(entry, event=_other(entry.event)),
    "digest": lambda entry: msgspec.structs.replace(entry, digest=_hex(entry.digest)),
    "hash": lambda entry: msgspec.structs.replace(entry, hash=_hex(entry.hash)),
    "body": lambda entry: msgspec.structs.replace(entry, body=_other(entry.body)),
    "body-reformatted": lambda entry: msgspec.structs.replace(entry, body=f"{entry.body} "),
    "salt": lambda entry: msgspec.structs.replace(entry, salt=_hex(entry.salt or "")),
    "salt-shorter": lambda entry: msgspec.structs.replace(entry, salt=(entry.salt or "")[2:]),
    "salt-blank-inside": lambda entry: msgspec.structs.replace(
        entry, salt=f"{(entry.salt or '')[:2]} {(entry.salt or '')[2:]}"
    ),
    "salt-in-capitals": lambda entry: msgspec.structs.replace(entry, salt=f"AB{(entry.salt or '')[2:]}"),
    "salt-into-body": lambda entry: msgspec.structs.replace(
        entry, salt=(entry.salt or "")[:-2], body=chr(int((entry.salt or "")[-2:], 16)) + (entry.body or "")
    ),
    "salt-body-bar": lambda entry: msgspec.structs.replace(
        entry, salt=f"{entry.salt}|{(entry.body or '').split('|')[0]}", body=(entry.body or "").split("|", 1)[-1]
    ),
    "salt-no-hex": lambda entry: msgspec.structs.replace(entry, salt="zz" * 16),
}


@pytest.mark.parametrize("how", TAMPERING)
@quick(25)
@given(chains, st.data())
def test_any_other_change_of_an_entry_breaks_it(how: str, entries: list[Entry], draw: Any) -> None:
    place = draw.draw(st.integers(0, len(entries) - 1))
    entries[place] = TAMPERING[how](entries[place])
    assert history.broken_at(entries) == place + 1


@quick()
@given(st.lists(told, min_size=2, max_size=6, unique_by=lambda one: one[3]).map(chain), st.data())
def test_any_change_of_the_order_breaks_it(entries: list[Entry], draw: Any) -> None:
    one = draw.draw(st.integers(0, len(entries) - 2))
    other = draw.draw(st.integers(one + 1, len(entries) - 1))
    swapped = list(entries)
    swapped[one], swapped[other] = swapped[other], swapped[one]
    dropped = entries[:one] + entries[one + 1 :]
    doubled = [*entries[: one + 1], *entries[one:]]
    stranger = history.append(0, history.GENESIS, T0, "noted", Body(role="", action_id="", status=""), "ab" * 16)
    inserted = [*entries[:other], stranger, *entries[other:]]
    renumbered = [msgspec.structs.replace(entry, seq=seq) for seq, entry in enumerate(dropped, 1)]
    for wrong in (swapped, dropped, doubled, inserted, renumbered):
        assert history.broken_at(wrong) is not None


@quick()
@given(st.lists(told, min_size=2, max_size=6, unique_by=lambda one: (one[3], one[2].note)).map(chain), st.data())
def test_salts_and_bodies_belong_to_their_entry(entries: list[Entry], draw: Any) -> None:
    one = draw.draw(st.integers(0, len(entries) - 2))
    first, second = entries[one], entries[one + 1]
    for field in ("salt", "digest", "hash"):
        wrong = list(entries)
        wrong[one] = msgspec.structs.replace(first, **{field: getattr(second, field)})
        wrong[one + 1] = msgspec.structs.replace(second, **{field: getattr(first, field)})
        assert history.broken_at(wrong) == one + 1


def test_instants_are_written_in_utc() -> None:
    wib = T0.astimezone(timezone(timedelta(hours=7)))
    assert history.stamp(wib) == history.stamp(T0) == "2026-11-21T01:00:00.000Z"


def test_the_same_words_with_another_salt_look_different() -> None:
    body = Body(role="admin", action_id="a", status="waiting", note="ya")
    one, other = (history.append(0, history.GENESIS, T0, "noted", body, salt * 16) for salt in ("aa", "bb"))
    assert one.digest != other.digest

"""The labelled messages: at least nine fields in ten are read right, and the set is what it says."""

from __future__ import annotations

import pytest

from chalicelib.city import load
from chalicelib.triage.understanding import understand
from tests.triage.score import labelled, plain, score, shares

CITY = load("jakarta")
MESSAGES = labelled()
FIELDS = score(MESSAGES, CITY)


def test_the_set_is_large_and_its_labels_are_the_messages_own_words() -> None:
    assert len(MESSAGES) >= 300
    assert len({message["text"] for message in MESSAGES}) == len(MESSAGES)
    kelurahan = {area.name for area in CITY.areas.values() if area.level == "kelurahan"}
    for message in MESSAGES:
        place = dict(message["place"] or {})
        assert place.pop("kelurahan", "Gambir") in kelurahan
        assert place.pop("same", True) is True
        for told in (message["name"], message["address"], message["problem_contains"], *place.values()):
            assert told is None or plain(told) in plain(message["text"]), message


@pytest.mark.parametrize("name", ["name", "place", "address", "problem"])
def test_nearly_every_field_is_right(name: str) -> None:
    missed = [
        f"{field.expected!r} but {field.found!r} in {field.text!r}"
        for field in FIELDS
        if field.name == name and not field.right
    ]
    assert shares(FIELDS)[name] >= 0.95, "\n".join(missed)


def test_what_is_not_said_is_not_found() -> None:
    """A name or an address that nobody told is worse than one that is asked for again."""
    invented = [field for field in FIELDS if field.name in ("name", "address") and not field.expected and field.found]
    assert len(invented) <= len(FIELDS) // 200, invented


def test_no_message_leaves_its_reporter_in_the_problem() -> None:
    left = [
        message["text"]
        for message in MESSAGES
        if message["name"]
        and any(len(word) > 3 and word in understand(message["text"], CITY).problem for word in message["name"].split())
    ]
    assert len(left) <= len(MESSAGES) // 50, left

"""Which of a report's pictures everybody sees, whoever has the key, and nobody but the staff."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.intake import begin, join
from chalicelib.domain.open_photos import brought_for, open_photos, own_photos
from chalicelib.domain.pictured import Outcome, pictured
from chalicelib.domain.pictures import pending
from chalicelib.domain.report import Report, record
from chalicelib.domain.rights import without_words
from tests.domain.builders import ALL, CITY, IDENTITY, deed, fresh, partly, told

ONE, TWO, THREE = "a" * 24, "b" * 24, "0" * 24


def looked_at(report: Report, at: float) -> Report:
    outcomes = {photo: Outcome() for photo in pending(report.photos)}
    return pictured(report, deed("picture", "system", at), outcomes, CITY, {})


def does(report: Report, role: str, at: float, **data: Any) -> Report:
    return record(report, deed("note", role, at), "noted", data=data)


def adds(report: Report, photo: str, at: float, **more: Any) -> Report:
    return looked_at(
        join(report, told(at, filled=(), problem="Fotonya", place=None, photos=(photo,), **more), CITY), at
    )


def test_what_came_with_the_report_is_read_with_it() -> None:
    assert open_photos(looked_at(fresh(photos=(ONE,)), 1)) == [ONE]
    assert open_photos(fresh(photos=(ONE,))) == [], "nobody has looked at it yet"


def test_what_was_told_before_the_staff_had_it_is_seen_from_then_on() -> None:
    report = looked_at(begin(IDENTITY, partly(0, "problem", photos=(ONE,)), CITY), 0.5)
    report = looked_at(join(report, partly(1, *ALL, photos=(TWO,)), CITY), 1)
    assert "completed" in [entry.event for entry in report.entries()]
    assert open_photos(report) == [ONE]
    assert open_photos(does(report, "system", 2)) == [ONE]
    report = does(report, "admin", 3)
    assert open_photos(report) == [ONE, TWO]
    erased = without_words(report, [entry.seq for entry in report.entries() if entry.event != "completed"])
    assert open_photos(erased) == [ONE, TWO], "what everybody has seen stays when the words go"


def test_what_is_added_waits_and_what_the_staff_brings_does_not() -> None:
    report = adds(does(looked_at(fresh(photos=(ONE,)), 1), "agency", 2), TWO, 3)
    assert (open_photos(report), own_photos(report)) == ([ONE], [ONE, TWO])
    report = looked_at(record(report, deed("resolve", "agency", 4), "resolved", data={"photos": [THREE]},
                              photos=(*report.photos, f"pending:{THREE}")), 5)  # fmt: skip
    assert open_photos(report) == [ONE, TWO, THREE]


def test_what_comes_for_a_merged_report_is_the_staffs() -> None:
    report = fresh()
    report = record(report, deed("add", "reporter", 1), "message_added", data={"for": "JKT-X", "pictures": [THREE]},
                    photos=(f"pending:{THREE}",))  # fmt: skip
    report = does(looked_at(report, 2), "admin", 3)
    assert (open_photos(report), own_photos(report), brought_for(report)) == ([], [], {THREE: "JKT-X"})
    redacted = without_words(report, [entry.seq for entry in report.entries() if entry.told.data.get("for")])
    assert (own_photos(redacted), brought_for(redacted)) == ([], {THREE: "JKT-X"})

"""What the page of a report says beside its facts: what happens when a deadline passes, portions of a long history, photos."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.pages import shown, standing
from chalicelib.pages.site import word_of
from tests.pages import scenes
from tests.pages.reading import Html
from tests.pages.scenes import CITY, SCENES, START, hours

W = word_of("en")


def next_of(name: str, at: float | None = None, **changes: Any) -> str:
    report, now = SCENES[name]()
    now = now if at is None else at
    view = shown.safe(scenes.view_of(report, now, "en") | changes)
    clocks = shown.deadlines(view, CITY, "en", START + hours(now))
    return standing.what_next(view, clocks, CITY, "en", W, START + hours(now))


@pytest.mark.parametrize(
    ("name", "at", "said"),
    [
        ("waiting", None, "If nobody has responded by then, Government Bureau (admin office) is told automatically."),
        ("coordination", None, "If nobody has responded by then, Head of agency is told automatically."),
        ("in_progress", None, "If it is not done by then, Head of agency is told automatically."),
        ("coordination", 7, "The deadline has passed. Next, Head of agency is told."),
        ("overdue", None, "The deadline has passed and Governor's Office has been told."),
        ("paused", None, ""),
        ("done", None, ""),
        ("merged", None, ""),
        ("incomplete", None, ""),
    ],
)
def test_what_happens_when_the_deadline_passes(name: str, at: float | None, said: str) -> None:
    told = next_of(name, at)
    assert told.startswith(said)
    assert bool(told) == bool(said)


def test_a_late_report_says_who_is_told_when() -> None:
    told = next_of("overdue", 8, escalation_level=1)
    assert told.startswith("The deadline has passed. If there is still no progress, Government Bureau (admin office)")
    assert "20:05" in told  # six hours after the end of the deadline


@pytest.mark.parametrize("own", [False, True])
def test_forty_entries_of_two_thousand_characters_fit_into_thirty_kilobytes(own: bool) -> None:
    report, _ = SCENES["in_progress"]()
    for number in range(40):
        note = f"Perkembangan {number}: " + "galian dibuka; é ü “ — " * 90
        report = scenes.after(report, 3 + number, "noted", by="bina-marga", note=note)
    report = replace(report, problem="Jalan rusak parah. " * 250, photos=tuple(f"photo-{n:024}" for n in range(20)))
    view = scenes.own_view(report, 60) if own else scenes.view_of(report, 60, "id")
    html = scenes.page_of(view, 60, own=scenes.OWN if own else None)
    assert len(html.encode()) <= 30_000
    assert "?history=all" in html
    assert "Perkembangan 39" in html
    assert html.count('loading="lazy"') <= standing.MOST_PHOTOS + 2
    whole = Html(scenes.page_of(view, 60, own=scenes.OWN if own else None, whole=True)).text
    assert [n for n in range(40) if f"Perkembangan {n}:" not in whole] == []


def test_photos_are_told_apart_and_the_small_copies_come_first() -> None:
    report, now = SCENES["done"]()
    before, after = standing.groups(scenes.view_of(report, now, "en"), W, base="/api")
    assert (before.heading, after.heading) == ("Photos of the problem", "Photos of the finished work")
    assert before.photos == [
        standing.Photo("/api/photos/before-1?size=small", "/api/photos/before-1", "Photo of the problem, 1 of 1")
    ]
    own = standing.groups(scenes.view_of(report, now, "en"), W, base="/api", own="/api/reports/X")
    assert own[0].photos[0].large == "/api/reports/X/photos/before-1"


def test_the_map_says_when_its_point_is_rough() -> None:
    report, now = SCENES["emergency"]()
    view = scenes.view_of(report, now, "en")
    assert standing.map_label(view, CITY, W) == "Map with the place of the problem, outside the city"
    view["area"] = {"code": scenes.KEBON_JERUK}
    assert standing.map_label(view, CITY, W).startswith("Map with the place of the problem in Kebon Jeruk")
    view["place"] |= {"exact": False}
    assert standing.map_label(view, CITY, W).startswith("Map with the rough place")
    drawn = standing.small_map(view, CITY, W)
    assert drawn.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert standing.map_label({"place": None, "area": None}, CITY, W) == ""


def test_everybody_sees_that_it_is_disputed_but_not_in_which_words() -> None:
    report, now = SCENES["done"]()
    report = scenes.after(report, 78, "disputed", role="reporter", note="Masih berlubang di tepi")
    text = Html(scenes.page_of(scenes.view_of(report, now, "en"), now, "en")).text
    assert "The reporter says this is not done (24 November 2026" in text.replace("\u00a0", " ")
    assert "Masih berlubang di tepi" not in text
    secret = scenes.page_of(scenes.view_of(replace(report, private=True), now, "en"), now, "en")
    assert "says this is not done" not in secret


def test_an_extension_stands_beside_the_deadline_with_its_reason() -> None:
    report, now = SCENES["extended"]()
    text = Html(scenes.page_of(scenes.view_of(report, now, "en"), now, "en")).inside("section", "due")
    assert "The reason: Pipa air di bawah jalan harus dipindahkan" in text

"""The page of one report: what it says in each state, and what a hidden one keeps to itself."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.lifecycle import Status
from chalicelib.pages import report as page
from chalicelib.pages import shown
from chalicelib.pages.site.status import status
from tests.pages import scenes
from tests.pages.reading import Html
from tests.pages.scenes import CITY, SCENES, START, hours

LANGUAGES = ("id", "en")


def rendered(name: str, lang: str = "id", *, with_key: bool = False, **changes: Any) -> str:
    report, now = SCENES[name]()
    view = scenes.view_of(report, now, lang, with_key=with_key) | changes
    return scenes.page_of(view, now, lang)


def text_of(name: str, lang: str = "id", **changes: Any) -> str:
    return Html(rendered(name, lang, **changes)).text


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", SCENES)
def test_what_every_page_has(name: str, lang: str) -> None:
    html = Html(rendered(name, lang))
    assert scenes.TRACKING in html.headings[0][1].replace(" ", "")
    status = SCENES[name]()[0].status
    assert CITY.text(f"status.{status}", lang) in html.text
    assert CITY.text("page.emergency", lang) in html.text
    assert f"tel:{CITY.policy.emergency_number}" in html.links
    assert CITY.name_formal in html.text
    other = "en" if lang == "id" else "id"
    assert f"/api/reports/{scenes.TRACKING}?lang={other}" in html.links
    assert f"/api/reports/{scenes.TRACKING}?lang={lang}" not in html.links


def test_a_waiting_report_says_by_when_it_is_passed_on_and_what_is_not_known_yet() -> None:
    text = text_of("waiting")
    assert "paling lambat 21 November 2026 pukul 14.05 WIB" in text
    assert CITY.text("page.category_unknown") in text
    assert CITY.text("page.agency_none") in text
    assert text.count(CITY.text("page.clock_running")) == 2
    assert CITY.text("page.overdue") not in text


def test_the_facts_of_a_report() -> None:
    text = text_of("coordination")
    for fact in (scenes.PROBLEM, scenes.ADDRESS, scenes.LANDMARK, "Jalan", "Dinas Bina Marga", "Kecamatan Kebon Jeruk"):
        assert fact in text
    assert "Kota Administrasi Jakarta Barat" in text
    assert "Roads Agency" in text_of("coordination", "en")


def test_a_report_at_work_has_met_the_first_deadline() -> None:
    text = text_of("in_progress")
    assert CITY.text("page.responded") in text
    assert "paling lambat 28 November 2026 pukul 08.05 WIB" in text


def test_an_extension_is_told_with_its_date_and_reason() -> None:
    text = text_of("extended")
    assert CITY.text("page.extended", date="12 Desember 2026 pukul 08.05 WIB") in text
    assert "Pipa air di bawah jalan harus dipindahkan" in text


@pytest.mark.parametrize(("lang", "office"), [("id", "Kantor Gubernur"), ("en", "Governor's Office")])
def test_an_overdue_report_says_so_and_how_far_up_it_is(lang: str, office: str) -> None:
    text = text_of("overdue", lang)
    assert text.count(CITY.text("page.overdue", lang)) >= 2  # the notice, and the deadline that passed
    assert CITY.text("page.escalated", lang, level=3, office=office) in text
    assert text.count(CITY.text("page.reached", lang)) == 1
    assert text.count(CITY.text("page.clock_running", lang)) == 1  # the other deadline still runs


def test_who_hears_of_a_late_report_depends_on_whether_an_agency_has_it() -> None:
    report, now = SCENES["waiting"]()
    waiting = shown.ladder(scenes.view_of(report, now, "id"), CITY, "id")
    report, now = SCENES["coordination"]()
    assigned = shown.ladder(scenes.view_of(report, now, "id"), CITY, "id")
    assert [rung.level for rung in assigned] == [1, 2, 3]
    assert [rung.level for rung in waiting] == [1, 3]  # the admin office hears of levels 1 and 2: it is named once
    assert waiting[0].office == CITY.agencies["biro-pemerintahan"].name
    assert assigned[0].office.lower() == CITY.text("office.level_1")


def test_a_pause_stops_the_running_deadline_only() -> None:
    text = text_of("paused")
    assert CITY.text("page.paused", date="26 November 2026 pukul 13.05 WIB") in text
    assert text.count(CITY.text("page.clock_paused")) == 1
    assert CITY.text("page.responded") in text


def test_a_pause_after_the_breach_leaves_the_breach_and_nothing_else() -> None:
    report, _ = SCENES["overdue"]()
    report = scenes.after(report, 32, "asked", by="bina-marga", note="Di sisi mana?")
    paused = scenes.Pause(since=START + hours(32), until=START + hours(152))
    view = scenes.view_of(scenes.replace(report, pause=paused), 400, "id")  # both ends are past, one only in the pause
    states = [clock.tone for clock in shown.deadlines(shown.safe(view), CITY, "id", START + hours(400))]
    assert states == ["red", "grey"]


def test_a_report_that_is_done() -> None:
    html = Html(rendered("done"))
    assert CITY.text("page.delivered") in html.text
    assert CITY.text("page.raised_to") not in html.text
    assert [each for each in html.images if "/photos/" in each[0]] == [
        ("/api/photos/before-1?size=small", "Foto masalah, 1 dari 1"),
        ("/api/photos/after-1?size=small", "Foto hasil pekerjaan, 1 dari 1"),
    ]


def test_a_merged_report_leads_to_the_one_that_goes_on() -> None:
    html = Html(rendered("merged", "en"))
    assert f"/api/reports/{scenes.LEADER}?lang=en" in html.links
    assert html.text.count(CITY.text("page.clock_stopped", "en")) == 2
    assert "That report now stands at: In progress" in html.text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_why_a_report_was_rejected_is_said_at_the_top(lang: str) -> None:
    report, now = SCENES["rejected"]()
    (refused,) = [e for e in scenes.view_of(report, now, lang, with_key=False)["history"] if e["event"] == "rejected"]
    text = text_of("rejected", lang)
    assert refused["note"]
    assert text.index(refused["note"]) < text.index(CITY.text("page.deadlines", lang))
    assert CITY.text("page.agency_none", lang) not in text  # nothing is going to be determined any more


def test_what_nobody_is_to_read_any_more_is_not_promised() -> None:
    unread, hidden = CITY.text("page.unread"), "Isinya tidak ditampilkan untuk umum."
    gone = text_of("rejected", read=False, problem="", place=None)
    assert hidden in gone
    assert unread not in gone
    assert unread in text_of("waiting", read=False, problem="", place=None)


def test_an_incomplete_report_has_no_deadlines_yet() -> None:
    assert CITY.text("page.no_deadline") in text_of("incomplete")
    assert CITY.text("page.problem") not in text_of("incomplete")


def test_a_point_without_words_is_shown_and_said_to_be_outside_the_city() -> None:
    text = text_of("emergency")
    assert "-6.19110, 106.76980" in text
    assert CITY.text("page.outside") in text
    assert text.count(CITY.text("page.emergency")) == 2  # at the top too, not only in the footer


@pytest.mark.parametrize(
    ("events", "respond"),
    [
        ((), "waiting"),
        (("dispatched",), "waiting"),
        (("dispatched", "accepted"), "done"),
        (("accepted", "dispatched"), "waiting"),
    ],
)
def test_after_a_disposition_the_history_tells_whether_the_agency_has_answered(
    events: tuple[str, ...], respond: str
) -> None:
    report, _ = SCENES["coordination"]()
    report = scenes.replace(report, history=report.history[:1])
    for at, event in enumerate(events, 1):
        report = scenes.after(report, at, event, by="bina-marga")
    report = scenes.after(report, 5, "disposition", by="bina-marga", status=Status.DISPOSITION)
    view = shown.safe(scenes.view_of(report, 5, "id"))
    assert [clock.icon for clock in shown.deadlines(view, CITY, "id", START + hours(5))] == [respond, "waiting"]
    ends = report.respond if respond == "waiting" else report.resolve
    assert ends is not None
    assert shown.when(CITY, "id", ends.by) in shown.sentence(view, CITY, "id")


def test_the_timeline_is_newest_first_with_readable_and_machine_times() -> None:
    html = Html(rendered("done"))
    line = html.inside("ol", "timeline")
    assert line.index("Hasil diperiksa") < line.index("menyatakan selesai") < line.index("Laporan masuk")
    assert html.times[-1] == "2026-11-21T01:05:00+00:00"
    assert "21 November 2026 pukul 08.05 WIB" in line
    assert "Lubang ditambal dengan aspal panas." in line
    assert line.count("oleh Dinas Bina Marga") == 1  # "Mulai ditangani oleh …": not said a second time behind it


def test_an_entry_speaks_of_its_own_level_date_and_agency() -> None:
    """And not of the report's present ones, where the view tells them."""
    report, now = SCENES["overdue"]()
    view = scenes.view_of(report, now, "id")
    for entry, level in zip([e for e in view["history"] if e["event"] == "escalated"], (1, 2, 3), strict=True):
        entry["level"] = level
    next(e for e in view["history"] if e["event"] == "dispatched")["agency"] = "Dinas Sumber Daya Air"
    said = [event.what for event in shown.timeline(view, CITY, "id")]
    assert [what.rstrip(")")[-1] for what in said[:3]] == ["3", "2", "1"]
    assert said[3] == "Diteruskan ke Dinas Sumber Daya Air"


def secrets() -> list[str]:
    """Whatever the private scene holds beside status and deadlines."""
    words = [
        scenes.ADDRESS,
        scenes.LANDMARK,
        "Kebon",
        "Bina Marga",
        "Jakarta Barat",
        "Roads",
        "before-1",
        scenes.LEADER,
    ]
    notes = ["Pipa air", "Tim survei", "berlubang", "motor", "pasar"]
    return words + notes


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_hidden_report_shows_status_and_deadlines_and_nothing_else(lang: str) -> None:
    html = rendered("private", lang)
    assert CITY.text("page.private", lang) in Html(html).text
    assert CITY.text("status.in_progress", lang) in Html(html).text
    assert "2026-12-12T01:05:00+00:00" in html
    assert [secret for secret in secrets() if secret.lower() in html.lower()] == []


@pytest.mark.parametrize("name", SCENES)
def test_a_hidden_report_stays_hidden_even_in_a_view_that_says_too_much(name: str) -> None:
    html = rendered(name, with_key=True, hidden=True, photos=["/photos/before-1"], merged_into=scenes.LEADER)
    assert [secret for secret in secrets() if secret.lower() in html.lower()] == []
    assert 'class="timeline"' not in html
    assert CITY.text("page.emergency") in html


def test_a_hidden_report_that_was_rejected_points_to_no_history() -> None:
    assert "riwayat" not in text_of("rejected", hidden=True).lower()


def test_with_the_key_a_private_report_is_shown_whole() -> None:
    text = Html(rendered("private", with_key=True)).text
    assert scenes.PROBLEM in text
    assert CITY.text("page.private") not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_markup_in_any_text_shows_as_text(lang: str) -> None:
    bad = "<script>alert('x')</script><img src=x onerror=alert(1)>\"' &amp; {{ 7*7 }}"
    report, now = SCENES["extended"]()
    view = scenes.view_of(report, now, lang)
    view |= {"problem": bad, "merged_into": bad, "photos": [f'/photos/"{bad}'], "tracking": f"JKT-{bad}"}
    view["place"] |= {"address": bad, "landmark": bad}
    view["area"] = {"code": bad, "name": bad, "kecamatan": bad, "kota": bad}
    view["agency"] = {"code": "x", "name": bad}
    view["category"] = {"code": "x", "label": bad}
    for entry in view["history"]:
        entry |= {"note": bad, "by": bad}
    html = status(view, scenes.site_at(0, lang), address=f"https://x/{bad}")
    parsed = Html(html)
    assert re.findall(r"<script(?! src=\"/api/static/)", html) == []
    assert parsed.handlers == []
    assert parsed.text.count(bad.replace("&amp;", "&")) == 0  # the entity is not decoded once more
    assert parsed.text.count(bad) >= 8
    assert "49" not in re.findall(r"\b49\b", parsed.text)


def test_fifteen_entries_fit_into_thirty_kilobytes() -> None:
    report, _ = SCENES["long"]()
    assert len(report.history) == 15
    assert len(rendered("long").encode()) <= 30_000


def test_every_status_has_its_colour_and_icon() -> None:
    icons = (page._TEMPLATES / "icons.html").read_text()
    assert set(shown.TONES) == set(Status)
    assert [status for status in Status if f'"{status}": "M' not in icons] == []


def test_the_edition_changes_with_any_template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = shutil.copytree(page._TEMPLATES, tmp_path / "templates")
    monkeypatch.setattr(page, "_TEMPLATES", copy)
    assert page._edition() == page.EDITION
    for path in sorted(each for each in copy.iterdir() if each.is_file()):  # those of the desk are its own
        before = page._edition()
        path.write_text(path.read_text() + " ")
        assert page._edition() != before, path.name


def test_the_template_library_is_not_loaded_before_a_page_is_asked_for() -> None:
    code = "import sys; import chalicelib.pages.report; sys.exit('jinja2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=Path(__file__).parents[2]).returncode == 0

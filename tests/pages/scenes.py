"""Reports in every state that a page has to show, made by the domain's own functions and seen through the citizens' view."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from chalicelib.city import load
from chalicelib.domain.deadlines import Pause
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.place import Place
from chalicelib.domain.report import Clock, Deed, Report, record
from chalicelib.pages.site import Site
from chalicelib.pages.site.status import Own, status
from chalicelib.usecases import reporter_view, views

CITY = load("jakarta")
START = datetime(2026, 11, 21, 1, 5, tzinfo=UTC)
TRACKING = "JKT-7K3M-92QX-4HTC"
LEADER = "JKT-0B5D-QW7Y-11ZP"
URL = f"https://lapor.example.id/api/reports/{TRACKING}"
PROBLEM = (
    "Jalan berlubang cukup dalam di depan pasar, sudah dua motor jatuh sejak kemarin. Kalau hujan lubangnya tertutup air "
    "sehingga tidak terlihat. Mohon segera ditambal sebelum ada korban lagi."
)
ADDRESS = "Jl Kebon Jeruk Raya"
LANDMARK = "depan Pasar Kebon Jeruk"
KEBON_JERUK = next(
    area.code for area in CITY.areas.values() if area.level == "kelurahan" and area.name == "Kebon Jeruk"
)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def blank(**fields: Any) -> Report:
    """A report that is complete and waits for the admin."""
    given: dict[str, Any] = {
        "tracking": TRACKING,
        "city": "jakarta",
        "channel": "jaki",
        "origin": "0" * 32,
        "body_hash": "0" * 64,
        "sender": "0" * 32,
        "received_at": START,
        "active_at": START,
        "complete_at": START,
        "changed_at": START,
        "problem": PROBLEM,
        "category": "jalan",
        "place": Place(address=ADDRESS, landmark=LANDMARK, area=KEBON_JERUK, in_city=True),
        "respond": Clock(since=START, by=START + hours(6)),
        "resolve": Clock(since=START, by=START + hours(168)),
    }
    return after(Report(**(given | fields)), 0, "received", role="reporter", status=Status.WAITING)


def after(report: Report, at: float, event: str, *, by: str = "", role: str = "", **fields: Any) -> Report:
    """The report with one more public entry, `at` hours after the start."""
    who = Role(role) if role else Role.AGENCY if by else Role.SYSTEM
    deed = Deed(action=Action.NOTE, role=who, by=by, action_id=f"{event}:{at}", at=START + hours(at), seed="5eed")
    return record(report, deed, event, public=fields.pop("public", True), **fields)


def waiting() -> tuple[Report, float]:
    return blank(category=None), 0.5


def coordination() -> tuple[Report, float]:
    report = after(
        blank(), 0.1, "dispatched", status=Status.COORDINATION, data={"agency": "bina-marga"}, agency="bina-marga"
    )
    return report, 1


def in_progress() -> tuple[Report, float]:
    report, _ = coordination()
    report = after(
        report, 2.5, "accepted", by="bina-marga", status=Status.IN_PROGRESS, note="Tim survei sudah berangkat."
    )
    return replace(report, respond=replace(report.respond, stopped_at=START + hours(2.5))), 3


def extended() -> tuple[Report, float]:
    report, _ = in_progress()
    report = after(report, 30, "disposition", by="bina-marga", data={"unit": "Sudin Bina Marga Jakarta Barat"})
    report = after(report, 31, "accepted", by="bina-marga", status=Status.IN_PROGRESS)
    until = START + hours(24 * 21)
    note = "Pipa air di bawah jalan harus dipindahkan lebih dahulu; aspal menyusul setelah galian ditutup."
    report = after(report, 50, "extended", role="admin", note=note, data={"until": until.isoformat()})
    return replace(report, resolve=replace(report.resolve, by=until, run=2), extended=True), 60


def overdue() -> tuple[Report, float]:
    report, _ = coordination()
    for level, at in ((1, 6), (2, 12), (3, 30)):
        report = after(report, at, "escalated", data={"clock": "respond", "level": level})
    return replace(report, respond=replace(report.respond, rung=4)), 31


def paused() -> tuple[Report, float]:
    report, _ = in_progress()
    note = "Apakah lubangnya di sisi utara atau selatan jalan?"
    report = after(report, 5, "asked", by="bina-marga", note=note)
    return replace(report, pause=Pause(since=START + hours(5), until=START + hours(125))), 6


def done() -> tuple[Report, float]:
    report, _ = in_progress()
    report = after(
        report,
        70,
        "resolved",
        by="bina-marga",
        status=Status.AWAITING_VALIDATION,
        note="Lubang ditambal dengan aspal panas.",
        data={"photos": ["after-1"]},
    )
    report = after(report, 75, "validated", role="validator", status=Status.DONE)
    return replace(
        report,
        resolve=replace(report.resolve, stopped_at=START + hours(70)),
        photos=("before-1", "after-1", "pending:x"),
    ), 80


def merged() -> tuple[Report, float]:
    report, _ = coordination()
    report = after(report, 3, "merged", role="admin", status=Status.MERGED, data={"into": LEADER})
    return replace(report, merged_into=LEADER), 4


def incomplete() -> tuple[Report, float]:
    report = after(
        replace(blank(), history=()), 0, "received", status=Status.INCOMPLETE, data={"missing": ["problem", "place"]}
    )
    return replace(
        report,
        problem="",
        category=None,
        place=Place(),
        complete_at=None,
        respond=None,
        resolve=None,
        missing=("problem",),
    ), 1


def private() -> tuple[Report, float]:
    report, now = extended()
    return replace(report, private=True), now


def rejected() -> tuple[Report, float]:
    note = "Masalah ini ada di dalam rumah dan bukan urusan umum."
    return after(blank(), 2, "rejected", role="admin", status=Status.REJECTED, note=note), 3


def emergency() -> tuple[Report, float]:
    report, now = coordination()
    return replace(report, emergency=True, place=Place(lat=-6.1911, lng=106.7698, in_city=False)), now


def long() -> tuple[Report, float]:
    """15 history entries, each with a note of two lines."""
    report, _ = in_progress()
    for number in range(12):
        note = (
            f"Perkembangan ke-{number + 1}: galian sudah dibuka, pipa diperiksa, dan lalu lintas dialihkan satu lajur."
        )
        report = after(report, 3 + number, "noted", by="bina-marga", note=note)
    return report, 20


SCENES: dict[str, Callable[[], tuple[Report, float]]] = {
    scene.__name__: scene
    for scene in (
        waiting, coordination, in_progress, extended, overdue, paused, done, merged, incomplete, private, rejected,
        emergency, long,
    )
}  # fmt: skip


def view_of(report: Report, now: float, lang: str, *, with_key: bool = False) -> dict[str, Any]:
    leader = replace(report, tracking=LEADER, status=Status.IN_PROGRESS) if report.merged_into else None
    return views.public(report, CITY, now=START + hours(now), lang=lang, with_key=with_key, leader=leader)


def site_at(now: float, lang: str = "id") -> Site:
    """The frame of a report's page, at its public address, so many hours after the start."""
    return Site(
        city=CITY,
        lang=lang,
        path=f"/reports/{TRACKING}",
        prefix="/api",
        public_url="https://lapor.example.id/api",
        now=START + hours(now),
    )


def page_of(view: dict[str, Any], now: float, lang: str = "id", **given: Any) -> str:
    """The page of a report."""
    return status(view, site_at(now, lang), address=URL, **given)


OWN = Own(key="7K3M92QX4HTC7K3M", form_id="0" * 32)


def own_view(report: Report, now: float, lang: str = "id") -> dict[str, Any]:
    """What the reporter sees."""
    return reporter_view.seen(report, CITY, now=START + hours(now), lang=lang, with_key=True)


def forms(lang: str) -> dict[str, str]:
    """The web form's pages."""
    from chalicelib.pages import form as page
    from chalicelib.pages.desk.qr import qr
    from chalicelib.pages.site import render
    from chalicelib.usecases.nearby import Similar

    slips: dict[str, object] = dict.fromkeys(("text", "place", "name", "address", "consent"), "is required")
    slips |= {"kelurahan": ["Cideng, Gambir", "Cideng, Tebet"], "phone": "must be a number", "email": "at most 254"}
    site, form_id = msgspec.structs.replace(site_at(1, lang), path="/report"), "0" * 32
    similar = Similar(
        tracking=TRACKING, words=PROBLEM, status="waiting", received_at=START, metres=40, photo="before-1"
    )
    told = {
        "report form": ("form", page.form(CITY, lang, form_id=form_id, made="1.x")),
        "report form with slips": (
            "form",
            page.form(
                CITY,
                lang,
                form_id=form_id,
                values={"name": "Budi", "private": "1"},
                photos=["0123456789abcdef"],
                wrong=slips | {"photos": ("large", {"name": "a.jpg", "mb": 4})},
                again=True,
            ),
        ),
        "report form to send again": ("form", page.form(CITY, lang, form_id=form_id, asked_again="failed", again=True)),
        "report form asked again": ("form", page.form(CITY, lang, form_id=form_id, asked_again="busy", seconds=9)),
        "report form done": (
            "done",
            page.done(
                CITY,
                lang,
                form_id=form_id,
                tracking=TRACKING,
                report_key="7K3M92QX4HTC7K3M",
                status_url=URL,
                qr=qr(URL, "QR"),
                missing=("name",),
                danger=True,
                told=False,
                respond=CITY.when(START, lang),
                resolve=CITY.when(START, lang),
            ),
        ),
        "report form similar": (
            "similar",
            page.similar(
                CITY,
                lang,
                found=[similar],
                values={},
                kept=[("text", "x")],
                needs_mail=True,
                danger=True,
            ),
        ),
        "report form joined": ("joined", {"form_id": form_id, "tracking": TRACKING}),
        "report form closed": ("closed", {"told": CITY.text("form.closed", lang, instead="SMS 08111272206")}),
    }
    return {
        name: render(f"report_{template}.html", site, page.CSS, **given) for name, (template, given) in told.items()
    } | {"offline": render("offline.html", site, page.CSS, draft_words=page.draft_words(lang))}

"""What people decide teaches the suggestion: every dispatch and every change of category by the admin is kept, those that
agree with the suggestion too; of the report only its number. `scripts/export_corrections.py` takes them out, with the words
the reports have by then, `scripts/train_suggestion.py` learns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from chalicelib.domain.history import Entry
from chalicelib.domain.lifecycle import Role, Status
from chalicelib.domain.report import Report
from chalicelib.observability import logger
from chalicelib.store.desk_table import DeskTable
from chalicelib.store.finding import Finding
from chalicelib.store.items import report_of_image
from chalicelib.triage.suggestion import suggest_agency
from chalicelib.usecases.desk import Desk

KIND = "correction#"
KEPT = timedelta(days=400)
"""A decision is not kept longer than it teaches."""
_PAGE = 100
_NOTHING_TO_LEARN = frozenset({Status.REJECTED, Status.WITHDRAWN})


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """One decision, as it is kept: by the entry `seq` of the report `tracking`, at `at`. `category` is the citizen's own (or
    what the report had), `suggested` what the suggestion said of it then; `agency` and `chosen_category` are what the person
    decided. `automatic`: it had gone to another agency without a person."""

    tracking: str
    seq: int
    category: str | None
    area: str | None
    suggested: str | None
    suggested_category: str | None
    confidence: float
    agency: str
    chosen_category: str | None
    automatic: bool
    at: str


class Correction(msgspec.Struct, frozen=True, kw_only=True):
    """One decision, as it is taken out: with the report's masked words (`text`), without its number."""

    text: str
    category: str | None
    area: str | None
    suggested: str | None
    suggested_category: str | None
    confidence: float
    agency: str
    chosen_category: str | None
    automatic: bool
    at: str


def keep_corrections(desk: Desk, images: dict[str, Any], after: Report, entries: list[Entry]) -> None:
    """Keeps what a stream record's new entries decided. A failure is logged and not tried again: announcing must not wait
    for it, and one decision less teaches hardly less."""
    if not any(_decides(entry) for entry in entries):
        return
    try:
        before = report_of_image(images["OldImage"]) if "OldImage" in images else after
        for entry in entries:
            note_correction(desk, before, after, entry)
    except Exception:
        logger().exception("a decision could not be kept", extra={"tracking": after.tracking})


def note_correction(desk: Desk, before: Report, after: Report, entry: Entry) -> bool:
    """Keeps one decision; False when the entry is none, or is about a report that nobody should learn from (confidential,
    private). Repeating it is harmless."""
    if not _decides(entry) or before.hidden or after.hidden or not before.problem:
        return False
    told = entry.told.data
    category = str(told["category"]) if "category" in told else after.category
    agency = told.get("agency") or after.agency or desk.city.agency_for(category or "", after.place.area)
    if not agency:
        return False
    found = suggest_agency(before.problem, desk.city, category=before.category, area=before.place.area)
    decision = Decision(
        tracking=after.tracking,
        seq=entry.seq,
        category=before.category,
        area=before.place.area,
        suggested=found.best.agency if found.best else None,
        suggested_category=(found.best.category or None) if found.best else None,
        confidence=found.confidence,
        agency=str(agency),
        chosen_category=category,
        automatic=before.automatic,
        at=entry.at,
    )
    desk.things.put(
        f"{KIND}{entry.at[:7]}",
        f"{entry.at}#{after.tracking}#{entry.seq:06d}",
        decision,
        expires_at=entry.moment + KEPT,
    )
    return True


def exported(table: DeskTable, finding: Finding, of: Sequence[str]) -> Iterator[Correction]:
    """The decisions of those months (yyyy-mm) with what their reports say now: what was redacted since is gone, and a report
    that was removed, rejected, withdrawn, or hidden since teaches nothing."""
    for month in of:
        after = ""
        while items := table.query(f"{KIND}{month}", limit=_PAGE, after=after):
            after = items[-1].id
            decisions = [item.told(Decision) for item in items]
            reports = finding.reports(list(dict.fromkeys(decision.tracking for decision in decisions)))
            for decision in decisions:
                report = reports.get(decision.tracking)
                if report and report.problem and not report.hidden and report.status not in _NOTHING_TO_LEARN:
                    yield _with_words(decision, report.problem)


def _with_words(decision: Decision, text: str) -> Correction:
    told = msgspec.structs.asdict(decision)
    return Correction(text=text, **{name: told[name] for name in Correction.__struct_fields__ if name != "text"})


def _decides(entry: Entry) -> bool:
    told = entry.told
    if told.role != Role.ADMIN:
        return False
    return entry.event == "dispatched" or (entry.event == "corrected" and "category" in told.data)

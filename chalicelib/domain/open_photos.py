"""Which of a report's pictures are shown to whom. What came with the report is read with it. What its reporter adds later is
everybody's only once somebody of the staff has done something to the report since it could be seen; what the reporter of a
merged report adds to the one that leads is the staff's alone: whether that report is private, or its consent withdrawn, is not
known here. Every place that shows pictures goes through here; whether the report may be read at all is asked before.
"""

from __future__ import annotations

from chalicelib.domain.lifecycle import Role
from chalicelib.domain.pictures import ready
from chalicelib.domain.report import Report

STAFF = frozenset({Role.ADMIN, Role.AGENCY, Role.VALIDATOR})
_FIRST = 1  # the entry that the report came with
_SHORTEST_ID = 16  # of a picture; an entry's number is shorter


def open_photos(report: Report) -> list[str]:
    """The ids of the pictures that everybody may see of a report whose words they may read."""
    since, looked = _unread(report), _last_of_the_staff(report)
    return [photo for photo in own_photos(report) if since.get(photo, 0) < looked or photo not in since]


def own_photos(report: Report) -> list[str]:
    """The ids of the pictures that are shown to whoever has the report's key."""
    shown = ready(report.photos)
    others = brought_for(report) if shown else {}
    return [photo for photo in shown if photo not in others]


def brought_for(report: Report) -> dict[str, str]:
    """The pictures (ids) that the reporters of merged reports brought, each with the number of their report."""
    found = {photo: who for photo, who in report.said_for.items() if len(photo) >= _SHORTEST_ID}
    for entry in report.entries():
        told = entry.told
        if told.data.get("for"):
            found |= {str(photo): str(told.data["for"]) for photo in told.data.get("pictures", ())}
    return found


def _unread(report: Report) -> dict[str, int]:
    """Pictures that were added to the report, and not by the staff: since which entry they can be seen."""
    since: dict[str, int] = {}
    for entry in report.entries():
        told = entry.told
        # What completed a report has been told by the message itself.
        if entry.seq > _FIRST and told.role not in STAFF and entry.event != "completed":
            since |= {str(photo): entry.seq for photo in told.data.get("pictures", ()) if photo not in since}
        if entry.event == "pictures_processed":
            since |= {photo: entry.seq for photo in told.data.get("ready", ()) if photo in since}
    return since


def _last_of_the_staff(report: Report) -> int:
    return next((entry.seq for entry in reversed(report.entries()) if entry.told.role in STAFF), 0)

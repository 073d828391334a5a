"""What the reporter of a report sees beside what everybody may: what they may do now, and what they were asked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from chalicelib.city.model import City
from chalicelib.domain.choices import choices, question
from chalicelib.domain.report import Report
from chalicelib.usecases import views


def seen(
    report: Report, city: City, *, now: datetime, lang: str, with_key: bool, leader: Report | None = None
) -> dict[str, Any]:
    """`views.public`; with the key also `choices` ({action, until?}), `question` (not answered yet), `missing` (required
    fields not known yet), `seq` (the number of the last entry, for forms), `way` (how they are told) and `stars` (their rating)."""
    view = views.public(report, city, now=now, lang=lang, with_key=with_key, leader=leader)
    if not with_key:
        return view
    led = leader if leader is not None and leader.tracking != report.tracking else None
    asked = question(led or report)
    return view | {
        "choices": msgspec.to_builtins(choices(report, city.policy, now, leader=led), builtin_types=(datetime,)),
        "question": (asked.told.note or None) if asked else None,
        "missing": list(report.missing),
        "seq": report.seq,
        "way": report.way or "channel",
        "stars": report.stars,
    }

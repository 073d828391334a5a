"""What is left on the desks when the demo's day is over, and where to look at it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.demo_staff import ADMIN, Row, Staff

_BEFORE_WORK = ("coordination", "disposition", "in_progress", "follow_up_refused")
_SEVERAL = 3


@dataclass
class Left:
    """Reports by queue and, of those that agencies have, by status; `offices` and `units` by code; `flags` of what waits."""

    queues: dict[str, int] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)
    offices: Counter[str] = field(default_factory=Counter)
    units: Counter[str] = field(default_factory=Counter)
    flags: Counter[str] = field(default_factory=Counter)
    doubted: int = 0


def left_over(staff: Staff, views: list[Mapping[str, Any]], units: set[str]) -> Left:
    """Counted in the queues themselves; the sub-units' (`units`: their codes) and agencies' by what the reports say."""
    found = Left()
    rows: dict[str, list[Row]] = {}
    for name in ("waiting", "incomplete", "extensions", "validation"):
        rows[name] = list(staff.queue(name, ADMIN))
        found.queues[name] = len(rows[name])
    for view in views:
        status = view["status"]["code"]
        if status in _BEFORE_WORK and view["agency"]:
            found.statuses[status] += 1
            (found.units if view["unit"] in units else found.offices)[
                view["unit"] if view["unit"] in units else view["agency"]["code"]
            ] += 1
        if status == "waiting":
            found.flags.update([*view["flags"], *(["emergency"] if view["emergency"] else [])])
        doubts = [entry["event"] for entry in view["history"] if entry["event"] in ("proof_doubted", "resolved")]
        found.doubted += status == "awaiting_validation" and doubts[-1:] == ["proof_doubted"]
    return found


def as_lines(left: Left, url: str) -> list[str]:
    """Where to look, as whom, and how much there is to be seen."""
    flags = ", ".join(f"{name} {count}" for name, count in left.flags.most_common())
    rows = [
        ("admin", "/desk/triage", f"{left.queues['waiting']} waiting" + (f" ({flags})" if flags else "")),
        ("admin", "/desk/triage?queue=extensions", f"{left.queues['extensions']} extension requests"),
        ("admin", "/desk/triage?queue=doubted", f"{left.doubted} with proof that was seen before"),
        ("admin", "/desk/triage?queue=incomplete", f"{left.queues['incomplete']} incomplete"),
        ("admin", "/desk/overview", f"{sum(left.statuses.values())} with agencies ({_counts(left.statuses)})"),
        ("an agency", "/desk/agency", f"{_counts(left.offices, _SEVERAL)}"),
        ("a sub-unit", "/desk/agency", f"{_counts(left.units, _SEVERAL)}"),
        ("validator", "/desk/validation", f"{left.queues['validation']} awaiting validation"),
        ("counter", "/desk/counter", "a walk-in's report; search by number, street, name"),
    ]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    told = [f"  {who.ljust(widths[0])}  {path.ljust(widths[1])}  {what}" for who, path, what in rows]
    return [f"Look at {url}/desk: choose one of the users there (no passwords here).", *told]


def _counts(counts: Counter[str], most: int | None = None) -> str:
    return ", ".join(f"{name} {count}" for name, count in counts.most_common(most)) or "none"

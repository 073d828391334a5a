"""The closing table: every figure is worked out of what the system answers (staff API and outbox). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any

DONE_WITH = frozenset({"done", "merged", "rejected", "withdrawn", "abandoned"})


@dataclass
class Totals:
    """What became of the reports. Times are real seconds from the moment a report was complete."""

    received: int = 0
    channels: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    outcomes: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    levels: Counter[int] = field(default_factory=Counter)
    reminded: int = 0
    automatic: int = 0
    to_accept: list[float] = field(default_factory=list)
    to_resolve: list[float] = field(default_factory=list)


def totals(views: Iterable[Mapping[str, Any]], now: datetime) -> Totals:
    """The staff's views of all reports, added up as of `now`."""
    found = Totals()
    for view in views:
        found.received += 1
        found.channels[view["channel"]] += 1
        found.statuses[view["status"]["label"]] += 1
        found.outcomes[outcome(view, now)] += 1
        events = [entry["event"] for entry in view["history"]]
        found.events.update(set(events))
        found.reminded += "reminded" in events
        found.automatic += any(e["event"] == "dispatched" and e["data"].get("automatic") for e in view["history"])
        level = max((e["data"]["level"] for e in view["history"] if e["event"] == "escalated"), default=0)
        found.levels[level] += 1
        began = view["complete_at"]
        if began is None:
            continue
        if accepted := [entry["at"] for entry in view["history"] if entry["event"] == "accepted"]:
            found.to_accept.append(seconds(began, accepted[0]))
        if resolved := [entry["at"] for entry in view["history"] if entry["event"] == "resolved"]:
            found.to_resolve.append(seconds(began, resolved[-1]))
    return found


def outcome(view: Mapping[str, Any], now: datetime) -> str:
    """Where a report stands against its resolve deadline: one of the words that OUTCOMES explains."""
    status, by = view["status"]["code"], view["resolve_by"]
    if by is None:
        return "incomplete"
    resolved = [entry["at"] for entry in view["history"] if entry["event"] == "resolved"]
    if resolved and status in ("awaiting_validation", "done"):
        return "on time" if seconds(resolved[-1], by) >= 0 else "late"
    if status in DONE_WITH:
        return "closed otherwise"
    return "running" if seconds(now.isoformat(), by) >= 0 else "overdue"


OUTCOMES = {
    "on time": "resolved before the deadline",
    "late": "resolved after the deadline",
    "running": "still open, deadline not reached",
    "overdue": "still open, deadline passed",
    "closed otherwise": "rejected, merged, withdrawn",
    "incomplete": "the reporter has not said all that is needed",
}


def messages(outbox: Sequence[Mapping[str, Any]], since: datetime) -> tuple[Counter[str], Counter[str], set[str]]:
    """What was sent after `since`: to citizens by channel, to agencies by topic; and all reports it was about."""
    citizens: Counter[str] = Counter()
    agencies: Counter[str] = Counter()
    trackings = set()
    for item in outbox:
        if datetime.fromisoformat(item["at"].replace("Z", "+00:00")) < since:
            continue
        if item.get("tracking"):
            trackings.add(item["tracking"])
        if item["channel"] == "sns":
            agencies[item["to"].partition("-agency-")[2] or item["to"]] += 1
        elif "topic" not in item:
            citizens[item["channel"]] += 1
    return citizens, agencies, trackings


def lines(found: Totals, citizens: Counter[str], agencies: Counter[str], hour: float) -> list[tuple[str, str]]:
    """The table's rows; `hour` is how many real seconds a city hour took."""
    rows = [("received", f"{found.received}"), ("  by channel", _listed(found.channels))]
    rows += [("  sent on by the standing rule", f"{found.automatic}"), ("by status", _listed(found.statuses))]
    rows += [(f"{name} ({meaning})", f"{found.outcomes[name]}") for name, meaning in OUTCOMES.items()]
    rows += [
        ("extended / asked for / refused", " / ".join(str(found.events[e]) for e in _EXTENSIONS)),
        ("returned as wrong agency", f"{found.events['returned']}"),
        ("follow-up refused by validators", f"{found.events['follow_up_refused']}"),
        ("reporter asked / answered", f"{found.events['asked']} / {found.events['answered']}"),
        ("reopened by the reporter", f"{found.events['reopened']}"),
        ("reminded", f"{found.reminded}"),
        ("escalated", f"{sum(n for level, n in found.levels.items() if level)}"),
        *((f"  highest level {level}", f"{found.levels[level]}") for level in (1, 2, 3)),
        ("median time to accept", _time(found.to_accept, hour)),
        ("median time to resolve", _time(found.to_resolve, hour)),
        ("messages sent to citizens", f"{sum(citizens.values())}: {_listed(citizens)}"),
        ("announcements to agencies", f"{sum(agencies.values())}, to {len(agencies)} topics"),
    ]
    return rows


_EXTENSIONS = ("extended", "extension_requested", "extension_refused")


def as_text(rows: Sequence[tuple[str, str]]) -> str:
    """The rows in two columns."""
    width = max(len(name) for name, _ in rows)
    return "\n".join(f"{name.ljust(width)}  {value}" for name, value in rows)


def seconds(since: str, until: str) -> float:
    """From one ISO instant to another."""
    return (datetime.fromisoformat(until) - datetime.fromisoformat(since)).total_seconds()


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=lambda each: -each[1])) or "none"


def _time(times: Sequence[float], hour: float) -> str:
    if not times:
        return "none"
    return f"{median(times):.1f} s = {median(times) / hour:.1f} city hours (of {len(times)})"

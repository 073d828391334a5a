"""Publishing the open data: every night, each day of receipt of which a report has changed is written anew, as the reports
are by then. What has become hidden is gone from the next edition; what was erased or rejected has lost its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any

import msgspec

from chalicelib.domain.facts import facts_of
from chalicelib.domain.figures import Counts, counts_of, together
from chalicelib.domain.opendata import Row, row_of
from chalicelib.domain.report import Report
from chalicelib.store.figures import Figures
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.edition import Edition, Found

_BATCH = 100
_MOST_DAYS = 400
"""Days of receipt in one round: the others stay marked for the next."""
_FIRST_LOOK = timedelta(days=40)
_LATE = timedelta(minutes=15)
_CURSOR = ("published", "through")


def publish(desk: Desk) -> dict[str, Any]:
    """Closes the day's tree, writes the open data of every day that was marked, and takes the marks away. Doing it again
    writes nothing more. Gives how many days were looked at, how many files were different, how many days are left, and the
    name of the tree (None: nothing to close). A tree that cannot be closed raises what was wrong, once the data is written."""
    tree, failed = _close(desk)
    now = desk.now()
    today = desk.city.local_day(now)
    # Marks of a day that may still get some stay: a change that comes while this runs must be seen by the next round.
    closed = desk.city.local_day(now - _LATE).isoformat()
    marks = _marks(desk, today)
    days = sorted(marks, reverse=True)[:_MOST_DAYS]
    edition = Edition(desk, lambda day: found_on(desk, day))
    for month, changed in groupby(days, lambda day: day[:7]):
        done = list(changed)
        edition.month(month, done)
        desk.tally_items.delete_many((f"changed#{at}", day) for day in done for at in marks[day] if at < closed)
    edition.finish()
    left = len(marks) - len(days)
    if not left:
        desk.tally_items.put(*_CURSOR, {"through": closed})
    if failed is not None:  # after all the rest: that somebody hears of it
        raise failed
    return {"tree": tree, "days": len(days), "written": edition.written, "left": left}


def found_on(desk: Desk, day: str) -> Found:
    """The rows of the public reports received on a day, as they are now, and the counts of the hidden ones. A hundred
    reports in each read."""
    numbers = [facts.tracking for facts in Figures(desk.tally_items).facts(day)]
    rows: list[Row] = []
    hidden: list[Counts] = []
    city, public_url = desk.city, desk.settings.public_url
    for report in _reports(desk, numbers):
        facts = facts_of(report, city)
        row = row_of(report, facts, city, public_url, leader=report.merged_into)
        if row is None:
            hidden.append(counts_of(facts))
        else:
            rows.append(row)
    return _without_hidden_leaders(desk, rows), together(hidden)


def _without_hidden_leaders(desk: Desk, rows: list[Row]) -> list[Row]:
    """The rows, naming only leaders that are public."""
    public = {row.tracking for row in rows}
    others = sorted({row.merged_into for row in rows if row.merged_into} - public)
    public |= {report.tracking for report in _reports(desk, others) if not report.hidden}
    return [
        row if row.merged_into is None or row.merged_into in public else msgspec.structs.replace(row, merged_into=None)
        for row in rows
    ]


def _reports(desk: Desk, numbers: Sequence[str]) -> Iterator[Report]:
    for first in range(0, len(numbers), _BATCH):
        yield from desk.listings.reports(numbers[first : first + _BATCH])


def _marks(desk: Desk, today: date) -> dict[str, list[str]]:
    """The days of receipt to be written, each with the dates on which something of it changed."""
    cursor = desk.tally_items.get(*_CURSOR)
    day = date.fromisoformat(cursor.told(dict[str, str])["through"]) if cursor else today - _FIRST_LOOK
    marks: dict[str, list[str]] = {}
    figures = Figures(desk.tally_items)
    while day <= today:
        for received in figures.changed_on(day):
            marks.setdefault(received, []).append(day.isoformat())
        day += timedelta(days=1)
    return marks


def _close(desk: Desk) -> tuple[str | None, Exception | None]:
    """Closes the day's tree: its name, or why it could not be closed. The open data does not wait for it."""
    from chalicelib.usecases import archive

    try:
        tree = archive.close(desk)
    except Exception as error:
        return None, error
    return (str(tree.name) if tree is not None else None), None

"""Reading the figures: a page of them is a few reads, however many reports there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from chalicelib.domain.errors import Invalid
from chalicelib.domain.figures import BY, By, Counts, Table, by_pillar, together, with_wider
from chalicelib.store.figures import Figures, TileRow
from chalicelib.usecases.desk import Desk

WEEK = 7
_FIRST = {4: "-01-01", 7: "-01", 10: ""}


def figures(desk: Desk, period: str, by: By = "total") -> Table:
    """The figures of a day ("2026-11-22"), a month ("2026-11") or a year ("2026") in the city's time, grouped. One read for
    `total`, else two. An area's rows are kelurahan, kecamatan and kota. Raises Invalid naming `period` or `by`."""
    length = _checked(period)
    if by not in BY:
        raise Invalid("There are no such figures.", details={"by": f"one of {', '.join(BY)}"})
    kept: By = "category" if by == "pillar" else by
    found = Figures(desk.tally_items).summaries([(dimension, period) for dimension in dict.fromkeys(("total", kept))])
    total = found.get(("total", period))
    if total is None:
        return Table(period=period, by=by)
    here = found.get((kept, period))
    rows = here.rows if here else {}
    if by == "pillar":
        rows = by_pillar(rows, desk.city)
    elif by == "area":
        rows = with_wider(rows, desk.city)
    whole = together(total.rows.values())
    return Table(
        period=period, by=by, rows=rows, total=whole, series=total.series if length < 10 else [], as_of=total.at
    )


def week(desk: Desk) -> Counts:
    """The whole city's counts of the last seven days, today among them. One batch of seven small reads."""
    today = desk.city.local_day(desk.now())
    days: list[tuple[By, str]] = [("total", (today - timedelta(days=back)).isoformat()) for back in range(WEEK)]
    found = Figures(desk.tally_items).summaries(days)
    return together(counts for summary in found.values() for counts in summary.rows.values())


def tiles(desk: Desk, res: int, parents: Iterable[str], period: str) -> list[TileRow]:
    """What the map's hexagons show of a month or a year: cells of H3 resolution 6, 7 or 8 below the parents (cells two
    resolutions coarser, hex), each with (cell, area, category, state, n). One read a parent. Only reports that everybody may
    list are in it. Raises Invalid naming `period` or `res`."""
    if _checked(period) == 10:
        raise Invalid("The map has no figures of one day.", details={"period": "a month or a year"})
    if res not in (6, 7, 8):
        raise Invalid("There are no such cells.", details={"res": "6, 7 or 8"})
    return Figures(desk.tally_items).tiles(res, parents, period)


def _checked(period: str) -> int:
    """The length of a period's name. Raises Invalid."""
    try:
        plain = date.fromisoformat(period + _FIRST[len(period)]).isoformat().startswith(period)
    except (KeyError, ValueError):
        plain = False
    if not plain:
        raise Invalid(
            "There is no such period.", details={"period": "a day, a month or a year: 2026-11-22, 2026-11, 2026"}
        )
    return len(period)

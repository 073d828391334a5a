"""The figures as files: JSON and CSV, with the same numbers as the page. Times in hours, shares as their two numbers."""

from __future__ import annotations

import csv
import io
from typing import Any

from chalicelib.city.model import City
from chalicelib.domain.figures import ACCURACY, Counts, Histogram
from chalicelib.pages.site import figures as told
from chalicelib.pages.site.figures_page import Shown, lines


def as_json(shown: Shown, city: City, lang: str) -> dict[str, Any]:
    """What the page says. `rate` is there only for `least` reports or more."""
    within = {"area": "area", "category": "pillar"}.get(shown.by) if shown.within else None
    return {
        "period": shown.period,
        "by": shown.by,
        **({within: shown.within} if within else {}),
        "as_of": shown.table.as_of,
        "cohort": "received",
        "least": told.LEAST,
        "accuracy": ACCURACY,  # of a median or a percentile, as a share of itself
        "total": figures_of(shown.total(city)),
        "rows": [{"code": line.code, "name": line.name} | figures_of(line.counts) for line in lines(shown, city, lang)],
        "series": [{"period": name, "received": received, "done": done} for name, received, done in _series(shown)],
    }


def figures_of(counts: Counts) -> dict[str, Any]:
    """All numbers of one row."""
    share = told.share(counts, "en")
    stars = {str(star): counts.stars.get(star, 0) for star in range(1, 6)}
    return {
        "received": counts.received,
        **told.places(counts),
        **told.way(counts),
        "on_time": {"n": share.n, "of": share.of, "rate": round(share.n / share.of, 4) if share.percent else None},
        "reasons": dict(sorted(counts.reasons.items())),
        "respond": _times(counts.respond),
        "resolve": _times(counts.resolve),
        "stars": stars,
        "oldest": [{"tracking": tracking, "received_at": at} for at, tracking in counts.oldest],
    }


def as_csv(shown: Shown, city: City, lang: str) -> str:
    """The total first (`by` is "total"), then a line for each row; UTF-8, RFC 4180."""
    told_rows = [("total", shown.within, "", shown.total(city))]
    told_rows += [(shown.by, line.code, line.name, line.counts) for line in lines(shown, city, lang)]
    table = io.StringIO()
    writer = csv.writer(table)
    for place, (by, code, name, counts) in enumerate(told_rows):
        row = {"period": shown.period, "by": by, "code": code, "name": name} | _flat(figures_of(counts))
        if not place:
            writer.writerow(row)
        writer.writerow(row.values())
    return table.getvalue()


def _series(shown: Shown) -> list[tuple[str, int, int]]:
    return [] if shown.within else list(shown.table.series)


def _times(histogram: Histogram) -> dict[str, Any]:
    median, ninth = (histogram.quantile(share) for share in (0.5, 0.9))
    return {"n": histogram.count, "median_hours": median and round(median, 2), "p90_hours": ninth and round(ninth, 2)}


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """Nested numbers as columns of their own ("resolve_median_hours"), without what is a list."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict) and name != "reasons":
            flat |= {f"{name}_{inner}": "" if each is None else each for inner, each in value.items()}
        elif not isinstance(value, dict | list):
            flat[name] = value
    return flat

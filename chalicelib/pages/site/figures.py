"""What the page of the figures shows, worked out from tables of counts: plain values for its template, JSON and CSV. A share
is never without its two numbers, and has no percentage below `LEAST` reports."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, NamedTuple

from chalicelib.city.kelurahan import full_name
from chalicelib.city.model import AREA_KINDS, PILLARS, City
from chalicelib.domain import periods
from chalicelib.domain.figures import HIDDEN, UNKNOWN, Counts, Histogram
from chalicelib.pages.names import agency_name, category_name
from chalicelib.pages.site import charts

LEAST = 10
"""Of how many reports a percentage is told."""
SORTS = ("received", "name", "on_time", "late", "disputed", "open", "resolve")
OUTCOMES = (
    "done_on_time", "done_late", "disputed", "open", "rejected", "merged", "withdrawn", "abandoned", "incomplete",
)  # fmt: skip
"""Where a report can be: each is in exactly one."""
WAY = ("overdue", "late", "extended", "rerouted", "reopened")
"""What can be said of them besides; of one report more than one."""
_OTHER = ("merged", "withdrawn", "abandoned", "incomplete")
_DUE = ("done_on_time", "done_late", "disputed", "open")
PARTS = ("done_on_time", "done_late", "disputed", "overdue", "in_time", "rejected", "other")
"""The pieces of a bar."""
_DRAWN = 12
_MEAN_AT = 36  # from how many hours on a time is told in days


class Share(NamedTuple):
    """`n` of `of`; `percent` only where there are enough of them."""

    n: int
    of: int
    percent: str


class Times(NamedTuple):
    """Median and 90th percentile in words, of `n` reports."""

    n: int
    median: str
    p90: str


class Line(NamedTuple):
    """One row of a breakdown. `inner` is the query that looks inside it ("": nothing is in it)."""

    code: str
    name: str
    inner: str
    counts: Counts
    places: dict[str, int]
    share: Share
    respond: Times
    resolve: Times
    mean: str
    ratings: int
    parts: list[charts.Segment]


def places(counts: Counts) -> dict[str, int]:
    """Where the reports are, by `OUTCOMES`: together they are all that were received."""
    return {name: int(getattr(counts, name)) for name in OUTCOMES}


def way(counts: Counts) -> dict[str, int]:
    """What happened to them on the way, by `WAY`."""
    return {name: late(counts) if name == "late" else int(getattr(counts, name)) for name in WAY}


def late(counts: Counts) -> int:
    """Done late, or still open past the deadline."""
    return counts.done_late + counts.overdue


def share(counts: Counts, lang: str) -> Share:
    """Done on time, of all that were to be done: what is still open is not left out."""
    found = places(counts)
    n, of = found["done_on_time"], sum(found[name] for name in _DUE)
    return Share(n, of, percent(n, of, lang) if of >= LEAST else "")


def percent(n: int, of: int, lang: str) -> str:
    """A share in words: "63%". All is 100 and none is 0, and nothing else is."""
    rounded = round(100 * n / of)
    told = rounded if n in (0, of) else min(max(rounded, 1), 99)
    return f"{told}{'%' if lang == 'en' else ' %'}"


def decimal(value: float, lang: str) -> str:
    """A number with one decimal place, or none where it is nought."""
    text = f"{value:.1f}".removesuffix(".0")
    return text if lang == "en" else text.replace(".", ",")


def duration(hours: float, lang: str, w: Any) -> str:
    """A span in words: minutes below an hour, days from a day and a half on."""
    if hours < 1:
        return str(w("figures.minutes", n=round(hours * 60)))
    if hours < _MEAN_AT:
        return str(w("figures.hours", n=decimal(hours, lang)))
    return str(w("figures.days", n=decimal(hours / 24, lang)))


def times(histogram: Histogram, lang: str, w: Any) -> Times:
    """Median and 90th percentile of a histogram."""
    median, ninth = histogram.quantile(0.5), histogram.quantile(0.9)
    if median is None or ninth is None:
        return Times(0, "", "")
    return Times(histogram.count, duration(median, lang, w), duration(ninth, lang, w))


def ratings(counts: Counts, lang: str) -> tuple[int, str]:
    """How many gave stars, and their average (only where there are enough)."""
    n = sum(counts.stars.values())
    mean = sum(int(stars) * given for stars, given in counts.stars.items()) / n if n else 0
    return n, decimal(mean, lang) if n >= LEAST else ""


def day_name(day: date, city: City, lang: str) -> str:
    """A day in words: "22 November 2026"."""
    return f"{day.day} {_month(day, city, lang)}"


def period_name(period: str, city: City, lang: str) -> str:
    """A period in words: "22 November 2026", "November 2026", "2026"."""
    first = periods.first_day(period) or periods.EARLIEST
    kind = periods.kind_of(period)
    return day_name(first, city, lang) if kind == "day" else _month(first, city, lang) if kind == "month" else period


def _month(day: date, city: City, lang: str) -> str:
    return f"{city.text('date.months', lang).split()[day.month - 1]} {day.year}"


def name_of(code: str, by: str, city: City, lang: str, w: Any) -> str:
    """The name of a row."""
    if code == HIDDEN:
        return str(w("figures.hidden"))
    if code == UNKNOWN:
        return str(w(f"figures.nothing.{by}"))
    if by == "agency":
        return agency_name(city, lang, code)
    if by == "category":
        return category_name(city, lang, code)
    if by == "area":
        return city.areas[code].name if code in city.areas else code
    labels = city.channels[code].label if by == "channel" and code in city.channels else None
    labels = labels if by == "channel" else city.labels.get(f"pillar_{code}")
    return (labels.get(lang) or next(iter(labels.values()), code)) if labels else code


def lines(rows: dict[str, Counts], by: str, city: City, lang: str, w: Any, *, within: str, sort: str) -> list[Line]:
    """The rows of a breakdown in their order. `within` is the area or pillar that is looked into ("": the whole city);
    hidden reports, and those that belong nowhere, come last."""
    if by == "pillar":
        rows = {code: Counts() for code in PILLARS} | rows
    chosen = {code: counts for code, counts in rows.items() if _shown(code, by, city, within)}
    most = max((counts.received for counts in chosen.values()), default=0)
    made = [_line(code, counts, by, city, lang, w, most) for code, counts in chosen.items()]
    return sorted(made, key=lambda line: (line.code in (HIDDEN, UNKNOWN), _rank(line, sort), line.name.casefold()))


def above(area: str, city: City) -> list[str]:
    """What an area lies in, the largest first, itself last."""
    found: list[str] = []
    while area:
        found.append(area)
        area = city.areas[area].parent or ""
    return found[::-1]


def described(area: str, city: City) -> str:
    """An area with what it lies in."""
    return full_name(city, city.areas[area])


def _shown(code: str, by: str, city: City, within: str) -> bool:
    if by == "category" and within:
        return code in city.categories and city.categories[code].pillar == within
    if by != "area":
        return True
    if code not in city.areas:
        return not within
    return (city.areas[code].parent or "") == within if within else city.areas[code].level == AREA_KINDS[0]


def _line(code: str, counts: Counts, by: str, city: City, lang: str, w: Any, most: int) -> Line:
    found = places(counts)
    given, mean = ratings(counts, lang)
    overdue = min(counts.overdue, counts.open)  # one that is incomplete again may be overdue as well
    parts = found | {"overdue": overdue, "in_time": counts.open - overdue, "other": other(counts)}
    return Line(
        code=code,
        name=name_of(code, by, city, lang, w),
        inner=_inner(code, by, city),
        counts=counts,
        places=found | way(counts),
        share=share(counts, lang),
        respond=times(counts.respond, lang, w),
        resolve=times(counts.resolve, lang, w),
        mean=mean,
        ratings=given,
        parts=charts.bar([(name, parts[name]) for name in PARTS], most),
    )


def other(counts: Counts) -> int:
    """Those with nothing to be done."""
    return sum(int(getattr(counts, name)) for name in _OTHER)


def _inner(code: str, by: str, city: City) -> str:
    if by == "pillar" and code in PILLARS:
        return f"by=category&pillar={code}"
    if by == "area" and code in city.areas and city.areas[code].level != AREA_KINDS[-1]:
        return f"by=area&area={code}"
    return ""


def _rank(line: Line, sort: str) -> tuple[float, ...]:
    counts = line.counts
    match sort:
        case "name":
            return ()
        case "on_time":
            told = line.share.of >= LEAST  # the others come after: their share says nothing
            return (not told, line.share.n / line.share.of if told else 0, -counts.received)
        case "late":
            return (-late(counts), -counts.received)
        case "disputed":
            return (-counts.disputed, -counts.received)
        case "open":
            return (-counts.open, -counts.received)
        case "resolve":
            return (-(counts.resolve.quantile(0.5) or -1), -counts.received)
    return (-counts.received,)


def drawn(rows: Sequence[Line]) -> list[Line]:
    """The rows of the chart: those with the most reports, in the order of the table."""
    most = sorted((line.counts.received for line in rows), reverse=True)[:_DRAWN]
    return [line for line in rows if most and line.counts.received >= max(most[-1], 1)][:_DRAWN]


def series(told: Iterable[tuple[str, int, int]], names: Sequence[str], city: City, lang: str) -> dict[str, Any]:
    """A time series for its chart and its table; `names` are all its days or months, with reports or without."""
    known = {name: (received, done) for name, received, done in told}
    rows = [(name, *known.get(name, (0, 0))) for name in names]
    months = city.text("date.months", lang).split()
    short = [(n, str(int(n[-2:])) if len(n) == 10 else months[int(n[-2:]) - 1][:3], r, d) for n, r, d in rows]
    named = [(name, period_name(name, city, lang), received, done) for name, received, done in rows]
    return {"rows": named, "columns": charts.columns(short), "by_day": bool(rows and len(rows[0][0]) == 10)}

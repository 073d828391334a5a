"""The values of the figures' template: the total, the time series, the rows, and where else one can go from there."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple
from urllib.parse import urlencode

from chalicelib.city.model import City
from chalicelib.domain import periods
from chalicelib.domain.figures import ACCURACY, HIDDEN, UNKNOWN, Counts, Table, together
from chalicelib.pages.site import Site, word_of
from chalicelib.pages.site import figures as told


class Shown(NamedTuple):
    """What is shown; `within` is the area or pillar that is looked into ("": the whole city)."""

    period: str
    by: str
    sort: str
    within: str
    table: Table

    def total(self, city: City) -> Counts:
        """All reports that the page is about."""
        if not self.within:
            return self.table.total
        if self.by == "area":
            return self.table.rows.get(self.within, Counts())
        inside = [counts for code, counts in self.table.rows.items() if in_pillar(code, self.within, city)]
        return together(inside)


def in_pillar(category: str, pillar: str, city: City) -> bool:
    """Whether a category belongs to a pillar."""
    return category in city.categories and city.categories[category].pillar == pillar


def nothing() -> dict[str, Any]:
    """The values of a page without figures."""
    return {"name": "", "total": None, "data": None, "links": [], "as_of": None, "place": "", "least": told.LEAST}


def values(shown: Shown, site: Site) -> dict[str, Any]:
    """The values of the page."""
    city, lang, w = site.city, site.lang, word_of(site.lang)
    total, within = shown.total(city), shown.within
    rows = lines(shown, city, lang)
    inside = [] if within else periods.inside(shown.period, city.local_day(site.now))
    given, mean = told.ratings(total, lang)
    kind = periods.kind_of(shown.period)
    return {
        "name": w(f"figures.period.{kind}", **{kind: told.period_name(shown.period, city, lang)}),
        "place": _place(shown, city, lang, w),
        "as_of": shown.table.as_of or site.now,
        "least": told.LEAST,
        "accuracy": told.percent(round(100 * ACCURACY), 100, lang),
        "total": total,
        "places": told.places(total),
        "way": told.way(total),
        "share": told.share(total, lang),
        "respond": told.times(total.respond, lang, w),
        "resolve": told.times(total.resolve, lang, w),
        "given": given,
        "mean": mean,
        "stars": {star: total.stars.get(star, 0) for star in range(1, 6)},
        "series": told.series(shown.table.series, inside, city, lang) if inside else None,
        "rows": rows,
        "rows_title": w("figures.rows.title", by=_by(shown, w)),
        "drawn": told.drawn(rows),
        "outcomes": told.OUTCOMES,
        "ways": told.WAY,
        "pieces": told.PARTS,
        "reasons": _reasons(total, city, lang, w),
        "oldest": [(tracking, told.day_name(city.local_day(at), city, lang)) for at, tracking in total.oldest],
        "links": _links(shown, site, w),
        "trail": _trail(shown, city, w),
        "data": _data(shown, city.local_day(site.now), w),
        "json_path": _here(shown, format="json"),
    }


def lines(shown: Shown, city: City, lang: str) -> list[told.Line]:
    """The rows of the breakdown."""
    if shown.by == "total" or not shown.table.rows:
        return []
    within, sort = shown.within, shown.sort
    return told.lines(shown.table.rows, shown.by, city, lang, word_of(lang), within=within, sort=sort)


def _place(shown: Shown, city: City, lang: str, w: Any) -> str:
    if not shown.within:
        return ""
    return (
        told.described(shown.within, city)
        if shown.by == "area"
        else told.name_of(shown.within, "pillar", city, lang, w)
    )


def _by(shown: Shown, w: Any) -> str:
    words = str(w(f"figures.by.{shown.by}"))
    return words[:1].lower() + words[1:] if not words[:2].isupper() else words


def _reasons(total: Counts, city: City, lang: str, w: Any) -> list[tuple[str, int]]:
    """The reasons of rejections in words, the most frequent first; what has no code last."""
    known = city.reasons.get("reject", {})

    def words(code: str) -> str:
        if code in (HIDDEN, UNKNOWN):
            return str(w("figures.hidden" if code == HIDDEN else "figures.reasons.none"))
        label = known[code].label if code in known else {}
        return label.get(lang) or next(iter(label.values()), code)

    found = sorted(total.reasons.items(), key=lambda pair: (pair[0] in (HIDDEN, UNKNOWN), -pair[1], pair[0]))
    return [(words(code), n) for code, n in found]


def _links(shown: Shown, site: Site, w: Any) -> list[tuple[str, str]]:
    """The periods around this one."""
    city, lang, period = site.city, site.lang, shown.period
    today = city.local_day(site.now)
    around = [("before", periods.before(period)), ("after", periods.after(period, today))]
    kind = periods.kind_of(period)
    around += [("up_month", period[:7])] if kind == "day" else []
    around += [("up_year", period[:4])] if kind != "year" else []
    return [
        (w(f"figures.period.{key}", name=told.period_name(other, city, lang)), _here(shown, period=other))
        for key, other in around
        if other
    ]


def _trail(shown: Shown, city: City, w: Any) -> list[tuple[str, str]]:
    """Where one has come in from: the whole city, then each area above."""
    if not shown.within:
        return []
    if shown.by == "category":
        return [(w("figures.by.pillar"), _here(shown, by="pillar", pillar=""))]
    up = told.above(shown.within, city)[:-1]
    return [(w("figures.whole"), _here(shown, area="")), *((city.areas[a].name, _here(shown, area=a)) for a in up)]


def _data(shown: Shown, today: date, w: Any) -> list[tuple[str, str]]:
    """The files of the same period, and the figures as files."""
    period, kind = shown.period, periods.kind_of(shown.period)
    files: list[tuple[str, str]] = []
    if kind != "year":
        files = [(w(f"figures.data.{end}"), f"/open-data/reports/{period}.{end}") for end in ("csv", "jsonl")]
        files.append((w("figures.data.hidden"), f"/open-data/hidden/{period[:7]}.csv"))
    else:
        months = periods.inside(period, today)
        files = [(f"{w('figures.data.csv')} {month}", f"/open-data/reports/{month}.csv") for month in months]
    own = [(w(f"figures.data.figures_{end}"), _here(shown, format=end)) for end in ("csv", "json")]
    return [*files, (w("figures.data.page"), "/open-data"), *own]


def _here(shown: Shown, **changed: str) -> str:
    """This page's address with other choices."""
    key = {"area": "area", "category": "pillar"}.get(shown.by, "")
    typed = {"period": shown.period, "by": shown.by, "sort": shown.sort} | ({key: shown.within} if key else {})
    return "/performance?" + urlencode({name: value for name, value in (typed | changed).items() if value})

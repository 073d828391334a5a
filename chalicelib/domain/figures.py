"""Figures of many reports: counts that add up, and times in histograms that add up too.

A report counts on the day (so the month, the year) it was received, whatever happens to it later: everybody can work the
figures out from the open data.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from operator import add
from typing import Any, Literal

import msgspec

from chalicelib.city.model import City
from chalicelib.domain.facts import Facts
from chalicelib.domain.lifecycle import OPEN, Status

By = Literal["total", "agency", "category", "area", "channel", "pillar"]
BY: tuple[By, ...] = ("total", "agency", "category", "area", "channel", "pillar")
"""What figures are grouped by."""
HIDDEN = "-hidden"
"""The row of all private and confidential reports together."""
UNKNOWN = "-"
"""The row of what has no such code yet (or words of one's own, among reasons)."""
TOTAL = "total"
"""The one row of the dimension `total`."""
OLDEST = 5
ACCURACY = 0.05
"""Of a quantile: it is at most this far (as a share of it) from the exact one."""
_STEPS = 8  # buckets for each doubling
_LEAST_HOURS = 1 / 64


class Histogram(msgspec.Struct, frozen=True, array_like=True):
    """How many times lie in which bucket: `numbers` of the buckets from `first` on. A bucket's bounds are 2^(n/8) and
    2^((n+1)/8) hours; times below a minute are in the lowest. Two are added by adding their buckets."""

    first: int = 0
    numbers: tuple[int, ...] = ()

    @classmethod
    def of(cls, hours: Iterable[float]) -> Histogram:
        """One of these times. Negative ones count as none."""
        return cls.of_buckets(Counter(map(_bucket, hours)))

    @classmethod
    def of_buckets(cls, buckets: Mapping[int, int]) -> Histogram:
        """With so many times in each of these buckets, as `buckets` told them."""
        if not buckets:
            return cls()
        first = min(buckets)
        return cls(first, tuple(buckets.get(at, 0) for at in range(first, max(buckets) + 1)))

    def add(self, hours: float) -> Histogram:
        """With one more time."""
        return self.plus(Histogram.of([hours]))

    def plus(self, other: Histogram) -> Histogram:
        """Both together."""
        return Histogram.merged((self, other))

    @staticmethod
    def merged(many: Iterable[Histogram]) -> Histogram:
        """All of them together."""
        some = [each for each in many if each.numbers]
        first = min((each.first for each in some), default=0)
        total = [0] * max((each.first - first + len(each.numbers) for each in some), default=0)
        for each in some:
            here = slice(each.first - first, each.first - first + len(each.numbers))
            total[here] = map(add, total[here], each.numbers)
        return Histogram(first, tuple(total))

    @property
    def buckets(self) -> dict[int, int]:
        """The buckets that hold something, in order: how many times."""
        return {at: number for at, number in enumerate(self.numbers, self.first) if number}

    @property
    def count(self) -> int:
        """How many times it holds."""
        return sum(self.numbers)

    def quantile(self, share: float) -> float | None:
        """The time (hours) that this share of all does not exceed (.5: the median; of an even number the lower one), within
        ACCURACY of it; None of no times. Times below a minute are told as one."""
        left = max(math.ceil(share * self.count), 1)
        for at, number in enumerate(self.numbers, self.first):
            left -= number
            if left <= 0:
                return float(2 ** ((at + 0.5) / _STEPS))
        return None


class Counts(msgspec.Struct, frozen=True, array_like=True):
    """So many reports. Each counts as exactly one of incomplete, open, done_on_time, done_late, disputed, rejected, merged,
    withdrawn and abandoned, which add up to received. overdue are those of open (and incomplete) whose resolve deadline was
    missed; extended, rerouted and reopened are reports, not times. `reasons` adds up to rejected; `oldest` are up to five
    (received at, tracking) of open public reports, the oldest first. `respond` is of reports an agency took up, `resolve` of
    those done."""

    received: int = 0
    incomplete: int = 0
    open: int = 0
    overdue: int = 0
    done_on_time: int = 0
    done_late: int = 0
    disputed: int = 0
    extended: int = 0
    rerouted: int = 0
    reopened: int = 0
    rejected: int = 0
    merged: int = 0
    withdrawn: int = 0
    abandoned: int = 0
    reasons: dict[str, int] = {}
    stars: dict[int, int] = {}
    respond: Histogram = Histogram()
    resolve: Histogram = Histogram()
    oldest: tuple[tuple[datetime, str], ...] = ()

    @property
    def done(self) -> int:
        """Done, on time or late, and not disputed."""
        return self.done_on_time + self.done_late

    def plus(self, other: Counts) -> Counts:
        """Both together: in any order, any grouping, the same."""
        return together((self, other))


class Table(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of one period. `rows` by code, of which HIDDEN and UNKNOWN are none of the city's (of `area`, kelurahan, kecamatan
    and kota: each report is in three of them); `total` is all reports of the period. `series` is the whole city by day (of a
    month) or month (of a year): (day or month, received, done). `as_of` is when any of it last changed; None where nothing
    is known of the period."""

    period: str
    by: By
    rows: dict[str, Counts] = {}
    total: Counts = Counts()
    series: list[tuple[str, int, int]] = []
    as_of: datetime | None = None


_NUMBERS = Counts.__struct_fields__[:14]
_OWN = {
    Status.INCOMPLETE: "incomplete",
    Status.REJECTED: "rejected",
    Status.MERGED: "merged",
    Status.WITHDRAWN: "withdrawn",
    Status.ABANDONED: "abandoned",
}


def counts_of(facts: Facts) -> Counts:
    """One report as counts."""
    numbers = dict.fromkeys(_NUMBERS, 0) | {"received": 1}
    still = facts.status in OPEN
    numbers[_standing(facts)] = 1
    numbers["overdue"] = int(still and facts.late and not facts.disputed)
    for name in ("extended", "rerouted", "reopened"):
        numbers[name] = int(bool(getattr(facts, name)))
    reason = HIDDEN if facts.hidden else facts.reason or UNKNOWN
    rest = Counts(
        reasons={reason: 1} if facts.status is Status.REJECTED else {},
        stars={facts.stars: 1} if facts.stars else {},
        respond=Histogram.of(_known(facts.respond_hours)),
        resolve=Histogram.of(_known(facts.resolve_hours)),
        oldest=((facts.received_at, facts.tracking),) if still and facts.listed else (),
    )
    return msgspec.structs.replace(rest, **numbers)


def _standing(facts: Facts) -> str:
    if facts.disputed:
        return "disputed"
    if facts.status is Status.DONE:
        return "done_on_time" if facts.on_time else "done_late"
    return _OWN.get(facts.status, "open")


def _known(hours: float | None) -> list[float]:
    return [] if hours is None else [hours]


def _bucket(hours: float) -> int:
    return math.floor(math.log2(max(hours, _LEAST_HOURS)) * _STEPS)


def together(many: Iterable[Counts]) -> Counts:
    """All of them as one."""
    rows = [msgspec.structs.astuple(each) for each in many]
    if len(rows) < 2:
        return Counts(*rows[0]) if rows else Counts()
    *columns, reasons, stars, respond, resolve, oldest = zip(*rows, strict=True)
    first = sorted({each for some in oldest for each in some})[:OLDEST]
    rest = Counts(
        reasons=_added(reasons),
        stars=_added(stars),
        respond=Histogram.merged(respond),
        resolve=Histogram.merged(resolve),
        oldest=tuple(first),
    )
    return msgspec.structs.replace(rest, **dict(zip(_NUMBERS, map(sum, columns), strict=True)))


def _added(many: Iterable[Mapping[Any, int]]) -> dict[Any, int]:
    total: Counter[Any] = Counter()
    for each in many:
        total.update(each)
    return dict(sorted(total.items()))


KEPT: tuple[By, ...] = ("total", "agency", "category", "area", "channel")
"""The dimensions that are kept; pillars are their categories', kecamatan and kota their kelurahan's."""


def code_of(facts: Facts, by: By) -> str:
    """The row that a report stands in."""
    if by == "total":
        return TOTAL
    return HIDDEN if facts.hidden else str(getattr(facts, by)) or UNKNOWN


def summed(many: Sequence[Facts]) -> dict[By, dict[str, Counts]]:
    """Reports as rows of each kept dimension."""
    told = [(facts, counts_of(facts)) for facts in many]
    return {by: gathered((code_of(facts, by), counts) for facts, counts in told) for by in KEPT}


def gathered(rows: Iterable[tuple[str, Counts]]) -> dict[str, Counts]:
    """Rows of the same code added up; in the order of the codes."""
    groups: dict[str, list[Counts]] = {}
    for code, counts in rows:
        groups.setdefault(code, []).append(counts)
    return {code: together(groups[code]) for code in sorted(groups)}


def by_pillar(categories: Mapping[str, Counts], city: City) -> dict[str, Counts]:
    """Rows of categories as those of their pillars."""
    known = city.categories

    def pillar(code: str) -> str:
        return known[code].pillar if code in known else HIDDEN if code == HIDDEN else UNKNOWN

    return gathered((pillar(code), counts) for code, counts in categories.items())


def with_wider(areas: Mapping[str, Counts], city: City) -> dict[str, Counts]:
    """Rows of kelurahan, and those of the kecamatan and kota that they lie in."""

    def line(code: str | None) -> list[str]:
        found = []
        while code:
            found.append(code)
            code = city.areas[code].parent if code in city.areas else None
        return found

    return gathered((each, counts) for code, counts in areas.items() for each in line(code))

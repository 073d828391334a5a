"""Facts, figures and map tiles in the table `tallies`.

    facts#<day>            <tracking>    one report's facts, under the day it was received
    sum#<dimension>        <period>      rows of a day, month or year; a month is made from its days, a year from its months
    map                    <period>      of a day: its cells; of a month or year: which tiles it has, with their digests
    tile#<res>#<parent>    <period>      a map tile of a month or year
    changed#<day>          <day>         that day something of a report received on the other one changed

Nothing is ever incremented: a summary is made anew from what is below it, so repeated and late events change nothing. How
often the facts below have changed (`turn`, summed up) is its version: it only grows, and a summary that knows less than the
stored one is not written. Whoever changes facts makes the summaries above afterwards, so the last one sees everything.
"""

from __future__ import annotations

import base64
import zlib
from calendar import monthrange
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta
from hashlib import blake2b
from typing import Any, NamedTuple

import msgspec

from chalicelib.domain.facts import STATES, Facts
from chalicelib.domain.figures import KEPT, By, Counts, gathered, summed
from chalicelib.domain.hexagons import Hexagons, hexagons_of, overlaid, tiles_of
from chalicelib.store.desk_table import DeskTable, Item

_MOST = 1_000_000
_REPEATS = 5
_CHANGED_FOR = timedelta(days=60)
_MAP = "map"
# The same content is always the same text: rows and what is in them are made in order.
_encode = msgspec.json.Encoder().encode
_encode_tree = msgspec.json.Encoder(order="sorted").encode


class TileRow(NamedTuple):
    """So many reports of one category (code, "" while unknown) in one cell and area, in one of STATES."""

    cell: str
    area: str
    category: str
    state: str
    n: int


class Summary(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Rows of one dimension and period. `series` (of the total of a month or year) is (day or month, received, done)."""

    rows: dict[str, Counts] = {}
    series: list[tuple[str, int, int]] = []
    at: datetime | None = None


class _Row(msgspec.Struct, frozen=True):
    facts: Facts
    turn: int = 1


class _Packed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A large body: zlib and base64 of its JSON, a fifth of it. `at` is when it was made."""

    z: str
    at: datetime | None = None


_rows = msgspec.json.Decoder(_Row)
_packed = msgspec.json.Decoder(_Packed)
_summaries = msgspec.json.Decoder(Summary)
_trees = msgspec.json.Decoder(Hexagons)
_digests = msgspec.json.Decoder(dict[str, str])


class Figures:
    """Keeps and reads them. `now` is when summaries are made."""

    def __init__(self, table: DeskTable) -> None:
        self._table = table

    def note(self, many: Iterable[Facts]) -> set[str]:
        """Keeps reports' facts, but for those older than what is kept. Gives the days received of those that changed."""
        facts = {each.tracking: each for each in many}
        kept = self._kept(facts.values())
        return {each.day for each in facts.values() if self._noted(each, kept.get(each.tracking))}

    def known(self, many: Collection[Facts]) -> dict[str, Facts]:
        """What is kept of these reports, by number. No read of none."""
        return {number: _rows.decode(item.body).facts for number, item in self._kept(many).items()} if many else {}

    def _kept(self, many: Iterable[Facts]) -> dict[str, Item]:
        return {item.id: item for item in self._table.get_many((_facts(each.day), each.tracking) for each in many)}

    def _noted(self, facts: Facts, item: Item | None) -> bool:
        for _ in range(_REPEATS):
            before = _rows.decode(item.body) if item else None
            if before and (before.facts.version > facts.version or before.facts == facts):
                return False
            same = before and before.facts == msgspec.structs.replace(facts, version=before.facts.version)
            row = _Row(facts, (before.turn + (not same)) if before else 1)
            key, version = (_facts(facts.day), facts.tracking), item.version if item else None
            if self._table.put(*key, row, if_absent=item is None, if_version=version):
                return True
            item = self._table.get(*key)
        raise TimeoutError("others change these facts all the time")

    def facts(self, day: str) -> list[Facts]:
        """What is known of the reports received on that day, in the order of their numbers. One read of each MB."""
        return [row.facts for row in self._below(day)]

    def _below(self, day: str) -> list[_Row]:
        items = self._table.query(_facts(day), limit=_MOST, consistent=True)
        return [_rows.decode(item.body) for item in items]

    def mark_changed(self, days: Iterable[str], today: date, now: datetime) -> None:
        """Notes that today something of what was received on those days has changed."""
        until = now + _CHANGED_FOR
        self._table.put_many(
            [
                Item(kind=f"changed#{today.isoformat()}", id=day, body="{}", expires_at=until)
                for day in sorted(set(days))
            ]
        )

    def changed_on(self, day: date) -> list[str]:
        """The days of which reports changed on that day, in order; for sixty days."""
        return [item.id for item in self._table.query(f"changed#{day.isoformat()}", limit=_MOST)]

    def roll_up(self, days: Iterable[str], now: datetime, *, anew: bool = False) -> int:
        """Makes anew what these days are in: the days, their months, their years. Gives how many items were written. A tile
        is written where its digest differs; `anew`: all of them, whatever the digests say."""
        days = sorted(set(days))
        months = sorted({day[:7] for day in days})
        written = sum(self._day(day, now) for day in days)
        for month in months:
            below = [f"{month}-{number:02d}" for number in range(1, monthrange(int(month[:4]), int(month[5:]))[1] + 1)]
            written += self._sums(month, below, now) + self._month_tiles(month, below, anew)
        for year in sorted({month[:4] for month in months}):
            below = [f"{year}-{number:02d}" for number in range(1, 13)]
            written += self._sums(year, below, now) + self._year_tiles(year, below, anew)
        return written

    def _day(self, day: str, now: datetime) -> int:
        stored = self._stored([*((_sum(by), day) for by in KEPT), (_MAP, day)])  # before the rows
        rows = self._below(day)
        mark, facts = sum(row.turn for row in rows), [row.facts for row in rows]
        bodies = {_sum(by): _encode(Summary(rows=counts)) for by, counts in summed(facts).items()}
        bodies[_MAP] = _encode_tree(hexagons_of(facts))
        return sum(self._write(stored, kind, day, body, mark, now) for kind, body in bodies.items())

    def _sums(self, period: str, below: Sequence[str], now: datetime) -> int:
        """A month's or year's rows of every dimension, each from those below. Two batches of reads."""
        stored = self._stored((_sum(by), period) for by in KEPT)
        items = self._stored((_sum(by), part) for by in KEPT for part in below)
        written = 0
        for by in KEPT:
            found = [items[key] for part in below if (key := (_sum(by), part)) in items]
            parts = [(item.id, _summaries.decode(_unpacked(item))) for item in found]
            rows = gathered(pair for _, summary in parts for pair in summary.rows.items())
            series = [_point(part, summary) for part, summary in parts] if by == "total" else []
            body, mark = _encode(Summary(rows=rows, series=series)), sum(item.version for item in found)
            written += self._write(stored, _sum(by), period, body, mark, now)
        return written

    def _month_tiles(self, month: str, below: Sequence[str], anew: bool) -> int:
        """The tiles of which a digest differs; then the digests. Again where somebody else knew more meanwhile."""
        written: set[str] = set()
        for _ in range(_REPEATS):
            index = self._stored([(_MAP, month)]).get((_MAP, month))
            days = self._stored((_MAP, day) for day in below)
            mark = sum(item.version for item in days.values())
            before = _digests.decode(_unpacked(index)) if index else {}
            tiles = tiles_of(overlaid(_trees.decode(_unpacked(item)) for item in days.values()))
            bodies = {_tile(*key): _encode_tree(tree) for key, tree in tiles.items()}
            bodies |= dict.fromkeys((before.keys() | written) - bodies.keys(), b"{}")
            digests = {name: _digest(body) for name, body in bodies.items()}
            for name, body in bodies.items():
                if anew or name in written or digests[name] != before.get(name):
                    self._table.put_unless_later(name, month, _pack(body), mark)
                    written.add(name)
            if index and digests == before and not written and index.version == mark:
                return 0
            if self._table.put_unless_later(_MAP, month, _pack(_encode_tree(digests)), mark):
                return len(written) + 1
        raise TimeoutError("others make these tiles all the time")

    def _year_tiles(self, year: str, below: Sequence[str], anew: bool) -> int:
        """As those of a month; what a tile is made from are the months' digests, so only those that differ are read."""
        written: set[str] = set()
        for _ in range(_REPEATS):
            index = self._stored([(_MAP, year)]).get((_MAP, year))
            months = self._stored((_MAP, month) for month in below)
            mark = sum(item.version for item in months.values())
            before = _digests.decode(_unpacked(index)) if index else {}
            told = {key[1]: _digests.decode(_unpacked(item)) for key, item in months.items()}
            names = {name for digests in told.values() for name in digests} | written
            now = {name: _digest(_encode([told.get(month, {}).get(name, "") for month in below])) for name in names}
            for name in sorted(names):
                if anew or name in written or now[name] != before.get(name):
                    parts = self._stored((name, month) for month in told)
                    tree = overlaid(_trees.decode(_unpacked(item)) for item in parts.values())
                    self._table.put_unless_later(name, year, _pack(_encode_tree(tree)), mark)
                    written.add(name)
            if index and now == before and not written and index.version == mark:
                return 0
            if self._table.put_unless_later(_MAP, year, _pack(_encode_tree(now)), mark):
                return len(written) + 1
        raise TimeoutError("others make these tiles all the time")

    def _stored(self, keys: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Item]:
        return {(item.kind, item.id): item for item in self._table.get_many(keys)}

    def _write(self, stored: dict[Any, Item], kind: str, id: str, body: bytes, mark: int, now: datetime) -> bool:
        """Writes a summary that differs from the stored one; false where nothing was to be written."""
        item = stored.get((kind, id))
        if item is not None and item.version == mark and _unpacked(item) == body:
            return False
        return self._table.put_unless_later(kind, id, _pack(body, now), mark)

    def summaries(self, keys: Collection[tuple[By, str]]) -> dict[tuple[By, str], Summary]:
        """Those of the summaries (dimension, period) that there are. One read a key, in one call for each hundred."""
        items = self._stored((_sum(by), period) for by, period in keys)
        return {(by, period): _told(item) for by, period in keys if (item := items.get((_sum(by), period)))}

    def tiles(self, res: int, parents: Iterable[str], period: str) -> list[TileRow]:
        """What these tiles hold, by cell, area, category and state. One read a parent, in one call for each hundred."""
        items = self._stored((_tile(res, parent), period) for parent in parents)
        return [
            TileRow(cell, area, category, state, n)
            for _, item in sorted(items.items())
            for cell, areas in _trees.decode(_unpacked(item)).items()
            for area, categories in areas.items()
            for category, counts in categories.items()
            for state, n in zip(STATES, counts, strict=True)
            if n
        ]


def _facts(day: str) -> str:
    return f"facts#{day}"


def _sum(by: By) -> str:
    return f"sum#{by}"


def _tile(res: int, parent: str) -> str:
    return f"tile#{res}#{parent}"


def _point(part: str, summary: Summary) -> tuple[str, int, int]:
    received = sum(counts.received for counts in summary.rows.values())
    return part, received, sum(counts.done for counts in summary.rows.values())


def _told(item: Item) -> Summary:
    return msgspec.structs.replace(_summaries.decode(_unpacked(item)), at=_packed.decode(item.body).at)


def _pack(body: bytes, at: datetime | None = None) -> _Packed:
    return _Packed(base64.b64encode(zlib.compress(body, 6)).decode(), at)


def _unpacked(item: Item) -> bytes:
    return zlib.decompress(base64.b64decode(_packed.decode(item.body).z))


def _digest(body: bytes) -> str:
    return blake2b(body, digest_size=6).hexdigest()

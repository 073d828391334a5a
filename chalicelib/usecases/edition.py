"""The files of the open data as they rest in the bucket: what is there already, and writing only what is different."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterable
from datetime import UTC
from typing import TypeVar

import msgspec

from chalicelib.domain.figures import Counts
from chalicelib.domain.open_catalogue import INDEX, Brief, Day, File, Index, Month, empty, general, kind_of
from chalicelib.domain.opendata import Row, csv_of, geojson_of, in_order, jsonl_of, table
from chalicelib.usecases.desk import Desk

T = TypeVar("T")
SECONDS = 3600
"""How long readers may keep a file: so long what was taken out may still be seen."""
_INDEX_SECONDS = 300
_NUMBERS = Counts.__struct_fields__[:14]
HIDDEN_COLUMNS = ("day", *_NUMBERS, "respond_buckets", "resolve_buckets")
"""Of `hidden/<month>.csv`: the counts of the private and confidential reports received on a day. Buckets are `n:count`, of
times from 2^(n/8) to 2^((n+1)/8) hours."""
Found = tuple[list[Row], Counts]
"""The public reports of a day, and the counts of the hidden ones."""


class Edition:
    """One round of publishing: `written` counts the files that were different."""

    def __init__(self, desk: Desk, find: Callable[[str], Found]) -> None:
        self._files, self._city, self._find = desk.open_data, desk.city, find
        self._now = desk.now().astimezone(UTC).isoformat(timespec="seconds")
        self._index = read_index(desk) or empty(self._city)
        self.written = 0

    def month(self, name: str, changed: Iterable[str]) -> None:
        """Writes the changed days of a month, and the month with them."""
        known = self._month(name)
        days = {day.day: day for day in known.days}
        hidden = self._hidden(name)
        content: dict[str, tuple[bytes, bytes]] = {}
        for day in sorted(set(changed)):
            days[day], content[day] = self._day(day, days.get(day), hidden)
        for day in sorted(days):
            content[day] = content.get(day) or self._kept(days[day]) or (b"", b"")
            if not content[day][0]:  # somebody took it away
                days[day], content[day] = self._day(day, None, hidden)
        ordered = [days[day] for day in sorted(days)]
        head = csv_of(())
        whole = {
            f"reports/{name}.csv": head + b"".join(content[day.day][0][len(head) :] for day in ordered),
            f"reports/{name}.jsonl": b"".join(content[day.day][1] for day in ordered),
            f"hidden/{name}.csv": table(HIDDEN_COLUMNS, (hidden[day] for day in sorted(hidden))),
        }
        made = Month(
            month=name,
            reports=sum(day.reports for day in ordered),
            files=self._put_all(whole, known.files),
            days=tuple(ordered),
        )
        if made != known:
            self._write(_month_name(name), _pretty(made), _INDEX_SECONDS)
        if made != known or not self._is_listed(made):  # a round may have ended between the two
            self._write_index(made)

    def finish(self) -> None:
        """Writes the files that say what the others mean, and the index where it has changed."""
        files = self._put_all(general(self._city), self._index.files)
        # The city's name may have changed, or this may be the first edition: the rest of the index says the same as ever.
        now = msgspec.structs.replace(
            empty(self._city), files=files, months=self._index.months, updated=self._index.updated
        )
        if now != self._index or not now.updated:
            self._index = msgspec.structs.replace(now, updated=self._now)
            self._write(INDEX, _pretty(self._index), _INDEX_SECONDS)

    def _day(
        self, day: str, known: Day | None, hidden: dict[str, tuple[object, ...]]
    ) -> tuple[Day, tuple[bytes, bytes]]:
        rows, counts = self._find(day)
        rows = in_order(rows)
        hidden.pop(day, None)
        if counts.received:
            hidden[day] = _hidden_line(day, counts)
        content = {
            f"reports/{day}.csv": csv_of(rows),
            f"reports/{day}.jsonl": jsonl_of(rows),
            f"reports/{day}.geojson": geojson_of(rows),
        }
        made = Day(day=day, reports=len(rows), files=self._put_all(content, known.files if known else ()))
        return made, (content[f"reports/{day}.csv"], content[f"reports/{day}.jsonl"])

    def _kept(self, day: Day) -> tuple[bytes, bytes] | None:
        """The CSV and the JSON Lines of a day as they are; None when one is gone."""
        found = [self._files.get(f"reports/{day.day}.{kind}") for kind in ("csv", "jsonl")]
        return None if found[0] is None or found[1] is None else (found[0], found[1])

    def _month(self, name: str) -> Month:
        return read_month_from(self._files.get(_month_name(name))) or Month(month=name)

    def _hidden(self, name: str) -> dict[str, tuple[object, ...]]:
        """The lines of the month's file of hidden reports, by day."""
        content = self._files.get(f"hidden/{name}.csv")
        lines = list(csv.reader(io.StringIO(content.decode(), newline="")))[1:] if content else []
        return {line[0]: tuple(line) for line in lines if len(line) == len(HIDDEN_COLUMNS)}

    def _put_all(self, content: dict[str, bytes], known: Iterable[File]) -> tuple[File, ...]:
        before = {file.name: file for file in known}
        return tuple(self._put(name, content[name], before.get(name)) for name in content)

    def _put(self, name: str, content: bytes, before: File | None) -> File:
        """Stores a file unless it is there with these bytes."""
        digest = hashlib.sha256(content).hexdigest()
        if before is not None and before.sha256 == digest:
            return before
        self._write(name, content, SECONDS)
        return File(name=name, type=kind_of(name), bytes=len(content), sha256=digest, updated=self._now)

    def _write(self, name: str, content: bytes, seconds: int) -> None:
        self._files.put(name, content, kind_of(name), seconds=seconds)
        self.written += 1

    def _is_listed(self, month: Month) -> bool:
        told = (each for each in self._index.months if each.month == month.month)
        return any((each.reports, each.files) == (month.reports, month.files) for each in told)

    def _write_index(self, month: Month) -> None:
        brief = Brief(
            month=month.month,
            reports=month.reports,
            index=_month_name(month.month),
            updated=self._now,
            files=month.files,
        )
        months = [brief, *(each for each in self._index.months if each.month != month.month)]
        months.sort(key=lambda each: each.month, reverse=True)
        self._index = msgspec.structs.replace(self._index, months=tuple(months), updated=self._now)
        self._write(INDEX, _pretty(self._index), _INDEX_SECONDS)


def read_index(desk: Desk) -> Index | None:
    """What has been published; None before the first edition. One read."""
    return _told(desk.open_data.get(INDEX), Index)


def read_month(desk: Desk, month: str) -> Month | None:
    """The days of a month that has been published. One read."""
    return read_month_from(desk.open_data.get(_month_name(month)))


def read_month_from(content: bytes | None) -> Month | None:
    """The month that a file tells of; None of no file, or of one that is none of ours: then it is written anew."""
    return _told(content, Month)


def _told(content: bytes | None, kind: type[T]) -> T | None:
    try:
        return msgspec.json.decode(content, type=kind) if content is not None else None
    except msgspec.DecodeError:
        return None


def _month_name(month: str) -> str:
    return f"reports/{month}.json"


def _hidden_line(day: str, counts: Counts) -> tuple[object, ...]:
    buckets = (
        tuple(f"{at}:{number}" for at, number in sorted(each.buckets.items()))
        for each in (counts.respond, counts.resolve)
    )
    return (day, *(str(getattr(counts, name)) for name in _NUMBERS), *(" ".join(each) for each in buckets))


def _pretty(value: object) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n"

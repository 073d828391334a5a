"""Reading a pack's files so that every mistake can be named with its line."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .errors import CityPackError

T = TypeVar("T")

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[\w-]+))*)\s*=""")
_AT_LINE = re.compile(r"\(at line (\d+), column \d+\)")
_BAD_PATH = re.compile(r" - at `\$?([^`]*)`$")
_STEP = re.compile(r"\.?([\w-]+)|\[(\d+|\.\.\.)\]")


class Row(msgspec.Struct, frozen=True):
    """One line of a CSV file: `line` is 1-based, values have no blanks around them."""

    file: str
    line: int
    values: dict[str, str]

    def __getitem__(self, field: str) -> str:
        return self.values[field]

    def wrong(self, reason: str) -> CityPackError:
        """The error that names this line."""
        return CityPackError(self.file, self.line, reason)


class Toml(msgspec.Struct, frozen=True):
    """A TOML file: its data, and its text to find lines in."""

    file: str
    text: str
    data: dict[str, Any]

    def wrong(self, reason: str, *path: str | int) -> CityPackError:
        """The error that names the line of `path`, or of the nearest table around it."""
        return CityPackError(self.file, _line_of(self.text, path), reason)


def read_text(folder: Path, name: str) -> str:
    """The file's text. A missing file, or bytes that are not UTF-8, are mistakes of the pack."""
    try:
        raw = (folder / name).read_bytes()
    except OSError as error:
        raise CityPackError(name, 0, f"cannot be read: {error.strerror or error}") from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CityPackError(name, raw.count(b"\n", 0, error.start) + 1, "is not UTF-8") from error


def read_csv(folder: Path, name: str, fields: Sequence[str]) -> list[Row]:
    """The rows of a CSV file whose first line is exactly `fields`. Blank lines are skipped."""
    reader = csv.reader(io.StringIO(read_text(folder, name)), strict=True)
    rows: list[Row] = []
    try:
        head = next(reader, [])
        if head != list(fields):
            raise CityPackError(name, 1, f"the first line must be {','.join(fields)}")
        for values in reader:
            if not values:
                continue
            if len(values) != len(head):
                raise CityPackError(name, reader.line_num, f"{len(head)} values are expected, {len(values)} are there")
            rows.append(Row(name, reader.line_num, dict(zip(head, map(str.strip, values), strict=True))))
    except csv.Error as error:
        raise CityPackError(name, reader.line_num, f"is not CSV: {error}") from error
    if not rows:
        raise CityPackError(name, 1, "has no rows")
    return rows


def read_toml(folder: Path, name: str) -> Toml:
    """A TOML file."""
    text = read_text(folder, name)
    try:
        return Toml(name, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        place = _AT_LINE.search(str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        raise CityPackError(name, line, f"is not TOML: {_AT_LINE.sub('', str(error)).strip()}") from error


def convert(toml: Toml, data: object, kind: type[T], *path: str | int) -> T:
    """`data` (found at `path` of the file) as `kind`; a wrong type or a missing value is named with its line."""
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        place = _BAD_PATH.search(str(error))
        steps = _steps(place[1]) if place else ()
        where = ".".join(str(step) for step in steps)
        reason = _BAD_PATH.sub("", str(error))
        raise toml.wrong(f"{where}: {reason}" if where else reason, *path, *steps) from error


def check_keys(toml: Toml, table: dict[str, Any], known: Sequence[str], *path: str | int) -> None:
    """Refuses a key that nothing reads: it is a slip of the pen."""
    for key in table:
        if key not in known:
            raise toml.wrong(f"unknown key {key}", *path, key)


def _steps(path: str) -> tuple[str | int, ...]:
    found = _STEP.findall(path)
    return tuple(name or (int(index) if index.isdigit() else 0) for name, index in found)


def _line_of(text: str, path: Sequence[str | int]) -> int:
    """The line of the key, or of the longest part of its path that has one; 0 when there is none. Reads the ordinary
    layout of TOML: tables, arrays of tables, dotted keys."""
    best, best_length = 0, 0
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str | int, ...], int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _table(header[2], header[1] == "[[", counts)
            here = table
        elif key := _KEY.match(line):
            here = table + tuple(part.strip().strip("\"'") for part in key[1].split("."))
        else:
            continue
        length = len(here)
        if best_length < length <= len(path) and here == tuple(path[:length]):
            best, best_length = number, length
    return best


def _table(name: str, array: bool, counts: dict[tuple[str | int, ...], int]) -> tuple[str | int, ...]:
    path: tuple[str | int, ...] = ()
    parts = [part.strip().strip("\"'") for part in name.split(".")]
    for position, part in enumerate(parts, 1):
        path += (part,)
        if array and position == len(parts):
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path += (counts[path],)
    return path

"""Point → kelurahan, by a table of H3 cells (made by scripts/build_area_cells.py, whose docstring draws the file).

A look-up takes the point's cell of the finest resolution and climbs to its parents until one is in the table.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from bisect import bisect_left
from collections.abc import Container, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from .errors import CityPackError

MAGIC = b"H3AREAS1"
HEADER = struct.Struct("<8sBBHII")  # magic, finest and coarsest resolution, areas, length of their codes, cells
_SHIFT, _RESOLUTION = 52, 0xF << 52  # where an H3 index holds its resolution


class Table(msgspec.Struct, frozen=True):
    """The decoded table: `cells` in ascending order, and for each the place of its area in `areas`."""

    finest: int
    coarsest: int
    areas: tuple[str, ...]
    cells: Sequence[int]
    owners: Sequence[int]

    def owner(self, cell: int) -> str | None:
        """The area of this very cell, which the table must name itself."""
        at = bisect_left(self.cells, cell)
        return self.areas[self.owners[at]] if at < len(self.cells) and self.cells[at] == cell else None


def area_at(path: str, lat: float, lng: float) -> str | None:
    """The area's code at a WGS 84 point; None where the table has none, and for numbers that are no point."""
    if not (-90 <= lat <= 90 and -180 <= lng <= 180):
        return None
    table = _table(path)
    cell = _cell_at(lat, lng, table.finest)
    for resolution in range(table.finest, table.coarsest - 1, -1):
        cell = parent(cell, resolution)
        if (area := table.owner(cell)) is not None:
            return area
    return None


def parent(cell: int, resolution: int) -> int:
    """The cell of `resolution` that holds this finer one: its finer digits become 7, which H3 keeps for "none"."""
    return (cell & ~_RESOLUTION) | (resolution << _SHIFT) | ((1 << (3 * (15 - resolution))) - 1)


def _cell_at(lat: float, lng: float, resolution: int) -> int:
    from h3.api import basic_int  # 10 ms that only a process which looks up points should pay

    cell: int = basic_int.latlng_to_cell(lat, lng, resolution)
    return cell


def encode(cells: dict[int, str], finest: int, coarsest: int) -> bytes:
    """The table's file. Cells ascend; bytes of equal weight stand together, so that zlib finds long runs."""
    areas = sorted(set(cells.values()))
    place = {area: index for index, area in enumerate(areas)}
    ordered = sorted(cells)
    owners = array("H", (place[cells[cell]] for cell in ordered))
    codes = "\n".join(areas).encode()
    head = HEADER.pack(MAGIC, finest, coarsest, len(areas), len(codes), len(ordered))
    return head + codes + zlib.compress(_planes(array("Q", ordered)) + _planes(owners), 9)


def decode(raw: bytes) -> Table:
    """The table in a file's bytes. Raises ValueError for anything else."""
    finest, coarsest, areas, count, start = _head(raw)
    body = zlib.decompressobj()
    planes = body.decompress(raw[start:], count * 10 + 1)
    if len(planes) != count * 10:
        raise ValueError("the table has another length than its header says")
    numbers, owners = _joined(planes[: count * 8], "Q"), _joined(planes[count * 8 :], "H")
    if owners and max(owners) >= len(areas):
        raise ValueError("the table names an area that it does not have")
    return Table(finest, coarsest, areas, numbers, owners)


def check(path: Path, known: Container[str]) -> None:
    """Raises CityPackError when the file is no table, or names areas that are not known. Reads the beginning only."""
    try:
        with path.open("rb") as file:
            areas = _head(file.read(1 << 16))[2]
    except OSError as error:
        raise CityPackError(path.name, 0, f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise CityPackError(path.name, 0, str(error)) from error
    for area in areas:
        if area not in known:
            raise CityPackError(path.name, 0, f"area {area} is not in areas.csv")


@lru_cache(maxsize=4)
def _table(path: str) -> Table:
    try:
        return decode(Path(path).read_bytes())
    except (OSError, ValueError, zlib.error) as error:
        raise CityPackError(Path(path).name, 0, f"cannot be decoded: {error}") from error


def _head(raw: bytes) -> tuple[int, int, tuple[str, ...], int, int]:
    if not raw.startswith(MAGIC) or len(raw) < HEADER.size:
        raise ValueError("is no table of area cells")
    _, finest, coarsest, areas, length, count = HEADER.unpack_from(raw)
    codes = tuple(raw[HEADER.size : HEADER.size + length].decode().split("\n"))
    if len(codes) != areas or not coarsest <= finest <= 15:
        raise ValueError("the table's header is broken")
    return finest, coarsest, codes, count, HEADER.size + length


def _planes(numbers: array[int]) -> bytes:
    numbers = _little(numbers)
    raw, size = numbers.tobytes(), numbers.itemsize
    return b"".join(raw[plane::size] for plane in range(size))


def _joined(planes: bytes, kind: str) -> array[int]:
    numbers: array[int] = array(kind)
    size = numbers.itemsize
    count = len(planes) // size
    raw = bytearray(len(planes))
    for plane in range(size):
        raw[plane::size] = planes[plane * count : (plane + 1) * count]
    numbers.frombytes(bytes(raw))
    return _little(numbers)


def _little(numbers: array[int]) -> array[int]:
    """The numbers in little-endian order, whatever the machine's."""
    if sys.byteorder == "big":  # pragma: no cover
        numbers = numbers[:]
        numbers.byteswap()
    return numbers

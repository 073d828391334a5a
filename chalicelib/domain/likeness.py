"""Whether two pictures are the same one: by spots that both have (to find it) and by what lies where (to be sure).

A spot is a place that stands out at its own size, described by 20 bits of what is around it. The bits are the same in a
picture that was cropped, resized, compressed again, made brighter, stamped, mirrored, or shown on a screen: so they are the
key that prints are found by. What is found is laid over the other by the spots they share, and compared block by block.
"""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Sequence
from itertools import accumulate
from typing import Any

import msgspec

MOST_SPOTS = 64
# A hypothesis needs so many spots that agree where the one picture lies in the other; then so much likeness.
_LEAST_VOTES = 2
_BLOCK, _LEAST_SPREAD, _LEAST_BLOCKS, _AGREES = 8, 3.0, 8, 0.8
_LEAST_SCALE = 0.2
# What agrees: sizes (as a logarithm), places in pixels, and so much more of how far the spots lie apart.
_SIZE_APART, _APART, _APART_FAR = 0.3, 3.0, 0.12
_AROUND, _MOST, _LEAST_SAMPLES = 3, 40.0, 80
ALIKE = 0.73


class Spot(msgspec.Struct, frozen=True, array_like=True):
    """Where (`x`, `y` and `size` in widths of the print's thumbnail pixels), what (`keys`: the description, and what it is if its least sure bit is wrong), and whether
    it is described the other way round (`turned`)."""

    x: float
    y: float
    size: float
    turned: bool
    keys: tuple[str, ...]


class Print(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of a picture: its spots, and a grey thumbnail, row by row, packed."""

    width: int
    height: int
    packed: str
    spots: tuple[Spot, ...]

    def grey(self) -> bytes:
        """The thumbnail's bytes. Raises ValueError or zlib.error for what is no print."""
        return zlib.decompress(base64.b64decode(self.packed))


class Laid(msgspec.Struct, frozen=True):
    """How one picture lies in another: x' = scale * x + dx (with x counted from the right when `mirrored`), so many
    spots agreeing."""

    scale: float
    dx: float
    dy: float
    votes: int
    mirrored: bool


def packed(grey: bytes) -> str:
    """A thumbnail's bytes as a print holds them: 64 shades are enough."""
    return base64.b64encode(zlib.compress(bytes(value & 0xFC | 2 for value in grey), 9)).decode()


def shared(one: Print, other: Print) -> list[tuple[Spot, Spot]]:
    """The spots that two prints have in common."""
    kept = {key: spot for spot in other.spots for key in spot.keys}
    found = [(spot, next((kept[key] for key in spot.keys if key in kept), None)) for spot in one.spots]
    return [(spot, there) for spot, there in found if there is not None]


def laid(pairs: Sequence[tuple[Spot, Spot]], width: int) -> Laid | None:
    """How one picture (its print `width` wide) lies in another, as most of these pairs of spots would have it (the one's,
    the other's); None when too few agree."""
    seen = []
    for spot, there in pairs:
        mirrored = spot.turned != there.turned
        seen.append((width - spot.x if mirrored else spot.x, spot.y, spot.size, there, mirrored))
    best: list[tuple[float, float, Spot]] = []
    way = False
    for x, y, size, there, mirrored in seen:
        scale = there.size / size
        dx, dy = there.x - scale * x, there.y - scale * y
        agree = {
            (ox, oy): (ox, oy, spot)
            for ox, oy, osize, spot, omirrored in seen
            if omirrored == mirrored
            and abs(math.log(spot.size / osize / scale)) < _SIZE_APART
            and math.hypot(scale * ox + dx - spot.x, scale * oy + dy - spot.y)
            < _APART + _APART_FAR * scale * math.hypot(ox - x, oy - y)
        }
        if len(agree) > len(best):
            best, way = list(agree.values()), mirrored
    if len(best) < _LEAST_VOTES:
        return None
    scale, dx, dy = _fitted(best)
    return Laid(scale, dx, dy, len(best), way) if _LEAST_SCALE < scale < 1 / _LEAST_SCALE else None


def _fitted(agree: Sequence[tuple[float, float, Spot]]) -> tuple[float, float, float]:
    """Scale and offsets with the least squares."""
    n = len(agree)
    mx, my = sum(x for x, _, _ in agree) / n, sum(y for _, y, _ in agree) / n
    nx, ny = sum(s.x for _, _, s in agree) / n, sum(s.y for _, _, s in agree) / n
    spread = sum((x - mx) ** 2 + (y - my) ** 2 for x, y, _ in agree)
    scale = sum((x - mx) * (s.x - nx) + (y - my) * (s.y - ny) for x, y, s in agree) / spread if spread > 1 else 1.0
    return scale, nx - scale * mx, ny - scale * my


def likeness(one: Print, other: Print) -> float:
    """How much of what both show is the same, 0 to 1: the share of blocks that agree when the one is laid over the other as
    well as can be. 0 when nothing says how to lay it."""
    start = laid(shared(one, other), one.width)
    if start is None:
        return 0.0
    mine, theirs = _sharpened(one, mirrored=start.mirrored), _sharpened(other)
    at = [start.scale, start.scale, start.dx, start.dy]
    best = _agreement(mine, theirs, at, 3)
    for step, every in ((0.02, 3), (0.01, 3), (0.004, 2), (0.0015, 2)):
        best = _agreement(mine, theirs, at, every)
        for _ in range(3):
            before = best
            for index, by in ((2, step * other.width), (3, step * other.width), (0, step), (1, step)):
                for sign in (1, -1):
                    tried = _moved(at, index, sign * by, one)
                    found = _agreement(mine, theirs, tried, every)
                    if found > best:
                        best, at = found, tried
            if best - before < 0.002:
                break
        if best < 0.15:
            return 0.0
    return _share(mine, theirs, at)


def _moved(at: list[float], index: int, by: float, one: Print) -> list[float]:
    """A little further, or (about the middle) a little larger."""
    moved = list(at)
    moved[index] += by
    if index < 2:
        moved[index + 2] -= by * (one.width, one.height)[index] / 2
    return moved


class _Grey(msgspec.Struct, frozen=True):
    width: int
    height: int
    values: list[float]


def _sharpened(print_: Print, *, mirrored: bool = False) -> _Grey:
    """The thumbnail without its broad light and shade: each value less the mean of the 7 by 7 around it."""
    width, height, grey = print_.width, print_.height, print_.grey()
    rows = [list(grey[start : start + width]) for start in range(0, width * height, width)]
    if mirrored:
        rows = [row[::-1] for row in rows]
    across = [_means(row) for row in rows]
    columns = [_means(list(column)) for column in zip(*across, strict=True)]
    broad = list(zip(*columns, strict=True))
    return _Grey(
        width, height, [v - b for row, other in zip(rows, broad, strict=True) for v, b in zip(row, other, strict=True)]
    )


def _means(row: list[Any]) -> list[float]:
    sums = [0, *accumulate(row)]
    last = len(row)
    return [
        (sums[min(last, i + _AROUND + 1)] - sums[max(0, i - _AROUND)])
        / (min(last, i + _AROUND + 1) - max(0, i - _AROUND))
        for i in range(last)
    ]


def _sampled(mine: _Grey, at: list[float], x: int, y: int) -> float | None:
    """What the one shows where the other has (x, y), between four values; None beyond its edge."""
    fx, fy = (x + 0.5 - at[2]) / at[0] - 0.5, (y + 0.5 - at[3]) / at[1] - 0.5
    if fx < 0 or fy < 0 or fx >= mine.width - 1 or fy >= mine.height - 1:
        return None
    ix, iy = int(fx), int(fy)
    fx, fy = fx - ix, fy - iy
    values, start = mine.values, iy * mine.width + ix
    above = values[start] + fx * (values[start + 1] - values[start])
    start += mine.width
    below = values[start] + fx * (values[start + 1] - values[start])
    return above + fy * (below - above)


def _agreement(mine: _Grey, theirs: _Grey, at: list[float], every: int) -> float:
    """The correlation of what both show, on every so many pixels; large values count no more than usual ones."""
    sums = ab = aa = bb = 0.0
    for y in range(1, theirs.height - 1, every):
        row = y * theirs.width
        for x in range(1, theirs.width - 1, every):
            a = _sampled(mine, at, x, y)
            if a is not None:
                b = theirs.values[row + x]
                a = _MOST if a > _MOST else -_MOST if a < -_MOST else a
                b = _MOST if b > _MOST else -_MOST if b < -_MOST else b
                ab += a * b
                aa += a * a
                bb += b * b
                sums += 1
    return ab / math.sqrt(aa * bb) if sums >= _LEAST_SAMPLES and aa and bb else 0.0


def _share(mine: _Grey, theirs: _Grey, at: list[float]) -> float:
    """Of the blocks that both have and that show anything, how many agree."""
    told = []
    for top in range(0, theirs.height - _BLOCK + 1, _BLOCK):
        for left in range(0, theirs.width - _BLOCK + 1, _BLOCK):
            ab = aa = bb = 0.0
            for y in range(top, top + _BLOCK):
                for x in range(left, left + _BLOCK):
                    a = _sampled(mine, at, x, y)
                    if a is None:
                        break
                    b = theirs.values[y * theirs.width + x]
                    ab, aa, bb = ab + a * b, aa + a * a, bb + b * b
                else:
                    continue
                break
            else:
                if max(aa, bb) > _LEAST_SPREAD**2 * _BLOCK * _BLOCK:
                    told.append(ab / math.sqrt(aa * bb) if aa and bb else 0.0)
    return sum(each > _AGREES for each in told) / len(told) if len(told) >= _LEAST_BLOCKS else 0.0

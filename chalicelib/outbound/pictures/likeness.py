"""The print of a picture: what it is found again by, however it was cropped, mirrored or compressed (see domain/likeness).

Spots are what stands out in the difference of two smoothings, at fifteen sizes; everything that touches each pixel is done
by Pillow. Costs about 110 ms of CPU.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any, cast

import msgspec
from PIL import Image, ImageChops, ImageFilter, ImageMath

from chalicelib.domain.likeness import MOST_SPOTS, Print, Spot, packed

_AREA, _THUMBNAIL_AREA = 64_000, 12_000
# Four sizes to an octave; each octave on a picture of half the size.
_STEP, _LEVELS, _OCTAVES, _FINEST = 2**0.25, 4, 4, 2.0
_LEAST, _CELLS, _PER_CELL = 5.0, 3, 8
_MOST_EDGE = 7.0
_PATCH, _REACH = 12, 7.5
_KEPT = 6
_COSINES = [[math.cos(math.pi * (2 * x + 1) * k / (2 * _PATCH)) for x in range(_PATCH)] for k in range(_KEPT)]
# Which of the lowest frequencies of a patch make its description: 20 of them beside the first, the roughest ones last.
_FREQUENCIES = sorted(((u, v) for u in range(_KEPT) for v in range(_KEPT) if u + v), key=lambda f: (f[0] + f[1], f))[
    :21
]
_LARGER = 0.5
_UNSURE = 1
_PLAIN, _SCREEN = 16, 1.6
_FILLED = re.compile(rb"(?:[\x60-\xff]+.{0,3}?)+[\x60-\xff]", re.DOTALL)
_NOT_ZERO = re.compile(rb"[^\0]")


class _Place(msgspec.Struct, frozen=True):
    x: float
    y: float
    size: float
    strength: float


def print_in(large: bytes) -> Print:
    """The print of a copy that is shown: a JPEG that was made here."""
    with Image.open(BytesIO(large), formats=["JPEG"]) as image:
        return print_of(image)


def print_of(image: Image.Image) -> Print:
    """The print of a picture (any mode, any size)."""
    grey = _trimmed(image.convert("L"))
    thumbnail = grey.resize(_sized(grey, _THUMBNAIL_AREA), Image.Resampling.HAMMING)
    working = grey.resize(_sized(grey, _AREA), Image.Resampling.HAMMING)
    across = thumbnail.width / working.width
    spots = tuple(_described(working, place, across) for place in _spread(_places(working), working.size))
    return Print(width=thumbnail.width, height=thumbnail.height, packed=packed(thumbnail.tobytes()), spots=spots)


def _sized(image: Image.Image, area: int) -> tuple[int, int]:
    by = math.sqrt(area / (image.width * image.height))
    return max(8, round(image.width * by)), max(8, round(image.height * by))


def _trimmed(grey: Image.Image) -> Image.Image:
    """Without plain bars around it, and of what has the shape of a screen only the picture that it shows."""
    corner = cast(int, grey.getpixel((0, 0)))
    other = ImageChops.difference(grey, Image.new("L", grey.size, corner)).point(lambda v: 255 if v > _PLAIN else 0)
    box = other.getbbox()
    if max(grey.size) > _SCREEN * min(grey.size):
        rows = _longest(other.resize((1, grey.height), Image.Resampling.BOX).tobytes())
        columns = _longest(
            other.resize((grey.width, 1), Image.Resampling.BOX, (0, rows[0], grey.width, rows[1])).tobytes()
        )
        box = (columns[0], rows[0], columns[1], rows[1])
    if box is None or (box[2] - box[0]) * (box[3] - box[1]) < grey.width * grey.height // 10:
        return grey
    return grey.crop(box)


def _longest(filled: bytes) -> tuple[int, int]:
    """From where to where most of each line is something else than the page: the longest run of such lines."""
    runs = [match.span() for match in _FILLED.finditer(filled)]
    return max(runs, key=lambda run: run[1] - run[0], default=(0, len(filled)))


def _places(working: Image.Image) -> Iterator[_Place]:
    """Where the difference of two smoothings is greatest or least, among its neighbours in place and size."""
    scale, held = 1.0, working
    for _ in range(_OCTAVES):
        smooth = [held.filter(ImageFilter.GaussianBlur(_FINEST * _STEP**level)) for level in range(_LEVELS + 6)]
        exact = [each.convert("F") for each in smooth]
        differences = [_subtracted(fine, rough) for fine, rough in zip(exact, exact[4:], strict=False)]
        for level in range(1, len(differences) - 1):
            for sign in (1, -1):
                size = _FINEST * _STEP**level
                for place in _peaks(differences[level - 1 : level + 2], size, sign):
                    yield _Place(place.x * scale, place.y * scale, place.size * scale, place.strength)
        half = (max(16, round(held.width / 2)), max(16, round(held.height / 2)))
        scale *= held.width / half[0]
        held = held.resize(half, Image.Resampling.HAMMING)


def _subtracted(one: Image.Image, other: Image.Image) -> Image.Image:
    return cast(Image.Image, ImageMath.lambda_eval(lambda held: held["a"] - held["b"], a=one, b=other))


def _peaks(levels: list[Image.Image], size: float, sign: int) -> Iterator[_Place]:
    if sign < 0:
        levels = [ImageMath.lambda_eval(lambda held: 0 - held["a"], a=each) for each in levels]
    most = [each.filter(ImageFilter.MaxFilter(3)) for each in levels]
    found = ImageMath.lambda_eval(
        lambda held: ((held["a"] >= held["m"]) * (held["a"] >= held["b"]) * (held["a"] >= held["c"]) * (held["a"] > _LEAST))
        * 255,
        a=levels[1], m=most[1], b=most[0], c=most[2],
    )  # fmt: skip
    mask = found.convert("L").tobytes()
    width, height = levels[1].size
    pixels: list[Any] = [each.load() for each in levels]
    below, values, above = pixels
    for match in _NOT_ZERO.finditer(mask):
        y, x = divmod(match.start(), width)
        if not (0 < x < width - 1 and 0 < y < height - 1) or _on_an_edge(values, x, y):
            continue
        value = values[x, y]
        dx = _vertex(values[x - 1, y], value, values[x + 1, y])
        dy = _vertex(values[x, y - 1], value, values[x, y + 1])
        ds = _vertex(below[x, y], value, above[x, y])
        yield _Place(x + dx + 0.5, y + dy + 0.5, size * _STEP**ds, value)


def _on_an_edge(values: Any, x: int, y: int) -> bool:
    """Whether it stands out in one direction only: then nobody knows where along that edge it lies (as in SIFT)."""
    here = values[x, y]
    across = values[x - 1, y] + values[x + 1, y] - 2 * here
    down = values[x, y - 1] + values[x, y + 1] - 2 * here
    both = (values[x + 1, y + 1] + values[x - 1, y - 1] - values[x + 1, y - 1] - values[x - 1, y + 1]) / 4
    whole = across * down - both * both
    return bool(whole <= 0 or (across + down) ** 2 / whole > _MOST_EDGE)


def _vertex(before: float, here: float, after: float) -> float:
    """Where between -½ and ½ a parabola through three values is greatest."""
    bend = before - 2 * here + after
    return max(-0.5, min(0.5, 0.5 * (before - after) / bend)) if bend else 0.0


def _spread(places: Iterator[_Place], size: tuple[int, int]) -> list[_Place]:
    """The strongest, but not all in one corner, and none that reaches beyond the picture."""
    width, height = size
    taken: dict[tuple[int, int], int] = {}
    kept: list[_Place] = []
    for place in sorted(places, key=lambda each: -each.strength * each.size**_LARGER):
        reach = _REACH * place.size
        if not (reach <= place.x <= width - reach and reach <= place.y <= height - reach):
            continue
        cell = (int(place.x * _CELLS / width), int(place.y * _CELLS / height))
        if taken.get(cell, 0) >= _PER_CELL or any(_same(place, each) for each in kept):
            continue
        taken[cell] = taken.get(cell, 0) + 1
        kept.append(place)
        if len(kept) == MOST_SPOTS:
            break
    return kept


def _same(one: _Place, other: _Place) -> bool:
    least = min(one.size, other.size)
    near = abs(one.x - other.x) < 1.5 * least and abs(one.y - other.y) < 1.5 * least
    return near and max(one.size, other.size) < 1.5 * least


def _described(working: Image.Image, place: _Place, across: float) -> Spot:
    reach = _REACH * place.size
    box = (place.x - reach, place.y - reach, place.x + reach, place.y + reach)
    patch = working.resize((_PATCH, _PATCH), Image.Resampling.HAMMING, box=box).tobytes()
    rows = [patch[start : start + _PATCH] for start in range(0, _PATCH * _PATCH, _PATCH)]
    over = [[sum(c * v for c, v in zip(cosine, row, strict=True)) for cosine in _COSINES] for row in rows]
    told = {(u, v): sum(_COSINES[v][y] * over[y][u] for y in range(_PATCH)) for u, v in _FREQUENCIES}
    # Mirrored, what is uneven across changes its sign: so the first such frequency says which way round it is described.
    turned = told[1, 0] < 0
    values = [(-value if turned and u % 2 else value) for (u, v), value in told.items() if (u, v) != (1, 0)]
    bits = sum(1 << index for index, value in enumerate(values) if value > 0)
    unsure = sorted(range(len(values)), key=lambda index: abs(values[index]))[:_UNSURE]
    keys = [bits, *(bits ^ 1 << index for index in unsure)]
    return Spot(
        round(place.x * across, 2), round(place.y * across, 2), round(place.size * across, 3), turned,
        tuple(f"{key:05x}" for key in keys),
    )  # fmt: skip

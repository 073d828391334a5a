"""A 64-bit perceptual hash: the same scene, smaller or compressed again, differs in few bits; another scene in about 32."""

from __future__ import annotations

import math

from PIL import Image

_SIDE, _KEPT = 32, 8
# The first rows of the discrete cosine transform of 32 values.
_COSINES = [[math.cos(math.pi * (2 * x + 1) * k / (2 * _SIDE)) for x in range(_SIDE)] for k in range(_KEPT)]


def perceptual_hash(image: Image.Image) -> str:
    """16 hex digits: which of the 64 lowest frequencies of the grey 32 × 32 picture are above their median. The very lowest
    (how bright it is) says nothing, and is always 0."""
    grey = image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    pixels = grey.tobytes()
    rows = [pixels[start : start + _SIDE] for start in range(0, _SIDE * _SIDE, _SIDE)]
    across = [[sum(c * v for c, v in zip(cosine, row, strict=True)) for cosine in _COSINES] for row in rows]
    both = [sum(cosine[y] * across[y][k] for y in range(_SIDE)) for cosine in _COSINES for k in range(_KEPT)]
    told = sorted(both[1:])
    middle = told[len(told) // 2]
    bits = sum(1 << (63 - index) for index, value in enumerate(both) if index and value > middle)
    return f"{bits:016x}"


def distance(one: str, other: str) -> int:
    """In how many of the 64 bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()

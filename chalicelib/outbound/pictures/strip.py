"""The strip of black and white cells that the field page draws along the lower edge of a picture, read back."""

from __future__ import annotations

from PIL import Image

from chalicelib.domain.capture import CELLS, ROW, mark_in

_LEAST_WIDTH, _LEAST_CONTRAST = 2 * CELLS, 50
_WITHIN = 0.25  # of each cell's height that is left out above and below: compression blurs the edges


def mark_read(image: Image.Image) -> str:
    """The mark in a picture (16 hex digits), "" when there is none. Stands compression and being made smaller."""
    width, height = image.size
    row = width * ROW
    if width < _LEAST_WIDTH or height < 4 * row:
        return ""
    above, below = (_row(image, height - rows * row, row) for rows in (2, 1))
    if any(abs(one - other) < _LEAST_CONTRAST for one, other in zip(above, below, strict=True)):
        return ""
    return mark_in("".join("1" if one > other else "0" for one, other in zip(above, below, strict=True)))


def _row(image: Image.Image, top: float, height: float) -> bytes:
    box = (0.0, top + height * _WITHIN, float(image.width), top + height * (1 - _WITHIN))
    fine = image.convert("L").resize((CELLS * 4, 1), Image.Resampling.BOX, box)
    pixels = fine.tobytes()  # four to a cell: the two in the middle count
    return bytes((pixels[4 * cell + 1] + pixels[4 * cell + 2]) // 2 for cell in range(CELLS))

"""Looking at one picture: what it is, whether it may be shown, the copies that are shown, and what is told by it.

The reasons of a refusal: "too_large", "not_a_picture", "animated", "bomb", "broken".
"""

from __future__ import annotations

import hashlib
import warnings
from datetime import datetime
from io import BytesIO

import msgspec
from PIL import Image

from . import metadata
from .kinds import DECODED, kind_of
from .perceptual import perceptual_hash

MOST_BYTES = 15_000_000
# Pixels before decoding. A JPEG is decoded at a fraction of its size; 108 megapixels is what telephones make.
MOST_PIXELS, MOST_JPEG_PIXELS = 50_000_000, 110_000_000
MOST_SIDE = 60_000
LARGE, SMALL, QUALITY = 1_600, 320, 80
_FLIP = Image.Transpose
_TURNED = {
    2: _FLIP.FLIP_LEFT_RIGHT, 3: _FLIP.ROTATE_180, 4: _FLIP.FLIP_TOP_BOTTOM, 5: _FLIP.TRANSPOSE,
    6: _FLIP.ROTATE_270, 7: _FLIP.TRANSVERSE, 8: _FLIP.ROTATE_90,
}  # fmt: skip


class PictureRefused(Exception):
    """This is no picture that can be shown; `reason` is one of those above."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that was looked at. Without `large` it is one that nobody can decode here: kept, not shown. `width` and
    `height` are the original's as it is held, `taken_at` is naive where the picture tells no offset."""

    kind: str
    sha256: str
    length: int
    phash: str = ""
    width: int = 0
    height: int = 0
    taken_at: datetime | None = None
    where: tuple[float, float] | None = None
    large: bytes = b""
    small: bytes = b""


def look(content: bytes) -> Seen:
    """The picture in `content`, made fit to be shown. Raises PictureRefused, and nothing else."""
    if len(content) > MOST_BYTES:
        raise PictureRefused("too_large")
    kind = kind_of(content)
    if kind is None:
        raise PictureRefused("not_a_picture")
    sha256 = hashlib.sha256(content).hexdigest()
    if kind not in DECODED:
        return Seen(kind=kind, sha256=sha256, length=len(content))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow's own, about size and EXIF: both are looked at here
            return _decoded(content, kind, sha256)
    except PictureRefused:
        raise
    except Image.DecompressionBombError as error:
        raise PictureRefused("bomb") from error
    except Exception as error:  # a decoder given wrong bytes raises anything: Pillow's errors have no base class
        raise PictureRefused("broken") from error


def _decoded(content: bytes, kind: str, sha256: str) -> Seen:
    with Image.open(BytesIO(content), formats=[DECODED[kind], *(("MPO",) if kind == "jpeg" else ())]) as image:
        width, height = image.size
        most = MOST_JPEG_PIXELS if kind == "jpeg" else MOST_PIXELS
        if width * height > most or max(width, height) > MOST_SIDE:
            raise PictureRefused("bomb")
        # A telephone's MPO is one picture and its depth map; the others move.
        if kind != "jpeg" and getattr(image, "n_frames", 1) > 1:
            raise PictureRefused("animated")
        turned = metadata.orientation(image)
        taken, where = metadata.taken_at(image), metadata.taken_where(image)
        if kind == "jpeg":
            longest = max(width, height)
            wanted = (width * LARGE // longest, height * LARGE // longest)
            image.draft("L" if image.mode == "L" else "RGB", wanted)
        image.load()
        large = _plain(image, turned)
    small = large.copy()
    small.thumbnail((SMALL, SMALL), Image.Resampling.LANCZOS)
    return Seen(
        kind=kind,
        sha256=sha256,
        length=len(content),
        phash=perceptual_hash(large),
        width=width if turned < 5 else height,
        height=height if turned < 5 else width,
        taken_at=taken,
        where=where,
        large=_jpeg(large),
        small=_jpeg(small),
    )


def _plain(image: Image.Image, turned: int) -> Image.Image:
    """The picture the right way up, at most 1600 pixels long, opaque, and with nothing in it but its pixels."""
    image.thumbnail((LARGE, LARGE), Image.Resampling.LANCZOS, reducing_gap=3.0)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") or "transparency" in image.info:
        layers = image.convert("RGBA")
        plain = Image.new("RGB", layers.size, "white")
        plain.paste(layers, mask=layers.getchannel("A"))
    else:
        pixels = _eight_bits(image).convert("RGB")
        plain = Image.new("RGB", pixels.size)
        plain.paste(pixels)
    return plain.transpose(_TURNED[turned]) if turned in _TURNED else plain


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey pictures of 16 bits a pixel would come out white."""
    return image.convert("I").point(lambda value: value / 256).convert("L") if image.mode.startswith("I") else image


def _jpeg(image: Image.Image) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return out.getvalue()

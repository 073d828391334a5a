"""Looking at one picture: what it is, whether it may be shown, the copies that are shown, and what is told by it.

No decoder sees more than pixels (see bare.py), and none gets more than so much memory.
"""

from __future__ import annotations

import hashlib
import warnings
from datetime import datetime
from io import BytesIO

import msgspec
from PIL import Image

from . import exif, metadata
from .bare import MOST_WHOLE_PIXELS, bare
from .bounded import bounded
from .kinds import DECODED, kind_of
from .perceptual import perceptual_hash
from .refused import PictureRefused
from .strip import mark_read

__all__ = ["PictureRefused", "Seen", "look"]

MOST_BYTES = 15_000_000
# Pixels before decoding. A baseline JPEG is decoded at a fraction of its size; 108 megapixels is what telephones make.
MOST_PIXELS = {
    "jpeg": 110_000_000, "webp": MOST_WHOLE_PIXELS, "avif": MOST_WHOLE_PIXELS,
    "png": 50_000_000, "gif": 50_000_000, "bmp": 50_000_000,
}  # fmt: skip
# Of the function's 1024 MB. What fits the bounds above needs less; this is for what lies about itself.
MOST_MEMORY = 550_000_000
MOST_SIDE = 60_000
LARGE, SMALL, QUALITY = 1_600, 320, 80
_FLIP = Image.Transpose
_TURNED = {
    2: _FLIP.FLIP_LEFT_RIGHT, 3: _FLIP.ROTATE_180, 4: _FLIP.FLIP_TOP_BOTTOM, 5: _FLIP.TRANSPOSE,
    6: _FLIP.ROTATE_270, 7: _FLIP.TRANSVERSE, 8: _FLIP.ROTATE_90,
}  # fmt: skip


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A picture that was looked at. Without `large` it is one that nobody can decode here: kept, not shown. `width` and
    `height` are the original's as it is held, `taken_at` is naive where the picture tells no offset, `mark` is what the
    field page drew into it."""

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
    software: str = ""
    mark: str = ""


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
            with bounded(MOST_MEMORY):
                return _decoded(content, kind, sha256)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, MemoryError) as error:
        raise PictureRefused("bomb") from error
    except Exception as error:  # a decoder given wrong bytes raises anything: Pillow's errors have no base class
        raise PictureRefused("broken") from error


def _decoded(content: bytes, kind: str, sha256: str) -> Seen:
    pixels = bare(kind, content)
    told = exif.read(pixels.exif)
    with Image.open(BytesIO(pixels.content), formats=[DECODED[kind]]) as image:
        width, height = image.size
        if width * height > MOST_PIXELS[kind] or max(width, height) > MOST_SIDE:
            raise PictureRefused("bomb")
        if getattr(image, "is_animated", False):
            raise PictureRefused("animated")
        turned = _avif_turned(image) if kind == "avif" else metadata.orientation(told)
        if kind == "jpeg":
            longest = max(width, height)
            wanted = (max(width * LARGE // longest, 1), max(height * LARGE // longest, 1))
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
        taken_at=metadata.taken_at(told),
        where=metadata.taken_where(told),
        large=_jpeg(large),
        small=_jpeg(small),
        software=metadata.software(told),
        mark=mark_read(large),
    )


def _avif_turned(image: Image.Image) -> int:
    """An AVIF tells it in its own way, which Pillow writes as EXIF; the file's own EXIF was cut out."""
    value = image.getexif().get(exif.ORIENTATION)
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


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

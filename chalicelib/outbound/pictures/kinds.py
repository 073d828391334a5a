"""What a file is, by its first bytes. Names and content types are somebody's claim."""

from __future__ import annotations

# Those that Pillow may open here, by its own names; everything else never reaches a decoder.
DECODED = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "GIF", "bmp": "BMP", "avif": "AVIF"}
_HEIF = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})
_AVIF = frozenset({b"avif", b"avis"})
_MOST_BRANDS = 64


def kind_of(content: bytes) -> str | None:
    """One of DECODED, "heic" or "tiff" (pictures that are kept and not decoded); None for what is no picture."""
    if content.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "webp"
    if content.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if content.startswith(b"BM") and content[14:18] in _BMP_HEADERS:
        return "bmp"
    if content.startswith((b"II*\x00", b"MM\x00*")):
        return "tiff"
    return _by_brand(content) if content[4:8] == b"ftyp" else None


_BMP_HEADERS = frozenset(size.to_bytes(4, "little") for size in (12, 40, 52, 56, 64, 108, 124))


def _by_brand(content: bytes) -> str | None:
    """ISO media: the brands of the first box say whether it is a picture, and which. An AVIF may call itself mif1 too."""
    end = min(int.from_bytes(content[:4], "big"), len(content), 16 + 4 * _MOST_BRANDS)
    brands = {content[8:12], *(content[at : at + 4] for at in range(16, end - 3, 4))}
    if brands & _AVIF:
        return "avif"
    return "heic" if brands & _HEIF else None

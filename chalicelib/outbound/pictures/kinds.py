"""What a file is, by its first bytes. Names and content types are somebody's claim."""

from __future__ import annotations

from collections.abc import Callable

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


def is_whole(content: bytes) -> bool:
    """Whether a picture of a known kind has a picture's beginning and end too, as far as that shows without decoding it: it
    may still be broken. Kinds that nobody decodes here are taken as they come."""
    frame = _FRAMES.get(kind_of(content) or "")
    return frame is None or frame(content)


def _whole_jpeg(content: bytes) -> bool:
    """A frame (its size) among the segments, and an end somewhere after it: cameras append films and thumbnails."""
    at = 2
    while content[at : at + 1] == b"\xff":
        marker = content[at + 1] if at + 1 < len(content) else _END
        if marker == 0xFF:  # filling
            at += 1
            continue
        if marker in _SOF:
            return b"\xff\xd9" in content[at:]
        if marker in (_SCAN, _END):
            return False
        at += 2 + max(int.from_bytes(content[at + 2 : at + 4], "big"), 2)
    return False


_SCAN, _END = 0xDA, 0xD9
_SOF = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # C4, C8 and CC are tables
_FRAMES: dict[str, Callable[[bytes], bool]] = {
    "jpeg": _whole_jpeg,
    "png": lambda content: content[12:16] == b"IHDR" and b"IEND" in content[16:],
    "gif": lambda content: b"\x00;" in content[13:],  # the last block's end, and the trailer
    "webp": lambda content: int.from_bytes(content[4:8], "little") + 8 <= len(content),
}

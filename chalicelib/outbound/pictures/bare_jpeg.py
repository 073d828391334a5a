"""A JPEG without remarks, colour profiles, EXIF and second pictures; bounds on those that a decoder has to hold whole."""

from __future__ import annotations

import re

from .refused import PictureRefused

# Of what comes in several scans, libjpeg holds every coefficient (two bytes for each component of each pixel) at full size.
MOST_HELD_PIXELS, MOST_HELD_SAMPLES = 30_000_000, 90_000_000
MOST_SCANS = 100  # each goes through the whole picture, however little is in it; encoders make about ten
_MOST_SEGMENTS = 2_000
# What is no byte of data (FF 00) and no restart of it; linear in any bytes.
_MARKER = re.compile(rb"\xff[^\x00\x01\xff\xd0-\xd7]")
_SOI, _EOI, _SOS, _EXIF, _SCAN = 0xD8, 0xD9, 0xDA, 0xE1, b"\xff\xda"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BASELINE = frozenset({0xC0, 0xC1})
_TABLES = frozenset({0xC4, 0xCC, 0xDB, 0xDD})
_ONCE = frozenset({0xE0, 0xEE})  # JFIF, Adobe: how colours are held


def bare_jpeg(content: bytes) -> tuple[bytes, bytes]:
    """The first picture in `content` with what its decoding needs, and its EXIF. Raises PictureRefused for bombs."""
    kept, exif, frame, once = [content[:2]], b"", b"", set[int]()
    at, data_from, scans = 2, 0, 0
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.search(content, at)
        if data_from:
            kept.append(content[data_from : found.start() if found else len(content)])
            data_from = 0
        if found is None:
            break
        mark, start, at = content[found.start() + 1], found.start(), found.end()
        length = int.from_bytes(content[at : at + 2], "big")
        if mark in (_EOI, _SOI) or length < 2 or at + length > len(content):
            kept.append(b"\xff\xd9" if mark == _EOI else b"")  # else broken, and left so
            break
        at += length
        segment = content[start:at]
        if mark in _FRAMES:
            frame = frame or segment
            kept.append(segment)
        elif mark == _SOS:
            scans += 1
            if scans == 1:
                _check(frame, segment)
            kept.append(segment)
            data_from = at
        elif mark in _TABLES or (mark in _ONCE and mark not in once):
            once.add(mark)
            kept.append(segment)
        elif mark == _EXIF and not exif and segment[4:10] == b"Exif\0\0":
            exif = segment[10:]
    else:
        raise PictureRefused("bomb")
    plain = b"".join(kept)
    if plain.count(_SCAN) > MOST_SCANS:  # of these bytes no decoder can find more scans
        raise PictureRefused("bomb")
    return plain, exif


def _check(frame: bytes, scan: bytes) -> None:
    """Refuses what would be held whole and is too much: any progressive picture, and those whose components come apart."""
    if len(frame) < 10 or len(scan) < 5:
        return
    height, width, components = int.from_bytes(frame[5:7], "big"), int.from_bytes(frame[7:9], "big"), frame[9]
    held = frame[1] not in _BASELINE or scan[4] < components
    if held and (width * height > MOST_HELD_PIXELS or width * height * components > MOST_HELD_SAMPLES):
        raise PictureRefused("bomb")

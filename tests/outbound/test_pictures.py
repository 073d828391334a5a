"""Looking at pictures: made here with Pillow, whole and broken, small and boundless."""

from __future__ import annotations

import hashlib
import random
import struct
import zlib
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from chalicelib.outbound.pictures import exif as exif_reader
from chalicelib.outbound.pictures import look as looking
from chalicelib.outbound.pictures.bare import bare
from chalicelib.outbound.pictures.bounded import bounded
from chalicelib.outbound.pictures.kinds import is_whole, kind_of
from chalicelib.outbound.pictures.look import PictureRefused, Seen, look
from chalicelib.outbound.pictures.perceptual import distance, perceptual_hash

MONAS = {1: "S", 2: (6.0, 10.0, 31.44), 3: "E", 4: (106.0, 49.0, 37.92)}


def scene(seed: int = 1, size: tuple[int, int] = (1200, 900)) -> Image.Image:
    """A picture of its own for every seed: soft patches, as of a street seen without glasses."""
    chance = random.Random(seed)
    small = Image.new("RGB", (12, 9))
    small.putdata([tuple(chance.randrange(256) for _ in range(3)) for _ in range(12 * 9)])
    return small.resize(size, Image.Resampling.BICUBIC)


def saved(image: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    out = BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def exif(*, turned: Any = 1, told: dict[int, Any] | None = None, gps: dict[int, Any] | None = None) -> Image.Exif:
    made = Image.Exif()
    made[0x0112] = turned
    made.get_ifd(0x8769).update(told or {})
    made.get_ifd(0x8825).update(gps or {})
    return made


def opened(content: bytes) -> Image.Image:
    image = Image.open(BytesIO(content))
    image.load()
    return image


def reason(content: bytes) -> str:
    with pytest.raises(PictureRefused) as refused:
        look(content)
    return refused.value.reason


def outcome(content: bytes) -> str:
    """Why it is refused; "" when it is not."""
    try:
        look(content)
    except PictureRefused as refused:
        return refused.reason
    return ""


def png(width: int, height: int) -> bytes:
    """The head of a PNG of that size, with hardly any data: what a bomb looks like before it is opened."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"])
def test_each_kind_becomes_a_jpeg(kind: str) -> None:
    content = saved(scene(), kind)
    seen = look(content)
    assert seen.kind == kind.lower()
    assert seen.sha256 == hashlib.sha256(content).hexdigest()
    assert (seen.width, seen.height, seen.length) == (1200, 900, len(content))
    assert (opened(seen.large).format, opened(seen.small).format) == ("JPEG", "JPEG")
    assert opened(seen.large).size == (1200, 900)
    assert opened(seen.small).size == (320, 240)


def test_a_large_one_is_made_small_and_a_small_one_stays() -> None:
    assert opened(look(saved(scene(size=(4000, 3000)))).large).size == (1600, 1200)
    seen = look(saved(scene(size=(200, 100))))
    assert (opened(seen.large).size, opened(seen.small).size) == ((200, 100), (200, 100))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "I;16", "HSV"])
def test_every_mode_of_pixels(mode: str) -> None:
    image = scene(size=(300, 200))
    kind = {"CMYK": "JPEG", "YCbCr": "JPEG"}.get(mode, "PNG")
    if mode in ("HSV", "PA"):
        image = image.convert("P" if mode == "PA" else "RGB")
    elif mode == "I;16":
        image = image.convert("L").convert("I").point(lambda value: value * 256).convert("I;16")
    else:
        image = image.convert(mode)
    large = opened(look(saved(image, kind)).large)
    assert large.mode == "RGB"
    spread = large.convert("L").getextrema()
    assert spread[0] < 110 < 140 < spread[1], "neither white nor black all over"


def test_what_is_transparent_becomes_white() -> None:
    assert opened(look(saved(Image.new("RGBA", (64, 64), (0, 0, 0, 0)), "PNG")).large).getpixel((5, 5)) == (255,) * 3


@pytest.mark.parametrize("turned", range(1, 9))
def test_it_is_turned_the_right_way_up(turned: int) -> None:
    upright = Image.new("RGB", (400, 200), "white")
    upright.paste("red", (0, 0, 100, 100))
    back = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[turned]  # fmt: skip
    held = upright.transpose(back) if back is not None else upright
    seen = look(saved(held, quality=95, exif=exif(turned=turned)))
    large = opened(seen.large)
    assert large.size == (seen.width, seen.height) == (400, 200)
    red, green, _ = large.getpixel((50, 50))  # type: ignore[misc]
    assert red > 200 > 60 > green


def test_nothing_but_pixels_is_left() -> None:
    content = saved(
        scene(),
        exif=exif(told={0x9003: "2026:11:20 10:11:12", 0xA430: "Siti Rahmawati"}, gps=MONAS),
        comment=b"Siti Rahmawati",
        icc_profile=b"Siti" * 40,
    )
    seen = look(content)
    for copy in (seen.large, seen.small):
        assert b"Siti" not in copy
        assert b"Exif" not in copy
        assert not opened(copy).getexif()
        assert set(opened(copy).info) <= {
            "jfif",
            "jfif_version",
            "jfif_unit",
            "jfif_density",
            "progressive",
            "progression",
        }


@pytest.mark.parametrize(
    ("told", "taken"),
    [
        ({0x9003: "2026:11:20 10:11:12"}, datetime(2026, 11, 20, 10, 11, 12)),  # noqa: DTZ001
        (
            {0x9003: "2026:11:20 10:11:12", 0x9011: "+07:00"},
            datetime(2026, 11, 20, 10, 11, 12, tzinfo=timezone(timedelta(hours=7))),
        ),
        ({0x9004: "2026:11:20 10:11:12", 0x9012: "-03:30"}, datetime(2026, 11, 20, 13, 41, 12, tzinfo=UTC)),
        ({0x9003: "2026:11:20 10:11:12", 0x9011: "+99:00"}, datetime(2026, 11, 20, 10, 11, 12)),  # noqa: DTZ001
        ({0x9003: "0000:00:00 00:00:00"}, None),
        ({0x9003: "kemarin"}, None),
        ({0x9003: 12}, None),
        ({}, None),
    ],
)
def test_when_it_was_taken(told: dict[int, Any], taken: datetime | None) -> None:
    assert look(saved(scene(), exif=exif(told=told))).taken_at == taken


@pytest.mark.parametrize(
    ("gps", "where"),
    [
        (MONAS, (-6.1754, 106.8272)),
        ({**MONAS, 1: "N", 3: "W"}, (6.1754, -106.8272)),
        ({**MONAS, 2: (6.1754, 0.0, 0.0)}, (-6.1754, 106.8272)),
        ({1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)}, None),
        ({**MONAS, 2: (96.0, 0.0, 0.0)}, None),
        ({**MONAS, 4: (200.0, 0.0, 0.0)}, None),
        ({**MONAS, 1: "Q"}, None),
        ({**MONAS, 2: (IFDRational(1, 0), IFDRational(0, 0), 0.0)}, None),
        ({2: (6.0, 10.0, 31.44)}, None),
        ({}, None),
    ],
)
def test_where_it_was_taken(gps: dict[int, Any], where: tuple[float, float] | None) -> None:
    assert look(saved(scene(), exif=exif(gps=gps))).where == where


@given(st.binary(max_size=300), st.integers(0, 70_000))
def test_no_exif_can_harm(noise: bytes, turned: int) -> None:
    whole = saved(scene(size=(64, 48)), exif=exif(turned=turned % 65_536, gps=MONAS))
    start = whole.index(b"Exif\0\0") + 6
    length = struct.unpack(">H", whole[start - 8 : start - 6])[0] - 8
    spoilt = whole[:start] + (noise + whole[start : start + length])[:length] + whole[start + length :]
    assert isinstance(look(spoilt), Seen)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "not_a_picture"),
        (b"<html><script>alert(1)</script></html>", "not_a_picture"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_a_picture"),
        (b"%PDF-1.7", "not_a_picture"),
        (b"PK\x03\x04", "not_a_picture"),
        (b"RIFF\0\0\0\0WAVE", "not_a_picture"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isommp42", "not_a_picture"),
        (b"%!PS-Adobe-3.0 EPSF-3.0", "not_a_picture"),
        (b"\xff\xd8\xff", "broken"),
        (b"\x89PNG\r\n\x1a\n", "broken"),
        (b"GIF89a", "broken"),
        (b"RIFF\0\0\0\0WEBP", "broken"),
        (b"BM" + b"\0" * 12 + b"\x28\0\0\0" + b"\xff" * 40, "broken"),
        (b"\xff\xd8\xff" + b"\0" * 15_000_000, "too_large"),
        (png(100_000, 100_000), "bomb"),
        (png(10_000, 9_000), "bomb"),
        (png(65_000, 10), "bomb"),
    ],
    ids=str,
)
def test_what_is_refused_by_name(content: bytes, why: str) -> None:
    assert reason(content) == why


def test_a_jpeg_that_is_cut_is_broken() -> None:
    content = saved(scene())
    assert reason(content[: len(content) // 2]) == "broken"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF", "TIFF", "MPO"])
@pytest.mark.parametrize("after", [b"", b"\0" * 40, b"a film behind the picture"])
def test_a_whole_picture_shows_without_a_decoder(kind: str, after: bytes) -> None:
    assert is_whole(saved(scene(), kind) + after)
    assert kind != "JPEG" or is_whole(saved(scene(), kind, progressive=True, exif=exif(gps=MONAS)) + after)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_half_a_picture_is_none(kind: str) -> None:
    whole = saved(scene(), kind)
    assert not is_whole(whole[: len(whole) // 2])


@pytest.mark.parametrize(
    "content",
    [b"\xff\xd8\xff", b"\xff\xd8\xff\xe0" + b"0" * 300, b"\xff\xd8\xff\xe0" + b"\0" * 300 + b"\xff\xd9",
     b"\xff\xd8" + b"\xff" * 300, b"\xff\xd8\xff\xd9", b"\x89PNG\r\n\x1a\n" + b"x" * 300, b"GIF89a" + b"x" * 300,
     b"RIFF\xff\xff\0\0WEBP" + b"x" * 300],
)  # fmt: skip
def test_what_only_begins_like_a_picture_is_none(content: bytes) -> None:
    assert not is_whole(content)


@given(
    st.binary(max_size=400), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF", b"BM", b""])
)
def test_any_bytes_are_whole_or_not(noise: bytes, head: bytes) -> None:
    assert is_whole(head + noise) in (True, False)


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_what_moves_is_refused(kind: str) -> None:
    frames = [scene(seed, (64, 48)) for seed in (1, 2, 3)]
    assert reason(saved(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)) == "animated"


def test_a_telephones_jpeg_with_a_depth_map_is_one_picture() -> None:
    content = saved(scene(), "MPO", save_all=True, append_images=[scene(2, (64, 48))])
    assert look(content).kind == "jpeg"


def test_a_large_jpeg_is_decoded_small(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    plain = looking._plain
    monkeypatch.setattr(looking, "_plain", lambda image, turned: (sizes.append(image.size), plain(image, turned))[1])
    seen = look(saved(scene(size=(8000, 6000))))
    assert (seen.width, seen.height) == (8000, 6000)
    assert sizes == [(2000, 1500)]


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"hevc"])
def test_heic_is_kept_and_not_shown(brand: bytes) -> None:
    seen = look(b"\0\0\0\x1cftyp" + brand + b"\0\0\0\0" + b"mif1" + brand + b"x" * 100)
    assert (seen.kind, seen.large, seen.phash, seen.length) == ("heic", b"", "", 124)


def test_a_name_or_a_claim_counts_for_nothing() -> None:
    assert kind_of(saved(scene(), "PNG")) == "png"
    assert kind_of(b"\0\0\0\x1cftypmif1\0\0\0\0avifmif1miaf") == "avif"
    assert kind_of(b"\0\0\0\x18ftypisom\0\0\0\0mp41avc1") is None


@given(
    st.binary(max_size=400), st.sampled_from([b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"BM", b"", b"II*\0"])
)
def test_any_bytes_are_a_picture_or_refused(noise: bytes, head: bytes) -> None:
    assert outcome(head + noise) in {"", "not_a_picture", "broken", "bomb", "animated", "too_large"}


@given(
    st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP"]), st.integers(0, 3_000), st.binary(min_size=1, max_size=40)
)
def test_a_picture_with_wrong_bytes_in_it(kind: str, at: int, noise: bytes) -> None:
    whole = saved(scene(size=(64, 48)), kind)
    at %= len(whole)
    spoilt = whole[:at] + noise + whole[at + len(noise) :]
    assert outcome(spoilt) in {"", "not_a_picture", "broken", "bomb", "animated"}


@pytest.mark.parametrize("seed", range(12))
def test_the_same_picture_again_has_nearly_the_same_hash(seed: int) -> None:
    image = scene(seed)
    told = look(saved(image, quality=92)).phash
    assert len(told) == 16
    again = [
        saved(image, quality=25),
        saved(image.resize((400, 300), Image.Resampling.BILINEAR), quality=60),
        saved(image.resize((2400, 1800)), "WEBP", quality=40),
        saved(image.resize((640, 640)), quality=70),
        saved(image.convert("L"), "PNG"),
    ]
    assert max(distance(told, look(each).phash) for each in again) <= 6


def test_different_pictures_have_different_hashes() -> None:
    hashes = [perceptual_hash(scene(seed)) for seed in range(24)]
    between = [distance(one, other) for index, one in enumerate(hashes) for other in hashes[:index]]
    assert min(between) >= 16


def marked(mark: int, body: bytes) -> bytes:
    return bytes([0xFF, mark]) + struct.pack(">H", len(body) + 2) + body


def held_whole(
    width: int, height: int, *, components: int, scans: int = 1, frame: int = 0xC2, apart: bool = False
) -> bytes:
    """A JPEG that has to be held whole, with scans of hardly any data."""
    names = [bytes([number + 1]) for number in range(components)]
    head = struct.pack(">BHHB", 8, height, width, components) + b"".join(name + b"\x11\0" for name in names)
    shown = names[:1] if apart else names
    first = bytes([len(shown)]) + b"".join(name + b"\0" for name in shown) + (b"\0\x3f\0" if apart else b"\0\0\0")
    again = marked(0xDA, b"\x01\x01\0\x01\x3f\0") + b"\0\0"
    return (
        b"\xff\xd8" + marked(0xDB, b"\0" + b"\1" * 64) + marked(frame, head)
        + marked(0xC4, b"\0\1" + b"\0" * 16) + marked(0xC4, b"\x10\1" + b"\0" * 15 + b"\xe0")
        + marked(0xDA, first) + b"\0" * 64 + again * (scans - 1) + b"\xff\xd9"
    )  # fmt: skip


def crowded(entries: int, length: int) -> bytes:
    """EXIF whose entries all have the same value: few bytes that become many when each is copied."""
    at = 8 + 2 + 12 * entries + 4
    told = b"".join(struct.pack("<HHII", 0x1000 + number, 7, length, at) for number in range(entries))
    return b"II*\0\x08\0\0\0" + struct.pack("<H", entries) + told + b"\0" * 4 + b"\1" * length


def with_exif(kind: str, told: bytes) -> bytes:
    if kind == "JPEG":
        whole = saved(scene(size=(64, 48)))
        # No JFIF: then Pillow looks for the resolution in the EXIF, at once.
        rest = whole[4 + struct.unpack(">H", whole[4:6])[0] :]
        parts = [told[start : start + 65_000] for start in range(0, len(told), 65_000)]
        return b"\xff\xd8" + b"".join(marked(0xE1, b"Exif\0\0" + part) for part in parts) + rest
    return saved(scene(size=(64, 48)), kind, exif=told)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("told", [crowded(5_000, 10_000), crowded(40, 60_000)], ids=["many", "long"])
def test_exif_is_never_copied_for_each_of_its_entries(kind: str, told: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    content = with_exif(kind, told)
    from PIL import TiffImagePlugin

    monkeypatch.setattr(TiffImagePlugin.ImageFileDirectory_v2, "load", lambda *_: pytest.fail("Pillow reads EXIF"))
    seen = look(content)
    assert (seen.width, seen.taken_at, seen.where) == (64, None, None)
    pixels = bare(kind.lower(), content)
    assert b"\1" * 1_000 not in pixels.content or kind == "AVIF"


@pytest.mark.parametrize(
    "content",
    [
        held_whole(64, 48, components=1, scans=101),
        held_whole(7_000, 5_000, components=1),
        held_whole(6_000, 4_000, components=4),
        held_whole(7_000, 5_000, components=3, frame=0xC0, apart=True),
        held_whole(7_000, 5_000, components=1, frame=0xC3),
        b"\xff\xd8" + marked(0xFE, b"x") * 2_500,
        b"\x89PNG\r\n\x1a\n" + b"\0\0\0\0tEXt\0\0\0\0" * 60_000,
    ],
    ids=["scans", "progressive", "four", "apart", "lossless", "segments", "chunks"],
)
def test_what_takes_long_or_much_is_a_bomb(content: bytes) -> None:
    assert reason(content) == "bomb"


def test_a_jpeg_in_some_scans_is_none() -> None:
    assert look(held_whole(64, 48, components=1, scans=90)).width == 64


@pytest.mark.parametrize(("kind", "size"), [("WEBP", (5_100, 5_000)), ("AVIF", (5_100, 5_000))])
def test_what_is_decoded_whole_is_smaller(kind: str, size: tuple[int, int]) -> None:
    tiny = (
        saved(Image.new("RGB", (64, 48)), kind, lossless=True) if kind == "WEBP" else saved(scene(size=(64, 48)), kind)
    )
    if kind == "WEBP":
        at = tiny.index(b"VP8L") + 9
        tiny = tiny[:at] + struct.pack("<I", (size[0] - 1) | (size[1] - 1) << 14) + tiny[at + 4 :]
    else:
        tiny = tiny.replace(struct.pack(">II", 64, 48), struct.pack(">II", *size))
    assert reason(tiny) == "bomb"


def test_remarks_in_a_gif_take_no_time() -> None:
    whole = saved(scene(size=(64, 48)), "GIF")
    at = whole.index(b"\x2c\0\0\0\0")
    remarked = whole[:at] + b"\x21\xfe\1x\0" * 100_000 + whole[at:]
    assert b"\x21\xfe" not in bare("gif", remarked).content
    assert look(remarked).large == look(whole).large


def test_memory_has_a_bound() -> None:
    with pytest.raises(MemoryError), bounded(20_000_000):
        bytearray(200_000_000)
    assert len(bytearray(200_000_000)) == 200_000_000


def test_what_wants_more_memory_is_a_bomb(monkeypatch: pytest.MonkeyPatch) -> None:
    def hungry(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(looking, "_plain", hungry)
    assert reason(saved(scene())) == "bomb"


TOLD = {0x9003: "2026:11:20 10:11:12", 0x9011: "+07:00"}
TAKEN = datetime(2026, 11, 20, 10, 11, 12, tzinfo=timezone(timedelta(hours=7)))


@pytest.mark.parametrize(
    ("kind", "more"),
    [("JPEG", {}), ("JPEG", {"progressive": True}), ("PNG", {}), ("WEBP", {}), ("WEBP", {"lossless": True})],
    ids=str,
)
def test_honest_pictures_tell_all(kind: str, more: dict[str, Any]) -> None:
    size = (4000, 3000) if kind == "JPEG" else (1200, 900)
    seen = look(saved(scene(size=size), kind, exif=exif(turned=6, told=TOLD, gps=MONAS), **more))
    assert (seen.width, seen.height) == size[::-1]
    assert (seen.taken_at, seen.where) == (TAKEN, (-6.1754, 106.8272))
    large = opened(seen.large)
    assert large.height > large.width


@pytest.mark.parametrize("turned", [1, 3, 6, 8])
def test_an_avif_is_turned_by_its_own_properties(turned: int) -> None:
    seen = look(saved(scene(), "AVIF", exif=exif(turned=turned, gps=MONAS)))
    assert (seen.width, seen.height) == ((900, 1200) if turned > 4 else (1200, 900))


@pytest.mark.parametrize("order", ["<", ">"])
def test_exif_of_either_byte_order(order: str) -> None:
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", 8)
    told = head + struct.pack(f"{order}HHHIHHI", 1, 0x0112, 3, 1, 8, 0, 0)
    assert exif_reader.read(told).main == {0x0112: 8}


@pytest.mark.parametrize(
    "told",
    [
        struct.pack("<HHHII", 1, 0x8769, 4, 1, 8),  # a directory that is its own
        struct.pack("<HHHII", 1, 0x8769, 4, 1, 0xFFFFFFFF),
        struct.pack("<HHHII", 0xFFFF, 0x0112, 3, 0xFFFFFFFF, 8),
        struct.pack("<HHHII", 1, 0x0112, 99, 1, 1),
        struct.pack("<HHHII", 1, 0x0112, 3, 20, 0xFFFFFFF0),
        b"",
    ],
)
def test_exif_that_points_nowhere_says_nothing(told: bytes) -> None:
    found = exif_reader.read(b"II*\0\x08\0\0\0" + told)
    assert (0x0112 not in found.main, found.taking, found.place) == (True, {}, {})


@given(st.binary(max_size=400), st.sampled_from([b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b""]))
def test_any_bytes_are_exif(noise: bytes, head: bytes) -> None:
    assert isinstance(exif_reader.read(head + noise), exif_reader.Exif)


@given(st.binary(max_size=400), st.sampled_from(["jpeg", "png", "webp", "gif", "avif", "bmp"]))
def test_any_bytes_can_be_bared(noise: bytes, kind: str) -> None:
    with suppress(PictureRefused):
        assert isinstance(bare(kind, noise).content, bytes)

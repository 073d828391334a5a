"""Files of mails: found wherever mailers put them, counted alike by both readers, never a path, never without bounds."""

from __future__ import annotations

import base64
import binascii
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import mime
from chalicelib.channels.attachments import MAX_FILE, Attachment, attachments, pictures
from chalicelib.channels.rtf import rtf_to_text
from chalicelib.channels.tnef import opened
from chalicelib.channels.uuencoded import from_uu

JPEG = b"\xff\xd8\xff\xe0" + b"foto" * 1_000
PIXEL = b"GIF89a\x01\0\x01\0"
HEAD = b"From: sari@warga.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
SAMPLES = Path("/work/shared/wire/synthetic")


def part(head: str, content: bytes = JPEG) -> bytes:
    coded = base64.encodebytes(content).replace(b"\n", b"\r\n")
    return f"--b\r\n{head}\r\nContent-Transfer-Encoding: base64\r\n\r\n".encode() + coded


def mixed(*parts: bytes) -> bytes:
    return HEAD + b"".join(parts) + b"--b--\r\n"


def photos(raw: bytes) -> list[int]:
    return pictures(mime.read(raw).files)


def attribute(name: int, value: bytes) -> bytes:
    return struct.pack("<BHHI", 2, name, 6, len(value)) + value + struct.pack("<H", sum(value) % 65536)


def winmail(*files: tuple[str, bytes], body: bytes = b"Lubang di Jl Kenanga.\0") -> bytes:
    out = struct.pack("<IH", 0x223E9F78, 1) + attribute(0x800C, body)
    for name, content in files:
        long_name = name.encode("utf-16-le") + b"\0\0"
        padded = long_name + bytes(-len(long_name) % 4)
        properties = struct.pack("<IHHII", 1, 0x1F, 0x3707, 1, len(long_name)) + padded
        out += attribute(0x9002, bytes(14)) + attribute(0x8010, b"SHORT~1.JPG\0") + attribute(0x800F, content)
        out += attribute(0x9005, properties)
    return out


class TestWhatIsAPicture:
    @pytest.mark.parametrize(
        ("head", "content", "expected"),
        [
            ("Content-Type: image/jpeg; name=a.jpg", JPEG, True),
            ("Content-Type: image/heic", b"x" * 3_000, True),
            ("Content-Type: application/octet-stream; name=IMG_1.HEIC", b"x", True),
            ("Content-Type: application/octet-stream", JPEG, True),
            ("Content-Type: application/octet-stream", b"\0\0\0\x18ftypheic", True),
            ("Content-Type: image/jpeg; name=a.jpg\r\nContent-Disposition: inline", b"\0\0\0\x18ftypheic", True),
            ("Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename*=utf-8''f%C3%B6to.jpg", b"x", True),
            ("Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename*0=fo; filename*1=to.jpg", b"x", True),
            ("Content-Type: application/octet-stream; name==?utf-8?B?Zm90by5qcGc=?=", b"x", True),
            ("Content-Type: text/plain\r\nContent-Disposition: attachment; filename=foto.jpg", JPEG, True),
            ("Content-Type: application/pdf; name=surat.pdf", b"%PDF-1.4", False),
            ("Content-Type: image/gif\r\nContent-ID: <x>", PIXEL, False),
            ("Content-Type: image/png; name=logo.png\r\nContent-Disposition: inline", b"\x89PNG\r\n\x1a\n" + b"x" * 900, False),
            ("Content-Type: image/png; name=peta.png\r\nContent-Disposition: attachment", b"\x89PNG\r\n\x1a\n" + b"x" * 900, True),
            ("Content-Type: image/png\r\nContent-ID: <x>", b"\x89PNG\r\n\x1a\n" + b"x" * 3_000, True),
            ("Content-Type: text/calendar", b"BEGIN:VCALENDAR", False),
        ],
    )  # fmt: skip
    def test_by_type_name_or_beginning(self, head: str, content: bytes, expected: bool) -> None:
        assert photos(mixed(part(head, content))) == ([0] if expected else [])

    def test_numbers_count_every_file(self) -> None:
        raw = mixed(
            part("Content-Type: application/pdf", b"%PDF"),
            part("Content-Type: image/gif\r\nContent-ID: <x>", PIXEL),
            part("Content-Type: image/jpeg"),
        )
        assert photos(raw) == [2]
        assert [(file.number, file.content) for file in attachments(raw, only=2)] == [(2, JPEG)]
        assert [file.number for file in attachments(raw)] == [0, 2]

    def test_in_a_mail_inside_the_mail(self) -> None:
        inner = b"--b\r\nContent-Type: message/rfc822\r\n\r\n" + mixed(
            part("Content-Type: image/jpeg; name=a.jpg")
        ).replace(b"--b", b"--c").replace(b"=b", b"=c")
        raw = mixed(inner + b"\r\n")
        assert photos(raw) == [0]
        assert attachments(raw) == [Attachment(filename="a.jpg", kind="image/jpeg", content=JPEG)]

    def test_at_most_twenty(self) -> None:
        raw = mixed(*[part("Content-Type: image/jpeg", b"\xff\xd8\xff")] * 50)
        assert len(photos(raw)) == len(attachments(raw)) == 20


@pytest.mark.parametrize(
    ("written", "bare"),
    [
        ('name="../../etc/passwd.png"', "passwd.png"),
        ('name="C:\\\\foto\\\\a.jpg"', "a.jpg"),
        ("name=.htaccess", "htaccess"),
        ('name=".."', ""),
        ('name="a\tb\x07c.jpg"', "a b c.jpg"),
        ("name*=utf-8''..%2F..%2Fx%00%0Ay.jpg", "x y.jpg"),
        ("name==?utf-8?Q?..=2Fx=0A.jpg?=", "x .jpg"),
        ("name=" + "x" * 400 + ".jpg", "x" * 150),
        ("name=\u202egpj.exe", "gpj.exe"),
        ("", ""),
    ],
)
def test_a_name_is_never_a_path(written: str, bare: str) -> None:
    (file,) = attachments(mixed(part(f"Content-Type: image/jpeg; {written}")))
    assert file.filename == bare


class TestBounds:
    def test_what_is_too_large_is_left_out(self) -> None:
        raw = mixed(
            part("Content-Type: image/jpeg", b"\xff\xd8\xff" + bytes(MAX_FILE)), part("Content-Type: image/png")
        )
        assert [file.kind for file in attachments(raw)] == ["image/png"]

    def test_broken_base64_gives_what_can_be_read(self) -> None:
        raw = mixed(part("Content-Type: image/jpeg").replace(b"Zm90", b"Zm!!*90", 1))
        assert attachments(raw)[0].content == JPEG

    @given(st.binary(max_size=400))
    def test_any_bytes(self, octets: bytes) -> None:
        for raw in (octets, HEAD + b"--b\r\n" + octets, mixed(part("Content-Type: application/ms-tnef", octets))):
            assert all(isinstance(file, Attachment) for file in attachments(raw))
            assert isinstance(photos(raw), list)

    @given(st.binary(max_size=200), st.integers(0, 120), st.binary(max_size=8))
    def test_any_envelope(self, octets: bytes, at: int, noise: bytes) -> None:
        whole = winmail(("a.jpg", JPEG[:50]))
        opened(whole[:at] + noise + whole[at + len(noise) :])
        rtf_to_text(struct.pack("<IIII", 0, 500, 0x75465A4C, 0) + octets)
        from_uu(octets)

    def test_a_wrong_number_is_no_file(self) -> None:
        raw = mixed(part("Content-Type: image/jpeg"))
        for number in (1, 1_000, -1, 10**9):
            assert attachments(raw, only=number) == []


class TestWinmail:
    def test_files_and_text(self) -> None:
        raw = mixed(
            part("Content-Type: application/pdf", b"%PDF"),
            part(
                "Content-Type: application/ms-tnef; name=winmail.dat",
                winmail(("surat.pdf", b"%PDF"), ("föto/../1.jpg", JPEG)),
            ),
        )
        assert photos(raw) == [2_001]
        assert [(file.filename, file.number) for file in attachments(raw)] == [
            ("", 0),
            ("surat.pdf", 1_001),
            ("1.jpg", 2_001),
        ]
        assert attachments(raw, only=2_001)[0].content == JPEG
        assert opened(winmail(("a", b"b"))).text == "Lubang di Jl Kenanga."

    def test_called_by_its_name_only(self) -> None:
        assert photos(
            mixed(part("Content-Type: application/octet-stream; name=WINMAIL.DAT", winmail(("a.jpg", JPEG))))
        ) == [1_000]

    @pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not here")
    def test_the_library_reads_the_same(self) -> None:
        tnefparse = pytest.importorskip("tnefparse")
        raw = (SAMPLES / "winmail_dat_wrapping_umlaut_tnef.eml").read_bytes()
        (file,) = mime.read(raw).files
        octets = binascii.a2b_base64(bytes(file.body))
        theirs, ours = tnefparse.TNEF(octets, do_checksum=False), opened(octets)
        assert [(each.long_filename() or each.name, each.data) for each in theirs.attachments] == list(ours.files)

    def test_compressed_rtf(self) -> None:
        sample = bytes.fromhex(
            "2d0000002b0000004c5a4675f1c5c7a703000a00726370673132354232 0af32068656c090020627705b06c647d0a800fa0"
        )
        assert rtf_to_text(sample) == "hello world"  # the published example of MS-OXRTFCP, 3.1.1
        overlapping = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
        assert rtf_to_text(overlapping) == "WXYZWXYZWXYZWXYZWXYZ"  # 3.1.2


class TestUuencoded:
    def test_in_a_text(self) -> None:
        lines = b"".join(binascii.b2a_uu(JPEG[at : at + 45]) for at in range(0, len(JPEG), 45))
        raw = b"From: a@b.example\n\nLubang.\nbegin 644 ../foto.jpg\n" + lines + b"`\nend\nSalam.\n"
        assert photos(raw) == [0]
        (file,) = attachments(raw)
        assert (file.filename, file.content) == ("foto.jpg", JPEG)
        assert mime.read(raw).text == "Lubang.\nSalam.\n"

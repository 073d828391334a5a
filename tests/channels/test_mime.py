"""Mail bytes to text: what the standard parser chokes on, and what a hostile mail may cost."""

from __future__ import annotations

import time
from email.message import EmailMessage
from email.policy import SMTP

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import mime
from chalicelib.channels.decoding import decode_text
from chalicelib.channels.headers import Headers, decoded, read_headers
from chalicelib.channels.html_text import html_to_text

HEAD = b"From: sari@warga.example\r\nMIME-Version: 1.0\r\n"
MIXED = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"


def nested(wrapper: bytes, closing: bytes, levels: int) -> bytes:
    body = b"Content-Type: text/plain\r\n\r\ndi dalam"
    for level in range(levels):
        body = wrapper.replace(b"%d", b"%d" % level) + body + closing.replace(b"%d", b"%d" % level)
    return HEAD + body


class TestParts:
    def test_attachments_are_counted_by_type(self) -> None:
        mail = EmailMessage(policy=SMTP)
        mail.set_content("Lubang di Jl Kenanga.\n")
        for name in ("a.jpg", "b.jpg"):
            mail.add_attachment(b"\xff\xd8\xff", "image", "jpeg", filename=name)
        mail.add_attachment("rahasia\n", subtype="plain", filename="catatan.txt")
        read = mime.read(bytes(mail))
        assert read.text.strip() == "Lubang di Jl Kenanga."
        assert read.attached == {"image/jpeg": 2, "text/plain": 1}

    def test_winmail_is_an_attachment(self, golden_mail: bytes) -> None:
        read = mime.read(golden_mail)
        assert (read.text, read.attached) == ("", {"application/ms-tnef": 1})

    @pytest.fixture
    def golden_mail(self, request: pytest.FixtureRequest) -> bytes:
        raw: bytes = (request.path.parent / "golden" / "email" / "winmail.eml").read_bytes()
        return raw

    def test_related_parts_inside_an_alternative(self) -> None:
        mail = EmailMessage(policy=SMTP)
        mail.set_content("teks biasa")
        mail.add_alternative("<p>teks <b>kaya</b> <img src='cid:x'></p>", subtype="html")
        mail.get_payload()[1].add_related(b"GIF89a", "image", "gif", cid="<x>")  # type: ignore[union-attr,index]
        read = mime.read(bytes(mail))
        assert (read.text.strip(), read.attached) == ("teks biasa", {"image/gif": 1})

    @pytest.mark.parametrize("levels", [11, 1_000])
    def test_nesting_is_bounded(self, levels: int) -> None:
        wrapper = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n"
        read = mime.read(nested(wrapper, b"\r\n--b%d--\r\n", levels))
        assert read.text == ("di dalam" if levels == 11 else "")
        mails = mime.read(nested(b"Content-Type: message/rfc822\r\n\r\n", b"", levels))
        assert mails.forwarded.strip() == ("di dalam" if levels == 11 else "")

    def test_a_boundary_that_is_a_pattern_or_a_prefix(self) -> None:
        raw = (
            HEAD
            + b'Content-Type: multipart/mixed; boundary="a.*+(b)"\r\n\r\n--a.*+(b)x\r\nno\r\n--a.*+(b)\r\n\r\nya\r\n--a.*+(b)--'
        )
        assert mime.read(raw).text == "ya"

    def test_the_boundary_in_the_middle_of_a_line_is_text(self) -> None:
        assert mime.read(MIXED + b"--b\r\n\r\nlihat --b\r\nini\r\n--b--").text == "lihat --b\r\nini"

    def test_the_text_is_bounded(self) -> None:
        text = mime.read(HEAD + b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + "é".encode() * 400_000).text
        assert text == "é" * 100_000  # 200,000 bytes, and no broken character at the end
        assert len(mime.read(MIXED + b"--b\r\n\r\naaaaaaaaaa\r\n" * 300).text) == 200 * 12 - 2


class TestHeaders:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("biasa", "biasa"),
            ("=?utf-8?Q?Jalan_rusak?=", "Jalan rusak"),
            ("=?UTF-8?b?SmFsYW4=?= =?utf-8?q?_rusak?=", "Jalan rusak"),
            ("=?utf-8?B?8J+M?= =?utf-8?B?ig==?=", "🌊"),
            ("=?utf-8*id?Q?Jalan?=", "Jalan"),
            ("a =?utf-8?Q?b?= c", "a b c"),
            ("=?iso-8859-1?Q?=E9?=", "é"),
            ("=?utf-8?Q?=E9?=", "é"),
            ("=?x-none?B?!!!?=", ""),
            ("=?utf-8?B?broken", "=?utf-8?B?broken"),
            ("=?utf-8?X?a?=", "=?utf-8?X?a?="),
            ("=?utf-8?Q?=00a?=", "a"),
        ],
    )
    def test_encoded_words(self, value: str, text: str) -> None:
        assert decoded(value) == text

    def test_folded_lines_and_junk(self) -> None:
        headers, start = read_headers(b"Subject: satu\r\n dua\r\n\ttiga\r\njunk\r\nX-Y : z\r\n\r\nisi")
        assert headers.fields == (("subject", "satu dua tiga"), ("x-y", "z"))
        assert start == 45

    @pytest.mark.parametrize(
        ("value", "kind"),
        [("", "text/plain"), ("text", "text/plain"), ("TEXT/HTML; x", "text/html"), ("a b/c", "text/plain")],
    )
    def test_content_types(self, value: str, kind: str) -> None:
        assert Headers((("content-type", value),)).content_type[0] == kind

    def test_parameters(self) -> None:
        value = 'multipart/mixed; charset="utf-8" ; boundary="a\\"b;c"; boundary=second; odd'
        assert Headers((("content-type", value),)).content_type[1] == {"charset": "utf-8", "boundary": 'a"b;c'}


class TestCharsets:
    @given(st.binary(), st.text(max_size=30))
    def test_any_bytes_in_any_charset(self, octets: bytes, charset: str) -> None:
        assert isinstance(decode_text(octets, charset), str)

    @given(st.text(st.characters(codec="utf-8", exclude_characters="\x1b~\\")))
    def test_utf8_is_read_whatever_one_byte_charset_it_is_called(self, text: str) -> None:
        for charset in ("utf-8", "", "us-ascii", "iso-8859-1", "windows-1252", "x-unknown", "latin1"):
            assert decode_text(text.encode(), charset) == text

    @pytest.mark.parametrize(
        "charset", ["gb18030", "big5", "koi8-r", "iso-2022-jp", "shift_jis", "windows-1251", "euc-kr"]
    )
    def test_other_charsets_are_believed(self, charset: str) -> None:
        text = {"koi8-r": "яма", "windows-1251": "яма", "euc-kr": "도로"}.get(charset, "道路")
        assert decode_text(text.encode(charset), charset) == text

    @pytest.mark.parametrize(
        "charset", ["base64", "hex", "zlib", "rot13", "idna", "punycode", "unicode_escape", "undefined", "mbcs", "\0"]
    )
    def test_codecs_that_are_no_charset(self, charset: str) -> None:
        assert decode_text(b"\\u0041 \xe9", charset) == "\\u0041 é"


class TestHtml:
    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ("<p>satu</p><p>dua</p>", "satu\n\ndua"),
            ("satu<br>dua<br/>tiga", "satu\ndua\ntiga"),
            ("<div>a</div><div>b</div>", "a\nb"),
            ("<td>a</td><td>b</td>", "a b"),
            ("a&nbsp;&amp;&#32;b&lt;c", "a & b<c"),
            ("<style>x</style>a<script>b</script>", "a"),
            ("<STYLE>x</Style >a", "a"),
            ("<title>tidak ditutup", "tidak ditutup"),
            ("<!-- x -->a<!-- tidak ditutup", "a"),
            ("3 < 4 dan 5 > 4", "3 < 4 dan 5 > 4"),
            ('<img alt="a > b">c', "c"),
            ("<blockquote>lama<p>lagi</p></blockquote>baru", "> lama\n> lagi\nbaru"),
            ("<pre>a\n  b</pre>", "a\nb"),
            ("<a href='x", ""),
            ("</", ""),
            ("<?xml version='1'?><!DOCTYPE html>a", "a"),
        ],
    )
    def test_what_a_reader_sees(self, html: str, text: str) -> None:
        assert html_to_text(html) == text

    @given(st.text(st.sampled_from("<>/!-?abpre \"'=&;\n"), max_size=80))
    def test_any_text(self, html: str) -> None:
        assert "<script" not in html_to_text(html + "<script>x</script>")


@pytest.mark.parametrize(
    "raw",
    [
        MIXED + b"--b\r\n\r\nhalo\r\n" * 200_000,
        MIXED + b"\r\n--c" * 2_000_000,
        MIXED + (b"--b\r\n" + b"A: b\r\n" * 5_000) * 200,
        b"A: b\r\n" * 1_000_000 + b"\r\n",
        HEAD + b" x\r\n" * 1_000_000 + b"\r\n",
        *(
            MIXED + (b"--b\r\nContent-Type: text/html\r\n\r\n" + html * (200_000 // len(html)) + b"\r\n") * 50
            for html in (b"<", b"<a b='", b"<!--", b"<p>", b"<script>", b"&lt;", b"<pre>\n")
        ),
    ],
    ids=lambda raw: repr(raw[-12:]),
)
def test_a_hostile_mail_costs_little(raw: bytes) -> None:
    start = time.process_time()
    mime.read(raw)
    assert time.process_time() - start < 3  # 0.3 s here; a parser that goes quadratic takes minutes


def test_base64_of_nothing_but_padding_takes_neither_time_nor_memory() -> None:
    import time

    from chalicelib.channels.decoding import from_base64

    began = time.process_time()
    assert len(from_base64(b"A=" * 2_000_000)) <= 2_000_000
    from_base64(b"=" * 4_000_000)
    assert time.process_time() - began < 1.0
    assert from_base64(b"aGFs\r\nbG8=aGFsbG8=") == b"hallohallo"

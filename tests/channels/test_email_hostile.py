"""Hand-written mails, each with what must become of it: the wrappers, lies and floods of real and ill-meant mailers."""

from __future__ import annotations

import base64
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import email
from chalicelib.channels.email import Ignored, Verdicts
from chalicelib.channels.message import Message
from chalicelib.city.model import Channel

PROVEN = Verdicts(spam="PASS", virus="PASS", spf="PASS", dkim="PASS", dmarc="PASS")
NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
SAMPLES = Path("/work/shared/wire/synthetic")
OURS = "In-Reply-To: <out@kota.example>\n"
TEXT = "Content-Type: text/plain; charset=utf-8\n\n"


def mail(body: str, head: str = "", who: str = "Sari <sari@warga.example>") -> bytes:
    raw = f"From: {who}\nTo: aduan@kota.example\nSubject: Jalan\nMessage-ID: <1@warga.example>\n{head}{body}"
    return raw.encode("utf-8", "surrogateescape").replace(b"\n", b"\r\n")


def mixed(*parts: str, kind: str = "mixed", closed: bool = True) -> str:
    inner = "".join(f"--b\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary=b\n\n{inner}{'--b--' if closed else ''}\n"


def read(mailbox: Channel, raw: bytes, verdicts: Verdicts = PROVEN, **where: str) -> Message:
    told = email.parse(mailbox, raw, verdicts, "ses-1", NOW, **where)
    assert isinstance(told, Message), told
    return told


HTML = "Content-Type: text/html; charset=utf-8\n\n"
CASES: dict[str, tuple[bytes, str]] = {
    "empty body": (mail("\n"), ""),
    "only an attachment": (mail(mixed("Content-Type: image/jpeg; name=a.jpg\n\n\udcff\udcd8\udcff")), ""),
    "no boundary in the header": (
        mail(f"Content-Type: multipart/mixed\n\n--zz\n{TEXT}Got mampet.\n--zz--\n"),
        "Got mampet.",
    ),
    "another boundary than declared": (
        mail(f"Content-Type: multipart/mixed; boundary=salah\n\n--zz\n{TEXT}Got mampet.\n--zz\nContent-Type: image/png\n\nx\n"),
        "Got mampet.",
    ),
    "boundary in pieces (RFC 2231)": (
        mail(f"Content-Type: multipart/mixed; boundary*0=b; boundary*1=c\n\n--bc\n{TEXT}Got mampet.\n--bc--\n"),
        "Got mampet.",
    ),
    "cp1252 called utf-8": (mail(f"{TEXT}Trotoar di depan Caf\udce9 \udc93hancur\udc94."), "Trotoar di depan Café “hancur”."),
    "UTF-16 without saying so": (
        mail("Content-Type: text/plain\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode("Banjir".encode("utf-16")).decode()),
        "Banjir",
    ),
    "NULs": (mail(f"{TEXT}Ban\0jir\0."), "Banjir."),
    "format=flowed": (
        mail("Content-Type: text/plain; format=flowed; delsp=no\n\nJalan rusak parah di \ndepan Pasar Melati.\n\nSejak Senin.\n-- \nSari\n"),
        "Jalan rusak parah di depan Pasar Melati.\n\nSejak Senin.",
    ),
    "PGP signed": (
        mail(f"{TEXT}-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nJalan rusak.\n-----BEGIN PGP SIGNATURE-----\n\nabc=\n-----END PGP SIGNATURE-----\n"),
        "Jalan rusak.",
    ),
    "PGP encrypted": (
        mail(mixed("Content-Type: application/pgp-encrypted\n\nVersion: 1", "Content-Type: application/octet-stream\n\nx", kind="encrypted")),
        "",
    ),
    "PGP encrypted in the text": (mail(f"{TEXT}-----BEGIN PGP MESSAGE-----\n\nhQEMA\n-----END PGP MESSAGE-----\n"), ""),
    "S/MIME signed": (
        mail(mixed(f"{TEXT}Jalan rusak.", "Content-Type: application/pkcs7-signature; name=smime.p7s\n\nMII=", kind="signed")),
        "Jalan rusak.",
    ),
    "S/MIME encrypted": (mail("Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: base64\n\nMII=\n"), ""),
    "a calendar invitation": (
        mail(mixed(f"{TEXT}Rapat RT.", "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR", kind="alternative")),
        "Rapat RT.",
    ),
    "uuencoded photo in the text": (
        mail(f"{TEXT}Lubang besar.\nbegin 644 foto.jpg\n#_]C_\n`\nend\nDi Jl Kenanga.\n"),
        "Lubang besar.\nDi Jl Kenanga.",
    ),
    "words that begin like uuencode": (mail(f"{TEXT}begin 644 kata\nbiasa saja\n"), "begin 644 kata\nbiasa saja"),
    "Gmail's HTML reply": (
        mail(
            HTML + '<div dir="ltr">Di depan pasar.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Pada Sel, 3 Mar'
            ' 2026 pukul 08.15 Layanan &lt;<a href="mailto:aduan@kota.example">aduan@kota.example</a>&gt; menulis:<br></div>'
            '<blockquote class="gmail_quote">Di mana?</blockquote></div>',
            OURS,
        ),
        "Di depan pasar.",
    ),
    "Outlook's HTML reply in a language nobody foresaw": (
        mail(
            HTML + "<p>Di depan pasar.</p><hr><div id='divRplyFwdMsg' dir=ltr><b>Von:</b> Layanan<br><b>Gesendet:</b> Dienstag<br>"
            "</div><div>Di mana?</div>",
            OURS,
        ),
        "Di depan pasar.",
    ),
    "Apple's HTML reply": (
        mail(HTML + "<div>Di depan pasar.</div><blockquote type=cite><div>On 3 Mar 2026, at 08.15, Layanan wrote:</div>Di mana?</blockquote>", OURS),
        "Di depan pasar.",
    ),
    "Yahoo's HTML reply": (
        mail(
            HTML + '<div>Di depan pasar.</div><div class="yahoo_quoted"><div>Pada Selasa, 3 Maret 2026 08.15.00 WIB, Layanan'
            " &lt;aduan@kota.example&gt; menulis:</div><div>Di mana?</div></div>"
        ),
        "Di depan pasar.",
    ),
    "Outlook's text reply, in English": (
        mail(f"{TEXT}Di depan pasar.\n\nFrom: Layanan <aduan@kota.example>\nSent: Tuesday, March 3, 2026 8:15 AM\nTo: Sari\nSubject: Jalan\n\nDi mana?\n"),
        "Di depan pasar.",
    ),
    "forwarded in the text": (
        mail(f"{TEXT}Mohon dibantu.\n\n---------- Forwarded message ---------\nDari: A <a@x.example>\nDate: Sen\nSubject: got\nTo: B\n\nGot mampet.\n"),
        "Mohon dibantu.\n\nGot mampet.",
    ),
    "forwarded as an attachment, in base64": (
        mail(
            mixed(
                f"{TEXT}Mohon dibantu.",
                "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n" + base64.b64encode(b"From: a@x.example\n\nGot mampet.").decode(),
            )
        ),
        "Mohon dibantu.\n\nGot mampet.",
    ),
    "forwarded with a header block of 40 kB": (
        mail(mixed("Content-Type: message/rfc822\n\nARC-Seal: " + "x" * 200 + "\n" + "ARC-X: y\n" * 4_000 + "\nGot mampet.")),
        "Got mampet.",
    ),
    "a header injected into the subject": (
        mail(f"{TEXT}Jalan.", "Subject: =?utf-8?Q?x=0D=0ABcc:_a=40b.example?=\n"),
        "Jalan.",
    ),
    "a part that says it is deeper than it is": (mail(mixed("Content-Type: multipart/mixed; boundary=b\n\nx", f"{TEXT}Jalan.")), "x\n\nJalan."),
    "an appointment declined by a person": (mail(f"{TEXT}Tidak bisa hadir, jalan rusak.", "Content-Class: urn:content-classes:calendarmessage\n"), "Tidak bisa hadir, jalan rusak."),
}  # fmt: skip

REFUSED: dict[str, tuple[bytes, str]] = {
    "absence, Indonesian": (mail("\nSaya cuti.", who="s@x.example").replace(b"Subject: Jalan", b"Subject: Balasan Otomatis: Re: x"), "auto-reply"),
    "absence, no colon": (mail("\nSaya cuti.").replace(b"Subject: Jalan", b"Subject: Out of Office"), "auto-reply"),
    "undelivered, without any header": (mail("\nx").replace(b"Subject: Jalan", b"Subject: Undelivered Mail Returned to Sender"), "bounce"),
    "read receipt": (mail(mixed("\nx", kind="report; report-type=disposition-notification")), "bounce"),
    "delivery report": (mail(mixed("\nx", kind="report; report-type=delivery-status")), "bounce"),
    "abuse report": (mail("Content-Type: message/feedback-report\n\nx"), "bounce"),
    "our own answer, redirected": (mail("\nx", "X-Tanggap-Tracking: JKT-0\n"), "own-address"),
    "our own address with a tag": (mail("\nx", who="Aduan+JKT@Kota.example"), "own-address"),
    "newsletter": (mail("\nx", "List-Unsubscribe-Post: List-Unsubscribe=One-Click\n"), "list"),
    "no From": (mail("\nx").replace(b"From:", b"Fron:"), "no-sender"),
    "nothing at all": (b"", "no-sender"),
    "From of nobody": (mail("\nx", who="<>"), "no-sender"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_is_filed(mailbox: Channel, name: str) -> None:
    raw, text = CASES[name]
    assert read(mailbox, raw).text == text


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused(mailbox: Channel, name: str) -> None:
    raw, reason = REFUSED[name]
    assert email.parse(mailbox, raw, PROVEN, "ses-1", NOW) == Ignored(reason)


@pytest.mark.parametrize(
    "words",
    [
        "Terima kasih atas email Anda. Saya sedang cuti sampai Senin.",
        "Pesan ini dikirim secara otomatis, mohon tidak membalas email ini.",
        "This is an automated response.",
        "I am currently out of the office.",
    ],
)
def test_an_absence_notice_without_a_mark_is_filed_but_not_answered(mailbox: Channel, words: str) -> None:
    assert not read(mailbox, mail(f"{TEXT}{words}", OURS)).answerable
    assert read(mailbox, mail(f"{TEXT}Lampu otomatis di taman mati, kantor lurah tutup karena cuti.")).answerable


class TestProof:
    @pytest.mark.parametrize("verdict", ["", "GRAY", "FAIL", "PROCESSING_FAILED"])
    def test_only_dmarc_proves_the_shown_address(self, mailbox: Channel, verdict: str) -> None:
        assert not read(mailbox, mail("\nx"), Verdicts(spf="PASS", dkim="PASS", dmarc=verdict)).verified

    @pytest.mark.parametrize(
        "who",
        [
            "sari@warga.example\nFrom: lain@warga.example",
            "sari@warga.example, lain@warga.example",
            '"lain@warga.example" <sari@warga.example>',
            "lain@warga.example <sari@warga.example>",
            "sari@warga.example (lain@warga.example)",
            "x" * 2_100 + " <sari@warga.example>",
            "sari@warga.example\n" + "\n".join(f"X-{n}: y" for n in range(2_100)) + "\nFrom: lain@warga.example",
        ],
        ids=lambda who: who[:40],
    )
    def test_two_names_for_one_sender_are_never_verified(self, mailbox: Channel, who: str) -> None:
        told = email.parse(mailbox, mail("\nx", who=who), PROVEN, "s", NOW)
        assert isinstance(told, Ignored) or not told.verified

    def test_another_sender_field_changes_nothing(self, mailbox: Channel) -> None:
        told = read(mailbox, mail("\nx", "Sender: lain@jahat.example\nReply-To: lain@jahat.example\n"))
        assert (told.sender, told.verified) == ("sari@warga.example", True)

    def test_letters_that_look_alike_are_another_sender(self, mailbox: Channel) -> None:
        for who in (
            "s\u0430ri@warga.example",
            "\u212aiki@warga.example",
        ):  # a Cyrillic a; a Kelvin sign, whose lower case is k
            told = read(mailbox, mail("\nx", who=who))
            assert not told.sender.isascii()
            assert not told.answerable


class TestFloods:
    def test_a_thousand_nested_parts(self, mailbox: Channel) -> None:
        body = f"{TEXT}di dalam"
        for level in range(1_000):
            body = f"Content-Type: multipart/mixed; boundary=b{level}\n\n--b{level}\n{body}\n--b{level}--\n"
        assert read(mailbox, mail(body)).text == ""

    def test_five_thousand_recipients(self, mailbox: Channel) -> None:
        to = ",\n ".join(f"Warga Nomor {n} <warga{n}@warga.example>" for n in range(5_000))
        raw = mail(f"Cc: {to}\n{TEXT}Jalan rusak.").replace(b"Message-ID: <1@warga.example>\r\n", b"")
        told = read(mailbox, raw.replace(b"\r\nContent-Type", b"\r\nMessage-ID: <akhir@warga.example>\r\nContent-Type"))
        assert (told.text, told.mail_id, told.verified) == ("Jalan rusak.", "akhir@warga.example", True)

    def test_forty_megabytes(self, mailbox: Channel) -> None:
        photo = "Content-Type: image/jpeg\nContent-Transfer-Encoding: base64\n\n"
        raw = mail(mixed(f"{TEXT}Jalan rusak.", photo)) + b"/9j/4AAQSkZJRgABAQAA\r\n" * 1_900_000
        start = time.process_time()
        told = read(mailbox, raw + b"\r\n--b--\r\n", key="k")
        assert told.text == "Jalan rusak."
        assert time.process_time() - start < 5  # 0.1 s here

    @pytest.mark.parametrize(
        "body",
        [
            "begin 644 a\nM" + "\n" * 300_000,
            "begin 644 a.jpg\n" + ("M" + "A" * 60 + "\n") * 30_000,
            "-----BEGIN PGP MESSAGE-----\n" * 8_000,
            "Dari: a Terkirim: " * 12_000,
            "Pada 3 Mar 2026 <a@b.example>\n" * 8_000,
            "email ini " * 25_000,
            "balasan otomatis " * 15_000,
            "> " * 100_000,
            "x" * 1_000_000,
        ],
        ids=lambda body: body[:20],
    )  # fmt: skip
    def test_texts_that_make_patterns_slow(self, mailbox: Channel, body: str) -> None:
        start = time.process_time()
        read(mailbox, mail(f"{TEXT}{body}"))
        read(mailbox, mail(f"Content-Type: text/plain; format=flowed\n\n{body}"))
        assert time.process_time() - start < 4


class TestSameMail:
    def test_another_way_here_is_the_same_mail(self, mailbox: Channel) -> None:
        raw = mail(f"{TEXT}Jalan rusak.")
        again = (
            b"Return-Path: <b@x.example>\r\nReceived: from z\r\nX-SES-Spam-Verdict: GRAY\r\nX-SES-RECEIPT: y\r\n" + raw
        )
        assert read(mailbox, raw).id == read(mailbox, again).id

    def test_a_copied_id_with_other_words_is_another_mail(self, mailbox: Channel) -> None:
        assert read(mailbox, mail(f"{TEXT}Jalan rusak.")).id != read(mailbox, mail(f"{TEXT}Jalan rusak!")).id


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not here")
@pytest.mark.parametrize(
    ("name", "text", "photos"),
    [
        ("broken_base64", "lihat lampiran", 1),
        ("charset_lie_cp1252_as_utf8", "Café di pojok, suhu 31°C, jalan rusak “parah”", 0),
        ("heic_named_jpg_inline", "Banjir", 1),
        ("reply_quoted_id", "Pompa sdh jalan pak, tp masih banjir se-lutut.", 0),
    ],
)
def test_the_shared_samples(mailbox: Channel, name: str, text: str, photos: int) -> None:
    told = read(mailbox, (SAMPLES / f"{name}.eml").read_bytes(), key="inbound/1")
    assert (told.text, len(told.photos)) == (text, photos)


@given(
    st.lists(
        st.sampled_from(["begin 644 a", "#_]C_", "`", "end", "--b", "Content-Type: image/png", "", "x ", "> y", "\x00"])
    )
)
def test_any_lines_in_any_wrapper(mailbox: Channel, lines: list[str]) -> None:
    for head in ("Content-Type: text/plain; format=flowed\n\n", "Content-Type: multipart/mixed; boundary=b\n\n", "\n"):
        assert email.parse(mailbox, mail(head + "\n".join(lines)), PROVEN, "", NOW, key="k") != Ignored("unreadable")

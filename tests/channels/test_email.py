"""Mail as messages: the golden corpus case by case, identity, proof, and mails made of noise."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.channels import email
from chalicelib.channels.email import Ignored, Verdicts
from chalicelib.channels.message import Message
from chalicelib.city.model import Channel

CORPUS = {path.stem: path.read_bytes() for path in sorted((Path(__file__).parent / "golden" / "email").glob("*.eml"))}
PROVEN = Verdicts(spam="PASS", virus="PASS", spf="PASS", dkim="PASS", dmarc="PASS")
NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)

REFUSED = {
    "autoreply_precedence": "auto-reply",
    "autoreply_rfc3834": "auto-reply",
    "autoreply_subject": "auto-reply",
    "autoreply_vacation": "auto-reply",
    "bounce_dsn": "bounce",
    "bounce_mailer_daemon": "bounce",
    "bounce_null_return_path": "bounce",
    "junk_between_headers": "auto-reply",
    "mailing_list": "list",
    "no_from": "no-sender",
    "our_own_mail": "own-address",
    "read_receipt": "bounce",
}
TEXTS = {
    "attachment_base64_broken": "Foto terlampir, lubang di Jl Kenanga.",
    "autoreply_said_no": "Jalan rusak di Gang Salak.",
    "bare_line_feeds": "Jalan rusak.\nDi Gang Salak.",
    "base64_broken": "Pohon tumbang di Jl AnggrekA",
    "base64_only_claimed": "Pohon tumbang di Jl Anggrek, menutup jalan.",
    "boundary_never_closed": "Got mampet di Gang Salak.",
    "boundary_never_used": "Got mampet di Gang Salak.",
    "charset_cp1252_called_utf8": "Trotoar di depan Café Teratai “hancur” sejak 3 hari.",
    "charset_is_no_text": "Banjir di Gang Delima.",
    "charset_unknown": "Banjir 30 cm — setinggi lutut.",
    "charset_utf16": "Banjir di Gang Delima.",
    "charset_utf8_called_latin1": "Ubin “lepas” di Kafé Teratai.",
    "date_nonsense": "Jalan rusak.",
    "empty_body": "",
    "encoded_words": "Banjir.",
    "formal_letter": (
        "Kepada Yth. Bapak Gubernur\nDari: warga RW 05\nPerihal: lampu jalan\n\nSalam hormat,\n\n"
        "Lampu jalan di depan Masjid Al-Melati mati sejak 1 Maret.\nMohon segera diperbaiki. Terima kasih."
    ),
    "forward_attached": "Selokan di RW 05 meluap ke jalan.",
    "forward_html_only": "Selokan di RW 05 meluap ke jalan.",
    "forward_inline": "Mohon ditindaklanjuti.\n\nSelokan di RW 05 meluap ke jalan.",
    "from_8bit": "Lubang besar.",
    "from_comment": "Atap halte bocor.",
    "html_and_blank_plain": "Sampah menumpuk di TPS Melati.",
    "html_only": "Sampah menumpuk di TPS Melati.\nSudah 4 hari & bau.",
    "html_reply_outlook": "Lokasinya di depan SDN Melati 2.",
    "no_blank_line": "",
    "no_boundary": "Got mampet di Gang Salak.",
    "no_message_id": "Atap halte Melati bocor.",
    "no_reply_sender": "Jalan rusak di Gang Salak.",
    "nul_bytes": "Jalan rusak di Gang Salak.",
    "part_without_headers": "Got mampet di Gang Salak.",
    "plain": "Lampu jalan di depan Pasar Melati mati sejak Senin.",
    "reply_english_below": "In front of Melati market.\n\nSince Monday.",
    "reply_indonesian": "Lokasinya di depan Pasar Melati.",
    "reply_only_quote": "",
    "reply_original_message": "Sudah sejak hari Senin.",
    "signature_dashes": "PKL menutup trotoar di depan Stasiun Melati.\n\nAlamat: Jl Kenanga 5",
    "silence_wanted": "Jalan rusak di Gang Salak.",
    "somebody_elses_address_as_name": "Atap halte bocor.",
    "text_after_photo": "Lubang ini\n\ndi Jl Kenanga depan nomor 5.",
    "thanks_then_place": "PKL menutup trotoar sejak pagi.\nTerima kasih.\nJl Sudirman depan halte Melati",
    "two_from": "Atap halte bocor.",
    "two_mailboxes_in_from": "Atap halte bocor.",
    "winmail": "",
}


def read(mailbox: Channel, raw: bytes | str, verdicts: Verdicts = PROVEN, ses_id: str = "ses-1") -> Message:
    message = email.parse(mailbox, CORPUS[raw] if isinstance(raw, str) else raw, verdicts, ses_id, NOW)
    assert isinstance(message, Message)
    return message


def test_every_golden_mail_has_an_expectation() -> None:
    assert CORPUS.keys() == REFUSED.keys() | TEXTS.keys()
    assert len(CORPUS) >= 25


@pytest.mark.parametrize(("name", "reason"), REFUSED.items())
def test_refused_and_never_answered(mailbox: Channel, name: str, reason: str) -> None:
    assert email.parse(mailbox, CORPUS[name], PROVEN, "ses-1", NOW) == Ignored(reason)


@pytest.mark.parametrize(("name", "text"), TEXTS.items())
def test_texts(mailbox: Channel, name: str, text: str) -> None:
    message = read(mailbox, name)
    assert message.text == text
    assert message.conversational
    assert message.channel == "email"
    assert message.sender == message.email


_FORWARD = "---------- Forwarded message ---------\nDari: Siti <s@x.example>\nDate: x\nSubject: x\nTo: Budi\n\nBATAL\n"


@pytest.mark.parametrize(
    ("body", "forwarded", "text"),
    [
        (_FORWARD, True, "BATAL"),
        (f"Dikirim dari iPhone saya\n\n{_FORWARD}", True, "BATAL"),
        (f"-- \nBudi\n\n{_FORWARD}", True, "--\nBudi\n\nBATAL"),
        (f"Terima kasih,\nBudi\n\n{_FORWARD}", True, "Terima kasih,\nBudi\n\nBATAL"),
        (f"BATAL\n\n{_FORWARD}", False, "BATAL\n\nBATAL"),
        (f"Mohon dicek.\n\n{_FORWARD}", False, "Mohon dicek.\n\nBATAL"),
        ("> BATAL JKT-7K3M-92QX-4HTC\n", True, "BATAL JKT-7K3M-92QX-4HTC"),
        ("BATAL JKT-7K3M-92QX-4HTC\n", False, "BATAL JKT-7K3M-92QX-4HTC"),
        ("", False, ""),
    ],
)
def test_what_is_only_passed_on_is_marked(mailbox: Channel, body: str, forwarded: bool, text: str) -> None:
    message = read(mailbox, f"From: budi@b.example\nSubject: Laporan\n\n{body}".encode())
    assert (message.forwarded, message.text) == (forwarded, text)


def test_a_mail_that_is_attached_is_passed_on(mailbox: Channel) -> None:
    assert [read(mailbox, name).forwarded for name in ("forward_attached", "forward_inline")] == [True, False]


class TestWhoWrites:
    @pytest.mark.parametrize(
        ("mail", "name", "sender"),
        [
            ("plain", "Sari Wulandari", "sari@warga.example"),
            ("from_comment", "Sari Wulandari", "sari@warga.example"),
            ("from_8bit", "Nurséha", "nurseha@warga.example"),
            ("encoded_words", "Siti Nurséha", "siti@warga.example"),
            ("formal_letter", "Sari Wulandari", "sari77@warga.example"),
            ("signature_dashes", "Sari", "0812@warga.example"),
            ("html_reply_outlook", "", "sari@warga.example"),
            ("two_from", "Sari", "sari@warga.example"),
            ("somebody_elses_address_as_name", "", "sari@warga.example"),
        ],
    )
    def test_name_and_address(self, mailbox: Channel, mail: str, name: str, sender: str) -> None:
        message = read(mailbox, mail)
        assert (message.name, message.sender) == (name, sender)

    def test_the_signatures_address(self, mailbox: Channel) -> None:
        assert read(mailbox, "formal_letter").address == "Jl Kenanga No 5 RT 02/05"

    @pytest.mark.parametrize(
        ("value", "sender"),
        [
            ('"a <b@c.example>" <d@e.example>', "d@e.example"),
            ("d@e.example (b@c.example)", "d@e.example"),
            ("<D@E.example>", "d@e.example"),
            ("Layanan: d@e.example;", "d@e.example"),
            ('"unclosed <d@e.example>', "d@e.example"),
            ("@e.example", None),
            ("sari", None),
            ("<>", None),
            ("a@b@c.example", "a@b"),
        ],
    )
    def test_odd_from_lines(self, mailbox: Channel, value: str, sender: str | None) -> None:
        message = email.parse(mailbox, f"From: {value}\r\n\r\nx".encode(), PROVEN, "", NOW)
        assert (message.sender if isinstance(message, Message) else None) == sender

    @pytest.mark.parametrize(
        ("mail", "verified"),
        [
            ("plain", True),
            ("two_from", False),
            ("two_mailboxes_in_from", False),
            ("somebody_elses_address_as_name", False),
        ],
    )
    def test_more_than_one_from_is_never_verified(self, mailbox: Channel, mail: str, verified: bool) -> None:
        assert read(mailbox, mail).verified is verified

    def test_an_unproven_sender_is_filed_all_the_same(self, mailbox: Channel) -> None:
        for verdicts in (Verdicts(), Verdicts(dmarc="FAIL", spf="PASS", dkim="PASS"), Verdicts(spam="GRAY")):
            assert not read(mailbox, "plain", verdicts).verified

    @pytest.mark.parametrize(
        ("mail", "answerable"), [("plain", True), ("silence_wanted", False), ("no_reply_sender", False)]
    )
    def test_who_can_be_answered(self, mailbox: Channel, mail: str, answerable: bool) -> None:
        assert read(mailbox, mail).answerable is answerable

    def test_our_other_addresses(self, mailbox: Channel) -> None:
        mail = b"From: Balasan <Balasan+JKT@kota.example>\r\n\r\nx"
        assert isinstance(email.parse(mailbox, mail, PROVEN, "", NOW), Message)
        assert email.parse(mailbox, mail, PROVEN, "", NOW, own=["balasan@kota.example"]) == Ignored("own-address")


@pytest.mark.parametrize(
    ("verdicts", "reason"),
    [
        (Verdicts(spam="FAIL"), "spam"),
        (Verdicts(virus="FAIL"), "virus"),
        (Verdicts(spam="FAIL", virus="FAIL"), "virus"),
    ],
)
def test_spam_and_viruses(mailbox: Channel, verdicts: Verdicts, reason: str) -> None:
    assert email.parse(mailbox, CORPUS["plain"], verdicts, "ses-1", NOW) == Ignored(reason)


class TestIdentity:
    def test_a_second_delivery_is_the_same_mail(self, mailbox: Channel) -> None:
        again = b"Return-Path: <sari@warga.example>\r\nReceived: from b\r\n" + CORPUS["plain"]
        assert read(mailbox, again, ses_id="ses-2").id == read(mailbox, "plain").id

    @pytest.mark.parametrize(
        ("old", "new"), [(b"mati", b"nyala"), (b"sari@", b"lain@"), (b"Subject: Lampu", b"Subject: Tiang")]
    )
    def test_a_copied_message_id_swallows_nothing(self, mailbox: Channel, old: bytes, new: bytes) -> None:
        forged = CORPUS["plain"].replace(old, new)
        assert b"Message-ID: <plain@warga.example>" in forged
        assert read(mailbox, forged).id != read(mailbox, "plain").id

    def test_without_a_message_id(self, mailbox: Channel) -> None:
        assert read(mailbox, "no_message_id").id == "ses-1"
        assert read(mailbox, "no_message_id", ses_id="").id == read(mailbox, "no_message_id", ses_id="").id != ""

    def test_the_thread(self, mailbox: Channel) -> None:
        assert read(mailbox, "reply_indonesian").answers == ("out-1@kota.example", "out-0@kota.example")
        assert read(mailbox, "plain").answers == ()
        assert read(mailbox, "plain").mail_id == "plain@warga.example"
        assert read(mailbox, "no_message_id").mail_id == ""

    def test_subject_and_date(self, mailbox: Channel) -> None:
        assert read(mailbox, "encoded_words").subject == "Banjir 🌊 parah!"
        assert read(mailbox, "from_8bit").subject == "Jalan rusak di Kafé"
        assert read(mailbox, "plain").sent_at == datetime(2026, 3, 3, 1, 20, tzinfo=UTC)
        assert read(mailbox, "date_nonsense").sent_at is None

    @pytest.mark.parametrize(
        ("written", "read_as"),
        [
            ("Tue, 3 Mar 2026 08:20:00 +0700 (WIB)", (1, 20)),
            ("3 Mar 2026 08:20:00", (1, 20)),
            ("Tue, 03 Mar 2026 01:20:00 -0000", (1, 20)),
            ("2026-03-03T08:20:00+07:00", (1, 20)),
        ],
    )
    def test_dates(self, mailbox: Channel, written: str, read_as: tuple[int, int]) -> None:
        message = read(mailbox, f"From: a@b.example\r\nDate: {written}\r\n\r\nx".encode())
        assert message.sent_at == datetime(2026, 3, 3, *read_as, tzinfo=UTC)

    @pytest.mark.parametrize(
        "written", ["", "x", "Tue, 99 Mar 2026 99:99:99 +9999", "Tue, 3 Mar 99999 08:20:00 +0700", "0"]
    )
    def test_dates_that_are_none(self, mailbox: Channel, written: str) -> None:
        assert read(mailbox, f"From: a@b.example\r\nDate: {written}\r\n\r\nx".encode()).sent_at is None


def test_a_huge_mail_is_bounded(mailbox: Channel) -> None:
    message = read(mailbox, b"From: a@b.example\r\n\r\n" + b"jalan rusak " * 1_000_000)
    assert len(message.text) == 20_000
    assert len(message.raw) == 65_536


@given(st.binary(max_size=2_000), st.text())
def test_random_bytes_never_raise(mailbox: Channel, raw: bytes, ses_id: str) -> None:
    for mail in (raw, b"From: a@b.example\r\n" + raw):
        message = email.parse(mailbox, mail, PROVEN, ses_id, NOW)
        assert message != Ignored("unreadable")


@settings(max_examples=300)
@given(st.sampled_from(sorted(CORPUS)), st.integers(0), st.integers(0, 60))
def test_mutated_mails_never_raise(mailbox: Channel, name: str, seed: int, changes: int) -> None:
    chance, mail = random.Random(seed), bytearray(CORPUS[name])
    for _ in range(changes):
        at = chance.randrange(len(mail) + 1)
        mail[at : at + chance.randrange(4)] = chance.choice(
            [b"", b"\r\n", b"\0", b"=", b'"', b"<", b"\xff", b"--b\r\n", b": ", b"=?utf-8?B?"]
        )
    message = email.parse(mailbox, bytes(mail), PROVEN, "ses-1", NOW)
    assert message != Ignored("unreadable")
    if isinstance(message, Message):
        assert "\0" not in message.text
        msgspec.json.encode(message)

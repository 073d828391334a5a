"""Which report a mail is about, and the marks on our answers that tell."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from chalicelib.channels import email, threads
from chalicelib.channels.email import Verdicts
from chalicelib.channels.message import Message
from chalicelib.city.model import Channel
from chalicelib.domain import tracking
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders import SendRefused
from chalicelib.outbound.senders import email as sender
from chalicelib.outbound.senders.outgoing import Outgoing

PROVEN = Verdicts(spam="PASS", virus="PASS", spf="PASS", dkim="PASS", dmarc="PASS")
NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
ONE, TWO, THREE = (tracking.derive(b"k" * 32, "JKT", "email", "sari", number) for number in "123")
OURS = "lapor@kota.example"


def about(mailbox: Channel, head: str, recipients: tuple[str, ...] = (), prefix: str = "JKT") -> str:
    raw = f"From: sari@warga.example\r\n{head}\r\n\r\nSudah diperbaiki.".encode()
    told = email.parse(mailbox, raw, PROVEN, "s", NOW, prefix=prefix, recipients=recipients)
    assert isinstance(told, Message)
    return told.about


class TestAbout:
    @pytest.mark.parametrize(
        ("head", "expected"),
        [
            ("Subject: Jalan rusak", ""),
            (f"Subject: Re: Jalan rusak [{ONE}]", ONE),
            (f"Subject: re: {ONE.lower()}", ONE),
            (f"Subject: =?utf-8?Q?Re:_[{ONE}]?=", ONE),
            (f"Subject: Re: {ONE[:-1]}{'0' if ONE[-1] != '0' else '1'}", ""),  # the check character does not fit
            (f"Subject: Re: x{ONE}y", ""),
            (f"Subject: Re: ABC-1234-1234-1234, bukan itu: {ONE}", ONE),
            (f"To: Layanan <lapor+{ONE.lower()}@kota.example>", ONE),
            (f"Cc: lain@x.example, LAPOR+{ONE}@kota.example", ONE),
            (f"Delivered-To: lapor+{ONE.lower()}@kota.example", ONE),
            ("To: lapor+lain@kota.example", ""),
            (f"In-Reply-To: <{threads.message_id(ONE, 'a#1', 'kota.example')}>", ONE),
            (f"References: <lain@x.example> <{threads.message_id(ONE, 'a#1', 'kota.example')}>", ONE),
            ("In-Reply-To: <010e01-abc@ap-southeast-3.amazonses.com>", ""),
        ],
    )
    def test_by_address_thread_or_subject(self, mailbox: Channel, head: str, expected: str) -> None:
        assert about(mailbox, head) == expected

    def test_the_surest_mark_counts(self, mailbox: Channel) -> None:
        subject, thread = f"Subject: Re: {THREE}", f"In-Reply-To: <{threads.message_id(TWO, 'a', 'kota.example')}>"
        assert about(mailbox, f"{subject}\r\n{thread}", (f"lapor+{ONE.lower()}@kota.example",)) == ONE
        assert about(mailbox, f"{subject}\r\n{thread}") == TWO
        assert about(mailbox, subject) == THREE

    def test_another_citys_number_is_none(self, mailbox: Channel) -> None:
        assert about(mailbox, f"Subject: {ONE}", prefix="BDG") == ""
        assert about(mailbox, f"Subject: {ONE}", prefix="") == ONE


class TestMarks:
    @pytest.mark.parametrize(
        ("theirs", "expected"),
        [
            ("Jalan rusak", f"Re: Jalan rusak [{ONE}]"),
            (f"Re: RE: Bls: Jalan rusak [{ONE}]", f"Re: Jalan rusak [{ONE}]"),
            (f"Re: [{TWO}] Jalan rusak", f"Re: Jalan rusak [{ONE}]"),
            (f"Laporan {ONE}", f"Re: Laporan {ONE}"),
            ("", f"Diterima [{ONE}]"),
            ("Re:", f"Diterima [{ONE}]"),
        ],
    )
    def test_the_subject(self, theirs: str, expected: str) -> None:
        assert threads.answer_subject(theirs, ONE, "Diterima") == expected

    def test_our_own_subject_is_not_numbered_twice(self) -> None:
        assert threads.answer_subject("", ONE, f"Laporan {ONE} diterima") == f"Laporan {ONE} diterima"

    def test_the_tagged_address(self) -> None:
        assert threads.tagged(OURS, ONE) == f"lapor+{ONE.lower()}@kota.example"
        assert threads.tagged("lapor+x@kota.example", ONE) == "lapor+x@kota.example"
        assert threads.tagged("l" * 60 + "@kota.example", ONE) == "l" * 60 + "@kota.example"


class _Ses:
    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def send_email(self, **arguments: Any) -> dict[str, Any]:
        self.sent.append(arguments)
        return {"MessageId": "0100"}


def outgoing(mailbox: Channel, **to: str) -> Outgoing:
    return Outgoing(
        id=f"{ONE}#3", channel=mailbox, secrets={}, to=Sealed(**to), tracking=ONE, event="accepted", lang="id",
        short="", chat="", subject=f"Laporan {ONE}", body="Sedang dikerjakan.", heard_at=NOW, now=NOW,
    )  # fmt: skip


class TestAnswer:
    def test_it_comes_back_to_its_report(self, mailbox: Channel) -> None:
        ses = _Ses()
        told = outgoing(mailbox, email="sari@warga.example", message_id="2@warga.example", subject="Re: Jalan rusak")
        assert sender.answer(told, ses, sender=OURS, earlier=("1@warga.example", "out-1@kota.example")).id == "0100"
        mail = message_from_bytes(ses.sent[0]["Content"]["Raw"]["Data"], policy=default)
        assert mail["Subject"] == f"Re: Jalan rusak [{ONE}]"
        assert mail["Auto-Submitted"] == "auto-replied"
        assert mail["In-Reply-To"] == "<2@warga.example>"
        assert mail["References"].split() == ["<1@warga.example>", "<out-1@kota.example>", "<2@warga.example>"]
        for name in ("Message-ID", "Reply-To", "Subject"):
            head = {"Message-ID": "In-Reply-To", "Reply-To": "To"}.get(name, name)
            assert about(mailbox, f"{head}: {mail[name]}") == ONE
        again = _Ses()
        sender.answer(told, again, sender=OURS, earlier=("1@warga.example", "out-1@kota.example"))
        assert again.sent == ses.sent, "a second try is the same mail"

    def test_without_a_mail_of_theirs_it_begins_a_thread(self, mailbox: Channel) -> None:
        ses = _Ses()
        sender.answer(outgoing(mailbox, email="sari@warga.example"), ses, sender=OURS)
        mail = message_from_bytes(ses.sent[0]["Content"]["Raw"]["Data"], policy=default)
        assert (mail["Subject"], mail["In-Reply-To"], mail["References"]) == (f"Laporan {ONE}", None, None)

    def test_without_an_address(self, mailbox: Channel) -> None:
        with pytest.raises(SendRefused):
            sender.answer(outgoing(mailbox), _Ses(), sender=OURS)

    def test_our_answer_coming_back_is_refused(self, mailbox: Channel) -> None:
        ses = _Ses()
        sender.answer(outgoing(mailbox, email="sari@warga.example"), ses, sender=OURS)
        raw = ses.sent[0]["Content"]["Raw"]["Data"]
        assert email.parse(mailbox, raw, PROVEN, "s", NOW) == email.Ignored("own-address")

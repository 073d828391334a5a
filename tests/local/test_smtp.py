"""The local SMTP port takes what SES takes: any line, up to the size of a mail."""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Iterator

import pytest

from local.smtp import LIMIT, Inbound

HEAD = b"From: sari@warga.example\r\nTo: lapor@kota.example\r\nSubject: "


class Port:
    """A port of our own, and what it stored."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.stored: list[bytes] = []
        self.inbound = Inbound(
            port=self.port,
            bucket="surat",
            topic_arn="arn:aws:sns:ap-southeast-3:0:t",
            store=lambda _key, raw: self.stored.append(raw),
            tell=lambda _notice: None,
        )

    def send(self, mail: bytes) -> None:
        with smtplib.SMTP("127.0.0.1", self.port, timeout=60) as smtp:
            smtp.sendmail("sari@warga.example", ["lapor@kota.example"], mail)


@pytest.fixture(scope="module")
def port() -> Iterator[Port]:
    port = Port()
    port.inbound.start()
    yield port
    port.inbound.stop()


@pytest.mark.parametrize(
    "mail",
    [
        HEAD + b"x\r\n\r\n" + b"lampu mati " * 200,
        HEAD + b"x\r\n\r\n" + b"a" * 1_000_000 + b"\r\n.titik\r\n" + b"b" * 70_000,
        HEAD + b"s" * 1_000_000 + b"\r\n\r\nlampu mati",
        HEAD + b"x\r\n\r\n" + "lampu mati é ".encode() * 1_000,
    ],
    ids=["a long line", "two very long ones", "a long header", "8 bit"],
)
def test_lines_of_any_length(port: Port, mail: bytes) -> None:
    port.send(mail)
    assert port.stored.pop().endswith(mail + b"\r\n")


def test_a_mail_of_the_greatest_size_in_one_line(port: Port) -> None:
    port.send(HEAD + b"x\r\n\r\n" + b"a" * (LIMIT - 1_000))
    assert len(port.stored.pop()) > LIMIT - 1_000
    with pytest.raises(smtplib.SMTPSenderRefused):
        port.send(HEAD + b"x\r\n\r\n" + b"a" * LIMIT)
    assert port.stored == []

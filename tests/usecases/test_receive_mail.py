"""The way from SES's notice to the one who hears it: what the mail's place and recipients become."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any, cast

import pytest

from chalicelib import city as packs
from chalicelib.channels.message import Message
from chalicelib.channels.ses_notice import Notice, Verdicts
from chalicelib.domain import tracking
from chalicelib.usecases import receive_mail
from chalicelib.usecases.desk import Desk

NUMBER = tracking.derive(b"k" * 32, "JKT", "email", "sari", "1")
RAW = b"From: sari@warga.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nLampu mati.\n--b\nContent-Type: image/jpeg\n\n\xff\xd8\xff\n--b--"


class _Bucket:
    def get_object(self, **where: str) -> dict[str, Any]:
        assert where == {"Bucket": "surat", "Key": "inbound/a+b"}
        return {"Body": io.BytesIO(RAW)}


def test_pictures_are_named_by_the_key_and_the_report_by_the_recipient(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[Message] = []

    def hear(_desk: Desk, message: Message, *, seed: str) -> Any:
        heard.append(message)
        return SimpleNamespace(report=SimpleNamespace(tracking="JKT-1"), what="", new=True)

    monkeypatch.setattr(receive_mail, "hear", hear)
    desk = SimpleNamespace(
        city=packs.load("jakarta"), settings=SimpleNamespace(mail_from="lapor@kota.example"), now=lambda: None
    )
    notice = Notice("surat", "inbound/a+b", Verdicts(dmarc="PASS"), "ses-1", (f"lapor+{NUMBER.lower()}@kota.example",))
    assert receive_mail.receive_mail(cast(Desk, desk), notice, _Bucket(), seed="s") == "JKT-1"
    (message,) = heard
    assert (message.photos, message.about, message.verified) == (("mail:inbound/a+b#0",), NUMBER, True)

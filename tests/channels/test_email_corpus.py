"""A thousand mails and more, made from what mailers and attackers do: each is filed or refused, none raises."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.channels import email
from chalicelib.channels.attachments import attachments
from chalicelib.channels.email import Ignored, Verdicts
from chalicelib.city.model import Channel
from tests.channels import mails

PROVEN = Verdicts(spam="PASS", virus="PASS", spf="PASS", dkim="PASS", dmarc="PASS")
NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
COUNT, SLICES = 1_500, 15


@pytest.mark.parametrize("slice_number", range(SLICES))
def test_every_made_mail_is_filed_or_refused_as_expected(mailbox: Channel, slice_number: int) -> None:
    for number in range(slice_number, COUNT, SLICES):
        mail = mails.made(number)
        told = email.parse(mailbox, mail.raw, PROVEN, "ses-1", NOW, key="inbound/a", prefix="JKT")
        if mail.refused:
            assert told == Ignored(mail.refused), number
            continue
        assert not isinstance(told, Ignored), (number, told)
        assert mail.mark in told.text, (number, told.text, mail.raw)
        assert mails.OLD not in told.text, (number, told.text, mail.raw)
        assert not [words for words in mails.SIGNED if words in told.text], (number, told.text)
        assert len(told.photos) == mail.pictures, number
        for photo in told.photos:
            (file,) = attachments(mail.raw, only=int(photo.rpartition("#")[2]))
            assert file.content == mails.PICTURE
            assert "/" not in file.filename
            assert "\\" not in file.filename

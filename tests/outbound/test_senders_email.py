"""Mails as composed: marked as automatic, threaded, and impossible to smuggle anything into; and what SES's errors mean."""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

import botocore.session
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import email as inbound
from chalicelib.city.model import Channel
from chalicelib.outbound.senders import SendFailed, SendRefused, Sent, email

SENDER, TO = "aduan@kota.example", "sari@warga.example"


def composed(**changes: Any) -> EmailMessage:
    values: dict[str, Any] = {"sender": SENDER, "to": TO, "subject": "Laporan diterima", "text": "Terima kasih."}
    return cast(EmailMessage, message_from_bytes(email.compose(**values | changes), policy=default))


def text_of(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


class TestCompose:
    def test_a_whole_answer(self) -> None:
        mail = composed(
            subject="Laporan diterima – é",
            text="Bapak/Ibu,\n\nlaporan sudah kami terima – é.\n" + "panjang " * 300,
            in_reply_to="plain@warga.example",
            references=("out-1@kota.example",),
            message_id="<out-2@kota.example>",
            tracking="JKT-7K3M-92QX-4HTC",
        )
        assert dict(mail.items()) == {
            "From": SENDER,
            "To": TO,
            "Reply-To": SENDER,
            "Subject": "Laporan diterima – é",
            "Auto-Submitted": "auto-replied",
            "X-Auto-Response-Suppress": "All",
            "Message-ID": "<out-2@kota.example>",
            "In-Reply-To": "<plain@warga.example>",
            "References": "<out-1@kota.example> <plain@warga.example>",
            "X-Tanggap-Tracking": "JKT-7K3M-92QX-4HTC",
            "Content-Type": 'text/plain; charset="utf-8"',
            "Content-Transfer-Encoding": "quoted-printable",
            "MIME-Version": "1.0",
        }
        text = text_of(mail)
        assert text.startswith("Bapak/Ibu,\n\nlaporan sudah kami terima – é.\n")
        assert text.count("panjang") == 300

    def test_lines_fit_smtp(self) -> None:
        raw = email.compose(
            sender=SENDER,
            to=TO,
            subject="é" * 500,
            text="x" * 5_000,
            references=tuple(f"{'r' * 190}{number}@x.example" for number in range(30)),
            in_reply_to="last@x.example",
        )
        assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
        assert b"\n" not in raw.replace(b"\r\n", b"")
        references = message_from_bytes(raw, policy=default)["References"].split()
        assert references[-1] == "<last@x.example>"
        assert all(one.endswith("@x.example>") for one in references)

    @pytest.mark.parametrize("field", ["subject", "in_reply_to", "message_id", "tracking"])
    @pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "\0"])
    def test_no_header_can_be_added(self, field: str, end: str) -> None:
        evil = f"a{end}Bcc: victim@x.example{end}{end}<b>body"
        mail = composed(**{field: evil})
        assert mail["Bcc"] is None
        assert text_of(mail) == "Terima kasih.\n"
        assert set(mail.keys()) <= {*composed().keys(), "X-Tanggap-Tracking"}

    @given(st.text(), st.text())
    def test_any_subject_and_text(self, subject: str, text: str) -> None:
        mail = composed(subject=subject + "\ud800", text=text + "\ud800", tracking=subject)
        assert set(mail.keys()) <= {*composed().keys(), "X-Tanggap-Tracking"}
        assert mail["To"] == TO

    @pytest.mark.parametrize("field", ["to", "sender", "reply_to"])
    @pytest.mark.parametrize(
        "address",
        [
            "x",
            "a@",
            "@b",
            "a@b, c@d",
            "a@b c@d",
            "<a@b>",
            "A <a@b>",
            "a@b\r\nBcc: c@d",
            "a@b\n",
            "a@b@c",
            "é@b.example",
            "a@b..example",
            '"a b"@c',
        ],
    )
    def test_an_address_is_one_address(self, field: str, address: str) -> None:
        with pytest.raises(SendRefused):
            composed(**{field: address})

    @pytest.mark.parametrize("message_id", ["", "a b", "<>", "a>b", "é", "x" * 201])
    def test_a_malformed_message_id_is_left_out(self, message_id: str) -> None:
        mail = composed(in_reply_to=message_id, references=(message_id, "good@x.example"), message_id=message_id)
        assert (mail["In-Reply-To"], mail["Message-ID"], mail["References"]) == (None, None, "<good@x.example>")

    def test_our_own_reader_takes_it_for_automatic(self) -> None:
        raw = email.compose(sender=SENDER, to=TO, subject="x", text="y")
        channel = Channel(id="email", label={}, group="x", adapter="email", geo_tagged=False)
        assert inbound.parse(channel, raw, inbound.Verdicts(), "", datetime.now(UTC)) == inbound.Ignored("auto-reply")


@pytest.fixture(scope="module")
def ses() -> Any:
    return botocore.session.get_session().create_client(
        "sesv2",
        region_name="ap-southeast-3",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"total_max_attempts": 1}),
    )


class TestSend:
    RAW = email.compose(sender=SENDER, to=TO, subject="x", text="y")

    def test_one_recipient(self, ses: Any) -> None:
        expected = {
            "FromEmailAddress": SENDER,
            "Destination": {"ToAddresses": [TO]},
            "Content": {"Raw": {"Data": self.RAW}},
        }
        with Stubber(ses) as stub:
            stub.add_response("send_email", {"MessageId": "0100"}, expected)
            assert email.send(ses, sender=SENDER, to=TO, raw=self.RAW) == Sent("0100")

    def test_never_two(self, ses: Any) -> None:
        with pytest.raises(SendRefused):
            email.send(ses, sender=SENDER, to=f"{TO}, other@x.example", raw=self.RAW)

    @pytest.mark.parametrize("code", ["MessageRejected", "BadRequestException"])
    def test_refused(self, ses: Any, code: str) -> None:
        with Stubber(ses) as stub:
            stub.add_client_error("send_email", code, f"{TO} is refused", 400)
            with pytest.raises(SendRefused) as caught:
                email.send(ses, sender=SENDER, to=TO, raw=self.RAW)
        assert caught.value.reason == f"SES: {code}"

    @pytest.mark.parametrize(
        "code",
        [
            "AccountSuspendedException",
            "SendingPausedException",
            "MailFromDomainNotVerifiedException",
            "LimitExceededException",
            "TooManyRequestsException",
            "NotFoundException",
            "AccessDeniedException",
            "InternalServiceErrorException",
            "SomethingNew",
        ],
    )
    def test_later(self, ses: Any, code: str) -> None:
        with Stubber(ses) as stub:
            stub.add_client_error("send_email", code, "x", 400)
            with pytest.raises(SendFailed):
                email.send(ses, sender=SENDER, to=TO, raw=self.RAW)

    @pytest.mark.parametrize(
        "error",
        [
            ConnectTimeoutError(endpoint_url="https://x.example"),
            EndpointConnectionError(endpoint_url="https://x.example"),
            ClientError({}, "SendEmail"),
        ],
    )
    def test_no_connection_and_odd_errors(self, error: Exception) -> None:
        class Client:
            def send_email(self, **arguments: Any) -> dict[str, Any]:
                raise error

        with pytest.raises(SendFailed):
            email.send(Client(), sender=SENDER, to=TO, raw=self.RAW)


@pytest.mark.parametrize("code", ["TooManyRequestsException", "MessageRejected"])
def test_a_provider_s_words_stay_out_of_the_log(code: str) -> None:
    class Ses:
        def send_email(self, **_: Any) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": code, "Message": f"for {TO}"}}, "SendEmail")

    with pytest.raises((SendFailed, SendRefused)) as raised:
        email.send(Ses(), sender=SENDER, to=TO, raw=b"")
    assert TO not in "".join(traceback.format_exception(raised.value))

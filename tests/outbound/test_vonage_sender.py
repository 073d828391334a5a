"""Answers by Vonage: what is asked of it, and what its status codes mean."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qs

import msgspec
import pytest

from chalicelib.city.model import Channel
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders import SendFailed, SendRefused, Sent, vonage
from chalicelib.outbound.senders.outgoing import Outgoing
from local.fakes import sms_vonage
from local.fakes.call import Call
from local.outbox import Outbox
from tests.outbound.test_senders_http import NOW, Provider

CHANNEL = Channel(
    id="sms-vonage",
    label={"id": "SMS"},
    group="surat-elektronik",
    adapter="vonage",
    geo_tagged=False,
    outbound={"base": "https://api.invalid", "user": "api_key", "password": "api_secret", "sender": "from_number"},
)
SECRETS = {"api_key": "k3y", "api_secret": "s3cret", "from_number": "6280000001710"}
OK = {"message-count": "1", "messages": [{"to": "62", "message-id": "0A7", "status": "0"}]}


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    provider.status, provider.body = 200, json.dumps(OK).encode()
    yield provider
    provider.server.shutdown()
    provider.server.server_close()


def outgoing(url: str, text: str = "Laporan JKT-7K3M-92QX-4HTC diterima.", phone: str = "+6281200000171") -> Outgoing:
    return Outgoing(
        id="JKT-7K3M-92QX-4HTC#2",
        channel=CHANNEL,
        secrets={**SECRETS, "base_url": url},
        to=Sealed(phone=phone),
        tracking="JKT-7K3M-92QX-4HTC",
        event="received",
        lang="id",
        short=text,
        chat="",
        subject="",
        body="",
        heard_at=NOW,
        now=NOW,
    )


def test_what_vonage_gets(provider: Provider) -> None:
    assert vonage.send(outgoing(provider.url)) == Sent("0A7")
    assert provider.call["method"] == "POST"
    assert provider.call["path"] == "/sms/json"
    assert provider.call["headers"]["content-type"] == "application/x-www-form-urlencoded"
    assert parse_qs(provider.call["body"].decode()) == {
        "api_key": ["k3y"],
        "api_secret": ["s3cret"],
        "from": ["6280000001710"],
        "to": ["6281200000171"],
        "text": ["Laporan JKT-7K3M-92QX-4HTC diterima."],
        "client-ref": ["JKT-7K3M-92QX-4HTC#2"],
    }


@pytest.mark.parametrize(
    ("text", "kind"), [("biasa @ {€}", None), ("banjir 🌊", ["unicode"]), ("curly ’", ["unicode"])]
)
def test_what_gsm7_does_not_hold_is_said_to_be_unicode(provider: Provider, text: str, kind: list[str] | None) -> None:
    vonage.send(outgoing(provider.url, text))
    fields = parse_qs(provider.call["body"].decode())
    assert (fields["text"], fields.get("type")) == ([text], kind)


@pytest.mark.parametrize("status", ["2", "3", "6", "7", "12", "22", "33"])
def test_never(provider: Provider, status: str) -> None:
    provider.body = json.dumps({"messages": [{"status": status, "error-text": "to 6281200000171"}]}).encode()
    with pytest.raises(SendRefused) as caught:
        vonage.send(outgoing(provider.url))
    assert caught.value.reason == f"Vonage: status {status}"


@pytest.mark.parametrize(
    ("status", "after"), [("1", 1.0), ("4", None), ("5", None), ("8", None), ("9", None), ("15", None), ("99", None)]
)
def test_later(provider: Provider, status: str, after: float | None) -> None:
    provider.body = json.dumps({"messages": [{"status": status, "error-text": "6281200000171"}]}).encode()
    with pytest.raises(SendFailed) as caught:
        vonage.send(outgoing(provider.url))
    assert caught.value.retry_after == after
    assert "62812" not in caught.value.reason


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b'{"messages": []}', b'{"messages": [{}]}', b"\xff", b'{"messages": 1}']
)
def test_answers_that_say_nothing(provider: Provider, body: bytes) -> None:
    provider.body = body
    with pytest.raises(SendFailed):
        vonage.send(outgoing(provider.url))


def test_a_first_segment_that_went_out_does_not_go_out_twice(provider: Provider) -> None:
    provider.body = b'{"messages": [{"status": 0, "message-id": "1"}, {"status": "1"}]}'
    assert vonage.send(outgoing(provider.url)) == Sent("1")


@pytest.mark.parametrize(
    ("status", "error"), [(500, SendFailed), (429, SendFailed), (401, SendFailed), (400, SendRefused)]
)
def test_http_errors(provider: Provider, status: int, error: type[Exception]) -> None:
    provider.status, provider.headers = status, {"Retry-After": "7"}
    with pytest.raises(error) as caught:
        vonage.send(outgoing(provider.url))
    assert getattr(caught.value, "retry_after", 7.0) == 7.0


def test_without_phone_or_secret(provider: Provider) -> None:
    with pytest.raises(SendRefused):
        vonage.send(outgoing(provider.url, phone=""))
    bare = msgspec.structs.replace(outgoing(provider.url), secrets={"base_url": provider.url})
    with pytest.raises(SendFailed, match="api_key"):
        vonage.send(bare)
    assert provider.calls == []


def test_the_played_provider_speaks_the_same(provider: Provider) -> None:
    """What the sender sends is what local/fakes takes, and the fake's answers are what the sender understands."""
    out = outgoing(provider.url, "Diterima 🌊")
    vonage.send(out)
    outbox = Outbox()

    def played(secrets: dict[str, str], **change: str) -> bytes:
        path = tuple(provider.call["path"].strip("/").split("/"))
        call = Call(
            name="sms-vonage",
            method="POST",
            path=path,
            query={},
            headers=provider.call["headers"],
            body=provider.call["body"],
            secrets=secrets,
            outbox=outbox,
            now=NOW,
        )
        return sms_vonage.answer(call)[2]

    good = played(SECRETS)
    bad = played({**SECRETS, "api_secret": "other"})
    (item,) = outbox.newest({})
    assert (item["channel"], item["to"], item["text"]) == ("sms-vonage", "+6281200000171", "Diterima 🌊")
    provider.calls.clear()
    provider.body = good
    assert vonage.send(out).id
    provider.body = bad
    with pytest.raises(SendFailed, match="status 4"):
        vonage.send(out)

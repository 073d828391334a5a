"""X's sender: the OAuth 1.0a signature against published vectors, replies and messages against the played API."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chalicelib.city.model import Channel
from chalicelib.outbound.media import x as media
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders import SendFailed, SendRefused, oauth1, x
from chalicelib.outbound.senders.call import Answer
from chalicelib.outbound.senders.outgoing import Outgoing
from tests.outbound.played import Played

KEYS = dict.fromkeys(("consumer_key", "consumer_secret", "access_token", "access_token_secret"), "k")
CHANNEL = Channel(
    id="x",
    label={"id": "X"},
    group="media-sosial",
    adapter="x",
    geo_tagged=False,
    outbound={"base": "https://api.x.invalid", "account": "user_id"},
)


def outgoing(secrets: dict[str, str], **changes: Any) -> Outgoing:
    now = datetime.now(UTC)
    answer = Outgoing(
        id="JKT-2K7M-94XQ-31HT#2",
        channel=CHANNEL,
        secrets=secrets,
        to=Sealed(user="3510000000000000777", post="1900000000000000001"),
        tracking="JKT-2K7M-94XQ-31HT",
        event="received",
        lang="id",
        short="Laporan diterima.",
        chat="Laporan JKT-2K7M-94XQ-31HT diterima. Nama & alamat?",
        subject="",
        body="",
        public="Terima kasih, laporan Anda kami terima.",
        heard_at=now,
        now=now,
    )
    return msgspec.structs.replace(answer, **changes)


# Published by X ("Creating a signature"; the keys are public examples), for the address of version 1.1 and the older one.
EXAMPLE = [
    ("status", "Hello Ladies + Gentlemen, a signed OAuth request!"),
    ("include_entities", "true"),
    ("oauth_consumer_key", "xvz1evFS4wEEPTGEFPHBog"),
    ("oauth_nonce", "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "1318622958"),
    ("oauth_token", "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb"),
    ("oauth_version", "1.0"),
]
CONSUMER_SECRET = "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw"
TOKEN_SECRET = "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.twitter.com/1.1/statuses/update.json", "hCtSmYh+iHYCEqBWrE7C7hYmtUk="),
        ("https://api.twitter.com/1/statuses/update.json", "tnnArxj06cWHq44gCs1OSKk/jLY="),
        ("HTTPS://API.TWITTER.COM:443/1/statuses/update.json?a=b#c", "tnnArxj06cWHq44gCs1OSKk/jLY="),
    ],
)
def test_the_published_signature(url: str, expected: str) -> None:
    assert oauth1.signature("post", url, EXAMPLE, CONSUMER_SECRET, TOKEN_SECRET) == expected


def test_the_published_request_as_a_header() -> None:
    header = oauth1.authorization(
        "POST",
        "https://api.twitter.com/1.1/statuses/update.json?include_entities=true",
        {
            "consumer_key": "xvz1evFS4wEEPTGEFPHBog",
            "consumer_secret": CONSUMER_SECRET,
            "access_token": "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
            "access_token_secret": TOKEN_SECRET,
        },
        now=datetime.fromtimestamp(1318622958, UTC),
        nonce="kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        form=EXAMPLE[:1],
    )
    assert header.startswith('OAuth oauth_consumer_key="xvz1evFS4wEEPTGEFPHBog", oauth_nonce=')
    assert 'oauth_signature="hCtSmYh%2BiHYCEqBWrE7C7hYmtUk%3D"' in header


def test_the_example_of_the_specification() -> None:
    """RFC 5849, 3.4.1: a repeated name, an empty value, and names that must be escaped before they are sorted."""
    parameters = [
        ("b5", "=%3D"),
        ("a3", "a"),
        ("c@", ""),
        ("a2", "r b"),
        ("oauth_consumer_key", "9djdj82h48djs9d2"),
        ("oauth_token", "kkk9d7dh3k39sjv7"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "137131201"),
        ("oauth_nonce", "7d8f3e4a"),
        ("c2", ""),
        ("a3", "2 q"),
    ]
    found = oauth1.signature("POST", "http://example.com/request", parameters, "j49sk3j29djd", "dh893hdasih9")
    assert found == "r6/TJjbCOr97/+UU0NsvSne7s5g="


def test_a_direct_message(played: Played) -> None:
    sent = x.send(outgoing(played.secrets["x"]))
    assert sent.id.isdecimal()
    (taken,) = played.sent()
    assert (taken["channel"], taken["to"], taken["text"]) == ("x", "3510000000000000777", outgoing({}).chat)
    assert taken["tracking"] == "JKT-2K7M-94XQ-31HT"


def test_a_public_reply(played: Played) -> None:
    sent = x.post_public(outgoing(played.secrets["x"]), "Terima kasih, laporan Anda kami terima.")
    assert sent.id.isdecimal()
    (taken,) = played.sent()
    assert (taken["to"], taken["public"]) == ("1900000000000000001", True)
    assert taken["text"] == "Terima kasih, laporan Anda kami terima. [000001]"


def test_the_same_thanks_to_two_people_are_not_the_same_words(played: Played) -> None:
    """X refuses a text that stands in our account already; and that is how a lost answer is found to have been one."""
    first, second = outgoing(played.secrets["x"]), outgoing(played.secrets["x"], to=Sealed(post="1900000000000000002"))
    x.post_public(first, "x" * 400)
    x.post_public(second, "x" * 400)
    assert x.post_public(first, "x" * 400).id == ""
    texts = [taken["text"] for taken in played.sent()]
    assert len(set(texts)) == len(texts) == 2
    assert all(text.endswith(("… [000001]", "… [000002]")) for text in texts)


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("a" * 280, "a"),
        ("a" * 281, "…"),
        ("é" * 300, "…"),
        ("字" * 140, "字"),
        ("字" * 141, "…"),
        ("a\u2019" * 140, "\u2019"),
    ],
)
def test_a_reply_fits_a_post(text: str, ends: str) -> None:
    shown = x.cut(text, 280)
    assert shown.endswith(ends)
    assert (shown == text) == (ends != "…")
    assert sum(1 if ord(sign) < 0x1100 or 0x2010 <= ord(sign) <= 0x201F else 2 for sign in shown) <= 280


def test_who_takes_no_messages_gets_none_ever(played: Played) -> None:
    with pytest.raises(SendRefused, match="takes none"):
        x.send(outgoing(played.secrets["x"], to=Sealed(user="403")))
    with pytest.raises(SendRefused, match="no account"):
        x.send(outgoing(played.secrets["x"], to=Sealed()))
    with pytest.raises(SendRefused, match="no post"):
        x.post_public(outgoing(played.secrets["x"], to=Sealed(user="1")), "Terima kasih")
    assert played.sent() == []


@pytest.mark.parametrize("name", ["consumer_key", "consumer_secret", "access_token", "access_token_secret"])
def test_wrong_keys_may_be_mended(played: Played, name: str) -> None:
    with pytest.raises(SendFailed, match="401"):
        x.send(outgoing({**played.secrets["x"], name: "wrong"}))
    with pytest.raises(SendFailed, match=name):
        x.send(outgoing({**played.secrets["x"], name: ""}))


def test_a_signature_for_another_time_is_refused(played: Played) -> None:
    with pytest.raises(SendFailed, match="401"):
        x.send(outgoing(played.secrets["x"], now=datetime(2026, 1, 1, tzinfo=UTC)))


@pytest.mark.parametrize(
    ("status", "document", "error"),
    [
        (403, {"detail": "You are not permitted to perform this action."}, SendRefused),
        (403, {"detail": "You are not allowed to create a Tweet with duplicate content."}, SendRefused),
        (
            403,
            {"type": "https://api.twitter.com/2/problems/client-forbidden", "reason": "client-not-enrolled"},
            SendFailed,
        ),
        (403, {"type": "https://api.twitter.com/2/problems/oauth1-permissions"}, SendFailed),
        (403, {"type": "https://api.twitter.com/2/problems/unsupported-authentication"}, SendFailed),
        (402, {"title": "CreditsDepleted"}, SendFailed),
        (401, {}, SendFailed),
        (400, {}, SendRefused),
        (404, {}, SendRefused),
        (500, {}, SendFailed),
        (503, {}, SendFailed),
    ],
)
def test_what_each_answer_means(
    monkeypatch: pytest.MonkeyPatch, status: int, document: object, error: type[Exception]
) -> None:
    monkeypatch.setattr(x, "exchange", lambda *_: Answer(status, {}, json.dumps(document).encode()))
    with pytest.raises(error) as caught:
        x.send(outgoing(KEYS))
    assert "3510000000000000777" not in str(caught.value)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": "+90"}, 90),
        ({"x-rate-limit-remaining": "3", "x-rate-limit-reset": "+90", "x-user-limit-24hour-reset": "+9000"}, 3_600),
        ({"x-rate-limit-reset": "-90"}, 1),
        ({"x-rate-limit-reset": "soon", "retry-after": "5"}, 5),
        ({}, None),
    ],
)
def test_too_many_calls_wait_for_the_window(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], wait: float | None
) -> None:
    now = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
    at = {
        name: str(int(now.timestamp()) + int(value)) if value[0] in "+-" else value for name, value in headers.items()
    }
    monkeypatch.setattr(x, "exchange", lambda *_: Answer(429, at, b""))
    with pytest.raises(SendFailed) as caught:
        x.send(outgoing(KEYS, now=now))
    assert caught.value.retry_after == wait


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"data":[]}', b'{"data":{"dm_event_id":7}}'])
def test_what_was_taken_counts_whatever_the_answer_says(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(x, "exchange", lambda *_: Answer(201, {}, body))
    assert x.send(outgoing(KEYS)).id == ""


def test_a_picture_of_a_direct_message_is_asked_for_with_our_signature(played: Played) -> None:
    played.holds("x", "contoh.jpg", b"\xff\xd8picture")
    secrets = played.secrets["x"]
    found = media.locate(f"{secrets['base_url']}/1.1/ton/contoh.jpg", secrets, secrets["base_url"], datetime.now(UTC))
    assert found.trusted
    with urllib.request.urlopen(urllib.request.Request(found.url, headers=dict(found.headers))) as answer:
        assert answer.read() == b"\xff\xd8picture"


@pytest.mark.parametrize(
    ("url", "ours"),
    [
        ("https://ton.twitter.com/1.1/ton/data/dm/1/2/x.jpg", True),
        ("https://ton.x.com/1.1/ton/data/dm/1/2/x.jpg", True),
        ("https://pbs.twimg.com/x.jpg", True),
        ("https://ton.twitter.com.evil.example/x.jpg", False),
        ("https://evilx.com/x.jpg", False),
        ("https://ton.twitter.com@evil.example/x.jpg", False),
        ("https://user@ton.twitter.com/x.jpg", False),
        ("http://ton.twitter.com/x.jpg", False),
        ("https://ton.twitter.com:8443/x.jpg", False),
        ("https://169.254.169.254/x.jpg", False),
        ("https://[", False),
        ("", False),
    ],
)
def test_our_signature_goes_to_x_only(url: str, ours: bool) -> None:
    if ours:
        found = media.locate(url, KEYS, "https://api.x.com", datetime.now(UTC))
        assert (found.url, found.trusted) == (url, False)
        assert found.headers["Authorization"].startswith("OAuth ")
    else:
        with pytest.raises(SendRefused):
            media.locate(url, KEYS, "https://api.x.com", datetime.now(UTC))

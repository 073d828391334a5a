"""Telegram's sender and media against the played Bot API, and what each refusal means."""

from __future__ import annotations

import json
import urllib.request
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from chalicelib.city.model import Channel
from chalicelib.outbound.media import telegram as media
from chalicelib.outbound.sealing import Sealed
from chalicelib.outbound.senders import SendFailed, SendRefused, telegram
from chalicelib.outbound.senders.call import Answer
from chalicelib.outbound.senders.outgoing import Outgoing
from tests.outbound.played import Played

NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
CHANNEL = Channel(
    id="telegram",
    label={"id": "Telegram"},
    group="media-sosial",
    adapter="telegram",
    geo_tagged=False,
    outbound={"base": "https://api.telegram.invalid", "token": "bot_token"},
)


def outgoing(secrets: dict[str, str], **changes: Any) -> Outgoing:
    answer = Outgoing(
        id="JKT-2K7M-94XQ-31HT#2",
        channel=CHANNEL,
        secrets=secrets,
        to=Sealed(user="5550001"),
        tracking="JKT-2K7M-94XQ-31HT",
        event="received",
        lang="id",
        short="Laporan diterima.",
        chat="Laporan JKT-2K7M-94XQ-31HT <b>diterima</b> & dicatat.\nhttps://kota.example/r/1",
        subject="",
        body="",
        heard_at=NOW,
        now=NOW,
    )
    return msgspec.structs.replace(answer, **changes)


def test_the_words_arrive_as_they_are(played: Played) -> None:
    sent = telegram.send(outgoing(played.secrets["telegram"]))
    assert sent.id.isdecimal()
    (taken,) = played.sent()
    assert (taken["channel"], taken["to"], taken["tracking"]) == ("telegram", "5550001", "JKT-2K7M-94XQ-31HT")
    assert taken["text"] == outgoing({}).chat
    assert played.calls == [("POST", "/_local/providers/telegram/botlocal-only-telegram-bot-token/sendMessage")]


@pytest.mark.parametrize("text", ["a" * 5_000, "😀" * 3_000, "a" + "😀" * 3_000])
def test_a_text_is_cut_to_what_telegram_takes(played: Played, text: str) -> None:
    telegram.send(outgoing(played.secrets["telegram"], chat=text))
    (taken,) = played.sent()
    assert text.startswith(taken["text"])
    assert 4_094 <= len(taken["text"].encode("utf-16-le")) // 2 <= 4_096


@pytest.mark.parametrize(("user", "reason"), [("403", "blocked"), ("nobody", "no such chat"), ("", "no chat")])
def test_who_blocked_the_bot_or_is_not_there_gets_nothing_ever(played: Played, user: str, reason: str) -> None:
    with pytest.raises(SendRefused, match=reason):
        telegram.send(outgoing(played.secrets["telegram"], to=Sealed(user=user)))
    assert played.sent() == []


def test_a_wrong_token_or_none_may_be_mended(played: Played) -> None:
    base = played.secrets["telegram"]["base_url"]
    for secrets in ({"base_url": base, "bot_token": "1:wrong"}, {"base_url": base}):
        with pytest.raises(SendFailed, match="token"):
            telegram.send(outgoing(secrets))


@pytest.mark.parametrize("status", [500, 502, 503, 409])
def test_a_failure_that_may_pass(played: Played, status: int) -> None:
    played.fails("telegram", status=status, times=1)
    with pytest.raises(SendFailed):
        telegram.send(outgoing(played.secrets["telegram"]))
    telegram.send(outgoing(played.secrets["telegram"]))


def test_too_many_messages_wait_as_long_as_the_header_says(played: Played) -> None:
    played.fails("telegram", status=429, retry_after=7)
    with pytest.raises(SendFailed) as caught:
        telegram.send(outgoing(played.secrets["telegram"]))
    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("status", "document", "error", "wait"),
    [
        (429, {"ok": False, "error_code": 429, "parameters": {"retry_after": 35}}, SendFailed, 35),
        (429, {"parameters": {"retry_after": 999_999}}, SendFailed, 3_600),
        (429, {"parameters": {"retry_after": True}}, SendFailed, None),
        (429, {"parameters": []}, SendFailed, None),
        (429, [], SendFailed, None),
        (400, {"description": "Bad Request: chat not found"}, SendRefused, None),
        (400, {"description": "Bad Request: something new"}, SendRefused, None),
        (403, {"description": "Forbidden: bot was blocked by the user"}, SendRefused, None),
        (403, {"description": "Forbidden: user is deactivated"}, SendRefused, None),
        (413, {}, SendRefused, None),
        (404, {"description": "Not Found"}, SendFailed, None),
        (302, {}, SendFailed, None),
    ],
)
def test_what_each_answer_means(
    monkeypatch: pytest.MonkeyPatch, status: int, document: object, error: type[Exception], wait: float | None
) -> None:
    body = json.dumps(document).encode()
    monkeypatch.setattr(telegram, "exchange", lambda *_: Answer(status, {}, body))
    with pytest.raises(error) as caught:
        telegram.send(outgoing({"bot_token": "1:x"}))
    assert getattr(caught.value, "retry_after", None) == wait
    assert "5550001" not in str(caught.value)


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"ok":true,"result":{"message_id":"x"}}', b"\xff"])
def test_what_was_taken_counts_whatever_the_answer_says(monkeypatch: pytest.MonkeyPatch, body: bytes) -> None:
    monkeypatch.setattr(telegram, "exchange", lambda *_: Answer(200, {}, body))
    assert telegram.send(outgoing({"bot_token": "1:x"})).id == ""


def test_a_pictures_file_id_becomes_its_address(played: Played) -> None:
    played.holds("telegram", "AgAD-large", b"\xff\xd8picture")
    secrets = played.secrets["telegram"]
    found = media.locate("AgAD-large", secrets, secrets["base_url"], NOW)
    assert found.trusted
    with urllib.request.urlopen(found.url) as answer:
        assert answer.read() == b"\xff\xd8picture"


def test_a_picture_that_telegram_has_no_more_or_not_yet(played: Played) -> None:
    secrets = played.secrets["telegram"]
    with pytest.raises(SendRefused):
        media.locate("gone", secrets, secrets["base_url"], NOW)
    with pytest.raises(SendFailed, match="bot_token"):
        media.locate("gone", {}, secrets["base_url"], NOW)
    played.fails("telegram", status=429, retry_after=3)
    with pytest.raises(SendFailed) as caught:
        media.locate("gone", secrets, secrets["base_url"], NOW)
    assert caught.value.retry_after == 3


@pytest.mark.parametrize("path", ["", "/etc/passwd", "photos/../../x", 7, None])
def test_a_path_that_would_lead_elsewhere_is_not_taken(monkeypatch: pytest.MonkeyPatch, path: object) -> None:
    body = json.dumps({"ok": True, "result": {"file_path": path}}).encode()
    monkeypatch.setattr(media, "exchange", lambda *_: Answer(200, {}, body))
    with pytest.raises(SendFailed):
        media.locate("x", {"bot_token": "1:x"}, "https://api.telegram.invalid", NOW)

"""Telegram: one update per call, albums, places, edits."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.clients import Server, at_once, fresh, until
from tests.acceptance.providers import PLACE, WHO, digits, number, seen, telegram, texts, tg_update


def chat() -> int:
    return int(digits(10))


def test_start_is_greeted_and_a_report_in_words_gets_its_number(every: Server) -> None:
    who = chat()
    assert telegram(every, tg_update(who, "/start")).status == 200
    texts(every, "telegram", str(who))
    assert telegram(every, tg_update(who, f"Lampu jalan mati. {PLACE}. {WHO}")).status == 200
    said = texts(every, "telegram", str(who), 2)
    tracking = number(said[-1])
    until(lambda: every.status(tracking) == "waiting", 10)
    assert "/start" not in every.words(tracking)


@pytest.mark.parametrize("token", ["", "x", "local-only-telegram-secret-toke", "local-only-telegram-secret-token1"])
def test_a_wrong_secret_token_is_401_and_nothing_is_told(every: Server, token: str) -> None:
    who = chat()
    assert telegram(every, tg_update(who, "Lampu mati"), token).status == 401
    every.quiet(0.3)
    assert not every.outbox(channel="telegram", to=str(who))


def test_an_update_delivered_again_is_one_message(every: Server) -> None:
    who, mark = chat(), fresh("tg")
    update = tg_update(who, f"Lampu jalan mati {mark}")
    assert {a.status for a in at_once([lambda: telegram(every, update)] * 4)} == {200}
    (text,) = texts(every, "telegram", str(who))
    assert telegram(every, update).status == 200
    every.quiet(0.4)
    assert len(texts(every, "telegram", str(who))) == 1
    assert every.words(number(text)).count(mark) == 1


def test_a_location_first_and_the_words_later_are_one_report(every: Server) -> None:
    who, mark = chat(), fresh("lokasi")
    place = {"latitude": -6.1988, "longitude": 106.8412, "horizontal_accuracy": 12.0}
    assert telegram(every, tg_update(who, location=place)).status == 200
    tracking = number(texts(every, "telegram", str(who))[0])
    assert telegram(every, tg_update(who, f"Trotoar rusak {mark}")).status == 200
    texts(every, "telegram", str(who), 2)
    assert telegram(every, tg_update(who, WHO)).status == 200
    until(lambda: every.status(tracking) != "incomplete", 10)
    assert mark in every.words(tracking)
    assert "106.84" in json.dumps(seen(every, tracking))


def test_an_album_is_one_report_with_one_answer_for_its_words(every: Server) -> None:
    who, mark, group = chat(), fresh("album"), digits(17)
    sizes = [
        {
            "file_id": f"AgACAgUAAx{fresh('a')}",
            "file_unique_id": fresh("u"),
            "file_size": 1000 * n,
            "width": 90 * n,
            "height": 67 * n,
        }
        for n in (1, 4, 9)
    ]
    for place in range(3):
        more = {"photo": sizes, "media_group_id": group} | ({"caption": f"Jalan rusak {mark}"} if place == 0 else {})
        assert telegram(every, tg_update(who, **more)).status == 200
    every.quiet()
    numbers = {number(text) for text in texts(every, "telegram", str(who))}
    assert len(numbers) == 1
    assert mark in every.words(numbers.pop())


def test_an_edited_message_changes_the_report(every: Server) -> None:
    who, mark = chat(), fresh("sunting")
    first = tg_update(who, f"Lampu mati {mark}")
    assert telegram(every, first).status == 200
    tracking = number(texts(every, "telegram", str(who))[0])
    edit = tg_update(
        who,
        f"Halte rusak {mark}",
        "edited_message",
        first["message"]["message_id"],
        edit_date=first["message"]["date"] + 5,
    )
    assert telegram(every, edit).status == 200
    until(lambda: "Halte" in every.words(tracking), 10)
    assert "Lampu mati" not in every.words(tracking)


@pytest.mark.parametrize(
    "more",
    [
        {
            "voice": {
                "file_id": "AwAD",
                "file_unique_id": "u",
                "duration": 5,
                "mime_type": "audio/ogg",
                "file_size": 23000,
            }
        },
        {
            "sticker": {
                "file_id": "CAAC",
                "file_unique_id": "u",
                "width": 512,
                "height": 512,
                "is_animated": False,
                "is_video": False,
                "type": "regular",
                "emoji": "x",
            }
        },
        {"video_note": {"file_id": "DQAC", "file_unique_id": "u", "length": 240, "duration": 4}},
    ],
    ids=["voice", "sticker", "video note"],
)
def test_what_nobody_can_read_is_answered_with_the_request_to_write(every: Server, more: dict[str, object]) -> None:
    who = chat()
    assert telegram(every, tg_update(who, **more)).status == 200
    assert texts(every, "telegram", str(who))


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1},
        {"update_id": 2, "callback_query": {"id": "4", "from": {"id": 9}, "data": "x"}},
        {
            "update_id": 3,
            "my_chat_member": {"chat": {"id": 9}, "from": {"id": 9}, "new_chat_member": {"status": "kicked"}},
        },
        {
            "update_id": 4,
            "channel_post": {"message_id": 1, "chat": {"id": -100, "type": "channel"}, "date": 1, "text": "x"},
        },
        {
            "update_id": 5,
            "message": {
                "message_id": 1,
                "chat": {"id": -5, "type": "group"},
                "from": {"id": 3, "is_bot": False},
                "date": 1,
                "text": "hai",
            },
        },
        {
            "update_id": 6,
            "message": {
                "message_id": 1,
                "chat": {"id": 77, "type": "private"},
                "from": {"id": 77, "is_bot": True},
                "date": 1,
                "text": "bot",
            },
        },
        {"update_id": 7, "message": None},
        {"update_id": "8", "message": {"message_id": "x", "chat": "y"}},
        {"update_id": 9, "business_message": {"message_id": 1}},
        {},
    ],
)
def test_updates_that_are_no_report_are_taken_so_that_telegram_goes_on(
    every: Server, update: dict[str, object]
) -> None:
    before = len(every.outbox(channel="telegram"))
    assert telegram(every, update).status == 200
    every.quiet(0.25)
    assert len(every.outbox(channel="telegram")) == before


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 9000])
def test_what_is_no_json_object_is_a_plain_refusal(every: Server, raw: bytes) -> None:
    headers = {
        "Content-Type": "application/json",
        "X-Telegram-Bot-Api-Secret-Token": "local-only-telegram-secret-token",
    }
    assert every.call("POST", "/channels/telegram", raw, headers).status in (200, 400)


def test_telegrams_429_is_waited_for_and_the_answer_comes_once(every: Server) -> None:
    wish = json.dumps({"status": 429, "retry_after": 1, "times": 1}).encode()
    assert every.call("POST", "/_local/providers/telegram/_fail", wish).status == 200
    who = chat()
    assert telegram(every, tg_update(who, "Lampu jalan mati")).status == 200
    texts(every, "telegram", str(who), 1, 25)
    every.quiet(0.4)
    assert len(texts(every, "telegram", str(who))) == 1

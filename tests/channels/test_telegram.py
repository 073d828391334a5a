"""Telegram: what every kind of update becomes, which ids stay the same, and that nothing is an exception."""

from __future__ import annotations

import copy
import json
import random
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import telegram
from chalicelib.channels.message import Location, Message, Request, Skipped
from chalicelib.city.model import Channel
from chalicelib.domain.errors import BadSignature, Malformed, ReportError, TooLarge, WrongContentType
from tests.channels.mutations import JSON, places_in

NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "telegram_updates.json").read_text())
CHANNEL = Channel(
    id="telegram",
    label={"id": "Telegram"},
    group="media-sosial",
    adapter="telegram",
    geo_tagged=False,
    inbound={"secret": "secret_token"},
)
SECRETS = {"secret_token": "old-one new-one"}


def request(document: object, content_type: str = "application/json", method: str = "POST", **headers: str) -> Request:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    url = "https://kota.example/channels/telegram"
    return Request(method=method, url=url, headers={"content-type": content_type, **headers}, body=body)


def told(document: object) -> Message | Skipped:
    (found,) = telegram.parse_all(CHANNEL, request(document), NOW)
    return found


def message(document: object) -> Message:
    found = told(document)
    assert isinstance(found, Message), found
    return found


def changed(name: str, *path: str | int, to: object) -> dict[str, Any]:
    document = copy.deepcopy(GOLDEN[name])
    branch: Any = document
    for step in path[:-1]:
        branch = branch[step]
    branch[path[-1]] = to
    return document  # type: ignore[no-any-return]


def test_a_text() -> None:
    assert message(GOLDEN["text"]) == Message(
        channel="telegram",
        id="5550001:41",
        sender="5550001",
        text="Lampu jalan mati di depan SDN Contoh 2",
        sent_at=NOW,
        conversational=True,
        lang="id",
        raw=json.dumps(GOLDEN["text"]).encode(),
    )


def test_an_edit_names_its_original_and_has_an_id_of_its_own() -> None:
    edit = message(GOLDEN["edited"])
    assert (edit.edits, edit.id) == ("5550001:41", "5550001:41:9003")
    assert edit.edits == message(GOLDEN["text"]).id
    assert edit.sent_at == datetime(2026, 3, 3, 1, 31, tzinfo=UTC)
    assert message(GOLDEN["edited"]).id == edit.id, "delivered again it is the same"
    assert message(changed("edited", "update_id", to=9099)).id != edit.id, "changed once more it is another"


def test_an_edit_without_an_update_id_goes_by_its_time() -> None:
    document = {"edited_message": GOLDEN["edited"]["edited_message"]}
    assert message(document).id == "5550001:41:1772501460"


def test_an_edited_caption_brings_no_picture_a_second_time() -> None:
    edited = {"update_id": 1, "edited_message": {**GOLDEN["photo"]["message"], "edit_date": 1772501460}}
    assert (message(edited).photos, message(edited).text) == ((), "ini fotonya")


def test_a_caption_that_is_taken_away_takes_nothing_back() -> None:
    photo = {name: value for name, value in GOLDEN["photo"]["message"].items() if name != "caption"}
    edited = {"update_id": 1, "edited_message": {**photo, "edit_date": 1772501460}}
    assert told(edited) == Skipped(reason="edit-without-text", id=message(GOLDEN["photo"]).id)


@pytest.mark.parametrize(
    ("name", "text", "photos"),
    [
        ("photo", "ini fotonya", ("provider:AgAD-large",)),
        ("album_1", "banjir", ("provider:AgAD-large",)),
        ("album_2", "", ("provider:AgAD-small",)),
        ("picture_file", "", ("provider:BQAD-heic",)),
        ("start", "/start", ()),
    ],
)
def test_words_and_pictures(name: str, text: str, photos: tuple[str, ...]) -> None:
    found = message(GOLDEN[name])
    assert (found.text, found.photos, found.unread) == (text, photos, "")


def test_an_album_is_as_many_messages_of_one_sender() -> None:
    first, second = message(GOLDEN["album_1"]), message(GOLDEN["album_2"])
    assert first.sender == second.sender
    assert first.id != second.id


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("location", Location(lat=-6.2615, lng=106.8106)),
        ("venue", Location(lat=-6.2, lng=106.83, address="Jl. Melati 1", landmark="Halte Contoh")),
    ],
)
def test_places(name: str, where: Location) -> None:
    found = message(GOLDEN[name])
    assert (found.location, found.text) == (where, "")


@pytest.mark.parametrize(
    ("pin", "where"),
    [
        ({"latitude": 106.81, "longitude": -6.26}, Location(lat=-6.26, lng=106.81)),
        ({"latitude": -6, "longitude": 106}, Location(lat=-6, lng=106)),
    ],
)
def test_pins_that_can_be_put_right(pin: dict[str, object], where: Location) -> None:
    assert message(changed("location", "message", "location", to=pin)).location == where


@pytest.mark.parametrize(
    "pin",
    [
        {"latitude": 0, "longitude": 0},
        {"latitude": 200, "longitude": 200},
        {"latitude": 10**400, "longitude": 1},
        {"latitude": "-6.2", "longitude": True},
        {"latitude": -6.2},
        {},
        [],
        None,
    ],
)
def test_a_pin_that_is_nowhere_is_no_message(pin: object) -> None:
    assert told(changed("location", "message", "location", to=pin)) == Skipped(reason="service", id="5550001:41")


@pytest.mark.parametrize(
    ("name", "text", "unread"),
    [
        ("voice", "", "audio"),
        ("sticker", "", "sticker"),
        ("pdf", "surat warga", "document"),
        ("animation", "", "video"),
        ("somebodys_card", "", "contact"),
    ],
)
def test_what_nobody_can_read(name: str, text: str, unread: str) -> None:
    found = message(GOLDEN[name])
    assert (found.text, found.unread, found.photos, found.phone) == (text, unread, (), "")


def test_ones_own_number_can_be_shared_and_no_others() -> None:
    assert message(GOLDEN["own_phone"]).phone == "+6281200000001"
    assert message(GOLDEN["own_phone"]).unread == ""
    assert message(changed("own_phone", "message", "contact", "phone_number", to="x")).unread == "contact"


def test_a_reply_to_our_answer_is_about_its_report() -> None:
    assert message(GOLDEN["reply"]).about == "JKT-2K7M-94XQ-31HT"
    assert message(GOLDEN["reply_to_oneself"]).about == ""
    assert message(changed("reply", "message", "reply_to_message", "text", to="Terima kasih")).about == ""


@pytest.mark.parametrize(
    ("name", "reason", "number"),
    [
        ("group", "group", "-1001234567890:7"),
        ("channel_post", "channel_post", "9020"),
        ("callback", "callback_query", "9021"),
        ("blocked", "my_chat_member", "9022"),
        ("pinned", "service", "5550001:41"),
        ("from_a_bot", "own-echo", "5550001:41"),
        ("live_location", "live-location", "5550001:41"),
    ],
)
def test_what_is_no_message(name: str, reason: str, number: str) -> None:
    assert told(GOLDEN[name]) == Skipped(reason=reason, id=number)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, "empty"),
        ({"update_id": 1}, "empty"),
        ({"update_id": 1, "message": None}, "unreadable"),
        ({"update_id": 1, "message": []}, "unreadable"),
        ({"update_id": 1, "message": {"chat": {"id": True, "type": "private"}, "message_id": 1}}, "unreadable"),
        ({"update_id": 1, "brand_new_kind": {}}, "brand_new_kind"),
    ],
)
def test_updates_that_make_no_sense_hold_up_nobody(document: object, reason: str) -> None:
    found = told(document)
    assert isinstance(found, Skipped)
    assert found.reason == reason


def test_ids_are_the_same_as_numbers_and_as_text() -> None:
    document = changed("text", "message", "message_id", to="41")
    document["message"]["chat"] = {"id": "5550001", "type": "private"}
    assert message(document).id == message(GOLDEN["text"]).id


@pytest.mark.parametrize(
    ("code", "lang"),
    [("id", "id"), ("en-US", "en"), ("zh-hans", "zh"), ("EN_gb", "en"), ("", ""), (7, ""), ("fil", ""), ("ид", "")],
)
def test_the_language_of_the_app(code: object, lang: str) -> None:
    assert message(changed("text", "message", "from", "language_code", to=code)).lang == lang


def test_what_no_store_can_hold_is_taken_out() -> None:
    body = b'{"update_id":1,"message":{"message_id":1,"chat":{"id":2,"type":"private"},"text":"a\\u0000b\\ud83d"}}'
    assert message(body).text == "ab"
    assert message(body).sender == "2"


def test_the_secret_is_compared(now: datetime) -> None:
    for secret in ("old-one", "new-one"):
        telegram.verify(CHANNEL, request({}, **{"x-telegram-bot-api-secret-token": secret}), SECRETS, now)


@pytest.mark.parametrize("given_secret", ["", "old", "old-one new-one", "new-one ", "é"])
def test_a_wrong_secret_is_refused(given_secret: str, now: datetime) -> None:
    with pytest.raises(BadSignature):
        telegram.verify(CHANNEL, request({}, **{"x-telegram-bot-api-secret-token": given_secret}), SECRETS, now)


def test_without_a_secret_or_by_get_nothing_is_taken(now: datetime) -> None:
    right = {"x-telegram-bot-api-secret-token": "new-one"}
    for secrets, method in (({}, "POST"), (SECRETS, "GET")):
        with pytest.raises(BadSignature):
            telegram.verify(CHANNEL, request({}, method=method, **right), secrets, now)
    with pytest.raises(BadSignature):
        telegram.verify(CHANNEL, request({}), SECRETS, now)


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (request(b"{"), Malformed),
        (request([1]), Malformed),
        (request({}, "text/plain"), WrongContentType),
        (request(b" " * 1_000_001), TooLarge),
    ],
)
def test_what_is_no_update_is_refused(sent: Request, error: type[ReportError]) -> None:
    with pytest.raises(error):
        telegram.parse_all(CHANNEL, sent, NOW)


def test_there_is_no_handshake_and_nothing_to_answer() -> None:
    assert telegram.handshake(CHANNEL, request({}, method="GET"), SECRETS) is None
    assert telegram.http_answer(CHANNEL) == ("", "text/plain")


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    try:
        found = telegram.parse_all(CHANNEL, request(body), NOW)
    except ReportError:
        return
    assert all(isinstance(each, Message | Skipped) for each in found)


@given(st.sampled_from(sorted(GOLDEN)), st.integers(0, 10_000), JSON)
def test_any_change_of_a_real_update(name: str, where: int, value: object) -> None:
    document = copy.deepcopy(GOLDEN[name])
    places = places_in(document)
    container, key = places[where % len(places)]
    container[key] = value
    found = telegram.parse_all(CHANNEL, request(document), NOW)
    assert len(found) == 1
    for each in found:
        assert isinstance(each, Message | Skipped)
        if isinstance(each, Message):
            assert each.id
            assert each.sender
            assert each.edits != each.id


def test_an_update_takes_well_under_a_millisecond() -> None:
    requests = [request(document) for document in GOLDEN.values()] * 20
    random.Random(7).shuffle(requests)
    began = time.thread_time()
    for each in requests:
        telegram.parse_all(CHANNEL, each, NOW)
    assert (time.thread_time() - began) / len(requests) < 0.001

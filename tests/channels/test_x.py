"""X: the challenge, both signatures, both generations of events, and ids that stay the same however often they come."""

from __future__ import annotations

import base64
import copy
import hashlib
import hmac
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels import x
from chalicelib.channels.message import Location, Message, Request, Skipped
from chalicelib.city.model import Channel
from chalicelib.domain.errors import BadSignature, Malformed, ReportError, TooLarge, WrongContentType
from tests.channels.mutations import JSON, places_in

NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
GOLDEN: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "x_events.json").read_text())
CHANNEL = Channel(
    id="x",
    label={"id": "X"},
    group="media-sosial",
    adapter="x",
    geo_tagged=False,
    inbound={"secret": "consumer_secret"},
)
US, SHE = "3510000000000000001", "3510000000000000777"
SECRETS = {"consumer_secret": "new-one old-one"}
LEGACY, MODERN = "x-twitter-webhooks-signature", "x-twitter-webhooks-signature-oauth2"


def request(document: object, content_type: str = "application/json", method: str = "POST", **headers: str) -> Request:
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Request(
        method=method,
        url="https://kota.example/channels/x",
        headers={"content-type": content_type, **headers},
        body=body,
    )


def asked(**query: str) -> Request:
    return Request(method="GET", url="https://kota.example/channels/x", headers={}, query=query)


def told(document: object) -> tuple[Message | Skipped, ...]:
    return x.parse_all(CHANNEL, request(document), NOW)


def message(document: object) -> Message:
    (found,) = told(document)
    assert isinstance(found, Message), found
    return found


def mac(secret: str, body: bytes) -> str:
    return "sha256=" + base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


def without(document: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


class TestHandshake:
    def test_the_challenge_is_answered_with_its_hmac(self) -> None:
        body, content_type = x.handshake(CHANNEL, asked(crc_token="challenge"), {"consumer_secret": "k"}) or ("", "")
        assert json.loads(body) == {"response_token": mac("k", b"challenge")}
        assert content_type == "application/json"

    @pytest.mark.parametrize(
        ("secrets", "key"),
        [(SECRETS, "new-one"), ({**SECRETS, "client_secret": "client"}, "client")],
    )
    def test_the_first_secret_counts_and_the_clients_before_the_consumers(
        self, secrets: dict[str, str], key: str
    ) -> None:
        body, _ = x.handshake(CHANNEL, asked(crc_token="t\ud83d"), secrets) or ("", "")
        assert json.loads(body)["response_token"] == mac_of_octets(key, "t\ud83d".encode("utf-8", "surrogatepass"))

    def test_anything_else_is_no_challenge(self) -> None:
        assert x.handshake(CHANNEL, asked(), SECRETS) is None
        assert x.handshake(CHANNEL, request({}), SECRETS) is None
        with pytest.raises(BadSignature):
            x.verify(CHANNEL, asked(), SECRETS, NOW)

    def test_without_a_secret_nobody_can_answer(self) -> None:
        with pytest.raises(BadSignature):
            x.handshake(CHANNEL, asked(crc_token="t"), {})


def mac_of_octets(secret: str, body: bytes) -> str:
    return mac(secret, body)


class TestVerify:
    @pytest.mark.parametrize("secret", ["new-one", "old-one"])
    def test_the_signature_over_the_raw_body(self, secret: str) -> None:
        sent = request(b'{"a": 1}', **{LEGACY: mac(secret, b'{"a": 1}')})
        x.verify(CHANNEL, sent, SECRETS, NOW)

    def test_the_newer_signature(self) -> None:
        body, secrets = b"{}", {**SECRETS, "client_secret": "client"}
        x.verify(CHANNEL, request(body, **{MODERN: mac("client", body)}), secrets, NOW)
        x.verify(CHANNEL, request(body, **{MODERN: mac("client", body), LEGACY: mac("old-one", body)}), secrets, NOW)
        # Only one of the two secrets is known here: the other signature holds.
        x.verify(CHANNEL, request(body, **{MODERN: mac("client", body), LEGACY: mac("old-one", body)}), SECRETS, NOW)

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {LEGACY: ""},
            {LEGACY: "sha256="},
            {LEGACY: "sha256=é"},
            {LEGACY: mac("other", b"{}")},
            {LEGACY: mac("new-one", b"{} ")},
            {LEGACY: mac("new-one", b"{}").removeprefix("sha256=")},
            {MODERN: mac("other", b"{}"), LEGACY: mac("another", b"{}")},
        ],
    )
    def test_what_does_not_prove_it(self, headers: dict[str, str]) -> None:
        with pytest.raises(BadSignature):
            x.verify(CHANNEL, request(b"{}", **headers), SECRETS, NOW)

    def test_an_empty_secret_proves_nothing(self) -> None:
        with pytest.raises(BadSignature):
            x.verify(CHANNEL, request(b"{}", **{LEGACY: mac("", b"{}")}), {}, NOW)


class TestPosts:
    def test_a_mention(self) -> None:
        assert message(GOLDEN["mention"]) == Message(
            channel="x",
            id="1900000000000000001",
            sender=SHE,
            text="Jalan berlubang & gelap di Jl Melati",
            sent_at=datetime(2026, 3, 3, 1, 30, 0, 123000, tzinfo=UTC),
            conversational=True,
            public=True,
            post="1900000000000000001",
            lang="id",
            raw=json.dumps(GOLDEN["mention"]).encode(),
        )

    def test_a_mention_of_the_newer_api(self) -> None:
        found = message(GOLDEN["activity_mention"])
        assert (found.id, found.post, found.sender) == ("1900000000000000009", "1900000000000000009", SHE)
        assert found.text == "pohon tumbang  https://berita.example/1"
        assert found.photos == ("https://pbs.twimg.com/media/Contoh1.jpg",)
        assert found.location == Location(lat=-6.2, lng=106.83, landmark="Taman Contoh")
        assert (found.public, found.edits, found.lang, found.sent_at) == (True, "", "id", NOW)

    def test_both_apis_give_the_same_post_the_same_id(self) -> None:
        again = copy.deepcopy(GOLDEN["activity_mention"])
        again["data"]["event_uuid"] = -77
        assert message(again).id == message(GOLDEN["activity_mention"]).id
        older = copy.deepcopy(GOLDEN["mention"])
        del older["tweet_create_events"][0]["id_str"]
        assert message(older).id == message(GOLDEN["mention"]).id

    @pytest.mark.parametrize(
        ("name", "text", "photos", "unread"),
        [
            ("mention_with_photo", "banjir", ("https://pbs.twimg.com/media/Contoh1.jpg",), ""),
            ("mention_with_video", "", (), "video"),
        ],
    )
    def test_media(self, name: str, text: str, photos: tuple[str, ...], unread: str) -> None:
        found = message(GOLDEN[name])
        assert (found.text, found.photos, found.unread) == (text, photos, unread)

    def test_a_long_post_is_read_whole(self) -> None:
        found = message(GOLDEN["long_mention"])
        assert found.text.startswith("Lampu jalan mati sejak Senin")
        assert found.text.endswith("mohon diperbaiki")
        assert len(found.photos) == 1

    @pytest.mark.parametrize(
        ("name", "where"),
        [
            ("mention_with_place", Location(lat=-6.1754, lng=106.8272, landmark="Taman Contoh")),
            ("mention_by_place", Location(address="Menteng, Jakarta Pusat")),
            ("mention_in_a_town", None),
        ],
    )
    def test_places(self, name: str, where: Location | None) -> None:
        assert message(GOLDEN[name]).location == where

    def test_an_edited_post_names_the_first_version(self) -> None:
        for name, first, own in (
            ("edited", "1900000000000000001", "1900000000000000014"),
            ("activity_edit", "1900000000000000009", "1900000000000000022"),
        ):
            found = message(GOLDEN[name])
            assert (found.edits, found.id, found.post) == (first, own, own)

    def test_a_reply_to_our_answer_is_about_its_report(self) -> None:
        assert message(GOLDEN["activity_reply"]).about == "JKT-2K7M-94XQ-31HT"
        assert message(GOLDEN["activity_reply"]).text == "BELUM"
        foreign = copy.deepcopy(GOLDEN["activity_reply"])
        foreign["data"]["includes"]["tweets"][0]["author_id"] = SHE
        assert message(foreign).about == ""

    def test_deletions(self) -> None:
        for name, gone in (("deleted", "1900000000000000001"), ("activity_delete", "1900000000000000009")):
            found = message(GOLDEN[name])
            assert (found.deletes, found.id, found.sender) == (gone, f"delete:{gone}", SHE)
        assert message(GOLDEN["deleted"]).deletes == message(GOLDEN["mention"]).id

    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("@desk_contoh lampu mati", "lampu mati"),
            ("@Desk_Contoh: lampu mati", "lampu mati"),
            (".@desk_contoh lampu mati", "lampu mati"),
            ("@tetangga @desk_contoh lampu mati", "@tetangga lampu mati"),
            ("@desk_contoh @tetangga lampu mati", "@tetangga lampu mati"),
            ("lampu mati @desk_contoh", "lampu mati @desk_contoh"),
            ("hey @desk_contoh", "hey @desk_contoh"),
            ("@desk_contohx lampu", "@desk_contohx lampu"),
            ("surel a@desk_contoh ya", "surel a@desk_contoh ya"),
            ("&amp;lt; tetap &lt;", "&lt; tetap <"),
        ],
    )
    def test_only_our_own_name_in_front_is_left_out(self, text: str, shown: str) -> None:
        document = copy.deepcopy(GOLDEN["mention"])
        document["tweet_create_events"][0]["text"] = text
        assert message(document).text == shown


class TestDirectMessages:
    @pytest.mark.parametrize(
        ("name", "number", "text"),
        [
            ("direct", "1062015437679050760", "Selokan mampet <sudah lama>"),
            ("activity_direct", "2080765901528535096", "halo"),
            ("activity_direct_flat", "2080765901528535097", "halo"),
        ],
    )
    def test_words(self, name: str, number: str, text: str) -> None:
        found = message(GOLDEN[name])
        assert (found.id, found.text, found.sender) == (number, text, SHE)
        assert (found.public, found.post, found.conversational) == (False, "", True)
        assert found.sent_at is not None
        assert found.sent_at.date() == NOW.date()

    def test_a_picture_only_our_account_may_see(self) -> None:
        found = message(GOLDEN["direct_photo"])
        assert found.text == "fotonya"
        assert found.photos == ("provider:https://ton.twitter.com/1.1/ton/data/dm/1062015437679050761/19/contoh.jpg",)

    def test_a_place_and_what_nobody_can_read(self) -> None:
        assert message(GOLDEN["direct_place"]).location == Location(lat=-6.2, lng=106.83)
        assert message(GOLDEN["direct_place"]).unread == ""
        assert (message(GOLDEN["direct_video"]).unread, message(GOLDEN["direct_video"]).text) == ("video", "")
        assert message(GOLDEN["activity_chat"]).unread == "encrypted"

    def test_posts_and_messages_of_one_person_are_one_conversation(self) -> None:
        assert message(GOLDEN["mention"]).sender == message(GOLDEN["direct"]).sender


@pytest.mark.parametrize(
    ("name", "reason", "number"),
    [
        ("own_post", "own-echo", "1900000000000000008"),
        ("own_deleted", "own-echo", "1900000000000000008"),
        ("own_direct", "own-echo", "1062015437679050764"),
        ("activity_own", "own-echo", "1900000000000000009"),
        ("activity_sent", "own-echo", "-6850472171600526495"),
        ("repost", "repost", "1900000000000000011"),
        ("quoted", "not-addressed", "1900000000000000012"),
        ("bare_mention", "empty", "1900000000000000007"),
        ("typing", "direct_message_indicate_typing_events", ""),
        ("liked", "favorite_events", ""),
        ("followed", "follow_events", ""),
        ("revoked", "user_event", ""),
        ("activity_like", "like.create", "-3402274206530057851"),
    ],
)
def test_what_is_no_message(name: str, reason: str, number: str) -> None:
    assert told(GOLDEN[name]) == (Skipped(reason=reason, id=number),)


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({}, "unknown"),
        ({"data": 7}, "unknown"),
        ({"data": {}}, "unknown"),
        ({"for_user_id": US, "tweet_create_events": [None]}, "unreadable"),
        ({"for_user_id": US, "tweet_create_events": [{"id": 1}]}, "unreadable"),
        ({"for_user_id": US, "direct_message_events": [{"type": "message_create"}]}, "unreadable"),
        ({"for_user_id": US, "direct_message_events": [{"type": "participants_join", "id": "1"}]}, "no-message"),
        ({"for_user_id": US, "tweet_delete_events": ["x"]}, "unreadable"),
        ({"data": {"event_type": "chat.received", "payload": {}}}, "unreadable"),
    ],
)
def test_events_that_make_no_sense_hold_up_nobody(document: object, reason: str) -> None:
    (found,) = told(document)
    assert isinstance(found, Skipped)
    assert found.reason == reason


def test_a_bad_event_takes_no_good_one_with_it() -> None:
    good = GOLDEN["mention"]["tweet_create_events"]
    found = told({"for_user_id": US, "tweet_create_events": [None, *good, {"id": 3}], "follow_events": [{}, {}]})
    assert [isinstance(each, Message) for each in found] == [False, True, False, False, False]


def test_several_events_of_the_newer_api() -> None:
    found = told({"data": [GOLDEN["activity_mention"]["data"], GOLDEN["activity_direct"]["data"], None]})
    assert [isinstance(each, Message) for each in found] == [True, True, False]


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        (request(b"{"), Malformed),
        (request([1]), Malformed),
        (request({}, "text/plain"), WrongContentType),
        (request(b" " * 1_000_001), TooLarge),
    ],
)
def test_what_is_no_event_is_refused(sent: Request, error: type[ReportError]) -> None:
    with pytest.raises(error):
        x.parse_all(CHANNEL, sent, NOW)


@given(st.binary(max_size=200))
def test_any_bytes(body: bytes) -> None:
    try:
        found = x.parse_all(CHANNEL, request(body), NOW)
    except ReportError:
        return
    assert all(isinstance(each, Message | Skipped) for each in found)


@given(st.sampled_from(sorted(GOLDEN)), st.integers(0, 10_000), JSON)
def test_any_change_of_a_real_event(name: str, where: int, value: object) -> None:
    document = copy.deepcopy(GOLDEN[name])
    places = places_in(document)
    container, key = places[where % len(places)]
    container[key] = value
    for each in told(document):
        assert isinstance(each, Message | Skipped)
        if isinstance(each, Message):
            assert each.id
            assert each.sender
            assert each.edits != each.id


def test_an_event_takes_well_under_a_millisecond() -> None:
    requests = [request(document) for document in GOLDEN.values()] * 20
    began = time.thread_time()
    for each in requests:
        x.parse_all(CHANNEL, each, NOW)
    assert (time.thread_time() - began) / len(requests) < 0.001

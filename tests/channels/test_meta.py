"""Meta's webhooks: what every kind of element becomes, the handshake, the signature, batches, and any bytes at all."""

from __future__ import annotations

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

from chalicelib.channels import meta
from chalicelib.channels.message import Location, Message, Request, Skipped
from chalicelib.channels.registry import http_adapter
from chalicelib.city.model import Channel
from chalicelib.domain.errors import BadSignature, Malformed, NotYours, ReportError, TooLarge

GOLDEN = Path(__file__).parent / "golden"
GOLDENS = {
    name: json.loads((GOLDEN / f"meta_{name}.json").read_text("utf-8")) for name in ("whatsapp", "page", "instagram")
}
CASES = [(group, name) for group, cases in GOLDENS.items() for name in cases]
NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
SECRETS = {"app_secret": "s3cret", "verify_token": "t0ken"}
PERSON, USER = "7000000000000001", "ID.13491208655302741918"
SENT = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)


def channel(name: str) -> Channel:
    objects = {"whatsapp": "whatsapp_business_account", "facebook": "page", "instagram": "instagram"}
    inbound = {"object": objects[name], "secret": "app_secret", "verify": "verify_token"}
    return Channel(id=name, label={"id": name}, group="media-sosial", adapter="meta", geo_tagged=False, inbound=inbound)


def post(body: object, **headers: str) -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(method="POST", url="https://kota.example/channels/facebook", headers=headers, body=raw)


def read(body: object, name: str = "facebook") -> tuple[Message | Skipped, ...]:
    return meta.parse_all(channel(name), post(body), NOW)


def golden(group: str, name: str) -> Message:
    (message,) = read(GOLDENS[group][name], "facebook" if group == "page" else group)
    assert isinstance(message, Message)
    return message


def told(message: Message) -> dict[str, Any]:
    """The fields that a message has set, but for the original and what all of them have."""
    common = {"channel", "raw", "conversational", "sent_at"}
    standard = Message(channel="", id="", sender="", text="")
    fields = {name: getattr(message, name) for name in message.__struct_fields__}
    return {name: value for name, value in fields.items() if name not in common and value != getattr(standard, name)}


WA = {"sender": USER, "phone": "+6281200000001", "id": "wamid.TEST1"}
PUBLIC = {"sender": PERSON, "public": True}
MESSAGES: dict[tuple[str, str], dict[str, Any]] = {
    ("whatsapp", "text"): {**WA, "text": "Jalan rusak di Kemang"},
    ("whatsapp", "text_without_phone"): {"id": "wamid.TEST2", "sender": USER, "text": "Masih rusak"},
    ("whatsapp", "text_without_user_id"): {**WA, "id": "wamid.TEST3", "sender": "6281200000001", "text": "Halo"},
    ("whatsapp", "image"): {**WA, "text": "Lubang besar", "photos": ("provider:65463453",)},
    ("whatsapp", "image_as_document"): {**WA, "photos": ("provider:765",)},
    ("whatsapp", "document"): {**WA, "text": "surat", "unread": "document"},
    ("whatsapp", "location"): {
        **WA,
        "location": Location(lat=-6.2615, lng=106.8106, landmark="Pasar Kemang", address="Jl. Kemang Raya 1"),
    },
    ("whatsapp", "audio"): {**WA, "unread": "audio"},
    ("whatsapp", "button"): {**WA, "text": "SUDAH"},
    ("whatsapp", "list_reply"): {**WA, "text": "Sampah"},
    ("whatsapp", "flow"): {**WA, "text": "pohon tumbang"},
    ("whatsapp", "edit"): {**WA, "id": "wamid.EDIT1", "text": "Jalan rusak di Kemang Timur", "edits": "wamid.TEST1"},
    ("whatsapp", "edit_of_a_caption"): {**WA, "id": "wamid.EDIT2", "text": "Lubang, dua", "edits": "wamid.TEST1"},
    ("whatsapp", "revoke"): {**WA, "id": "wamid.REVOKE1", "deletes": "wamid.TEST1"},
    ("whatsapp", "unsupported"): {**WA, "unread": "poll"},
    ("page", "comment"): {
        **PUBLIC,
        "id": "501_601",
        "post": "501_601",
        "text": "Lampu mati di Jl. Kemang",
        "photos": ("https://scontent.example/x.jpg",),
    },
    ("page", "comment_removed"): {**PUBLIC, "id": "501_601:removed", "post": "501_601", "deletes": "501_601"},
    ("page", "post"): {
        **PUBLIC,
        "id": "100000000000001_502",
        "post": "100000000000001_502",
        "text": "Banjir di Cipete",
    },
    ("page", "photo_post"): {
        **PUBLIC,
        "id": "100000000000001_503",
        "post": "100000000000001_503",
        "photos": ("https://scontent.example/y.jpg",),
    },
    ("page", "post_with_photos"): {
        **PUBLIC,
        "id": "100000000000001_504",
        "post": "100000000000001_504",
        "text": "Sampah",
        "photos": ("https://scontent.example/1.jpg", "https://scontent.example/2.jpg"),
    },
    ("page", "mention"): {**PUBLIC, "id": "901_902", "post": "901_902", "text": "tolong, pohon tumbang di Tebet"},
    ("page", "mention_without_author"): {
        "sender": "comment:901_903",
        "public": True,
        "id": "901_903",
        "post": "901_903",
        "text": "Pohon tumbang di Tebet",
    },
    ("page", "messenger_text"): {"id": "m_TEST1", "sender": PERSON, "text": "Got mampet di Cipete"},
    ("page", "messenger_image"): {"id": "m_TEST2", "sender": PERSON, "photos": ("https://scontent.example/z.jpg",)},
    ("page", "messenger_sticker"): {"id": "m_TEST3", "sender": PERSON, "unread": "sticker"},
    ("page", "messenger_location"): {"id": "m_TEST4", "sender": PERSON, "location": Location(lat=-6.26, lng=106.81)},
    ("page", "messenger_audio"): {"id": "m_TEST5", "sender": PERSON, "unread": "audio"},
    ("page", "messenger_edit"): {
        "id": "m_TEST1:edit:1",
        "sender": PERSON,
        "edits": "m_TEST1",
        "text": "Got mampet di Cipete Utara",
    },
    ("page", "test_of_the_dashboard"): {"id": "test_message_id", "sender": "12334", "text": "test_message"},
    ("instagram", "comment"): {
        **PUBLIC,
        "id": "18000000000000001",
        "post": "18000000000000001",
        "text": "@dkijakarta trotoar rusak di Blok M",
    },
    ("instagram", "comment_of_the_other_login"): {
        **PUBLIC,
        "id": "18000000000000001",
        "post": "18000000000000001",
        "text": "@dkijakarta trotoar rusak di Blok M",
    },
    ("instagram", "live_comment"): {
        **PUBLIC,
        "id": "18000000000000002",
        "post": "18000000000000002",
        "text": "@dkijakarta trotoar rusak di Blok M",
    },
    ("instagram", "mention"): {
        "id": "18000000000000003",
        "sender": "comment:18000000000000003",
        "public": True,
        "post": "mention:18100000000000002:18000000000000003",
        "unread": "mention",
    },
    ("instagram", "mention_in_a_caption"): {
        "id": "18100000000000003",
        "sender": "comment:18100000000000003",
        "public": True,
        "post": "mention:18100000000000003:",
        "unread": "mention",
    },
    ("instagram", "dm"): {"id": "aWdfZAG1faXRlbTox", "sender": PERSON, "text": "Lampu merah mati"},
    ("instagram", "dm_deleted"): {
        "id": "aWdfZAG1faXRlbTox:deleted",
        "sender": PERSON,
        "deletes": "aWdfZAG1faXRlbTox",
    },
    ("instagram", "dm_unsupported"): {"id": "aWdfZAG1faXRlbToy", "sender": PERSON, "unread": "unsupported"},
    ("instagram", "dm_reel"): {"id": "aWdfZAG1faXRlbToz", "sender": PERSON, "unread": "ig_reel"},
    ("instagram", "story_mention"): {
        "id": "aWdfZAG1faXRlbTo0",
        "sender": PERSON,
        "photos": ("https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1",),
    },
}
SKIPPED: dict[tuple[str, str], list[str]] = {
    ("whatsapp", "reaction"): ["reaction"],
    ("whatsapp", "status"): ["status", "status-failed"],
    ("whatsapp", "errors"): ["error"],
    ("whatsapp", "echo"): ["own-echo"],
    ("whatsapp", "template_status"): ["message_template_status_update"],
    ("page", "comment_hidden"): ["hide"],
    ("page", "own_comment"): ["own-echo"],
    ("page", "like"): ["reaction"],
    ("page", "rating"): ["ratings"],
    ("page", "messenger_echo"): ["own-echo"],
    ("page", "messenger_read"): ["read"],
    ("page", "messenger_delivery"): ["delivery"],
    ("page", "messenger_postback"): ["postback"],
    ("page", "messenger_reaction"): ["reaction"],
    ("page", "standby"): ["standby"],
    ("instagram", "own_comment"): ["own-echo"],
    ("instagram", "own_comment_marked"): ["own-echo"],
    ("instagram", "story_insights"): ["story_insights"],
    ("instagram", "seen"): ["read"],
}


class TestElements:
    @pytest.mark.parametrize("case", MESSAGES, ids=" ".join)
    def test_a_message(self, case: tuple[str, str]) -> None:
        message = golden(*case)
        assert told(message) == MESSAGES[case]
        assert message.conversational
        assert message.raw
        assert message.name == ""

    @pytest.mark.parametrize("case", SKIPPED, ids=" ".join)
    def test_no_message(self, case: tuple[str, str]) -> None:
        found = read(GOLDENS[case[0]][case[1]])
        assert [element.reason for element in found if isinstance(element, Skipped)] == SKIPPED[case]
        assert len(found) == len(SKIPPED[case])

    def test_every_golden_is_told(self) -> None:
        assert {*MESSAGES, *SKIPPED, ("page", "comment_edited")} == set(CASES)

    def test_an_edited_comment_is_another_message_each_time_and_the_same_when_sent_again(self) -> None:
        first, again = golden("page", "comment_edited"), golden("page", "comment_edited")
        assert first == again
        assert first.edits == "501_601"
        assert first.id.startswith("501_601:edit:")
        changed = copy.deepcopy(GOLDENS["page"]["comment_edited"])
        changed["entry"][0]["changes"][0]["value"]["message"] = "Lampu mati, lagi"
        (second,) = read(changed)
        assert isinstance(second, Message)
        assert second.edits == first.edits
        assert second.id != first.id

    def test_an_edited_comment_brings_no_picture_a_second_time(self) -> None:
        body = copy.deepcopy(GOLDENS["page"]["comment_edited"])
        comment = body["entry"][0]["changes"][0]["value"]
        comment["photo"] = "https://scontent.example/1.jpg?signed=2"
        (edited,) = read(body)
        assert isinstance(edited, Message)
        assert (edited.edits, edited.photos) == ("501_601", ())
        comment["message"] = ""
        (wordless,) = read(body)
        assert wordless == Skipped(reason="edit-without-text", id="501_601")

    @pytest.mark.parametrize(
        ("item", "sender"),
        [
            ({"from": "6281299999999"}, "6281299999999"),
            ({"from_user_id": "ID.BBB"}, "ID.BBB"),
            ({}, "ID.AAA"),
            ({"from": "628111111"}, "ID.AAA"),
        ],
    )
    def test_a_contact_is_the_sender_only_where_the_message_does_not_say_otherwise(
        self, item: dict[str, str], sender: str
    ) -> None:
        value = {
            "metadata": {"display_phone_number": "6280000001708"},
            "contacts": [{"wa_id": "628111111", "user_id": "ID.AAA"}],
            "messages": [{"id": "w1", "timestamp": "1772501400", "type": "text", "text": {"body": "x"}, **item}],
        }
        changes = [{"field": "messages", "value": value}]
        (found,) = read({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": changes}]})
        assert isinstance(found, Message)
        assert found.sender == sender

    @pytest.mark.parametrize(
        "sent", [1772501400, "1772501400", 1772501400000, "1772501400000", "2026-03-03T08:30:00+0700"]
    )
    def test_times(self, sent: object) -> None:
        body = copy.deepcopy(GOLDENS["page"]["messenger_text"])
        body["entry"][0]["messaging"][0]["timestamp"] = sent
        (message,) = read(body)
        assert isinstance(message, Message)
        assert message.sent_at == SENT

    def test_an_id_as_number_and_as_text_is_the_same(self) -> None:
        body = copy.deepcopy(GOLDENS["page"]["comment"])
        value = body["entry"][0]["changes"][0]["value"]
        value["comment_id"], value["from"]["id"], body["entry"][0]["id"] = 601, int(PERSON), 100000000000001
        (number,) = read(body)
        value["comment_id"], value["from"]["id"], body["entry"][0]["id"] = "601", PERSON, "100000000000001"
        (text,) = read(body)
        assert isinstance(number, Message)
        assert isinstance(text, Message)
        assert (number.id, number.sender) == (text.id, text.sender) == ("601", PERSON)
        value["from"]["id"] = 100000000000001
        assert read(body) == (Skipped(reason="own-echo", id="601"),)

    def test_the_original_is_the_same_whatever_it_is_sent_with(self) -> None:
        alone = golden("page", "comment")
        both = {"object": "page", "entry": [*GOLDENS["page"]["like"]["entry"], *GOLDENS["page"]["comment"]["entry"]]}
        assert read(both)[1] == alone
        assert json.loads(alone.raw) == GOLDENS["page"]["comment"]["entry"][0]["changes"][0]["value"]

    @pytest.mark.parametrize(
        ("lat", "lng", "point"),
        [
            (0, 0, None),
            (106.8, -6.2, (-6.2, 106.8)),
            ("-6.2", "106.8", (-6.2, 106.8)),
            (200, 10, None),
            (True, 1, None),
            ("nan", 1, None),
            (-6.2, None, None),
        ],
    )
    def test_points(self, lat: object, lng: object, point: tuple[float, float] | None) -> None:
        body = copy.deepcopy(GOLDENS["whatsapp"]["location"])
        body["entry"][0]["changes"][0]["value"]["messages"][0]["location"] = {"latitude": lat, "longitude": lng}
        (message,) = read(body, "whatsapp")
        assert isinstance(message, Message)
        found = message.location and (message.location.lat, message.location.lng)
        assert found == point
        assert message.unread == ("" if point else "location")

    def test_the_payloads_own_object_decides(self) -> None:
        (message,) = read(GOLDENS["instagram"]["comment"], "facebook")
        assert isinstance(message, Message)
        assert (message.channel, message.post) == ("facebook", "18000000000000001")
        without = {"entry": GOLDENS["whatsapp"]["text"]["entry"]}
        (message,) = read(without, "whatsapp")
        assert isinstance(message, Message)
        assert message.sender == USER

    def test_several_senders_in_one_value(self) -> None:
        body = copy.deepcopy(GOLDENS["whatsapp"]["text"])
        value = body["entry"][0]["changes"][0]["value"]
        value["contacts"].append({"wa_id": "6281200000002", "user_id": "ID.2"})
        del value["messages"][0]["from_user_id"]
        value["messages"].append({**value["messages"][0], "id": "wamid.B", "from": "6281200000002"})
        value["messages"].append({**value["messages"][0], "id": "wamid.C", "from": "6281200000003"})
        senders = [message.sender for message in read(body, "whatsapp") if isinstance(message, Message)]
        assert senders == [USER, "ID.2", "6281200000003"]


class TestHandshake:
    QUERY = {"hub.mode": "subscribe", "hub.challenge": "1158201444", "hub.verify_token": "t0ken"}

    def ask(self, method: str = "GET", secrets: dict[str, str] | None = None, **query: str) -> tuple[str, str] | None:
        given = {**self.QUERY, **{name.replace("hub_", "hub."): value for name, value in query.items()}}
        request = Request(method=method, url="https://x/", headers={}, query=given)
        return meta.handshake(channel("facebook"), request, SECRETS if secrets is None else secrets)

    def test_the_challenge_comes_back(self) -> None:
        assert self.ask() == ("1158201444", "text/plain")
        assert self.ask(secrets={"verify_token": "old t0ken"}) == ("1158201444", "text/plain")

    def test_from_the_url_alone(self) -> None:
        url = "https://x/?hub.mode=subscribe&hub.challenge=7&hub.verify_token=t0ken"
        assert meta.handshake(channel("facebook"), Request(method="GET", url=url, headers={}), SECRETS) == (
            "7",
            "text/plain",
        )

    @pytest.mark.parametrize("token", ["", "t0ke", "t0ken ", "t0kenx", "ü", "\ud800"])
    def test_a_wrong_token(self, token: str) -> None:
        with pytest.raises(NotYours):
            self.ask(hub_verify_token=token)

    def test_no_token_of_ours(self) -> None:
        with pytest.raises(NotYours):
            self.ask(secrets={}, hub_verify_token="")

    def test_anything_else(self) -> None:
        assert self.ask("POST") is None
        assert self.ask(hub_mode="unsubscribe") is None
        assert meta.handshake(channel("facebook"), Request(method="GET", url="https://x/", headers={}), SECRETS) is None


class TestSignature:
    BODY = b'{"object":"page","entry":[]}'

    def signature(self, key: bytes = b"s3cret", body: bytes = BODY) -> str:
        return "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()

    def check(self, signature: str | None, secrets: dict[str, str] = SECRETS, method: str = "POST") -> None:
        headers = {} if signature is None else {"x-hub-signature-256": signature}
        request = Request(method=method, url="https://x/", headers=headers, body=self.BODY)
        meta.verify(channel("facebook"), request, secrets, NOW)

    def test_right(self) -> None:
        self.check(self.signature())
        self.check(self.signature(), {"app_secret": "next s3cret"})
        self.check(self.signature(b"next"), {"app_secret": "next s3cret"})

    @pytest.mark.parametrize("given", [None, "", "sha256=", "sha1=abc", "sha256=ü", "sha256=" + "0" * 64])
    def test_wrong(self, given: str | None) -> None:
        with pytest.raises(BadSignature):
            self.check(given)

    def test_another_body_another_secret_none_or_a_get(self) -> None:
        for signature, secrets in (
            (self.signature(body=b"{}"), SECRETS),
            (self.signature(b""), {}),
            (self.signature(b"x"), SECRETS),
        ):
            with pytest.raises(BadSignature):
                self.check(signature, secrets)
        with pytest.raises(BadSignature):
            self.check(self.signature(), method="GET")

    def test_the_published_vector(self) -> None:
        shared = Path("/work/shared/wire")
        if not (shared / "vectors.json").is_file():
            pytest.skip("the published vectors are not in a clone")
        vector = json.loads((shared / "vectors.json").read_text())["meta_x_hub_256"]
        request = post((shared / vector["body_file"]).read_bytes(), **{"x-hub-signature-256": vector["expected"]})
        meta.verify(channel("whatsapp"), request, {"app_secret": vector["secret"]}, NOW)
        (message,) = meta.parse_all(channel("whatsapp"), request, NOW)
        assert isinstance(message, Message)
        assert message.text == "Hey there! I am using PyWa."


class TestBatches:
    def test_a_thousand_mixed_entries_in_order_and_in_time(self) -> None:
        entries = []
        for number in range(1000):
            group, name = CASES[number % len(CASES)]
            if group == "whatsapp":
                group, name = "page", "messenger_text"
            entry = copy.deepcopy(GOLDENS[group][name]["entry"][0])
            entries.append(entry)
        body = json.dumps({"object": "page", "entry": entries}).encode()
        started = time.thread_time()
        found = meta.parse_all(channel("facebook"), post(body), NOW)
        spent = time.thread_time() - started
        assert len(found) == 1000
        assert spent < 1.0

    def test_one_bad_entry_spoils_nothing(self) -> None:
        bad: list[Any] = [None, 7, "x", [], {}, {"id": "1", "changes": [None]}, {"id": "1", "messaging": [{}]}]
        bad += [{"id": "1", "messaging": [{"sender": 7, "message": []}]}, {"id": "1", "changes": [{"field": "feed"}]}]
        good = GOLDENS["page"]["messenger_text"]["entry"][0]
        found = read({"object": "page", "entry": [good, *bad, good]})
        assert found[0] == found[-1] == golden("page", "messenger_text")
        assert [type(each) for each in found[1:-1]] == [Skipped] * len(bad)
        assert {each.reason for each in found[1:-1] if isinstance(each, Skipped)} == {"unreadable"}

    @pytest.mark.parametrize("body", [{}, {"object": "page"}, {"object": "page", "entry": []}, {"entry": None}])
    def test_without_entries(self, body: object) -> None:
        assert read(body) == ()

    @pytest.mark.parametrize("body", [b"", b"x", b"[]", b"7", b'"x"', b"null", b"[" * 100_000])
    def test_no_object_at_all(self, body: bytes) -> None:
        with pytest.raises(Malformed):
            read(body)

    def test_more_than_meta_sends(self) -> None:
        with pytest.raises(TooLarge):
            read(b" " * (meta.MAX_BYTES + 1))


class TestAnything:
    @given(st.binary(max_size=300))
    def test_any_bytes(self, body: bytes) -> None:
        outcome(body)

    @given(
        st.sampled_from(CASES),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
            max_leaves=8,
        ),
        st.integers(min_value=0),
    )
    def test_a_payload_with_one_value_replaced(self, case: tuple[str, str], value: object, where: int) -> None:
        body = copy.deepcopy(GOLDENS[case[0]][case[1]])
        spots = list(places(body))
        holder, key = spots[where % len(spots)]
        holder[key] = value
        outcome(json.dumps(body).encode())

    @given(st.sampled_from(CASES), st.integers(min_value=0), st.binary(min_size=1, max_size=4))
    def test_a_payload_with_some_bytes_replaced(self, case: tuple[str, str], where: int, replacement: bytes) -> None:
        body = json.dumps(GOLDENS[case[0]][case[1]], ensure_ascii=False).encode()
        at = where % len(body)
        outcome(body[:at] + replacement + body[at + len(replacement) :])

    @pytest.mark.parametrize("nasty", ["\ud800", "\0", "x" * 100_000, 10**300, -0.0, {"a": []}, "\u202e", "1" * 5_000])
    @pytest.mark.parametrize("case", [("whatsapp", "image"), ("page", "comment"), ("instagram", "dm")])
    def test_a_nasty_value_everywhere(self, case: tuple[str, str], nasty: object) -> None:
        for number in range(len(list(places(GOLDENS[case[0]][case[1]])))):
            body = copy.deepcopy(GOLDENS[case[0]][case[1]])
            holder, key = list(places(body))[number]
            holder[key] = nasty
            outcome(json.dumps(body).encode())


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every spot of a document where a value stands."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    return [spot for key in keys for spot in ((value, key), *places(value[key]))]


def outcome(body: bytes) -> None:
    """Messages and skipped elements that can be stored, or an error of ours."""
    for name in ("facebook", "whatsapp"):
        try:
            found = meta.parse_all(channel(name), post(body), NOW)
        except ReportError:
            continue
        for element in found:
            assert isinstance(element, Message | Skipped)
            if isinstance(element, Message):
                assert element.id
                assert element.sender
                assert len(element.id) <= 600
                assert len(element.text) <= 20_000
                for text in (element.id, element.sender, element.text, element.post, *element.photos, element.unread):
                    text.encode()
                    assert "\0" not in text


def test_the_registry_finds_it() -> None:
    assert http_adapter(channel("facebook")) is meta
    assert meta.http_answer(channel("facebook"))[1] == "text/plain"
    assert meta.RECEIPT is False

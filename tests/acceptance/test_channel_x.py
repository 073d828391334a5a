"""X: off by default because it is paid; the challenge, mentions, direct messages."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from urllib.parse import quote

import pytest

from tests.acceptance.clients import SECRETS, Server, at_once, fresh, in_time, until
from tests.acceptance.providers import PLACE, WHO, X_ACCOUNT, digits, number, seen, x_call, x_dm, x_mention


def sent_by_x(every: Server, *to: str, count: int = 1) -> list[dict[str, object]]:
    def look() -> list[dict[str, object]]:
        found = [e for e in every.outbox(channel="x") if e["to"] in to]
        return found[::-1] if len(found) >= count else []

    return list(until(look, 12, what=f"{count} answers on X"))


def test_by_default_it_is_off_and_says_where_to_go_instead(city: Server) -> None:
    for answer in (
        x_call(city, x_mention(digits(19), "@DKIJakarta jalan rusak")),
        city.get("/channels/x?crc_token=abc"),
    ):
        assert answer.status == 410, (answer.status, answer.text)
        assert "instead" in json.dumps(answer.json)
        assert "WhatsApp" in answer.text


@pytest.mark.parametrize("token", ["challenge", "MTcx+NzYw/MzU=", "ü", "a" * 500])
def test_the_challenge_is_answered_with_its_hmac(every: Server, token: str) -> None:
    began = time.monotonic()
    answer = every.get(f"/channels/x?crc_token={quote(token, safe='')}&nonce=abc")
    in_time(time.monotonic() - began, 3, "X gives three seconds")
    assert answer.status == 200
    digest = hmac.digest(SECRETS["x"]["consumer_secret"].encode(), token.encode(), hashlib.sha256)
    assert answer.json["response_token"] == "sha256=" + base64.b64encode(digest).decode()


def test_a_wrong_signature_is_401_and_nothing_is_stored(every: Server) -> None:
    author = digits(19)
    for signature in ("", "sha256=", "x", "sha256=" + base64.b64encode(b"x" * 32).decode(), "\xe9"):
        assert x_call(every, x_mention(author, "@DKIJakarta jalan rusak"), signature).status == 401
    every.quiet(0.3)
    assert not every.outbox(channel="x", to=author)


def test_a_mention_is_thanked_in_public_and_asked_in_private(every: Server) -> None:
    author, post, mark = digits(19), digits(19), fresh("kicau")
    payload = x_mention(author, f"@DKIJakarta pohon tumbang di Jl. Sabang {mark}", post)
    for _ in range(2):
        assert x_call(every, payload).status == 200
    # the same post by the other API, and the same event with another uuid
    assert x_call(every, x_mention(author, f"@DKIJakarta pohon tumbang di Jl. Sabang {mark}", post)).status == 200
    sent = sent_by_x(every, author, post, count=2)
    every.quiet()
    sent = sent_by_x(every, author, post, count=2)
    public = [e for e in sent if e["to"] == post]
    private = [e for e in sent if e["to"] == author]
    assert len(public) == len(private) == 1, sent
    assert "terima kasih" in str(public[0]["text"]).lower()
    for word in ("nama", "alamat", "jkt-"):
        assert word not in str(public[0]["text"]).lower()
    tracking = number(str(private[0]["text"]))
    assert mark in every.words(tracking)
    assert "@DKIJakarta" not in every.words(tracking)
    assert x_call(every, x_dm(author, f"{WHO}. {PLACE}")).status == 200
    until(lambda: every.status(tracking) != "incomplete", 10)


def test_a_direct_message_is_a_private_report(every: Server) -> None:
    author = digits(19)
    payload = x_dm(author, f"Lampu jalan mati. {PLACE}. {WHO}")
    assert {a.status for a in at_once([lambda: x_call(every, payload)] * 3)} == {200}
    (entry,) = sent_by_x(every, author)
    every.quiet(0.4)
    assert len(sent_by_x(every, author)) == 1
    assert every.status(number(str(entry["text"]))) == "waiting"


def test_our_own_posts_and_messages_are_passed_over(every: Server) -> None:
    before = len(every.outbox(channel="x"))
    echo = x_dm(X_ACCOUNT, "Terima kasih")
    echo["direct_message_events"][0]["message_create"]["target"] = {"recipient_id": digits(19)}
    for payload in (
        echo,
        x_mention(X_ACCOUNT, "@DKIJakarta kami sedang bekerja"),
        {"for_user_id": X_ACCOUNT, "favorite_events": [{"id": "x"}]},
        {"for_user_id": X_ACCOUNT, "follow_events": [{"type": "follow"}]},
        {"for_user_id": X_ACCOUNT, "tweet_create_events": [None, 3, {}]},
        {"data": {"event_type": "profile.update.bio", "payload": {"before": "a"}}},
        {"user_event": {"revoke": {"source": {"user_id": "63046977"}}}},
    ):
        assert x_call(every, payload).status == 200, payload
    every.quiet(0.4)
    assert len(every.outbox(channel="x")) == before


def test_a_negative_event_uuid_and_a_deleted_post(every: Server) -> None:
    author, post, mark = digits(19), digits(19), fresh("negatif")
    assert x_call(every, x_mention(author, f"@DKIJakarta got mampet {mark}", post, "-" + digits(18))).status == 200
    entry = sent_by_x(every, author)[0]
    tracking = number(str(entry["text"]))
    before = len(seen(every, tracking)["history"])
    gone = {
        "for_user_id": X_ACCOUNT,
        "tweet_delete_events": [
            {"status": {"id": post, "user_id": author}, "timestamp_ms": str(int(time.time() * 1000))}
        ],
    }
    assert x_call(every, gone).status == 200
    until(lambda: len(seen(every, tracking)["history"]) > before, 10, what="the deletion in the history")
    assert mark in every.words(tracking)


def test_somebody_who_takes_no_direct_messages_still_gets_a_public_thank_you_and_no_question(every: Server) -> None:
    post, mark = digits(19), fresh("tertutup")
    payload = x_mention("403", f"@DKIJakarta jalan rusak di Jl. Sabang {mark}", post)
    assert x_call(every, payload).status == 200
    sent = sent_by_x(every, post)
    every.quiet()
    sent = sent_by_x(every, post)
    for entry in sent:
        assert "nama" not in str(entry["text"]).lower()
        assert "alamat" not in str(entry["text"]).lower()
    assert any("http" in str(entry["text"]) for entry in sent), (
        "a form link where the provider refuses the private message"
    )

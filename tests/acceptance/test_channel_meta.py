"""Facebook, Messenger, Instagram, WhatsApp: one provider, many shapes."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from tests.acceptance.clients import SECRETS, Server, at_once, fresh, in_time, until
from tests.acceptance.providers import (
    PAGE,
    PLACE,
    WHO,
    answers,
    comment,
    digits,
    hub_signature,
    ig_comment,
    ig_message,
    insta,
    messenger,
    meta,
    mobile,
    number,
    page,
    seen,
    texts,
    wa_entry,
    wa_message,
    wa_payload,
    wa_pin,
    wa_status,
    wa_value,
    whatsapp,
)

META = ("facebook", "instagram", "whatsapp")
PRIVATE_WORDS = ("nama", "alamat", "name", "address", "JKT-")


def rows_with(server: Server, mark: str) -> list[str]:
    """The tracking numbers of all reports whose words hold a mark."""
    return [
        str(row["tracking"])
        for name in ("waiting", "incomplete")
        for row in server.queue(name, limit=200)
        if mark in str(row["problem"])
    ]


@pytest.mark.parametrize("channel", META)
def test_the_handshake_echoes_the_challenge_as_plain_text(every: Server, channel: str) -> None:
    query = {
        "hub.mode": "subscribe",
        "hub.challenge": "1158201444",
        "hub.verify_token": SECRETS[channel]["verify_token"],
    }
    answer = every.get(f"/channels/{channel}?{urlencode(query)}")
    assert (answer.status, answer.text) == (200, "1158201444")
    assert answer.header("content-type").startswith("text/plain")
    for wrong in ({"hub.verify_token": "meatyhamhock"}, {"hub.mode": "unsubscribe"}, {"hub.verify_token": ""}):
        refused = every.get(f"/channels/{channel}?{urlencode(query | wrong)}")
        assert refused.status in (400, 401, 403), refused.text
        assert "1158201444" not in refused.text


@pytest.mark.parametrize("script", ["<script>alert(1)</script>", "a" * 5000, "%0d%0aX: y", ""])
def test_a_strange_challenge_is_never_given_back_as_a_page(every: Server, script: str) -> None:
    query = {"hub.mode": "subscribe", "hub.challenge": script, "hub.verify_token": SECRETS["facebook"]["verify_token"]}
    answer = every.get(f"/channels/facebook?{urlencode(query)}")
    assert answer.status in (200, 400, 422)
    assert "html" not in answer.header("content-type")


@pytest.mark.parametrize("channel", META)
def test_what_is_not_signed_by_meta_is_refused_and_nothing_of_it_is_stored(every: Server, channel: str) -> None:
    mark = fresh("palsu")
    message = wa_message(mobile(), f"Jalan berlubang {mark}")
    payload = {
        "whatsapp": wa_payload(wa_entry(wa_value(message))),
        "facebook": page(messenger(digits(), f"Jalan berlubang {mark}")),
        "instagram": insta(ig_message(digits(), f"Jalan berlubang {mark}")),
    }[channel]
    raw = json.dumps(payload).encode()
    right = hub_signature(channel, raw)
    wrong = [
        None,
        "",
        "sha256=",
        right.removeprefix("sha256="),
        right[:-1] + ("0" if right[-1] != "0" else "1"),
        right[:-2],
        hub_signature(channel, raw, "another"),
        hub_signature(channel, raw + b" "),
        "sha1=" + right.removeprefix("sha256="),
        "sha256=\xe9\xff",
    ]
    for signature in wrong:
        headers = {"Content-Type": "application/json"}
        if signature is not None:
            headers["X-Hub-Signature-256"] = signature
        answer = every.call("POST", f"/channels/{channel}", raw, headers)
        assert answer.status == 401, (signature, answer.status, answer.text)
        assert answer.json["code"]
    other = next(name for name in META if name != channel)
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": hub_signature(other, raw)}
    assert every.call("POST", f"/channels/{channel}", raw, headers).status == 401
    every.quiet(0.4)
    assert rows_with(every, mark) == []


def test_a_whatsapp_message_delivered_again_and_again_is_one_message(every: Server) -> None:
    sender, mark = mobile(), fresh("tanda")
    message = wa_message(sender, f"Jalan berlubang di depan sekolah {mark}")
    payload = wa_payload(wa_entry(wa_value(message)))
    for _ in range(3):
        assert meta(every, "whatsapp", payload).status == 200
    assert {a.status for a in at_once([lambda: meta(every, "whatsapp", payload)] * 4)} == {200}
    # in another batch, with a status before it
    again = wa_payload(wa_entry(wa_status(sender)), wa_entry(wa_value(message)))
    assert meta(every, "whatsapp", again).status == 200
    texts(every, "whatsapp", sender)
    every.quiet()
    assert len(texts(every, "whatsapp", sender)) == 1
    assert len(rows_with(every, mark)) == 1
    assert every.words(rows_with(every, mark)[0]).count(mark) == 1


def test_the_same_words_sent_twice_on_purpose_are_two_messages(every: Server) -> None:
    sender = mobile()
    first, second = whatsapp(every, sender, "Halo"), whatsapp(every, sender, "Halo")
    assert first["id"] != second["id"]
    assert len(texts(every, "whatsapp", sender, 2)) >= 2


@pytest.mark.parametrize(
    "entry",
    [
        wa_entry(wa_status("6281200000001", "sent")),
        wa_entry(wa_status("6281200000001", "read")),
        {"id": "1", "changes": []},
        {"id": "1", "changes": [{"field": "message_template_status_update", "value": {"event": "APPROVED"}}]},
        {"id": "1", "changes": [{"field": "account_alerts", "value": {"entity_type": "PHONE_NUMBER"}}]},
    ],
)
def test_statuses_alone_are_taken_and_answered_to_nobody(every: Server, entry: object) -> None:
    before = len(every.outbox(channel="whatsapp"))
    assert meta(every, "whatsapp", {"object": "whatsapp_business_account", "entry": [entry]}).status == 200
    every.quiet(0.4)
    assert len(every.outbox(channel="whatsapp")) == before


def test_a_mixed_page_batch_yields_exactly_the_citizens_messages(every: Server) -> None:
    writer, commenter, mark = digits(), digits(), fresh("campur")
    echo = messenger(PAGE, "Terima kasih " + fresh("gema"), is_echo=True, app_id=1517776481860111)
    echo["messaging"][0] |= {"sender": {"id": PAGE}, "recipient": {"id": writer}}
    delivery = {
        "id": PAGE,
        "time": 1,
        "messaging": [
            {
                "sender": {"id": writer},
                "recipient": {"id": PAGE},
                "delivery": {"mids": ["m_1"], "watermark": 1458668856253},
            },
            {"sender": {"id": writer}, "recipient": {"id": PAGE}, "timestamp": 5, "read": {"watermark": 1458668856253}},
            {
                "sender": {"id": writer},
                "recipient": {"id": PAGE},
                "timestamp": 5,
                "reaction": {"reaction": "love", "emoji": "\u2764", "action": "react", "mid": "m_1"},
            },
        ],
    }
    payload = page(
        delivery,
        echo,
        comment(PAGE, "Kami sedang menangani " + mark),
        comment(commenter, "", verb="remove"),
        {
            "id": PAGE,
            "time": 1,
            "changes": [
                {
                    "field": "feed",
                    "value": {
                        "item": "reaction",
                        "reaction_type": "like",
                        "verb": "add",
                        "post_id": f"{PAGE}_77",
                        "from": {"id": commenter, "name": "X"},
                    },
                }
            ],
        },
        {"id": PAGE, "time": 1, "changes": [{"field": "leadgen", "value": {"leadgen_id": "4"}}]},
        {"id": PAGE, "time": 1, "changes": [{"field": "feed", "value": None}, 7, None, "x"]},
        messenger(writer, f"Lampu jalan mati di depan Stasiun Cikini {mark}"),
        comment(commenter, f"Trotoar rusak di depan Pasar Senen {mark}"),
    )
    assert meta(every, "facebook", payload).status == 200
    until(lambda: len(rows_with(every, mark)) == 2, 10, what="two reports")
    every.quiet()
    assert sorted(every.words(t)[:5] for t in rows_with(every, mark)) == ["Lampu", "Troto"]
    assert not [e for e in every.outbox(channel="facebook") if e["to"] == PAGE]


def test_on_a_comment_nobody_is_asked_in_public_who_they_are(every: Server) -> None:
    author = digits()
    entry = comment(author, "Got mampet di depan Pasar Senen, bau sekali")
    comment_id = entry["changes"][0]["value"]["comment_id"]
    assert meta(every, "facebook", page(entry)).status == 200
    sent = answers(every, "facebook", comment_id, 2)
    every.quiet()
    sent = answers(every, "facebook", comment_id, 2)
    public = [e for e in sent if e["public"]]
    private = [e for e in sent if not e["public"]]
    assert len(public) == 1, sent
    assert len(private) == 1, sent
    assert "terima kasih" in public[0]["text"].lower()
    for word in PRIVATE_WORDS:
        assert word not in public[0]["text"].lower().replace("jkt", "JKT"), public[0]["text"]
    assert "nama" in private[0]["text"].lower()
    tracking = number(private[0]["text"])
    # the person goes on in Messenger: the same report
    assert meta(every, "facebook", page(messenger(author, f"{WHO}. {PLACE}"))).status == 200
    until(lambda: every.status(tracking) == "waiting", 10)


def test_on_instagram_too(every: Server) -> None:
    author, comment_id = digits(), digits(17)
    assert (
        meta(every, "instagram", insta(ig_comment(author, "Sampah menumpuk di Pasar Senen", comment_id))).status == 200
    )
    sent = until(
        lambda: (
            [e for e in every.outbox(channel="instagram") if e["to"] in (comment_id, author)][1:]
            and [e for e in every.outbox(channel="instagram") if e["to"] in (comment_id, author)]
        ),
        10,
        what="a thank-you and a private message",
    )
    public = [e for e in sent if e["public"]]
    assert len(public) == 1
    assert not any(word in public[0]["text"].lower() for word in ("nama", "alamat"))
    assert [e for e in sent if not e["public"]]


def test_where_meta_refuses_the_private_reply_there_is_a_form_link_and_still_no_question(every: Server) -> None:
    author = digits()
    entry = comment(author, "Pohon tumbang di Jl. Cikini Raya dekat stasiun")
    comment_id = entry["changes"][0]["value"]["comment_id"]
    assert every.call("POST", "/_local/providers/facebook/_fail", b'{"status": 400, "times": 1}').status == 200
    assert meta(every, "facebook", page(entry)).status == 200
    sent = until(lambda: [e for e in every.outbox(channel="facebook") if e["to"] == comment_id], 15)
    every.quiet()
    for e in sent:
        if e["public"]:
            assert "nama" not in e["text"].lower()
            assert "alamat" not in e["text"].lower()
    assert rows_with(every, "Pohon tumbang di Jl. Cikini Raya dekat stasiun")


def test_an_edited_comment_changes_what_the_staff_reads_before_dispatch(every: Server) -> None:
    author, mark = digits(), fresh("ubah")
    entry = comment(author, f"Jalan rusak di Pasar Baru {mark}")
    comment_id = entry["changes"][0]["value"]["comment_id"]
    assert meta(every, "facebook", page(entry)).status == 200
    (tracking,) = until(lambda: rows_with(every, mark), 10)
    edited = comment(author, f"Trotoar rusak di Pasar Baru {mark}", comment_id, "edited")
    for _ in range(2):
        assert meta(every, "facebook", page(edited)).status == 200
    until(lambda: "Trotoar" in every.words(tracking), 10)
    assert "Jalan rusak" not in every.words(tracking)
    assert len(rows_with(every, mark)) == 1


def test_an_edit_that_comes_before_what_it_edits_loses_neither(every: Server) -> None:
    author, mark = digits(), fresh("dahulu")
    comment_id = f"77_{digits()}"
    assert (
        meta(every, "facebook", page(comment(author, f"Halte rusak parah {mark}", comment_id, "edited"))).status == 200
    )
    time.sleep(0.5)
    assert meta(every, "facebook", page(comment(author, f"Halte rusak {mark}", comment_id))).status == 200
    found = until(lambda: rows_with(every, mark), 10)
    every.quiet()
    assert len(found) == 1
    assert "parah" in json.dumps(seen(every, found[0]))


def test_a_removed_comment_is_recorded_and_its_report_stays(every: Server) -> None:
    author, mark = digits(), fresh("hapus")
    entry = comment(author, f"Jembatan rusak di Pasar Baru {mark}")
    comment_id = entry["changes"][0]["value"]["comment_id"]
    assert meta(every, "facebook", page(entry)).status == 200
    (tracking,) = until(lambda: rows_with(every, mark), 10)
    before = len(seen(every, tracking)["history"])
    gone = comment(author, "", comment_id, "remove")
    del gone["changes"][0]["value"]["message"]
    assert meta(every, "facebook", page(gone)).status == 200
    until(lambda: len(seen(every, tracking)["history"]) > before, 10, what="the deletion in the history")
    assert mark in every.words(tracking)
    assert every.status(tracking) in ("incomplete", "waiting")


def test_whatsapp_edit_and_revoke(every: Server) -> None:
    sender, mark = mobile(), fresh("wa")
    first = whatsapp(every, sender, f"Jalan rusak {mark}. {PLACE}. {WHO}")
    tracking = number(texts(every, "whatsapp", sender)[0])
    edit = {
        "type": "edit",
        "edit": {
            "original_message_id": first["id"],
            "message": {"context_id": "M0", "type": "text", "text": {"body": f"Jalan amblas {mark}. {PLACE}. {WHO}"}},
        },
    }
    whatsapp(every, sender, **edit)
    until(lambda: "amblas" in every.words(tracking), 10)
    assert "Jalan rusak" not in every.words(tracking)
    before = len(seen(every, tracking)["history"])
    assert every.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    whatsapp(every, sender, type="revoke", revoke={"original_message_id": first["id"]})
    until(lambda: len(seen(every, tracking)["history"]) > before + 1, 10, what="the revocation in the history")
    assert "amblas" in every.words(tracking), "a deletion erases nothing the agency has"
    assert every.status(tracking) == "coordination"


def test_a_person_without_a_phone_number_is_known_by_the_user_id(every: Server) -> None:
    user, mark = f"ID.{digits(20)}", fresh("tanpa")
    message = wa_message("x", f"Jalan berlubang di Pasar Baru {mark}")
    del message["from"]
    message["from_user_id"] = user
    value = wa_value(wa_message("x", ""))
    value |= {
        "contacts": [{"profile": {"name": "Dw", "username": "dw.a"}, "user_id": user}],
        "messages": [message],
    }
    assert meta(every, "whatsapp", wa_payload(wa_entry(value))).status == 200
    (tracking,) = until(lambda: rows_with(every, mark), 10)
    assert tracking in texts(every, "whatsapp", user)[0]


@pytest.mark.parametrize(
    "message",
    [
        {"type": "audio", "audio": {"mime_type": "audio/ogg; codecs=opus", "sha256": "x=", "id": "1", "voice": True}},
        {"type": "sticker", "sticker": {"mime_type": "image/webp", "sha256": "x=", "id": "1", "animated": False}},
        {"type": "unsupported", "errors": [{"code": 131051, "title": "Message type unknown"}]},
        {"type": "contacts", "contacts": [{"name": {"formatted_name": "B", "first_name": "B"}, "phones": []}]},
    ],
    ids=["voice note", "sticker", "unsupported", "contacts"],
)
def test_what_nobody_can_read_is_answered_with_the_request_to_write(every: Server, message: dict[str, object]) -> None:
    sender = mobile()
    whatsapp(every, sender, **message)
    (text,) = texts(every, "whatsapp", sender)
    assert text.strip()


def test_a_pin_first_and_the_words_later_are_one_report(every: Server) -> None:
    sender, mark = mobile(), fresh("pin")
    whatsapp(every, sender, **wa_pin(-6.1988, 106.8412, name="Stasiun Cikini", address="Jl. Cikini Raya, Jakarta"))
    first = texts(every, "whatsapp", sender)[0]
    whatsapp(every, sender, f"Lampu jalan mati {mark}")
    whatsapp(every, sender, WHO)
    tracking = number(first)
    until(lambda: every.status(tracking) != "incomplete", 10)
    report = seen(every, tracking)
    assert mark in report["problem"]
    assert rows_with(every, mark) in ([], [tracking]), "dispatched at once or waiting, and nothing beside it"
    assert "106.84" in json.dumps(report)


def test_an_unreadable_entry_never_costs_the_others(every: Server) -> None:
    sender, mark = mobile(), fresh("utuh")
    bad = [
        None,
        17,
        "x",
        [],
        {},
        {"id": 1, "changes": "x"},
        {"id": "1", "changes": [{"field": "messages", "value": {"messages": [None, 3, {"id": None}, {"from": 4}]}}]},
        {"id": "1", "changes": [{"field": "messages", "value": {"messages": {"a": 1}, "contacts": 3}}]},
        wa_entry(wa_value(wa_message(mobile(), timestamp="nie") | {"text": {"body": {"x": 1}}})),
        wa_entry(wa_value(wa_message(mobile(), **wa_pin("x", None)))),  # type: ignore[arg-type]
    ]
    payload = {
        "object": "whatsapp_business_account",
        "entry": [*bad, wa_entry(wa_value(wa_message(sender, f"Jalan rusak {mark}")))],
    }
    assert meta(every, "whatsapp", payload).status == 200
    texts(every, "whatsapp", sender)
    assert len(rows_with(every, mark)) == 1


@pytest.mark.parametrize("raw", [b"", b"null", b"[]", b"{", b'"x"', b"\xff\xfe", b"[" * 5000, b'{"object": 3}'])
def test_a_body_that_is_no_notification_is_a_plain_refusal(every: Server, raw: bytes) -> None:
    for channel in META:
        answer = meta(every, channel, raw)
        assert answer.status in (200, 400, 415, 422) or raw[:1] == b"\xff", (raw[:20], answer.status)
        assert answer.status < 500
        if answer.status != 200:
            assert {"code", "message"} <= set(answer.json)


def test_another_objects_notification_is_not_taken_on_this_channel(every: Server) -> None:
    mark = fresh("salah")
    payload = {"object": "page", "entry": [wa_entry(wa_value(wa_message(mobile(), f"Jalan rusak {mark}")))]}
    raw = json.dumps(payload).encode()
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": hub_signature("whatsapp", raw)}
    assert every.call("POST", "/channels/whatsapp", raw, headers).status in (200, 400, 422)
    assert rows_with(every, mark) == []


@pytest.fixture
def big() -> Iterator[Server]:
    """A run of its own: a thousand people more would slow down what the others look for."""
    server = Server()
    yield server
    assert server.stop() == 0
    assert "Traceback" not in server.said(), server.said()


def test_a_thousand_entries_are_stored_whole_in_15_seconds_and_sent_again_doubled_nowhere(big: Server) -> None:
    mark = fresh("ribu")
    senders = [mobile() for _ in range(1000)]
    entries = []
    for place, sender in enumerate(senders):
        if place % 10 == 9:
            entries.append(wa_entry(wa_status(sender)))
        else:
            entries.append(wa_entry(wa_value(wa_message(sender, f"Lampu jalan mati urutan {place} {mark}"))))
    payload = wa_payload(*entries)
    began = time.monotonic()
    answer = meta(big, "whatsapp", payload)
    taken = time.monotonic() - began
    assert answer.status == 200, answer.text
    until(lambda: len(rows_with(big, mark)) == 900, 15, 0.5, "900 reports")
    stored = rows_with(big, mark)
    assert len(set(stored)) == 900
    turned = wa_payload(*entries[500:], *entries[:500])
    again = at_once([lambda: meta(big, "whatsapp", payload), lambda: meta(big, "whatsapp", turned)])
    assert {a.status for a in again} == {200}
    assert sorted(rows_with(big, mark)) == sorted(stored)
    in_time(taken, 15, "a thousand entries")
    until(lambda: len({e["to"] for e in big.outbox(channel="whatsapp")} & set(senders)) == 900, 240, 0.5, "900 answers")
    big.quiet(1)
    told = Counter(e["to"] for e in big.outbox(channel="whatsapp") if e["to"] in set(senders))
    assert set(told.values()) == {1}, "each person was told once"

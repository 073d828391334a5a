"""Floods: nothing is dropped silently, nobody is shouted at, a provider's retry never counts."""

from __future__ import annotations

import json
from typing import Any

from tests.acceptance.clients import Server, complete, fresh, phone, until
from tests.acceptance.providers import (
    aggregator,
    digits,
    meta,
    mobile,
    number,
    seen,
    telegram,
    texts,
    tg_update,
    wa_entry,
    wa_message,
    wa_payload,
    wa_value,
    whatsapp,
)


def test_a_flood_from_one_sender_is_kept_whole_and_answered_politely_once(every: Server) -> None:
    sender, mark = mobile(), fresh("banjir")
    for turn in range(75):
        answer = meta(
            every, "whatsapp", wa_payload(wa_entry(wa_value(wa_message(sender, f"Jalan rusak {mark}{'x' * turn}"))))
        )
        assert answer.status == 200, "a provider is never told 429 for one citizen's zeal"
    every.quiet(1)
    said = texts(every, "whatsapp", sender)
    assert len(said) < 70, len(said)
    polite = [text for text in said if not text.startswith("Laporan")] or said[-1:]
    assert polite
    tracking = number(said[0])
    kept = json.dumps(seen(every, tracking))
    rows = [
        row for name in ("incomplete", "waiting") for row in every.queue(name, limit=200) if mark in str(row["problem"])
    ]
    everything = kept + json.dumps([seen(every, row["tracking"]) for row in rows])
    for turn in range(0, 75, 6):
        assert f"{mark}{'x' * turn}" in everything, f"message {turn} is nowhere"


def test_a_providers_retries_never_count(every: Server) -> None:
    sender = mobile()
    message = wa_message(sender, "Lampu jalan mati")
    for _ in range(80):
        assert meta(every, "whatsapp", wa_payload(wa_entry(wa_value(message)))).status == 200
    first = texts(every, "whatsapp", sender)
    assert len(first) == 1
    whatsapp(every, sender, "Lokasi: depan Stasiun Cikini, Kelurahan Cikini")
    second = texts(every, "whatsapp", sender, 2)
    assert number(second[1]) == number(first[0])
    assert "nama" in second[1].lower(), "answered as ever"


def test_the_same_words_from_many_senders_are_grouped_for_the_admin(every: Server) -> None:
    words = f"Mohon perbaiki segera jembatan penyeberangan di depan Pasar Senen yang rusak {fresh('sama')}"
    trackings = []
    for _ in range(4):
        sender = phone()
        assert aggregator(every, words, sender).status == 200
        trackings.append(number(texts(every, "sms-aggregator", sender)[0]))
    assert len(set(trackings)) == 4, "none is dropped"
    until(lambda: any("same-text" in json.dumps(seen(every, t)) for t in trackings), 10, what="the flag")
    assert "same-text" not in json.dumps([every.citizen(t) for t in trackings])


def test_links_are_flagged_for_the_admin_and_the_report_stays(every: Server) -> None:
    who = int(digits(10))
    assert (
        telegram(
            every, tg_update(who, "Menang hadiah! klik http://bit.example/xyz dan https://judi.example sekarang")
        ).status
        == 200
    )
    tracking = number(texts(every, "telegram", str(who))[0])
    until(lambda: "link" in json.dumps(seen(every, tracking)), 10, what="the flag")


def test_what_an_app_is_refused_for_its_rate_says_when_to_come_again(every: Server) -> None:
    answers: list[Any] = []
    for _ in range(5):
        answers.append(every.app("jakarta-aman", complete()))
    assert {a.status for a in answers} <= {200, 429}
    for answer in answers:
        if answer.status == 429:
            assert int(answer.header("retry-after")) > 0

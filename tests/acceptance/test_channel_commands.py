"""The walk: reported by WhatsApp, followed by SMS, disputed, withdrawn; each answered where it was asked."""

from __future__ import annotations

import json

import pytest

from tests.acceptance.clients import Server, phone, until
from tests.acceptance.providers import (
    PLACE,
    WHO,
    handled,
    meta,
    mobile,
    number,
    seen,
    telegram,
    texts,
    tg_update,
    wa_pin,
    whatsapp,
)

WHOLE = f"Lampu jalan mati sudah tiga malam. {PLACE}. {WHO}"


def by_whatsapp(every: Server, sender: str, words: str = WHOLE) -> str:
    """A whole report by WhatsApp; its number."""
    whatsapp(every, sender, words)
    tracking = number(texts(every, "whatsapp", sender)[0])
    until(lambda: every.status(tracking) != "incomplete", 10)
    return tracking


def by_sms(every: Server, sender: str, words: str = WHOLE) -> str:
    assert every.sms(words, sender).status == 200
    tracking = number(texts(every, "sms", sender)[0])
    until(lambda: every.status(tracking) != "incomplete", 10)
    return tracking


def asked(every: Server, channel: str, sender: str, words: str) -> str:
    """What is answered to a message, by the same channel."""
    before = len([e for e in every.outbox(channel=channel) if str(e["to"]).lstrip("+") == sender.lstrip("+")])
    if channel == "whatsapp":
        whatsapp(every, sender, words)
    else:
        assert every.sms(words, sender).status == 200
    return texts(every, channel, sender, before + 1)[before]


def test_four_messages_with_a_pin_then_status_by_sms_then_belum_by_whatsapp(every: Server) -> None:
    wa, other = mobile(), phone()
    talk = [
        {"text": "Jalan berlubang besar, motor saya hampir jatuh"},
        wa_pin(-6.1905, 106.8385),
        {"text": "Nama saya Dewi Anggraini"},
        {"text": "Jl. Pegangsaan Timur 12, Menteng"},
    ]
    said: list[str] = []
    for count, message in enumerate(talk, 1):
        whatsapp(every, wa, **message)  # type: ignore[arg-type]
        said = texts(every, "whatsapp", wa, count)
        assert len(said) == count, said
    tracking = number(said[0])
    assert {number(text) for text in said} == {tracking}
    assert "nama" in said[0].lower()
    assert "alamat" in said[0].lower()
    assert "contoh" in said[0].lower(), "asked with an example"
    assert "lokasi" not in said[1].lower(), "the pin has told the place"
    assert "nama" not in said[2].lower()
    assert every.status(tracking) != "incomplete"
    # followed by SMS, from any phone
    told = asked(every, "sms", other, f"STATUS {tracking}")
    assert tracking in told
    for secret in ("Dewi", "Anggraini", "Pegangsaan"):
        assert secret not in told
    assert every.status(tracking) in ("waiting", "coordination")
    if every.status(tracking) == "coordination":
        every.agency(tracking, "accept")
        assert every.agency(tracking, "resolve", {"note": "Lubang sudah ditambal."}).status == 200
        assert every.act(tracking, "validate", role="validator").status == 200
    else:
        handled(every, tracking)
    until(lambda: any("SUDAH" in text for text in texts(every, "whatsapp", wa)), 10, what="asked whether it is done")
    before = len(texts(every, "whatsapp", wa))
    whatsapp(every, wa, "BELUM masih berlubang, tambalannya lepas")
    until(lambda: every.status(tracking) == "coordination", 10)
    assert tracking in texts(every, "whatsapp", wa, before + 1)[-1]
    assert "tambalannya lepas" in json.dumps(seen(every, tracking))
    told = asked(every, "sms", other, f"status {tracking.lower()}")
    assert tracking in told
    assert not [e for e in every.outbox(tracking=tracking) if e["channel"] == "sms" and e["to"] != other]


@pytest.mark.parametrize(
    "words",
    [
        "STATUS {0}",
        "status {0}",
        "Status: {0}",
        "STATUS{0}",
        "STATUS {1}",
        "STATUS  {2} ",
        "setatus {0}",
        "Cek status {0}",
        "status laporan {0}?",
    ],
)
def test_status_is_understood_with_slips(every: Server, words: str) -> None:
    tracking = by_sms(every, phone())
    forms = (tracking, tracking.lower().replace("-", ""), tracking.replace("JKT-", "JKT "))
    asker = phone()
    told = asked(every, "sms", asker, words.format(*forms))
    assert tracking in told, told
    assert len(told) <= 160
    assert not [row for row in every.queue("incomplete") if "tatus" in str(row["problem"])][:1]


def test_status_of_a_number_that_does_not_exist_is_said_and_files_nothing(every: Server) -> None:
    asker = phone()
    told = asked(every, "sms", asker, "STATUS JKT-7K3M-92QX-4HTD")
    assert told
    assert "lokasi" not in told.lower()


def test_status_without_a_number_tells_of_ones_own_report(every: Server) -> None:
    sender = phone()
    tracking = by_sms(every, sender)
    assert tracking in asked(every, "sms", sender, "STATUS")


def test_sudah_confirms(every: Server) -> None:
    sender = mobile()
    tracking = by_whatsapp(every, sender)
    handled(every, tracking)
    texts(every, "whatsapp", sender, 2)
    every.quiet()
    before = len(texts(every, "whatsapp", sender))
    whatsapp(every, sender, "SUDAH, terima kasih pak")
    assert texts(every, "whatsapp", sender, before + 1)
    assert every.status(tracking) == "done"
    history = json.dumps(seen(every, tracking)["history"])
    assert "confirm" in history, "that the reporter agrees stands in the history"


def test_belum_by_sms_from_the_phone_that_reported_by_whatsapp_disputes(every: Server) -> None:
    sender = mobile()
    tracking = by_whatsapp(every, sender)
    handled(every, tracking)
    every.quiet()
    told = asked(every, "sms", f"+{sender}", f"BELUM {tracking} lampu masih mati")
    until(lambda: every.status(tracking) == "coordination", 10)
    assert tracking in told
    assert "lampu masih mati" in json.dumps(seen(every, tracking))


def test_belum_by_sms_without_the_number_too(every: Server) -> None:
    sender = mobile()
    tracking = by_whatsapp(every, sender)
    handled(every, tracking)
    every.quiet()
    told = asked(every, "sms", f"+{sender}", "Belum, lampu masih mati")
    assert tracking in told
    until(lambda: every.status(tracking) == "coordination", 10)


@pytest.mark.parametrize(
    "words",
    [
        "BELUM beres, masih gelap",
        "belum. masih gelap",
        "Blm masih gelap",
        "belom masih gelap",
        "Belum selesai, masih gelap",
    ],
)
def test_belum_is_understood_with_slips(every: Server, words: str) -> None:
    sender = phone()
    tracking = by_sms(every, sender)
    handled(every, tracking)
    every.quiet(0.3)
    asked(every, "sms", sender, words)
    until(lambda: every.status(tracking) == "coordination", 10)


def test_nobody_else_disputes_confirms_or_withdraws(every: Server) -> None:
    sender, stranger = phone(), phone()
    tracking = by_sms(every, sender)
    told = asked(every, "sms", stranger, f"BATAL {tracking}")
    assert told
    assert every.status(tracking) == "waiting"
    handled(every, tracking)
    asked(every, "sms", stranger, f"BELUM {tracking} masih gelap")
    every.quiet()
    assert every.status(tracking) == "done"
    assert "masih gelap" not in json.dumps(seen(every, tracking))


def test_batal_withdraws_ones_own(every: Server) -> None:
    sender = phone()
    tracking = by_sms(every, sender)
    told = asked(every, "sms", sender, "BATAL")
    assert tracking in told
    assert every.status(tracking) == "withdrawn"
    # with the number, by telegram
    chat = 7_000_000_000 + hash(tracking) % 1_000_000_000
    assert telegram(every, tg_update(chat, WHOLE)).status == 200
    other = number(texts(every, "telegram", str(chat))[0])
    assert telegram(every, tg_update(chat, f"batal {other}")).status == 200
    until(lambda: every.status(other) == "withdrawn", 10)
    assert every.status(tracking) == "withdrawn"


def test_a_report_that_only_begins_with_such_a_word_is_a_report(every: Server) -> None:
    sender = phone()
    words = f"Sudah tiga hari lampu jalan mati. {PLACE}. {WHO}"
    assert every.sms(words, sender).status == 200
    tracking = number(texts(every, "sms", sender)[0])
    until(lambda: every.status(tracking) == "waiting", 10)
    assert "tiga hari lampu jalan mati" in every.words(tracking)
    another = phone()
    assert every.sms(f"Belum ada penerangan di gang kami. {PLACE}. {WHO}", another).status == 200
    assert "penerangan" in every.words(number(texts(every, "sms", another)[0]))


def test_berhenti_ends_notices_and_a_new_report_still_gets_its_number(every: Server) -> None:
    sender = mobile()
    tracking = by_whatsapp(every, sender)
    whatsapp(every, sender, "BERHENTI")
    every.quiet()
    before = len(texts(every, "whatsapp", sender))
    handled(every, tracking)
    every.quiet(1)
    assert len(texts(every, "whatsapp", sender)) == before, "no notice after BERHENTI"
    whatsapp(every, sender, "Trotoar rusak parah di depan Pasar Senen")
    text = texts(every, "whatsapp", sender, before + 1)[-1]
    assert number(text) != tracking


@pytest.mark.parametrize("word", ["STOP", "berhenti", "Stop."])
def test_stop_by_sms_is_no_report(every: Server, word: str) -> None:
    sender = phone()
    assert every.sms(word, sender).status == 200
    every.quiet()
    for entry in every.outbox(to=sender):
        assert "belum lengkap" not in entry["text"], entry


def test_a_returning_sender_is_not_asked_name_and_address_again(every: Server) -> None:
    sender = mobile()
    first = by_whatsapp(every, sender)
    handled(every, first)
    every.quiet()
    before = len(texts(every, "whatsapp", sender))
    whatsapp(every, sender, "Pohon tumbang menutup jalan sejak tadi pagi")
    text = texts(every, "whatsapp", sender, before + 1)[before]
    second = number(text)
    assert second != first
    assert "lokasi" in text.lower()
    assert "nama" not in text.lower()
    assert "alamat rumah" not in text.lower()
    whatsapp(every, sender, "Lokasi: depan Pasar Senen, Kelurahan Senen")
    until(lambda: every.status(second) != "incomplete", 10)


@pytest.mark.parametrize("dispatched", [False, True])
def test_another_problem_told_soon_after_is_never_swallowed_without_an_answer(every: Server, dispatched: bool) -> None:
    sender = mobile()
    first = by_whatsapp(every, sender)
    if dispatched:
        assert every.act(first, "dispatch", {"agency": "bina-marga", "category": "penerangan-jalan-umum"}).status == 200
    every.quiet()
    before = len(texts(every, "whatsapp", sender))
    whatsapp(every, sender, "Pohon tumbang menutup jalan. Lokasi: depan Pasar Senen, Kelurahan Senen")
    told = texts(every, "whatsapp", sender, before + 1, 8)[before]
    if dispatched:
        assert number(told) != first, "the agency has the first report: this is another one"


def test_a_returning_sender_may_change_name_and_address(every: Server) -> None:
    sender = mobile()
    first = by_whatsapp(every, sender)
    handled(every, first)
    every.quiet()
    before = len(texts(every, "whatsapp", sender))
    whatsapp(
        every,
        sender,
        "Pohon tumbang. Lokasi: depan Pasar Senen, Kelurahan Senen. Nama: Rina Wulandari. Alamat: Jl. Kramat 5",
    )
    text = texts(every, "whatsapp", sender, before + 1)[before]
    second = number(text)
    assert second != first
    until(lambda: every.status(second) == "waiting", 10)
    assert "Rina" not in json.dumps(seen(every, second))


def test_a_place_name_before_or_after_the_words_joins_the_report(every: Server) -> None:
    sender = mobile()
    whatsapp(every, sender, "Kelurahan Cikini, depan Stasiun Cikini")
    tracking = number(texts(every, "whatsapp", sender)[0])
    whatsapp(every, sender, "Lampu jalan mati dan gelap")
    texts(every, "whatsapp", sender, 2)
    whatsapp(every, sender, WHO)
    until(lambda: every.status(tracking) != "incomplete", 10)
    assert "gelap" in every.words(tracking)
    after = mobile()
    whatsapp(every, after, f"Lampu jalan mati dan gelap. {WHO}")
    tracking = number(texts(every, "whatsapp", after)[0])
    whatsapp(every, after, "di depan Stasiun Cikini, Kelurahan Cikini")
    until(lambda: every.status(tracking) != "incomplete", 10)
    assert "cikini" in json.dumps(seen(every, tracking)).lower()


def test_a_correction_within_the_half_hour_joins_the_complete_report(every: Server) -> None:
    sender = mobile()
    tracking = by_whatsapp(every, sender)
    whatsapp(every, sender, **wa_pin(-6.1988, 106.8412))
    until(lambda: "106.84" in json.dumps(seen(every, tracking)), 10, what="the pin on the report")
    assert {number(text) for text in texts(every, "whatsapp", sender)} == {tracking}


def test_an_edit_after_dispatch_is_a_note_and_changes_no_word(every: Server) -> None:
    sender = mobile()
    first = whatsapp(every, sender, WHOLE)
    tracking = number(texts(every, "whatsapp", sender)[0])
    assert every.act(tracking, "dispatch", {"agency": "bina-marga", "category": "penerangan-jalan-umum"}).status == 200
    body = {"context_id": "M0", "type": "text", "text": {"body": "Lampu dan trotoar mati di sisi barat"}}
    whatsapp(every, sender, type="edit", edit={"original_message_id": first["id"], "message": body})
    until(lambda: "sisi barat" in json.dumps(seen(every, tracking)["history"]), 10, what="the note")
    assert "sisi barat" not in every.words(tracking)


def test_a_reply_to_our_question_about_an_older_report_lands_on_it(every: Server) -> None:
    sender = mobile()
    tracking = by_whatsapp(every, sender)
    assert every.act(tracking, "ask", {"question": "Tiang di sisi mana?"}).status == 200
    until(lambda: any("sisi mana" in text for text in texts(every, "whatsapp", sender)), 10)
    whatsapp(every, sender, "Di sisi utara, dekat warung")
    until(lambda: "sisi utara" in json.dumps(seen(every, tracking)), 10)


def test_danger_to_life_is_answered_at_once_with_the_emergency_number(every: Server) -> None:
    sender = mobile()
    whatsapp(every, sender, "Tolong ada kebakaran rumah di Jl. Cikini Raya sekarang")
    assert any("112" in text for text in texts(every, "whatsapp", sender))


def test_a_wrong_signature_commands_nothing(every: Server) -> None:
    sender = mobile()
    tracking = by_whatsapp(every, sender)
    answer = meta(
        every, "whatsapp", {"object": "whatsapp_business_account", "entry": []}, **{"X-Hub-Signature-256": "sha256=00"}
    )
    assert answer.status == 401
    assert every.status(tracking) == "waiting"

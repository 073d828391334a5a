"""SMS: Twilio's form in, one plain segment out."""

from __future__ import annotations

import re

import pytest

from tests.acceptance.clients import Server, at_once, fresh, phone, until

GSM7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
BLOCKED = ("kode", "pin", "akun", "nomor")
WHOLE = "Lampu jalan mati. Lokasi: depan Stasiun Cikini, Jl. Cikini Raya, Kelurahan Cikini. Nama: Dewi Anggraini. Alamat: Jl. Pegangsaan 12"
NUMBER = re.compile(r"JKT-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")


def plain(text: str) -> None:
    """One GSM-7 segment, no word that carriers block, no link."""
    assert len(text) <= 160, (len(text), text)
    assert set(text) <= GSM7, set(text) - GSM7
    for word in BLOCKED:
        assert word not in text.lower(), text
    assert not re.search(r"https?:|www\.|\w\.(id|com|go|example)\b|127\.0", text), text


def number_of(city: Server, sender: str) -> str:
    """The tracking number in the last text to a phone."""
    found = NUMBER.findall(city.to(sender)[-1])
    assert len(found) == 1
    return str(found[0])


def test_an_incomplete_sms_is_asked_for_all_that_is_missing_in_one_text_with_an_example(city: Server) -> None:
    sender = phone()
    answer = city.sms("Jalan berlubang besar di sini", sender)
    assert answer.status == 200
    assert answer.header("content-type").split(";")[0] in ("text/xml", "application/xml")
    assert re.fullmatch(r"(<\?xml[^>]*\?>)?\s*<Response\s*(/>|></Response>)\s*", answer.text)
    (text,) = city.to(sender)
    plain(text)
    for missing in ("lokasi", "nama", "alamat", "contoh"):
        assert missing in text.lower()
    assert NUMBER.search(text)
    assert city.status(number_of(city, sender)) == "incomplete"


def test_answers_join_the_report_until_it_is_complete_and_acknowledged(city: Server) -> None:
    sender = phone()
    city.sms("Lampu jalan mati sudah seminggu", sender)
    tracking = number_of(city, sender)
    city.sms("Lokasi: depan Stasiun Cikini, Jl. Cikini Raya, Kelurahan Cikini", sender)
    texts = city.to(sender, 2)
    assert "lokasi" not in texts[1].lower().split("contoh")[0]
    city.sms("Nama: Dewi Anggraini. Alamat: Jl. Pegangsaan 12", sender)
    texts = city.to(sender, 3)
    for text in texts:
        plain(text)
        assert tracking in text
    seen = city.citizen(tracking)
    assert seen["status"]["code"] == "waiting", "no point, so it waits for a person"
    assert seen["respond_by"]
    assert "Lampu jalan mati sudah seminggu" in city.words(tracking)
    for secret in ("Dewi", "Anggraini", "Pegangsaan"):
        assert secret not in str(seen)
    until(lambda: tracking in [row["tracking"] for row in city.queue("waiting", limit=200)], 5)
    city.quiet()
    assert len(city.to(sender)) == 3


def test_a_whole_report_in_one_sms_is_acknowledged_once(city: Server) -> None:
    sender = phone()
    city.sms(WHOLE, sender)
    city.quiet()
    (text,) = city.to(sender)
    plain(text)
    assert city.status(number_of(city, sender)) == "waiting"


def test_the_same_address_may_be_said_once(city: Server) -> None:
    for text in (
        "Sampah menumpuk. Lokasi: sama dengan alamat saya. Nama: Budi. Alamat: Jl. Kebon Sirih 10, Kelurahan Kebon Sirih",
        "Sampah menumpuk. Nama: Budi. Alamat: Jl. Kebon Sirih 10, Kelurahan Kebon Sirih. Lokasi sama dengan alamat saya",
        "Sampah menumpuk. Lokasi: Jl. Kebon Sirih 10, Kelurahan Kebon Sirih. Nama: Budi. Alamat: sama dengan lokasi",
    ):
        sender = phone()
        city.sms(text, sender)
        assert city.status(number_of(city, sender)) == "waiting", text


def test_two_first_messages_at_once_are_one_report(city: Server) -> None:
    for _ in range(5):
        sender = phone()
        first, second = "Pohon tumbang menutup jalan", "Lokasi: Jl. Cikini Raya depan stasiun, Kelurahan Cikini"
        answers = at_once([lambda text=text, sender=sender: city.sms(text, sender) for text in (first, second)])
        assert [answer.status for answer in answers] == [200, 200]
        city.to(sender, 1)
        city.quiet(0.3)
        numbers = {found for text in city.to(sender) for found in NUMBER.findall(text)}
        assert len(numbers) == 1
        problem = city.staff("GET", f"/reports/{numbers.pop()}").text
        assert "Pohon tumbang" in problem
        assert "Cikini Raya" in problem


def test_twenty_messages_of_one_phone_at_once_are_one_report_and_none_is_lost(city: Server) -> None:
    sender = phone()
    texts = [f"Saluran mampet titik ke-{number} dekat sekolah" for number in range(20)]
    assert {a.status for a in at_once([lambda text=text: city.sms(text, sender) for text in texts])} == {200}
    city.quiet(0.5)
    numbers = {found for text in city.to(sender) for found in NUMBER.findall(text)}
    assert len(numbers) == 1
    stored = city.staff("GET", f"/reports/{numbers.pop()}").text
    assert [text for text in texts if text not in stored] == []


def test_the_same_message_again_changes_nothing(city: Server) -> None:
    sender, sid = phone(), fresh("SM")
    for _ in range(5):
        assert city.sms(WHOLE, sender, sid).status == 200
    assert {answer.status for answer in at_once([lambda: city.sms(WHOLE, sender, sid)] * 10)} == {200}
    city.quiet()
    assert len(city.to(sender)) == 1
    history = city.staff("GET", f"/reports/{number_of(city, sender)}").json["history"]
    assert len(history) <= 2


def test_the_same_text_twice_on_purpose_is_two_messages(city: Server) -> None:
    sender = phone()
    city.sms("Jalan rusak", sender)
    city.sms("Jalan rusak", sender)
    texts = city.to(sender, 2)
    assert len({found for text in texts for found in NUMBER.findall(text)}) == 1


@pytest.mark.parametrize(
    "text",
    ["😀🚧🔥 jalan rusak parah 😀", "‮jalan rusak‬", "جالان rusak 道路", "A" * 1600, "'\"<script>&amp;%00\\", "\x00\x07"],
)
def test_odd_texts_are_kept_and_answered_in_one_plain_segment(city: Server, text: str) -> None:
    sender = phone()
    assert city.sms(text, sender).status == 200
    for sent in city.to(sender):
        plain(sent)


def test_an_empty_body_is_asked_back(city: Server) -> None:
    sender = phone()
    assert city.sms("", sender).status == 200
    (text,) = city.to(sender)
    plain(text)
    assert "masalah" in text.lower()
    assert city.status(number_of(city, sender)) == "incomplete"


def test_a_photo_alone_is_kept_and_the_text_joins_it(city: Server) -> None:
    sender = phone()
    media = {"NumMedia": "1", "MediaUrl0": "http://169.254.169.254/latest", "MediaContentType0": "image/jpeg"}
    assert city.sms("", sender, **media).status == 200
    tracking = number_of(city, sender)
    city.sms(WHOLE, sender)
    city.to(sender, 2)
    assert number_of(city, sender) == tracking
    assert city.status(tracking) == "waiting"
    assert "169.254" not in str(city.citizen(tracking))


@pytest.mark.parametrize("word", ["STOP", "stop", "BERHENTI", "Berhenti.", "UNSUB REGSTOP"][:4])
def test_stop_ends_all_messages_to_this_phone(city: Server, word: str) -> None:
    """STOP is an answer to nothing: no report, no name, and no more texts until the sender writes START."""
    sender = phone()
    city.sms("Lampu jalan mati", sender)
    tracking = number_of(city, sender)
    before = len(city.to(sender))
    assert city.sms(word, sender).status == 200
    city.quiet(0.4)
    seen = city.staff("GET", f"/reports/{tracking}").json
    assert "name" in seen["missing"], f"{word} was taken for the reporter's name"
    after_stop = city.to(sender)
    assert len(after_stop) <= before + 1, "at most one confirmation"
    assert all("belum lengkap" not in text for text in after_stop[before:]), "nothing is asked of who wrote STOP"


def test_stop_as_the_first_message_is_no_report(city: Server) -> None:
    sender = phone()
    assert city.sms("STOP", sender).status == 200
    city.quiet(0.4)
    assert not [entry for entry in city.outbox(to=sender) if "belum lengkap" in entry["text"]]


def test_stop_within_a_sentence_is_a_problem(city: Server) -> None:
    sender = phone()
    city.sms("Tolong stop parkir liar di depan Pasar Senen", sender)
    assert "stop parkir liar" in city.words(number_of(city, sender))


@pytest.mark.parametrize("sender", ["TELKOMSEL", "1708", "Info Promo", "DKI-JKT"])
def test_a_sender_that_cannot_be_answered_is_kept_and_not_answered(city: Server, sender: str) -> None:
    mark = fresh("tanda")
    assert city.sms(f"Lampu jalan mati {mark}", sender).status == 200
    city.quiet(0.4)
    if not sender.isdigit():
        assert not list(city.outbox(to=sender))
    rows = until(lambda: [row for row in city.queue("incomplete", limit=200) if mark in row["problem"]], 5)
    assert rows


def test_danger_is_answered_with_the_emergency_number_and_filed(city: Server) -> None:
    for text in (
        "Kebakaran rumah di Tambora! tolong",
        "ada anak tenggelam di kali",
        "kabel listrik putus jatuh ke jalan, nyetrum",
    ):
        sender = phone()
        city.sms(text, sender)
        sent = city.to(sender)[0]
        plain(sent)
        assert "112" in sent, text
        assert city.staff("GET", f"/reports/{number_of(city, sender)}").json["emergency"] is True


def test_every_public_change_reaches_the_phone_and_inner_ones_do_not(city: Server) -> None:
    sender = phone()
    city.sms(WHOLE, sender)
    tracking = number_of(city, sender)
    count = 1
    for action, body, who in (
        ("dispatch", {"agency": "bina-marga"}, {"role": "admin"}),
        ("accept", {}, {"role": "agency", "agency": "bina-marga"}),
        ("resolve", {"note": "Lampu sudah diganti."}, {"role": "agency", "agency": "bina-marga"}),
        ("validate", {}, {"role": "validator"}),
    ):
        answer = city.act(tracking, action, body, **who)
        assert answer.status == 200, answer.text
        count += 1
        text = city.to(sender, count)[-1]
        plain(text)
        assert tracking in text, (action, text)
    assert city.agency(tracking, "note", {"note": "hanya untuk kami"}).status == 200
    city.quiet()
    assert len(city.to(sender)) == count
    assert "hanya untuk kami" not in str(city.to(sender))


def test_a_question_of_the_staff_reaches_the_phone_and_the_answer_joins(city: Server) -> None:
    sender = phone()
    city.sms(WHOLE, sender)
    tracking = number_of(city, sender)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    assert city.agency(tracking, "accept").status == 200
    city.to(sender, 3)
    assert city.agency(tracking, "ask", {"question": "Tiang lampu di sisi mana?"}).status == 200
    text = city.to(sender, 4)[-1]
    plain(text)
    assert "Tiang lampu di sisi mana?" in text
    assert city.citizen(tracking)["paused_until"]
    city.sms("Di sisi utara dekat warung", sender)
    until(lambda: not city.citizen(tracking)["paused_until"], 5)
    assert "sisi utara" in city.staff("GET", f"/reports/{tracking}").text


def test_a_flood_of_messages_is_kept_and_answered_no_more(city: Server) -> None:
    """Policy: 60 messages an hour of one sender; more than that is kept, and answered no more."""
    sender = phone()
    for number in range(64):
        assert city.sms(f"pesan ke-{number} tentang sampah", sender).status == 200
    city.quiet()
    assert len(city.to(sender)) <= 61
    assert "pesan ke-63" in city.staff("GET", f"/reports/{number_of(city, sender)}").text

"""Our own words said back to us are nobody's message; what a person writes below them is."""

from __future__ import annotations

import time

import pytest

from chalicelib import city as packs
from chalicelib.triage.commands import command_of
from chalicelib.triage.echoes import without_echo

CITY = packs.load("jakarta")
VALUES = {
    "tracking": "JKT-7K3M-92QX-4HT2",
    "agency": "Bina Marga",
    "date": "28 November 2026 pukul 14.30 WIB",
    "note": "tiang sudah diganti",
    "question": "di sisi mana?",
    "reason": "bukan urusan kota",
    "leader": "JKT-7K3M-92QX-4HT2",
    "missing": "lokasi masalah, nama, alamat rumah",
    "example": "di Jl Melati 5; Budi; Jl Mawar 2",
    "status": "Selesai",
    "level": "2",
    "link": "https://kota.example/report",
    "status_url": "https://kota.example/reports/JKT-7K3M-92QX-4HT2",
}
OURS = [
    (lang, key)
    for lang in CITY.texts
    for key in CITY.texts[lang]
    if key.startswith(("sms.", "answer.", "app.", "chat.")) and key not in ("chat.line", "answer.subject")
]
THEIRS = [
    "Laporan saya: jalan rusak di Jl Melati",
    "Laporan jalan rusak di depan pasar, mohon ditangani",
    "Terima kasih Bapak/Ibu, lampu di Jl Melati masih mati",
    "STATUS JKT-7K3M-92QX-4HT2",
    "JKT-7K3M-92QX-4HT2 belum selesai, masih berlubang",
    "Mohon lampu jalan di Jl Melati diperbaiki",
    "Tulis di sini? Lampu mati di Jl Melati",
    "",
]


@pytest.mark.parametrize(("lang", "key"), OURS, ids=lambda value: value)
def test_what_we_say_is_an_echo(lang: str, key: str) -> None:
    text = CITY.text(key, lang, **VALUES)
    if key.startswith(("app.", "chat.")):
        text = CITY.text("chat.line", lang, **VALUES | {"sentence": text})
    assert without_echo(text, CITY) == ""
    assert without_echo(f"> {text}", CITY) == ""


@pytest.mark.parametrize("text", THEIRS)
def test_what_people_say_is_not(text: str) -> None:
    assert without_echo(text, CITY) == text


def test_what_is_written_below_a_quotation_stays() -> None:
    quoted = CITY.text("sms.incomplete", "id", **VALUES)
    assert without_echo(f"{quoted}\nBudi, Jl Kenanga 9", CITY) in ("Budi, Jl Kenanga 9",)
    assert without_echo(CITY.text("sms.validated", "id", **VALUES) + "\nBELUM masih gelap", CITY) == "BELUM masih gelap"
    assert command_of(without_echo(CITY.text("sms.validated", "id", **VALUES), CITY), CITY) is None


def test_no_text_takes_long() -> None:
    hostile = "Laporan JKT-7K3M-92QX-4HT2" + " belum lengkap. Mohon balas dengan " * 2_000
    began = time.process_time()
    without_echo(hostile, CITY)
    without_echo("Laporan " + "a, " * 5_000, CITY)
    assert time.process_time() - began < 1.0

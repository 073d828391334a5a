"""Whose words a mail holds, and where its signature begins."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.channels.quotes import OwnWords, own_words
from chalicelib.channels.signoff import Signed, person_name, without_signature


class TestQuotes:
    @pytest.mark.parametrize(
        "quote",
        [
            "Pada Sel, 3 Mar 2026 pukul 08.15 Layanan <aduan@kota.example> menulis:\n\n> Di mana?",
            "Pada Sel, 3 Mar 2026 pukul 08.15 Layanan Aduan\n<aduan@kota.example> menulis:\n> Di mana?",
            "Pada tanggal Sel, 3 Mar 2026 08.15, Layanan\nAduan Kota <\naduan@kota.example> menulis:\n> Di mana?",
            "On Tue, Mar 3, 2026 at 8:15 AM Desk <aduan@kota.example> wrote:\n> Where?",
            "On 3 Mar 2026, at 08.15, Desk <aduan@kota.example> wrote:\n\nWhere?",
            "2026-03-03 8:15 GMT+07:00 Layanan <aduan@kota.example>:\n> Di mana?",
            "Layanan Aduan <aduan@kota.example> menulis:\n> Di mana?",
            "-----Original Message-----\nFrom: x\nWhere?",
            "---- Pesan Asli ----\nDi mana?",
            "Dari: Layanan <aduan@kota.example>\nTerkirim: Selasa, 3 Maret 2026\nKepada: Sari\nSubjek: x\n\nDi mana?",
            "________________________________\nFrom: Desk\nSent: Tuesday\nTo: Sari\nSubject: x\n\nWhere?",
            "*Dari:* Layanan\n*Tanggal:* Selasa\nDi mana?",
            "> Di mana?\n> Di mana?",
            "> > Di mana?\n>\n   > lagi",
        ],
    )
    def test_what_is_quoted_back_at_us_goes(self, quote: str) -> None:
        assert own_words(f"Di Pasar Melati.\n\n{quote}", is_reply=True) == OwnWords("Di Pasar Melati.", "")
        assert (
            own_words(f"Di Pasar Melati.\r\n\r\n{quote}".replace("\n", "\r\n"), is_reply=True).text
            == "Di Pasar Melati."
        )
        assert own_words(quote, is_reply=True).text == ""

    @pytest.mark.parametrize(
        "text",
        [
            "Kepada: Bapak Gubernur\nDari: warga RW 05\nPerihal: lampu\n\nLampu mati.",
            "Pada dinding itu ada yang menulis:\nawas galian",
            "Pada tahun 2024 warga sudah menulis:\nsurat ke kelurahan",
            "Dari: Pasar Melati\nsampai Stasiun Melati jalannya rusak.",
            "Panjang lubang > 2 meter",
            "On the road: big hole",
        ],
    )
    def test_a_citizens_own_text_stays(self, text: str) -> None:
        assert own_words(text) == OwnWords(text, "")

    def test_answers_below_and_between_quotes_stay(self) -> None:
        text = "On Tue, Mar 3, 2026 at 8:15 AM Desk wrote:\n> Where?\nMelati market.\n> Since?\nMonday."
        assert own_words(text, is_reply=True).text == "Melati market.\nMonday."

    @pytest.mark.parametrize(
        "text",
        [
            "---------- Forwarded message ---------\nDari: A <a@x.example>\nDate: Mon\nSubject: got\nTo: B\n\nGot mampet.",
            "Begin forwarded message:\n\nFrom: A <a@x.example>\nSubject: got\nDate: 2 March 2026\n\nGot mampet.",
            "> Dari: A <a@x.example>\n> Terkirim: Senin\n>\n> Got mampet.",
            "---------- Pesan terusan ----------\n\nGot mampet.\n\nPada Sen, 2 Mar 2026 B <b@x.example> menulis:\n> lama",
            "> Got mampet.",
        ],
    )
    def test_a_forward_keeps_its_matter_and_loses_its_headers(self, text: str) -> None:
        assert own_words(text, subject="Fwd: got") == OwnWords("", "Got mampet.")
        assert own_words(text) == OwnWords("", "Got mampet.")
        assert own_words(f"Mohon dibantu.\n\n{text}", subject="Trs: got") == OwnWords("Mohon dibantu.", "Got mampet.")

    @given(
        st.lists(
            st.sampled_from(
                ["> a", "Pada 2024 x@y", "menulis:", "Dari: a", "Terkirim: b", "", "teks", "--", "____________"]
            )
        )
    )
    def test_any_lines(self, lines: list[str]) -> None:
        words = own_words("\n".join(lines))
        assert words.text.count("teks") + words.forwarded.count("teks") <= lines.count("teks")


class TestSignatures:
    BODY = "Lampu jalan di depan Pasar Melati mati."

    @pytest.mark.parametrize(
        ("signature", "expected"),
        [
            ("-- \nSari\nPT Melati", Signed(BODY, "Sari")),
            ("--\nSari", Signed(BODY, "Sari")),
            ("Salam,\nSari", Signed(BODY, "Sari")),
            ("Salam hormat,\n\nSari Wulandari", Signed(BODY, "Sari Wulandari")),
            ("Hormat saya,\n\n(Sari Wulandari)\nKetua RT 02", Signed(BODY, "Sari Wulandari")),
            ("Hormat kami\nSARI\nJl. Kenanga No. 5\n0812-0000-0000", Signed(BODY, "SARI", "Jl. Kenanga No. 5")),
            ("Terima kasih.", Signed(BODY)),
            ("Terima kasih,\nSari, S.H.\nsari@warga.example", Signed(BODY, "Sari, S.H")),
            ("Atas perhatiannya, terima kasih.", Signed(BODY)),
            ("Wassalamu'alaikum wr. wb.\nSari", Signed(BODY, "Sari")),
            ("Best regards,\nSari", Signed(BODY, "Sari")),
            ("Terkirim dari iPhone saya", Signed(BODY)),
            ("Dikirim dari Yahoo Mail untuk Android", Signed(BODY)),
            ("Sent from my Samsung Galaxy smartphone.", Signed(BODY)),
            ("Dapatkan Outlook untuk Android", Signed(BODY)),
            ("Hormat saya,\nNama: Sari\nAlamat: Jl Kenanga 5", Signed(f"{BODY}\n\nNama: Sari\nAlamat: Jl Kenanga 5")),
        ],
    )
    def test_taken_off(self, signature: str, expected: Signed) -> None:
        assert without_signature(f"{self.BODY}\n\n{signature}") == expected

    @pytest.mark.parametrize(
        "text",
        [
            "Salam,\nJalan rusak.",
            "Yth. Admin\nSalam hormat,\nLampu mati\nJl Kenanga 5",
            "Jalan rusak.\nTerima kasih.\nJl Sudirman depan halte",
            "Jalan rusak.\nTerima kasih\nlokasi depan pasar dekat halte yang lama",
            "Jalan rusak.\nTerima kasih,\nTolong segera diperbaiki",
            "Sampah dikirim dari kantor kelurahan sebelah.",
            "--\nJalan rusak.",
            "Hormat saya kepada petugas, tapi jalan masih rusak.",
        ],
    )
    def test_what_is_no_signature_stays(self, text: str) -> None:
        assert without_signature(text) == Signed(text)

    def test_many_closings_cost_little(self) -> None:
        start = time.process_time()
        without_signature("Jalan rusak.\n" + "Salam,\nSari\n" * 20_000)
        assert time.process_time() - start < 1

    @pytest.mark.parametrize(
        "name", ["Sari", "Sari Wulandari", "M. Yusuf", "Nurséha", "I Gusti Ayu", "O'Brien", "Sari, S.H.", "siti"]
    )
    def test_names(self, name: str) -> None:
        assert person_name(name) == name

    @pytest.mark.parametrize(
        "name",
        [
            "",
            "S",
            "budi77",
            "sari@warga.example",
            "Admin",
            "Layanan Aduan",
            "PT Melati",
            "CS",
            "iPhone",
            "a" * 61,
            "Sari <x>",
            "1708",
            "🌊",
        ],
    )
    def test_no_names(self, name: str) -> None:
        assert person_name(name) == ""

    @given(st.text(max_size=300))
    def test_any_text(self, text: str) -> None:
        signed = without_signature(text)
        assert len(signed.text) <= len(text)

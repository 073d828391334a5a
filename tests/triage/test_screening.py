"""`screen`: what stops a report from going without a person, and above all what does not. Every text here is invented."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.city import load
from chalicelib.domain.place import Place
from chalicelib.triage.screening import screen
from scripts.suggestion_corpus import corpus

CITY = load("jakarta")
NAMES = ("emergency", "abuse", "outside", "not_public", "several")

FLAGGED = [
    ("abuse", "dasar petugas goblok kerja gak becus, jalan rusak dibiarin"),
    ("abuse", "bangsat semua, sampah numpuk berminggu-minggu"),
    ("abuse", "Admin tolol! laporan saya ditutup terus"),
    ("abuse", "kontol parkir liar mulu"),
    ("abuse", "petugasnya otak monyet, got mampet dibiarkan"),
    ("abuse", "Anjing lu semua, lampu mati sebulan"),
    ("abuse", "dasar lurah bodoh, banjir terus"),
    ("abuse", "anjing! jalan berlubang lagi"),
    ("abuse", "pejabat babi, trotoar hancur"),
    ("abuse", "JANCOK macet terus"),
    ("outside", "jalan rusak di Bekasi, tolong diperbaiki"),
    ("outside", "sampah menumpuk di kota Depok"),
    ("outside", "lampu jalan mati, kecamatan Cibinong kabupaten Bogor"),
    ("outside", "banjir di Tangerang Selatan belum surut"),
    ("outside", "pohon tumbang di Jl Merdeka 5, Bandung"),
    ("outside", "saya warga Karawang, jalan kami berlubang"),
    ("not_public", "tes"),
    ("not_public", "test 123"),
    ("not_public", "ini cuma coba aplikasi"),
    ("not_public", "Terima kasih"),
    ("not_public", "terima kasih banyak atas tindak lanjutnya"),
    ("not_public", "makasih pak, sudah dibersihkan, mantap"),
    ("not_public", "Selamat hari raya idul fitri bapak gubernur beserta jajaran"),
    ("not_public", "Ya Allah berikan kesehatan untuk kita semua"),
    ("not_public", "Dijual tanah 200 meter di pinggir jalan, minat hubungi nomor di bawah"),
    ("not_public", "pinjaman tanpa jaminan cair hari ini klik link"),
    ("not_public", "saya mau melamar kerja sebagai petugas kebersihan"),
    ("not_public", "saya cari lowongan pekerjaan pak, lulusan sma"),
    ("not_public", "suami saya selingkuh dengan tetangga, mohon dibantu"),
    ("not_public", "tetangga saya pinjam uang tidak dibayar dua tahun"),
    ("several", "1. lampu jalan mati 2. sampah menumpuk depan pasar 3. pohon rimbun mau tumbang"),
    ("several", "Jalan berlubang parah di depan sd. Selain itu pohon besar mau tumbang"),
    ("several", "a) got mampet b) parkir liar di trotoar"),
    ("several", "- pju mati\n- pkl liar di trotoar"),
    ("emergency", "tolong rumah kebakaran api membesar"),
]

PLAIN = [
    "banyak anjing liar di komplek, takut menggigit anak",
    "ada anjing gila berkeliaran mohon ditangkap",
    "bangkai anjing di pinggir jalan bau",
    "monyet lepas masuk rumah warga",
    "kandang babi bau, limbahnya ke got",
    "tai kucing di mana-mana, bau",
    "banyak tai ayam di jalan gang",
    "tembok dicoret tulisan bangsat, mohon dibersihkan",
    "mohon alat berat bego untuk keruk kali",
    "banyak banci mangkal di taman tiap malam",
    "sudah berkali-kali dilaporkan, sekali lagi mohon diperbaiki",
    "mati lampu dari semalam satu kampung",
    "jalan rusak parah sekali, tolong diaspal",
    "macet di Jl Raya Bekasi arah Pulogadung",
    "jalan berlubang di Jalan Raya Bogor km 20",
    "bus jurusan Bogor ngetem di depan terminal",
    "truk dari arah Tangerang masuk jalan kecil",
    "warung nasi padang pakai trotoar",
    "lampu jalan mati di perbatasan Depok, Jagakarsa Jakarta Selatan",
    "trotoar di Kampung Bali rusak",
    "terima kasih, tapi lampu jalannya mati lagi",
    "selamat pagi, mohon pohon dipangkas. terima kasih banyak",
    "alhamdulillah jalan sudah diperbaiki tapi got masih mampet",
    "coba dicek pak, tutup saluran hilang",
    "tolong cek lampu merah rusak",
    "ada pedagang jual buah di trotoar, mohon ditertibkan",
    "spanduk jual rumah dipasang di pohon",
    "iklan pinjaman online ditempel di tiang listrik",
    "info pelatihan kerja di ppkd bagaimana",
    "perusahaan tidak bayar gaji saya tiga bulan",
    "istri saya jatuh karena trotoar berlubang",
    "suami saya tersandung tutup got yang terbuka",
    "tetangga saya parkir di jalan tiap malam",
    "parkir liar di trotoar, pejalan kaki turun ke jalan",
    "sampah menumpuk menyumbat got sehingga banjir",
    "pohon tumbang menimpa kabel dan lampu jalan padam",
    "pkl berjualan di trotoar bikin macet",
    "galian tidak ditutup. jalan jadi rusak. mohon diperbaiki",
    "rt 05 rw 03 no. 7 jalan rusak",
    "sekalian mohon dicek",
    "preman minta uang ke pedagang",
    "orang gila mengamuk di pasar",
    "asap sampah dibakar bikin sesak",
    "bau kotoran anjing tetangga",
]


@pytest.mark.parametrize(("name", "text"), FLAGGED)
def test_what_is_flagged(name: str, text: str) -> None:
    assert name in [flag.name for flag in screen(text, CITY)]


@pytest.mark.parametrize("text", PLAIN)
def test_what_is_not(text: str) -> None:
    assert screen(text, CITY) == ()


def test_a_point_says_more_than_a_name() -> None:
    text = "jalan rusak di Bekasi"
    assert screen(text, CITY, place=Place(lat=-6.1754, lng=106.8272, in_city=True)) == ()
    outside = screen("jalan rusak", CITY, place=Place(lat=-6.9, lng=107.6, in_city=False))
    assert [tuple(flag) for flag in outside] == [("outside", "point")]
    assert screen(text, CITY, place=Place(area="31.71.01.1001")) == ()


def test_reasons_say_what_was_seen() -> None:
    assert dict(screen("petugas goblok", CITY))["abuse"] == "goblok"
    assert dict(screen("sampah di kota Depok", CITY))["outside"] == "depok"
    assert dict(screen("tes", CITY))["not_public"] == "test"
    assert dict(screen("1. lampu jalan mati 2. sampah menumpuk", CITY))["several"] == "penerangan-jalan-umum, sampah"


def test_ordinary_complaints_are_let_pass() -> None:
    """Of two thousand invented complaints hardly one is flagged as something that it is not."""
    texts = [example.text for example in corpus(CITY, per_weight=4)][:2000]
    wrong = {
        name: [text for text in texts if name in dict(screen(text, CITY))]
        for name in ("abuse", "outside", "not_public")
    }
    assert {name: len(found) for name, found in wrong.items() if len(found) > 6} == {}, wrong


@given(st.text(max_size=300))
def test_any_text_has_an_answer(text: str) -> None:
    flags = screen(text, CITY)
    assert len({flag.name for flag in flags}) == len(flags)
    assert all(flag.name in NAMES and flag.reason for flag in flags)


@pytest.mark.parametrize(
    "piece",
    ["a) ", "anjing ", "terima kasih ", "di kota ", "1. sampah ", ", depok", "jual ", "\n", "tes ", "suami saya "],
)
def test_long_texts_are_no_trouble(piece: str) -> None:
    """Twenty thousand characters take about as long as the two thousand that are read."""
    from time import process_time

    began = process_time()
    screen(piece * (20_000 // len(piece)), CITY)
    assert process_time() - began < 1

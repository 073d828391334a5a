"""Messages that people tried and that came out wrong once: each stays right."""

from __future__ import annotations

import pytest

from chalicelib.city import load
from chalicelib.triage.answers import answers_for
from chalicelib.triage.emergency import is_emergency
from chalicelib.triage.masking import mask
from chalicelib.triage.places import find_place, place_from
from chalicelib.triage.understanding import understand

CITY = load("jakarta")
FIELDS = ("problem", "place", "name", "address")


def _area(code: str | None) -> str | None:
    return CITY.areas[code].name if code is not None else None


@pytest.mark.parametrize(
    ("text", "name", "address", "place", "landmark", "hidden"),
    [
        ("road broken in front of Grand Indonesia, my name is John, address Jl Teluk Betung 5", "John", "Jl Teluk Betung 5", "", "in front of Grand Indonesia", "Betung"),
        ("sampah udah 3 minggu ga diangkut di rt 05/08 kel. jatinegara kaum, sy ketua RT bp. Slamet Riyadi", "bp. Slamet Riyadi", None, "", "rt 05/08", "Slamet"),
        ("got mampet di jl mawar 3, saya ketua RT 05/RW 08 Slamet", "Slamet", None, "jl mawar 3", "", "Slamet"),
        ("tolong dong pak ada pohon mau roboh di jl cikini 2 bahaya bgt\nnama: tina\nrumah: cikini ampiun rt 2", "tina", "cikini ampiun rt 2", "jl cikini 2", "", "ampiun"),
        ("ada anjing gila di jl haji nawi, nama eko, rumah di jl haji nawi 14, tolong ditangkep", "eko", "jl haji nawi 14", "jl haji nawi", "", "14"),
        ("lampu jalan mati di jl melati 5, nama: Andi\nrumah di jl melati 9", "Andi", "jl melati 9", "jl melati 5", "", "melati 9"),
        ("got mampet di jl mawar. nama saya eko. Rumah di jl haji nawi 14", "eko", "jl haji nawi 14", "jl mawar", "", "nawi"),
        ("lampu merah pramuka error. nama sy Ipung rmh di utan kayu", "Ipung", "utan kayu", "", "lampu merah pramuka", "utan"),
    ],
)  # fmt: skip
def test_the_reporter_is_found_and_hidden(
    text: str, name: str, address: str | None, place: str, landmark: str, hidden: str
) -> None:
    told = understand(text, CITY)
    assert (told.name, told.address) == (name, address)
    assert told.place is not None
    assert (told.place.address, told.place.landmark) == (place, landmark)
    assert hidden not in told.problem
    assert hidden not in mask(text)


@pytest.mark.parametrize(
    "text",
    [
        "rumah saya di Jl Anggrek 5 kebanjiran",
        "rumah: kebakaran",
        "wrong address given",
        "Rumah di jl haji nawi 14 roboh",
    ],
)
def test_what_the_problem_needs_of_a_house_stays(text: str) -> None:
    told = understand(text, CITY)
    assert told.problem == text.replace("Jl Anggrek 5", "[alamat]")


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (
            "Sampah depan rumah Bapak Haji Abdul Rahman sudah 3 hari",
            "Sampah depan rumah Bapak Haji [nama] sudah 3 hari",
        ),
        ("got mampet di depan rumah pak sutrisno jl mawar", "got mampet di depan rumah pak [nama] jl mawar"),
        ("RUMAH PAK SUTRISNO BANJIR", "RUMAH PAK [nama] BANJIR"),
        ("rumah H. Sarmili di jl mawar", "rumah H. [nama] di jl mawar"),
        ("tetangga kami Pak Darmanto Wiryo bakar sampah", "tetangga kami Pak [nama] bakar sampah"),
        ("Ketua RT 05 Pak Slamet tidak tanggap", "Ketua RT 05 Pak [nama] tidak tanggap"),
        ("Pak RT Budi tidak tanggap", "Pak RT [nama] tidak tanggap"),
        ("Bu Ani dan Pak Budi ribut", "Bu [nama] dan Pak [nama] ribut"),
        ("menurut Ustadz Sholeh dan mbak Sri", "menurut Ustadz [nama] dan mbak [nama]"),
        ("kata @joko_santoso dan @budi rusak, cc @DKIJakarta", "kata [nama] dan [nama] rusak, cc @DKIJakarta"),
    ],
)
def test_other_people_are_masked(text: str, masked: str) -> None:
    assert mask(text) == masked
    assert mask(masked) == masked


@pytest.mark.parametrize(
    "text",
    [
        "Jl. H. Nawi rusak",
        "Gang Haji Abdul gelap",
        "di Jalan Ibu Fatmawati macet",
        "Masjid Haji Abdul Karim bocor",
        "RS Ibu dan Anak Budi",
        "Jl. Ibu Hj. Siti Aminah",
        "Jl Raya Haji Mencong",
        "Jl KH Mas Mansyur macet",
        "depan warung bu tini dan Toko Mas Budi",
        "Pak RT, Pak Wali Kota, Bapak Gubernur Pramono, pak lurah Bangka, Pak Camat",
        "Ibu Hamil jatuh, Pak Ogah di simpang, Bu Guru, Pak Polisi, Pak Satpam",
        "ke rumah pak haji, rumah bu rt, Ibu Kota, Pak Kepala Dinas, Mas Admin",
        "Lapor Pak Kemang banjir",
        "Selamat pagi Bapak dan Ibu Yth",
        "Terima kasih Pak Semoga cepat",
        "rapat @kantor jam 9",
    ],
)
def test_offices_streets_and_shops_are_not(text: str) -> None:
    assert mask(text) == text


def test_a_neighbouring_house_in_the_same_street_stays() -> None:
    told = understand(
        "Lampu mati. Lokasi jl mampang prapatan 15 no 3. Nama Rizky alamat jl mampang prapatan 15 no 9", CITY
    )
    assert told.problem == "Lampu mati. Lokasi jl mampang prapatan 15 no 3."
    assert told.place is not None
    assert told.place.address == "jl mampang prapatan 15 no 3"
    assert told.address == "jl mampang prapatan 15 no 9"
    assert mask("di jl mampang prapatan 15 no 9 juga", known=["jl mampang prapatan 15 no 9"]) == "di [alamat] juga"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Sampah menumpuk di Jl. Melati 5; depan pasar; Budi; Jl Mawar 2", ("Jl. Melati 5", "depan pasar", None)),
        ("Jl rusak parah. Nama: Bambang\nAlamat: Jl Cempaka 4 Jakpus\nLokasi: depan SDN 03 Cempaka Putih", ("", "depan SDN 03 Cempaka Putih", None)),
        ("Pohon tumbang di jl pramuka nutup jalan", ("jl pramuka", "", None)),
        ("jln berlobang dpn indomart cililitan", ("", "dpn indomart cililitan", "Cililitan")),
        ("sampah menumpuk depan halte karet cepetan", ("", "depan halte karet", None)),
        ("Pohon miring di Jl. Kampung Lama. Bahaya. Lokasi: di mulut gang Jl. Kampung Lama, Kelurahan Pondok Bambu, Duren Sawit. Nama: Sari", ("Jl. Kampung Lama", "mulut gang", "Pondok Bambu")),
        ("sampah di puskesmas tambora", ("", "puskesmas tambora", "Tambora")),
    ],
)  # fmt: skip
def test_places_in_messages(text: str, place: tuple[str, str, str | None]) -> None:
    found = understand(text, CITY).place
    assert found is not None
    assert (found.address, found.landmark, _area(found.area)) == place


def test_a_road_of_a_village_is_no_street() -> None:
    assert find_place("jalan kampung rusak", CITY) is None
    assert find_place("jl kampung rusak", CITY) is None


@pytest.mark.parametrize(
    ("answer", "place", "enough"),
    [
        ("puskesmas tambora", ("", "puskesmas tambora", "Tambora"), True),
        ("di puskesmas tambora pak", ("", "puskesmas tambora", "Tambora"), True),
        ("halte harmoni", ("halte harmoni", "", None), True),
        ("perempatan matraman", ("perempatan matraman", "", None), True),
        ("stasiun cikini", ("", "stasiun cikini", "Cikini"), True),
        ("SDN 03 Cempaka Putih", ("SDN 03 Cempaka Putih", "", None), True),
        ("masjid al ikhlas", ("masjid al ikhlas", "", None), True),
        ("depan halte karet cepetan", ("depan halte karet", "", None), True),
        ("johar baru", ("", "", "Johar Baru"), False),
        ("lampu merah", ("", "lampu merah", None), False),
        ("depan pasar", ("", "depan pasar", None), False),
        ("kantor kelurahan", ("", "kantor kelurahan", None), False),
        ("pertigaan", ("", "pertigaan", None), False),
    ],
)
def test_answers_to_where_is_it(answer: str, place: tuple[str, str, str | None], enough: bool) -> None:
    told = answers_for(["place"], understand(answer, CITY)).get("place", answer)
    found = place_from(told, CITY)
    assert (found.address, found.landmark, _area(found.area)) == place
    assert found.is_enough is enough


def test_a_subject_tells_the_place_too() -> None:
    place = understand("", CITY, subject="Pohon tumbang di Jl Pramuka 8").place
    assert place is not None
    assert place.address == "Jl Pramuka 8"
    assert understand("", CITY, subject="Pohon tumbang, nama saya Budi, alamat Jl Pramuka 8").place is None
    body = understand("Pohonnya di Jl Salemba 2", CITY, subject="Pohon tumbang di Jl Pramuka 8").place
    assert body is not None
    assert body.address == "Jl Salemba 2"


@pytest.mark.parametrize(
    "text", ["p", "P", "halo", "tes", "Tes tes", "test", "ping", "min", "pak", "assalamualaikum", "siang", "Siang pak"]
)
def test_a_greeting_is_no_name(text: str) -> None:
    told = understand(text, CITY)
    assert all(part.kind == "text" for part in told.bare)
    assert told.problem == ""
    assert answers_for(FIELDS, told) == {}


@pytest.mark.parametrize(
    "text",
    [
        "jalan rusak di jl mawar, saya minta dirahasiakan nama saya ya",
        "jangan sebut nama saya",
        "tolong disamarkan identitas saya, ada pungli",
        "nama saya jangan disebut",
    ],
)
def test_who_wants_to_stay_unnamed(text: str) -> None:
    assert "anonymous" in understand(text, CITY).flags


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("banjir sepinggang di kampung pulo tolong cepat!!!", True),
        ("Banjir sepinggang! Tolong cepat", True),
        ("banjir setinggi dada, tolong evakuasi nenek", True),
        ("banjir sedada masih ada orang di dalam", True),
        ("air sudah sedada, tolong kami", True),
        ("banjir sepinggang", False),
        ("banjir selutut di jl mawar, tolong cepat", False),
        ("kalau hujan banjir sepinggang, tolong diperbaiki", False),
        ("kemarin banjir sepinggang tolong cepat diperbaiki", False),
        ("atap bocor air masuk tolong cepat", False),
        ("rumput sepinggang tolong cepat dipotong", False),
    ],
)
def test_a_high_flood_and_a_cry_for_help(text: str, danger: bool) -> None:
    assert is_emergency(text) is danger


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("lampu merah perempatan matraman mati", "perlengkapan-lalu-lintas"),
        ("lampu merah di simpang lima mati", "perlengkapan-lalu-lintas"),
        ("lampu merah mati", "perlengkapan-lalu-lintas"),
        ("depan lampu merah ada pju mati", "penerangan-jalan-umum"),
        ("tolong saya dipukuli suami di rumah", "pemberdayaan-perempuan"),
    ],
)
def test_categories(text: str, category: str) -> None:
    assert understand(text, CITY).category == category


def test_violence_at_home_is_urgent_and_confidential() -> None:
    told = understand("tolong saya dipukuli suami di rumah", CITY)
    assert told.emergency
    assert told.flags == ("confidential",)


@pytest.mark.parametrize(
    "text",
    [
        "Gimana laporan saya JKT-7K3M-92QX-4HTC?",
        "kapan diberesin?",
        "kapan dikerjakan pak?",
        "sudah sampai mana laporan saya",
        "laporan saya kok belum ditindaklanjuti",
        "status JKT-7K3M-92QX-4HTC",
        "update dong min",
        "kapan petugas datang?",
        "When will my report be done?",
    ],
)
def test_a_question_about_a_report_tells_no_problem(text: str) -> None:
    told = understand(text, CITY)
    assert (told.about_status, told.wants_to_cancel) == (True, False)
    assert (told.problem, told.bare, told.place) == ("", (), None)


@pytest.mark.parametrize(
    "text",
    [
        "batal",
        "batal aja pak",
        "Batal deh, makasih",
        "laporannya saya batalkan",
        "tolong batalkan laporan JKT-7K3M-92QX-4HTC",
        "cabut laporan saya",
        "maaf salah kirim, ga jadi",
        "cancel",
        "Cancel my report please",
    ],
)
def test_taking_a_report_back_tells_no_problem(text: str) -> None:
    told = understand(text, CITY)
    assert (told.about_status, told.wants_to_cancel) == (False, True)
    assert (told.problem, told.bare) == ("", ())


@pytest.mark.parametrize(
    "text",
    [
        "kapan sampah di jl mawar diangkut?",
        "proyek dibatalkan di jl mawar",
        "jangan dibatalkan",
        "kenapa dibatalkan?",
        "JKT-7K3M-92QX-4HTC",
        "saya mau lapor",
        "terima kasih laporannya sudah selesai",
        "belum pak",
        "sampah ga jadi diangkut",
        "Budi; Jl Mawar 2",
        "",
    ],
)
def test_other_messages_are_neither(text: str) -> None:
    told = understand(text, CITY)
    assert (told.about_status, told.wants_to_cancel) == (False, False)

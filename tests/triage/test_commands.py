"""`command_of`: orders in words with their slips, and the reports that only begin like one."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.city import load
from chalicelib.domain import tracking as numbers
from chalicelib.triage.command_words import KINDS, index
from chalicelib.triage.commands import Command, command_of

CITY = load("jakarta")
NUMBER = numbers.derive(b"k" * 32, CITY.prefix, "sms", "somebody", "1")
BARE = NUMBER.removeprefix("JKT-")
WRONG = NUMBER[:-1] + ("2" if NUMBER[-1] != "2" else "3")

# Nothing but the command: each line one message, {n} a correct tracking number. All of them are sure.
SURE = {
    "status": """
        STATUS {n}
        status
        Status?
        STATUS.
        staus
        STAUS {n}
        sttus
        statsu
        statuss
        stattus
        ststus
        stts {n}
        sts
        cek
        cek laporan {n}
        cek laporan saya
        cek status
        cek status {n} dong min
        tolong cek laporan {n} ya pak
        mohon cek status laporan saya
        lacak {n}
        lcak {n}
        lacka
        track {n}
        check {n}
        chek {n}
        {n}
        {n}?
        laporan {n}
        gmn laporan saya?
        gimana laporan saya
        gimana kabar laporan {n}
        bagaimana kelanjutan laporan saya
        sampai mana laporan saya
        sampe mana laporan sy pak
        kapan diperbaiki?
        kapan laporan saya diproses
        kok belum diproses laporan saya?
        laporan saya belum ditanggapi
        halo pak, status laporan {n}
        selamat pagi, mohon info status {n}
        perkembangan laporan saya gimana
        progress laporan {n}
        update dong {n}
        {n} gimana kabarnya
        {n} sudah sampai mana?
        {n} sudah beres belum?
        what is the status of my report
        Status laporan dengan nomor {n} bagaimana ya pak?
        Permisi min mau tanya laporan {n} sudah sampai mana ya
    """,
    "withdraw": """
        BATAL
        batal
        Batal pak
        BTAL
        batl
        btl
        batall
        abtal
        bayal
        batalkan
        batalkn
        batalkan laporan
        batalkan laporan saya
        batalkan laporan {n}
        tolong batalkan laporan {n}
        batal {n}
        BATAL {n} sudah dibersihkan warga
        batalin
        batalin aja pak
        batalin laporan saya dong
        cancel
        cancle
        cancl
        CANCEL {n}
        cancel my report
        withdraw {n}
        withdrw {n}
        batal aja min, salah kirim
        maaf pak batal
        gak jadi
        ga jadi pak
        tidak jadi lapor
        cabut laporan saya
        hapus laporan saya
        tarik laporan {n}
        laporan {n} dibatalkan saja
        saya mau membatalkan laporan saya
        batal.
        Batal!!
        ok batal
    """,
    "confirm": """
        SUDAH
        sudah
        Sudah.
        Sudah!
        sdh
        sdh pak
        udah
        udah pak
        udh
        udh beres
        dah beres
        sudha
        sudahh
        suddah
        sduah
        sydah
        beres
        beres pak
        bers pak
        udah beres
        sudah beres
        sudah selesai
        selesai
        slesai
        selesei
        sudah pak terima kasih
        sudah bu, makasih banyak
        OK sudah
        ok sdh min
        iya sudah
        ya sudah beres pak
        sudah diperbaiki
        sudah diperbaiki terima kasih
        sudah dibersihkan, terima kasih pak
        sudah diangkut
        sudah ditambal
        sdh bagus
        sdh nyala pak
        udah nyala lagi makasih
        sudah terang
        sudah bersih
        sudah mulus makasih pak
        done
        Done!
        fixed
        fixd
        solved
        sovled
        sudah {n}
        {n} sudah
        {n} sudah beres
        SUDAH {n} terima kasih
        laporan {n} sudah selesai
        alhamdulillah sudah
        terima kasih, sudah diperbaiki
        sudah surut pak
        done thank you
    """,
    "dispute": """
        BELUM
        belum
        Belum.
        blm
        blm pak
        blum
        blom
        belom
        belun
        belm
        beleum
        belumm
        BELUM {n}
        {n} belum
        {n} belum beres masih bolong
        belum pak
        belum bu maaf
        belum beres
        belum selesai
        blm selesai pak
        belum diperbaiki
        blm diperbaiki juga
        belum ada perubahan
        belum ada perbaikan sama sekali
        belum ada petugas yang datang
        belum ditangani
        belum nyala
        not yet
        Not yet!
        not fixed
        not done yet
        unfixed
        maaf belum
        maaf pak belum beres
        belum dibersihkan
    """,
    "stop": """
        BERHENTI
        berhenti
        Berhenti.
        BERHNTI
        berhenit
        brhenti
        bErhentii
        behenti
        berhenti sms
        berhenti kirim sms
        berhenti mengirim pesan
        STOP
        stop
        Stop!
        stop sms
        STOP SMS
        stop kirim sms
        stop kirim pesan lagi ya
        tolong stop
        tolong berhenti kirim sms
        stp
        unsubscribe
        UNSUBSCRIBE
        unsubcribe
        unsubscibe
        unsubscribe please
        UNREG
        unreg
        unrge
        unregg
        UNREG SMS
        stop {n}
        berhenti berlangganan
        stop notifikasi
        stop all messages
        stop wa
    """,
    "start": """
        MULAI
        mulai
        mulia-
        muali
        MULAI SMS
        mulai lagi
        START
        start
        /start
        statr
        strat
        lanjut
        lanjut pak
        lnjut
        lanjutkan
        lanjutkn
        ok lanjut
        resume
        start sms
    """,
    "help": """
        BANTUAN
        bantuan
        bantuan?
        bantaun
        bantun
        HELP
        help
        Help!
        INFO
        info
        Info pak
        info dong min
        TOLONG
        tolong
        Tolong!
        menu
        panduan
        pnduan
        pandan.
        cara lapor
        bagaimana cara lapor?
        gimana caranya lapor pak
        info bantuan
        cara melapor gimana
        /help
    """,
}
# Words that are their own: no slips of a command, though one letter away.
OWN_WORDS = ("mulia-", "pandan.")

# A command only where one is awaited.
UNSURE = {
    "dispute": """
        belum, masih berlubang
        Belum pak, masih gelap
        belum pak masih berlubang
        blm beres masih berlubang
        BELUM masih bolong
        belum. sampahnya masih ada di depan rumah
        belum, jl mawar masih tergenang
        belum diperbaiki sampai sekarang, lubangnya tambah besar
        blm nyala lampunya
        belm, msh banjir
        Belum min masih sama seperti kemarin
        belum karena petugasnya cuma foto
        not yet, the hole is still there
        not fixed, still dark
        sudah tapi masih bau
        udah tapi rusak lagi
        sudah diperbaiki tapi jebol lagi
        sudah, tapi lubangnya masih ada
        masih berlubang pak
        masih gelap
        masih sama
        tidak diperbaiki
        ga beres
        ga ada perubahan
        belum\nmasih bocor
        belum, baru ditimbun pasir saja
    """,
    "confirm": """
        sudah diperbaiki jalannya, terima kasih
        sudah, jalannya mulus
        Sudah. Lampunya terang sekali
        udah nyala lampunya
        sudah bersih selokannya makasih
        sudah, terima kasih atas kerja kerasnya
        beres, pohonnya aman
    """,
    "withdraw": """
        batal, sudah dikerjakan ppsu
        batalkan laporan saya karena pohonnya dipotong warga
        Batal. Tadi pagi truknya datang
        cancel, the water is back
    """,
    "status": """
        sudah?
        sudah diperbaiki?
        sudah selesai pak?
        belum?
        udah beres?
    """,
}

REPORTS = """
BELUM ada lampu jalan di gang kami
belum ada tempat sampah di taman
belum ada yang angkut sampah di jl mawar
belum diperbaiki jalan berlubang di jl kemang raya
belum diangkut sampah di depan pasar senen
belum pernah difogging rt 3 rw 5
belum ada zebra cross depan sdn 05
belum dapat bansos padahal terdaftar
belum lama ini pohon tumbang di jl tebet
belum menerima kjp anak saya
blm ada air dari kemarin di kelurahan pluit
blm diaspal jalan rt 4
belum hujan aja udah banjir jl kemang
belum ada rambu di perempatan mampang
sudah 3 hari sampah tidak diangkut di Jl Melati
sudah seminggu lampu mati
sudah dua minggu air pam mati di tanjung priok
sudah lama got mampet di jl kebon kacang
sudah berkali-kali lapor jalan rusak
sudah saya laporkan ke rt tapi tidak ditanggapi
sudah malam musik masih keras di jl mangga besar
sudah banjir selutut di cipinang melayu
sudah bertahun tahun jalan ini rusak
udah 2 minggu lampu pju mati di gg kelinci
udah sebulan jalan berlubang ga diperbaiki
udah malem masih ada karaoke
udah capek lapor parkir liar
sdh 4 hari air tidak mengalir
sdh lama trotoar jebol di depan rs
sdh banyak korban jalan berlubang
sudah hampir roboh pohon di depan sekolah
sudah tidak layak jembatan di kali pasir
sudah parah macetnya di jl fatmawati
beras bansos berbau busuk di kelurahan
beres beres kali banjir lagi di jl kemang
selesai galian kabel jalan tidak ditutup di jl fatmawati
selesai hujan jalan tergenang di jl gatot subroto
batal diperbaiki jalan di kampung kami kenapa
batal dapat bansos tanpa alasan
batal dikerjakan perbaikan got di rt 03
batas jalan rusak di jl raya bogor
batang pohon patah di jl cikini
batalnya pembangunan rptra kenapa
bakal roboh tembok di gang mawar
cancel terus ojol karena jalan rusak
status tanah warga rt 5 diserobot
status rumah susun marunda belum jelas
status gizi balita di posyandu tidak dicek
status kepemilikan lahan taman
cek jalan rusak di jl panjang
cek lampu mati di jl mawar
cek dong got mampet depan pasar
cek kebocoran pipa pam di jl tebet
tolong cek saluran air di gg kancil
lacak maling motor di kos saya
stop pungli di kelurahan
stop parkir liar di jl sabang
stop pembuangan limbah ke kali
stop buang sampah di kali ciliwung
angkot stop sembarangan di terminal
bus stop rusak di jl sudirman
berhenti sembarangan angkot di perempatan pesing
bus transjakarta berhenti terlalu jauh dari halte
mobil berhenti di trotoar tiap pagi
truk berhenti di bahu jalan tol
kereta berhenti lama palang rusak
mulai kemarin air mati
mulai jam 10 malam karaoke berisik
mulai banjir di kampung melayu
mulai retak jembatan di jl pramuka
mulia jaya got mampet
lanjutan laporan kemarin jalan makin rusak
lanjutan galian belum ditutup di jl radio
start jam 5 pagi macet parah
strategi parkir
info banjir di kemang
info macet di jl sudirman
info kebakaran di tambora
info vaksin rabies dimana
info pohon tumbang jl cikini
info pungli di samsat
bantuan sosial tidak merata di rt 02
bantuan kursi roda untuk ibu saya
bantuan pangan belum turun
butuh bantuan ada banjir
help my street is flooded
help there is a fire in tambora
help me
help help
tolong jalan rusak
tolong perbaiki jalan di depan sd
tolong tolong
tolong pak
tolong kebakaran
tolong ada pohon tumbang
tolong lampu jalan mati
tolong sampah diangkut
tolong dong got mampet
tolong bantu ada ular masuk rumah
tolong fogging di rw 05
menu makan siang gratis basi
panduan jalan tunanetra rusak di trotoar
done nothing about the garbage on jl mawar
fixed price parking is ignored at blok m
check the broken street lamp at jl sabang
track kereta rusak di manggarai
solved nothing, road still broken at jl tebet
not yet repaired road on jl radio dalam
resume kerja dinas
Budi
Siti Aminah
Jl Mawar 2 RT 1
Budi; Jl Mawar 2
depan Indomaret Kemang
stasiun manggarai
sama dengan alamat saya
nama saya Budi
halo
selamat pagi
terima kasih
ok
ok siap pak
ya
iya
tidak
baik pak
?
...
123
081234567890
0812-3456-7890
Jalan rusak
Banjir di Jl Kemang Raya
Sampah menumpuk
macet parah
lampu merah mati di perempatan mampang
susah
mudah banjir
susah air di muara baru
mudah-mudahan ditanggapi
ludah
batuan proyek menutup jalan
bantal bekas dibuang di kali
belut
fatal akibatnya jalan rusak ini
smart city cctv rusak
kolong flyover jadi tempat sampah
golongan darah
cancer patient needs help
layak huni tidak rusun ini
masih banjir di jl kemang raya
masih ada pungli di kelurahan kami setiap hari
masih macet depan pasar senen
tidak ada lampu di jl melati
tidak diangkut sampah di jl pramuka sudah seminggu
ga ada rambu di pertigaan
jangan batalkan laporan saya
kenapa laporan saya dibatalkan?
kenapa dibatalkan
siapa yang batalkan laporan saya
laporan parkir liar di jl sabang
laporan jalan rusak di depan sdn 03
lapor pak ada pohon tumbang
lapor
mau lapor
kapan jalan mawar diperbaiki?
kapan vaksin di puskesmas tebet?
gimana ini jalan rusak terus
bagaimana cara urus ktp
update: banjir makin tinggi di kemang
progres galian di jl fatmawati lambat
Sudah dilaporkan bulan lalu, lubang di Jl Radio Dalam masih ada. Nama: Budi
Belum tahu namanya gang apa di belakang pasar
Sehubungan dengan laporan JKT-XXXX, kami sampaikan jalan rusak
jalan rusak lagi, dulu {n}, di jl mawar dekat pasar minggu dan sampai hari ini sangat membahayakan pengendara motor
tambahan untuk {n}: lubangnya makin besar
"""


def _lines(table: str) -> list[str]:
    return [line.strip().replace("{n}", NUMBER).replace("\\n", "\n") for line in table.strip().splitlines()]


def _cases(tables: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (kind, text)
        for kind, table in tables.items()
        for text in _lines(table.replace("belum\nmasih", "belum\\nmasih"))
        if text not in OWN_WORDS
    ]


def test_the_tables_are_dense() -> None:
    assert len(_cases(SURE)) >= 250
    assert len(_lines(REPORTS)) >= 150


@pytest.mark.parametrize(("kind", "text"), _cases(SURE))
def test_a_command_and_nothing_else(kind: str, text: str) -> None:
    for spelt in (text, text.upper(), f"  {text}\n"):
        command = command_of(spelt, CITY)
        assert command is not None
        assert (command.kind, command.sure, command.valid) == (kind, True, True)
        assert command.tracking == (NUMBER if NUMBER in text else "")


@pytest.mark.parametrize(("kind", "text"), _cases(UNSURE))
def test_a_command_where_it_is_awaited(kind: str, text: str) -> None:
    command = command_of(text, CITY)
    assert command is not None
    assert (command.kind, command.sure) == (kind, False)


@pytest.mark.parametrize("text", _lines(REPORTS))
def test_what_only_begins_like_a_command(text: str) -> None:
    assert command_of(text, CITY) is None
    assert command_of(text.upper(), CITY) is None


@pytest.mark.parametrize("text", OWN_WORDS)
def test_other_words_are_no_slips(text: str) -> None:
    assert command_of(text, CITY) is None


@pytest.mark.parametrize(
    "spelt",
    [NUMBER, NUMBER.lower(), NUMBER.replace("-", ""), NUMBER.replace("-", " "), NUMBER.replace("-", "").lower(), BARE, BARE.lower(), BARE.replace("-", " "),
     BARE.replace("-", ""), NUMBER.replace("0", "O").replace("1", "l"), NUMBER.replace("-", " - "), NUMBER.replace("-", "–"), f"#{NUMBER}", f"({NUMBER})", f"no. {NUMBER}."],
)  # fmt: skip
@pytest.mark.parametrize(
    "frame", ["STATUS {}", "{}", "cek laporan {} ya pak", "{} status", "batal {}", "BELUM {}", "{} sudah"]
)
def test_the_number_is_read_however_it_was_copied(spelt: str, frame: str) -> None:
    command = command_of(frame.format(spelt), CITY)
    assert command is not None
    assert (command.tracking, command.valid) == (NUMBER, True)


@pytest.mark.parametrize(
    "typed", [WRONG, WRONG.lower(), WRONG.replace("-", ""), NUMBER[:-1], NUMBER + "7", WRONG.replace("-", " ")]
)
@pytest.mark.parametrize("frame", ["STATUS {}", "batal {}", "{}", "cek {} pak"])
def test_a_wrong_number_is_kept_as_it_was_typed(typed: str, frame: str) -> None:
    command = command_of(frame.format(typed), CITY)
    assert command is not None
    assert (command.tracking, command.valid) == (typed, False)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("BELUM, masih berlubang!", "masih berlubang"),
        ("BELUM masih Gelap di depan rumah", "masih Gelap di depan rumah"),
        (f"belum {NUMBER} lampunya mati lagi", "lampunya mati lagi"),
        (f"{NUMBER} BELUM. Got-nya masih mampet", "Got-nya masih mampet"),
        ("not yet, still broken", "still broken"),
        ("belum", ""),
        ("Belum pak,\nmasih bau", "pak,\nmasih bau"),
        (f"BATAL {NUMBER}: sudah dipotong warga", "sudah dipotong warga"),
        ("sudah, terima kasih", "terima kasih"),
    ],
)
def test_the_words_after_the_command(text: str, rest: str) -> None:
    command = command_of(text, CITY)
    assert command is not None
    assert command.rest == rest


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SUDAH\n\nSalam,\nBudi Santoso", "confirm"),
        ("Batal\n--\nTerima kasih\nSiti", "withdraw"),
        ("Belum\n\nHormat saya\nRina", "dispute"),
        ("Sudah\n\nsampah di jl mawar", None),
        ("Sudah\nbanjir", None),
    ],
)
def test_a_letter_closes_politely(text: str, kind: str | None) -> None:
    command = command_of(text, CITY)
    assert (command.kind if command else None) == kind


SLIPPERY = [word for word in index(CITY).kinds if len(word) >= 5 and " " not in word]


@settings(max_examples=600)
@given(
    st.sampled_from(SLIPPERY),
    st.integers(0, 14),
    st.sampled_from(["drop", "swap", "double", "wrong"]),
    st.sampled_from("qxzvf"),
)
def test_one_slip_is_forgiven(word: str, at: int, slip: str, letter: str) -> None:
    at %= len(word)
    made = {
        "drop": word[:at] + word[at + 1 :],
        "swap": word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :],
        "double": word[:at] + word[at] + word[at:],
        "wrong": word[:at] + letter + word[at + 1 :],
    }[slip]
    meant = index(CITY).corrected(made)
    if meant == made and made not in index(CITY).kinds:
        assert command_of(made, CITY) is None or len(made) > 4  # a word of its own ("batas"), never another command
    else:
        assert index(CITY).kind_of(made) in KINDS


@given(
    st.text(max_size=80)
    | st.lists(
        st.sampled_from(
            [
                *index(CITY).kinds,
                NUMBER,
                WRONG,
                "pak",
                "di",
                "jl mawar",
                ",",
                "?",
                "masih",
                "\n",
                "laporan",
                "saya",
                "rusak",
            ]
        ),
        max_size=9,
    ).map(" ".join)
)
def test_any_text_has_a_command_or_none(text: str) -> None:
    command = command_of(text, CITY)
    assert command is None or (isinstance(command, Command) and command.kind in KINDS)
    if command is not None and command.valid and command.tracking:
        assert numbers.parse(command.tracking, CITY.prefix) == command.tracking


def test_ordinary_texts_cost_next_to_nothing() -> None:
    text = "Sampah menumpuk di Jl Kemang Raya dekat Indomaret sudah seminggu tidak diangkut, mohon dibersihkan. Budi Santoso, Jl Bangka 5"
    command_of(text, CITY)
    spans = []
    for _ in range(60):
        started = time.process_time_ns()
        command_of(text, CITY)
        spans.append(time.process_time_ns() - started)
    assert sorted(spans)[len(spans) // 2] < 200_000  # about 25 us where nothing else runs


@pytest.mark.parametrize("piece", ["JKT-", "JKT-7K3M-", "7K3M ", "sudah ", "belum, ", "a-", "status ", "\n", "1 "])
def test_no_input_makes_it_slow(piece: str) -> None:
    text = piece * 5000
    command_of(text, CITY)
    started = time.process_time()
    command_of(text, CITY)
    assert time.process_time() - started < 0.02


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("STATUSJKT-7K3M-92QX-4HT2", "status"),
        ("statusJKT 7K3M 92QX 4HT2", "status"),
        ("STATUSJKT7K3M92QX4HT2", "status"),
        ("batalJKT-7K3M-92QX-4HT2", "withdraw"),
    ],
)
def test_a_word_may_be_glued_to_its_number(text: str, kind: str) -> None:
    command = command_of(text, CITY)
    assert command is not None
    assert (command.kind, command.tracking, command.valid) == (kind, "JKT-7K3M-92QX-4HT2", True)

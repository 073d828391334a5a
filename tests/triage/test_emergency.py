"""`is_emergency`: danger to life now, and all that only sounds like it."""

from __future__ import annotations

import time

import pytest

from chalicelib.triage.emergency import is_emergency

DANGER = """
kebakaran di rumah warga gg kelinci
TOLONG ADA KEBAKARAN DI PASAR
rumah tetangga saya terbakar skrg
api besar di ruko sebelah
ada api di atap gudang, cepat kirim damkar
gardu listrik meledak
kabel listrik putus jatuh ke jalan
kabel pln putus nyetrum
anak kecebur kali belum ketemu
ada orang tenggelam di kali krukut
bocah hanyut di kali ciliwung
tawuran di jl bangka bawa celurit
lagi tawuran skrg pak depan pasar
ada begal di jpo, tolong
teman saya dibacok
suami mukulin istrinya tetangga saya tolong
ibu ibu kesetrum tiang lampu
warga terjebak banjir di lantai 2
orang terjebak di lift apartemen
pohon tumbang menimpa mobil ada orang di dalam
mobil ketimpa pohon
tembok roboh, 2 orang tertimbun
kecelakaan motor, korban luka parah tergeletak
tabrakan beruntun ada korban meninggal
tabung gas bocor di warung
bau gas menyengat sekali di kontrakan
butuh ambulans, bapak saya pingsan
orang mau loncat dari jembatan
ada orang ngamuk bawa golok
rumah saya kebakaran!!
ada yang mau bunuh diri di flyover
kabel putus melintang di jalan ada percikan
trafo korslet keluar api
asap hitam tebal dari rumah kosong
there is a fire in the house next door
a man is drowning in the river
power cable down on the road, sparking
accident with injured people on Jl Sudirman
someone with a knife attacking people
masih ada warga terjebak di reruntuhan
tiang listrik roboh ke jalan
dirampok barusan di halte
Lansia terjebak banjir setinggi dada, mohon evakuasi
sejak semalam warga terjebak banjir
tidak bisa keluar, terjebak api
orang tergeletak di trotoar berdarah
gas leak at the market
""".splitlines()
CALM = """
kabel semrawut
kebakaran bulan lalu
lampu merah mati
simulasi kebakaran
rawan kebakaran
kabel menjuntai takut kesetrum
Sisa puing kebakaran belum diangkut
warga bakar sampah tiap sore, asap tebal
jalan berlubang bisa menyebabkan kecelakaan
pohon lapuk takut menimpa rumah
sering tawuran di sini
rawan begal karena lampu mati
hampir kecelakaan tadi pagi karena lubang
terjebak macet 2 jam
bus terjebak kemacetan
hidran kebakaran rusak
kemarin ada kecelakaan korban luka
kereta api lewat palang rusak
petasan meledak tiap malam
pohon tumbang menutup jalan
banjir setinggi lutut
lampu jalan mati
sampah menumpuk bau busuk
kabel internet putus
kabel telkom jatuh ke jalan
tiang listrik miring
bantuan korban kebakaran belum turun
rumah roboh dimakan rayap, kosong
saya pernah dirampok di sini
pencurian motor di kontrakan
tahun lalu ada yang tenggelam di sini
pelatihan pemadam kebakaran
kalau hujan banjir, anak2 bisa hanyut
mobil parkir liar depan rumah
air pam mati
pipa air bocor
tidak ada kebakaran hanya asap sate
jembatan rusak takut ambruk
got mampet
api-apian
lalu lintas macet parah
sampah hanyut di kali
dekat pos pemadam kebakaran ada lubang
Dinas pemadam kebakaran parkir sembarangan
pothole almost caused an accident
street light is dead
fire drill last week was noisy
mohon sosialisasi bahaya kebakaran
""".splitlines()


@pytest.mark.parametrize("text", [text for text in DANGER if text])
def test_danger(text: str) -> None:
    assert is_emergency(text)
    assert is_emergency(text.upper())
    assert is_emergency(f"Selamat siang pak. {text}. Mohon bantuan, Budi, Jl Mawar 2")


@pytest.mark.parametrize("text", [text for text in CALM if text])
def test_calm(text: str) -> None:
    assert not is_emergency(text)
    assert not is_emergency(f"Selamat siang pak. {text}. Terima kasih, Budi, Jl Mawar 2")


def test_one_clause_is_enough() -> None:
    assert is_emergency("Tahun lalu pernah kebakaran. Sekarang kebakaran lagi di ruko")
    assert not is_emergency("Tahun lalu pernah kebakaran, sekarang puingnya menumpuk")


@pytest.mark.parametrize("piece", ["api ", "orang ", "kabel putus ", "orang jatuh kali ", "kebakaran. ", "a "])
def test_no_input_makes_it_slow(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    is_emergency(text)
    started = time.process_time()
    is_emergency(text)
    assert time.process_time() - started < 0.2

"""A wrong pack is refused, and the message says file, line and reason."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chalicelib.city import CityPackError, load_from

PACK = Path(__file__).resolve().parents[2] / "chalicelib" / "city" / "jakarta"

# (file, what is there, what stands there instead, part of the reason); the line is that of the change.
SLIPS = [
    ("categories.csv", "pohon,Pohon,Trees,pertamanan-dan-hutan-kota,", "pohon,Pohon,Trees,pertamanan,", "unknown agency"),
    ("categories.csv", "pohon,Pohon,Trees,pertamanan-dan-hutan-kota,", "pohon,Pohon,Trees,gubernur,", "oversees"),
    ("categories.csv", "\ntaman,Taman,", "\npohon,Pohon,", "duplicate code pohon"),
    ("categories.csv", "\ntaman,Taman,", "\nTaman Kota,Taman,", "is not its label's: taman"),
    ("categories.csv", "lingkungan-hidup,6,", "lingkungan-hidup,enam,", "hours 'enam' is not a number"),
    ("categories.csv", "lingkungan-hidup,6,", "lingkungan-hidup,-6,", "not above zero"),
    ("categories.csv", "lingkungan-hidup,6,", "lingkungan-hidup,nan,", "not above zero"),
    ("categories.csv", ",6,environment,no,exact,sampah;", ",6,nature,no,exact,sampah;", "unknown pillar 'nature'"),
    ("categories.csv", ",6,environment,no,exact,sampah;", ",6,environment,maybe,exact,sampah;", "sensitive is yes or no"),
    ("categories.csv", ",6,environment,no,exact,sampah;", ",6,environment,no,street,sampah;", "place is exact or cell, not 'street'"),
    ("categories.csv", ",6,environment,no,exact,sampah;", ",6,environment,no,exact,Sampah;", "not in small letters"),
    ("categories.csv", ",6,environment,no,exact,sampah;", ",6,environment,no,exact,tps;", "is there twice"),
    ("categories.csv", ",6,environment,no,exact,sampah;", ",6,environment,no,exact,x,sampah;", "9 values are expected"),
    ("categories.csv", "code,label_id,", "kode,label_id,", "the first line must be code,label_id"),
    ("agencies.csv", "\npam-jaya,Perumda Air Minum Jaya,PAM Jaya,bumd,bp-bumd", "\npam-jaya,PAM,PAM,bumd,bumd", "unknown parent bumd"),
    ("agencies.csv", "\nbiro-pemerintahan,Biro Pemerintahan Sekretariat Daerah,Biro Pemerintahan,oversight,gubernur",
     "\nbiro-pemerintahan,Biro,Biro,oversight,biro-pemerintahan", "is above itself"),
    ("agencies.csv", "\nbkd,", "\nbpbd,", "duplicate code bpbd"),
    ("agencies.csv", "\nbkd,", "\nBKD,", "not kebab-case"),
    ("agencies.csv", ",BKD,badan,", ",BKD,kantor,", "unknown kind 'kantor'"),
    ("agencies.csv", ",BKD,badan,", ",Badan Kepegawaian Daerah,badan,", "longer than 22"),
    ("agencies.csv", ",BKD,badan,", ",Pinjaman,badan,", "word that carriers block"),
    ("agencies.csv", ",BKD,badan,", ",BKD→,badan,", "GSM-7"),
    ("agencies.csv", ",BKD,badan,,,", ",BKD,badan,,99.99,", "unknown area 99.99"),
    ("agencies.csv", ",BKD,badan,,,", ",,badan,,,", "has no short"),
    ("areas.csv", "\n31.71.01,Gambir,kecamatan,31.71,", "\n31.71.01,Gambir,kecamatan,31.99,", "unknown parent '31.99'"),
    ("areas.csv", "\n31.71.01,Gambir,kecamatan,31.71,", "\n31.71.01,Gambir,distrik,31.71,", "unknown level 'distrik'"),
    ("areas.csv", "\n31.71.01.1001,Gambir,kelurahan,31.71.01,10110", "\n31.71.01.1001,Gambir,kelurahan,31.71.01,1011", "not five digits"),
    ("areas.csv", "\n31.71.01,Gambir", "\n31.01.01,Gambir", "duplicate code 31.01.01"),
    ("channels.toml", 'adapter = "email"', 'adapter = "pigeon"', "unknown adapter 'pigeon'"),
    ("channels.toml", 'id = "qlue"\n', 'id = "jaki"\n', "duplicate channel jaki"),
    ("channels.toml", 'id = "qlue"\n', 'id = "Qlue App"\n', "not kebab-case"),
    ("channels.toml", 'label = { id = "Qlue", en = "Qlue" }', 'label = { id = "Qlue" }', "no label in en"),
    ("channels.toml", 'label = { id = "Qlue", en = "Qlue" }\ngroup = "aplikasi"', 'label = { id = "Q", en = "Q" }\ngroup = "apps"', "no first_stop"),
    ("channels.toml", 'response = "twiml"\n', 'respond = "twiml"\n', "needs inbound response"),
    ("channels.toml", 'id = "sms"\n', 'id = "sms"\nactive = false\n', "where to go `instead`"),
    ("channels.toml", 'id = "sms"\n', 'id = "sms"\nactiv = true\n', "unknown key activ"),
    ("channels.toml", 'id = "sms"\n', 'id = 5\n', "Expected `str`"),
    ("channels.toml", 'id = "sms"\n', 'id = sms\n', "is not TOML"),
    ("policy.toml", "respond_hours = 6 ", 'respond_hours = "6" ', "respond_hours: Expected `float`"),
    ("policy.toml", "respond_hours = 6 ", "respond_hours = 0 ", "above zero"),
    ("policy.toml", "respond_hours = 6 ", "respond_hours = 6 hours ", "is not TOML"),
    ("policy.toml", "respond_hours = 6 ", "response_hours = 6 ", "unknown key response_hours"),
    ("policy.toml", '"problem", "place"', '"problem", "photo"', "unknown field 'photo'"),
    ("policy.toml", "at = 0.8 ", "at = 8 ", "not a share"),
    ("policy.toml", 'to = ["gubernur"]', 'to = ["governor"]', "unknown oversight office 'governor'"),
    ("policy.toml", 'to = ["gubernur"]', 'to = ["bina-marga"]', "unknown oversight office"),
    ("policy.toml", 'to = ["gubernur"]', "to = []", "names nobody"),
    ("policy.toml", "level = 2\n", "level = 4\n", "stands where 2 is due"),
    ("policy.toml", 'aplikasi = "admin"', 'aplikasi = "lurah"', "unknown first stop 'lurah'"),
    ("policy.toml", 'fri = ["07:30", "16:30"]', 'fri = ["17:30", "16:30"]', "no opening hours"),
    ("policy.toml", 'emergency_number = "112"', 'emergency_number = "satu"', "is not digits"),
    ("policy.toml", 'mobile_prefixes = ["+6281"', 'mobile_prefixes = ["081"', "is not like +6281"),
    ("city.toml", 'prefix = "JKT"', 'prefix = "jkt"', "not of capital letters"),
    ("city.toml", 'timezone = "Asia/Jakarta"', 'timezone = "Asia/Betawi"', "unknown timezone"),
    ("city.toml", 'province = "', 'provins = "', "unknown key provins"),
    ("texts/en.toml", 'waiting = "Waiting"', 'waitin = "Waiting"', "unknown text status.waitin"),
    ("texts/en.toml", 'waiting = "Waiting"', "waiting = 5", "not a text"),
    ("texts/id.toml", 'accepted = "Laporan {tracking} sedang', 'accepted = "Laporan {number} sedang', "unknown placeholder {number}"),
    ("texts/id.toml", 'accepted = "Laporan {tracking} sedang', 'accepted = "Laporan {tracking.x} sedang', "unknown placeholder"),
    ("texts/id.toml", 'accepted = "Laporan {tracking} sedang', 'accepted = "Laporan {tracking sedang', "braces do not match"),
    ("texts/id.toml", 'accepted = "Laporan {tracking} sedang', 'accepted = "Nomor {tracking} sedang', "word that carriers block"),
    ("texts/id.toml", 'accepted = "Laporan {tracking} sedang', 'accepted = "Laporan {tracking} … sedang', "GSM-7"),
    ("texts/id.toml", 'subject = "Laporan baru {tracking}', 'subject = "Laporan baru – {tracking}', "plain ASCII"),
    ("texts/id.toml", 'months = "Januari ', 'months = "', "twelve words"),
]  # fmt: skip


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    return Path(shutil.copytree(PACK, tmp_path / "kota"))


def refused(pack: Path) -> CityPackError:
    with pytest.raises(CityPackError) as caught:
        load_from(pack)
    return caught.value


def test_an_unchanged_copy_loads(pack: Path) -> None:
    assert load_from(pack).code == "jakarta"


@pytest.mark.parametrize(("file", "before", "after", "reason"), SLIPS, ids=[f"{s[0]}-{s[3]}" for s in SLIPS])
def test_a_slip_is_named_with_file_and_line(pack: Path, file: str, before: str, after: str, reason: str) -> None:
    text = (pack / file).read_text(encoding="utf-8")
    assert text.count(before) >= 1, "the table above must fit the pack"
    (pack / file).write_text(text.replace(before, after, 1), encoding="utf-8")
    at = text.index(before) + (len(before) - len(before.lstrip("\n")))
    line = text.count("\n", 0, at) + 1
    error = refused(pack)
    assert reason in error.reason
    assert error.file == file
    assert line <= error.line <= line + before.strip().count("\n") + after.count("\n", 0, -1) or _names_a_table(
        error, text
    )
    assert str(error).startswith(f"{file}:{error.line}: ")


def _names_a_table(error: CityPackError, text: str) -> bool:
    """A value that is missing, or wrong only as part of a whole, is named by the table or the entry it belongs to."""
    return text.splitlines()[error.line - 1].lstrip().startswith(("[", "languages", "id = "))


def test_too_few_keywords(pack: Path) -> None:
    lines = (pack / "categories.csv").read_text().splitlines()
    lines[16] = ",".join(lines[16].split(",")[:-1]) + ",satu;dua;tiga;empat"
    (pack / "categories.csv").write_text("\n".join(lines))
    assert str(refused(pack)) == "categories.csv:17: has 4 keywords, at least 5 are needed"


def test_a_text_that_is_missing_is_named_with_its_section(pack: Path) -> None:
    file = pack / "texts" / "en.toml"
    lines = file.read_text().splitlines()
    section = lines.index("[sms]")
    gone = next(index for index in range(section, len(lines)) if lines[index].startswith("withdrawn = "))
    del lines[gone]
    file.write_text("\n".join(lines))
    error = refused(pack)
    assert (error.file, error.line, error.reason) == ("texts/en.toml", section + 1, "missing text sms.withdrawn")


@pytest.mark.parametrize(
    "file", ["city.toml", "policy.toml", "channels.toml", "areas.csv", "agencies.csv", "categories.csv", "texts/en.toml", "area_cells.bin"]
)  # fmt: skip
def test_a_missing_file_is_named(pack: Path, file: str) -> None:
    (pack / file).unlink()
    error = refused(pack)
    assert error.file == file
    assert "cannot be read" in error.reason


def test_bytes_that_are_not_utf8_are_named_with_their_line(pack: Path) -> None:
    raw = (pack / "categories.csv").read_bytes().replace(b"Trotoar,Pavements", b"Trotoar\xff,Pavements", 1)
    (pack / "categories.csv").write_bytes(raw)
    assert str(refused(pack)) == "categories.csv:3: is not UTF-8"


def test_an_unclosed_quote_is_named(pack: Path) -> None:
    with (pack / "agencies.csv").open("a") as file:
        file.write('x,"y')
    error = refused(pack)
    assert error.file == "agencies.csv"
    assert error.line > 400
    assert "not CSV" in error.reason


def test_an_empty_table_is_refused(pack: Path) -> None:
    file = pack / "categories.csv"
    file.write_text(file.read_text().splitlines()[0] + "\n")
    assert str(refused(pack)) == "categories.csv:1: has no rows"


def test_a_holiday_in_another_year_is_refused(pack: Path) -> None:
    file = pack / "policy.toml"
    file.write_text(file.read_text().replace("2026-08-17, # Hari", "2027-08-17, # Hari"))
    error = refused(pack)
    assert "is not in 2026" in error.reason
    assert error.file == "policy.toml"


def test_kelurahan_first_is_one_line_of_policy(pack: Path) -> None:
    file = pack / "policy.toml"
    file.write_text(file.read_text().replace('aplikasi = "admin"', 'aplikasi = "kelurahan"'))
    assert load_from(pack).policy.first_stop["aplikasi"] == "kelurahan"


def test_kelurahan_first_needs_every_kelurahans_office(pack: Path) -> None:
    file = pack / "policy.toml"
    file.write_text(file.read_text().replace('aplikasi = "admin"', 'aplikasi = "kelurahan"'))
    agencies = pack / "agencies.csv"
    kept = [line for line in agencies.read_text().splitlines() if not line.startswith("kelurahan-gambir,")]
    agencies.write_text("\n".join(kept))
    assert "no kelurahan agency for area 31.71.01.1001 Gambir" in str(refused(pack))


def test_a_table_of_other_areas_is_refused(pack: Path) -> None:
    areas = pack / "areas.csv"
    kept = [line for line in areas.read_text().splitlines() if not line.startswith("31.71.01.1001,")]
    areas.write_text("\n".join(kept))
    agencies = pack / "agencies.csv"
    kept = [line for line in agencies.read_text().splitlines() if not line.startswith("kelurahan-gambir,")]
    agencies.write_text("\n".join(kept))
    assert str(refused(pack)) == "area_cells.bin: area 31.71.01.1001 is not in areas.csv"

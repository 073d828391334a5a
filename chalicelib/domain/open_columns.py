"""The data dictionary of the open data: each column of a report's row, what it is and what it means, in both languages. The
rows (`domain/opendata.py`), their JSON Schema, the published dictionary and the page all go by this table."""

from __future__ import annotations

from typing import Any

import msgspec

KINDS: dict[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "code": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "instant": {"type": "string", "format": "date-time"},
    "url": {"type": "string", "format": "uri"},
    "urls": {"type": "array", "items": {"type": "string", "format": "uri"}},
    "number": {"type": "number"},
    "count": {"type": "integer", "minimum": 0},
    "stars": {"type": "integer", "minimum": 1, "maximum": 5},
    "flag": {"type": "boolean"},
}
"""What a value is, as JSON Schema has it."""


class Column(msgspec.Struct, frozen=True):
    """One column. `kind` is of KINDS; `id` and `en` say what it means. Not `always`: null in JSON and nothing in CSV where
    it does not apply or is not public."""

    name: str
    kind: str
    always: bool
    id: str
    en: str

    def meaning(self, lang: str) -> str:
        """What it means."""
        return self.en if lang == "en" else self.id


COLUMNS = (
    Column("tracking", "code", True, "Nomor laporan, tidak pernah dipakai ulang.",
           "The report's number, never used again."),
    Column("received_at", "instant", True, "Saat laporan diterima, waktu kota dengan selisihnya dari UTC.",
           "When the report was received, in the city's time with its offset."),
    Column("day", "date", True, "Tanggal diterima di kota; laporan dihitung pada hari ini, apa pun yang terjadi kemudian.",
           "The city's date of that; a report counts on this day whatever happens later."),
    Column("status", "code", True, "Status pada saat berkas ditulis (codes.csv).",
           "Where it stood when the file was written (codes.csv)."),
    Column("disputed", "flag", True, "Pelapor membantah bahwa laporan selesai dan itu belum tuntas: dihitung sebagai dibantah, bukan selesai.",
           "The reporter says it is not done and that is not settled: it counts as disputed and not as done."),
    Column("read", "flag", True, "Petugas sudah menangani laporan ini; sebelum itu kata dan tempatnya belum terbuka.",
           "Somebody of the staff has had it in hand; before that its words and place are not public."),
    Column("category", "code", False, "Kategori (codes.csv); kosong bila belum ditentukan.",
           "Category (codes.csv); empty while none is given."),
    Column("pillar", "code", False, "Pilar kota cerdas dari kategori.", "The category's pillar of the smart city."),
    Column("agency", "code", False, "Instansi yang menangani (codes.csv); kosong bila belum ada.",
           "The agency that handles it (codes.csv); empty while none does."),
    Column("area", "code", False, "Kode resmi kelurahan tempat masalah.", "Official code of the kelurahan it is in."),
    Column("kelurahan", "text", False, "Nama kelurahan.", "Name of the kelurahan (subdistrict)."),
    Column("kecamatan", "text", False, "Nama kecamatan.", "Name of the kecamatan (district)."),
    Column("kota", "text", False, "Nama kota atau kabupaten administrasi.", "Name of the kota (municipality)."),
    Column("channel", "code", True, "Kanal masuk (codes.csv).", "The channel it came by (codes.csv)."),
    Column("lat", "number", False, "Lintang WGS 84 tempat masalah; kosong sebelum petugas membaca laporan.",
           "Latitude (WGS 84) of the problem; empty until the staff has read the report."),
    Column("lng", "number", False, "Bujur WGS 84.", "Longitude (WGS 84)."),
    Column("place_exact", "flag", False, "false: titik itu tengah sel H3 sekitar 0,1 km², karena kategorinya tentang orang atau rumah.",
           "false: the point is the middle of an H3 cell of about 0.1 km², for the category is about persons or homes."),
    Column("problem", "text", False, "Masalah dengan kata pelapor, data pribadi disamarkan; kosong sebelum dibaca petugas, dan bila ditolak atau ditarik.",
           "The problem in the reporter's words, personal data masked; empty until read by the staff, and when rejected or withdrawn."),
    Column("complete_at", "instant", False, "Saat laporan lengkap: tenggat dihitung sejak itu.",
           "When the report was complete: the deadlines run from here."),
    Column("respond_by", "instant", False, "Tenggat tanggapan pertama.", "Deadline of the first response."),
    Column("resolve_by", "instant", False, "Tenggat penyelesaian.", "Deadline of the resolution."),
    Column("done_at", "instant", False, "Saat dinyatakan selesai.", "When it was last found done."),
    Column("on_time", "flag", True, "Selesai sebelum tenggat.", "Done before its deadline."),
    Column("late", "flag", True, "Selesai terlambat, atau tenggatnya terlewat.", "Done late, or its deadline was missed."),
    Column("extended", "flag", True, "Tenggat pernah diperpanjang dengan persetujuan.", "Its deadline was extended, approved by the city."),
    Column("rerouted", "count", True, "Berapa kali pindah instansi.", "How often it went to another agency."),
    Column("reopened", "count", True, "Berapa kali dibuka kembali.", "How often it was opened again."),
    Column("reason", "code", False, "Alasan penolakan (codes.csv).", "Why it was rejected (codes.csv)."),
    Column("merged_into", "code", False, "Nomor laporan yang memimpin, bila laporan itu publik.",
           "Number of the report it was merged into, if that one is public."),
    Column("respond_hours", "number", False, "Jam sampai tanggapan pertama, tanpa jeda.",
           "Hours until the first response, pauses left out."),
    Column("resolve_hours", "number", False, "Jam sampai selesai, tanpa jeda.", "Hours until done, pauses left out."),
    Column("stars", "stars", False, "Nilai dari pelapor, 1 sampai 5.", "The reporter's rating, 1 to 5."),
    Column("photos", "urls", True, "Alamat foto; di CSV dipisah spasi.", "Addresses of photos; in CSV separated by blanks."),
    Column("url", "url", True, "Halaman status laporan.", "The report's status page."),
)  # fmt: skip
NAMES = tuple(column.name for column in COLUMNS)

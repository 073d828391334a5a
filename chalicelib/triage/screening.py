"""What a person should look at before a report goes anywhere: insults, another city, no public matter, several problems in
one message, danger to life. Each flag comes with its reason. A flag stops what goes without a person, so it is raised only
where the words leave little doubt; nothing is ever rejected by it.

The lists are Indonesian as people write it; what is a city's own (its areas, its keywords) comes from the pack."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .categories import suggest
from .clean import fold
from .emergency import is_emergency
from .lazy import Lazy
from .words import word_set

if TYPE_CHECKING:
    from chalicelib.city.model import City
    from chalicelib.domain.place import Place

READ = 2000
"""Only this many characters are read."""
_ITEMS, _CLEAR = 12, 0.3

# Insults that are nothing else, whoever is meant.
_INSULTS = word_set(
    """
    bangsat bangsad brengsek berengsek keparat bajingan kampret kontol kntl kontl memek mmk ngentot ngentod entot
    ngntot jancok jancuk cok jembut pepek pukimak puki pantek lonte bangke bgst bgsat anjg anjrit
    goblok goblog gblk gblok tolol bego dongo bacot bacod ngehe asu kimak kunyuk pelacur perek sundal
    cukimai taik taek kafir aseng cina2 bencong banci tai
    fuck fucking fck shit bastard bitch asshole motherfucker idiot
    """
)
# What is an insult only when it is said to somebody, or shouted.
_AT_SOMEBODY = Lazy(
    r"\b(?:dasar|emang|memang|kayak|kaya|otak|muka|mulut|pejabat|petugas(?:nya)?|gubernur(?:nya)?|lurah|admin(?:nya)?|kalian|lu|lo|kau|semua)\s+"
    r"(?:\w+\s+)?(?:anjing|anjeng|babi|monyet|bodoh|kambing|setan|iblis|sampah masyarakat|biadab|idiot|gila)\b(?!\s+(?:liar|kampung|gila|betina|peliharaan|tetangga|lepas|galak))"
    r"|(?:^|[.!,?]\s*)(?:anjing|anjeng|babi|monyet|setan|bodoh)\s*(?:[!]|lu\b|lo\b|kau\b|kalian\b|kamu\b|loe\b|semua\b|emang\b|memang\b)"
    r"|\b(?:anjing|babi|setan|bodoh)\s+(?:lu|lo|loe|kau|kalian|semua\s+(?:pejabat|petugas|admin))\b"
)
# Where such a word is the animal, the illness or the food itself.
_MEANT = Lazy(
    r"\b(?:tai|taik|taek|asu|kotoran)\s+(?:kucing|anjing|ayam|burung|sapi|kambing|hewan|binatang|tikus|cicak|manusia)\b"
    r"|\b(?:bau|banyak|ada|injak|keinjak|buang|bekas|bersihkan)\s+(?:tai|taik|taek)\b|\b(?:alat berat|ekskavator|keruk|dikeruk|pengerukan)\b"
    r"|\b(?:kata|berkata|teriak|ucapan|coretan|tulisan|bertuliskan|disebut|dibilang|memaki|makian|umpatan|menyebut)\b"
)
_PSK = Lazy(
    r"\b(?:pelacur|lonte|perek|psk|banci|bencong)\b.{0,40}\b(?:mangkal|mangkalan|nongkrong|di jalan|di kolong|meresahkan|razia|ditertibkan|beroperasi)\b|\b(?:tempat|marak|banyak|ada|razia|sarang|para)\s+(?:\w+\s+)?(?:pelacur|lonte|perek|banci|bencong)\b"
)

# Cities and regencies around and far off, where they are the place of the problem.
_ELSEWHERE = (
    "bekasi|depok|bogor|tangerang(?:\\s+selatan)?|tangsel|bandung|surabaya|semarang|yogyakarta|jogja|jogjakarta|makassar|palembang|"
    "malang|solo|surakarta|denpasar|cirebon|karawang|cilegon|sukabumi|cianjur|purwakarta|batam|pekanbaru|balikpapan|"
    "samarinda|banjarmasin|pontianak|manado|cikarang|cibinong|bsd|cimahi|tasikmalaya|garut|lampung|banten"
)
_IN_ANOTHER_CITY = Lazy(
    rf"\b(?:di|kota|kab|kabupaten|kecamatan|kec|wilayah|daerah|warga|lokasi)\.?:?\s+(?:kota\s+|kab(?:upaten)?\.?\s+)?(?P<city>{_ELSEWHERE})\b"
    rf"|,\s*(?:kota\s+|kab(?:upaten)?\.?\s+)?(?P<behind>{_ELSEWHERE})(?:\s+(?:kota|barat|timur|utara|selatan|jawa barat|jabar|banten))?\s*(?:$|[.;\n])"
)
_ONLY_A_NAME = Lazy(
    r"\b(?:jl|jln|jalan|jalan raya|raya|arah|menuju|ke|dari|tol|terminal|rute|jurusan|plat|bus|stasiun|perbatasan|sampai|hingga|pp|rumah makan|warung|nasi|soto|asal)\.?\s*$"
)

# No matter for a city's agencies. Each: why, and what says so.
_NOT_PUBLIC: tuple[tuple[str, Lazy], ...] = (
    ("test", Lazy(r"^\W*(?:(?:ini|cuma|hanya|sekadar|mau|just)\s+){0,3}(?:tes+t?|testing|coba|uji coba|cek|check|ping|hello world|asdf\w*|qwerty\w*)(?:\W+(?:tes+t?|testing|coba|aja|saja|doang|ya|123|1 2 3|aplikasi|app|sistem|laporan|lapor|kirim|message|pesan|satu|dua|tiga|\d+))*\W*$")),
    ("thanks", Lazy(r"^\W*(?:(?:halo|selamat \w+|pak|bu|min|admin|jaki|saya|kami|mau|ingin|hanya|cuma|bilang|mengucapkan|ucapkan)\W+)*(?:terima ?kasih|makasih|trims|thanks|thank you|mantap|good job|keren)(?:\W+(?:banyak|atas|sudah|bapak|ibu|pak|bu|min|admin|petugas|kerja|kerjanya|nya|ya|yang|dinas|pemprov|dki|jaki|bantuan|bantuannya|respon|responnya|tindak|lanjut|lanjutnya|cepat|responsif|sekali|dan|telah|dibersihkan|diperbaiki|ditangani|ditindaklanjuti|semoga|sukses|sehat|selalu|laporan|saya|kami|untuk|semua|terima|kasih|atas|dari|warga|pasukan|oranye|tim|mantap|keren|bagus|jos))*\W*$")),
    ("prayer", Lazy(r"^\W*(?:ya allah|astaghfirullah|alhamdulillah|subhanallah|semoga|aamiin|amin|selamat (?:hari raya|idul|natal|tahun baru|ulang tahun|berpuasa|menunaikan)|mohon maaf lahir)(?!.*\b(?:rusak|mati|sampah|banjir|parkir|macet|pohon|lampu|jalan|saluran|got)\b).{0,160}$")),
    ("advert", Lazy(r"\b(?:jual(?:an)?|dijual|promo|diskon|disewakan|menerima|terima|jasa|pinjaman|kredit|investasi|slot|gacor|togel online|judi online)\b.{0,80}\b(?:hubungi|wa|whatsapp|minat|order|pesan sekarang|klik|daftar sekarang|harga (?:mulai|nego|promo)|cod|bonus|deposit|cair (?:cepat|hari ini)|tanpa jaminan|diskon)\b|\b(?:slot gacor|bonus new member|dana cepat cair|pinjaman tanpa jaminan|wa\.me/|bit\.ly/)")),
    ("job", Lazy(r"\b(?:saya|aku|gw|kami)\b.{0,40}\b(?:mau|ingin|mohon|butuh|cari|mencari|melamar|lamar|minta)\s+(?:\w+\s+)?(?:lowongan|loker|pekerjaan|kerjaan|lamaran kerja|melamar kerja)\b|\b(?:melamar|lamaran)\s+(?:kerja|pekerjaan)\b|\binfo\s+(?:loker|lowongan)\b")),
    ("private", Lazy(r"\b(?:(?:suami|istri|mantan|pacar|selingkuh\w*|mertua)\s+(?:saya|gw|gue|aku)\b.{0,60}\b(?:selingkuh|pergi|cerai|hutang|utang|kabur|warisan|blokir|ghosting)|(?:utang|hutang|pinjam uang|arisan|warisan|harta gono.?gini)\b.{0,60}\b(?:teman|tetangga|saudara|kakak|adik|mantan|tidak dibayar|gak dibayar|belum dibayar|dibawa kabur|belum dikembalikan)|(?:teman|tetangga|saudara|kakak|adik|mantan)\b.{0,40}\b(?:utang|hutang|pinjam uang|bawa kabur uang|arisan|warisan))\b")),
)  # fmt: skip

_WORD = Lazy(r"[^\W_]+")
_NUMBERED = Lazy(r"(?:^|[\s(])(?:\d{1,2}[.)]|[a-e]\)|pertama|kedua|ketiga|[-•*])\s+(?=\S)")
_CLAUSE = Lazy(
    r"[.;\n!?]+(?:\s|$)|,?\s+\b(?:selain itu|lalu juga|kemudian juga|dan juga|terus juga|satu lagi|sekalian|juga ada|masalah lain|tambahan)\b"
)
_ADDED = Lazy(
    r"\b(?:selain itu|dan juga|satu lagi|sekalian|juga ada|masalah lain|tambahan|lalu juga|terus juga|kedua|2[.)])"
)


class Flag(NamedTuple):
    """`name` is abuse, outside, not_public, several or emergency; `reason` what says so: words of the text (masked as it
    is), a kind of the list, or codes of categories."""

    name: str
    reason: str


def screen(text: str, city: City, *, place: Place | None = None) -> tuple[Flag, ...]:
    """The flags of a masked text and its place, in a fixed order, each at most once. Empty: nothing speaks against the
    usual way."""
    text = text[:READ]
    low = fold(text)
    found = (
        ("emergency", "text" if is_emergency(text) else ""),
        ("abuse", _abuse(low)),
        ("outside", _outside(low, place)),
        ("not_public", next((kind for kind, said in _NOT_PUBLIC if said.search(low)), "")),
        ("several", _several(text, city)),
    )
    return tuple(Flag(name, reason) for name, reason in found if reason)


def _abuse(low: str) -> str:
    words = _WORD.findall(low)
    hits = [word for word in dict.fromkeys(words) if word in _INSULTS]
    if hits and not _MEANT.search(low) and not _PSK.search(low):
        return ", ".join(hits[:3])
    found = _AT_SOMEBODY.search(low)
    return " ".join(found[0].split()) if found and not _MEANT.search(low) else ""


def _outside(low: str, place: Place | None) -> str:
    if place is not None and place.has_point:
        # A point says more than any name: people name where a road leads to.
        return "" if place.in_city else "point"
    if "jakarta" in low or (place is not None and place.area):
        return ""
    for found in _IN_ANOTHER_CITY.finditer(low):
        if not _ONLY_A_NAME.search(low[: found.start("city") if found["city"] else found.start("behind")]):
            return str(found["city"] or found["behind"])
    return ""


def _several(text: str, city: City) -> str:
    """Codes of categories of different agencies, each clearly told in a part of its own. Only where the text itself says
    that there is more than one: items, or "besides"."""
    items = _NUMBERED.findall(text)
    if len(items) < 2 and not _ADDED.search(text.lower()):
        return ""
    parts = _NUMBERED.split(text) if len(items) >= 2 else _CLAUSE.split(text.lower())
    agencies: dict[str, str] = {}
    for part in parts[:_ITEMS]:
        told = suggest(part, city)
        if told and told[0][1] >= _CLEAR:
            agencies.setdefault(city.categories[told[0][0]].agency, told[0][0])
    return ", ".join(agencies.values()) if len(agencies) > 1 else ""

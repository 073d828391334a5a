"""Other people in a text: a name behind a title ("rumah Pak Sutrisno"), a person's account ("@joko_santoso").

Only where it is certain: an office ("Pak RT"), a street or a shop that bears a name ("Jl H. Nawi") stays."""

from __future__ import annotations

from collections.abc import Iterator

from .clean import fold
from .identifiers import Span
from .lazy import Lazy
from .names import WORD, case_tells, is_common, is_known
from .words import PARTICLES, word_set

# The first letter first, so that most of a text is passed over quickly.
_TITLE = Lazy(
    r"[bhmpiu](?<![^\W_].)(?:(?<=b)(?:apak|pk|p|u)|(?<=p)ak|(?<=i)bu|(?<=m)(?:as|bak)|(?<=h)(?:aji|ajah|j|(?=\.))|(?<=u)st(?:adz?|adzah)?)"
    r"(?:\. ?| )(?=[^\W\d_])",
    0,
)
_MORE_TITLES = Lazy(
    r"(?:bapak|bpk|bp|pak|ibu|bu|mas|mbak|haji|hajah|hj|h|ustadz?|ust|kh|kyai|drs?|ir|prof|almarhum(?:ah)?|alm)(?:\. ?| )"
)
_OFFICE = Lazy(r"(?:rt|rw)(?:[ .]{1,2}\d{1,3}(?:/\d{1,3})?)? ")
# What bears a person's name and is none: right before the title, or before one of the words between.
_BEARER = Lazy(
    r"(?<![^\W_])(?:jl|jln|jlan|jalan|gg|gang|lorong|masjid|mesjid|mushol?la|surau|rs|rsia|rsud|rsu|sakit|klinik|apotek|apotik|sekolah|sdn?|smpn?|sman?|smkn?"
    r"|tk|paud|tpa|tpu|pesantren|ponpes|yayasan|panti|taman|stadion|bandara|pasar|gedung|jembatan|kali|waduk|situ|rptra|rusun|komplek|kompleks|kampung|kp|kelurahan"
    r"|kel|hari|warung|warteg|toko|kedai|kios|rm|makan|restoran|sate|bakso|soto|nasi|mie|ayam|bebek|bubur|kopi|depot|salon|bengkel|majelis|street|road)\.? "
    r"(?:(?:raya|terusan|kh|k|h|haji|hj|hajah|ki|kyai|pak|bapak|bpk|bu|ibu|dr|prof|ir|drs|mas|goreng|padang|[ivx\d]+)\.? ?){0,3}$"
)
_CALL = Lazy(
    r"(?:^|[.!?,;:\n(/]|(?<![^\W_])(?:lapor|laporan|siang|pagi|sore|malam|malem|halo|hallo|hai|permisi|mohon|tolong|yth|kasih|maaf|makasih|min|oke|ok|ya|iya|dong|wb))\W*$"
)
_OFFICES = word_set(
    """
    gubernur wagub wali walikota bupati presiden wapres menteri dewan dprd kadis kasudin kepala kades sekda lurah camat
    hamil ogah kost kos kontrakan hansip linmas babinsa bhabinkamtibmas binmas polantas kapolsek kapolres direktur
    dirut manajer manager bos boss dokter bidan suster perawat pertiwi mertua muda tua jaksa hakim imam marbot marbut
    operator penjaga jaga kepsek kantin kader pkk dasawisma jumantik yth yang bapak ibu sekalian rumah tangga admin
    haji ppsu cs dinas menyusui negara kandung tiri angkat asuh dewa raja pejabat kasir pemilik pengelola cleaning
    """
)
_GREETED = 24
_MOST_WORDS = 4

_HANDLE = Lazy(r"(?<![\w.@/+\-\])])@[a-z][\w.]{2,29}")
_HANDLE_PART = Lazy(r"[^\W\d_]+")
_OFFICIAL = Lazy(
    r"dki|jakarta|jkt|jakpus|jaksel|jakbar|jaktim|jakut|pemprov|pemkot|dinas|dishub|sudin|pln|pam|polri|polda|polres|polsek|tmc|tni|jaki|gov|kel|kec|info|humas"
    r"|satpol|damkar|bpbd|kota|official|krl|mrt|lrt|commuter|kemen|layanan|care|lapor|tanggap|ppid|bmkg|kpk|ombudsman|news|kompas|detik|media|radio"
)


def titled(text: str) -> list[Span]:
    """The names behind titles, the titles left."""
    return list(_titled(text))


def _titled(text: str) -> Iterator[Span]:
    cased: bool | None = None
    done = 0
    for title in _TITLE.finditer(fold(text)):
        if title.start() < done:
            continue
        before = text[max(0, title.start() - _GREETED) : title.start()]
        if _BEARER.search(before) is not None:
            continue
        done = start = _behind_titles(text, title.end())
        if cased is None:
            cased = case_tells(text)
        end = _name_end(text, start, trusts_capitals=cased and _CALL.search(before) is None)
        if end is None and (office := _OFFICE.match(text, start)) is not None:
            start = _behind_titles(text, office.end())
            end = _name_end(text, start, trusts_capitals=False)
        if end is not None:
            yield Span(start, end, "nama")
            done = end


def _behind_titles(text: str, position: int) -> int:
    for _ in range(_MOST_WORDS):
        if (title := _MORE_TITLES.match(text, position)) is None:
            break
        position = title.end()
    return position


def _name_end(text: str, start: int, *, trusts_capitals: bool) -> int | None:
    """Where the name that begins here ends, or None. A word counts that is a known name, or has a capital where
    capitals tell something."""
    end, position = None, start
    for _ in range(_MOST_WORDS):
        word = WORD.match(text, position)
        if word is None or not _is_name(word[0], word[0].lower(), begins=end is None, trusts_capitals=trusts_capitals):
            break
        if word[0].lower() not in PARTICLES:
            end = word.end()
        position = word.end()
        if text[position : position + 2] == ". " and len(word[0]) <= 3:
            position += 1
        if text[position : position + 1] != " ":
            break
        position += 1
    return end


def _is_name(word: str, lower: str, *, begins: bool, trusts_capitals: bool) -> bool:
    if lower in _OFFICES:
        return not begins and is_known(lower)
    if not begins and lower in PARTICLES:
        return True
    if is_known(lower):
        return len(lower) > 2
    return trusts_capitals and word[0].isupper() and not word.isupper() and len(word) > 2 and not is_common(lower)


def handles(text: str) -> list[Span]:
    """Accounts that look like a person's; a city's or an agency's stay."""
    if "@" not in text:
        return []
    return [Span(*found.span(), "nama") for found in _HANDLE.finditer(text) if _is_a_persons(found[0].lower())]


def _is_a_persons(handle: str) -> bool:
    if _OFFICIAL.search(handle) is not None:
        return False
    return any(char in "_." or char.isdigit() for char in handle) or any(
        is_known(part) for part in _HANDLE_PART.findall(handle)
    )

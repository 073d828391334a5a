"""What identifies a person by its form alone: phone numbers, e-mail addresses, NIK and KK, number plates, account
numbers."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from .clean import fold
from .lazy import Lazy
from .words import word_set


class Span(msgspec.Struct, frozen=True, order=True):
    """`text[start:end]` is of this kind: "telepon", "surel", "NIK", "pelat", "rekening", "nama" or "alamat"."""

    start: int
    end: int
    kind: str


_SEP = r"[ \t.\-–()/]{0,3}"
_NOT_IN_WORD = r"(?<![^\W_])"
_PHONE_WORD = r"(?:telp?(?:on|epon|pon|fon)?|tlp|tilp|hp|nope|wa|whatsapp|phone|kontak|hubungi|call|sms|fax|cp)"
_ACCOUNT_WORD = (
    r"(?:rek(?:ening)?|norek|a/c|acc|va|id ?pel(?:anggan)?|bpjs|npwp|paspor|sim|ktp|nik|kk|bca|bri|bni|mandiri)"
)
_ACCOUNT_LEAD = rf"{_NOT_IN_WORD}{_ACCOUNT_WORD}\.? ?(?:no(?:mor|\.)? ?)?(?:saya )?[:=]? ?"

# No number of a phone, a person or an account, however it is spelt, is less than this; no plate less than the other.
_MANY_DIGITS = Lazy(r"\d(?:[\W_]{0,4}\d){5,}", 0)
_PLATE_END = Lazy(r"\d[ .\-]?[^\W\d_]{1,3}(?![^\W_])", 0)
_DIGIT = Lazy(r"\d", 0)

# A mobile number: 08…, 628…, +62 8…, +62 (0)8…. Without blanks inside, what stands behind it is left alone.
_MOBILE = Lazy(
    rf"(?<!\d)\(?(?:\+ ?62|0062|62|[0oO]){_SEP}(?:\(0\))?{_SEP}8(?:\d{{9,13}}(?!\d)|(?:{_SEP}\d){{7,12}}(?!\d))", 0
)
# A landline with an area code (021 …, +62 21 …, (022) …), and any other number that says its country.
_LANDLINE = Lazy(
    rf"{_NOT_IN_WORD}(?<!\d)\(?(?:\+ ?62{_SEP}|0062{_SEP}|62{_SEP}(?=2)|0)(?:2[1-9]|[3-79]\d{{1,2}})(?:{_SEP}\d){{6,9}}(?!\d)",
    0,
)
_FOREIGN = Lazy(rf"(?<!\w)\+ ?[1-9](?:{_SEP}\d){{7,14}}(?!\d)", 0)
_TOLD = Lazy(
    rf"{_NOT_IN_WORD}{_PHONE_WORD}\.? ?(?:no(?:mor|mer|\.)? ?)?(?:hp |wa |saya |sy )?[:=]? ?(\+?\d(?:{_SEP}\d){{5,14}})(?!\d)",
    0,
)
_DATE = Lazy(r"\d{1,2}([./-])\d{1,2}(?:\1\d{2,4}\b|[ ]?[-–][ ]?\d{1,2}\1\d{1,2}\b)", 0)
_MONEY = Lazy(r"(?:rp|idr)\.? ?$")

_NIK = Lazy(rf"{_NOT_IN_WORD}(?<!\d)\d(?:[ .\-]?\d){{15}}(?!\d)", 0)
_THOUSANDS = Lazy(r"\d{1,3}(?:[.,]\d{3})+", 0)
_LONG = Lazy(rf"{_NOT_IN_WORD}(?<![\d.,])\d{{10,}}(?!\d)", 0)
_GROUPED = Lazy(rf"{_ACCOUNT_LEAD}(\d(?:[ .\-]?\d){{7,20}})(?!\d)", 0)

_PROVIDER = r"(?:gmail|g ?mail|yahoo|ymail|hotmail|outlook|icloud|live|proton(?:mail)?|rocketmail)"
_AT = r"(?: ?[(\[{] ?(?:at|@|et) ?[)\]}] ?|@)"
_DOT = r"(?: ?[(\[{] ?(?:dot|titik|\.) ?[)\]}] ?| (?:dot|titik) | ?\. ?(?=com|co|net|id|org))"
_ATOM = r"[^\s@<>()\[\],;:\"]"
_AT_SIGNS = ("@", " at ", "(at", "( at", "[at", "[ at", "{at", " et ", "(et")
_EMAIL = Lazy(
    rf"(?<![^\s@<>()\[\],;:\"]){_ATOM}{{1,320}}@"
    rf"(?:{_ATOM}{{1,250}}\.[^\W\d_][\w\-]{{1,62}}|{_PROVIDER}\b)"
)
_SPELT = Lazy(
    rf"(?<![\w.+\-])[\w.+\-]{{1,64}}(?:(?: dot | titik )[\w.+\-]{{1,64}}){{0,3}}"
    rf"(?:{_AT}| @ ?(?={_PROVIDER}\b)|(?: at | et )(?={_PROVIDER}\b|[\w\-]{{1,63}} (?:dot|titik) )) ?[\w\-]{{1,63}}(?:{_DOT}[^\W\d_]{{2,24}}){{1,3}}"
)

_REGION = (
    "A|AA|AB|AD|AE|AG|B|BA|BB|BD|BE|BG|BH|BK|BL|BM|BN|BP|D|DA|DB|DC|DD|DE|DG|DH|DK|DL|DM|DN|DP|DR|DS|DT|DW|E|EA|EB|ED|F|G|H"
    "|K|KB|KH|KT|KU|L|M|N|P|PA|PB|PG|PS|R|RI|S|T|W|Z|CD|CC"
)
_PLATE = Lazy(
    rf"{_NOT_IN_WORD}(?=[A-Z]{{1,2}}[ .\-]?\d)({_REGION})([ .\-]?)(\d{{1,4}})([ .\-]?)([A-Z]{{1,3}})(?![^\W_])"
)
_PLATE_WORDS = ("plat", "pelat", "pol")
_PLATE_TOLD = Lazy(
    rf"{_NOT_IN_WORD}(?:plat|pelat|nopol|no\.? ?pol(?:isi)?|nomor polisi)\.? ?(?:no(?:mor|\.)? )?(?:motor |mobil |kendaraan )?(?:nya )?[:=]? ?"
    rf"((?:{_REGION})[ .\-]?\d{{1,4}}(?:[ .\-]?[A-Z]{{1,3}})?)(?![^\W_])"
)
_BEFORE_A_BLOCK = Lazy(
    r"(?:blok|blk|jl|jln|jalan|gg|gang|no|nomor|lt|lantai|gedung|tower|kav|unit|seksi|sektor|zona|koridor|rute|gate|pintu|exit"
    r"|kelas|tipe|type|golongan|lot|rumah|lorong|terminal|jalur|peron)[ .:]*$"
)
_NO_PLATE_END = word_set(
    """
    rt rw no di ke dan dn yg km m cm mm kg kw rb jt th thn bln hr jam org x an s d a b c ya jl gg kk pp per kl kok
    lg jg ga gk tdk utk dr dgn ini itu ada bag pcs bh ton lt m2 kali x2 hz wib am pm to in on at of the and or ft
    kav blok
    """
)
_TRACKING = Lazy(
    r"\b[A-Z]{2,5}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b|\[(?:nama|alamat|telepon|surel|NIK|pelat|rekening)\]"
)


def protected(text: str) -> list[tuple[int, int]]:
    """Where our own tracking numbers and masks stand: nothing in them is masked."""
    if "-" not in text and "[" not in text:
        return []
    return [found.span() for found in _TRACKING.finditer(text)]


def identifiers(text: str) -> list[Span]:
    """All of them, in any order, possibly overlapping (a phone number within a bank's long number)."""
    spans: list[Span] = []
    folded = fold(text)
    if _DIGIT.search(text) is not None:
        if _MANY_DIGITS.search(text) is not None:
            spans += _phones(text, folded)
            spans += _numbers(text, folded)
        spans += _plates(text, folded)
    if any(sign in folded for sign in _AT_SIGNS):
        spans += [Span(found.start(), found.end(), "surel") for found in _EMAIL.finditer(text)]
        spans += [Span(found.start(), found.end(), "surel") for found in _SPELT.finditer(text)]
    return spans


def _phones(text: str, folded: str) -> Iterator[Span]:
    for pattern in (_MOBILE, _LANDLINE, _FOREIGN):
        for found in pattern.finditer(text):
            if _DATE.match(found[0]) is None and _MONEY.search(text[max(0, found.start() - 5) : found.start()]) is None:
                yield Span(found.start(), found.end(), "telepon")
    for found in _TOLD.finditer(folded):
        yield Span(found.start(1), found.end(1), "telepon")


def _numbers(text: str, folded: str) -> Iterator[Span]:
    for found in _NIK.finditer(text):
        if _THOUSANDS.fullmatch(found[0]) is None and _DATE.match(found[0]) is None and found[0][0] != "0":
            yield Span(found.start(), found.end(), "NIK")
    for found in _LONG.finditer(text):
        if _MONEY.search(text[max(0, found.start() - 5) : found.start()]) is None:
            yield Span(found.start(), found.end(), "NIK" if len(found[0]) == 16 else "rekening")
    for found in _GROUPED.finditer(folded):
        digits = sum(map(str.isdigit, found[1]))
        yield Span(found.start(1), found.end(1), "NIK" if digits == 16 else "rekening")


def _plates(text: str, folded: str) -> Iterator[Span]:
    if _PLATE_END.search(text) is not None:
        for found in _PLATE.finditer(text):
            before = text[max(0, found.start() - 12) : found.start()]
            if _looks_like_a_plate(*found.groups()) and _BEFORE_A_BLOCK.search(before) is None:
                yield Span(found.start(), found.end(), "pelat")
    if any(word in folded for word in _PLATE_WORDS):
        for found in _PLATE_TOLD.finditer(text):
            yield Span(found.start(1), found.end(1), "pelat")


def _looks_like_a_plate(region: str, gap: str, number: str, gap2: str, ending: str) -> bool:
    """ "B 1234 XYZ" and "b1234xyz" do; "B 12 RT", "A4 HVS", "b 2 di", "P3K" and "L300 lama" do not."""
    common = ending.lower() in _NO_PLATE_END
    if region.isupper() and ending.isupper():
        return (len(number) > 1 or bool(gap and gap2)) and not (common and len(number) < 3)
    if common or (region.isupper() != ending.isupper() and len(number) < 4):
        return False
    return len(number) >= 3 or (len(number) == 2 and not gap and not gap2 and len(ending) > 1)

"""What a text says outright: "nama saya Budi", "alamat: Jl …", "lokasi: …", "masalah: …". Found as told parts, in
order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from .addresses import ADDRESS_START, is_lodging, take_address
from .clean import fold
from .lazy import Lazy
from .names import Name, case_tells, is_common, take_name
from .streets import is_street

_I = "saya|sy|aku|gue|gw|gua|ane|aye|abdi|kulo|kula|dalem"
_ME = rf"(?:{_I}|kami|pelapor|pengadu|pengirim)"
# What one is says nothing about where one lives, but stands between a name and an address.
ROLE = (
    r"(?:(?:(?:wakil )?ketua|sekretaris|bendahara|pengurus|kader|warga|pak|bu)(?: r[tw][ .]{0,2}\d{1,3}(?: ?/ ?(?:rw ?)?\d{1,3})?)+"
    r"|(?:warga|penduduk|anak|orang)(?: (?:situ|sini|setempat|sekitar|asli|kost?|kosan|kontrakan|sana|rw|rt))?|anak (?!saya|kami|aku|kecil|sekolah)\w+|mahasisw[ai]|(?:ibu|bapak|pak|bu) kost?|pelajar|siswa|kader(?: \w+)?"
    r"|ibu rumah tangga|(?:pedagang|tukang|karyawan|karyawati|guru|satpam|sopir|driver)(?: \w+)?|irt|ojol|pengguna jalan|korban|saksi|penghuni|pemilik \w+)"
)
_STREETS = r"(?:jl|jln|gg|gang|komplek|kompleks|perumahan|rusun|apartemen)\b"
_RIGHT = r"(?:(?:tadi |itu )?(?:salah|keliru|typo),? )?(?:(?:yang|yg) (?:benar|bener|betul)(?:nya)?|(?:se)?harusnya)(?: adalah| itu)?"
_HOME = rf"(?:{_ME}|rumah|rmh|kontrakan|kost?|kosan|kantor|lengkap|tinggal|domisili|ktp|sekarang)"
_CASE = r"(?:kejadian|masalah|laporan|aduan|pengaduan|perkara|tkp|problem|lengkap)"
_PHONE = r"(?:no\.? ?|nomor )?(?:hp|telp|telepon|tlp|wa|whatsapp|handphone|phone|ktp|nik|kk)"
_COLON = r" ?(?:[:=]-?)+ ?"

# Kind → how it is introduced. The order matters: at each place of the text the first that fits is the one.
_LABELS: dict[str, tuple[str, ...]] = {
    "place": (
        rf"(?:lokasi|tempat|tkp|titik|posisi|location|place|where|alamat (?:lokasi|(?!lengkap){_CASE}))(?:nya)?(?: {_CASE})*(?:nya)?{_COLON}",
    ),
    "name": (
        rf"(?:nama|nm|name|full name)(?: ?nya)?(?: ?(?:&|/|,|dan|dn) ?(?:alamat|almt))?(?: (?:{_ME}|lengkap|ktp))*{_COLON}",
        rf"(?:nama )?(?:pelapor|pengirim|pengadu)(?:nya)?(?: adalah |{_COLON})",
        rf"(?:nama|nm)(?:nya)?(?: {_ME})?,? {_RIGHT}{_COLON}",
        rf"(?:nama|nm)(?:nya)?(?: {_ME})?,? {_RIGHT} ",
        rf"(?:nama|nm)(?: ?nya)? ?(?:lengkap )?{_ME} (?:lengkap(?:nya)? )?(?:adalah |yaitu |ialah |itu )?",
        r"bernama |(?:nama|nm)nya (?:adalah |yaitu |jadi |menjadi |diganti )(?:jadi |menjadi )?|(?:panggil|pakai|pake)(?: (?:saja|aja|saya|nama))+ |sebut (?:saja|aja) |(?:yang |yg )?bertanda ?tangan di ?bawah ini[,:]? ?(?:saya )?(?:nama ?:? ?)?",
        r"namaku |nama lengkap (?:saya )?(?:sesuai ktp )?(?:adalah |yaitu )?|my (?:full )?name(?: is|'s) |name is |a\. ?n\.? |an\. |a/n\.? ",
        rf"(?:tertanda|ttd|hormat (?:saya|kami|sy)|salam hormat|(?:best |kind |warm )?regards|sincerely|best(?=,))[.,]?\s{{1,3}}(?:{ROLE}[,.]? )?",
        rf"perkenalkan,? (?:nama )?{_ME},? ",
    ),
    "self": (
        rf"(?:{_I}),? (?:selaku |sebagai )?(?:wakil )?(?:ketua|sekretaris|bendahara|pengurus) (?:rt|rw)(?:[ .]{{1,2}}\d{{1,3}})?"
        r"(?: ?/ ?\d{1,3})?(?: ?/? ?rw[ .]{0,2}\d{1,3})?,? ",
        rf"(?:{_I}),? (?:sebagai |selaku |adalah )?{ROLE},? (?!{_STREETS})(?=[^\W\d_])|(?:dilaporkan|disampaikan|dikirim) oleh |salam(?: hangat)? dari |panggil (?=(?:pak|bu|ibu|bapak|mas|mbak|bang|kak) )|lapor(?:an)?(?: ini)? dari ",
        rf"(?:{_I}|i am|i'm|this is|nama ?nya|nama|nm|pelapor|pengirim|atas nama),? (?!(?:adalah )?(?:warga|penduduk|penghuni) (?:di |dari )?{_STREETS})",
    ),
    "known": (r"(?:ini )?(?:dengan|dgn|dg|(?<!masjid )(?<!mesjid )(?<!mushola )(?<!musholla )an) ",),
    "address": (
        rf"(?:alamat|almt|alamt|alm|alamatnya|addr?ess|domisili|tempat tinggal)(?: {_HOME})*{_COLON}",
        rf"(?:alamat|almt|alamt)(?:nya)?(?: {_HOME})*,? {_RIGHT}(?: ?: ?| )(?:di )?",
        rf"(?:alamat|almt|alamt)(?: {_HOME})+ (?:adalah |yaitu |itu |sudah |udah |sdh |telah )*(?:pindah ke |ada )?(?:di )?",
        r"(?:(?:alamat|almt) )?(?:sesuai|menurut)(?: dengan)? ktp(?: saya| adalah| itu| di|:)* |beralamat(?:kan)? (?:di|pada) |my (?:home )?address(?: is)? ",
    ),
    "lives": (
        rf"(?:{_ME} )?(?:ber)?(?:tempat )?tinggal(?:nya)?(?: saya)? (?:di|in|at) |(?:ng?e?kost?|ngontrak|mondok|menetap|berdomisili|domisili {_ME}) (?:di|teng) "
        rf"|(?:rumah|rmh|kampung|kontrakan|kost?|kosan|kediaman|tempat tinggal)(?:ku| {_ME}) (?:ada |beralamat )?(?:di |(?=(?:jl|jln|jalan|gg|gang|rt)\b))"
        r"|griy[oa](?: kul[oa])? (?:teng|ing|wonten|ning) |(?:imah|bumi)(?: abdi)? di ",
        r"(?:i live|living) (?:at|in|on) |my (?:house|home) is (?:at|on|in) |(?:alamat|almt|alamt|alm|domisili)(?:ku)? (?:di )?|(?:alamat|almt|alamt) ?nya ?\??(?: di)? "
        r"|(?:saya|sy|aku) (?:adalah )?(?:warga|penduduk|penghuni) (?:kost?(?:an)? |kontrakan )?(?:di |dari )?(?="
        + _STREETS
        + ")"
        r"|address (?:at )?(?=(?:jl|jln|jalan|gg|gang|komplek|perumahan|perum|apartemen|apartment|blok|rt|rw)\b)",
        rf"rumah(?:nya)?(?: {_ME})?{_COLON}",
    ),
    "problem": (
        rf"(?:(?:per)?masalah(?:an)?|mslh ?|keluhan|laporan|(?:peng)?aduan|isi(?: laporan| aduan| pengaduan)?|perihal|hal|problem|issue|complaint"
        rf"|report|kejadian|uraian|deskripsi)(?:nya)?(?: {_ME})?{_COLON}",
    ),
    "other": (
        rf"{_PHONE}(?: {_ME})?(?: ?/ ?wa)? ?[:=.] ?",
        rf"(?:e-?mail|surel|tanggal|tgl|waktu|jam|kepada|yth|subjek|subject|kategori|foto){_COLON}",
        r"(?:no\.?|nomor|nmr) (?:hp|telp|telepon|tlp|wa|whatsapp|handphone) ",
    ),
}
_BEGINS = r"(?<![^\W_])"


def _any_label(labels: Mapping[str, Iterable[str]]) -> str:
    return "(?:" + "|".join(f"(?P<{kind}>{'|'.join(forms)})" for kind, forms in labels.items() if forms) + ")"


# Labels are looked for in folded text. Few texts have a colon: for the others half of the labels need not be tried, and
# none of the rest where the word does not begin like one of them (a test holds the stems against the labels).
_STEMS = (
    r"a(?:\.|n[ .e]|/n|lam|lmt?|ku|tas|ddr|bdi|ye)|b(?:erala|erdom|ernam|ert[aei]|est|umi)|d(?:alem|engan|gn?|omi|i[lsk])|g(?:ue|ua|w|riy)|h(?:p|andph|ormat)|i(?: am|'m|ni [ad]| live|mah)"
    r"|k(?:ami [bt]|k|tp|ind|ul[oa]|ampung |ontrakan|ost?(?:ku)? |osan|ediaman)|l(?:iving|apor)|m(?:y |enurut|enetap|ondok)|n(?:am|m|o|ik|g?e?kos|gontrak)|p(?:elapor|enga|engi|erke|hone|anggil|ak[ae])|r(?:umah[ k]|mh |egards)"
    r"|s(?:aya|y|ala|inc|esuai|ebut)|t(?:elp|elep|lp|ingg|empat ting|erta|td|his)|w(?:a[ :=./]|arm|ha)|y(?:ang|g) b"
)
_LABEL = Lazy(_BEGINS + _any_label(_LABELS), 0)
_LABEL_WITHOUT_COLON = Lazy(
    f"{_BEGINS}(?={_STEMS})"
    + _any_label({kind: [form for form in forms if not form.endswith(_COLON)] for kind, forms in _LABELS.items()}),
    0,
)
_AFTER_NAME = Lazy(
    r",? ?(?:\(?(?:saya )?(?:warga|penduduk|tinggal di|dari|dr|di|of|from|at|living at|beralamat di|alamat(?: saya)?(?: di)?)\b:? ?)"
)
_ROLE_AFTER_NAME = Lazy(
    rf"[ ,]{{1,2}}\(?{ROLE}\)?[ ,.:]{{1,3}}(?:(?:kost?|ngekost?|ngontrak|tinggal|alamat|almt)(?: di)?:? )?"
)
_HOME_AFTER_NAME = Lazy(r"[ ,.;\n]{1,3}(?:rumah|rmh)(?:nya)?(?: saya| sy)?(?: ada)? di ")
_THEN_HOME = Lazy(
    r"[ ,.;]{1,3}(?:(?:(?:ber)?tinggal|beralamat|alamat|almt|rumah|domisili|warga|dari)(?:nya)?(?: saya| sy)?(?: di)? ?:? ?)?"
)
_ALSO_THERE = Lazy(
    r"(?:(?:deket|dekat|di|situ|sini|sana|jg|juga|masih|sekitar|yaitu|adalah|ada|pak|bu|ya|gan|kak|min|mas|mbak)[ ,]+)+"
)
_IN_BRACKETS = Lazy(r" ?\(([^()\n]{5,80})\)")
_NOTHING = Lazy(r"[ ]?(?:[\-–—_.]{1,4}|n/?a|kosong|tidak ada|tdk ada|none|nihil)[ ]?(?=\n|$)")
_I_BEFORE = Lazy(rf"(?:^|(?<=[.,;!?(] )|(?<=\n))(?:{_I}|kami|i) $")
_CLOSED = Lazy(r"\s*(?:$|[.,;\n)])")
_THANKS = Lazy(
    r"(?:terima ?kasih|makasih|makasi|trima ?kasih|trimakasih|trims|tks|thx|thanks|thank you|salam|wassalam(?:ualaikum)?|mksh)"
    r"(?: (?:banyak|sebelumnya|atas perhatiannya|ya|(?:pak|bu)(?=[ ,.!]*[,.!\n])|admin|min|wr\.? ?wb\.?))*[ ,.!~:\-–]*\s{0,3}[\-–~(]? ?",
    0,
)
_REPORTS = Lazy(r"(?<![^\W_])(?=(?:bpk|bapak|pak|ibu|bu|sdr|sdri|mas|mbak|mr|mrs|ms)\b)", 0)
_VERB_OF_REPORTING = Lazy(
    r" (?:\([^()\n]{3,60}\) )?(?:me)?(?:lapor(?:kan)?|ngadu(?:kan)?|ngeluh(?:kan)?|nyampaikan|reports?|reported)\b",
    0,
)
_LINE_STOP = Lazy(r"[\n;|]")
_LONGEST_NAME = 120
_REMARK = r" ?\((?!jl|jln|jalan|gg|gang|rt|rw|komp|blok|apart|rusun|perum|kp|kav)[^()\n]{1,30}\)"
_GAP = Lazy(rf"(?:{_REMARK}|[ ,]{{1,2}}\(?{ROLE}\)?)?[ ,.;\-(/]{{1,3}}")
_REACHED = r"[ ,;(/\-]{1,3}(?:(?:no\.? ?)?(?:hp|wa|telp|tlp|telepon)[ .:]{0,2})?(?:\[(?:telepon|surel|NIK)\]|\+?\d[\d .()\-]{7,18})"
_END = Lazy(rf"(?:[ ,]{{1,2}}\(?{ROLE}| \([^()\n]{{2,30}}\)|{_REACHED})?[ .,!)\]]*(?:\n|$|;)")


class Told(msgspec.Struct, frozen=True):
    """A part that the text names: `text[start:value]` is the label, `text[value:end]` what it says. `kind` is "name",
    "address", "place", "problem", "other" or "empty" ("Nama: -"); `sure` is False for "saya X", and for a bare
    "alamat …", which may be the problem's."""

    kind: str
    start: int
    value: int
    end: int
    sure: bool = True


def _is_before_address(text: str, position: int) -> bool:
    gap = _GAP.match(text, position)
    return gap is not None and ADDRESS_START.match(text, gap.end()) is not None


def introduced(text: str) -> list[Told]:
    """What the text introduces itself, in order, without overlaps. Problem and other parts have the value up to the
    next label."""
    folded = fold(text)
    label = _LABEL if ":" in text or "=" in text else _LABEL_WITHOUT_COLON
    labels = [(found.lastgroup or "", found.start(), found.end()) for found in label.finditer(folded)]
    thanks = [found.end() for found in _THANKS.finditer(folded)]
    reports = _VERB_OF_REPORTING.search(folded) is not None
    if not (labels or thanks or reports):
        return []
    cased = case_tells(text)
    ends = _value_ends(labels, len(text))
    told: list[Told] = []
    for (kind, start, value), end in zip(labels, ends, strict=True):
        if told and told[-1].end > start and told[-1].kind in ("name", "address", "place"):
            continue
        told += _told(text, kind, start, value, end, cased)
    told += _signed(text, thanks, told, cased)
    if reports:
        told += _reporting(text, folded, told, cased)
    return sorted(told, key=lambda part: part.start)


def _value_ends(labels: list[tuple[str, int, int]], length: int) -> list[int]:
    """Where each label's value ends at the latest: at the next label, "saya" and the like not counted."""
    ends, end = [], length
    for kind, start, _ in reversed(labels):
        ends.append(end)
        end = end if kind in ("self", "known") else start
    return ends[::-1]


def _told(text: str, kind: str, start: int, value: int, end: int, cased: bool) -> list[Told]:
    if kind in ("problem", "other"):
        return [Told(kind, start, value, end)]
    if (nothing := _NOTHING.match(text, value)) is not None and nothing.end() <= end:
        return [Told("empty", start, value, nothing.end())]
    if kind in ("name", "self", "known"):
        stop = _LINE_STOP.search(text[value : value + _LONGEST_NAME])
        line = min(end, value + (_LONGEST_NAME if stop is None or stop.start() == 0 else stop.start()))
        name = take_name(text, value, line, introduced=kind == "name", cased=cased and kind != "known")
        if kind == "known" and not (name is not None and name.sure):
            name = _before_home(text, value, line)
            return (
                []
                if name is None
                else [Told("name", start, name.start, name.end), *_address_after(text, name.end, end)]
            )
        if name is None and kind == "self":
            name = _before_home(text, value, line)
        if name is None:
            return []
        found = Told("name", start, name.start, name.end, kind == "name")
        return [found, *_address_after(text, name.end, end)]
    lead = _ALSO_THERE.match(text, value)
    value = value if lead is None or ADDRESS_START.match(text, lead.end()) is None else lead.end()
    taken = take_address(text, value, end, strict=kind == "lives")
    if taken is None:
        return []
    sure = kind != "lives" or (text[start : start + 2].lower() not in ("al", "ad") and "warga" not in text[start:value])
    if kind == "lives" and (who := _I_BEFORE.search(text, max(0, start - 7), start)) is not None:
        start = who.start()
    return [Told("place" if kind == "place" else "address", start, *taken, sure)]


def _before_home(text: str, value: int, end: int) -> Name | None:
    """ "SAYA ANDREAS, TINGGAL DI …": a name that no list knows, but what follows says that it is one."""
    name = take_name(text, value, end, introduced=True, cased=False)
    if name is None or any(is_common(word) for word in text[name.start : name.end].lower().split()):
        return None
    home = _THEN_HOME.match(text, name.end)
    if home is None or ADDRESS_START.match(text, home.end()) is None:
        return None
    return name if is_street(text[home.end() : home.end() + _LONGEST_NAME]) else None


def _address_after(text: str, position: int, end: int) -> list[Told]:
    """ "saya Budi, warga RT 3 …" and "saya Budi dari Jl Mawar 2": an address that follows the name. So does
    "nama Eko. Rumah di Jl Mawar 2", where no problem of that house follows."""
    link = _AFTER_NAME.match(text, position)
    if link is not None and (ADDRESS_START.match(text, link.end()) or is_lodging(text, link.end())):
        taken = take_address(text, link.end(), end, strict=True)
        return [] if taken is None else [Told("address", link.start(), *taken)]
    if (link := _IN_BRACKETS.match(text, position)) is not None and ADDRESS_START.match(text, link.start(1)):
        taken = take_address(text, link.start(1), min(end, link.end(1)), strict=True)
        if taken is not None and taken[1] >= len(text[: link.end(1)].rstrip(" .")):
            return [Told("address", link.start(), taken[0], taken[1])]
    link = _HOME_AFTER_NAME.match(text, position)
    if link is None and (link := _ROLE_AFTER_NAME.match(text, position)) and not ADDRESS_START.match(text, link.end()):
        link = None
    taken = take_address(text, link.end(), end, strict=True) if link is not None else None
    if link is None or taken is None or (taken[1] < end and _CLOSED.match(text, taken[1]) is None):
        return []
    return [Told("address", link.start(), *taken)]


def _signed(text: str, thanks: list[int], told: list[Told], cased: bool) -> list[Told]:
    """ "Terima kasih, Budi" at the end of a line, or before an address."""
    found: list[Told] = []
    for start in thanks:
        name = take_name(text, start, len(text), introduced=False, cased=cased)
        if name is None or _overlaps(told, name.start, name.end) or "\n" in text[name.start : name.end]:
            continue
        if _END.match(text, name.end) is not None or _is_before_address(text, name.end):
            found.append(Told("name", name.start, name.start, name.end, name.sure))
    return found


def _reporting(text: str, folded: str, told: list[Told], cased: bool) -> list[Told]:
    """ "Pak Budi melapor …": somebody reports for somebody."""
    found: list[Told] = []
    for title in _REPORTS.finditer(folded):
        name = take_name(text, title.start(), len(text), introduced=False, cased=cased)
        if name is None or _VERB_OF_REPORTING.match(folded, name.end) is None or _overlaps(told, name.start, name.end):
            continue
        found.append(Told("name", name.start, name.start, name.end))
        found += _address_after(text, name.end, len(text))
    return found


def _overlaps(told: list[Told], start: int, end: int) -> bool:
    return any(part.kind in ("name", "address", "place") and part.start < end and start < part.end for part in told)

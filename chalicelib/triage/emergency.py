"""Danger to life, now: fire, drowning, violence, a live cable, people trapped, an accident with victims, a gas leak.

A message is read clause by clause. A clause counts when its words tell a danger and none of them says that it is
over, feared, practised or usual. The tables are Indonesian as people text it, slang included, and the plainest
English."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, product

from .lazy import Lazy
from .words import word_set

READ = 3000
"""Only this many characters are read."""


def _phrases(text: str) -> tuple[str, ...]:
    return tuple(phrase.strip() for phrase in text.split("|"))


# Group: its words; what is indented belongs to the group above.
_GROUPS = """
people: orang org warga anak anak2 bocah bayi balita ibu bapak nenek kakek lansia pengendara penumpang pemotor
        korban perempuan wanita pria siswa pelajar supir sopir ojol pekerja tukang keluarga tetangga teman suami
        istri adik kakak kami saya kita pejalan pengemudi kurir petugas person people child children man woman
        someone we family boy girl
vehicle: mobil motor bus bis truk angkot car motorcycle bajaj
house: rumah ruko gedung kios toko gudang kontrakan kos kosan apartemen rusun pasar warung pemukiman permukiman
        bengkel house building shop warehouse dapur spbu
fire: kebakaran kbakaran kebakarn kebakar terbakar si-jago-merah meledak ledakan on-fire explosion exploded
        burning ablaze
flame: api
flaming: besar membesar berkobar merambat menjalar melalap menyambar tinggi kobaran percikan semburan muncul
        keluar nyala menyala gede makin
smoke: asap asep smoke
thick: hitam tebal pekat mengepul thick black
english fire: fire
fire now: big huge spreading broke there at in house building help
drowning: tenggelam kelelep drowning drowned terseret-arus keseret-arus hanyut-terbawa kebawa-arus terbawa-arus
adrift: hanyut terseret keseret
fell in: kecebur tercebur nyebur kecemplung tercemplung jatuh terperosok kejeblos fell
water: kali sungai got sumur waduk laut danau selokan saluran empang jurang gorong gorong2 river canal well
violence: tawuran dibacok bacokan membacok pembacokan bacok2an dibegal pembegalan ditusuk penusukan ditembak
        penembakan tembakan dirampok perampokan ditodong penodongan dikeroyok pengeroyokan disandera penyanderaan
        diculik penculikan diperkosa pemerkosaan perkosaan dibunuh pembunuhan dianiaya penganiayaan dipukuli
        memukuli mukulin digebukin digebuki dihajar dicekik kdrt bunuh-diri mau-dibunuh stabbed stabbing gunshots
        gunshot kidnapped hostage being-beaten being-robbed being-attacked nyawa-terancam granat bom-molotov
robber: begal perampok rampok penculik
present: ada lagi sedang korban kena barusan sekarang tolong awas beraksi
weapon: golok celurit clurit parang pisau sajam senjata samurai pistol katana senpi machete knife gun
wielding: bawa membawa ngacungin mengacungkan pake pakai ngancam mengancam diancam ngamuk serang menyerang
        ngejar mengejar with has attacking
jump: loncat lompat terjun melompat meloncat jump jumping
height: jembatan jpo gedung apartemen flyover bridge balkon atap rooftop
shock: kesetrum kestrum kesetrom tersetrum kesengat-listrik tersengat-listrik tersengat-aliran nyetrum nyetrom
        electrocuted aliran-setrum ada-setrum
cable: kabel kabelnya cable wire cables wires tegangan
down: putus jatuh terputus terjatuh copot lepas fallen fell snapped down
live: listrik pln sutet bertegangan tegangan nyala percikan genangan banjir jalan jalanan trotoar tanah aspal
        air live power electric electrical road street ground menyala
telecom: telkom telepon internet optik fiber indihome wifi tv fo telkomsel provider biznet
electric: gardu trafo travo kabel panel meteran listrik transformer
sparks: percikan memercik memercikkan korslet konslet korsleting konsleting percik sparking sparks
pole: tiang pole
power: listrik pln power electric
collapsed: roboh tumbang ambruk runtuh rubuh longsor collapsed
trapped: terjebak kejebak terperangkap tertimpa ketimpa ketiban tertimbun ketimbun tergencet kegencet terhimpit
        kejepit terjepit terkurung trapped stuck menimpa nimpa
inside: api lift elevator reruntuhan kebakaran banjir gedung sumur gorong2 longsoran
jam: macet kemacetan hujan antrian antrean traffic kemacetannya
structure: bangunan gedung rumah tembok jembatan jpo crane tebing tanah atap plafon building wall turap
hit: kecelakaan laka lakalantas tabrakan ditabrak ketabrak tertabrak terlindas kelindas tabrak-lari accident
        crash collision
hurt: luka luka2 terluka berdarah darah tergeletak pingsan meninggal tewas kritis sekarat ambulans ambulance
        ambulan tak-sadar tidak-sadar gak-sadar ga-sadar injured bleeding victims unconscious dead hurt korban
        kejepit terjepit
lying: tergeletak terkapar
dying: sekarat pingsan kejang2 kejang-kejang serangan-jantung mau-melahirkan pendarahan perdarahan keracunan-gas
        keracunan-massal keracunan-asap tidak-sadarkan tak-sadarkan unconscious heart-attack bleeding dying
flood: banjir bnjir kebanjiran banjirnya flood
high water: banjir bnjir kebanjiran banjirnya air airnya
high: sepinggang seperut sedada seleher sebahu sepundak sedagu sekepala seatap
deep: sepinggang seperut sedada seleher sebahu sepundak sedagu sekepala seatap pinggang perut dada leher bahu pundak
        atap waist chest neck
cry: tolong tolongin cepat cepet cepetan evakuasi dievakuasi selamatkan perahu sos help
still: masih dalam terjebak lantai atap inside
call: butuh perlu panggil panggilkan tolong kirim kirimkan need call send
rescue: ambulans ambulance ambulan damkar pemadam pemadam-kebakaran basarnas tim-sar
gas: gas lpg elpiji tabung
leak: bocor kebocoran bocoran leak leaking leaks
smell: bau-gas smell-gas smell-of-gas gas-leak
bomb: bom bomb
bomb sign: ada ancaman meledak lempar mencurigakan dilempar threat
threat: ancam mengancam diancam ancaman
kill: bunuh membunuh dibunuh
"""

# Groups that must meet within so many words, in any order. One group: the word alone is danger.
_RULES: tuple[tuple[int, tuple[str, ...]], ...] = (
    (0, ("fire",)), (0, ("drowning",)), (0, ("violence",)), (0, ("shock",)), (0, ("dying",)), (0, ("smell",)),
    (4, ("flame", "flaming")), (3, ("flame", "house")), (6, ("smoke", "thick", "house")), (3, ("english fire", "fire now")),
    (5, ("people", "adrift")), (4, ("vehicle", "adrift")), (6, ("people", "fell in", "water")), (6, ("vehicle", "fell in", "water")),
    (3, ("robber", "present")), (5, ("weapon", "wielding")), (7, ("people", "jump", "height")), (3, ("threat", "kill")),
    (7, ("cable", "down", "live")), (5, ("electric", "sparks")), (4, ("pole", "power", "collapsed")),
    (5, ("people", "trapped")), (5, ("trapped", "inside")), (4, ("vehicle", "trapped")), (3, ("house", "trapped")),
    (8, ("structure", "collapsed", "people")), (12, ("hit", "hurt")), (4, ("people", "lying")), (4, ("call", "rescue")),
    (4, ("gas", "leak")), (3, ("bomb", "bomb sign")), (4, ("people", "hit")),
    (9, ("flood", "deep", "people", "still")), (10, ("flood", "deep", "cry")),
    (9, ("high water", "high", "people", "still")), (10, ("high water", "high", "cry")),
)  # fmt: skip

_FLOODED = ({"flood", "deep"}, {"high water", "high"})
_CRY = 6
_NEEDED = [frozenset(groups) for _, groups in _RULES]

# What is one thing in two words; the second table holds what only sounds like a danger, or like its denial.
_FIXED = _phrases(
    """
    si jago merah| on fire| terseret arus| keseret arus| kebawa arus| terbawa arus| bunuh diri| mau dibunuh|
    being beaten| being robbed| being attacked| nyawa terancam| bom molotov| kesengat listrik| tersengat listrik|
    tersengat aliran| aliran setrum| ada setrum| tabrak lari| tak sadar| tidak sadar| gak sadar| ga sadar|
    serangan jantung| mau melahirkan| keracunan gas| keracunan massal| keracunan asap| tidak sadarkan| tak sadarkan|
    heart attack| tim sar| bau gas| smell gas| smell of gas| gas leak| kejang kejang
    """
) + _phrases(
    """
    pemadam kebakaran| kereta api| kembang api| gunung api| batu api| lalu lintas| lampu merah| tidak bisa|
    tdk bisa| gak bisa| ga bisa| nggak bisa| gk bisa| ga dapat| tidak dapat| sejak semalam| dari semalam|
    sejak tadi| dari tadi| sejak kemarin| dari kemarin| bus stop| sampai sekarang| pasar minggu
    """
)

# What takes the danger out of the clause it stands in.
_NOT_NOW = word_set(
    """
    kemarin kmrn kemaren pernah prnh dulu dahulu bekas eks sisa sisa2 puing pasca paska setelah sesudah habis
    semalam rawan rentan potensi berpotensi resiko risiko berisiko beresiko takut takutnya khawatir kuatir
    khawatirkan dikhawatirkan ditakutkan takutkan cemas bisa dapat dpt jangan jgn sebelum kalau kalo klo klu jika jk
    apabila bila andai misal misalnya cegah mencegah pencegahan antisipasi mengantisipasi hindari menghindari supaya
    agar biar mengakibatkan menyebabkan memicu pemicu penyebab mudah hampir nyaris simulasi latihan pelatihan
    sosialisasi penyuluhan edukasi lomba film apar hidran hydrant izin bantuan santunan penanggulangan pengungsi
    asuransi klaim sertifikat berita hoax hoaks isu rekaman sering sring kerap selalu suka setiap tiap biasanya
    langganan marak petasan mercon knalpot sate dibakar membakar bakar might could may risk afraid worried prevent
    almost potential often every always usually drill training yesterday ago last if alarm daun ilalang bukan padam
    dipadamkan langganannya rutin wacana trauma baterai
    """
)
_NOT_NOW_PAIRS = word_set(
    """
    bulan-lalu tahun-lalu thn-lalu minggu-lalu pekan-lalu hari-lalu jam-lalu yang-lalu yg-lalu tgl-lalu
    bahaya-kebakaran alat-pemadam pos-pemadam tidak-ada tdk-ada gak-ada ga-ada nggak-ada tadi-malam malam-tadi
    sudah-selesai sudah-aman sudah-ditangani sudah-dievakuasi sudah-ketemu sudah-ditangkap udah-aman sdh-aman
    sdh-selesai in-case no-fire sampah-terbakar sampah-kebakar korban-phk asuransi-kebakaran mobil-pemadam
    anti-tawuran ban-meledak rumput-terbakar lampu-meledak lampu-terbakar lampu-korslet lampu-konslet pju-meledak
    pju-korslet pju-konslet lampunya-meledak
    """
)
# What makes it now after all, unless the clause is about the past or an exercise.
_NOW = word_set(
    """
    sekarang skrg skrng sedang barusan darurat urgent emergency cepetan help masih cepat sejak-semalam dari-semalam
    sejak-tadi dari-tadi saat-ini sejak-kemarin dari-kemarin sampai-sekarang
    """
)
_SURELY_NOT = word_set(
    """
    kemarin kmrn kemaren pernah dulu dahulu simulasi latihan pelatihan sosialisasi bekas drill yesterday ago last
    rawan rentan sering kerap kalau kalo jika rutin setiap tiap petasan sate berita hoax
    """
)
_CLAUSE = Lazy(r"[.!?;\n,]+(?:\s|$)|\s(?:tapi|tp|tetapi|namun|padahal|but)\s", 0)
_WHOLE = Lazy(r"[^\W_]+(?:-[^\W_]+)*")
_PART = Lazy(r"[^\W_]+")

_WORDS: dict[str, list[str]] = {}
# Of each word of the table its longest part ("bunuh" of "bunuh-diri"), with the other parts and the word's groups.
_PARTS: dict[str, list[tuple[frozenset[str], list[str]]]] = {}


def is_emergency(text: str) -> bool:
    """Whether somebody's life is in danger as this is written."""
    text = text[:READ].lower()
    if not may_be_emergency(text):
        return False
    return endangers(text)


def endangers(text: str) -> bool:
    """The same for a lower-case text, clause by clause."""
    fixed = [phrase for phrase in _FIXED if phrase in text]
    clauses = [_words(clause, fixed) for clause in _CLAUSE.split(text) if clause.strip()]
    if any(map(_endangers, clauses)):
        return True
    # "Banjir sepinggang, tolong cepat!": who cries for help rarely does so in one clause.
    return any(_is_flooded(one) and _endangers([*one, *other[:_CRY]]) for one, other in pairwise(clauses))


def _is_flooded(words: Sequence[str]) -> bool:
    groups = {group for word in words for group in _WORDS.get(word, ())}
    return any(needed <= groups for needed in _FLOODED)


def may_be_emergency(text: str) -> bool:
    """Whether some rule has all of its groups in this lower-case text, wherever they stand. It costs a tenth of reading
    the clauses; what it denies, no clause can affirm."""
    if not _WORDS:
        _learn()
    words = _PART.findall(text)
    groups: set[str] = set()
    for part in _PARTS.keys() & words:
        for others, meant in _PARTS[part]:
            if not others or others.issubset(words):
                groups.update(meant)
    return len(groups) > 0 and any(needed <= groups for needed in _NEEDED)


def _learn() -> None:
    group = ""
    for line in _GROUPS.strip().splitlines():
        if not line.startswith(" "):
            group, _, line = line.partition(":")
        for word in line.split():
            _WORDS.setdefault(word, []).append(group)
    for word, groups in _WORDS.items():
        parts = word.split("-")
        longest = max(parts, key=len)
        _PARTS.setdefault(longest, []).append((frozenset(parts) - {longest}, groups))


def _words(clause: str, fixed: Sequence[str]) -> list[str]:
    """The words, fixed phrases as one ("bunuh-diri")."""
    for phrase in fixed:
        if phrase in clause:
            clause = clause.replace(phrase, phrase.replace(" ", "-", 2))
    return _WHOLE.findall(clause)


def _endangers(words: Sequence[str]) -> bool:
    places: dict[str, list[int]] = {}
    for index, word in enumerate(words):
        for group in _WORDS.get(word, ()):
            places.setdefault(group, []).append(index)
    if not any(_meet(places, groups, reach) for reach, groups in _RULES):
        return False
    if "telecom" in places and "fire" not in places and not ({"hurt", "dying", "shock"} & places.keys()):
        return False
    if "jam" in places and "trapped" in places and "inside" not in places:
        return False
    pairs = {f"{one}-{other}" for one, other in pairwise(words)}
    calm = not _NOT_NOW.isdisjoint(words) or not _NOT_NOW_PAIRS.isdisjoint(pairs)
    if not calm:
        return True
    return not (_NOW.isdisjoint(words) and _NOW.isdisjoint(pairs)) and _SURELY_NOT.isdisjoint(words)


def _meet(places: dict[str, list[int]], groups: tuple[str, ...], reach: int) -> bool:
    """Whether each group has a word, all of them within `reach` words of one another and no word counted twice."""
    if any(group not in places for group in groups):
        return False
    if len(groups) == 1:
        return True
    return any(
        max(at) - min(at) <= reach and len(set(at)) == len(at)
        for at in product(*(places[group][:12] for group in groups))
    )

"""Danger to life, now: fire, drowning, violence, a live cable, people trapped, an accident with victims, a gas leak.

A clause counts when it says what is happening and does not say that it is over, feared, practised or far away."""

from __future__ import annotations

from .lazy import Lazy

READ = 3000
"""Only this many characters are read."""

_PEOPLE = r"(?:orang|org|warga|anak|bocah|bayi|balita|ibu|bapak|nenek|kakek|lansia|pengendara|penumpang|pemotor|korban|cewek|cowok|perempuan|wanita|pria|siswa|pelajar|supir|sopir|pekerja|tukang|keluarga|tetangga|teman|suami|istri|adik|kakak|kami|saya)"
_BURNING = r"(?:rumah|ruko|gedung|pasar|kios|toko|gudang|pabrik|mobil|motor|bus|bis|truk|kontrakan|kos|kosan|apartemen|rusun|sekolah|gardu|trafo|kabel|warung|lapak|bengkel|pom|spbu|tiang|lantai|dapur|atap|bangunan|pemukiman|permukiman|kapal)"

# Each form is danger by itself.
_DANGER = (
    # fire
    rf"\bkebakaran\b|\bkebakar\b|\bterbakar\b|\b{_BURNING}\b(?:\W+\w+){{0,3}}?\W+(?:ke|ter)bakar\b|\bsi jago merah\b",
    r"\bapi\b(?:\W+\w+){0,3}?\W+(?:besar|membesar|berkobar|menyala|merambat|menjalar|melalap|menyambar|tinggi|makin|semakin|blm padam|belum padam)",
    r"\b(?:ada|muncul|keluar|percikan|kobaran|semburan|titik)\W+api\b|\bapi (?:dari|di) (?:rumah|ruko|gardu|trafo|atap|kabel|lantai|gudang|tiang)",
    rf"\b{_BURNING} (?:lagi )?(?:dilalap|dimakan) (?:api|si jago)|\bmeledak\b|\bledakan\b",
    r"\basap (?:hitam |tebal ){1,2}(?:dari|keluar|mengepul)|\bon fire\b|\b(?:there is a|a|big|huge) fire\b|\bfire (?:at|in|on|broke|spreading|!)|\bburning (?:house|building|car|shop)|\b(?:house|building|car|shop|warehouse) (?:is )?burning\b|\bexplo(?:ded|sion)\b",
    # water
    rf"\btenggelam\b|\bkelelep\b|\b(?:hanyut|terseret|keseret|kebawa)\b(?:\W+\w+){{0,3}}?\W+(?:arus|kali|sungai|banjir|air)|\b{_PEOPLE}\b(?:\W+\w+){{0,3}}?\W+hanyut\b|\bdrown(?:ing|ed)?\b",
    rf"\b(?:{_PEOPLE}|mobil|motor)\b(?:\W+\w+){{0,3}}?\W+(?:kecebur|tercebur|nyebur|kecemplung|tercemplung|jatuh ke|masuk ke) ?(?:ke )?(?:dalam )?(?:kali|sungai|got|sumur|waduk|laut|danau|selokan|saluran|empang|jurang)",
    # violence
    r"\btawuran\b|\bdibegal\b|\bpembegalan\b|\b(?:ada|lagi|sedang|korban) begal\b|\bdibacok\b|\bbacok(?:an|-bacokan|2an)?\b|\bditusuk\b|\bpenusukan\b|\bditembak\b|\bpenembakan\b|\btembakan\b|\bdirampok\b|\bperampokan\b|\bditodong\b|\bpenodongan\b",
    r"\bdikeroyok\b|\bpengeroyokan\b|\bdisandera\b|\bdiculik\b|\bpenculikan\b|\bdiperkosa\b|\bpemerkosaan\b|\bdibunuh\b|\bpembunuhan\b|\bdianiaya\b|\bpenganiayaan\b|\bdipukuli\b|\bdigebukin\b|\bdihajar\b|\bmau bunuh\b|\bbunuh diri\b|\bdicekik\b|\bkdrt\b",
    r"\b(?:bawa|membawa|ngacungin|mengacungkan|pake|pakai) (?:golok|celurit|clurit|parang|pisau|sajam|senjata|samurai|pistol)\b|\bngamuk (?:bawa|pakai|pake)\b",
    r"\b(?:stabbed|stabbing|shot at|gunshots?|being robbed|robbery in progress|being attacked|kidnapped|hostage|being beaten)\b|\b(?:man|someone|gang)\b(?:\W+\w+){0,3}?\W+(?:machete|knife|gun)\b",
    # electricity
    r"\b(?:kesetrum|kestrum|kesetrom|tersetrum|tersengat(?: aliran)? listrik|tersengat|nyetrum|electrocut\w+)\b",
    r"\bkabel\b(?:\W+\w+){0,4}?\W+(?:putus|jatuh|roboh|copot)\b(?:\W+\w+){0,5}?\W+(?:listrik|pln|nyala|percik\w*|bertegangan|setrum|aktif|jalan|genangan|banjir|air|tanah|aspal|trotoar)\b",
    r"\bkabel (?:listrik|pln|sutet|tegangan tinggi|bertegangan)\b(?:\W+\w+){0,3}?\W+(?:putus|jatuh|terputus|terjatuh|melintang di jalan|nyala|terkelupas)|\b(?:kabel|tiang|gardu|trafo)\b(?:\W+\w+){0,4}?\W+(?:percik(?:an)?|memercik\w*|korslet|konslet|mengeluarkan api)\b|\btegangan tinggi\b(?:\W+\w+){0,3}?\W+(?:putus|jatuh)",
    r"\b(?:live|power|electric(?:al)?) (?:cable|wire|line)s?\b(?:\W+\w+){0,4}?\W+(?:down|fallen|fell|snapped|sparking|on the (?:road|street|ground))|\bfallen (?:power|live|electric) (?:line|cable|wire)|\bsparking\b",
    # trapped, collapsed
    rf"\b{_PEOPLE}\b(?:\W+\w+){{0,4}}?\W+(?:terjebak|kejebak|terperangkap|tertimpa|ketimpa|tertimbun|ketimbun|tergencet|kegencet|terhimpit|kejepit|terjepit|terkurung)\b(?!\W+(?:macet|kemacetan|hujan|antrian))",
    rf"\b(?:terjebak|kejebak|terperangkap) (?:di )?(?:dalam |dlm )?(?:lift|kebakaran|api|reruntuhan|banjir|rumah|gedung|mobil|sumur|gorong)|\b(?:tertimpa|ketimpa|tertimbun|ketiban|menimpa) (?:\w+ ){{0,2}}?(?:{_PEOPLE}|pohon|longsor|reruntuhan|tembok|bangunan|tiang|tanah|mobil|motor|rumah|pengguna)\b",
    r"\b(?:bangunan|gedung|rumah|tembok|jembatan|jpo|crane|tebing|tanah)\b(?:\W+\w+){0,2}?\W+(?:roboh|ambruk|runtuh|longsor|rubuh)\b(?:\W+\w+){0,6}?\W+(?:korban|orang|org|warga|menimpa|tertimpa|tertimbun)\b|\b(?:people|person|child|someone|family|we are)\b(?:\W+\w+){0,3}?\W+trapped\b|\btrapped (?:in|inside|under)\b",
    # accidents and the sick
    r"\b(?:kecelakaan|laka lantas|lakalantas|tabrakan|tabrak lari|ditabrak|ketabrak|tertabrak|tabrakan beruntun|terlindas|kelindas|terguling)\b(?:\W+\w+){0,12}?\W+(?:korban|luka|luka2|luka-luka|berdarah|darah|tergeletak|pingsan|meninggal|tewas|kritis|sekarat|parah|ambulans|ambulance|ambulan|patah|terjepit|kejepit|tak sadar|tidak sadar|gak sadar|ga sadar)\b",
    r"\b(?:korban|orang|org|pengendara|pemotor|darah|berdarah)\b(?:\W+\w+){0,6}?\W+(?:kecelakaan|tabrakan|ditabrak|ketabrak|tertabrak|tabrak lari|terlindas|kelindas|ketabrak)\b|\b(?:butuh|perlu|panggil|minta|tolong|kirim)\W+(?:\w+\W+)?(?:ambulans|ambulance|ambulan|damkar|pemadam|tim sar|basarnas)\b",
    r"\b(?:tergeletak|pingsan|tidak sadarkan diri|tak sadarkan diri|gak sadar|ga sadar|sekarat|kejang|sesak nafas|sesak napas|serangan jantung|keracunan(?: gas| massal| asap)?|mau melahirkan|pendarahan)\b",
    r"\b(?:accident|crash|collision)\b(?:\W+\w+){0,8}?\W+(?:injur\w+|bleeding|victims?|unconscious|dead|hurt)\b|\b(?:injured|unconscious|bleeding|dying|heart attack)\b|\bneed (?:an )?ambulance\b|\bcall (?:an )?ambulance\b",
    # gas
    r"\b(?:gas|lpg|elpiji|tabung)\b(?:\W+\w+){0,2}?\W+bocor\b|\b(?:kebocoran|bocoran) (?:pipa )?gas\b|\bbau gas (?:menyengat|bocor|kuat|sekali|banget|bgt)|\bgas leak\b|\bsmell (?:of )?gas\b|\bbom\b(?! (?:waktu|atom))|\bgranat\b",
    # cries
    r"\bnyawa(?:nya)? (?:terancam|melayang|taruhannya)|\bancam(?:an)? bunuh|\bmengancam (?:akan )?(?:membunuh|bunuh)|\bsos\b|\bhelp (?:us|me)\b",
)  # fmt: skip

# What takes the danger out of the clause it stands in: over, feared, practised, asked about, or another matter.
_NOT_NOW = (
    r"\b(?:bulan|tahun|thn|minggu|pekan|hari|tgl|tanggal) (?:lalu|kemarin|kmrn|yang lalu|yg lalu|sebelumnya)\b|\b(?:dulu|dahulu|kemarin|kmrn|kemaren|pernah|bekas|eks|sisa|sisa2|puing|pasca|paska|setelah|sesudah|habis) ?",
    r"\b\d+ (?:hari|minggu|bulan|tahun|thn|jam) (?:lalu|yang lalu|yg lalu|silam)\b|\blast (?:week|month|year|night)\b|\byesterday\b|\bago\b|\b(?:sejak|since|pada tahun|tahun|thn) (?:19|20)\d\d\b",
    r"\b(?:sudah|udah|sdh|telah|udh) (?:berhasil )?(?:padam|dipadamkan|selesai|aman|ditangani|dievakuasi|tertangani|ketemu|ditangkap)\b|\b(?:padam|mati) semua\b",
    r"\b(?:rawan|rentan|potensi|berpotensi|resiko|risiko|berisiko|beresiko|bahaya|bahayanya|takut|takutnya|khawatir|kuatir|khawatirkan|dikhawatirkan|ditakutkan|takutkan|cemas|bisa|dapat|jangan sampai|jgn sampai|sebelum|kalau|kalo|klo|jika|apabila|bila|andai|misal|misalnya|cegah|mencegah|pencegahan|antisipasi|mengantisipasi|hindari|menghindari|supaya tidak|agar tidak|biar tidak|biar gak|biar ga|mengakibatkan|menyebabkan|memicu|pemicu|penyebab|mudah|hampir|nyaris|ancaman|might|could|may|risk|afraid|worried|in case|prevent|almost|potential)\b",
    r"\b(?:simulasi|latihan|pelatihan|sosialisasi|penyuluhan|edukasi|lomba|film|drill|training|alat pemadam|apar|hidran|hydrant|pos pemadam|mobil pemadam|petugas pemadam|izin|bantuan|santunan|korban kebakaran|penanggulangan|pengungsi|asuransi|klaim|surat|sertifikat|berita|hoax|hoaks|isu|video viral|cctv|rekaman|sering|kerap|selalu|suka|setiap|tiap|biasanya|langganan|marak|often|every|always|usually)\b",
    r"\b(?:bukan|tidak ada|tdk ada|gak ada|ga ada|nggak ada|no) (?:\w+ ){0,2}?(?:kebakaran|korban|api|begal|tawuran|fire|kecelakaan)",
    r"\bbakar (?:sampah|sate|ikan|jagung|daun)\b|\b(?:sampah|daun|rumput|ilalang)\b(?:\W+\w+){0,2}?\W+(?:terbakar|dibakar|kebakar)\b|\b(?:lampu|pju|lampunya)\b(?:\W+\w+){0,2}?\W+(?:meledak|terbakar|kebakar|korslet|konslet)\b|\bban meledak\b|\b(?:petasan|mercon|kembang api)\b|\bkereta api\b|\bbatu api\b",
)  # fmt: skip
# What makes it now after all, whatever else the clause says.
_NOW = (
    r"\b(?:sekarang|skrg|skrng|saat ini|sedang|lagi (?:kebakaran|terbakar|tawuran)|barusan|baru saja|baru aja|masih (?:menyala|berkobar|terjebak|ada|di dalam)|darurat|urgent|emergency|right now|tolong cepat|cepat tolong|cepetan|segera kirim|help)\b",
)  # fmt: skip
_PAST = Lazy(r"\b(?:lalu|kemarin|kmrn|kemaren|pernah|dulu|simulasi|latihan|sosialisasi|bekas|drill|last (?:week|month|year)|yesterday|ago)\b")

_DANGERS = Lazy("|".join(f"(?:{form})" for form in _DANGER))
_OVER = Lazy("|".join(f"(?:{form})" for form in _NOT_NOW))
_INDEED = Lazy("|".join(_NOW))
_CLAUSE = Lazy(r"[.!?;\n,]+(?:\s|$)|\s+(?:tapi|tp|tetapi|namun|padahal|but)\s+")


def is_emergency(text: str) -> bool:
    """Whether somebody's life is in danger as this is written."""
    text = text[:READ]
    if _DANGERS.search(text) is None:
        return False
    return any(_endangers(clause) for clause in _CLAUSE.split(text))


def _endangers(clause: str) -> bool:
    if _DANGERS.search(clause) is None:
        return False
    if _OVER.search(clause) is None:
        return True
    return _INDEED.search(clause) is not None and _PAST.search(clause) is None

"""The words of commands: which word of a pack means which command, slips forgiven, and what may stand around it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec

from .per_city import per_city
from .requests import HANDLED, REPORT
from .words import COMMON, FUNCTION, NAMES, PROBLEM, TITLES, word_set

if TYPE_CHECKING:
    from chalicelib.city.model import City

KINDS = ("status", "withdraw", "confirm", "dispute", "stop", "start", "help")
_SHORTEST, _LONGEST = 5, 14
"""Letters of a command word in which a slip is forgiven; the word with the slip may have one more or one less."""

# What one says to a clerk around a command, and what the command is about.
COURTESY = (
    TITLES
    | (REPORT - {"lapor"})
    | word_set(
        """
        tolong tlg mohon mhn ya yaa yah iya iyaa iyah y oke ok okay okey baik baiklah sip siap halo hallo hai hi hello pagi
        siang sore malam selamat assalamualaikum assalamu'alaikum ass wr wb maaf permisi misi terima kasih terimakasih
        makasih mksh makasi trims trim tks thx thanks thank you trimakasih trimakasi matur suwun nuhun please pls dong donk
        deh nih sih nya min gan sis admin saya sy aku gue gw kami kita ini itu dengan nomor no nomer nmr nomornya kode saja
        aja my the number of for i it is atas bantuannya perhatiannya kerjasamanya kerja kerjasama responnya cepat sekali
        banget bgt banyak mau ingin untuk utk dari ke salam hormat rekan petugas petugasnya semua semuanya tim alhamdulillah
        alhamdullilah puji tuhan jkt yg yang tadi kemarin hari juga jg already has been have very much so kak
        """
    )
)
SENDING = word_set(
    """
    sms wa whatsapp pesan pesannya notif notifikasi notifikasinya kirim kirimi dikirim mengirim ngirim pemberitahuan
    langganan berlangganan lagi update email surel jangan info messages message texts notices sending me
    """
)
WELL = word_set(
    """
    lagi bagus bersih rapi rapih aman mantap mantab lancar nyala menyala terang normal kering surut oke ok mulus rata baik
    bener benar sesuai puas baikan kembali now good ok fine great clean semula sepenuhnya total tuntas rampung jadi
    berfungsi normal ditambal diaspal diganti diperbaikin diperbaiki dipotong dipangkas ditebang dipasang ditutup
    dirapihkan dirapikan disedot dikuras diangkutin dibersihin all
    """
)
NOTHING = word_set(
    """
    ada perubahan perubahannya perbaikan tindakan tindaklanjut tindak lanjut sama sekali juga sampai sampe hingga
    sekarang skrg saat kok apa apa2 respon respons kabar progres progress hasil hasilnya petugas petugasnya yang datang
    dateng turun kelapangan lapangan pengerjaan dikerjain sepenuhnya semuanya total tuntas any yet still not
    """
)
STILL = word_set("masih msh tetap tetep ttp malah malahan cuma cuman baru hanya karena krn karna soalnya tapi tp")
BUT = word_set("tapi tp tetapi namun cuma cuman hanya masih msh belum blm but still kembali")
NOT = word_set("tidak tdk gak ga gk nggak ngga enggak kagak jangan jgn bukan not kenapa knp mengapa kok siapa")
PLACED = word_set(
    """
    di jl jln jalan gg gang rt rw kel kelurahan kec kecamatan depan dpn dekat dkt deket samping seberang sebrang sebelah
    belakang lokasi alamat daerah at near street
    """
)
# Words of their own that are one letter from a command.
_NO_SLIPS = word_set(
    """
    susah mudah ludah wudhu batas batang fatal bantal natal batak bakal batan mulia mulut belut batuan golong kolong
    bolong dolong cancer truck trick crack layak pacak statis beras bera keras bere bebas smart stars star stark tart
    cheek chick mixed solve field lanjur sudut suhu sedih indah budah pedah dadah udara bangun menu melek belom balum
    helai pulau pandan fixer donat salon state jones tone statue berkas kelas selasa selepas
    """
)


class Index(msgspec.Struct, frozen=True):
    """Words and two-word phrases ("not yet") by the command they mean; `near`: for every word that may be mistyped, its
    letters but one → the word."""

    kinds: dict[str, str]
    near: dict[str, tuple[str, ...]]
    phrases: frozenset[str]

    def kind_of(self, word: str) -> str:
        """The command that a small word means, or a slip of it; "" for any other word."""
        return self.kinds.get(word) or self.kinds.get(self.corrected(word), "")

    def corrected(self, word: str) -> str:
        """The command word that this one is a slip of (a letter too many, missing or wrong, or two swapped); else the
        word itself."""
        if word in self.kinds or not _SHORTEST - 1 <= len(word) <= _LONGEST or _is_a_word(word):
            return word
        if word in self.near:
            return self.near[word][0]
        for at in range(len(word)):
            without = word[:at] + word[at + 1 :]
            if without in self.kinds and len(without) >= _SHORTEST:
                return without
            for meant in self.near.get(without, ()):
                if len(meant) == len(word) and _is_slip(word, meant):
                    return meant
        return word


def _is_slip(word: str, meant: str) -> bool:
    """Whether two words of one length differ in one letter, or in two neighbours that changed places."""
    wrong = [at for at in range(len(word)) if word[at] != meant[at]]
    if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
        return word[wrong[0]] == meant[wrong[1]] and word[wrong[1]] == meant[wrong[0]]
    return len(wrong) == 1


def _is_a_word(word: str) -> bool:
    return (
        word in FUNCTION
        or word in PROBLEM
        or word in HANDLED
        or word in COURTESY
        or word in _NO_SLIPS
        or word in COMMON
        or word in NAMES
    )


@per_city
def index(city: City) -> Index:
    """The command words of all the pack's languages. Where two commands share a word, the first of `KINDS` has it."""
    kinds: dict[str, str] = {}
    for kind in KINDS:
        for texts in city.texts.values():
            for word in texts.get(f"command.{kind}", "").lower().split():
                kinds.setdefault(word.replace("-", " "), kind)
    near: dict[str, list[str]] = {}
    for word in kinds:
        if len(word) >= _SHORTEST and " " not in word:
            for at in range(len(word)):
                near.setdefault(word[:at] + word[at + 1 :], []).append(word)
    phrases = frozenset(word for word in kinds if " " in word)
    return Index(kinds, {key: tuple(words) for key, words in near.items()}, phrases)


def subset(words: Sequence[str], *allowed: frozenset[str]) -> bool:
    """Whether every word is in one of the sets."""
    return all(any(word in each for each in allowed) for word in words)

"""Messages about a report instead of a problem: "kapan diberesin?", "batal aja pak". Only a message that says nothing
else is one: every word must be known."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from .gazetteer import tokens
from .identifiers import protected
from .words import FUNCTION, TITLES, word_set

REPORT = word_set(
    """
    laporan laporannya lapor laporanku laporanmu aduan aduannya pengaduan pengaduannya keluhan keluhannya tiket
    tiketnya report complaint ticket
    """
)
ASKS = word_set(
    """
    gimana gmn gmna bagaimana kapan mana status statusnya kabar kabarnya perkembangan perkembangannya progres progress
    progresnya progressnya update updatenya kelanjutan kelanjutannya kejelasan follow nasib nasibnya hasil hasilnya
    belum blm blom diproses proses prosesnya ditanggapi tanggapan tanggapannya respon apakah how when
    """
)
ABOUT_ITSELF = word_set("status statusnya perkembangan perkembangannya progres progress progresnya progressnya update")
_WHEN = word_set("kapan kpn kapannya when")
HANDLED = word_set(
    """
    diberesin diberesi dibereskan beres beresnya dikerjakan dikerjain pengerjaan pengerjaannya diperbaiki dibenerin
    dibenahi dibetulin dibetulkan ditangani ditindak ditindaklanjuti diproses diurus selesai selesainya kelar kelarnya
    dibersihkan dibersihin diangkut diangkat dieksekusi datang dateng turun direspon dijawab ditanggapi dicek disurvei
    disurvey ditinjau fixed done solved resolved
    """
)
_ALSO = word_set(
    """
    gimana kpn sejauh jauh mana tindak lanjut lanjutan tindaklanjut tindaklanjutnya lama lamanya apakah sampe sampai
    dikirim kirim kemaren lalu masuk diterima terima cek ngecek status kok up what about what's progressing be will
    get happened
    """
)
STATUS_WORDS = FUNCTION | TITLES | REPORT | ASKS | _WHEN | HANDLED | _ALSO | ABOUT_ITSELF

_CANCEL = word_set(
    "batal batalin batalkan dibatalkan dibatalin membatalkan pembatalan ngebatalin cancel cancelled cancelin"
)
NOT_CANCEL = word_set(
    """
    jangan jgn tidak tdk gak ga gk nggak ngga enggak bukan kenapa knp mengapa kok siapa don't not why belum blm
    """
)
NO = word_set("tidak tdk gak ga gk nggak ngga enggak")
_WITHDRAWN = ("cabut", "dicabut", "tarik", "hapus", "dihapus", "menarik", "mencabut")
_CANCEL_WORDS = (
    FUNCTION
    | TITLES
    | REPORT
    | _CANCEL
    | word_set(
        "salah kirim ngirim pencet sambung beres selesai aman cabut dicabut tarik hapus dihapus menarik mencabut deh"
    )
)
_MOST_WORDS, _MOST_CANCEL = 16, 9
_READ = 300


def asks_about_status(text: str) -> bool:
    """Whether the text only asks what became of a report."""
    words, numbered = _words(text)
    return ask_about_status(words, numbered=numbered)


def ask_about_status(words: Sequence[str], *, numbered: bool) -> bool:
    """The same of small words; `numbered`: a tracking number stood among them."""
    if not words or len(words) > _MOST_WORDS or not STATUS_WORDS.issuperset(words):
        return False
    about = numbered or not REPORT.isdisjoint(words)
    return (
        (about and not ASKS.isdisjoint(words))
        or (not _WHEN.isdisjoint(words) and not HANDLED.isdisjoint(words))
        or not ABOUT_ITSELF.isdisjoint(words)
    )


def asks_to_cancel(text: str) -> bool:
    """Whether the text only takes a report back."""
    return ask_to_cancel(_words(text)[0])


def ask_to_cancel(words: Sequence[str]) -> bool:
    """The same of small words."""
    if not words or len(words) > _MOST_CANCEL or not _CANCEL_WORDS.issuperset(words):
        return False
    if not _CANCEL.isdisjoint(words):
        return NOT_CANCEL.isdisjoint(words)
    if not REPORT.isdisjoint(words) and any(word in _WITHDRAWN for word in words):
        return NOT_CANCEL.isdisjoint(words)
    return any(one in NO and other == "jadi" for one, other in pairwise(words))


def _words(text: str) -> tuple[list[str], bool]:
    """The words, without tracking numbers, and whether there were any of these."""
    if len(text) > _READ:
        return [], False
    kept = [span for span in protected(text) if text[span[0]] != "["]
    for start, end in reversed(kept):
        text = f"{text[:start]} {text[end:]}"
    return [word.lower for word in tokens(text)], bool(kept)

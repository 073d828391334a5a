"""What a report is about, by the pack's own keywords: a suggestion with a confidence, never a decision."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from .gazetteer import tokens
from .lazy import Lazy
from .names import is_common
from .per_city import per_city
from .words import word_map, word_set

if TYPE_CHECKING:
    from chalicelib.city.model import City

READ = 2000
"""Only this many characters are read."""

# Small words that people put between the words of a phrase ("lampu di jalan sudah mati"): left out on both sides.
_FILLERS = word_set(
    """
    di ke dari yang yg dan ada sudah sdh udah pada nya itu ini tsb sangat sekali banget lagi lg jadi juga jg tidak
    tdk gak ga gk nggak enggak belum blm bisa dapat the a of is are
    """
) - word_set("tidak belum")
# How words are shortened in messages. The city's slang is in its keywords; this is spelling.
_SPELLINGS = word_map(
    """
    jln=jalan jl=jalan jlan=jalan jalanan=jalan lobang=lubang lbng=lubang brlubang=berlubang bolong=lubang rsk=rusak
    smpah=sampah sampahnya=sampah sampa=sampah bnjir=banjir mcet=macet mct=macet lmpu=lampu mti=mati phn=pohon
    phon=pohon poon=pohon tmbang=tumbang prkir=parkir parkiran=parkir trotor=trotoar trotoir=trotoar kbel=kabel
    slokan=selokan solokan=selokan numpuk=menumpuk tdk=tidak gak=tidak ga=tidak gk=tidak nggak=tidak enggak=tidak
    kagak=tidak ngga=tidak tak=tidak blm=belum blom=belum pkl2=pkl motor2=motor mobil2=mobil asep=asap aer=air
    ilegal=liar illegal=liar sembarangan=sembarang gotnya=got nyamuk2=nyamuk berlobang=berlubang brlubang=berlubang dipukuli=dipukul dipukulin=dipukul
    digebuki=dipukul digebukin=dipukul mukuli=mukul mukulin=mukul memukuli=mukul memukul=mukul lakinya=suami
    """
)
# What reporters in English say most, as the words of the keywords.
_ENGLISH = word_map(
    """
    garbage=sampah trash=sampah rubbish=sampah flood=banjir flooding=banjir flooded=banjir pothole=berlubang
    potholes=berlubang streetlight=pju tree=pohon fallen=tumbang broken=rusak damaged=rusak road=jalan
    sidewalk=trotoar pavement=trotoar parking=parkir parked=parkir noise=bising noisy=bising drain=selokan
    drains=selokan gutter=selokan dead=mati light=lampu river=kali smoke=asap jam=macet vendors=pkl cables=kabel
    cable=kabel
    """
)
_SPELLINGS |= _ENGLISH
# "lampu merah (perempatan Matraman) mati": a traffic light, whatever stands between; not where another lamp is meant.
_DEAD_SIGNAL = Lazy(
    r"\blampu merah(?=(?: (?:di )?(?!ada\b|lampu|pju|jalan)[^\W_]+){0,5} (?:mati|padam|rusak|error|eror|ngaco|kedip|tidak|tdk|gak|ga|nggak)\b)"
    r"|(?<=mati )lampu merah\b|(?<=rusak )lampu merah\b"
)
_LABEL_PARTS = Lazy(r"[,/()]|\bdan\b|\batau\b")
_STREET = frozenset(("jl", "jln", "jlan", "jalan"))
_CONFIDENT, _KNOWN_GAIN = 0.85, 3.2
_NEAR, _SCATTERED, _FIRST, _LENGTH = 4, 0.6, 0.5, 0.8


class _Index(msgspec.Struct, frozen=True):
    """First word → its phrases, longest first; each phrase with its categories and its weight."""

    phrases: dict[str, tuple[tuple[tuple[str, ...], tuple[str, ...], float], ...]]
    words: frozenset[str]


def suggest(text: str, city: City) -> list[tuple[str, float]]:
    """Categories that the text speaks of, best first, each with a confidence between 0 and 1. Empty: nothing
    recognised."""
    index = _index(city)
    text = text.replace("treet light", "treetlight")
    if "lampu merah" in text.lower():
        text = _DEAD_SIGNAL.sub("lampu lalu lintas", text)
    words = spelled(_without_streets(text, index.words))
    scores: dict[str, float] = defaultdict(float)
    seen: set[tuple[str, ...]] = set()
    position = 0
    while position < len(words):
        step = 1
        for phrase, codes, weight in index.phrases.get(words[position], ()):
            if tuple(words[position : position + len(phrase)]) == phrase:
                if phrase not in seen:
                    seen.add(phrase)
                    # What is said first is what the report is about; later words tell its consequences.
                    share = weight * (1.0 + _FIRST / (1 + position / 8))
                    for code in codes:
                        scores[code] += share
                step = len(phrase)
                break
        position += step
    for phrase, codes, weight in _scattered(words, index):
        if phrase not in seen:
            seen.add(phrase)
            for code in codes:
                scores[code] += weight * _SCATTERED
    return _ranked(scores)


def _scattered(words: Sequence[str], index: _Index) -> Iterator[tuple[tuple[str, ...], tuple[str, ...], float]]:
    """Phrases of two words that stand near each other, in any order: "atap" and "bocor" in "bocor parah atapnya"."""
    for position, word in enumerate(words):
        near = [*words[max(0, position - _NEAR) : position], *words[position + 2 : position + 1 + _NEAR]]
        for entry in index.phrases.get(word, ()):
            if len(entry[0]) == 2 and entry[0][1] in near:
                yield entry


def vocabulary(city: City) -> frozenset[str]:
    """Every word of the pack's keywords, normalised: words of problems, not of names."""
    return _index(city).words


def normalised(text: str) -> list[str]:
    """The words of a text in one spelling, fillers left out."""
    return spelled([token.lower for token in tokens(text, READ)])


def _without_streets(text: str, known: frozenset[str]) -> list[str]:
    """The words of a text, but for the "jalan" of an address: "di jl Tebet" speaks of no street's state."""
    words = [token.lower for token in tokens(text, READ)]
    return [
        word
        for word, after in zip(words, [*words[1:], ""], strict=False)
        if word not in _STREET or not after or is_common(after) or after in known or after in _SPELLINGS
    ]


def spelled(words: Sequence[str]) -> list[str]:
    """Small-letter words in one spelling, fillers left out."""
    kept = []
    for word in words:
        if word in _FILLERS and word not in _SPELLINGS:
            continue
        word = _SPELLINGS.get(word, word)
        if len(word) > 5 and word.endswith("nya"):
            word = _SPELLINGS.get(word[:-3], word[:-3])
        kept.append(word)
    return kept


def _ranked(scores: dict[str, float]) -> list[tuple[str, float]]:
    total = sum(score * score for score in scores.values())
    if not total:
        return []
    ranked = sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))
    return [
        (code, round(_CONFIDENT * (score * score / total) * (1.0 - math.exp(-score / _KNOWN_GAIN)), 4))
        for code, score in ranked[:5]
    ]


@per_city
def _index(city: City) -> _Index:
    owners: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for category in city.open_categories().values():
        label = category.label.get("id", "")
        for keyword in (*category.keywords, label, *_LABEL_PARTS.split(label)):
            phrase = tuple(spelled([token.lower for token in tokens(keyword)]))
            if phrase and category.code not in owners[phrase]:
                owners[phrase].append(category.code)
    # A word that many categories' phrases share ("jalan", "liar") says little.
    spread = Counter(
        word for word, _ in {(word, code) for phrase, codes in owners.items() for word in phrase for code in codes}
    )
    count = max(2, len(city.categories))
    phrases: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], float]]] = defaultdict(list)
    for phrase, codes in owners.items():
        rarity = sum(math.log(1 + count / spread[word]) for word in phrase) / len(phrase)
        weight = len(phrase) ** _LENGTH * rarity / math.sqrt(len(codes))
        phrases[phrase[0]].append((phrase, tuple(sorted(codes)), weight))
    ordered = {first: tuple(sorted(rest, key=lambda entry: -len(entry[0]))) for first, rest in phrases.items()}
    return _Index(ordered, frozenset(word for phrase in owners for word in phrase))

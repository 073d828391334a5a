"""Commands in words: "STATUS JKT-…", "batal", "SUDAH pak", "BELUM, masih berlubang", "BERHENTI". Tolerant of slips and of
politeness, but never taken from a report that merely begins like one ("sudah 3 hari sampah tidak diangkut")."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from .clean import fold
from .command_words import BUT, COURTESY, NOT, NOTHING, PLACED, SENDING, STILL, WELL, Index, index, subset
from .follow_words import wanted_in
from .lazy import Lazy
from .mentions import Mention, mention_in
from .requests import ABOUT_ITSELF, ASKS, HANDLED, REPORT, STATUS_WORDS, ask_about_status, ask_to_cancel
from .words import TROUBLE, word_set

if TYPE_CHECKING:
    from chalicelib.city.model import City

_WORD = Lazy(r"[^\W_]+(?:['’][^\W_]+)*", 0)
_STRONG = Lazy(r"[ ]{0,2}[,.;:!\n–—-]")
_READ = 400
_MOST_SHORT, _MOST_WORDS, _MOST_SIGNATURE = 18, 40, 10
_EDGES = " \t\n.,;:!?-–—\"'()[]*"
_WHERE_IT_STANDS = word_set("gimana gmn bagaimana gmna kapan kpn kabar kelanjutan nasib how when") | ABOUT_ITSELF
_HOW = word_set("cara caranya")
_HOW_TO = word_set("cara caranya gimana gmn bagaimana lapor melapor melaporkan mengadu pengaduan laporan how to report")


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """What a message orders. `kind`: "status", "withdraw", "confirm", "dispute", "stop", "start" or "help"; "join", "unjoin",
    "watch" or "unwatch" (`follow_words`). `tracking` is the canonical number it names, or what was typed for one where that
    is not `valid`; `rest` the words after the command. `sure`: nothing but the command and courtesy, or a number with it;
    what is not sure counts only where such a word is awaited."""

    kind: str
    tracking: str = ""
    rest: str = ""
    valid: bool = True
    sure: bool = True


class _Said(msgspec.Struct, frozen=True):
    """A message as the rules see it: its small words with slips corrected, the first of them that is no courtesy (`at`),
    the text behind that word, and whether anything is asked."""

    words: list[str]
    at: int
    behind: str
    asks: bool
    numbered: bool

    @property
    def after(self) -> list[str]:
        return self.words[self.at + 1 :]

    @property
    def set_apart(self) -> bool:
        """Whether a comma or a line end stands behind the command word, a title between or not ("belum pak, …")."""
        behind = self.behind
        while (word := _WORD.match(behind, 1)) is not None and word[0].lower() in COURTESY and behind[0] == " ":
            behind = behind[word.end() :]
        return _STRONG.match(behind) is not None

    @property
    def placed(self) -> bool:
        return not PLACED.isdisjoint(self.after)


def command_of(text: str, city: City) -> Command | None:
    """The command a message is, or None: then it tells something. A tracking number may stand anywhere."""
    if (wanted := wanted_in(text, city)) is not None:
        return Command(kind=wanted.kind, tracking=wanted.tracking, rest=wanted.rest, valid=wanted.valid)
    mention = mention_in(text[:_READ], city.prefix)
    command = _read(text, mention, index(city))
    if command is None and mention is None and "\n" in text[:_READ].strip():
        first, _, signature = text.strip().partition("\n")
        if _is_signature(signature):
            command = _read(first, None, index(city))
    if command is not None and mention is not None:
        command = msgspec.structs.replace(command, tracking=mention.tracking, valid=mention.valid)
    return command


def _read(text: str, mention: Mention | None, known: Index) -> Command | None:
    if mention is not None:
        text = f"{text[: mention.start].rstrip(' #:')} {text[mention.end :].lstrip(_EDGES)}"
    found = list(_WORD.finditer(fold(text[:_READ])))
    words = [word[0] for word in found]
    at = next((at for at, word in enumerate(words) if word not in COURTESY), 0)
    if not words:
        return Command(kind="status") if mention is not None else None
    kind, length = known.kind_of(words[at]), 1
    if words[at : at + 2] and " ".join(words[at : at + 2]) in known.phrases:
        kind, length = known.kinds[" ".join(words[at : at + 2])], 2
    if not kind and len(words) > _MOST_SHORT:
        return None
    end = found[at + length - 1].end()
    if kind and known.kinds.get(words[at]) is None and length == 1:
        words[at] = known.corrected(words[at])
    said = _Said(words[:at] + words[at + length - 1 :], at, text[end:], "?" in text, mention is not None)
    decided = _decide(kind, said)
    if decided is None:
        return None
    kind, sure = decided
    rest = text[end:].strip(_EDGES) if kind in ("dispute", "confirm", "withdraw") else ""
    return Command(kind=kind, sure=sure, rest=rest)


def _decide(kind: str, said: _Said) -> tuple[str, bool] | None:
    """The command and whether it is sure. What only asks where a report stands is never anything else."""
    strict = ask_about_status(said.words, numbered=said.numbered)
    meant = said.asks or (kind != "withdraw" and (kind != "dispute" or not REPORT.isdisjoint(said.words)))
    if strict and meant:
        return "status", True
    rule = _RULES.get(kind)
    decided = rule(said) if rule is not None else None
    if decided is not None or kind in ("confirm", "dispute"):
        return decided if decided is not None or not said.numbered else _numbered(said)
    if ask_to_cancel(said.words):
        return "withdraw", True
    if subset(said.words, _HOW_TO, COURTESY) and not _HOW.isdisjoint(said.words):
        return "help", True
    return _numbered(said) if said.numbered else _complaint(said)


def _numbered(said: _Said) -> tuple[str, bool] | None:
    """A tracking number without a word of command before it."""
    if subset(said.words, STATUS_WORDS):
        return "status", True
    asks = not _WHERE_IT_STANDS.isdisjoint(said.words) or (said.asks and not ASKS.isdisjoint(said.words))
    return ("status", True) if asks and len(said.words) <= _MOST_SHORT else None


def _status(said: _Said) -> tuple[str, bool] | None:
    if subset(said.words[: said.at], COURTESY) and (said.numbered or subset(said.after, STATUS_WORDS, COURTESY)):
        return "status", True
    return None


def _withdraw(said: _Said) -> tuple[str, bool] | None:
    if not NOT.isdisjoint(said.words) or said.asks:
        return None
    if said.numbered or subset(said.after, COURTESY) or ask_to_cancel(said.words):
        return "withdraw", True
    following = next((word for word in said.after if word not in COURTESY - REPORT), "")
    meant = following in REPORT or (said.set_apart and not said.placed)
    return ("withdraw", False) if meant and len(said.words) <= _MOST_WORDS else None


def _confirm(said: _Said) -> tuple[str, bool] | None:
    if said.asks:
        return ("status", False) if subset(said.after, STATUS_WORDS, COURTESY, WELL) else None
    if subset(said.after, COURTESY, HANDLED, WELL, _DONE):
        return "confirm", said.numbered or not said.after or _is_done(said)
    following = next((word for word in said.after if word not in COURTESY), "")
    goes_on = following in HANDLED or following in WELL
    if (goes_on or said.set_apart or following in BUT) and not (said.placed and not said.set_apart):
        if not BUT.isdisjoint(said.after) and len(said.after) <= _MOST_WORDS:
            return "dispute", said.numbered
        if (
            (TROUBLE - HANDLED - WELL).isdisjoint(said.after)
            and len(said.after) <= _MOST_SHORT
            and NOT.isdisjoint(said.after)
        ):
            return "confirm", said.numbered
    return None


_DONE = word_set("sudah sdh udah udh dah beres selesai done fixed solved resolved kelar")


def _is_done(said: _Said) -> bool:
    """ "hari" and "kemarin" are courtesy behind a verb only: "sudah kemarin" says too little."""
    return not subset(said.after, word_set("hari ini kemarin tadi")) or not said.after


def _dispute(said: _Said) -> tuple[str, bool] | None:
    if said.numbered:
        return "dispute", True
    if said.asks and subset(said.after, STATUS_WORDS, COURTESY):
        return "status", False
    if subset(said.after, COURTESY, HANDLED, WELL, NOTHING, _DONE):
        return "dispute", True
    following = next((word for word in said.after if word not in COURTESY), "")
    if said.set_apart or following in STILL:
        return "dispute", False
    goes_on = following in HANDLED or following in WELL or following in _DONE
    if goes_on and len(said.after) <= _MOST_SHORT and not said.placed:
        return "dispute", False
    return None


def _complaint(said: _Said) -> tuple[str, bool] | None:
    """ "masih berlubang pak", "ga beres": an answer to "is it done?" without the word that was asked for."""
    word, following = said.words[said.at], next(iter(said.after), "")
    if len(said.words) > 6 or said.placed:
        return None
    if word in ("masih", "msh", "tetap", "tetep") and (following in TROUBLE or following in ("sama", "begitu", "gitu")):
        return "dispute", False
    if (
        word in NOT
        and (following in HANDLED or following in ("ada",))
        and subset(said.after, COURTESY, HANDLED, NOTHING)
    ):
        return "dispute", False
    return None


def _stop(said: _Said) -> tuple[str, bool] | None:
    return ("stop", True) if subset(said.after, COURTESY, SENDING, _ALSO_STOP) else None


_ALSO_STOP = word_set("stop berhenti unsubscribe unreg all")


def _start(said: _Said) -> tuple[str, bool] | None:
    return ("start", True) if len(said.words) <= 6 and subset(said.after, COURTESY - {"hari"}, SENDING) else None


def _help(said: _Said) -> tuple[str, bool] | None:
    """ "tolong" and "help me" begin reports and cries: only the bare word asks how this works."""
    if len(said.words) == 1:
        return "help", True
    return (
        ("help", True) if said.words[said.at] not in ("tolong", "help") and subset(said.words, _AROUND_HELP) else None
    )


_AROUND_HELP = word_set(
    "info menu bantuan panduan help pak bu min kak mas mbak admin dong ya please pls lapor laporan minta mau"
)
_RULES: dict[str, Callable[[_Said], tuple[str, bool] | None]] = {
    "status": _status,
    "withdraw": _withdraw,
    "confirm": _confirm,
    "dispute": _dispute,
    "stop": _stop,
    "start": _start,
    "help": _help,
}


def _is_signature(text: str) -> bool:
    """Whether the lines below the first only close a letter: courtesy and perhaps a name."""
    words = [word[0] for word in _WORD.finditer(fold(text[:_READ]))]
    if len(words) > _MOST_SIGNATURE or any(map(str.isdigit, text[:_READ])):
        return False
    others = [word for word in words if word not in COURTESY]
    return len(others) <= 4 and TROUBLE.isdisjoint(words) and PLACED.isdisjoint(words)

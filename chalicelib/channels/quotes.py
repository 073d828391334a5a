"""A mail's own words: what the writer added above, between or below what Indonesian and English mailers quote."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

MAX_LINES = 4_000

_QUOTED = re.compile(r"\s{0,3}>")
_UNQUOTE = re.compile(r"^(\s{0,3}> ?)+")
_ADDRESS = re.compile(r"<?[^<>\s]+@[^<>\s]+>?")
_ATTRIBUTION_START = re.compile(
    r"\s*(pada|on|hari|tanggal|tgl|le|am|op|el|mengutip|quoting)\b|\s*\d{4}-\d\d-\d\d|\s*\d{1,2}[./]\d{1,2}[./]\d{2,4}"
    r"|\s*(sen|sel|rab|kam|jum|sab|min|mon|tue|wed|thu|fri|sat|sun)\w{0,6}[,.]? \d|.*<[^<>\s]+@[^<>\s]+>",
    re.IGNORECASE,
)
_ATTRIBUTION_END = re.compile(
    r"(?:.*[\s>])?(menulis|wrote|tulis|a écrit|schrieb|schreef|escribió)\s*:\s*|.*<[^<>\s]+@[^<>\s]+>\s*:\s*",
    re.IGNORECASE,
)
_TIMED = re.compile(r"\d{1,2}[.:]\d\d|\d{4}")
_MARKER = re.compile(
    r"\s*-{2,}\s*(original message|original appointment|reply message|pesan (asli|asal|awal|sebelumnya)|surat asli)\s*-*\s*",
    re.IGNORECASE,
)
_FORWARD_MARKER = re.compile(
    r"\s*-{2,}\s*(forwarded message|pesan terusan|pesan (yang )?diteruskan|diteruskan)\s*-*\s*"
    r"|\s*(begin forwarded message|awal pesan terusan|mulai pesan yang diteruskan)\s*:\s*",
    re.IGNORECASE,
)
_RULE = re.compile(r"\s*_{10,}\s*")
_FROM = re.compile(r"[\s*]*(dari|from)\s*\*?:", re.IGNORECASE)
_DATE = re.compile(r"[\s*]*(terkirim|dikirim|tanggal|sent|date)\s*\*?:", re.IGNORECASE)
_HEADER = re.compile(
    r"[\s*]*(dari|from|terkirim|dikirim|tanggal|sent|date|kepada|to|b?cc|tembusan|subjek|subject|perihal|reply-to)\s*\*?:",
    re.IGNORECASE,
)
_ONE_LINE = re.compile(
    r"[\s*]*(dari|from)\s*\*?:.{1,200}(terkirim|dikirim|tanggal|sent|date)\s*\*?:.{1,200}(kepada|to|subjek|subject)\s*\*?:.*",
    re.IGNORECASE,
)
_FORWARD_SUBJECT = re.compile(r"\s*(fwd?|fw|trs|tr|diteruskan|penerusan|terusan)\s*:", re.IGNORECASE)


def is_forward(subject: str) -> bool:
    """Whether the subject says that the mail passes another one on."""
    return bool(_FORWARD_SUBJECT.match(subject))


class OwnWords(msgspec.Struct, frozen=True):
    """`text` is the writer's own; `forwarded` what they passed on, without its mail headers ("" in a mere reply)."""

    text: str
    forwarded: str


def own_words(text: str, *, subject: str = "", is_reply: bool = False) -> OwnWords:
    """Split a mail's text into the writer's own words and what they forward; what is only quoted back at us is dropped.
    A first mail of quotes alone is taken for a forward: its matter must not vanish."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ").split("\n")[:MAX_LINES]
    own, rest, forward = _cut(lines, is_reply=is_reply)
    written = _joined(line for line in own if not _QUOTED.match(line))
    if forward or is_forward(subject):
        return OwnWords(written, _passed_on(rest or [line for line in own if _QUOTED.match(line)]))
    if not written and not is_reply:
        return OwnWords("", _passed_on(own + rest))
    return OwnWords(written, "")


def _cut(lines: list[str], *, is_reply: bool) -> tuple[list[str], list[str], bool]:
    """The lines above the quoted mail, that mail, and whether it is forwarded. A reply below or between quoted lines
    stays above the cut: only its attribution goes."""
    own: list[str] = []
    at = 0
    while at < len(lines):
        if _FORWARD_MARKER.fullmatch(lines[at]):
            return own, lines[at + 1 :], True
        if _MARKER.fullmatch(lines[at]) or _header_block(lines, at):
            return own, lines[at:], False
        length = _attribution(lines, at)
        if length and _quote_follows(lines, at + length):
            at += length
        elif length and (is_reply or _ADDRESS.search(" ".join(lines[at : at + length]))):
            return own, lines[at + length :], False
        else:
            own.append(lines[at])
            at += 1
    return own, [], False


def _attribution(lines: list[str], at: int) -> int:
    """How many lines "On … wrote:" takes here (up to four, wrapped), 0 when it is none."""
    if len(lines[at]) > 300 or not _ATTRIBUTION_START.match(lines[at]):
        return 0
    joined = ""
    for length, line in enumerate(lines[at : at + 4], start=1):
        joined = f"{joined} {line.strip()}"
        if not line.strip() or len(joined) > 400:
            return 0
        if _ATTRIBUTION_END.fullmatch(joined):
            return length if _TIMED.search(joined) or _ADDRESS.search(joined) else 0
    return 0


def _quote_follows(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 4] if line.strip()), "")
    return bool(_QUOTED.match(following))


def _header_block(lines: list[str], at: int) -> bool:
    """Whether a quoted mail's headers begin here: Dari/From, and a date among the next lines. Every mailer writes the
    date; a formal letter's own "Dari: … Kepada: … Perihal: …" has none, and stays."""
    if _RULE.fullmatch(lines[at]):
        at += 1
    elif not _FROM.match(lines[at]):
        return False
    if at < len(lines) and _ONE_LINE.fullmatch(lines[at][:1_000]):
        return True
    block = [line for line in lines[at : at + 8] if line.strip()][:6]
    return bool(block) and bool(_FROM.match(block[0])) and any(_DATE.match(line) for line in block[1:])


def _passed_on(lines: list[str]) -> str:
    """A forwarded mail's text: unquoted, without header lines, attributions and whatever it quotes itself."""
    bare = [_UNQUOTE.sub("", line) for line in lines]
    start = index = 0
    while index < min(len(bare), 25):
        line = bare[index]
        length = _attribution(bare, index)
        if length:
            start = index = index + length
            continue
        if line.strip() and not any(form.match(line) for form in (_HEADER, _MARKER, _FORWARD_MARKER, _RULE)):
            break
        start = index = index + 1
    own, rest, _ = _cut(bare[start:], is_reply=True)
    return _joined(own) or _joined(rest)


def _joined(lines: Iterable[str]) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in lines)).strip()

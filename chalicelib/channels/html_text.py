"""HTML to the text a reader would see. A linear scanner: `html.parser` takes a minute for 100 kB of unclosed tags."""

from __future__ import annotations

import re
from html import unescape

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_WHOLE_TAG = re.compile(r"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")
_LONGEST_TAG = 1_000
# Where Outlook begins the mail that it answers or passes on, whatever its language.
_EARLIER_MAIL = re.compile(
    r"""\b(?:id\s*=\s*["']?(?:x_)*divRplyFwdMsg|class\s*=\s*["']?(?:x_)*OutlookMessageHeader)\b""", re.IGNORECASE
)
EARLIER_MAIL = "-----Original Message-----"

_BLOCK = frozenset(
    "address article blockquote body br center dd dt dl div fieldset footer form h1 h2 h3 h4 h5 h6 hr header li main nav"  # noqa: SIM905
    " ol ul p pre section table tr".split()
)
_UNSEEN = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "head", "title", "template", "noscript", "object", "svg")
}


def html_to_text(html: str) -> str:
    """The visible text, a line per block, quoted blocks with "> " before each line. Never raises."""
    return _Scanner(html).run()


class _Scanner:
    def __init__(self, html: str) -> None:
        self.html = html
        self.lines: list[str] = []
        self.line: list[str] = []
        self.quoted = 0
        self.preformatted = 0
        self.unclosed: set[str] = set()

    def run(self) -> str:
        html, at = self.html, 0
        while (tag := html.find("<", at)) >= 0:
            self._text(html[at:tag])
            at = self._markup(tag)
        self._text(html[at:])
        self._line_end()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines)).strip("\n")

    def _markup(self, at: int) -> int:
        """Act on what begins with "<" and return where reading goes on."""
        html = self.html
        if html.startswith("<!--", at):
            return self._after("-->", at + 4)
        match = _TAG.match(html, at)
        if not match:
            if html[at + 1 : at + 2] in ("!", "?", "/"):
                return self._after(">", at)
            self._text("<")
            return at + 1
        whole = _WHOLE_TAG.match(html, at, at + _LONGEST_TAG)
        end = whole.end() if whole else self._after(">", at)
        name, closing = match[2].lower(), bool(match[1])
        if name in _UNSEEN and not closing:
            return self._skipped(name, end)
        self._shape(name, closing)
        if name in ("div", "table") and not closing and _EARLIER_MAIL.search(html, at, end):
            self._line_end()
            self.lines.append("> " * bool(self.quoted) + EARLIER_MAIL)
        return end

    def _after(self, mark: str, at: int) -> int:
        end = self.html.find(mark, at)
        return end + len(mark) if end >= 0 else len(self.html)

    def _skipped(self, name: str, at: int) -> int:
        """Past an element nobody sees; one that never closes is taken for visible."""
        if name in self.unclosed:
            return at
        end = _UNSEEN[name].search(self.html, at)
        if end is None:
            self.unclosed.add(name)
            return at
        return self._after(">", end.start())

    def _shape(self, name: str, closing: bool) -> None:
        step = -1 if closing else 1
        if name in _BLOCK:
            self._line_end(forced=name in ("br", "p"))
        elif name in ("td", "th") and not closing and self.line:
            self.line.append(" ")
        if name == "blockquote":
            self.quoted = max(0, self.quoted + step)
        elif name == "pre":
            self.preformatted = max(0, self.preformatted + step)

    def _line_end(self, *, forced: bool = False) -> None:
        """Close the line that was being written; an empty one is kept only when `forced`."""
        text = _SPACE.sub(" ", "".join(self.line)).strip(" ")
        if text or forced:
            self.lines.append("> " * bool(self.quoted) + text)
        self.line = []

    def _text(self, raw: str) -> None:
        if not raw:
            return
        text = unescape(raw) if "&" in raw else raw
        if self.preformatted:
            *whole, text = text.split("\n")
            for line in whole:
                self.line.append(line)
                self._line_end(forced=True)
        self.line.append(text)

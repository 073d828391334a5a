"""Reads a page the strict way: every tag closed in order, everything that tests ask about collected."""

from __future__ import annotations

from html.parser import HTMLParser

_VOID = frozenset({"meta", "link", "img", "input", "wbr", "br"})
_UNSEEN = frozenset({"style", "script", "title"})
_SPOKEN = ("aria-label", "alt", "placeholder", "title")
# What stands in a line: text on either side of it is one word.
_INLINE = frozenset({"wbr", "b", "em"})


class Html(HTMLParser):
    """One parsed page. `text` is what is seen, blanks made single; raises AssertionError for tags closed out of order."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.lang = self.title = ""
        self.links: list[str] = []
        self.sources: list[str] = []
        self.images: list[tuple[str, str | None]] = []
        self.times: list[str] = []
        self.ids: list[str] = []
        self.handlers: list[str] = []
        self.spoken: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.labelled_by: list[str] = []
        self._open: list[tuple[str, dict[str, str | None]]] = []
        self._pieces: list[str] = []
        self._regions: list[tuple[str, str, int]] = []
        self._inside: dict[tuple[str, str], str] = {}
        self._heading_from = 0
        self.feed(html)
        self.close()
        assert self._open == [], f"never closed: {self._open}"

    @property
    def text(self) -> str:
        return _plain("".join(self._pieces))

    def inside(self, tag: str, name: str) -> str:
        """The text inside the element of that class."""
        return self._inside[tag, name]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert len(given) == len(attrs), f"an attribute twice in <{tag}>"
        self.tags.append(tag)
        self.handlers += [name for name in given if name.startswith("on")]
        self.spoken += [value for name in _SPOKEN if (value := given.get(name))]
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if given.get("aria-labelledby"):
            self.labelled_by.append(given["aria-labelledby"] or "")
        match tag:
            case "html":
                self.lang = given["lang"] or ""
            case "a":
                self.links.append(given["href"] or "")
            case "img":
                self.images.append((given["src"] or "", given.get("alt")))
            case "time":
                self.times.append(given["datetime"] or "")
        self.sources += [value for name in ("src", "href", "action") if (value := given.get(name))]
        if tag not in _INLINE:
            self._pieces.append(" ")
        if tag not in _VOID:
            self._open.append((tag, given))
            self._regions.append((tag, given.get("class") or "", len(self._pieces)))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open, f"</{tag}> without its opening"
        opened, _ = self._open.pop()
        assert opened == tag, f"</{tag}> where <{opened}> is open"
        name, classes, start = self._regions.pop()
        words = _plain("".join(self._pieces[start:]))
        for each in classes.split():
            self._inside.setdefault((name, each), words)
        if tag in ("h1", "h2", "h3", "h4"):
            self.headings.append((int(tag[1]), words))
        if tag not in _INLINE:
            self._pieces.append(" ")

    def handle_data(self, data: str) -> None:
        inside = self._open[-1][0] if self._open else ""
        if inside == "title":
            self.title += data
        if inside not in _UNSEEN:
            self._pieces.append(data)


def _plain(text: str) -> str:
    words = " ".join(text.split())
    return words.replace(" .", ".")

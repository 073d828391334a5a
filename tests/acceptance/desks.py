"""A person at the desk, without a browser and without JavaScript: pages are read as HTML, forms found by what they say, filled and sent."""

from __future__ import annotations

import io
import itertools
import random
import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from PIL import Image, ImageDraw, ImageFilter

from tests.acceptance.clients import Answer, Server, fresh, until

VOID = {"input", "br", "img", "meta", "link", "hr", "source", "track", "wbr", "area", "base", "col", "embed"}
_numbers = itertools.count(1)


@dataclass
class Field:
    """One control of a form."""

    tag: str
    kind: str
    name: str
    value: str
    ident: str
    checked: bool = False
    required: bool = False
    disabled: bool = False
    label: str = ""
    options: list[tuple[str, str]] = field(default_factory=list)
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Form:
    """A form, with what it says."""

    action: str
    method: str
    enctype: str
    fields: list[Field] = field(default_factory=list)
    buttons: list[Field] = field(default_factory=list)
    words: str = ""
    ident: str = ""

    def named(self, name: str) -> Field | None:
        return next((one for one in self.fields if one.name == name), None)

    def find(self, wanted: str) -> Field:
        """The control of this name, or whose label says this."""
        by_name = [one for one in self.fields if one.name == wanted and one.kind != "hidden"]
        if by_name:
            return by_name[0]
        by_label = [
            one for one in self.fields if one.name and one.kind != "hidden" and wanted.lower() in one.label.lower()
        ]
        if by_label:
            return by_label[0]
        hidden = self.named(wanted)
        if hidden:
            return hidden
        raise AssertionError(f"no field {wanted!r} in {self}: {[(one.name, one.label) for one in self.fields]}")

    def __str__(self) -> str:
        return (
            f"<form {self.method} {self.action} {[one.name for one in self.fields]} {[b.value for b in self.buttons]}>"
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.by_id: dict[str, Form] = {}
        self.links: list[tuple[str, str, dict[str, str]]] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.labels: dict[str, str] = {}
        self.words: list[str] = []
        self.main: list[str] = []
        self._form: Form | None = None
        self._stack: list[str] = []
        self._texts: list[tuple[str, list[str], Any]] = []
        self._later: list[tuple[str, Field, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        self.tags.append((tag, at))
        if tag not in VOID:
            self._stack.append(tag)
        if tag == "form":
            self._form = Form(
                at.get("action", ""),
                at.get("method", "get").lower(),
                at.get("enctype", "application/x-www-form-urlencoded"),
                ident=at.get("id", ""),
            )
            self.forms.append(self._form)
            if at.get("id"):
                self.by_id[at["id"]] = self._form
        if tag in ("input", "textarea", "select", "button"):
            kind = at.get("type", "submit" if tag == "button" else "text" if tag == "input" else tag).lower()
            made = Field(
                tag,
                kind,
                at.get("name", ""),
                at.get("value", "on" if kind in ("checkbox", "radio") else ""),
                at.get("id", ""),
                "checked" in at,
                "required" in at,
                "disabled" in at,
                at.get("aria-label", ""),
                data=at,
            )
            button = kind in ("submit", "button", "reset", "image") and tag in ("button", "input")
            if at.get("form"):
                self._later.append((at["form"], made, button))
            elif self._form is not None:
                (self._form.buttons if button else self._form.fields).append(made)
            if tag in ("textarea", "button"):
                self._texts.append((tag, [], made))
            if tag == "select":
                self._texts.append((tag, [], made))
            for name, _parts, what in self._texts:
                if name == "label":
                    what.setdefault("inside", []).append(made)
        elif tag == "option":
            owner = next((made for name, _, made in reversed(self._texts) if name == "select"), None)
            self._texts.append((tag, [], (owner, at)))
        elif tag == "a":
            self._texts.append((tag, [], at))
        elif tag == "label":
            self._texts.append((tag, [], {"for": at.get("for", "")}))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._stack:
            while self._stack.pop() != tag:
                pass
        if tag == "form":
            self._form = None
        for index in range(len(self._texts) - 1, -1, -1):
            name, parts, what = self._texts[index]
            if name != tag:
                continue
            del self._texts[index]
            said = "".join(parts)
            if tag == "textarea":
                what.value = said.removeprefix("\r\n").removeprefix("\n")
            elif tag == "button":
                what.label = " ".join(said.split()) or what.label
            elif tag == "option":
                owner, at = what
                words = " ".join(said.split())
                if owner is not None:
                    value = at.get("value", words)
                    owner.options.append((value, words))
                    if "selected" in at or len(owner.options) == 1:
                        owner.value = value
            elif tag == "a":
                self.links.append((" ".join(said.split()) or what.get("aria-label", ""), what.get("href", ""), what))
            elif tag == "label":
                words = " ".join(said.split())
                self.labels[what["for"]] = words
                for made in what.get("inside", []):
                    made.label = words
            break

    def handle_data(self, data: str) -> None:
        if self._stack and self._stack[-1] in ("script", "style"):
            return
        self.words.append(data)
        if "main" in self._stack:
            self.main.append(data)
        if self._form is not None:
            self._form.words += data
        for _, parts, _ in self._texts:
            parts.append(data)

    def done(self) -> None:
        for ident, made, button in self._later:
            owner = self.by_id.get(ident)
            if owner is not None:
                (owner.buttons if button else owner.fields).append(made)
        for form in self.forms:
            for one in form.fields:
                one.label = self.labels.get(one.ident, "") or one.label


class Page:
    """What a person would see."""

    def __init__(self, answer: Answer, url: str) -> None:
        self.answer, self.url, self.status = answer, url, answer.status
        self.html = answer.text
        self.path = urlsplit(url).path
        self._read: _Reader | None = None

    @property
    def _reader(self) -> _Reader:
        if self._read is None:
            self._read = _Reader()
            self._read.feed(self.html)
            self._read.done()
        return self._read

    @property
    def words(self) -> str:
        """All its visible text, in one line."""
        return " ".join("".join(self._reader.words).split())

    @property
    def main(self) -> str:
        """The visible text of its main part."""
        return " ".join("".join(self._reader.main or self._reader.words).split())

    @property
    def forms(self) -> list[Form]:
        return self._reader.forms

    @property
    def links(self) -> list[tuple[str, str, dict[str, str]]]:
        return self._reader.links

    @property
    def tags(self) -> list[tuple[str, dict[str, str]]]:
        return self._reader.tags

    def link(self, says: str) -> str:
        """Where the first link goes whose text or address says this."""
        for words, href, at in self.links:
            if re.search(says, f"{words} {at.get('aria-label', '')} {href}", re.I):
                return href
        raise AssertionError(f"no link {says!r} on {self.url}: {[(w, h) for w, h, _ in self.links]}")

    def form(self, says: str, having: Iterable[str] = ()) -> Form:
        """The form whose action, buttons or words match, with these fields."""
        scored = []
        for form in self.forms:
            if not all(form.named(name) for name in having):
                continue
            if re.search(says, urlsplit(form.action).path + " ", re.I):
                scored.append((0, form))
            elif any(re.search(says, f"{one.label} {one.name} {one.value}", re.I) for one in form.buttons):
                scored.append((1, form))
            elif re.search(says, form.words, re.I):
                scored.append((2, form))
        if scored:
            return min(scored, key=lambda pair: pair[0])[1]
        raise AssertionError(
            f"no form {says!r} on {self.url} ({self.status}): {[str(f) for f in self.forms]}; {self.main[:1500]}"
        )

    def has_form(self, says: str) -> bool:
        try:
            self.form(says)
        except AssertionError:
            return False
        return True

    def next(self) -> str:
        """Where the rest of a list is, or nowhere."""
        for _words, href, at in self.links:
            if "lang=" in href or "/JKT" in href:
                continue
            onward = at.get("rel") == "next" or "cursor=" in href or "from=" in href
            if onward and at.get("rel") != "prev":
                return href
        return ""

    def row(self, about: str) -> str:
        """The HTML of the list item or table row that names this."""
        for part in re.findall(r"<(li|tr|article)\b(.*?)</\1>", self.html, re.S):
            if about in part[1]:
                return str(part[1])
        raise AssertionError(f"{about} is in no row of {self.url}: {self.main[:1500]}")

    @property
    def photos(self) -> list[str]:
        return [at.get("src", "") for tag, at in self.tags if tag == "img"]

    def ok(self) -> Page:
        assert self.status == 200, f"{self.url}: {self.status} {self.main[:2000]}"
        return self


@dataclass
class Photo:
    """A file to send."""

    data: bytes
    name: str = "foto.jpg"
    kind: str = "image/jpeg"


Values = Mapping[str, Any]


class Desk:
    """A signed-in person with a jar of cookies."""

    def __init__(self, server: Server, user: str = "", *, token: str = "", lang: str = "") -> None:
        self.server, self.user, self.lang = server, user, lang
        self.cookies: dict[str, str] = {}
        self.set_cookie: list[str] = []
        self.token = token
        self.trail: list[tuple[int, str]] = []
        if user:
            self.sign_in(user)

    def sign_in(self, user: str) -> Page:
        page = self.get(f"/desk/sign-in?login_hint={user}")
        said = f"{user}: {page.url} {page.status} {page.main[:600]}"
        assert page.status == 200, said
        assert page.path.startswith("/desk"), said
        return page

    # HTTP

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """One request with this jar's cookies; keeps what is set."""
        import http.client

        head = {
            "Accept": "text/html,application/xhtml+xml",
            **({"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}),
            **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
            **(headers or {}),
            "Connection": "close",
        }
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request(method, path, body, {name: value for name, value in head.items() if value})
            response = connection.getresponse()
            data = response.read()
            for line in response.headers.get_all("Set-Cookie") or []:
                self.set_cookie.append(line)
                name, _, rest = line.partition("=")
                value = rest.split(";", 1)[0]
                gone = re.search(r"max-age=0\b|expires=Thu, 01 Jan 1970", line, re.I) or not value
                if gone:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = value
        finally:
            connection.close()
        answer = Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, data)
        assert answer.status < 500, f"{method} {path[:200]}: {answer.status} {answer.text[:2000]}"
        for trace in ("Traceback (most recent", 'File "/', '.py", line', "jinja2.exceptions"):
            assert trace not in answer.text, f"{method} {path[:200]}: {answer.text[:2000]}"
        return answer

    def follow(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Page:
        url = urljoin(self.server.url, path)
        self.trail = []
        for _ in range(10):
            parts = urlsplit(url)
            assert parts.netloc == f"127.0.0.1:{self.server.port}", f"led away to {url}"
            answer = self.send(method, parts.path + (f"?{parts.query}" if parts.query else ""), body, headers)
            self.trail.append((answer.status, url))
            if answer.status not in (301, 302, 303, 307, 308):
                return Page(answer, url)
            url = urljoin(url, answer.header("location"))
            method, body, headers = "GET", None, None
        raise AssertionError(f"redirects without end: {self.trail}")

    def get(self, path: str) -> Page:
        if self.lang and "lang=" not in path:
            path += ("&" if "?" in path else "?") + f"lang={self.lang}"
        return self.follow("GET", path)

    def at(self, path: str) -> Page:
        """A page that has to be there."""
        return self.get(path).ok()

    # forms

    def body(
        self, form: Form, values: Values | None = None, *, press: str = "", drop: Iterable[str] = ()
    ) -> tuple[bytes, str]:
        """A form as a browser would send it, with these fields filled in; `press` is the button's words."""
        pairs: list[tuple[str, Any]] = []
        filled: dict[str, Any] = {}
        for wanted, value in (values or {}).items():
            control = form.find(wanted)
            filled[control.name] = (control, value)
        done: set[str] = set()
        for one in form.fields:
            if not one.name or one.disabled or one.name in drop:
                continue
            if one.name in filled:
                control, value = filled[one.name]
                if one.kind == "checkbox" and isinstance(value, bool):
                    if one is control and value:
                        pairs.append((one.name, one.value))
                    continue
                if one.name in done:
                    continue
                done.add(one.name)
                many = value if isinstance(value, (list, tuple)) else [value]
                if one.kind == "select":
                    many = [_chosen(one, str(each)) for each in many]
                pairs.extend((one.name, each) for each in many)
                continue
            if one.kind == "file":
                if one.kind == "file" and "multipart" in form.enctype:
                    pairs.append((one.name, Photo(b"", "", "application/octet-stream")))
                continue
            if one.kind in ("checkbox", "radio") and not one.checked:
                continue
            pairs.append((one.name, one.value))
        button = None
        if press:
            button = next((b for b in form.buttons if re.search(press, _says(b), re.I)), None)
            assert button, f"no button {press!r}: {[(b.label, b.name, b.value) for b in form.buttons]}"
        else:
            button = next((b for b in form.buttons if b.kind == "submit"), None)
        if button is not None and button.name:
            pairs.append((button.name, button.value))
        if "multipart" in form.enctype:
            return _multipart(pairs)
        assert not any(isinstance(value, Photo) for _, value in pairs), f"a file in a form that sends none: {form}"
        return urlencode(pairs).encode(), "application/x-www-form-urlencoded"

    def submit(
        self,
        page: Page,
        form: Form,
        values: Values | None = None,
        *,
        press: str = "",
        headers: Mapping[str, str] | None = None,
        drop: Iterable[str] = (),
    ) -> Page:
        """Press the form's button; where that leads."""
        body, kind = self.body(form, values, press=press, drop=drop)
        button = next((b for b in form.buttons if press and re.search(press, _says(b), re.I)), None)
        action = (button.data.get("formaction") if button else "") or form.action or page.url
        url = urljoin(page.url, action)
        if form.method == "get":
            query = body.decode()
            return self.follow("GET", f"{urlsplit(url).path}?{query}")
        return self.follow(
            "POST",
            url,
            body,
            {"Content-Type": kind, "Origin": self.server.url, "Referer": page.url, **(headers or {})},
        )

    def do(self, path: str, says: str, values: Values | None = None, *, press: str = "") -> Page:
        """Open the page, find the form, fill it in and send it; raises with the page's words when it is refused."""
        page = self.at(path)
        after = self.submit(page, page.form(says), values, press=press)
        assert after.status in (200, 201), f"{says} on {path} was refused, {after.status}: {after.main[:2500]}"
        return after

    def refused(self, path: str, says: str, values: Values | None = None, *, press: str = "") -> Page:
        """As `do`, but it has to be refused."""
        page = self.at(path)
        after = self.submit(page, page.form(says), values, press=press)
        assert 400 <= after.status < 500, f"{says} on {path} was not refused, {after.status}: {after.main[:1500]}"
        return after


def _says(button: Field) -> str:
    return f"{button.data.get('formaction', '')} {button.label} {button.name} {button.value}"


def _chosen(one: Field, value: str) -> str:
    if any(value == code for code, _ in one.options):
        return value
    for code, words in one.options:
        if value.lower() in words.lower():
            return code
    raise AssertionError(f"{one.name} offers no {value!r}: {one.options[:20]}")


def _multipart(pairs: Iterable[tuple[str, Any]]) -> tuple[bytes, str]:
    boundary = fresh("batas")
    parts = []
    for name, value in pairs:
        if isinstance(value, Photo):
            head = f'form-data; name="{name}"; filename="{value.name}"\r\nContent-Type: {value.kind}'
            data = value.data
        else:
            head, data = f'form-data; name="{name}"', re.sub(r"\r?\n", "\r\n", str(value)).encode()
        parts.append(f"--{boundary}\r\nContent-Disposition: {head}\r\n\r\n".encode() + data + b"\r\n")
    return b"".join(parts) + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def picture(
    seed: int | None = None,
    size: tuple[int, int] = (800, 600),
    *,
    taken: str = "",
    gps: tuple[float, float] | None = None,
    quality: int = 85,
) -> bytes:
    """A small photo nobody has sent before (or, with a seed, always the same): soft shapes, so that a hash can tell them apart."""
    chance = random.Random(uuid.uuid4().int if seed is None else seed)
    image = Image.new("RGB", size, tuple(chance.randrange(60, 200) for _ in range(3)))
    draw = ImageDraw.Draw(image)
    for _ in range(26):
        x, y = chance.randrange(size[0]), chance.randrange(size[1])
        w, h = chance.randrange(40, 260), chance.randrange(40, 220)
        colour = tuple(chance.randrange(256) for _ in range(3))
        (draw.ellipse if chance.random() < 0.5 else draw.rectangle)((x, y, x + w, y + h), fill=colour)
    image = image.filter(ImageFilter.GaussianBlur(2))
    stream = io.BytesIO()
    exif = Image.Exif()
    if taken:
        exif[0x0132] = taken
        exif.get_ifd(0x8769)[0x9003] = taken
    if gps:

        def parts(value: float) -> tuple[float, float, float]:
            value = abs(value)
            minutes = (value - int(value)) * 60
            return float(int(value)), float(int(minutes)), round((minutes - int(minutes)) * 60, 4)

        place = exif.get_ifd(0x8825)
        place[1], place[2] = "S" if gps[0] < 0 else "N", parts(gps[0])
        place[3], place[4] = "W" if gps[1] < 0 else "E", parts(gps[1])
    image.save(stream, "JPEG", quality=quality, exif=exif)
    return stream.getvalue()


def changed(data: bytes, change: Callable[[Any], Any], quality: int = 70) -> bytes:
    """The same photo after somebody had it in their hands."""
    image = change(Image.open(io.BytesIO(data)).convert("RGB"))
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue()


def pages(desk: Desk, path: str) -> Iterator[Page]:
    """A queue page by page: other tests' reports stand in it, too."""
    page = desk.at(path)
    for _ in range(30):
        yield page
        if not page.next():
            return
        page = desk.at(page.next())


def listed(desk: Desk, path: str = "/desk/agency") -> list[str]:
    """The whole queue in the order shown."""
    number = re.compile(r'class="number"[^>]*href="[^"]*?(JKT[-0-9A-Z]+)"')
    return list(dict.fromkeys(found for page in pages(desk, path) for found in number.findall(page.html)))


def trackings(text: str) -> list[str]:
    """Tracking numbers in order, each once."""
    return list(dict.fromkeys(re.findall(r"JKT(?:-[0-9A-Z]{4}){3}", text)))


def query(url: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


def number() -> int:
    return next(_numbers)


# what happened before the scene begins, by the shortest way


def spot() -> dict[str, Any]:
    """A point in the south of Jakarta, far from every other test's."""
    chance = random.Random(uuid.uuid4().int)
    return {"lat": round(-6.24 + chance.uniform(-0.02, 0.02), 6), "lng": round(106.82 + chance.uniform(-0.03, 0.03), 6)}


def of(server: Server, tracking: str) -> dict[str, Any]:
    """A report as the admin's JSON."""
    answer = server.staff("GET", f"/reports/{tracking}")
    assert answer.status == 200, (answer.status, answer.text)
    return dict(answer.json)


def history(server: Server, tracking: str) -> list[dict[str, Any]]:
    return list(of(server, tracking)["history"])


def waiting(server: Server, **changes: Any) -> dict[str, Any]:
    """A report no agency has yet: its category is not told, and its words do not settle it."""
    given: dict[str, Any] = {
        "category": None,
        "text": f"Tolong ditinjau, keadaan di sini tidak nyaman bagi warga sejak hari ke-{number()}.",
        "location": {**spot(), "landmark": "dekat pos ronda"},
    }
    made = server.report(**(given | changes))
    assert made["status"]["code"] == "waiting", made
    return made


def texted(server: Server, sender: str, words: str = "", name: str = "Dewi Lestari") -> str:
    """A complete report by SMS, which waits for the admin; its tracking number."""
    words = words or f"Tolong ditinjau, keadaan di sini tidak nyaman bagi warga sejak hari ke-{number()}"
    place = "Lokasi: depan Stasiun Cikini, Jl. Cikini Raya, Kelurahan Cikini"
    known = trackings(" ".join(entry["text"] for entry in server.outbox(to=sender)))
    answer = server.sms(f"{words}. {place}. Nama: {name}. Alamat: Jl. Kembang Sepatu 12", sender)
    assert answer.status == 200, answer.text

    def new() -> list[str]:
        told = " ".join(entry["text"] for entry in server.outbox(to=sender))
        return [one for one in trackings(told) if one not in known]

    return str(until(new, 8, what=f"an acknowledgement to {sender}")[0])


def at_agency(server: Server, agency: str = "bina-marga", **changes: Any) -> str:
    """A report that waits for this agency."""
    made = waiting(server, **changes)
    answer = server.act(made["tracking"], "dispatch", {"agency": agency})
    assert answer.status == 200, answer.text
    return str(made["tracking"])


def in_progress(server: Server, agency: str = "bina-marga", **changes: Any) -> str:
    tracking = at_agency(server, agency, **changes)
    answer = server.agency(tracking, "accept", agency=agency)
    assert answer.status == 200, answer.text
    return tracking


def resolved(
    officer: Desk, tracking: str, photo: bytes | None = None, note: str = "Sudah diperbaiki.", **file: str
) -> Page:
    """The agency's page says it is done, with a new photo."""
    return officer.do(
        f"/desk/agency/{tracking}",
        "/resolve|Nyatakan selesai",
        {"photos": Photo(photo or picture(), **file), "note": note},
    )


def status(server: Server, tracking: str) -> str:
    return str(of(server, tracking)["status"]["code"])

"""A citizen at the public site, and whoever checks what the city publishes: own readers, nothing of the product."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from tests.acceptance.clients import Answer, Server, fetch, fresh, until
from tests.acceptance.desks import VOID, Desk, Form, Page, spot

JSON = {"Content-Type": "application/json", "Accept": "application/json"}
FORM = "application/x-www-form-urlencoded"
WIB = timezone(timedelta(hours=7))
LANGUAGES = ("id", "en")
KEY = re.compile(r"(?:[Kk]unci laporan|[Rr]eport key)\W*([0-9A-HJKMNP-TV-Z]{16})")


def today() -> str:
    return datetime.now(WIB).date().isoformat()


def year() -> str:
    return today()[:4]


# people


class Citizen(Desk):
    """Somebody with a browser, who waits when the form says that too many come from here (all of these tests do)."""

    def send(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        answer = super().send(method, path, body, headers)
        if answer.status == 429 and method == "POST":
            time.sleep(min(61, int(answer.header("retry-after") or 1)))
            answer = super().send(method, path, body, headers)
        return answer


# reporting


def typed(**changes: Any) -> dict[str, Any]:
    """What somebody types into the form; a change to None leaves the field empty."""
    given: dict[str, Any] = {
        "text": f"Lubang besar di tengah jalan membahayakan pengendara, tanda {fresh('lubang')}",
        "name": "Dewi Lestari",
        "address": "Jl. Kembang Sepatu 12",
        "landmark": f"depan warung {fresh('warung')}",
        "kelurahan": "Cikini",
        "consent": True,
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def fields(**changes: Any) -> dict[str, str]:
    """The same as a program posts it."""
    return {"form_id": fresh("form-") + fresh("x"), **typed(**({"consent": "1"} | changes))}


def post_form(server: Server, given: Mapping[str, Any], accept: str = "application/json", wait: bool = True) -> Answer:
    head = {"Content-Type": FORM, "Accept": accept}
    answer = server.call("POST", "/report", urlencode(given).encode(), head)
    if wait and answer.status == 429:
        time.sleep(min(61, int(answer.header("retry-after") or 1)))
        answer = server.call("POST", "/report", urlencode(given).encode(), head)
    return answer


def web(server: Server, **changes: Any) -> tuple[str, str]:
    """A report by the web form: its number and key."""
    answer = post_form(server, fields(**changes))
    assert answer.status in (200, 201), (answer.status, answer.text[:1500])
    return str(answer.json["tracking"]), str(answer.json["key"])


def sent(person: Desk, values: Mapping[str, Any], path: str = "/report") -> Page:
    """The form filled in by a person; who was too quick presses again, and who is asked whether it is the same says no."""
    page = person.at(path)
    for _ in range(4):
        form = report_form(page)
        wanted = {name: value for name, value in values.items() if form.named(name)}
        page = person.submit(page, form, wanted)
        if page.status >= 400 or not page.has_form("/report$|/report ") or page.has_form("/join"):
            break
    return page


def report_form(page: Page) -> Form:
    return next(form for form in page.forms if form.named("text") and form.named("form_id"))


def number_and_key(page: Page) -> tuple[str, str]:
    """What the last page of the form says."""
    tracking = re.findall(r"JKT(?:-[0-9A-Z]{4}){3}", page.main)
    key = KEY.findall(page.main)
    assert tracking, page.main[:1500]
    assert key, page.main[:1500]
    return tracking[0], key[0]


def open_report(server: Server, read: bool = True, **changes: Any) -> dict[str, Any]:
    """A report that its agency has taken up (so somebody has read it), somewhere of its own."""
    changes.setdefault("location", {**spot(), "landmark": "dekat pos ronda"})
    made = server.report(**changes)
    if read:
        agency = str(server.staff("GET", f"/reports/{made['tracking']}").json["agency"]["code"])
        assert server.agency(made["tracking"], "accept", agency=agency).status == 200
        made["agency_code"] = agency
    return made


def do(server: Server, tracking: str, key: str, action: str, body: Any = None, way: str = "header") -> Answer:
    """An action of the reporter."""
    given = dict(body or {})
    headers = dict(JSON)
    if way == "header":
        headers["X-Report-Key"] = key
    else:
        given["key"] = key
    return server.call("POST", f"/reports/{tracking}/{action}", json.dumps(given).encode(), headers)


def work(server: Server, tracking: str, agency: str = "bina-marga") -> None:
    """The agency takes it up and says it is done, and that is accepted."""
    if server.status(tracking) == "coordination":
        assert server.agency(tracking, "accept", agency=agency).status == 200
    answer = server.agency(tracking, "resolve", {"note": "Sudah dikerjakan."}, agency=agency)
    assert answer.status == 200, answer.text
    answer = server.act(tracking, "validate")
    assert answer.status == 200, answer.text


def finished(server: Server, **changes: Any) -> dict[str, Any]:
    made = open_report(server, **changes)
    work(server, made["tracking"], made["agency_code"])
    return made


def status_page(server: Server, tracking: str, key: str = "", lang: str = "id") -> Page:
    path = f"/reports/{tracking}?lang={lang}" + (f"&key={key}" if key else "")
    return Page(server.get(path, Accept="text/html"), f"{server.url}{path}")


def page_of(server: Server, path: str, lang: str = "") -> Page:
    if lang:
        path += ("&" if "?" in path else "?") + f"lang={lang}"
    return Page(server.get(path, Accept="text/html"), f"{server.url}{path}")


# what is published


def publish(server: Server) -> None:
    answer = server.call("POST", "/_local/run/publish", b"")
    assert answer.status == 200, (answer.status, answer.text)


def index(server: Server) -> dict[str, Any]:
    answer = server.get("/open-data", Accept="application/json")
    assert answer.status == 200, answer.text
    return dict(answer.json)


def published(server: Server, name: str) -> bytes:
    """A file at its address in the bucket."""
    status, body = fetch(f"{index(server)['base_url']}/{name}?")
    assert status == 200, (name, status, body[:300])
    return body


def rows(server: Server, period: str = "") -> dict[str, dict[str, Any]]:
    """The public reports of a month or a day, by number, from the JSON Lines."""
    status, body = fetch(f"{index(server)['base_url']}/reports/{period or today()[:7]}.jsonl?")
    text = body.decode() if status == 200 else ""
    return {row["tracking"]: row for row in map(json.loads, text.splitlines())}


def figures(server: Server, by: str = "total", period: str = "") -> dict[str, Any]:
    answer = server.get(f"/performance?period={period or year()}&by={by}", Accept="application/json")
    assert answer.status == 200, (answer.status, answer.text[:500])
    return dict(answer.json)


def map_data(server: Server, bbox: str, **query: str) -> dict[str, Any]:
    answer = server.get(f"/map/data?{urlencode({'bbox': bbox, **query})}", Accept="application/json")
    assert answer.status == 200, (answer.status, answer.text[:500])
    return dict(answer.json)


def around(lat: float, lng: float, half: float = 0.0015) -> str:
    """A map screen of a few streets."""
    return f"{lng - half:.5f},{lat - half:.5f},{lng + half:.5f},{lat + half:.5f}"


def mails(server: Server, address: str) -> list[str]:
    """What was sent to somebody, oldest first."""
    return [entry["text"] for entry in server.outbox(to=address)][::-1]


def confirm_link(server: Server, address: str) -> str:
    """The address in the last letter that asks whether it was really them."""
    text = server.to(address)[-1]
    return str(re.findall(r"/follow/[\w-]+", text)[0])


def press(server: Server, path: str, says: str) -> Page:
    """Open a page of one button and press it."""
    person = Citizen(server)
    page = person.at(path)
    form = page.form(says)
    return person.submit(page, form)


def join(server: Server, tracking: str, address: str) -> Answer:
    raw = json.dumps({"email": address}).encode()
    answer = server.call("POST", f"/reports/{tracking}/join", raw, JSON)
    if answer.status == 429:
        time.sleep(min(61, int(answer.header("retry-after") or 1)))
        answer = server.call("POST", f"/reports/{tracking}/join", raw, JSON)
    return answer


def follows(server: Server, tracking: str, address: str) -> str:
    """Somebody joins by e-mail and confirms; their own address for stopping."""
    answer = join(server, tracking, address)
    assert answer.status == 202, (answer.status, answer.text)
    link = confirm_link(server, address)
    person = Citizen(server)
    page = person.at(link)
    after = person.submit(page, page.forms[0])
    assert after.status == 200, after.main
    return link


# pages as they should be


class _Shape(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.stack: list[str] = []
        self.inside: list[tuple[dict[str, str], tuple[str, ...]]] = []
        self.mistakes: list[str] = []
        self.texts: dict[int, str] = {}
        self._open: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        self.tags.append((tag, at))
        if tag in ("input", "select", "textarea"):
            self.inside.append((at | {"_tag": tag}, tuple(self.stack)))
        if tag not in VOID and tag not in ("path", "circle", "rect", "line", "use", "polygon", "polyline"):
            self.stack.append(tag)
            self._open.append(len(self.tags) - 1)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        optional = {"li", "p", "dt", "dd", "option", "tr", "td", "th", "thead", "tbody", "optgroup"}
        while self.stack and self.stack[-1] != tag and self.stack[-1] in optional:
            self.stack.pop()
            self._open.pop()
        if self.stack and self.stack[-1] == tag:
            self.stack.pop()
            self._open.pop()
        elif tag not in ("path", "circle", "rect", "line", "use", "polygon", "polyline", "p"):
            self.mistakes.append(f"</{tag}> closes {self.stack[-3:]}")

    def handle_data(self, data: str) -> None:
        for number in self._open:
            self.texts[number] = self.texts.get(number, "") + data


def shape(html: str) -> _Shape:
    reader = _Shape()
    reader.feed(html)
    reader.close()
    return reader


def beside(page: Page, name: str) -> str:
    """The words of the mistake that belong to a field: tied to it by aria-describedby, and the field marked invalid."""
    reader = shape(page.html)
    controls = [at for tag, at in reader.tags if at.get("name") == name and tag in ("input", "select", "textarea")]
    marked = [at for at in controls if at.get("aria-invalid") == "true"]
    if not marked:
        return ""
    tied = marked[0].get("aria-describedby", "").split() + marked[0].get("aria-errormessage", "").split()
    said = [
        " ".join(reader.texts.get(number, "").split())
        for number, (_, at) in enumerate(reader.tags)
        if at.get("id") in tied and not at.get("id", "").endswith("-hint")
    ]
    return " ".join(said)


def addresses(page: Page) -> list[tuple[str, str]]:
    """Everything a page loads or leads to: (what for, absolute address)."""
    found = []
    for tag, at in shape(page.html).tags:
        for name in ("src", "href", "action", "poster", "data", "formaction"):
            if at.get(name):
                kind = (
                    "leads"
                    if tag in ("a", "form", "button") or at.get("rel") in ("alternate", "canonical")
                    else "loads"
                )
                found.append((kind, urljoin(page.url, at[name])))
        for part in at.get("srcset", "").split(","):
            if part.strip():
                found.append(("loads", urljoin(page.url, part.split()[0])))
    return found


def own(server: Server, url: str) -> bool:
    return urlsplit(url).netloc == f"127.0.0.1:{server.port}"


def settled(server: Server, tracking: str, seconds: float = 10, **wanted: Any) -> dict[str, Any]:
    """The report's public JSON once it says this."""

    def look() -> Any:
        seen = server.citizen(tracking)
        return seen if all(seen.get(name) == value for name, value in wanted.items()) else None

    return dict(until(look, seconds, what=f"{tracking}: {wanted}"))

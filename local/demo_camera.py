"""The demo's pictures: drawn places that do not exist, uploaded as an app or a browser does it (POST /uploads, then the
presigned form)."""

from __future__ import annotations

import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from io import BytesIO
from random import Random
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from PIL import Image

from local.demo_http import Http, uploaded_form
from scripts.proof_pairs import KINDS, View, place

_KIND = {
    "jalan": "pothole", "trotoar": "pavement", "pohon": "tree", "sampah": "rubbish", "penerangan-jalan-umum": "lamp",
    "saluran-air-kali-sungai": "drain", "banjir": "drain",
}  # fmt: skip
_EXIF, _TAKEN, _GPS = 0x8769, 0x9003, 0x8825
_PATIENCE = 90.0
"""Seconds that an upload waits for its turn: the city takes 300 a minute."""


class Camera:
    """Draws and uploads. `taken` counts what was uploaded: "before", "after", and "again" (an earlier picture of finished
    work, sent once more); `refused` what was not taken. `shown` are the reports with pictures of finished work, `reused` those
    of which they were seen before, `points` where reports are."""

    def __init__(self, http: Http, *, timezone: str, seed: int, most: int) -> None:
        self.taken: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.reused: set[str] = set()
        self.shown: set[str] = set()
        self.points: dict[str, tuple[float, float]] = {}
        self._timezone = ZoneInfo(timezone)
        self._http, self._seed, self._most = http, seed, most
        self._places: dict[str, tuple[int, str]] = {}  # what a report's picture shows: the place's number and kind
        self._finished: list[tuple[str, bytes]] = []  # pictures of finished work, and whose
        self._lock = threading.Lock()

    def before(self, number: int, category: str) -> tuple[bytes, tuple[int, str]]:
        """A picture of the problem, and the place that it shows."""
        shown = (self._seed % 10_000 * 10_000 + number, self._kind(category, number))
        return _jpeg(place(*shown, View(done=False, moment=1))), shown

    def remember(self, tracking: str, shown: tuple[int, str]) -> None:
        """The report under this number shows that place."""
        self._places[tracking] = shown

    def finished(self, tracking: str, category: str, *, again: bool) -> str | None:
        """The id of an uploaded picture of the finished work; with `again` one that another report had, from a gallery
        that sends it smaller. None when enough have been taken, or when the upload was refused."""
        with self._lock:
            if self.taken["after"] + self.taken["again"] >= self._most:
                return None
            older = self._finished[: max(0, len(self._finished) - 6)]  # the newest are perhaps not looked at yet
            content = Random(tracking).choice(older)[1] if again and older else None
            self.taken["again" if content else "after"] += 1
        if content is None:
            content = self._drawn(tracking, category)
            with self._lock:
                self._finished.append((tracking, content))
        else:
            self.reused.add(tracking)
        self.shown.add(tracking)
        return self.upload(content)

    def upload(self, content: bytes) -> str | None:
        """The id of a picture, uploaded; None when it was refused."""
        end = time.monotonic() + _PATIENCE
        while (answer := self._http.json("POST", "/uploads", {}))[0] == 429 and time.monotonic() < end:
            time.sleep(2)
        if answer[0] != 201:
            self.refused["/uploads"] += 1
            return None
        form = answer[1]
        to = urlsplit(form["url"])
        body, headers = uploaded_form(form["fields"], content)
        status, _ = self._bucket(f"{to.scheme}://{to.netloc}").call("POST", to.path or "/", body, headers)
        if status != 201:
            self.refused[f"the presigned form: {status}"] += 1
            return None
        return str(form["id"])

    def _drawn(self, tracking: str, category: str) -> bytes:
        chance = Random(f"{self._seed}:{tracking}")
        number, kind = self._places.get(tracking) or (chance.randrange(10**9), self._kind(category, len(tracking)))
        view = View(
            done=True, step=chance.uniform(0.05, 0.16) * chance.choice((-1, 1)), near=chance.uniform(0, 0.12),
            light=chance.uniform(0.85, 1.15), moment=chance.randint(2, 99),
        )  # fmt: skip
        return _jpeg(place(number, kind, view), self._told(tracking, chance))

    def _told(self, tracking: str, chance: Random) -> Image.Exif:
        """What a telephone writes into its pictures: mostly the time and the place, sometimes those of another day or street,
        sometimes nothing."""
        kind, told, taken = chance.random(), Image.Exif(), datetime.now(self._timezone)
        if kind > 0.7:
            return told
        taken -= timedelta(days=chance.randint(2, 20)) if kind < 0.06 else timedelta()
        told.get_ifd(_EXIF)[_TAKEN] = taken.strftime("%Y:%m:%d %H:%M:%S")
        if (point := self.points.get(tracking)) is not None:
            lat, lng = point[0] + (0.012 if 0.06 < kind < 0.12 else chance.uniform(-2e-4, 2e-4)), point[1]
            told.get_ifd(_GPS).update({1: "S" if lat < 0 else "N", 2: _degrees(lat), 3: "E", 4: _degrees(lng)})
        return told

    def _bucket(self, url: str) -> Http:
        """How the store of uploads is spoken to: a server of its own."""
        with self._lock:
            if getattr(self, "_store", None) is None:
                self._store = Http(url)
            return self._store

    @staticmethod
    def _kind(category: str, number: int) -> str:
        return _KIND.get(category) or KINDS[number % len(KINDS)]


def _jpeg(image: Image.Image, told: Image.Exif | None = None) -> bytes:
    content = BytesIO()
    image.save(content, "JPEG", quality=78, exif=told or Image.Exif())
    return content.getvalue()


def _degrees(value: float) -> tuple[float, float, float]:
    minutes = abs(value) % 1 * 60
    return float(int(abs(value))), float(int(minutes)), round(minutes % 1 * 60, 2)

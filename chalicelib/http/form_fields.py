"""What the web form sent: its fields, its photos, and the message they make; with every slip at once, and nothing typed lost."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Mapping
from typing import Any
from urllib.parse import urlencode

from chalicelib.channels import web_form
from chalicelib.channels.message import Message
from chalicelib.channels.payload import FORM, MAX_BODY
from chalicelib.city.kelurahan import full_name, kelurahan_meant
from chalicelib.city.model import Channel, City
from chalicelib.domain.errors import Invalid, TooLarge
from chalicelib.domain.tracking import keyed_digest
from chalicelib.http.context import desk
from chalicelib.http.desk.form import File, form_of
from chalicelib.http.requests import body_of, header_of
from chalicelib.usecases.uploads import store_upload

MOST_PHOTOS = 3
MOST_MB = 4
"""Of all files of one form together: a function takes 6 MB, written as 8."""
_FILES = "photo_files"
_ORDER = ("text", "category", "photos", "place", "landmark", "kelurahan", "name", "address", "phone", "email")


class Sent:
    """A form as it was sent. `told` are its texts by name (the last one counts), `photos` the ids of uploads."""

    def __init__(
        self, told: Mapping[str, str] | None = None, photos: Collection[str] = (), files: Collection[File] = ()
    ) -> None:
        self.told = dict(told or {})
        self.photos = list(dict.fromkeys(photos))
        self._files = list(files)
        self._wrong: dict[str, object] = {}
        given = self.told.get("form_id", "")
        self.form_id = given if web_form.FORM_ID.fullmatch(given) else os.urandom(16).hex()

    def values(self) -> dict[str, str]:
        """What stands in the fields when they are shown again."""
        return {name: self.told.get(name, "") for name in (*web_form.WORDS, *web_form.CHOICES)}

    def kept(self, *, without: Collection[str] = ()) -> list[tuple[str, str]]:
        """All that was told, as hidden fields."""
        fields = {"form_id": self.form_id} | {name: value for name, value in self.values().items() if value}
        pairs = [(name, value) for name, value in fields.items() if name not in without]
        return [*pairs, *(("photos", photo) for photo in self.photos)]

    def store_files(self) -> None:
        """Puts the files where uploads rest. Their ids come from what they are: sent again, they are the same. What cannot be
        taken is a slip of the message."""
        if self.told.get("website", "").strip():
            return
        for file in self._files:
            if len(self.photos) >= MOST_PHOTOS:
                self._wrong["photos"] = ("many", {"n": MOST_PHOTOS})
                break
            try:
                self._store(file)
            except TooLarge:
                self._wrong["photos"] = ("large", {"name": file.name[:80], "mb": MOST_MB})
            except Invalid:
                self._wrong["photos"] = ("kind", {"name": file.name[:80]})

    def _store(self, file: File) -> None:
        if sum(len(each.content) for each in self._files) > MOST_MB * 1_000_000 and len(file.content) > 1_000_000:
            raise TooLarge("The photos are too large.")
        key = desk().secrets.key("uploads", desk().ticks())
        made = keyed_digest(key, "web", self.form_id, hashlib.sha256(file.content).hexdigest())
        photo = store_upload(desk(), file.content, made)
        if photo not in self.photos:
            self.photos.append(photo)

    def message(self, channel: Channel, city: City) -> Message:
        """The message, complete: whoever is at the form can be asked at once. Raises Invalid with every slip, in the order of
        the page."""
        wrong = dict(self._wrong)
        told: dict[str, object] = {**self.told, **({"photos": self.photos} if self.photos else {})}
        try:
            message = web_form.message(channel, told, self._raw())
        except Invalid as error:
            wrong = {**error.details, **wrong}
        words = {name: self.told.get(name, "").strip() for name in web_form.WORDS}
        meant = kelurahan_meant(city, words["kelurahan"])
        if words["kelurahan"] and not meant:
            wrong["kelurahan"] = "is no kelurahan of this city"
        elif len(meant) > 1:
            wrong["kelurahan"] = [full_name(city, area) for area in meant]
        there = {
            "text": words["text"],
            "place": words["place_address"] or (words["landmark"] and words["kelurahan"]) or words["lat"],
            "name": words["name"],
            "address": words["address"],
        }
        required = {"text" if field == "problem" else field for field in city.policy.required}
        wrong |= {field: "is required" for field, value in there.items() if field in required and not value}
        if wrong:
            raise Invalid("Some fields are wrong.", details={name: wrong[name] for name in sorted(wrong, key=_place)})
        return message

    def _raw(self) -> bytes:
        """What is kept as it came: the same however a browser has packed it, so that a repetition is known as one."""
        plain = web_form.plainly(self.values())
        return urlencode([*plain.items(), *(("photos", photo) for photo in self.photos)]).encode()


def sent_of(request: Any) -> Sent:
    """The form in a request. Raises Malformed, TooLarge, WrongContentType."""
    if header_of(request, "content-type").startswith(FORM):
        body = body_of(request)
        if len(body) > MAX_BODY:
            raise TooLarge("The form is too large.", details={"limit": MAX_BODY})
        told = web_form.typed(body)
        listed = told.pop("photos", None)
        photos = listed if isinstance(listed, list) else []
        return Sent({name: str(value) for name, value in told.items()}, [str(each) for each in photos if each])
    form = form_of(request)
    names = [name for name in form.names() if name not in ("photos", _FILES)]
    return Sent({name: form.get(name) for name in names}, form.all("photos"), form.files(_FILES))


def _place(name: str) -> int:
    """Where the page has a field, from top to bottom."""
    name = name.split(".")[0]
    return _ORDER.index(name) if name in _ORDER else len(_ORDER)

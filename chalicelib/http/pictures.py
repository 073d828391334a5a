"""Pictures: a form to upload one, and the copies that are shown."""

from __future__ import annotations

import os
import re
from typing import Any

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import NotYours, Unauthenticated, Unknown
from chalicelib.domain.open_photos import brought_for, open_photos, own_photos
from chalicelib.domain.pictures import ready
from chalicelib.domain.report import Report
from chalicelib.http.answers import json, speaks_http
from chalicelib.http.context import desk
from chalicelib.http.desk.session import SignedIn, who
from chalicelib.http.form_guard import slow_down
from chalicelib.http.members import member
from chalicelib.http.report_key import has_key
from chalicelib.http.requests import header_of, query_of, typed_of
from chalicelib.store.photos import Photo
from chalicelib.usecases.act import may_touch
from chalicelib.usecases.uploads import new_upload
from chalicelib.usecases.views import read_by_a_person

routes = Blueprint(__name__)
UPLOADS_PER_MINUTE = 3_000
"""Of each process, whoever asks; one address cannot take them all."""
UPLOADS_PER_ADDRESS = 100
_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
_KEPT_SECONDS = 300  # what is not public any more is gone from caches by then: whoever asks again is told by the ETag


@routes.route("/uploads", methods=["POST"], content_types=["application/json", "application/x-www-form-urlencoded"])
@speaks_http
def upload() -> Response:
    """An id for one picture and the form that uploads it, good for ten minutes."""
    chance = os.urandom(16)
    slow_down(routes.current_request, what="uploads", most=UPLOADS_PER_ADDRESS)
    desk().counts.take("uploads", UPLOADS_PER_MINUTE, [chance.hex()], desk().ticks())
    return json(new_upload(desk(), chance), 201, {"Cache-Control": "no-store"})


@routes.route("/photos/{photo}", methods=["GET"])
@speaks_http
def show(photo: str) -> Response:
    """The copy of a picture that is shown, a small one for `?size=small`. Of a report that is not everybody's to read: with
    its key, or for the staff that may see it."""
    return shown_photo(routes.current_request, typed_of(photo))


def shown_photo(request: Any, photo: str) -> Response:
    """A photo for whoever asks, if they may see it."""
    known = _known(photo)
    small = query_of(request, "size") == "small"
    report = desk().reports.get(known.tracking, consistent=False)
    if known.id not in ready(report.photos):
        raise Unknown("There is no such photo.", details={"photo": known.id})
    headers: dict[str, Any] = {
        "ETag": f'"{known.id}{"-s" if small else ""}"',
        **_readers(request, report, known.id),
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'",
    }
    if headers["ETag"] in header_of(request, "if-none-match"):
        return Response(body="", status_code=304, headers=headers)
    content = desk().buckets.shown(known.id, small=small)
    if content is None:
        raise Unknown("There is no such photo.", details={"photo": known.id})
    return Response(body=content, status_code=200, headers={"Content-Type": "image/jpeg", **headers})


def _known(photo: str) -> Photo:
    known = desk().photos.get(photo) if _ID.fullmatch(photo) else None
    if known is None or known.state != "ready" or not known.tracking:
        raise Unknown("There is no such photo.", details={"photo": photo[:64]})
    return known


def _at_the_desk(request: Any) -> SignedIn | None:
    """Whoever is signed in at the desk: its pages show pictures that are not open to everybody."""
    if not header_of(request, "cookie"):
        return None
    try:
        return who(request)
    except Unauthenticated:
        return None


def _readers(request: Any, report: Report, photo: str) -> dict[str, str]:
    """The headers that say who may keep a copy: everybody, or the one who asked; that one asks again each time, since a
    browser at a counter or an office outlives the session it was shown in. Raises NotYours for who may not even see it."""
    if not report.hidden and read_by_a_person(report, desk().city) and photo in open_photos(report):
        caching = f"public, max-age={_KEPT_SECONDS}, must-revalidate"
        return {"Cache-Control": caching, "Vary": "X-Report-Key, Authorization"}
    if header_of(request, "authorization"):
        may_touch(report, member(request), desk().city)
    elif signed_in := _at_the_desk(request):
        may_touch(report, signed_in.actor, desk().city)
    elif not _is_theirs(request, report, photo):
        raise NotYours("This photo is not open to everybody.", details={"key": "required in X-Report-Key"})
    return {"Cache-Control": "private, no-cache", "Vary": "X-Report-Key, Authorization, Cookie"}


def _is_theirs(request: Any, report: Report, photo: str) -> bool:
    """Whether it is the reporter who asks: of a picture that the reporter of a merged report brought, that one."""
    if photo in own_photos(report):
        return has_key(request, report)
    whose = brought_for(report).get(photo, "")
    try:
        return bool(whose) and has_key(request, desk().reports.get(whose, consistent=False))
    except Unknown:
        return False

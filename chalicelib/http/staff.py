"""The staff's JSON: queues, one report, actions on it, and the endpoints of an agency's topic."""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import urlsplit

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.domain import tracking as numbers
from chalicelib.domain.errors import Invalid, NotYours, Unknown
from chalicelib.domain.lifecycle import Action, Role
from chalicelib.domain.offices import line_of, may_see
from chalicelib.domain.report import Report
from chalicelib.domain.tracking import digest_of
from chalicelib.http.answers import json, speaks_http
from chalicelib.http.context import desk
from chalicelib.http.members import member
from chalicelib.http.requests import body_of, header_of, query_of, typed_of
from chalicelib.usecases import views
from chalicelib.usecases.act import STAFF_ACTIONS, Actor, act, decoded, may_touch
from chalicelib.usecases.rows import rows_for

routes = Blueprint(__name__)
_PAGE, _MOST = 50, 200
_STATE = re.compile(r'"([0-9]{1,9})"|([0-9]{1,9})')
_NO_STORE = {"Cache-Control": "no-store"}
_QUEUES = frozenset({"waiting", "validation", "extensions", "incomplete"})
# Which queues each role may read; an agency reads its own.
_READS: dict[Role, frozenset[str]] = {
    Role.ADMIN: _QUEUES,
    Role.ANALYST: _QUEUES,
    Role.VALIDATOR: frozenset({"validation"}),
    Role.COUNTER: frozenset({"incomplete", "waiting"}),
    Role.AGENCY: frozenset(),
}
_DEFAULT = {Role.ADMIN: "waiting", Role.ANALYST: "waiting", Role.VALIDATOR: "validation", Role.COUNTER: "waiting"}
_IDEMPOTENCY_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_PHONE = re.compile(r"\+[1-9]\d{6,14}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_QUEUE_ARN = re.compile(r"arn:aws[\w-]*:sqs:[\w-]+:\d{12}:[\w.-]+")
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Subscribe(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint to put on an agency's topic."""

    protocol: str
    endpoint: str


def _actor() -> Actor:
    return member(routes.current_request)


@routes.route("/staff/reports", methods=["GET"])
@speaks_http
def queue() -> Response:
    """One page of a queue in deadline order, with the cursor of the next."""
    actor, request = _actor(), routes.current_request
    name = query_of(request, "queue") or _DEFAULT.get(actor.role) or _own_queue(actor)
    name = name.replace(":", "#", 1) if name.startswith(("agency:", "office:")) and "#" not in name else name
    _may_read(actor, name)
    limit = query_of(request, "limit") or str(_PAGE)
    if not limit.isdecimal() or len(limit) > 3 or not 1 <= int(limit) <= _MOST:
        raise Invalid("The limit is not acceptable.", details={"limit": f"a number from 1 to {_MOST}"})
    rows, cursor = desk().reports.queue(name, limit=int(limit), cursor=query_of(request, "cursor") or None)
    return json(
        {"queue": name, "items": [_row(row) for row in rows_for(actor, rows, desk().city)], "next": cursor},
        headers=_NO_STORE,
    )


@routes.route("/staff/reports/{tracking}", methods=["GET"])
@speaks_http
def one(tracking: str) -> Response:
    """A report as the staff sees it."""
    actor = _actor()
    report = desk().reports.get(numbers.parse(typed_of(tracking), desk().city.prefix))
    may_touch(report, actor, desk().city)
    return json(views.staff(report, desk().city, now=desk().now(), role=actor.role), headers=_with_state(report))


@routes.route("/staff/reports/{tracking}/{action}", methods=["POST"], content_types=["application/json"])
@speaks_http
def do(tracking: str, action: str) -> Response:
    """An action, once per Idempotency-Key; with `If-Match: "<seq>"` only if nothing that matters has changed since the report
    was read with that ETag."""
    actor, request = _actor(), routes.current_request
    known = next((each for each in STAFF_ACTIONS if each == action), None)
    if known is None:
        raise Unknown("There is no such action.", details={"action": sorted(STAFF_ACTIONS)})
    number = numbers.parse(typed_of(tracking), desk().city.prefix)
    report = act(
        desk(),
        number,
        known,
        actor,
        body_of(request),
        action_id=_action_id(actor, known),
        seed=os.urandom(16).hex(),
        seen=_state_seen(header_of(request, "if-match")),
    )
    return json(_seen(report, actor), headers=_with_state(report))


@routes.route("/staff/agencies/{code}/subscriptions", methods=["GET"])
@speaks_http
def subscriptions(code: str) -> Response:
    """The endpoints on an agency's topic."""
    _administers(code)
    return json({"agency": code, "items": desk().topics.subscriptions(code)}, headers=_NO_STORE)


@routes.route("/staff/agencies/{code}/subscriptions", methods=["POST"], content_types=["application/json"])
@speaks_http
def subscribe(code: str) -> Response:
    """A new endpoint on an agency's topic."""
    _administers(code)
    wish = decoded(body_of(routes.current_request), Subscribe)
    _acceptable(wish)
    return json(desk().topics.subscribe(code, wish.protocol, wish.endpoint), 201, _NO_STORE)


@routes.route("/staff/agencies/{code}/subscriptions", methods=["DELETE"])
@speaks_http
def unsubscribe(code: str) -> Response:
    """Takes an endpoint off an agency's topic: `?id=` as listed."""
    _administers(code)
    wanted = query_of(routes.current_request, "id")
    if not wanted:
        raise Invalid("Say which subscription.", details={"id": "required, as listed by GET"})
    desk().topics.unsubscribe(code, wanted)
    return Response(body="", status_code=204, headers={"Content-Type": "application/json"})


def _with_state(report: Report) -> dict[str, Any]:
    """The state that `If-Match` may name."""
    return {**_NO_STORE, "ETag": f'"{report.seq}"'}


def _state_seen(given: str) -> int | None:
    """The `seq` that a client had before it; None when it does not say. Raises Invalid on what is no such state."""
    tag = given.strip()
    if tag in ("", "*"):
        return None
    found = _STATE.fullmatch(tag)
    if found is None:
        raise Invalid("The state is not one of this report.", details={"If-Match": 'the ETag of the report: "<seq>"'})
    return int(found[1] or found[2])


def _seen(report: Report, actor: Actor) -> dict[str, Any]:
    """What this member sees of a report after an action: of one that is not theirs any more (returned, or given to
    another agency since), what everybody sees."""
    if actor.role is Role.AGENCY and not may_see(report, actor.agency, desk().city):
        return views.public(report, desk().city, now=desk().now(), lang="id", with_key=False)
    return views.staff(report, desk().city, now=desk().now(), role=actor.role)


def _own_queue(actor: Actor) -> str:
    """What an office has in hand: of one that is under another, only what was given to itself."""
    known = desk().city.agencies.get(actor.agency or "")
    return f"{'office' if known and known.parent else 'agency'}#{actor.agency}"


def _may_read(actor: Actor, name: str) -> None:
    kind, _, office = name.partition("#")
    if kind in ("agency", "office") and office:
        if office not in desk().city.agencies:
            raise Unknown("There is no such agency.", details={"queue": name})
        if actor.role in (Role.ADMIN, Role.ANALYST):
            return
        if actor.role is Role.AGENCY and actor.agency in line_of(desk().city, office):
            return
    elif name not in _QUEUES:
        raise Invalid(
            "There is no such queue.", details={"queue": [*sorted(_QUEUES), "agency#<code>", "office#<code>"]}
        )
    elif name in _READS[actor.role]:
        return
    raise NotYours("This queue is not yours.", details={"queue": name})


def _administers(code: str) -> None:
    actor = _actor()
    if actor.role is not Role.ADMIN:
        raise NotYours("Only the admin keeps subscriptions.", details={"role": actor.role})
    if code not in desk().city.agencies:
        raise Unknown("There is no such agency.", details={"agency": code})


def _acceptable(wish: Subscribe) -> None:
    try:
        address = urlsplit(wish.endpoint)
    except ValueError:
        raise Invalid("The endpoint cannot be read.", details={"endpoint": "not a URL"}) from None
    local_http = desk().settings.local and address.scheme == "http" and address.hostname in _LOOPBACK
    fits = {
        "https": (address.scheme == "https" and bool(address.hostname)) or local_http,
        "http": local_http,
        "sqs": bool(_QUEUE_ARN.fullmatch(wish.endpoint)),
        "email": bool(_MAIL.fullmatch(wish.endpoint)),
        "sms": bool(_PHONE.fullmatch(wish.endpoint)),
    }
    if wish.protocol not in fits or (wish.protocol == "http" and not desk().settings.local):
        raise Invalid("The protocol is not one of ours.", details={"protocol": "https, sqs, email or sms"})
    if not fits[wish.protocol]:
        raise Invalid(
            "The endpoint does not fit the protocol.", details={"endpoint": f"not a {wish.protocol} endpoint"}
        )


def _action_id(actor: Actor, action: Action) -> str:
    key = header_of(routes.current_request, "idempotency-key")
    if not key:
        return f"{action}:{os.urandom(12).hex()}"
    if not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Invalid(
            "The Idempotency-Key is not acceptable.", details={"Idempotency-Key": "1 to 128 visible characters"}
        )
    whose = digest_of(actor.subject, key).hex()[:24]  # the same key of somebody else is another one
    return f"{actor.role}:{actor.agency or ''}:{action}:{whose}"


def _row(row: Any) -> dict[str, Any]:
    city = desk().city
    about = dict(row.summary)
    return about | {
        "tracking": row.tracking,
        "status": views.status_of(row.status, city, "id"),
        "agency": views.agency_of(row.agency, city, "id"),
        "category": views.labelled(city.categories, about.get("category"), "id"),
        "area": views.area_of(about.get("area"), city),
    }

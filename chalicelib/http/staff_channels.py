"""The channels as the staff keeps them: how each one is, a test message, and its secrets."""

from __future__ import annotations

import os
import re

import msgspec
from chalice.app import Blueprint, Response

from chalicelib.city.model import Channel
from chalicelib.domain.errors import Invalid, NotAllowedNow, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.tracking import digest_of
from chalicelib.http.answers import json, speaks_http
from chalicelib.http.channels import open_channel
from chalicelib.http.context import desk
from chalicelib.http.members import one_of
from chalicelib.http.requests import body_of, header_of, query_of, typed_of
from chalicelib.observability import logger
from chalicelib.usecases.act import Actor, decoded
from chalicelib.usecases.answers import send_test
from chalicelib.usecases.channel_health import health
from chalicelib.usecases.rotate import Rotated, end_older, rotate

routes = Blueprint(__name__)
_NO_STORE = {"Cache-Control": "no-store"}
_TO = re.compile(r"\S{3,254}")
# Answers to these go by SMS or mail: test that channel.
_NO_WAY_OUT = frozenset({"staff", "open311", "web_form"})


class Test(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom a test message goes to: a phone, an e-mail address, or the provider's user id."""

    to: str


class NewSecret(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which secret is to be changed; `value` where the provider makes it."""

    name: str
    value: str = ""


@routes.route("/staff/channels", methods=["GET"])
@speaks_http
def channels() -> Response:
    """Every channel: whether it is in use, what it brought last, what was refused and why, and how many secrets are valid."""
    one_of(routes.current_request, Role.ADMIN, Role.ANALYST)
    return json({"items": health(desk())}, headers=_NO_STORE)


@routes.route("/staff/channels/{channel}/test", methods=["POST"], content_types=["application/json"])
@speaks_http
def test(channel: str) -> Response:
    """Sends a message that says it is a test: accepted here, sent by the replies function."""
    actor = one_of(routes.current_request, Role.ADMIN)
    known = open_channel(typed_of(channel))
    wish = decoded(body_of(routes.current_request), Test)
    test_id = tested(known, actor, wish.to, header_of(routes.current_request, "idempotency-key"))
    return json({"channel": known.id, "id": test_id}, 202, _NO_STORE)


def tested(known: Channel, actor: Actor, to: str, given: str) -> str:
    """Has a test message sent, once for each key `given` ("": each time); gives its id. Raises Invalid, NotAllowedNow."""
    if not _TO.fullmatch(to):
        raise Invalid(
            "Say whom to write to.", details={"to": "a phone, an e-mail address or a user id, without blanks"}
        )
    if known.adapter in _NO_WAY_OUT:
        raise NotAllowedNow("Answers to this channel go out by SMS or mail: test those.", details={"channel": known.id})
    test_id = digest_of(actor.subject, given or os.urandom(16).hex()).hex()[:24]
    return send_test(desk(), known.id, to, test_id=test_id)


@routes.route("/staff/channels/{channel}/secrets", methods=["POST"], content_types=["application/json"])
@speaks_http
def new_secret(channel: str) -> Response:
    """A new secret beside the old one. The answer is the only place where it is ever shown."""
    actor = one_of(routes.current_request, Role.ADMIN)
    known = _known(channel)
    wish = decoded(body_of(routes.current_request), NewSecret)
    done = rotate(desk(), known, wish.name, wish.value)
    return json(_told(known, wish.name, done, actor, "a secret was added"), 201, _NO_STORE)


@routes.route("/staff/channels/{channel}/secrets", methods=["DELETE"])
@speaks_http
def old_secret(channel: str) -> Response:
    """Ends the older of two secrets: `?name=`."""
    actor = one_of(routes.current_request, Role.ADMIN)
    known, name = _known(channel), query_of(routes.current_request, "name")
    if not name:
        raise Invalid("Say which secret.", details={"name": "required, as listed by GET /staff/channels"})
    done = end_older(desk(), known, name)
    return json(_told(known, name, done, actor, "an older secret was ended"), 200, _NO_STORE)


def _known(channel: str) -> Channel:
    found = desk().city.channels.get(typed_of(channel))
    if found is None:
        raise Unknown("There is no such channel.", details={"channel": typed_of(channel)})
    return found


def _told(channel: Channel, name: str, done: Rotated, actor: Actor, what: str) -> dict[str, object]:
    logger().info(what, extra={"channel": channel.id, "parameter": name, "who": actor.subject})
    told: dict[str, object] = {
        "channel": channel.id,
        "name": name,
        "valid": done.valid,
        # Until then another process may not know it yet; both are valid meanwhile.
        "everywhere_at": done.everywhere_at,
    }
    return told | ({"secret": done.secret} if done.secret else {})

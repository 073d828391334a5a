"""Webhooks of the channels: verify the raw body, parse, submit, answer. Nothing else happens here."""

from __future__ import annotations

import os

from chalice.app import Blueprint, Response

from chalicelib.channels.message import Message, Request
from chalicelib.channels.registry import http_adapter
from chalicelib.city.model import Channel
from chalicelib.domain.errors import SwitchedOff, TooLarge, Unknown
from chalicelib.http.answers import json, speaks_http
from chalicelib.http.context import desk
from chalicelib.http.requests import request_of
from chalicelib.observability import count
from chalicelib.usecases.converse import converse
from chalicelib.usecases.submit import Submitted, submit
from chalicelib.usecases.views import status_of

routes = Blueprint(__name__)
MOST_BYTES = 1_000_000
# Chalice refuses every content type that is not listed; each channel then says which one it reads.
CONTENT_TYPES = [
    "application/json",
    "application/x-www-form-urlencoded",
    "text/plain",
    "text/xml",
    "application/xml",
    "application/octet-stream",
    "multipart/form-data",
]


@routes.route("/channels/{channel}", methods=["GET", "POST"], content_types=CONTENT_TYPES)
@speaks_http
def receive(channel: str) -> Response:
    """A provider's webhook."""
    return _received(_channel(channel), request_of(routes.current_request, f"/channels/{channel}", desk().settings))


def _received(channel: Channel, request: Request) -> Response:
    adapter = http_adapter(channel)
    if len(request.body) > MOST_BYTES:
        raise TooLarge("The body is too large.", details={"body": f"at most {MOST_BYTES} bytes"})
    now, secrets = desk().now(), desk().secrets.channel("inbound", channel.id, desk().ticks())
    shaken = adapter.handshake(channel, request, secrets)
    if shaken is not None:
        return _plain(*shaken)
    adapter.verify(channel, request, secrets, now)
    told = adapter.parse_all(channel, request, now)
    stored = [_taken(message) for message in told if isinstance(message, Message)]
    if adapter.RECEIPT and stored:
        return _receipt(stored[0])
    return _plain(*adapter.http_answer(channel))


def _plain(body: str, content_type: str) -> Response:
    return Response(body=body, status_code=200, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def _taken(message: Message) -> Submitted:
    seed = os.urandom(16).hex()
    stored = converse(desk(), message, seed=seed) if message.conversational else submit(desk(), message, seed=seed)
    name = "MessageReceived" if stored.new else "MessageJoined"
    count(name, tracking=stored.report.tracking, channel=message.channel)
    return stored


def _receipt(stored: Submitted) -> Response:
    report = stored.report
    return json(
        {
            "tracking": report.tracking,
            "status": status_of(report.status, desk().city, report.lang),
            "status_url": desk().status_url(report.tracking),
            "key": desk().key_of(report.tracking, report.key_version),
        }
    )


def _channel(name: str) -> Channel:
    channel = desk().city.channels.get(name)
    if channel is None:
        raise Unknown("There is no such channel.", details={"channel": name})
    if not channel.in_use(desk().city.local_day(desk().now())):
        raise SwitchedOff("This channel is not in use any more.", details={"instead": channel.instead})
    return channel

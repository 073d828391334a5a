"""Webhooks of the channels: verify the raw body, parse, submit, answer. Nothing else happens here."""

from __future__ import annotations

import os

from chalice.app import Blueprint, Response

from chalicelib.channels.message import Message, Request, Skipped
from chalicelib.channels.registry import http_adapter
from chalicelib.city.model import Channel
from chalicelib.domain.errors import ReportError, SwitchedOff, TooLarge, Unknown
from chalicelib.domain.report import Report
from chalicelib.http.answers import json, speaks_http
from chalicelib.http.context import desk
from chalicelib.http.requests import request_of
from chalicelib.observability import count
from chalicelib.usecases.channel_health import refused, skipped
from chalicelib.usecases.hear import Heard, hear
from chalicelib.usecases.views import status_of

routes = Blueprint(__name__)
_MOST_FAILURES = 5
# What Lambda takes. A batch of a thousand entries is about 1 MB.
MOST_BYTES = 6_000_000
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
    """A provider's webhook. What is refused is noted for the admin."""
    try:
        known = open_channel(channel)
        return _received(known, request_of(routes.current_request, f"/channels/{channel}", desk().settings))
    except ReportError as error:
        if channel in desk().city.channels:
            refused(desk(), channel, error)
        raise


def _received(channel: Channel, request: Request) -> Response:
    adapter = http_adapter(channel)
    if len(request.body) > MOST_BYTES:
        raise TooLarge("The body is too large.", details={"body": f"at most {MOST_BYTES} bytes"})
    now, secrets = desk().now(), desk().secrets.channel("inbound", channel.id, desk().ticks())
    shaken = adapter.handshake(channel, request, secrets)
    if shaken is not None:
        return _plain(*shaken)
    if channel.adapter == "aws_sms":  # its proof is a certificate that has to be fetched
        from chalicelib.usecases.sns_webhook import proven

        secrets = proven(desk(), request, secrets, now)
    adapter.verify(channel, request, secrets, now)
    told = adapter.parse_all(channel, request, now)
    messages = [message for message in told if isinstance(message, Message)]
    if len(messages) < len(told):
        passed_over = [each for each in told if isinstance(each, Skipped)]
        skipped(desk(), channel.id, passed_over)
        for each in passed_over:
            if each.undelivered:
                desk().deliveries.undelivered(channel.id, each.id, each.undelivered, now=now)
    desk().counts.take(channel.id, channel.per_minute, [message.id for message in messages], desk().ticks())
    taken = _all_taken(messages)
    if adapter.RECEIPT and taken and taken[0].report is not None:
        return _receipt(taken[0].report)
    return _plain(*adapter.http_answer(channel))


def _all_taken(messages: list[Message]) -> list[Heard]:
    """Every message of a delivery, though one of them may fail: the provider then sends all of them again, and those that
    are stored are repetitions. Raises the first failure, at the end."""
    taken: list[Heard] = []
    failed: list[Exception] = []
    for message in messages:
        try:
            whole = _whole(message)
            if whole is not None:
                taken.append(_taken(whole))
        except Exception as error:
            failed.append(error)
            if len(failed) >= _MOST_FAILURES:  # it is not this message, it is the store
                break
    if failed:
        raise failed[0]
    return taken


def _plain(body: str, content_type: str) -> Response:
    return Response(body=body, status_code=200, headers={"Content-Type": content_type, "Cache-Control": "no-store"})


def _whole(message: Message) -> Message | None:
    """The message itself, or the text in parts that it completes; None while other parts have not come."""
    if message.part is None:
        return message
    from chalicelib.usecases.parts import gather

    return gather(desk(), message)


def _taken(message: Message) -> Heard:
    heard = hear(desk(), message, seed=os.urandom(16).hex())
    name = "MessageReceived" if heard.new else "MessageJoined" if heard.what == "report" else "MessageHeard"
    count(name, tracking=heard.report.tracking if heard.report else "", channel=message.channel)
    return heard


def _receipt(report: Report) -> Response:
    return json(
        {
            "tracking": report.tracking,
            "status": status_of(report.status, desk().city, report.lang),
            "status_url": desk().status_url(report.tracking),
            "key": desk().key_of(report.tracking, report.key_version),
            "missing": list(report.missing),
        }
    )


def open_channel(name: str) -> Channel:
    """The channel of that id. Raises Unknown, or SwitchedOff saying where to go instead."""
    channel = desk().city.channels.get(name)
    if channel is None:
        raise Unknown("There is no such channel.", details={"channel": name})
    always = channel.active and channel.active_from is None and channel.active_to is None
    if not always and not channel.in_use(desk().city.local_day(desk().now())):
        raise SwitchedOff("This channel is not in use any more.", details={"instead": channel.instead})
    return channel

"""Reports entered by staff: at a counter, for somebody without a phone, or an official's own finding."""

from __future__ import annotations

import hashlib
import os
import re

from chalice.app import Blueprint, Response

from chalicelib.channels import staff_form
from chalicelib.http.answers import json, speaks_http
from chalicelib.http.context import desk
from chalicelib.http.entering import FINDINGS, channel_for, message_id_of, wrong_here
from chalicelib.http.members import member
from chalicelib.http.requests import body_of, header_of
from chalicelib.observability import count
from chalicelib.usecases import views
from chalicelib.usecases.enter import enter, official, slip
from chalicelib.usecases.submit import Submitted

routes = Blueprint(__name__)
_VISIBLE = re.compile(r"[\x21-\x7e]{1,128}")


@routes.route("/staff/reports", methods=["POST"], content_types=["application/json"])
@speaks_http
def write_down() -> Response:
    """A report in somebody's name: 201 with its number, its key and the slip to print; the same form again 200."""
    request = routes.current_request
    actor, raw = member(request), body_of(request)
    form, slips = staff_form.read(raw)
    wrong: dict[str, object] = {**slips, **wrong_here(form)}
    channel = channel_for(form.channel, actor, wrong) if form.channel else None
    given = header_of(request, "idempotency-key") or form.form_id or ""
    if given and not _VISIBLE.fullmatch(given):
        wrong["Idempotency-Key"] = "1 to 128 visible characters"
    message_id = message_id_of(actor, given or os.urandom(16).hex())
    message = staff_form.message(
        form, channel.id if channel else "", message_id=message_id, raw=raw, wrong=wrong
    )  # raises what is wrong, all of it: no channel is wrong as well
    stand_in = official(actor, desk().city) if message.channel == FINDINGS else None
    stored = enter(desk(), message, seed=os.urandom(16).hex(), stand_in=stand_in)
    differs = not stored.new and stored.report.body_hash != hashlib.sha256(message.raw).hexdigest()
    name = "MessageReceived" if stored.new else "MessageJoined"
    count(name, tracking=stored.report.tracking, channel=message.channel)
    return _receipt(stored, differs=differs)


def _receipt(stored: Submitted, *, differs: bool) -> Response:
    """`differs`: this form was sent before with other words, which are those of the report; these here are only noted."""
    report = stored.report
    key = desk().key_of(report.tracking, report.key_version)
    return json(
        {
            "tracking": report.tracking,
            "status": views.status_of(report.status, desk().city, report.lang),
            "status_url": desk().status_url(report.tracking),
            "key": key,
            "missing": list(report.missing),
            "slip": {"lines": slip(report, desk(), key=key)},
            **({"differs": True} if differs else {}),
        },
        201 if stored.new else 200,
        {"Cache-Control": "no-store"},
    )

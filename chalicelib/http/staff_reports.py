"""Reports entered by staff: at a counter, for somebody without a phone, or an official's own finding."""

from __future__ import annotations

import hashlib
import os
import re

from chalice.app import Blueprint, Response

from chalicelib.channels import staff_form
from chalicelib.city.kelurahan import full_name, kelurahan_meant
from chalicelib.city.model import Channel
from chalicelib.domain.errors import NotYours, Unknown
from chalicelib.domain.tracking import digest_of
from chalicelib.http.answers import json, speaks_http
from chalicelib.http.channels import open_channel
from chalicelib.http.context import desk
from chalicelib.http.members import member
from chalicelib.http.requests import body_of, header_of
from chalicelib.observability import count
from chalicelib.usecases import views
from chalicelib.usecases.act import Actor
from chalicelib.usecases.enter import enter, official, slip
from chalicelib.usecases.submit import Submitted
from chalicelib.usecases.understand import category_of

routes = Blueprint(__name__)
ADAPTER = "staff"
# The channel of the officials' own findings: who enters it is the reporter.
_FINDINGS = "laporan-petugas"
_VISIBLE = re.compile(r"[\x21-\x7e]{1,128}")


@routes.route("/staff/reports", methods=["POST"], content_types=["application/json"])
@speaks_http
def write_down() -> Response:
    """A report in somebody's name: 201 with its number, its key and the slip to print; the same form again 200."""
    request = routes.current_request
    actor, raw = member(request), body_of(request)
    form, slips = staff_form.read(raw)
    wrong: dict[str, object] = {**slips, **_wrong_here(form)}
    channel = _channel_for(form.channel, actor, wrong) if form.channel else None
    given = header_of(request, "idempotency-key") or form.form_id or ""
    if given and not _VISIBLE.fullmatch(given):
        wrong["Idempotency-Key"] = "1 to 128 visible characters"
    # The id belongs to the member: the same one of somebody else is another report.
    message_id = f"form:{digest_of(actor.subject, given or os.urandom(16).hex()).hex()[:32]}"
    message = staff_form.message(
        form, channel.id if channel else "", message_id=message_id, raw=raw, wrong=wrong
    )  # raises what is wrong, all of it: no channel is wrong as well
    stand_in = official(actor, desk().city) if message.channel == _FINDINGS else None
    stored = enter(desk(), message, seed=os.urandom(16).hex(), stand_in=stand_in)
    differs = not stored.new and stored.report.body_hash != hashlib.sha256(message.raw).hexdigest()
    name = "MessageReceived" if stored.new else "MessageJoined"
    count(name, tracking=stored.report.tracking, channel=message.channel)
    return _receipt(stored, differs=differs)


def _channel_for(name: str, actor: Actor, wrong: dict[str, object]) -> Channel | None:
    """The channel; None where staff enter no reports of that name: `wrong` has those they do. Raises NotYours or SwitchedOff."""
    try:
        channel = open_channel(name)
    except Unknown:
        channel = None
    if channel is None or channel.adapter != ADAPTER:
        wrong["channel"] = _offered(actor)
        return None
    if actor.role not in channel.inbound.get("roles", "").split():
        raise NotYours("Your role does not enter reports here.", details={"role": actor.role, "channel": channel.id})
    return channel


def _offered(actor: Actor) -> list[str]:
    """The channels this member may enter reports of."""
    today = desk().city.local_day(desk().now())
    return [
        channel.id
        for channel in desk().city.channels.values()
        if channel.adapter == ADAPTER
        and channel.in_use(today)
        and actor.role in channel.inbound.get("roles", "").split()
    ]


def _wrong_here(form: staff_form.Form) -> dict[str, str]:
    """What is wrong by what only the city knows: its kelurahan, its categories, its languages."""
    city = desk().city
    wrong: dict[str, str] = {}
    told = form.location.kelurahan if form.location else None
    if told and told.strip():
        meant = kelurahan_meant(city, told)
        if not meant:
            wrong["location.kelurahan"] = "is no kelurahan of this city: a name or a code is expected"
        elif len(meant) > 1:
            choices = "; ".join(f"{area.code} {full_name(city, area)}" for area in meant)
            wrong["location.kelurahan"] = f"may be one of several: {choices}"
    if form.category and form.category.strip() and category_of(form.category, city) is None:
        wrong["category"] = "is no category of this city"
    if form.lang and form.lang not in city.policy.languages:
        wrong["lang"] = f"must be one of {', '.join(city.policy.languages)}"
    return wrong


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

"""What the two ways of entering a report for somebody (the desk's form, JSON) have in common: which channels a member of the
staff enters reports of, and what is wrong by what only the city knows."""

from __future__ import annotations

from chalicelib.channels import staff_form
from chalicelib.city.kelurahan import full_name, kelurahan_meant
from chalicelib.city.model import Channel
from chalicelib.domain.errors import NotYours, Unknown
from chalicelib.domain.tracking import digest_of
from chalicelib.http.channels import open_channel
from chalicelib.http.context import desk
from chalicelib.usecases.act import Actor
from chalicelib.usecases.understand import category_of

ADAPTER = "staff"
FINDINGS = "laporan-petugas"
"""The channel of the officials' own findings: who enters it is the reporter."""


def message_id_of(actor: Actor, given: str) -> str:
    """The id of the message that a form makes. It belongs to the member: the same one of somebody else is another report."""
    return f"form:{digest_of(actor.subject, given).hex()[:32]}"


def channel_for(name: str, actor: Actor, wrong: dict[str, object]) -> Channel | None:
    """The channel; None where staff enter no reports of that name: `wrong` has those they do. Raises NotYours or SwitchedOff."""
    try:
        channel = open_channel(name)
    except Unknown:
        channel = None
    if channel is None or channel.adapter != ADAPTER:
        wrong["channel"] = offered(actor)
        return None
    if actor.role not in channel.inbound.get("roles", "").split():
        raise NotYours("Your role does not enter reports here.", details={"role": actor.role, "channel": channel.id})
    return channel


def offered(actor: Actor) -> list[str]:
    """The channels this member may enter reports of."""
    today = desk().city.local_day(desk().now())
    return [
        channel.id
        for channel in desk().city.channels.values()
        if channel.adapter == ADAPTER
        and channel.in_use(today)
        and actor.role in channel.inbound.get("roles", "").split()
    ]


def wrong_here(form: staff_form.Form) -> dict[str, str]:
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

"""The accounts of the staff: who is invited, moved, switched off and on. Every change of an admin is journalled, and
made on the version the admin saw."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.city.model import City
from chalicelib.domain.errors import Conflict, Invalid, NotAllowedNow, NotYours, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.offices import line_of
from chalicelib.observability import logger
from chalicelib.store.journal import Entry
from chalicelib.store.members import EMAIL_MOST, NAME_MOST, Member
from chalicelib.usecases.act import Actor
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.posts import post_of

PAGE = 50
MOST_SEARCHED = 2000
_EMAIL = re.compile(r"[^@\s<>\"(),:;\\]+@[^@\s<>\"(),:;\\]+\.[^@\s<>\"(),:;\\.]+")
_SUB = re.compile(r"[\x21-\x7e]{1,255}")
_CLIENT = re.compile(r"[A-Za-z0-9._~-]{1,128}")


class Listed(NamedTuple):
    """Members on one page. `next` is the sub to go on after ("" at the end); `cut`: a search looked at no more than
    MOST_SEARCHED of them."""

    members: list[Member]
    next: str
    cut: bool


def listed(
    desk: Desk, actor: Actor, *, search: str = "", role: str = "", office: str = "", after: str = "", limit: int = PAGE
) -> Listed:
    """Members beyond `after`; only those whose name or e-mail has `search` in it (or whose sub it is), of that role, of that office (or under
    it). For admins."""
    _only_admins(actor)
    if not (search or role or office):
        found = desk.members.page(limit=limit + 1, after=after)
        return Listed(found[:limit], found[limit - 1].sub if len(found) > limit else "", False)
    wanted, kept, seen = search.strip().casefold(), list[Member](), 0
    while seen < MOST_SEARCHED:
        page = desk.members.page(limit=200, after=after)
        for member in page:
            if _fits(desk.city, member, wanted, role, office):
                if len(kept) == limit:
                    return Listed(kept, kept[-1].sub, False)
                kept.append(member)
        seen += len(page)
        if len(page) < 200:
            return Listed(kept, "", False)
        after = page[-1].sub
    return Listed(kept, after, True)


def known(desk: Desk, actor: Actor, sub: str) -> Member:
    """One member, for admins. Raises Unknown."""
    _only_admins(actor)
    found = desk.members.get(sub)
    if found is None:
        raise Unknown("There is no such member.", details={"member": sub})
    return found


def may_be_unseen(desk: Desk, actor: Actor, sub: str) -> bool:
    """Whether an account with that sub may be using tokens without our having a record of it. For admins."""
    _only_admins(actor)
    return _SUB.fullmatch(sub) is not None and desk.members.get(sub) is None


def take_up(
    desk: Desk, actor: Actor, sub: str, *, active: bool, role: str, agency: str = "", unit: str = "", why: str = ""
) -> Member:
    """Makes the record of an account that has only used bearer tokens: from then on the record counts, not what its tokens
    say. Not `active`: switched off, and the tokens it has are ended. Raises Invalid, Conflict when there is a record
    meanwhile, NotYours for an admin's own account."""
    _only_admins(actor)
    if sub == actor.subject:
        raise NotYours("Somebody else must change your own account.", details={"member": "yourself"})
    if not _SUB.fullmatch(sub):
        raise Unknown("There is no such member.", details={"member": sub[:80]})
    post = post_of(desk.city, role, agency, unit)
    member = Member(
        sub=sub,
        role=post.role,
        agency=post.agency,
        unit=post.unit,
        active=active,
        ended_before=None if active else desk.now(),
    )
    if not desk.members.add(member):
        raise Conflict("Somebody changed this account meanwhile.", details={"member": sub})
    _note(desk, actor, "member_moved" if active else "member_disabled", member, why)
    _tell_directory(desk, member, lambda users: users.enable(sub) if active else users.disable(sub))
    return member


def invite(desk: Desk, actor: Actor, *, email: str, name: str, role: str, agency: str = "", unit: str = "") -> Member:
    """Makes an account in the directory, which writes to its owner, and its record. Raises Invalid naming every field that
    is wrong, NotAllowedNow where the sign-in is somebody else's and accounts are made there."""
    _only_admins(actor)
    email, name = email.strip().lower(), " ".join(name.split())
    wrong = _wrong(email, name)
    post = post_of(desk.city, role, agency, unit, wrong=wrong)
    if desk.directory is None:
        raise NotAllowedNow(
            "Accounts are made where people sign in; they appear here when they first do.",
            details={"directory": "none"},
        )
    agency, unit = post.agency or "", post.unit or ""
    sub = desk.directory.invite(email, name, role=role, agency=agency, unit=unit)
    member = Member(
        sub=sub,
        name=name,
        email=email,
        role=post.role,
        agency=post.agency,
        unit=post.unit,
        invited_at=desk.now(),
    )
    if not desk.members.add(member):
        raise Invalid("This address has an account already.", details={"email": "a member already"})
    _note(desk, actor, "member_invited", member)
    _tell_directory(desk, member, lambda users: users.move(sub, name, role=role, agency=agency, unit=unit, was=""))
    return member


def add_system(desk: Desk, actor: Actor, *, client_id: str, name: str, agency: str = "", unit: str = "") -> Member:
    """Lets an agency's own system in, which signs in with client credentials: its client was made at the issuer. Raises
    Invalid naming every field that is wrong."""
    _only_admins(actor)
    client_id, name = client_id.strip(), " ".join(name.split())
    wrong = _wrong("system@example.org", name)
    if not _CLIENT.fullmatch(client_id):
        wrong["client_id"] = "the client's id at the issuer"
    post = post_of(desk.city, Role.AGENCY, agency, unit, wrong=wrong)
    member = Member(
        sub=client_id, name=name, role=post.role, agency=post.agency, unit=post.unit, invited_at=desk.now(), system=True
    )
    if not desk.members.add(member):
        raise Invalid("This client is known already.", details={"client_id": "known already"})
    _note(desk, actor, "system_added", member)
    return member


def move(
    desk: Desk, actor: Actor, sub: str, *, version: int, role: str, agency: str = "", unit: str = "", why: str = ""
) -> Member:
    """Gives a member another role or office, at once. Raises Invalid, Conflict (somebody changed the account meanwhile),
    NotYours for an admin's own account."""
    _only_admins(actor)
    post = post_of(desk.city, role, agency, unit)
    before: list[Member] = []

    def moved(member: Member) -> Member:
        before[:] = [member]
        return msgspec.structs.replace(member, role=post.role, agency=post.agency, unit=post.unit)

    after = _changed(desk, actor, sub, version, moved)
    _note(desk, actor, "member_moved", after, why, was=before[0])
    _tell_directory(
        desk,
        after,
        lambda directory: directory.move(
            sub,
            after.name,
            role=after.role,
            agency=after.agency or "",
            unit=after.unit or "",
            was=before[0].role,
        ),
    )
    return after


def disable(desk: Desk, actor: Actor, sub: str, *, version: int, why: str = "") -> Member:
    """Switches an account off; its sessions end at once, and do not come back when it is switched on. Raises Conflict,
    NotYours for an admin's own account."""
    _only_admins(actor)

    def off(member: Member) -> Member:
        return msgspec.structs.replace(member, active=False, ended={}, ended_before=desk.now())

    after = _changed(desk, actor, sub, version, off)
    _note(desk, actor, "member_disabled", after, why)
    _tell_directory(desk, after, lambda directory: directory.disable(sub))
    return after


def enable(desk: Desk, actor: Actor, sub: str, *, version: int, why: str = "") -> Member:
    """Switches an account on again. Raises Conflict."""
    _only_admins(actor)
    after = _changed(desk, actor, sub, version, lambda member: msgspec.structs.replace(member, active=True))
    _note(desk, actor, "member_enabled", after, why)
    _tell_directory(desk, after, lambda directory: directory.enable(sub))
    return after


def _changed(desk: Desk, actor: Actor, sub: str, version: int, change: Callable[[Member], Member]) -> Member:
    if sub == actor.subject:
        raise NotYours("Somebody else must change your own account.", details={"member": "yourself"})

    before: list[Member] = []

    def on_what_was_seen(member: Member) -> Member:
        before[:] = [member]
        if member.version != version:
            raise Conflict(
                "Somebody changed this account meanwhile.",
                details={"version": member.version, "role": member.role, "office": member.office or ""},
            )
        after = change(member)
        return member if after == member else msgspec.structs.replace(after, version=member.version + 1)

    after = desk.members.change(sub, on_what_was_seen)
    own = desk.members.get(actor.subject)
    if own is not None and not (own.active and own.role is Role.ADMIN):
        # Two admins who change each other at one moment: neither is one any more, so neither change stands.
        _put_back(desk, after, before[0])
        raise NotYours("Your own account was changed meanwhile.", details={"member": "no admin any more"})
    return after


def _put_back(desk: Desk, after: Member, before: Member) -> None:
    def back(member: Member) -> Member:
        same = member.version == after.version
        return msgspec.structs.replace(before, version=member.version + 1) if same else member

    desk.members.change(after.sub, back)


def _note(desk: Desk, actor: Actor, what: str, member: Member, why: str = "", was: Member | None = None) -> None:
    data = {"role": str(member.role), "office": member.office or ""}
    if was is not None:
        data |= {"role_before": str(was.role), "office_before": was.office or ""}
    desk.journal.write(
        Entry(
            at=desk.now(),
            who=actor.subject,
            role=str(actor.role),
            what=what,
            about=f"members/{member.sub}",
            why=why.strip()[:500],
            data=data,
        )
    )


def _tell_directory(desk: Desk, member: Member, tell: Callable[[Any], None]) -> None:
    """Our record acts already: a directory that is away, or does not know a system's client, holds nothing up."""
    if desk.directory is None or member.system:
        return
    try:
        tell(desk.directory)
    except (ClientError, BotoCoreError) as error:
        logger().error("the directory was not told", extra={"member": member.sub, "error": type(error).__name__})


def _only_admins(actor: Actor) -> None:
    if actor.role is not Role.ADMIN:
        raise NotYours("Accounts are the admins'.", details={"role": actor.role})


def _wrong(email: str, name: str) -> dict[str, object]:
    wrong: dict[str, object] = {}
    if not _EMAIL.fullmatch(email) or len(email) > EMAIL_MOST:
        wrong["email"] = "not an e-mail address"
    if not name or len(name) > NAME_MOST or not name.isprintable():
        wrong["name"] = f"1 to {NAME_MOST} characters"
    return wrong


def _fits(city: City, member: Member, wanted: str, role: str, office: str) -> bool:
    if wanted and wanted not in f"{member.name}\n{member.email}".casefold() and wanted != member.sub.casefold():
        return False
    if role and member.role != role:
        return False
    return (
        not office
        or office in (member.agency, member.unit)
        or (member.office is not None and office in line_of(city, member.office))
    )

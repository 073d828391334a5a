"""What the admins change of the pack while the city runs: one value or a few at a time, with a reason, on the version they
saw; each change a version of its own, journalled, and undone by another one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import msgspec

from chalicelib import city as packs
from chalicelib.city.errors import OverrideError
from chalicelib.city.model import City
from chalicelib.city.override_checks import holiday_fault
from chalicelib.city.overrides import Overrides, applied, place_of, read, usable, value_at, with_value
from chalicelib.domain.errors import Conflict, Invalid, NotYours, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.store.journal import Entry
from chalicelib.store.overrides import Change, Patch, Stored
from chalicelib.usecases.act import Actor
from chalicelib.usecases.desk import Desk

Path = tuple[str, ...]
WHY_MOST = 500
PAGE = 50
_TOLD = 10
_JOURNALLED = 300


class Present(NamedTuple):
    """The document as it is stored, its version (0: none yet), and what of it cannot be used (nothing: empty), by path."""

    version: int
    document: Overrides
    faults: dict[str, str]


def present(desk: Desk, actor: Actor) -> Present:
    """How it stands, read now. One read."""
    _only_admins(actor)
    return _present(desk, desk.overrides.head())


def change(
    desk: Desk, actor: Actor, *, version: int, section: str, values: Mapping[Path, object], why: str, name: str = ""
) -> Change | None:
    """Sets each value under its path (None: back to the pack's); None when that changes nothing. `version` is the one the
    admin saw. Raises Invalid naming every value that is wrong, Conflict saying what changed meanwhile, NotYours."""
    _only_admins(actor)
    stored = desk.overrides.head()
    now = _present(desk, stored)
    _same_version(desk, stored, version)
    return _written(desk, actor, stored, now, section, values, why, name)


def undo(desk: Desk, actor: Actor, number: int, *, version: int, why: str, name: str = "") -> Change | None:
    """A new version in which the values of version `number` are again what they were before it. Raises Unknown, Conflict
    when one of them has been changed since (that change is undone first), Invalid."""
    _only_admins(actor)
    stored = desk.overrides.head()
    now = _present(desk, stored)
    _same_version(desk, stored, version)
    done = _change_of(desk, stored, number)
    if done is None:
        raise Unknown("There is no such version.", details={"version": number})
    later = ["/".join(patch.path) for patch in done.patches if value_at(now.document, patch.path) != patch.after]
    if later and not now.faults:
        raise Conflict(
            "This has been changed again since: undo the later change first.",
            details={"version": now.version, "changed": later},
        )
    values = {patch.path: patch.before for patch in done.patches}
    return _written(desk, actor, stored, now, done.section, values, why, name, undoes=number)


def history(desk: Desk, actor: Actor, *, before: int | None = None, limit: int = PAGE) -> list[Change]:
    """Up to `limit` changes, newest first, of versions before `before`. Admins and analysts."""
    if actor.role not in (Role.ADMIN, Role.ANALYST):
        raise NotYours("The settings are the admins'.", details={"role": actor.role})
    found = desk.overrides.changes(limit=limit, before=before)
    stored = desk.overrides.head() if before is None else None
    if stored and stored.change and (not found or found[0].version < stored.version):
        found = [stored.change, *found][:limit]  # written a moment ago, or by a process that then ended
    return found


def pack_of(desk: Desk) -> City:
    """The pack alone, without overrides and what this installation's settings say."""
    return packs.load(desk.settings.city)


def _present(desk: Desk, stored: Stored | None) -> Present:
    if stored is None:
        return Present(0, Overrides(), {})
    try:
        document, faults = read(stored.document)
    except OverrideError as error:
        return Present(stored.version, Overrides(), error.faults)
    _, _, others = usable(pack_of(desk), document)
    return Present(stored.version, document, faults | others)


def _same_version(desk: Desk, stored: Stored | None, version: int) -> None:
    if (stored.version if stored else 0) != version:
        raise _conflict(desk, stored, version)


def _conflict(desk: Desk, stored: Stored | None, version: int) -> Conflict:
    told = []
    if stored is not None:
        newer = [each for each in desk.overrides.changes(limit=_TOLD) if each.version > version]
        if stored.change and all(each.version != stored.version for each in newer):
            newer = [stored.change, *newer]
        told = [
            {
                "version": each.version,
                "at": each.at,
                "who": each.name or each.who,
                "what": ["/".join(patch.path) for patch in each.patches],
                "why": each.why,
            }
            for each in newer
        ]
    return Conflict(
        "Somebody else has changed the settings since you opened this page.",
        details={"version": stored.version if stored else 0, "changed": told},
    )


def _written(
    desk: Desk,
    actor: Actor,
    stored: Stored | None,
    now: Present,
    section: str,
    values: Mapping[Path, object],
    why: str,
    name: str,
    undoes: int = 0,
) -> Change | None:
    why = " ".join(why.split())
    document = _checked(desk, now, values, why)
    patches = tuple(
        Patch(path=path, before=was, after=became)
        for path in values
        for was, became in [(value_at(now.document, path), value_at(document, path))]
        if was != became
    )
    if not patches and not now.faults:  # what cannot be used is written anew, though nothing of it is left
        return None
    made = Change(
        version=now.version + 1,
        at=desk.now(),
        who=actor.subject,
        name=name,
        why=why,
        section=section,
        patches=patches,
        undoes=undoes,
    )
    written = desk.overrides.write(msgspec.json.encode(document), made, before=stored)
    if written is None:
        written = desk.overrides.head()
        if written is None or written.change != made:  # else our own write, whose answer was lost on its way
            raise _conflict(desk, written, now.version)
    desk.live_city.took(written, desk.ticks())
    _journal(desk, actor, made)
    return made


def _checked(desk: Desk, now: Present, values: Mapping[Path, object], why: str) -> Overrides:
    wrong: dict[str, object] = {}
    if not why or len(why) > WHY_MOST:
        wrong["why"] = f"is required, at most {WHY_MOST} characters"
    document, pack = now.document, pack_of(desk)
    for path, value in values.items():
        try:
            document = with_value(document, path, value)
        except OverrideError as error:
            wrong |= error.faults
        else:
            wrong |= _said_already(pack, document, path)
    asked = document
    document = _keeping(pack, now.document, document)
    try:
        applied(pack, document)
    except OverrideError as error:
        document, faults = _kept_if_usable(pack, asked, document, error.faults)
        wrong |= faults
    if wrong:
        raise Invalid("This change is not acceptable.", details=wrong)
    return document


def _said_already(pack: City, document: Overrides, path: Path) -> dict[str, object]:
    """What is wrong with setting a holiday to what the pack says of it."""
    if path[0] != "holidays" or (is_one := value_at(document, path)) is None:
        return {}
    fault = holiday_fault(pack.policy, date.fromisoformat(path[1]), is_one)
    return {"/".join(path): fault} if fault else {}


def _kept_if_usable(
    pack: City, asked: Overrides, keeping: Overrides, faults: dict[str, str]
) -> tuple[Overrides, dict[str, str]]:
    """The document without those of the categories to be kept that the pack does not bear any more, and what is wrong
    besides."""
    for code in keeping.categories.keys() - asked.categories.keys():
        place = ("categories", code)
        if any(place_of(where) == place for where in faults):
            keeping = with_value(keeping, place, None)
    try:
        applied(pack, keeping)
    except OverrideError as error:
        return keeping, error.faults
    return keeping, {}


def _keeping(pack: City, before: Overrides, after: Overrides) -> Overrides:
    """The document after, with every category that there ever was: reports may have it, so it is retired and not forgotten."""
    lost = {
        code: msgspec.structs.replace(added, retired=True)
        for code, added in before.categories.items()
        if code not in pack.categories and code not in after.categories
    }
    return msgspec.structs.replace(after, categories=after.categories | lost) if lost else after


def _change_of(desk: Desk, stored: Stored | None, number: int) -> Change | None:
    if stored and stored.change and stored.change.version == number:
        return stored.change
    return desk.overrides.change(number)


def _journal(desk: Desk, actor: Actor, made: Change) -> None:
    what: dict[str, Any] = {"/".join(patch.path): patch.after for patch in made.patches}
    desk.journal.write(
        Entry(
            at=made.at,
            who=actor.subject,
            role=str(actor.role),
            what="settings_undone" if made.undoes else "settings_changed",
            about=f"settings/{made.version}",
            why=made.why,
            data={"section": made.section, "changed": msgspec.json.encode(what).decode()[:_JOURNALLED]},
        )
    )


def _only_admins(actor: Actor) -> None:
    if actor.role is not Role.ADMIN:
        raise NotYours("The settings are the admins'.", details={"role": actor.role})

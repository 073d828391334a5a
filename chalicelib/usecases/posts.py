"""Which offices go with which role: what an account may be given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.city.model import City
from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.offices import line_of

OVERSIGHT = "oversight"
_GENERIC = "kelurahan"  # "the kelurahan of the place": nobody works there


class Post(NamedTuple):
    """A role, and where it is held: `unit` is an office under `agency`."""

    role: Role
    agency: str | None
    unit: str | None


class _Rule(NamedTuple):
    needed: bool
    oversight: bool
    others: bool


# Whether an office must be named, and whether it may be one that reports escalate to, or one that reports go to.
_RULES: dict[Role, _Rule] = {
    Role.ADMIN: _Rule(needed=False, oversight=True, others=False),
    Role.AGENCY: _Rule(needed=True, oversight=False, others=True),
    Role.VALIDATOR: _Rule(needed=False, oversight=True, others=True),
    Role.COUNTER: _Rule(needed=False, oversight=True, others=True),
    Role.ANALYST: _Rule(needed=False, oversight=True, others=True),
}


def post_of(
    city: City, role: str, agency: str = "", unit: str = "", *, wrong: Mapping[str, object] | None = None
) -> Post:
    """The post that these fields name. A unit alone brings the agency it is under; the office of a sub-unit given as the
    agency is taken as one. Raises Invalid naming every wrong field, with those that are `wrong` already."""
    found = dict(wrong or {})
    if role not in _RULES:
        found["role"] = f"one of {', '.join(_RULES)}"
    else:
        found |= _wrong(city, _RULES[Role(role)], agency, unit)
    if found:
        raise Invalid("This account cannot be like this.", details=found)
    office = unit or agency
    if not office:
        return Post(Role(role), None, None)
    root = agency if agency and unit and agency != unit else root_of(city, office)
    return Post(Role(role), root, office if office != root else None)


def _wrong(city: City, rule: _Rule, agency: str, unit: str) -> dict[str, object]:
    wrong: dict[str, object] = {}
    for field, code in (("agency", agency), ("unit", unit)):
        if code and (code not in city.agencies or code == _GENERIC):
            wrong[field] = "there is no such office"
        elif code and not (rule.oversight if city.agencies[code].kind == OVERSIGHT else rule.others):
            wrong[field] = "not an office for this role"
    if rule.needed and not (agency or unit):
        wrong["agency"] = "must be given for this role"
    if not wrong and agency and unit and agency not in line_of(city, unit):
        wrong["unit"] = "not under this agency"
    return wrong


def root_of(city: City, office: str) -> str:
    """The highest office above an office that reports go to; itself when there is none, or it is unknown."""
    line = [code for code in line_of(city, office) if city.agencies[code].kind != OVERSIGHT]
    return line[-1] if line else office

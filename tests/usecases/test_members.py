"""Accounts: who is invited, moved, switched off and on, by whom; and the user pool that hears of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.domain.errors import Conflict, Invalid, NotAllowedNow, NotYours, Unauthenticated, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.store.members import Member
from chalicelib.usecases import members, signing_in
from chalicelib.usecases.act import Actor
from chalicelib.usecases.posts import Post, post_of

ADMIN = Actor(role=Role.ADMIN, subject="chief")
SUDIN = "suku-dinas-bina-marga-jakarta-selatan"


@pytest.fixture
def pool(desk: Any, aws: Any) -> str:
    """A user pool, and a desk that knows it."""
    made: str = aws.attribute("UserPool", "Ref")
    desk.settings = msgspec.structs.replace(desk.settings, user_pool_id=made)
    return made


@pytest.fixture
def account(cloud: Any, pool: str) -> Callable[[str], dict[str, Any]]:
    """What the pool knows of an account."""

    def known(sub: str) -> dict[str, Any]:
        client = cloud.client("cognito-idp")
        user = client.admin_get_user(UserPoolId=pool, Username=sub)
        groups = client.admin_list_groups_for_user(UserPoolId=pool, Username=sub)["Groups"]
        told = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
        return told | {"groups": [group["GroupName"] for group in groups], "on": user["Enabled"]}

    return known


def _invite(desk: Any, **changes: str) -> Member:
    wish = {"email": "sekar@kota.example", "name": "Sekar  L", "role": "agency", "agency": "bina-marga"} | changes
    return members.invite(desk, ADMIN, **wish)


def _journal(desk: Any) -> list[tuple[str, str, str, str]]:
    return [(e.who, e.what, e.about, e.why) for _, e in desk.journal.month(desk.now(), limit=50)]


def test_an_invitation_makes_account_and_record(desk: Any, account: Callable[[str], dict[str, Any]]) -> None:
    made = _invite(desk, email=" Sekar@Kota.example ", unit=SUDIN)
    assert desk.members.get(made.sub) == made
    assert (made.name, made.email, made.role) == ("Sekar L", "sekar@kota.example", Role.AGENCY)
    assert (made.agency, made.unit, made.office) == ("bina-marga", SUDIN, SUDIN)
    assert (made.invited_at, made.last_sign_in, made.version) == (desk.now(), None, 1)
    told = account(made.sub)
    assert (told["custom:role"], told["custom:agency"], told["custom:unit"]) == ("agency", "bina-marga", SUDIN)
    assert (told["email"], told["groups"], told["on"]) == ("sekar@kota.example", ["agency"], True)
    assert _journal(desk) == [("chief", "member_invited", f"members/{made.sub}", "")]


def test_nobody_is_invited_twice(desk: Any, account: Callable[[str], dict[str, Any]]) -> None:
    made = _invite(desk)
    with pytest.raises(Invalid) as error:
        _invite(desk, role="admin", agency="")
    assert error.value.details == {"email": "a member already"}
    assert account(made.sub)["groups"] == ["agency"]
    assert desk.members.get(made.sub).role is Role.AGENCY


def test_an_invitation_that_ended_half_way_is_finished_by_the_next(
    desk: Any, account: Callable[[str], dict[str, Any]]
) -> None:
    sub = desk.directory.invite("sekar@kota.example", "S", role="counter", agency="", unit="")
    assert _invite(desk).sub == sub
    assert (account(sub)["custom:role"], account(sub)["groups"]) == ("agency", ["agency"])


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"email": ""}, {"email"}),
        ({"email": "not an address"}, {"email"}),
        ({"email": "a@b"}, {"email"}),
        ({"email": "a@b.example, c@d.example"}, {"email"}),
        ({"email": "a" * 250 + "@b.example"}, {"email"}),
        ({"name": "   "}, {"name"}),
        ({"name": "x" * 101}, {"name"}),
        ({"name": "a\u202eb"}, {"name"}),
        ({"role": "king"}, {"role"}),
        ({"role": "system"}, {"role"}),
        ({"role": "reporter"}, {"role"}),
        ({"agency": ""}, {"agency"}),
        ({"agency": "no-such"}, {"agency"}),
        ({"agency": "kelurahan"}, {"agency"}),
        ({"agency": "gubernur"}, {"agency"}),
        ({"unit": "no-such"}, {"unit"}),
        ({"unit": "suku-dinas-perhubungan-jakarta-pusat"}, {"unit"}),
        ({"role": "admin"}, {"agency"}),
        ({"email": "x", "name": "", "agency": "y"}, {"email", "name", "agency"}),
    ],
)
def test_an_invitation_names_every_wrong_field(desk: Any, pool: str, changes: dict[str, str], fields: set[str]) -> None:
    with pytest.raises(Invalid) as error:
        _invite(desk, **changes)
    assert set(error.value.details) == fields
    assert desk.members.page(limit=10) == []


def test_where_another_issuer_signs_in_nobody_is_invited_here(desk: Any) -> None:
    with pytest.raises(NotAllowedNow):
        _invite(desk)
    assert desk.members.page(limit=10) == []


@pytest.mark.parametrize("role", [Role.AGENCY, Role.VALIDATOR, Role.COUNTER, Role.ANALYST])
def test_accounts_are_the_admins(desk: Any, role: Role) -> None:
    desk.members.add(Member(sub="a", role=Role.COUNTER))
    actor = Actor(role=role, agency="bina-marga", subject="x")
    for attempt in (
        lambda: members.listed(desk, actor),
        lambda: members.known(desk, actor, "a"),
        lambda: members.invite(desk, actor, email="a@b.example", name="A", role="admin"),
        lambda: members.add_system(desk, actor, client_id="s", name="S", agency="bina-marga"),
        lambda: members.move(desk, actor, "a", version=1, role="admin"),
        lambda: members.disable(desk, actor, "a", version=1),
        lambda: members.enable(desk, actor, "a", version=1),
    ):
        with pytest.raises(NotYours):
            attempt()
    assert desk.members.get("a") == Member(sub="a", role=Role.COUNTER)


def test_a_move(desk: Any, account: Callable[[str], dict[str, Any]]) -> None:
    made = _invite(desk)
    moved = members.move(desk, ADMIN, made.sub, version=1, role="validator", unit=SUDIN, why="mutasi")
    assert (moved.role, moved.agency, moved.unit, moved.version) == (Role.VALIDATOR, "bina-marga", SUDIN, 2)
    told = account(made.sub)
    assert (told["custom:role"], told["custom:unit"], told["groups"]) == ("validator", SUDIN, ["validator"])
    (_, entry), *_ = [pair for pair in desk.journal.month(desk.now(), limit=9) if pair[1].what == "member_moved"]
    assert entry.why == "mutasi"
    assert entry.data == {
        "role": "validator",
        "office": SUDIN,
        "role_before": "agency",
        "office_before": "bina-marga",
    }
    with pytest.raises(Invalid):
        members.move(desk, ADMIN, made.sub, version=2, role="agency")
    with pytest.raises(Unknown):
        members.move(desk, ADMIN, "nobody", version=1, role="admin")


def test_off_and_on(desk: Any, clock: Any, account: Callable[[str], dict[str, Any]]) -> None:
    made = _invite(desk)
    off = members.disable(desk, ADMIN, made.sub, version=1, why="cuti")
    assert (off.active, off.version, account(made.sub)["on"]) == (False, 2, False)
    with pytest.raises(Unauthenticated):
        signing_in.actor_for(off)
    with pytest.raises(Unauthenticated):
        signing_in.signed_in(desk, {"sub": made.sub}, lambda: ADMIN)
    on = members.enable(desk, ADMIN, made.sub, version=2)
    assert (on.active, on.version, account(made.sub)["on"]) == (True, 3, True)
    assert on.has_ended("any", clock.instant)
    assert signing_in.actor_for(on) == Actor(role=Role.AGENCY, agency="bina-marga", subject=made.sub)


def test_what_somebody_else_changed_is_not_undone(desk: Any) -> None:
    desk.members.add(Member(sub="a", role=Role.COUNTER))
    members.move(desk, ADMIN, "a", version=1, role="analyst")
    with pytest.raises(Conflict) as error:
        members.move(desk, Actor(role=Role.ADMIN, subject="other"), "a", version=1, role="admin")
    assert error.value.details == {"version": 2, "role": "analyst", "office": ""}
    with pytest.raises(Conflict):
        members.disable(desk, ADMIN, "a", version=1)
    assert desk.members.get("a").role is Role.ANALYST
    assert len(_journal(desk)) == 1


def test_a_sign_in_meanwhile_is_no_conflict(desk: Any) -> None:
    desk.members.add(Member(sub="a", role=Role.COUNTER))
    signing_in.signed_in(desk, {"sub": "a", "name": "Ayu"}, lambda: ADMIN)
    signing_in.sign_out(desk, "a", "sid")
    moved = members.move(desk, ADMIN, "a", version=1, role="analyst")
    assert (moved.name, moved.last_sign_in, list(moved.ended)) == ("Ayu", desk.now(), ["sid"])


def test_no_admin_locks_themselves_out(desk: Any) -> None:
    desk.members.add(Member(sub="chief", role=Role.ADMIN))
    for attempt in (members.disable, members.enable):
        with pytest.raises(NotYours):
            attempt(desk, ADMIN, "chief", version=1)
    with pytest.raises(NotYours):
        members.move(desk, ADMIN, "chief", version=1, role="analyst")
    assert desk.members.get("chief") == Member(sub="chief", role=Role.ADMIN)


def test_two_admins_who_switch_each_other_off_at_once(desk: Any) -> None:
    """Both requests have passed the session's check: somebody is left who can mend it."""
    for sub in ("a", "b"):
        desk.members.add(Member(sub=sub, name=sub, role=Role.ADMIN))
    one, other = (Actor(role=Role.ADMIN, subject=sub) for sub in ("a", "b"))
    members.disable(desk, one, "b", version=1)
    with pytest.raises(NotYours):
        members.disable(desk, other, "a", version=1)
    left = desk.members.get("a")
    assert (left.active, left.role, left.ended_before) == (True, Role.ADMIN, None)
    assert [what for _, what, _, _ in _journal(desk)] == ["member_disabled"]


def test_a_pool_that_is_away_holds_nothing_up(
    desk: Any, pool: str, cloud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _invite(desk)
    cloud.client("cognito-idp").admin_delete_user(UserPoolId=pool, Username=made.sub)
    assert members.disable(desk, ADMIN, made.sub, version=1).active is False
    assert desk.members.get(made.sub).active is False


def test_the_first_sign_in_makes_the_record_and_later_ones_change_no_office(desk: Any, clock: Any) -> None:
    actor = Actor(role=Role.AGENCY, agency=SUDIN, subject="u")
    first = signing_in.signed_in(desk, {"sub": "u", "email": "u@x.example"}, lambda: actor)
    assert (first.agency, first.unit, first.name, first.last_sign_in) == (
        "bina-marga",
        SUDIN,
        "u@x.example",
        clock.instant,
    )
    later = clock.pass_by(hours=1)
    admin = Actor(role=Role.ADMIN, subject="u")
    again = signing_in.signed_in(desk, {"sub": "u", "email": "new@x.example", "name": "U"}, lambda: admin)
    assert again == msgspec.structs.replace(first, last_sign_in=later)


def test_a_system_does_not_sign_in_with_a_browser(desk: Any) -> None:
    made = members.add_system(desk, ADMIN, client_id="client-1", name="Sistem", agency="bina-marga")
    assert (made.system, made.role, made.office) == (True, Role.AGENCY, "bina-marga")
    with pytest.raises(Unauthenticated):
        signing_in.signed_in(desk, {"sub": "client-1"}, lambda: ADMIN)
    with pytest.raises(Invalid):
        members.add_system(desk, ADMIN, client_id="client-1", name="Sistem", agency="bina-marga")
    with pytest.raises(Invalid) as error:
        members.add_system(desk, ADMIN, client_id="a b", name="", agency="x")
    assert set(error.value.details) == {"client_id", "name", "agency"}


def test_lists(desk: Any) -> None:
    for number in range(7):
        desk.members.add(Member(sub=f"m{number}", name=f"Nama {number}", role=Role.AGENCY, agency="bina-marga"))
    desk.members.add(
        Member(sub="n", name="Laksmi", email="l@x.example", role=Role.AGENCY, agency="bina-marga", unit=SUDIN)
    )
    desk.members.add(Member(sub="o", name="Citra", role=Role.ANALYST))

    def subs(**asked: Any) -> tuple[list[str], str]:
        found = members.listed(desk, ADMIN, **asked)
        assert not found.cut
        return [member.sub for member in found.members], found.next

    assert subs(limit=4) == (["m0", "m1", "m2", "m3"], "m3")
    assert subs(limit=4, after="m3") == (["m4", "m5", "m6", "n"], "n")
    assert subs(limit=4, after="n") == (["o"], "")
    assert subs(search="LAKS") == (["n"], "")
    assert subs(search="l@x") == (["n"], "")
    assert subs(role="analyst") == (["o"], "")
    assert subs(office=SUDIN) == (["n"], "")
    assert subs(office="bina-marga", limit=3) == (["m0", "m1", "m2"], "m2")
    assert subs(office="bina-marga", limit=30)[0][-1] == "n"
    assert subs(search="nobody") == ([], "")


@pytest.mark.parametrize(
    ("role", "agency", "unit", "post"),
    [
        ("admin", "", "", Post(Role.ADMIN, None, None)),
        ("admin", "biro-pemerintahan", "", Post(Role.ADMIN, "biro-pemerintahan", None)),
        ("agency", "bina-marga", "", Post(Role.AGENCY, "bina-marga", None)),
        ("agency", "bina-marga", "bina-marga", Post(Role.AGENCY, "bina-marga", None)),
        ("agency", SUDIN, "", Post(Role.AGENCY, "bina-marga", SUDIN)),
        ("agency", "", SUDIN, Post(Role.AGENCY, "bina-marga", SUDIN)),
        (
            "agency",
            "kecamatan-tebet",
            "kelurahan-tebet-timur",
            Post(Role.AGENCY, "kecamatan-tebet", "kelurahan-tebet-timur"),
        ),
        (
            "counter",
            "",
            "kelurahan-tebet-timur",
            Post(Role.COUNTER, "kota-administrasi-jakarta-selatan", "kelurahan-tebet-timur"),
        ),
        ("analyst", "", "", Post(Role.ANALYST, None, None)),
    ],
)
def test_posts(desk: Any, role: str, agency: str, unit: str, post: Post) -> None:
    assert post_of(desk.city, role, agency, unit) == post

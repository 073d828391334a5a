"""The accounts of the staff, for admins: a list, an invitation, another role or office, off and on."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from chalice.app import Blueprint, Response

from chalicelib.city.model import City
from chalicelib.domain.errors import Conflict, Invalid, NotAllowedNow, NotYours, ReportError, Unknown
from chalicelib.domain.lifecycle import Role
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.http.desk.framed import ALL, Asked, desk_page, done
from chalicelib.http.desk.settings import PATH, formed, listed, page_and_form, version_of
from chalicelib.pages.desk import word_of
from chalicelib.pages.desk.settings import Cell, Field, offices
from chalicelib.pages.names import agency_name
from chalicelib.store.members import Member
from chalicelib.usecases import members as usecase
from chalicelib.usecases.overrides import Present

routes = Blueprint(__name__)
_REFUSED = (Invalid, Conflict, NotAllowedNow, NotYours)
_NOTHING = Present(0, None, {})  # type: ignore[arg-type]  # a member's form is made on the member's own version


@routes.route(f"{PATH}/members", methods=["GET"])
@desk_page(Role.ADMIN)
def members(asked: Asked, form: Form) -> Response:
    """Fifty members, perhaps only those of a name, role or office."""
    w, query = word_of(asked.lang), {name: form.get(name) for name in ("q", "role")}
    found = usecase.listed(desk(), asked.actor, search=query["q"], role=query["role"], after=form.get("after"))
    rows = [
        [
            Cell(each.name or each.email or each.sub, f"{PATH}/member?sub={quote(each.sub)}"),
            Cell(w(f"desk.role.{each.role}")),
            Cell(agency_name(asked.city, asked.lang, each.office)),
            Cell(w("settings.member_on"), tone="green") if each.active else Cell(w("settings.member_off"), tone="red"),
            Cell(asked.city.when(each.last_sign_in, asked.lang) if each.last_sign_in else "–"),
        ]
        for each in found.members
    ]
    if not rows and usecase.may_be_unseen(desk(), asked.actor, query["q"]):
        link = f"{PATH}/member?sub={quote(query['q'])}"
        rows = [
            [Cell(query["q"], link), Cell("–"), Cell("–"), Cell(w("settings.unseen_short"), tone="grey"), Cell("–")]
        ]
    columns = [w(f"settings.column.{name}") for name in ("member", "role", "office", "state", "signed_in")]
    after = f"{PATH}/members?{urlencode(query | {'after': found.next})}" if found.next else ""
    return listed(
        asked,
        "members",
        columns,
        rows,
        next=after,
        add=f"{PATH}/member?sub=new",
        filters=[
            Field("text", "q", w("settings.member_search"), query["q"]),
            Field("select", "role", w("settings.column.role"), query["role"], options=_roles(asked)),
        ],
    )


@page_and_form(routes, f"{PATH}/member")
@desk_page(Role.ADMIN)
def member(asked: Asked, form: Form) -> Response:
    """One account, or (`sub` new) an invitation, or one that is known by its tokens only. `do`: invite, move, disable,
    enable."""
    sub = form.get("sub")
    if sub not in ("", "new") and usecase.may_be_unseen(desk(), asked.actor, sub):
        return _unseen(asked, sub, form)
    known = None if sub == "new" else usecase.known(desk(), asked.actor, sub)
    if routes.current_request.method == "GET":
        return _one(asked, known, {}, None)
    try:
        after, said = _done(asked, known, form)
    except _REFUSED as error:
        known = None if known is None else usecase.known(desk(), asked.actor, sub)
        return _one(asked, known, form.typed(), error)
    return done(f"{PATH}/member?sub={quote(after.sub)}", said)


def _unseen(asked: Asked, sub: str, form: Form) -> Response:
    """An account without a record: given one that counts instead of its tokens' claims, or switched off."""
    if routes.current_request.method == "GET":
        return _one(asked, None, {}, None, sub)
    do, why = form.get("do"), form.get("why")
    if do not in ("move", "disable"):
        raise Unknown("There is no such member.", details={"member": sub})
    try:
        if not why:
            raise Invalid("Say why.", details={"why": "is required"})
        office = _office(asked.city, asked.lang, form.get("office"))
        made = usecase.take_up(
            desk(), asked.actor, sub, active=do == "move", role=form.get("role"), agency=office, why=why
        )
    except _REFUSED as error:
        return _one(asked, desk().members.get(sub), form.typed(), error, sub)
    return done(f"{PATH}/member?sub={quote(made.sub)}", "member_moved" if made.active else "member_disabled")


def _done(asked: Asked, known: Member | None, form: Form) -> tuple[Member, str]:
    do, why = form.get("do"), form.get("why")
    if known is None:
        office = _office(asked.city, asked.lang, form.get("office"))
        made = usecase.invite(
            desk(), asked.actor, email=form.get("email"), name=form.get("name"), role=form.get("role"), agency=office
        )
        return made, "member_invited"
    if not why:
        raise Invalid("Say why.", details={"why": "is required"})
    version = version_of(form)
    if do == "move":
        office = _office(asked.city, asked.lang, form.get("office"))
        moved = usecase.move(
            desk(), asked.actor, known.sub, version=version, role=form.get("role"), agency=office, why=why
        )
        return moved, "member_moved"
    if do == "disable":
        return usecase.disable(desk(), asked.actor, known.sub, version=version, why=why), "member_disabled"
    if do == "enable":
        return usecase.enable(desk(), asked.actor, known.sub, version=version, why=why), "member_enabled"
    raise Invalid("This form is not one of ours.", details={"do": "move, disable or enable"})


def _one(
    asked: Asked, known: Member | None, typed: Mapping[str, str], error: ReportError | None, unseen: str = ""
) -> Response:
    """The form: of a member, of an account without a record (`unseen`, its sub), or of an invitation."""
    w = word_of(asked.lang)
    role, office = (str(known.role), known.office or "") if known else ("", "")
    told = typed.get("office", agency_name(asked.city, asked.lang, office))
    fields = [
        Field(
            "select", "role", w("settings.column.role"), typed.get("role", role), options=_roles(asked), required=True
        ),
        Field(
            "text",
            "office",
            w("settings.column.office"),
            told,
            at="agency",
            hint=w("settings.office_hint"),
            listed="offices",
        ),
    ]
    if known is None and not unseen:
        fields = [
            Field("text", "name", w("settings.member_name"), typed.get("name", ""), required=True),
            Field("text", "email", w("settings.member_email"), typed.get("email", ""), required=True),
            *fields,
        ]
    return formed(
        asked,
        "members",
        (known.name or known.email or known.sub) if known else unseen or w("settings.member_new"),
        fields,
        path=f"{PATH}/member",
        error=error,
        why=typed.get("why", ""),
        now=_NOTHING._replace(version=known.version if known else 0),
        template="settings_member.html",
        member=known,
        unseen=unseen if known is None else "",
        hidden={"sub": known.sub if known else unseen or "new", "do": "move" if known or unseen else "invite"},
        datalist=("offices", [(name, code) for code, name in offices(asked.city, asked.lang, oversight=True)]),
    )


def _office(city: City, lang: str, text: str) -> str:
    """The office of that code or name, "" for none; what is neither stays as it is, and is refused by name."""
    if not text or text in city.agencies:
        return text
    named = [code for code in city.agencies if agency_name(city, lang, code).casefold() == text.casefold()]
    return named[0] if named else text


def _roles(asked: Asked) -> list[tuple[str, str]]:
    w = word_of(asked.lang)
    return [("", "–"), *((str(role), w(f"desk.role.{role}")) for role in ALL)]

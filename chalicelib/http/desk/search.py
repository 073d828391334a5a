"""Search for the staff. What names a person travels in the body of a form, never in an address."""

from __future__ import annotations

from datetime import date, timedelta

from chalice.app import Blueprint, Response

from chalicelib.city.kelurahan import full_name, kelurahan_meant
from chalicelib.city.model import City
from chalicelib.domain.errors import Invalid, NotYours, ReportError
from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report
from chalicelib.http.answers import status_for
from chalicelib.http.context import desk
from chalicelib.http.desk.form import CONTENT_TYPES, Form
from chalicelib.http.desk.framed import Asked, cookies_of, desk_page, page
from chalicelib.pages.names import agency_name, area_name, category_name
from chalicelib.store.items import NO_AREA
from chalicelib.usecases.find import DAYS, MOST_FOUND, MOST_READ, Found, Wanted, find

routes = Blueprint(__name__)
PATH = "/desk/search"
COOKIE = "tanggap_area"
_YEAR = 31_536_000
_SUMMARY = 180
_MAY_NAME = (Role.ADMIN, Role.COUNTER)


@routes.route(PATH, methods=["GET"])
@desk_page()
def empty(asked: Asked, form: Form) -> Response:
    """The box; with `?q=` (a number, or words with `area`) what it finds. A person is not searched for by an address."""
    if not form.get("q"):
        return _page(asked, form)
    return _searched(asked, form, named=False, personal=False)


@routes.route(PATH, methods=["POST"], content_types=CONTENT_TYPES)
@desk_page()
def search(asked: Asked, form: Form) -> Response:
    """What the box finds, as far as this member may see it."""
    return _searched(asked, form, named=bool(form.get("named")), personal=True)


def _searched(asked: Asked, form: Form, *, named: bool, personal: bool) -> Response:
    try:
        area = _area(desk().city, form.get("area"))
        wanted = Wanted(
            text=form.get("q"), named=named, area=area, since=_day(form, "since"), until=_day(form, "until")
        )
        found = find(desk(), asked.actor, wanted, personal=personal)
    except (Invalid, NotYours) as error:
        return _page(asked, form, error=error, status=status_for(error))
    answer = _page(asked, form, found=found)
    if area:
        answer.headers["Set-Cookie"] = f"{COOKIE}={area}; Path=/; Max-Age={_YEAR}; SameSite=Lax; HttpOnly"
    return answer


def _page(
    asked: Asked, form: Form, *, found: Found | None = None, error: ReportError | None = None, status: int = 200
) -> Response:
    city, today = desk().city, desk().city.local_day(desk().now())
    return page(
        asked,
        "search.html",
        status,
        q=form.get("q")[:1000],
        named=bool(form.get("named")),
        may_name=asked.role in _MAY_NAME,
        area=form.get("area")[:200] if form.names() else _own_area(asked),
        since=form.get("since")[:10] or (today - timedelta(days=DAYS - 1)).isoformat(),
        until=form.get("until")[:10] or today.isoformat(),
        areas=_areas(city),
        no_area=NO_AREA,
        found=found,
        rows=[_row(report, asked) for report in found.hits] if found else [],
        error=error,
        wrong=dict(error.details) if isinstance(error, Invalid) else {},
        most_found=MOST_FOUND,
        most_read=MOST_READ,
    )


def _row(report: Report, asked: Asked) -> dict[str, object]:
    city, lang = desk().city, asked.lang
    return {
        "tracking": report.tracking,
        "status": str(report.status),
        "agency": agency_name(city, lang, report.agency),
        "unit": agency_name(city, lang, report.unit),
        "area": area_name(city, report.place.area),
        "category": category_name(city, lang, report.category or report.suggested),
        "received_at": report.received_at,
        "problem": report.problem[:_SUMMARY],
        "street": report.place.address,
        "confidential": report.confidential,
    }


def _area(city: City, typed: str) -> str:
    """The area's code: a code, or a name as the list has it. Raises Invalid."""
    text = " ".join(typed.split())
    if not text or text == NO_AREA or text in city.areas:
        return text
    code = text.rpartition("(")[2].rstrip(")")
    if code in city.areas:
        return code
    wanted = text.casefold()
    above = [
        a.code for a in city.areas.values() if a.level != "kelurahan" and wanted == f"{a.level} {a.name}".casefold()
    ]
    meant = above or [area.code for area in kelurahan_meant(city, text)]
    meant = meant or [area.code for area in city.areas.values() if area.name.casefold() == wanted]
    if len(meant) != 1:
        raise Invalid("There is no such area, or more than one.", details={"area": "choose one from the list"})
    return meant[0]


def _own_area(asked: Asked) -> str:
    """The area searched in last, else that of the member's own office."""
    city = desk().city
    office = city.agencies.get(asked.office)
    code = cookies_of_request() or (office.area if office and office.area else "")
    return _listed(city, code) if code in city.areas else code if code == NO_AREA else ""


def cookies_of_request() -> str:
    """The area this browser searched in last."""
    return cookies_of(routes.current_request).get(COOKIE, "")


def _areas(city: City) -> list[str]:
    order = {"kota": 0, "kecamatan": 1, "kelurahan": 2}
    listed = sorted(city.areas.values(), key=lambda area: (order[area.level], area.name))
    return [_listed(city, area.code) for area in listed]


def _listed(city: City, code: str) -> str:
    """An area as the list has it: "kecamatan Tebet", "Tebet Timur, Tebet, …"."""
    area = city.areas[code]
    return full_name(city, area) if area.level == "kelurahan" else f"{area.level} {area.name}"


def _day(form: Form, name: str) -> date | None:
    typed = form.get(name)
    try:
        return date.fromisoformat(typed) if typed else None
    except ValueError as error:
        raise Invalid("That is no day.", details={name: "a day such as 2026-11-21"}) from error

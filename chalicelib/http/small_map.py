"""Small maps to pick a place from: of a kelurahan as it is typed, or around a point. For the desk's pages and the citizens'."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Response

from chalicelib.city.kelurahan import kelurahan_meant
from chalicelib.domain.errors import Invalid, Unknown
from chalicelib.http.context import desk
from chalicelib.http.desk.form import Form
from chalicelib.pages.map_spot import Mark, spot
from chalicelib.pages.names import area_name

_LEAST_KM, _MOST_KM = 0.2, 40.0


def small_map(form: Form, word: Callable[..., str], *, cache: str) -> Response:
    """An SVG: `?lat=&lng=[&span=km]` around a point (with `view=1` unmarked), or `?kelurahan=` as somebody types it. `word`
    says "at" and "of" (an `area`) and "outside". Raises Invalid, Unknown."""
    city = desk().city
    if form.get("lat") or form.get("lng"):
        lat, lng, span = (_number(form, name) for name in ("lat", "lng", "span"))
        if lat is None or lng is None or not (-90 <= lat <= 90 and -180 <= lng <= 180):
            raise Invalid("That is no point.", details={"lat": "-90 to 90", "lng": "-180 to 180"})
        area = city.area_at(lat, lng)
        label = word("at", area=area_name(city, area)) if area else word("outside")
        width = None if span is None else min(max(span, _LEAST_KM), _MOST_KM)
        drawn = spot(
            city, label=label, marks=[Mark(lat, lng, "view" if form.get("view") else "here")], area=area, span_km=width
        )
    else:
        meant = kelurahan_meant(city, form.get("kelurahan"))
        if len(meant) != 1:
            raise Unknown(
                "There is no such kelurahan, or more than one.", details={"kelurahan": form.get("kelurahan")[:80]}
            )
        drawn = spot(city, label=word("of", area=area_name(city, meant[0].code)), area=meant[0].code)
    if not drawn:
        raise Unknown("There is no map of that place.")
    headers: dict[str, Any] = {
        "Content-Type": "image/svg+xml",
        "Cache-Control": cache,
        "X-Content-Type-Options": "nosniff",
    }
    svg = drawn.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    return Response(body=svg, status_code=200, headers=headers)


def _number(form: Form, name: str) -> float | None:
    try:
        number = float(form.get(name))
    except ValueError:
        return None
    return number if abs(number) < 1e9 else None  # also not a number

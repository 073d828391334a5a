"""Points in a text (map links, plain coordinates), and links that are no map's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.domain.place import Place

from .clean import fold
from .lazy import Lazy

if TYPE_CHECKING:
    from chalicelib.city.model import City

_URL = Lazy(
    r"(?:https?://|www\.)[^\s<>\"]{1,2000}|(?<![\w@.\-])(?:[a-z0-9\-]{1,63}\.){1,4}(?:com|net|org|id|me|ly|gl|co|io|xyz|info|site|online|shop|link|click|top)/[^\s<>\"]{1,2000}"
    r"|(?<![\w@.\-])(?:[a-z0-9\-]{2,63}\.){1,3}(?:com|net|org|xyz|shop|click|(?:co|go|or|ac|web|my|sch)\.id)\b(?![@\w])"
)
_MAP = Lazy(
    r"(?:https?://)?(?:www\.)?(?:maps\.app\.goo\.gl|goo\.gl/maps|g\.co/maps|(?:www\.)?google\.[a-z.]{2,6}/maps|maps\.google\.|maps\.apple\.com|(?:www\.|ul\.)?waze\.com"
    r"|(?:www\.)?openstreetmap\.org|osm\.org|wego\.here\.com|share\.here\.com|what3words\.com|w3w\.co)"
)
_NUMBER = r"[-−–]?\d{1,3}\.\d{2,}"
_BETWEEN = r"(?:,|%2C)(?:\+|%20)?"
# The pin itself before the middle of the map that happens to be shown.
_IN_LINK = (
    Lazy(rf"!3d({_NUMBER})!4d({_NUMBER})"),
    Lazy(rf"[?&](?:q|ll|query|daddr|destination|center|sll|to)=(?:loc:|ll\.)?({_NUMBER}){_BETWEEN}({_NUMBER})"),
    Lazy(rf"[?&]mlat=({_NUMBER})&mlon=({_NUMBER})"),
    Lazy(rf"@({_NUMBER}),({_NUMBER})"),
    Lazy(rf"#map=\d{{1,2}}/({_NUMBER})/({_NUMBER})"),
    Lazy(rf"/(?:search|place|dir)/({_NUMBER}){_BETWEEN}({_NUMBER})"),
)
_LABEL = r"(?:(?:titik )?(?:koordinat|kordinat|coordinates?|koord|gps|latlong|lat(?:itude)?)(?:nya)? ?[:=]? ?)?"
_PLAIN = Lazy(
    rf"{_LABEL}(?<![\w.,/])\(?(?:geo:)?([-−–]? ?\d{{1,3}}\.\d{{4,}}) ?°? ?(ls|lu|s|n)?(?: ?[,;/] ?| )(?:lo?ng?(?:itude)?|lon)? ?[:=]? ?([-−–]? ?\d{{1,3}}\.\d{{4,}}) ?°? ?(?:bt|e)?\)?(?![\w]|\.\d)"
)
_DECIMALS = Lazy(r"\d\.\d{4}", 0)
_HINTS = (
    "://",
    "www.",
    ".com",
    ".net",
    ".org",
    ".id",
    ".me/",
    ".ly/",
    ".gl/",
    ".co/",
    ".io/",
    ".info/",
    ".site/",
    ".online/",
    ".top/",
    ".link/",
    ".xyz",
    ".shop",
    ".click",
)
_SOUTH = ("s", "ls")
_MOST_LINKS = 20


def _may_link(text: str) -> bool:
    """Whether it is worth looking for links."""
    if "." not in text:
        return False
    folded = fold(text)
    return any(hint in folded for hint in _HINTS)


def has_foreign_link(text: str) -> bool:
    """Whether the text holds a link that is no map's."""
    if not _may_link(text):
        return False
    return any(_MAP.match(url[0]) is None or count > _MOST_LINKS for count, url in enumerate(_URL.finditer(text)))


def point_in(text: str, city: City) -> tuple[Place, tuple[int, int]] | None:
    """The first point that a map link or coordinates in the text tell, and where they stand; None if there is none on
    earth. Without a sign the half of the earth is meant in which the city lies."""
    for count, url in enumerate(_URL.finditer(text) if _may_link(text) else ()):
        if count > _MOST_LINKS:
            break
        if _MAP.match(url[0]) is None:
            continue
        for pattern in _IN_LINK:
            found = pattern.search(url[0])
            if found is not None and (place := _place(found[1], found[2], "", city)) is not None:
                return place, url.span()
    for found in _PLAIN.finditer(text) if _DECIMALS.search(text) is not None else ():
        place = _place(found[1], found[3], (found[2] or "").lower(), city)
        if place is not None:
            return place, found.span()
    return None


def _place(first: str, second: str, half: str, city: City) -> Place | None:
    lat, lng = _degrees(first), _degrees(second)
    if abs(lat) > 90:
        lat, lng = lng, lat
    if half in _SOUTH:
        lat = -abs(lat)
    if abs(lat) > 90 or abs(lng) > 180 or (lat == 0 and lng == 0):
        return None
    area = city.area_at(lat, lng)
    if area is None and half == "" and (area := city.area_at(-lat, lng)) is not None:
        lat = -lat
    return Place(lat=lat, lng=lng, area=area, in_city=area is not None)


def _degrees(text: str) -> float:
    return float(text.replace("−", "-").replace("–", "-").replace(" ", ""))

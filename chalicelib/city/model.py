"""The city as values: what a pack says, once it has been read and checked. Nothing here reads files, but for `area_at`'s table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from . import cells
from .rows import (
    ADAPTERS,
    AREA_KINDS,
    FIRST_STOPS,
    KINDS,
    PILLARS,
    PLACES,
    REQUIRABLE,
    Agency,
    Area,
    Attribute,
    Category,
    Channel,
    Choice,
    Label,
    Policy,
    Reason,
    Rung,
)

__all__ = [
    "ADAPTERS",
    "AREA_KINDS",
    "FIRST_STOPS",
    "KINDS",
    "PILLARS",
    "PLACES",
    "REQUIRABLE",
    "Agency",
    "Area",
    "Attribute",
    "Category",
    "Channel",
    "Choice",
    "City",
    "Label",
    "Policy",
    "Reason",
    "Rung",
]


class City(msgspec.Struct, frozen=True, kw_only=True):
    """A whole pack, checked. `cells_path` is the point → kelurahan table, decoded on the first `area_at`;
    `suggestion_path` what has been learnt about who handles what ("": nothing). `routes` are categories that another agency
    handles in some area, `rerouted` those that an admin gave to another one altogether, with the pack's own; `version` is
    that of the admins' overrides in it (0: the pack alone)."""

    code: str
    name: str
    name_formal: str
    province: str
    prefix: str
    timezone: str
    tz_label: str
    labels: dict[str, Label]
    channels: dict[str, Channel]
    categories: dict[str, Category]
    agencies: dict[str, Agency]
    areas: dict[str, Area]
    policy: Policy
    texts: dict[str, dict[str, str]]
    landmarks: dict[str, str] = {}
    area_agencies: dict[str, str] = {}
    routes: dict[str, dict[str, str]] = {}
    rerouted: dict[str, str] = {}
    attributes: dict[str, tuple[Attribute, ...]] = {}
    reasons: dict[str, dict[str, Reason]] = {}
    cells_path: str = ""
    outlines_path: str = ""
    suggestion_path: str = ""
    version: int = 0

    def area_at(self, lat: float, lng: float) -> str | None:
        """The kelurahan's code at a WGS 84 point; None outside the city and for what is no point at all. Never raises."""
        return cells.area_at(self.cells_path, lat, lng) if self.cells_path else None

    def agency_of(self, area: str) -> str | None:
        """The code of an area's own office: a kelurahan's or kecamatan's (both are agencies too); None if it has none."""
        return self.area_agencies.get(area)

    def required_of(self, channel: str) -> tuple[str, ...]:
        """The fields without which a report that came by that channel is incomplete."""
        known = self.channels.get(channel)
        return self.policy.required if known is None or known.required is None else known.required

    def agency_for(self, category: str, area: str | None = None) -> str | None:
        """The code of the agency that handles a category there. Where that is "the kelurahan of the place", it is the
        office of `area`; None while the category or that area is not known. A route for the area, or for what it lies in,
        comes before the category's own agency."""
        known = self.categories.get(category)
        if known is None:
            return None
        agency = self.agencies[self._routed(category, area) or known.agency]
        if agency.kind in AREA_KINDS and agency.area is None:
            return self.agency_of(area) if area else None
        return agency.code

    def learnt_agency(self, category: str) -> str:
        """The agency that the pack itself gives a category, from which suggestions were learnt."""
        return self.rerouted.get(category) or self.categories[category].agency

    def _routed(self, category: str, area: str | None) -> str | None:
        routes = self.routes.get(category, {})
        while routes and area:
            if area in routes:
                return routes[area]
            area = self.areas[area].parent if area in self.areas else None
        return None

    def open_categories(self) -> dict[str, Category]:
        """The categories that a report can be given: all that are not retired."""
        return {code: category for code, category in self.categories.items() if not category.retired}

    def text(self, key: str, lang: str = "id", **values: object) -> str:
        """A wording filled with `values`; what is not given stays empty, but for what the city itself knows (`emergency`,
        `city`, `desk`, …). An unknown language or key falls back to the pack's first language, at last to the key itself."""
        first = self.texts[self.policy.languages[0]]
        template = self.texts.get(lang, first).get(key) or first.get(key) or key
        return template.format_map(_Values(self, lang, values)) if "{" in template else template

    def special(self, key: str, lang: str, names: Collection[str]) -> str:
        """The key of the most particular wording there is for `key` ("rejected" in "sms.rejected" or "email.rejected.body"):
        the first of `key@<name>`, in that language; else the key itself. Names are reasons' and categories' codes."""
        section, event, *part = key.split(".")
        own = self.texts.get(lang, {})
        found = (".".join((section, f"{event}@{name}", *part)) for name in names if name)
        return next((each for each in found if own.get(each)), key)

    def always(self, name: str, lang: str) -> str:
        """What every wording may use without being given it (`wordings.ALWAYS`); empty for any other name."""
        match name:
            case "emergency":
                return self.policy.emergency_number
            case "city":
                return self.name
            case "city_formal":
                return self.name_formal
            case "desk":
                desk = self.labels.get("desk", {})
                return desk.get(lang) or desk.get(self.policy.languages[0], "")
            case "province":
                return self.province
            case "prefix":
                return self.prefix
            case "tz":
                return self.tz_label
            case "reopen_days":
                return str(self.policy.reopen_days)
        return ""

    def when(self, instant: datetime, lang: str = "id") -> str:
        """An aware instant in the city's own time: "21 November 2026 pukul 14.30 WIB"."""
        local = instant.astimezone(_zone(self.timezone))
        month = self.text("date.months", lang).split()[local.month - 1]
        hour, minute = f"{local.hour:02d}", f"{local.minute:02d}"
        return self.text("date.format", lang, day=local.day, month=month, year=local.year, hour=hour, minute=minute)

    def local_day(self, instant: datetime) -> date:
        """The calendar day of an aware instant in the city."""
        return instant.astimezone(_zone(self.timezone)).date()

    def switched(self, on: Collection[str], off: Collection[str]) -> City:
        """The same city with other channels in use, by id. One that goes off says where to go `instead`, even where the
        pack does not. Raises KeyError for one it does not have."""
        if unknown := [name for name in (*on, *off) if name not in self.channels]:
            raise KeyError(f"there is no channel {', '.join(sorted(unknown))}")
        changed = {
            name: msgspec.structs.replace(self.channels[name], active=name in on, active_from=None, active_to=None)
            for name in (*on, *off)
        }
        city = msgspec.structs.replace(self, channels=self.channels | changed)
        silent = [channel for channel in changed.values() if not (channel.active or channel.instead)]
        told = {each.id: msgspec.structs.replace(each, instead=city._elsewhere(each)) for each in silent}
        return msgspec.structs.replace(city, channels=city.channels | told)

    def _elsewhere(self, off: Channel) -> str:
        """Where to go instead of a channel: up to three of its group, else the web form and SMS."""
        lasting = [each for each in self.channels.values() if each.active and not (each.active_from or each.active_to)]
        near = [each for each in lasting if each.group == off.group]
        if not near:
            first = {each.adapter: each for each in reversed(lasting)}
            near = [first[adapter] for adapter in ("web_form", "sms_http") if adapter in first]
        return ", ".join(each.label[self.policy.languages[0]] for each in near[:3])

    def scaled(self, factor: float) -> City:
        """The same city with every clock faster: the policy's, and every category's hours."""
        categories = {
            code: msgspec.structs.replace(category, hours=category.hours * factor)
            for code, category in self.categories.items()
        }
        return msgspec.structs.replace(self, policy=self.policy.scaled(factor), categories=categories)


class _Values(dict[str, object]):
    """Values for `format_map`: what nobody gave is what the city knows, or empty."""

    def __init__(self, city: City, lang: str, values: Mapping[str, object]) -> None:
        super().__init__(values)
        self._city, self._lang = city, lang

    def __missing__(self, key: str) -> str:
        return self._city.always(key, self._lang)


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)

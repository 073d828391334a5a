"""The city as values: what a pack says, once it has been read and checked. Nothing here reads files, but for `area_at`'s table."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import msgspec

from . import cells

Label = dict[str, str]
"""A name in the pack's languages: `{"id": "Jalan", "en": "Roads"}`."""


KINDS = (
    "dinas", "badan", "biro", "satpol", "inspektorat", "bumd", "suku-dinas", "kota", "kecamatan", "kelurahan", "oversight",
)  # fmt: skip
AREA_KINDS = ("kota", "kecamatan", "kelurahan")
PILLARS = ("governance", "people", "living", "mobility", "economy", "environment")
ADAPTERS = (
    "sms_http", "vonage", "aws_sms", "email", "meta", "x", "telegram", "city_app", "qlue", "open311", "web_form", "staff",
)  # fmt: skip
REQUIRABLE = ("problem", "place", "name", "address")
FIRST_STOPS = ("admin", "kelurahan", "agency")


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """What a report can be about. `hours` is the resolve clock's span, `agency` the code of the agency that handles it."""

    code: str
    label: Label
    agency: str
    hours: float
    pillar: str
    sensitive: bool
    keywords: tuple[str, ...]


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """An office that reports can be given to, or (kind `oversight`) that late ones escalate to. `short` fits an SMS."""

    code: str
    name: str
    short: str
    kind: str
    parent: str | None
    area: str | None
    name_en: str


class Area(msgspec.Struct, frozen=True, kw_only=True):
    """A kota, kecamatan or kelurahan with its official code; `parent` is the code of the level above."""

    code: str
    name: str
    level: str
    parent: str | None
    postal_code: str


class Channel(msgspec.Struct, frozen=True, kw_only=True):
    """A way in (and out). `inbound` and `outbound` are the adapter's own settings; `instead` says where to go once it is
    off. In use from `active_from` to `active_to` (days in the city, both included). `per_minute` bounds what one process
    takes of it (0: no bound), `usual_gap_hours` is the longest silence that is no alarm (0: none is). `required` stands in
    the policy's place where a channel has no field for something (Open311: the reporter's address)."""

    id: str
    label: Label
    group: str
    adapter: str
    geo_tagged: bool
    active: bool = True
    active_from: date | None = None
    active_to: date | None = None
    instead: str = ""
    per_minute: int = 0
    usual_gap_hours: float = 0
    required: tuple[str, ...] | None = None
    inbound: dict[str, str] = {}
    outbound: dict[str, str] = {}

    def in_use(self, day: date) -> bool:
        """Whether the channel takes anything on that day."""
        return (
            self.active
            and (self.active_from is None or day >= self.active_from)
            and (self.active_to is None or day <= self.active_to)
        )


class Choice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One value of a list attribute."""

    key: str
    name: Label


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """What else is asked about a report of some category. `variable` is false for what is only shown; `hint` says how to
    write the value."""

    code: str
    datatype: str
    description: Label
    required: bool = False
    variable: bool = True
    hint: Label = {}
    values: tuple[Choice, ...] = ()


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the ladder: `at` a share of a clock's span (before the breach) or `after_hours` beyond it. `to` holds
    "agency" or oversight codes; `to_unassigned` the same for a report that nobody has. Level 0 is the reminder."""

    level: int
    at: float | None = None
    after_hours: float | None = None
    to: tuple[str, ...]
    to_unassigned: tuple[str, ...]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The city's rules that are figures. Names end in their unit."""

    required: tuple[str, ...]
    respond_hours: float
    default_resolve_hours: float
    ladder: tuple[Rung, ...]
    extension_max_days: int = 30
    pause_max_hours: float = 120
    conversation_minutes: float = 30
    incomplete_reminder_hours: float
    abandon_hours: float
    reopen_days: int = 14
    first_stop: dict[str, str]
    auto_dispatch: bool
    photos_required: bool
    holidays: tuple[date, ...]
    office_hours: dict[str, tuple[str, str]]
    emergency_number: str
    identity_retention_days: int
    messages_per_hour: int
    answers_per_hour: int = 10
    sms_blocked_words: tuple[str, ...]
    languages: tuple[str, ...]

    def scaled(self, factor: float) -> Policy:
        """The same policy with every clock faster (`factor` < 1). Limits counted in days and retention stay."""
        rungs = tuple(
            msgspec.structs.replace(rung, after_hours=None if rung.after_hours is None else rung.after_hours * factor)
            for rung in self.ladder
        )
        return msgspec.structs.replace(
            self,
            respond_hours=self.respond_hours * factor,
            default_resolve_hours=self.default_resolve_hours * factor,
            ladder=rungs,
            pause_max_hours=self.pause_max_hours * factor,
            incomplete_reminder_hours=self.incomplete_reminder_hours * factor,
            abandon_hours=self.abandon_hours * factor,
        )


class City(msgspec.Struct, frozen=True, kw_only=True):
    """A whole pack, checked. `cells_path` is the point → kelurahan table, decoded on the first `area_at`."""

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
    attributes: dict[str, tuple[Attribute, ...]] = {}
    cells_path: str = ""

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
        office of `area`; None while the category or that area is not known."""
        known = self.categories.get(category)
        if known is None:
            return None
        agency = self.agencies[known.agency]
        if agency.kind in AREA_KINDS and agency.area is None:
            return self.agency_of(area) if area else None
        return agency.code

    def text(self, key: str, lang: str = "id", **values: object) -> str:
        """A wording filled with `values`; what is not given stays empty, but for what the city itself knows (`emergency`,
        `city`, `desk`, …). An unknown language or key falls back to the pack's first language, at last to the key itself."""
        first = self.texts[self.policy.languages[0]]
        template = self.texts.get(lang, first).get(key) or first.get(key) or key
        return template.format_map(_Values(self, lang, values)) if "{" in template else template

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

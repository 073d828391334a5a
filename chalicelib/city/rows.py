"""What the files of a pack say, row by row: categories, agencies, areas, channels, reasons, and the policy's figures."""

from __future__ import annotations

from datetime import date

import msgspec

Label = dict[str, str]
"""A name in the pack's languages: `{"id": "Jalan", "en": "Roads"}`."""


KINDS = (
    "dinas", "badan", "biro", "satpol", "inspektorat", "bumd", "suku-dinas", "kota", "kecamatan", "kelurahan", "oversight",
)  # fmt: skip
AREA_KINDS = ("kota", "kecamatan", "kelurahan")
PILLARS = ("governance", "people", "living", "mobility", "economy", "environment")
PLACES = ("exact", "cell")
ADAPTERS = (
    "sms_http", "vonage", "aws_sms", "email", "meta", "x", "telegram", "city_app", "qlue", "open311", "web_form", "staff",
)  # fmt: skip
REQUIRABLE = ("problem", "place", "name", "address")
FIRST_STOPS = ("admin", "kelurahan", "agency")


class Category(msgspec.Struct, frozen=True, kw_only=True):
    """What a report can be about. `hours` is the resolve clock's span, `agency` the code of the agency that handles it. A
    `retired` one is only a name on the reports that have it. `place` says how exactly everybody is shown where it is: "exact",
    or the middle of its cell (`cell`), as for what is about persons or homes."""

    code: str
    label: Label
    agency: str
    hours: float
    pillar: str
    sensitive: bool
    keywords: tuple[str, ...]
    place: str = PLACES[0]
    retired: bool = False

    @property
    def place_is_open(self) -> bool:
        """Whether everybody may know exactly where a report of it is; never of a sensitive one."""
        return self.place == PLACES[0] and not self.sensitive


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


class Reason(msgspec.Struct, frozen=True, kw_only=True):
    """Why something is rejected, returned or refused: `label` for the staff, `told` the sentence for the reporter."""

    label: Label
    told: Label


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """One step of the ladder: `at` a share of a clock's span (before the breach) or `after_hours` beyond it. `to` holds
    "agency" or oversight codes; `to_unassigned` the same for a report that nobody has. Level 0 is the reminder."""

    level: int
    at: float | None = None
    after_hours: float | None = None
    to: tuple[str, ...]
    to_unassigned: tuple[str, ...]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The city's rules that are figures. Names end in their unit. `auto_dispatch_confidence` is a probability: from there on a
    suggested agency gets a report without a category at once (1: never). `mobile_prefixes` are how the phones begin that text
    messages may go to, where somebody types one in (none: any)."""

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
    auto_dispatch_confidence: float = 1
    photos_required: bool
    holidays: tuple[date, ...]
    office_hours: dict[str, tuple[str, str]]
    emergency_number: str
    identity_retention_days: int
    messages_per_hour: int
    answers_per_hour: int = 10
    sms_blocked_words: tuple[str, ...]
    mobile_prefixes: tuple[str, ...] = ()
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

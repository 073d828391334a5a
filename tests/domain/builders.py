"""A small city made by hand (independent of any pack), and the values that the tests of the rules are built from. Times are
hours after `T0`, which is 21 November 2026 08.00 WIB."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings

from chalicelib.city.model import Agency, Area, Category, Channel, City, Policy, Rung
from chalicelib.domain.contribution import Contribution, Identity
from chalicelib.domain.intake import begin
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.place import Place
from chalicelib.domain.report import Deed, Report, record

T0 = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
TRACKING = "JKT-7K3M-92QX-4HTC"
GAMBIR = "31.71.01.1001"
POINT = Place(lat=-6.1754, lng=106.8272, area=GAMBIR, in_city=True)
ALL = ("problem", "place", "name", "address")
SEED = "5e" * 16


def quick(examples: int = 60) -> settings:
    """Settings of a property test: always the same examples, on a busy machine too."""
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.differing_executors],
    )


def h(hours: float) -> datetime:
    """The instant so many hours after T0."""
    return T0 + timedelta(hours=hours)


def hours(instant: datetime) -> float:
    """The other way round, to the microsecond."""
    return round((instant - T0).total_seconds() / 3600, 9)


def _category(code: str, agency: str, span: float, *, sensitive: bool = False) -> Category:
    return Category(
        code=code,
        label={"id": code.title(), "en": code.title()},
        agency=agency,
        hours=span,
        pillar="living",
        sensitive=sensitive,
        keywords=(code,),
    )


def _agency(code: str, kind: str, parent: str | None = None, area: str | None = None) -> Agency:
    return Agency(code=code, name=code, short=code[:22], kind=kind, parent=parent, area=area, name_en=code)


def _channel(code: str, group: str, adapter: str) -> Channel:
    return Channel(
        id=code, label={"id": code, "en": code}, group=group, adapter=adapter, geo_tagged=adapter == "city_app"
    )


POLICY = Policy(
    required=ALL,
    respond_hours=6,
    default_resolve_hours=168,
    ladder=(
        Rung(level=0, at=0.8, to=("agency",), to_unassigned=("biro-pemerintahan",)),
        Rung(level=1, after_hours=0, to=("agency",), to_unassigned=("biro-pemerintahan",)),
        Rung(level=2, after_hours=6, to=("biro-pemerintahan",), to_unassigned=("biro-pemerintahan",)),
        Rung(level=3, after_hours=24, to=("gubernur",), to_unassigned=("gubernur",)),
    ),
    incomplete_reminder_hours=24,
    abandon_hours=72,
    first_stop={"aplikasi": "admin", "surat-elektronik": "admin", "tatap-muka": "admin"},
    auto_dispatch=True,
    photos_required=False,
    holidays=(),
    office_hours={},
    emergency_number="112",
    identity_retention_days=730,
    messages_per_hour=60,
    sms_blocked_words=(),
    languages=("id", "en"),
)
CITY = City(
    code="kota-kecil",
    name="Kota Kecil",
    name_formal="Pemerintah Kota Kecil",
    province="Provinsi",
    prefix="JKT",
    timezone="Asia/Jakarta",
    tz_label="WIB",
    labels={},
    channels={
        channel.id: channel
        for channel in (
            _channel("jaki", "aplikasi", "city_app"),
            _channel("sms", "surat-elektronik", "sms_http"),
            _channel("loket", "tatap-muka", "city_app"),
        )
    },
    categories={
        category.code: category
        for category in (
            _category("jalan", "bina-marga", 168),
            _category("sampah", "lingkungan-hidup", 6),
            _category("pungli", "inspektorat", 72, sensitive=True),
            _category("ppsu", "kelurahan", 24),
        )
    },
    agencies={
        agency.code: agency
        for agency in (
            _agency("gubernur", "oversight"),
            _agency("biro-pemerintahan", "oversight", "gubernur"),
            _agency("bina-marga", "dinas"),
            _agency("sudin-bina-marga", "suku-dinas", "bina-marga"),
            _agency("lingkungan-hidup", "dinas"),
            _agency("inspektorat", "inspektorat"),
            _agency("kelurahan", "kelurahan"),  # stands for "the kelurahan of the place", as in a pack's categories
            _agency("kelurahan-gambir", "kelurahan", "kecamatan-gambir", GAMBIR),
            _agency("kecamatan-gambir", "kecamatan", None, "31.71.01"),
        )
    },
    areas={
        GAMBIR: Area(code=GAMBIR, name="Gambir", level="kelurahan", parent="31.71.01", postal_code="10110"),
        "31.71.01": Area(code="31.71.01", name="Gambir", level="kecamatan", parent="31.71", postal_code=""),
        "31.71": Area(code="31.71", name="Jakarta Pusat", level="kota", parent=None, postal_code=""),
    },
    policy=POLICY,
    texts={"id": {}, "en": {}},
    area_agencies={GAMBIR: "kelurahan-gambir", "31.71.01": "kecamatan-gambir"},
)
IDENTITY = Identity(tracking=TRACKING, origin="o" * 32, sender="s")


def city(**changes: Any) -> City:
    """The small city with another policy."""
    return msgspec.structs.replace(CITY, policy=msgspec.structs.replace(POLICY, **changes))


def told(at: float = 0, **changes: Any) -> Contribution:
    """What one message says: by default everything, about a road, with a point in the city, through a city app."""
    complete: dict[str, Any] = {
        "message_id": f"m{at}",
        "channel": "jaki",
        "at": h(at),
        "seed": SEED,
        "body_hash": f"b{at}",
        "filled": ALL,
        "problem": "Jalan berlubang",
        "place": POINT,
        "category": "jalan",
    }
    return Contribution(**{**complete, **changes})


def partly(at: float = 0, *filled: str, **changes: Any) -> Contribution:
    """What one SMS says: only the named fields, the category unknown."""
    blank = {"problem": "Ada lubang" if "problem" in filled else "", "place": None, "category": None, "channel": "sms"}
    if "place" in filled:
        blank["place"] = Place(address="Jalan Mawar")
    return told(at, **{**blank, "filled": filled, **changes})


def fresh(at: float = 0, where: City = CITY, **changes: Any) -> Report:
    """A complete report, by the standing rule with Bina Marga at once."""
    return begin(IDENTITY, told(at, **changes), where)


def waiting(at: float = 0, **changes: Any) -> Report:
    """A complete report that waits for the admin: an address, no point; the category unknown unless given."""
    return begin(IDENTITY, partly(at, *ALL, **changes), CITY)


def deed(action: str, role: str, at: float = 0, by: str = "", action_id: str = "") -> Deed:
    """Who does what, when. An agency acts as Bina Marga unless told otherwise."""
    by = by or ("bina-marga" if role == "agency" else "")
    name = action_id or f"{action}:{role}:{at}"
    return Deed(action=Action(action), role=Role(role), by=by, action_id=name, at=h(at), seed=SEED)


def put(report: Report, status: Status, **fields: Any) -> Report:
    """The report set into a status without the rules, with an entry that says so."""
    return record(report, deed("note", "system", 0), "noted", status=status, **fields)

"""Overrides of a pack: every section good and bad, and whatever a document holds, a city or a refusal."""

from __future__ import annotations

import contextlib
import gc
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.city import City, load
from chalicelib.city.errors import OverrideError
from chalicelib.city.override_checks import holiday_fault
from chalicelib.city.override_texts import FIXED, text_fault
from chalicelib.city.overrides import Overrides, applied, read, usable, value_at, with_value
from chalicelib.city.wordings import PLACEHOLDERS, general
from chalicelib.triage.understanding import understand

CITY = load("jakarta")
WORDS = ["rel trem", "trem mogok", "halte trem", "tiket trem", "masinis trem"]
TRAM = {
    "label": {"id": "Trem Kota", "en": "Trams"},
    "agency": "perhubungan",
    "hours": 48,
    "pillar": "mobility",
    "sensitive": False,
    "keywords": WORDS,
}


def made(**sections: Any) -> City:
    return applied(CITY, msgspec.convert(sections, Overrides), version=7)


def faults(**sections: Any) -> dict[str, str]:
    with pytest.raises(OverrideError) as refused:
        made(**sections)
    return refused.value.faults


def test_nothing_changed_is_the_pack() -> None:
    assert msgspec.structs.replace(applied(CITY, Overrides()), version=CITY.version) == CITY


def test_a_text_in_one_language_leaves_the_other() -> None:
    city = made(texts={"id": {"sms.received": "Diterima: {tracking}."}})
    assert city.text("sms.received", "id", tracking="JKT-1") == "Diterima: JKT-1."
    assert city.texts["en"] == CITY.texts["en"]
    assert city.version == 7


def test_a_text_for_one_category_or_reason() -> None:
    city = made(texts={"id": {"sms.received@jalan": "Jalan rusak dicatat: {tracking}."}})
    assert city.special("sms.received", "id", ["jalan"]) == "sms.received@jalan"
    assert city.special("sms.received", "id", ["sampah"]) == "sms.received"
    assert made(texts={"id": {"sms.rejected@untrue": "Laporan {tracking} tidak sesuai. {reason}"}})


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("sms.nothing", "a", "no such text"),
        ("nothing", "a", "no such text"),
        ("sms.received@nothing", "{tracking}", "no category or reason"),
        ("date.months", "a b c", "cannot be changed"),
        ("command.stop", "berhenti", "cannot be changed"),
        ("sms.received", "  ", "1 to 5000"),
        ("sms.received", "a" * 5001, "1 to 5000"),
        ("sms.received", "{tracking} {citizen}", "unknown placeholder"),
        ("sms.received", "{tracking} {agency.__class__}", "unknown placeholder"),
        ("sms.received", "{tracking} {0}", "unknown placeholder"),
        ("sms.received", "{tracking} {agency!r}", "unknown placeholder"),
        ("sms.received", "{tracking", "braces"),
        ("sms.received", "Terima kasih.", "must still say {tracking}"),
        ("sms.received_emergency", "{tracking}", "must still say {emergency}"),
        ("sms.received", "{tracking} “diterima”", "GSM-7"),
        ("sms.received", "{tracking} kode", "carriers block"),
        ("sms.received", "{tracking} " + "a" * 150, "one message has 160"),
        ("sms.received", "{tracking} http://a.b", "without a link"),
        ("sms.received", "{tracking} \u202e", "cannot be shown"),
        ("email.received.subject", "{tracking}\nBcc: x", "one line"),
        ("agency.dispatched.subject", "Laporan baru – {tracking}", "ASCII"),
    ],
)
def test_a_wrong_text_is_named(key: str, text: str, told: str) -> None:
    found = faults(texts={"id": {key: text}})
    assert list(found) == [f"texts/id/{key}"]
    assert told in found[f"texts/id/{key}"]


def test_an_unknown_language() -> None:
    assert faults(texts={"jv": {"sms.received": "{tracking}"}}) == {"texts/jv": "is no language of this city"}


@pytest.mark.parametrize("lang", CITY.policy.languages)
def test_every_text_of_the_pack_may_be_written_again(lang: str) -> None:
    open_to_change = [key for key in CITY.texts[lang] if not general(key)[0].startswith(FIXED)]
    assert len(open_to_change) > 200
    assert [key for key in open_to_change if text_fault(CITY, lang, key, CITY.texts[lang][key])] == []


def test_a_category_of_the_pack_is_changed() -> None:
    city = made(categories={"jalan": {"label": {"en": "Streets"}, "hours": 24, "sensitive": True, "keywords": WORDS}})
    known = city.categories["jalan"]
    assert known.label == {"id": "Jalan", "en": "Streets"}
    assert (known.hours, known.sensitive, known.keywords) == (24, True, tuple(WORDS))
    assert known.agency == CITY.categories["jalan"].agency


def test_a_new_category_is_understood_and_goes_to_its_agency() -> None:
    city = made(categories={"trem-kota": TRAM})
    assert city.agency_for("trem-kota") == "perhubungan"
    assert understand("Halte trem kotor dan trem mogok terus", city).category == "trem-kota"
    assert understand("Halte trem kotor dan trem mogok terus", CITY).category != "trem-kota"


def test_a_retired_category_keeps_its_label_and_is_offered_no_more() -> None:
    city = made(categories={"jalan": {"retired": True}})
    assert city.categories["jalan"].label == CITY.categories["jalan"].label
    assert "jalan" not in city.open_categories()
    assert len(city.open_categories()) == len(CITY.categories) - 1
    assert understand("Jalan berlubang dan jalan rusak", city).category != "jalan"


@pytest.mark.parametrize(
    ("code", "change", "where"),
    [
        ("trem", TRAM, "categories/trem"),
        ("untrue", TRAM | {"label": {"id": "Untrue", "en": "Untrue"}}, "categories/untrue"),
        ("trem-kota", TRAM | {"label": {"id": "Trem Kota"}}, "categories/trem-kota/label/en"),
        ("trem-kota", TRAM | {"label": TRAM["label"] | {"jv": "Sepur"}}, "categories/trem-kota/label/jv"),
        ("trem-kota", TRAM | {"agency": ""}, "categories/trem-kota/agency"),
        ("trem-kota", TRAM | {"agency": "nobody"}, "categories/trem-kota/agency"),
        ("trem-kota", TRAM | {"agency": "gubernur"}, "categories/trem-kota/agency"),
        ("trem-kota", TRAM | {"pillar": "sky"}, "categories/trem-kota/pillar"),
        ("trem-kota", TRAM | {"hours": 0}, "categories/trem-kota/hours"),
        ("trem-kota", TRAM | {"hours": 1e9}, "categories/trem-kota/hours"),
        ("trem-kota", TRAM | {"keywords": WORDS[:4]}, "categories/trem-kota/keywords"),
        ("trem-kota", TRAM | {"keywords": [*WORDS, WORDS[0]]}, "categories/trem-kota/keywords"),
        ("trem-kota", TRAM | {"keywords": [*WORDS, "Trem"]}, "categories/trem-kota/keywords"),
        ("jalan", {"label": {"id": "Trotoar"}}, "categories/jalan/label/id"),
        ("jalan", {"label": {"id": "a\nb"}}, "categories/jalan/label/id"),
    ],
)
def test_a_wrong_category_is_named(code: str, change: dict[str, Any], where: str) -> None:
    assert where in faults(categories={code: change})


def test_a_route_everywhere_and_in_an_area() -> None:
    south, menteng = "31.74", "31.71.06.1001"
    unit = "suku-dinas-bina-marga-jakarta-selatan"
    tebet = next(code for code, area in CITY.areas.items() if area.level == "kelurahan" and code.startswith(south))
    city = made(routing={"jalan": {"agency": "cipta-karya", "areas": {south: unit, tebet: "kelurahan"}}})
    assert city.agency_for("jalan") == "cipta-karya"
    assert city.agency_for("jalan", menteng) == "cipta-karya"
    assert city.agency_for("jalan", tebet) == CITY.agency_of(tebet), "the most particular area counts"
    other = next(c for c, a in CITY.areas.items() if a.level == "kelurahan" and c.startswith(south) and c != tebet)
    assert city.agency_for("jalan", other) == unit
    assert city.agency_for("jalan", "no such area") == "cipta-karya"
    assert city.agency_for("sampah") == CITY.agency_for("sampah")


@pytest.mark.parametrize(
    ("routing", "where"),
    [
        ({"nothing": {"agency": "bina-marga"}}, "routing/nothing"),
        ({"jalan": {"agency": "nobody"}}, "routing/jalan/agency"),
        ({"jalan": {"agency": "gubernur"}}, "routing/jalan/agency"),
        ({"jalan": {"areas": {"99": "bina-marga"}}}, "routing/jalan/areas/99"),
        ({"jalan": {"areas": {"31.74": "nobody"}}}, "routing/jalan/areas/31.74"),
    ],
)
def test_a_wrong_route_is_named(routing: dict[str, Any], where: str) -> None:
    assert where in faults(routing=routing)


def test_holidays_are_added_and_taken_away() -> None:
    city = made(holidays={"2027-03-12": True, "2027-03-11": False})
    assert date(2027, 3, 12) in city.policy.holidays
    assert date(2027, 3, 11) not in city.policy.holidays
    assert len(city.policy.holidays) == len(CITY.policy.holidays)


@pytest.mark.parametrize("told", [("2026-12-25", True), ("2026-12-24", False)])
def test_a_holiday_that_the_pack_agrees_with_is_none_of_ours(told: tuple[str, bool]) -> None:
    """A new pack may have caught up with it; only who sets it is told."""
    assert made(holidays=dict([told])).policy.holidays == CITY.policy.holidays
    assert holiday_fault(CITY.policy, date.fromisoformat(told[0]), told[1])
    assert not holiday_fault(CITY.policy, date.fromisoformat(told[0]), not told[1])


@pytest.mark.parametrize("holidays", [{"1999-12-24": True}, {"2099-12-24": True}])
def test_a_wrong_holiday_is_named(holidays: dict[str, bool]) -> None:
    assert list(faults(holidays=holidays)) == [f"holidays/{day}" for day in holidays]


def test_a_channel_goes_off_and_on() -> None:
    city = made(channels={"qlue": {"active": False, "instead": "JAKI"}, "x": {"active": True}})
    assert not city.channels["qlue"].in_use(date(2026, 11, 21))
    assert city.channels["qlue"].instead == "JAKI"
    assert city.channels["qlue"].inbound == CITY.channels["qlue"].inbound
    assert city.channels["x"].in_use(date(2026, 11, 21))


@pytest.mark.parametrize(
    ("channels", "where"),
    [
        ({"fax": {"active": True}}, "channels/fax"),
        ({"qlue": {"active": False}}, "channels/qlue/instead"),
        ({"qlue": {"active": True, "active_to": "2026-12-01"}}, "channels/qlue/instead"),
        ({"qlue": {"active": False, "instead": "a\nb"}}, "channels/qlue/instead"),
        (
            {"qlue": {"active": True, "active_from": "2026-12-02", "active_to": "2026-12-01", "instead": "JAKI"}},
            "channels/qlue/active_to",
        ),
    ],
)
def test_a_wrong_channel_is_named(channels: dict[str, Any], where: str) -> None:
    assert list(faults(channels=channels)) == [where]


def test_a_reason_is_said_otherwise() -> None:
    city = made(reasons={"reject": {"untrue": {"told": {"id": "Tidak ditemukan di lokasi."}}}})
    assert city.reasons["reject"]["untrue"].told["id"] == "Tidak ditemukan di lokasi."
    assert city.reasons["reject"]["untrue"].label == CITY.reasons["reject"]["untrue"].label
    assert CITY.reasons["reject"]["untrue"].told["id"] != "Tidak ditemukan di lokasi."


@pytest.mark.parametrize(
    ("reasons", "where"),
    [
        ({"reject": {"nothing": {}}}, "reasons/reject/nothing"),
        ({"nothing": {"untrue": {}}}, "reasons/nothing/untrue"),
        ({"reject": {"untrue": {"told": {"id": "kode"}}}}, "reasons/reject/untrue"),
        ({"reject": {"untrue": {"told": {"id": "a" * 120}}}}, "reasons/reject/untrue"),
        ({"reject": {"untrue": {"label": {"jv": "a"}}}}, "reasons/reject/untrue/label/jv"),
    ],
)
def test_a_wrong_reason_is_named(reasons: dict[str, Any], where: str) -> None:
    assert where in faults(reasons=reasons)


def test_figures_of_the_policy() -> None:
    city = made(policy={"auto_dispatch": False, "auto_dispatch_confidence": 0.95}, first_stop={"aplikasi": "agency"})
    assert city.policy.auto_dispatch is False
    assert city.policy.auto_dispatch_confidence == 0.95
    assert city.policy.first_stop == CITY.policy.first_stop | {"aplikasi": "agency"}


@pytest.mark.parametrize(
    ("sections", "where"),
    [
        ({"policy": {"respond_hours": 1}}, "policy/respond_hours"),
        ({"policy": {"auto_dispatch": 1}}, "policy/auto_dispatch"),
        ({"policy": {"auto_dispatch_confidence": True}}, "policy/auto_dispatch_confidence"),
        ({"policy": {"auto_dispatch_confidence": 0.2}}, "policy/auto_dispatch_confidence"),
        ({"first_stop": {"nothing": "admin"}}, "first_stop/nothing"),
        ({"first_stop": {"aplikasi": "governor"}}, "first_stop/aplikasi"),
    ],
)
def test_a_wrong_figure_is_named(sections: dict[str, Any], where: str) -> None:
    assert list(faults(**sections)) == [where]


def test_all_that_is_wrong_is_named_at_once() -> None:
    found = faults(texts={"id": {"sms.received": "a"}}, channels={"fax": {"active": True}}, policy={"x": 1})
    assert sorted(found) == ["channels/fax", "policy/x", "texts/id/sms.received"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("texts", "id", "sms.received"), "Baru: {tracking}"),
        (("categories", "jalan"), {"retired": True}),
        (("holidays", "2027-03-12"), True),
        (("channels", "qlue"), {"active": False, "instead": "JAKI"}),
    ],
)
def test_a_value_is_set_and_taken_away(path: tuple[str, ...], value: object) -> None:
    after = with_value(Overrides(), path, value)
    assert value_at(after, path) == value
    assert value_at(Overrides(), path) is None
    assert with_value(after, path, None) == Overrides(), "an empty table says nothing"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("texts",), {}),
        (("nothing", "a"), 1),
        (("texts", "id", ""), "a"),
        (("texts", "id", "sms.received", "a"), "a"),
        (("texts", "id"), "a"),
        (("categories", "jalan"), {"color": 1}),
        (("holidays", "yesterday"), True),
        (("channels", "qlue"), {"active": "no"}),
        (("policy", "auto_dispatch"), "yes"),
    ],
)
def test_a_value_of_another_shape_is_refused(path: tuple[str, ...], value: object) -> None:
    told = with_value(Overrides(), ("texts", "id", "sms.received"), "a")
    with pytest.raises(OverrideError) as refused:
        with_value(told, path, value)
    # Of an entry with fields it is the field that is named.
    named = path + tuple(value) if path[0] == "channels" and isinstance(value, dict) else path
    assert list(refused.value.faults) == ["/".join(named)]


_LABELS = st.dictionaries(st.sampled_from(["id", "en", "xx"]), st.text(max_size=20), max_size=2)
_CODES = st.sampled_from(["jalan", "sampah", "trem-kota", "x", "untrue"])
_AGENCIES = st.sampled_from(["bina-marga", "kelurahan", "gubernur", "nobody", ""])
_DOCUMENTS = st.fixed_dictionaries(
    {},
    optional={
        "texts": st.dictionaries(
            st.sampled_from(["id", "en", "xx"]),
            st.dictionaries(
                st.sampled_from([*sorted(PLACEHOLDERS)[::40], "sms.received@jalan", "x", "email.@.body"]),
                st.text(max_size=60) | st.sampled_from(["{tracking}", "{", "{a.b}", "{tracking:>9}", "{{}}"]),
                max_size=3,
            ),
        ),
        "categories": st.dictionaries(
            _CODES,
            st.fixed_dictionaries(
                {},
                optional={
                    "label": _LABELS,
                    "agency": _AGENCIES,
                    "hours": st.floats(allow_nan=False, allow_infinity=False),
                    "pillar": st.sampled_from(["mobility", ""]),
                    "keywords": st.lists(st.text(max_size=9), max_size=7),
                    "retired": st.booleans(),
                },
            ),
            max_size=3,
        ),
        "routing": st.dictionaries(
            _CODES,
            st.fixed_dictionaries(
                {},
                optional={
                    "agency": _AGENCIES,
                    "areas": st.dictionaries(st.sampled_from(["31.74", "99"]), _AGENCIES, max_size=2),
                },
            ),
            max_size=2,
        ),
        "holidays": st.dictionaries(st.dates(date(2025, 1, 1), date(2028, 1, 1)).map(str), st.booleans(), max_size=3),
        "channels": st.dictionaries(
            st.sampled_from(["qlue", "web", "fax"]),
            st.fixed_dictionaries({"active": st.booleans()}, optional={"instead": st.text(max_size=20)}),
            max_size=2,
        ),
        "reasons": st.dictionaries(
            st.sampled_from(["reject", "x"]),
            st.dictionaries(st.sampled_from(["untrue", "x"]), st.fixed_dictionaries({}, optional={"told": _LABELS})),
        ),
        "policy": st.dictionaries(st.sampled_from(["auto_dispatch", "x"]), st.booleans() | st.floats(0, 2)),
        "first_stop": st.dictionaries(st.sampled_from(["aplikasi", "x"]), st.sampled_from(["admin", "kelurahan", "x"])),
    },
)


@settings(max_examples=300)
@given(_DOCUMENTS)
def test_any_document_is_a_city_or_is_refused_by_name(document: dict[str, Any]) -> None:
    told = msgspec.convert(document, Overrides)
    with contextlib.suppress(OverrideError):
        city = applied(CITY, told, version=3)
        assert city.version == 3
        for category in city.open_categories().values():
            assert city.agencies[category.agency].kind != "oversight"
            city.agency_for(category.code, "31.71.06.1001")
        for lang, texts in city.texts.items():
            for key in document.get("texts", {}).get(lang, {}):
                assert city.text(key, lang, tracking="JKT-1")
                assert texts[key]


def test_what_is_built_from_a_city_does_not_gather_in_memory() -> None:
    for number in range(30):
        understand("Jalan berlubang di Tebet", made(texts={"id": {"page.yes": f"Ya {number}"}}))
    gc.collect()
    # per_city keeps eight cities for each of its indexes, whatever was used before.
    living = [each for each in gc.get_objects() if isinstance(each, City) and each.version == 7]
    assert len(living) <= 16, len(living)


def test_an_entry_that_cannot_be_used_takes_no_other_with_it() -> None:
    told = msgspec.convert(
        {
            "texts": {
                "id": {
                    "gone.key": "a",
                    "sms.received@trem-kota": "Trem: {tracking}.",
                    "sms.received": "Ada: {tracking}.",
                }
            },
            "categories": {"trem-kota": {**TRAM, "agency": "dinas-lama"}},
            "routing": {"trem-kota": {"agency": "perhubungan"}, "jalan": {"areas": {"99.99": "perhubungan"}}},
            "channels": {"qlue": {"active": False, "instead": "JAKI"}},
            "holidays": {"2099-12-24": True, "2027-03-12": True},
        },
        Overrides,
    )
    city, left, wrong = usable(CITY, told, version=3)
    assert city.version == 3
    assert not city.channels["qlue"].active
    assert date(2027, 3, 12) in city.policy.holidays
    assert city.texts["id"]["sms.received"] == "Ada: {tracking}."
    assert applied(CITY, left, version=3) == city
    assert {where.split("/")[1] for where in wrong if where.startswith("categories/")} == {"trem-kota"}
    assert {"texts/id/gone.key", "routing/jalan", "holidays/2099-12-24"} < set(wrong)
    assert usable(CITY, left, version=3) == (city, left, {})


def test_a_document_is_read_without_the_entries_that_have_no_shape() -> None:
    told, wrong = read(
        b'{"sections": 1, "channels": {"qlue": {"active": "no"}, "jaki": {"active": false, "instead": "web"}},'
        b' "texts": {"id": {"sms.received": 5, "sms.empty": "Kosong"}}, "policy": []}'
    )
    assert told == msgspec.convert(
        {"channels": {"jaki": {"active": False, "instead": "web"}}, "texts": {"id": {"sms.empty": "Kosong"}}}, Overrides
    )
    assert set(wrong) == {"sections/", "channels/qlue", "texts/id/sms.received", "policy/"}
    with pytest.raises(OverrideError):
        read(b"[]")


def test_how_exactly_a_place_is_shown() -> None:
    assert not made(categories={"jalan": {"place": "cell"}}).categories["jalan"].place_is_open
    assert made(categories={"pmks": {"hours": 24}}).categories["pmks"].place == "cell"
    assert made(categories={"pmks": {"place": "exact"}}).categories["pmks"].place_is_open
    assert faults(categories={"jalan": {"place": "street"}}) == {"categories/jalan/place": "one of exact, cell"}

"""Who may see and change which report: offices, and those above them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib import city as packs
from chalicelib.domain.lifecycle import Status
from chalicelib.domain.offices import accuses, line_of, may_give, may_see, offices_of, under
from chalicelib.domain.report import Report

CITY = packs.load("jakarta")
AT = datetime(2026, 11, 21, tzinfo=UTC)
DINAS, SUDIN, OTHER_SUDIN = "bina-marga", "suku-dinas-bina-marga-jakarta-selatan", "suku-dinas-bina-marga-jakarta-timur"
WATER = "sumber-daya-air"
KELURAHAN, KECAMATAN, KOTA = "kelurahan-manggarai", "kecamatan-tebet", "kota-administrasi-jakarta-selatan"


def report(
    agency: str | None = None, unit: str = "", accused: str | None = None, *, confidential: bool = False
) -> Report:
    return Report(
        tracking="JKT-0000-0000-0000",
        city="jakarta",
        status=Status.IN_PROGRESS,
        channel="jaki",
        origin="o",
        body_hash="h",
        sender="s",
        received_at=AT,
        active_at=AT,
        changed_at=AT,
        agency=agency,
        unit=unit,
        accused=accused,
        confidential=confidential,
    )


@pytest.mark.parametrize(
    ("office", "agency", "unit", "accused", "may"),
    [
        (DINAS, DINAS, "", None, True),
        (DINAS, DINAS, SUDIN, None, True),
        (SUDIN, DINAS, SUDIN, None, True),
        (SUDIN, DINAS, "", None, False),
        (OTHER_SUDIN, DINAS, SUDIN, None, False),
        (SUDIN, DINAS, "Pak Budi", None, False),
        (DINAS, DINAS, "Pak Budi", None, True),
        (WATER, DINAS, "", None, False),
        (WATER, DINAS, SUDIN, None, False),
        (KELURAHAN, KELURAHAN, "", None, True),
        (KECAMATAN, KELURAHAN, "", None, True),
        (KOTA, KELURAHAN, "", None, True),
        (KELURAHAN, KECAMATAN, "", None, False),
        (KOTA, KOTA, KECAMATAN, None, True),
        (KECAMATAN, KOTA, KECAMATAN, None, True),
        (KELURAHAN, KOTA, KECAMATAN, None, False),
        (DINAS, None, "", None, False),
        ("", DINAS, "", None, False),
        (None, DINAS, "", None, False),
        ("no-such-office", DINAS, "", None, False),
        # the accused, those above and those below it see nothing, even where they have it by mistake
        (KELURAHAN, KELURAHAN, "", KELURAHAN, False),
        (KECAMATAN, KELURAHAN, "", KELURAHAN, False),
        (DINAS, DINAS, SUDIN, SUDIN, False),
        (SUDIN, DINAS, SUDIN, OTHER_SUDIN, True),
        (DINAS, DINAS, SUDIN, OTHER_SUDIN, False),
        (SUDIN, SUDIN, "", DINAS, False),
        (SUDIN, DINAS, SUDIN, DINAS, False),
        (KELURAHAN, KELURAHAN, "", KOTA, False),
        (KELURAHAN, KELURAHAN, "", SUDIN, True),
    ],
)  # fmt: skip
def test_who_may_see(office: str | None, agency: str | None, unit: str, accused: str | None, may: bool) -> None:
    assert may_see(report(agency, unit, accused, confidential=bool(accused)), office, CITY) is may


def test_no_office_sees_what_no_office_has() -> None:
    for code in CITY.agencies:
        assert not may_see(report(), code, CITY)


def test_only_the_line_upwards_sees_what_a_sub_unit_has() -> None:
    seeing = {code for code in CITY.agencies if may_see(report(DINAS, SUDIN), code, CITY)}
    assert seeing == {DINAS, SUDIN} == offices_of(report(DINAS, SUDIN), CITY)


@pytest.mark.parametrize(
    ("by", "unit", "accused", "may"),
    [
        (DINAS, SUDIN, None, True),
        ("", SUDIN, None, True),
        (DINAS, DINAS, None, True),
        (DINAS, WATER, None, False),
        (DINAS, "suku-dinas-sumber-daya-air-jakarta-selatan", None, False),
        (SUDIN, SUDIN, None, True),
        (SUDIN, OTHER_SUDIN, None, False),
        (SUDIN, DINAS, None, False),
        (DINAS, SUDIN, SUDIN, False),
        (DINAS, SUDIN, DINAS, False),
        (DINAS, "no-such-office", None, False),
    ],
)  # fmt: skip
def test_to_whom_it_may_be_given_on(by: str, unit: str, accused: str | None, may: bool) -> None:
    assert may_give(report(DINAS, SUDIN, accused), by, unit, CITY) is may


def test_a_district_gives_on_to_its_own_subdistricts_only() -> None:
    given = report(KOTA, KECAMATAN)
    assert may_give(given, KECAMATAN, KELURAHAN, CITY)
    assert may_give(given, KOTA, "kelurahan-cipete-selatan", CITY)
    assert not may_give(given, KECAMATAN, "kelurahan-cipete-selatan", CITY)


def test_lines_and_what_is_under() -> None:
    assert line_of(CITY, KELURAHAN)[:3] == [KELURAHAN, KECAMATAN, KOTA]
    assert line_of(CITY, "no-such-office") == line_of(CITY, None) == []
    assert SUDIN in under(CITY, DINAS)
    assert DINAS not in under(CITY, DINAS)
    assert KELURAHAN in under(CITY, KOTA)
    assert under(CITY, KELURAHAN) == []


def test_a_report_accuses_an_office_and_those_above_and_below_it() -> None:
    about = report(accused=SUDIN)
    assert accuses(about, SUDIN, CITY)
    assert accuses(about, DINAS, CITY)
    assert not accuses(about, OTHER_SUDIN, CITY)
    assert not accuses(about, "", CITY)
    assert accuses(report(accused=DINAS), SUDIN, CITY)
    assert accuses(report(accused=KOTA), KELURAHAN, CITY)
    assert not accuses(report(accused=KOTA), SUDIN, CITY)
    assert not accuses(report(), DINAS, CITY)

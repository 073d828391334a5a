"""Issue 4, deliver 9: merged reports; one leads, every reporter hears of each change once, clocks stay honest."""

from __future__ import annotations

import re

import pytest

from tests.acceptance.clients import Server, phone
from tests.acceptance.desks import Desk, of, resolved, status, texted, trackings


@pytest.fixture
def family(city: Server) -> tuple[str, list[str], list[str]]:
    """A leading report with two merged into it, each by another sender: the lead, the others, all phones."""
    phones = [phone() for _ in range(3)]
    numbers = [texted(city, one) for one in phones]
    admin = Desk(city, "admin")
    for one in numbers[1:]:
        admin.do(f"/desk/triage/{one}", "/merge", {"into": numbers[0]})
    city.quiet()
    return numbers[0], numbers[1:], phones


def heard(city: Server, phones: list[str]) -> list[list[str]]:
    city.quiet()
    return [[entry["text"] for entry in city.outbox(to=one)][::-1] for one in phones]


def test_each_hears_of_each_change_once(city: Server, family: tuple[str, list[str], list[str]]) -> None:
    lead, _, phones = family
    officer, validator = Desk(city, "bina-marga"), Desk(city, "validator")

    def step(words: str, before: list[list[str]]) -> list[list[str]]:
        after = heard(city, phones)
        for old, new in zip(before, after, strict=True):
            fresh = new[len(old) :]
            assert len(fresh) == 1, (words, fresh)
            assert re.search(words, fresh[0], re.I), fresh
        return after

    told = heard(city, phones)
    assert city.act(lead, "dispatch", {"agency": "bina-marga"}).status == 200
    told = step("Bina Marga", told)
    officer.do(f"/desk/agency/{lead}", "/accept")
    told = step("ditangani", told)
    resolved(officer, lead)
    told = step("selesai|diperiksa", told)
    validator.do(f"/desk/validation/{lead}", "/validate")
    step("selesai", told)


def test_merging_tells_only_the_one_merged_and_names_the_lead(
    city: Server, family: tuple[str, list[str], list[str]]
) -> None:
    lead, others, phones = family
    told = heard(city, phones)
    assert not [text for text in told[0] if re.search("digabung", text)], "the leading reporter is not bothered"
    for one, texts in zip(others, told[1:], strict=True):
        about = [text for text in texts if lead in text]
        assert len(about) == 1, texts
        assert one in about[0]


def test_counts_and_clocks_stay_honest(city: Server, family: tuple[str, list[str], list[str]]) -> None:
    lead, others, _ = family
    assert of(city, lead)["reporters"] == 3
    for one in others:
        assert status(city, one) == "merged"
        assert of(city, lead)["respond_by"] <= of(city, one)["respond_by"]
    admin = Desk(city, "admin")
    queue = admin.at("/desk/triage").html
    assert not [one for one in others if f'/{one}"' in queue], "merged ones wait for nobody"
    page = admin.at(f"/desk/triage/{lead}")
    assert set(others) <= set(trackings(page.main))
    assert city.act(lead, "dispatch", {"agency": "bina-marga"}).status == 200
    officer = Desk(city, "bina-marga")
    assert set(others) & set(trackings(officer.at(f"/desk/agency/{lead}").main)) or re.search(
        r"\b[23] (laporan|pelapor)", officer.at(f"/desk/agency/{lead}").main
    ), "the agency sees how many reported it"


def test_the_public_page_of_a_merged_one_leads_on(city: Server, family: tuple[str, list[str], list[str]]) -> None:
    lead, others, _ = family
    for one in others:
        assert lead in city.get(f"/reports/{one}", Accept="text/html").text


def test_who_reported_the_others_is_not_said(city: Server) -> None:
    first, second = phone(), phone()
    lead = texted(city, first, name="Ratmini Pertama")
    other = texted(city, second, name="Suryono Kedua")
    Desk(city, "admin").do(f"/desk/triage/{other}", "/merge", {"into": lead})
    assert city.act(lead, "dispatch", {"agency": "bina-marga"}).status == 200
    page = Desk(city, "bina-marga").at(f"/desk/agency/{lead}").html
    for name in ("Ratmini", "Suryono", first, second):
        assert name not in page
    assert "Suryono" not in " ".join(heard(city, [first])[0])
    assert "Ratmini" not in " ".join(heard(city, [second])[0])


def test_a_follower_who_stopped_hears_nothing(city: Server, family: tuple[str, list[str], list[str]]) -> None:
    lead, _, phones = family
    assert city.sms("BERHENTI", phones[2]).status == 200
    before = heard(city, phones)
    assert city.act(lead, "dispatch", {"agency": "bina-marga"}).status == 200
    after = heard(city, phones)
    assert [len(new) - len(old) for old, new in zip(before, after, strict=True)] == [1, 1, 0]


def test_merging_a_lead_takes_its_followers_along(city: Server, family: tuple[str, list[str], list[str]]) -> None:
    lead, _, phones = family
    sender = phone()
    top = texted(city, sender)
    Desk(city, "admin").do(f"/desk/triage/{lead}", "/merge", {"into": top})
    before = heard(city, [*phones, sender])
    assert city.act(top, "dispatch", {"agency": "bina-marga"}).status == 200
    after = heard(city, [*phones, sender])
    assert [len(new) - len(old) for old, new in zip(before, after, strict=True)] == [1, 1, 1, 1]
    assert of(city, top)["reporters"] == 4

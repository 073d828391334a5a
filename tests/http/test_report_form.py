"""The form on the web: without a script, in both languages; slips stand beside their fields and nothing typed is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from tests.faults import failing
from tests.http.conftest import Answer

HTML = {"accept": "text/html"}
FORM = HTML | {"content-type": "application/x-www-form-urlencoded"}
TOLD = {
    "text": "Saluran air tersumbat sejak kemarin",
    "name": "Rina Wati",
    "address": "Jl. Dahlia No. 9, Tebet",
    "phone": "0812 3456 7890",
    "landmark": "depan pasar",
    "kelurahan": "Tebet Barat",
    "consent": "1",
    "lang": "id",
}


def form_id(page: Answer) -> str:
    found = re.search(r'name="form_id" value="([0-9a-f]{32})"', page.text)
    assert found
    return found[1]


def send(web: Callable[..., Answer], headers: dict[str, str] | None = None, **changes: str) -> Answer:
    told = TOLD | {"form_id": form_id(web("GET", "/report", headers=HTML))} | changes
    return web("POST", "/report", headers=FORM | (headers or {}), body=urlencode(told).encode())


def stored_in(answer: Answer) -> str:
    found = re.search(r"JKT-<wbr>[0-9A-Z]{4}-<wbr>[0-9A-Z]{4}-<wbr>[0-9A-Z]{4}", answer.text)
    assert found, answer.text
    return found[0].replace("<wbr>", "")


@pytest.mark.parametrize(("lang", "words"), [("id", "Ceritakan masalahnya"), ("en", "Describe the problem")])
def test_the_form_in_both_languages(web: Callable[..., Answer], lang: str, words: str) -> None:
    page = web("GET", "/report", headers=HTML, query={"lang": lang})
    assert page.status == 200
    assert words in page.text
    assert f'<html lang="{lang}"' in page.text
    assert "<script" not in page.text
    assert page.headers["cache-control"] == "no-store"
    assert page.text.index("tel:112") < page.text.index("<h1>"), "the emergency number comes first"
    assert form_id(page) != form_id(web("GET", "/report", headers=HTML))
    named = set(re.findall(r'<(?:input|textarea|select) id="([a-z_]+)"', page.text))
    assert named <= set(re.findall(r'<label for="([a-z_]+)"', page.text)), "every field has a label"


def test_a_report_gets_its_number_and_key_and_only_once(web: Callable[..., Answer], desk: Any) -> None:
    same = "0f8e7d6c5b4a39281706f5e4d3c2b1a0"
    first, second = send(web, form_id=same), send(web, form_id=same)
    assert first.status == 200
    assert first.text == second.text
    assert first.headers["cache-control"] == "no-store"
    report = desk.reports.get(stored_in(first))
    assert (report.channel, report.missing, report.answerable) == ("web", (), True)
    assert report.place.area == "31.74.01.1002"
    assert desk.key_of(report.tracking, 1) in first.text
    other = send(web)
    assert stored_in(other) != report.tracking
    public = web("GET", "/reports/{tracking}", tracking=report.tracking, headers={"accept": "application/json"})
    assert public.json["problem"] is None, "words from the street are read by a person first"
    assert not [word for word in ("Rina", "Dahlia", "812") if word in public.text]


def test_english_stays_english(web: Callable[..., Answer], desk: Any) -> None:
    answer = send(web, lang="en")
    assert "Report key" in answer.text
    assert desk.reports.get(stored_in(answer)).lang == "en"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"text": " "}, "text", "Ceritakan masalahnya dengan beberapa kata"),
        ({"text": "x" * 20_001}, "text", "terlalu panjang"),
        ({"landmark": "", "kelurahan": ""}, "place_address", "Isi alamat, atau patokan"),
        ({"kelurahan": ""}, "place_address", "Isi alamat, atau patokan"),
        ({"kelurahan": "Atlantis"}, "kelurahan", "tidak ada di"),
        ({"name": ""}, "name", "Isi nama"),
        ({"address": ""}, "address", "Isi alamat rumah"),
        ({"phone": "rumah"}, "phone", "tidak dapat dihubungi"),
        ({"email": "rina@"}, "email", "belum benar"),
        ({"consent": ""}, "consent", "setuju"),
    ],
)
def test_a_slip_stands_beside_its_field(
    web: Callable[..., Answer], changes: dict[str, str], field: str, words: str
) -> None:
    answer = send(web, **changes)
    assert answer.status == 422
    beside = re.search(rf'id="{field}-slip">.*?</p>', answer.text, re.S)
    assert beside
    assert words in beside[0]
    assert f'href="#{field}"' in answer.text
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"', answer.text)
    kept = {name: value for name, value in (TOLD | changes).items() if name in ("name", "address", "phone", "landmark")}
    for name, value in kept.items():
        assert f'name="{name}" type="{"tel" if name == "phone" else "text"}" value="{value}"' in answer.text


def test_what_was_typed_is_never_markup(web: Callable[..., Answer]) -> None:
    answer = send(web, name='"><script>alert(1)</script>', text="</textarea><b>x", phone="x", consent="")
    assert answer.status == 422
    assert "<script" not in answer.text
    assert "</textarea><b>" not in answer.text


def test_a_machine_that_fills_every_field_is_told_so(web: Callable[..., Answer]) -> None:
    answer = send(web, website="https://spam.example")
    assert answer.status == 422
    assert "hanya mesin" in answer.text


def test_a_kelurahan_of_several_is_a_choice(web: Callable[..., Answer], desk: Any) -> None:
    areas = dict(desk.city.areas)
    areas["31.74.04.1001"] = msgspec.structs.replace(areas["31.74.04.1001"], name="Tebet Barat")
    desk.city = msgspec.structs.replace(desk.city, areas=areas)
    assert "Tebet Barat, Tebet," in send(web).text
    assert send(web, kelurahan="Tebet Barat, Tebet").status == 200


def test_a_form_that_is_off_says_where_to_go(web: Callable[..., Answer], desk: Any) -> None:
    off = msgspec.structs.replace(desk.city.channels["web"], active=False, instead="SMS 08111272206")
    desk.city = msgspec.structs.replace(desk.city, channels=desk.city.channels | {"web": off})
    page = web("GET", "/report", headers=HTML)
    assert page.status == 410
    assert "SMS 08111272206" in page.text
    assert "/report?" not in web("GET", "/", headers=HTML).text


def test_what_could_not_be_stored_is_sent_again_as_it_stands(web: Callable[..., Answer]) -> None:
    with failing("dynamodb", "PutItem", "500", times=3):
        answer = send(web)
    assert answer.status == 503
    assert TOLD["text"] in answer.text
    told = TOLD | {"form_id": form_id(answer)}
    assert web("POST", "/report", headers=FORM, body=urlencode(told).encode()).status == 200


def test_the_same_fields_as_json_get_a_receipt(web: Callable[..., Answer]) -> None:
    told = TOLD | {"form_id": "0f8e7d6c5b4a39281706f5e4d3c2b1a1", "consent": True, "lat": -6.23, "lng": 106.85}
    headers = {"content-type": "application/json"}
    first, second = (
        web("POST", "/channels/{channel}", channel="web", headers=headers, body=json.dumps(told)) for _ in range(2)
    )
    assert first.status == 200
    assert set(first.json) >= {"tracking", "status", "status_url", "key"}
    assert first.json == second.json
    wrong = web("POST", "/channels/{channel}", channel="web", headers=headers, body=json.dumps(told | {"phone": "x"}))
    assert wrong.status == 422
    assert set(wrong.json["details"]) == {"phone"}


def test_the_front_page_leads_to_the_form(web: Callable[..., Answer]) -> None:
    assert '/report?lang=id"' in web("GET", "/", headers=HTML).text

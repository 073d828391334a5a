"""The exact place of a report about persons or homes is for its key and the staff: everybody else sees its cell."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.http.conftest import Answer, bearer

LAT, LNG = -6.175431, 106.827217
PLACE = {"lat": LAT, "lng": LNG, "address": "Jl. Kenanga Nomor 7"}


def _taken_up(web: Callable[..., Answer], number: str) -> None:
    role = bearer("agency", "sosial")
    answer = web(
        "POST", "/staff/reports/{tracking}/{action}", tracking=number, action="accept", headers=role, body="{}"
    )
    assert answer.status == 200, answer.text


def test_without_the_key_the_cell_and_no_street(web: Callable[..., Answer], filed: Any) -> None:
    receipt = filed(category="pmks", text="Orang telantar perlu bantuan", location=PLACE)
    number = receipt["tracking"]
    _taken_up(web, number)

    open_view = web("GET", "/reports/{tracking}", tracking=number, headers={"accept": "application/json"})
    key_view = web(
        "GET", "/reports/{tracking}", tracking=number,
        headers={"accept": "application/json", "x-report-key": receipt["key"]},
    )  # fmt: skip
    listed = web("GET", "/open311/v2/{name}", name="requests.json")
    by_number = web("GET", "/open311/v2/{name}/{item}", name="requests", item=f"{number}.json")
    page = web("GET", "/reports/{tracking}", tracking=number, headers={"accept": "text/html"})

    assert open_view.json["place"]["exact"] is False
    assert key_view.json["place"]["exact"] is True
    assert (key_view.json["place"]["lat"], key_view.json["place"]["address"]) == (LAT, PLACE["address"])
    assert listed.json[0]["service_request_id"] == number
    for answer in (open_view, listed, by_number, page):
        assert answer.status == 200
        for told in (str(LAT), str(LNG), "6.1754", "Kenanga"):
            assert told not in answer.text


def test_smaller_and_smaller_boxes_find_the_cell_only(web: Callable[..., Answer], filed: Any) -> None:
    number = filed(category="pmks", text="Orang telantar perlu bantuan", location=PLACE)["tracking"]
    _taken_up(web, number)
    shown = web("GET", "/open311/v2/{name}", name="requests.json").json[0]

    def found(lat: float, lng: float) -> bool:
        box = f"{lng - 0.00005},{lat - 0.00005},{lng + 0.00005},{lat + 0.00005}"
        answer = web("GET", "/open311/v2/{name}", name="requests.json", query={"bbox": box})
        assert answer.status == 200, answer.text
        return bool(answer.json)

    assert not found(LAT, LNG)
    assert found(shown["lat"], shown["long"])

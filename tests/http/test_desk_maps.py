"""The small map's address."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.http.conftest import bearer

Web = Callable[..., Any]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"lat": "-6.23", "lng": "106.853"}, 200),
        ({"lat": "-6.23", "lng": "106.853", "span": "3", "view": "1"}, 200),
        ({"lat": "-6.23", "lng": "106.853", "span": "nan"}, 200),
        ({"kelurahan": "Tebet Timur"}, 200),
        ({"kelurahan": "31.74.01.1001"}, 200),
        ({"kelurahan": "Atlantis"}, 404),
        ({"kelurahan": ""}, 404),
        ({}, 404),
        ({"lat": "-6.23"}, 422),
        ({"lat": "x", "lng": "y"}, 422),
        ({"lat": "nan", "lng": "inf"}, 422),
        ({"lat": "-91", "lng": "0"}, 422),
        ({"lat": "48.1", "lng": "11.5"}, 404),
    ],
)
def test_what_is_asked_for(web: Web, query: dict[str, str], status: int) -> None:
    answer = web("GET", "/desk/map.svg", query=query, headers=bearer("counter"))
    assert answer.status == status
    if status == 200:
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.startswith('<svg xmlns="http://www.w3.org/2000/svg"')


def test_it_is_for_who_is_at_work(web: Web) -> None:
    assert web("GET", "/desk/map.svg", query={"kelurahan": "Gambir"}).status == 303

"""Chalice's own refusals look like ours."""

from __future__ import annotations

from collections.abc import Callable

from tests.http.conftest import Answer, bearer


def test_an_unlisted_content_type_is_415_in_our_words(web: Callable[..., Answer]) -> None:
    for resource, names in (
        ("/channels/{channel}", {"channel": "jaki"}),
        ("/staff/reports/{tracking}/{action}", {"tracking": "x", "action": "accept"}),
    ):
        answer = web("POST", resource, headers=bearer("admin") | {"content-type": "image/png"}, body=b"x", **names)
        assert answer.status == 415
        assert set(answer.json) == {"code", "message"}
        assert answer.json["code"] == "wrong_content_type"


def test_every_wrong_field_is_named(web: Callable[..., Answer]) -> None:
    answer = web(
        "POST",
        "/staff/reports/{tracking}/{action}",
        tracking="JKT-ZZZZ-ZZZZ-ZZZ4",
        action="extend",
        headers=bearer("agency", "bina-marga"),
        body='{"until": 3, "colour": "red"}',
    )
    assert answer.status == 422
    assert set(answer.json["details"]) == {"until", "colour", "reason"}


def test_what_is_no_json_object_is_said(web: Callable[..., Answer]) -> None:
    route = {"tracking": "JKT-ZZZZ-ZZZZ-ZZZ4", "action": "extend"}
    for body, status in (("[]", 422), ("null", 422), ("{", 400), ('{"until": "\\ud800"}', 400)):
        answer = web(
            "POST",
            "/staff/reports/{tracking}/{action}",
            headers=bearer("agency", "bina-marga"),
            body=body,
            **route,
        )
        assert answer.status == status, (body, answer.text)

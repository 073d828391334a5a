"""`POST /uploads` and `GET /photos/{id}`."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from chalicelib.store.client import client
from tests.http.conftest import Answer, bearer
from tests.usecases.test_pictures import UPLOADS, event, picture, resolve

SHOW = "/photos/{photo}"


@pytest.fixture
def shown(web: Callable[..., Answer], desk: Any, filed: Callable[..., dict[str, Any]]) -> Callable[..., Any]:
    """A report with a picture that has been looked at: its tracking number, its key, the picture's id."""
    from chalicelib.usecases.picture_jobs import take

    def make(**changes: Any) -> tuple[str, str, str]:
        receipt = filed(**changes)
        photo = json.loads(web("POST", "/uploads", headers={"content-type": "application/json"}).text)["id"]
        client("s3", desk.settings.region).put_object(Bucket=UPLOADS, Key=f"uploads/{photo}", Body=picture())
        resolve(desk, receipt["tracking"], photo)
        assert take(desk, event(receipt["tracking"]), seed="5e" * 16)
        return receipt["tracking"], receipt["key"], photo

    return make


def test_a_form_that_uploads_one_picture(web: Callable[..., Answer], calls: Callable[[], list[str]]) -> None:
    calls()
    answer = web("POST", "/uploads", headers={"content-type": "application/json"}, body="{}")
    assert answer.status == 201
    assert set(answer.json) == {"id", "url", "fields"}
    photo, fields = answer.json["id"], answer.json["fields"]
    assert 16 <= len(photo) <= 64
    assert fields["key"] == f"uploads/{photo}"
    policy = json.loads(base64.b64decode(fields["policy"]))
    assert ["content-length-range", 1, 15_000_000] in policy["conditions"]
    assert {"key": f"uploads/{photo}"} in policy["conditions"]
    assert "tanggap-local-uploads-123456789012" in answer.json["url"]
    assert set(calls()) <= {"ssm.GetParametersByPath"}, "nothing is written"
    assert web("POST", "/uploads", headers={"content-type": "application/json"}).json["id"] != photo


def test_the_picture_and_its_small_copy(web: Callable[..., Answer], shown: Callable[..., Any]) -> None:
    tracking, _, photo = shown()
    sizes = []
    for query in ({}, {"size": "small"}):
        answer = web("GET", SHOW, photo=photo, query=query)
        assert (answer.status, answer.headers["content-type"]) == (200, "image/jpeg")
        sizes.append(Image.open(BytesIO(base64.b64decode(answer.text))).size)
        assert answer.headers["cache-control"] == "public, max-age=300, must-revalidate"
        again = web("GET", SHOW, photo=photo, query=query, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status, again.text) == (304, "")
    assert sizes == [(640, 480), (320, 240)]
    view = web("GET", "/reports/{tracking}", tracking=tracking, headers={"accept": "application/json"}).json
    assert view["photos"] == [f"/photos/{photo}"]


@pytest.mark.parametrize("accept", [None, "*/*", "image/avif,image/webp,*/*;q=0.8", "image/webp", "image/jpeg"])
def test_whatever_the_client_says_it_likes(
    web: Callable[..., Answer], shown: Callable[..., Any], accept: str | None
) -> None:
    _, _, photo = shown()
    assert web("GET", SHOW, photo=photo, headers={"accept": accept} if accept else {}).status == 200


def test_of_a_hidden_report_only_with_its_key_or_by_who_has_it(
    web: Callable[..., Answer], shown: Callable[..., Any]
) -> None:
    _, key, photo = shown(private=True)
    refused = web("GET", SHOW, photo=photo)
    assert (refused.status, refused.json["code"]) == (403, "not_yours")
    assert web("GET", SHOW, photo=photo, query={"key": "0" * 16}).status == 403
    for more in ({"query": {"key": key}}, {"headers": {"x-report-key": key}}, {"headers": bearer("admin")}):
        answer = web("GET", SHOW, photo=photo, **more)
        assert (answer.status, answer.headers["cache-control"]) == (200, "private, no-cache")
        assert "Cookie" in answer.headers["vary"], "the next member at the same computer asks anew"
        again = {"headers": {**more.get("headers", {}), "if-none-match": answer.headers["etag"]}}
        assert web("GET", SHOW, photo=photo, **(more | again)).status == 304
    assert web("GET", SHOW, photo=photo, headers={"if-none-match": answer.headers["etag"]}).status == 403
    assert web("GET", SHOW, photo=photo, headers=bearer("agency", "bina-marga")).status == 200
    assert web("GET", SHOW, photo=photo, headers=bearer("agency", "dinas-lain")).status == 403
    assert web("GET", SHOW, photo=photo, headers={"authorization": "Bearer x"}).status == 401


@pytest.mark.parametrize("photo", ["a" * 24, "..%2F..%2Fx", "x", "é" * 20, "'; DROP", "%00" * 20])
def test_what_is_no_photo(web: Callable[..., Answer], photo: str) -> None:
    answer = web("GET", SHOW, photo=photo)
    assert (answer.status, answer.json["code"]) == (404, "unknown")


def test_what_was_taken_out_is_gone(web: Callable[..., Answer], shown: Callable[..., Any]) -> None:
    tracking, _, photo = shown()
    body = json.dumps({"photos": [photo]})
    path = "/staff/reports/{tracking}/{action}"
    assert web("POST", path, tracking=tracking, action="redact", headers=bearer("admin"), body=body).status == 200
    assert web("GET", SHOW, photo=photo).status == 404


def test_the_staff_sees_what_became_of_each(web: Callable[..., Answer], shown: Callable[..., Any]) -> None:
    tracking, _, photo = shown()
    view = web("GET", "/staff/reports/{tracking}", tracking=tracking, headers=bearer("admin")).json
    assert view["pictures"] == [{"id": photo, "state": "ready"}]


def test_an_invented_id_is_refused_by_name(web: Callable[..., Answer], filed: Callable[..., dict[str, Any]]) -> None:
    tracking = filed()["tracking"]
    body = json.dumps({"note": "sudah", "photos": ["invented-photo-0001"]})
    answer = web(
        "POST", "/staff/reports/{tracking}/{action}", tracking=tracking, action="resolve",
        headers=bearer("agency", "bina-marga"), body=body,
    )  # fmt: skip
    assert (answer.status, set(answer.json["details"])) == (422, {"photos"})


def test_only_the_photos_function_loads_pillow() -> None:
    """Every module of chalicelib that app.py loads at start, and every one but those that look at pictures."""
    looking = tuple(
        f"chalicelib.{name}"
        for name in ("outbound.pictures", "usecases.look_at", "usecases.picture_jobs", "usecases.proof")
    )
    root = Path(__file__).parents[2]
    names = [".".join(path.relative_to(root).with_suffix("").parts) for path in (root / "chalicelib").rglob("*.py")]
    wanted = [name.removesuffix(".__init__") for name in names if not name.startswith(looking)]
    script = (
        "import sys, importlib\nimport app\n"
        f"for name in {sorted(wanted)!r}: importlib.import_module(name)\n"
        "print(sorted(name for name in sys.modules if name == 'PIL' or name.startswith('PIL.')))"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

"""Pictures through the whole run: uploaded with a form, brought by a text message, or where nobody should look."""

from __future__ import annotations

import time
import urllib.request
import uuid
from io import BytesIO
from typing import Any

from PIL import Image

from tests.acceptance.clients import Server, phone, until
from tests.acceptance.test_sms import number_of


def picture(*, gps: bool = False, side: int = 2_000) -> bytes:
    image = Image.radial_gradient("L").resize((side, side * 3 // 4)).convert("RGB")
    told = Image.Exif()
    told[0x010E] = "Siti Rahmawati"
    if gps:
        told.get_ifd(0x8825).update({1: "S", 2: (6.0, 10.0, 31.44), 3: "E", 4: (106.0, 49.0, 37.92)})
    out = BytesIO()
    image.save(out, "JPEG", exif=told)
    return out.getvalue()


def upload(city: Server, content: bytes) -> str:
    """As a browser does it: the form's fields first, the file last."""
    answer = city.call("POST", "/uploads", b"{}", {"Content-Type": "application/json"})
    assert answer.status == 201
    edge = uuid.uuid4().hex
    parts = [
        f'--{edge}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in answer.json["fields"].items()
    ]
    head = f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="x.jpg"\r\n\r\n'.encode()
    body = b"".join([*parts, head, content, f"\r\n--{edge}--\r\n".encode()])
    request = urllib.request.Request(
        answer.json["url"], body, {"Content-Type": f"multipart/form-data; boundary={edge}"}
    )
    with urllib.request.urlopen(request, timeout=60) as stored:
        assert stored.status in (200, 201, 204)
    return str(answer.json["id"])


def pictures(city: Server, tracking: str) -> list[dict[str, Any]]:
    """What became of a report's pictures, once all have been looked at."""

    def settled() -> Any:
        view = city.staff("GET", f"/reports/{tracking}").json
        return view if not any(each["state"] == "pending" for each in view["pictures"]) else None

    return list(until(settled, 15)["pictures"])


def test_proof_of_work_is_uploaded_and_shown(city: Server) -> None:
    tracking = city.report()["tracking"]
    photo = upload(city, picture())
    city.agency(tracking, "accept")
    assert city.agency(tracking, "resolve", {"note": "sudah ditambal", "photos": ["invented-photo-0001"]}).status == 422
    assert city.agency(tracking, "resolve", {"note": "sudah ditambal", "photos": [photo]}).status == 200
    assert pictures(city, tracking) == [{"id": photo, "state": "ready"}]
    assert city.citizen(tracking)["photos"] == [f"/photos/{photo}"]
    sizes = []
    for query in ("", "?size=small"):
        answer = city.get(f"/photos/{photo}{query}")
        assert (answer.status, answer.header("content-type")) == (200, "image/jpeg")
        assert b"Siti" not in answer.body
        sizes.append(Image.open(BytesIO(answer.body)).size)
    assert sizes == [(1600, 1200), (320, 240)]


def test_a_text_with_a_picture_that_tells_the_place(city: Server) -> None:
    sender, name = phone(), uuid.uuid4().hex
    city.call("PUT", f"/_local/providers/sms/_media/{name}", picture(gps=True), {"Content-Type": "image/jpeg"})
    words = "Jalan berlubang besar. Nama: Dewi Anggraini. Alamat: Jl. Pegangsaan 12"
    media = f"{city.url}/_local/providers/sms/2010-04-01/Accounts/a/Media/{name}"
    assert city.sms(words, sender, NumMedia="1", MediaUrl0=media).status == 200
    tracking = until(lambda: city.to(sender) and number_of(city, sender))
    (one,) = pictures(city, tracking)
    assert one["state"] == "ready"
    view = until(lambda: (v := city.staff("GET", f"/reports/{tracking}").json)["missing"] == [] and v)
    assert view["place"]["from_photo"] is True
    assert view["area"]["name"] == "Gambir"
    assert view["status"]["code"] == "waiting"
    assert city.get(f"/photos/{one['id']}").status == 403, "nobody of the staff has read it yet"


def test_what_leads_into_this_machine_is_refused_by_name(city: Server) -> None:
    hidden = ["http://169.254.169.254/latest/meta-data", f"{city.url}/_local/outbox", f"http://localhost:{city.port}/"]
    tracking = city.report(photos=hidden)["tracking"]
    assert pictures(city, tracking) == []
    history = city.staff("GET", f"/reports/{tracking}").json["history"]
    (told,) = [entry["data"] for entry in history if entry["event"] == "pictures_processed"]
    assert set(told["refused"].values()) == {"forbidden_address"}
    assert city.status(tracking) == "coordination"


def test_an_upload_that_is_no_picture_is_refused_when_it_is_named(city: Server) -> None:
    tracking = city.report()["tracking"]
    photo = upload(city, b"<html>")
    city.agency(tracking, "accept")
    time.sleep(1.5)  # the photos function looks at it by itself; nothing outside shows when
    answer = city.agency(tracking, "resolve", {"note": "sudah", "photos": [photo]})
    assert (answer.status, "not_a_picture" in answer.text) == (422, True)

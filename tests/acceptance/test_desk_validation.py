"""Issue 4, deliver 4: someone of another unit looks at the proof, with what speaks for and against it."""

from __future__ import annotations

import io
import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image

from tests.acceptance.clients import Server, phone, until
from tests.acceptance.desks import (
    Desk,
    Photo,
    changed,
    history,
    in_progress,
    of,
    picture,
    resolved,
    spot,
    status,
    texted,
)

WIB = timedelta(hours=7)


@pytest.fixture(scope="module")
def officer(city: Server) -> Desk:
    return Desk(city, "bina-marga")


@pytest.fixture(scope="module")
def validator(city: Server) -> Desk:
    return Desk(city, "validator")


def stamp(moment: datetime) -> str:
    """As a camera in Jakarta writes it."""
    return (moment + WIB).strftime("%Y:%m:%d %H:%M:%S")


def claimed(
    city: Server, officer: Desk, photo: bytes | None = None, here: dict[str, Any] | None = None, **file: str
) -> str:
    place = {**(here or spot()), "landmark": "pos ronda"}
    tracking = in_progress(city, location=place)
    resolved(officer, tracking, photo, **file)
    return tracking


def judged(validator: Desk, tracking: str, words: str = "") -> str:
    """The validator's page, once the photo was looked at (and, if asked, once it says this)."""

    def found() -> str:
        page = validator.at(f"/desk/validation/{tracking}")
        text = page.main
        return (
            text
            if "/photos/" in page.html and re.search(words or "Meragukan|Mendukung|galeri|lapangan", text, re.I)
            else ""
        )

    return str(
        until(
            found,
            10,
            0.5,
            f"{words} on the page of {tracking}: {validator.at(f'/desk/validation/{tracking}').main[:700]}",
        )
    )


def doubted(city: Server) -> str:
    return Desk(city, "admin").at("/desk/triage?queue=doubted").html


def test_the_queue_and_both_pictures_side_by_side(city: Server, officer: Desk, validator: Desk) -> None:
    tracking = claimed(city, officer)
    until(lambda: tracking in validator.at("/desk/validation").html, 6, 0.4)
    text = judged(validator, tracking)
    assert re.search(r"sebelum", text, re.I)
    assert re.search(r"sesudah", text, re.I)
    assert "Sudah diperbaiki." in text


def test_accepting_makes_it_done_and_tells_the_reporter(city: Server, officer: Desk, validator: Desk) -> None:
    sender = phone()
    tracking = texted(city, sender)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    assert city.agency(tracking, "accept").status == 200
    resolved(officer, tracking)
    validator.do(f"/desk/validation/{tracking}", "/validate")
    assert status(city, tracking) == "done"
    until(lambda: any(tracking in text and "selesai" in text.lower() for text in city.to(sender)), 6)
    assert tracking not in validator.at("/desk/validation").html


def test_refusing_needs_a_reason_and_the_work_repeats(city: Server, officer: Desk, validator: Desk) -> None:
    tracking = claimed(city, officer)
    validator.refused(f"/desk/validation/{tracking}", "/refuse")
    assert status(city, tracking) == "awaiting_validation"
    validator.do(
        f"/desk/validation/{tracking}", "/refuse", {"reason_code": "poor-work", "reason": "Masih berlubang di tepi."}
    )
    assert status(city, tracking) == "follow_up_refused"
    assert "Masih berlubang" in officer.at(f"/desk/agency/{tracking}").main
    until(lambda: tracking in _queue(officer), 8, 0.4, "back in the agency's queue")
    officer.do(f"/desk/agency/{tracking}", "/accept")
    resolved(officer, tracking)
    assert status(city, tracking) == "awaiting_validation"


def test_those_who_did_the_work_do_not_validate_it(city: Server, officer: Desk) -> None:
    tracking = claimed(city, officer)
    before = len(history(city, tracking))
    assert officer.get("/desk/validation").status == 403
    assert officer.get(f"/desk/validation/{tracking}").status == 403
    for action, body in (("validate", {}), ("refuse", {"reason": "x"})):
        for who in ({"role": "agency", "agency": "bina-marga"}, {"role": "counter"}, {"role": "analyst"}):
            assert city.act(tracking, action, body, **who).status == 403
    assert len(history(city, tracking)) == before


def test_a_validator_of_the_same_agency_is_refused(city: Server, officer: Desk) -> None:
    """A validator who belongs to the agency that did the work is not of another unit."""
    tracking = claimed(city, officer)
    answer = city.act(tracking, "validate", {}, role="validator", agency="bina-marga")
    assert answer.status == 403, (answer.status, answer.text)
    desk = Desk(city, token=city.token("validator", agency="bina-marga"))
    page = desk.get(f"/desk/validation/{tracking}")
    assert page.status in (403, 404) or not page.has_form("/validate"), "the button is offered"
    assert status(city, tracking) == "awaiting_validation"


# what speaks against the proof

REUSE = {
    "the same file": lambda data: data,
    "recompressed": lambda data: changed(data, lambda image: image, 45),
    "cropped": lambda data: changed(data, lambda image: image.crop((24, 18, 776, 582))),
    "mirrored": lambda data: changed(data, lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)),
    "resized": lambda data: changed(data, lambda image: image.resize((480, 360))),
}


@pytest.mark.parametrize("how", REUSE)
def test_a_reused_completion_photo_goes_before_the_admin_at_once(
    city: Server, officer: Desk, validator: Desk, how: str
) -> None:
    data = picture()
    first = claimed(city, officer, data)
    judged(validator, first)
    assert first not in doubted(city)
    transport = Desk(city, "perhubungan")
    second = in_progress(city, "perhubungan")
    resolved(transport, second, REUSE[how](data))
    until(lambda: second in doubted(city), 10, 0.5, "doubted proof before the admin office")
    text = judged(validator, second, r"pernah dipakai|mirip|sama dengan|dipakai ulang")
    assert first in text, "which one it repeats"
    assert status(city, second) == "awaiting_validation" or status(city, second) == "follow_up_refused"


def test_an_honest_photo_is_not_doubted(city: Server, officer: Desk, validator: Desk) -> None:
    made = [claimed(city, officer) for _ in range(4)]
    for tracking in made:
        text = judged(validator, tracking)
        assert not re.search(r"pernah dipakai", text.split("Tindakan")[0], re.I)
    page = doubted(city)
    assert not [tracking for tracking in made if tracking in page]


def test_exif_time_outside_the_works_span(city: Server, officer: Desk, validator: Desk) -> None:
    old = stamp(datetime.now(UTC) - timedelta(days=90))
    tracking = claimed(city, officer, picture(taken=old))
    text = judged(validator, tracking, r"Meragukan[^.]*?(waktu|sebelum|diambil|tanggal)")
    assert re.search(r"waktu|tanggal|diambil", text, re.I)


def test_exif_place_farther_than_200_m(city: Server, officer: Desk, validator: Desk) -> None:
    here = spot()
    now = stamp(datetime.now(UTC))
    near = claimed(city, officer, picture(taken=now, gps=(here["lat"] + 0.0009, here["lng"])), here)  # 100 m
    far = claimed(city, officer, picture(taken=now, gps=(here["lat"] + 0.0045, here["lng"])), here)  # 500 m
    against = judged(validator, far, r"Meragukan: [^:]*?(jauh|\bm\b|km|lokasi|tempat)")
    assert re.search(r"Meragukan: [^:]*?(\d{3}\s?m|0,5 km|jauh)", against), against[:600]
    text = judged(validator, near, r"\bm\b")
    assert not re.search(r"Meragukan: [^:]*?(jauh|\d{2,4}\s?m\b)", text), text[:600]


def test_a_screenshot(city: Server, officer: Desk, validator: Desk) -> None:
    image = Image.open(io.BytesIO(picture(size=(1080, 2340))))
    stream = io.BytesIO()
    image.save(stream, "PNG")
    tracking = claimed(city, officer, stream.getvalue(), name="Screenshot_20261122-101112.png", kind="image/png")
    judged(validator, tracking, r"tangkapan layar|screenshot")


def test_an_unverified_capture_is_said(city: Server, officer: Desk, validator: Desk) -> None:
    judged(validator, claimed(city, officer), r"belum terverifikasi")


def test_the_admin_refuses_reused_proof(city: Server, officer: Desk, validator: Desk) -> None:
    data = picture()
    judged(validator, claimed(city, officer, data))
    second = claimed(city, officer, data)
    until(lambda: second in doubted(city), 10, 0.5)
    admin = Desk(city, "admin")
    admin.do(f"/desk/validation/{second}", "/refuse", {"reason_code": "reused-photo", "reason": "Foto lama."})
    assert status(city, second) == "follow_up_refused"
    until(lambda: second not in doubted(city), 6, 0.4, "decided: no longer before the admin")


def test_the_validator_never_sees_who_reported(city: Server, officer: Desk, validator: Desk) -> None:
    tracking = in_progress(city, reporter={"name": "Kusumaningtyas Terlindung", "address": "Jl. Tersembunyi 99"})
    resolved(officer, tracking)
    page = validator.at(f"/desk/validation/{tracking}")
    assert "Kusumaningtyas" not in page.html
    assert "Tersembunyi 99" not in page.html


def test_deciding_twice_is_refused_and_said(city: Server, officer: Desk, validator: Desk) -> None:
    tracking = claimed(city, officer)
    first = validator.at(f"/desk/validation/{tracking}")
    admin = Desk(city, "admin")
    second = admin.at(f"/desk/validation/{tracking}")
    validator.submit(first, first.form("/validate")).ok()
    after = admin.submit(
        second, second.form("/refuse"), {"reason": "Saya kira belum rapi.", "reason_code": "poor-work"}
    )
    assert after.status == 409
    assert "Saya kira belum rapi." in after.html
    assert status(city, tracking) == "done"
    assert json.dumps(of(city, tracking))


def _queue(officer: Desk) -> str:
    """The agency's whole queue."""
    page = officer.at("/desk/agency")
    html = page.html
    for _ in range(20):
        if not page.next():
            break
        page = officer.at(page.next())
        html += page.html
    return html


def test_the_proof_of_another_report_is_no_link_to_its_agency(city: Server, officer: Desk) -> None:
    """The officer whose photo was found reused does not get to see the other agency's report."""
    data = picture()
    first = in_progress(city, "perhubungan")
    resolved(Desk(city, "perhubungan"), first, data)
    second = claimed(city, officer, data)
    until(lambda: second in doubted(city), 10, 0.5)
    assert Photo
    assert officer.get(f"/desk/agency/{first}").status in (403, 404)

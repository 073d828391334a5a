"""Finished work's pictures on their way: the code of the field page, reused proof, and what that costs."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from PIL import Image, ImageDraw

from chalicelib.channels.message import Message
from chalicelib.domain.capture import ROW
from chalicelib.domain.errors import NotYours
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.proof import signs_of
from chalicelib.domain.report import Report
from chalicelib.outbound.pictures.strip import mark_read
from chalicelib.store import items
from chalicelib.store.client import client
from chalicelib.store.desk_table import Item
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.capture import new_code, redeemed
from chalicelib.usecases.look_at import look_at, look_at_upload
from chalicelib.usecases.submit import submit
from chalicelib.usecases.uploads import new_upload
from scripts.proof_pairs import View, cropped, place

UPLOADS = "tanggap-local-uploads-123456789012"
SEED = "5e" * 16
FIELD = Actor(role=Role.AGENCY, agency="bina-marga", subject="u1")
VALIDATOR = Actor(role=Role.VALIDATOR, agency="biro-pemerintahan", subject="u2")


def jpeg(image: Image.Image, quality: int = 80) -> bytes:
    out = BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


def stripped(image: Image.Image, cells: str) -> Image.Image:
    """As the field page draws it."""
    image = image.copy()
    draw, row = ImageDraw.Draw(image), image.width * ROW
    for index, cell in enumerate(cells):
        left, right = index * image.width / len(cells), (index + 1) * image.width / len(cells)
        for at, white in ((2, cell == "1"), (1, cell == "0")):
            top = image.height - at * row
            draw.rectangle((left, top, right, top + row), fill="white" if white else "black")
    return image


@pytest.fixture
def upload(desk: Any) -> Callable[[bytes], str]:
    made = iter(range(1, 100))

    def put(content: bytes) -> str:
        photo: str = new_upload(desk, next(made).to_bytes(12, "big"))["id"]
        client("s3", desk.settings.region).put_object(Bucket=UPLOADS, Key=f"uploads/{photo}", Body=content)
        return photo

    return put


def report(desk: Any, name: str, *photos: str) -> Report:
    """With Bina Marga."""
    made = submit(
        desk,
        Message(
            channel="jaki", id=name, sender="+6281234567890", text="Jalan berlubang", name="Budi", address="Jl. Mawar 2",
            photos=photos, raw=name.encode(),
        ),
        seed=SEED,
    ).report  # fmt: skip
    if made.agency != "bina-marga":
        body = b'{"agency": "bina-marga"}'
        made = act(desk, made.tracking, Action.DISPATCH, Actor(role=Role.ADMIN), body, action_id=f"d:{name}", seed=SEED)
    return act(desk, made.tracking, Action.ACCEPT, FIELD, b"{}", action_id=f"a:{name}", seed=SEED)


def resolved(desk: Any, it: Report, photo: str, name: str = "r") -> Report:
    body = f'{{"note": "sudah ditambal", "photos": ["{photo}"]}}'.encode()
    act(desk, it.tracking, Action.RESOLVE, FIELD, body, action_id=f"{name}:{photo}", seed=SEED)
    look_at(desk, it.tracking, seed=SEED)
    after: Report = desk.reports.get(it.tracking)
    return after


def kinds(it: Report, photo: str) -> set[str]:
    return {sign.kind for sign in signs_of(it)[photo]}


@pytest.mark.parametrize("quality", [30, 60, 95])
@pytest.mark.parametrize("width", [640, 1000, 1600])
def test_the_strip_is_read_back(desk: Any, quality: int, width: int) -> None:
    given = new_code(desk, report(desk, "m"), FIELD, b"\x9a\x01\xfe\x33")
    drawn = stripped(place(1, "pothole", View()).resize((1600, 1200)), given["cells"])
    back = Image.open(BytesIO(jpeg(drawn.resize((width, width * 3 // 4)), quality)))
    assert mark_read(back) == given["mark"]
    assert mark_read(place(1, "pothole", View())) == ""


def test_a_picture_of_the_field_page_is_captured_and_its_code_is_good_once(desk: Any, upload: Any) -> None:
    it = report(desk, "m")
    given = new_code(desk, it, FIELD, b"1234")
    one, other = (upload(jpeg(stripped(place(seed, "pothole", View()), given["cells"]))) for seed in (1, 2))
    look_at_upload(desk, one, seed=SEED)
    look_at_upload(desk, other, seed=SEED)
    body = f'{{"note": "selesai", "photos": ["{one}", "{other}"]}}'.encode()
    act(desk, it.tracking, Action.RESOLVE, FIELD, body, action_id="r", seed=SEED)
    look_at(desk, it.tracking, seed=SEED)
    after = desk.reports.get(it.tracking)
    assert "captured" in kinds(after, one)
    assert "gallery" in kinds(after, other)


def test_a_code_for_another_report_or_too_late_proves_nothing(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    it, now = report(desk, "m"), desk.now()
    late = new_code(desk, it, FIELD, b"abcd")
    assert redeemed(desk, "f" * 16, "p") == redeemed(desk, "", "p") == ""
    monkeypatch.setattr(desk, "now", lambda: now + timedelta(minutes=21))
    assert redeemed(desk, late["mark"], "p") == ""
    with pytest.raises(NotYours):
        new_code(desk, it, Actor(role=Role.AGENCY, agency="dishub", subject="u"), b"zzzz")


def test_a_reused_proof_goes_before_the_admin_at_once(desk: Any, upload: Any) -> None:
    seen = place(3, "tree", View())
    first = report(desk, "m1")
    one = upload(jpeg(seen))
    assert "alike" not in kinds(resolved(desk, first, one), one)
    second = report(desk, "m2")
    two = upload(jpeg(cropped(seen, random.Random(1)).transpose(Image.Transpose.FLIP_LEFT_RIGHT), 60))
    after = resolved(desk, second, two)
    (alike,) = [sign for sign in signs_of(after)[two] if sign.kind == "alike"]
    assert (alike.data["tracking"], alike.data["photo"]) == (first.tracking, one)
    assert (after.doubted, after.status) == (True, Status.AWAITING_VALIDATION)
    assert items.attributes(after, desk.city)["pending"] == "doubted"
    entry = after.entries()[-1]
    assert (entry.event, entry.told.data["to"], entry.told.public) == ("proof_doubted", ["biro-pemerintahan"], False)
    look_at(desk, second.tracking, seed=SEED)
    assert desk.reports.get(second.tracking).seq == after.seq, "once"
    done = act(desk, second.tracking, Action.VALIDATE, VALIDATOR, b"{}", action_id="v", seed=SEED)
    assert done.status is Status.DONE
    assert done.entries()[-1].told.data == {"doubted": True}


def test_the_picture_of_the_problem_is_no_proof(desk: Any, upload: Any) -> None:
    seen = place(4, "rubbish", View(done=False))
    it = report(desk, "m", f"upload:{upload(jpeg(seen))}")
    look_at(desk, it.tracking, seed=SEED)
    again = upload(jpeg(seen, 50))
    assert "same_as_before" in kinds(resolved(desk, it, again), again)


def test_among_five_thousand_others_it_takes_as_many_reads(desk: Any, upload: Any, monkeypatch: Any) -> None:
    chance = random.Random(1)
    first = report(desk, "m1")
    one = upload(jpeg(place(5, "lamp", View())))
    resolved(desk, first, one)
    spot = "[[9,9,2,false,[]]]"
    desk.things.put_many(
        [Item(kind=f"print#{chance.getrandbits(20):05x}", id=f"other{n}", body=spot) for n in range(5_000)]
    )
    calls: list[str] = []
    for name in ("query", "get_many"):
        plain = getattr(desk.things, name)
        monkeypatch.setattr(desk.things, name, lambda *a, n=name, p=plain, **k: (calls.append(n), p(*a, **k))[1])
    two = upload(jpeg(place(5, "lamp", View()), 40))
    assert "alike" in kinds(resolved(desk, report(desk, "m2"), two), two)
    assert calls.count("query") <= 128
    assert calls.count("get_many") <= 2

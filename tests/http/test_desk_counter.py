"""The counter's form and its slip: written down once, the key shown once, and the reporter's word given at any counter."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.http.conftest import Answer, bearer

FORM = "application/x-www-form-urlencoded"
FILLED = {
    "form_id": "a" * 32,
    "channel": "kelurahan",
    "text": "Lampu jalan mati sejak tiga malam",
    "category": "jalan",
    "kelurahan": "Menteng, Menteng, Kota Administrasi Jakarta Pusat",
    "landmark": "depan SDN 01",
    "name": "Siti Aminah",
    "address": "Jl. Kenanga No. 4, Menteng",
    "phone": "0812 3456 7890",
    "id_seen": "1",
    "consent": "1",
    "lang": "id",
}
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415408d763f8ffff3f0005fe02fea735814c0000"
    "000049454e44ae426082"
)
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 8 + b"\xff\xc0" + b"\x00" * 40 + b"\xff\xd9"


def multipart(fields: dict[str, str], *files: tuple[str, bytes]) -> tuple[str, bytes]:
    parts = [
        b'--b\r\nContent-Disposition: form-data; name="' + name.encode() + b'"\r\n\r\n' + value.encode() + b"\r\n"
        for name, value in fields.items()
    ]
    parts += [
        b'--b\r\nContent-Disposition: form-data; name="photos"; filename="'
        + name.encode()
        + b'"\r\nContent-Type: image/jpeg\r\n\r\n'
        + body
        + b"\r\n"
        for name, body in files
    ]
    return "multipart/form-data; boundary=b", b"".join(parts) + b"--b--\r\n"


@pytest.fixture
def counter(web: Callable[..., Answer], clock: Any) -> Callable[..., Answer]:
    """Sends the counter's form, as JavaScript-less browsers do."""
    from datetime import UTC, datetime

    def send(*files: tuple[str, bytes], role: str = "counter", sub: str = "", **changes: str) -> Answer:
        clock.instant = datetime.now(UTC)
        fields = {name: value for name, value in (FILLED | changes).items() if value}
        kind, body = multipart(fields, *files)
        headers = bearer(role, **({"sub": sub} if sub else {})) | {"content-type": kind}
        return web("POST", "/desk/counter", headers=headers, body=body)

    return send


@pytest.fixture
def slip(web: Callable[..., Answer]) -> Callable[..., Answer]:
    """Shows a slip at a counter."""

    def show(role: str = "counter", sub: str = "counter-9", **fields: str) -> Answer:
        headers = bearer(role, sub=sub) | {"content-type": FORM}
        return web("POST", "/desk/counter/slip", headers=headers, body=urlencode(fields))

    return show


def number_in(answer: Answer) -> str:
    found = re.search(r"JKT-\w{4}-\w{4}-\w{4}", answer.text)
    assert found, answer.text
    return found[0]


def key_in(answer: Answer) -> str:
    found = re.search(r'class="slip-number number">([0-9A-Z ]{19})<', answer.text)
    assert found, answer.text
    return found[1]


def test_the_form_is_empty_and_has_an_id_of_its_own(web: Callable[..., Answer]) -> None:
    one, other = (web("GET", "/desk/counter", headers=bearer("counter")) for _ in range(2))
    assert one.status == 200
    ids = {re.search(r'name="form_id" value="(\w{32})"', each.text)[1] for each in (one, other)}  # type: ignore[index]
    assert len(ids) == 2
    assert len(one.text) < 60_000


@pytest.mark.parametrize("role", ["agency", "validator", "analyst"])
def test_the_counter_is_open_to_counters_and_admins_only(web: Callable[..., Answer], role: str) -> None:
    agency = "bina-marga" if role == "agency" else None
    assert web("GET", "/desk/counter", headers=bearer(role, agency)).status == 403
    headers = bearer(role, agency) | {"content-type": FORM}
    assert web("POST", "/desk/counter/slip", headers=headers, body="tracking=x").status == 403


def test_a_walk_in_takes_the_number_and_the_key_home(counter: Callable[..., Answer], desk: Any) -> None:
    answer = counter()
    assert answer.status == 200, answer.text
    number, key = number_in(answer), key_in(answer)
    report = desk.reports.get(number)
    assert key.replace(" ", "") == desk.key_of(number, 1)
    assert (report.channel, report.place.area, report.answerable) == ("kelurahan", "31.71.06.1001", True)
    paper = unescape(answer.text).split('class="slip card"')[1]
    first, second = paper.split('class="cut"')
    assert number in first
    assert key not in first
    assert "sebelum" in first or "paling lambat" in first
    assert key in second
    assert paper.count("<svg") == 2
    for secret in ("Siti", "Aminah", "Kenanga", "0812", "81234567890"):
        assert secret not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert key.replace(" ", "") not in str(answer.headers)


def test_consent_and_that_an_identity_card_was_seen_are_recorded_and_no_more(
    counter: Callable[..., Answer], desk: Any
) -> None:
    report = desk.reports.get(number_in(counter()))
    noted = report.entries()[0].told.data["noted"]
    assert noted == {"consent": "read out 2026-11 id", "id_seen": "yes", "who": "counter-1"}
    other = desk.reports.get(number_in(counter(form_id="b" * 32, id_seen="", lang="en")))
    assert other.entries()[0].told.data["noted"]["id_seen"] == "no"
    assert other.lang == "en"


def test_a_reload_is_the_same_report_and_the_same_slip(counter: Callable[..., Answer], desk: Any) -> None:
    first, again = counter(("a.jpg", JPEG)), counter(("a.jpg", JPEG))
    assert (number_in(first), key_in(first)) == (number_in(again), key_in(again))
    report = desk.reports.get(number_in(first))
    assert report.seq == 2 if len(report.history) == 2 else report.seq == 1
    assert "isi lain" not in again.text
    assert number_in(counter(sub="counter-2")) != number_in(first)  # somebody else's form is another one


def test_the_same_form_with_other_words_says_so(counter: Callable[..., Answer]) -> None:
    first, other = counter(), counter(text="Lain sama sekali")
    assert number_in(first) == number_in(other)
    assert "isi lain" in other.text


def test_everything_wrong_stands_beside_its_field_and_what_was_typed_is_kept(counter: Callable[..., Answer]) -> None:
    answer = counter(
        ("a.jpg", JPEG), text="", phone="abc", email="x", kelurahan="Atlantis", consent="", name="", lat="x", lng="1"
    )
    assert answer.status == 422
    for field in ("text", "phone", "email", "kelurahan", "consent", "name", "lat"):
        assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', answer.text), field
    assert 'value="Atlantis"' in answer.text
    assert "Jl. Kenanga No. 4, Menteng" in answer.text
    assert f'name="form_id" value="{"a" * 32}"' in answer.text
    assert re.search(
        r'<input type="hidden" name="photo" value="[\w-]{16,64}">', answer.text
    )  # no need to choose it again


def test_a_photo_that_was_kept_goes_with_the_corrected_form(counter: Callable[..., Answer], desk: Any) -> None:
    wrong = counter(("a.jpg", JPEG), consent="")
    kept = re.search(r'name="photo" value="([\w-]+)"', wrong.text)
    assert kept
    report = desk.reports.get(number_in(counter(photo=kept[1])))
    assert report.photos == (f"pending:{kept[1]}",)
    assert desk.buckets.uploaded(kept[1]) == JPEG


@pytest.mark.parametrize(
    "file",
    [b"<script>alert(1)</script>", b"%PDF-1.7", b"\xff\xd8\xff\xe0" + b"0" * 300, b"\xff\xd8" + b"x" * 6_000_001],
)
def test_what_is_no_picture_or_too_large_is_refused(counter: Callable[..., Answer], file: bytes) -> None:
    answer = counter(("a.jpg", file))
    assert answer.status == 422
    assert re.search(r'id="f-photos"[^>]*aria-invalid="true"', answer.text)


def test_who_does_not_say_all_is_recorded_as_they_say_it(counter: Callable[..., Answer], desk: Any) -> None:
    asked = counter(name="", address="")
    assert asked.status == 422
    assert 'name="incomplete"' in asked.text
    report = desk.reports.get(number_in(counter(name="", address="", incomplete="1")))
    assert report.missing == ("name", "address")


def test_scripts_and_right_to_left_text_are_text(counter: Callable[..., Answer]) -> None:
    answer = counter(text="<script>alert(1)</script>\u202eabc", name='"><img src=x>', consent="")
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;" in answer.text
    assert "<img src=x>" not in answer.text


def test_the_counter_is_remembered_and_nothing_else(counter: Callable[..., Answer], web: Callable[..., Answer]) -> None:
    cookie = counter(channel="pendopo").headers["set-cookie"]
    assert str(cookie).startswith("tanggap_counter=pendopo;")
    headers = bearer("counter") | {"cookie": "tanggap_counter=pendopo"}
    assert '<option value="pendopo" selected>' in web("GET", "/desk/counter", headers=headers).text
    strange = bearer("counter") | {"cookie": "tanggap_counter=<script>"}
    assert "<script>" not in web("GET", "/desk/counter", headers=strange).text.split("</head>")[1]


def test_the_reporter_at_the_counter_hears_by_sms(counter: Callable[..., Answer], desk: Any) -> None:
    from chalicelib.outbound.ways import way_of

    report = desk.reports.get(number_in(counter()))
    to = desk.sealer.open_all(report.sealed, report.tracking, 0)
    way = way_of(desk.city.channels["kelurahan"], to, desk.city.channels, desk.city.local_day(desk.now()))
    assert (way.adapter, to.phone) == ("sms_http", "+6281234567890")


def test_the_number_can_be_printed_again_and_the_key_cannot(
    counter: Callable[..., Answer], web: Callable[..., Answer]
) -> None:
    first = counter()
    number = number_in(first)
    again = web("GET", "/desk/counter/slip/{tracking}", headers=bearer("counter"), tracking=number)
    assert again.status == 200
    assert number in again.text
    assert key_in(first) not in again.text
    assert key_in(first).replace(" ", "") not in again.text


def test_with_the_slip_a_walk_in_asks_at_any_counter(
    counter: Callable[..., Answer], slip: Callable[..., Answer]
) -> None:
    first = counter()
    number, key = number_in(first), key_in(first)
    for typed in (number, number.lower().replace("-", ""), f"http://127.0.0.1:8000/reports/{number}?lang=id"):
        shown = slip(tracking=typed, key=key.lower())
        assert shown.status == 200, shown.text
        assert "Lampu jalan mati" in shown.text
        assert 'name="do" value="withdraw"' in shown.text
        assert 'name="do" value="confirm"' not in shown.text
    assert slip(tracking=number, key=key.replace("0", "O").replace("1", "l")).status == 200


def test_a_wrong_key_opens_nothing_and_ten_of_them_are_enough(
    counter: Callable[..., Answer], slip: Callable[..., Answer], clock: Any
) -> None:
    first = counter()
    number, key = number_in(first), key_in(first)
    for left in range(9, -1, -1):
        refused = slip(tracking=number, key="0000 0000 0000 0000")
        assert refused.status == 403
        assert "Lampu" not in refused.text
        assert f"Masih {left} kali" in refused.text
    blocked = slip(tracking=number, key=key)
    assert blocked.status == 429
    assert int(blocked.headers["retry-after"]) <= 901
    assert slip(sub="counter-7", tracking=number, key=key).status == 200  # another member is another one
    clock.pass_by(minutes=15, seconds=1)
    assert slip(tracking=number, key=key).status == 200


def test_what_is_no_number_says_so(slip: Callable[..., Answer]) -> None:
    assert slip(tracking="JKT-0000-0000-0000", key="x").status == 422
    assert slip(tracking="<script>", key="x").status == 422


def test_taking_a_report_back_at_a_counter_is_the_reporters_word(
    counter: Callable[..., Answer], slip: Callable[..., Answer], desk: Any
) -> None:
    first = counter()
    number, key = number_in(first), key_in(first)
    wish = {"tracking": number, "key": key, "do": "withdraw", "words": "Sudah beres sendiri", "form_id": "c" * 32}
    done = slip(**wish)
    assert done.status == 200, done.text
    assert "Laporan ditarik." in done.text
    assert slip(**wish).status == 200  # a reload is the same word
    report = desk.reports.get(number)
    (entry,) = [each for each in report.entries() if each.event == "withdrawn"]
    assert (entry.told.role, entry.told.data["via"], entry.told.by) == ("reporter", "kelurahan", "")
    assert report.status == "withdrawn"
    journal = [entry for _, entry in desk.journal.month(desk.now(), limit=10)]
    assert {(each.what, each.who, each.about) for each in journal} == {("slip_used", "counter-9", number)}
    assert slip(**wish | {"form_id": "d" * 32}).status == 422  # nothing to take back any more


def test_what_was_refused_does_not_stand_in_the_journal_as_said(
    counter: Callable[..., Answer], slip: Callable[..., Answer], desk: Any
) -> None:
    first = counter()
    wish = {"tracking": number_in(first), "key": key_in(first), "do": "withdraw", "form_id": "c" * 32}
    assert slip(**wish, words="x" * 6_000).status == 422
    assert desk.journal.month(desk.now(), limit=10) == []


def test_an_open_question_is_read_out_and_answered(
    counter: Callable[..., Answer], slip: Callable[..., Answer], desk: Any
) -> None:
    from chalicelib.domain.lifecycle import Action, Role
    from chalicelib.usecases.act import Actor, act

    first = counter()
    number, key = number_in(first), key_in(first)
    ask = b'{"question": "Tiang yang <mana>?"}'
    act(desk, number, Action.ASK, Actor(role=Role.ADMIN, subject="a"), ask, action_id="ask", seed="00" * 16)
    shown = slip(tracking=number, key=key)
    assert "Tiang yang &lt;mana&gt;?" in shown.text
    empty = slip(tracking=number, key=key, do="answer", words="", form_id="e" * 32)
    assert (empty.status, desk.reports.get(number).pause is None) == (422, False)
    told = slip(tracking=number, key=key, do="answer", words="Yang di depan sekolah", form_id="f" * 32)
    assert told.status == 200, told.text
    report = desk.reports.get(number)
    assert report.pause is None
    last = next(entry for entry in reversed(report.entries()) if entry.event == "answered")
    assert (last.told.note, last.told.data["via"]) == ("Yang di depan sekolah", "kelurahan")


def test_what_is_called_done_is_disputed_at_a_counter(
    counter: Callable[..., Answer], slip: Callable[..., Answer], desk: Any
) -> None:
    import msgspec

    first = counter()
    number, key = number_in(first), key_in(first)
    before = desk.reports.get(number)
    desk.reports.change(before, msgspec.structs.replace(before, status="awaiting_validation", agency="bina-marga"))
    assert 'name="do" value="confirm"' in slip(tracking=number, key=key).text
    assert slip(tracking=number, key=key, do="dispute", words="", form_id="1" * 32).status == 422
    said = slip(tracking=number, key=key, do="dispute", words="Masih gelap", form_id="2" * 32)
    assert said.status == 200, said.text
    report = desk.reports.get(number)
    last = report.entries()[-1]
    assert (last.event, last.told.note, last.told.role) == ("disputed", "Masih gelap", "reporter")
    confirmed = slip(tracking=number, key=key, do="confirm", form_id="3" * 32)
    assert "menyatakan sudah beres" in confirmed.text


def test_a_store_that_is_away_loses_nothing_typed(
    counter: Callable[..., Answer], desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> bool:
        raise TimeoutError

    with monkeypatch.context() as patched:
        patched.setattr(desk.reports, "add", away)
        answer = counter(("a.jpg", JPEG))
    assert (answer.status, answer.headers["retry-after"]) == (503, "5")
    assert "Lampu jalan mati sejak tiga malam" in answer.text
    assert re.search(r'name="photo" value="[\w-]{16,64}"', answer.text)
    assert f'name="form_id" value="{"a" * 32}"' in answer.text
    assert counter(("a.jpg", JPEG)).status == 200

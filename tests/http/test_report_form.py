"""The form on the web: without a script, in both languages; slips stand beside their fields and nothing typed is lost."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from chalicelib.domain.tracking import derive
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
    policy = page.headers["content-security-policy"]
    assert "script-src 'self';" in policy, "scripts are files of ours; what stands in the page is data"
    assert set(re.findall(r"<script([^>]*)>", page.text)) - set(re.findall(r"<script([^>]*)></script>", page.text)) == {
        ' type="application/json" id="form-words"',
        ' type="application/json" id="draft-words"',
    }
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


def test_the_answer_opens_ones_own_report(web: Callable[..., Answer], desk: Any) -> None:
    answer = send(web)
    number = stored_in(answer)
    form = re.search(rf'<form action="[^"]*/reports/{number}/open" method="post">(.+?)</form>', answer.text, re.S)
    assert form is not None
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[1]))
    body = urlencode(fields).encode()
    opened = web("POST", "/reports/{tracking}/{action}", tracking=number, action="open", headers=FORM, body=body)
    assert (opened.status, opened.headers["location"]) == (303, f"/reports/{number}?lang=id&done=open")
    assert f"tanggap_key_{number.replace('-', '')}=" in opened.headers["set-cookie"]


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
    assert "<script>alert" not in answer.text
    assert "</textarea><b>" not in answer.text


def test_a_machine_that_fills_every_field_is_told_so(web: Callable[..., Answer]) -> None:
    answer = send(web, website="https://spam.example")
    assert answer.status == 422
    assert "Sudah kami kosongkan: tekan kirim sekali lagi." in answer.text
    assert "spam.example" not in answer.text, "a browser may have filled it in: the next press goes through"


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


def multipart(told: dict[str, str], *files: tuple[str, bytes]) -> tuple[dict[str, str], bytes]:
    """A browser's multipart form: its headers and body."""
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in told.items()
    ]
    for name, content in files:
        head = f'--x\r\nContent-Disposition: form-data; name="photo_files"; filename="{name}"\r\nContent-Type: image/jpeg\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return HTML | {"content-type": "multipart/form-data; boundary=x"}, b"".join([*parts, b"--x--\r\n"])


def jpeg(shade: int = 0) -> bytes:
    from io import BytesIO

    from PIL import Image

    out = BytesIO()
    Image.new("L", (40, 30), shade).save(out, "JPEG")
    return out.getvalue()


def test_photos_in_the_form_itself(web: Callable[..., Answer], desk: Any) -> None:
    same = TOLD | {"form_id": "0f8e7d6c5b4a39281706f5e4d3c2b1a2"}
    files = [("a.jpg", jpeg()), ("b.jpg", jpeg(9))]
    first, second = (web("POST", "/report", headers=h, body=b) for h, b in (multipart(same, *files) for _ in range(2)))
    assert first.text == second.text
    report = desk.reports.get(stored_in(first))
    assert (len(report.photos), [entry.event for entry in report.entries()]) == (2, ["received"])


def test_photos_that_cannot_be_taken_are_said_and_the_others_kept(web: Callable[..., Answer], desk: Any) -> None:
    for files, words in (
        ([("a.jpg", jpeg()), ("big.jpg", jpeg() + b"\0" * 4_100_000)], "big.jpg terlalu besar"),
        ([("a.jpg", jpeg()), ("b.pdf", b"%PDF-1.7")], "b.pdf bukan foto"),
        ([(f"{n}.jpg", jpeg(n)) for n in range(4)], "Paling banyak 3 foto"),
    ):
        headers, body = multipart(TOLD | {"form_id": "0f8e7d6c5b4a39281706f5e4d3c2b1a3"}, *files)
        answer = web("POST", "/report", headers=headers, body=body)
        assert answer.status == 422
        assert words in answer.text.partition('id="photo_files-slip">')[2].partition("</p>")[0]
        kept = re.findall(r'name="photos" value="([^"]+)" checked', answer.text)
        assert len(kept) == min(len(files) - 1, 3)
        assert TOLD["text"] in answer.text
    sent = web(
        "POST", "/report", headers=FORM, body=urlencode(TOLD | {"form_id": "0" * 32, "photos": kept[0]}).encode()
    )
    assert len(desk.reports.get(stored_in(sent)).photos) == 1


def test_however_it_is_packed_it_is_one_report(web: Callable[..., Answer], desk: Any) -> None:
    told = TOLD | {"form_id": "0f8e7d6c5b4a39281706f5e4d3c2b1a4", "text": "Saluran tersumbat\r\nsejak kemarin "}
    page = web("POST", "/report", headers=FORM, body=urlencode(told).encode())
    again = told | {"text": "Saluran tersumbat\nsejak kemarin", "other": "1"}
    headers = FORM | {"accept": "application/json"}
    receipt = web("POST", "/report", headers=headers, body=urlencode(again).encode())
    report = desk.reports.get(stored_in(page))
    assert receipt.json["tracking"] == report.tracking
    assert receipt.json["key"] == desk.key_of(report.tracking, 1)
    assert [entry.event for entry in report.entries()] == ["received"], "no trace of a difference there was none of"
    wrong = web("POST", "/report", headers=headers, body=urlencode(again | {"consent": ""}).encode())
    assert (wrong.status, set(wrong.json["details"])) == (422, {"consent"})


def test_a_form_that_is_sent_at_once_is_to_be_sent_again(web: Callable[..., Answer], desk: Any, clock: Any) -> None:
    page = web("GET", "/report", headers=HTML)
    made = re.search(r'name="made" value="([^"]+)"', page.text)
    assert made
    quick = send(web, made=made[1], photos="0123456789abcdef")
    assert (quick.status, quick.headers["retry-after"]) == (429, "1")
    assert "sangat cepat" in quick.text
    assert TOLD["text"] in quick.text
    assert 'value="0123456789abcdef" checked' in quick.text
    assert 'name="made"' not in quick.text, "pressing once more is enough"
    assert stored_in(send(web, made="1." + "0" * 24)), "whoever does not say is not asked"
    clock.pass_by(seconds=4)
    assert stored_in(send(web, made=made[1]))


def test_many_from_one_address_are_told_to_wait_and_lose_nothing(
    web: Callable[..., Answer], desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from chalicelib.domain.errors import Busy
    from chalicelib.http import form_guard

    request = SimpleNamespace(context={"identity": {"sourceIp": "203.0.113.9"}})
    for _ in range(form_guard.PER_ADDRESS):
        form_guard.slow_down(request)
    with pytest.raises(Busy):
        form_guard.slow_down(request)
    form_guard.slow_down(SimpleNamespace(context={"identity": {"sourceIp": "203.0.113.10"}}))
    form_guard.slow_down(request, what="uploads")
    assert not [name for name in desk.counts._minutes if "203.0.113" in name], "no address is kept as it is"

    def busy(*_: object) -> None:
        raise Busy("Too many.", retry_after=17)

    monkeypatch.setattr("chalicelib.http.report_form.slow_down", busy)
    answer = send(web)
    assert (answer.status, answer.headers["retry-after"]) == (429, "17")
    assert "17 detik" in answer.text
    assert TOLD["text"] in answer.text


@pytest.fixture
def near(web: Callable[..., Answer], filed: Callable[..., dict[str, Any]], desk: Any) -> Callable[..., str]:
    """A report about 40 m from the one that will be told, taken in hand by the staff."""
    from tests.http.conftest import bearer

    def report(**changes: Any) -> str:
        told = {"text": "Saluran air tersumbat di depan pasar", "category": "banjir", "location": SPOT} | changes
        tracking = str(filed(f"near-{len(changes)}-{changes}", **told)["tracking"])
        known = desk.reports.get(tracking)
        answer = web(
            "POST",
            "/staff/reports/{tracking}/{action}",
            tracking=tracking,
            action="accept",
            headers=bearer("agency", known.agency),
            body=b"{}",
        )
        assert answer.status == 200, answer.text
        return tracking

    return report


SPOT = {"lat": -6.2262, "lng": 106.8500}
HERE = {"lat": "-6.2259", "lng": "106.8502", "category": "banjir", "email": "rina@contoh.id"}


def test_joining_by_the_form_is_bounded_as_joining_is(
    web: Callable[..., Answer], desk: Any, near: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.http import form_guard

    known = near()
    monkeypatch.setattr(form_guard, "WISHES_PER_MINUTE", 2)
    mails = HERE | {"same": known, "form_id": "a" * 32}
    answers = [send(web, **mails | {"email": f"a{number}@contoh.id"}).status for number in range(4)]
    assert answers == [200, 200, 429, 429]


def test_no_question_tells_where_a_sensitive_report_is(
    web: Callable[..., Answer], desk: Any, near: Callable[..., str]
) -> None:
    """What is named depends on the middle of its cell alone: the same circle wherever in the cell it is."""
    from chalicelib.triage.duplicates import WITHIN_METRES

    known = near(text="Orang telantar perlu bantuan", category="pmks")
    (shown,) = json.loads(web("GET", "/open311/v2/{name}", name="requests.json").text)
    middle = (shown["lat"], shown["long"])
    assert middle != (SPOT["lat"], SPOT["lng"])
    for metres, named in ((WITHIN_METRES - 8, True), (WITHIN_METRES + 8, False)):
        for turn in range(4):
            north, east = metres * math.cos(turn * math.pi / 2), metres * math.sin(turn * math.pi / 2)
            lat, lng = middle[0] + north / 111_195, middle[1] + east / (111_195 * math.cos(math.radians(middle[0])))
            desk.counts._minutes.clear()
            asked = send(
                web,
                text="Orang telantar perlu bantuan",
                category="pmks",
                lat=f"{lat:.6f}",
                lng=f"{lng:.6f}",
                form_id=f"{turn}{int(metres)}".rjust(32, "0"),
            )
            assert (known.replace("-", "-<wbr>") in asked.text) is named, (metres, turn)


def test_what_was_told_near_by_is_shown_first(
    web: Callable[..., Answer], desk: Any, near: Callable[..., str], calls: Callable[[], list[str]]
) -> None:
    known = near()
    calls()
    asked = send(web, **HERE, photos="0123456789abcdef")
    assert len([call for call in calls() if call.startswith("dynamodb")]) <= 9
    assert asked.status == 200
    assert known.replace("-", "-<wbr>") in asked.text
    assert "Saluran air tersumbat di depan pasar" in asked.text
    assert "Sekitar 40 m" in asked.text
    assert not [word for word in ("Budi", "Mawar", "81234567890") if word in asked.text], "who reported that one"
    kept = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', asked.text))
    assert {name: kept.get(name) for name in (*TOLD, *HERE)} == TOLD | HERE
    assert kept["photos"] == "0123456789abcdef"
    own = web("POST", "/report", headers=FORM, body=urlencode(kept | {"other": "1", "photos": ""}).encode())
    assert stored_in(own) != known


def test_nothing_that_is_hidden_or_nobodys_yet_is_shown(
    web: Callable[..., Answer], filed: Callable[..., dict[str, Any]], near: Callable[..., str]
) -> None:
    near(private=True)
    near(confidential=True)
    filed("unread", text="Saluran air tersumbat di depan pasar", category="banjir", location=SPOT)
    near(location={"lat": -6.2362, "lng": 106.8500})
    near(text="Jalan berlubang besar", category="jalan")
    assert stored_in(send(web, **HERE))


def test_a_confidential_report_is_never_asked(web: Callable[..., Answer], near: Callable[..., str]) -> None:
    near()
    assert stored_in(send(web, **HERE, confidential="1"))


def test_who_has_the_same_problem_joins_by_mail(
    web: Callable[..., Answer], desk: Any, near: Callable[..., str]
) -> None:
    known = near()
    nameless = send(web, **(HERE | {"email": ""}), same=known)
    assert nameless.status == 422
    assert 'id="email-slip"' in nameless.text
    answer = send(web, **HERE, same=known)
    assert answer.status == 200
    assert "Periksa surel" in answer.text
    assert known in answer.text
    for strange in (derive(b"x" * 32, "JKT", "web", "nobody", "nothing"), "JKT-1"):
        gone = send(web, **HERE, same=strange)
        assert gone.status == 409
        assert "tidak dapat diikuti" in gone.text
        assert TOLD["text"] in gone.text


def test_the_service_worker_and_what_a_phone_asks_for(web: Callable[..., Answer]) -> None:
    worker = web("GET", "/sw.js")
    assert worker.headers["content-type"].startswith("text/javascript")
    assert worker.headers["service-worker-allowed"] == "/"
    assert worker.headers["cache-control"] == "no-cache"
    manifest = json.loads(web("GET", "/manifest.webmanifest").text)
    assert (manifest["start_url"], manifest["scope"]) == ("/report?lang=id", "/")
    assert "tel:112" in web("GET", "/offline", headers=HTML).text


def test_the_map_to_tap(web: Callable[..., Answer]) -> None:
    drawn = web("GET", "/report/map.svg", query={"lat": "-6.2262", "lng": "106.85", "lang": "en"})
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert 'aria-label="A point in Tebet Barat' in drawn.text
    assert web("GET", "/report/map.svg", query={"lat": "x", "lng": "1"}).status == 422
    assert web("GET", "/report/map.svg", query={"kelurahan": "Atlantis"}).status == 404

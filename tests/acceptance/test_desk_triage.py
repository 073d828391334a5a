"""Issue 4, deliver 2: the waiting queue, its suggestions with reasons, and everything an admin does with a report."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.acceptance.clients import DEPOK, Server, phone, until
from tests.acceptance.desks import (
    Desk,
    Photo,
    history,
    number,
    of,
    picture,
    spot,
    status,
    texted,
    trackings,
    waiting,
)


@pytest.fixture(scope="module")
def admin(city: Server) -> Desk:
    return Desk(city, "admin")


def listed(admin: Desk, queue: str = "waiting") -> list[str]:
    """The tracking numbers of a whole queue in the order shown, page by page."""
    found: list[str] = []
    page = admin.at(f"/desk/triage?queue={queue}")
    for _ in range(30):
        found += re.findall(r'class="number"[^>]*href="[^"]*?(JKT[-0-9A-Z]+)"', page.html) or trackings(page.main)
        if not page.next():
            break
        page = admin.at(page.next())
    return list(dict.fromkeys(found))


# the queue


def test_the_queue_shows_what_is_needed_and_masks_the_rest(city: Server, admin: Desk) -> None:
    sender = phone()
    tracking = texted(
        city, sender, "Trotoar rusak, tanya saja Pak Joko di 0812-3456-7890 atau joko@contoh.example, plat B 1234 XYZ"
    )
    row = until(lambda: _row(admin, tracking), 5, 0.3)
    assert "SMS" in row
    assert "Trotoar rusak" in row
    for secret in ("0812-3456", "joko@", "B 1234", sender, "Dewi Lestari", "Kembang Sepatu"):
        assert secret not in row, secret
    whole = admin.at(f"/desk/triage/{tracking}").main
    for secret in ("0812-3456", "joko@", sender, "Dewi Lestari", "Kembang Sepatu"):
        assert secret not in whole, secret
    assert "Cikini" in whole


def _row(admin: Desk, tracking: str) -> str:
    page = admin.at("/desk/triage?queue=waiting")
    for _ in range(20):
        if tracking in page.html:
            return page.row(tracking)
        if not page.next():
            break
        page = admin.at(page.next())
    return ""


def test_the_queue_is_in_deadline_order(city: Server, admin: Desk) -> None:
    made = [waiting(city)["tracking"] for _ in range(3)]
    until(lambda: set(made) <= set(listed(admin)), 6, 0.5)
    order = listed(admin)
    due = [of(city, tracking)["respond_by"][:19] for tracking in order[:40]]
    assert due == sorted(due)


def test_suggestions_carry_confidence_a_second_choice_and_reasons(city: Server, admin: Desk) -> None:
    tracking = waiting(city, text="Pohon tumbang kecil di taman dekat sampah menumpuk, mohon dibersihkan")["tracking"]
    row = until(lambda: _row(admin, tracking), 5, 0.3)
    assert len(re.findall(r"\d{1,3}\s?%", row)) >= 2, "confidence of the first and the second choice"
    page = admin.at(f"/desk/triage/{tracking}")
    forms = [form for form in page.forms if form.action.endswith("/dispatch")]
    assert len({form.find("agency").value for form in forms if form.named("agency")}) >= 2
    assert re.search(r"kata", page.main, re.I), "the words it rests on"
    assert re.search(r"“(pohon|tumbang|taman|sampah)\w*”", page.main, re.I), page.main[:1500]


def test_a_suggested_area_says_where_it_comes_from(city: Server, admin: Desk) -> None:
    pointed = waiting(city)["tracking"]
    told = texted(city, phone())
    asked = waiting(city, location=DEPOK)["tracking"]
    assert re.search(r"dari titik|titik", admin.at(f"/desk/triage/{pointed}").main, re.I)
    assert re.search(r"Cikini", admin.at(f"/desk/triage/{told}").main)
    assert re.search(r"tanyakan", admin.at(f"/desk/triage/{asked}").main, re.I)


def test_the_map_spot_needs_no_foreign_server(city: Server, admin: Desk) -> None:
    page = admin.at(f"/desk/triage/{waiting(city)['tracking']}")
    assert "<svg" in page.html
    for tag, at in page.tags:
        if tag in ("img", "script", "link", "iframe", "source", "video"):
            for name in ("src", "href"):
                assert not at.get(name, "").startswith(("http:", "https:", "//")), at


def test_the_senders_record(city: Server, admin: Desk) -> None:
    sender = phone()
    first = texted(city, sender)
    assert re.search(r"laporan pertama", admin.at(f"/desk/triage/{first}").main, re.I)
    assert city.act(first, "reject", {"reason": "Tidak benar."}).status == 200
    second = texted(city, sender)
    assert second != first
    page = admin.at(f"/desk/triage/{second}")
    assert re.search(r"ditolak", page.main, re.I), "rejected before"
    assert not re.search(r"laporan pertama", page.main, re.I)
    assert re.search(r"(belum )?terbukti|terverifikasi|belum diverifikasi", page.main, re.I), "verified or not"


FLAGS = {
    "emergency": (
        {"text": "Ada kebakaran besar di gudang, orang terjebak di dalam, tolong segera"},
        r"darurat|bahaya|112",
    ),
    "outside the city": ({"location": DEPOK}, r"di luar (kota|wilayah)"),
    "abuse": (
        {"text": "Dasar pejabat anjing bangsat goblok semua, kerja tolol, mati saja kalian"},
        r"kasar|hinaan|makian|ancaman|menghina",
    ),
    "not a public matter": (
        {"text": "Saya mau curhat, pacar saya selingkuh dan tidak mau mengembalikan utang pribadi saya"},
        r"bukan urusan publik|urusan pribadi|pribadi",
    ),
    "several problems": (
        {
            "text": "Pertama, lampu jalan mati total. Kedua, sampah menumpuk di pinggir kali. Ketiga, ada parkir liar di "
            "trotoar depan sekolah."
        },
        r"beberapa masalah|lebih dari satu",
    ),
}


@pytest.mark.parametrize("name", FLAGS)
def test_flags(city: Server, admin: Desk, name: str) -> None:
    changes, words = FLAGS[name]
    made = city.report(**({"category": None, "location": {**spot(), "landmark": "pos ronda"}} | changes))
    page = admin.at(f"/desk/triage/{made['tracking']}")
    section = page.main.split("Tindakan")[0]
    assert re.search(words, section.replace(str(changes.get("text", "-")), ""), re.I), section[:1500]


def test_a_flood_of_one_sender_is_flagged(city: Server, admin: Desk) -> None:
    who = {"name": "Banjir Pesan", "address": "Jl. Deras 1", "phone": phone()}
    made = [waiting(city, reporter=who)["tracking"] for _ in range(65)]
    page = admin.at(f"/desk/triage/{made[-1]}")
    assert re.search(
        r"banyak laporan|membanjiri|beruntun|terlalu banyak|sekaligus", page.main.split("Tindakan")[0], re.I
    ), page.main[:1500]


# one keystroke


def test_one_button_with_a_key_accepts_from_the_list(city: Server, admin: Desk) -> None:
    tracking = waiting(city, text="Trotoar rusak parah di depan gedung, ubin lepas, orang tersandung")["tracking"]
    until(lambda: _row(admin, tracking), 5, 0.3)
    page = admin.at("/desk/triage?queue=waiting")
    while tracking not in page.html:
        page = admin.at(page.next())
    form = next(form for form in page.forms if any(tracking in button.value for button in form.buttons))
    button = next(button for button in form.buttons if tracking in button.value)
    assert button.data.get("data-key"), "a letter presses it"
    after = admin.submit(page, form, press=re.escape(button.value))
    assert after.status == 200, after.main[:800]
    report = of(city, tracking)
    assert report["status"]["code"] == "coordination"
    assert report["agency"]["code"] == "bina-marga"
    events = [event for event in city.events(tracking) if event["type"].endswith("dispatched")] or until(
        lambda: city.events(tracking, kind="dispatched"), 5
    )
    assert events, "the agency is told"
    assert tracking not in listed(admin)


def test_one_button_accepts_from_the_report_and_leads_to_the_next(city: Server, admin: Desk) -> None:
    tracking = waiting(city, text="Lampu jalan mati di gang sempit dekat mushola")["tracking"]
    page = admin.at(f"/desk/triage/{tracking}")
    form = next(
        form
        for form in page.forms
        if form.action.endswith("/dispatch") and any(button.data.get("data-key") == "a" for button in form.buttons)
    )
    agency = form.find("agency").value
    after = admin.submit(page, form)
    assert after.status == 200, after.main[:800]
    assert of(city, tracking)["agency"]["code"] == agency
    assert after.path.startswith("/desk/triage"), after.url
    assert tracking not in after.path, "on to the next one"


def test_another_agency_than_the_suggested(city: Server, admin: Desk) -> None:
    tracking = waiting(city, text="Pohon miring di dekat sekolah")["tracking"]
    page = admin.at(f"/desk/triage/{tracking}")
    form = next(form for form in page.forms if form.action.endswith("/dispatch") and form.named("note"))
    admin.submit(page, form, {"agency": "Dinas Sosial", "note": "Mohon ditinjau."}).ok()
    assert of(city, tracking)["agency"]["code"] == "sosial"


def test_correcting_category_and_place(city: Server, admin: Desk) -> None:
    tracking = waiting(city)["tracking"]
    admin.do(
        f"/desk/triage/{tracking}",
        "/correct",
        {"Kategori": "Trotoar", "Alamat": "Jl. Tebet Timur Dalam 7", "Patokan": "seberang pasar"},
    )
    page = admin.at(f"/desk/triage/{tracking}").main
    assert "Trotoar" in page
    assert "Jl. Tebet Timur Dalam 7" in page
    assert "seberang pasar" in page
    report = of(city, tracking)
    assert "trotoar" in json.dumps(report["category"]).lower()
    assert any("correct" in str(entry["event"]) for entry in report["history"])


# duplicates


def test_near_duplicates_stand_side_by_side(city: Server, admin: Desk) -> None:
    here = spot()
    words = "Lubang besar di jalan depan warung bakso, sudah dua minggu belum ditambal"
    shift = lambda lat: {"lat": here["lat"] + lat, "lng": here["lng"], "landmark": "warung bakso"}  # noqa: E731
    old = city.report(text=words, location=shift(0))["tracking"]
    far = city.report(text=words, location=shift(0.0045))["tracking"]  # 500 m
    other = city.report(text="Kucing liar terlantar dan sakit di sini", category="satwa-liar", location=shift(0))[
        "tracking"
    ]
    new = waiting(city, text=words + " sampai sekarang", location=shift(0.0008), category=None)["tracking"]  # 90 m
    page = until(
        lambda: (found := admin.at(f"/desk/triage/{new}")) and old in _near(found.html) and found,
        8,
        0.5,
        "the duplicate",
    )
    near = _near(page.html)
    assert far not in near, "500 m away"
    assert other not in near, "another family of categories"
    assert "warung bakso" in near or "Lubang besar" in near, "its words are there too, side by side"
    assert re.search(r"\d+\s?m\b", near), "how far"


def _near(html: str) -> str:
    found = re.search(r"(<section[^>]*aria-labelledby=\"h-near\".*?</section>)", html, re.S)
    return found.group(1) if found else html


def test_an_equal_photo_is_said_too(city: Server, admin: Desk) -> None:
    here = {**spot(), "landmark": "pos"}
    data = picture()
    counter = Desk(city, "counter")
    found = []
    for words in ("Selokan mampet air meluap ke jalan", "Got tersumbat, air menggenang"):
        page = counter.at("/desk/counter")
        form = page.form("/counter")
        values: dict[str, Any] = {
            "text": words,
            "lat": str(here["lat"]),
            "lng": str(here["lng"]),
            "landmark": "pos",
            "name": f"Warga {number()}",
            "address": "Jl. Tebet 1",
            "photos": Photo(data),
            "consent": True,
            "category": "saluran-air-kali-sungai",
        }
        after = counter.submit(page, form, values)
        assert after.status in (200, 201), after.main[:1000]
        found.append(trackings(after.main)[0])
    first, second = found
    path = f"/desk/triage/{second}"
    until(
        lambda: (
            (got := admin.at(path)) and first in _near(got.html) and re.search(r"foto (mirip|sama)", _near(got.html))
        ),
        12,
        0.5,
        "the duplicate by photo",
    )


def test_merging_from_the_page(city: Server, admin: Desk) -> None:
    lead, tracking = waiting(city)["tracking"], waiting(city)["tracking"]
    admin.do(f"/desk/triage/{tracking}", "/merge", {"into": lead})
    assert status(city, tracking) == "merged"
    assert lead in json.dumps(city.citizen(tracking))
    assert tracking in admin.at(f"/desk/triage/{lead}").main


def test_merging_refuses_what_is_no_report(city: Server, admin: Desk) -> None:
    tracking = waiting(city)["tracking"]
    for into in ("JKT-7K3M-92QX-4HTC", tracking, "bukan nomor", "<script>x</script>"):
        page = admin.refused(f"/desk/triage/{tracking}", "/merge", {"into": into})
        assert "<script>x" not in page.html
        assert status(city, tracking) == "waiting"


def test_splitting_tells_the_reporter_of_both(city: Server, admin: Desk) -> None:
    sender = phone()
    tracking = texted(city, sender, "Lampu jalan mati dan sampah menumpuk di depan rumah")
    before = len(city.outbox(to=sender))
    admin.do(
        f"/desk/triage/{tracking}",
        "/split",
        {"problem": "Sampah menumpuk di depan rumah", "category": "sampah", "remaining_problem": "Lampu jalan mati"},
    )
    told = " ".join(city.to(sender, before + 1)[before:])
    both = trackings(told)
    assert tracking in both, told
    assert len(both) == 2, told
    second = next(one for one in both if one != tracking)
    assert "Sampah menumpuk" in of(city, second)["problem"]
    assert "sampah" in json.dumps(of(city, second)["category"]).lower()
    assert "Lampu jalan mati" in of(city, tracking)["problem"]
    assert "ampah" not in of(city, tracking)["problem"]
    assert city.citizen(second)["status"]["code"] in ("waiting", "coordination")
    page = admin.at(f"/desk/triage/{tracking}").main
    assert second in page
    city.quiet()
    assert len(city.outbox(to=sender)) == before + 1, "told once"


def test_splitting_needs_words(city: Server, admin: Desk) -> None:
    tracking = waiting(city)["tracking"]
    admin.refused(f"/desk/triage/{tracking}", "/split", {"problem": "  "})
    assert len(history(city, tracking)) == 1


def test_asking_back(city: Server, admin: Desk) -> None:
    sender = phone()
    tracking = texted(city, sender)
    before = len(city.outbox(to=sender))
    admin.do(f"/desk/triage/{tracking}", "/ask", {"question": "Di sisi mana, utara atau selatan?"})
    assert "utara atau selatan" in city.to(sender, before + 1)[-1]
    assert city.sms("Sisi utara", sender).status == 200
    until(lambda: "Sisi utara" in admin.at(f"/desk/triage/{tracking}").main, 6, 0.4, "the answer on the page")


def test_redacting_words(city: Server, admin: Desk) -> None:
    tracking = waiting(city, text="Jalan rusak karena kelakuan tetangga kami Sukarjo Bermata Satu")["tracking"]
    admin.do(f"/desk/triage/{tracking}", "/redact", {"problem": "Jalan rusak."})
    assert of(city, tracking)["problem"] == "Jalan rusak."
    for path in (f"/desk/triage/{tracking}", "/desk/triage"):
        assert "Sukarjo" not in admin.at(path).html


def test_hiding_a_photo(city: Server, admin: Desk) -> None:
    page = _with_photo(city, admin)
    tracking = page.path.rsplit("/", 1)[-1]
    form = next(form for form in page.forms if "redact" in form.action and _box(form))
    admin.submit(page, form, {_box(form): [_values(form)[0]]}).ok()
    after = admin.at(f"/desk/triage/{tracking}")
    assert not [src for src in after.photos if "/photos/" in src]
    gone = city.get(next(src for src in page.photos if "/photos/" in src), Accept="image/*")
    assert gone.status in (403, 404, 410), gone.status
    assert "/photos/" not in city.get(f"/reports/{tracking}").text
    assert any("redact" in str(entry["event"]) for entry in history(city, tracking)), "recorded"


def _with_photo(city: Server, admin: Desk) -> Any:
    counter = Desk(city, "counter")
    values: dict[str, Any] = {
        "text": "Tembok pembatas retak",
        "landmark": "pos ronda",
        "kelurahan": "Cikini, Menteng, Kota Administrasi Jakarta Pusat",
        "name": "Warga Baik",
        "address": "Jl. Tebet 1",
        "photos": Photo(picture()),
        "consent": True,
    }
    after = counter.do("/desk/counter", "/counter", values)
    tracking = trackings(after.main)[0]
    return until(
        lambda: (
            (page := admin.at(f"/desk/triage/{tracking}")) and any("/photos/" in src for src in page.photos) and page
        ),
        12,
        0.4,
        "the photo on the page",
    )


def _box(form: Any) -> str:
    return next((one.name for one in form.fields if one.kind == "checkbox"), "")


def _values(form: Any) -> list[str]:
    return [one.value for one in form.fields if one.kind == "checkbox"]


def test_photos_are_shown(city: Server, admin: Desk) -> None:
    page = _with_photo(city, admin)
    for src in page.photos:
        if "/photos/" in src:
            answer = admin.send(
                "GET", src.removeprefix(city.url), None, {"Accept": "image/avif,image/webp,image/*,*/*;q=0.8"}
            )
            assert answer.status in (200, 302, 303, 307), (src, answer.status)
    assert all(at.get("alt") is not None for tag, at in page.tags if tag == "img")


# rejecting


def test_rejecting_with_a_reason_code_tells_the_reporter_politely(city: Server, admin: Desk) -> None:
    sender = phone()
    tracking = texted(city, sender)
    before = len(city.outbox(to=sender))
    form = admin.at(f"/desk/triage/{tracking}").form("/reject")
    code = form.find("reason_code")
    assert len([value for value, _ in code.options if value]) >= 3
    admin.do(f"/desk/triage/{tracking}", "/reject", {"reason_code": "Di luar wilayah", "reason": "Hubungi Depok."})
    told = city.to(sender, before + 1)[-1]
    assert tracking in told
    assert "di luar wilayah" in told.lower(), told
    assert "Hubungi Depok" in told
    assert re.search(r"terima kasih|mohon|maaf|Bapak/Ibu", told, re.I), f"polite: {told}"
    assert status(city, tracking) == "rejected"
    assert any(
        entry.get("reason_code") == "outside-city" or "outside-city" in json.dumps(entry)
        for entry in history(city, tracking)
    )


def test_rejecting_without_any_reason_is_refused(city: Server, admin: Desk) -> None:
    tracking = waiting(city)["tracking"]
    page = admin.refused(f"/desk/triage/{tracking}", "/reject")
    assert page.status == 422
    assert status(city, tracking) == "waiting"


# automatic


def test_what_was_dispatched_without_waiting_is_marked_automatic(city: Server, admin: Desk) -> None:
    made = city.report(category="jalan", location={**spot(), "landmark": "pos"})
    assert made["status"]["code"] == "coordination"
    assert re.search(r"otomatis", admin.at(f"/desk/triage/{made['tracking']}").main, re.I)
    assert re.search(r"otomatis", Desk(city, "bina-marga").at(f"/desk/agency/{made['tracking']}").main, re.I)


def test_by_a_person_is_not_marked_automatic(city: Server, admin: Desk) -> None:
    tracking = waiting(city)["tracking"]
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    assert not re.search(r"otomatis", Desk(city, "bina-marga").at(f"/desk/agency/{tracking}").main, re.I)


# size


def test_a_page_of_fifty_is_small(city: Server, admin: Desk) -> None:
    have = len(listed(admin))
    for _ in range(max(0, 55 - have)):
        waiting(city, text=f"Mohon ditinjau, {'keadaan di sini tidak nyaman bagi warga, ' * 4} hari ke-{number()}")
    page = until(
        lambda: (
            (got := admin.at("/desk/triage"))
            and len(re.findall(r'class="number"[^>]*href="[^"]*?JKT-', got.html)) >= 50
            and got
        ),
        8,
        0.5,
        "a page of 50 rows",
    )
    assert len(page.answer.body) <= 60_000, len(page.answer.body)
    first = re.findall(r'class="number"[^>]*href="[^"]*?(JKT[-0-9A-Z]+)"', page.html)
    assert page.next(), "there is a way to the rest"
    second = re.findall(r'class="number"[^>]*href="[^"]*?(JKT[-0-9A-Z]+)"', admin.at(page.next()).html)
    assert second
    assert not set(first) & set(second)


def test_in_english_too(city: Server) -> None:
    desk = Desk(city, "admin", lang="en")
    tracking = waiting(city)["tracking"]
    page = desk.at(f"/desk/triage/{tracking}")
    assert 'lang="en"' in page.html[:200]
    for words in ("Reject", "Merge", "Split", "Suggestion"):
        assert words in page.main, words
    assert "Tolak laporan" not in page.main

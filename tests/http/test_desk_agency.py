"""An agency at work: its queue and nobody else's, filters, many at once, the work order, a crew's list."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import msgspec
import pytest

from chalicelib.domain.lifecycle import Role
from chalicelib.domain.report import Report
from chalicelib.usecases.act import STAFF_ACTIONS, Actor
from chalicelib.usecases.wording import wording
from tests.http.conftest import Answer, bearer
from tests.http.desk_forms import DINAS, FORM, PNG, SUDIN, Web, at_dinas, member, post, post_files

Filed = Callable[..., dict[str, Any]]
ADMIN = bearer("admin")
OTHER_SUDIN, WATER = "suku-dinas-bina-marga-jakarta-timur", "sumber-daya-air"
KELURAHAN, KECAMATAN, KOTA = "kelurahan-gambir", "kecamatan-gambir", "kota-administrasi-jakarta-pusat"


def queue(web: Web, who: dict[str, str], path: str = "/desk/agency", lang: str = "id", **query: str) -> Answer:
    return web("GET", path, headers=who | {"accept-language": lang}, query=query or None)


def shown(answer: Answer) -> list[str]:
    """The numbers of the rows, in their order."""
    rows = answer.text.split("data-row>")[1:]
    return [row.partition('class="number"')[2].partition(">")[2].partition("<")[0] for row in rows]


def many(desk: Any, tracking: str, count: int, **changes: Any) -> list[str]:
    """Copies of a report under other numbers."""
    from chalicelib.domain import tracking as numbers

    report: Report = desk.reports.get(tracking)
    made = []
    for index in range(count):
        number = numbers.derive(b"x", desk.city.prefix, "test", "", f"{tracking}:{index}")
        assert desk.reports.add(msgspec.structs.replace(report, tracking=number, **changes))
        made.append(number)
    return made


# Which offices see a report of the Dinas that its sub-unit has, and one of a kelurahan.
_WHO = [
    (member(DINAS), True, False),
    (member(SUDIN), True, False),
    (member(OTHER_SUDIN), False, False),
    (member(WATER), False, False),
    (member("suku-dinas-sumber-daya-air-jakarta-pusat"), False, False),
    (member(KELURAHAN), False, True),
    (member(KECAMATAN), False, True),
    (member(KOTA), False, True),
    (member("kelurahan-cideng"), False, False),
    (member("kecamatan-menteng"), False, False),
    (member("no-such-office"), False, False),
]  # fmt: skip


@pytest.fixture
def two(web: Web, filed: Filed, desk: Any) -> tuple[str, str]:
    """A report with a sub-unit of the Dinas, and one with a kelurahan."""
    first, second = at_dinas(filed), at_dinas(filed, "msg-2", text="Sampah menumpuk di gang")
    assert post(web, first, "disposition", member(), unit=SUDIN).status == 303
    assert post(web, second, "dispatch", ADMIN, agency=KELURAHAN).status == 303
    return first, second


@pytest.mark.parametrize(("who", "first", "second"), _WHO)
def test_a_member_sees_nothing_of_another_agency(
    web: Web, desk: Any, two: tuple[str, str], who: dict[str, str], first: bool, second: bool
) -> None:
    """Office × report × every page, JSON and list."""
    pages = ("/desk/agency/{tracking}", "/desk/agency/{tracking}/work-order", "/desk/reports/{tracking}",
             "/staff/reports/{tracking}")  # fmt: skip
    for tracking, may in zip(two, (first, second), strict=True):
        for path in pages:
            answer = web("GET", path, tracking=tracking, headers=who)
            assert answer.status == (200 if may else 403), path
            assert may or desk.reports.get(tracking).problem not in answer.text
        for path in ("/desk/agency", "/desk/field"):
            assert may or tracking not in web("GET", path, headers=who).text


@pytest.mark.parametrize(("who", "first", "second"), _WHO)
def test_a_member_changes_nothing_of_another_agency(
    web: Web, desk: Any, two: tuple[str, str], who: dict[str, str], first: bool, second: bool
) -> None:
    for tracking, may in zip(two, (first, second), strict=True):
        if may:
            continue
        before = desk.reports.get(tracking)
        for action in sorted(STAFF_ACTIONS):
            assert post(web, tracking, action, who, note="x", reason="x", unit=SUDIN).status == 403, action
            answer = web("POST", "/staff/reports/{tracking}/{action}", tracking=tracking, action=action,
                         headers=who, body="{}")  # fmt: skip
            assert answer.status in (403, 422), action
        assert post_files(web, tracking, "resolve", who, PNG, note="x").status == 403
        body = urlencode({"do": "accept", "tracking": tracking})
        assert "tidak berubah" in web("POST", "/desk/agency/bulk", headers=who | FORM, body=body).text
        assert desk.reports.get(tracking) == before


@pytest.mark.parametrize(
    ("office", "asked", "status"),
    [
        (DINAS, f"agency#{DINAS}", 200),
        (DINAS, f"office#{SUDIN}", 200),
        (DINAS, f"agency#{WATER}", 403),
        (SUDIN, f"office#{SUDIN}", 200),
        (SUDIN, f"agency#{DINAS}", 403),
        (SUDIN, f"office#{DINAS}", 403),
        (SUDIN, f"office#{OTHER_SUDIN}", 403),
        (KECAMATAN, f"office#{KELURAHAN}", 200),
        (KELURAHAN, f"office#{KECAMATAN}", 403),
        (DINAS, "waiting", 403),
        (DINAS, "office#no-such-office", 404),
    ],
)
def test_which_queues_an_office_reads(web: Web, office: str, asked: str, status: int) -> None:
    assert web("GET", "/staff/reports", headers=member(office), query={"queue": asked}).status == status
    if "#" in asked:
        code = asked.partition("#")[2]
        assert queue(web, member(office), agency=code).status == status


@pytest.mark.parametrize("role", ["validator", "counter", "analyst"])
def test_the_queue_is_for_agencies_and_admins(web: Web, role: str) -> None:
    assert queue(web, bearer(role)).status == 403
    assert queue(web, bearer(role), "/desk/field").status == 403
    assert queue(web, ADMIN).status == 200


def test_a_sub_unit_has_its_own_queue(web: Web, filed: Filed, desk: Any, two: tuple[str, str]) -> None:
    third = at_dinas(filed, "msg-3", text="Trotoar rusak")
    assert set(shown(queue(web, member()))) == {two[0], third}
    assert shown(queue(web, member(SUDIN))) == [two[0]]
    assert shown(queue(web, member(KELURAHAN))) == [two[1]]
    assert shown(queue(web, ADMIN, agency=DINAS)) == shown(queue(web, member()))
    own = web("GET", "/staff/reports", headers=member(SUDIN)).json
    assert own["queue"] == f"office#{SUDIN}"
    assert [each["tracking"] for each in own["items"]] == [two[0]]
    assert shown(queue(web, ADMIN)) == [], "an admin says which"


def test_a_sub_unit_does_the_agencys_work_on_what_it_has(web: Web, desk: Any, two: tuple[str, str]) -> None:
    tracking, who = two[0], member(SUDIN)
    assert post(web, tracking, "accept", who).status == 303
    assert post(web, tracking, "disposition", who, unit=OTHER_SUDIN).status == 422, "not to another's unit"
    assert post(web, tracking, "disposition", who, officer="Regu 3", note="Besok pagi").status == 303
    report = desk.reports.get(tracking)
    assert report.unit == SUDIN, "its officer has it, and so the sub-unit goes on having it"
    told = report.entries()[-1].told.data
    assert told == {"unit": SUDIN, "office": SUDIN, "officer": "Regu 3", "internal": "Besok pagi"}
    assert "Regu 3" in web("GET", "/desk/agency/{tracking}", tracking=tracking, headers=who).text
    assert shown(queue(web, who)) == [tracking]
    answer = post(web, tracking, "return", who, reason="Bukan wilayah kami")
    assert answer.status == 303
    assert desk.reports.get(tracking).status == "waiting"
    assert web("GET", "/desk/agency/{tracking}", tracking=tracking, headers=who).status == 403


def test_a_unit_that_is_accused_gets_nothing(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    before = desk.reports.get(tracking)
    desk.reports.change(before, msgspec.structs.replace(before, accused=OTHER_SUDIN, version=before.version + 1))
    # The Dinas is above the accused one: it may not even see it any more.
    assert web("GET", "/desk/agency/{tracking}", tracking=tracking, headers=member()).status == 403
    assert post(web, tracking, "disposition", member(), unit=OTHER_SUDIN).status == 403
    for office in (OTHER_SUDIN, DINAS):
        assert shown(queue(web, member(office))) in (
            [],
            [tracking],
        )  # a row is a number and a line, till it is moved on


def test_nobody_of_an_accused_office_sees_a_confidential_report(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    before = desk.reports.get(tracking)
    after = msgspec.structs.replace(
        before, accused=SUDIN, confidential=True, agency=None, status="waiting", version=before.version + 1
    )
    desk.reports.change(before, msgspec.convert(msgspec.to_builtins(after), Report))
    from chalicelib.store.members import Member

    for role in (Role.VALIDATOR, Role.COUNTER, Role.ANALYST):
        for office, status in ((SUDIN, 403), (DINAS, 403), (WATER, 200), (None, 200)):
            one = Member(sub=f"{role}-{office}", name="A", email="", role=role, agency=office)
            assert desk.members.add(one)
            answer = web("GET", "/desk/reports/{tracking}", tracking=tracking, headers=bearer(role, sub=one.sub))
            # Of confidential reports analysts have the totals of the overview, whatever their office.
            assert answer.status == (403 if role is Role.ANALYST else status), (role, office)
    assert web("GET", "/desk/reports/{tracking}", tracking=tracking, headers=ADMIN).status == 200


def test_the_queue_reads_what_it_shows(web: Web, filed: Filed, desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = at_dinas(filed, text="Jalan berlubang & licin di depan halte, sudah banyak yang jatuh " * 4)
    numbers = {first, *many(desk, first, 69, unit=SUDIN, extended=True, leads=("JKT-A", "JKT-B"))}
    read: list[int] = []
    client = desk.reports._client

    def counted(**asked: Any) -> Any:
        answer = query(**asked)
        read.append(answer["ScannedCount"])
        return answer

    query = client.query
    monkeypatch.setattr(client, "query", counted)
    answer = queue(web, member())
    assert answer.status == 200
    assert len(shown(answer)) == 50
    assert sum(read) <= 51
    assert len(answer.text.encode()) <= 60_000
    onward = answer.text.partition("cursor=")[2].partition('"')[0]
    rest = queue(web, member(), cursor=onward.replace("%3D", "="))
    assert {*shown(answer), *shown(rest)} == numbers
    assert len(shown(rest)) == 20
    assert queue(web, member(), cursor="nonsense").status == 422


def test_filters(web: Web, filed: Filed, desk: Any, two: tuple[str, str]) -> None:
    done = at_dinas(filed, "msg-3", text="Jembatan retak")
    assert post(web, done, "accept", member()).status == 303
    area = desk.reports.get(done).place.area
    kota, kecamatan = area.rsplit(".", 2)[0], area.rsplit(".", 1)[0]
    both = {two[0], done}
    for given, wanted in (
        ({"area": area}, both),
        ({"area": kecamatan}, both),
        ({"area": kota}, both),
        ({"area": "31.74"}, set()),
        ({"category": "jalan"}, both),
        ({"category": "sampah"}, set()),
        ({"status": "in_progress"}, {done}),
        ({"status": "disposition"}, {two[0]}),
        ({"unit": SUDIN}, {two[0]}),
        ({"unit": "-"}, {done}),
        ({"unit": OTHER_SUDIN}, set()),
        ({"unit": SUDIN, "status": "in_progress"}, set()),
    ):
        answer = queue(web, member(), **given)  # type: ignore[arg-type]
        assert answer.status == 200, given
        assert set(shown(answer)) == wanted, given
    for wrong in ({"area": "99"}, {"category": "x"}, {"status": "x"}, {"unit": WATER}, {"unit": "x"}):
        answer = queue(web, member(), **wrong)  # type: ignore[arg-type]
        assert answer.status == 422, wrong
        assert "aria-invalid" in answer.text


def test_a_filter_reads_only_so_many_and_says_so(
    web: Web, filed: Filed, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.usecases import queues

    first = at_dinas(filed)
    many(desk, first, 30)
    rare = at_dinas(filed, "msg-9", text="Paling akhir")
    assert post(web, rare, "accept", member()).status == 303  # its resolve clock is the last in the queue
    monkeypatch.setattr(queues, "_STEP", 10)
    monkeypatch.setattr(queues, "MOST_READ", 20)
    answer = queue(web, member(), status="in_progress")
    assert shown(answer) == []
    assert "20 laporan pertama" in answer.text
    onward = answer.text.partition("cursor=")[2].partition('"')[0].replace("%3D", "=")
    assert shown(queue(web, member(), status="in_progress", cursor=onward)) == [rare]


def test_filtered_pages_lose_and_repeat_nothing(
    web: Web, filed: Filed, desk: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chalicelib.usecases import queues

    first = at_dinas(filed)
    numbers = {first, *many(desk, first, 24)}
    monkeypatch.setattr(queues, "PAGE", 7)
    monkeypatch.setattr(queues, "_STEP", 10)
    found: list[str] = []
    cursor = ""
    for _ in range(6):
        page = queues.page(
            desk, Actor(role=Role.AGENCY, agency=DINAS), DINAS, queues.Filters(category="jalan"), cursor=cursor
        )
        found += [row.tracking for row in page.rows]
        cursor = page.next or ""
        if not cursor:
            break
    assert len(found) == 25
    assert set(found) == numbers


def test_who_is_sent_stays_with_the_staff(web: Web, filed: Filed, desk: Any) -> None:
    """An officer's name is the agency's own; it is on no page, list or message that citizens read."""
    tracking = at_dinas(filed)
    assert post(web, tracking, "disposition", member(), officer="Regu 7, Pak Slamet").status == 303
    report = desk.reports.get(tracking)
    assert report.unit == "Regu 7, Pak Slamet"
    assert "Pak Slamet" in web("GET", "/desk/agency/{tracking}", tracking=tracking, headers=member()).text
    told = wording(report, report.entries()[-1], desk.city, status_url="https://x.test/reports/1")
    key = desk.key_of(tracking, report.key_version)
    assert post(web, tracking, "disposition", member(), unit=SUDIN, officer="Pak Slamet").status == 303
    assert "Pak Slamet" in desk.reports.get(tracking).entries()[-1].told.data["officer"]
    seen = [
        web("GET", "/reports/{tracking}", tracking=tracking, headers={"accept": "text/html"}).text,
        web("GET", "/reports/{tracking}", tracking=tracking, headers={"accept": "application/json", "x-report-key": key}).text,
        web("GET", "/open311/v2/{name}", name="requests.json").text,
        msgspec.json.encode(told).decode(),
    ]  # fmt: skip
    assert tracking in "".join(seen)
    assert not [text for text in seen if "Slamet" in text or "Regu 7" in text]


def test_many_at_once(web: Web, filed: Filed, desk: Any) -> None:
    numbers = [at_dinas(filed, f"msg-{index}", text=f"Lubang nomor {index}") for index in range(4)]
    assert post(web, numbers[3], "accept", member()).status == 303

    def send(**fields: Any) -> Answer:
        body = urlencode({"form_id": "bulk-1", "back": "/desk/agency?status=coordination"} | fields, doseq=True)
        return web("POST", "/desk/agency/bulk", headers=member() | FORM, body=body)

    for _ in range(2):  # a double click is one change
        answer = send(do="accept", tracking=[*numbers[:2], numbers[3], "JKT-NONSENSE"], note="Kami kerjakan")
        assert answer.status == 200
        assert "2 laporan berhasil" in answer.text
        assert "2 laporan tidak berubah" in answer.text
        assert "/desk/agency?status=coordination" in answer.text
    for number in numbers[:2]:
        entries = [entry for entry in desk.reports.get(number).entries() if entry.event == "accepted"]
        assert len(entries) == 1
        assert entries[0].told.note == "Kami kerjakan"
    assert desk.reports.get(numbers[2]).status == "coordination"
    answer = send(do="disposition", tracking=numbers, unit=SUDIN, note="Minggu ini", form_id="bulk-2")
    assert "4 laporan berhasil" in answer.text
    assert {desk.reports.get(number).unit for number in numbers} == {SUDIN}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"do": "accept"}, "Centang"),
        ({"do": "", "tracking": "A"}, "Pilih: ambil"),
        ({"do": "reject", "tracking": "A"}, "Pilih: ambil"),
        ({"do": "disposition", "tracking": "A", "note": "Segera!"}, "Pilih sub-unit"),
        ({"do": "accept", "tracking": [f"T{index}" for index in range(51)]}, "paling banyak 50"),
    ],
)
def test_what_is_wrong_with_many(web: Web, fields: dict[str, Any], said: str) -> None:
    answer = web("POST", "/desk/agency/bulk", headers=member() | FORM, body=urlencode(fields, doseq=True))
    assert answer.status == 422
    assert said in answer.text
    assert str(fields.get("note", "")) in answer.text


def test_a_quick_accept_from_the_list_goes_back_to_it(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    answer = post(web, tracking, "accept", member(), back="/desk/agency?status=coordination")
    assert answer.headers["location"].startswith("http://127.0.0.1:8000/desk/agency?status=coordination&done=accept")
    again = post(web, tracking, "accept", bearer("agency", DINAS, sub="b"), back="/desk/agency?status=coordination")
    assert again.status == 409
    assert tracking in again.text


def test_the_work_order_says_all_but_who(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    assert post(web, tracking, "disposition", member(), unit=SUDIN, note="Bawa aspal dingin").status == 303
    answer = web("GET", "/desk/agency/{tracking}/work-order", tracking=tracking, headers=member(SUDIN))
    assert answer.status == 200
    for told in (tracking, "Jalan berlubang besar", "Bawa aspal dingin", "Jakarta Pusat", "-6.175400", "<svg viewBox"):
        assert told in answer.text
    for secret in ("Budi", "Mawar", "81234567890"):
        assert secret not in answer.text
    assert " style=" not in answer.text


def test_no_page_of_an_agency_says_who_reported(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    for path in ("/desk/agency/{tracking}", "/desk/reports/{tracking}"):
        text = web("GET", path, tracking=tracking, headers=member()).text
        assert not [secret for secret in ("Budi", "Mawar", "81234567890") if secret in text]
    page = web("GET", "/desk/agency/{tracking}", tracking=tracking, headers=member()).text
    assert f"/desk/reports/{tracking}/identity" in page
    before = desk.reports.get(tracking)
    desk.reports.change(before, msgspec.structs.replace(before, anonymous=True, version=before.version + 1))
    page = web("GET", "/desk/agency/{tracking}", tracking=tracking, headers=member()).text
    assert "/identity" not in page


def test_the_bound_of_an_extension_is_shown(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    bound = desk.city.local_day(desk.reports.get(tracking).complete_at).isoformat()
    page = web("GET", "/desk/agency/{tracking}", tracking=tracking, headers=member()).text
    field = page.partition('id="extend-until" name')[2].partition(">")[0]
    assert 'type="date"' in field
    assert 'min="' in field
    assert 'max="' in field
    assert field.partition('max="')[2][:10] > bound
    assert "Paling lambat" in page


def test_a_crew_has_first_what_is_in_hand(web: Web, filed: Filed, desk: Any) -> None:
    new, worked = at_dinas(filed), at_dinas(filed, "msg-2", text="Lubang kedua")
    assert post(web, worked, "accept", member()).status == 303
    answer = queue(web, member(), "/desk/field")
    assert shown(answer) == [worked, new]
    assert f"/desk/field/{worked}" in answer.text
    assert "openstreetmap.org" in answer.text
    assert shown(queue(web, ADMIN, "/desk/field", agency=DINAS)) == [worked, new]


def test_pages_in_english(web: Web, filed: Filed, desk: Any) -> None:
    tracking = at_dinas(filed)
    assert "Agency queue" in queue(web, member(), lang="en").text
    page = web("GET", "/desk/agency/{tracking}", tracking=tracking, headers=member() | {"accept-language": "en"}).text
    assert "Ask for an extension" in page
    assert "At the latest" in page


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.REPORTER, Role.SYSTEM)])
def test_the_plain_page_is_for_all_of_the_staff(web: Web, filed: Filed, role: Role) -> None:
    tracking = at_dinas(filed)
    answer = web("GET", "/desk/reports/{tracking}", tracking=tracking.lower(), headers=bearer(role, DINAS))
    assert answer.status == 200
    forms = answer.text.count("/desk/reports/" + tracking + "/")
    assert (forms > 0) is (role is not Role.ANALYST), "an analyst reads only"


def test_photos_are_for_who_is_signed_in(web: Web, filed: Filed, desk: Any) -> None:
    """An image on a page is asked for with the session's cookie, not with a token."""
    from chalicelib.http.desk import session
    from chalicelib.store.members import Member

    tracking = at_dinas(filed)
    before = desk.reports.get(tracking)
    photo = "a" * 24
    desk.reports.change(
        before, msgspec.structs.replace(before, private=True, photos=(photo,), version=before.version + 1)
    )
    desk.photos.belongs(photo, tracking)
    known = desk.photos.get(photo)
    desk.photos.found(msgspec.structs.replace(known, state="ready"), now=desk.now())
    desk.buckets.show(photo, b"large", b"small")
    for office, status in ((DINAS, 200), (WATER, 403)):
        one = Member(sub=f"{office}-7", name="A", email="", role=Role.AGENCY, agency=office)
        assert desk.members.add(one)
        cookie = session.begin(one).partition(";")[0]
        answer = web(
            "GET",
            "/photos/{photo}",
            photo=photo,
            headers={"cookie": cookie, "accept": "image/avif,image/webp,*/*;q=0.8"},
        )
        assert answer.status == status, answer.text
    assert (
        web("GET", "/photos/{photo}", photo=photo, headers={"accept": "image/avif,image/webp,*/*;q=0.8"}).status == 403
    )

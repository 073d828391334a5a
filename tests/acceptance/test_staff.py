"""The staff API: tokens, roles, every action in a right and in a wrong status, queues with cursors, subscriptions."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest

from tests.acceptance.clients import DEPOK, Answer, Server, at_once, fresh, instant, until

AGENCY = {"role": "agency", "agency": "bina-marga"}
OTHER = {"role": "agency", "agency": "perhubungan"}
ADMIN = {"role": "admin"}
VALIDATOR = {"role": "validator"}
SOON = (datetime.now(UTC) + timedelta(days=12)).isoformat()
UNIT = "suku-dinas-bina-marga-jakarta-pusat"


def ok(answer: Answer) -> Any:
    assert answer.status == 200, (answer.status, answer.text)
    return answer.json


def waiting(city: Server) -> str:
    return str(city.report(location=DEPOK)["tracking"])


def coordination(city: Server) -> str:
    return str(city.report()["tracking"])


def in_progress(city: Server) -> str:
    tracking = coordination(city)
    ok(city.act(tracking, "accept", **AGENCY))
    return tracking


def extension_asked(city: Server) -> str:
    tracking = in_progress(city)
    ok(city.act(tracking, "extend", {"until": SOON, "reason": "Menunggu aspal."}, **AGENCY))
    return tracking


def awaiting_validation(city: Server) -> str:
    tracking = in_progress(city)
    ok(city.act(tracking, "resolve", {"note": "Sudah ditambal."}, **AGENCY))
    return tracking


def done(city: Server) -> str:
    tracking = awaiting_validation(city)
    ok(city.act(tracking, "validate", **VALIDATOR))
    return tracking


def rejected(city: Server) -> str:
    tracking = coordination(city)
    ok(city.act(tracking, "reject", {"reason": "Bukan urusan publik."}, **ADMIN))
    return tracking


Begin = Callable[[Server], str]
# action, body, who, a status it is right in, the status it leads to, a status it is wrong in
ACTIONS: list[tuple[str, dict[str, Any], dict[str, str], Begin, str, Begin]] = [
    ("dispatch", {"agency": "bina-marga"}, ADMIN, waiting, "coordination", done),
    ("accept", {}, AGENCY, coordination, "in_progress", in_progress),
    ("disposition", {"unit": UNIT}, AGENCY, coordination, "disposition", done),
    ("note", {"note": "Tim sudah di lokasi."}, AGENCY, in_progress, "in_progress", coordination),
    ("ask", {"question": "Di sisi mana?"}, AGENCY, in_progress, "in_progress", done),
    ("extend", {"until": SOON, "reason": "Menunggu aspal."}, AGENCY, in_progress, "in_progress", awaiting_validation),
    ("approve-extension", {}, ADMIN, extension_asked, "in_progress", in_progress),
    ("refuse-extension", {"reason": "Tidak perlu."}, ADMIN, extension_asked, "in_progress", in_progress),
    ("return", {"reason": "Bukan wewenang kami."}, AGENCY, coordination, "waiting", done),
    ("resolve", {"note": "Sudah ditambal."}, AGENCY, in_progress, "awaiting_validation", awaiting_validation),
    ("validate", {}, VALIDATOR, awaiting_validation, "done", in_progress),
    ("refuse", {"reason": "Lubang masih ada."}, VALIDATOR, awaiting_validation, "follow_up_refused", in_progress),
    ("reject", {"reason": "Tidak benar."}, ADMIN, waiting, "rejected", done),
    ("correct", {"category": "trotoar"}, ADMIN, waiting, "waiting", rejected),
]


@pytest.mark.parametrize(("action", "body", "who", "right", "after", "wrong"), ACTIONS, ids=[row[0] for row in ACTIONS])
def test_each_action_in_its_right_status_and_in_a_wrong_one(
    city: Server, action: str, body: dict[str, Any], who: dict[str, str], right: Begin, after: str, wrong: Begin
) -> None:
    tracking = right(city)
    before = len(ok(city.staff("GET", f"/reports/{tracking}"))["history"])
    seen = ok(city.act(tracking, action, body, **who))
    assert seen["status"]["code"] == after
    assert city.status(tracking) == after
    assert len(ok(city.staff("GET", f"/reports/{tracking}"))["history"]) == before + 1
    if action == "note":
        return
    other = wrong(city)
    stands = city.status(other)
    refusal = city.act(other, action, body, **who)
    assert refusal.status == 409, (refusal.status, refusal.text)
    assert refusal.json["details"]["status"] == stands
    assert city.status(other) == stands


def test_merging_tells_the_reporter_and_leads_to_the_other(city: Server) -> None:
    """Once in its right status (the earliest clock leads), once in a wrong one."""
    first, second = coordination(city), coordination(city)
    earliest = city.citizen(first)["respond_by"]
    seen = ok(city.act(first, "merge", {"into": second}, **ADMIN))
    assert seen["status"]["code"] == "merged"
    public = city.citizen(first)
    assert second in json.dumps(public)
    assert city.citizen(second)["respond_by"] == earliest
    told = until(
        lambda: [e for e in city.outbox(tracking=first) if e["channel"] == "jaki" and second in json.dumps(e)], 5
    )
    assert told
    refusal = city.act(first, "merge", {"into": second}, **ADMIN)
    assert refusal.status == 409
    assert refusal.json["details"]["status"] == "merged"
    assert city.act(second, "merge", {"into": first}, **ADMIN).status in (409, 422), "no circles"
    assert city.act(second, "merge", {"into": second}, **ADMIN).status == 422
    unknown = city.act(second, "merge", {"into": "JKT-7K3M-92QX-4HTC"}, **ADMIN)
    assert unknown.status in (404, 422)


def test_redacting_takes_words_out_everywhere(city: Server) -> None:
    tracking = str(city.report(text="Jalan berlubang, milik tetangga Zulkarnaen bermata satu.")["tracking"])
    ok(city.act(tracking, "note", {"note": "Zulkarnaen marah", "public": True}, **ADMIN))
    seq = ok(city.staff("GET", f"/reports/{tracking}"))["history"][-1]["seq"]
    ok(city.act(tracking, "redact", {"problem": "Jalan berlubang.", "entries": [seq]}, **ADMIN))
    for text in (
        city.get(f"/reports/{tracking}").text,
        json.dumps(city.citizen(tracking)),
        city.staff("GET", f"/reports/{tracking}").text,
    ):
        assert "Zulkarnaen" not in text
    assert city.act(tracking, "redact", {"entries": [999]}, **ADMIN).status == 422


def test_the_whole_way_with_a_refusal_in_between(city: Server) -> None:
    tracking = awaiting_validation(city)
    ok(city.act(tracking, "refuse", {"reason": "Masih berlubang."}, **VALIDATOR))
    assert ok(city.act(tracking, "accept", **AGENCY))["status"]["code"] == "in_progress"
    ok(city.act(tracking, "resolve", {"note": "Kini rata."}, **AGENCY))
    assert ok(city.act(tracking, "validate", **VALIDATOR))["status"]["code"] == "done"
    history = city.citizen(tracking)["history"]
    assert [entry["seq"] for entry in history] == sorted({entry["seq"] for entry in history})
    assert len({entry["hash"] for entry in history}) == len(history)


# who may come in


@pytest.mark.parametrize("path", ["/reports", "/reports/JKT-7K3M-92QX-4HTC", "/agencies/bina-marga/subscriptions"])
@pytest.mark.parametrize(
    "header",
    [
        None, "", "Bearer", "Bearer ", "Bearer x", "Bearer a.b.c", "Basic YTpi", "Bearer " + "A" * 10_000,
        "Bearer eyJhbGciOiJub25lIn0.eyJyb2xlIjoiYWRtaW4ifQ.", "Bearer \xe9\xe9",
    ],
)  # fmt: skip
def test_no_token_or_garbage_is_401(city: Server, path: str, header: str | None) -> None:
    headers = {"Accept": "application/json"}
    if header is not None:
        headers["Authorization"] = header
    answer = city.call("GET", f"/staff{path}", None, headers)
    assert answer.status == 401
    assert {"code", "message"} <= set(answer.json)


def test_a_token_changed_after_signing_is_401(city: Server) -> None:
    head, claims, signature = city.token(**AGENCY).split(".")
    told = json.loads(base64.urlsafe_b64decode(claims + "=="))
    forged = base64.urlsafe_b64encode(json.dumps({**told, "role": "admin"}).encode()).decode().rstrip("=")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT"}').decode().rstrip("=")
    for token in (
        f"{head}.{forged}.{signature}",
        f"{none}.{forged}.",
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature[:-4]}AAAA",
    ):
        answer = city.call("GET", "/staff/reports", None, {"Authorization": f"Bearer {token}"})
        assert answer.status == 401, token


@pytest.mark.parametrize(
    ("action", "who"),
    [
        ("dispatch", AGENCY), ("dispatch", VALIDATOR), ("accept", ADMIN), ("accept", VALIDATOR), ("accept", {"role": "analyst"}),
        ("approve-extension", AGENCY), ("refuse-extension", AGENCY), ("resolve", ADMIN), ("resolve", VALIDATOR),
        ("validate", AGENCY), ("redact", AGENCY), ("merge", {"role": "analyst"}), ("reject", {"role": "counter"}),
        ("correct", {"role": "analyst"}), ("note", {"role": "analyst"}),
    ],
)  # fmt: skip
def test_a_wrong_role_is_403(city: Server, action: str, who: dict[str, str]) -> None:
    body = {
        "dispatch": {"agency": "perhubungan"}, "resolve": {"note": "x"}, "refuse-extension": {"reason": "x"}, "reject": {"reason": "x"},
        "merge": {"into": coordination(city)}, "correct": {"category": "trotoar"}, "redact": {"problem": "x"}, "note": {"note": "x"},
    }.get(action, {})  # fmt: skip
    tracking = coordination(city)
    answer = city.act(tracking, action, body, **who)
    assert answer.status == 403, (answer.status, answer.text)
    assert city.status(tracking) == "coordination"


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("accept", {}), ("disposition", {"unit": UNIT}), ("note", {"note": "x"}), ("ask", {"question": "x"}), ("resolve", {"note": "x"}),
        ("extend", {"until": SOON, "reason": "x"}), ("return", {"reason": "x"}),
    ],
)  # fmt: skip
def test_another_agencys_report_is_403(city: Server, action: str, body: dict[str, Any]) -> None:
    tracking = in_progress(city)
    assert city.act(tracking, action, body, **OTHER).status == 403
    assert city.staff("GET", f"/reports/{tracking}", **OTHER).status == 403
    assert city.status(tracking) == "in_progress"


def test_an_agency_loses_what_it_returned(city: Server) -> None:
    tracking = coordination(city)
    ok(city.act(tracking, "return", {"reason": "Bukan kami."}, **AGENCY))
    assert city.staff("GET", f"/reports/{tracking}", **AGENCY).status == 403
    ok(city.act(tracking, "dispatch", {"agency": "perhubungan"}, **ADMIN))
    assert city.act(tracking, "accept", **AGENCY).status == 403
    ok(city.act(tracking, "accept", **OTHER))


def test_an_agency_sees_only_its_own_queue(city: Server) -> None:
    tracking = coordination(city)
    until(lambda: tracking in [row["tracking"] for row in city.queue(**AGENCY)], 5)
    assert {row["agency"]["code"] for row in city.queue(**AGENCY)} == {"bina-marga"}
    assert tracking not in [row["tracking"] for row in city.queue(**OTHER)]
    for queue in ("agency%23bina-marga", "waiting", "incomplete"):
        assert city.staff("GET", f"/reports?queue={queue}", **OTHER).status == 403


def test_an_unknown_report_is_404_and_an_unknown_action_too(city: Server) -> None:
    tracking = coordination(city)
    assert city.act(tracking, "bless").status == 404
    assert city.act(tracking, "sweep").status == 404
    assert city.act("JKT-7K3M-92QX-4HTC", "note", {"note": "x"}).status in (404, 422)


# once, and only what is known


@pytest.mark.parametrize("action", ["note", "ask", "resolve", "accept"])
def test_a_repeated_idempotency_key_counts_once(city: Server, action: str) -> None:
    tracking = coordination(city) if action == "accept" else in_progress(city)
    body = {
        "note": {"note": "sekali", "public": True},
        "ask": {"question": "Di mana?"},
        "resolve": {"note": "Sudah."},
        "accept": {},
    }[action]
    key = fresh("key")
    first = ok(city.act(tracking, action, body, key=key, **AGENCY))
    for _ in range(3):
        again = ok(city.act(tracking, action, body, key=key, **AGENCY))
        assert again["status"] == first["status"]
        assert len(again["history"]) == len(first["history"])
    assert {a.status for a in at_once([lambda: city.act(tracking, action, body, key=key, **AGENCY)] * 6)} == {200}
    assert len(ok(city.staff("GET", f"/reports/{tracking}"))["history"]) == len(first["history"])


def test_a_key_is_one_actions_on_one_report(city: Server) -> None:
    first, second, key = coordination(city), coordination(city), fresh("key")
    ok(city.act(first, "accept", key=key, **AGENCY))
    assert ok(city.act(second, "accept", key=key, **AGENCY))["status"]["code"] == "in_progress"


def test_another_action_under_a_used_key_is_not_taken_for_done(city: Server) -> None:
    """Answering 200 to a `resolve` that never happened would lose it."""
    tracking, key = coordination(city), fresh("key")
    ok(city.act(tracking, "accept", key=key, **AGENCY))
    answer = city.act(tracking, "resolve", {"note": "Sudah."}, key=key, **AGENCY)
    assert answer.status in (409, 422) or answer.json["status"]["code"] == "awaiting_validation", answer.text


@pytest.mark.parametrize("key", ["", " ", "k" * 5000, "\xe9", "a\tb"])
def test_odd_keys_are_harmless(city: Server, key: str) -> None:
    tracking = in_progress(city)
    assert city.act(tracking, "note", {"note": "x"}, key=key, **AGENCY).status in (200, 400, 422)


def test_two_accepts_at_once_are_one(city: Server) -> None:
    for _ in range(4):
        tracking = coordination(city)
        answers = at_once([lambda t=tracking: city.act(t, "accept", **AGENCY)] * 2)
        assert sorted(answer.status for answer in answers) in ([200, 409], [200, 200])
        history = ok(city.staff("GET", f"/reports/{tracking}"))["history"]
        assert [entry["event"] for entry in history].count("accepted") == 1


def test_twelve_notes_at_once_are_all_kept(city: Server) -> None:
    tracking = in_progress(city)
    answers = at_once(
        [lambda n=n: city.act(tracking, "note", {"note": f"catatan ke-{n}."}, **AGENCY) for n in range(12)]
    )
    assert {answer.status for answer in answers} == {200}
    text = city.staff("GET", f"/reports/{tracking}").text
    assert all(f"catatan ke-{n}." in text for n in range(12))


@pytest.mark.parametrize(
    ("action", "body", "named"),
    [
        ("note", {}, ["note"]),
        ("note", {"note": 5}, ["note"]),
        ("note", {"note": ""}, ["note"]),
        ("note", {"note": "x", "public": "ya"}, ["public"]),
        ("note", {"note": "x", "bogus": 1}, ["bogus"]),
        ("extend", {}, ["until", "reason"]),
        ("extend", {"until": SOON}, ["reason"]),
        ("extend", {"until": SOON, "reason": "  "}, ["reason"]),
        ("extend", {"until": "besok", "reason": "x"}, ["until"]),
        ("extend", {"until": 5, "reason": 6}, ["until", "reason"]),
        ("extend", {"until": "2020-01-01T00:00:00Z", "reason": "x"}, ["until"]),
        ("extend", {"until": "2099-01-01T00:00:00Z", "reason": "x"}, ["until"]),
        ("ask", {"question": None}, ["question"]),
        ("return", {"reason": ["x"]}, ["reason"]),
        ("resolve", {}, ["note"]),
        ("resolve", {"note": "x", "photos": "p"}, ["photos"]),
        ("disposition", {}, ["unit"]),
    ],
)  # fmt: skip
def test_wrong_fields_are_422_and_every_one_is_named(
    city: Server, action: str, body: dict[str, Any], named: list[str]
) -> None:
    tracking = in_progress(city)
    answer = city.act(tracking, action, body, **AGENCY)
    assert answer.status == 422, (answer.status, answer.text)
    assert set(named) <= set(answer.json["details"]), answer.text
    assert city.status(tracking) == "in_progress"


@pytest.mark.parametrize("agency", ["nix", 5, "../x", "gubernur"])
def test_a_dispatch_to_no_agency_names_the_field(city: Server, agency: object) -> None:
    answer = city.act(waiting(city), "dispatch", {"agency": agency}, **ADMIN)
    assert answer.status == 422, (answer.status, answer.text)
    assert "agency" in answer.json["details"]


def test_an_extension_ends_at_most_30_days_after_complete(city: Server) -> None:
    tracking = in_progress(city)
    complete_at = instant(city.citizen(tracking)["received_at"])
    late = (complete_at + timedelta(days=30, minutes=1)).isoformat()
    assert city.act(tracking, "extend", {"until": late, "reason": "x"}, **AGENCY).status == 422
    last = (complete_at + timedelta(days=29, hours=23)).isoformat()
    ok(city.act(tracking, "extend", {"until": last, "reason": "x"}, **AGENCY))


def test_an_extension_moves_the_date_only_when_it_is_approved_and_the_reporter_is_told(city: Server) -> None:
    tracking = in_progress(city)
    before = city.citizen(tracking)
    ok(city.act(tracking, "extend", {"until": SOON, "reason": "Menunggu aspal dari pabrik."}, **AGENCY))
    assert city.citizen(tracking)["resolve_by"] == before["resolve_by"], "an undecided request stops nothing"
    until(lambda: tracking in [row["tracking"] for row in city.queue("extensions")], 5)
    ok(city.act(tracking, "approve-extension", **ADMIN))
    after = city.citizen(tracking)
    assert instant(after["resolve_by"]) == instant(SOON)
    assert after["respond_by"] == before["respond_by"]
    told = until(
        lambda: [
            e for e in city.outbox(tracking=tracking) if e["channel"] == "jaki" and "exten" in str(e["message"]["type"])
        ],
        5,
    )
    assert "Menunggu aspal dari pabrik." in json.dumps(told[0]["message"])
    until(lambda: tracking not in [row["tracking"] for row in city.queue("extensions")], 5)


def test_a_refused_extension_moves_nothing(city: Server) -> None:
    tracking = extension_asked(city)
    before = city.citizen(tracking)["resolve_by"]
    ok(city.act(tracking, "refuse-extension", {"reason": "Tidak perlu."}, **ADMIN))
    assert city.citizen(tracking)["resolve_by"] == before


def test_a_dispatch_never_stops_the_clock_and_rerouting_restarts_only_the_first(city: Server) -> None:
    tracking = waiting(city)
    before = city.citizen(tracking)
    ok(city.act(tracking, "dispatch", {"agency": "bina-marga"}, **ADMIN))
    sent = city.citizen(tracking)
    assert sent["resolve_by"] == before["resolve_by"]
    ok(city.act(tracking, "return", {"reason": "Bukan kami."}, **AGENCY))
    ok(city.act(tracking, "dispatch", {"agency": "perhubungan"}, **ADMIN))
    again = city.citizen(tracking)
    assert instant(again["respond_by"]) > instant(before["respond_by"])
    assert again["resolve_by"] == before["resolve_by"]


# queues


def test_queues_are_in_deadline_order_and_page_without_loss_or_repeats(city: Server) -> None:
    made = {waiting(city) for _ in range(23)} | {
        str(city.report(location=DEPOK, category="sampah")["tracking"]) for _ in range(5)
    }
    until(lambda: made <= {row["tracking"] for row in city.queue("waiting")}, 8)
    whole = city.queue("waiting", limit=200)
    for limit in (1, 7):
        paged = city.queue("waiting", limit=limit, pages=2000) if limit > 1 or len(whole) < 150 else whole
        numbers = [row["tracking"] for row in paged]
        assert len(numbers) == len(set(numbers)), "nothing twice"
        assert made <= set(numbers), "nothing lost"
    due = [min(row["respond_by"], row["resolve_by"])[:19] for row in whole]  # to the second
    assert due == sorted(due)


def test_a_queue_row_names_no_reporter(city: Server) -> None:
    tracking = city.report(
        reporter={"name": "Ratnasari Wijayanti", "address": "Jl. Bougenville 3", "phone": "+628129990001"}
    )["tracking"]
    until(lambda: tracking in [row["tracking"] for row in city.queue(**AGENCY)], 5)
    text = json.dumps(city.queue(**AGENCY))
    for secret in ("Ratnasari", "Wijayanti", "Bougenville", "8129990001"):
        assert secret not in text


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=x",
        "limit=-1",
        "limit=99999",
        "cursor=x",
        "cursor=e30=",
        "cursor=%00",
        "queue=nix",
        "queue=",
        "queue=agency%23nix",
        "queue=agency%23",
        "cursor=" + "A" * 3000,
    ],
)
def test_a_wrong_query_is_422_or_empty_never_a_crash(city: Server, query: str) -> None:
    answer = city.staff("GET", f"/reports?{query}")
    if query == "queue=":
        assert answer.status == 200
    else:
        assert answer.status in (404, 422), answer.text
        assert query.split("=")[0] in answer.json["details"]


def test_a_cursor_of_another_queue_is_refused(city: Server) -> None:
    for _ in range(2):
        waiting(city)
        coordination(city)
    until(lambda: len(city.queue("waiting")) > 1, 5)
    cursor = city.staff("GET", "/reports?queue=waiting&limit=1").json["next"]
    assert city.staff("GET", f"/reports?limit=1&cursor={cursor}", **AGENCY).status == 422


# subscriptions


def test_subscriptions_are_listed_added_and_taken_off(city: Server) -> None:
    path = "/agencies/perhubungan/subscriptions"
    before = ok(city.staff("GET", path))["items"]
    made = city.staff("POST", path, {"protocol": "sms", "endpoint": "+6281234567890"})
    assert made.status == 201, made.text
    listed = ok(city.staff("GET", path))["items"]
    assert len(listed) == len(before) + 1
    entry = next(item for item in listed if item not in before)
    gone = city.staff("DELETE", f"{path}?id={quote(entry['id'], safe='')}")
    assert gone.status in (200, 204), (gone.status, gone.text)
    assert ok(city.staff("GET", path))["items"] == before
    assert city.staff("DELETE", f"{path}?id={quote(entry['id'], safe='')}").status in (204, 404)
    assert city.staff("DELETE", f"{path}?id=nix").status in (404, 422)
    assert city.staff("DELETE", path).status == 422


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, ["protocol", "endpoint"]),
        ({"protocol": "ftp", "endpoint": "ftp://x"}, ["protocol"]),
        ({"protocol": "https"}, ["endpoint"]),
        ({"protocol": "https", "endpoint": "nix"}, ["endpoint"]),
        ({"protocol": "https", "endpoint": "http://dinas.example/x"}, ["endpoint"]),
        ({"protocol": "http", "endpoint": "http://dinas.example/x"}, ["endpoint"]),
        ({"protocol": "http", "endpoint": "http://169.254.169.254/"}, ["endpoint"]),
        ({"protocol": "email", "endpoint": "bukan alamat"}, ["endpoint"]),
        ({"protocol": "sms", "endpoint": "abc"}, ["endpoint"]),
        ({"protocol": "sqs", "endpoint": "arn:aws:s3:::x"}, ["endpoint"]),
        ({"protocol": 5, "endpoint": 6}, ["protocol", "endpoint"]),
    ],
)  # fmt: skip
def test_a_wrong_subscription_is_422_and_named(city: Server, body: dict[str, Any], named: list[str]) -> None:
    answer = city.staff("POST", "/agencies/bina-marga/subscriptions", body)
    assert answer.status == 422, (answer.status, answer.text)
    assert set(named) <= set(answer.json["details"]), answer.text


def test_subscriptions_are_the_admins_and_of_known_agencies(city: Server) -> None:
    body = {"protocol": "sms", "endpoint": "+6281234567890"}
    for who in (AGENCY, VALIDATOR, {"role": "analyst"}, {"role": "counter"}):
        assert city.staff("POST", "/agencies/bina-marga/subscriptions", body, **who).status == 403
    assert city.staff("GET", "/agencies/bina-marga/subscriptions", **OTHER).status == 403
    assert city.staff("POST", "/agencies/nix/subscriptions", body).status == 404

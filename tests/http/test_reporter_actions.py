"""What the reporter may do with the key, over HTTP: which fields, which status, whose key; and what is stored about them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from chalicelib.domain.lifecycle import Role
from chalicelib.usecases.act import Actor, act
from tests.http.conftest import Answer, bearer

Web = Callable[..., Answer]
Filed = Callable[..., dict[str, Any]]
ACTION, MINE = "/reports/{tracking}/{action}", "/reports/{tracking}/mine"
IDENTITY = ("Budi", "Santoso", "Mawar", "81234567890")


def do(web: Web, receipt: dict[str, Any], action: str, *, key: str | None = None, **wish: Any) -> Answer:
    headers = {"content-type": "application/json", "x-report-key": receipt["key"] if key is None else key}
    return web("POST", ACTION, tracking=receipt["tracking"], action=action, headers=headers, body=json.dumps(wish))


def mine(web: Web, receipt: dict[str, Any]) -> Answer:
    return web("GET", MINE, tracking=receipt["tracking"], headers={"x-report-key": receipt["key"]})


def done(web: Web, receipt: dict[str, Any]) -> None:
    for role, agency, action, wish in (
        ("agency", "bina-marga", "accept", {}),
        ("agency", "bina-marga", "resolve", {"note": "Sudah ditambal"}),
        ("admin", None, "validate", {}),
    ):
        answer = web(
            "POST", "/staff/reports/{tracking}/{action}", tracking=receipt["tracking"], action=action,
            headers=bearer(role, agency), body=json.dumps(wish),
        )  # fmt: skip
        assert answer.status == 200, answer.text


@pytest.mark.parametrize(
    ("action", "wish", "fields"),
    [
        ("add", {}, {"text", "photos"}),
        ("add", {"text": 5}, {"text"}),
        ("add", {"photos": "a"}, {"photos"}),
        ("add", {"photos": ["../a"]}, {"photos"}),
        ("add", {"photos": ["nobodygavethis00"]}, {"photos"}),
        ("add", {"text": "x" * 5_001}, {"text"}),
        ("add", {"text": "a", "more": 1}, {"more"}),
        ("rate", {}, {"stars"}),
        ("rate", {"stars": 0}, {"stars"}),
        ("rate", {"stars": 6}, {"stars"}),
        ("rate", {"stars": True}, {"stars"}),
        ("rate", {"stars": 4.5}, {"stars"}),
        ("rate", {"stars": 3, "word": "x" * 201}, {"word"}),
        ("notify", {}, {"way"}),
        ("notify", {"way": "pigeon"}, {"way"}),
        ("notify", {"way": "email"}, {"email"}),
        ("notify", {"way": "sms"}, {"phone"}),
        ("notify", {"way": "email", "email": "budi"}, {"email"}),
        ("notify", {"way": "email", "email": "a@b.id\nBcc: c@d.id"}, {"email"}),
        ("notify", {"way": "sms", "phone": "12"}, {"phone"}),
        ("notify", {"way": "none", "email": "a@contoh.id"}, {"email"}),
        ("notify", {"way": "email", "email": "a@contoh.id", "phone": "081234567891"}, {"phone"}),
        ("withdraw-consent", {"really": True}, {"really"}),
        ("erase", {}, {"confirm"}),
        ("erase", {"confirm": False}, {"confirm"}),
        ("erase", {"confirm": "yes"}, {"confirm"}),
    ],
)
def test_wrong_fields_are_named(
    web: Web, filed: Filed, desk: Any, action: str, wish: dict[str, Any], fields: set[str]
) -> None:
    receipt = filed()
    if action == "rate":
        done(web, receipt)
    before = desk.reports.get(receipt["tracking"])
    answer = do(web, receipt, action, **wish)
    assert answer.status == 422, answer.text
    assert set(answer.json["details"]) == fields
    assert desk.reports.get(receipt["tracking"]) == before


@pytest.mark.parametrize(("key", "status"), [("right", 200), ("wrong", 403), ("", 403)])
def test_the_key_may_stand_in_the_body(web: Web, filed: Filed, key: str, status: int) -> None:
    receipt = filed()
    told = {"text": "Di sisi barat", "key": receipt["key"].lower() if key == "right" else key}
    headers = {"content-type": "application/json"}
    answer = web("POST", ACTION, tracking=receipt["tracking"], action="add", headers=headers, body=json.dumps(told))
    assert answer.status == status, answer.text


NEW = ["add", "rate", "notify", "withdraw-consent", "erase"]


@pytest.mark.parametrize("action", NEW)
def test_no_key_a_wrong_one_or_nonsense(web: Web, filed: Filed, action: str) -> None:
    receipt = filed()
    for key in ("", "A" * 16, "é" * 4):
        assert do(web, receipt, action, key=key, confirm=True).status == 403
    answer = web(
        "POST", ACTION, tracking=receipt["tracking"], action=action, body="[",
        headers={"content-type": "application/json", "x-report-key": receipt["key"]},
    )  # fmt: skip
    assert answer.status == 400
    assert do(web, receipt, f"{action}s").status == 404


@pytest.mark.parametrize("body", ["[" * 200_000, '{"text":' * 200_000, "{", '{"key": "x", "text": ' + "[" * 5_000])
def test_a_body_that_is_no_json_is_the_clients_mistake(web: Web, filed: Filed, body: str) -> None:
    receipt = filed()
    headers = {"content-type": "application/json", "x-report-key": receipt["key"]}
    answer = web("POST", ACTION, tracking=receipt["tracking"], action="add", headers=headers, body=body)
    assert (answer.status, answer.json["details"]) == (400, {"body": "not valid JSON"})


def test_what_the_status_forbids_is_409(web: Web, filed: Filed) -> None:
    receipt = filed()
    forbidden: list[tuple[str, Any]] = [("rate", {"stars": 3}), ("confirm", {}), ("reopen", {})]
    for action, wish in forbidden:
        answer = do(web, receipt, action, **wish)
        assert (answer.status, answer.json["details"]["status"]) == (409, "coordination")
    assert do(web, receipt, "withdraw").status == 200
    assert do(web, receipt, "add", text="masih ada").status == 409


def test_words_are_added_for_the_agency_and_masked(web: Web, filed: Filed, desk: Any) -> None:
    receipt = filed()
    answer = do(web, receipt, "add", text="Makin dalam. Budi Santoso, 081234567890, budi@contoh.id")
    assert answer.status == 200
    entry = desk.reports.get(receipt["tracking"]).entries()[-1]
    assert (entry.event, entry.told.public) == ("message_added", False)
    assert "Makin dalam" in entry.told.note
    assert not [word for word in (*IDENTITY, "budi@contoh.id") if word in entry.told.note]


def test_the_same_request_twice_is_one(web: Web, filed: Filed, desk: Any) -> None:
    receipt = filed()
    headers = {"content-type": "application/json", "x-report-key": receipt["key"], "idempotency-key": "k1"}
    for _ in range(2):
        body = json.dumps({"text": "Makin dalam"})
        assert web("POST", ACTION, tracking=receipt["tracking"], action="add", headers=headers, body=body).status == 200
    assert [each.event for each in desk.reports.get(receipt["tracking"]).entries()].count("message_added") == 1


def test_the_last_word_counts_for_fourteen_days(web: Web, filed: Filed, desk: Any, clock: Any) -> None:
    receipt = filed()
    done(web, receipt)
    assert do(web, receipt, "rate", stars=2, word="lambat").status == 200
    assert do(web, receipt, "rate", stars=4).status == 200
    report = desk.reports.get(receipt["tracking"])
    assert report.stars == 4
    assert [entry.told.data["stars"] for entry in report.entries() if entry.event == "rated"] == [2, 4]
    public = web("GET", "/reports/{tracking}", tracking=receipt["tracking"], headers={"accept": "application/json"})
    assert "lambat" not in public.text
    clock.instant = report.done_at()
    clock.pass_by(days=14, seconds=1)
    late: list[tuple[str, Any]] = [("confirm", {}), ("dispute", {}), ("reopen", {}), ("rate", {"stars": 1})]
    for action, wish in late:
        answer = do(web, receipt, action, **wish)
        assert answer.status == 409
        assert answer.json["details"]["until"] > "2026"
    clock.pass_by(seconds=-2)
    assert do(web, receipt, "dispute", reason="masih berlubang").json["status"]["code"] == "coordination"


def test_everything_of_ones_own_as_a_file(web: Web, filed: Filed, desk: Any) -> None:
    receipt = filed()
    do(web, receipt, "add", text="Makin dalam")
    do(web, receipt, "notify", way="email", email="saya@contoh.id")
    act(
        desk, receipt["tracking"], "note", Actor(role=Role.ADMIN, subject="admin-9"), b'{"note":"dicek"}',  # type: ignore[arg-type]
        action_id="n", seed="5e" * 16,
    )  # fmt: skip
    admin = Actor(role=Role.ADMIN, subject="admin-9")
    desk.identity.reporter(receipt["tracking"], role="admin", who=admin.subject, why="dihubungi", action_id="1")
    answer = mine(web, receipt)
    assert answer.status == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="{receipt["tracking"]}.json"'
    assert answer.headers["cache-control"] == "private, no-store"
    told = answer.json
    assert told["identity"]["name"] == "Budi Santoso"
    assert told["identity"]["phone"] == "+6281234567890"
    assert told["notices"] == {"way": "email", "email": "saya@contoh.id", "phone": ""}
    assert "Jalan berlubang" in told["messages"][0]["raw"]
    assert [each["note"] for each in told["words"]] == ["Makin dalam"]
    assert [(each["role"], each["why"]) for each in told["viewed"]] == [("admin", "dihubungi"), ("reporter", None)]
    assert "admin-9" not in answer.text
    assert mine(web, receipt).json["viewed"] == told["viewed"]  # once a day
    assert set(told) >= {"report", "photos", "consents", "deliveries", "words_at_leader", "made_at"}


@pytest.mark.parametrize("key", ["", "A" * 16])
def test_nobody_else_sees_it(web: Web, filed: Filed, key: str) -> None:
    receipt = filed()
    answer = web("GET", MINE, tracking=receipt["tracking"], headers={"x-report-key": key})
    assert answer.status == 403
    assert not [word for word in IDENTITY if word in answer.text]


def test_consent_withdrawn_hides_it_and_closes_the_identity(web: Web, filed: Filed, desk: Any) -> None:
    receipt = filed()
    assert do(web, receipt, "withdraw-consent").status == 200
    public = web("GET", "/reports/{tracking}", tracking=receipt["tracking"], headers={"accept": "application/json"})
    assert public.json["hidden"] is True
    assert "berlubang" not in public.text
    asked = web(
        "POST", "/staff/reports/{tracking}/identity", tracking=receipt["tracking"], headers=bearer("admin"),
        body=json.dumps({"why": "uji"}),
    )  # fmt: skip
    assert asked.status == 403
    assert not [word for word in IDENTITY if word in asked.text]
    again = do(web, receipt, "withdraw-consent")
    assert (again.status, again.json["details"]["reason"]) == (409, "consent_withdrawn")
    assert do(web, receipt, "notify", way="none").status == 409
    assert mine(web, receipt).json["consents"]["withdrawn"]
    assert do(web, receipt, "add", text="masih").status == 200


def test_erased_is_gone_and_the_key_still_reads(web: Web, filed: Filed, desk: Any) -> None:
    receipt = filed()
    do(web, receipt, "add", text="Makin dalam sekali")
    for _ in range(2):
        answer = do(web, receipt, "erase", confirm=True)
        assert answer.status == 200, answer.text
    report = desk.reports.get(receipt["tracking"])
    assert [entry.event for entry in report.entries()].count("erased") == 1
    assert (report.sealed, report.marks, report.erased, report.answerable) == ((), (), True, False)
    told = mine(web, receipt)
    assert told.status == 200
    assert not [word for word in (*IDENTITY, "Makin dalam") if word in told.text]
    assert told.json["messages"] == []
    for action, wish in (("add", {"text": "x"}), ("notify", {"way": "none"}), ("withdraw-consent", {})):
        refused = do(web, receipt, action, **wish)
        assert (refused.status, refused.json["details"]["reason"]) == (409, "erased")
    with_key = web(
        "GET", "/reports/{tracking}", tracking=receipt["tracking"],
        headers={"accept": "application/json", "x-report-key": receipt["key"]},
    )  # fmt: skip
    assert "Jalan berlubang" in with_key.json["problem"]
    assert "erased" in [each["event"] for each in with_key.json["history"]]

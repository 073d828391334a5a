"""Deadlines kept, with time compressed. The reports were laid down at the beginning of the run (scenes.py)."""

from __future__ import annotations

import time
from typing import Any

from tests.acceptance.clients import Server, complete, instant, until
from tests.acceptance.scenes import Scenes

SCALE = 0.0005


def kinds(city: Server, tracking: str) -> list[str]:
    return [entry["event"] for entry in city.staff("GET", f"/reports/{tracking}").json["history"]]


def ladder(city: Server, tracking: str) -> list[tuple[str, int]]:
    """Topic and level of each reminder and escalation, oldest first."""
    steps = []
    for event in city.events(tracking):
        kind = event["type"].rsplit(".", 1)[-1]
        if "remind" in kind or "escalat" in kind:
            steps.append((event["_to"].rpartition(":")[2], int(event["data"]["level"])))
    return steps


def test_clocks_are_scaled(hasty: Server) -> None:
    seen = hasty.citizen(hasty.report()["tracking"])
    respond = instant(seen["respond_by"]) - instant(seen["received_at"])
    resolve = instant(seen["resolve_by"]) - instant(seen["received_at"])
    assert abs(respond.total_seconds() - 6 * 3600 * SCALE) < 0.1
    assert abs(resolve.total_seconds() - 168 * 3600 * SCALE) < 0.1


def test_an_extension_moves_the_date_under_compressed_time_too(hasty: Server, scenes: Scenes) -> None:
    tracking = scenes.extended
    assert instant(hasty.citizen(tracking)["resolve_by"]) == scenes.extended_until
    told = [e for e in hasty.outbox(tracking=tracking) if e["channel"] == "jaki" and "Truk rusak." in str(e)]
    assert len(told) == 1, "the reporter is told, once"
    until(lambda: hasty.citizen(scenes.late)["overdue"], 20, 0.5)
    assert hasty.citizen(tracking)["overdue"] is False
    assert hasty.citizen(tracking)["escalation_level"] == 0


def test_a_neglected_report_is_reminded_and_escalated_to_level_3_each_once(hasty: Server, scenes: Scenes) -> None:
    until(lambda: hasty.citizen(scenes.neglected)["escalation_level"] == 3, 75, 0.5)
    seen = hasty.citizen(scenes.neglected)
    assert seen["overdue"] is True
    hasty.quiet()
    assert ladder(hasty, scenes.neglected) == [
        ("tanggap-local-agency-bina-marga", 0),
        ("tanggap-local-agency-bina-marga", 1),
        ("tanggap-local-agency-biro-pemerintahan", 2),
        ("tanggap-local-agency-gubernur", 3),
    ]


def test_the_levels_come_when_the_policy_says(hasty: Server, scenes: Scenes) -> None:
    until(lambda: hasty.citizen(scenes.neglected)["escalation_level"] == 3, 75, 0.5)
    seen = hasty.citizen(scenes.neglected)
    due = instant(seen["respond_by"])
    times: dict[int, Any] = {}
    for event in hasty.events(scenes.neglected):
        if "remind" in event["type"] or "escalat" in event["type"]:
            times.setdefault(int(event["data"]["level"]), instant(event["time"]))
    for level, hours in ((1, 0), (2, 6), (3, 24)):
        late = (times[level] - due).total_seconds() - hours * 3600 * SCALE
        assert -0.1 <= late <= 4, f"level {level} came {late} s after its time"
    before = (due - times[0]).total_seconds()
    assert 0 < before <= 0.2 * 6 * 3600 * SCALE + 0.1


def test_an_unassigned_report_escalates_too(hasty: Server, scenes: Scenes) -> None:
    until(lambda: hasty.citizen(scenes.unassigned)["escalation_level"] == 3, 75, 0.5)
    hasty.quiet()
    steps = ladder(hasty, scenes.unassigned)
    assert [level for _, level in steps] == [0, 1, 2, 3]
    assert [topic.removeprefix("tanggap-local-agency-") for topic, _ in steps] == ["biro-pemerintahan"] * 3 + [
        "gubernur"
    ]
    assert hasty.citizen(scenes.unassigned)["overdue"] is True


def test_an_accepted_report_escalates_on_its_second_clock_only(hasty: Server, scenes: Scenes) -> None:
    until(lambda: hasty.citizen(scenes.late)["escalation_level"] == 3, 75, 0.5)
    hasty.quiet()
    steps = ladder(hasty, scenes.late)
    assert [level for _, level in steps] == [0, 1, 2, 3]
    assert steps[0][0].endswith("lingkungan-hidup")
    assert steps[3][0].endswith("gubernur")


def test_sweeping_again_and_again_repeats_nothing(hasty: Server, scenes: Scenes) -> None:
    until(lambda: hasty.citizen(scenes.neglected)["escalation_level"] == 3, 75, 0.5)
    hasty.quiet()
    numbers = (scenes.neglected, scenes.unassigned, scenes.late)
    before = {number: (ladder(hasty, number), kinds(hasty, number)) for number in numbers}
    for _ in range(10):
        assert hasty.call("POST", "/_local/run/sweep", b"").status == 200
    hasty.quiet()
    assert {number: (ladder(hasty, number), kinds(hasty, number)) for number in numbers} == before


def test_an_escalation_names_no_reporter(hasty: Server, scenes: Scenes) -> None:
    text = str(hasty.events(scenes.neglected)) + str(hasty.events(scenes.unassigned))
    for secret in ("Siti", "Rahmawati", "Kebon Sirih No. 45"):
        assert secret not in text


def test_a_level_stays_after_it_was_taken_up_late(hasty: Server) -> None:
    """A late accept stops the respond clock; being late is not forgotten by an edit."""
    body = complete()
    tracking = hasty.app("jaki", body).json["tracking"]
    respond_by = hasty.citizen(tracking)["respond_by"]
    assert hasty.act(tracking, "correct", {"category": "trotoar"}).status == 200
    assert hasty.citizen(tracking)["respond_by"] == respond_by, "editing never moves a clock"
    assert hasty.act(tracking, "note", {"note": "x"}).status == 200
    assert hasty.citizen(tracking)["respond_by"] == respond_by


def test_an_incomplete_report_is_reminded_once_and_abandoned(hastiest: Server, scenes: Scenes) -> None:
    assert scenes.silent
    until(lambda: hastiest.status(scenes.silent) == "abandoned", 60, 0.5)
    hastiest.quiet()
    texts = hastiest.to(scenes.silent_phone)
    assert 2 <= len(texts) <= 3, texts
    for text in texts:
        assert len(text) <= 160
    asking = [text for text in texts if "belum lengkap" in text.lower()]
    assert len(asking) == 2, ("asked once, reminded once", texts)
    assert kinds(hastiest, scenes.silent)[-1] == "abandoned"
    assert hastiest.citizen(scenes.silent)["status"]["code"] == "abandoned", "nothing vanishes"


def test_a_message_after_abandonment_begins_a_new_report(hastiest: Server, scenes: Scenes) -> None:
    until(lambda: hastiest.status(scenes.silent) == "abandoned", 60, 0.5)
    before = len(hastiest.to(scenes.silent_phone))
    assert hastiest.sms("Lubangnya makin besar di depan pasar", scenes.silent_phone).status == 200
    text = hastiest.to(scenes.silent_phone, before + 1)[-1]
    assert scenes.silent not in text


def test_a_pause_ends_by_itself(hastiest: Server, scenes: Scenes) -> None:
    """Five days at most: 43 seconds here. Then the clock runs on, moved by the pause."""
    until(
        lambda: "answered" in kinds(hastiest, scenes.asked) or not hastiest.citizen(scenes.asked)["paused_until"],
        60,
        0.5,
    )
    seen = hastiest.citizen(scenes.asked)
    assert seen["paused_until"] is None
    moved = instant(seen["resolve_by"]) - instant(seen["received_at"])
    assert moved.total_seconds() > (168 + 100) * 3600 * 0.0001


def test_the_reporter_s_answer_ends_the_pause_and_moves_the_clock_by_it(hasty: Server) -> None:
    sender = "+6281377700011"
    hasty.sms(
        "Lampu jalan mati. Lokasi: depan Stasiun Cikini, Jl. Cikini Raya, Kelurahan Cikini. Nama: Dewi. Alamat: Jl. Kenari 1",
        sender,
    )
    hasty.to(sender)
    tracking = next(str(entry["tracking"]) for entry in hasty.outbox(to=sender))
    before = hasty.citizen(tracking)
    assert hasty.act(tracking, "ask", {"question": "Tiang nomor berapa?"}).status == 200
    paused = hasty.citizen(tracking)
    assert paused["paused_until"]
    time.sleep(2)
    hasty.sms("Yang di sudut dekat warung", sender)
    until(lambda: not hasty.citizen(tracking)["paused_until"], 5)
    moved = (instant(hasty.citizen(tracking)["resolve_by"]) - instant(before["resolve_by"])).total_seconds()
    assert 1.5 < moved < 8, f"moved by {moved} s"

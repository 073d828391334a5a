"""`wanted_in`: "IKUT …", "PANTAU …" and their ends, and the reports that only begin like one."""

from __future__ import annotations

import pytest

from chalicelib.city import load
from chalicelib.domain import tracking as numbers
from chalicelib.triage.commands import command_of
from chalicelib.triage.follow_words import Wanted, wanted_in

CITY = load("jakarta")
NUMBER = numbers.derive(b"k" * 32, CITY.prefix, "sms", "somebody", "1")
BARE = NUMBER.removeprefix("JKT-")
GLUED = BARE.replace("-", "")


@pytest.mark.parametrize(
    "text",
    [
        "IKUT {n}", "ikut {n}", "JOIN {n}", "join {b}", "Ikuti laporan {n} ya pak", "mohon ikut {n}", "IKUT: {n}",
        "/start ikut-{g}", "/start ikut_{g}", "ikut {l}",
    ],
)  # fmt: skip
def test_joining_names_a_report(text: str) -> None:
    said = text.format(n=NUMBER, b=BARE, g=GLUED, l=GLUED.lower())
    assert wanted_in(said, CITY) == Wanted("join", NUMBER)
    command = command_of(said, CITY)
    assert command is not None
    assert (command.kind, command.tracking, command.valid) == ("join", NUMBER, True)


@pytest.mark.parametrize("text", ["STOP IKUT {n}", "stop join {n}", "BERHENTI IKUT {n}", "berhenti ikuti laporan {n}"])
def test_joining_ends(text: str) -> None:
    assert wanted_in(text.format(n=NUMBER), CITY) == Wanted("unjoin", NUMBER)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("IKUT", Wanted("join")),
        ("STOP IKUT", Wanted("unjoin")),
        ("PANTAU Menteng", Wanted("watch", rest="Menteng")),
        ("pantau kelurahan Menteng", Wanted("watch", rest="kelurahan Menteng")),
        ("PANTAU Menteng, Jakarta Pusat", Wanted("watch", rest="Menteng, Jakarta Pusat")),
        ("Watch kel. Menteng", Wanted("watch", rest="kel. Menteng")),
        ("PANTAU", Wanted("watch")),
        ("PANTAU Mentenk", Wanted("watch", rest="Mentenk", valid=False)),
        ("STOP PANTAU", Wanted("unwatch")),
        ("berhenti pantau Menteng", Wanted("unwatch", rest="Menteng")),
        ("/start pantau-3171061001", Wanted("watch", rest="31.71.06.1001")),
    ],
)
def test_places_and_bare_words(text: str, wanted: Wanted) -> None:
    assert wanted_in(text, CITY) == wanted


def test_a_mistyped_number_is_said_to_be_one() -> None:
    wrong = NUMBER[:-1] + ("2" if NUMBER[-1] != "2" else "3")
    found = wanted_in(f"IKUT {wrong}", CITY)
    assert found is not None
    assert (found.kind, found.valid) == ("join", False)


@pytest.mark.parametrize(
    "text",
    [
        "Ikut melaporkan jalan rusak di Jl Melati",
        "ikut prihatin pak, banjir lagi di Gang Dua",
        "ikut antre tetapi tidak dilayani di loket {n} kemarin",
        "Pantau terus jalan ini pak",
        "pantau terus pak",
        "mohon dipantau lampu merah Menteng yang mati",
        "Pantauan banjir Menteng",
        "Stop parkir liar di trotoar Menteng",
        "STOP",
        "MULAI",
        "/start",
        "STATUS {n}",
        "{n}",
        "watch out, hole in the road near Menteng station entrance today",
        "",
        "   ",
    ],
)
def test_what_only_begins_like_one_is_no_order(text: str) -> None:
    assert wanted_in(text.format(n=NUMBER), CITY) is None


@pytest.mark.parametrize("text", ["IKUT " * 200, "PANTAU " + "a" * 5_000, "stop " * 300, "ikut " + "-" * 4_000])
def test_long_ones_end_quickly(text: str) -> None:
    wanted_in(text, CITY)

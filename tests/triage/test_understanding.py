"""`understand` and `answers_for`: the labelled messages, the forms our own question asks for, and the edges."""

from __future__ import annotations

import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.city import load
from chalicelib.triage.places import find_place, place_from
from chalicelib.triage.understanding import Bare, Understood, answers_for, understand

CITY = load("jakarta")
FIELDS = ("problem", "place", "name", "address")
MESSAGES: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("messages.toml").read_text("utf-8"))["message"]


def _told(message: dict[str, Any]) -> dict[str, tuple[object, object]]:
    """Field → (expected, found), for what the message was asked for."""
    asked = message.get("asked", list(FIELDS))
    understood = understand(message["text"], CITY)
    answers = answers_for(asked, understood)
    place = understood.place or (place_from(answers["place"], CITY) if "place" in answers else None)
    area = CITY.areas[place.area].name if place is not None and place.area is not None else None
    found: dict[str, tuple[object, object]] = {
        "emergency": (message.get("emergency", False), understood.emergency),
        "same_address": (message.get("same_address", False), understood.same_address),
    }
    if "problem" in asked:
        found["problem"] = (message.get("problem", False), "problem" in answers)
    if "place" in asked:
        found["place"] = (message.get("place", False), place is not None)
        found["area"] = (message.get("area"), area)
    for field in ("name", "address"):
        if field in asked:
            found[field] = (message.get(field), answers.get(field))
    if "category" in message:
        found["category"] = (message["category"], understood.category)
    return found


def test_the_labelled_messages(capsys: pytest.CaptureFixture[str]) -> None:
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    missed = []
    for message in MESSAGES:
        for field, (expected, found) in _told(message).items():
            asked[field] += 1
            right[field] += expected == found
            if expected != found:
                missed.append(f"{field}: {expected!r} but {found!r} in {message['text']!r}")
    shares = {field: right[field] / count for field, count in asked.items()}
    with capsys.disabled():
        print("\ntriage on", len(MESSAGES), "messages:", ", ".join(f"{f} {s:.3f}" for f, s in sorted(shares.items())))
    assert len(MESSAGES) >= 120
    for field in ("name", "place", "address", "problem", "area"):
        assert shares[field] >= 0.90, missed
    assert shares["emergency"] == 1.0, missed
    assert shares["category"] >= 0.80, missed


def test_no_message_leaves_its_reporter_in_the_problem() -> None:
    for message in MESSAGES:
        problem = understand(message["text"], CITY).problem
        for word in (message.get("name") or "").split():
            if len(word) > 3:
                assert word not in problem, message["text"]


@pytest.mark.parametrize(
    "text",
    [
        "Banjir; Jl Kemang Raya depan Kemchicks; Siti; Jl Bangka X no 3 Pela Mampang",
        "Banjir\nJl Kemang Raya depan Kemchicks\nSiti\nJl Bangka X no 3 Pela Mampang",
        "Banjir, Jl Kemang Raya depan Kemchicks, Siti, Jl Bangka X no 3 Pela Mampang",
        "Banjir di Jl Kemang Raya depan Kemchicks. Siti, Jl Bangka X no 3 Pela Mampang",
        "Masalah: Banjir\nLokasi: Jl Kemang Raya depan Kemchicks\nNama: Siti\nAlamat: Jl Bangka X no 3 Pela Mampang",
        "nama saya Siti, alamat Jl Bangka X no 3 Pela Mampang, banjir di Jl Kemang Raya depan Kemchicks",
    ],
)
def test_the_same_report_in_many_forms(text: str) -> None:
    told = understand(text, CITY)
    assert told.name == "Siti"
    assert told.address == "Jl Bangka X no 3 Pela Mampang"
    assert told.place is not None
    assert (told.place.address, told.place.landmark) == ("Jl Kemang Raya", "depan Kemchicks")
    assert told.problem.lower().startswith("banjir")
    assert "Siti" not in told.problem
    assert "Bangka" not in told.problem
    assert told.category == "banjir"
    assert answers_for(FIELDS, told).keys() == set(FIELDS)


@pytest.mark.parametrize(
    ("missing", "text", "answers"),
    [
        (["name", "address"], "Budi; Jl Mawar 2", {"name": "Budi", "address": "Jl Mawar 2"}),
        (["name", "address"], "Budi, Jl Mawar 2 RT 1/RW 3, Pela Mampang", {"name": "Budi", "address": "Jl Mawar 2 RT 1/RW 3, Pela Mampang"}),
        (["name", "address"], "budi jl mawar 2 rt 1 rw 2", {"name": "budi", "address": "jl mawar 2 rt 1 rw 2"}),
        (["name", "address"], "Siti, depan pasar minggu", {"name": "Siti", "address": "depan pasar minggu"}),
        (["name", "address"], "Nama Siti alamat Jl Mawar 2", {"name": "Siti", "address": "Jl Mawar 2"}),
        (["place"], "depan Indomaret Kemang", {"place": "depan Indomaret Kemang"}),
        (["place"], "Kemchicks", {"place": "Kemchicks"}),
        (["place"], "di jl tebet raya", {"place": "jl tebet raya"}),
        (["place"], "Budi", {}),
        (["name"], "Budi", {"name": "Budi"}),
        (["name"], "Suharto", {"name": "Suharto"}),
        (["name"], "ini dengan pak joko", {"name": "pak joko"}),
        (["name"], "macet parah", {}),
        (["address"], "Jl Mawar 2 RT 1", {"address": "Jl Mawar 2 RT 1"}),
        (["address"], "mawar 2", {"address": "mawar 2"}),
        (["problem"], "macet parah", {"problem": "macet parah"}),
        (["place", "name", "address"], "Kemang; Siti; Bangka", {"place": "Kemang", "name": "Siti", "address": "Bangka"}),
        (["place", "name", "address"], "depan Kemchicks; Siti; Jl Bangka X no 3", {"place": "depan Kemchicks", "name": "Siti", "address": "Jl Bangka X no 3"}),
        (FIELDS, "Budi; Jl Mawar 2", {"name": "Budi", "address": "Jl Mawar 2"}),
        (FIELDS, "Jl Mawar 2", {"place": "Jl Mawar 2"}),
        (FIELDS, "halo", {}),
        ([], "Budi; Jl Mawar 2", {}),
    ],
)  # fmt: skip
def test_answers_in_the_light_of_what_was_asked(missing: list[str], text: str, answers: dict[str, str]) -> None:
    assert answers_for(missing, understand(text, CITY)) == answers


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Budi", [Bare("name", "Budi")]),
        ("Jl Mawar 2 RT 1", [Bare("address", "Jl Mawar 2 RT 1")]),
        ("Budi; Jl Mawar 2", [Bare("name", "Budi"), Bare("address", "Jl Mawar 2")]),
        ("depan Indomaret Kemang", [Bare("place", "depan Indomaret Kemang")]),
        ("mawar 2", [Bare("text", "mawar 2")]),
        ("Terima kasih pak", []),
        ("macet parah", []),
    ],
)
def test_bare_segments(text: str, bare: list[Bare]) -> None:
    assert list(understand(text, CITY).bare) == bare


@pytest.mark.parametrize(
    "text", ["sama", "Sama pak", "sama dengan alamat saya", "lokasi sama dgn alamat", "same as my address", "sda"]
)
def test_the_place_is_the_address(text: str) -> None:
    told = understand(text, CITY)
    assert told.same_address
    assert told.problem == ""
    assert answers_for(["place"], told) == {}


def test_the_house_stays_out_of_the_place() -> None:
    told = understand(
        "Nama: Budi\nAlamat: Jl Mawar No 2 RT 1/3, Kel. Slipi\nLokasi: sama dengan alamat saya\nMasalah: lampu mati",
        CITY,
    )
    assert told.place is not None
    assert told.place.same_as_reporter
    assert told.place.address == "Jl Mawar, Kel. Slipi"
    assert told.place.area is not None
    assert CITY.areas[told.place.area].name == "Slipi"
    assert told.problem == "lampu mati"


def test_a_subject_belongs_to_the_problem() -> None:
    assert understand("Mohon diperbaiki.", CITY, subject="Jalan rusak di Jl Kemang Raya").category == "jalan"
    assert understand("Jalan rusak", CITY, subject="Re: Laporan JKT-7K3M-92QX-4HTC").problem == "Jalan rusak"
    assert understand("Jalan rusak", CITY, subject="Laporan").problem == "Jalan rusak"
    assert understand("", CITY, subject="Pohon tumbang").problem == "Pohon tumbang"
    assert "0812" not in understand("ok", CITY, subject="Banjir, hubungi 0812 3456 7890").problem


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("Jalan rusak, mohon rahasiakan nama saya", ("anonymous",)),
        ("parkir liar. tolong sembunyikan identitas pelapor", ("anonymous",)),
        ("pungli di kelurahan", ("confidential",)),
        ("laporan ini privat ya, sampah menumpuk", ("private",)),
        ("sampah menumpuk", ()),
    ],
)
def test_flags(text: str, flags: tuple[str, ...]) -> None:
    assert understand(text, CITY).flags == flags


def test_long_texts_pass_whole_and_masked() -> None:
    text = "Banjir di Jl Kemang Raya. " + "Air naik terus. " * 620 + "Hubungi 081234567890"
    told = understand(text, CITY)
    assert told.problem == text.replace("081234567890", "[telepon]")
    assert told.place is not None


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\x00",
        "...",
        "😀",
        ";;;",
        "\n\n",
        "?",
        ",",
        "[nama]",
        "Jl",
        "Jl.",
        "nama:",
        "alamat:",
        "nama: ; alamat: ",
    ],
)
def test_next_to_nothing_is_nothing(text: str) -> None:
    told = understand(text, CITY)
    assert told.name is None
    assert told.address is None
    assert answers_for(["name", "address"], told) == {}


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=120) | st.lists(st.sampled_from(
    ["Budi", "Jl", "Mawar", "2", ";", ",", "nama", "saya", "alamat", ":", "banjir", "\n", "RT", "1", "depan", "kel", ".", "di", "sama", "Siti"]
), max_size=14).map(" ".join))  # fmt: skip
def test_any_text_is_understood(text: str) -> None:
    told = understand(text, CITY)
    assert isinstance(told, Understood)
    for missing in (FIELDS, ("name", "address"), ("place",)):
        answers = answers_for(missing, told)
        assert set(answers) <= set(missing)
        assert all(value.strip() for value in answers.values())


def test_a_message_takes_well_under_a_millisecond() -> None:
    text = "Sampah menumpuk di Jl Kemang Raya dekat Indomaret sudah seminggu tidak diangkut, mohon dibersihkan. Budi Santoso, Jl Bangka 5"
    understand(text, CITY)
    spans = []
    for _ in range(60):
        started = time.process_time()
        understand(text, CITY)
        spans.append(time.process_time() - started)
    assert sorted(spans)[len(spans) // 2] < 0.002  # about 0.35 ms where nothing else runs


@pytest.mark.parametrize(
    "piece", ["a ", "Budi, ", "jl mawar ", "depan ", "ada api ", "orang kecelakaan ", "sama dengan ", "rumah saya di a ", "jakarta selatan ", "Budi; ", "laporan: ", "kebon "]
)  # fmt: skip
def test_no_input_makes_it_slow(piece: str) -> None:
    text = (piece * 5000)[:10_000]
    understand(text, CITY)
    started = time.process_time()
    understand(text, CITY)
    find_place(text, CITY)
    assert time.process_time() - started < 0.25


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "Lampu mati, gelap sekali dan rawan.\nLokasi: Jl Cikini Raya, Menteng\nAlamat: Jl Cikini 2 no 3, Menteng",
            "Lampu mati, gelap sekali dan rawan.",
        ),
        ("Masalah: Jalan berlubang besar. Lokasi: jl surabaya, menteng", "Jalan berlubang besar."),
        ("Nama: -\nAlamat: -\nMasalah: coretan di tembok\nLokasi: JPO Bendungan Hilir", "coretan di tembok"),
    ],
)
def test_nothing_of_place_and_address_is_left_in_the_problem(text: str, problem: str) -> None:
    assert understand(text, CITY).problem.strip(" .") == problem.strip(" .")

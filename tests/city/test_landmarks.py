"""Landmarks of the pack: names people use for a place without its street."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chalicelib.city import CityPackError, load, load_from

JAKARTA = Path(__file__).parents[2] / "chalicelib" / "city" / "jakarta"


def test_jakarta_knows_its_landmarks() -> None:
    city = load("jakarta")
    assert city.areas[city.landmarks["Monas"]].name == "Gambir"
    assert city.landmarks["Blok M"] == ""


@pytest.mark.parametrize(
    ("line", "reason"),
    [("Monas,31.71.01.1001", "duplicate"), (",31.71.01.1001", "no name"), ("X,31.71", "no kelurahan")],
)
def test_a_wrong_landmark_is_refused_with_its_line(tmp_path: Path, line: str, reason: str) -> None:
    folder = tmp_path / "jakarta"
    shutil.copytree(JAKARTA, folder)
    table = folder / "landmarks.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([*lines, line]) + "\n")
    with pytest.raises(CityPackError, match=reason) as refused:
        load_from(folder)
    assert f"landmarks.csv:{len(lines) + 1}" in str(refused.value)


def test_a_pack_may_do_without(tmp_path: Path) -> None:
    folder = tmp_path / "jakarta"
    shutil.copytree(JAKARTA, folder)
    (folder / "landmarks.csv").unlink()
    assert load_from(folder).landmarks == {}

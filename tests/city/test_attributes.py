"""attributes.toml: what is there is whole, and a slip is named with its line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chalicelib import city as packs
from chalicelib.city import CityPackError, load_from

PACK = Path(__file__).resolve().parents[2] / "chalicelib" / "city" / "jakarta"
SLIPS = [
    ("[[pohon]]\ncode", "[[naga]]\ncode", "unknown category naga"),
    ('code = "NOMOR_TIANG"', 'code = "nomor tiang"', "not capitals"),
    ('code = "SEJAK"', 'code = "TINGGI"', "duplicate attribute TINGGI"),
    ('datatype = "datetime"', 'datatype = "date"', "unknown datatype 'date'"),
    ('datatype = "datetime"', 'datatype = "singlevaluelist"', "values belong to a list"),
    ('{ key = "ular",', '{ key = "anjing",', "a key of its own"),
    ('en = "Height of the tree"', 'en = ""', "no label in en"),
    ("variable = false", "variable = false\nrequired = true", "only shown cannot be required"),
    ('datatype = "datetime"', 'datatype = "datetime"\nsize = 3', "unknown key size"),
]


@pytest.mark.parametrize(("there", "instead", "reason"), SLIPS)
def test_a_slip_is_named_with_its_line(tmp_path: Path, there: str, instead: str, reason: str) -> None:
    folder = tmp_path / "jakarta"
    shutil.copytree(PACK, folder)
    file = folder / "attributes.toml"
    text = file.read_text()
    assert there in text
    file.write_text(text.replace(there, instead, 1))
    with pytest.raises(CityPackError, match=reason) as caught:
        load_from(folder)
    assert caught.value.file == "attributes.toml"
    around = text[: text.index(there)].count("\n") + 1
    assert abs(caught.value.line - around) <= 6


def test_a_pack_may_do_without_the_file_and_requires_little(tmp_path: Path) -> None:
    city = packs.load("jakarta")
    assert len(city.attributes) >= 15
    assert sum(each.required for attributes in city.attributes.values() for each in attributes) <= 3
    shutil.copytree(PACK, tmp_path / "jakarta")
    (tmp_path / "jakarta" / "attributes.toml").unlink()
    assert load_from(tmp_path / "jakarta").attributes == {}

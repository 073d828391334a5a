"""A pack's reasons.toml and particular texts: every slip is named with file and line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from chalicelib.city import CityPackError
from chalicelib.city.loader import load_from
from tests.conftest import ROOT

PACK = ROOT / "chalicelib" / "city" / "jakarta"
GOOD = '[reject.x]\nlabel = {id = "X", en = "X"}\ntold = {id = "Kata.", en = "Words."}\n'


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    shutil.copytree(PACK, tmp_path / "pack")
    return tmp_path / "pack"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("[reject\n", 1, "is not TOML"),
        ("[forgive]\n", 1, "unknown key forgive"),
        ("reject = 1\n", 1, "must be a table"),
        ('[reject]\nx = "kata"\n', 2, "must be a table"),
        (GOOD + 'also = "y"\n', 4, "unknown key also"),
        (GOOD.replace("reject.x", "reject.X_y"), 1, "is not kebab-case"),
        (GOOD.replace("reject.x", "reject.jalan"), 1, "is a category's code as well"),
        (GOOD.replace(', en = "X"', ""), 1, "no label in en"),
        (GOOD.replace(', en = "Words."', ""), 1, "no sentence in en"),
        (GOOD.replace("Kata.", "Kata …"), 1, "not in the GSM-7 alphabet"),
        (GOOD.replace("Kata.", "nomor salah"), 1, "carriers block"),
        (GOOD.replace("Kata.", "k" * 96), 1, "96 septets"),
        ('[reject.x]\nlabel = {id = "X", en = "X"}\n', 1, "told"),
    ],
)
def test_a_slip_is_named(pack: Path, text: str, line: int, reason: str) -> None:
    (pack / "reasons.toml").write_text(text)
    with pytest.raises(CityPackError) as refused:
        load_from(pack)
    assert (refused.value.file, refused.value.line) == ("reasons.toml", line)
    assert reason in refused.value.reason


def test_a_pack_may_do_without(pack: Path) -> None:
    (pack / "reasons.toml").unlink()
    assert load_from(pack).reasons == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('[sms."rejected@tidak-ada"]\n', "unknown"),
        ('[status]\n"done@jalan" = "x"\n', "unknown text status.done@jalan"),
    ],
)
def test_a_particular_text_must_be_of_something_there_is(pack: Path, text: str, reason: str) -> None:
    path = pack / "texts" / "id.toml"
    name, _, line = text.partition("\n")
    if name.startswith("[sms"):
        whole = path.read_text().replace("[sms]\n", '[sms]\n"rejected@tidak-ada" = "{tracking}"\n')
        reason = "there is no category or reason 'tidak-ada'"
    else:
        whole = path.read_text().replace(f"{name}\n", f"{name}\n{line}", 1)
    path.write_text(whole)
    with pytest.raises(CityPackError) as refused:
        load_from(pack)
    assert refused.value.file == "texts/id.toml"
    assert refused.value.line > 0
    assert reason in refused.value.reason


def test_particular_texts_are_checked_as_the_usual_ones_are(pack: Path) -> None:
    path = pack / "texts" / "id.toml"
    whole = path.read_text()
    added = '[sms]\n"rejected@jalan" = "{tracking}: {reason}"\n"rejected@untrue" = "{tracking}!"\n'
    path.write_text(whole.replace("[sms]\n", added))
    texts = load_from(pack).texts["id"]
    assert texts["sms.rejected@jalan"] == "{tracking}: {reason}"
    for wrong in ("{trakcing}", "nomor {tracking}", "{tracking} …"):
        path.write_text(whole.replace("[sms]\n", f'[sms]\n"rejected@jalan" = "{wrong}"\n'))
        with pytest.raises(CityPackError):
            load_from(pack)

"""`scripts/train_suggestion`: learns, measures, writes only what is not worse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chalicelib.city import load, suggestions
from scripts import train_suggestion
from scripts.suggestion_corpus import corpus, filled, situations

CITY = load("jakarta")


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred texts instead of thousands."""
    few = [example for example in corpus(CITY, per_weight=1) if example.fold % 4 == 0 or example.fold < 60][:700]
    few = [
        example.__class__(e.text, e.category, e.agencies, i, e.weight)
        for i, (e, example) in enumerate(zip(few, few, strict=True))
    ]
    monkeypatch.setattr(train_suggestion, "corpus", lambda city, per_weight: iter(few))


def test_the_corpus_is_the_same_every_time_and_of_the_pack() -> None:
    one, other = ([example.text for example in corpus(CITY, per_weight=1)] for _ in range(2))
    assert one == other
    assert len(set(one)) > len(one) * 0.8
    assert all("{" not in text and "|" not in text for text in one)
    assert {situation.category for situation in situations()} <= set(CITY.categories)


def test_choices_inside_choices() -> None:
    import random

    found = {filled("{a|{b|c} d} e", random.Random(seed)) for seed in range(40)}
    assert found == {"a e", "b d e", "c d e"}


def test_a_pattern_without_its_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.txt"
    path.write_text("jalan rusak\n")
    with pytest.raises(ValueError, match=r"x\.txt:1"):
        situations(path)


def test_it_learns_measures_and_writes(small: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    decisions = [
        {
            "text": f"odong-odong berisik lewat gang {n}",
            "agency": "perhubungan",
            "category": None,
            "area": None,
            "at": "x",
        }
        for n in range(12)
    ] + [
        {"text": "loakan besi tua numpuk", "agency": "kelurahan-gambir", "category": "sampah", "suggested": "satpol-pp"}
    ]
    file = tmp_path / "d.jsonl"
    file.write_text("\n".join(map(json.dumps, decisions)) + "\n\n")
    out = tmp_path / "suggestion.json"
    code = train_suggestion.main(["--out", str(out), "--corrections", str(file), "--force"])
    said = capsys.readouterr().out
    assert code == 0
    assert "13 decisions" in said
    for line in ("invented texts, held out (", "not learnt from any", "with the others learnt", "confidence"):
        assert line in said
    assert "kelurahan" in suggestions.read(str(out)).agencies
    assert "odong" in " ".join(suggestions.read(str(out)).words)
    assert suggestions.check(tmp_path, CITY.agencies, CITY.categories) == str(out)


def test_what_is_worse_is_not_written(small: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text(json.dumps({"text": "jalan rusak", "agency": "bina-marga"}) + "\n")
    real = train_suggestion.crossed

    def spoilt(invented: Any, agencies: Any, extra: Any = ()) -> Any:
        found, more, temperature = real(invented[:200], agencies, extra)
        return (found.__class__(1, -1.0, 0, 0, ()) if extra else found), more, temperature

    monkeypatch.setattr(train_suggestion, "crossed", spoilt)
    out = tmp_path / "suggestion.json"
    assert train_suggestion.main(["--out", str(out), "--corrections", str(file)]) == 1
    assert not out.exists()


@pytest.mark.parametrize("line", ["{", '{"text": "x"}', '{"text": "x", "agency": "no-such"}'])
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "d.jsonl"
    file.write_text(f"\n{line}\n")
    assert train_suggestion.main(["--corrections", str(file), "--out", str(tmp_path / "o")]) == 2
    assert "d.jsonl:2" in capsys.readouterr().err


def test_offices_are_learnt_as_what_they_belong_to() -> None:
    assert train_suggestion.learnt_as("kelurahan-gambir", CITY) == "kelurahan"
    assert train_suggestion.learnt_as("suku-dinas-bina-marga-jakarta-timur", CITY) == "bina-marga"
    assert train_suggestion.learnt_as("pam-jaya", CITY) == "pam-jaya"

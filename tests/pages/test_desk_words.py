"""Words of the desk's pages: the same keys in both languages, the same values in them, and none missing that a
template asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from string import Formatter

import msgspec
import pytest

from chalicelib.domain.lifecycle import Action, Status
from chalicelib.pages.desk import word_of
from chalicelib.pages.desk.action_forms import FORMS
from chalicelib.usecases.act import ACTIONS, STAFF_ACTIONS

HERE = Path(__file__).parents[2] / "chalicelib" / "pages"
WORDS = sorted((HERE / "desk" / "words").glob("*.toml"))
TEMPLATES = sorted((HERE / "templates" / "desk").glob("*.html"))
_ASKED = re.compile(r"""\bw\(\s*"([a-z0-9_.-]+)"\s*[,)]""")
_BEGUN = re.compile(r"""\bw\(\s*"([a-z0-9_.-]+\.)"\s*~""")
_IN_PYTHON = re.compile(r"""\b(?:w|word)\(\s*"([a-z0-9_]+\.[a-z0-9_.-]+)"\s*[,)]""")


def flat(table: dict[str, object], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for key, value in table.items():
        found |= flat(value, f"{before}{key}.") if isinstance(value, dict) else {before + key: str(value)}
    return found


def known(lang: str) -> set[str]:
    return {
        f"{path.stem}.{key}" for path in WORDS for key in flat(tomllib.loads(path.read_text("utf-8")).get(lang, {}))
    }


@pytest.mark.parametrize("path", WORDS, ids=lambda path: path.stem)
def test_both_languages_say_the_same_things(path: Path) -> None:
    words = tomllib.loads(path.read_text("utf-8"))
    assert set(words) == {"id", "en"}
    own, other = flat(words["id"]), flat(words["en"])
    assert set(own) == set(other)
    for key, told in own.items():
        assert told.strip(), key
        assert other[key].strip(), key
        named = [{field for _, field, _, _ in Formatter().parse(text) if field} for text in (told, other[key])]
        assert named[0] == named[1], f"{path.stem}.{key}: {named}"


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.stem)
def test_templates_ask_for_no_word_that_is_missing(path: Path) -> None:
    text, there = path.read_text("utf-8"), known("id")
    assert [key for key in _ASKED.findall(text) if key not in there] == []
    begun = [key for key in _BEGUN.findall(text) if not any(each.startswith(key) for each in there)]
    assert begun == [], "no word begins so"


def test_python_asks_for_no_word_that_is_missing() -> None:
    there = known("id")
    for path in [*(HERE / "desk").glob("*.py"), *(HERE.parent / "http" / "desk").glob("*.py")]:
        missing = [key for key in _IN_PYTHON.findall(path.read_text("utf-8")) if key not in there]
        assert missing == [], path.name


@pytest.mark.parametrize("lang", ["id", "en"])
def test_every_action_field_and_event_has_its_words(lang: str) -> None:
    w, there = word_of(lang), known(lang)
    for action in STAFF_ACTIONS:
        assert w(f"done.{action.replace('-', '_')}", tracking="X") != f"done.{action.replace('-', '_')}", action
        assert {f"reports.action.{action}", f"reports.do.{action}"} <= there, action
        for field in FORMS[Action(action)].fields:
            keys = {f"reports.field.{field.name}", f"reports.field.{action}.{field.name}"}
            assert keys & there, keys
        for wish in msgspec.structs.fields(ACTIONS[action][0]):
            # Pages offer fields beside those of FORMS; whichever is wrong is named in words.
            keys = {f"reports.field.{wish.encode_name}", f"reports.field.{action}.{wish.encode_name}"}
            assert keys & there, keys
    assert len(Status) > 5


def test_every_event_that_is_recorded_has_its_words() -> None:
    """Whatever the use cases write into a history is a sentence on the desk."""
    recorded = re.compile(r"""\brecord\(\s*[^,()]+(?:\([^()]*(?:\([^()]*\))?[^()]*\))?,\s*\w+,\s*"([a-z_]+)\"""")
    there = known("id")
    found: set[str] = set()
    for path in (HERE.parent / "usecases").glob("*.py"):
        found |= set(recorded.findall(path.read_text("utf-8")))
    assert len(found) > 15, "the pattern finds them"
    assert sorted(event for event in found if f"reports.event.{event}" not in there) == []


def test_a_word_with_a_value_that_is_not_given_is_no_error() -> None:
    assert word_of("id")("reports.event.dispatched") == "Dikirim ke "
    assert word_of("fr")("reports.actions") == "Tindakan"
    assert word_of("id")("no.such.word") == "no.such.word"

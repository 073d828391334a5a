"""The stand-alone command against a city that answers what suits it: every answer of it goes through one place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from chalicelib.domain.checking import checked
from chalicelib.domain.report import Report
from chalicelib.usecases.archive import close, file_of, note_change, proof_of
from chalicelib.usecases.reporter_view import seen
from tests.usecases.rules import done
from tests.usecases.test_archive import number, numbered, verify

BASE = "https://city.example"
Change = Callable[[str, Any], None]


class City:
    """Three reports in three trees, as the city serves them; `change` does to an answer (`what`, `told`) what it likes."""

    def __init__(self, desk: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.desk, self._patch, self._capsys = desk, monkeypatch, capsys
        self.reports = [numbered(done(), index) for index in range(3)]
        for report in self.reports:
            note_change(desk, report)
            close(desk)

    def root(self, tree: int) -> str:
        return str(json.loads(self.desk.open_data.get(file_of(tree)))["root"])

    def _told(self, where: str) -> Any:
        if "/open-data/" in where:
            return json.loads(self.desk.open_data.get(where.partition("/open-data/")[2]))
        report: Report = self.reports[int(verify.plain(where.removesuffix("/proof"))[-4:])]
        view = seen(report, self.desk.city, now=self.desk.now(), lang="id", with_key=False, leader=None)
        return json.loads(msgspec.json.encode(proof_of(self.desk, report) if where.endswith("/proof") else view))

    def verified(self, *words: str, change: Change = lambda what, told: None) -> tuple[int, str]:
        """The command's end and what it printed."""

        def fetched(where: str, key: str = "") -> Any:
            told = copy.deepcopy(self._told(where))
            what = "proof" if where.endswith("/proof") else "page" if "/reports/" in where else where.rpartition("/")[2]
            change(what, told)
            return told

        self._patch.setattr(verify, "fetched", fetched)
        self._patch.setattr("sys.argv", ["verify_report.py", *words])
        return verify.main(), self._capsys.readouterr().out


@pytest.fixture
def city(desk: Any, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> City:
    return City(desk, monkeypatch, capsys)


URL = f"{BASE}/reports/{number(0)}"


def test_any_root_that_was_kept_is_looked_for_in_the_citys_list(city: City) -> None:
    """Of whichever tree it is: a report does not stand in the tree of the day on which somebody copies a root."""
    for tree in (1, 2, 3):
        status, told = city.verified(URL, "--root", city.root(tree).upper())
        assert status == 0, told
        assert city.verified("--trees", f"{BASE}/open-data", "--root", city.root(tree))[0] == 0
    status, told = city.verified(URL, "--root", "ab" * 32)
    assert status == 1
    assert "FAIL the city lists a tree with the root abababababab" in told


def test_a_list_cut_short_shows_against_a_root_that_was_kept(city: City) -> None:
    kept = city.root(3)

    def cut(what: str, told: Any) -> None:
        if what == "index.json":
            told["trees"].pop()

    assert city.verified("--trees", f"{BASE}/open-data", change=cut)[0] == 0
    assert city.verified("--trees", f"{BASE}/open-data", "--root", kept, change=cut)[0] == 1


def test_an_empty_list_is_nothing_checked(city: City) -> None:
    def empty(what: str, told: Any) -> None:
        if what == "index.json":
            told["trees"].clear()

    for words in (("--trees", f"{BASE}/open-data"), (URL,)):
        status, told = city.verified(*words, change=empty)
        assert status == 2
        assert "could not be checked: the list of trees is empty" in told


def test_a_change_that_is_in_no_history_does_not_excuse_other_words_and_dates(city: City) -> None:
    def later(what: str, told: Any) -> None:
        if what == "proof":
            told["shown"]["seq"] += 1
            told["shown"]["words"]["problem"]["words"] = "Jalan mulus"
            told["shown"]["state"]["resolve_by"] = None
            assert not checked(told)["chain"]
        elif what == "page":
            told["problem"], told["resolve_by"] = "Jalan mulus", None

    status, told = city.verified(URL, change=later)
    assert (status, "FAIL the history leads to the archived head" in told) == (1, True)


@pytest.mark.parametrize("names", [("problem",), ("problem", "cell", "photos")])
def test_words_on_the_page_must_be_in_the_proof(city: City, names: tuple[str, ...]) -> None:
    def left_out(what: str, told: Any) -> None:
        if what == "proof":
            for name in names:
                del told["shown"]["words"][name]
        elif what == "page":
            told["problem"] = "Jalan mulus"

    status, told = city.verified(URL, change=left_out)
    assert (status, "FAIL the page's words are the proof's" in told) == (1, True)


def test_another_reports_proof_is_none(city: City) -> None:
    honest = city._told(f"{BASE}/reports/{number(1)}/proof"), city._told(f"{BASE}/reports/{number(1)}")

    def swapped(what: str, told: Any) -> None:
        for kind, other in zip(("proof", "page"), honest, strict=True):
            if what == kind:
                told.clear()
                told.update(other)

    status, told = city.verified(URL, change=swapped)
    assert (status, "FAIL the proof is of the report that was asked for" in told) == (1, True)


@pytest.mark.parametrize("typed", [number(0).lower(), number(0).replace("-", ""), number(0).replace("0", "O")])
def test_a_number_may_be_typed_in_any_way(city: City, typed: str) -> None:
    status, told = city.verified(f"{BASE}/reports/{typed}")
    assert status == 0, told


def test_what_is_no_proof_at_all_is_said_to_be_none(city: City) -> None:
    def garbage(what: str, told: Any) -> None:
        if what == "proof":
            told["shown"]["words"] = []

    status, told = city.verified(URL, change=garbage)
    assert (status, "FAIL this is no proof" in told) == (1, True)

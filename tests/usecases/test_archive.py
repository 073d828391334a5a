"""The archive: what changed is in the next tree, whatever crashes; and every tampering shows, by three checkers."""

from __future__ import annotations

import contextlib
import copy
import importlib.util
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from chalicelib.domain import archive, history
from chalicelib.domain.checking import STEPS, checked
from chalicelib.domain.report import Report
from chalicelib.usecases.archive import INDEX, close, file_of, note_change, proof_of
from tests.domain.builders import fresh
from tests.usecases.rules import accepted, do, done, resolved

_SPEC = importlib.util.spec_from_file_location(
    "verify_report", Path(__file__).parents[2] / "examples" / "verify_report.py"
)
assert _SPEC
assert _SPEC.loader
verify = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(verify)


def number(index: int) -> str:
    return f"JKT-0000-0000-{index:04d}"


def numbered(report: Report, index: int) -> Report:
    return msgspec.structs.replace(report, tracking=number(index))


@pytest.fixture
def archived(desk: Any) -> Callable[..., Any]:
    """Notes reports and closes the tree."""

    def archive_them(*reports: Report) -> Any:
        for report in reports:
            note_change(desk, report)
        return close(desk)

    return archive_them


def published(desk: Any, tree: Any) -> dict[str, Any]:
    return dict(json.loads(desk.open_data.get(file_of(tree.number))))


def plain(proof: Any) -> dict[str, Any]:
    """As a client gets it."""
    return dict(json.loads(msgspec.json.encode(proof)))


def failures(proof: dict[str, Any], tree: dict[str, Any] | None = None) -> list[str]:
    """What the stand-alone command finds wrong."""
    try:
        found = [*verify.check_proof(proof), *(verify.check_tree(tree, proof) if tree else ())]
    except (KeyError, TypeError, ValueError, IndexError) as error:
        return [f"no proof: {error}"]
    return [what for ok, what in found if not ok]


def test_every_report_of_a_tree_has_a_proof_that_holds(desk: Any, archived: Callable[..., Any]) -> None:
    reports = [numbered(each, index) for index, each in enumerate([fresh(), accepted(), resolved(), done(), done()])]
    tree = archived(*reports)
    assert (tree.number, tree.new, tree.reports, tree.size) == (1, 5, 5, 5)
    for report in reports:
        proof = plain(proof_of(desk, report))
        assert checked(proof) == dict.fromkeys(STEPS, True)
        assert failures(proof, published(desk, tree)) == []
        assert not proof["pending"]


def test_each_tree_commits_to_the_one_before_and_counts_reports_once(desk: Any, archived: Callable[..., Any]) -> None:
    first = archived(numbered(accepted(), 1), numbered(fresh(), 2))
    second = archived(numbered(resolved(), 1), numbered(fresh(), 3))
    assert (second.number, second.previous, second.new, second.reports) == (2, first.root, 1, 3)
    listed = json.loads(desk.open_data.get(INDEX))["trees"]
    assert [each["root"] for each in listed] == [first.root, second.root]
    report = numbered(resolved(), 1)
    assert plain(proof_of(desk, report))["tree"]["number"] == 2
    older = plain(proof_of(desk, report, 1))
    assert older["tree"]["number"] == 1
    assert set(checked(older).values()) == {True}
    assert failures(older, published(desk, first)) == []


def test_nothing_new_no_tree(desk: Any, archived: Callable[..., Any]) -> None:
    assert archived() is None
    assert archived(numbered(fresh(), 1)) is not None
    assert archived() is None


def test_what_comes_late_or_again_joins_the_next_tree_once(desk: Any, archived: Callable[..., Any]) -> None:
    newer, older = numbered(resolved(), 1), numbered(accepted(), 1)
    note_change(desk, newer)
    tree = archived(older, newer, newer)
    assert tree.size == 1
    assert plain(proof_of(desk, newer))["record"]["head"] == newer.head
    assert archived() is None
    later = numbered(done(), 1)
    assert plain(proof_of(desk, later))["pending"]
    assert archived(later).new == 0


def tampered(proof: dict[str, Any], how: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    other = copy.deepcopy(proof)
    how(other)
    return other


def _entry(name: str, value: str, *where: str) -> Callable[[dict[str, Any]], None]:
    def change(proof: dict[str, Any]) -> None:
        found: Any = proof
        for key in where:
            found = found[key]
        found[1][name] = value

    return change


HASH = "ab" * 32
WRONGS: dict[str, Callable[[dict[str, Any]], None]] = {
    "re-dated in the chain": _entry("at", "2026-11-20T01:00:00.000Z", "chain"),
    "another event in the chain": _entry("event", "validated", "chain"),
    "another digest": _entry("digest", HASH, "chain"),
    "another hash": _entry("hash", HASH, "chain"),
    "an entry left out": lambda proof: proof["chain"].pop(1),
    "the last entries left out": lambda proof: proof["chain"].pop(),
    "an entry doubled": lambda proof: proof["chain"].insert(1, proof["chain"][1]),
    "re-dated as shown": _entry("at", "2026-11-20T01:00:00.000Z", "shown", "entries"),
    "another status shown": _entry("status", "done", "shown", "entries"),
    "another agency shown": _entry("by", "sumber-daya-air", "shown", "entries"),
    "another event shown": _entry("event", "rejected", "shown", "entries"),
    "other words shown": lambda proof: proof["shown"]["entries"][-1].update(words="belum selesai"),
    "other words with their own hash": lambda proof: proof["shown"]["entries"][-1].update(
        words="x", salt="00", note=archive.salted("00", "x")
    ),
    "another status of the report shown": lambda proof: proof["shown"].update(status="rejected"),
    "an entry that was never there": lambda proof: proof["shown"]["entries"].append(
        proof["shown"]["entries"][0] | {"seq": 2}
    ),
    "archived otherwise": lambda proof: proof["record"]["state"].update(agency="sumber-daya-air"),
    "received at another time": lambda proof: proof["record"]["state"].update(received_at="2026-01-01T00:00:00.000Z"),
    "another deadline": lambda proof: proof["record"]["state"].update(resolve_by="2027-01-01T00:00:00.000Z"),
    "another report's record": lambda proof: proof["record"].update(tracking=number(9)),
    "another report's proof": lambda proof: proof.update(tracking=number(9)),
    "another leaf": lambda proof: proof.update(leaf=HASH),
    "a step of the path": lambda proof: proof["path"][0].__setitem__(1, HASH),
    "a side of the path": lambda proof: proof["path"][0].__setitem__(0, "right" if proof["path"][0][0] == "left" else "left"),
    "a step left out": lambda proof: proof["path"].pop(),
    "another root of leaves": lambda proof: proof["tree"].update(leaves_root=HASH),
    "another root": lambda proof: proof["tree"].update(root=HASH),
    "another day": lambda proof: proof["tree"].update(name="2026-11-20"),
    "a shown entry left out": lambda proof: proof["shown"]["entries"].pop(1),
    "all shown entries left out": lambda proof: proof["shown"].update(entries=[]),
    "an entry called erased": lambda proof: proof["shown"]["entries"].__setitem__(
        1, {name: proof["shown"]["entries"][1][name] for name in ("seq", "at", "event", "hash")} | {"erased": True}
    ),
    "another deadline shown": lambda proof: proof["shown"]["state"].update(resolve_by="2027-01-01T00:00:00.000Z"),
    "received at another time as shown": lambda proof: proof["shown"]["state"].update(received_at="2026-01-01T00:00:00.000Z"),
    "another category shown": lambda proof: proof["shown"]["state"].update(category="sampah"),
    "another problem shown": lambda proof: proof["shown"]["words"]["problem"].update(words="jalan mulus"),
    "fewer reports": lambda proof: proof["tree"].update(reports=1),
    "fewer new reports": lambda proof: proof["tree"].update(new=1),
    "another root before": lambda proof: proof["tree"].update(previous=HASH),
    "nothing in it": lambda proof: proof.clear(),
    "no chain": lambda proof: proof.update(chain=[]),
    "numbers for texts": lambda proof: proof.update(leaf=7),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONGS)
def test_any_tampering_shows(desk: Any, archived: Callable[..., Any], wrong: str) -> None:
    reports = [
        numbered(each, index)
        for index, each in enumerate([do(done(), 22, "note", note="rapi", public=True), fresh(), done()])
    ]
    tree = archived(*reports)
    proof = plain(proof_of(desk, reports[0]))
    assert failures(proof, published(desk, tree)) == []
    other = tampered(proof, WRONGS[wrong])
    assert not all(checked(other).values())
    assert failures(other)


def test_a_forged_tree_shows_against_the_published_one(desk: Any, archived: Callable[..., Any]) -> None:
    """Whoever makes a whole tree anew can make a proof that holds by itself: the published one tells."""
    tree = archived(*(numbered(fresh(), index) for index in range(3)))
    leaves = published(desk, tree)
    proof = plain(proof_of(desk, numbered(fresh(), 1)))
    forged = archive.closed(None, name="2026-11-21", at=desk.now(), leaves=tree.leaves[:2], new=2)
    assert verify_tree_fails(leaves | {"leaves": list(forged.leaves)})
    assert verify_tree_fails(leaves | {"leaves": leaves["leaves"][::-1]})
    assert verify_tree_fails(leaves | {"root": HASH})
    assert verify_tree_fails(leaves | {"reports": 2})
    whole = json.loads(msgspec.json.encode(forged))
    assert not verify_tree_fails(whole)
    assert [what for ok, what in verify.check_tree(whole, proof) if not ok]


def verify_tree_fails(tree: dict[str, Any]) -> bool:
    return not all(ok for ok, _ in verify.check_tree(tree))


def test_erasing_words_keeps_every_proof(desk: Any, archived: Callable[..., Any]) -> None:
    report = numbered(do(done(), 22, "note", note="Terima kasih Ibu Wati", public=True), 1)
    tree = archived(report, numbered(fresh(), 2))
    entries = report.entries()
    first = history.encode(history.erase(entries[0]))  # the reporter's own words, erased
    after = msgspec.structs.replace(report, history=(first, *report.history[1:]), sealed=())
    assert set(checked(plain(proof_of(desk, after))).values()) == {True}
    after = do(after, 23, "redact", problem="", entries=[entries[-1].seq])
    proof = plain(proof_of(desk, after))
    assert "Wati" not in json.dumps(proof)
    assert set(checked(proof).values()) == {True}
    assert failures(proof, published(desk, tree)) == []
    assert archived(after).new == 0
    assert set(checked(plain(proof_of(desk, after))).values()) == {True}


def test_the_staffs_words_do_not_go_unnoticed(desk: Any, archived: Callable[..., Any]) -> None:
    report = numbered(do(done(), 22, "note", note="Terima kasih", public=True), 1)
    archived(report, numbered(fresh(), 2))
    entries = report.entries()
    texts = [history.encode(history.erase(each) if each.seq == entries[-1].seq else each) for each in entries]
    proof = plain(proof_of(desk, msgspec.structs.replace(report, history=tuple(texts))))
    assert not checked(proof)["shown"]
    assert failures(proof)


def test_nothing_changes_without_an_entry(desk: Any, archived: Callable[..., Any]) -> None:
    """Whoever writes to the table itself, past the history."""
    report = numbered(done(), 1)
    archived(report, numbered(fresh(), 2))
    later = report.received_at + timedelta(days=30)
    assert report.resolve
    for change in (
        {"received_at": later},
        {"resolve": msgspec.structs.replace(report.resolve, by=later)},
        {"category": "sampah"},
        {"agency": "lingkungan-hidup"},
        {"problem": "jalan sudah mulus"},
        {"cell": "898c1070c23ffff"},
        {"photos": ("abcdefgh12345678",)},
    ):
        proof = plain(proof_of(desk, msgspec.structs.replace(report, **change)))
        assert not all(checked(proof).values()), change
        assert failures(proof), change


def test_a_hidden_report_is_a_leaf_and_nothing_more(desk: Any, archived: Callable[..., Any]) -> None:
    report = msgspec.structs.replace(numbered(accepted(), 1), private=True)
    tree = archived(report)
    assert number(1) not in json.dumps(published(desk, tree)) + desk.open_data.get(INDEX).decode()
    proof = plain(proof_of(desk, report))
    assert proof["record"]["entries"] == []
    assert set(proof["record"]["state"]) == {"status", "respond_by", "resolve_by"}
    assert set(checked(proof).values()) == {True}


@pytest.mark.parametrize("broken", range(-7, 16))
def test_a_crash_anywhere_loses_none_and_publishes_no_tree_twice(
    desk: Any, archived: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, broken: int, clock: Any
) -> None:
    """The n-th call of AWS fails; what changed meanwhile is in the tree or in the next one."""
    from botocore.client import BaseClient

    archived(numbered(fresh(), 0))
    for index in (1, 2, 3):
        note_change(desk, numbered(accepted(), index))
    whole, calls = BaseClient._make_api_call, [0]

    def failing(client: Any, operation: str, parameters: Any) -> Any:
        calls[0] += 1
        if calls[0] == broken + 8:
            raise ClientError({"Error": {"Code": "InternalServerError", "Message": ""}}, operation)
        return whole(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", failing)
    with contextlib.suppress(ClientError):
        close(desk)
    monkeypatch.setattr(BaseClient, "_make_api_call", whole)
    note_change(desk, numbered(resolved(), 2))
    note_change(desk, numbered(fresh(), 4))
    clock.instant += timedelta(minutes=17)  # a crashed run holds nobody up for longer
    close(desk)
    close(desk)
    trees = [json.loads(desk.open_data.get(each["file"])) for each in json.loads(desk.open_data.get(INDEX))["trees"]]
    assert [each["number"] for each in trees] == list(range(1, len(trees) + 1))
    assert trees[-1]["reports"] == 5
    assert sum(each["new"] for each in trees) == 5
    for index, report in enumerate([fresh(), accepted(), resolved(), accepted(), fresh()]):
        proof = plain(proof_of(desk, numbered(report, index)))
        assert not proof["pending"]
        assert set(checked(proof).values()) == {True}
        assert failures(proof, trees[proof["tree"]["number"] - 1]) == []


def test_a_failure_keeps_nobody_from_trying_again(
    desk: Any, archived: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    note_change(desk, numbered(fresh(), 1))
    with monkeypatch.context() as broken:
        broken.setattr(desk.open_data, "put_once", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            close(desk)
    assert close(desk) is not None


def test_a_fork_shows_against_everybodys_list(desk: Any, archived: Callable[..., Any]) -> None:
    first = archived(numbered(fresh(), 1))
    archived(numbered(fresh(), 2))
    index = json.loads(desk.open_data.get(INDEX))
    proof = plain(proof_of(desk, numbered(fresh(), 1)))
    assert listed(proof, index)
    forged = archive.closed(None, name="2020-01-01", at=desk.now(), leaves=first.leaves, new=1)
    fork = proof | {"tree": proof["tree"] | {"name": "2020-01-01", "root": forged.root, "closed_at": forged.closed_at}}
    assert not listed(fork, index)
    swapped = copy.deepcopy(index)
    swapped["trees"][0]["root"] = forged.root
    swapped["trees"][0]["name"] = "2020-01-01"
    assert not listed(fork, swapped)


def listed(proof: dict[str, Any], index: dict[str, Any]) -> bool:
    heads = {tree["number"]: tree for tree in index["trees"]}
    return all(ok for ok, _ in verify.check_listed(proof["tree"]["root"], heads))


def test_one_at_a_time(desk: Any, archived: Callable[..., Any], clock: Any) -> None:
    note_change(desk, numbered(fresh(), 1))
    assert desk.trees.claim(desk.now())
    assert close(desk) is None
    clock.instant += timedelta(minutes=17)
    assert close(desk) is not None

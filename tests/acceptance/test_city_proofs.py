"""Tamper evidence: a verifier of the examiner's own, and the one that comes with the product."""

from __future__ import annotations

import copy
import hashlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.city import LANGUAGES, do, finished, index, open_report, page_of, publish, published, web, work
from tests.acceptance.clients import ROOT, Server, fetch, phone, until

Told = dict[str, Any]


def h(*parts: bytes) -> str:
    return hashlib.sha256(b"".join(parts)).hexdigest()


def packed(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def mistakes(proof: Told, tree: Told | None = None, report: Told | None = None) -> list[str]:
    """The examiner's verifier: what is wrong with a proof, its published tree and the page of the report."""
    wrong, record, chain = [], proof["record"], proof["chain"]
    last = ""
    for number, link in enumerate(chain, 1):
        told = "|".join((last, str(link["seq"]), link["at"], link["event"], link["digest"])).encode()
        if link["seq"] != number or h(told) != link["hash"]:
            wrong.append(f"chain {number}")
        last = link["hash"]
    at_seq = {link["seq"]: link for link in chain}
    if record["tracking"] != proof["tracking"]:
        wrong.append("another report's record")
    if at_seq.get(record["seq"], {}).get("hash") != record["head"]:
        wrong.append("head")
    for entry in record["entries"]:
        link = at_seq.get(entry["seq"], {})
        if any(link.get(name) != entry[name] for name in ("at", "event", "hash")):
            wrong.append(f"archived entry {entry['seq']}")
    archived = {entry["seq"]: entry for entry in record["entries"]}
    for entry in proof["shown"]["entries"]:
        link = at_seq.get(entry["seq"], {})
        if any(link.get(name) != entry[name] for name in ("at", "event", "hash")):
            wrong.append(f"shown entry {entry['seq']}")
        known = archived.get(entry["seq"])
        if known and any(known[name] != entry[name] for name in ("status", "by", "reason", "note")):
            wrong.append(f"shown otherwise than archived {entry['seq']}")
        if entry["words"] and h(f"{entry['salt']}|{entry['words']}".encode()) != entry["note"]:
            wrong.append(f"words {entry['seq']}")
    shown = {entry["seq"] for entry in proof["shown"]["entries"]}
    if not set(archived) <= shown:
        wrong.append("an archived entry is no longer shown")
    if proof["shown"]["seq"] == record["seq"] and proof["shown"]["status"] != record["state"]["status"]:
        wrong.append("status")
    node = h(b"\x00", packed(record))
    if node != proof["leaf"]:
        wrong.append("leaf")
    for side, other in proof["path"]:
        pair = (other, node) if side == "left" else (node, other)
        node = h(b"\x01", *map(bytes.fromhex, pair))
    if node != proof["tree"]["leaves_root"]:
        wrong.append("path")
    wrong += [f"proof: {each}" for each in root_mistakes(proof["tree"])]
    if tree is not None:
        wrong += tree_mistakes(tree)
        if proof["leaf"] not in tree["leaves"] or tree["root"] != proof["tree"]["root"]:
            wrong.append("not in the published tree")
    if report is not None:
        for entry in report["history"]:
            link = at_seq.get(entry["seq"], {})
            if any(link.get(name) != entry[name] for name in ("at", "event", "hash")):
                wrong.append(f"page's entry {entry['seq']}")
        if not set(archived) <= {entry["seq"] for entry in report["history"]}:
            wrong.append("an archived entry is not on the page")
        if report["status"]["code"] != proof["shown"]["status"]:
            wrong.append("page's status")
    return wrong


def root_mistakes(tree: Told) -> list[str]:
    head = {"v": tree.get("v", 1)} | {
        name: tree[name] for name in ("number", "name", "closed_at", "leaves_root", "new", "reports", "previous")
    }
    head["leaves"] = len(tree["leaves"]) if isinstance(tree["leaves"], list) else tree["leaves"]
    return [] if h(b"\x02", packed(head)) == tree["root"] else ["root"]


def tree_mistakes(tree: Told) -> list[str]:
    """RFC 6962's tree, recursively: split at the largest power of two below the number of leaves."""

    def over(leaves: list[str]) -> str:
        if not leaves:
            return h(b"")
        if len(leaves) == 1:
            return leaves[0]
        split = 1
        while split * 2 < len(leaves):
            split *= 2
        return h(b"\x01", bytes.fromhex(over(leaves[:split])), bytes.fromhex(over(leaves[split:])))

    wrong = root_mistakes(tree)
    return wrong if over(tree["leaves"]) == tree["leaves_root"] else [*wrong, "leaves_root"]


def proof_of(city: Server, tracking: str, key: str = "") -> Told:
    answer = city.get(f"/reports/{tracking}/proof", Accept="application/json", **({"X_Report_Key": key} if key else {}))
    assert answer.status == 200, answer.text
    return dict(answer.json)


def archived(city: Server, tracking: str, key: str = "") -> Told:
    """Its proof once its last change stands in a tree."""

    def found() -> Any:
        publish(city)
        proof = proof_of(city, tracking, key)
        return proof if proof["tree"] and not proof["pending"] else None

    return dict(until(found, 20, pause=0.5, what=f"{tracking} in a tree"))


def tree_of(proof: Told) -> Told:
    status, body = fetch(proof["tree"]["url"] + "?")
    assert status == 200
    return dict(json.loads(body))


def run(*words: str) -> tuple[int, str]:
    """The product's own little verifier, as anybody would run it."""
    command = [sys.executable, "-I", str(ROOT / "examples" / "verify_report.py"), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd="/", check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def proven(city: Server) -> tuple[str, Told, Told]:
    """A report's number, its proof and its tree."""
    others = [open_report(city)["tracking"] for _ in range(4)]
    tracking = finished(city)["tracking"]
    proof = archived(city, tracking)
    for other in others:
        assert not mistakes(proof_of(city, other))
    return tracking, proof, tree_of(proof)


def test_a_report_is_proven_to_both_verifiers(city: Server, proven: tuple[str, Told, Told]) -> None:
    tracking, proof, tree = proven
    assert mistakes(proof, tree, city.citizen(tracking)) == []
    code, said = run(f"{city.url}/reports/{tracking}")
    assert code == 0, said
    code, said = run(f"{city.url}/reports/{tracking}", "--root", proof["tree"]["root"])
    assert code == 0, said
    code, said = run(f"{city.url}/reports/{tracking}", "--root", "0" * 64)
    assert code == 1, said


def test_a_proof_is_not_long(proven: tuple[str, Told, Told]) -> None:
    _, proof, tree = proven
    assert 2 ** max(0, len(proof["path"]) - 1) <= max(1, len(tree["leaves"]))


def test_all_trees_follow_from_each_other(city: Server, proven: tuple[str, Told, Told]) -> None:
    base = index(city)["base_url"]
    listed = json.loads(published(city, "trees/index.json"))["trees"]
    previous, reports = "0" * 64, 0
    for number, told in enumerate(sorted(listed, key=lambda each: each["number"]), 1):
        tree = json.loads(published(city, told["file"]))
        assert tree_mistakes(tree) == []
        assert tree["number"] == number
        assert tree["previous"] == previous
        assert tree["reports"] == reports + tree["new"]
        previous, reports = tree["root"], tree["reports"]
        assert told["root"] == tree["root"]
    code, said = run("--trees", base)
    assert code == 0, said


def test_the_number_of_reports_ever_received_counts_every_one(city: Server, proven: tuple[str, Told, Told]) -> None:
    before = proven[1]["tree"]["reports"]
    made = [city.report(private=number == 0)["tracking"] for number in range(3)]
    last = archived(city, made[-1])
    assert last["tree"]["reports"] >= before + 3
    assert last["tree"]["number"] > proven[1]["tree"]["number"]
    assert last["tree"]["previous"] != "0" * 64


def test_a_later_change_joins_the_next_tree_and_the_old_proof_stays_true(city: Server) -> None:
    made = finished(city)
    first = archived(city, made["tracking"])
    old = tree_of(first)
    assert do(city, made["tracking"], made["key"], "dispute", {"reason": "Belum selesai."}).status == 200
    waiting = proof_of(city, made["tracking"])
    assert mistakes(waiting) == [], "between two trees the proof holds, too"
    second = archived(city, made["tracking"])
    assert second["tree"]["number"] > first["tree"]["number"]
    assert mistakes(second, tree_of(second), city.citizen(made["tracking"])) == []
    assert mistakes(first, old) == []
    assert tree_of(first) == old, "a published tree never changes"


def test_erasing_who_reported_keeps_every_proof(city: Server) -> None:
    tracking, key = web(city, name="Cahyaningrum Prameswari", phone=phone(), address="Jl. Dahlia 77")
    assert city.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    work(city, tracking)
    first = archived(city, tracking)
    old = tree_of(first)
    heads = [link["hash"] for link in first["chain"]]
    assert do(city, tracking, key, "erase", {"confirm": True}).status == 200
    second = archived(city, tracking)
    assert [link["hash"] for link in second["chain"]][: len(heads)] == heads
    assert mistakes(first, old) == []
    assert mistakes(second, tree_of(second), city.citizen(tracking)) == []
    code, said = run(f"{city.url}/reports/{tracking}")
    assert code == 0, said
    for secret in ("Cahyaningrum", "Prameswari", "Dahlia"):
        assert secret not in json.dumps([first, second, old])


def set_at(path: str, value: Any) -> Callable[[Told, Told], None]:
    """Somebody writes something else into the proof (or the tree, when the path begins with `tree!`)."""

    def change(proof: Told, tree: Told) -> None:
        where: Any = proof
        steps = path.split(".")
        if steps[0] == "tree!":
            where, steps = tree, steps[1:]
        for step in steps[:-1]:
            where = where[int(step) if step.lstrip("-").isdigit() else step]
        last = steps[-1]
        where[int(last) if last.lstrip("-").isdigit() else last] = value

    return change


def drop(path: str, number: int) -> Callable[[Told, Told], None]:
    def change(proof: Told, tree: Told) -> None:
        where: Any = proof
        steps = path.split(".")
        if steps[0] == "tree!":
            where, steps = tree, steps[1:]
        for step in steps:
            where = where[step]
        del where[number]

    return change


TAMPERED: dict[str, Callable[[Told, Told], None]] = {
    "re-dated receipt": set_at("chain.0.at", "2026-11-20T05:50:54.247Z"),
    "re-dated in what is shown": set_at("shown.entries.0.at", "2026-11-20T05:50:54.247Z"),
    "re-dated in what is archived": set_at("record.entries.0.at", "2026-11-20T05:50:54.247Z"),
    "received earlier": set_at("record.state.received_at", "2026-11-20T05:50:54.247Z"),
    "another deadline": set_at("record.state.resolve_by", "2027-11-20T05:50:54.247Z"),
    "another event": set_at("chain.2.event", "validated"),
    "a step left out of the chain": drop("chain", 2),
    "a step no longer shown": drop("shown.entries", 2),
    "a step no longer archived": drop("record.entries", 2),
    "other words": set_at("shown.entries.3.words", "Sudah dikerjakan dengan sangat baik."),
    "another status shown": set_at("shown.status", "rejected"),
    "another agency": set_at("record.state.agency", "sumber-daya-air"),
    "another leaf": set_at("leaf", "ab" * 32),
    "another head": set_at("record.head", "ab" * 32),
    "another root of leaves": set_at("tree.leaves_root", "ab" * 32),
    "another root": set_at("tree.root", "ab" * 32),
    "fewer reports": set_at("tree.reports", 1),
    "closed at another time": set_at("tree.closed_at", "2026-11-20T05:50:54.247Z"),
    "another tree before": set_at("tree.previous", "ab" * 32),
    "another report": set_at("tracking", "JKT-0000-0000-0000"),
    "a leaf left out of the published tree": drop("tree!.leaves", 0),
    "a leaf changed in the published tree": set_at("tree!.leaves.0", "00" * 32),
    "another root published": set_at("tree!.root", "ab" * 32),
    "another count published": set_at("tree!.reports", 1),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_tampered_with_is_caught_by_both(
    city: Server, proven: tuple[str, Told, Told], what: str, tmp_path: Path
) -> None:
    proof, tree = copy.deepcopy(proven[1]), copy.deepcopy(proven[2])
    TAMPERED[what](proof, tree)
    assert mistakes(proof, tree), "the examiner's verifier"
    (tmp_path / "proof.json").write_text(json.dumps(proof))
    (tmp_path / "tree.json").write_text(json.dumps(tree))
    code, said = run("--proof", str(tmp_path / "proof.json"), "--tree", str(tmp_path / "tree.json"))
    assert code == 1, said


def test_files_that_were_kept_are_proof_without_the_net(
    city: Server, proven: tuple[str, Told, Told], tmp_path: Path
) -> None:
    tracking, proof, tree = proven
    for name, content in (("proof", proof), ("tree", tree), ("report", city.citizen(tracking))):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    names = [word for name in ("proof", "tree", "report") for word in (f"--{name}", str(tmp_path / f"{name}.json"))]
    code, said = run(*names)
    assert code == 0, said
    report = city.citizen(tracking)
    report["history"][-1]["note"] = "Kami sangat cepat."
    report["history"][1]["at"] = "2026-11-20T05:50:54.247Z"
    (tmp_path / "report.json").write_text(json.dumps(report))
    code, said = run(*names)
    assert code == 1, said


def test_a_step_that_vanished_from_the_page_is_caught(
    city: Server, proven: tuple[str, Told, Told], tmp_path: Path
) -> None:
    """The city's page leaves out that the agency had taken it up: both verifiers see it."""
    tracking, proof, tree = proven
    report = city.citizen(tracking)
    report["history"] = [entry for entry in report["history"] if entry["event"] != "accepted"]
    assert mistakes(proof, tree, report)
    for name, content in (("proof", proof), ("tree", tree), ("report", report)):
        (tmp_path / f"{name}.json").write_text(json.dumps(content))
    code, said = run(
        *[word for name in ("proof", "tree", "report") for word in (f"--{name}", str(tmp_path / f"{name}.json"))]
    )
    assert code == 1, said


def test_what_cannot_be_checked_is_said_so(city: Server, tmp_path: Path) -> None:
    assert run(f"{city.url}/reports/JKT-0000-0000-0000")[0] == 2
    assert run("--proof", str(tmp_path / "nothing.json"))[0] == 2
    (tmp_path / "proof.json").write_text("{}")
    assert run("--proof", str(tmp_path / "proof.json"))[0] in (1, 2)


def test_a_report_in_no_tree_yet_says_so(city: Server) -> None:
    tracking = city.report()["tracking"]
    proof = proof_of(city, tracking)
    assert proof["tracking"] == tracking
    assert proof["pending"] or proof["tree"]


def test_a_hidden_reports_proof_is_its_reporters(city: Server) -> None:
    text = "Rumah kosong menjadi sarang nyamuk rahasia"
    made = open_report(city, private=True, text=text, category="jalan")
    publish(city)
    where = f"/reports/{made['tracking']}/proof"
    told = city.get(where, Accept="application/json").text
    for hidden in ("nyamuk", "jalan", "bina-marga", "31.7", "ronda"):
        assert hidden not in told, hidden
    proof = archived(city, made["tracking"], made["key"])
    assert mistakes(proof, tree_of(proof)) == []
    code, said = run(f"{city.url}/reports/{made['tracking']}", "--key", made["key"])
    assert code == 0, said


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_checks_and_explains(city: Server, proven: tuple[str, Told, Told], lang: str) -> None:
    tracking, proof, _ = proven
    page = page_of(city, f"/proof?tracking={tracking}", lang).ok()
    assert proof["tree"]["root"] in page.words.replace(" ", "")
    assert "verify_report.py" in page.words
    assert "SHA-256" in page.words
    slip = page_of(city, "/proof?tracking=JKT-1234-5678-9ABX", lang)
    assert slip.status in (404, 422)
    assert "JKT-1234-5678-9ABX" in slip.html


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_page_tells_how_each_hash_is_made(city: Server, lang: str) -> None:
    """So that anybody can write a verifier: the bytes put before, the JSON's form, the links of the chain."""
    words = page_of(city, "/proof", lang).ok().words
    for prefix in ("00", "01", "02"):
        assert re.search(rf"(0x|\\x|\b){prefix}\b", words), f"the byte {prefix} before what is hashed"
    assert "JSON" in words


def test_who_reported_is_in_no_tree(city: Server, proven: tuple[str, Told, Told]) -> None:
    assert set(proven[2]) >= {"leaves", "root", "previous", "reports", "number"}
    assert all(len(leaf) == 64 for leaf in proven[2]["leaves"])
    assert not [name for name in proven[1]["record"] if name in ("reporter", "identity", "problem", "channel", "user")]

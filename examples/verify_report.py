#!/usr/bin/env python3
"""Checks that a report has not vanished and was neither re-dated nor changed. Needs Python 3.9 and nothing else.

    python examples/verify_report.py https://city.example/reports/JKT-7K3M-92QX-4HTC
    python examples/verify_report.py URL --key KEY            a private report, with its reporter's key
    python examples/verify_report.py URL --root HEX           ... against a root that you kept yourself (or that was printed)
    python examples/verify_report.py --proof proof.json --tree tree.json [--report report.json]     without the net
    python examples/verify_report.py --trees https://data.city.example     all trees, one after the other

What is checked, and how each hash is made, is on the page /proof. Ends with 0 when everything holds, 1 when something does not,
2 when it could not be checked.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

Finding = tuple[bool, str]


def sha(data: bytes) -> str:
    """SHA-256 as hex."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any) -> bytes:
    """JSON in the one form that is hashed: keys in order, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def node(left: str, right: str) -> str:
    """The hash over two."""
    return sha(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right))


def root_over(leaves: list[str]) -> str:
    """The root over leaves in their order; an odd last one moves up as it is (RFC 6962)."""
    level = leaves
    while len(level) > 1:
        level = [node(*level[at : at + 2]) if at + 1 < len(level) else level[at] for at in range(0, len(level), 2)]
    return level[0] if level else sha(b"")


def head_of(tree: dict[str, Any]) -> dict[str, Any]:
    """What a tree's root is the hash of. `leaves` is their number there, whether the file has the list or the number."""
    names = ("v", "number", "name", "closed_at", "leaves_root", "new", "reports", "previous")
    head = {name: tree[name] for name in names if name in tree}
    head.setdefault("v", 1)
    head["leaves"] = len(tree["leaves"]) if isinstance(tree["leaves"], list) else tree["leaves"]
    return head


def root_of(tree: dict[str, Any]) -> str:
    """A tree's root, worked out."""
    return sha(b"\x02" + canonical(head_of(tree)))


def check_proof(proof: dict[str, Any]) -> Iterator[Finding]:
    """A proof by itself: the chain, the record, what is shown, the leaf, the path, the root."""
    record, chain, before = proof["record"], proof["chain"], ""
    unbroken = bool(chain)
    for number, entry in enumerate(chain, 1):
        link = "|".join([before, str(number), entry["at"], entry["event"], entry["digest"]])
        unbroken = unbroken and entry["seq"] == number and entry["hash"] == sha(link.encode())
        before = entry["hash"]
    yield unbroken, "every entry of the history follows from the one before"
    own = record["tracking"] == proof["tracking"] and len(chain) >= record["seq"] > 0
    yield own and chain[record["seq"] - 1]["hash"] == record["head"], "the history leads to the archived head"
    yield (
        all(own and _same(chain[e["seq"] - 1], e, "seq", "at", "event", "hash") for e in record["entries"]),
        "every archived entry is in that history",
    )
    yield from _shown(proof, record, chain)
    leaf = sha(b"\x00" + canonical(record))
    yield leaf == proof["leaf"], "the leaf is the hash of what was archived"
    at = leaf
    for side, other in proof["path"]:
        at = node(other, at) if side == "left" else node(at, other)
    yield at == proof["tree"]["leaves_root"], "the path leads from the leaf to the tree's root of leaves"
    yield root_of(proof["tree"]) == proof["tree"]["root"], "the root is the hash of the tree's head"


def _shown(proof: dict[str, Any], record: dict[str, Any], chain: list[dict[str, Any]]) -> Iterator[Finding]:
    archived = {entry["seq"]: entry for entry in record["entries"]}
    same, words = True, True
    for entry in proof["shown"]["entries"]:
        same = same and _same(chain[entry["seq"] - 1], entry, "at", "event", "hash")
        known = archived.get(entry["seq"])
        if known is not None:
            same = same and _same(known, entry, "at", "event", "hash", "status", "by", "reason", "note")
        elif archived and entry["seq"] <= record["seq"]:
            same = False
        words = words and entry["note"] == (sha(f"{entry['salt']}|{entry['words']}".encode()) if entry["words"] else "")
    if proof["shown"]["seq"] == record["seq"]:
        same = same and proof["shown"]["status"] == record["state"]["status"]
    yield same, "what is shown today is what was archived"
    yield words, "the words shown are the words archived"


def _same(one: dict[str, Any], other: dict[str, Any], *names: str) -> bool:
    return all(one[name] == other[name] for name in names)


def check_tree(tree: dict[str, Any], proof: dict[str, Any] | None = None) -> Iterator[Finding]:
    """A published tree by itself, and that it is the one a proof names."""
    leaves = tree["leaves"]
    yield leaves == sorted(leaves), f"tree {tree['number']}: its leaves are in order"
    yield root_over(leaves) == tree["leaves_root"], f"tree {tree['number']}: its leaves give its root of leaves"
    yield root_of(tree) == tree["root"], f"tree {tree['number']}: its head gives its root"
    if proof is not None:
        yield tree["root"] == proof["tree"]["root"], "the published tree is the one in the proof"
        yield proof["leaf"] in leaves, "the report's leaf is among the published leaves"


def check_report(report: dict[str, Any], proof: dict[str, Any]) -> Iterator[Finding]:
    """What the city's own page says of the report, against its proof."""
    chain = {entry["seq"]: entry for entry in proof["chain"]}
    shown = {entry["seq"]: entry for entry in proof["shown"]["entries"]}
    known = all(e["seq"] in chain and _same(chain[e["seq"]], e, "at", "event", "hash") for e in report["history"])
    yield known, "the page's history is the proof's"
    told = [e for e in report["history"] if e["seq"] in shown]
    yield all((e["status"] or "") == shown[e["seq"]]["status"] for e in told), "the page's statuses are the proof's"
    plain = [e for e in told if not shown[e["seq"]]["reason"] and shown[e["seq"]]["words"]]
    yield all(e["note"] == shown[e["seq"]]["words"] for e in plain), "the page's notes are the proof's"
    yield report["status"]["code"] == proof["shown"]["status"], "the page's status is the proof's"


def check_trees(base: str) -> Iterator[Finding]:
    """All published trees: each commits to the one before, and the number of reports only grows."""
    listed = fetched(f"{base.rstrip('/')}/trees/index.json")["trees"]
    before, reports = "0" * 64, 0
    for number, told in enumerate(sorted(listed, key=lambda each: each["number"]), 1):
        tree = fetched(f"{base.rstrip('/')}/{told['file']}")
        yield from check_tree(tree)
        yield told["root"] == tree["root"], f"tree {number}: the list names its root"
        yield tree["number"] == number and tree["previous"] == before, f"tree {number}: it follows from the one before"
        yield tree["reports"] == reports + tree["new"], f"tree {number}: the number of reports ever received adds up"
        yield tree["new"] <= len(tree["leaves"]), f"tree {number}: no more new reports than leaves"
        before, reports = tree["root"], tree["reports"]


def fetched(where: str, key: str = "") -> Any:
    """JSON from an address or a file."""
    if not where.startswith(("http://", "https://")):
        with open(where, encoding="utf-8") as file:
            return json.load(file)
    request = urllib.request.Request(where, headers={"Accept": "application/json"})
    if key:
        request.add_header("X-Report-Key", key)
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def found(options: argparse.Namespace) -> Iterator[Finding]:
    """Everything that the options ask for."""
    if options.trees:
        yield from check_trees(options.trees)
        return
    proof = fetched(options.proof or f"{options.url.rstrip('/')}/proof", options.key)
    if proof["tree"] is None:
        raise LookupError("the report stands in no tree yet: trees are closed once a day")
    yield from check_proof(proof)
    tree = options.tree or ("" if options.proof else proof["tree"]["url"])
    if tree:
        yield from check_tree(fetched(tree), proof)
    report = options.report or ("" if options.proof else options.url)
    if report:
        yield from check_report(fetched(report, options.key), proof)
    if options.root:
        yield proof["tree"]["root"] == options.root.lower(), "the root is the one you kept"
    if proof["pending"]:
        print("     (it has changed since: that change stands in the next tree)")


def main() -> int:
    """Prints each finding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("url", nargs="?", default="", help="the report's address")
    for name in ("key", "root", "proof", "tree", "report", "trees"):
        parser.add_argument(f"--{name}", default="")
    options = parser.parse_args()
    if not (options.url or options.proof or options.trees):
        parser.error("an address, --proof or --trees is needed")
    holds = True
    try:
        for ok, what in found(options):
            print(f"{'ok  ' if ok else 'FAIL'} {what}")
            holds = holds and ok
    except (KeyError, TypeError, ValueError, IndexError) as error:
        print(f"FAIL this is no proof: {type(error).__name__}: {error}")
        return 1
    except (OSError, LookupError) as error:
        print(f"it could not be checked: {error}")
        return 2
    print("everything holds" if holds else "SOMETHING HAS BEEN CHANGED")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())

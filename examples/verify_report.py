#!/usr/bin/env python3
"""Checks that a report has not vanished and was neither re-dated nor changed. Needs Python 3.9 and nothing else.

    python examples/verify_report.py https://city.example/reports/JKT-7K3M-92QX-4HTC
    python examples/verify_report.py URL --key KEY            a private report, with its reporter's key
    python examples/verify_report.py URL --root HEX           ... against a root that you kept yourself (or that was printed)
    python examples/verify_report.py --proof proof.json --tree tree.json [--report report.json]     without the net
    python examples/verify_report.py --trees https://data.city.example     all trees, one after the other
    python examples/verify_report.py URL --data https://data.city.example  ... with the list of trees from elsewhere (a mirror)

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
from datetime import UTC, datetime
from typing import Any

Finding = tuple[bool, str]
REPORTERS = ("received", "completed", "confirmed", "disputed", "reopened", "withdrawn", "stepped_back")
"""Events whose words are a reporter's, who may have them erased."""


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
    yield from _state(proof, record)
    leaf = sha(b"\x00" + canonical(record))
    yield leaf == proof["leaf"], "the leaf is the hash of what was archived"
    at = leaf
    for side, other in proof["path"]:
        at = node(other, at) if side == "left" else node(at, other)
    yield at == proof["tree"]["leaves_root"], "the path leads from the leaf to the tree's root of leaves"
    yield root_of(proof["tree"]) == proof["tree"]["root"], "the root is the hash of the tree's head"


def _shown(proof: dict[str, Any], record: dict[str, Any], chain: list[dict[str, Any]]) -> Iterator[Finding]:
    """Each archived entry is shown as it was archived. Its words may have been erased since: a reporter's, or with an entry
    behind it that says so."""
    archived = {entry["seq"]: entry for entry in record["entries"]}
    shown = {entry["seq"]: entry for entry in proof["shown"]["entries"]}
    same = all(_same(chain[seq - 1], entry, "at", "event", "hash") for seq, entry in shown.items())
    added = {seq for seq, entry in shown.items() if seq <= record["seq"] and not entry.get("erased")}
    same = same and not (archived and added - set(archived)) and set(archived) <= set(shown)
    words = True
    for seq, known in archived.items():
        entry = shown.get(seq, {})
        if entry.get("erased"):
            said = any(each["event"] in ("erased", "redacted") for each in chain[seq:])
            same = same and (said or known["event"] in REPORTERS)
        else:
            same = same and bool(entry) and _same(known, entry, "at", "event", "hash", "status", "by", "reason", "note")
    for entry in shown.values():
        if not entry.get("erased"):
            words = words and entry["note"] == (salted(entry) if entry["words"] else "")
    yield same, "every archived step is shown, as it was archived"
    yield words, "the words of the steps are the words archived"


def _state(proof: dict[str, Any], record: dict[str, Any]) -> Iterator[Finding]:
    """Dates, deadlines, category, agency, area and words, while nothing has happened since; the first date always."""
    shown, then = proof["shown"], record["state"]
    received = shown["state"].get("received_at")
    same = shown["status"] == shown["state"]["status"] and received in (None, then.get("received_at", received))
    if shown["seq"] == record["seq"]:
        same = same and shown["state"] == then
        told = shown["words"].items()
        yield (
            all(record["words"][name] == salted(each) for name, each in told),
            "problem, place and photos are unchanged",
        )
    yield same, "status, dates, deadlines, category, agency and area are as archived"


def salted(told: dict[str, Any]) -> str:
    """The hash that stands for words."""
    return sha(f"{told['salt']}|{told['words']}".encode())


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
    shown = {entry["seq"]: entry for entry in proof["shown"]["entries"] if not entry.get("erased")}
    archived, there = {e["seq"] for e in proof["record"]["entries"]}, {e["seq"] for e in report["history"]}
    yield archived & set(shown) <= there, "no archived step is missing on the page"
    known = all(e["seq"] in chain and _same(chain[e["seq"]], e, "at", "event", "hash") for e in report["history"])
    yield known, "the page's history is the proof's"
    told = [e for e in report["history"] if e["seq"] in shown]
    yield all((e["status"] or "") == shown[e["seq"]]["status"] for e in told), "the page's statuses are the proof's"
    plain = [e for e in told if not shown[e["seq"]]["reason"] and shown[e["seq"]]["words"]]
    yield all(e["note"] == shown[e["seq"]]["words"] for e in plain), "the page's notes are the proof's"
    yield report["status"]["code"] == proof["shown"]["status"], "the page's status is the proof's"
    state = proof["shown"]["state"]
    dates = [name for name in ("received_at", "respond_by", "resolve_by") if name in state]
    yield all(_ms(report[name]) == _ms(state[name]) for name in dates), "the page's dates and deadlines are the proof's"
    codes = [name for name in ("category", "agency", "area") if name in state]
    yield (
        all((report[name] or {}).get("code") == state[name] for name in codes),
        "the page's category and agency are too",
    )
    problem = proof["shown"]["words"].get("problem")
    yield (
        not (problem and report.get("problem")) or report["problem"] == problem["words"],
        "the page's words are the proof's",
    )


def _ms(instant: str | None) -> str | None:
    """An instant to the millisecond, as the archive has it."""
    if instant is None:
        return None
    at = datetime.fromisoformat(instant.replace("Z", "+00:00")).astimezone(UTC)
    return at.isoformat(timespec="milliseconds")


def check_listed(proof: dict[str, Any], index: dict[str, Any]) -> Iterator[Finding]:
    """That the proof's tree is the one that the city lists for everybody, and that the newest root commits to it."""
    heads = {tree["number"]: tree for tree in index["trees"]}
    tree = proof["tree"]
    yield (
        heads.get(tree["number"], {}).get("root") == tree["root"],
        "the tree is the one that the city lists under its number",
    )
    newest = max(heads)
    later = [heads.get(number) for number in range(tree["number"], newest + 1)]
    linked = all(each and root_of(each) == each["root"] for each in later)
    linked = linked and all(b["previous"] == a["root"] for a, b in zip(later[:-1], later[1:]) if a and b)  # noqa: B905, RUF007
    yield linked, f"the newest root (tree {newest}) commits to it"


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
    url = options.url.split("?")[0].rstrip("/")
    proof = fetched(options.proof or f"{url}/proof", options.key)
    if proof["tree"] is None:
        raise LookupError("the report stands in no tree yet: trees are closed once a day")
    yield from check_proof(proof)
    # Never from an address that the proof itself names: everybody's list is the one to be compared with.
    data = options.data or ("" if options.proof else f"{url.rpartition('/reports/')[0]}/open-data")
    if data:
        index = fetched(f"{data.rstrip('/')}/trees/index.json")
        yield from check_listed(proof, index)
        files = {each["number"]: each["file"] for each in index["trees"]}
        if not options.tree and proof["tree"]["number"] in files:
            yield from check_tree(fetched(f"{data.rstrip('/')}/{files[proof['tree']['number']]}"), proof)
    if options.tree:
        yield from check_tree(fetched(options.tree), proof)
    report = options.report or ("" if options.proof else url)
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
    for name in ("key", "root", "proof", "tree", "report", "trees", "data"):
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

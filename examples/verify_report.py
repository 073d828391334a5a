#!/usr/bin/env python3
"""Checks that a report has not vanished and was neither re-dated nor changed. Needs Python 3.9 and nothing else.

    python examples/verify_report.py https://city.example/reports/JKT-7K3M-92QX-4HTC
    python examples/verify_report.py URL --key KEY            a private report, with its reporter's key
    python examples/verify_report.py URL --root HEX           ... and a root that you kept yourself (or that was printed)
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
import urllib.parse
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
    own = record["tracking"] == proof["tracking"] and len(chain) == proof["shown"]["seq"] >= record["seq"] > 0
    yield own and chain[record["seq"] - 1]["hash"] == record["head"], "the history leads to the archived head"
    there = all(own and _same(chain[e["seq"] - 1], e, "seq", "at", "event", "hash") for e in record["entries"])
    yield there, "every archived entry is in that history"
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
        words = all(record["words"][name] == salted(each) for name, each in shown["words"].items())
        yield words, "problem, place and photos are unchanged"
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
    yield report["tracking"] == proof["tracking"], "the page is of the report that the proof is of"
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
    codes = {name: state[name] for name in ("category", "agency", "area") if name in state}
    same = all((report[name] or {}).get("code") == code for name, code in codes.items())
    yield same, "the page's category, agency and area are the proof's"
    if "received_at" in state:  # of a hidden report no words are archived
        words = {name: told["words"] for name, told in proof["shown"]["words"].items()}
        yield (
            (report.get("problem") or words.get("problem", "")) == words.get("problem", ""),
            "the page's words are the proof's",
        )
        there_now = {each.rpartition("/")[2] for each in report.get("photos") or ()}
        yield set(words.get("photos", "").split()) <= there_now, "no archived photo is missing on the page"


def _ms(instant: str | None) -> str | None:
    """An instant to the millisecond, as the archive has it."""
    if instant is None:
        return None
    at = datetime.fromisoformat(instant.replace("Z", "+00:00")).astimezone(UTC)
    return at.isoformat(timespec="milliseconds")


def check_listed(root: str, heads: dict[int, dict[str, Any]]) -> Iterator[Finding]:
    """That the root of a tree is one that the city lists for everybody, and that the newest root commits to it."""
    first = next((number for number, tree in heads.items() if tree["root"] == root), max(heads) + 1)
    yield first in heads, f"the city lists a tree with the root {root[:12]}…"
    later = [heads.get(number) for number in range(first, max(heads) + 1)]
    linked = bool(later) and all(each and root_of(each) == each["root"] for each in later)
    linked = linked and all(b["previous"] == a["root"] for a, b in zip(later[:-1], later[1:]) if a and b)  # noqa: B905, RUF007
    yield linked, f"the newest root (tree {max(heads)}) commits to it"


def heads_of(base: str) -> dict[int, dict[str, Any]]:
    """The heads of all trees, by number."""
    heads = {tree["number"]: tree for tree in fetched(f"{base.rstrip('/')}/trees/index.json")["trees"]}
    if not heads:
        raise LookupError("the list of trees is empty")
    return heads


def check_trees(base: str, root: str = "") -> Iterator[Finding]:
    """All published trees: each commits to the one before, and the number of reports only grows."""
    heads, before, reports, closed = heads_of(base), "0" * 64, 0, ""
    for number, (_, told) in enumerate(sorted(heads.items()), 1):
        tree = fetched(f"{base.rstrip('/')}/{told['file']}")
        yield from check_tree(tree)
        yield told["root"] == tree["root"], f"tree {number}: the list names its root"
        yield tree["number"] == number and tree["previous"] == before, f"tree {number}: it follows from the one before"
        yield tree["reports"] == reports + tree["new"], f"tree {number}: the number of reports ever received adds up"
        yield 0 <= tree["new"] <= len(tree["leaves"]), f"tree {number}: no more new reports than leaves"
        yield tree["closed_at"] >= closed, f"tree {number}: it was not closed before the one before"
        before, reports, closed = tree["root"], tree["reports"], tree["closed_at"]
    if root:
        yield from check_listed(root.lower(), heads)


def plain(number: str) -> str:
    """A report's number as it is compared, however it was typed."""
    kept = "".join(each for each in urllib.parse.unquote(number).upper() if each.isalnum())
    return kept.translate(str.maketrans("OIL", "011"))


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
        yield from check_trees(options.trees, options.root)
        return
    url = options.url.split("?")[0].rstrip("/")
    proof = fetched(options.proof or f"{url}/proof", options.key)
    if proof["tree"] is None:
        raise LookupError("the report stands in no tree yet: trees are closed once a day")
    if url:
        yield plain(url.rpartition("/")[2]) == plain(proof["tracking"]), "the proof is of the report that was asked for"
    yield from check_proof(proof)
    # Never from an address that the proof itself names: everybody's list is the one to be compared with.
    data = options.data or ("" if options.proof else f"{url.rpartition('/reports/')[0]}/open-data")
    if data:
        heads, number = heads_of(data), proof["tree"]["number"]
        for root in (proof["tree"]["root"], options.root.lower()):
            yield from check_listed(root, heads) if root else ()
        if not options.tree and number in heads:
            yield from check_tree(fetched(f"{data.rstrip('/')}/{heads[number]['file']}"), proof)
    if options.tree:
        yield from check_tree(fetched(options.tree), proof)
    report = options.report or ("" if options.proof else url)
    if report:
        yield from check_report(fetched(report, options.key), proof)
    if options.root and not data:
        yield proof["tree"]["root"] == options.root.lower(), "the root is the one you kept"
    if len(proof["chain"]) > proof["record"]["seq"]:
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
    except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
        print(f"FAIL this is no proof: {type(error).__name__}: {error}")
        return 1
    except (OSError, LookupError) as error:
        print(f"it could not be checked: {error}")
        return 2
    print("everything holds" if holds else "SOMETHING HAS BEEN CHANGED")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())

"""Checking a proof: that a report stands in a published tree as it is shown today. The same steps as
`examples/verify_report.py` and the page's script take, each on its own, so that nobody has to believe another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from chalicelib.domain import archive, merkle

STEPS = ("chain", "record", "shown", "state", "words", "leaf", "path", "root")
"""In the order they are checked: the history's chain leads to the archived head; the archived entries are in the chain; each of
them is shown as it was archived; so are status, dates, deadlines, category and agency; so are the words; the leaf is the
record's; the path leads to the tree's root of leaves; and that to its root."""
_LINKED = ("at", "event", "hash")
_COMPARED = (*_LINKED, "status", "by", "reason", "note")
# Words of the staff are never taken away without an entry of its own in the chain; reporters may have theirs erased.
_TAKEN_AWAY = frozenset({"erased", "redacted"})
_REPORTERS = frozenset({"received", "completed", "confirmed", "disputed", "reopened", "withdrawn", "stepped_back"})


def checked(proof: Mapping[str, Any]) -> dict[str, bool]:
    """Which steps hold. Of what is no proof at all, none."""
    try:
        return {name: bool(_CHECKS[name](proof)) for name in STEPS}
    except (KeyError, TypeError, ValueError, IndexError):
        return dict.fromkeys(STEPS, False)


def _chain(proof: Mapping[str, Any]) -> bool:
    before, record = "", proof["record"]
    for number, entry in enumerate(proof["chain"], 1):
        link = f"{before}|{number}|{entry['at']}|{entry['event']}|{entry['digest']}"
        if entry["seq"] != number or entry["hash"] != hashlib.sha256(link.encode()).hexdigest():
            return False
        before = entry["hash"]
    at = proof["chain"][record["seq"] - 1] if record["seq"] > 0 else {}
    whole = proof["shown"]["seq"] == len(proof["chain"])  # else what was archived could be said to have changed since
    return bool(whole and record["tracking"] == proof["tracking"] and at["hash"] == record["head"])


def _record(proof: Mapping[str, Any]) -> bool:
    return all(_same(proof["chain"][entry["seq"] - 1], entry, "seq", *_LINKED) for entry in proof["record"]["entries"])


def _shown(proof: Mapping[str, Any]) -> bool:
    """Every shown entry is in the chain, every archived one is shown, as it was archived. Its words may have been erased
    since: then the chain says so behind it."""
    chain, shown = proof["chain"], {entry["seq"]: entry for entry in proof["shown"]["entries"]}
    if not all(_same(chain[seq - 1], entry, *_LINKED) for seq, entry in shown.items()):
        return False
    archived = {entry["seq"]: entry for entry in proof["record"]["entries"]}
    added = [seq for seq, each in shown.items() if seq <= proof["record"]["seq"] and not each.get("erased")]
    if archived and not set(added) <= set(archived):
        return False
    return all(
        (entry := shown[seq]) and (_taken_away(chain, seq) if entry.get("erased") else _same(known, entry, *_COMPARED))
        for seq, known in archived.items()
    )


def _state(proof: Mapping[str, Any]) -> bool:
    """How it stands is how it stood, while nothing has happened since; when it came in never changes."""
    shown, record = proof["shown"], proof["record"]
    if shown["status"] != shown["state"]["status"]:
        return False
    if shown["seq"] == record["seq"]:
        return bool(shown["state"] == record["state"])
    received = "received_at"
    return received not in record["state"] or shown["state"].get(received) in (None, record["state"][received])


def _words(proof: Mapping[str, Any]) -> bool:
    """Shown words are the archived ones, while nothing has happened since."""
    for entry in proof["shown"]["entries"]:
        if not entry.get("erased") and entry["note"] != (
            archive.salted(entry["salt"], entry["words"]) if entry["words"] else ""
        ):
            return False
    if proof["shown"]["seq"] != proof["record"]["seq"]:
        return True
    hashes = proof["record"]["words"]
    return all(
        hashes[name] == archive.salted(told["salt"], told["words"]) for name, told in proof["shown"]["words"].items()
    )


def _leaf(proof: Mapping[str, Any]) -> bool:
    return bool(archive.leaf_of(proof["record"]) == proof["leaf"])


def _path(proof: Mapping[str, Any]) -> bool:
    return bool(merkle.climbed(proof["leaf"], [tuple(step) for step in proof["path"]]) == proof["tree"]["leaves_root"])


def _root(proof: Mapping[str, Any]) -> bool:
    head = {name: value for name, value in proof["tree"].items() if name not in ("root", "url")}
    return bool(archive.root_of(head) == proof["tree"]["root"])


def _taken_away(chain: list[Mapping[str, Any]], seq: int) -> bool:
    return chain[seq - 1]["event"] in _REPORTERS or any(entry["event"] in _TAKEN_AWAY for entry in chain[seq:])


def _same(one: Mapping[str, Any], other: Mapping[str, Any], *names: str) -> bool:
    return all(one[name] == other[name] for name in names)


_CHECKS = {
    "chain": _chain,
    "record": _record,
    "shown": _shown,
    "state": _state,
    "words": _words,
    "leaf": _leaf,
    "path": _path,
    "root": _root,
}

"""Checking a proof: that a report stands in a published tree as it is shown today. The same steps as
`examples/verify_report.py` and the page's script take, each on its own, so that nobody has to believe another."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from chalicelib.domain import archive, merkle

STEPS = ("chain", "record", "shown", "leaf", "path", "root")
"""In the order they are checked: the history's chain leads to the archived head; the archived entries are in the chain; what is
shown today is what was archived; the leaf is the record's; the path leads to the tree's root of leaves; and that to its root."""
_COMPARED = ("at", "event", "hash", "status", "by", "reason", "note")


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
    return bool(record["tracking"] == proof["tracking"] and proof["chain"][record["seq"] - 1]["hash"] == record["head"])


def _record(proof: Mapping[str, Any]) -> bool:
    chain = proof["chain"]
    return all(
        all(chain[entry["seq"] - 1][name] == entry[name] for name in ("seq", "at", "event", "hash"))
        for entry in proof["record"]["entries"]
    )


def _shown(proof: Mapping[str, Any]) -> bool:
    """Every shown entry of that time is an archived one, with the same words: they may have been taken away since (erased,
    then they are not shown), never changed."""
    archived = {entry["seq"]: entry for entry in proof["record"]["entries"]}
    chain, record = proof["chain"], proof["record"]
    if proof["shown"]["seq"] == record["seq"] and proof["shown"]["status"] != record["state"]["status"]:
        return False
    for entry in proof["shown"]["entries"]:
        words = archive.note_hash(entry["salt"], entry["words"]) if entry["words"] else ""
        if entry["note"] != words or any(
            chain[entry["seq"] - 1][name] != entry[name] for name in ("at", "event", "hash")
        ):
            return False
        known = archived.get(entry["seq"])
        if known is not None and any(known[name] != entry[name] for name in _COMPARED):
            return False
        if known is None and archived and entry["seq"] <= record["seq"]:
            return False
    return True


def _leaf(proof: Mapping[str, Any]) -> bool:
    return bool(archive.leaf_of(proof["record"]) == proof["leaf"])


def _path(proof: Mapping[str, Any]) -> bool:
    return bool(merkle.climbed(proof["leaf"], [tuple(step) for step in proof["path"]]) == proof["tree"]["leaves_root"])


def _root(proof: Mapping[str, Any]) -> bool:
    head = {name: value for name, value in proof["tree"].items() if name not in ("root", "url")}
    return bool(archive.root_of(head) == proof["tree"]["root"])


_CHECKS = {"chain": _chain, "record": _record, "shown": _shown, "leaf": _leaf, "path": _path, "root": _root}

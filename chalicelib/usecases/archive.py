"""Archiving: every change of a report waits for the next tree; closing a tree publishes its leaves and its root for good, and
from then on anyone can check that a report was then as it is said to have been."""

from __future__ import annotations

from typing import Any

import msgspec

from chalicelib.domain import archive, merkle
from chalicelib.domain.archive import Tree
from chalicelib.domain.errors import Invalid
from chalicelib.domain.report import Report
from chalicelib.observability import logger
from chalicelib.store.trees import Pending, Standing
from chalicelib.usecases.desk import Desk

INDEX = "trees/index.json"
_JSON = "application/json"
_FRESH = 300


def note_change(desk: Desk, report: Report) -> None:
    """Lets the report as it stands wait for the next tree. Harmless when repeated, and when an older state comes late."""
    desk.trees.wait(report.tracking, report.seq, archive.record_of(report))


def note_missed(desk: Desk, report: Report) -> None:
    """The same for a report whose change may have been missed: not for one that stands in a tree as it is."""
    standing = desk.trees.standing(report.tracking)
    if standing is None or standing.record["head"] != report.head:
        note_change(desk, report)


def close(desk: Desk) -> Tree | None:
    """Closes the tree of all that waits, and publishes it; None when nothing waits, or somebody else is at it. The published
    file, which is never written twice, is what counts: after a crash before it the tree is made anew, after a crash behind it
    the next run finishes what was begun."""
    if not desk.trees.claim(desk.now()):
        logger().warning("a tree is being closed by somebody else")
        return None
    try:
        return _closed(desk)
    finally:
        desk.trees.released()


def _closed(desk: Desk) -> Tree | None:
    last, version = desk.trees.last()
    number = last.number + 1 if last else 1
    begun = desk.open_data.get(file_of(number))
    waiting = desk.trees.waiting()
    tree = msgspec.json.decode(begun, type=Tree) if begun else _made(desk, last, waiting)
    if begun is None and waiting:
        _stand(desk, tree, waiting)
        desk.open_data.put_once(file_of(number), msgspec.json.encode(tree), _JSON)
    if begun or waiting:
        _listed(desk, tree)
        desk.trees.is_last(tree, version)
        in_it = set(tree.leaves)
        desk.trees.taken_up(each for each in waiting if archive.leaf_of(each.record) in in_it)
    return tree if begun or waiting else None


def file_of(number: int) -> str:
    """The name of a tree's file in the open data."""
    return f"trees/{number:06d}.json"


def proof_of(desk: Desk, report: Report, number: int | None = None, *, words: bool = True) -> dict[str, Any]:
    """What anyone needs to check a report against the published trees: the tree (the last one it is in, or that `number`;
    None while it is in none), what is archived of it, the path to the root, its whole chain, and what is shown of it today (`words`: also what people wrote).
    Of a hidden report give this to nobody without the key. Raises Invalid on `tree`."""
    standing = desk.trees.standing(report.tracking, number)
    if standing is None and number is not None:
        raise Invalid("The report is not in that tree.", details={"tree": "a number of a tree that the report is in"})
    return {
        "tracking": report.tracking,
        "tree": _told(desk, standing.tree) if standing else None,
        "leaf": standing.leaf if standing else None,
        "index": standing.index if standing else None,
        "path": standing.path if standing else (),
        "record": standing.record if standing else None,
        "pending": standing is None or (number is None and standing.record["head"] != report.head),
        "chain": [
            {"seq": each.seq, "at": each.at, "event": each.event, "digest": each.digest, "hash": each.hash}
            for each in report.entries()
        ],
        "shown": archive.shown(report, words=words),
    }


def _told(desk: Desk, tree: Tree) -> dict[str, Any]:
    return tree.head() | {"root": tree.root, "url": f"{desk.settings.open_data_url}/{file_of(tree.number)}"}


def _made(desk: Desk, last: Tree | None, waiting: list[Pending]) -> Tree:
    at = desk.now()
    return archive.closed(
        last,
        name=desk.city.local_day(at).isoformat(),
        at=at,
        leaves=[archive.leaf_of(each.record) for each in waiting],
        new=len(_new(desk, waiting, last.number + 1 if last else 1)),
    )


def _stand(desk: Desk, tree: Tree, waiting: list[Pending]) -> None:
    """Notes where each report stands in the tree: before it is published, so that nothing in it is ever without a proof."""
    places = {leaf: index for index, leaf in enumerate(tree.leaves)}
    paths = merkle.paths(tree.leaves)
    bare = msgspec.structs.replace(tree, leaves=())
    standings = [
        Standing(tree=bare, leaf=leaf, index=places[leaf], path=paths[places[leaf]], record=each.record)
        for each in waiting
        for leaf in [archive.leaf_of(each.record)]
    ]
    desk.trees.stand(standings, _new(desk, waiting, tree.number))


def _new(desk: Desk, waiting: list[Pending], number: int) -> list[str]:
    """Those that stand in no tree before that number (what a crash left behind under it counts for nothing)."""
    known = desk.trees.known(each.tracking for each in waiting)
    return [each.tracking for each in waiting if known.get(each.tracking, number) >= number]


def _listed(desk: Desk, tree: Tree) -> None:
    """Adds the tree to the published list: heads and roots only."""
    before = desk.open_data.get(INDEX)
    told: list[dict[str, Any]] = msgspec.json.decode(before)["trees"] if before else []
    told = [each for each in told if each["number"] != tree.number]
    told.append(tree.head() | {"root": tree.root, "file": file_of(tree.number)})
    desk.open_data.put(INDEX, msgspec.json.encode({"v": archive.VERSION, "trees": told}), _JSON, seconds=_FRESH)

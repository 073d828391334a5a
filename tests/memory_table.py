"""The desk table's store in memory, for tests that would take too long with a mocked cloud. It keeps the conditions of the
real one (tests/store/test_figures_table.py holds both to the same), counts calls and items, and lets a test step in between."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from chalicelib.store.desk_table import Item


class MemoryTable:
    """`between` is called before each call, with its name; what it does happens in between."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Item]] = {}
        self.calls: Counter[str] = Counter()
        self.between: Callable[[str], None] = lambda name: None

    def _called(self, name: str, items: int = 1) -> None:
        between, self.between = self.between, lambda name: None  # what happens in between is not interrupted itself
        between(name)
        self.between = between
        self.calls[name] += 1
        self.calls[f"{name} items"] += items

    def get(self, kind: str, id: str) -> Item | None:
        self._called("get")
        return self.items.get(kind, {}).get(id)

    def get_many(self, keys: Iterable[tuple[str, str]]) -> list[Item]:
        wanted = list(dict.fromkeys(keys))
        self._called("get_many", len(wanted))
        return [item for kind, id in wanted if (item := self.items.get(kind, {}).get(id))]

    def query(self, kind: str, *, limit: int, consistent: bool = False, **_: Any) -> list[Item]:
        found = [item for _, item in sorted(self.items.get(kind, {}).items())][:limit]
        self._called("query", len(found))
        return [item for _, item in sorted(self.items.get(kind, {}).items())][:limit]

    def put(
        self,
        kind: str,
        id: str,
        body: object,
        *,
        if_absent: bool = False,
        if_version: int | None = None,
        expires_at: datetime | None = None,
    ) -> bool:
        self._called("put")
        before = self.items.get(kind, {}).get(id)
        if (if_absent and before) or (if_version is not None and (before is None or before.version != if_version)):
            return False
        self._keep(Item(kind=kind, id=id, body=_text(body), version=(if_version or 0) + 1, expires_at=expires_at))
        return True

    def put_unless_later(self, kind: str, id: str, body: object, version: int) -> bool:
        self._called("put_unless_later")
        before = self.items.get(kind, {}).get(id)
        if before and before.version > version:
            return False
        self._keep(Item(kind=kind, id=id, body=_text(body), version=version))
        return True

    def put_many(self, items: Sequence[Item]) -> None:
        self._called("put_many", len(items))
        for item in items:
            self._keep(item)

    def _keep(self, item: Item) -> None:
        self.items.setdefault(item.kind, {})[item.id] = item


def _text(body: object) -> str:
    return body if isinstance(body, str) else msgspec.json.encode(body).decode()

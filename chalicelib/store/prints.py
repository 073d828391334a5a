"""Prints of pictures in the table `desk`: each whole one, and of those that show finished work every spot under its keys,
so that a picture is looked for by what it shows and never by going through all of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.domain.likeness import Print, Spot
from chalicelib.store.desk_table import DeskTable, Item

_WHOLE = "whole"
# Of one key: with so many pictures in a city that more have one and the same, others of the picture's keys find it.
MOST_OF_A_KEY = 50


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A print with whose it is."""

    photo: str
    tracking: str
    agency: str
    at: datetime
    print: Print


class Prints:
    """Reads and writes prints."""

    def __init__(self, table: DeskTable) -> None:
        self._table = table

    def keep(self, kept: Kept, *, until: datetime | None = None) -> None:
        """Keeps a print, not to be searched for; one write."""
        self._table.put(_kind(kept.photo), _WHOLE, kept, expires_at=until)

    def forget(self, photo: str) -> None:
        """Takes a print away that was kept and not indexed, there or not; one write."""
        self._table.delete(_kind(photo), _WHOLE, if_version=1)

    def index(self, kept: Kept) -> None:
        """Keeps a print, found from now on by each of its keys; one write, and one batch for 25 keys."""
        self.keep(kept)
        spots: dict[str, list[Spot]] = {}
        for spot in kept.print.spots:
            for key in spot.keys:
                spots.setdefault(key, []).append(msgspec.structs.replace(spot, keys=()))
        body = {key: msgspec.json.encode(told).decode() for key, told in spots.items()}
        self._table.put_many([Item(kind=_kind(key), id=kept.photo, body=told) for key, told in body.items()])

    def sharing(self, spots: Iterable[Spot]) -> dict[str, list[tuple[Spot, Spot]]]:
        """Pictures that share keys with these spots: of each the pairs (the given spot, its own). One query for each key
        that is asked for (at most two a spot)."""
        asked: dict[str, list[Spot]] = {}
        for spot in spots:
            for key in spot.keys:
                asked.setdefault(key, []).append(spot)
        found: dict[str, list[tuple[Spot, Spot]]] = {}
        for key, given in asked.items():
            for item in self._table.query(_kind(key), limit=MOST_OF_A_KEY):
                theirs: list[Spot] = item.told(list[Spot])
                found.setdefault(item.id, []).extend((one, other) for one in given for other in theirs)
        return found

    def whole(self, photos: Iterable[str]) -> list[Kept]:
        """The prints of these pictures, those that there are; one call for a hundred."""
        return [item.told(Kept) for item in self._table.get_many((_kind(photo), _WHOLE) for photo in photos)]


def _kind(name: str) -> str:
    return f"print#{name}"

"""Who reports, where a message tells it without a label: "…. Budi, Jl Bangka 5", or four parts in the order we ask
for."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from .cuts import NAME_CUT, REGION, Segment
from .lazy import Lazy
from .words import FUNCTION, PROBLEM

_INTRODUCES = Lazy(r"(?:^|[.,;!?\n] ?)(?:ini|dari|it's|here is) $")


class Reporter(msgspec.Struct, frozen=True):
    """What was found, and the spans of the text that told it. `place` only where the order of the parts tells it."""

    name: str | None = None
    address: str | None = None
    place: str | None = None
    spans: tuple[tuple[int, int], ...] = ()


def reporter_of(text: str, parts: Sequence[Segment], *, name: str | None, address: str | None) -> Reporter:
    """The reporter's name and address among the unlabelled segments of a text; what is known already is not looked
    for."""
    if name is None and address is None:
        ordered = _in_order(text, parts)
        if ordered is not None:
            return ordered
    if name is not None:
        return _address_only(text, parts) if address is None else Reporter()
    at = _name_at(parts)
    at = _called(text, parts) if at is None else at
    if at is None:
        return Reporter()
    spans = [(parts[at].start, parts[at].end)]
    told = parts[at].text.strip(" .,")
    if address is None and (span := _address_from(parts, _behind(parts, at))) is not None:
        return Reporter(told, text[slice(*span)].strip(" .,"), None, (*spans, span))
    return Reporter(told, None, None, tuple(spans))


def _in_order(text: str, parts: Sequence[Segment]) -> Reporter | None:
    """ "masalah; tempat; nama; alamat": exactly four strongly separated parts, the third of which can be a name."""
    groups: list[list[Segment]] = []
    for part in parts:
        if part.before == ";" or not groups:
            groups.append([])
        groups[-1].append(part)
    groups = [group for group in groups if any(part.kind != "noise" for part in group)]
    if len(groups) != 4:
        return None
    _, place, name, address = ((group[0].start, group[-1].end) for group in groups)
    told = text[slice(*name)]
    words = told.lower().split()
    if len(words) > 5 or any(map(str.isdigit, told)) or any(word.strip(".,") in PROBLEM | FUNCTION for word in words):
        return None
    if any(part.kind in ("address", "place") for part in groups[2]) or any(
        _is_long_text(part) for part in (*groups[1], *groups[3])
    ):
        return None
    if all(part.kind in ("name", "address") and part.sure for part in groups[0]):
        return None
    return Reporter(
        told.strip(" .,"), text[slice(*address)].strip(" .,"), text[slice(*place)].strip(" .,"), (name, address)
    )


def _is_long_text(part: Segment) -> bool:
    words = part.text.lower().split()
    return part.kind == "text" and (len(words) > 14 or sum(1 for word in words if word in PROBLEM) > 1)


def _name_at(parts: Sequence[Segment]) -> int | None:
    """Which segment is the reporter's name: one before an address first, then a sure one set apart, then a
    signature."""
    names = [index for index, part in enumerate(parts) if part.kind == "name"]
    for index in names:
        following = _behind(parts, index)
        if following < len(parts) and parts[following].kind == "address":
            return index
    for index in names:
        following = _behind(parts, index)
        if parts[index].sure and index > 0 and following == len(parts) - 1 and parts[following].kind == "place":
            return index
        if parts[index].sure and (parts[index].before in (";", ".") or index in (0, len(parts) - 1)):
            return index
    last = len(parts) - 1
    while last > 1 and parts[last].kind == "noise":
        last -= 1  # "…. Feri, karyawan"
    if last in names and last > 0:
        words = parts[last].text.split()
        signed = parts[last - 1].kind == "noise" or parts[last].before == ";"
        told = (
            last > 1 and parts[last].before == "," and parts[last - 1].kind in ("address", "place") and len(words) < 4
        )
        if (
            signed
            or told
            or (parts[last].before == "." and all(word[0].isupper() and len(word) > 3 for word in words[-1:]))
        ):
            return last
    return None


def _called(text: str, parts: Sequence[Segment]) -> int | None:
    """The name of a sentence that says nothing else: "Halo, ini Claire Dubois." """
    for index, part in enumerate(parts):
        if part.kind != "name" or not part.text.istitle() or _INTRODUCES.search(text[: part.start][-12:]) is None:
            continue
        if index == len(parts) - 1 or parts[index + 1].before in (".", ";"):
            return index
    return None


def _behind(parts: Sequence[Segment], index: int) -> int:
    """The segment behind a name; what only says who that is ("mahasiswi", a telephone number) is passed over."""
    following = index + 1
    while following < len(parts) - 1 and following < index + 3 and parts[following].kind == "noise":
        following += 1
    return following


def _address_from(parts: Sequence[Segment], first: int) -> tuple[int, int] | None:
    """The span of the address that begins at a segment, with what goes on behind commas."""
    if first >= len(parts) or parts[first].kind not in ("address", "place"):
        return None
    end = parts[first].end
    for part in parts[first + 1 :]:
        if (part.before != "," and REGION.fullmatch(part.text) is None) or part.kind not in ("address", "place"):
            break
        end = part.end
    return parts[first].start, end


def _address_only(text: str, parts: Sequence[Segment]) -> Reporter:
    """The name was told with a label: an address segment set apart from a text that has its own place is the
    reporter's."""
    own = next((index for index, part in enumerate(parts) if part.kind == "address" and part.sure), None)
    if own is not None and (span := _address_from(parts, own)) is not None:
        return Reporter(None, text[slice(*span)].strip(" .,"), None, (span,))
    for index, part in enumerate(parts):
        if part.kind == "address" and text[: part.start].rstrip(" \n,.:-–—/|(").endswith(NAME_CUT):
            span = _address_from(parts, index)
            return Reporter(None, text[slice(*span)].strip(" .,"), None, (span,)) if span is not None else Reporter()
        if (
            part.kind == "address"
            and part.before in (";", ".")
            and (index == len(parts) - 1 or index == 0)
            and len(parts) > 1
        ):
            others = [other for other in parts if other is not part]
            if any(other.kind in ("address", "place") for other in others):
                span = _address_from(parts, index)
                return (
                    Reporter(None, text[slice(*span)].strip(" .,"), None, (span,)) if span is not None else Reporter()
                )
    return Reporter()

"""What a conversation's item remembers, as values: which report a message went to, and what the last ones said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from chalicelib.domain.contribution import Contribution

# In place of a tracking number: a message that was heard and belongs to no report.
NO_REPORT = "-"
# In place of a contribution: what was said cannot be told from memory any more.
UNTOLD = ""
_LOG_BYTES_LIMIT = 60_000
_PROBLEM_CHARACTERS = 1_000
_SEEN = re.compile(r"m\d+:")
_decode_said = msgspec.json.Decoder(Contribution).decode
_encode = msgspec.json.Encoder().encode


class Joined(msgspec.Struct, frozen=True, kw_only=True):
    """Where a message belongs. `log` holds what all messages of this conversation said, this one last; it is empty
    when it cannot be retold and the report has to be read. `repeated`: the message was seen before. `rate` counts
    this hour, `before` the one before."""

    tracking: str
    asked: str = ""
    log: tuple[Contribution, ...] = ()
    repeated: bool = False
    rate: int = 0
    before: int = 0


class Recalled(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a sender: the report they write about (`open`), the one they were last told is done
    (`about`), the one they last asked about (`asked`), since when they want no notices (epoch seconds), which report
    each message went to (NO_REPORT: none), what the last messages said, and how many came in this hour and the one
    `before`."""

    open: str = ""
    about: str = ""
    asked: str = ""
    stopped_at: int | None = None
    seen: Mapping[str, str] = {}
    log: tuple[Contribution, ...] = ()
    rate: int = 0
    before: int = 0
    commands: int = 0
    repeated: bool = False


def kept(said: Contribution) -> dict[str, str]:
    """What the log keeps of a message: a long text is not kept, and then cannot be retold."""
    if len(said.problem) > _PROBLEM_CHARACTERS:
        said = msgspec.structs.replace(said, problem="", settled=False)
    # Of the words only that there were some: a report that tells them is with an agency, and is read.
    said = msgspec.structs.replace(said, words=said.words and "-")
    return {"S": _encode(said).decode()}


def recalled(item: dict[str, Any], hour: str = "") -> Recalled:
    """What an item holds; `hour` names its count of this hour."""
    texts = [element["S"] for element in item["log"]["L"]] if "log" in item else []
    return Recalled(
        open=item.get("open", {}).get("S", ""),
        about=item.get("about", {}).get("S", ""),
        asked=item.get("asked", {}).get("S", ""),
        stopped_at=int(item["stopped_at"]["N"]) if "stopped_at" in item else None,
        seen={name.partition(":")[2]: value["S"] for name, value in item.items() if _SEEN.match(name)},
        log=tuple(_decode_said(text) for text in texts if text != UNTOLD),
        rate=_rate(item, hour),
        before=_rate(item, _hour_before(hour)),
        commands=_rate(item, f"c{hour[1:]}" if hour else ""),
    )


def _rate(item: dict[str, Any], hour: str) -> int:
    return int(item.get(hour, {"N": "0"})["N"])


def _hour_before(hour: str) -> str:
    return f"r{int(hour[1:]) - 1}" if hour else ""


def joined(item: dict[str, Any], hour: str) -> Joined:
    """Where the message that was just added belongs."""
    texts = [element["S"] for element in item["log"]["L"]] if "log" in item else []
    log: tuple[Contribution, ...] = ()
    if UNTOLD not in texts and sum(map(len, texts)) <= _LOG_BYTES_LIMIT:
        log = tuple(_decode_said(text) for text in texts)
        # An answer whose meaning depended on the question cannot be retold once another message follows it.
        if not all(said.settled for said in log[1:-1]):
            log = ()
    return Joined(
        tracking=item.get("open", {"S": NO_REPORT})["S"],
        asked=item.get("asked", {}).get("S", ""),
        log=log,
        rate=_rate(item, hour),
        before=_rate(item, _hour_before(hour)),
    )

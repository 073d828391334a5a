"""Takes out what people decided, for `scripts/train_suggestion.py --corrections`: one JSON line each, masked text only.

`python -m scripts.export_corrections --stage dev --months 6 > decisions.jsonl` (AWS credentials and region as usual)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import msgspec

from chalicelib.store.desk_table import DeskTable
from chalicelib.usecases.corrections import KIND, Correction

_PAGE = 500


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the decisions, oldest first; their number goes to stderr."""
    parser = argparse.ArgumentParser(prog="python -m scripts.export_corrections", description=__doc__)
    parser.add_argument("--stage", required=True, help="of which installation")
    parser.add_argument("--months", type=int, default=12, help="this month and so many before it (default: 12)")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", "ap-southeast-3"))
    chosen = parser.parse_args(arguments)
    table = DeskTable(f"tanggap-{chosen.stage}-desk", chosen.region)
    count = 0
    for decision in exported(table, months(datetime.now(UTC), chosen.months)):
        print(msgspec.json.encode(decision).decode())
        count += 1
    print(f"{count} decisions", file=sys.stderr)
    return 0


def months(now: datetime, before: int) -> list[str]:
    """This month and `before` more, as yyyy-mm, oldest first."""
    last = now.year * 12 + now.month - 1
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(last - before, last + 1)]


def exported(table: DeskTable, of: Sequence[str]) -> Iterator[Correction]:
    """The decisions of those months."""
    for month in of:
        after = ""
        while items := table.query(f"{KIND}{month}", limit=_PAGE, after=after):
            for item in items:
                yield item.told(Correction)
            after = items[-1].id


if __name__ == "__main__":
    sys.exit(main())

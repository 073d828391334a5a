"""Takes out what people decided, for `scripts/train_suggestion.py --corrections`: one JSON line each, with the masked words
their reports have now; reports that are rejected, withdrawn, private or confidential by now are left out.

`python -m scripts.export_corrections --stage dev --months 6 > decisions.jsonl` (AWS credentials and region as usual)."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from chalicelib.store.desk_table import DeskTable
from chalicelib.store.finding import Finding
from chalicelib.usecases.corrections import exported


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the decisions, oldest first; their number goes to stderr."""
    parser = argparse.ArgumentParser(prog="python -m scripts.export_corrections", description=__doc__)
    parser.add_argument("--stage", required=True, help="of which installation")
    parser.add_argument("--months", type=int, default=12, help="this month and so many before it (default: 12)")
    parser.add_argument("--region", default=os.environ.get("AWS_REGION", "ap-southeast-3"))
    chosen = parser.parse_args(arguments)
    table = DeskTable(f"tanggap-{chosen.stage}-desk", chosen.region)
    finding = Finding(f"tanggap-{chosen.stage}-reports", chosen.region, table)
    count = 0
    for decision in exported(table, finding, months(datetime.now(UTC), chosen.months)):
        print(msgspec.json.encode(decision).decode())
        count += 1
    print(f"{count} decisions", file=sys.stderr)
    return 0


def months(now: datetime, before: int) -> list[str]:
    """This month and `before` more, as yyyy-mm, oldest first."""
    last = now.year * 12 + now.month - 1
    return [f"{number // 12:04d}-{number % 12 + 1:02d}" for number in range(last - before, last + 1)]


if __name__ == "__main__":
    sys.exit(main())

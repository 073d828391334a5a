"""Whoever connects a channel reads docs/channels/<id>.md and copies its examples: they work as they stand."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import textwrap
import tomllib
from pathlib import Path

import pytest
from PIL import Image

from tests.acceptance.clients import ROOT, Server, complete, fresh

DOCS = ROOT / "docs" / "channels"
PACK = tomllib.loads((ROOT / "chalicelib" / "city" / "jakarta" / "channels.toml").read_text())
IDS = [channel["id"] for channel in PACK["channel"]]
EXAMPLE_NUMBER = "JKT-7K3M-92QX-4HTC"
SHELL = ("", "sh", "bash", "console")


def blocks(text: str) -> list[str]:
    """The fenced blocks that are a shell's."""
    parts = re.split(r"^ *```(.*)\n?", text, flags=re.M)  # words, kind, block, "", words, kind, block, …
    return [textwrap.dedent(parts[at + 1]) for at in range(1, len(parts) - 1, 4) if parts[at].strip() in SHELL]


def examples() -> list[tuple[str, int, str]]:
    """Every block of the documents that calls the local run."""
    found = []
    for path in sorted(DOCS.glob("*.md")):
        for place, block in enumerate(blocks(path.read_text())):
            if "curl" in block and "127.0.0.1" in block:
                found.append((path.name, place, block))
    return found


@pytest.mark.parametrize("channel", IDS)
def test_every_channel_has_its_page(channel: str) -> None:
    page = DOCS / f"{channel}.md"
    assert page.is_file(), f"docs/channels/{channel}.md is missing"
    text = page.read_text()
    assert len(text) > 300
    assert any("curl" in block for block in blocks(text)), "a curl example"


@pytest.mark.parametrize(
    ("name", "place", "block"), examples(), ids=lambda value: str(value)[:20] if not str(value).count("\n") else ""
)
def test_the_example_works_as_it_stands(every: Server, tmp_path: Path, name: str, place: int, block: str) -> None:
    if EXAMPLE_NUMBER in block:  # the number of nobody: a reader puts a real one there
        block = block.replace(EXAMPLE_NUMBER, every.app("jaki", complete(), fresh("m")).json["tracking"])
    for said, really in (("8000", every.port), ("4566", every.aws_port), ("2525", every.smtp_port)):
        block = block.replace(f"127.0.0.1:{said}", f"127.0.0.1:{really}")
    block = "\n".join(line for line in block.splitlines() if not line.startswith("swaks "))
    statuses, tool = tmp_path / "statuses", tmp_path / "bin" / "curl"
    tool.parent.mkdir()
    real = shutil.which("curl")
    # stands before the real curl: notes the status of each call and changes nothing else
    tool.write_text(f"""#!/bin/bash
{real} --max-time 20 -w '%{{stderr}}\\n@@%{{response_code}} %{{url_effective}}\\n' "$@" 2> >(tee -a {statuses} >&2)
code=$?
sleep 0.05
exit $code
""")
    tool.chmod(0o755)
    (tmp_path / "foto.jpg").write_bytes(picture())
    run = subprocess.run(
        ["bash", "-c", "set -eo pipefail\n" + block],  # noqa: S607
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tool.parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = statuses.read_text() if statuses.exists() else ""
    codes = re.findall(r"@@(\d+) (\S+)", said)
    assert codes, (run.stdout[-800:], run.stderr[-800:])
    for code, url in codes:
        assert code[0] == "2", (name, code, url, run.stdout[-1500:])
    assert run.returncode == 0, (run.stdout[-800:], run.stderr[-800:])


def picture() -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (320, 240), (120, 90, 60)).save(stream, "JPEG")
    return stream.getvalue()

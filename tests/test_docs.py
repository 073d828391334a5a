"""The documentation knows every channel, every setting and every parameter: what is new and not written down fails here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from chalicelib import city as packs
from chalicelib.city.model import Channel
from chalicelib.usecases.rotate import secrets_of

ROOT = Path(__file__).resolve().parents[1]
PAGES = ROOT / "docs" / "channels"
OPERATIONS = (ROOT / "docs" / "operations.md").read_text()
CHANNELS = packs.load("jakarta").channels
COMMON = [PAGES / f"{name}.md" for name in ("city-apps", "counters", "keeping")]
PARAMETERS = tomllib.loads((ROOT / "local" / "secrets.toml").read_text())
SETTINGS = sorted(set(re.findall(r"env\.get\(\s*\"([A-Z0-9_]+)\"", (ROOT / "chalicelib" / "settings.py").read_text())))
# What leads to the fakes of the local run; a real installation has the provider's own address.
_LOCAL = {"base_url"}
# Lambda's own.
_GIVEN = {"AWS_REGION", "AWS_DEFAULT_REGION"}


def page(channel: Channel) -> str:
    return (PAGES / f"{channel.id}.md").read_text()


def examples(text: str) -> str:
    """The fenced blocks of a page, one after the other."""
    return "\n".join(re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.M | re.S))


def test_there_are_pages_for_all_and_for_nothing_else() -> None:
    assert len(CHANNELS) == 25
    assert {path.stem for path in PAGES.glob("*.md")} == {*CHANNELS, *(path.stem for path in COMMON)}


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=list(CHANNELS))
def test_every_channel_has_an_example_to_copy(channel: Channel) -> None:
    copied = examples(page(channel))
    wanted = "curl smtp://127.0.0.1:2525" if channel.adapter == "email" else "curl"
    assert wanted in copied
    assert channel.adapter == "email" or "http://127.0.0.1:8000" in copied


@pytest.mark.parametrize("channel", CHANNELS.values(), ids=list(CHANNELS))
def test_every_parameter_of_a_channel_is_on_its_page(channel: Channel) -> None:
    names = {*secrets_of(channel), *PARAMETERS["outbound"].get(channel.id, {})}
    text = "\n".join([page(channel), *(path.read_text() for path in COMMON if f"({path.name})" in page(channel))])
    assert [name for name in sorted(names - _LOCAL) if name not in text] == []


@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in _GIVEN])
def test_every_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in OPERATIONS


def test_every_link_between_the_pages_leads_somewhere() -> None:
    dead = []
    for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text()):
            if "://" not in target and not target.startswith("mailto:") and not (path.parent / target).exists():
                dead.append(f"{path.relative_to(ROOT)}: {target}")
    assert dead == []

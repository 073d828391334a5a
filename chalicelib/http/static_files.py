"""Styles and scripts that pages load, served from a folder."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from chalice.app import Response

from chalicelib.domain.errors import Unknown

_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
}
_YEAR = 31_536_000


def served(folder: Path, name: str) -> Response:
    """A file of the folder. Its address changes with it, so it is kept for a year. Raises Unknown."""
    text, kind = _file(folder, name)
    headers: dict[str, Any] = {
        "Content-Type": kind,
        "Cache-Control": f"public, max-age={_YEAR}, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(body=text, status_code=200, headers=headers)


@lru_cache(maxsize=64)
def _file(folder: Path, name: str) -> tuple[str, str]:
    known = {path.name: path for path in folder.iterdir() if path.suffix in _TYPES}
    if name not in known:
        raise Unknown("There is no such file.", details={"name": name[:80]})
    return known[name].read_text("utf-8"), _TYPES[known[name].suffix]

"""Copies Leaflet, as web/package-lock.json locks it, to where the public pages serve it from.

    python scripts/vendor_leaflet.py            # needs npm; checks the lock's hash of the package
    python scripts/vendor_leaflet.py --check    # copies nothing; exit code 1 when a file is another one

Only the minified script, its style sheet and its licence: no pictures (the map has none), no source map.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
STATIC = ROOT / "chalicelib" / "pages" / "site" / "static"


def files(version: str) -> dict[str, str]:
    """The package's file → the name it is served under, which has the version: it may be kept for ever."""
    return {
        "dist/leaflet.js": f"leaflet-{version}.js",
        "dist/leaflet.css": f"leaflet-{version}.css",
        "LICENSE": f"leaflet-{version}.LICENSE.txt",
    }


def served(content: bytes) -> bytes:
    """The file without the address of its source map, which is not served."""
    lines = content.decode("utf-8").splitlines()
    return ("\n".join(line for line in lines if not line.startswith("//# sourceMappingURL=")) + "\n").encode()


def main() -> int:
    """Install what is locked into a folder of its own, and copy or compare."""
    version = json.loads((WEB / "package.json").read_text("utf-8"))["dependencies"]["leaflet"]
    with tempfile.TemporaryDirectory() as folder:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(WEB / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)  # noqa: S607
        package = Path(folder) / "node_modules" / "leaflet"
        made = {name: served((package / path).read_bytes()) for path, name in files(version).items()}
    if "--check" in sys.argv[1:]:
        other = [name for name, content in made.items() if (STATIC / name).read_bytes() != content]
        print("\n".join(f"{name} is not what the lock says" for name in other) or "all as locked")
        return 1 if other else 0
    for name, content in made.items():
        (STATIC / name).write_bytes(content)
    return 0


if __name__ == "__main__":
    sys.exit(main())

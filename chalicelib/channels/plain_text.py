"""Plain text as mailers wrap it: soft line breaks (RFC 3676) and the armour of PGP."""

from __future__ import annotations

import re

_DEPTH = re.compile(r">*")
_ARMOUR = re.compile(
    r"^-----BEGIN PGP (?:MESSAGE|PUBLIC KEY BLOCK)-----[ \t]*\r?\n.*?(?:^-----END PGP [A-Z ]{3,30}-----[ \t]*\r?$|\Z)"
    r"|^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\r?\n(?:[A-Za-z-]{2,20}:[^\n]*\n){0,5}"
    r"|^-----BEGIN PGP SIGNATURE-----[ \t]*\r?\n.*?(?:^-----END PGP SIGNATURE-----[ \t]*\r?$|\Z)",
    re.MULTILINE | re.DOTALL,
)


def unflowed(text: str, *, delsp: bool = False) -> str:
    """format=flowed as the writer meant it: a line that ends in a space goes on in the next one of the same depth."""
    lines: list[str] = []
    open_at = -1
    for line in text.replace("\r\n", "\n").split("\n"):
        depth = _DEPTH.match(line)
        level = len(depth[0]) if depth else 0
        rest = line[level:].removeprefix(" ")
        soft = rest.endswith(" ") and rest != "-- "
        kept = rest[:-1] if soft and delsp else rest
        if open_at == level and rest != "-- ":
            lines[-1] += kept
        else:
            lines.append(f"{'>' * level}{' ' if level else ''}{kept}")
        open_at = level if soft else -1
    return "\n".join(lines)


def without_armour(text: str) -> str:
    """The text without PGP's armour; of a signed message the words stay, of an encrypted one nothing does."""
    return _ARMOUR.sub("", text) if "-----BEGIN PGP " in text else text

"""QR codes as inline SVG, without a style of their own."""

from __future__ import annotations

from html import escape


def qr(text: str, label: str) -> str:
    """A QR code of `text` as markup; `label` says what it holds."""
    import segno

    drawn = segno.make(text, error="m", micro=False).svg_inline(scale=4, border=2, omitsize=True)
    return str(drawn).replace("<svg ", f'<svg role="img" aria-label="{escape(label)}" ', 1)

"""What a mail costs to take: time and memory, beside the mere hash of its octets."""

from __future__ import annotations

import base64
import hashlib
import time
import tracemalloc
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from random import Random
from statistics import median

from bench.figures import Figure, run_alone

NOW = datetime(2026, 3, 3, 1, 30, tzinfo=UTC)
# octets, what it is, bounds in ms and MB
MAILS = ((100_000, "text and HTML, 100 kB", 20, 150), (100_000, "a photo of 100 kB", 20, 150), (25_000_000, "a photo of 25 MB", 1_000, 150))  # fmt: skip


def measure(quick: bool) -> Iterable[Figure]:
    """A figure for each kind of mail, and for fetching the files of the largest."""
    from chalicelib import city as packs
    from chalicelib.channels import email
    from chalicelib.channels.attachments import attachments

    channel = packs.load("jakarta").channels["email"]
    proven = email.Verdicts(dmarc="PASS")
    rounds = 3 if quick else 15
    for size, name, most_ms, most_mb in MAILS:
        raw = _photo(size) if "photo" in name else _words(size)
        yield _figure(name, lambda raw=raw: email.parse(channel, raw, proven, "s", NOW, key="k", prefix="JKT"), raw, rounds, most_ms, most_mb)  # type: ignore[misc]  # fmt: skip
    raw = _photo(19_000_000)
    yield _figure("files of 19 MB", lambda: attachments(raw), raw, rounds, 1_000, 150)


def _figure(name: str, call: Callable[[], object], raw: bytes, rounds: int, most_ms: float, most_mb: float) -> Figure:
    took = median(_ms(call) for _ in range(rounds))
    floor = median(_ms(lambda: hashlib.sha256(raw).digest()) for _ in range(rounds))
    tracemalloc.start()
    call()
    used = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return Figure(
        bench="mail",
        name=f"{name} taken",
        measured=f"{took:.1f} ms, {used:.1f} MB beside the mail's {len(raw) / 1e6:.1f}",
        floor=f"its SHA-256 {floor:.1f} ms",
        bound=f"{most_ms:.0f} ms, {most_mb:.0f} MB in all",
        met=took < most_ms and used + len(raw) / 1e6 < most_mb,
    )


def _ms(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1_000


def _photo(size: int) -> bytes:
    photo = base64.encodebytes(b"\xff\xd8\xff" + Random(1).randbytes(size * 3 // 4))
    return (
        b"From: sari@warga.example\nMessage-ID: <1@warga.example>\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\n"
        b"Lampu mati di Jl. Cikini Raya.\n--b\nContent-Type: image/jpeg; name=a.jpg\nContent-Transfer-Encoding: base64\n\n"
        + photo
        + b"\n--b--\n"
    )


def _words(size: int) -> bytes:
    line = "<p>Lampu jalan di depan Stasiun Cikini mati sejak Senin, &amp; gelap sekali di malam hari.</p>\n"
    html = (line * (size // len(line))).encode()
    return b"From: sari@warga.example\nMessage-ID: <1@warga.example>\nContent-Type: text/html; charset=utf-8\n\n" + html


if __name__ == "__main__":
    run_alone(measure)

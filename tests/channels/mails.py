"""Mails made from combinations, seeded: whoever writes, however it is wrapped, encoded, quoted and signed."""

from __future__ import annotations

import base64
import binascii
import quopri
from random import Random
from typing import NamedTuple

OLD = "KUTIPANLAMA"
"""Stands in everything that is quoted, and must never be in a text."""
CITY = "aduan@kota.example"

WHO = [
    "Sari Wulandari <sari@warga.example>",
    "sari@warga.example",
    '"Wulandari, Sari" <sari@warga.example>',
    "=?utf-8?Q?Siti_Nurs=C3=A9ha?= <siti@warga.example>",
    "=?iso-8859-1?B?U2l0aQ==?= =?utf-8?Q?_x?= <siti@warga.example>",
    "sari@warga.example (Sari)",
    "Sari\r\n\t<sari@warga.example>",
    "Nurséha <nurseha@warga.example>",
]
REFUSED = {
    "Auto-Submitted: auto-replied": "auto-reply",
    "Auto-Submitted: (cuti) auto-generated; owner-email=x": "auto-reply",
    "Precedence: auto_reply": "auto-reply",
    "X-Autoreply: yes": "auto-reply",
    "X-Autorespond: cuti": "auto-reply",
    "X-Vacation: 1": "auto-reply",
    "X-MS-Exchange-Inbox-Rules-Loop: a@b": "auto-reply",
    "Precedence: bulk": "list",
    "precedence: LIST": "list",
    "Precedence: junk": "list",
    "List-Id: <warga.lists.example>": "list",
    "List-Unsubscribe: <mailto:x@lists.example>": "list",
    "List-Archive: <https://lists.example>": "list",
    "X-BeenThere: warga@lists.example": "list",
    "Return-Path: <>": "bounce",
    "Return-Path:": "bounce",
    "Return-Path: <MAILER-DAEMON@mx.example>": "bounce",
    "X-Failed-Recipients: a@b.example": "bounce",
    f"X-Loop: {CITY}": "own-address",
    "X-Tanggap-Tracking: JKT-0000-0000-000G": "own-address",
}
ODD = [
    "",
    "Date: Tue, 99 Foo 20266 99:99",
    "Date: 3 Mar 2026 08:20 +0700",
    "X-Odd: \x00\x01\x02",
    "X-Long: " + "x" * 20_000,
    "To: " + ", ".join(f"warga{n}@warga.example" for n in range(200)),
    "Auto-Submitted: no",
    "X-Spam: é\udcff",
    "tanpa titik dua",
    "Message-ID: tanpa kurung",
    "In-Reply-To: <<>>",
    "Subject: kedua",
    "Content-Language: id",
    "Disposition-Notification-To: sari@warga.example",
]
QUOTES = [
    "",
    f"Pada Sel, 3 Mar 2026 pukul 08.15 Layanan Aduan <{CITY}> menulis:\n\n> {OLD}\n> lagi",
    f"Pada Sel, 3 Mar 2026 pukul 08.15 Layanan Aduan\n<{CITY}>\nmenulis:\n\n> {OLD}",
    f"On Tue, Mar 3, 2026 at 8:15 AM Layanan Aduan <\n{CITY}> wrote:\n> {OLD}",
    f"On 3 Mar 2026, at 08.15, Layanan <{CITY}> wrote:\n\n{OLD}",
    f"-----Original Message-----\nFrom: Layanan\nSent: Tuesday\nTo: Sari\nSubject: x\n\n{OLD}",
    f"-------- Pesan asli --------\nDari: Layanan <{CITY}>\nTanggal: 3/3/26 08.15 (GMT+07:00)\n{OLD}",
    f"________________________________\nDari: Layanan <{CITY}>\nDikirim: Selasa, 3 Maret 2026 08.15\nKepada: Sari\nSubjek: x\n\n{OLD}",
    f"*From:* Layanan <{CITY}>\n*Sent:* Tuesday, March 3, 2026\n*To:* Sari\n*Subject:* x\n\n{OLD}",
    f"Dari: Layanan Terkirim: Selasa, 3 Maret 2026 08.15 Kepada: Sari Subjek: x\n{OLD}",
    f"> {OLD}\n> > {OLD}",
]
SIGNATURES = [
    "",
    "-- \nSari\n0812-0000-0000",
    "Salam,\nSari",
    "Dikirim dari iPhone saya",
    "Sent from my Samsung Galaxy smartphone.",
    "Terkirim dari Yahoo Mail di Android<https://go.example/x>",
    "Get Outlook for iOS<https://aka.example/o0ukef>",
    "DISCLAIMER: This e-mail is confidential and intended solely for the addressee.",
    "Surel ini dan lampirannya bersifat rahasia dan hanya ditujukan kepada penerima.",
]
SIGNED = ("Dikirim dari", "Sent from", "Terkirim dari", "Get Outlook", "DISCLAIMER", "bersifat rahasia", "0812-0000")
PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 12


class Made(NamedTuple):
    """A mail and what must become of it: `refused` (else it is filed), and words that its text must hold."""

    raw: bytes
    refused: str
    mark: str
    pictures: int


def made(number: int, seed: int = 5) -> Made:
    """The mail of that number, always the same one."""
    chance = Random(seed * 100_003 + number)
    mark = f"lubang{number}x"
    head = [
        f"From: {chance.choice(WHO)}",
        f"To: {CITY}",
        "Subject: Re: Jalan rusak",
        f"Message-ID: <{number}@warga.example>",
    ]
    head += [odd for odd in chance.sample(ODD, 2) if odd]
    refused = ""
    if chance.random() < 0.2:
        line = chance.choice(list(REFUSED))
        refused = REFUSED[line]
        head.insert(chance.randrange(len(head)), line)
    if chance.random() < 0.5:
        head.append("In-Reply-To: <jkt-lama@kota.example>")
    quote, signature = chance.choice(QUOTES), chance.choice(SIGNATURES)
    text = "\n\n".join(filter(None, (f"Ada {mark} di Jl. Kenanga, dekat Café.", signature, quote)))
    pictures, body_head, body = _wrapped(chance, text)
    end = chance.choice(["\r\n", "\n"])
    block = "".join(f"{line}\n" for line in [*head, *body_head]).encode("utf-8", "surrogateescape")
    raw = block.replace(b"\r\n", b"\n") + b"\n" + body
    return Made(raw.replace(b"\n", end.encode()) if end == "\r\n" else raw, refused, mark, pictures)


def _wrapped(chance: Random, text: str) -> tuple[int, list[str], bytes]:
    """The text in one of the structures that mailers use or break."""
    leaf = _leaf(chance, text)
    kind = chance.choice(
        ["bare", "bare", "alternative", "mixed", "unclosed", "nested", "signed", "related", "calendar", "guess"]
    )
    if kind == "bare":
        return 0, *leaf
    part = "\n".join(leaf[0]).encode() + b"\n\n" + leaf[1]
    photo = _photo(chance)
    html = (
        b"Content-Type: text/html\n\n<p>" + text.replace("\n", "<br>").replace("<aduan", "&lt;aduan").encode() + b"</p>"
    )
    parts = {
        "alternative": ("alternative", [part, html]),
        "mixed": ("mixed", [part, photo]),
        "unclosed": ("mixed", [photo, part]),
        "nested": (
            "mixed",
            [b"Content-Type: multipart/mixed; boundary*0=i; boundary*1=n\n\n" + _multi(b"in", [part, photo])],
        ),
        "signed": (
            'signed; protocol="application/pkcs7-signature"',
            [part, b"Content-Type: application/pkcs7-signature\n\nAA=="],
        ),
        "related": ("related", [part, photo]),
        "calendar": (
            "alternative",
            [part, b"Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR\nEND:VCALENDAR"],
        ),
        "guess": ("mixed", [part, photo]),
    }[kind]
    body = _multi(b"b1", parts[1])
    if kind == "unclosed":
        body = body.removesuffix(b"--b1--\n")
    declared = "" if kind == "guess" else "; boundary=b1"
    return int(photo in body), [f"Content-Type: multipart/{parts[0]}{declared}"], body


def _multi(boundary: bytes, parts: list[bytes]) -> bytes:
    return b"".join(b"--" + boundary + b"\n" + part + b"\n" for part in parts) + b"--" + boundary + b"--\n"


def _photo(chance: Random) -> bytes:
    named = chance.choice(
        [
            b'image/jpeg; name="IMG_0001.JPG"',
            b"application/octet-stream; name=foto.HEIC",
            b"image/jpeg\nContent-Disposition: inline; filename*=UTF-8''..%2F..%2Fetc%2Ffoto.jpg",
            b'application/octet-stream\nContent-Disposition: attachment; filename="C:\\foto\\a.dat"',
        ]
    )
    return b"Content-Type: " + named + b"\nContent-Transfer-Encoding: base64\n\n" + base64.encodebytes(PICTURE)


def _leaf(chance: Random, text: str) -> tuple[list[str], bytes]:
    """A text part: its charset and its transfer encoding, true or not."""
    actual = chance.choice(["utf-8", "cp1252", "iso-8859-1", "utf-16"])
    told = chance.choice([actual, actual, "utf-8", "us-ascii", "x-tidak-ada", "iso-8859-1", ""])
    octets = text.encode(actual)
    encoding = chance.choice(["base64", "quoted-printable", "8bit", "broken"]) if actual != "utf-16" else "base64"
    head = [f"Content-Type: text/plain{f'; charset={told}' if told else ''}", f"Content-Transfer-Encoding: {encoding}"]
    if encoding == "quoted-printable":
        return head, quopri.encodestring(octets)
    if encoding == "base64":
        return head, base64.encodebytes(octets)
    if encoding == "broken":  # words that are called base64, or base64 with rubbish in it and no end
        head[1] = "Content-Transfer-Encoding: base64"
        broken = binascii.b2a_base64(octets).rstrip(b"=\n")
        return head, chance.choice([octets, broken[:40] + b"!*\n\xff" + broken[40:]])
    return head, octets

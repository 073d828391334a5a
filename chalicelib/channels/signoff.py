"""Where a mail's text ends and its signature begins, and what the signature says about who writes.

Taking too much would lose a report's place or problem, so a closing formula counts only when nothing but a name, and
after the name an address, a phone or the like, follows it.
"""

from __future__ import annotations

import re

import msgspec

MAX_SIGNATURE_LINES = 8

_CLOSING = re.compile(
    r"(salam( hormat| hangat| sejahtera| kami| saya)*|hormat( saya| kami)?|wassalam\w*[\w '’.]{0,40}"
    r"|((best|kind|warm) )?regards|sincerely( yours)?|yours (sincerely|faithfully)"
    r"|(atas [\w ]{1,60}, )?(terima ?kasih|makasih|trims|thanks|thank you)"
    r"( banyak| sebelumnya| pak| bu| atas [\w ]{1,60})?"
    r"|tertanda|ttd\.?|pelapor)\s*[,.!:]*",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(yth|kepada|kpd|bapak|ibu|pak|bu|admin|hall?o|hai|hi|hello|dear|selamat|assalam|salam|dengan hormat)\b.{0,60}",
    re.IGNORECASE,
)
_DEVICE = re.compile(
    r"\s*((terkirim|dikirim|sent)\s+(dari|from|lewat|via|melalui|dengan|with|using)\s.{0,40}?"
    r"(iphone|ipad|android|samsung|galaxy|xiaomi|redmi|poco|oppo|vivo|realme|huawei|blackberry|windows|outlook|yahoo|gmail"
    r"|mail|ponsel|handphone|\bhp\b|perangkat|smartphone|phone|tablet)[^<]{0,60}(<?https?://\S{1,200})?"
    r"|(get|dapatkan|unduh|download)\s+(outlook|yahoo mail)\s+(for|untuk|on)\s.{0,40}(https?://\S{1,200})?"
    r"|powered by .{0,30}blackberry.{0,20}|(virus-free|bebas virus)\.? *(www\.\S{1,100}|<?https?://\S{1,200})?)\s*",
    re.IGNORECASE,
)
# A lawyer's paragraph under the signature: it and all below it says nothing.
_DISCLAIMER = re.compile(
    r"\s*[*_]*(disclaimer|penafian|penyangkalan|sangkalan|confidentiality notice|catatan kerahasiaan)\b\s*[*_]*\s*([:.\-–].*)?"
    r"|\s*(this|the information in this) (e-?mail|message|transmission)\b.{0,120}\b(confidential|privileged|intended solely)\b.*"
    r"|\s*((e-?mail|surel|pesan)( elektronik)?( ini|nya)|informasi (di )?dalam (e-?mail|surel|pesan) ini)\b.{0,120}"
    r"\b(rahasia|hanya ditujukan)\b.*",
    re.IGNORECASE,
)
_LABELLED = re.compile(
    r"\s*[-*•]?\s*(nama|alamat|lokasi|tempat|titik|patokan|rt|rw|kelurahan|kecamatan|kejadian|masalah|name|address|location"
    r"|place|landmark)\b[^:=]{0,30}[:=]\s*\S",
    re.IGNORECASE,
)
_STREET = re.compile(
    r"(jl|jln|jalan|gg|gang|kompleks?|komp|perum|perumahan|kampung|kp|kav|blok|rusun|rusunawa|apartemen|rt)\b",
    re.IGNORECASE,
)
_CONTACT = re.compile(
    r"(telp?|telepon|hp|wa|whatsapp|no|mobile|phone|tel|email|e-mail|surel|nik)?[\s.:/]*(hp|wa|telp)?[\s.:/]*"
    r"(\+?[\d\s().\-/]{6,30}|\S+@\S+|https?://\S+|www\.\S+)",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"(ketua|sekretaris|pengurus|warga|staf|manager|direktur|pt|cv|rw|kelurahan|kecamatan|jakarta)\b", re.IGNORECASE
)
_WORD = r"[^\W\d_](?:[^\W\d_]|['’.\-])*"
_NAME = re.compile(rf"{_WORD}(?:[ ,]+{_WORD}){{0,5}}")
_NOT_A_PERSON = frozenset(
    "admin administrator info layanan aduan pengaduan cs customer service support noreply reply no not redaksi humas"  # noqa: SIM905
    " sekretariat kantor dinas kelurahan kecamatan pt cv tbk yayasan toko official marketing sales hrd office team tim"
    " webmaster mailer daemon postmaster via undisclosed user iphone android samsung gmail yahoo mail email surel"
    " ketua pengurus warga pelapor salam hormat saya kami terima kasih jalan jl di dan yang ada tidak sudah belum mohon"
    " tolong lampu sampah banjir rusak mati depan dekat".split()
)


class Signed(msgspec.Struct, frozen=True):
    """A text without its signature, and the name and address that stood there ("" when none did)."""

    text: str
    name: str = ""
    address: str = ""


def without_signature(text: str) -> Signed:
    """Take the signature off. Labelled lines in it ("Alamat: …") stay in the text: they answer what is asked."""
    lines = [line for line in text.split("\n") if not _DEVICE.fullmatch(line[:400])]
    legal = next((at for at, line in enumerate(lines) if at and _DISCLAIMER.fullmatch(line[:2_000])), len(lines))
    lines = lines[:legal]
    filled = [index for index, line in enumerate(lines) if line.strip()]
    earliest = filled[-2 * MAX_SIGNATURE_LINES :][:1]
    content = next((at for at in filled if not _GREETING.fullmatch(lines[at].strip())), len(lines))
    for at in filled:
        bare = lines[at].strip()
        closing = [at] >= earliest and _CLOSING.fullmatch(bare) and _is_signature(lines[at + 1 :])
        if at > content and (bare == "--" or closing):
            return _taken_off(lines, at)
    return Signed("\n".join(lines).strip())


def says_something(text: str) -> bool:
    """Whether there is more than a signature, a closing formula or nothing."""
    return without_signature(f".\n{text}").text != "."


def person_name(text: str) -> str:
    """`text` as a person's name when it looks like one (one word is enough), else ""."""
    name = " ".join(text.strip("\"' \t").split())
    if not 2 <= len(name) <= 60 or not _NAME.fullmatch(name):
        return ""
    words = re.split(r"[ ,.]+", name.lower())
    return "" if _NOT_A_PERSON.intersection(words) else name


def _taken_off(lines: list[str], at: int) -> Signed:
    block = [line.strip() for line in lines[at:] if line.strip()]
    told = [line for line in block if _LABELLED.match(line)]
    plain = _plain(block[1:])
    name = _signed_name(plain[0]) if plain else ""
    address = next((line for line in plain[1:] if _STREET.match(line) and len(line) <= 150), "") if name else ""
    return Signed("\n".join(lines[:at] + told).strip(), name, address)


def _is_signature(lines: list[str]) -> bool:
    """Whether nothing but a signature is here: a name first, then short lines of the kinds that follow one."""
    plain = _plain([line.strip() for line in lines if line.strip()])
    if not plain:
        return True
    return (
        len(plain) <= MAX_SIGNATURE_LINES
        and bool(_signed_name(plain[0]))
        and all(
            len(line) <= 150
            and (_STREET.match(line) or _CONTACT.fullmatch(line) or _ROLE.match(line) or _signed_name(line))
            for line in plain[1:]
        )
    )


def _plain(block: list[str]) -> list[str]:
    return [line for line in block if not (_LABELLED.match(line) or _CLOSING.fullmatch(line) or line == "--")]


def _signed_name(line: str) -> str:
    """A name as people sign with it: in capitals, or one or two words."""
    name = person_name(line.strip("()[]~ ").rstrip(",."))
    words = name.split()
    return name if len(words) <= 2 or all(word[0].isupper() for word in words) else ""

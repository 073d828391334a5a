"""Makes a city pack's areas.csv, and the kota, kecamatan and kelurahan rows of its agencies.csv, from a gazetteer.

    python scripts/build_areas.py GAZETTEER.csv PACK_FOLDER

The gazetteer has one kelurahan a line: kode_kelurahan,kelurahan,kode_kecamatan,kecamatan,kode_kota,kota,kode_pos.
Rows of agencies.csv above the first `kota` are the city's own and are kept as they are.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable
from pathlib import Path

AGENCY_FIELDS = ["code", "name", "short", "kind", "parent", "area", "name_en"]
AREA_FIELDS = ["code", "name", "level", "parent", "postal_code"]
AREA_KINDS = ("kota", "kecamatan", "kelurahan")
SHORT_MAX = 22

# Tried in turn until a short name fits an SMS.
SHORTER = [
    ("Kota Administrasi ", ""),
    ("Kabupaten Administrasi ", ""),
    (" Selatan", " Sel."),
    (" Utara", " Ut."),
    (" Timur", " Tim."),
    (" Barat", " Bar."),
    ("Kepulauan ", "Kep. "),
    ("Kebayoran ", "Keb. "),
    ("Kampung ", "Kp. "),
    ("Pulau ", "P. "),
    ("Gunung ", "Gn. "),
    ("Tanjung ", "Tj. "),
    ("Cempaka ", "Cemp. "),
    ("Kelapa ", "Klp. "),
    ("Kali ", "K. "),
    ("Perdana ", "P. "),
]
# Done always: carriers block SMS that hold "pin" or "akun", even inside a word.
NEVER = [("Cipinang ", "Cip. "), ("Cipinang", "Cip'nang"), ("Pinang", "P'nang"), ("Cakung", "Ckung")]


def kebab(name: str) -> str:
    """ "Kota Tua, Lama" → "kota-tua-lama"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def short(prefix: str, name: str) -> str:
    """At most 22 characters, and none of the words that carriers block."""
    for long, brief in NEVER:
        name = name.replace(long, brief)
    for long, brief in SHORTER:
        if len(prefix + name) <= SHORT_MAX:
            break
        name = name.replace(long, brief)
    return prefix + name


def rows_of(gazetteer: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """The areas and their agencies: kota first, then kecamatan, then kelurahan, each in the order of their codes."""
    with gazetteer.open(encoding="utf-8", newline="") as file:
        lines = sorted(csv.DictReader(file), key=lambda line: line["kode_kelurahan"])
    levels: dict[str, dict[str, tuple[str, str, str]]] = {level: {} for level in AREA_KINDS}
    for line in lines:
        levels["kota"][line["kode_kota"]] = (line["kota"], "", "")
        levels["kecamatan"][line["kode_kecamatan"]] = (line["kecamatan"], line["kode_kota"], "")
        levels["kelurahan"][line["kode_kelurahan"]] = (line["kelurahan"], line["kode_kecamatan"], line["kode_pos"])
    areas: list[dict[str, str]] = []
    agencies: list[dict[str, str]] = []
    codes: dict[str, str] = {}
    for level, members in levels.items():
        for area, (name, parent, postal) in members.items():
            areas.append(dict(zip(AREA_FIELDS, (area, name, level, parent, postal), strict=True)))
            codes[area] = unique(kebab(f"{'' if level == 'kota' else level + ' '}{name}"), area, codes.values())
            agencies.append(agency(level, area, name, codes[area], codes.get(parent, "")))
    return areas, agencies


def unique(code: str, area: str, taken: Iterable[str]) -> str:
    """The code, with the area's own number behind it where another area has the same name."""
    return code if code not in taken else f"{code}-{kebab(area)}"


def agency(level: str, area: str, name: str, code: str, parent: str) -> dict[str, str]:
    """The row of an area's own office."""
    if level == "kota":
        full, brief = name, short("", name)
        english = name.replace("Kota Administrasi ", "").replace("Kabupaten Administrasi ", "") + " Administrative "
        english += "Regency" if name.startswith("Kabupaten") else "City"
    else:
        full = f"{level.capitalize()} {name}"
        brief = short("Kec. " if level == "kecamatan" else "Kel. ", name)
        english = f"{name} {'District' if level == 'kecamatan' else 'Subdistrict'} Office"
    return dict(zip(AGENCY_FIELDS, (code, full, brief, level, parent, area, english), strict=True))


def write(path: Path, fields: list[str], rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main(gazetteer: str, pack: str) -> None:
    areas, agencies = rows_of(Path(gazetteer))
    write(Path(pack, "areas.csv"), AREA_FIELDS, areas)
    with Path(pack, "agencies.csv").open(encoding="utf-8", newline="") as file:
        own = [row for row in csv.DictReader(file) if row["kind"] not in AREA_KINDS or not row["area"]]
    write(Path(pack, "agencies.csv"), AGENCY_FIELDS, own + agencies)
    print(f"{len(areas)} areas, {len(own)} agencies of the city's own, {len(agencies)} of areas")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])

"""Points told by map links and plain coordinates; links that are no map's."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.city import load
from chalicelib.triage.points import has_foreign_link, point_in
from chalicelib.triage.understanding import understand

CITY = load("jakarta")
MONAS = (-6.1754, 106.8272)

POINTED = """
-6.1754, 106.8272
-6.1754,106.8272
(-6.1754, 106.8272)
lokasi -6.1754 106.8272 ya pak
koordinat: -6.1754, 106.8272
titik koordinat -6.1754,106.8272
6.1754 S, 106.8272 E
6.1754 LS 106.8272 BT
6.1754, 106.8272
106.8272, -6.1754
geo:-6.1754,106.8272
−6.1754, 106.8272
lat: -6.1754, long: 106.8272
banjir di -6.1754/106.8272
https://www.google.com/maps/@-6.1754,106.8272,17z
https://www.google.com/maps?q=-6.1754,106.8272
https://maps.google.com/?q=-6.1754,106.8272
https://maps.google.com/maps?q=-6.1754%2C106.8272&z=17&hl=id
https://www.google.com/maps/search/?api=1&query=-6.1754,106.8272
https://www.google.com/maps/place/Monas/@-6.2,106.9,17z/data=!3m1!4b1!3d-6.1754!4d106.8272
https://www.google.co.id/maps/search/-6.1754,+106.8272
google.com/maps?q=-6.1754,106.8272
https://waze.com/ul?ll=-6.1754,106.8272&navigate=yes
https://www.waze.com/ul?ll=-6.1754%2C106.8272
https://ul.waze.com/ul?ll=-6.1754,106.8272
https://www.openstreetmap.org/?mlat=-6.1754&mlon=106.8272#map=17/-6.2/106.9
https://www.openstreetmap.org/#map=17/-6.1754/106.8272
https://maps.apple.com/?ll=-6.1754,106.8272
Sampah menumpuk https://maps.google.com/?q=-6.1754,106.8272 tolong diangkut
"""
PLAIN = """
https://maps.app.goo.gl/AbCdEf123
https://goo.gl/maps/AbCdEf
Jl Mawar 2.500 meter
harga 6.500, 106.000 rupiah
banjir 1.5 meter
0.0000, 0.0000
999.1234, 999.1234
192.168.10.10
jl. kemang no. 6.1
tgl 21.11.2026
"""
LINKS = """
cek https://bit.ly/abc
bit.ly/abc123
wa.me/6281200001111
t.me/grup
http://contoh.test/x
www.contoh.test
s.id/laporan
beli di tokoanu.com
lihat foto https://drive.google.com/file/d/1
tinyurl.com/abc
pinjol-cepat.xyz
klik linktr.ee/anu https://maps.app.goo.gl/x https://bit.ly/1
instansi.go.id
"""
NO_LINKS = """
https://maps.app.goo.gl/AbCdEf
https://www.google.com/maps?q=-6.1,106.8
waze.com/ul?ll=-6.1,106.8
surel budi@contoh.com
budi.s@contoh.co.id
Jl. Mawar No.2.Rusak
jln.rusak.parah
rt.05/08 no.3
pak.tolong diperbaiki.makasih
"""


def _lines(table: str) -> list[str]:
    return table.strip().splitlines()


@pytest.mark.parametrize("text", _lines(POINTED))
def test_a_point_is_read(text: str) -> None:
    found = point_in(text, CITY)
    assert found is not None
    place, _ = found
    assert (place.lat, place.lng) == pytest.approx(MONAS)
    assert place.in_city
    assert place.area == "31.71.01.1001"
    told = understand(text, CITY)
    assert told.place is not None
    assert told.place.has_point
    assert "106.8" not in told.problem
    assert "link" not in told.flags


@pytest.mark.parametrize("text", _lines(PLAIN))
def test_what_is_no_point(text: str) -> None:
    assert point_in(text, CITY) is None


def test_a_point_elsewhere_is_marked() -> None:
    found = point_in("-7.7956, 110.3695", CITY)
    assert found is not None
    assert (found[0].in_city, found[0].area) == (False, None)


def test_words_and_point_tell_one_place() -> None:
    told = understand("Jalan rusak di Jl Medan Merdeka Barat depan museum -6.1764, 106.8222", CITY)
    assert told.place is not None
    assert (told.place.address, told.place.landmark) == ("Jl Medan Merdeka Barat", "depan museum")
    assert told.place.lat == pytest.approx(-6.1764)
    assert told.place.in_city


@pytest.mark.parametrize("text", _lines(LINKS))
def test_links_are_flagged(text: str) -> None:
    assert has_foreign_link(text)
    assert "link" in understand(f"{text} ada jalan rusak", CITY).flags


@pytest.mark.parametrize("text", _lines(NO_LINKS))
def test_maps_and_addresses_are_no_links(text: str) -> None:
    assert not has_foreign_link(text)


@given(
    st.text(max_size=60)
    | st.lists(
        st.sampled_from(
            ["https://", "google.com/maps", "?q=", "-6.17", ",", "106.8", "@", "!3d", "!4d", ".", " ", "1"]
        ),
        max_size=12,
    ).map("".join)
)
def test_any_text_has_a_point_or_none(text: str) -> None:
    found = point_in(text, CITY)
    assert found is None or -90 <= (found[0].lat or 0) <= 90
    has_foreign_link(text)


@pytest.mark.parametrize(
    "piece", ["a.", "1.111 ", "https://", "www.", "a-", "-6.1111,", "google.com/maps@", "lat ", "titik koordinat "]
)
def test_no_input_makes_it_slow(piece: str) -> None:
    text = (piece * 2000)[:2000]
    point_in(text, CITY)
    started = time.process_time()
    point_in(text, CITY)
    has_foreign_link(text)
    assert time.process_time() - started < 0.05

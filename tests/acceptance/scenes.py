"""What is sent in at the beginning, for the tests that have to wait for a clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.acceptance.clients import DEPOK, Server, phone


class Scenes:
    """Tracking numbers and phones of reports that nobody touches after this."""

    def __init__(self, hasty: Server, hastiest: Server) -> None:
        self.began = datetime.now(UTC)
        # nobody accepts it: both clocks of `jalan` differ, so the respond clock leads
        self.neglected = hasty.report(category="jalan")["tracking"]
        # nobody dispatches it
        self.unassigned = hasty.report(location=DEPOK)["tracking"]
        # taken up in time, then left: the resolve clock of a light category runs out
        self.late = hasty.report(category="sampah")["tracking"]
        assert hasty.agency(self.late, "accept", agency="lingkungan-hidup").status == 200
        # like that one, but with more time asked for and given
        self.extended = hasty.report(category="sampah")["tracking"]
        self.extended_until = self.began + timedelta(minutes=10)
        extension = {"until": self.extended_until.isoformat(), "reason": "Truk rusak."}
        assert hasty.agency(self.extended, "accept", agency="lingkungan-hidup").status == 200
        answer = hasty.agency(self.extended, "extend", extension, agency="lingkungan-hidup")
        assert answer.status == 200, answer.text
        assert hasty.act(self.extended, "approve-extension").status == 200
        # told by halves and never completed
        self.silent_phone = phone()
        assert hastiest.sms("Jalan berlubang besar di dekat pasar", self.silent_phone).status == 200
        self.silent = str(hastiest.outbox()[0]["tracking"]) if hastiest.to(self.silent_phone) else ""
        # asked and never answered: the pause ends by itself
        self.asked_phone = phone()
        text = (
            "Lampu jalan mati. Lokasi: depan Stasiun Cikini, Jl. Cikini Raya, Kelurahan Cikini. "
            "Nama: Dewi. Alamat: Jl. Pegangsaan 12"
        )
        assert hastiest.sms(text, self.asked_phone).status == 200
        hastiest.to(self.asked_phone)
        self.asked = next(str(entry["tracking"]) for entry in hastiest.outbox() if entry.get("to") == self.asked_phone)
        answer = hastiest.act(self.asked, "ask", {"question": "Tiang lampu di sisi mana?"})
        assert answer.status == 200, answer.text

"""WhatsApp against Meta's API on loopback: text inside 24 hours, the template outside, errors, and pictures by id."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.outbound.media import media_adapter
from chalicelib.outbound.media import meta as media
from chalicelib.outbound.senders import SendFailed, SendRefused, whatsapp
from tests.outbound.played_meta import NOW, SECRETS, Played, outgoing

USER = "ID.13491208655302741918"
PHONE = "+6281200000001"


@pytest.fixture
def played() -> Iterator[Played]:
    played = Played()
    yield played
    played.close()


class TestTexts:
    @pytest.mark.parametrize(
        ("user", "phone", "to"),
        [
            (USER, PHONE, "6281200000001"),
            (USER, "", USER),
            ("6281200000001", "", "6281200000001"),
            ("", PHONE, "6281200000001"),
        ],
    )
    def test_inside_the_window(self, played: Played, user: str, phone: str, to: str) -> None:
        out = outgoing(played, "whatsapp", to_user=user, to_phone=phone)
        sent = whatsapp.send(out)
        (taken,) = played.taken
        assert (taken["to"], taken["text"], taken["template"], taken["id"]) == (to, out.chat, "", sent.id)
        assert played.asked == [("POST", "106540352242922/messages")]

    @pytest.mark.parametrize("lang", ["id", "en", "jv"])
    def test_outside_the_window(self, played: Played, lang: str) -> None:
        whatsapp.send(outgoing(played, "whatsapp", hours=24, to_user=USER, lang=lang))
        (taken,) = played.taken
        assert taken["template"] == "kabar_laporan"
        assert taken["text"].startswith("JKT-0000-0000-0000 Laporan JKT-0000-0000-0000 diterima. Ikuti:")

    def test_news_too_long_for_a_template_are_short(self, played: Played) -> None:
        whatsapp.send(outgoing(played, "whatsapp", hours=24, to_user=USER, chat="x" * 901))
        assert played.taken[0]["text"] == "JKT-0000-0000-0000 Laporan diterima"

    @pytest.mark.parametrize("code", [131047, 470])
    def test_a_window_that_meta_says_is_closed(self, played: Played, code: int) -> None:
        played.plan(code)
        whatsapp.send(outgoing(played, "whatsapp", to_user=USER))
        assert played.taken[0]["template"] == "kabar_laporan"

    def test_without_a_template_or_a_person(self, played: Played) -> None:
        with pytest.raises(SendRefused, match="no template"):
            whatsapp.send(outgoing(played, "whatsapp", hours=24, to_user=USER, outbound={"template": ""}))
        with pytest.raises(SendRefused, match="no user"):
            whatsapp.send(outgoing(played, "whatsapp"))
        assert played.asked == []

    @pytest.mark.parametrize("code", [131026, 131051, 131009, 100, 131021])
    def test_never(self, played: Played, code: int) -> None:
        played.plan(code)
        with pytest.raises(SendRefused, match=str(code)):
            whatsapp.send(outgoing(played, "whatsapp", to_user=USER))

    @pytest.mark.parametrize("code", [190, 0, 4, 80007, 130429, 131048, 131056, 131000, 131016, 131042, 132001, 132015])
    def test_later(self, played: Played, code: int) -> None:
        played.plan(code)
        with pytest.raises(SendFailed, match=str(code)):
            whatsapp.send(outgoing(played, "whatsapp", to_user=USER))

    def test_a_closed_window_twice_is_the_end(self, played: Played) -> None:
        played.plan(131047)
        played.plan(131047)
        with pytest.raises(SendRefused, match="131047"):
            whatsapp.send(outgoing(played, "whatsapp", to_user=USER))


class TestPictures:
    def lay(self, played: Played, name: str = "65463453") -> None:
        played.providers.call("whatsapp", "PUT", ("_media", name), {}, {"content-type": "image/jpeg"}, b"JPEG")

    def test_an_id_becomes_an_address_with_our_token(self, played: Played) -> None:
        self.lay(played)
        url = f"{played.base('whatsapp')}/_download/65463453"
        body = b'{"url":"%s"}' % url.encode()
        played.planned.append((200, {}, body))
        located = media.locate("65463453", SECRETS["whatsapp"], played.base("whatsapp"), NOW)
        assert (located.url, located.trusted) == (url, True)
        status, fields, content = played.providers.call(
            "whatsapp", "GET", ("_download", "65463453"), {}, {"authorization": located.headers["Authorization"]}, b""
        )
        assert (status, dict(fields)["Content-Type"], content) == (200, "image/jpeg", b"JPEG")
        assert played.providers.call("whatsapp", "GET", ("_download", "65463453"), {}, {}, b"")[0] == 401

    @pytest.mark.parametrize(
        ("url", "allowed"),
        [
            ("https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1", True),
            ("https://lookaside.fbsbx.com.evil.example/", False),
            ("http://lookaside.fbsbx.com/", False),
            ("https://user@lookaside.fbsbx.com/", False),
            ("http://169.254.169.254/", False),
            ("https://[", False),
        ],
    )
    def test_the_token_goes_to_meta_alone(self, played: Played, url: str, allowed: bool) -> None:
        played.planned.append((200, {}, b'{"url":"%s"}' % url.encode()))
        if allowed:
            located = media.locate("1", SECRETS["whatsapp"], played.base("whatsapp"), NOW)
            assert (located.url, located.trusted) == (url, False)
        else:
            with pytest.raises(SendRefused):
                media.locate("1", SECRETS["whatsapp"], played.base("whatsapp"), NOW)

    def test_gone_later_or_strange(self, played: Played) -> None:
        base = played.base("whatsapp")
        with pytest.raises(SendRefused):
            media.locate("999", SECRETS["whatsapp"], base, NOW)
        with pytest.raises(SendFailed):
            media.locate("999", {"access_token": "x"}, base, NOW)
        played.planned.append((200, {}, b"{}"))
        with pytest.raises(SendFailed):
            media.locate("999", SECRETS["whatsapp"], base, NOW)
        for reference in ("", "../1", "1/2", "https://x", "1?x"):
            with pytest.raises(SendRefused):
                media.locate(reference, SECRETS["whatsapp"], base, NOW)

    def test_the_registry_finds_it(self) -> None:
        assert media_adapter("meta") is media

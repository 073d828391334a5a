"""Facebook and Instagram against Meta's API on loopback: who is reached how, and what each error means."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from chalicelib.outbound.senders import SendFailed, SendRefused, graph
from tests.outbound.played_meta import Played, outgoing

PERSON = "7000000000000001"


@pytest.fixture
def played() -> Iterator[Played]:
    played = Played()
    yield played
    played.close()


class TestPrivate:
    def test_a_message_by_the_persons_id(self, played: Played) -> None:
        sent = graph.send(outgoing(played, "facebook", to_user=PERSON))
        (taken,) = played.taken
        assert sent.id == taken["id"]
        assert taken["to"] == PERSON
        assert taken["tracking"] == "JKT-0000-0000-0000"
        assert played.asked == [("POST", "100000000000001/messages")]

    def test_instagram_sends_with_its_pages_token(self, played: Played) -> None:
        graph.send(outgoing(played, "instagram", to_user=PERSON))
        assert played.asked == [("POST", "me/messages")]
        assert played.taken[0]["channel"] == "instagram"

    @pytest.mark.parametrize(
        ("name", "post"),
        [("facebook", "501_601"), ("facebook", "100000000000001_502"), ("instagram", "18000000000000001")],
    )
    def test_a_comment_is_answered_in_private_once_then_by_id(self, played: Played, name: str, post: str) -> None:
        out = outgoing(played, name, to_user=PERSON, to_post=post)
        graph.send(out)
        graph.send(out)
        assert [(taken["to"], taken["private_reply"]) for taken in played.taken] == [(post, True), (PERSON, False)]

    def test_an_unnamed_author_is_reached_by_the_comment_alone(self, played: Played) -> None:
        out = outgoing(played, "facebook", to_user="comment:901_903", to_post="901_903")
        graph.send(out)
        with pytest.raises(SendRefused, match="10900"):
            graph.send(out)

    @pytest.mark.parametrize(
        ("hours", "post", "reached"),
        [(23.9, "", PERSON), (24.1, "", None), (24.1, "501_601", "501_601"), (7 * 24 + 1, "501_601", None)],
    )
    def test_the_windows(self, played: Played, hours: float, post: str, reached: str | None) -> None:
        out = outgoing(played, "facebook", hours=hours, to_user=PERSON, to_post=post)
        if reached is None:
            with pytest.raises(SendRefused, match="outside the messaging window"):
                graph.send(out)
            assert played.asked == []
        else:
            graph.send(out)
            assert played.taken[0]["to"] == reached

    def test_a_tag_that_meta_granted_reaches_further(self, played: Played) -> None:
        graph.send(outgoing(played, "facebook", hours=48, to_user=PERSON, outbound={"tag": "HUMAN_AGENT"}))
        assert played.taken[0]["to"] == PERSON

    def test_nobody_to_write_to(self, played: Played) -> None:
        with pytest.raises(SendRefused, match="no user is known"):
            graph.send(outgoing(played, "facebook"))
        with pytest.raises(SendRefused):
            graph.send(outgoing(played, "instagram", to_user="comment:1", to_post="mention:2:1"))

    def test_what_is_too_long_for_instagram_goes_short(self, played: Played) -> None:
        graph.send(outgoing(played, "instagram", to_user=PERSON, chat="é" * 501))
        graph.send(outgoing(played, "facebook", to_user=PERSON, chat="é" * 2_001))
        assert [taken["text"] for taken in played.taken] == ["Laporan diterima"] * 2


class TestPublic:
    @pytest.mark.parametrize(
        ("name", "post", "path"),
        [
            ("facebook", "501_601", "501_601/comments"),
            ("facebook", "100000000000001_502", "100000000000001_502/comments"),
            ("instagram", "18000000000000001", "18000000000000001/replies"),
            ("instagram", "mention:181:180", "17840000000000001/mentions"),
            ("instagram", "mention:181:", "17840000000000001/mentions"),
        ],
    )
    def test_an_answer_for_everybody(self, played: Played, name: str, post: str, path: str) -> None:
        sent = graph.post_public(outgoing(played, name, to_post=post), "Terima kasih")
        assert played.asked == [("POST", path)]
        (taken,) = played.taken
        assert (taken["text"], taken["public"], taken["id"]) == ("Terima kasih", True, sent.id)

    @pytest.mark.parametrize("post", ["", "../me", "1?x=1", "1/2", "ü"])
    def test_no_post_or_a_strange_one(self, played: Played, post: str) -> None:
        with pytest.raises(SendRefused):
            graph.post_public(outgoing(played, "facebook", to_post=post), "Terima kasih")
        assert played.asked == []


class TestErrors:
    @pytest.mark.parametrize(
        ("code", "subcode", "status"),
        [
            (100, 2018001, 400),
            (551, 1545041, 400),
            (10, 2018278, 400),
            (200, 1545041, 403),
            (10900, 0, 400),
            (100, 0, 404),
        ],
    )
    def test_never(self, played: Played, code: int, subcode: int, status: int) -> None:
        played.plan(code, subcode=subcode, status=status)
        with pytest.raises(SendRefused, match=str(code)):
            graph.send(outgoing(played, "facebook", to_user=PERSON))

    @pytest.mark.parametrize(
        ("code", "subcode", "status"),
        [
            (190, 463, 400),
            (190, 0, 401),
            (4, 0, 400),
            (613, 0, 400),
            (80006, 0, 400),
            (2, 0, 500),
            (10, 0, 403),
            (368, 0, 400),
        ],
    )
    def test_later(self, played: Played, code: int, subcode: int, status: int) -> None:
        played.plan(code, subcode=subcode, status=status)
        with pytest.raises(SendFailed, match=str(code)):
            graph.send(outgoing(played, "facebook", to_user=PERSON))

    def test_when_a_rate_is_free_again(self, played: Played) -> None:
        usage = json.dumps({"1": [{"type": "pages", "estimated_time_to_regain_access": 5}]})
        played.plan(80001, headers={"X-Business-Use-Case-Usage": usage})
        played.plan(4, status=429, headers={"Retry-After": "7"})
        for seconds in (300.0, 7.0):
            with pytest.raises(SendFailed) as caught:
                graph.send(outgoing(played, "facebook", to_user=PERSON))
            assert caught.value.retry_after == seconds

    @pytest.mark.parametrize(
        ("status", "error"), [(500, SendFailed), (429, SendFailed), (302, SendFailed), (404, SendRefused)]
    )
    @pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"error":"x"}', b'{"code":"planned"}'])
    def test_answers_that_are_not_graphs(
        self, played: Played, status: int, error: type[Exception], body: bytes
    ) -> None:
        played.planned.append((status, {}, body))
        with pytest.raises(error):
            graph.send(outgoing(played, "facebook", to_user=PERSON))

    def test_a_wrong_or_missing_token(self, played: Played) -> None:
        wrong = {"page_token": "x", "page_id": "100000000000001"}
        for secrets in (wrong, {"page_id": "1"}):
            with pytest.raises(SendFailed):
                graph.send(outgoing(played, "facebook", to_user=PERSON, secrets=secrets))
        assert played.taken == []

    def test_trouble_with_the_first_way_does_not_use_up_the_second(self, played: Played) -> None:
        played.plan(2, status=500)
        with pytest.raises(SendFailed):
            graph.send(outgoing(played, "facebook", to_user=PERSON, to_post="501_601"))
        assert len(played.asked) == 1

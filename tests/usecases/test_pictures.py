"""Pictures on their way: from wherever they are to what is shown, once each; what fails for now is tried again."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import msgspec
import pytest
from PIL import Image

from chalicelib.channels.message import Message
from chalicelib.domain.errors import Invalid
from chalicelib.domain.lifecycle import Action, Role, Status
from chalicelib.domain.reasons import words_of
from chalicelib.domain.report import Report
from chalicelib.outbound.media import Located
from chalicelib.outbound.senders.outcome import SendFailed, SendRefused
from chalicelib.store.client import client
from chalicelib.store.photos import Photo
from chalicelib.usecases import look_at as looking
from chalicelib.usecases import sources
from chalicelib.usecases.act import Actor, act
from chalicelib.usecases.announce import announce
from chalicelib.usecases.converse import converse
from chalicelib.usecases.picture_jobs import LAST_TRY, take
from chalicelib.usecases.submit import submit
from chalicelib.usecases.uploads import claim, claim_shown, new_upload

UPLOADS, PHOTOS, MAIL = (f"tanggap-local-{name}-123456789012" for name in ("uploads", "photos", "mail"))
WORDS = "Jalan berlubang besar. Nama saya Budi Santoso, alamat saya Jl. Mawar No. 2 Menteng."


def picture(colour: int = 0, **more: Any) -> bytes:
    image = Image.linear_gradient("L").resize((640, 480)).convert("RGB")
    image.paste((colour, 90, 200), (50, 60, 200, 260))
    out = BytesIO()
    image.save(out, "JPEG", **more)
    return out.getvalue()


def taken_at_monas() -> bytes:
    told = Image.Exif()
    told.get_ifd(0x8769)[0x9003] = "2026:11:20 10:11:12"
    told.get_ifd(0x8825).update({1: "S", 2: (6.0, 10.0, 31.44), 3: "E", 4: (106.0, 49.0, 37.92)})
    return picture(exif=told)


@pytest.fixture
def s3(desk: Any) -> Any:
    return client("s3", desk.settings.region)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What is at which address: bytes, or an error."""
    there: dict[str, Any] = {}

    def fetch(located: Located, base: str = "") -> bytes:
        found = there.get(located.url, SendRefused("gone"))
        if isinstance(found, Exception):
            raise found
        return bytes(found)

    monkeypatch.setattr(sources, "fetch", fetch)
    return there


@pytest.fixture
def upload(desk: Any, s3: Any) -> Callable[..., str]:
    """Uploads something; gives its id."""
    made = iter(range(1, 100))

    def put(content: bytes | None = None) -> str:
        photo: str = new_upload(desk, next(made).to_bytes(12, "big"))["id"]
        if content is not None:
            s3.put_object(Bucket=UPLOADS, Key=f"uploads/{photo}", Body=content)
        return photo

    return put


def sms(desk: Any, *photos: str, text: str = WORDS, name: str = "m1", **more: Any) -> Report:
    message = Message(
        channel=more.pop("channel", "sms"), id=name, sender="+6281234567890", phone="+6281234567890", text=text,
        photos=photos, raw=name.encode(), conversational=True, **more,
    )  # fmt: skip
    return converse(desk, message, seed=(name * 16)[:32].encode().hex()[:32]).report


def form(desk: Any, *photos: str, name: str = "f1") -> Report:
    message = Message(
        channel="jaki", id=name, sender="+6281234567890", text="Jalan berlubang", name="Budi", address="Jl. Mawar 2",
        photos=photos, raw=name.encode(),
    )  # fmt: skip
    return submit(desk, message, seed="5e" * 16).report


def event(tracking: str, tries: int = 1) -> dict[str, Any]:
    return _record({"data": {"tracking": tracking, "seq": 1}}, tries)


def notice(photo: str, tries: int = 1) -> dict[str, Any]:
    return _record({"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": f"uploads/{photo}"}}}]}, tries)


def _record(body: dict[str, Any], tries: int) -> dict[str, Any]:
    attributes = {"ApproximateReceiveCount": str(tries)}
    return {"messageId": "m", "receiptHandle": "r", "body": json.dumps(body), "attributes": attributes}


def told(report: Report) -> dict[str, Any]:
    """What the last entry about pictures says."""
    entries = [entry for entry in report.entries() if entry.event == "pictures_processed"]
    return dict(entries[-1].told.data)


def test_a_picture_is_fetched_shown_kept_and_described(desk: Any, s3: Any, fetched: dict[str, Any]) -> None:
    original = fetched["https://foto.example/1.jpg"] = taken_at_monas()
    report = sms(desk, "https://foto.example/1.jpg")
    (waiting,) = report.photos
    assert waiting.startswith("pending:")
    assert take(desk, event(report.tracking), seed="5e" * 16)
    after = desk.reports.get(report.tracking)
    (photo,) = after.photos
    assert waiting == f"pending:{photo}"
    found = desk.photos.get(photo)
    assert (found.state, found.tracking, found.width, found.height) == ("ready", report.tracking, 640, 480)
    assert (found.taken_at, found.lat, found.lng) == ("2026-11-20T03:11:12+00:00", -6.1754, 106.8272)
    assert (len(found.sha256), len(found.phash), found.bytes) == (64, 16, len(original))
    for small, size in ((False, (640, 480)), (True, (320, 240))):
        shown = Image.open(BytesIO(desk.buckets.shown(photo, small=small)))
        assert (shown.format, shown.size, dict(shown.getexif())) == ("JPEG", size, {})
    sealed = s3.get_object(Bucket=PHOTOS, Key=f"originals/{photo}")["Body"].read()
    assert original[:100] not in sealed
    assert desk.sealer.open_bytes(sealed, photo, 0.0) == original


def test_where_it_was_taken_completes_the_report(desk: Any, fetched: dict[str, Any]) -> None:
    fetched["https://foto.example/1.jpg"] = taken_at_monas()
    report = sms(desk, "https://foto.example/1.jpg")
    assert report.missing == ("place",)
    take(desk, event(report.tracking), seed="5e" * 16)
    after = desk.reports.get(report.tracking)
    assert (after.status, after.missing, after.place.from_photo) == (Status.WAITING, (), True)
    assert after.cell
    assert desk.city.areas[after.place.area].name == "Gambir"


def test_the_second_time_nothing_is_fetched_or_told(desk: Any, fetched: dict[str, Any]) -> None:
    fetched["https://foto.example/1.jpg"] = picture()
    report = sms(desk, "https://foto.example/1.jpg")
    take(desk, event(report.tracking), seed="5e" * 16)
    first = desk.reports.get(report.tracking)
    fetched.clear()
    assert take(desk, event(report.tracking), seed="6e" * 16)
    assert desk.reports.get(report.tracking) == first


def test_a_crash_between_looking_and_telling_is_made_good(
    desk: Any, fetched: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched["https://foto.example/1.jpg"] = picture()
    report = sms(desk, "https://foto.example/1.jpg")
    with monkeypatch.context() as patch:
        patch.setattr(desk.reports, "change", lambda *_: 1 / 0)
        assert not take(desk, event(report.tracking), seed="5e" * 16)
    fetched.clear()
    assert take(desk, event(report.tracking), seed="5e" * 16)
    assert desk.reports.get(report.tracking).photos[0].count(":") == 0


def test_what_fails_for_now_is_tried_again_and_at_last_refused(desk: Any, fetched: dict[str, Any]) -> None:
    fetched |= {"https://foto.example/1.jpg": picture(), "https://foto.example/2.jpg": SendFailed("HTTP 503")}
    report = sms(desk, "https://foto.example/1.jpg", "https://foto.example/2.jpg")
    assert not take(desk, event(report.tracking), seed="5e" * 16)
    between = desk.reports.get(report.tracking)
    assert [photo.count("pending:") for photo in between.photos] == [0, 1]
    assert take(desk, event(report.tracking, LAST_TRY), seed="7e" * 16)
    after = desk.reports.get(report.tracking)
    assert len(after.photos) == 1
    assert list(told(after)["refused"].values()) == ["unreachable"]


class Killed(BaseException):
    """The end of the function: no code of ours runs after it."""


@pytest.fixture
def deadly(desk: Any, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Pictures that end the function when they are looked at. What they would have run on its way out is not done."""
    contents: list[bytes] = []
    look = looking.look

    def dying(content: bytes) -> Any:
        if content in contents:
            raise Killed
        return look(content)

    monkeypatch.setattr(looking, "look", dying)
    return contents


def test_a_picture_that_ends_the_function_does_not_hold_up_the_others(
    desk: Any, fetched: dict[str, Any], deadly: list[bytes]
) -> None:
    addresses = [f"https://foto.example/{number}.jpg" for number in range(3)]
    fetched |= {address: picture(100 * number) for number, address in enumerate(addresses)}
    deadly.append(fetched[addresses[1]])
    report = sms(desk, *addresses)
    _, bad, _ = (photo.removeprefix("pending:") for photo in report.photos)
    with pytest.raises(Killed):
        take(desk, event(report.tracking), seed="5e" * 16)
    assert (desk.photos.get(bad).state, desk.photos.get(bad).looks) == ("looking", 1)
    with pytest.raises(Killed):
        take(desk, event(report.tracking, 2), seed="6e" * 16)
    between = desk.reports.get(report.tracking)
    assert [photo.count("pending:") for photo in between.photos] == [0, 1, 0], "the others are shown already"
    assert take(desk, event(report.tracking, 3), seed="7e" * 16)
    after = desk.reports.get(report.tracking)
    assert len(after.photos) == 2
    assert told(after)["refused"] == {bad: "bomb"}


def test_an_upload_that_ends_the_function_is_refused(
    desk: Any, upload: Callable[..., str], deadly: list[bytes]
) -> None:
    deadly.append(picture())
    photo = upload(picture())
    for tries in (1, 2):
        with pytest.raises(Killed):
            take(desk, notice(photo, tries), seed="5e" * 16)
    assert take(desk, notice(photo, 3), seed="5e" * 16)
    assert (desk.photos.get(photo).state, desk.photos.get(photo).reason) == ("refused", "bomb")


def test_an_error_of_ours_is_no_bomb(desk: Any, fetched: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    fetched["https://foto.example/1.jpg"] = picture()
    report = sms(desk, "https://foto.example/1.jpg")
    with monkeypatch.context() as patch:
        patch.setattr(desk.buckets, "keep", lambda *_: 1 / 0)
        for tries in (1, 2, 3, 4):
            assert not take(desk, event(report.tracking, tries), seed="5e" * 16)
    assert take(desk, event(report.tracking, LAST_TRY), seed="5e" * 16)
    assert ":" not in desk.reports.get(report.tracking).photos[0]


def test_somebody_elses_look_is_no_bomb(desk: Any, fetched: dict[str, Any]) -> None:
    fetched["https://foto.example/1.jpg"] = picture()
    report = sms(desk, "https://foto.example/1.jpg")
    photo = report.photos[0].removeprefix("pending:")
    desk.photos.found(Photo(id=photo, state="looking", looks=1), now=desk.now())
    assert take(desk, event(report.tracking, 5), seed="5e" * 16)
    assert desk.reports.get(report.tracking).photos == (photo,)


def test_what_is_settled_is_not_marked_again(desk: Any) -> None:
    desk.photos.found(Photo(id="p", state="ready", sha256="5e"), now=desk.now())
    for state in ("looking", "left"):
        assert desk.photos.found(Photo(id="p", state=state, looks=1), now=desk.now()).state == "ready"
    assert desk.photos.found(Photo(id="new", state="looking", looks=1), now=desk.now()).looks == 1


def test_a_slow_picture_is_told_before_the_next(
    desk: Any, fetched: dict[str, Any], deadly: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched |= {"https://foto.example/1.jpg": picture(100), "https://foto.example/2.jpg": picture(200)}
    deadly.append(picture(200))
    report = sms(desk, "https://foto.example/1.jpg", "https://foto.example/2.jpg")
    monkeypatch.setattr(looking, "_LONG_SECONDS", -1)
    with pytest.raises(Killed):
        take(desk, event(report.tracking), seed="5e" * 16)
    assert [photo.count("pending:") for photo in desk.reports.get(report.tracking).photos] == [0, 1]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (SendRefused("forbidden_address"), "forbidden_address"),
        (SendRefused("HTTP 404 (code 131052)"), "gone"),
        (SendRefused("too_large"), "too_large"),
        (b"<html>", "not_a_picture"),
        (b"\xff\xd8\xffx", "broken"),
        (b"x" * 15_000_001, "too_large"),
    ],
    ids=["forbidden", "gone", "large", "page", "broken", "huge"],
)
def test_a_refused_picture_leaves_the_report(desk: Any, fetched: dict[str, Any], content: Any, reason: str) -> None:
    fetched["https://foto.example/1.jpg"] = content
    report = sms(desk, "https://foto.example/1.jpg")
    assert take(desk, event(report.tracking), seed="5e" * 16)
    after = desk.reports.get(report.tracking)
    assert (after.photos, after.status, after.problem) == ((), report.status, report.problem)
    assert list(told(after)["refused"].values()) == [reason]


def test_heic_is_kept_and_not_shown(desk: Any, s3: Any, fetched: dict[str, Any]) -> None:
    fetched["https://foto.example/1.heic"] = b"\0\0\0\x1cftypheic\0\0\0\0mif1heicxxxx"
    report = sms(desk, "https://foto.example/1.heic")
    take(desk, event(report.tracking), seed="5e" * 16)
    (photo,) = desk.reports.get(report.tracking).photos
    assert photo.startswith("kept:")
    name = photo.removeprefix("kept:")
    assert s3.get_object(Bucket=PHOTOS, Key=f"originals/{name}")
    assert desk.buckets.shown(name, small=False) is None


def test_a_providers_picture_is_located_first(
    desk: Any, fetched: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    class Twilio:
        def locate(self, reference: str, secrets: Any, base: str, now: Any) -> Located:
            asked.append((reference, secrets["account_sid"], base))
            return Located("https://media.example/x")

    monkeypatch.setattr(sources, "media_adapter", lambda adapter: Twilio())
    fetched["https://media.example/x"] = picture()
    report = sms(desk, "provider:ME1")
    assert take(desk, event(report.tracking), seed="5e" * 16)
    assert asked == [("ME1", "AC00000000000000000000000000000000", "https://api.twilio.com")]
    assert ":" not in desk.reports.get(report.tracking).photos[0]


def test_a_picture_in_a_mail(desk: Any, s3: Any) -> None:
    from email.message import EmailMessage

    mail = EmailMessage()
    mail.set_content("Terlampir")
    mail.add_attachment(picture(), maintype="application", subtype="octet-stream", filename="../../IMG.jpg")
    s3.put_object(Bucket=MAIL, Key="inbound/m1", Body=mail.as_bytes())
    from chalicelib.channels.attachments import attachments

    number = attachments(mail.as_bytes())[0].number
    report = sms(desk, f"mail:inbound/m1#{number}", "mail:inbound/none#0", "mail:../secret#0", "mail:inbound/m1#99")
    take(desk, event(report.tracking), seed="5e" * 16)
    after = desk.reports.get(report.tracking)
    assert len(after.photos) == 1
    assert list(told(after)["refused"].values()) == ["gone"] * 3


def test_an_upload_that_was_there_first(desk: Any, upload: Callable[..., str]) -> None:
    photo = upload(picture())
    assert take(desk, notice(photo), seed="5e" * 16)
    assert desk.photos.get(photo).state == "checked"
    report = form(desk, f"upload:{photo}")
    assert report.photos == (f"pending:{photo}",)
    assert take(desk, event(report.tracking), seed="5e" * 16)
    assert desk.reports.get(report.tracking).photos == (photo,)
    assert desk.photos.get(photo).claimed_by == report.origin


def test_an_upload_that_comes_after_its_report(desk: Any, s3: Any, upload: Callable[..., str]) -> None:
    photo = upload()
    report = form(desk, f"upload:{photo}")
    assert not take(desk, event(report.tracking), seed="5e" * 16)
    s3.put_object(Bucket=UPLOADS, Key=f"uploads/{photo}", Body=picture())
    assert take(desk, notice(photo), seed="5e" * 16)
    assert desk.reports.get(report.tracking).photos == (photo,)


def test_an_upload_that_never_comes(desk: Any, upload: Callable[..., str]) -> None:
    photo = upload()
    report = form(desk, f"upload:{photo}")
    assert take(desk, event(report.tracking, LAST_TRY), seed="5e" * 16)
    assert told(desk.reports.get(report.tracking))["refused"] == {photo: "missing"}


def test_nobody_uses_what_is_somebody_elses_or_invented(desk: Any, upload: Callable[..., str]) -> None:
    photo = upload(picture())
    assert form(desk, f"upload:{photo}") == form(desk, f"upload:{photo}"), "the same message again is no second claim"
    for other in (photo, "a" * 28, "x"):
        with pytest.raises(Invalid) as refused:
            form(desk, f"upload:{other}", name="f2")
        assert set(refused.value.details) == {"photos"}
    with pytest.raises(Invalid):
        claim(desk, (photo,), ("JKT-0000-0000-0001",))


def test_an_upload_by_a_message_in_words_is_claimed_when_it_is_looked_at(desk: Any, upload: Callable[..., str]) -> None:
    mine, theirs = upload(picture()), upload(picture(9))
    form(desk, f"upload:{theirs}")
    report = sms(desk, name="m1")
    report = sms(desk, f"upload:{mine}", f"upload:{theirs}", name="m2", text="ini fotonya")
    take(desk, event(report.tracking), seed="5e" * 16)
    after = desk.reports.get(report.tracking)
    assert after.photos == (mine,)
    assert told(after)["refused"] == {theirs: "claimed"}


def resolve(desk: Any, tracking: str, *photos: str, name: str = "r1") -> Report:
    body = msgspec.json.encode({"note": "sudah ditambal", "photos": photos})
    actor = Actor(role=Role.AGENCY, agency="bina-marga")
    return act(desk, tracking, Action.RESOLVE, actor, body, action_id=name, seed="5e" * 16)


def test_proof_of_work_is_an_upload_that_can_be_shown(desk: Any, upload: Callable[..., str]) -> None:
    report = form(desk)
    dispatch = msgspec.json.encode({"agency": "bina-marga"})
    act(desk, report.tracking, Action.DISPATCH, Actor(role=Role.ADMIN), dispatch, action_id="d", seed="5e" * 16)
    broken, good = upload(b"\xff\xd8\xffx"), upload(picture())
    take(desk, notice(broken), seed="5e" * 16)
    for wrong, why in (("invented-photo-0001", "no ids"), (broken, "broken")):
        with pytest.raises(Invalid) as refused:
            resolve(desk, report.tracking, wrong)
        assert why in str(refused.value.details["photos"])
    after = resolve(desk, report.tracking, good)
    assert (after.status, after.photos) == (Status.AWAITING_VALIDATION, (f"pending:{good}",))
    assert resolve(desk, report.tracking, good) == after, "a repetition is a success"
    assert take(desk, event(report.tracking), seed="5e" * 16)
    assert desk.reports.get(report.tracking).photos == (good,)
    with pytest.raises(Invalid):
        claim_shown(desk, (good,), "JKT-0000-0000-0001")


def test_work_of_whose_photos_none_is_a_picture_goes_back(
    desk: Any, upload: Callable[..., str], published: list[dict[str, Any]]
) -> None:
    report = form(desk)
    dispatch = msgspec.json.encode({"agency": "bina-marga"})
    act(desk, report.tracking, Action.DISPATCH, Actor(role=Role.ADMIN), dispatch, action_id="d", seed="5e" * 16)
    broken = upload(b"\xff\xd8\xffx")
    assert resolve(desk, report.tracking, broken).status == Status.AWAITING_VALIDATION
    for seed in ("5e", "6e"):  # a repetition changes nothing
        assert take(desk, event(report.tracking), seed=seed * 16)
    after = desk.reports.get(report.tracking)
    assert (after.status, after.photos) == (Status.FOLLOW_UP_REFUSED, ())
    events = [entry.event for entry in after.entries()]
    assert events.count("follow_up_refused") == 1
    back = after.entries()[-1]
    assert "tidak bisa dibaca" in words_of(back, desk.city, "id")
    assert "cannot be read" in words_of(back, desk.city, "en")
    announce(desk, after, back, claimant="a")
    (told,) = [each for each in published if each["TopicArn"].endswith("agency-bina-marga")]
    assert "tidak bisa dibaca" in told["Message"]
    with pytest.raises(Invalid):
        resolve(desk, report.tracking, broken, name="again")
    good = upload(picture())
    assert resolve(desk, report.tracking, good, name="third").status == Status.AWAITING_VALIDATION
    take(desk, event(report.tracking), seed="7e" * 16)
    assert desk.reports.get(report.tracking).status == Status.AWAITING_VALIDATION


def test_notices_that_are_nothing(desk: Any, upload: Callable[..., str]) -> None:
    for body in (
        {"Service": "Amazon S3", "Event": "s3:TestEvent"},
        {"Records": [{"s3": {"object": {"key": "other/x"}}}, {"s3": {"object": {"key": "uploads/a+b%2F.."}}}]},
        {"data": {"tracking": "JKT-0000-0000-0001"}},
    ):
        assert take(desk, _record(body, 1), seed="5e" * 16)
    assert take(desk, notice(upload()), seed="5e" * 16)
    assert not take(desk, _record({"nonsense": 1}, 1), seed="5e" * 16)


def test_only_entries_that_bring_pictures_are_for_the_photos_queue(
    desk: Any, published: list[dict[str, Any]], fetched: dict[str, Any]
) -> None:
    from chalicelib.usecases.announce import announce

    report = sms(desk, "https://foto.example/1.jpg")
    report = sms(desk, name="m2", text="di depan halte Monas")
    for entry in report.entries():
        announce(desk, report, entry, claimant="c")
    media = [call["MessageAttributes"].get("media", {}).get("StringValue") for call in published]
    assert media[0] == "1"
    assert set(media[1:]) == {None}

"""Pictures: uploads, providers' media, what is kept out, what is stripped."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import time
import zlib
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from tests.acceptance.clients import Answer, Server, complete, fresh, until
from tests.acceptance.providers import PLACE, WHO, digits, mobile, number, seen, telegram, texts, tg_update, whatsapp

WORDS = f"Jalan berlubang besar. {PLACE}. {WHO}"


def jpeg(size: tuple[int, int] = (640, 480), gps: tuple[float, float] | None = None, mark: bytes = b"") -> bytes:
    """A photo with EXIF: camera, time, words of its owner and (if asked) the place."""
    image = Image.effect_noise(size, 60).convert("RGB")
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "RAHASIAKAMERA", "Model X"
    exif[0x013B] = "Dewi Anggraini"
    exif[0x0132] = "2026:11:21 10:11:12"
    exif.get_ifd(0x8769)[0x9003] = "2026:11:21 10:11:12"
    if gps:
        lat, lng = gps

        def parts(value: float) -> tuple[float, float, float]:
            value = abs(value)
            minutes = (value - int(value)) * 60
            return float(int(value)), float(int(minutes)), round((minutes - int(minutes)) * 60, 4)

        place = exif.get_ifd(0x8825)
        place[1], place[2] = "S" if lat < 0 else "N", parts(lat)
        place[3], place[4] = "W" if lng < 0 else "E", parts(lng)
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=exif, comment=mark or b"RAHASIAKOMENTAR", quality=85)
    return stream.getvalue()


def png_bomb() -> bytes:
    """A PNG of 50,000 by 50,000 pixels in a few kilobytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    head = (50_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"
    packed = zlib.compress(b"\x00" * 5_000_000, 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def animated() -> bytes:
    frames = [Image.new("RGB", (64, 64), (n * 60, 0, 0)) for n in range(4)]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:], duration=100)
    return stream.getvalue()


def heic() -> bytes:
    """The head of a HEIC file: known by its content, not decodable."""
    return b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + b"\x00\x00\x02\x00meta" + bytes(3000)


def s3_post(
    every: Server, url: str, fields: dict[str, str], data: bytes, kind: str = "image/jpeg", name: str = "foto.jpg"
) -> int:
    """The browser's form, field by field, file last."""
    boundary = fresh("batas")
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="{n}"\r\n\r\n{v}\r\n'.encode() for n, v in fields.items()
    ]
    if "Content-Type" not in fields:
        pass
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: {kind}\r\n\r\n'
    body = b"".join(parts) + head.encode() + data + f"\r\n--{boundary}--\r\n".encode()
    to = urlsplit(url)
    assert to.hostname in ("127.0.0.1", "localhost")
    connection = http.client.HTTPConnection("127.0.0.1", to.port, timeout=60)
    connection.request("POST", to.path or "/", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    response = connection.getresponse()
    response.read()
    connection.close()
    return response.status


def upload(every: Server, data: bytes, **more: str) -> str:
    answer = every.call("POST", "/uploads", b"{}", {"Content-Type": "application/json"})
    assert answer.status in (200, 201), (answer.status, answer.text)
    assert {"id", "url", "fields"} <= set(answer.json)
    status = s3_post(every, answer.json["url"], answer.json["fields"], data, **more)
    assert status in (200, 201, 204), status
    return str(answer.json["id"])


def photos(every: Server, tracking: str) -> list[Any]:
    return list(every.citizen(tracking)["photos"] or [])


def identity(photo: Any) -> str:
    if isinstance(photo, dict):
        photo = photo.get("id") or photo.get("url")
    return str(photo).rsplit("/", 1)[-1]


def shown(every: Server, photo: Any) -> Answer:
    """A public picture; it must be a JPEG without anything its camera said."""
    answer = every.call("GET", f"/photos/{identity(photo)}")
    if answer.status in (301, 302, 303, 307):
        to = urlsplit(answer.header("location"))
        connection = http.client.HTTPConnection("127.0.0.1", to.port, timeout=60)
        connection.request("GET", f"{to.path}?{to.query}")
        response = connection.getresponse()
        answer = Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
    return answer


def clean(answer: Answer) -> None:
    assert answer.status == 200, (answer.status, answer.body[:300])
    assert answer.header("content-type") == "image/jpeg"
    image = Image.open(io.BytesIO(answer.body))
    image.load()
    assert image.format == "JPEG"
    assert not dict(image.getexif())
    for secret in (b"RAHASIA", b"Dewi", b"Exif", b"http://ns.adobe.com", b"2026:11:21"):
        assert secret not in answer.body


def shown_photo(every: Server, tracking: str, seconds: float = 20) -> Answer:
    """The report's first public picture, once there is one."""

    def look() -> Answer | None:
        for photo in photos(every, tracking):
            answer = shown(every, photo)
            if answer.status == 200:
                return answer
        return None

    return until(look, seconds, 0.3, f"a picture on {tracking}: {photos(every, tracking)}")


def taken_up(every: Server, agency: str = "bina-marga") -> str:
    tracking = every.report(category="jalan")["tracking"]
    if every.status(tracking) == "waiting":
        every.act(tracking, "dispatch", {"agency": agency})
    assert every.agency(tracking, "accept").status == 200
    return str(tracking)


def test_an_uploaded_photo_proves_the_completion_and_is_shown_without_its_exif(every: Server) -> None:
    tracking = taken_up(every)
    picture = upload(every, jpeg(gps=(-6.19, 106.83)))
    answer = until(
        lambda: (
            (a := every.agency(tracking, "resolve", {"note": "Sudah ditambal.", "photos": [picture]})).status == 200
            and a
        ),
        10,
        0.3,
    )
    assert answer.status == 200
    clean(shown_photo(every, tracking))


def test_an_upload_is_claimed_once_and_an_id_nobody_gave_is_refused(every: Server) -> None:
    picture = upload(every, jpeg())
    time.sleep(1)
    one, two = taken_up(every), taken_up(every)
    assert every.agency(one, "resolve", {"note": "Sudah.", "photos": [picture]}).status == 200
    again = every.agency(two, "resolve", {"note": "Sudah.", "photos": [picture]})
    assert again.status in (409, 422), "the same completion photo is not used twice"
    for wrong in ("nothing", "../../x", "a" * 28, ""):
        answer = every.agency(two, "resolve", {"note": "Sudah.", "photos": [wrong]})
        assert answer.status in (404, 409, 422), (wrong, answer.status)
    assert every.status(two) == "in_progress" or every.status(two) == "coordination"


def test_the_presigned_post_takes_no_more_than_15_mb_and_no_other_key(every: Server) -> None:
    answer = every.call("POST", "/uploads", b"{}", {"Content-Type": "application/json"}).json
    import base64

    policy = json.loads(base64.b64decode(answer["fields"]["policy"]))
    ranges = [c for c in policy["conditions"] if isinstance(c, list) and c[0] == "content-length-range"]
    assert ranges
    assert ranges[0][2] <= 15 * 1024 * 1024
    assert answer["id"] in answer["fields"]["key"]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"GIF89a not a picture", "image/gif"),
        (b"", "image/jpeg"),
        (b"<svg onload=alert(1)>", "image/svg+xml"),
        (b"%PDF-1.7 x", "image/jpeg"),
        (jpeg()[:400], "image/jpeg"),
    ],
    ids=["no gif", "empty", "svg", "pdf called jpg", "cut off"],
)
def test_a_broken_upload_is_refused_by_name_while_the_report_stays(every: Server, data: bytes, kind: str) -> None:
    broken_is_refused_by_name(every, data, kind)


@pytest.mark.parametrize("what", ["animated", "bomb"])
def test_animated_and_bomb_images_are_refused_by_name_while_the_report_stays(every: Server, what: str) -> None:
    broken_is_refused_by_name(every, animated() if what == "animated" else png_bomb(), "image/png", what)


def broken_is_refused_by_name(every: Server, data: bytes, kind: str, name: str = "") -> None:
    tracking = taken_up(every)
    picture = upload(every, data, kind=kind)
    time.sleep(0.7)
    answer = every.agency(tracking, "resolve", {"note": "Sudah.", "photos": [picture]})
    assert answer.status in (200, 409, 422), answer.text
    every.quiet(0.25)
    assert every.call("GET", f"/photos/{picture}").status in (403, 404, 409, 410, 415)
    for photo in photos(every, tracking):
        assert shown(every, photo).status in (403, 404, 409, 410, 415)
    said = answer.text + json.dumps(seen(every, tracking))
    assert "picture" in said or "photo" in said
    if name:
        assert name in said or (name == "bomb" and ("large" in said or "pixels" in said)), said[-1500:]


def test_a_whatsapp_picture_is_shown_on_the_report_after_dispatch(every: Server) -> None:
    sender, media = mobile(), digits(12)
    data = jpeg()
    laid = every.call("PUT", f"/_local/providers/whatsapp/_media/{media}", data, {"Content-Type": "image/jpeg"})
    assert laid.status == 201
    image = {"mime_type": "image/jpeg", "sha256": hashlib.sha256(data).hexdigest(), "id": media, "caption": WORDS}
    whatsapp(every, sender, type="image", image=image)
    tracking = number(texts(every, "whatsapp", sender)[0])
    time.sleep(1.5)
    before = [p for p in photos(every, tracking) if shown(every, p).status == 200]
    assert before == [], "nothing of a stranger's is public before a person has looked"
    assert every.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    clean(shown_photo(every, tracking))


def test_a_photo_first_and_the_words_later_are_one_report(every: Server) -> None:
    sender, media = mobile(), digits(12)
    every.call("PUT", f"/_local/providers/whatsapp/_media/{media}", jpeg(), {"Content-Type": "image/jpeg"})
    whatsapp(every, sender, type="image", image={"mime_type": "image/jpeg", "sha256": "x=", "id": media})
    tracking = number(texts(every, "whatsapp", sender)[0])
    whatsapp(every, sender, WORDS)
    until(lambda: every.status(tracking) == "waiting", 10)
    assert every.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    clean(shown_photo(every, tracking))


def test_the_gps_of_a_photo_is_offered_as_the_place_when_the_words_have_none(every: Server) -> None:
    sender, media = mobile(), digits(12)
    every.call(
        "PUT",
        f"/_local/providers/whatsapp/_media/{media}",
        jpeg(gps=(-6.1988, 106.8412)),
        {"Content-Type": "image/jpeg"},
    )
    image = {"mime_type": "image/jpeg", "sha256": "x=", "id": media, "caption": f"Jalan berlubang besar. {WHO}"}
    whatsapp(every, sender, type="image", image=image)
    tracking = number(texts(every, "whatsapp", sender)[0])
    report = until(lambda: "106.84" in json.dumps(s := seen(every, tracking)) and s, 20, 0.3, "the place of the photo")
    said = json.dumps(report).lower()
    assert "photo" in said or "exif" in said, "marked so"


def test_a_telegram_picture_too(every: Server) -> None:
    who, media = int(digits(10)), fresh("AgAC")
    every.call("PUT", f"/_local/providers/telegram/_media/{media}", jpeg(), {"Content-Type": "image/jpeg"})
    sizes = [{"file_id": media, "file_unique_id": fresh("u"), "file_size": 90_000, "width": 640, "height": 480}]
    assert telegram(every, tg_update(who, photo=sizes, caption=WORDS)).status == 200
    tracking = number(texts(every, "telegram", str(who))[0])
    assert every.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    clean(shown_photo(every, tracking))


def test_a_mails_attachment_too_whatever_its_name_says(every: Server) -> None:
    sender = f"{fresh('warga')}@warga.example"
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "dki@jakarta.go.id", "Lapor"
    mail["Message-ID"] = make_msgid(domain="warga.example")
    mail.set_content(WORDS)
    mail.add_attachment(jpeg(), maintype="application", subtype="octet-stream", filename="..\\..\\dokumen.pdf")
    every.mail(mail.as_bytes(), sender)
    tracking = number(texts(every, "email", sender)[0])
    assert every.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    clean(shown_photo(every, tracking))


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:{port}/_local/outbox",
        "http://169.254.169.254/latest/meta-data/iam/security-credentials/",
        "http://[::ffff:127.0.0.1]:{port}/_local/outbox",
        "http://localhost:{port}/_local/token?role=admin",
        "http://0.0.0.0:{port}/_local/outbox",
        "http://2130706433:{port}/_local/outbox",
        "ftp://127.0.0.1/x.jpg",
        "https://nobody.invalid/x.jpg",
    ],
)
def test_a_picture_address_that_points_inside_is_refused_by_name_and_the_report_stays(every: Server, url: str) -> None:
    answer = every.app("jaki", complete(photos=[url.format(port=every.port)]))
    if not url.startswith("http"):  # what is no web address at all may be said to the app at once
        assert answer.status == 422
        assert "photos.0" in answer.json["details"]
        return
    assert answer.status == 200, answer.text
    tracking = answer.json["tracking"]
    every.quiet(0.4)
    report = seen(every, tracking)
    assert report["problem"]
    for photo in photos(every, tracking):
        assert shown(every, photo).status in (403, 404, 409, 410)


def test_heic_is_kept_and_marked(every: Server) -> None:
    sender, media = mobile(), digits(12)
    every.call("PUT", f"/_local/providers/whatsapp/_media/{media}", heic(), {"Content-Type": "image/heic"})
    whatsapp(
        every, sender, type="image", image={"mime_type": "image/heic", "sha256": "x=", "id": media, "caption": WORDS}
    )
    tracking = number(texts(every, "whatsapp", sender)[0])
    until(lambda: "undecodable" in json.dumps(seen(every, tracking)), 15, 0.3, "marked for the staff")
    assert seen(every, tracking)["pictures"][0]["state"] == "kept"
    assert every.status(tracking) == "waiting"


@pytest.mark.parametrize("name", ["", "x", "../../etc/passwd", "%2e%2e%2f", "a" * 500, "%00", "pending:x"])
def test_photos_that_do_not_exist_are_404(every: Server, name: str) -> None:
    assert every.call("GET", f"/photos/{name}").status in (400, 403, 404)

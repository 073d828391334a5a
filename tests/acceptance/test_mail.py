"""E-mail by SMTP."""

from __future__ import annotations

import time
from email.message import EmailMessage
from email.utils import make_msgid

import pytest

from tests.acceptance.clients import Server, fresh, until

BODY = """Yth. Pemprov DKI Jakarta,

Lampu jalan mati sejak tiga hari, {mark}, gelap sekali dan rawan.

Lokasi: depan Stasiun Cikini, Jl. Cikini Raya, Kelurahan Cikini, Menteng
Nama: Dewi Anggraini
Alamat: Jl. Pegangsaan Timur 12, Menteng
"""


def letter(body: str, sender: str, subject: str = "Lampu jalan mati", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["From"] = f"Dewi Anggraini <{sender}>"
    message["To"] = "dki@jakarta.go.id"
    message["Subject"] = subject
    message["Message-ID"] = make_msgid(domain="warga.example")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(body)
    return message


def address() -> str:
    return f"{fresh('warga')}@warga.example"


def found(city: Server, mark: str, queues: tuple[str, ...] = ("waiting", "incomplete")) -> str:
    """The tracking number of the report whose text holds the mark."""

    def look() -> str:
        for name in queues:
            for row in city.queue(name, limit=200):
                if mark in str(row["problem"]):
                    return str(row["tracking"])
        return ""

    return str(until(look, 8, 0.1, f"a report with {mark}"))


def silent(city: Server, sender: str) -> None:
    """Nothing goes to this address."""
    city.quiet(0.5)
    assert not [entry for entry in city.outbox() if sender in str(entry.get("to"))]


def test_a_complete_mail_is_a_report_and_is_acknowledged_once(city: Server) -> None:
    sender, mark = address(), fresh("tanda")
    mail = letter(BODY.format(mark=mark), sender)
    city.mail(mail.as_bytes(), sender)
    tracking = found(city, mark)
    assert city.status(tracking) == "waiting"
    (text,) = city.to(sender)
    assert tracking in text
    assert f"{city.url}/reports/{tracking}" in text
    entry = next(e for e in city.outbox(tracking=tracking) if e["channel"] == "email")
    assert tracking in entry["subject"]
    assert entry["headers"]["Auto-Submitted"].startswith("auto-")
    assert entry["headers"]["In-Reply-To"] == str(mail["Message-ID"])
    city.mail(mail.as_bytes(), sender)
    city.quiet()
    assert len(city.to(sender)) == 1, "the same Message-ID again tells nobody twice"
    public = city.get(f"/reports/{tracking}", Accept="application/json").text + city.get(f"/reports/{tracking}").text
    for secret in ("Dewi", "Anggraini", "Pegangsaan", sender):
        assert secret not in public


def test_an_incomplete_mail_is_asked_back_and_the_reply_completes_it(city: Server) -> None:
    sender, mark = address(), fresh("tanda")
    first = letter(f"Jalan berlubang besar {mark}", sender, "Lapor")
    first.replace_header("From", sender)
    city.mail(first.as_bytes(), sender)
    (asked,) = city.to(sender)
    tracking = found(city, mark)
    assert tracking in asked
    quote = "\n".join(f"> {line}" for line in asked.splitlines())
    reply = letter(
        "Lokasi: depan Stasiun Cikini, Jl. Cikini Raya, Kelurahan Cikini\nNama: Dewi Anggraini\nAlamat: Jl. Pegangsaan 12\n\n"
        f"Pada Sab, 21 Nov 2026 pukul 14.30 Layanan Pengaduan Warga <lapor@kota.example> menulis:\n{quote}\n",
        sender,
        "Re: Lapor",
        In_Reply_To=str(first["Message-ID"]),
    )
    city.mail(reply.as_bytes(), sender)
    until(lambda: city.status(tracking) == "waiting", 8)
    seen = city.staff("GET", f"/reports/{tracking}").json
    assert "menulis" not in seen["problem"]
    assert "Mohon" not in seen["problem"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated"},
        {"Precedence": "bulk"},
        {"Precedence": "list"},
        {"List_Id": "<warga.lists.example>"},
        {"List_Unsubscribe": "<mailto:x@lists.example>"},
        {"X_Auto_Response_Suppress": "All"},
        {"X_Autoreply": "yes"},
    ],
)  # fmt: skip
def test_auto_replies_and_lists_are_never_answered(city: Server, headers: dict[str, str]) -> None:
    sender = address()
    city.mail(letter(f"Saya sedang cuti {fresh('x')}", sender, "Balasan otomatis", **headers).as_bytes(), sender)
    silent(city, sender)


def test_a_bounce_with_a_null_return_path_is_never_answered(city: Server) -> None:
    sender = f"mailer-daemon-{fresh('x')}@mx.example"
    bounce = letter("Your message could not be delivered: user unknown", sender, "Undelivered Mail Returned to Sender")
    city.mail(bounce.as_bytes(), "")
    report = EmailMessage()
    report["From"], report["To"], report["Subject"] = f"MAILER-DAEMON <{sender}>", "dki@jakarta.go.id", "DSN"
    report["Content-Type"] = "multipart/report; report-type=delivery-status; boundary=b"
    city.mail(report.as_bytes() + b"--b\r\nContent-Type: message/delivery-status\r\n\r\nStatus: 5.1.1\r\n--b--\r\n", "")
    silent(city, sender)


@pytest.mark.parametrize("who", ["MAILER-DAEMON", "postmaster", "no-reply", "noreply"])
def test_robots_are_never_answered(city: Server, who: str) -> None:
    sender = f"{who}@{fresh('mx')}.example"
    city.mail(
        letter("Delivery status notification", sender, "Failure notice", Auto_Submitted="auto-generated").as_bytes(),
        sender,
    )
    silent(city, sender)


def test_a_mail_of_html_only_is_read(city: Server) -> None:
    sender, mark = address(), fresh("tanda")
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, "dki@jakarta.go.id", "Lapor"
    mail["Message-ID"] = make_msgid(domain="warga.example")
    body = BODY.format(mark=mark).replace("\n", "<br>\n")
    mail.set_content(
        f"<html><head><style>p{{color:red}}</style><script>alert(1)</script></head><body><p>{body}</p></body></html>",
        "html",
    )
    city.mail(mail.as_bytes(), sender)
    tracking = found(city, mark)
    problem = city.words(tracking)
    for tag in ("<br", "<p", "color:red", "alert(1)"):
        assert tag not in problem
    assert city.status(tracking) == "waiting"
    assert "Pegangsaan" not in problem


def _broken(kind: str, mark: str, sender: str) -> bytes:
    head = f"From: {sender}\r\nTo: dki@jakarta.go.id\r\nSubject: Lampu mati {mark}\r\nMessage-ID: <{mark}@warga.example>\r\n"
    if kind == "no id":
        head = head.partition("Message-ID")[0]
    if kind == "two froms":
        head = f"From: lain@warga.example\r\n{head}"
    text = BODY.format(mark=mark).replace("\n", "\r\n")
    bodies = {
        "base64": f"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!{mark}%%%=\r\n",
        "charset": f"Content-Type: text/plain; charset=klingon-8\r\n\r\n{text}",
        "boundary": f"Content-Type: multipart/mixed; boundary=abc\r\n\r\n--abc\r\nContent-Type: text/plain\r\n\r\n{text}",
        "no boundary": f"Content-Type: multipart/mixed\r\n\r\n{text}",
        "nested": "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(300)) + f"Content-Type: text/plain\r\n\r\n{text}",
        "attachment": "Content-Type: multipart/mixed; boundary=abc\r\n\r\n--abc\r\nContent-Type: text/plain\r\n\r\n" + text
        + '\r\n--abc\r\nContent-Type: image/jpeg; name="../../Dewi Anggraini 08123450009.jpg"\r\nContent-Transfer-Encoding: base64\r\n\r\n/9j/4AAQ\r\n--abc--\r\n',
        "eight bit": f"Content-Type: text/plain; charset=us-ascii\r\n\r\n{text}",
    }  # fmt: skip
    body = bodies.get(kind, f"\r\n{text}")
    raw = (head + body).encode()
    if kind == "eight bit":
        raw = raw.replace(b"gelap", b"g\xe9l\xff\x00ap")
    if kind == "header bytes":
        raw = raw.replace(b"Subject: ", b"Subject: \xff\xfe =?klingon?Q?=ZZ?= ")
    return raw


@pytest.mark.parametrize(
    "kind",
    [
        "base64",
        "charset",
        "boundary",
        "no boundary",
        "nested",
        "attachment",
        "eight bit",
        "header bytes",
        "no id",
        "two froms",
    ],
)
def test_broken_mime_is_still_a_report(city: Server, kind: str) -> None:
    sender, mark = address(), fresh("tanda")
    city.mail(_broken(kind, mark, sender), sender)
    tracking = found(city, mark)
    seen = city.get(f"/reports/{tracking}", Accept="application/json").text
    assert "08123450009" not in seen
    assert "Anggraini" not in seen


def test_a_mail_of_nothing_is_harmless(city: Server) -> None:
    sender, before = address(), len(city.said())
    for raw in (b"\r\n", b"", f"From: {sender}\r\n\r\n".encode(), b"\x00\xff\xfe"):
        city.mail(raw, sender)
    city.quiet()
    assert "Traceback" not in city.said()[before:]


def test_identity_in_a_signature_a_quote_or_a_file_name_appears_nowhere_outside(city: Server) -> None:
    sender, mark = address(), fresh("tanda")
    mail = letter(
        BODY.format(mark=mark)
        + "\nHormat saya,\nDewi Anggraini\nHP 0812-3456-7001\ndewi.pribadi@rumah.example\nNIK 3171234567890001\n\n-- \n"
        "Dewi Anggraini | PT Kenanga Abadi | 0812-3456-7002\n\n"
        "Pada Jum, 20 Nov 2026 pukul 10.00 Bambang Prakoso <bambang.prakoso@kantor.example> menulis:\n"
        "> Bu Dewi, nomor saya 0812-3456-7003, rumah di Jl. Flamboyan Raya 99.\n",
        sender,
    )
    mail.add_attachment(b"\xff\xd8\xff\xe0", "image", "jpeg", filename="KTP Dewi Anggraini 3171234567890002.jpg")
    city.mail(mail.as_bytes(), sender)
    tracking = found(city, mark)
    assert city.act(tracking, "dispatch", {"agency": "bina-marga"}).status == 200
    until(lambda: city.events(tracking, "agency-bina-marga"), 5)
    city.quiet()
    secrets = (
        "Anggraini", "Pegangsaan", "3456-7001", "34567001", "dewi.pribadi", "3171234567890001", "Kenanga", "3456-7002", "Bambang",
        "Prakoso", "3456-7003", "Flamboyan", "3171234567890002", sender,
    )  # fmt: skip
    outside = {
        "topics": str([event for event in city.events(tracking) if event["_to"]]),
        "public JSON": city.get(f"/reports/{tracking}", Accept="application/json").text,
        "page": city.get(f"/reports/{tracking}", Accept="text/html").text,
        "log": city.said(),
    }
    for where, text in outside.items():
        for secret in secrets:
            assert secret not in text, f"{secret} in the {where}"


def test_a_change_of_status_reaches_the_mailbox(city: Server) -> None:
    sender, mark = address(), fresh("tanda")
    city.mail(letter(BODY.format(mark=mark), sender).as_bytes(), sender)
    tracking = found(city, mark)
    city.to(sender)
    city.act(tracking, "reject", {"reason": "Sudah diperbaiki minggu lalu."})
    text = city.to(sender, 2)[-1]
    assert "Sudah diperbaiki minggu lalu." in text
    assert tracking in text


def test_a_big_mail_is_taken(city: Server) -> None:
    sender, mark = address(), fresh("tanda")
    mail = letter(BODY.format(mark=mark), sender)
    mail.add_attachment(b"\xff\xd8" + b"x" * 6_000_000, "image", "jpeg", filename="foto.jpg")
    began = time.monotonic()
    city.mail(mail.as_bytes(), sender)
    found(city, mark)
    assert time.monotonic() - began < 10

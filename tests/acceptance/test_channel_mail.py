"""E-mail in earnest: threads, verdicts, loops, and a corpus of hostile mails."""

from __future__ import annotations

import base64
import json
import quopri
import random
import smtplib
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import pytest

from tests.acceptance.clients import Server, fresh, until
from tests.acceptance.providers import NUMBER, answers, handled, number, seen

BODY = """Yth. Pemprov DKI Jakarta,

Lampu jalan mati sejak tiga hari, {mark}, gelap sekali dan rawan.

Lokasi: depan Stasiun Cikini, Jl. Cikini Raya, Kelurahan Cikini, Menteng
Nama: Dewi Anggraini
Alamat: Jl. Pegangsaan Timur 12, Menteng
"""


def address() -> str:
    return f"{fresh('warga')}@warga.example"


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


def send(every: Server, mail: EmailMessage, sender: str, to: str = "dki@jakarta.go.id") -> None:
    every.mail(mail.as_bytes(), sender, to)


def written(every: Server, sender: str, words: str = "") -> tuple[str, EmailMessage, dict[str, Any]]:
    """A complete report by mail: its number, the mail, the answer."""
    mail = letter(words or BODY.format(mark=fresh("tanda")), sender)
    send(every, mail, sender)
    (answer,) = answers(every, "email", sender)
    return number(str(answer["text"])), mail, answer


def reply(to: dict[str, Any], words: str, sender: str, **headers: str) -> EmailMessage:
    """A reply as a mail program makes it."""
    quoted = "\n".join(f"> {line}" for line in str(to["text"]).splitlines())
    own = to["headers"]["Message-ID"]
    thread = {"In_Reply_To": own, "References": own}
    return letter(
        f"{words}\n\nPada Sab, 21 Nov 2026 pukul 14.30 Layanan Pengaduan Warga <lapor@kota.example> menulis:\n{quoted}\n",
        sender,
        "Re: " + str(to["subject"]).removeprefix("Re: "),
        **(thread | headers),
    )


def test_the_answer_is_threaded_and_says_it_is_automatic(every: Server) -> None:
    sender = address()
    tracking, mail, answer = written(every, sender)
    headers = answer["headers"]
    assert headers["Auto-Submitted"].startswith("auto-")
    assert headers["In-Reply-To"] == mail["Message-ID"]
    assert mail["Message-ID"] in headers["References"]
    assert str(answer["subject"]).startswith("Re: Lampu jalan mati")
    assert tracking in str(answer["subject"])


def reply_by(every: Server, way: str, first: EmailMessage, answer: dict[str, Any], words: str, sender: str) -> None:
    """A reply that can be known for one in one way only."""
    mail, to, headers = reply(answer, words, sender), "dki@jakarta.go.id", answer["headers"]
    if way == "address":
        to = headers["Reply-To"].rsplit("<", 1)[-1].strip("> ")
        mail.replace_header("Subject", "Re: laporan saya")
    if way == "thread":
        mail.replace_header("Subject", "Re: Lampu jalan mati")
        del mail["In-Reply-To"], mail["References"]
        mail["In-Reply-To"] = headers["Message-ID"]
        mail["References"] = f"{first['Message-ID']} {headers['Message-ID']}"
    send(every, mail, sender, to)


WAYS = pytest.mark.parametrize("way", ["subject", "address", "thread"])


@WAYS
def test_a_reply_to_the_acknowledgement_lands_on_its_report(every: Server, way: str) -> None:
    sender, mark = address(), fresh("balas")
    tracking, first, answer = written(every, sender)
    assert every.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    reply_by(every, way, first, answer, f"Lampu di seberang juga mati {mark}", sender)
    until(lambda: mark in json.dumps(seen(every, tracking)), 8, what="the reply on its report")
    assert "menulis:" not in json.dumps(seen(every, tracking)), "what is quoted is not said again"


@WAYS
def test_a_reply_about_a_finished_report_never_lands_on_another_one(every: Server, way: str) -> None:
    sender, mark = address(), fresh("balas")
    tracking, first, answer = written(every, sender)
    handled(every, tracking)
    send(every, letter(f"Sampah menumpuk di pasar {fresh('lain')}", sender, "Sampah menumpuk"), sender)
    sent = until(lambda: [a for a in answers(every, "email", sender, 2) if "Sampah" in str(a["subject"])], 12)
    other = number(str(sent[0]["text"]))
    assert other != tracking
    reply_by(every, way, first, answer, f"BELUM, lampu di seberang masih mati {mark}", sender)
    until(lambda: mark in json.dumps(seen(every, tracking)), 8, what="the reply on its report")
    assert every.status(tracking) == "coordination", "disputed"
    assert mark not in json.dumps(seen(every, other))


def test_words_about_a_finished_report_never_land_on_another_one(every: Server) -> None:
    sender, mark = address(), fresh("balas")
    tracking, first, answer = written(every, sender)
    handled(every, tracking)
    send(every, letter(f"Sampah menumpuk di pasar {fresh('lain')}", sender, "Sampah menumpuk"), sender)
    sent = until(lambda: [a for a in answers(every, "email", sender, 2) if "Sampah" in str(a["subject"])], 12)
    reply_by(every, "address", first, answer, f"Terima kasih, lampu di seberang juga mati {mark}", sender)
    every.quiet()
    assert mark not in json.dumps(seen(every, number(str(sent[0]["text"]))))


def test_a_new_mail_about_something_else_is_a_report_of_its_own_and_is_answered(every: Server) -> None:
    sender, mark = address(), fresh("lain")
    tracking, _, _ = written(every, sender)
    assert every.act(tracking, "dispatch", {"agency": "bina-marga", "category": "jalan"}).status == 200
    words = f"Sampah menumpuk {mark}. Lokasi: depan Pasar Senen, Kelurahan Senen. Nama: Dewi. Alamat: Jl. Pegangsaan 12"
    send(every, letter(words, sender, "Sampah di Pasar Senen"), sender)
    until(
        lambda: any(number(str(a["text"])) != tracking for a in answers(every, "email", sender)),
        8,
        what="a second number",
    )
    assert mark not in json.dumps(seen(every, tracking))


def test_a_reply_by_somebody_else_with_the_number_changes_nothing(every: Server) -> None:
    sender, stranger, mark = address(), address(), fresh("asing")
    tracking, _, answer = written(every, sender)
    send(every, reply(answer, f"Batalkan saja {mark}", stranger), stranger)
    every.quiet()
    assert mark not in json.dumps(seen(every, tracking))
    assert every.status(tracking) == "waiting"


@pytest.mark.parametrize("verdicts", ["dmarc=FAIL", "dmarc=GRAY", "dmarc=-", "dmarc=FAIL spf=PASS dkim=PASS"])
@pytest.mark.parametrize("words", ["BATAL {0}", "Tambahan: {1}"])
def test_unverified_mail_is_filed_and_never_acts_on_an_existing_report(
    every: Server, verdicts: str, words: str
) -> None:
    sender, mark = address(), fresh("palsu")
    tracking, _, answer = written(every, sender)
    before = len(seen(every, tracking)["history"])
    send(every, reply(answer, words.format(tracking, mark), sender, **{"X_Local_Verdicts": verdicts}), sender)
    every.quiet(0.5)
    report = seen(every, tracking)
    assert report["status"]["code"] == "waiting"
    assert mark not in json.dumps(report)
    assert len(report["history"]) == before


def test_unverified_mail_is_a_report_that_says_so_to_the_admin(every: Server) -> None:
    sender, mark = address(), fresh("ragu")
    send(every, letter(BODY.format(mark=mark), sender, X_Local_Verdicts="dmarc=FAIL"), sender)

    def look() -> str:
        rows = [*every.queue("waiting", limit=200), *every.queue("incomplete", limit=200)]
        return next((str(row["tracking"]) for row in rows if mark in str(row["problem"])), "")

    tracking = until(look, 10)
    assert seen(every, tracking)["verified"] is False
    assert "verified" not in json.dumps(every.citizen(tracking))


def test_a_forged_message_id_swallows_nobodys_mail(every: Server) -> None:
    one, two, mark = address(), address(), fresh("sama")
    first = letter(BODY.format(mark=fresh("x")), one)
    send(every, first, one)
    answers(every, "email", one)
    second = letter(BODY.format(mark=mark), two)
    second.replace_header("Message-ID", str(first["Message-ID"]))
    send(every, second, two)
    (answer,) = answers(every, "email", two)
    assert mark in every.words(number(str(answer["text"])))


def test_at_most_one_automatic_answer_an_hour_to_somebody_unknown_whatever_they_send_back(every: Server) -> None:
    """A robot that answers each of our answers: the loop ends."""
    sender = address()
    for turn in range(6):
        mail = letter(
            f"Ticket #{turn} received. We will get back to you.",
            sender,
            f"Re: ticket {turn}",
            X_Local_Verdicts="dmarc=GRAY",
        )
        send(every, mail, sender)
    answers(every, "email", sender)
    every.quiet(0.6)
    assert len(answers(every, "email", sender)) == 1


# the corpus


def corpus() -> dict[str, tuple[bytes, str]]:
    """name → (raw mail, whether an answer may be sent: 'maybe', 'never')."""
    mails: dict[str, tuple[bytes, str]] = {}
    place = "Lokasi: depan Stasiun Cikini, Kelurahan Cikini. Nama: Dewi. Alamat: Jl. Pegangsaan 12"
    words = f"Jalan berlubang besar. {place}"

    def add(name: str, headers: bytes | str, body: bytes | str = words, may: str = "maybe", base: bool = True) -> None:
        head = headers.encode("utf-8", "surrogateescape") if isinstance(headers, str) else headers
        text = body.encode("utf-8", "surrogateescape") if isinstance(body, str) else body
        common = (
            b"From: Dewi <{who}>\nTo: dki@jakarta.go.id\nSubject: Lapor\nMessage-ID: <{id}@warga.example>\n"
            if base
            else b""
        )
        mails[name] = (common + head + b"\n" + text, may)

    add("nothing but headers", "", "")
    add("empty body, empty subject", "MIME-Version: 1.0\nContent-Type: text/plain\n", "")
    add(
        "cp1252 called utf-8",
        "MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n",
        words.encode() + b" \x93kutip\x94 \x80",
    )
    add("charset unknown", "Content-Type: text/plain; charset=x-klingon\n")
    add("charset with quotes and nul", b'Content-Type: text/plain; charset="utf-8\x00"\n')
    add("charset utf-16 said, ascii sent", "Content-Type: text/plain; charset=utf-16\n")
    add("charset idna", "Content-Type: text/plain; charset=idna\n", "x" * 300)
    add("charset punycode", "Content-Type: text/plain; charset=punycode\n")
    add("charset rot13", "Content-Type: text/plain; charset=rot13\n")
    add("charset hex", "Content-Type: text/plain; charset=hex\n")
    add("broken base64", "Content-Transfer-Encoding: base64\n", "SmFsYW4gcnVzYWs=\n===!!@@\nQQ")
    add("base64 without padding", "Content-Transfer-Encoding: base64\n", base64.b64encode(words.encode()).rstrip(b"="))
    add("broken quoted-printable", "Content-Transfer-Encoding: quoted-printable\n", words + " =ZZ =\xff= =3")
    add(
        "quoted-printable right",
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n",
        quopri.encodestring((words + " é").encode()),
    )
    add("encoding unknown", "Content-Transfer-Encoding: x-zip\n")
    add("uuencoded body", "Content-Transfer-Encoding: x-uuencode\n", "begin 644 a.txt\n#0V%T\n`\nend\n")
    add("uuencode that never ends", "", "begin 644 ../../x.jpg\n" + "M" + "A" * 60 + "\n" + words)
    add("html only", "Content-Type: text/html; charset=utf-8\n", f"<html><body><p>{words}</p><script>x</script></body>")
    add("html never closed", "Content-Type: text/html\n", "<div>" * 3000 + words)
    add("html of comments", "Content-Type: text/html\n", "<!--" * 5000 + words)
    add("html entity flood", "Content-Type: text/html\n", "&#1114112;&#xD800;&#99999999999;&amp" * 500 + words)
    add("html with data uri", "Content-Type: text/html\n", f'<img src="data:image/png;base64,{"A" * 5000}">{words}')
    add("no boundary", "Content-Type: multipart/mixed\n", f"--x\n\n{words}\n--x--\n")
    add("boundary empty", 'Content-Type: multipart/mixed; boundary=""\n', f"--\n\n{words}\n----\n")
    add(
        "boundary never closed",
        "Content-Type: multipart/mixed; boundary=x\n",
        f"--x\nContent-Type: text/plain\n\n{words}\n",
    )
    add("boundary never opened", "Content-Type: multipart/mixed; boundary=x\n", words)
    add("boundary with regex", 'Content-Type: multipart/mixed; boundary="(.*)+$"\n', f"--(.*)+$\n\n{words}\n--(.*)+$--")
    nested = words
    for depth in range(1000):
        nested = (
            f"--b{depth}\nContent-Type: multipart/mixed; boundary=b{depth - 1}\n\n{nested}"
            if depth
            else f"--b0\n\n{nested}\n--b0--\n"
        )
    add("a thousand nested parts", "Content-Type: multipart/mixed; boundary=b999\n", nested)
    add(
        "a thousand flat parts",
        "Content-Type: multipart/mixed; boundary=x\n",
        "".join(f"--x\nContent-Type: text/plain\n\nbagian {n}\n" for n in range(1000)) + "--x--",
    )
    inner = f"From: a@b.example\nSubject: dalam\n\n{words}"
    for _ in range(40):
        inner = f"From: a@b.example\nContent-Type: message/rfc822\n\n{inner}"
    add("mails in mails", "Content-Type: message/rfc822\n", inner)
    add("five thousand recipients", "Cc: " + ",\n ".join(f"w{n}@warga.example" for n in range(5000)) + "\n")
    add("no message id", "From: Dewi <{who}>\nTo: x@kota.example\nSubject: Lapor\n", base=False)
    add("message id empty", "From: Dewi <{who}>\nMessage-ID: <>\n", base=False)
    add("message id of 60 kB", "From: Dewi <{who}>\nMessage-ID: <" + "a" * 60_000 + "@x>\n", base=False)
    add("two message ids", "Message-ID: <second@x>\n")
    add("two from headers", "From: Other <other@warga.example>\n")
    add("two addresses in from", "From: a <{who}>, b <b@warga.example>\nMessage-ID: <{id}@x>\n", base=False)
    add("no from", "To: x@kota.example\nMessage-ID: <{id}@x>\n", base=False)
    add("from without address", "From: Dewi\nMessage-ID: <{id}@x>\n", base=False)
    add("from of groups", "From: undisclosed:;\nMessage-ID: <{id}@x>\n", base=False)
    add("from encoded badly", "From: =?utf-8?B?////?= <{who}>\nMessage-ID: <{id}@x>\n", base=False)
    add("from encoded in an unknown charset", "From: =?x-none?Q?=FF=FE?= <{who}>\nMessage-ID: <{id}@x>\n", base=False)
    add("from with a newline", "From: =?utf-8?Q?a=0D=0ABcc:_x@y.example?= <{who}>\nMessage-ID: <{id}@x>\n", base=False)
    add(
        "subject with newline injection",
        "From: D <{who}>\nSubject: =?utf-8?Q?Lapor=0D=0ABcc:_korban@x.example?=\nMessage-ID: <{id}@x>\n",
        base=False,
    )
    add("subject of 100 kB", "From: D <{who}>\nSubject: " + "lapor " * 16_000 + "\nMessage-ID: <{id}@x>\n", base=False)
    add("subject in raw 8 bit", b"From: D <{who}>\nSubject: \xe4\xf6\xff lapor\nMessage-ID: <{id}@x>\n", base=False)
    add("headers without colon", "From: D <{who}>\nthis is no header\nSubject: x\n", base=False)
    add("header of a megabyte", "X-Long: " + "a " * 400_000 + "\n")
    add("ten thousand headers", "".join(f"X-H{n}: v\n" for n in range(10_000)))
    add("references flood", "References: " + "\n ".join(f"<{n}@x>" for n in range(5000)) + "\n")
    add("date nonsense", "Date: Yesterday at noon, 99 Foo 99999 25:61:61 +9999\n")
    add("date of year 0", "Date: Mon, 00 Jan 0000 00:00:00 +0000\n")
    add("nul bytes", "", b"Jalan \x00rusak\x00 di Cikini")
    add("lone surrogates in utf-8", "Content-Type: text/plain; charset=utf-8\n", b"Jalan \xed\xa0\xbd rusak")
    add("bare cr", "", b"Jalan rusak\rdi Cikini\r\rNama: Dewi")
    add(
        "attachment called ../",
        "Content-Type: multipart/mixed; boundary=x\n",
        f'--x\n\n{words}\n--x\nContent-Type: image/jpeg\nContent-Disposition: attachment; filename="../../../etc/passwd.jpg"\nContent-Transfer-Encoding: base64\n\n/9j/4AAQ\n--x--',
    )
    add(
        "attachment name in broken rfc2231",
        "Content-Type: multipart/mixed; boundary=x\n",
        f"--x\n\n{words}\n--x\nContent-Type: image/png; name*0*=utf-8''%ZZ; name*1*=%FF\nContent-Disposition: attachment; filename*=x'y\n\nabc\n--x--",
    )
    add(
        "winmail.dat of rubbish",
        "Content-Type: multipart/mixed; boundary=x\n",
        b"--x\n\n"
        + words.encode()
        + b'\n--x\nContent-Type: application/ms-tnef; name="winmail.dat"\nContent-Transfer-Encoding: base64\n\n'
        + base64.encodebytes(b"\x78\x9f\x3e\x22" + random.Random(1).randbytes(900))
        + b"\n--x--",
    )
    add(
        "zip bomb as picture",
        "Content-Type: multipart/mixed; boundary=x\n",
        f"--x\n\n{words}\n--x\nContent-Type: image/png; name=a.png\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(b"PK\x03\x04" + b"\x00" * 500).decode()
        + "\n--x--",
    )
    add("partial message", "Content-Type: message/partial; id=x; number=1; total=2\n")
    add("external body", "Content-Type: message/external-body; access-type=local-file; name=/etc/passwd\n")
    add(
        "smime",
        "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\nContent-Transfer-Encoding: base64\n",
        "MIIB",
    )
    add(
        "pgp",
        'Content-Type: multipart/encrypted; protocol="application/pgp-encrypted"; boundary=x\n',
        "--x\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n--x--",
    )
    add("calendar invitation", "Content-Type: text/calendar; method=REQUEST\n", "BEGIN:VCALENDAR\nEND:VCALENDAR")
    add("content type nonsense", "Content-Type: /;;;=;\n")
    add(
        "content type of 9000 parameters", "Content-Type: text/plain" + "".join(f"; a{n}=b" for n in range(9000)) + "\n"
    )
    add("one line of a megabyte", "", "jalan rusak " * 80_000)
    add("quotes of quotes", "", words + "\n" + "\n".join(">" * (n % 400) + " x" for n in range(4000)))
    add("random bytes", "", b"\n".join(random.Random(n).randbytes(200) for n in range(100)))
    add("a list", "List-Id: <warga.lists.example>\nPrecedence: list\n", may="never")
    add("an absence notice", "Auto-Submitted: auto-replied\n", may="never")
    add(
        "delivery report",
        "Content-Type: multipart/report; report-type=delivery-status; boundary=x\n",
        "--x\n\nx\n--x--",
        may="never",
    )
    add("our own answer come back", "X-Loop: tanggap\nAuto-Submitted: auto-generated\n", may="never")
    return mails


CORPUS = corpus()


@pytest.fixture(scope="module")
def delivered(every: Server) -> dict[str, str]:
    """The whole corpus is sent; who sent what."""
    senders: dict[str, str] = {}
    before = len(every.lines)
    for name, (raw, _) in CORPUS.items():
        who = address()
        senders[name] = who
        try:
            every.mail(raw.replace(b"{who}", who.encode()).replace(b"{id}", fresh("m").encode()), who)
        except smtplib.SMTPException as refused:
            senders[f"*refused {name}"] = str(refused)
    last = address()
    send(every, letter(BODY.format(mark=fresh("akhir")), last), last)
    answers(every, "email", last, 1, 60)
    every.quiet(1)
    senders["*lines"] = str(before)
    return senders


def test_the_corpus_raises_nothing(every: Server, delivered: dict[str, str]) -> None:
    lines = every.lines[int(delivered["*lines"]) :]
    assert len(CORPUS) >= 60
    assert not [line for line in lines if line.startswith("Traceback") or '"level":"ERROR"' in line]


@pytest.mark.parametrize("name", CORPUS)
def test_every_mail_is_a_report_a_question_or_a_recorded_refusal(
    every: Server, delivered: dict[str, str], name: str
) -> None:
    who = delivered[name]
    assert f"*refused {name}" not in delivered, delivered[f"*refused {name}"]
    sent = [e for e in every.outbox(channel="email") if who in str(e["to"])]
    assert len(sent) <= 1, "nobody is answered twice"
    for entry in sent:
        assert CORPUS[name][1] != "never", "never answered"
        assert NUMBER.search(entry["text"]), entry["text"]
        assert str(entry["to"]).count("@") == 1
        assert "\n" not in entry["subject"]
        assert not [name for name in entry["headers"] if name.lower() in ("bcc", "cc")]
        tracking = number(entry["text"])
        assert every.status(tracking) in ("incomplete", "waiting")
    if not sent:
        lines = every.lines[int(delivered["*lines"]) :]
        stored = [line for line in lines if "mail ignored" in line or "mail" in line]
        assert stored, "a refusal is a log line"


@pytest.mark.parametrize(
    "name",
    [
        "cp1252 called utf-8",
        "html only",
        "base64 without padding",
        "quoted-printable right",
        "no message id",
        "boundary never closed",
        "charset unknown",
        "two message ids",
        "html never closed",
        "no boundary",
    ],
)
def test_what_a_person_can_read_is_read(every: Server, delivered: dict[str, str], name: str) -> None:
    sent = [e for e in every.outbox(channel="email") if delivered[name] in str(e["to"])]
    assert sent, "answered"
    assert "berlubang" in every.words(number(sent[0]["text"]))
    assert every.status(number(sent[0]["text"])) == "waiting", every.words(number(sent[0]["text"]))

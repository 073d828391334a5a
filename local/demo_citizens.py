"""The citizens of the demo: they send their reports by app, web form, SMS and e-mail, and answer when a report whose key
they have is asked about."""

from __future__ import annotations

import smtplib
import threading
import time
from collections import Counter
from collections.abc import Mapping
from email.message import EmailMessage
from random import Random
from typing import Any

from local.demo_agenda import Agenda
from local.demo_camera import Camera
from local.demo_cases import ALIKE
from local.demo_day import Planned
from local.demo_http import Http, app_webhook, sms_form

PART_HOURS = 0.15
"""City hours between the messages of a conversation."""


class Citizens:
    """Sends the planned reports. `sent` and `refused` count messages by channel. Of those with a receipt: `keys`, `groups`
    (which problem that several tell it is), `seconds` (of several problems in one, the second)."""

    def __init__(
        self,
        http: Http,
        url: str,
        smtp_port: int,
        secrets: Mapping[str, Any],
        agenda: Agenda,
        texts: Mapping[str, Any],
        camera: Camera,
    ) -> None:
        self.sent: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.reports = 0
        self.keys: dict[str, str] = {}
        self.groups: dict[str, str] = {}
        self.seconds: dict[str, str] = {}
        self._http, self._url, self._smtp_port = http, url, smtp_port
        self._secrets, self._agenda, self._texts = secrets, agenda, texts
        self._camera = camera
        self._run = f"{time.time_ns():x}"  # a second demo on the same run reports anew, and by other people
        self._salt = time.time_ns() // 1_000_000 % 1000
        self._lock = threading.Lock()

    def expect(self, planned: Planned) -> None:
        """Put a report on the agenda."""
        self._agenda.at(planned.at, lambda: self._send(planned))

    def answer(self, tracking: str) -> None:
        """The reporter's answer to a question, with the key from the receipt."""
        self._as_reporter(tracking, "answer", {"text": Random(tracking).choice(self._texts["staff"]["answer"])})

    def reopen(self, tracking: str) -> None:
        """The reporter says that it is not done."""
        self._as_reporter(tracking, "reopen", {"reason": "Keadaannya masih sama seperti sebelumnya."})

    def _as_reporter(self, tracking: str, action: str, body: dict[str, str]) -> None:
        headers = {"X-Report-Key": self.keys[tracking]}
        self._http.json("POST", f"/reports/{tracking}/{action}", body, headers)

    def _send(self, planned: Planned) -> None:
        with self._lock:
            self.reports += 1
        match planned.channel:
            case "sms":
                self._sms(planned, 0)
            case "email":
                self._email(planned)
            case "web":
                self._web(planned)
            case _:
                self._app(planned)

    def _count(self, channel: str, *, accepted: bool) -> None:
        with self._lock:
            self.sent[channel] += 1
            if not accepted:
                self.refused[channel] += 1

    def _phone(self, planned: Planned) -> str:
        return planned.person.phone.replace("+62811000", f"+62811{self._salt:03d}", 1)

    def _received(self, planned: Planned, receipt: Mapping[str, Any]) -> None:
        tracking = receipt["tracking"]
        self.keys[tracking] = receipt["key"]
        self._camera.points[tracking] = (planned.lat, planned.lng)
        if planned.case.startswith(ALIKE):
            self.groups[tracking] = planned.case
        if planned.second:
            self.seconds[tracking] = planned.second

    def _app(self, planned: Planned) -> None:
        person = planned.person
        report = {
            "id": f"{planned.channel}-{planned.number}",
            "created_at": int(time.time()),
            "text": planned.text,
            "reporter": {"name": person.name, "address": person.address, "phone": self._phone(planned)},
            "location": {"lat": planned.lat, "lng": planned.lng, "landmark": planned.landmark},
            "category": planned.category if planned.told_category else None,
            "private": planned.private,
            "anonymous": planned.anonymous,
            "confidential": planned.confidential,
        }
        secret = self._secrets["channels"][planned.channel]["secret"]
        body, headers = app_webhook(secret, f"{self._run}-{planned.number}", report, time.time())
        status, receipt = self._http.json_of(self._http.call("POST", f"/channels/{planned.channel}", body, headers))
        self._count(planned.channel, accepted=status == 200)
        if status == 200:
            self._received(planned, receipt)

    def _web(self, planned: Planned) -> None:
        person, photos, shown = planned.person, [], None
        if planned.pictured:
            picture, shown = self._camera.before(planned.number, planned.category)
            photo = self._camera.upload(picture)
            self._camera.taken["before"] += photo is not None
            photos = [photo] if photo else []
        form = {
            "form_id": f"demo-{self._run}-{planned.number:05d}",
            "text": planned.text,
            "name": person.name,
            "address": person.address,
            "phone": self._phone(planned),
            "lat": planned.lat,
            "lng": planned.lng,
            "landmark": planned.landmark,
            "category": planned.category if planned.told_category else "",
            "photos": photos,
            "private": planned.private,
            "anonymous": planned.anonymous,
            "confidential": planned.confidential,
            "consent": True,
        }
        status, receipt = self._http.json("POST", "/channels/web", form)
        self._count("web", accepted=status == 200)
        if status == 200:
            self._received(planned, receipt)
            if shown:
                self._camera.remember(receipt["tracking"], shown)

    def _sms(self, planned: Planned, part: int) -> None:
        channel = self._secrets["channels"]["sms"]
        fields = [
            ("MessageSid", f"SM{self._run}{planned.number:05d}{part}"),
            ("AccountSid", channel["account_sid"]),
            ("From", self._phone(planned)),
            ("To", channel["from_number"]),
            ("Body", planned.parts[part]),
            ("NumMedia", "0"),
        ]
        body, headers = sms_form(channel["auth_token"], f"{self._url}/channels/sms", fields)
        status, _ = self._http.call("POST", "/channels/sms", body, headers)
        self._count("sms", accepted=status == 200)
        if part + 1 < len(planned.parts):
            self._agenda.after(PART_HOURS, lambda: self._sms(planned, part + 1))

    def _email(self, planned: Planned) -> None:
        mail = EmailMessage()
        mail["From"] = f"{planned.person.name} <{self._salt}.{planned.person.email}>"
        mail["To"] = "lapor@kota.example"
        mail["Subject"] = f"Laporan warga: {planned.landmark}"
        mail["Message-ID"] = f"<{self._run}.{planned.number}@warga.example>"
        mail.set_content(planned.parts[0])
        if planned.pictured:
            picture, _ = self._camera.before(planned.number, planned.category)
            mail.add_attachment(picture, maintype="image", subtype="jpeg", filename="foto.jpg")
            self._camera.taken["before"] += 1
        try:
            with smtplib.SMTP("127.0.0.1", self._smtp_port, timeout=30) as smtp:
                smtp.send_message(mail)
            accepted = True
        except (OSError, smtplib.SMTPException):
            accepted = False
        self._count("email", accepted=accepted)

"""Mail that is sent by SES lands in the outbox."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import getaddresses
from typing import Any

from local.cloud import Cloud
from local.outbox import Outbox, from_mail
from local.settings import REGION


def watch_outgoing(cloud: Cloud, outbox: Outbox, mail_from: str) -> None:
    """Verify the sender's address and domain with SES, and note every mail it takes."""
    from moto.ses.models import SESBackend

    backend = cloud.backend("ses")
    backend.verify_email_identity(mail_from)
    backend.verify_domain(mail_from.rpartition("@")[2])
    send_raw: Callable[..., Any] = SESBackend.send_raw_email
    send_parts: Callable[..., Any] = SESBackend.send_email

    def send_raw_email(self: SESBackend, source: str, destinations: list[str], raw_data: str) -> Any:
        wanted = [address for _, address in getaddresses(list(destinations))]
        sent = send_raw(self, source, destinations, raw_data)
        item = from_mail(raw_data.encode("utf-8", "surrogateescape"))
        to = wanted or [address for _, address in getaddresses([item["headers"].get("To", "")])]
        # SES puts its own in place of the sender's.
        item["headers"]["Message-ID"] = f"<{sent.id}@{REGION}.amazonses.com>"
        outbox.add(channel="email", to=", ".join(to), message_id=sent.id, **item)
        return sent

    def send_email(self: SESBackend, source: str, subject: str, body: str, destinations: dict[str, list[str]]) -> Any:
        sent = send_parts(self, source=source, subject=subject, body=body, destinations=destinations)
        to = ", ".join(address for addresses in destinations.values() for address in addresses)
        outbox.add(channel="email", to=to, subject=subject, text=body, headers={"From": source}, message_id=sent.id)
        return sent

    SESBackend.send_raw_email = send_raw_email  # type: ignore[method-assign]
    SESBackend.send_email = send_email  # type: ignore[method-assign]

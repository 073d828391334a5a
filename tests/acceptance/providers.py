"""Providers as they really call: payloads in their full shapes (invented values), signed by a few lines of our own."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
import re
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from tests.acceptance.clients import SECRETS, Answer, Server, until

NUMBER = re.compile(r"JKT-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
PAGE, INSTAGRAM, PHONE_NUMBER_ID = "100000000000001", "17840000000000001", "106540352242922"
X_ACCOUNT = "3510000000000000001"
WHO = "Nama: Dewi Anggraini. Alamat: Jl. Pegangsaan Timur 12, Menteng"
PLACE = "Lokasi: depan Stasiun Cikini, Jl. Cikini Raya, Kelurahan Cikini"
_ids = itertools.count(int(time.time() * 1000))


def digits(length: int = 16) -> str:
    """An id of so many digits, never used before."""
    return str(9 * 10 ** (length - 1) + uuid.uuid4().int % 10 ** (length - 1))


def mobile() -> str:
    """A phone as Meta writes it: without a plus."""
    return f"62813{uuid.uuid4().int % 10**8:08d}"


def now() -> int:
    return int(time.time())


# Meta


def hub_signature(channel: str, raw: bytes, secret: str = "") -> str:
    return "sha256=" + hmac.new((secret or SECRETS[channel]["app_secret"]).encode(), raw, hashlib.sha256).hexdigest()


def meta(server: Server, channel: str, payload: Any, **headers: str) -> Answer:
    """A notification of Meta's, rightly signed; Meta escapes what is not ASCII."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload, separators=(",", ":")).encode()
    sent = {
        "Content-Type": "application/json",
        "User-Agent": "facebookexternalua",
        "Accept": "*/*",
        "X-Hub-Signature": "sha1=" + hmac.new(b"x", raw, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": hub_signature(channel, raw),
        **headers,
    }
    return server.call("POST", f"/channels/{channel}", raw, sent)


def wa_message(sender: str, text: str = "", **more: Any) -> dict[str, Any]:
    """One entry of `messages`."""
    message: dict[str, Any] = {
        "from": sender,
        "id": f"wamid.{base64.b64encode(uuid.uuid4().bytes).decode()}",
        "timestamp": str(now()),
        "type": "text",
    }
    if text:
        message["text"] = {"body": text}
    return message | more


def wa_value(*messages: Mapping[str, Any], user: str = "", name: str = "Dw") -> dict[str, Any]:
    contacts = [
        {"profile": {"name": name}, "wa_id": sender, **({"user_id": user} if user else {})}
        for sender in dict.fromkeys(str(m["from"]) for m in messages)
    ]
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "628110001708", "phone_number_id": PHONE_NUMBER_ID},
        "contacts": contacts,
        "messages": list(messages),
    }


def wa_entry(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": "102290129340398", "changes": [{"value": dict(value), "field": "messages"}]}


def wa_payload(*entries: Mapping[str, Any]) -> dict[str, Any]:
    return {"object": "whatsapp_business_account", "entry": list(entries)}


def whatsapp(server: Server, sender: str, text: str = "", *, user: str = "", **more: Any) -> dict[str, Any]:
    """One WhatsApp message arrives; the message as sent."""
    message = wa_message(sender, text, **more)
    answer = meta(server, "whatsapp", wa_payload(wa_entry(wa_value(message, user=user))))
    assert answer.status == 200, (answer.status, answer.text)
    return message


def wa_pin(lat: float, lng: float, **more: Any) -> dict[str, Any]:
    return {"type": "location", "location": {"latitude": lat, "longitude": lng, **more}}


def wa_status(recipient: str, status: str = "delivered") -> dict[str, Any]:
    return {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "628110001708", "phone_number_id": PHONE_NUMBER_ID},
        "statuses": [
            {
                "id": f"wamid.{uuid.uuid4().hex}",
                "status": status,
                "timestamp": str(now()),
                "recipient_id": recipient,
                "conversation": {"id": uuid.uuid4().hex, "origin": {"type": "service"}},
                "pricing": {"billable": True, "pricing_model": "CBP", "category": "service"},
            }
        ],
    }


def messenger(sender: str, text: str = "", **message: Any) -> dict[str, Any]:
    """An entry of Messenger's."""
    body: dict[str, Any] = {"mid": f"m_{uuid.uuid4().hex}", **({"text": text} if text else {})} | message
    return {
        "id": PAGE,
        "time": now() * 1000,
        "messaging": [
            {"sender": {"id": sender}, "recipient": {"id": PAGE}, "timestamp": now() * 1000 + 12, "message": body}
        ],
    }


def comment(author: str, text: str, comment_id: str = "", verb: str = "add", **more: Any) -> dict[str, Any]:
    """A comment under a post of the page's."""
    value = {
        "from": {"id": author, "name": "Warga Kota"},
        "post": {
            "status_type": "mobile_status_update",
            "is_published": True,
            "id": f"{PAGE}_77",
            "promotion_status": "ineligible",
        },
        "message": text,
        "post_id": f"{PAGE}_77",
        "comment_id": comment_id or f"77_{digits()}",
        "created_time": now(),
        "item": "comment",
        "parent_id": f"{PAGE}_77",
        "verb": verb,
    } | more
    return {"id": PAGE, "time": now(), "changes": [{"value": value, "field": "feed"}]}


def ig_comment(author: str, text: str, comment_id: str = "") -> dict[str, Any]:
    value = {
        "from": {"id": author, "username": "warga.kota"},
        "media": {"id": digits(17), "media_product_type": "FEED"},
        "id": comment_id or digits(17),
        "parent_id": digits(17),
        "text": text,
    }
    return {"id": INSTAGRAM, "time": now(), "changes": [{"field": "comments", "value": value}]}


def ig_message(sender: str, text: str, **message: Any) -> dict[str, Any]:
    body = {"mid": f"aWdfZAG1f{uuid.uuid4().hex}", "text": text} | message
    return {
        "id": INSTAGRAM,
        "time": now() * 1000,
        "messaging": [
            {"sender": {"id": sender}, "recipient": {"id": INSTAGRAM}, "timestamp": now() * 1000, "message": body}
        ],
    }


def page(*entries: Mapping[str, Any]) -> dict[str, Any]:
    return {"object": "page", "entry": list(entries)}


def insta(*entries: Mapping[str, Any]) -> dict[str, Any]:
    return {"object": "instagram", "entry": list(entries)}


# X


def x_signature(raw: bytes) -> str:
    digest = hmac.digest(SECRETS["x"]["consumer_secret"].encode(), raw, hashlib.sha256)
    return "sha256=" + base64.b64encode(digest).decode()


def x_call(server: Server, payload: Any, signature: str | None = None) -> Answer:
    raw = json.dumps(payload, ensure_ascii=False).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Twitter-Webhooks-Signature": x_signature(raw) if signature is None else signature,
    }
    return server.call("POST", "/channels/x", raw, headers)


def x_mention(author: str, text: str, post: str = "", uuid_: str = "") -> dict[str, Any]:
    """`post.mention.create` of the X Activity API."""
    post = post or digits(19)
    payload = {
        "author_id": author,
        "conversation_id": post,
        "created_at": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()),
        "edit_history_tweet_ids": [post],
        "entities": {"mentions": [{"start": 0, "end": 11, "username": "DKIJakarta", "id": X_ACCOUNT}]},
        "id": post,
        "lang": "in",
        "paid_partnership": False,
        "text": text,
    }
    return {
        "data": {
            "event_uuid": uuid_ or digits(19),
            "filter": {"user_id": X_ACCOUNT},
            "event_type": "post.mention.create",
            "tag": "post.mention.create",
            "payload": payload,
            "includes": {},
        }
    }


def x_dm(sender: str, text: str, event: str = "") -> dict[str, Any]:
    """A direct message in the Account Activity API's shape."""
    return {
        "for_user_id": X_ACCOUNT,
        "direct_message_events": [
            {
                "type": "message_create",
                "id": event or digits(19),
                "created_timestamp": str(now() * 1000),
                "message_create": {
                    "target": {"recipient_id": X_ACCOUNT},
                    "sender_id": sender,
                    "source_app_id": "268278",
                    "message_data": {
                        "text": text,
                        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
                    },
                },
            }
        ],
        "apps": {"268278": {"id": "268278", "name": "X Web App", "url": "https://mobile.twitter.com"}},
        "users": {
            sender: {"id": sender, "created_timestamp": "1422556069340", "name": "Warga", "screen_name": "warga"}
        },
    }


# Telegram


def telegram(server: Server, update: Mapping[str, Any], token: str | None = None) -> Answer:
    headers = {"Content-Type": "application/json"}
    if token != "":
        headers["X-Telegram-Bot-Api-Secret-Token"] = SECRETS["telegram"]["secret_token"] if token is None else token
    return server.call("POST", "/channels/telegram", json.dumps(update).encode(), headers)


def tg_update(chat: int, text: str = "", kind: str = "message", message_id: int = 0, **more: Any) -> dict[str, Any]:
    """An update with one message; what only clients need stays in."""
    who = {"id": chat, "is_bot": False, "first_name": "Dw", "last_name": "A", "username": "dw_a", "language_code": "id"}
    message: dict[str, Any] = {
        "message_id": message_id or next(_ids) % 2_000_000_000,
        "from": who,
        "chat": {"id": chat, "first_name": "Dw", "last_name": "A", "username": "dw_a", "type": "private"},
        "date": now(),
    }
    if text:
        message |= {"text": text}
    return {"update_id": next(_ids) % 2_000_000_000, kind: message | more}


# SMS


def aggregator(server: Server, text: str, sender: str, message_id: str = "", signature: str | None = None) -> Answer:
    raw = json.dumps(
        {
            "message_id": message_id or f"agg-{uuid.uuid4()}",
            "msisdn": sender,
            "shortcode": "1708",
            "operator": "telkomsel",
            "message": text,
            "received_at": time.strftime("%Y-%m-%dT%H:%M:%S+07:00", time.gmtime(time.time() + 7 * 3600)),
            "parts": 1,
        }
    ).encode()
    good = hmac.new(SECRETS["sms-aggregator"]["secret"].encode(), raw, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json"}
    if signature != "":
        headers["X-Signature"] = good if signature is None else signature
    return server.call("POST", "/channels/sms-aggregator", raw, headers)


def vonage_form(text: str, sender: str, message_id: str = "", **more: str) -> dict[str, str]:
    fields = {
        "api-key": "local-only-vonage-key",
        "keyword": (text.split() or ["X"])[0].upper(),
        "message-timestamp": time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime()),
        "messageId": message_id or f"0A{digits(14)}",
        "msisdn": sender,
        "nonce": str(uuid.uuid4()),
        "text": text,
        "timestamp": str(now()),
        "to": "6280000001710",
        "type": "text",
    } | more
    ordered = "".join(f"&{k}={v.replace('&', '_').replace('=', '_')}" for k, v in sorted(fields.items()))
    secret = SECRETS["sms-vonage"]["signature_secret"].encode()
    return fields | {"sig": hmac.new(secret, ordered.encode(), hashlib.sha256).hexdigest().upper()}


def vonage(server: Server, form: Mapping[str, str], method: str = "POST", kind: str = "form") -> Answer:
    """Vonage's webhook as a GET, a form or JSON: whichever the account is set to."""
    if method == "GET":
        return server.call("GET", f"/channels/sms-vonage?{urlencode(form)}")
    if kind == "json":
        raw, mime = json.dumps(dict(form)).encode(), "application/json"
    else:
        raw, mime = urlencode(form).encode(), "application/x-www-form-urlencoded"
    return server.call("POST", "/channels/sms-vonage", raw, {"Content-Type": mime})


def sns(server: Server) -> Any:
    """boto3's own client, on the local run's AWS port."""
    import boto3

    return boto3.client(
        "sns",
        region_name="ap-southeast-3",
        endpoint_url=f"http://127.0.0.1:{server.aws_port}",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )


def aws_sms(server: Server, text: str, sender: str, message_id: str = "") -> None:
    """What AWS End User Messaging publishes to the topic of the two-way number."""
    message = {
        "originationNumber": sender,
        "destinationNumber": "+6280000001709",
        "messageKeyword": "KEYWORD_123456789012",
        "messageBody": text,
        "inboundMessageId": message_id or str(uuid.uuid4()),
        "previousPublishedMessageId": str(uuid.uuid4()),
    }
    sns(server).publish(TopicArn=SECRETS["sms-aws"]["topic_arn"], Message=json.dumps(message))


# what comes back


def answers(server: Server, channel: str, to: str, count: int = 1, seconds: float = 12) -> list[dict[str, Any]]:
    """What one channel sent to somebody, oldest first, once there are so many."""
    plain = to.lstrip("+")

    def look() -> list[dict[str, Any]]:
        found = [e for e in server.outbox(channel=channel) if str(e.get("to", "")).lstrip("+") == plain]
        return found[::-1] if len(found) >= count else []

    return list(until(look, seconds, what=f"{count} answers by {channel} to {to}: {server.outbox()[:4]}"))


def texts(server: Server, channel: str, to: str, count: int = 1, seconds: float = 12) -> list[str]:
    return [str(entry.get("text") or entry.get("message")) for entry in answers(server, channel, to, count, seconds)]


def number(text: str) -> str:
    """The one tracking number a text names."""
    found = set(NUMBER.findall(text))
    assert len(found) == 1, text
    return str(found.pop())


def seen(server: Server, tracking: str) -> Any:
    """A report as the admin sees it."""
    answer = server.staff("GET", f"/reports/{tracking}")
    assert answer.status == 200, (answer.status, answer.text)
    return answer.json


def handled(server: Server, tracking: str, agency: str = "bina-marga", category: str = "jalan") -> None:
    """Dispatched, taken up, resolved and found in order."""
    for answer in (
        server.act(tracking, "dispatch", {"agency": agency, "category": category}),
        server.agency(tracking, "accept", agency=agency),
        server.agency(tracking, "resolve", {"note": "Sudah diperbaiki petugas."}, agency=agency),
        server.act(tracking, "validate", role="validator"),
    ):
        assert answer.status == 200, (answer.status, answer.text)
    assert server.status(tracking) == "done"

"""Sends one report as a city app does: JSON, signed after Standard Webhooks. Standard library only.

    python examples/send_report.py --url http://127.0.0.1:8000 --channel jaki --text "Jalan berlubang di depan halte"

The default secret is the local run's (local/secrets.toml); give another one by --secret.
"""

from __future__ import annotations

import argparse
import base64
import hmac
import json
import time
import urllib.error
import urllib.request
import uuid

LOCAL_SECRET = "whsec_bG9jYWwtb25seS1qYWtpLWluYm91bmQtc2VjcmV0"


def signed(secret: str, message_id: str, body: bytes, now: float) -> dict[str, str]:
    """The three Standard Webhooks headers for `body`."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    stamp = str(int(now))
    digest = hmac.digest(key, f"{message_id}.{stamp}.".encode() + body, "sha256")
    return {
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }


def main() -> None:
    """Sends the report and prints the answer."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument("--channel", default="jaki")
    parser.add_argument("--secret", default=LOCAL_SECRET)
    parser.add_argument("--text", default="Jalan berlubang besar di depan halte, sudah dua minggu")
    parser.add_argument("--category", default="jalan")
    parser.add_argument("--lat", type=float, default=-6.1754)
    parser.add_argument("--lng", type=float, default=106.8272)
    wanted = parser.parse_args()
    body = json.dumps(
        {
            "id": str(uuid.uuid4()),
            "created_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "text": wanted.text,
            "reporter": {"name": "Contoh Pelapor", "address": "Jl. Contoh No. 1", "phone": "+6281100000001"},
            "location": {"lat": wanted.lat, "lng": wanted.lng},
            "category": wanted.category,
        }
    ).encode()
    headers = signed(wanted.secret, f"msg_{uuid.uuid4().hex}", body, time.time())
    request = urllib.request.Request(
        f"{wanted.url}/channels/{wanted.channel}", body, {"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            print(answer.read().decode())
    except urllib.error.HTTPError as error:
        raise SystemExit(f"{error.code} {error.read().decode()}") from None


if __name__ == "__main__":
    main()

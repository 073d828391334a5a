"""What a cold start loads: nothing of a provider that no request has asked for, nothing that only draws or looks at
pictures.
"""

from __future__ import annotations

import json
import subprocess
import sys

from tests.conftest import ROOT

_SCRIPT = """
import json, os, sys
os.environ.update(STAGE="local", AWS_REGION="ap-southeast-3", AWS_ACCESS_KEY_ID="x", AWS_SECRET_ACCESS_KEY="x")
import app
print(json.dumps(sorted(sys.modules)))
"""
_PROVIDERS = (
    "meta",
    "x",
    "telegram",
    "vonage",
    "aws_sms",
    "sms_http",
    "qlue",
    "city_app",
    "email",
    "mime",
    "attachments",
)
_HEAVY = (
    "PIL",
    "jinja2",
    "jwt",
    "oauthlib",
    "boto3",
    "aws_xray_sdk",
    "pydantic",
    "requests",
    "chalicelib.outbound.ways",
)


def test_a_cold_start_loads_no_provider() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "chalicelib.http.channels" in loaded
    assert loaded & {f"chalicelib.channels.{name}" for name in _PROVIDERS} == set()
    assert [
        name for name in loaded if name.startswith("chalicelib.outbound.senders.") and not name.endswith("outcome")
    ] == []
    assert loaded & set(_HEAVY) == set()

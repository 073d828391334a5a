"""Mail: from the place SES stored it to the sender's report, or to a recorded refusal."""

from __future__ import annotations

from typing import Any

from chalicelib.channels import email
from chalicelib.channels.email import Ignored
from chalicelib.channels.ses_notice import Notice
from chalicelib.observability import logger
from chalicelib.usecases.converse import converse
from chalicelib.usecases.desk import Desk

CHANNEL = "email"
_MOST_BYTES = 45_000_000


def receive_mail(desk: Desk, notice: Notice, s3: Any, *, seed: str) -> str:
    """Takes one stored mail. Returns the tracking number, or why it was ignored (never answered then)."""
    channel = desk.city.channels[CHANNEL]
    answer = s3.get_object(Bucket=notice.bucket, Key=notice.key)
    raw = answer["Body"].read(_MOST_BYTES)
    told = email.parse(channel, raw, notice.verdicts, notice.ses_message_id, desk.now(), own=[desk.settings.mail_from])
    if isinstance(told, Ignored):
        logger().info("mail ignored", extra={"reason": told.reason, "ses_message_id": notice.ses_message_id})
        return told.reason
    stored = converse(desk, told, seed=seed)
    logger().info("mail received", extra={"tracking": stored.report.tracking, "new": stored.new})
    return stored.report.tracking

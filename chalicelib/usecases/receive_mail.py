"""Mail: from the place SES stored it to the sender's report, or to a recorded refusal."""

from __future__ import annotations

from typing import Any

from chalicelib.channels import email
from chalicelib.channels.email import Ignored
from chalicelib.channels.ses_notice import Notice
from chalicelib.observability import logger
from chalicelib.usecases.channel_health import ignored
from chalicelib.usecases.desk import Desk
from chalicelib.usecases.hear import hear

CHANNEL = "email"
_MOST_BYTES = 45_000_000


def receive_mail(desk: Desk, notice: Notice, s3: Any, *, seed: str) -> str:
    """Takes one stored mail. Returns the tracking number, or why it was ignored (never answered then)."""
    channel = desk.city.channels[CHANNEL]
    answer = s3.get_object(Bucket=notice.bucket, Key=notice.key)
    raw = answer["Body"].read(_MOST_BYTES)
    told = email.parse(
        channel,
        raw,
        notice.verdicts,
        notice.ses_message_id,
        desk.now(),
        own=[desk.settings.mail_from],
        key=notice.key,
        prefix=desk.city.prefix,
        recipients=notice.recipients,
    )
    if isinstance(told, Ignored):
        logger().info("mail ignored", extra={"reason": told.reason, "ses_message_id": notice.ses_message_id})
        ignored(desk, CHANNEL, told.reason)
        return told.reason
    heard = hear(desk, told, seed=seed)
    tracking = heard.report.tracking if heard.report else heard.what
    logger().info("mail received", extra={"tracking": tracking, "new": heard.new})
    return tracking

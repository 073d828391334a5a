"""The only reader of the environment: what differs from one installation to the next."""

from __future__ import annotations

import os
from collections.abc import Mapping

import msgspec


class SettingsError(Exception):
    """A setting is missing or cannot be read; names it."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """`public_url` is the only base for links and signatures. `sla_scale` makes every clock faster (0.01: 6 h in 3.6
    min). `s3_url` is where whoever uploads a picture reaches S3, `open_data_url` where everybody reads the open data,
    `map_tiles_url` where browsers get tiles ({z}, {x}, {y} in it; "": they get none)."""

    stage: str
    city: str
    region: str
    public_url: str
    sla_scale: float
    events_topic_arn: str
    kms_key_id: str
    mail_bucket: str
    uploads_bucket: str = ""
    photos_bucket: str = ""
    photos_queue_url: str = ""
    open_data_bucket: str = ""
    open_data_url: str = ""
    map_tiles_url: str = ""
    map_tiles_credit: str = ""
    s3_url: str = ""
    mail_from: str
    jwt_issuer: str
    jwt_audience: str
    jwks_url: str
    oidc_authorize_url: str = ""
    oidc_token_url: str = ""
    oidc_logout_url: str = ""
    oidc_client_id: str = ""
    user_pool_id: str = ""
    replies_queue_url: str = ""
    identity_function: str = ""
    channels_on: frozenset[str] = frozenset()
    channels_off: frozenset[str] = frozenset()
    metrics: bool = True

    @property
    def local(self) -> bool:
        """Whether this is the local run: only here are development secrets and plain-http endpoints taken."""
        return self.stage == "local"

    def table(self, name: str) -> str:
        """A table's full name."""
        return f"tanggap-{self.stage}-{name}"

    def agency_topic_arn(self, agency: str) -> str:
        """The ARN of an agency's topic, beside the events topic."""
        return f"{self.events_topic_arn.rsplit(':', 1)[0]}:{self.agency_topic_name(agency)}"

    def agency_topic_name(self, agency: str) -> str:
        """The name of an agency's topic."""
        return f"tanggap-{self.stage}-agency-{agency}"


def read(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of this process. Raises SettingsError naming what is wrong."""
    env = os.environ if environment is None else environment
    try:
        scale = float(env.get("SLA_SCALE", "1"))
    except ValueError:
        raise SettingsError("SLA_SCALE must be a number above 0 and at most 1000.") from None
    if not 0 < scale <= 1000:
        raise SettingsError("SLA_SCALE must be a number above 0 and at most 1000.")
    stage = env.get("STAGE", "dev")
    return Settings(
        stage=stage,
        city=env.get("CITY", "jakarta"),
        region=env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "ap-southeast-3",
        public_url=env.get("PUBLIC_URL", "").rstrip("/"),
        sla_scale=scale,
        events_topic_arn=env.get(
            "EVENTS_TOPIC_ARN", f"arn:aws:sns:ap-southeast-3:000000000000:tanggap-{stage}-report-events"
        ),
        kms_key_id=env.get("KMS_KEY_ID", f"alias/tanggap-{stage}"),
        mail_bucket=env.get("MAIL_BUCKET", ""),
        uploads_bucket=env.get("UPLOADS_BUCKET", ""),
        photos_bucket=env.get("PHOTOS_BUCKET", ""),
        photos_queue_url=env.get("PHOTOS_QUEUE_URL", ""),
        open_data_bucket=env.get("OPEN_DATA_BUCKET", ""),
        open_data_url=env.get("OPEN_DATA_URL", "").rstrip("/"),
        map_tiles_url=env.get("MAP_TILES_URL", ""),
        map_tiles_credit=env.get("MAP_TILES_CREDIT", ""),
        s3_url=env.get("S3_URL", ""),
        mail_from=env.get("MAIL_FROM", ""),
        jwt_issuer=env.get("JWT_ISSUER", ""),
        jwt_audience=env.get("JWT_AUDIENCE", ""),
        jwks_url=env.get("JWKS_URL", ""),
        oidc_authorize_url=env.get("OIDC_AUTHORIZE_URL", ""),
        oidc_token_url=env.get("OIDC_TOKEN_URL", ""),
        oidc_logout_url=env.get("OIDC_LOGOUT_URL", ""),
        oidc_client_id=env.get("OIDC_CLIENT_ID", ""),
        user_pool_id=env.get("USER_POOL_ID", ""),
        replies_queue_url=env.get("REPLIES_QUEUE_URL", ""),
        identity_function=env.get("IDENTITY_FUNCTION", f"tanggap-{stage}-identity"),
        channels_on=_names(env.get("CHANNELS_ON", "")),
        channels_off=_names(env.get("CHANNELS_OFF", "")),
        metrics=stage != "local",
    )


def _names(text: str) -> frozenset[str]:
    return frozenset(text.replace(",", " ").split())

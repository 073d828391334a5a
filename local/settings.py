"""What can be set about the local run, read once from the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass

HOST = "127.0.0.1"
ACCOUNT = "123456789012"  # moto's account
REGION = "ap-southeast-3"
STAGE = "local"
AUDIENCE = "tanggap-local"


class SettingsError(Exception):
    """A setting that cannot be used; the message is one line for a person."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one local run. Ports are TCP ports on loopback; `sla_scale` multiplies every deadline."""

    port: int = 8000
    aws_port: int = 4566
    smtp_port: int = 2525
    city: str = "jakarta"
    sla_scale: float = 1.0
    mail_from: str = "lapor@kota.example"

    @property
    def public_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def aws_url(self) -> str:
        return f"http://{HOST}:{self.aws_port}"

    @property
    def issuer(self) -> str:
        return f"{self.public_url}/_local"

    @property
    def ports(self) -> dict[str, int]:
        """Each port by the name of the setting that changes it."""
        return {"PORT": self.port, "AWS_PORT": self.aws_port, "SMTP_PORT": self.smtp_port}


def read(environ: Mapping[str, str]) -> Settings:
    """The settings in `environ`; what is absent or empty has its default. Raises SettingsError."""
    ports = {name.lower(): _port(environ, name) for name in ("PORT", "AWS_PORT", "SMTP_PORT")}
    scale = environ.get("SLA_SCALE") or "1"
    try:
        sla_scale = float(scale)
    except ValueError:
        raise SettingsError(f"SLA_SCALE must be a number, not {scale!r}") from None
    if not 0 < sla_scale <= 1:
        raise SettingsError(f"SLA_SCALE must be above 0 and at most 1, not {scale}")
    chosen: dict[str, int] = {name: port for name, port in ports.items() if port is not None}
    settings = Settings(
        **chosen,
        sla_scale=sla_scale,
        city=environ.get("CITY") or Settings.city,
        mail_from=environ.get("MAIL_FROM") or Settings.mail_from,
    )
    if len(set(settings.ports.values())) < 3:
        raise SettingsError("PORT, AWS_PORT and SMTP_PORT must be three different ports")
    return settings


def _port(environ: Mapping[str, str], name: str) -> int | None:
    text = environ.get(name)
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise SettingsError(f"{name} must be a port between 1 and 65535, not {text!r}")
    return int(text)


def aws_environment(environ: MutableMapping[str, str] = os.environ) -> None:
    """Make sure that no AWS call of this process can leave it, nor any loopback call go through a proxy."""
    for name in [n for n in environ if n.startswith(("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"))]:
        del environ[name]
    environ.pop("AWS_SESSION_TOKEN", None)
    environ.update(
        AWS_ACCESS_KEY_ID="local",
        AWS_SECRET_ACCESS_KEY="local",
        AWS_DEFAULT_REGION=REGION,
        AWS_REGION=REGION,
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_EC2_METADATA_DISABLED="true",
        # moto knows DynamoDB streams only by the host name without the account
        AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
        NO_PROXY=f"{HOST},localhost",
        no_proxy=f"{HOST},localhost",
    )


def function_environment(settings: Settings, environ: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What every Lambda function is told locally; names of resources come from the template."""
    return {
        "STAGE": STAGE,
        "CITY": settings.city,
        "PUBLIC_URL": settings.public_url,
        "SLA_SCALE": repr(settings.sla_scale),
        "CHANNELS_ON": environ.get("CHANNELS_ON", ""),
        "CHANNELS_OFF": environ.get("CHANNELS_OFF", ""),
        "MAIL_FROM": settings.mail_from,
        "S3_URL": settings.aws_url,
        "OPEN_DATA_URL": f"{settings.aws_url}/tanggap-{STAGE}-open-data-{ACCOUNT}",
        "MAP_TILES_URL": environ.get("MAP_TILES_URL", ""),
        "MAP_TILES_CREDIT": environ.get("MAP_TILES_CREDIT", ""),
        "JWT_ISSUER": settings.issuer,
        "JWT_AUDIENCE": AUDIENCE,
        # on the other port: a handler that asks for the keys must not wait behind requests that wait for the handler
        "JWKS_URL": f"{settings.aws_url}/_local/jwks.json",
        "OIDC_AUTHORIZE_URL": f"{settings.issuer}/oidc/authorize",
        "OIDC_TOKEN_URL": f"{settings.aws_url}/_local/oidc/token",  # likewise
        "OIDC_LOGOUT_URL": f"{settings.issuer}/oidc/logout",
        "OIDC_CLIENT_ID": AUDIENCE,
        "OAUTHLIB_INSECURE_TRANSPORT": "1",  # this issuer speaks plain http
        "POWERTOOLS_LOG_LEVEL": environ.get("LOG_LEVEL") or "WARNING",
    }

"""The environment, read once, typed, refused loudly when wrong. Nothing secret has a default."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Env(BaseSettings):
    """Every variable that Avenant reads; each may also come from a file of the same name in ``/run/secrets``."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    database_url: SecretStr = Field(description="PostgreSQL 16+, as the role of this process (app or system)")
    secret_key: SecretStr = Field(alias="AVENANT_SECRET_KEY", min_length=32, description="signs sessions and links")
    former_keys: list[SecretStr] = Field(
        default=[],
        alias="AVENANT_FORMER_KEYS",
        description="JSON list of the keys that signed before: what they signed or encrypted is still read",
    )
    debug: bool = Field(default=False, alias="AVENANT_DEBUG")
    demo: bool = Field(default=False, alias="AVENANT_DEMO", description="opens the demonstration doors")
    demo_date: str = Field(
        default="", alias="AVENANT_DEMO_DATE", description="instant (ISO 8601) at which the demonstration lives"
    )
    hosts: list[str] = Field(default=["localhost", "127.0.0.1"], alias="AVENANT_HOSTS")
    files: Path = Field(default=Path("var/files"), alias="AVENANT_FILES", description="folder of the uploaded files")
    proxies: int = Field(default=0, alias="AVENANT_PROXIES", ge=0, description="proxies of ours before the web server")
    https: bool = Field(default=False, alias="AVENANT_HTTPS", description="served over TLS: secure cookies, HSTS")
    clamav_socket: str = Field(default="", alias="CLAMAV_SOCKET", description="scans uploads when set")
    email_url: str = Field(
        default="", alias="AVENANT_EMAIL_URL", description="smtp, smtp+starttls or smtps://user:password@host:port"
    )
    email_from: str = Field(default="avenant@localhost", alias="AVENANT_EMAIL_FROM")
    reminder_days: tuple[int, ...] = Field(
        default=(15, 7, 2, 0, -3),
        alias="AVENANT_REMINDER_DAYS",
        description="days before an échéance when its people are reminded; negative: after it",
    )
    oidc_url: str = Field(
        default="",
        alias="AVENANT_OIDC_URL",
        description="issuer of the OpenID Connect provider (ProConnect); empty: none",
    )
    oidc_client: str = Field(default="", alias="AVENANT_OIDC_CLIENT")
    oidc_secret: SecretStr = Field(default=SecretStr(""), alias="AVENANT_OIDC_SECRET")
    oidc_name: str = Field(default="ProConnect", alias="AVENANT_OIDC_NAME", description="as the button says it")
    oidc_acr: str = Field(default="eidas1", alias="AVENANT_OIDC_ACR", description="level asked of the provider")
    logs: Literal["plain", "json"] = Field(
        default="json", alias="AVENANT_LOGS", description="form of the technical log"
    )
    metrics_token: SecretStr = Field(
        default=SecretStr(""),
        alias="AVENANT_METRICS_TOKEN",
        description="opens /metriques to who bears it; empty: closed",
    )
    security_contact: str = Field(
        default="", alias="AVENANT_SECURITY_CONTACT", description="mailto: or https: address of security.txt"
    )
    address: str = Field(default="http://localhost:8000", alias="AVENANT_ADDRESS", description="in e-mails and ICS")


@cache
def env() -> Env:
    """The environment of this process."""
    secrets_folder = "/run/secrets" if Path("/run/secrets").is_dir() else None
    return Env(_secrets_dir=secrets_folder)  # type: ignore[call-arg]  # fields come from the environment

"""Who may talk to the service over HTTP, and where it listens."""

from enum import StrEnum
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from recommender.settings.vcenters import Name

LOOPBACK = "127.0.0.1"


class Role(StrEnum):
    """What somebody may do; everybody who has a role may look."""

    VIEWER = "viewer"
    OPERATOR = "operator"  # pause, resume, cancel, run and skip what is scheduled, reject recommendations
    APPROVER = "approver"  # approve plans


class AccessSettings(BaseModel):
    """One person or program, known by its token."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(description="Told in the audit")
    role: Role
    token_sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] = Field(
        description="Of a long random token: printf %s TOKEN | sha256sum"
    )


class HttpSettings(BaseModel):
    """Where `serve.health_port` listens. Beyond this machine only with TLS."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(default=LOOPBACK, description="An IP address of this machine")
    tls_certificate: Path | None = Field(default=None, description="PEM file, with its chain")
    tls_key: Path | None = Field(default=None, description="PEM file")

    @model_validator(mode="after")
    def _is_protected(self) -> Self:
        try:
            is_loopback = ip_address(self.address).is_loopback
        except ValueError as error:
            raise ValueError(f"address: {self.address!r} is not an IP address") from error
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate and tls_key belong together")
        if not is_loopback and self.tls_certificate is None:
            raise ValueError(f"{self.address} is not this machine alone: it needs tls_certificate and tls_key")
        return self

"""Which vCenters to work with, and how to log in to them without a secret on any command line."""

from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
CertificatePin = Annotated[str, StringConstraints(pattern=r"^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$")]


class VCenterSettings(BaseModel):
    """One vCenter. Its certificate is always verified: by the system's trust, by ``ca_file``, or by a pin."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name = Field(description="How this vCenter is called in plans, logs and the journal")
    url: str = Field(description="https://HOST[:PORT]/sdk, without user name or password")
    user: str | None = Field(default=None, description="User name; RECOMMENDER_USERNAME where absent")
    password_file: Path | None = Field(default=None, description="File whose first line is the password")
    password_env: str | None = Field(default=None, description="Environment variable that holds the password")
    ca_file: Path | None = Field(default=None, description="PEM file of the authority that signed the certificate")
    certificate_sha256: CertificatePin | None = Field(
        default=None, description="SHA-256 of the server's certificate, for a self-signed one"
    )
    timeout_s: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=60.0, description="How long one call may take before it counts as lost"
    )

    @field_validator("url")
    @classmethod
    def _url_is_plain_https(cls, url: str) -> str:
        return checked_url(url)

    @model_validator(mode="after")
    def _one_way_each(self) -> Self:
        if self.password_file and self.password_env:
            raise ValueError("give password_file or password_env, not both")
        if self.ca_file and self.certificate_sha256:
            raise ValueError("give ca_file or certificate_sha256, not both")
        return self


def checked_url(url: str) -> str:
    """``url`` in full form (scheme and path filled in); raises ``ValueError`` for one that may not be used."""
    parts = urlsplit(url if "//" in url else f"https://{url}")
    if parts.username is not None or parts.password is not None:
        # The URL itself is not repeated: it holds the secret.
        raise ValueError("the URL holds a user name or password: give them apart, by file, environment or prompt")
    if parts.scheme != "https":
        raise ValueError("vCenter is reached by https only")
    if not parts.hostname:
        raise ValueError("the URL names no host")
    try:
        port = parts.port
    except ValueError as error:
        raise ValueError("the URL's port is not a number from 0 to 65535") from error
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"https://{host}{f':{port}' if port else ''}{parts.path.rstrip('/') or '/sdk'}"


def host_in(url: str) -> str:
    """The host name (or address) in a checked URL: the name of a vCenter that nobody named."""
    return urlsplit(url).hostname or url

"""Where a vCenter is, who logs in there, and how its certificate is known to be the right one."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from recommender.errors import ConfigurationError

HTTPS_PORT = 443
_HASH_OF_HEX_DIGITS = {40: "sha1", 64: "sha256"}


@dataclass(frozen=True, slots=True, kw_only=True)
class VCenterCredentials:
    """A user name, and where its password comes from.

    ``password`` is called at each login and only once the server has proven who it is, so that a prompt or a
    file is not touched before it is needed; the password itself is kept nowhere.
    """

    user: str
    password: Callable[[], str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VCenterAddress:
    """One vCenter as the configuration tells it.

    ``name``: how it is called in references. ``url``: ``https://HOST[:PORT]/sdk``. Its certificate is verified by the
    system's trust, by ``ca_file`` (PEM), or by ``certificate_pin`` alone: the SHA-256 (or SHA-1) of the server's own
    certificate in hexadecimal, colons allowed; never not at all. ``timeout_ms``: how long one answer may take to
    begin or to go on. Raises ``ConfigurationError`` for a URL or pin that cannot be used.
    """

    name: str
    url: str
    credentials: VCenterCredentials
    ca_file: Path | None = None
    certificate_pin: str | None = None
    timeout_ms: int = 60_000

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        problems = []
        if parts.scheme != "https" or not parts.hostname:
            problems.append(f"{self.name}.url: https://HOST/sdk is needed")
        if parts.username is not None or parts.password is not None:
            problems.append(f"{self.name}.url: it may not hold a user name or password")
        if self.certificate_pin is not None and self.pin is None:
            problems.append(f"{self.name}.certificate_pin: 64 (SHA-256) or 40 (SHA-1) hexadecimal digits are needed")
        if problems:
            raise ConfigurationError("the address of a vCenter cannot be used", problems)

    @property
    def host(self) -> str:
        """Host name or address, an IPv6 address without brackets."""
        return urlsplit(self.url).hostname or ""

    @property
    def port(self) -> int:
        """TCP port."""
        return urlsplit(self.url).port or HTTPS_PORT

    @property
    def path(self) -> str:
        """Path of the API, ``/sdk`` as a rule."""
        return urlsplit(self.url).path.rstrip("/") or "/sdk"

    @property
    def pin(self) -> tuple[str, str] | None:
        """Name of the hash and its lower-case hexadecimal text."""
        digits = (self.certificate_pin or "").replace(":", "").strip().lower()
        kind = _HASH_OF_HEX_DIGITS.get(len(digits))
        return (kind, digits) if kind and all(digit in "0123456789abcdef" for digit in digits) else None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"vCenter {self.name} ({host}:{self.port})"

"""The environment that govc users already have, as a fallback: the same vCenter, never without verification."""

from collections.abc import Mapping
from typing import Any

from recommender.errors import ConfigurationError

_FALSE = {"", "0", "f", "false", "no", "off"}


def govc_vcenter(environment: Mapping[str, str]) -> dict[str, Any] | None:
    """Values of a vCenter from ``GOVC_*``, ``None`` where GOVC_URL is not set.

    Raises ``ConfigurationError`` for GOVC_INSECURE: a connection that is not verified is never made.
    """
    url = environment.get("GOVC_URL")
    if not url:
        return None
    if environment.get("GOVC_INSECURE", "").lower() not in _FALSE:
        raise ConfigurationError(
            "GOVC_INSECURE is not honoured: every connection is verified",
            ["unset it, and trust the certificate with --ca-file (or GOVC_TLS_CA_CERTS) or --pin SHA-256"],
        )
    values: dict[str, Any] = {"url": url, "user": environment.get("GOVC_USERNAME") or None}
    if environment.get("GOVC_PASSWORD"):
        values["password_env"] = "GOVC_PASSWORD"  # noqa: S105  # the variable's name, not a password
    if environment.get("GOVC_TLS_CA_CERTS"):
        values["ca_file"] = environment["GOVC_TLS_CA_CERTS"]
    return values

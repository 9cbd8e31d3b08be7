"""The encrypted connection to a vCenter; it stands only once the server has proven who it is."""

import hashlib
import ssl
from http.client import HTTPSConnection

from recommender.errors import CertificateRejected
from recommender.vsphere.session.address import VCenterAddress


class VerifiedConnection(HTTPSConnection):
    """An HTTPS connection that checks the pin whenever it connects, before a byte of a request is sent.

    pyVmomi has its own pins, which it looks at only where the ordinary check fails, and which switch that check off
    for all later connections of the pool; hence ours.
    """

    def __init__(self, address: VCenterAddress, context: ssl.SSLContext) -> None:
        super().__init__(address.host, address.port, timeout=address.timeout_ms / 1000, context=context)
        self._address = address

    def connect(self) -> None:
        """Connect; raises ``CertificateRejected`` for a certificate that is not the pinned one."""
        super().connect()
        pin = self._address.pin
        if pin is None:
            return
        kind, expected = pin
        presented = fingerprint(self.sock.getpeercert(binary_form=True) or b"", kind)
        if presented != expected:
            self.close()
            raise CertificateRejected(
                f"{self._address} presents another certificate than the pinned one; nothing secret was sent. "
                f"Expected {spelled(expected)}, presented {spelled(presented)}: find out why before you change the pin"
            )


def tls_context(address: VCenterAddress) -> ssl.SSLContext:
    """How certificates are checked: by the pin alone where there is one, else by the CA file or the system's trust."""
    if address.pin is None:
        return ssl.create_default_context(cafile=address.ca_file)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # A pinned certificate is self-signed as a rule and names anything: the pin is the whole proof.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def fingerprint(certificate: bytes, kind: str = "sha256") -> str:
    """The hash of a certificate (DER) as lower-case hexadecimal digits."""
    return hashlib.new(kind, certificate, usedforsecurity=False).hexdigest()


def spelled(digits: str) -> str:
    """A hash as people compare it: ``AB:CD:…``."""
    return ":".join(digits[start : start + 2] for start in range(0, len(digits), 2)).upper()


def presented_certificate(address: VCenterAddress) -> str | None:
    """SHA-256 of whatever certificate the server shows, so that a person can compare and pin it; sends nothing."""
    try:
        pem = ssl.get_server_certificate((address.host, address.port), timeout=address.timeout_ms / 1000)
    except (OSError, ValueError):
        return None
    return fingerprint(ssl.PEM_cert_to_DER_cert(pem))

"""The other vCenter as a cross-vCenter relocation names it: who it is, where, and how the first one logs in there.

It carries the password of the other vCenter, so it is made right before the call and kept and logged nowhere.
"""

from typing import Final

from pyVmomi import vim

from recommender.errors import InventoryUnavailable
from recommender.vsphere.session.connection import reaching
from recommender.vsphere.session.session import Service, Session
from recommender.vsphere.session.tls import VerifiedConnection, fingerprint, spelled

THUMBPRINT: Final = "sha1"  # what ``ServiceLocator.sslThumbprint`` is made with


def service_locator(session: Session, service: Service) -> vim.ServiceLocator:
    """What a vCenter needs to reach that of ``session``. Raises ``InventoryUnavailable``."""
    if not service.instance_uuid:
        raise InventoryUnavailable(f"{session.address} does not tell its instance UUID, without which no VM goes there")
    address = session.address
    host = f"[{address.host}]" if ":" in address.host else address.host
    return vim.ServiceLocator(
        instanceUuid=service.instance_uuid,
        url=f"https://{host}:{address.port}",
        sslThumbprint=_thumbprint(session),
        credential=vim.ServiceLocator.NamePassword(
            username=address.credentials.user, password=address.credentials.password()
        ),
    )


def _thumbprint(session: Session) -> str:
    """Of the certificate on a connection that we ourselves trust at this moment."""
    with reaching(session.address):
        connection = VerifiedConnection(session.address, session.tls())
        try:
            connection.connect()
            return spelled(fingerprint(connection.sock.getpeercert(binary_form=True) or b"", THUMBPRINT))
        finally:
            connection.close()

"""Which version of the API both sides speak, asked before the login."""

import ssl
from http import HTTPStatus
from xml.etree import ElementTree as ET

from pyVmomi.VmomiSupport import GetServiceVersions, versionIdMap

from recommender.errors import InventoryUnavailable
from recommender.vsphere.session.address import VCenterAddress
from recommender.vsphere.session.connection import reaching
from recommender.vsphere.session.tls import VerifiedConnection

NAMESPACE = "urn:vim25"


def newest_common_version(address: VCenterAddress, context: ssl.SSLContext) -> str:
    """pyVmomi's name of the newest version that it and the server know. Raises ``InventoryUnavailable``."""
    offered = _versions_in(_description(address, context), address)
    # Newest first; pyVmomi orders them so.
    for version in GetServiceVersions("vim25"):
        if versionIdMap[version] in offered:
            return str(version)
    raise InventoryUnavailable(
        f"{address} speaks no API version known here, only {', '.join(sorted(offered)) or 'none'}"
    )


def _description(address: VCenterAddress, context: ssl.SSLContext) -> bytes:
    path = f"{address.path}/vimServiceVersions.xml"
    with reaching(address):
        connection = VerifiedConnection(address, context)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            if answer.status != HTTPStatus.OK:
                raise InventoryUnavailable(
                    f"{address}: HTTP {answer.status} {answer.reason} at {path}; "
                    "is the URL that of a vCenter, and are its services up?"
                )
            return answer.read()
        finally:
            connection.close()


def _versions_in(description: bytes, address: VCenterAddress) -> set[str]:
    try:
        root = ET.fromstring(description)  # noqa: S314  # of a verified server; expat bounds expansion
    except ET.ParseError as error:
        raise InventoryUnavailable(
            f"{address}: {address.path} is not vCenter's API ({error}); check the URL"
        ) from error
    spaces = [space for space in root.iter("namespace") if space.findtext("name") == NAMESPACE]
    return {text for space in spaces for version in space.iter("version") if (text := version.text)}

"""Which key providers a vCenter knows: an encrypted VM is only at home where its own is among them."""

import logging

from pyVmomi import vim

from recommender.vsphere.collector import read_object
from recommender.vsphere.session.session import Service

_log = logging.getLogger(__name__)

_KMIP = vim.encryption.CryptoManagerKmip


def key_providers_of(service: Service) -> tuple[str, ...] | None:
    """Their ids, sorted; ``None`` where it is not told (the privilege Cryptographer.ReadKeyServersInfo)."""
    manager = service.keys
    if not isinstance(manager, _KMIP):
        return None
    try:
        facts = read_object(service, manager, ("kmipServers",))
    except vim.fault.NoPermission:
        _log.info("key providers of %s may not be read", service.vcenter)
        return None
    told = facts.get("kmipServers") if facts else None
    return None if told is None else tuple(sorted({str(provider.clusterId.id) for provider in told}))

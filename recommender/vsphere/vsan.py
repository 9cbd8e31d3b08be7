"""How vSAN is: what its hosts say of themselves, and how many objects are being rebuilt.

Only calls of vSphere's own API: ``HostVsanSystem.QueryHostStatus`` and
``HostVsanInternalSystem.QuerySyncingVsanObjects``, whose answer is JSON with the objects below ``dom_objects``.
"""

import json
from collections.abc import Sequence
from typing import Final

from pyVmomi import vim

from recommender.errors import InventoryUnavailable
from recommender.inventory.reference import EntityRef
from recommender.ports import VsanHealth
from recommender.vsphere.collector import read_object
from recommender.vsphere.facts import moid_of
from recommender.vsphere.session.session import Service

HEALTHY: Final = "healthy"
_PATHS: Final = ("configManager.vsanSystem", "configManager.vsanInternalSystem")


def vsan_health(service: Service, hosts: Sequence[EntityRef]) -> VsanHealth:
    """Asks every host how it is, and the first that answers for the objects of the whole cluster.

    A host that does not tell is not healthy. Raises ``InventoryUnavailable`` where none tells of the objects.
    """
    resyncing: int | None = None
    unhealthy = []
    for ref in hosts:
        facts = read_object(service, vim.HostSystem(ref.moid), _PATHS)
        system, internal = (facts.get(path) if facts else None for path in _PATHS)
        if system is None or vim.host.VsanSystem(moid_of(system), service.channel).QueryHostStatus().health != HEALTHY:
            unhealthy.append(ref)
        elif resyncing is None and internal is not None:
            told = vim.host.VsanInternalSystem(moid_of(internal), service.channel).QuerySyncingVsanObjects([])
            resyncing = _objects(str(told))
    if resyncing is None:
        raise InventoryUnavailable(f"no host of {len(hosts)} tells which vSAN objects are being rebuilt")
    return VsanHealth(resyncing_objects=resyncing, unhealthy_hosts=tuple(unhealthy))


def _objects(text: str) -> int:
    try:
        return len(json.loads(text)["dom_objects"])
    except (ValueError, KeyError, TypeError) as error:
        raise InventoryUnavailable(f"what vSAN tells of objects being rebuilt is not understood: {error}") from error

"""Datastores, how hosts mount them, and networks."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from recommender.inventory.datastore import Datastore
from recommender.inventory.network import Network
from recommender.inventory.reference import EntityRef
from recommender.quantities import BYTES_PER_MIB
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.places import Places

NORMAL = "normal"
READ_WRITE = "readWrite"


def translate_datastore(facts: Facts, places: Places) -> Datastore:
    """One datastore; free space and capacity are rounded down, so that room is never told too large."""
    return Datastore(
        ref=facts.ref,
        name=facts.name,
        datacenter=places.datacenter_of(facts),
        capacity_mib=int(facts.need("summary.capacity")) // BYTES_PER_MIB,
        free_mib=int(facts.need("summary.freeSpace")) // BYTES_PER_MIB,
        in_maintenance=(facts.get("summary.maintenanceMode") or NORMAL) != NORMAL,
        overall_status=facts.get("overallStatus") or None,
    )


def translate_network(facts: Facts, places: Places) -> Network:
    """One network or distributed port group."""
    return Network(ref=facts.ref, name=facts.name, datacenter=places.datacenter_of(facts))


def unusable_mounts(datastores: Iterable[Facts]) -> dict[EntityRef, frozenset[EntityRef]]:
    """By host, the datastores that it lists but cannot write: not mounted, not accessible, or read-only."""
    unusable: defaultdict[EntityRef, set[EntityRef]] = defaultdict(set)
    for facts in datastores:
        for mount in facts.get("host") or ():
            if not _is_usable(mount.mountInfo):
                unusable[EntityRef(facts.vcenter, moid_of(mount.key))].add(facts.ref)
    return {host: frozenset(refs) for host, refs in unusable.items()}


def _is_usable(mount: Any) -> bool:
    # ``mounted`` and ``accessible`` may be unset: then only the access mode speaks.
    return mount.mounted is not False and mount.accessible is not False and mount.accessMode == READ_WRITE

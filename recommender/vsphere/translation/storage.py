"""Datastores, and how hosts mount them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from recommender.inventory.datastore import Datastore
from recommender.inventory.reference import EntityRef
from recommender.quantities import BYTES_PER_MIB, mib_from_bytes
from recommender.vsphere.facts import Facts, moid_of
from recommender.vsphere.places import Places

NORMAL = "normal"
READ_WRITE = "readWrite"


def translate_datastore(
    facts: Facts,
    places: Places,
    clusters: frozenset[EntityRef] = frozenset(),
    tags: tuple[str, ...] = (),
) -> Datastore:
    """One datastore; free space and capacity are rounded down, so that room is never told too large.

    ``clusters``: the datastore clusters that it may lie in.
    """
    uncommitted, parent = facts.get("summary.uncommitted"), facts.ref_at("parent")
    return Datastore(
        ref=facts.ref,
        name=facts.name,
        datacenter=places.datacenter_of(facts),
        capacity_mib=int(facts.need("summary.capacity")) // BYTES_PER_MIB,
        free_mib=int(facts.need("summary.freeSpace")) // BYTES_PER_MIB,
        in_maintenance=(facts.get("summary.maintenanceMode") or NORMAL) != NORMAL,
        overall_status=facts.get("overallStatus") or None,
        uncommitted_mib=None if uncommitted is None else mib_from_bytes(int(uncommitted)),
        is_shared=facts.get("summary.multipleHostAccess"),
        url=facts.get("summary.url") or None,
        kind=facts.get("summary.type") or None,
        datastore_cluster=parent if parent in clusters else None,
        tags=tags,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HostMounts:
    """Datastores that a host lists but cannot write: not mounted, not accessible, or (``read_only``) to be read."""

    unusable: frozenset[EntityRef] = frozenset()
    read_only: frozenset[EntityRef] = frozenset()


def mounts_by_host(datastores: Iterable[Facts]) -> dict[EntityRef, HostMounts]:
    """By host, what it cannot write; hosts that write everything are left out."""
    unusable: defaultdict[EntityRef, set[EntityRef]] = defaultdict(set)
    read_only: defaultdict[EntityRef, set[EntityRef]] = defaultdict(set)
    for facts in datastores:
        ref = facts.ref
        for mount in facts.get("host") or ():
            info = mount.mountInfo
            # Both may be unset: then only the access mode speaks.
            is_there = info.mounted is not False and info.accessible is not False
            if is_there and info.accessMode == READ_WRITE:
                continue
            host = EntityRef(facts.vcenter, moid_of(mount.key))
            unusable[host].add(ref)
            if is_there:
                read_only[host].add(ref)
    return {
        host: HostMounts(unusable=frozenset(refs), read_only=frozenset(read_only.get(host, ())))
        for host, refs in unusable.items()
    }

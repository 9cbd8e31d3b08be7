"""A believable estate from a seed: names, sizes, rules, uneven load, and the things that make it hard."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from recommender.inventory.datastore import Datastore
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.simulation.chance import chance
from recommender.simulation.clock import MONDAY_MORNING
from recommender.simulation.estate.generated_cluster import GeneratedCluster, generate_cluster
from recommender.simulation.estate.surroundings import Surroundings

LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
TIB_MIB: Final = 1 << 20
MAX_DATASTORE_USE: Final = 0.7


def generate_inventory(
    seed: int,
    *,
    hosts: int = 12,
    vms: int = 160,
    clusters: int = 2,
    vcenter: str = "vcenter",
    taken_at: datetime = MONDAY_MORNING,
) -> Inventory:
    """An estate of ``hosts`` hosts and ``vms`` ordinary VMs (templates and vCLS VMs come on top) in clusters.

    The same arguments give the same estate. Of about six hosts of a cluster one is meant to be overloaded (94 %
    CPU; where VMs are few its memory may be full first), no host uses more than 92 % of its memory. In the first
    cluster EVC holds two CPU generations together and, with 26 VMs or more, one *separate* rule is broken; every
    other must rule is kept. Raises ``ValueError`` for fewer than 2 hosts a cluster, for more than 26 clusters,
    and for VMs that do not fit.
    """
    if not 1 <= clusters <= len(LETTERS) or hosts < 2 * clusters:
        raise ValueError(f"{hosts} hosts do not make {clusters} clusters of at least 2 hosts")
    shared = Surroundings(vcenter)
    parts = [
        generate_cluster(
            LETTERS[index],
            hosts=_part(hosts, clusters, index),
            vms=_part(vms, clusters, index),
            is_first=index == 0,
            shared=shared,
            draw=chance(seed, "cluster", str(index)),
        )
        for index in range(clusters)
    ]
    return _joined(parts, shared, taken_at)


def _part(total: int, parts: int, index: int) -> int:
    """``total`` divided as evenly as whole numbers allow."""
    return total // parts + (index < total % parts)


def _joined(parts: Iterable[GeneratedCluster], shared: Surroundings, taken_at: datetime) -> Inventory:
    parts = tuple(parts)
    vms = tuple(vm for part in parts for vm in part.vms)
    return Inventory(
        taken_at=taken_at,
        hosts=tuple(host for part in parts for host in part.hosts),
        virtual_machines=vms,
        clusters=tuple(part.cluster for part in parts),
        resource_pools=tuple(part.pool for part in parts),
        datastores=_filled([shared.datastore, *(store for part in parts for store in part.datastores)], vms),
        networks=(shared.production, shared.dmz),
        vm_affinity_rules=tuple(rule for part in parts for rule in part.affinity),
        vm_anti_affinity_rules=tuple(rule for part in parts for rule in part.anti_affinity),
        vm_host_rules=tuple(rule for part in parts for rule in part.vm_host),
    )


def _filled(datastores: Iterable[Datastore], vms: Iterable[VirtualMachine]) -> tuple[Datastore, ...]:
    """Each datastore in whole TiB, no fuller than 70 %."""
    used: Counter[EntityRef] = Counter()
    for vm in vms:
        for disk in vm.disks:
            used[disk.datastore] += disk.size_mib
    return tuple(
        replace(store, capacity_mib=capacity, free_mib=capacity - used[store.ref])
        for store in datastores
        for capacity in [TIB_MIB * max(2, round(used[store.ref] / MAX_DATASTORE_USE / TIB_MIB + 0.5))]
    )

"""No VM comes into a resource pool of another cluster that has no room for what it reserves, or whose limit it exceeds.

A pool's VMs may use its limit together, and reserve what the pool itself reserves; a pool whose reservation is
expandable borrows the rest of the pool above (vSphere Resource Management, *Managing Resource Pools*). The root pool is
the cluster: what fits there is said of hosts. Within a cluster a VM stays in its pool, so that nothing changes.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.allocation import Allocation
from recommender.inventory.cluster import ResourcePool
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.pool_path import pool_of_path, pool_path
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import MoveScope

_There = Mapping[EntityRef, Mapping[EntityRef, VirtualMachine]]  # running VMs by pool

UNITS: Final = {"CPU": "MHz", "memory": "MiB"}


@dataclass(frozen=True, slots=True)
class PoolCapacity:
    """``scope``: within ``CLUSTER`` nothing comes from outside. ``unknown_permitted``: what is not told is no limit."""

    scope: MoveScope = MoveScope.CLUSTER
    unknown_permitted: bool = False

    name: ClassVar[str] = "pool_capacity"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """Its pool, what it asks for and reserves, and in which pools it counts already."""
        if self.scope is MoveScope.CLUSTER or not vm.is_powered_on:
            return None
        charged = frozenset(
            host.cluster for ref in inventory.hosts_charged_with(vm.ref) if (host := inventory.find_host(ref))
        )
        home = inventory.find_host(vm.host)
        asks = tuple((_demand(vm, what), _reserved(vm, what)) for what in UNITS)
        return (vm.resource_pool, asks, home.cluster if home else None, charged)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """False where a pool on the way up from that of its path lacks room for this one VM."""
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        if self.scope is MoveScope.CLUSTER:
            return matrix
        there = _there(inventory)
        verdicts: dict[Hashable, bool] = {}
        for row, vm in enumerate(vms):
            for column, host in enumerate(hosts):
                if _enters(inventory, vm, host):
                    key = (self.class_key(inventory, vm), host.cluster)
                    if key not in verdicts:
                        chain = _chain(inventory, vm, host)
                        found = self._against(inventory, vm, chain, _with(there, vm, chain))
                        verdicts[key] = next(found, None) is None
                    matrix[row, column] = verdicts[key]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing: several VMs that enter a pool one after the other are judged when the plan is made."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on their way into pools of other clusters that have too little for all that is there and comes."""
        for vm in vms if self.scope is not MoveScope.CLUSTER else ():
            flight = inventory.in_flight_of(vm.ref)
            host = inventory.find_host(flight.destination) if flight else None
            if host is None or not _enters(inventory, vm, host):
                continue
            for told in self._against(inventory, vm, _chain(inventory, vm, host), _there(inventory)):
                unknown = told.startswith("unknown:")
                yield Violation(constraint=self.name, vms=(vm.ref,), host=host.ref, reason=told, is_unknown=unknown)

    def _against(
        self, inventory: Inventory, vm: VirtualMachine, chain: Sequence[ResourcePool], there: _There
    ) -> Iterator[str]:
        for what in UNITS:
            for told in _shortages(inventory, vm, what, chain, there):
                if not (self.unknown_permitted and told.startswith("unknown:")):
                    yield told


def _shortages(
    inventory: Inventory, vm: VirtualMachine, what: str, chain: Sequence[ResourcePool], there: _There
) -> Iterator[str]:
    """What the pools lack from the VM's own up, beginning with what is not known."""
    borrows = _reserved(vm, what) > 0
    for pool in chain:
        allocation, told = _allocation(pool, what), f"resource pool {pool.name}"
        if allocation is None:
            if borrows or _demand(vm, what) != 0:
                yield f"unknown: the {what} allocation of {told}"
            return
        running = list(_below(inventory, pool, there).values())
        if allocation.limit is not None and _demand(vm, what) != 0:
            unknown = [one.name for one in running if _demand(one, what) is None]
            asked = sum(_demand(one, what) or 0 for one in running)
            if unknown:
                yield f"unknown: {what} demand of {len(unknown)} of {len(running)} VMs in {told} (first: {unknown[0]})"
            if asked > allocation.limit:
                yield (
                    f"{what} demand of {len(running)} VMs in {told}: {asked:,} {UNITS[what]}, its limit is "
                    f"{allocation.limit:,} {UNITS[what]}"
                )
        if borrows:
            used = _used(inventory, pool, what, there)
            most = allocation.limit if allocation.is_expandable else allocation.reservation
            borrows = used > allocation.reservation
            if borrows and most is not None and used > most:
                yield (
                    f"{what} reservations in {told}: {used:,} {UNITS[what]}, at most {most:,} {UNITS[what]}"
                    + ("" if allocation.is_expandable else " (its reservation is not expandable)")
                )
                return


def _enters(inventory: Inventory, vm: VirtualMachine, host: Host) -> bool:
    """Whether it runs and the host is of another cluster than its own."""
    home = inventory.find_host(vm.host)
    return vm.is_powered_on and host.cluster is not None and (home is None or home.cluster != host.cluster)


def _chain(inventory: Inventory, vm: VirtualMachine, host: Host) -> list[ResourcePool]:
    """The pool that it is in on that host, and those above but for the root pool."""
    cluster, found = inventory.find_cluster(host.cluster), inventory.find_resource_pool(vm.resource_pool)
    if found is None or cluster is None or found.owner != cluster.ref:
        found = pool_of_path(inventory, host, pool_path(inventory, vm.resource_pool))
    chain: list[ResourcePool] = []
    while found is not None and found.parent is not None and found not in chain:
        chain.append(found)
        found = inventory.find_resource_pool(found.parent)
    return chain


def _there(inventory: Inventory) -> _There:
    """The running VMs directly in each pool, those under way at both ends."""
    there: defaultdict[EntityRef, dict[EntityRef, VirtualMachine]] = defaultdict(dict)
    for vm in inventory.virtual_machines if inventory.resource_pools else ():
        for ref in inventory.hosts_charged_with(vm.ref) if vm.is_powered_on else ():
            host = inventory.find_host(ref)
            for pool in _chain(inventory, vm, host)[:1] if host else ():
                there[pool.ref][vm.ref] = vm
    return there


def _with(there: _There, vm: VirtualMachine, chain: Sequence[ResourcePool]) -> _There:
    """With one VM more in the first pool of the chain."""
    return {**there, chain[0].ref: {**there.get(chain[0].ref, {}), vm.ref: vm}} if chain else there


def _below(inventory: Inventory, pool: ResourcePool, there: _There) -> dict[EntityRef, VirtualMachine]:
    """The running VMs in it and in all pools below."""
    found = dict(there.get(pool.ref, {}))
    for other in inventory.resource_pools:
        if other.parent == pool.ref:
            found |= _below(inventory, other, there)
    return found


def _used(inventory: Inventory, pool: ResourcePool, what: str, there: _There) -> int:
    """What is reserved of it: by its VMs, and by the pools below with what these borrow."""
    used = sum(_reserved(vm, what) for vm in there.get(pool.ref, {}).values())
    for other in inventory.resource_pools:
        allocation = _allocation(other, what)
        if other.parent == pool.ref and allocation is not None:
            borrowed = _used(inventory, other, what, there) if allocation.is_expandable else 0
            used += max(allocation.reservation, borrowed)
    return used


def _allocation(pool: ResourcePool, what: str) -> Allocation | None:
    return pool.cpu if what == "CPU" else pool.memory


def _demand(vm: VirtualMachine, what: str) -> int | None:
    """Of memory all that it may use: what it holds now says little of a pool's limit."""
    return vm.cpu_demand_mhz if what == "CPU" else vm.memory_mib


def _reserved(vm: VirtualMachine, what: str) -> int:
    return vm.cpu_reservation_mhz if what == "CPU" else vm.memory_reservation_mib

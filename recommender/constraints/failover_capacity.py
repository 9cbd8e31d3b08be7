"""No VM is brought to a dedicated failover host, nor into a cluster where HA could then not restart everything.

Sources: vSphere HA admission control (resource percentage, slots, dedicated hosts). Within a cluster a migration
changes nothing of what is reserved in all, so only what comes from outside is held against percentages and slots.
vCenter also counts each VM's memory overhead and has the last word.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.admission_control import AdmissionControl, AdmissionPolicy
from recommender.inventory.cluster import Cluster
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.policy import MoveScope

LEAST_SLOT_MHZ = 32  # what HA takes for a VM without a CPU reservation


@dataclass(frozen=True, slots=True)
class FailoverCapacity:
    """``scope``: within ``CLUSTER`` nothing comes from outside, and dedicated hosts alone count."""

    scope: MoveScope = MoveScope.CLUSTER

    name: ClassVar[str] = "failover_capacity"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """What it reserves, and in which clusters it counts already."""
        if self.scope is MoveScope.CLUSTER or not vm.is_powered_on:
            return None
        charged = frozenset(_cluster_of(inventory, host) for host in inventory.hosts_charged_with(vm.ref))
        return (vm.cpu_reservation_mhz, vm.memory_reservation_mib, _cluster_of(inventory, vm.host), charged)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """False for dedicated hosts, and for clusters that would become too full by this one VM."""
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        columns: defaultdict[EntityRef | None, list[int]] = defaultdict(list)
        for column, host in enumerate(hosts):
            columns[host.cluster].append(column)
        for ref, of_cluster in columns.items():
            cluster = inventory.find_cluster(ref)
            control = cluster.admission_control if cluster else None
            if cluster is None or control is None:
                continue
            if control.policy is AdmissionPolicy.DEDICATED_HOSTS:
                matrix[:, [column for column in of_cluster if hosts[column].ref in control.failover_hosts]] = False
            elif self.scope is not MoveScope.CLUSTER:
                matrix[:, of_cluster] = self._has_room(inventory, cluster, control, vms)[:, np.newaxis]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing: several VMs that enter a cluster one after the other are judged when the plan is made."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs in flight to dedicated hosts, or into clusters that become too full."""
        for vm in vms:
            flight = inventory.in_flight_of(vm.ref)
            host = inventory.find_host(flight.destination) if flight else None
            cluster = inventory.find_cluster(host.cluster) if host else None
            control = cluster.admission_control if cluster else None
            if flight is None or host is None or cluster is None or control is None or host.ref == vm.host:
                continue
            if control.policy is AdmissionPolicy.DEDICATED_HOSTS:
                reason = "a dedicated failover host of HA" if host.ref in control.failover_hosts else None
            elif (
                self.scope is MoveScope.CLUSTER
                or not vm.is_powered_on
                or _cluster_of(inventory, vm.host) == cluster.ref
            ):
                reason = None
            else:
                reason = _shortage(control, _hosts(inventory, cluster), list(_members(inventory, cluster).values()))
            if reason:
                yield Violation(constraint=self.name, vms=(vm.ref,), host=host.ref, reason=reason)

    def _has_room(
        self, inventory: Inventory, cluster: Cluster, control: AdmissionControl, vms: Sequence[VirtualMachine]
    ) -> BoolMatrix:
        """By VM, whether the cluster may take it from outside; true for VMs that are in it or do not run."""
        members, counted = _members(inventory, cluster), _hosts(inventory, cluster)
        verdicts: dict[Hashable, bool] = {}
        room = np.ones(len(vms), dtype=bool)
        for row, vm in enumerate(vms):
            if not vm.is_powered_on or _cluster_of(inventory, vm.host) == cluster.ref:
                continue
            key = (vm.ref in members, vm.cpu_reservation_mhz, vm.memory_reservation_mib)
            if key not in verdicts:
                running = [*members.values(), *([] if vm.ref in members else [vm])]
                verdicts[key] = not _shortage(control, counted, running)
            room[row] = verdicts[key]
        return room


def shortage_without(inventory: Inventory, cluster: Cluster, absent: frozenset[EntityRef]) -> str | None:
    """What HA of ``cluster`` would lack once ``absent`` are in maintenance mode and their VMs run on its other hosts.

    ``None`` where nothing is reserved or enough is left. Dedicated failover hosts must not be among those absent.
    """
    control = cluster.admission_control
    if control is None:
        return None
    if control.policy is AdmissionPolicy.DEDICATED_HOSTS:
        lost = absent & frozenset(control.failover_hosts)
        return (
            f"{len(lost)} of {len(control.failover_hosts)} dedicated failover hosts of HA would be away"
            if lost
            else None
        )
    left = [host for host in _hosts(inventory, cluster) if host.ref not in absent]
    return _shortage(control, left, list(_members(inventory, cluster).values()))


def _cluster_of(inventory: Inventory, host: EntityRef) -> EntityRef | None:
    found = inventory.find_host(host)
    return found.cluster if found else None


def _hosts(inventory: Inventory, cluster: Cluster) -> list[Host]:
    """The hosts that HA counts."""
    return [host for host in inventory.hosts if host.cluster == cluster.ref and host.is_available]


def _members(inventory: Inventory, cluster: Cluster) -> dict[EntityRef, VirtualMachine]:
    """The running VMs that hold room in the cluster, those on their way to it among them."""
    return {
        vm.ref: vm
        for host in inventory.hosts
        if host.cluster == cluster.ref
        for vm in inventory.vms_charged_to(host.ref)
        if vm.is_powered_on
    }


def _shortage(control: AdmissionControl, hosts: Sequence[Host], running: Sequence[VirtualMachine]) -> str | None:
    if control.policy is AdmissionPolicy.SLOTS:
        return _slot_shortage(control, hosts, running)
    cpu_mhz = sum(max(vm.cpu_reservation_mhz, LEAST_SLOT_MHZ) for vm in running)
    memory_mib = sum(vm.memory_reservation_mib for vm in running)
    asked = (
        ("CPU", "MHz", cpu_mhz, sum(host.cpu_mhz for host in hosts), control.cpu_percent),
        ("memory", "MiB", memory_mib, sum(host.memory_mib for host in hosts), control.memory_percent),
    )
    for what, unit, reserved, capacity, percent in asked:
        if reserved * 100 > capacity * (100 - percent):
            return (
                f"HA keeps {percent} % of the cluster's {what} free: {reserved:,} {unit} would be reserved, at most "
                f"{capacity * (100 - percent) // 100:,} {unit} may be"
            )
    return None


def _slot_shortage(control: AdmissionControl, hosts: Sequence[Host], running: Sequence[VirtualMachine]) -> str | None:
    mhz = control.slot_cpu_mhz or max([LEAST_SLOT_MHZ, *(vm.cpu_reservation_mhz for vm in running)])
    mib = control.slot_memory_mib or max([0, *(vm.memory_reservation_mib for vm in running)])
    slots = sorted(min(host.cpu_mhz // mhz, host.memory_mib // mib if mib else host.cpu_mhz // mhz) for host in hosts)
    # The hosts that fail are taken to be the largest ones.
    kept = sum(slots[: max(0, len(slots) - control.host_failures)])
    if len(running) <= kept:
        return None
    return (
        f"HA tolerates the failure of {control.host_failures} of {len(hosts)} hosts: {len(running)} VMs would run, "
        f"{kept} slots of {mhz:,} MHz and {mib:,} MiB remain"
    )

"""An inventory in names alone, so that two worlds with addresses of their own can be compared."""

from collections.abc import Iterable
from typing import Any, Protocol

from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine


class _Thing(Protocol):
    @property
    def ref(self) -> EntityRef: ...
    @property
    def name(self) -> str: ...


def described(inventory: Inventory) -> dict[str, Any]:
    """Everything that an estate tells but its load, which changes by itself in memory."""
    names = _names(inventory)
    return {
        "hosts": {host.name: _host(host, names) for host in inventory.hosts},
        "vms": {vm.name: _vm(vm, names) for vm in inventory.virtual_machines},
        "clusters": {
            cluster.name: (
                cluster.datacenter,
                cluster.drs_enabled,
                cluster.drs_automation,
                cluster.ha_enabled,
                cluster.vsan_enabled,
                cluster.evc_mode,
                names.get(cluster.root_resource_pool),
            )
            for cluster in inventory.clusters
        },
        "pools": sorted(
            (pool.name, names.get(pool.owner, "a host"), names.get(pool.parent, "none"))
            for pool in inventory.resource_pools
        ),
        "datastores": {
            store.name: (store.datacenter, store.capacity_mib, store.free_mib, store.in_maintenance)
            for store in inventory.datastores
        },
        "networks": {
            network.name: network.datacenter for network in inventory.networks if _is_reached(inventory, network.ref)
        },
        "together": {rule.name: _named(rule.vms, names) for rule in inventory.vm_affinity_rules},
        "apart": {rule.name: _named(rule.vms, names) for rule in inventory.vm_anti_affinity_rules},
        "vm_host": {
            rule.name: (_named(rule.vms, names), _named(rule.hosts, names), rule.is_affine, rule.is_mandatory)
            for rule in inventory.vm_host_rules
        },
    }


def _host(host: Host, names: dict[EntityRef | None, str]) -> dict[str, Any]:
    return {
        "datacenter": host.datacenter,
        "cluster": names.get(host.cluster),
        "state": (host.connection_state, host.is_powered_on, host.in_maintenance, host.in_quarantine),
        "vsan_fault_domain": host.vsan_fault_domain,
        "size": (host.cpu_mhz, host.cores, host.memory_mib),
        "features": host.feature_capabilities or None,
        "max_evc_mode": host.max_evc_mode,
        "vmotion": host.vmotion_adapters,
        "datastores": _named(host.datastores, names),
        "networks": _named(host.networks, names),
    }


def _vm(vm: VirtualMachine, names: dict[EntityRef | None, str]) -> dict[str, Any]:
    return {
        "host": names[vm.host],
        "kind": vm.kind,
        "power_state": vm.power_state,
        "size": (vm.vcpus, vm.memory_mib, vm.cpu_reservation_mhz, vm.memory_reservation_mib),
        "needs": (vm.feature_requirements, vm.min_required_evc_mode),
        "disks": [(names[disk.datastore], disk.size_mib) for disk in vm.disks],
        "datastores": _named(vm.datastores, names),
        "networks": _named(vm.networks, names),
        "pool": names.get(vm.resource_pool),
        "relocate_disabled": vm.relocate_disabled,
    }


def _names(inventory: Inventory) -> dict[EntityRef | None, str]:
    things: tuple[_Thing, ...] = (
        *inventory.hosts,
        *inventory.virtual_machines,
        *inventory.clusters,
        *inventory.resource_pools,
        *inventory.datastores,
        *inventory.networks,
    )
    return {thing.ref: thing.name for thing in things}


def _named(refs: Iterable[EntityRef], names: dict[EntityRef | None, str]) -> list[str]:
    return sorted(names[ref] for ref in refs)


def _is_reached(inventory: Inventory, network: EntityRef) -> bool:
    """Without those that vSphere makes by itself: the default network, and a switch's uplinks."""
    return any(network in host.networks for host in inventory.hosts)

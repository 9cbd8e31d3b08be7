"""The picture of the estate after something happened in it; disk space is held while a migration is under way."""

from collections.abc import Mapping
from dataclasses import replace

from recommender.inventory.host import Host
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.pool_path import pool_of_path, pool_path
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.ports import TaskRef
from recommender.simulation.vcenter.admission import arriving_mib
from recommender.simulation.vcenter.relocate_spec import RelocateSpec


def under_way(picture: Inventory, vm: VirtualMachine, spec: RelocateSpec) -> Inventory:
    """The migration was accepted: it counts at both ends and holds its space at the destination."""
    flight = MigrationInFlight(
        vm=vm.ref,
        destination=spec.destination,
        destination_datastores=tuple(sorted({target for _, target in spec.disks_to_copy(vm)})),
        disk_targets=tuple(sorted(spec.disk_targets.items())),
    )
    return _with_space(picture, arriving_mib(vm, spec), sign=-1).with_in_flight(flight)


def arrived(picture: Inventory, vm: VirtualMachine, spec: RelocateSpec, task: TaskRef) -> Inventory:
    """It ended well: what it left behind is free. In another vCenter it has another address, made from ``task``."""
    # What was held at the destination is given back, for the picture itself moves the space with the disks.
    held = _with_space(picture, arriving_mib(vm, spec), sign=1)
    there = held.with_vm_on(vm.ref, spec.destination, spec.disk_targets)
    source, destination = picture.host(vm.host), picture.host(spec.destination)
    there = _in_its_pool(there, there.vm(vm.ref), source, destination)
    return there if source.ref.vcenter == destination.ref.vcenter else _handed_over(there, vm.ref, destination, task)


def departed(picture: Inventory, vm: VirtualMachine, spec: RelocateSpec) -> Inventory:
    """It failed: the VM is where it was and the space it held is free again."""
    return _with_space(picture, arriving_mib(vm, spec), sign=1).without_in_flight(vm.ref)


def with_host(picture: Inventory, host: Host) -> Inventory:
    """``host`` in the place of the host of the same reference."""
    return replace(picture, hosts=tuple(host if other.ref == host.ref else other for other in picture.hosts))


def with_vm(picture: Inventory, vm: VirtualMachine) -> Inventory:
    """One VM more."""
    return replace(picture, virtual_machines=tuple(sorted((*picture.virtual_machines, vm), key=lambda one: one.ref)))


def without_vm(picture: Inventory, ref: EntityRef) -> Inventory:
    """The VM is gone, from the rules too."""
    return replace(
        picture,
        virtual_machines=tuple(vm for vm in picture.virtual_machines if vm.ref != ref),
        vm_affinity_rules=tuple(replace(rule, vms=_without(rule.vms, ref)) for rule in picture.vm_affinity_rules),
        vm_anti_affinity_rules=tuple(
            replace(rule, vms=_without(rule.vms, ref)) for rule in picture.vm_anti_affinity_rules
        ),
        vm_host_rules=tuple(replace(rule, vms=_without(rule.vms, ref)) for rule in picture.vm_host_rules),
    )


def _in_its_pool(picture: Inventory, vm: VirtualMachine, source: Host, destination: Host) -> Inventory:
    """In another cluster it is in the pool of the same path, or the root pool; a template is in no pool anywhere."""
    cluster = picture.find_cluster(destination.cluster)
    if cluster is None or destination.cluster == source.cluster or vm.resource_pool is None:
        return picture
    same = pool_of_path(picture, destination, pool_path(picture, vm.resource_pool))
    moved = replace(vm, resource_pool=same.ref if same else cluster.root_resource_pool)
    vms = tuple(moved if other.ref == vm.ref else other for other in picture.virtual_machines)
    return replace(picture, virtual_machines=vms)


def _handed_over(picture: Inventory, ref: EntityRef, destination: Host, task: TaskRef) -> Inventory:
    """It is in no rule there, and on the networks that are called as its own."""
    vm = picture.vm(ref)
    names = [network.name for network in picture.networks if network.ref in vm.networks]
    networks = [network.ref for network in picture.networks if network.ref in destination.networks]
    called = tuple(one for one in networks if (found := picture.find_network(one)) and found.name in names)
    there = replace(vm, ref=EntityRef(destination.ref.vcenter, f"vm-of-{task.moid}"), networks=called)
    return with_vm(without_vm(picture, ref), there)


def _without(refs: tuple[EntityRef, ...], ref: EntityRef) -> tuple[EntityRef, ...]:
    return tuple(other for other in refs if other != ref)


def _with_space(picture: Inventory, freed_mib: Mapping[EntityRef, int], *, sign: int) -> Inventory:
    if not freed_mib:
        return picture
    datastores = tuple(
        replace(store, free_mib=store.free_mib + sign * freed_mib.get(store.ref, 0)) for store in picture.datastores
    )
    return replace(picture, datastores=datastores)

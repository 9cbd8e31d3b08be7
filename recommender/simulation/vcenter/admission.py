"""What vCenter checks before it takes a migration: the simulated world says no as honestly, with numbers.

Written apart from ``constraints/`` on purpose: the product is tested against it, not against itself.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from recommender.inventory.host import ConnectionState, Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmKind
from recommender.simulation.vcenter.relocate_spec import RelocateSpec

MAX_RTT_MS: Final = 150.0  # vSphere 6.0 and later


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    inventory: Inventory
    vm: VirtualMachine
    source: Host
    destination: Host
    spec: RelocateSpec

    @property
    def changes_host(self) -> bool:
        return self.source.ref != self.destination.ref

    @property
    def changes_vcenter(self) -> bool:
        return self.source.ref.vcenter != self.destination.ref.vcenter

    @property
    def datastores_after(self) -> tuple[EntityRef, ...]:
        moved = self.inventory.with_vm_on(self.vm.ref, self.destination.ref, self.spec.disk_targets)
        return moved.vm(self.vm.ref).datastores


def refusal(inventory: Inventory, spec: RelocateSpec) -> str | None:
    """Why vCenter would not take this migration now, ``None`` if it would."""
    vm = inventory.find_vm(spec.vm)
    if vm is None:
        return "The object has already been deleted or has not been completely created."
    destination = inventory.find_host(spec.destination)
    if destination is None:
        return f"The destination host {spec.destination} does not exist."
    if inventory.in_flight_of(vm.ref) is not None:
        return "Another task is already in progress."
    question = _Question(
        inventory=inventory,
        vm=vm,
        source=inventory.host(vm.host),
        destination=destination,
        spec=spec,
    )
    return next((reason for check in _CHECKS for reason in check(question)), None)


def state_refusal(inventory: Inventory, source: EntityRef, destination: EntityRef) -> str | None:
    """Why the state of the two hosts does not let a migration between them go on, ``None`` if it does."""
    for ref in (source, destination):
        host = inventory.host(ref)
        if host.connection_state is not ConnectionState.CONNECTED or not host.is_powered_on:
            return f"The operation is not allowed: host {host.name} is {host.connection_state.value}."
    if inventory.host(destination).in_maintenance:
        return f"The operation is not allowed: host {inventory.host(destination).name} is in maintenance mode."
    return None


def _may_be_relocated(question: _Question) -> Iterator[str]:
    if question.vm.kind is VmKind.TEMPLATE and question.changes_vcenter:
        yield f"{question.vm.name} is a template: it does not go to another vCenter."
    if question.vm.relocate_disabled:
        yield f"The method is disabled on {question.vm.name}."
    if question.vm.kind in (VmKind.VCLS, VmKind.AGENT):
        yield f"{question.vm.name} is managed by the system."


def _hosts_are_ready(question: _Question) -> Iterator[str]:
    reason = state_refusal(question.inventory, question.source.ref, question.destination.ref)
    if reason is not None:
        yield reason


def _vmotion_is_enabled(question: _Question) -> Iterator[str]:
    if question.vm.is_powered_on and question.changes_host:
        for host in (question.source, question.destination):
            if host.vmotion_adapters == ():
                yield f"The vMotion interface is not configured on host {host.name}."


def _cpu_is_compatible(question: _Question) -> Iterator[str]:
    if not question.vm.is_powered_on or not question.changes_host:
        return
    offered = {capability.key: capability.value for capability in question.destination.feature_capabilities or ()}
    for requirement in question.vm.feature_requirements or ():
        _, comparison, needed = requirement.value.split(":")
        has = int(offered.get(requirement.key, "0"))
        if not {"Min": has >= int(needed), "Max": has <= int(needed), "Equal": has == int(needed)}[comparison]:
            yield f"The destination's CPU offers {requirement.key} {has}, the VM requires {requirement.value}."


def _datastores_are_mounted(question: _Question) -> Iterator[str]:
    for ref in question.datastores_after:
        if ref not in question.destination.datastores:
            datastore = question.inventory.find_datastore(ref)
            yield f"Datastore {datastore.name if datastore else ref} is not accessible from the destination host."


def _networks_are_reached(question: _Question) -> Iterator[str]:
    inventory, reached = question.inventory, question.destination.networks
    # To another vCenter the call names the networks, here those that are called as the VM's own.
    names = {found.name for ref in reached if (found := inventory.find_network(ref))}
    for network in question.vm.networks:
        own = inventory.find_network(network)
        is_named = question.changes_vcenter and own is not None and own.name in names
        if question.changes_host and network not in reached and not is_named:
            yield f"Network {network} is not accessible from the destination host."


def _datastore_has_space(question: _Question) -> Iterator[str]:
    for ref, needed in arriving_mib(question.vm, question.spec).items():
        datastore = question.inventory.find_datastore(ref)
        if datastore is not None and needed > datastore.free_mib:
            yield f"Insufficient disk space on {datastore.name}: {needed} MiB needed, {datastore.free_mib} MiB free."


def _memory_is_left(question: _Question) -> Iterator[str]:
    if not question.vm.is_powered_on or not question.changes_host:
        return
    running = [vm for vm in question.inventory.vms_charged_to(question.destination.ref) if vm.is_powered_on]
    held = sum(vm.memory_mib for vm in running)
    if held + question.vm.memory_mib > question.destination.memory_mib:
        yield (
            f"Insufficient memory: {question.vm.memory_mib} MiB needed, "
            f"{question.destination.memory_mib - held} MiB of {question.destination.memory_mib} MiB free."
        )
    reserved = sum(vm.cpu_reservation_mhz for vm in running)
    if reserved + question.vm.cpu_reservation_mhz > question.destination.cpu_mhz:
        yield f"Insufficient CPU: {reserved} MHz of {question.destination.cpu_mhz} MHz are reserved."


def _distance_is_short(question: _Question) -> Iterator[str]:
    link = question.inventory.site_link(question.source.site, question.destination.site)
    if link is not None and link.rtt_ms > MAX_RTT_MS:
        yield f"The round-trip time is {link.rtt_ms:g} ms, at most {MAX_RTT_MS:g} ms are supported."


def arriving_mib(vm: VirtualMachine, spec: RelocateSpec) -> dict[EntityRef, int]:
    """Space that the copied disks take, by datastore."""
    needed: dict[EntityRef, int] = {}
    for disk, target in spec.disks_to_copy(vm):
        needed[target] = needed.get(target, 0) + disk.size_mib
    return needed


_CHECKS: Final[tuple[Callable[[_Question], Iterator[str]], ...]] = (
    _may_be_relocated,
    _hosts_are_ready,
    _vmotion_is_enabled,
    _cpu_is_compatible,
    _datastores_are_mounted,
    _networks_are_reached,
    _datastore_has_space,
    _memory_is_left,
    _distance_is_short,
)

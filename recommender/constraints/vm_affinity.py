"""*Keep Virtual Machines Together*: the running VMs of a rule are on one host.

A group cannot move in one instant, so the rule holds at the end of a plan and not at every moment of it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from recommender.constraints.base import EveryPair, PlacementModel, Violation
from recommender.inventory.affinity_rule import VmAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class VmAffinity(EveryPair):
    """No parameters: the rules are the inventory's."""

    name: ClassVar[str] = "vm_affinity"
    continuous: ClassVar[bool] = False

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Running members together, and with those that stay where they are."""
        position = {vm.ref: index for index, vm in enumerate(model.vms)}
        hosts = {host.ref: index for index, host in enumerate(model.hosts)}
        for rule in inventory.vm_affinity_rules:
            running = _running(inventory, rule)
            free = [position[vm.ref] for vm in running if vm.ref in position]
            if len(free) > 1:
                model.together(rule.name, free)
            for end in {_end(inventory, vm) for vm in running if vm.ref not in position} & hosts.keys():
                if free:
                    model.fixed_member(rule.name, free, hosts[end], together=True)

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Rules of which the running members are, or will be once migrations have ended, on several hosts."""
        rules: dict[VmAffinityRule, None] = {}
        for vm in vms:
            if vm.is_powered_on:
                rules.update(dict.fromkeys(inventory.affinity_rules_of(vm.ref)))
        for rule in rules:
            running = _running(inventory, rule)
            places = {_end(inventory, vm) for vm in running}
            if len(places) > 1:
                yield Violation(
                    constraint=self.name,
                    rule=rule.name,
                    vms=tuple(vm.ref for vm in running),
                    host=None,
                    reason=f"{len(running)} VMs to be kept together are on {len(places)} hosts",
                )


def _running(inventory: Inventory, rule: VmAffinityRule) -> list[VirtualMachine]:
    return [vm for vm in map(inventory.find_vm, rule.vms) if vm is not None and vm.is_powered_on]


def _end(inventory: Inventory, vm: VirtualMachine) -> EntityRef:
    flight = inventory.in_flight_of(vm.ref)
    return vm.host if flight is None else flight.destination

"""*Separate Virtual Machines*: no two running VMs of a rule are on one host, not even while one of them passes by."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from recommender.constraints.base import EveryPair, PlacementModel, Violation
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class VmAntiAffinity(EveryPair):
    """No parameters: the rules are the inventory's."""

    name: ClassVar[str] = "vm_anti_affinity"
    continuous: ClassVar[bool] = True

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Running members apart from each other, and from those that stay or are under way."""
        position = {vm.ref: index for index, vm in enumerate(model.vms)}
        hosts = {host.ref: index for index, host in enumerate(model.hosts)}
        for rule in inventory.vm_anti_affinity_rules:
            running = [vm for vm in map(inventory.find_vm, rule.vms) if vm is not None and vm.is_powered_on]
            free = [position[vm.ref] for vm in running if vm.ref in position]
            if len(free) > 1:
                model.apart(rule.name, free)
            taken = {ref for vm in running if vm.ref not in position for ref in inventory.hosts_charged_with(vm.ref)}
            for ref in sorted(taken & hosts.keys()):
                if free:
                    model.fixed_member(rule.name, free, hosts[ref], together=False)

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Hosts on which several members of a rule, one of ``vms`` among them, hold room."""
        asked = dict.fromkeys(vm.ref for vm in vms)
        rules = dict.fromkeys(rule for ref in asked for rule in inventory.anti_affinity_rules_of(ref))
        for rule in rules:
            there: defaultdict[EntityRef, list[EntityRef]] = defaultdict(list)
            for ref in rule.vms:
                member = inventory.find_vm(ref)
                if member is not None and member.is_powered_on:
                    for host in inventory.hosts_charged_with(ref):
                        there[host].append(ref)
            for host, members in there.items():
                if len(members) > 1 and not asked.keys().isdisjoint(members):
                    yield Violation(
                        constraint=self.name,
                        rule=rule.name,
                        vms=tuple(members),
                        host=host,
                        reason=f"{len(members)} of {len(rule.vms)} VMs to be separated are on one host",
                    )

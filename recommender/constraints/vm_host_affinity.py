"""*Must (not) run on hosts in group*: mandatory VM-host rules. Several rules of one VM hold together.

Should-rules are an objective. As in vSphere, a must-rule binds powered-off VMs too.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class VmHostAffinity:
    """No parameters: the rules are the inventory's."""

    name: ClassVar[str] = "vm_host_affinity"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The groups of its mandatory rules."""
        return tuple((rule.hosts, rule.is_affine) for rule in inventory.vm_host_rules_of(vm.ref) if rule.is_mandatory)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where every mandatory rule of the VM allows the host."""
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for row, vm in enumerate(vms):
            for rule in inventory.vm_host_rules_of(vm.ref):
                if rule.is_mandatory:
                    members = frozenset(rule.hosts)
                    matrix[row] &= [(host.ref in members) is rule.is_affine for host in hosts]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on, or on their way to, hosts that a mandatory rule forbids."""
        for vm in vms:
            for rule in inventory.vm_host_rules_of(vm.ref):
                if not rule.is_mandatory:
                    continue
                for host in inventory.hosts_charged_with(vm.ref):
                    if not rule.allows(host):
                        group = f"its group of {len(rule.hosts)} hosts"
                        what = f"must run on {group}" if rule.is_affine else f"must not run on {group}"
                        yield Violation(
                            constraint=self.name, rule=rule.name, vms=(vm.ref,), host=host, reason=f"the VM {what}"
                        )

"""A VM with raw device mappings goes only to a host that sees the LUNs behind them."""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


@dataclass(frozen=True, slots=True)
class LunReachable:
    """``unknown_permitted``: a host of which the LUNs are unknown is taken to see them."""

    unknown_permitted: bool = False

    name: ClassVar[str] = "lun_reachable"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The LUNs mapped into it."""
        del inventory
        return vm.raw_luns

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where all of its LUNs are seen."""
        del inventory
        seen = [None if host.raw_luns is None else frozenset(host.raw_luns) for host in hosts]
        matrix = np.ones((len(vms), len(hosts)), dtype=bool)
        for position, vm in enumerate(vms):
            if vm.raw_luns:
                needed = frozenset(vm.raw_luns)
                matrix[position] = [self.unknown_permitted if luns is None else needed <= luns for luns in seen]
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs on, or on their way to, hosts that do not see their LUNs."""
        for vm in vms:
            if not vm.raw_luns:
                continue
            for ref in inventory.hosts_charged_with(vm.ref):
                host = inventory.find_host(ref)
                if host is None:
                    continue
                if host.raw_luns is None:
                    if not self.unknown_permitted and ref != vm.host:
                        reason = f"unknown: LUNs that the host sees ({len(vm.raw_luns)} are mapped into the VM)"
                        yield Violation(constraint=self.name, vms=(vm.ref,), host=ref, reason=reason, is_unknown=True)
                    continue
                missing = [lun for lun in vm.raw_luns if lun not in host.raw_luns]
                if missing:
                    yield Violation(
                        constraint=self.name,
                        vms=(vm.ref,),
                        host=ref,
                        reason=f"{len(missing)} of {len(vm.raw_luns)} mapped LUNs are not seen: {', '.join(missing)}",
                    )

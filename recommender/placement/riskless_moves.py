"""Moves that nobody needs are not made where they may not converge; whoever has to move, does all the same.

It is said to the search alone, in the form of a rule: a placement that came about by other hands breaks nothing.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.fleet import vm_converging
from recommender.policy import Policy


@dataclass(frozen=True, slots=True)
class RisklessMoves:
    """``closed``: for each VM of which some moves may not converge the hosts where these lead to."""

    closed: Mapping[EntityRef, frozenset[EntityRef]]

    name: ClassVar[str] = "riskless_moves"
    continuous: ClassVar[bool] = False

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The hosts it is not brought to."""
        del inventory
        return self.closed.get(vm.ref)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """All hosts but those."""
        del inventory
        return np.array([[host.ref not in self.closed.get(vm.ref, ()) for host in hosts] for vm in vms], dtype=bool)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Pairs say it all."""
        del inventory, model

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """None: it speaks of moves alone."""
        del inventory, vms
        yield from ()


def riskless_moves(inventory: Inventory, policy: Policy, vms: Sequence[VirtualMachine]) -> RisklessMoves:
    """What may not converge of the moves of ``vms``, which nobody needs; by dirty rate and bandwidth at p95."""
    risky = ~vm_converging(inventory, policy, vms, inventory.hosts)
    return RisklessMoves(
        {
            vm.ref: frozenset(inventory.hosts[host].ref for host in np.flatnonzero(row))
            for vm, row in zip(vms, risky, strict=True)
            if row.any()
        }
    )

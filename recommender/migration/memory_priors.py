"""What share of its memory a VM writes whose own figures are not known: that of VMs like it whose figures are.

Like it means the same tags (the same service), else the same operating system, else about the same size, else any VM.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import replace
from statistics import median
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.load import ActiveSharePrior
from recommender.inventory.virtual_machine import VirtualMachine

FEWEST: Final = 5  # a median of fewer says little


def with_memory_priors(inventory: Inventory) -> Inventory:
    """``inventory`` with a prior for each running VM whose active memory is unknown, where enough VMs tell theirs."""
    known: defaultdict[Hashable, list[float]] = defaultdict(list)
    unknown = False
    for vm in inventory.virtual_machines:
        if vm.is_powered_on and vm.load.memory_active_mib is not None:
            share = min(1.0, vm.load.memory_active_mib / (vm.load.memory_consumed_mib or vm.memory_mib))
            for kind, _ in _kinds(vm):
                known[kind].append(share)
        unknown = unknown or _needs_prior(vm)
    if not unknown:
        return inventory
    medians = {kind: (median(shares), len(shares)) for kind, shares in known.items() if len(shares) >= FEWEST}

    def with_prior(vm: VirtualMachine) -> VirtualMachine:
        for kind, told in _kinds(vm) if _needs_prior(vm) else ():
            if kind in medians:
                share, count = medians[kind]
                prior = ActiveSharePrior(share=share, origin=f"median of {count} VMs {told}")
                return replace(vm, load=replace(vm.load, active_prior=prior))
        return vm

    return replace(inventory, virtual_machines=tuple(map(with_prior, inventory.virtual_machines)))


def _needs_prior(vm: VirtualMachine) -> bool:
    return vm.is_powered_on and vm.load.memory_active_mib is None


def _kinds(vm: VirtualMachine) -> Iterator[tuple[Hashable, str]]:
    """The kinds that a VM is of, the closest first."""
    if vm.tags:
        yield ("tags", tuple(sorted(vm.tags))), "with the same tags"
    if vm.guest_id:
        yield ("guest", vm.guest_id), "with the same operating system"
    yield ("size", vm.memory_mib.bit_length()), "of about its size"
    yield "any", "in the inventory"

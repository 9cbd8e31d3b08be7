"""VMs that an extension owns but that the operator lets us move all the same."""

from collections.abc import Collection
from dataclasses import replace

from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine, VmKind


def with_movable_agents(inventory: Inventory, extensions: Collection[str]) -> Inventory:
    """The picture in which agent VMs owned by one of ``extensions`` (their keys) are ordinary ones; never vCLS VMs."""

    def permitted(vm: VirtualMachine) -> VirtualMachine:
        is_permitted = vm.kind is VmKind.AGENT and vm.managed_by in extensions
        return replace(vm, kind=VmKind.ORDINARY) if is_permitted else vm

    if not extensions:
        return inventory
    return replace(inventory, virtual_machines=tuple(map(permitted, inventory.virtual_machines)))

"""VMs whose instance UUID another VM has, too: what is remembered of the one cannot be told from what is of the other.

vCenter sees to it that there are none in one vCenter. A copy of a VM or of a vCenter that was restored elsewhere has
them (vSphere API, VirtualMachineConfigInfo.instanceUuid).
"""

from collections import defaultdict
from collections.abc import Mapping

from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine


def twins(inventory: Inventory) -> Mapping[str, tuple[VirtualMachine, ...]]:
    """By instance UUID, all VMs that have it, of those that more than one has."""
    return inventory.remember(twins, lambda: _twins(inventory))


def _twins(inventory: Inventory) -> dict[str, tuple[VirtualMachine, ...]]:
    vms = inventory.virtual_machines
    if len({vm.instance_uuid for vm in vms}) == len(vms):
        return {}
    by_uuid: defaultdict[str, list[VirtualMachine]] = defaultdict(list)
    for vm in vms:
        by_uuid[vm.instance_uuid].append(vm)
    return {uuid: tuple(found) for uuid, found in by_uuid.items() if len(found) > 1}

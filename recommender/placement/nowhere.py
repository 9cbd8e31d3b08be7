"""Why a VM finds no place on any of some hosts, with its disks or without: the reason that most of them have."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from recommender.constraints.base import Constraint
from recommender.constraints.check import caused_by_move
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, VirtualMachine

PLACES_ASKED: Final = 64
HOSTS_IN_ALL: Final = 2_000  # are asked, of whatever number of VMs: each with all of its datastores
HOSTS_LEAST: Final = 2  # for each VM


def why_nowhere(
    inventory: Inventory, constraints: Sequence[Constraint], vms: Sequence[VirtualMachine], hosts: Sequence[EntityRef]
) -> Iterator[str]:
    """Of each VM, ``inventory`` as it is once everything else has moved; empty where each host would take it alone."""
    most = min(PLACES_ASKED, max(HOSTS_LEAST, HOSTS_IN_ALL // max(1, len(vms))))
    asked = hosts[:most]
    for vm in vms:
        found = Counter(_reasons(inventory, constraints, vm, asked))
        reason, number = found.most_common(1)[0] if found else ("", 0)
        yield f"{reason} ({number} of {len(asked)} hosts)" if found else ""


def _reasons(
    inventory: Inventory, constraints: Sequence[Constraint], vm: VirtualMachine, hosts: Sequence[EntityRef]
) -> Iterator[str]:
    """Of each host the first reason against its best datastore."""
    keys = [*(disk.key for disk in vm.disks), *([HOME] if vm.home_datastore else [])]
    for ref in hosts:
        host = inventory.host(ref)
        ways = [None, *(dict.fromkeys(keys, store) for store in host.datastores[:PLACES_ASKED])]
        refusals = [caused_by_move(constraints, inventory, vm, host, targets) for targets in ways]
        if all(refusals):
            yield min(refusals, key=len)[0].reason

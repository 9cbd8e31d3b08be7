"""Which VMs everything else depends on: this program's own, and those in which vCenter runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Final
from uuid import UUID

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine

OURS: Final = "this program"
NAMED: Final = "named in the policy"


def with_control_plane(
    inventory: Inventory, found: Mapping[EntityRef, str], own_bios_uuid: str | None, named: Sequence[str]
) -> Inventory:
    """The picture in which these VMs are marked. ``found``: what is known to run in some, by their addresses.

    ``own_bios_uuid``: of the machine that this program runs on; ``named``: patterns of names, or UUIDs.
    """
    own = frozenset(_spellings(own_bios_uuid))

    def role(vm: VirtualMachine) -> str | None:
        if vm.ref in found:
            return found[vm.ref]
        if not own.isdisjoint(_spellings(vm.bios_uuid)):
            return OURS
        is_named = any(fnmatchcase(vm.name, one) or one in (vm.instance_uuid, vm.bios_uuid) for one in named)
        return NAMED if is_named else None

    marked = {vm.ref: told for vm in inventory.virtual_machines if (told := role(vm)) is not None}
    if not marked:
        return inventory
    vms = inventory.virtual_machines
    return replace(
        inventory,
        virtual_machines=tuple(replace(vm, control_plane=marked[vm.ref]) if vm.ref in marked else vm for vm in vms),
    )


def _spellings(text: str | None) -> Iterator[UUID]:
    """A BIOS UUID as it is, and with the bytes of its first three fields swapped, as older firmware tells it."""
    try:
        known = UUID(text or "")
    except ValueError:
        return
    yield known
    yield UUID(bytes=known.bytes_le)

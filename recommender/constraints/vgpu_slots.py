"""A host offers so many vGPUs of a profile, and holds no more of them than that.

Where the profiles that a VM needs are not known it stays where it is (``pinned_vm``). How profiles that share a
physical GPU get into each other's way is vCenter's to know: each profile is counted by itself.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from recommender.constraints.base import BoolMatrix, PlacementModel, Violation
from recommender.inventory.gpu import vgpu_memory_mib
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine

ENOUGH: Final = 1 << 20  # slots of a host of which they are not known, where that is permitted


@dataclass(frozen=True, slots=True)
class VgpuSlots:
    """``unknown_permitted``: a host of which the slots are unknown is taken to have enough."""

    unknown_permitted: bool = False

    name: ClassVar[str] = "vgpu_slots"
    continuous: ClassVar[bool] = True

    def class_key(self, inventory: Inventory, vm: VirtualMachine) -> Hashable:
        """The profiles it needs while it runs."""
        del inventory
        return _profiles(vm)

    def eligible(self, inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> BoolMatrix:
        """True where the slots are known; how many are free depends on who else is there."""
        known = [
            [all(self._slots(inventory, host, profile) is not None for profile in _profiles(vm)) for host in hosts]
            for vm in vms
        ]
        matrix: BoolMatrix = np.array(known, dtype=bool).reshape(len(vms), len(hosts))
        return matrix

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """A capacity of each profile that any VM needs."""
        free = {vm.ref for vm in model.vms}
        for profile in sorted({profile for vm in model.vms for profile in _profiles(vm)}):
            limits = []
            for host in model.hosts:
                fixed = [vm for vm in inventory.vms_charged_to(host.ref) if vm.ref not in free]
                limits.append(
                    (self._slots(inventory, host, profile) or 0) - sum(_profiles(vm).count(profile) for vm in fixed)
                )
            demand = np.array([_profiles(vm).count(profile) for vm in model.vms], dtype=np.float64)
            model.capacity(f"{self.name} {profile}", demand, np.array(limits, dtype=np.float64))

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Profiles of which a host holds more than it offers, and hosts of which that is unknown."""
        asked: dict[tuple[EntityRef, str], None] = {}
        for vm in vms:
            for ref in inventory.hosts_charged_with(vm.ref):
                asked.update(dict.fromkeys((ref, profile) for profile in _profiles(vm)))
        for ref, profile in asked:
            host = inventory.find_host(ref)
            there = [vm for vm in inventory.vms_charged_to(ref) if profile in _profiles(vm)]
            refs, held = tuple(vm.ref for vm in there), sum(_profiles(vm).count(profile) for vm in there)
            slots = self._slots(inventory, host, profile) if host else 0
            if slots is None:
                reason = f"unknown: how many vGPUs {profile} the host offers"
                yield Violation(constraint=self.name, rule=profile, vms=refs, host=ref, reason=reason, is_unknown=True)
            elif host is not None and held > slots:
                reason = f"{held} vGPUs {profile}, the host offers {slots}"
                yield Violation(constraint=self.name, rule=profile, vms=refs, host=ref, reason=reason)

    def _slots(self, inventory: Inventory, host: Host, profile: str) -> int | None:
        """vGPUs of a profile that a host has in all, ``None`` if unknown.

        A processor gives one size of slices at a time: it has none where VMs use it with another profile.
        """
        unknown = ENOUGH if self.unknown_permitted else None
        if host.gpus is None or (host.vgpu_profiles is None and host.gpus):
            return unknown
        if profile not in (host.vgpu_profiles or ()):
            return 0
        size_mib, slots = vgpu_memory_mib(profile), 0
        for gpu in (gpu for gpu in host.gpus if gpu.is_shared):
            users = [vm.vgpu_profiles if vm else () for vm in map(inventory.find_vm, gpu.vms)]
            if size_mib is None or gpu.memory_mib is None or not all(users):
                return unknown
            if all(used == profile for profiles in users for used in profiles):
                slots += gpu.memory_mib // size_mib
        return slots


def _profiles(vm: VirtualMachine) -> tuple[str, ...]:
    return vm.vgpu_profiles if vm.is_powered_on else ()

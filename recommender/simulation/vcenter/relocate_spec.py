"""What a relocate call says: which VM, to which host, which disks to which datastores."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, VirtualMachine


@dataclass(frozen=True, slots=True, kw_only=True)
class RelocateSpec:
    """``disk_targets``: new datastore by disk key; disks that it does not name stay."""

    vm: EntityRef
    destination: EntityRef
    disk_targets: Mapping[int, EntityRef] = field(default_factory=dict)

    def disks_to_copy(self, vm: VirtualMachine) -> tuple[tuple[Disk, EntityRef], ...]:
        """The disks that change their datastore, each with its new one."""
        targets = ((disk, self.disk_targets.get(disk.key, disk.datastore)) for disk in vm.disks)
        return tuple((disk, target) for disk, target in targets if target != disk.datastore)

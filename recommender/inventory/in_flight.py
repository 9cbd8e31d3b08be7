"""A migration under way, ours or anybody's: it holds room at both ends until it ends."""

from dataclasses import dataclass

from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import Disk, VirtualMachine


@dataclass(frozen=True, slots=True, kw_only=True)
class MigrationInFlight:
    """``vm`` is on its way to ``destination``. A storage-only migration has its own host as destination.

    ``disk_targets``: the new datastore of each disk that is copied, by its key, where that is known.
    """

    __pydantic_config__ = {"extra": "forbid"}

    vm: EntityRef
    destination: EntityRef
    destination_datastores: tuple[EntityRef, ...] = ()
    disk_targets: tuple[tuple[int, EntityRef], ...] = ()

    def copies(self, vm: VirtualMachine) -> tuple[tuple[Disk, EntityRef], ...]:
        """Each disk of ``vm`` that is copied, and whereto; if that is not told, every disk to every new datastore."""
        if self.disk_targets:
            targets = dict(self.disk_targets)
            pairs = [(disk, targets.get(disk.key, disk.datastore)) for disk in vm.disks]
        else:
            pairs = [(disk, store) for store in self.destination_datastores for disk in vm.disks]
        return tuple((disk, store) for disk, store in pairs if store != disk.datastore)

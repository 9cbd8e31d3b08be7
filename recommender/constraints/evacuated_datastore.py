"""A datastore that is being emptied keeps no VM but vCLS and agent VMs, and nothing is copied to it."""

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar, Final

from recommender.constraints.base import EveryPair, PlacementModel, Violation
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine, VmKind

LEFT_ALONE: Final = frozenset({VmKind.VCLS, VmKind.AGENT})  # an empty datastore may hold them


@dataclass(frozen=True, slots=True)
class EvacuatedDatastore(EveryPair):
    """``datastores``: to be emptied by the end of the plan, hence not continuous."""

    datastores: frozenset[EntityRef]

    name: ClassVar[str] = "evacuated_datastore"
    continuous: ClassVar[bool] = False

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        """Whether it is of a kind that an empty datastore may hold."""
        del inventory, keys
        return vm.kind in LEFT_ALONE

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        """True for datastores that are not emptied, and for vCLS and agent VMs."""
        del inventory, keys, host
        return store.ref not in self.datastores or vm.kind in LEFT_ALONE

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing depends on several VMs."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """VMs that will still touch such a datastore once their migrations have ended."""
        for vm in vms if self.datastores else ():
            if vm.kind in LEFT_ALONE:
                continue
            flight = inventory.in_flight_of(vm.ref)
            after = vm.with_disks_on(dict(flight.disk_targets)) if flight else vm
            for ref in sorted(self.datastores.intersection(after.datastores)):
                yield Violation(
                    constraint=self.name, vms=(vm.ref,), host=None, datastore=ref, reason=_what_is_there(after, ref)
                )


def _what_is_there(vm: VirtualMachine, store: EntityRef) -> str:
    disks = [disk for disk in vm.disks if disk.datastore == store]
    told = [f"{len(disks)} disks of {sum(disk.size_mib for disk in disks):,} MiB"] if disks else []
    told += ["its home"] if vm.home_datastore == store else []
    if not told:
        told = ["an image in one of its drives"] if store in vm.media_datastores else ["other files of it"]
    return f"the datastore is being evacuated and holds {' and '.join(told)}"

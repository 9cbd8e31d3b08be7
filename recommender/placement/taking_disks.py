"""Where on a host the disks of a VM may come to: the datastore with most space left that the rules admit for all."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from recommender.constraints.base import Constraint, Violation
from recommender.constraints.check import caused_by_move
from recommender.constraints.datastore_reachable import DatastoreReachable
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, VirtualMachine
from recommender.placement.move_details import disk_move
from recommender.placement.result import DiskMove
from recommender.policy import Policy

MOST_TRIES: Final = 5  # of datastores of one host


@dataclass(frozen=True, slots=True, kw_only=True)
class DisksThere:
    """``disk_moves`` to one datastore of a host, or what speaks against it (``rejections``)."""

    disk_moves: tuple[DiskMove, ...] = ()
    rejections: tuple[Violation, ...] = ()


def disks_there(
    inventory: Inventory, policy: Policy, constraints: Sequence[Constraint], vm: VirtualMachine, host: Host
) -> DisksThere | None:
    """The copies with which ``host`` can take ``vm``; ``None`` where no datastore there could be asked about at all.

    Told of the first datastore where none admits them: it has most space.
    """
    first: DisksThere | None = None
    for store in list(_candidates(inventory, policy, vm, host))[:MOST_TRIES]:
        copied = {key: place for key, place in sorted(_places(vm).items()) if place != store.ref}
        targets = dict.fromkeys(copied, store.ref)
        rejections = caused_by_move(constraints, inventory, vm, host, targets)
        if not rejections:
            moves = (disk_move(policy, vm, key, place, store.ref) for key, place in copied.items())
            return DisksThere(disk_moves=tuple(moves))
        told = tuple(one if one.datastore else replace(one, datastore=store.ref) for one in rejections)
        first = first or DisksThere(rejections=told)
        if any(one.datastore is None for one in rejections):
            break  # it is about the host: no other datastore mends that
    return first


def is_for_lack_of_datastores(rejections: Sequence[Violation]) -> bool:
    """Whether copies could mend something of what speaks against a host."""
    return any(one.constraint == DatastoreReachable.name for one in rejections)


def _candidates(inventory: Inventory, policy: Policy, vm: VirtualMachine, host: Host) -> Iterator[Datastore]:
    """The host's datastores, most space left above the policy's reserve first; none where everything is already."""
    used = {*_places(vm).values()}
    stores = [store for store in map(inventory.find_datastore, host.datastores) if store is not None]

    def left_mib(store: Datastore) -> float:
        return store.free_mib - store.capacity_mib * policy.datastore_reserve_percent / 100

    for store in sorted(stores, key=lambda store: (store.in_maintenance, -left_mib(store), store.ref)):
        if used - {store.ref} and store.capacity_mib > 0:
            yield store


def _places(vm: VirtualMachine) -> dict[int, EntityRef]:
    home = {HOME: vm.home_datastore} if vm.home_datastore is not None else {}
    return home | {disk.key: disk.datastore for disk in vm.disks}

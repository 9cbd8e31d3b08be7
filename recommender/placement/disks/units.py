"""What is copied as one: the disks of a VM that share a datastore, or all that it has."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from recommender.constraints.datastore_space import DatastoreSpace
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, VirtualMachine


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUnit:
    """``keys``: disks of ``vm``, its home (``HOME``) among them where it goes along.

    ``on``: MiB of it on each datastore now, in their order; ``needed_mib``: what it takes where it comes to, growth
    included. ``is_whole``: nothing of the VM stays behind, so that it may change its host as well.
    """

    vm: VirtualMachine
    keys: frozenset[int]
    on: tuple[tuple[EntityRef, int], ...]
    needed_mib: int
    must_leave: bool
    is_whole: bool

    @property
    def size_mib(self) -> int:
        """What a copy carries."""
        return sum(mib for _, mib in self.on)


def units_of(
    vm: VirtualMachine, leaving: frozenset[EntityRef], space: DatastoreSpace, *, one_by_one: bool
) -> tuple[DiskUnit, ...]:
    """What of ``vm`` may be copied by itself; ``leaving``: datastores that it must leave.

    ``one_by_one``: each disk is a unit, not all that share a datastore; the home goes with the first disk beside it.
    """
    groups = list(_groups(vm, one_by_one=one_by_one))
    return tuple(unit_of(vm, keys, leaving, space, is_whole=len(groups) == 1) for keys in groups)


def whole_unit(vm: VirtualMachine, leaving: frozenset[EntityRef], space: DatastoreSpace) -> DiskUnit:
    """Everything that ``vm`` has, copied as one."""
    keys = frozenset({*_places(vm)})
    return unit_of(vm, keys, leaving, space, is_whole=True)


def unit_of(
    vm: VirtualMachine, keys: frozenset[int], leaving: frozenset[EntityRef], space: DatastoreSpace, *, is_whole: bool
) -> DiskUnit:
    """These disks of ``vm`` as one."""
    places = _places(vm)
    disks = [disk for disk in vm.disks if disk.key in keys]
    stores = sorted({places[key] for key in keys})
    return DiskUnit(
        vm=vm,
        keys=keys,
        on=tuple((store, sum(disk.size_mib for disk in disks if disk.datastore == store)) for store in stores),
        needed_mib=sum(map(space.needed_mib, disks)),
        must_leave=not leaving.isdisjoint(stores),
        is_whole=is_whole,
    )


def _places(vm: VirtualMachine) -> dict[int, EntityRef]:
    home = {HOME: vm.home_datastore} if vm.home_datastore is not None else {}
    return home | {disk.key: disk.datastore for disk in vm.disks}


def _groups(vm: VirtualMachine, *, one_by_one: bool) -> Iterator[frozenset[int]]:
    places = _places(vm)
    stores: Sequence[EntityRef] = sorted(set(places.values()))
    for store in stores:
        keys = sorted(key for key, place in places.items() if place == store)
        disks = [key for key in keys if key != HOME]
        if not one_by_one or not disks:
            yield frozenset(keys)
            continue
        yield frozenset(keys) - frozenset(disks[1:])
        yield from (frozenset({key}) for key in disks[1:])

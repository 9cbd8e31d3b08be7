"""Disks of one VM, or VMs, that may not share a datastore of their datastore cluster do not, not even in passing.

vSphere knows it as the VMDK and the VM anti-affinity rules of Storage DRS. Outside the datastore cluster they do not
bind, and they bind VMs that do not run as well.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

from recommender.constraints.base import DisksApart, EveryPair, PlacementModel, Violation
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import HOME, VirtualMachine


@dataclass(frozen=True, slots=True)
class DiskAntiAffinity(EveryPair):
    """No parameters: the rules are the inventory's."""

    name: ClassVar[str] = "disk_anti_affinity"
    continuous: ClassVar[bool] = True

    def copy_key(self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int]) -> Hashable:
        """The VM and its disks, where a rule names it."""
        return (vm.ref, keys) if any(vm.ref in group.vms for group in self.disks_apart(inventory)) else None

    def admits(
        self, inventory: Inventory, vm: VirtualMachine, keys: frozenset[int], host: Host, store: Datastore
    ) -> bool:
        """True where nothing is of another member of its rules, and the copy itself is of one only."""
        del host
        for group in self.disks_apart(inventory):
            if vm.ref not in group.vms or store.ref not in group.stores:
                continue
            coming = {number for number, (ref, own) in enumerate(group.members) if ref == vm.ref and own & keys}
            others = [member for number, member in enumerate(group.members) if number not in coming]
            if len(coming) > 1 or (coming and any(_is_on(inventory, *one, store.ref, vm.ref) for one in others)):
                return False
        return True

    def disks_apart(self, inventory: Inventory) -> Iterator[DisksApart]:
        """Each rule with the disks that its members have."""
        for pod in inventory.datastore_clusters:
            stores = frozenset(store.ref for store in inventory.datastores if store.datastore_cluster == pod.ref)
            for rule in pod.separations():
                members = []
                for ref, keys in rule.members:
                    vm = inventory.find_vm(ref)
                    if vm is not None:
                        everything = {HOME, *(disk.key for disk in vm.disks)}
                        members.append((ref, frozenset(keys) & everything if keys else frozenset(everything)))
                if len(members) > 1:
                    yield DisksApart(rule.name or pod.name, tuple(members), stores)

    def post(self, inventory: Inventory, model: PlacementModel) -> None:
        """Nothing: hosts have no say in it; the search for datastores asks for ``disks_apart``."""

    def violations(self, inventory: Inventory, vms: Iterable[VirtualMachine]) -> Iterator[Violation]:
        """Datastores with something of several members of a rule, one of ``vms`` among them."""
        asked = {vm.ref for vm in vms} if inventory.datastore_clusters else set()
        for pod in inventory.datastore_clusters:
            for rule in pod.separations():
                if not any(ref in asked for ref, _ in rule.members):
                    continue
                there: defaultdict[EntityRef, list[EntityRef]] = defaultdict(list)
                for ref, keys in rule.members:
                    vm = inventory.find_vm(ref)
                    for store in sorted(_places(inventory, vm, keys)) if vm else ():
                        there[store].append(ref)
                for ref, members in sorted(there.items()):
                    found = inventory.find_datastore(ref)
                    if found is None or found.datastore_cluster != pod.ref or len(members) < 2:
                        continue
                    if asked.isdisjoint(members):
                        continue
                    several = len(dict.fromkeys(members)) > 1
                    yield Violation(
                        constraint=self.name,
                        rule=rule.name or pod.name,
                        vms=tuple(sorted(dict.fromkeys(members))),
                        host=None,
                        datastore=ref,
                        reason=f"{len(members)} of {len(rule.members)} {'VMs' if several else 'disks'} to be separated "
                        f"are on datastore {found.name}",
                    )


def _is_on(inventory: Inventory, ref: EntityRef, keys: frozenset[int], store: EntityRef, copied: EntityRef) -> bool:
    """Whether one of these disks is there or, unless its VM is the one to be ``copied``, on its way there."""
    vm = inventory.vm(ref)
    flight = inventory.in_flight_of(ref) if ref != copied else None
    if any(disk.datastore == store for disk in vm.disks if disk.key in keys):
        return True
    if HOME in keys and (vm.home_datastore == store or (flight and _home_target(vm, flight.disk_targets) == store)):
        return True
    return flight is not None and any(disk.key in keys and target == store for disk, target in flight.copies(vm))


def _home_target(vm: VirtualMachine, targets: tuple[tuple[int, EntityRef], ...]) -> EntityRef | None:
    """Where its home goes: see ``VirtualMachine.with_disks_on``."""
    return vm.with_disks_on(dict(targets)).home_datastore


def _places(inventory: Inventory, vm: VirtualMachine, keys: tuple[int, ...]) -> set[EntityRef]:
    """The datastores that a member holds something on, at both ends where it is copied."""
    places = {disk.datastore for disk in vm.disks if not keys or disk.key in keys}
    if not keys and vm.home_datastore is not None:
        places.add(vm.home_datastore)
    flight = inventory.in_flight_of(vm.ref)
    if flight is not None:
        places |= {target for disk, target in flight.copies(vm) if not keys or disk.key in keys}
        home = vm.with_disks_on(dict(flight.disk_targets)).home_datastore
        places |= {home} if not keys and home is not None else set()
    return places

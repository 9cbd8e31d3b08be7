"""Whereto each unit of disks may be copied: datastores of its VM's own host, or other hosts and datastores as pairs.

A pair is asked about once for each class of copies. What several copies need together, their space and the load of
hosts, is decided by the search.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from recommender.constraints.base import Constraint, DiskConstraint, DiskSeparation
from recommender.constraints.check import caused_by_move
from recommender.constraints.datastore_space import DatastoreSpace
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.bandwidth import vmotion_end
from recommender.migration.estimate_move import estimate_move
from recommender.placement.disks.units import DiskUnit
from recommender.policy import Policy


@dataclass(slots=True)
class Admission:
    """What the rules say of copies, remembered by class."""

    inventory: Inventory
    constraints: Sequence[Constraint]
    _about_disks: tuple[DiskConstraint, ...] = ()
    _others: tuple[Constraint, ...] = ()
    _pairs: dict[Hashable, bool] = field(default_factory=dict)
    _stays: dict[Hashable, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        rules = self.constraints
        about = [rule for rule in rules if isinstance(rule, DiskConstraint)]
        self._about_disks = tuple(rule for rule in about if not isinstance(rule, (DatastoreSpace, DiskSeparation)))
        self._others = tuple(rule for rule in rules if not isinstance(rule, DiskConstraint))

    def admits(self, unit: DiskUnit, host: Host, store: Datastore) -> bool:
        """Whether the unit may be copied to ``store`` to run on ``host``, as far as rules about disks are concerned."""
        for number, rule in enumerate(self._about_disks):
            key = (number, rule.copy_key(self.inventory, unit.vm, unit.keys), host.ref, store.ref)
            if key not in self._pairs:
                self._pairs[key] = rule.admits(self.inventory, unit.vm, unit.keys, host, store)
            if not self._pairs[key]:
                return False
        return True

    def may_be_copied(self, vm: VirtualMachine, example: Datastore) -> bool:
        """Whether the other rules let disks of ``vm`` be copied while it stays on its host."""
        key = (vm.host, vm.power_state, vm.kind, *(rule.class_key(self.inventory, vm) for rule in self._others))
        if key not in self._stays:
            targets = {disk.key: example.ref for disk in vm.disks}
            found = caused_by_move(self._others, self.inventory, vm, self.inventory.host(vm.host), targets)
            self._stays[key] = not found
        return self._stays[key]

    @property
    def of_hosts(self) -> tuple[Constraint, ...]:
        """The rules that say to which hosts a VM may go whose disks go with it."""
        return self._others


def datastores_at_home(
    admission: Admission, unit: DiskUnit, stores: Sequence[Datastore]
) -> Iterator[tuple[int, Datastore]]:
    """Where the unit may be copied while its VM stays on its host, with the position of each."""
    host = admission.inventory.host(unit.vm.host)
    mounted = frozenset(host.datastores)
    for position, store in enumerate(stores):
        if store.ref in mounted and not _is_all_there(unit, store) and admission.admits(unit, host, store):
            if not admission.may_be_copied(unit.vm, store):
                return
            yield position, store


def _is_all_there(unit: DiskUnit, store: Datastore) -> bool:
    return all(ref == store.ref for ref, _ in unit.on)


@dataclass(slots=True)
class CopySeconds:
    """Predicted seconds (median) of copies, asked once for each kind of way."""

    inventory: Inventory
    policy: Policy
    _known: dict[Hashable, float] = field(default_factory=dict)

    def of(self, unit: DiskUnit, host: Host, store: Datastore) -> float:
        """Seconds of copying the unit to ``store``, its VM going to ``host``."""
        vm, source = unit.vm, self.inventory.host(unit.vm.host)
        crosses = store.ref not in source.datastores
        way: Hashable = None
        if host.ref != vm.host or crosses:
            way = (vmotion_end(host.vmotion_adapters, self.policy.migration.usable_line_rate), host.site, crosses)
        key = (vm.ref, unit.keys, host.ref == vm.host, way, self._is_a_source(unit, store.ref))
        if key not in self._known:
            targets = dict.fromkeys(unit.keys, store.ref)
            self._known[key] = estimate_move(self.inventory, self.policy, vm, host, targets).duration_p50_s
        return self._known[key]

    def _is_a_source(self, unit: DiskUnit, store: EntityRef) -> EntityRef | None:
        return store if any(ref == store for ref, _ in unit.on) else None

"""What is broken now and was not at the start of a plan. Part of the replay; shares nothing with the scheduler."""

from collections.abc import Sequence

from recommender.constraints.base import Constraint, Violation
from recommender.inventory.in_flight import MigrationInFlight
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.placement.result import Move


class BrokenSince:
    """Compares pictures with the start of a plan.

    A place may stay broken as it was, or with fewer VMs; with one VM that was not part of it, it is broken anew.
    """

    def __init__(self, start: Inventory, constraints: Sequence[Constraint]) -> None:
        self._constraints = constraints
        self._at_start: dict[tuple[object, ...], list[frozenset[EntityRef]]] = {}
        for rule in constraints:
            for broken in rule.violations(start, start.virtual_machines):
                self._at_start.setdefault((*broken.place, broken.is_unknown), []).append(frozenset(broken.vms))

    def by_start(self, picture: Inventory, move: Move) -> list[Violation]:
        """What ``move`` would break by starting in ``picture``."""
        flying = picture.with_in_flight(flight(picture, move))
        return [
            broken
            for broken in self._anew(flying, (move.vm,), only_continuous=True)
            if not broken.is_unknown or broken.host in (None, move.destination)
        ]

    def by_end(self, picture: Inventory, vm: EntityRef) -> list[Violation]:
        """What is broken once ``vm`` has arrived, at that moment of the plan."""
        return [broken for broken in self._anew(picture, (vm,), only_continuous=True) if not broken.is_unknown]

    def in_the_end(self, picture: Inventory) -> list[Violation]:
        """What is broken when nothing more is to come, rules that may be broken on the way included."""
        everything = [vm.ref for vm in picture.virtual_machines]
        return [broken for broken in self._anew(picture, everything, only_continuous=False) if not broken.is_unknown]

    def _anew(self, picture: Inventory, refs: Sequence[EntityRef], *, only_continuous: bool) -> list[Violation]:
        vms = [picture.vm(ref) for ref in refs]
        return [
            broken
            for rule in self._constraints
            if rule.continuous or not only_continuous
            for broken in rule.violations(picture, vms)
            if not self._was_broken(broken)
        ]

    def _was_broken(self, broken: Violation) -> bool:
        before = self._at_start.get((*broken.place, broken.is_unknown), ())
        return any(vms.issuperset(broken.vms) for vms in before)


def flight(picture: Inventory, move: Move) -> MigrationInFlight:
    """``move`` as a migration under way."""
    vm = picture.vm(move.vm)
    targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
    stores = vm.with_disks_on(targets).datastores
    return MigrationInFlight(
        vm=move.vm,
        destination=move.destination,
        destination_datastores=stores if targets else (),
        disk_targets=tuple(sorted(targets.items())),
    )

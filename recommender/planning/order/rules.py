"""The operator's rules about order, applied to the moves of one plan: who comes first, who starts together."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.move_order import Deadline, OrderPolicy, selects
from recommender.placement.result import Move

# If everything else of a plan has ended well, vCenter and this program may be moved; not while they have work to do.
CONTROL_PLANE_LAST: Final = "vCenter and this program last"


@dataclass(frozen=True, slots=True)
class Before:
    """VMs in ``first`` (in the order of the moves) come before those in ``then``."""

    name: str
    first: dict[EntityRef, None]
    then: frozenset[EntityRef]


class OrderRules:
    """What concerns the VMs that ``moves`` move; a rule about others says nothing here."""

    def __init__(self, inventory: Inventory, order: OrderPolicy, moves: Sequence[Move]) -> None:
        self.befores: list[Before] = []
        self.together: list[tuple[str, tuple[EntityRef, ...]]] = []
        self.deadlines: dict[EntityRef, Deadline] = {}
        self._left = Counter(move.vm for move in moves)
        self._after: defaultdict[EntityRef, list[Before]] = defaultdict(list)
        vms = [inventory.vm(ref) for ref in self._left]
        last = frozenset(vm.ref for vm in vms if vm.control_plane is not None)
        others = dict.fromkeys(vm.ref for vm in vms if vm.ref not in last)
        if last and others:
            self.befores.append(Before(CONTROL_PLANE_LAST, others, last))
            for ref in last:
                self._after[ref].append(self.befores[0])
        if order.is_empty:
            return
        stated = list(_befores(order, vms))
        self.befores.extend(stated)
        for rule in stated:
            for ref in rule.then:
                self._after[ref].append(rule)
        groups = ((sync.name, tuple(_meant(sync.vms, vms))) for sync in order.sync)
        self.together.extend(group for group in groups if len(group[1]) > 1)
        for deadline in sorted(order.deadline, key=lambda one: -one.within_minutes):
            self.deadlines.update(dict.fromkeys(_meant(deadline.vms, vms), deadline))

    @property
    def says_anything(self) -> bool:
        """Whether some come before others or start together with them."""
        return bool(self.befores or self.together)

    def holder(self, vm: EntityRef) -> tuple[str, EntityRef] | None:
        """The rule that lets ``vm`` wait now, and one VM whose moves are not over; ``None`` if it need not wait."""
        for rule in self._after.get(vm, ()):
            waits_for = next((one for one in rule.first if self._left[one]), None)
            if waits_for is not None:
                return rule.name, waits_for
        return None

    def ended(self, vm: EntityRef) -> None:
        """One move of ``vm`` is over."""
        self._left[vm] -= 1

    def one_more(self, vm: EntityRef) -> None:
        """``vm`` makes one move more, over an intermediate host."""
        self._left[vm] += 1

    def comes_first(self, vm: EntityRef) -> Iterator[EntityRef]:
        """The VMs whose moves have to be over before ``vm`` starts."""
        for rule in self._after.get(vm, ()):
            yield from rule.first

    def groups(self) -> list[set[EntityRef]]:
        """VMs that start together; groups that share a VM are one."""
        joined: list[set[EntityRef]] = []
        for _, members in self.together:
            group = set(members)
            apart = [one for one in joined if one.isdisjoint(group)]
            group.update(*(one for one in joined if not one.isdisjoint(group)))
            joined = [*apart, group]
        return joined

    def orphaned(self, gone: Iterable[EntityRef]) -> dict[EntityRef, str]:
        """VMs that must not move as those ``gone`` do not, each with the reason."""
        reasons: dict[EntityRef, str] = {}
        lost = set(gone)
        border = set(lost)
        while border:
            found: dict[EntityRef, str] = {}
            for rule in self.befores:
                if not border.isdisjoint(rule.first):
                    found.update(dict.fromkeys(rule.then, f"{rule.name!r} wants others moved first, which cannot be"))
            for name, members in self.together:
                if not border.isdisjoint(members):
                    found.update(
                        dict.fromkeys(members, f"{name!r} wants it moved together with others, which cannot be")
                    )
            border = found.keys() - lost
            lost |= border
            reasons.update({ref: found[ref] for ref in border})
        return reasons


def _meant(selectors: Sequence[str], vms: Iterable[VirtualMachine]) -> list[EntityRef]:
    return [vm.ref for vm in vms if selects(selectors, vm.name, vm.tags)]


def _befores(order: OrderPolicy, vms: Sequence[VirtualMachine]) -> Iterator[Before]:
    for rule in order.precedence:
        first = dict.fromkeys(_meant(rule.first, vms))
        then = frozenset(_meant(rule.then, vms)) - first.keys()
        if first and then:
            yield Before(rule.name, first, then)

"""Where each item may be, as few rows as there are different answers."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.placement.problem import Bools, Ints
from recommender.placement.statements import Statements


@dataclass(frozen=True, slots=True)
class VmMasks:
    """What closes a host to a VM: its pair class, what rules say of VMs that do not move, having to leave its own.

    ``class_of[vm]`` and ``pair_masks[class, host]``; ``at[vm]``: its own host; ``must_leave[vm]``. ``is_tolerant``: a
    VM that need not leave may stay, whatever is broken there.
    """

    said: Statements
    class_of: Ints
    pair_masks: Bools
    at: Ints
    must_leave: Bools
    is_tolerant: bool = False

    def key(self, vm: int) -> Hashable:
        """VMs with equal keys have equal masks."""
        forbidden, required = self.said.forbidden.get(vm), self.said.required.get(vm)
        own, stays = int(self.at[vm]), self.may_stay(vm)
        is_like_others = stays == (bool(self.pair_masks[self.class_of[vm], own]) and self._is_open(vm, own))
        return (
            int(self.class_of[vm]),
            frozenset(forbidden or ()),
            frozenset(required or ()),
            # Its own host makes a difference only where it is not like any other it could be brought to.
            None if is_like_others else (own, stays),
        )

    def of(self, vm: int) -> Bools:
        """True where the VM may be brought, and where it may stay."""
        mask: Bools = self.pair_masks[self.class_of[vm]].copy()
        mask[list(self.said.forbidden.get(vm, ()))] = False
        for host in self.said.required.get(vm, ()):
            mask &= np.arange(len(mask)) == host
        mask[self.at[vm]] = self.may_stay(vm)
        return mask

    def may_stay(self, vm: int) -> bool:
        """Whether it may be where it is."""
        return not self.must_leave[vm] and (self.is_tolerant or self._is_open(vm, int(self.at[vm])))

    def _is_open(self, vm: int, host: int) -> bool:
        """Whether rules leave the host to it, by what is known of VMs that do not move."""
        said = self.said
        return host not in said.forbidden.get(vm, ()) and all(only == host for only in said.required.get(vm, ()))


def item_classes(members: Sequence[tuple[int, ...]], vms: VmMasks, torn: frozenset[int]) -> tuple[Ints, Bools]:
    """The class of each item, and the mask of each class: where every VM of the item may be.

    ``torn`` items, which contradict themselves, may at most stay where that is tolerated.
    """
    numbers: dict[Hashable, int] = {}
    rows: list[Bools] = []
    class_of = np.zeros(len(members), dtype=np.int64)
    for item, group in enumerate(members):
        home = int(vms.at[group[0]]) if item in torn else None
        key = (home, *(vms.key(vm) for vm in group))
        if key not in numbers:
            numbers[key] = len(rows)
            row = np.logical_and.reduce([vms.of(vm) for vm in group])
            rows.append(row & _only_at_home(group, vms) if item in torn else row)
        class_of[item] = numbers[key]
    return class_of, np.array(rows, dtype=bool).reshape(len(rows), len(vms.said.hosts))


def _only_at_home(group: tuple[int, ...], vms: VmMasks) -> Bools:
    hosts = np.arange(len(vms.said.hosts))
    row: Bools = (hosts == vms.at[group[0]]) & vms.is_tolerant
    return row

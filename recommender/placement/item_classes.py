"""Where each item may be, as few rows as there are different answers."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.placement.problem import Bools, Ints
from recommender.placement.statements import Statements


@dataclass(frozen=True, slots=True)
class VmMasks:
    """What closes a host to a VM: its pair class, what rules say of VMs that do not move, having to leave its own.

    ``class_of[vm]`` and ``pair_masks[class, host]``; ``at[vm]``: its own host; ``must_leave[vm]``.
    """

    said: Statements
    class_of: Ints
    pair_masks: Bools
    at: Ints
    must_leave: Bools

    def key(self, vm: int) -> Hashable:
        """VMs with equal keys have equal masks."""
        forbidden, required = self.said.forbidden.get(vm), self.said.required.get(vm)
        own = int(self.at[vm])
        may_return = bool(self.pair_masks[self.class_of[vm], own])
        return (
            int(self.class_of[vm]),
            frozenset(forbidden or ()),
            frozenset(required or ()),
            # Its own host makes a difference only where it is not like any other it could be brought to.
            None if may_return and not self.must_leave[vm] else (own, bool(self.must_leave[vm])),
        )

    def of(self, vm: int) -> Bools:
        """True where the VM may be brought, and where it may stay."""
        mask: Bools = self.pair_masks[self.class_of[vm]].copy()
        mask[self.at[vm]] = not self.must_leave[vm]
        mask[list(self.said.forbidden.get(vm, ()))] = False
        for host in self.said.required.get(vm, ()):
            mask &= np.arange(len(mask)) == host
        return mask


def item_classes(members: Sequence[tuple[int, ...]], vms: VmMasks) -> tuple[Ints, Bools]:
    """The class of each item, and the mask of each class: where every VM of the item may be."""
    numbers: dict[Hashable, int] = {}
    rows: list[Bools] = []
    class_of = np.zeros(len(members), dtype=np.int64)
    for item, group in enumerate(members):
        key = tuple(vms.key(vm) for vm in group)
        if key not in numbers:
            numbers[key] = len(rows)
            rows.append(np.logical_and.reduce([vms.of(vm) for vm in group]))
        class_of[item] = numbers[key]
    return class_of, np.array(rows, dtype=bool).reshape(len(rows), len(vms.said.hosts))

"""VMs that belong to one application: what moves in one window, as far as that is possible."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.move_order import OrderPolicy, selects
from recommender.placement.result import Move

Group = tuple[Move, ...]


def application_groups(
    inventory: Inventory, order: OrderPolicy, moves: Sequence[Move], categories: Sequence[str] = ()
) -> tuple[Group, ...]:
    """``moves`` in groups, in the order of their first members; whoever belongs nowhere is a group of its own.

    Together are VMs that share a tag of one of these ``categories``, that a rule keeps on one host, or that the
    operator's *sync* moves at one moment. Groups that share a VM are one.
    """
    moving = {move.vm for move in moves}
    leader = {vm: vm for vm in moving}

    def lead(vm: EntityRef) -> EntityRef:
        while leader[vm] != vm:
            leader[vm] = leader[leader[vm]]
            vm = leader[vm]
        return vm

    for members in _together(inventory, order, moves, categories):
        known = [vm for vm in members if vm in moving]
        for vm in known[1:]:
            leader[lead(vm)] = lead(known[0])
    groups: dict[EntityRef, list[Move]] = {}
    for move in moves:
        groups.setdefault(lead(move.vm), []).append(move)
    return tuple(tuple(group) for group in groups.values())


def _together(
    inventory: Inventory, order: OrderPolicy, moves: Sequence[Move], categories: Sequence[str]
) -> Iterator[Iterable[EntityRef]]:
    yield from (rule.vms for rule in inventory.vm_affinity_rules)
    vms = [inventory.vm(ref) for ref in dict.fromkeys(move.vm for move in moves)]
    for sync in order.sync:
        yield [vm.ref for vm in vms if selects(sync.vms, vm.name, vm.tags)]
    by_tag: defaultdict[Hashable, list[EntityRef]] = defaultdict(list)
    for vm in vms:
        for tag in vm.tags:
            if tag.partition("/")[0] in categories:
                by_tag[tag].append(vm.ref)
    yield from by_tag.values()

"""From a request to arrays: asks every rule and every cost term once."""

from collections import Counter, defaultdict
from collections.abc import Hashable, Sequence

import numpy as np

from recommender.constraints.base import Constraint
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.objectives.base import CostTerm
from recommender.objectives.resources import RESOURCES
from recommender.placement.engine.item_classes import VmMasks, item_classes
from recommender.placement.free_vms import FreeVms
from recommender.placement.host_costs import host_cost_of
from recommender.placement.problem import SPLIT, Bools, Floats, Ints, Problem, Spread
from recommender.placement.statements import Statements


def build_problem(
    inventory: Inventory, constraints: Sequence[Constraint], terms: Sequence[CostTerm], free: FreeVms
) -> Problem:
    """The problem of placing the free VMs; everything else stands where it is."""
    vms, hosts = free.vms, inventory.hosts
    said = Statements(vms, hosts, free.left_broken)
    for constraint in constraints:
        constraint.post(inventory, said)
    for term in terms:
        term.post(inventory, said)

    position = {host.ref: index for index, host in enumerate(hosts)}
    at = np.array([position[vm.host] for vm in vms], dtype=np.int64)
    vm_class, pair_masks = _pair_classes(inventory, constraints, vms, hosts)
    must_leave = np.array([vm.ref in free.must_leave for vm in vms], dtype=bool)

    members = _joined(len(vms), said.groups_together)
    item_of = {vm: item for item, group in enumerate(members) for vm in group}
    start = np.array([at[group[0]] if len(set(at[list(group)])) == 1 else SPLIT for group in members], dtype=np.int64)
    vm_masks = VmMasks(said, vm_class, pair_masks, at, must_leave, is_tolerant=free.is_tolerant)
    class_of, masks = item_classes(members, vm_masks, _torn(said.groups_apart, item_of))
    leaving = np.array([own == SPLIT or not masks[class_of[item], own] for item, own in enumerate(start)], dtype=bool)

    vm_demand = np.array([[resource.demand(vm) for vm in vms] for resource in RESOURCES], dtype=np.float64)
    vm_need = np.array([capacity.demand for capacity in said.capacities]).reshape(len(said.capacities), len(vms))
    demand, fixed = _summed(vm_demand, members), _fixed_load(inventory, vms, hosts)
    return Problem(
        vms=vms,
        hosts=hosts,
        members=members,
        start=start,
        member_start=at,
        must_leave=leaving,
        class_of=class_of,
        masks=masks,
        demand=demand,
        vm_demand=vm_demand,
        fixed=fixed,
        host_cost=host_cost_of(hosts, said),
        need=_summed(vm_need, members),
        vm_need=vm_need,
        limit=np.array([capacity.limit for capacity in said.capacities]).reshape(len(said.capacities), len(hosts)),
        apart=tuple(
            tuple(sorted({item_of[vm] for vm in group}))
            for group in (*said.groups_apart, *(spread.vms for spread in said.spreads))
        ),
        spreads={
            number: Spread(
                domain_of=np.array(spread.domain_of, dtype=np.int64),
                most=np.array(spread.most, dtype=np.int64),
                weight=Counter(item_of[vm] for vm in spread.vms),
            )
            for number, spread in enumerate(said.spreads, start=len(said.groups_apart))
        },
        pair_cost=_pair_cost(said.pair_cost, members),
        vm_pair_cost=said.pair_cost,
        least_load=fixed + _immovable(start, class_of, masks, demand),
        is_tolerant=free.is_tolerant,
    )


def vms_without_a_host(problem: Problem) -> frozenset[EntityRef]:
    """VMs that may be nowhere, not even where they are."""
    is_nowhere = ~np.logical_or.reduce(problem.masks, axis=1)
    nowhere = np.flatnonzero(is_nowhere[problem.class_of])
    return frozenset(problem.vms[vm].ref for item in nowhere for vm in problem.members[item])


def _pair_classes(
    inventory: Inventory, constraints: Sequence[Constraint], vms: Sequence[VirtualMachine], hosts: Sequence[Host]
) -> tuple[Ints, Bools]:
    numbers: dict[Hashable, int] = {}
    representatives: list[VirtualMachine] = []
    class_of = np.zeros(len(vms), dtype=np.int64)
    key_of_each = [constraint.class_key for constraint in constraints]
    for index, vm in enumerate(vms):
        key = tuple([key_of(inventory, vm) for key_of in key_of_each])  # a list first: half a million times
        number = numbers.setdefault(key, len(numbers))  # once: keys are long, and hashing them takes time
        if number == len(representatives):
            representatives.append(vm)
        class_of[index] = number
    masks = np.ones((len(representatives), len(hosts)), dtype=bool)
    for constraint in constraints:
        masks &= constraint.eligible(inventory, representatives, hosts)
    return class_of, masks


def _joined(count: int, groups: Sequence[tuple[int, ...]]) -> tuple[tuple[int, ...], ...]:
    """Every VM in one item; groups that share a VM become one."""
    root = list(range(count))

    def find(vm: int) -> int:
        while root[vm] != vm:
            root[vm] = root[root[vm]]
            vm = root[vm]
        return vm

    for group in groups:
        for vm in group[1:]:
            root[find(vm)] = find(group[0])
    items: defaultdict[int, list[int]] = defaultdict(list)
    for vm in range(count):
        items[find(vm)].append(vm)
    return tuple(tuple(group) for group in items.values())


def _torn(groups_apart: Sequence[tuple[int, ...]], item_of: dict[int, int]) -> frozenset[int]:
    """Items of VMs that have to be together by one rule and apart by another."""
    counts = [Counter(item_of[vm] for vm in group) for group in groups_apart]
    return frozenset(item for count in counts for item, members in count.items() if members > 1)


def _summed(rows: Floats, members: Sequence[tuple[int, ...]]) -> Floats:
    """Columns of VMs added up to columns of items."""
    if all(len(group) == 1 for group in members):
        return rows[:, [group[0] for group in members]] if members else rows[:, :0]
    return np.stack([rows[:, list(group)].sum(axis=1) for group in members], axis=1)


def _pair_cost(of_vms: Floats, members: Sequence[tuple[int, ...]]) -> Floats:
    """The same array where every item is one VM: of a large fleet it is most of all memory."""
    return of_vms if all(map(_is_single, enumerate(members))) else _summed(of_vms.T, members).T


def _is_single(numbered: tuple[int, tuple[int, ...]]) -> bool:
    return numbered[1] == (numbered[0],)


def _immovable(start: Ints, class_of: Ints, masks: Bools, demand: Floats) -> Floats:
    """Load that no placement takes from a host: of items that may be nowhere else, ``[resources, hosts]``."""
    only = masks.sum(axis=1)[class_of] == 1
    place = masks.argmax(axis=1)[class_of] if len(masks) else start
    there = [np.bincount(place[only], of_one[only], minlength=masks.shape[1]) for of_one in demand]
    return np.stack(there)


def _fixed_load(inventory: Inventory, vms: Sequence[VirtualMachine], hosts: Sequence[Host]) -> Floats:
    free = {vm.ref for vm in vms}
    fixed = [[vm for vm in inventory.vms_charged_to(host.ref) if vm.ref not in free] for host in hosts]
    return np.array(
        [[sum(map(resource.demand, stay)) for stay in fixed] for resource in RESOURCES], dtype=np.float64
    ).reshape(len(RESOURCES), len(hosts))

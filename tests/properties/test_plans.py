"""Whatever is asked for, the plan survives the replay; and the replay sees what was tampered with."""

from dataclasses import replace
from itertools import combinations
from random import Random

from hypothesis import event, given, settings
from hypothesis import strategies as st

from recommender.constraints.registry import constraints_for
from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.migration.estimate_move import estimate_move
from recommender.move_order import LargeMoves, OrderPolicy
from recommender.placement.result import Move, Reason
from recommender.planning.plan import Plan
from recommender.planning.replay.replay import replay
from recommender.planning.schedule import schedule
from recommender.policy import ConcurrencyLimits, MoveScope, Policy
from tests.inventories import make_host, make_inventory, make_vm
from tests.properties.inventories import Situation, situations

GIB, ROOM = 1024, 12
POLICY = Policy(
    move_scope=MoveScope.DATACENTER,
    cpu_reserve_percent=0,
    memory_reserve_percent=0,
    limits=ConcurrencyLimits(host_units=3, datastore_units=5),
)
RULES = constraints_for(POLICY)

# The same examples every time: a finding here must not depend on luck.
thorough = settings(max_examples=100, deadline=None, derandomize=True)


@st.composite
def crowded(draw: st.DrawFn, *, with_rules: bool = True) -> tuple[Inventory, tuple[Move, ...]]:
    """2-4 small hosts, nearly full of up to 10 VMs, and moves from one placement that fits to another."""
    count = draw(st.integers(2, 4))
    before, after = [ROOM] * count, [ROOM] * count
    vms: list[VirtualMachine] = []
    ends: list[tuple[VirtualMachine, str]] = []
    for size in draw(st.lists(st.integers(2, 7), min_size=3, max_size=10)):
        start, end = _fitting(draw, before, size), _fitting(draw, after, size)
        if start is not None and end is not None:
            before[start] -= size
            after[end] -= size
            vms.append(make_vm(f"vm-{len(vms)}", f"host-{start}", memory=size * GIB, cpu=10))
            ends.append((vms[-1], f"host-{end}"))
    pairs = list(combinations([vm.ref for vm in vms], 2)) if with_rules else []
    rules = draw(st.lists(st.sampled_from(pairs), max_size=3)) if pairs else []
    inventory = make_inventory(
        [make_host(f"host-{n}", memory_mib=ROOM * GIB) for n in range(count)],
        vms,
        vm_anti_affinity_rules=tuple(VmAntiAffinityRule(name=f"apart {n}", vms=p) for n, p in enumerate(rules[:2])),
        vm_affinity_rules=tuple(VmAffinityRule(name=f"pair {n}", vms=p) for n, p in enumerate(rules[2:])),
    )
    return inventory, _moves(inventory, POLICY, ends)


@thorough
@given(crowded())
def test_a_plan_between_two_placements_keeps_every_rule(case: tuple[Inventory, tuple[Move, ...]]) -> None:
    inventory, moves = case
    plan = schedule(inventory, POLICY, moves, RULES)
    event(f"blocked: {bool(plan.blocked)}, hops: {len(plan.steps) > len(moves)}")
    assert _findings(inventory, plan, moves) == []


@thorough
@given(crowded(with_rules=False))
def test_with_an_empty_roomy_host_every_placement_that_fits_is_reached(
    case: tuple[Inventory, tuple[Move, ...]],
) -> None:
    crowd, moves = case
    spare = make_host("spare", memory_mib=1024 * GIB)
    inventory = make_inventory([*crowd.hosts, spare], crowd.virtual_machines)
    plan = schedule(inventory, POLICY, moves, RULES)
    assert plan.blocked == ()
    assert _findings(inventory, plan, moves) == []


@thorough
@given(situations(), st.data())
def test_any_moves_in_any_situation_give_a_plan_that_keeps_every_rule(
    situation: Situation, data: st.DataObject
) -> None:
    inventory, rules = situation.inventory, situation.constraints
    hosts = [host.ref.moid for host in inventory.hosts]
    ends = [(vm, data.draw(st.sampled_from(hosts))) for vm in inventory.virtual_machines]
    moves = _moves(inventory, situation.policy, ends)
    plan = schedule(inventory, situation.policy, moves, rules)
    assert [str(finding) for finding in replay(inventory, rules, situation.policy, plan, moves)] == []


@thorough
@given(crowded())
def test_a_dependency_that_is_dropped_is_found(case: tuple[Inventory, tuple[Move, ...]]) -> None:
    inventory, moves = case
    plan = schedule(inventory, POLICY, moves, RULES)
    dependent = [step for step in plan.steps if step.depends_on]
    event(f"dependent steps: {bool(dependent)}")
    for step in dependent:
        steps = tuple(replace(step, depends_on=()) if other is step else other for other in plan.steps)
        assert _findings(inventory, replace(plan, steps=steps), moves)


@thorough
@given(crowded())
def test_a_step_that_starts_earlier_is_found(case: tuple[Inventory, tuple[Move, ...]]) -> None:
    inventory, moves = case
    # In a wanted order each starts as soon as it may; else it may wait so that it shares no link.
    plan = schedule(inventory, replace(POLICY, order=OrderPolicy(large_moves=LargeMoves.FIRST)), moves, RULES)
    once = {move.vm for move in moves} - {step.move.vm for step in plan.steps if step.move not in moves}
    late = [step for step in plan.steps if step.start_s > 0 and step.move.vm in once]
    event(f"late steps: {bool(late)}")
    for step in late:
        earlier_s = max(other.start_s for other in plan.steps if other.start_s < step.start_s)
        shifted = replace(step, start_s=earlier_s, end_s=step.end_s)
        steps = sorted((shifted if other is step else other for other in plan.steps), key=lambda one: one.start_s)
        numbers = {one.number: number for number, one in enumerate(steps, start=1)}
        renumbered = tuple(
            replace(one, number=numbers[one.number], depends_on=tuple(numbers[number] for number in one.depends_on))
            for one in steps
        )
        assert _findings(inventory, replace(plan, steps=renumbered), moves)


@thorough
@given(crowded())
def test_a_host_that_is_fuller_than_the_plan_thought_is_found(case: tuple[Inventory, tuple[Move, ...]]) -> None:
    inventory, moves = case
    plan = schedule(inventory, POLICY, moves, RULES)
    arrivals = [step for step in plan.steps if step.move.source != step.move.destination]
    if not arrivals:
        return
    fat = make_vm("fat", arrivals[-1].move.destination.moid, memory=12 * GIB)
    fuller = replace(inventory, virtual_machines=(*inventory.virtual_machines, fat))
    assert any("memory_capacity" in finding for finding in _findings(fuller, plan, moves))


@thorough
@given(crowded(), st.randoms(use_true_random=False))
def test_the_order_of_moves_and_rules_does_not_matter(
    case: tuple[Inventory, tuple[Move, ...]], shuffler: Random
) -> None:
    inventory, moves = case
    others, rules = list(moves), list(RULES)
    shuffler.shuffle(others)
    shuffler.shuffle(rules)
    plan = schedule(inventory, POLICY, moves, RULES)
    assert schedule(inventory, POLICY, others, rules).steps == plan.steps


def _findings(inventory: Inventory, plan: Plan, moves: tuple[Move, ...]) -> list[str]:
    return [str(finding) for finding in replay(inventory, RULES, POLICY, plan, moves)]


def _fitting(draw: st.DrawFn, free: list[int], size: int) -> int | None:
    """A host with so much room, if there is one."""
    fitting = [host for host, room in enumerate(free) if room >= size]
    return draw(st.sampled_from(fitting)) if fitting else None


def _moves(inventory: Inventory, policy: Policy, ends: list[tuple[VirtualMachine, str]]) -> tuple[Move, ...]:
    hosts = {host.ref.moid: host for host in inventory.hosts}
    return tuple(
        Move(
            vm=vm.ref,
            source=vm.host,
            destination=hosts[end].ref,
            reason=Reason.BALANCE_MEMORY,
            priority=1 + number % 3,
            gain=1.0,
            estimate=estimate_move(inventory, policy, vm, hosts[end]),
        )
        for number, (vm, end) in enumerate(ends)
        if vm.host != hosts[end].ref
    )

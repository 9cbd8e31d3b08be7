"""Whatever order is wanted, the plan keeps it; and on tiny cases CP-SAT's shortest is what trying everything finds."""

from dataclasses import replace
from itertools import product

from hypothesis import event, given, settings
from hypothesis import strategies as st

from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.move_order import CapScope, Deadline, MigrationCap, OrderPolicy, Precedence, Serialize, Sync
from recommender.placement.result import Move
from recommender.planning.dependencies import DraftStep
from recommender.planning.lower_bound import lower_bound_s
from recommender.planning.order.model import best_order
from recommender.planning.plan import Plan, PlanStep
from recommender.planning.replay.replay import replay
from recommender.planning.room_statements import RoomStatements
from recommender.planning.schedule import schedule
from recommender.planning.transfers.transfer import median_transfer
from tests.inventories import make_host, make_inventory, make_vm
from tests.properties.test_plans import POLICY, RULES, crowded
from tests.unit.planning.moves import move

GIB, ROOM, HORIZON_S = 1024, 8, 6


@st.composite
def orders(draw: st.DrawFn) -> OrderPolicy:
    """Some rules about the VMs of ``crowded``; precedence runs from lower to higher numbers."""

    def names(low: int, high: int) -> tuple[str, ...]:
        return tuple(f"vm-{n}" for n in draw(st.sets(st.integers(low, high), min_size=1, max_size=2)))

    def maybe(rule: object) -> tuple[object, ...]:
        return (rule,) if draw(st.booleans()) else ()

    cap = MigrationCap(name="cap", scope=draw(st.sampled_from(CapScope)), of=("*",), at_once=draw(st.integers(1, 3)))
    return OrderPolicy(
        precedence=maybe(Precedence(name="before", first=names(0, 3), then=names(4, 9))),  # type: ignore[arg-type]
        serialize=maybe(Serialize(name="apart", vms=names(0, 9))),  # type: ignore[arg-type]
        sync=maybe(Sync(name="together", vms=names(0, 9))),  # type: ignore[arg-type]
        deadline=maybe(Deadline(name="soon", vms=names(0, 9), within_minutes=1)),  # type: ignore[arg-type]
        cap=maybe(cap),  # type: ignore[arg-type]
    )


@settings(max_examples=60, deadline=None, derandomize=True)
@given(crowded(), orders())
def test_a_plan_keeps_whatever_order_is_wanted(case: tuple[Inventory, tuple[Move, ...]], order: OrderPolicy) -> None:
    inventory, moves = case
    policy = replace(POLICY, order=order)
    plan = schedule(inventory, policy, moves, RULES)
    event(f"blocked: {bool(plan.blocked)}")
    assert [str(finding) for finding in replay(inventory, RULES, policy, plan, moves)] == []


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.integers(2, 5), st.integers(1, 2)), min_size=2, max_size=3))
def test_on_tiny_cases_the_shortest_order_is_what_trying_every_start_finds(sizes: list[tuple[int, int]]) -> None:
    """VMs go around in a ring of three small hosts, so that some wait for room."""
    vms = [make_vm(f"v{n}", f"h{n % 3}", memory=gib * GIB, cpu=10) for n, (gib, _) in enumerate(sizes)]
    inventory = make_inventory([make_host(f"h{n}", memory_mib=ROOM * GIB) for n in range(3)], vms)
    moves = [move(inventory, f"v{n}", f"h{(n + 1) % 3}", seconds=float(long)) for n, (_, long) in enumerate(sizes)]
    rules = constraints_for(POLICY)
    shortest = _by_trying_everything(inventory, moves)
    if shortest is None:
        return
    said = RoomStatements(inventory, [rule for rule in rules if rule.continuous], moves)
    lengths = [one.estimate.duration_p50_s for one in moves]
    serial = [DraftStep(move=one, start_s=0.0, end_s=long) for one, long in zip(moves, lengths, strict=True)]
    found = best_order(inventory, POLICY, said, serial, lengths)
    assert found.starts_s is not None
    assert max(start + long for start, long in zip(found.starts_s, lengths, strict=True)) == shortest
    assert found.bound_s == shortest
    transfers = [median_transfer(inventory, POLICY, one) for one in moves]
    assert lower_bound_s(inventory, POLICY, (), moves, transfers, (), said) <= shortest


def _by_trying_everything(inventory: Inventory, moves: list[Move]) -> float | None:
    """The least end of all starts in whole seconds that the replay finds nothing wrong with."""
    lengths = [one.estimate.duration_p50_s for one in moves]
    ends: list[float] = []
    for starts in product(range(HORIZON_S), repeat=len(moves)):
        order = sorted(range(len(moves)), key=lambda n: (starts[n], n))
        steps: list[PlanStep] = []
        for n in order:
            before = tuple(one.number for one in steps if one.end_s <= starts[n])
            end_s = starts[n] + lengths[n]
            number = len(steps) + 1
            steps.append(PlanStep(number=number, move=moves[n], start_s=starts[n], end_s=end_s, depends_on=before))
        end_s = max(step.end_s for step in steps)
        plan = Plan(steps=tuple(steps), makespan_s=end_s, makespan_p95_s=end_s, makespan_lower_bound_s=0.0)
        if end_s < min(ends, default=end_s + 1) and not replay(inventory, RULES, POLICY, plan):
            ends.append(end_s)
    return min(ends, default=None)

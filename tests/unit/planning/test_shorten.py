"""Orders found by CP-SAT: proven where they are, and safe when moves take longer than the order thought."""

from recommender.constraints.registry import constraints_for
from recommender.planning.order.gates import Gate, gates_of
from recommender.planning.replay.replay import replay
from recommender.planning.schedule import schedule
from tests.benchmark.move_fleets import POLICY as FLEET_POLICY
from tests.benchmark.move_fleets import exchange
from tests.inventories import make_host, make_inventory, make_vm
from tests.unit.planning.moves import move


def test_a_host_takes_nobody_before_those_who_left_and_came_first_in_the_order() -> None:
    inventory = make_inventory([make_host(name) for name in "abc"], [make_vm("x", "a"), make_vm("y", "b")])
    moves = [move(inventory, "x", "b"), move(inventory, "y", "c"), move(inventory, "x", "c")]
    assert gates_of(moves, [10.0, 0.0, 5.0], [20.0, 10.0, 15.0]) == [
        Gate(ended=(1,)),
        Gate(),
        Gate(started=(1,)),
    ]


def test_a_crowded_exchange_is_shortened_keeps_every_rule_and_comes_out_the_same_twice() -> None:
    case = exchange(50, 1)
    rules = constraints_for(FLEET_POLICY)
    plan = schedule(case.inventory, FLEET_POLICY, case.moves, rules)
    assert plan.makespan_s < 620  # the list alone takes 957 s
    assert plan.makespan_lower_bound_s > 530  # the busiest link alone has work for 342 s
    assert replay(case.inventory, rules, FLEET_POLICY, plan, case.moves) == ()
    assert schedule(case.inventory, FLEET_POLICY, case.moves, rules) == plan

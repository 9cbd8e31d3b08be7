"""vCenter's VM and our own are moved after all others, or not at all, and the replay says so by itself."""

from dataclasses import replace

from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.planning.plan import Plan
from recommender.planning.replay.order_replay import order_findings
from recommender.planning.schedule import schedule
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, findings, move, planned, step_of


def estate(**changes: object) -> Inventory:
    vms = [
        make_vm("vcsa", "h1", control_plane="vCenter prod"),
        *(make_vm(name, "h1", cpu=100, memory=1024) for name in "abc"),
    ]
    return make_inventory([make_host("h1"), make_host("h2"), make_host("h3")], vms, **changes)


def test_it_moves_when_all_others_are_over_and_depends_on_each() -> None:
    inventory = estate()
    moves = [move(inventory, name, "h2", seconds=10.0) for name in ("vcsa", "a", "b")]
    plan = planned(inventory, moves, POLICY)
    last = step_of(plan, "vcsa")
    others = [step for step in plan.steps if step is not last]
    assert last.start_s >= max(step.end_s for step in others)
    assert set(last.depends_on) == {step.number for step in others}
    assert findings(inventory, plan, POLICY) == []


def test_alone_it_moves_at_once() -> None:
    inventory = estate()
    plan = planned(inventory, [move(inventory, "vcsa", "h2")], POLICY)
    assert step_of(plan, "vcsa").start_s == 0.0


def test_it_stays_where_another_move_cannot_be_made() -> None:
    inventory = estate()
    moves = [move(inventory, name, "h2", seconds=10.0) for name in ("vcsa", "a")]
    hosts = tuple(replace(host, in_maintenance=host.ref == ref("h3")) for host in inventory.hosts)
    full = replace(inventory, hosts=hosts)
    moves.append(move(full, "b", "h3"))
    plan = schedule(full, POLICY, moves, constraints_for(POLICY))
    blocked = {one.vm: group.reason for group in plan.blocked for one in group.moves}
    assert blocked.keys() == {ref("b"), ref("vcsa")}
    assert "vCenter and this program last" in blocked[ref("vcsa")]
    assert list(order_findings(full, POLICY, plan)) == []


def test_the_replay_finds_a_plan_that_moves_it_too_early() -> None:
    inventory = estate()
    plan = planned(inventory, [move(inventory, name, "h2", seconds=10.0) for name in ("vcsa", "a")], POLICY)
    last = step_of(plan, "vcsa")
    early = replace(last, start_s=0.0, end_s=10.0)
    loose = replace(last, depends_on=())
    for changed, told in ((early, "is not over before it starts"), (loose, "does not depend on step")):
        steps = tuple(changed if step is last else step for step in plan.steps)
        found = [str(finding) for finding in order_findings(inventory, POLICY, replace(plan, steps=steps))]
        assert any("it is of the control plane" in one and told in one for one in found), found


def test_an_empty_plan_is_right() -> None:
    empty = Plan(steps=(), makespan_s=0.0, makespan_p95_s=0.0, makespan_lower_bound_s=0.0)
    assert list(order_findings(estate(), POLICY, empty)) == []

"""Of hosts that a fully automated DRS empties our plan is a forecast, but for what DRS leaves to people."""

from dataclasses import replace
from typing import Any

from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import PowerState, VmDrsBehavior, VmKind
from recommender.planning.plan import Plan
from recommender.planning.vcenter_evacuation import WorkShared, shared_work
from recommender.policy import MoveScope, Policy
from tests.inventories import make_host, make_vm, ref
from tests.unit.actuation.test_vcenter_evacuation import steered
from tests.unit.actuation.worlds import a_plan, a_step


def shared(inventory: Inventory, plan: Plan, *hosts: str, **policy: Any) -> WorkShared:
    of = Policy(move_scope=MoveScope.DATACENTER, **policy)
    evacuate: tuple[EntityRef, ...] = tuple(ref(host) for host in hosts)
    return shared_work(inventory, of, plan, evacuate, constraints_for(of, evacuate=evacuate))


def vms(plan: Plan) -> list[EntityRef]:
    return [step.move.vm for step in plan.steps]


def test_all_of_it_is_a_forecast_and_none_of_it_ours() -> None:
    inventory = steered()
    plan = a_plan(a_step(inventory, 1, "v1", "b"), a_step(inventory, 2, "v2", "c"))
    told = shared(inventory, plan, "a")
    assert (told.own.steps, told.forecast, told.by_vcenter) == ((), plan, (ref("a"),))


def test_all_of_it_is_ours_where_the_policy_says_so_or_drs_does_not_steer() -> None:
    inventory = steered()
    plan = a_plan(a_step(inventory, 1, "v1", "b"))
    told = shared(inventory, plan, "a", own_moves_in_drs_clusters=True)
    assert (told.own, told.forecast.steps, told.by_vcenter) == (plan, (), ())
    alone = replace(inventory, clusters=())
    assert shared(alone, plan, "a").by_vcenter == ()


def test_what_drs_leaves_to_people_and_templates_are_ours_and_come_first() -> None:
    image = make_vm("image", "a", kind=VmKind.TEMPLATE, power_state=PowerState.POWERED_OFF)
    by_hand = make_vm("by-hand", "a", drs_behavior=VmDrsBehavior.PARTIALLY_AUTOMATED)
    inventory = steered(make_vm("v1", "a"), image, by_hand)
    steps = [a_step(inventory, number, vm, "b") for number, vm in enumerate(("v1", "image", "by-hand"), start=1)]
    told = shared(inventory, a_plan(*steps), "a")
    assert sorted(vms(told.own)) == [ref("by-hand"), ref("image")]
    assert vms(told.forecast) == [ref("v1")]


def test_hosts_of_other_clusters_stay_ours() -> None:
    inventory = steered(make_vm("v1", "a"), make_vm("v2", "alone"))
    inventory = replace(inventory, hosts=(*inventory.hosts, make_host("alone"), make_host("beside")))
    plan = a_plan(a_step(inventory, 1, "v1", "b"), a_step(inventory, 2, "v2", "beside"))
    told = shared(inventory, plan, "a", "alone")
    assert (vms(told.own), vms(told.forecast), told.by_vcenter) == ([ref("v2")], [ref("v1")], (ref("a"),))

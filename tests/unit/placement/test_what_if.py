"""What would be, if hosts died or came, rules went, demand rose."""

from dataclasses import replace

import pytest

from recommender.errors import UnknownName
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.virtual_machine import PowerState
from recommender.placement.request import PlacementRequest
from recommender.placement.result import Reason, SolveStatus
from recommender.placement.what_if import Change, what_if
from recommender.policy import Policy
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import places, request, small_host

HOSTS = [small_host(name) for name in ("h1", "h2", "h3")]
APART = VmAntiAffinityRule(name="apart", vms=(ref("a"), ref("b"), ref("c")))
POLICY = Policy(cpu_reserve_percent=0, memory_reserve_percent=0, excluded_vms=("a",), headroom_percent=60)


def three_apart(memory: int = 4000) -> PlacementRequest:
    vms = [make_vm(name, f"h{number}", cpu=3000, memory=memory) for number, name in enumerate("abc", start=1)]
    return request(HOSTS, vms, policy=POLICY, vm_anti_affinity_rules=(APART,))


def test_the_vms_of_a_lost_host_are_started_elsewhere_even_if_nobody_may_migrate_them() -> None:
    answer = what_if(
        replace(three_apart(), inventory=replace(three_apart().inventory, vm_anti_affinity_rules=())),
        Change(lost_hosts=(ref("h1"),)),
    )
    assert answer.before.status is SolveStatus.NOTHING_TO_DO
    assert answer.stranded == (ref("a"),)
    (move,) = [move for move in answer.after.moves if move.vm == ref("a")]
    assert (move.reason, move.priority, move.estimate.sent_mib_p50) == (Reason.POWER_ON, 1, 0)
    assert answer.after.remaining_violations == ()
    assert dict(answer.after.objective.terms)["migration_cost"] == 0


def test_what_cannot_be_kept_then_is_told_as_infeasible() -> None:
    answer = what_if(three_apart(), Change(lost_hosts=(ref("h1"),)))
    assert answer.after.status is SolveStatus.INFEASIBLE
    assert answer.after.remaining_violations


def test_without_the_rule_it_could_be_done() -> None:
    answer = what_if(three_apart(), Change(lost_hosts=(ref("h1"),), without_rules=("apart",)))
    assert answer.after.remaining_violations == ()
    assert {move.vm for move in answer.after.moves} >= {ref("a")}


def test_a_host_that_comes_takes_load() -> None:
    asked = three_apart(memory=9000)
    answer = what_if(asked, Change(lost_hosts=(ref("h1"),), added_hosts=(small_host("h4"),)))
    assert places(answer.after)["a"] == "h4"
    assert answer.changed_question.inventory.find_host(ref("h4")) is not None
    assert answer.question.inventory.find_host(ref("h4")) is None


def test_demand_changes_what_vms_use_and_not_what_they_have() -> None:
    asked = request(HOSTS, [make_vm("a", "h1", cpu=3000), make_vm("off", "h1", power_state=PowerState.POWERED_OFF)])
    changed = what_if(asked, Change(demand_percent=50)).changed_question.inventory
    assert changed.vm(ref("a")).load.cpu_demand_mhz == 4500
    assert changed.vm(ref("a")).memory_mib == asked.inventory.vm(ref("a")).memory_mib
    assert changed.vm(ref("off")) == asked.inventory.vm(ref("off"))


def test_more_demand_than_a_host_has_breaks_its_capacity() -> None:
    vms = [make_vm(name, "h1", cpu=4000, memory=100) for name in "ab"]
    answer = what_if(request(HOSTS, vms), Change(demand_percent=50))
    assert [(broken.constraint, broken.host) for broken in answer.breaks] == [("cpu_capacity", ref("h1"))]
    assert answer.after.remaining_violations == ()


@pytest.mark.parametrize("name", ["apat", "evacuated_host"])
def test_a_rule_that_is_not_there_is_told_with_similar_names(name: str) -> None:
    with pytest.raises(UnknownName) as unknown:
        what_if(three_apart(), Change(without_rules=(name,)))
    assert unknown.value.kind == "rule"
    if name == "apat":
        assert unknown.value.near[0] == "apart"

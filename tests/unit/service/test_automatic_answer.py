"""Where people decide about some VMs, what the service makes by itself keeps every rule and pays without theirs."""

from dataclasses import replace

import pytest

from recommender.constraints.check import violations_in
from recommender.constraints.registry import constraints_for
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.inventory.inventory import Inventory
from recommender.placement.answer import inventory_after
from recommender.placement.request import PlacementRequest
from recommender.policy import AutomationLevel
from recommender.service.balancing.automatic_answer import automatic_answer, loss_of
from recommender.service.cycle import decide
from recommender.settings.settings import Settings
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.service.stages import Stage, overloaded, settings
from tests.unit.service.test_automation import automation, run


def of(*manual: str, level: AutomationLevel = AutomationLevel.FULLY_AUTOMATED) -> Settings:
    return settings(level, automation=automation(override=[{"vms": list(manual), "level": "manual"}] if manual else []))


def answers(inventory: Inventory, chosen: Settings) -> tuple[set[str], set[str]]:
    """The VMs that should move, and those that may be moved without people."""
    decision = decide(PlacementRequest(inventory=inventory, policy=chosen.policy))
    answer = automatic_answer(decision, chosen)
    return {move.vm.moid for move in decision.result.moves}, {move.vm.moid for move in answer.result.moves}


def one_makes_room_for_the_other() -> Inventory:
    """``hot`` is too much beside ``warm``; it fits on b only once ``big`` has left that for c."""
    hosts = [make_host("a", memory_mib=65_536), make_host("b", memory_mib=49_152), make_host("c", memory_mib=40_960)]
    vms = [
        make_vm("hot", "a", cpu=12_000, memory=40_000),
        make_vm("warm", "a", cpu=9_000, memory=12_000),
        make_vm("big", "b", cpu=500, memory=24_000),
    ]
    return make_inventory(hosts, vms)


def test_an_answer_without_manual_vms_is_another_one_and_not_a_part_of_the_whole() -> None:
    inventory = overloaded()
    whole, alone = answers(inventory, of("v[0-3]"))
    assert whole & {"v0", "v1", "v2", "v3"}
    assert alone <= {f"v{number}" for number in range(4, 10)}
    assert len(alone) > len(whole - {"v0", "v1", "v2", "v3"}), "it relieves as much with the VMs that it may move"


@pytest.mark.parametrize("manual", ["hot", "warm", "big"])
def test_whatever_is_manual_the_answer_keeps_every_rule_at_every_step_and_pays(manual: str) -> None:
    chosen = of(manual)
    decision = decide(PlacementRequest(inventory=one_makes_room_for_the_other(), policy=chosen.policy))
    answer = automatic_answer(decision, chosen)  # raises PlanError where a step of its plan breaks a rule
    assert manual not in {move.vm.moid for move in answer.result.moves}
    start, rules = decision.request.inventory, constraints_for(chosen.policy)
    broken = {violation.place for violation in violations_in(rules, inventory_after(start, answer.result.moves))}
    assert broken <= {violation.place for violation in violations_in(rules, start)}
    assert {step.move.vm for step in answer.plan.steps} == {move.vm for move in answer.result.moves}
    if answer.result.moves:
        assert answer.result.objective.total < answer.result.starting_objective.total


def test_two_that_have_to_part_are_parted_by_the_one_that_may_move() -> None:
    rule = VmAntiAffinityRule(name="apart", vms=(ref("v0"), ref("v1")))
    vms = [make_vm("v0", "a"), make_vm("v1", "a")]
    inventory = make_inventory([make_host("a"), make_host("b")], vms, vm_anti_affinity_rules=(rule,))
    for manual, moved in (("v0", {"v1"}), ("v1", {"v0"})):
        chosen = of(manual)
        whole, alone = answers(inventory, chosen)
        assert len(whole) == 1
        assert alone == moved, f"whoever should move by the whole answer: {whole}"


def test_a_part_that_does_not_pay_is_not_made_and_says_so_with_numbers() -> None:
    chosen = of()
    decision = decide(PlacementRequest(inventory=overloaded(), policy=chosen.policy))
    dear = replace(decision.result.moves[0], destination=ref("a"))  # to where it is: it costs and gains nothing
    assert loss_of(decision, decision.result.moves) is None
    assert loss_of(decision, decision.result.moves[:1]) is None
    told = loss_of(decision, (dear,))
    assert told is not None
    assert told.startswith(f"1 of {len(decision.result.moves)} moves alone do not pay (objective ")
    assert loss_of(decision, (replace(dear, priority=1),)) is None, "what a rule needs is made"


def test_what_the_service_would_make_by_itself_stands_beside_what_people_may_choose() -> None:
    stage = Stage()
    by_hand = automation(override=[{"vms": ["v[0-3]"], "level": "manual"}], hold_rounds=2)
    told = run(stage, automation=by_hand)
    assert stage.sent == 0
    assert "waiting: " in told
    open_ones = {found.move.vm.moid for found in stage.journal.recommendations.open()}
    assert open_ones & {"v0", "v1", "v2", "v3"}
    run(stage, automation=by_hand)
    assert stage.sent >= 2, "it stood for two rounds"

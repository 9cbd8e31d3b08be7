"""What would make a plan fit is tried, and each way out has its own numbers."""

from dataclasses import replace

from recommender.constraints.registry import constraints_for
from recommender.inventory.inventory import Inventory
from recommender.move_order import CapScope, MigrationCap, OrderPolicy, Serialize
from recommender.placement.result import Move
from recommender.planning.schedule import schedule
from recommender.planning.windows.remedies import LateMoves, Remedy, RemedyKind, tried_remedies
from recommender.planning.windows.window import window_answer
from recommender.policy import ConcurrencyLimits, Policy
from recommender.report.plan_page import plan_page
from tests.inventories import make_host, make_inventory, make_vm, ref
from tests.unit.planning.moves import POLICY, estimate, move


def on_a(count: int) -> tuple[Inventory, list[Move]]:
    inventory = make_inventory(
        [make_host("a"), make_host("b")], [make_vm(f"v{n}", "a", memory=512) for n in range(count)]
    )
    sure = estimate(100.0, p95_s=100.0)
    return inventory, [replace(move(inventory, f"v{n}", "b"), estimate=sure) for n in range(count)]


def tried(policy: Policy, window_s: float, count: int = 3) -> dict[RemedyKind, Remedy]:
    inventory, moves = on_a(count)
    rules = constraints_for(policy)
    answer = window_answer(schedule(inventory, policy, moves, rules), window_s)
    assert not answer.fits
    late = LateMoves(inventory=inventory, policy=policy, moves=moves, constraints=rules, answer=answer)
    found = tried_remedies(late)
    assert [remedy.answer.fits for remedy in found] == sorted((one.answer.fits for one in found), reverse=True)
    return {remedy.kind: remedy for remedy in found}


def test_more_at_once_within_what_vcenter_allows_is_enough_and_says_when_it_would_be_over() -> None:
    found = tried(replace(POLICY, limits=ConcurrencyLimits(host_units=1)), 150.0)
    assert found[RemedyKind.MORE_AT_ONCE].answer.fits
    assert found[RemedyKind.MORE_AT_ONCE].answer.finish_p95_s == 100.0


def test_the_operators_caps_are_a_way_out_as_well() -> None:
    cap = MigrationCap(name="slowly", scope=CapScope.HOST, at_once=1)
    assert tried(replace(POLICY, order=OrderPolicy(cap=(cap,))), 150.0)[RemedyKind.MORE_AT_ONCE].answer.fits


def test_a_rule_of_order_is_left_out_and_named() -> None:
    order = OrderPolicy(serialize=(Serialize(name="one by one", vms=("v*",)),))
    found = tried(replace(POLICY, order=order), 150.0)
    assert found[RemedyKind.WITHOUT_RULE].rules == ("one by one",)
    assert RemedyKind.WITHOUT_RULES not in found
    assert found[RemedyKind.WITHOUT_RULE].answer.fits
    assert RemedyKind.MORE_AT_ONCE not in found


def test_where_no_rule_alone_is_the_cause_all_of_them_together_are_tried_and_told_on_the_page() -> None:
    twice = (Serialize(name="one <by> one", vms=("v*",)), Serialize(name="never two", vms=("v*",)))
    policy = replace(POLICY, order=OrderPolicy(serialize=twice))
    found = tried(policy, 150.0)
    assert not found[RemedyKind.WITHOUT_RULE].answer.fits
    assert found[RemedyKind.WITHOUT_RULES].rules == ("one <by> one", "never two")
    assert found[RemedyKind.WITHOUT_RULES].answer.fits
    inventory, moves = on_a(3)
    plan = schedule(inventory, policy, moves, constraints_for(policy))
    page = plan_page(
        inventory, plan, inventory.taken_at, window_answer(plan, 150.0), (found[RemedyKind.WITHOUT_RULES],)
    )
    assert "What would make it fit" in page
    assert "would fit: without all of the rules &#x27;one &lt;by&gt; one&#x27;, &#x27;never two&#x27;" in page


def test_fewer_vms_fit_and_shutting_down_those_that_are_late_is_tried() -> None:
    found = tried(replace(POLICY, limits=ConcurrencyLimits(host_units=1)), 250.0)
    assert found[RemedyKind.FEWER_VMS].vms == (ref("v2"),)
    assert found[RemedyKind.FEWER_VMS].answer.fits
    assert found[RemedyKind.COLD].vms == (ref("v2"),)
    # Shut down it sends nothing, so it takes no such time.
    assert found[RemedyKind.COLD].answer.finish_p50_s < 250.0


def test_what_is_not_enough_is_told_with_its_numbers() -> None:
    found = tried(replace(POLICY, limits=ConcurrencyLimits(host_units=1)), 50.0)
    assert not found[RemedyKind.MORE_AT_ONCE].answer.fits
    assert found[RemedyKind.MORE_AT_ONCE].answer.finish_p95_s == 100.0
    # Nobody fits at all: then there is no smaller plan to try.
    assert RemedyKind.FEWER_VMS not in found

"""VMs that were moved a short while ago, or often, are left alone unless a rule sends them."""

from dataclasses import replace
from datetime import timedelta

from recommender.constraints.resting_vm import RestingVm
from recommender.inventory.inventory import Inventory
from recommender.inventory.recent_move import RecentMove
from recommender.placement.request import Goal, PlacementRequest
from recommender.placement.resting import resting_vms
from recommender.placement.rules_asked import rules_asked
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.inventories import TAKEN_AT, make_host, make_inventory, make_vm, ref
from tests.unit.constraints.verdicts import broken, flight, hosts_for, reasons_against

RULE = RestingVm(vms=((ref("a"), "it rests"),))


def estate() -> Inventory:
    """Everything on one of two hosts, so that balancing wants to move."""
    hosts = [make_host("full", cluster=ref("c")), make_host("free", cluster=ref("c"))]
    return make_inventory(hosts, [make_vm(name, "full", cpu=8000) for name in ("a", "b")])


def moved(vm: str, minutes_ago: float) -> RecentMove:
    ended_at = TAKEN_AT - timedelta(minutes=minutes_ago)
    return RecentMove(instance_uuid=f"uuid-{vm}", source=ref("free"), destination=ref("full"), ended_at=ended_at)


def question(*moves: RecentMove, policy: Policy | None = None) -> PlacementRequest:
    return PlacementRequest(inventory=estate(), policy=policy or Policy(), recent_moves=moves)


def resting(asked: PlacementRequest) -> dict[str, str]:
    return {ref.moid: reason for ref, reason in resting_vms(asked, rules_asked(replace(asked, recent_moves=())))}


def test_a_resting_vm_goes_nowhere() -> None:
    assert hosts_for(RULE, estate()) == set()
    assert hosts_for(RULE, estate(), "b") == {"full", "free"}
    assert reasons_against(RULE, estate(), "free") == ["it rests"]
    assert broken(RULE, estate()) == []
    assert broken(RULE, estate().with_in_flight(flight("a", "free"))) == ["it rests"]


def test_who_rests_and_why() -> None:
    assert resting(question(moved("a", 30), moved("b", 60))) == {"a": "it was moved 30 min ago and rests for 60 min"}
    often = [moved("b", 60 * hours) for hours in (2, 4, 6, 8)]
    assert resting(question(*often)) == {"b": "it was moved 4 times in a day, at most 4 times are allowed"}
    assert resting(question(*often, policy=Policy(moves_per_vm_per_day=5))) == {}
    assert resting(question(moved("a", 30), policy=Policy(cool_down_s=0.0))) == {}


def test_nothing_goes_back_within_the_cool_down() -> None:
    assert len(solve(question()).moves) == 1
    assert {move.vm.moid for move in solve(question(moved("a", 5))).moves} == {"b"}
    assert solve(question(moved("a", 5), moved("b", 5))).moves == ()


def test_what_a_rule_sends_does_not_rest() -> None:
    asked = question(moved("a", 5), moved("b", 5))
    emptied = replace(asked, goal=Goal.EVACUATE, evacuate=(ref("full"),))
    assert len(solve(emptied).moves) == 2
    in_maintenance = tuple(replace(host, in_maintenance=host.name == "full") for host in asked.inventory.hosts)
    asked = replace(asked, inventory=replace(asked.inventory, hosts=in_maintenance))
    assert len(solve(asked).moves) == 2

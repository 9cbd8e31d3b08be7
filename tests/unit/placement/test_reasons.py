"""Every move says why, from one closed list; what rules demand comes first."""

from typing import Any

import numpy as np
import pytest

from recommender.constraints.base import Violation
from recommender.constraints.registry import CONSTRAINT_NAMES
from recommender.inventory.affinity_rule import VmAffinityRule, VmAntiAffinityRule, VmHostRule
from recommender.inventory.host import Host
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.engine.state import SearchState
from recommender.placement.reasons import mandatory_reasons
from recommender.placement.solve import solve
from tests.inventories import make_vm, ref
from tests.unit.placement.problems import problem_of
from tests.unit.placement.questions import places, reasons, request, small_host

A, B = ref("a"), ref("b")


@pytest.mark.parametrize(
    ("reason", "vm", "hosts", "rules"),
    [
        ("HOST_MAINTENANCE", {}, [{"in_maintenance": True}, {}], {}),
        ("MUST_RUN_ON", {}, [{}, {}], {"vm_host_rules": (VmHostRule(name="r", vms=(A,), hosts=(ref("h2"),)),)}),
        ("INCOMPATIBLE_HOST", {"features": ("new",)}, [{}, {"features": ("new",)}], {}),
        ("INCOMPATIBLE_HOST", {"datastore": "ds2"}, [{}, {"datastores": ("ds", "ds2")}], {}),
        ("INCOMPATIBLE_HOST", {"networks": (ref("n2"),)}, [{}, {"networks": (ref("net"), ref("n2"))}], {}),
        ("CPU_OVERLOAD", {"cpu": 11_000}, [{}, {"cpu": 20_000}], {}),
        ("MEMORY_OVERLOAD", {"memory": 11_000}, [{}, {"memory": 20_000}], {}),
    ],
)
def test_a_mandatory_move_says_what_is_broken_where_the_vm_is(
    reason: str, vm: dict[str, Any], hosts: list[dict[str, Any]], rules: dict[str, Any]
) -> None:
    at = [small_host(f"h{number}", **changes) for number, changes in enumerate(hosts, start=1)]
    result = solve(request(at, [make_vm("a", "h1", **({"memory": 1000} | vm))], **rules))
    assert reasons(result) == {"a": (reason, 1)}
    assert places(result) == {"a": "h2"}


def test_separated_and_joined_vms_say_so() -> None:
    hosts = [small_host("h1"), small_host("h2")]
    apart = solve(
        request(
            hosts,
            [make_vm("a", "h1", memory=1000), make_vm("b", "h1", memory=1000)],
            vm_anti_affinity_rules=(VmAntiAffinityRule(name="r", vms=(A, B)),),
        )
    )
    together = solve(
        request(
            hosts,
            [make_vm("a", "h1", memory=1000), make_vm("b", "h2", memory=1000)],
            vm_affinity_rules=(VmAffinityRule(name="r", vms=(A, B)),),
        )
    )
    assert [*reasons(apart).values()] == [("KEEP_APART", 1)]
    assert [*reasons(together).values()] == [("KEEP_TOGETHER", 1)]


def test_a_vm_that_follows_another_that_has_to_leave_is_kept_together() -> None:
    rules: dict[str, Any] = {
        "vm_affinity_rules": (VmAffinityRule(name="r", vms=(A, B)),),
        "vm_host_rules": (VmHostRule(name="m", vms=(A,), hosts=(ref("h2"),)),),
    }
    vms = [make_vm("a", "h1", memory=1000), make_vm("b", "h1", memory=1000)]
    result = solve(request([small_host("h1"), small_host("h2")], vms, **rules))
    assert reasons(result) == {"a": ("MUST_RUN_ON", 1), "b": ("KEEP_TOGETHER", 1)}


def test_a_vm_that_leaves_so_that_a_mandatory_move_fits_makes_room_in_balancing_too() -> None:
    # a must run on h2, which b fills; b gains nothing by going where a was.
    vms = [make_vm("a", "h1", memory=6000), make_vm("b", "h2", memory=6000)]
    must = VmHostRule(name="m", vms=(A,), hosts=(ref("h2"),))
    result = solve(request([small_host("h1"), small_host("h2")], vms, vm_host_rules=(must,)))
    assert reasons(result) == {"a": ("MUST_RUN_ON", 1), "b": ("MAKE_ROOM", 1)}


@pytest.mark.parametrize(
    ("reason", "vm"),
    [("BALANCE_CPU", {"cpu": 4000, "memory": 100}), ("BALANCE_MEMORY", {"cpu": 10, "memory": 4000})],
)
def test_a_gainful_move_names_the_resource_that_gains_most(reason: str, vm: dict[str, Any]) -> None:
    result = solve(request(_two(), [make_vm("a", "h1", **vm), make_vm("b", "h1", **vm)]))
    assert [why for why, _ in reasons(result).values()] == [reason]
    assert result.moves[0].priority > 1
    assert result.moves[0].gain > 0


@pytest.mark.parametrize(
    ("reason", "vm"),
    [("CPU_OVERLOAD", {"cpu": 4500, "memory": 100}), ("MEMORY_OVERLOAD", {"cpu": 10, "memory": 4500})],
)
def test_a_source_above_the_headroom_line_is_overloaded(reason: str, vm: dict[str, Any]) -> None:
    result = solve(request(_two(), [make_vm("a", "h1", **vm), make_vm("b", "h1", **vm)]))
    assert [why for why, _ in reasons(result).values()] == [reason]


def test_a_should_rule_is_a_reason_of_its_own() -> None:
    should = VmHostRule(name="r", vms=(A,), hosts=(ref("h2"),), is_mandatory=False)
    result = solve(request(_two(), [_idle("a")], vm_host_rules=(should,)))
    assert [why for why, _ in reasons(result).values()] == ["SHOULD_RUN_ON"]


def _two() -> list[Host]:
    return [small_host("h1"), small_host("h2")]


def _idle(name: str) -> VirtualMachine:
    return make_vm(name, "h1", cpu=10, memory=500)


@pytest.mark.parametrize("name", CONSTRAINT_NAMES)
def test_a_vm_that_any_rule_makes_leave_has_a_mandatory_reason(name: str) -> None:
    asked = request([small_host("h1"), small_host("h2")], [make_vm("a", "h1", memory=1000)])
    problem = problem_of(asked)
    end = SearchState(problem, np.array([1]))
    broken = Violation(constraint=name, vms=(A,), host=ref("h1"), reason="")
    assert mandatory_reasons(end, [[broken]]).keys() == {0}


def test_a_move_tells_what_it_gains_and_what_it_costs() -> None:
    vms = [make_vm(name, "h1", cpu=4000, memory=1000) for name in "ab"]
    result = solve(request([small_host("h1"), small_host("h2")], vms))
    (move,) = result.moves
    assert move.cost == pytest.approx(dict(result.objective.terms)["migration_cost"])
    assert move.gain == pytest.approx(result.starting_objective.total - result.objective.total + (move.cost or 0))

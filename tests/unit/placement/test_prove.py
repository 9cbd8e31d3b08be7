"""The optimum of small questions is proven, and is the optimum."""

import pytest

from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.inventories import make_vm, ref
from tests.properties.every_placement import good_placements
from tests.unit.placement.questions import places, request, small_host


def test_presolve_of_the_exact_solver_does_not_lose_the_optimum() -> None:
    # google/or-tools#5293: of this question 9.15 called a placement optimal that costs two thirds more than the best.
    hosts = [small_host("h1", cpu=8000, memory=24_576, features=("new",))]
    hosts += [small_host("h2", cpu=8000, memory=24_576), small_host("h3", cpu=12_000, memory=24_576)]
    vms = [
        make_vm("a", "h1", cpu=5300, cpu_reservation_mhz=5000, memory=8192),
        make_vm("b", "h2", cpu=5300, cpu_reservation_mhz=4000, memory=11_264),
        make_vm("c", "h2", cpu=3100, cpu_reservation_mhz=4000, memory=11_264),
        make_vm("d", "h2", cpu=3100, memory=2048, features=("new",)),
    ]
    apart = VmAntiAffinityRule(name="r", vms=(ref("b"), ref("d")))
    policy = Policy(cpu_reserve_percent=5, memory_reserve_percent=0, migration_threshold=5)
    asked = request(hosts, vms, policy=policy, vm_anti_affinity_rules=(apart,))
    result = solve(asked)
    assert result.status is SolveStatus.OPTIMAL
    assert places(result) == {"a": "h3", "c": "h1", "d": "h1"}
    assert len([*good_placements(asked)]) > 1


def test_the_bound_meets_the_objective_of_a_small_question() -> None:
    vms = [make_vm(f"vm-{n}", "h1", cpu=700 + 131 * n, memory=900 + 57 * n) for n in range(6)]
    result = solve(request([small_host("h1"), small_host("h2"), small_host("h3")], vms))
    assert result.status is SolveStatus.OPTIMAL
    assert result.bound == pytest.approx(result.objective.total, rel=1e-5)

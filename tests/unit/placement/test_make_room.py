"""Room for a VM that fits nowhere, made by as few others as can be."""

import numpy as np

from recommender.constraints.registry import constraints_for
from recommender.inventory.affinity_rule import VmAntiAffinityRule
from recommender.objectives.registry import objectives_for
from recommender.placement.build_problem import build_problem
from recommender.placement.engine.make_room import make_room
from recommender.placement.engine.state import SearchState
from recommender.placement.free_vms import free_vms
from recommender.placement.request import PlacementRequest
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve
from tests.inventories import make_vm, ref
from tests.unit.placement.questions import evacuation, small_host


def state_of(asked: PlacementRequest) -> SearchState:
    """All VMs free, at the start."""
    rules = constraints_for(asked.policy, evacuate=asked.evacuate)
    free = free_vms(asked, rules, make_room=True)
    return SearchState(build_problem(asked.inventory, rules, objectives_for(asked.policy), free))


def item_of(state: SearchState, name: str) -> int:
    return next(item for item in range(state.problem.items) if state.problem.vms[item].ref == ref(name))


def place_of(state: SearchState, name: str) -> str:
    return state.problem.hosts[int(state.place[item_of(state, name)])].name


def test_the_smallest_that_is_enough_leaves() -> None:
    # a needs 5,000; h2 lacks 3,000 of it: of 2,500, 3,500 and 2,000 the 3,500 alone is enough, and fits h3.
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    vms = [make_vm("a", "h1", memory=5000), make_vm("other", "h3", memory=6000)]
    vms += [make_vm(name, "h2", memory=memory) for name, memory in (("x", 2500), ("y", 3500), ("z", 2000))]
    state = state_of(evacuation(hosts, vms, "h1"))
    assert make_room(state, item_of(state, "a"))
    assert {name: place_of(state, name) for name in "axyz"} == {"a": "h2", "x": "h2", "y": "h3", "z": "h2"}
    assert state.is_legal()


def test_who_has_to_be_apart_from_it_leaves() -> None:
    hosts = [small_host("h1"), small_host("h2"), small_host("h3", memory=1500)]
    vms = [make_vm("a", "h1", memory=2000), make_vm("enemy", "h2", memory=1000), make_vm("friend", "h2", memory=1000)]
    apart = VmAntiAffinityRule(name="apart", vms=(ref("a"), ref("enemy")))
    state = state_of(evacuation(hosts, vms, "h1", vm_anti_affinity_rules=(apart,)))
    assert make_room(state, item_of(state, "a"))
    assert {name: place_of(state, name) for name in ("a", "enemy", "friend")} == {
        "a": "h2",
        "enemy": "h3",
        "friend": "h2",
    }


def test_nothing_moves_where_no_room_can_be_made() -> None:
    hosts = [small_host("h1"), small_host("h2"), small_host("h3")]
    vms = [make_vm("a", "h1", memory=9000), make_vm("b", "h2", memory=6000), make_vm("c", "h3", memory=6000)]
    state = state_of(evacuation(hosts, vms, "h1"))
    before = state.place.copy()
    assert not make_room(state, item_of(state, "a"))
    assert np.array_equal(state.place, before)
    assert np.allclose(state.used, SearchState(state.problem).used)


def test_a_large_crowded_cluster_is_emptied_without_any_exact_search() -> None:
    # 40 hosts of 10,000 with 9 VMs of 1,000 each; what leaves h0 needs 2,000 and there is only ever 1,000 free.
    hosts = [small_host(f"h{n}") for n in range(41)]
    vms = [make_vm(f"vm-{host}-{n}", f"h{host}", cpu=10, memory=1000) for host in range(1, 41) for n in range(9)]
    vms += [make_vm(f"big-{n}", "h0", cpu=10, memory=2000) for n in range(5)]
    result = solve(evacuation(hosts, vms, "h0"))
    assert result.status is SolveStatus.FEASIBLE
    assert result.remaining_violations == ()
    assert len(result.moves) == 10

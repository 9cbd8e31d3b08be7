"""A VM that has to leave and cannot hinders nothing else from being mended and balanced."""

from recommender.placement.request import PlacementRequest
from recommender.placement.result import SolveStatus
from recommender.placement.solve import solve
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, make_vm, ref

CLUSTER = ref("cluster")


def test_the_rest_is_balanced_and_the_vm_is_named_with_what_holds_it() -> None:
    hosts = [
        make_host("kept", cluster=CLUSTER, in_maintenance=True),
        make_host("full", cluster=CLUSTER),
        make_host("idle", cluster=CLUSTER),
    ]
    held = make_vm("held", "kept", relocate_disabled=True)
    free_to_go = make_vm("free-to-go", "kept")
    crowd = [make_vm(f"crowd-{number}", "full", cpu=2900) for number in range(6)]
    answer = solve(PlacementRequest(inventory=make_inventory(hosts, [held, free_to_go, *crowd]), policy=Policy()))

    assert answer.status is SolveStatus.INFEASIBLE
    assert [unplaceable.vm for unplaceable in answer.unplaceable] == [held.ref]
    assert {rejection.constraint for rejection in answer.unplaceable[0].rejections} == {"movable_vm"}
    assert [violation.vms for violation in answer.remaining_violations] == [(held.ref,)]
    moved = {move.vm.moid: move.destination.moid for move in answer.moves}
    assert moved["free-to-go"] == "idle"
    assert sum(moid.startswith("crowd") for moid in moved) in (2, 3)
    assert answer.objective.total < answer.starting_objective.total

"""Placement questions for tests, with limits that keep them quick; what matters is spelled in the test."""

from collections.abc import Sequence
from typing import Any

from recommender.inventory.host import Host
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.placement.request import Goal, PlacementRequest, SolveLimits
from recommender.placement.result import PlacementResult
from recommender.policy import Policy
from tests.inventories import make_host, make_inventory, ref

QUICK = SolveLimits(proposals=2000, proposals_per_item=100, rounds=2)
CLUSTER = ref("c1")


def small_host(name: str, /, *, cpu: int = 10_000, memory: int = 10_000, **changes: Any) -> Host:
    """A host of 10 GHz and 10,000 MiB in the one cluster."""
    values: dict[str, Any] = {"cluster": CLUSTER, "cpu_mhz": cpu, "memory_mib": memory} | changes
    return make_host(name, **values)


def request(
    hosts: Sequence[Host],
    vms: Sequence[VirtualMachine],
    /,
    *,
    goal: Goal = Goal.BALANCE,
    evacuate: Sequence[str] = (),
    policy: Policy | None = None,
    seed: int = 0,
    limits: SolveLimits = QUICK,
    **inventory: Any,
) -> PlacementRequest:
    """A question, without reserves unless the policy says so."""
    return PlacementRequest(
        inventory=make_inventory(hosts, vms, **inventory),
        policy=policy or Policy(cpu_reserve_percent=0, memory_reserve_percent=0),
        goal=goal,
        evacuate=tuple(map(ref, evacuate)),
        seed=seed,
        limits=limits,
    )


def evacuation(
    hosts: Sequence[Host], vms: Sequence[VirtualMachine], /, *names: str, **changes: Any
) -> PlacementRequest:
    """Empty the hosts with these names."""
    return request(hosts, vms, goal=Goal.EVACUATE, evacuate=names, **changes)


def places(result: PlacementResult) -> dict[str, str]:
    """Where the VMs that move go."""
    return {move.vm.moid: move.destination.moid for move in result.moves}


def reasons(result: PlacementResult) -> dict[str, tuple[str, int]]:
    """Name of the reason and priority of each move."""
    return {move.vm.moid: (move.reason.name, move.priority) for move in result.moves}


def violated(rejections: Sequence[Any]) -> dict[EntityRef | None, str]:
    """Which rule refuses which host."""
    return {rejection.host: rejection.constraint for rejection in rejections}

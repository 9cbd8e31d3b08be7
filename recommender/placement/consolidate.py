"""Consolidation: the fewest hosts that carry everything, rules, HA's reserve and headroom kept; the others are named.

A host can be switched off once it is empty. The emptiest are tried first: how many of them at once by bisection, then
those that were in the way one by one. Each try is an evacuation, so that whatever is told can be done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from recommender.constraints.failover_capacity import shortage_without
from recommender.inventory.admission_control import AdmissionPolicy
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.objectives.consolidation import Consolidation
from recommender.objectives.resources import RESOURCES
from recommender.placement.answer import inventory_after
from recommender.placement.engine.run import SearchRun
from recommender.placement.least_hosts import least_by_ha, least_hosts_on
from recommender.placement.request import Goal, PlacementRequest, SolveLimits
from recommender.placement.result import Objective, PlacementResult, Reason, SolveStatus
from recommender.placement.solve import solve

QUICK: Final = SolveLimits(proposals=0, rounds=0, whole_choices=0)
MOST_SINGLE_TRIES: Final = 12
ENOUGH_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsolidationAnswer:
    """``question``: the evacuation that ``result`` answers, to plan it from. ``switch_off``: hosts that are then empty.

    ``hosts_on``: of the available hosts asked about, those that stay on; ``least_hosts_on``: proven, fewer cannot do.
    """

    question: PlacementRequest
    result: PlacementResult
    switch_off: tuple[EntityRef, ...]
    hosts_on: int
    least_hosts_on: int


def consolidate(request: PlacementRequest, run: SearchRun | None = None) -> ConsolidationAnswer:
    """The answer to ``Goal.CONSOLIDATE``; a run that is stopped tries no other hosts."""
    run = run or SearchRun()
    hosts = _asked_about(request)
    least = least_hosts_on(request, hosts)
    order = sorted((host for host in hosts if _may_be_off(request, host)), key=lambda host: _fill(request, host))
    chosen = _most_off(request, order, len(hosts) - least, run)
    question = _evacuation(request, chosen, request.limits)
    result = solve(question, run)
    while chosen and not _is_kept(question, result):  # a longer search may end elsewhere than the quick one
        chosen = chosen[: len(chosen) // 2] if run.is_stopped else chosen[:-1]
        question = _evacuation(request, chosen, request.limits)
        result = solve(question, run)
    off = frozenset(host.ref for host in chosen)
    return ConsolidationAnswer(
        question=question,
        result=_told(request, result, off, least),
        switch_off=tuple(sorted(off)),
        hosts_on=len(hosts) - len(off),
        least_hosts_on=least,
    )


def _asked_about(request: PlacementRequest) -> list[Host]:
    return [
        host
        for host in request.inventory.hosts
        if host.is_available and (not request.among or host.ref in request.among)
    ]


def _may_be_off(request: PlacementRequest, host: Host) -> bool:
    """Not a host that HA keeps for failures."""
    cluster = request.inventory.find_cluster(host.cluster)
    control = cluster.admission_control if cluster else None
    return not (control and control.policy is AdmissionPolicy.DEDICATED_HOSTS and host.ref in control.failover_hosts)


def _fill(request: PlacementRequest, host: Host) -> tuple[float, EntityRef]:
    vms = request.inventory.vms_charged_to(host.ref)
    uses = [sum(map(one.demand, vms)) / one.capacity(host) for one in RESOURCES if one.capacity(host)]
    return (max(uses, default=0.0), host.ref)


def _most_off(request: PlacementRequest, order: Sequence[Host], most: int, run: SearchRun) -> list[Host]:
    possible, impossible = 0, min(most, len(order)) + 1
    while impossible - possible > 1 and not run.is_stopped:
        middle = (possible + impossible) // 2
        if _is_possible(request, order[:middle], run):
            possible = middle
        else:
            impossible = middle
    chosen = list(order[:possible])
    for host in order[possible + 1 : possible + 1 + MOST_SINGLE_TRIES]:
        if len(chosen) < most and not run.is_stopped and _is_possible(request, [*chosen, host], run):
            chosen.append(host)
    return chosen


def _evacuation(request: PlacementRequest, off: Sequence[Host], limits: SolveLimits) -> PlacementRequest:
    # Nothing is brought to other hosts than those asked about: these are what the answer is about.
    return replace(request, goal=Goal.EVACUATE, evacuate=tuple(sorted(host.ref for host in off)), limits=limits)


def _is_possible(request: PlacementRequest, off: Sequence[Host], run: SearchRun) -> bool:
    question = replace(_evacuation(request, off, QUICK), with_curve=False)
    return _keeps_ha(request.inventory, _asked_about(request), off) and _is_kept(question, solve(question, run))


def _keeps_ha(inventory: Inventory, hosts: Sequence[Host], off: Sequence[Host]) -> bool:
    absent = frozenset(host.ref for host in off)
    for cluster in inventory.clusters:
        members = [host for host in hosts if host.cluster == cluster.ref]
        on = sum(host.ref not in absent for host in members)
        if on < least_by_ha(inventory, members):
            return False
        if on < len(members) and shortage_without(inventory, cluster, absent) is not None:
            return False
    return True


def _is_kept(question: PlacementRequest, result: PlacementResult) -> bool:
    """Whether the hosts are empty and no other is above the headroom line that was not, nor further above it."""
    if result.remaining_violations:
        return False
    start, end = question.inventory, inventory_after(question.inventory, result.moves)
    line = question.policy.headroom_percent / 100
    for resource in RESOURCES:
        for host in start.hosts:
            capacity = resource.capacity(host)
            before, after = (sum(map(resource.demand, world.vms_charged_to(host.ref))) for world in (start, end))
            if after > max(before, line * capacity) + ENOUGH_ROUNDING:
                return False
    return True


def _told(request: PlacementRequest, result: PlacementResult, off: frozenset[EntityRef], least: int) -> PlacementResult:
    """The answer with the cost of hosts in it, the proof, and why VMs move."""
    hosts = frozenset(host.ref for host in _asked_about(request))
    weight, start = request.policy.weights.host_on, request.inventory
    end = inventory_after(start, result.moves)
    before, after = Consolidation(weight, hosts), Consolidation(weight, hosts, off)
    status = result.status
    if not result.remaining_violations:
        nothing = SolveStatus.OUT_OF_TIME if result.is_stopped else SolveStatus.NOTHING_TO_DO
        status = SolveStatus.FEASIBLE if off else nothing
    return replace(
        result,
        status=status,
        starting_objective=_with(before.name, before.cost(start, start), result.starting_objective),
        objective=_with(after.name, after.cost(start, end), result.objective),
        bound=None if result.remaining_violations else weight * least,
        moves=tuple(
            replace(move, reason=Reason.POWER_SAVING) if move.reason is Reason.HOST_MAINTENANCE else move
            for move in result.moves
        ),
    )


def _with(name: str, cost: float, objective: Objective) -> Objective:
    return Objective(terms=((name, cost), *objective.terms))

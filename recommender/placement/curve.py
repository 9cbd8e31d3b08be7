"""What the best 1, 2, 5, 10 … moves of an answer buy, so that an operator can stop where more is hardly worth it."""

from collections.abc import Iterator
from itertools import count
from typing import Final

import numpy as np

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.use import host_use
from recommender.migration.estimate_move import estimate_move
from recommender.placement.answer import inventory_at, objective_of
from recommender.placement.fewer_moves import MoveLimit, limited_to
from recommender.placement.free_vms import asked_violations
from recommender.placement.problem import SPLIT, Floats
from recommender.placement.request import PlacementRequest
from recommender.placement.result import CurvePoint
from recommender.placement.rules_asked import rules_asked, terms_asked
from recommender.placement.search import Found
from recommender.placement.search_state import SearchState

STEPS: Final = (1, 2, 5)  # times every power of ten


def curve_of(request: PlacementRequest, found: Found) -> tuple[CurvePoint, ...]:
    """From no move to all of them; a point has fewer moves than asked for where the next one would not pay yet."""
    points = [_point(request, SearchState(found.state.problem))]
    most = _point(request, found.state)
    for moves in _sizes(most.moves):
        point = _point(request, limited_to(MoveLimit(moves=moves), found).state)
        if points[-1].moves < point.moves < most.moves:
            points.append(point)
    return (*points, most) if most.moves else tuple(points)


def _sizes(end: int) -> Iterator[int]:
    for power in count():
        for step in STEPS:
            if step * 10**power >= end:
                return
            yield step * 10**power


def _point(request: PlacementRequest, state: SearchState) -> CurvePoint:
    start, problem = request.inventory, state.problem
    to = {
        problem.vms[vm].ref: problem.hosts[host].ref
        for item, host in enumerate(state.place)
        for vm in problem.members[item]
        if host not in (problem.member_start[vm], SPLIT)
    }
    end = inventory_at(start, to)
    cpu, memory = _uses(request, end)
    line = request.policy.headroom_percent / 100
    return CurvePoint(
        moves=len(to),
        sent_mib=_sent_mib(request, to),
        cpu_highest=float(cpu.max(initial=0.0)),
        memory_highest=float(memory.max(initial=0.0)),
        cpu_deviation=float(cpu.std()) if len(cpu) else 0.0,
        memory_deviation=float(memory.std()) if len(memory) else 0.0,
        overload_left=float(np.maximum(cpu - line, 0.0).sum() + np.maximum(memory - line, 0.0).sum()),
        broken_rules=len(asked_violations(request, rules_asked(request), end)),
        objective=objective_of(terms_asked(request), start, end).total,
    )


def _uses(request: PlacementRequest, end: Inventory) -> tuple[Floats, Floats]:
    hosts = [host for host in end.hosts if host.is_available and (not request.among or host.ref in request.among)]
    uses = [host_use(end, host) for host in hosts]
    return np.array([use.cpu for use in uses]), np.array([use.memory for use in uses])


def _sent_mib(request: PlacementRequest, to: dict[EntityRef, EntityRef]) -> float:
    inventory = request.inventory
    return sum(
        estimate_move(inventory, request.policy, inventory.vm(vm), inventory.host(host)).sent_mib_p50
        for vm, host in to.items()
        if vm not in request.started
    )

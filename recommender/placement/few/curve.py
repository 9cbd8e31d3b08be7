"""What the best 1, 2, 5, 10 … moves of an answer buy, so that an operator can stop where more is hardly worth it."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Final

import numpy as np

from recommender.inventory.reference import EntityRef
from recommender.migration.estimate_move import estimate_move
from recommender.objectives.resources import RESOURCES
from recommender.placement.answer import inventory_at, objective_of
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.search import Found
from recommender.placement.engine.state import SearchState
from recommender.placement.few.best import continued
from recommender.placement.few.bound import bound_of_few_moves
from recommender.placement.few.fewer import MoveLimit, limited_to
from recommender.placement.free_vms import asked_violations
from recommender.placement.problem import SPLIT, Floats, Problem
from recommender.placement.request import PlacementRequest
from recommender.placement.result import CurvePoint
from recommender.placement.rules_asked import rules_asked, terms_asked

STEPS: Final = (1, 2, 5)  # times every power of ten
SMOOTHING: Final = 0.02


def curve_of(request: PlacementRequest, found: Found, run: SearchRun) -> tuple[CurvePoint, ...]:
    """From no move to all of them; a point has fewer moves than asked for where the next one would not pay yet.

    None costs more than one of fewer moves, but for what mending rules costs.

    Of a run that is stopped, only what there is by then, and the end.
    """
    meter = _Meter(request, found.state.problem)
    state = SearchState(found.state.problem)
    points, most = [meter.point(state)], meter.point(found.state)
    for moves in _sizes(most.moves):
        if not run.goes_on(found.state):
            break
        few = limited_to(MoveLimit(moves=moves), found, request.seed, run)
        point = meter.point(few.state)
        if point.broken_rules == points[-1].broken_rules and point.objective > points[-1].objective:
            # A lower highest use costs more than what fewer moves reach: those are continued, so that none is worse.
            few = replace(few, state=continued(state, moves, run))
            point = meter.point(few.state)
        if points[-1].moves < point.moves < most.moves:
            bound = meter.objective_bound(moves, few, found)
            points.append(replace(point, cpu_highest_bound=few.least_use, objective_bound=bound))
            state = few.state
    if not most.moves:
        return tuple(points)
    total = None if found.bound is None else min(found.bound + meter.of_others, most.objective)
    return (*points, replace(most, objective_bound=total))


def _sizes(end: int) -> Iterator[int]:
    for power in count():
        for step in STEPS:
            if step * 10**power >= end:
                return
            yield step * 10**power


class _Meter:
    """What is the same for all points, looked up once: a point is then a matter of arrays."""

    def __init__(self, request: PlacementRequest, problem: Problem) -> None:
        self._request, self._problem = request, problem
        self._rules = rules_asked(request)
        start = request.inventory
        # No move breaks anything anew: only what takes part in what is broken now can be broken then.
        self._involved = sorted({vm for one in asked_violations(request, self._rules, start) for vm in one.vms})
        self.of_others = objective_of(terms_asked(request), start, start).total - self._cost(SearchState(problem))
        asked = [host.is_available and (not request.among or host.ref in request.among) for host in problem.hosts]
        self._hosts = np.flatnonzero(asked)
        capacity = [[resource.capacity(host) for host in problem.hosts] for resource in RESOURCES]
        self._capacity = np.array(capacity, dtype=np.float64).reshape(len(RESOURCES), len(problem.hosts))

    def point(self, state: SearchState) -> CurvePoint:
        """The fleet at this placement."""
        to = self._moves(state)
        cpu, memory = (self._uses(state, row) for row in range(len(RESOURCES)))
        line = self._request.policy.headroom_percent / 100
        return CurvePoint(
            moves=len(to),
            sent_mib=self._sent_mib(to),
            cpu_highest=float(cpu.max(initial=0.0)),
            memory_highest=float(memory.max(initial=0.0)),
            cpu_deviation=float(cpu.std()) if len(cpu) else 0.0,
            memory_deviation=float(memory.std()) if len(memory) else 0.0,
            overload_left=float(np.maximum(cpu - line, 0.0).sum() + np.maximum(memory - line, 0.0).sum()),
            broken_rules=self._broken(to),
            objective=self._cost(state) + self.of_others,
        )

    def objective_bound(self, moves: int, few: Found, whole: Found) -> float | None:
        """What is proven of any so many moves; nothing where nothing is of the whole answer."""
        if whole.bound is None:
            return None
        marginal = self._problem.host_cost.marginal
        starts = [marginal(few.state.load, SMOOTHING), marginal(whole.state.load, SMOOTHING)]
        starts.append((starts[0] + starts[1]) / 2)
        known = few.state.cost()
        proven = max(whole.bound, bound_of_few_moves(self._problem, moves, known, starts))
        return min(proven, known) + self.of_others

    def _moves(self, state: SearchState) -> dict[EntityRef, EntityRef]:
        problem, moved = self._problem, np.flatnonzero(state.place != self._problem.start)
        return {
            problem.vms[vm].ref: problem.hosts[state.place[item]].ref
            for item in map(int, moved)
            for vm in problem.members[item]
            if state.place[item] not in (problem.member_start[vm], SPLIT)
        }

    def _uses(self, state: SearchState, row: int) -> Floats:
        capacity = self._capacity[row, self._hosts]
        uses: Floats = state.load[row, self._hosts] / np.where(capacity > 0, capacity, np.inf)
        return uses

    def _cost(self, state: SearchState) -> float:
        """As the cost terms tell it: what makes some moves dear to the search is not in the prices of single VMs."""
        problem = self._problem
        place = problem.member_start.copy()
        for item in map(int, np.flatnonzero(state.place != problem.start)):
            place[list(problem.members[item])] = state.place[item]
        pairs = problem.vm_pair_cost[np.arange(len(place)), place].sum()
        return float(problem.host_cost.of(state.load).sum() + pairs)

    def _broken(self, to: dict[EntityRef, EntityRef]) -> int:
        if not self._involved:
            return 0
        end = inventory_at(self._request.inventory, to)
        return len(asked_violations(self._request, self._rules, end, [end.vm(ref) for ref in self._involved]))

    def _sent_mib(self, to: dict[EntityRef, EntityRef]) -> float:
        request, inventory = self._request, self._request.inventory
        return sum(
            estimate_move(inventory, request.policy, inventory.vm(vm), inventory.host(host)).sent_mib_p50
            for vm, host in to.items()
            if vm not in request.started
        )

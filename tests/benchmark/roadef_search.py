"""Our own engine on an instance of the ROADEF challenge: processes are its items, machines its hosts.

Told exactly: every resource with its capacity and its load cost, balance costs (each as one more load, of what one
resource has less than another), conflicts, and the costs of moving processes and between machines. What the engine's
problem cannot tell is kept by the state that its descent moves in: transient use, locations, dependencies. The models
of a few hosts do not know transient use, so that the exact judge decides on each of their answers. Nobody but the
judge knows the cost of moving many processes of one service.
"""

from collections import defaultdict
from collections.abc import Callable

import numpy as np

from recommender.inventory.host import Host
from recommender.inventory.reference import EntityRef
from recommender.placement.engine.descent import descend
from recommender.placement.engine.neighbourhood_model import solve_model
from recommender.placement.engine.run import SearchRun
from recommender.placement.engine.state import SearchState
from recommender.placement.problem import Bools, Floats, HostCost, Ints, Kink, Problem
from tests.benchmark.roadef_instance import Instance

START_COST = 1e6  # what the start costs in the engine's units: its whole numbers are thousandths of them
PAIRS, FEWEST_PAIRS, MOST_PAIRS = 150, 60, 1_500
GROWTH = 1.1
MOST_MACHINES = 6
DETERMINISTIC_S = 0.1


def search(instance: Instance, is_over: Callable[[], bool], seed: int) -> Ints:
    """The best answer found until ``is_over``; the judge found it legal, and each one taken on the way cheaper."""
    chance, best, cost = np.random.default_rng(seed), instance.start, instance.cost(instance.start)
    problem = problem_of(instance)
    state = ChallengeState(instance, problem)
    descend(state, SearchRun(stop=is_over))
    pairs = float(PAIRS)
    while True:
        found = instance.cost(state.place)
        if found < cost and instance.broken(state.place) is None:
            best, cost = state.place.copy(), found
        elif (state.place != best).any():
            state = ChallengeState(instance, problem, best)
        if is_over():
            return best
        items, machines = _neighbourhood(state, int(pairs), chance)
        line = problem.host_cost.kinks[0].line
        answer = solve_model(
            state,
            items,
            machines,
            deterministic_s=DETERMINISTIC_S,
            seed=int(chance.integers(1 << 31)),
            touching=(line - 1, line + 1),  # its costs are exact then
            open_pairs=np.stack([state.allowed(item) for item in items]),
        )
        for item, machine in zip(items, answer.places or (), strict=False):
            if state.place[item] != machine:
                state.move(item, machine)
        pairs = min(pairs * GROWTH, MOST_PAIRS) if answer.is_best else max(pairs / GROWTH, FEWEST_PAIRS)


def _neighbourhood(state: SearchState, pairs: int, chance: np.random.Generator) -> tuple[list[int], list[int]]:
    """A machine that is dear, a few others, and so many processes of theirs."""
    costs = state.problem.host_cost.of(state.load) + 1e-6
    count = int(chance.integers(2, min(MOST_MACHINES, len(costs)) + 1))
    first = chance.choice(len(costs), p=costs / costs.sum())
    others = chance.permutation(np.delete(np.arange(len(costs)), first))[: count - 1]
    machines = [int(first), *map(int, others)]
    items = chance.permutation(np.flatnonzero(np.isin(state.place, machines)))[: max(2, pairs // count)]
    return sorted(map(int, items)), sorted(machines)


def problem_of(instance: Instance) -> Problem:
    """What of the challenge the engine's arrays can tell."""
    machines, items = instance.capacity.shape[1], len(instance.start)
    scale = START_COST / max(1, instance.cost(instance.start))
    lines, slopes, demand = [*instance.safety], [*instance.load_weight], [*instance.requirement]
    for one in instance.balances:
        # target·(C1 − U1) − (C2 − U2) is what lacks: the load U2 − target·U1 above the line C2 − target·C1.
        lines.append(instance.capacity[one.second] - one.target * instance.capacity[one.first])
        demand.append(instance.requirement[one.second] - one.target * instance.requirement[one.first])
        slopes.append(np.int64(one.weight))
    line, loads = np.array(lines, dtype=np.float64), np.array(demand, dtype=np.float64)
    slope = scale * np.repeat(np.array(slopes, dtype=np.float64)[:, np.newaxis], machines, axis=1)
    of_process, _, of_machine = instance.weights
    pair_cost = of_machine * instance.machine_move[instance.start].astype(np.float64)
    pair_cost += of_process * instance.process_move[:, np.newaxis]
    pair_cost[np.arange(items), instance.start] -= of_process * instance.process_move
    pair_cost *= scale
    services: defaultdict[int, list[int]] = defaultdict(list)
    for item, service in enumerate(map(int, instance.service)):
        services[service].append(item)
    need = instance.requirement.astype(np.float64)
    return Problem(
        vms=(),
        hosts=tuple(map(_host, range(machines))),
        members=tuple((item,) for item in range(items)),
        start=instance.start,
        member_start=instance.start,
        must_leave=np.zeros(items, dtype=bool),
        class_of=np.zeros(items, dtype=np.int64),
        masks=np.ones((1, machines), dtype=bool),
        demand=loads,
        vm_demand=loads,
        fixed=np.zeros_like(line),
        least_load=np.zeros_like(line),
        host_cost=HostCost(quadratic=np.zeros_like(line), kinks=(Kink(slope, line),)),
        need=need,
        vm_need=need,
        limit=instance.capacity.astype(np.float64),
        apart=tuple(tuple(group) for group in services.values() if len(group) > 1),
        pair_cost=pair_cost,
        vm_pair_cost=pair_cost,
    )


def _host(number: int) -> Host:
    """A name: what it offers stands in the arrays."""
    return Host(
        ref=EntityRef("roadef", str(number)), name=str(number), datacenter="dc", cpu_mhz=0, cores=0, memory_mib=0
    )


class ChallengeState(SearchState):
    """The engine's state, which keeps what the problem does not tell: a process goes nowhere that this would break."""

    def __init__(self, instance: Instance, problem: Problem, place: Ints | None = None) -> None:
        services, machines = len(instance.depends), len(problem.hosts)
        self._instance = instance
        self._away: Floats = np.zeros((int(instance.is_transient.sum()), machines))  # by processes that are not at home
        self._at_home = instance.used(instance.start)[instance.is_transient]
        self._in_location: Ints = np.zeros((services, int(instance.location.max()) + 1), dtype=np.int64)
        self._nearby: Ints = np.zeros((services, int(instance.neighbourhood.max()) + 1), dtype=np.int64)
        self._dependents: defaultdict[int, list[int]] = defaultdict(list)
        for one, others in enumerate(instance.depends):
            for other in others:
                self._dependents[other].append(one)
        super().__init__(problem, place)

    def open_hosts(self, item: int) -> Bools:
        """As the engine has it, and nothing that the challenge forbids besides."""
        here, instance = int(self.place[item]), self._instance
        need = instance.requirement[instance.is_transient, item][:, np.newaxis]
        room = (self._at_home + self._away + need <= instance.capacity[instance.is_transient]).all(axis=0)
        room[instance.start[item]] = True  # what it needs there was never free
        may: Bools = super().open_hosts(item) & room & self.allowed(item)
        may[here] = False
        return may

    def allowed(self, item: int) -> Bools:
        """Where neither locations nor dependencies forbid the process, everything else standing still, ``[hosts]``."""
        instance, service, here = self._instance, int(self._instance.service[item]), int(self.place[item])
        near, far = instance.neighbourhood, instance.location
        may: Bools = np.ones(len(near), dtype=bool)
        for other in instance.depends[service]:
            if other != service:
                may &= self._nearby[other, near] > 0
        is_last = self._nearby[service, near[here]] == 1
        if is_last and any(self._nearby[one, near[here]] > 0 for one in self._dependents[service] if one != service):
            may &= near == near[here]
        without = self._in_location[service].copy()
        without[far[here]] -= 1
        missing = int(instance.spread_least[service] - (without > 0).sum())
        if missing > 0:
            may &= without[far] == 0
        may[here] = True
        return may

    def _charge(self, item: int, sign: int) -> None:
        super()._charge(item, sign)
        instance, host, service = self._instance, int(self.place[item]), int(self._instance.service[item])
        self._in_location[service, instance.location[host]] += sign
        self._nearby[service, instance.neighbourhood[host]] += sign
        if host != instance.start[item]:
            self._away[:, host] += sign * instance.requirement[instance.is_transient, item]

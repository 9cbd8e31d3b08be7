"""The cheapest places for a few VMs, hosts and datastores at once: CP-SAT on everything that is demanded of both."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from recommender.placement.conflicts.conflict import model_of
from recommender.placement.conflicts.model import ConflictModel
from recommender.placement.engine.neighbourhood_model import EXACT
from recommender.placement.engine.prove import is_proven
from recommender.placement.engine.state import SearchState
from recommender.placement.joint.costs import Loads, PlaceCosts
from recommender.placement.joint.demands import Demands
from recommender.placement.request import PlacementRequest

MOST_TRIES: Final = 6
MOST_PAIRS: Final = 12_000  # of VMs and hosts of which all are offered
OFFERED: Final = 60  # hosts of each VM otherwise, the cheapest that are open to it


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """``hosts[v]``: by VM, −1 for none. ``stores[p]``: by part of its disks, −1: where it is.

    ``cost``: of it all at its true curves, and ``bound`` of that, −∞ where nothing is proven. ``is_impossible``: it is
    proven that not all find a place.
    """

    hosts: tuple[int, ...]
    stores: tuple[int, ...]
    cost: float
    bound: float
    is_impossible: bool


class Cheapest:
    """One question, asked once or several times."""

    def __init__(self, request: PlacementRequest, demands: Demands) -> None:
        self._request, self._demands = request, demands
        self.costs = PlaceCosts(request, demands)

    def places(self, *, copies: bool) -> Places | None:
        """The best that is found within the limits; ``None`` if nothing was.

        ``copies``: whether VMs that are there may take their disks along.
        """
        is_large = len(self._demands.free.vms) * len(self._demands.said.hosts) > MOST_PAIRS
        found = self._search(copies=copies, is_restricted=is_large)
        if is_large and (found is None or -1 in found.hosts):
            found = self._search(copies=copies, is_restricted=False)
        return found

    def _search(self, *, copies: bool, is_restricted: bool) -> Places | None:
        """Each try adds tangents at the loads of the answer before, as in ``prove``."""
        best: Places | None = None
        bound, left_s = -np.inf, self._request.limits.whole_deterministic_s
        touching: list[Loads] = []
        for _ in range(MOST_TRIES):
            model = model_of(self._demands, range(len(self._demands.free.vms)))
            self._ask(model, copies=copies)
            hosts = self._offered(model) if is_restricted else range(len(self._demands.said.hosts))
            self.costs.tell(model, hosts, touching)
            solver = cp_model.CpSolver()
            solver.parameters.num_workers = 1
            solver.parameters.random_seed = self._request.seed % (1 << 31)
            solver.parameters.max_deterministic_time = left_s
            # See neighbourhood_model: with it, 9.15 proves wrong optima of small linear models.
            solver.parameters.presolve_inclusion_work_limit = 0
            status = solver.solve(model.model)
            left_s -= solver.response_proto.deterministic_time
            if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
                break
            if not is_restricted:
                slack = len(model.at) / 2 + len(model.to) / 2  # for rounded prices
                bound = max(bound, (solver.best_objective_bound - slack) / EXACT.cost)
            found = self._read(model, solver, is_impossible=status == cp_model.OPTIMAL and not is_restricted)
            best = found if best is None or found.cost < best.cost else best
            if is_proven(best.cost, bound) or left_s <= 0:
                break
            touching.append(self.costs.loads(found.hosts, found.stores))
        return None if best is None else replace(best, bound=bound)

    def _read(self, model: ConflictModel, solver: cp_model.CpSolver, *, is_impossible: bool) -> Places:
        at = {row: host for (row, host), literal in model.at.items() if solver.boolean_value(literal)}
        to = {part: store for (part, store), literal in model.to.items() if solver.boolean_value(literal)}
        hosts = tuple(at.get(row, -1) for row in range(len(self._demands.free.vms)))
        stores = tuple(to.get(part, -1) for part in range(len(self._demands.disks.parts)))
        return Places(
            hosts=hosts,
            stores=stores,
            cost=self.costs.of(hosts, stores),
            bound=-np.inf,
            is_impossible=is_impossible and -1 in hosts,
        )

    def _ask(self, model: ConflictModel, *, copies: bool) -> None:
        """Who is there stays placed; its disks leave with it or not at all."""
        model.hold()
        disks = self._demands.disks
        for row, vm in enumerate(self._demands.free.vms):
            if vm.ref not in self._request.newcomers:
                model.model.add(model.placed[row] == 1)
        for (part, store), literal in model.to.items():
            row = disks.parts[part].row
            if store == disks.at[part] or self._demands.free.vms[row].ref in self._request.newcomers:
                continue
            if copies:
                model.model.add_implication(literal, ~model.at[row, self._demands.home[row]])
            elif store >= 0:
                model.model.add(literal == 0)

    def _offered(self, model: ConflictModel) -> list[int]:
        """The hosts that are offered where there are too many for all."""
        state, kept = SearchState(self.costs.problem), set(self._demands.home)
        closed = {pair for pairs in self._demands.said.closed.values() for pair in pairs}
        rows = range(len(self._demands.free.vms))
        for row in rows:
            prices = state.prices_of_coming(row)
            open_hosts = [host for host in range(len(prices)) if (row, host) not in closed]
            kept |= set(sorted(open_hosts, key=lambda host: prices[host])[:OFFERED])
        for (_, host), literal in model.at.items():
            if host not in kept:
                model.model.add(literal == 0)
        return sorted(kept)

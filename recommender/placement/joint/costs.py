"""What places of a few VMs cost, hosts and datastores at once, and the same told to CP-SAT."""

from collections.abc import Iterator, Sequence
from math import floor
from typing import Final

import numpy as np
from ortools.sat.python import cp_model

from recommender.placement.build_problem import build_problem
from recommender.placement.conflicts.model import ConflictModel
from recommender.placement.disks.build import store_cost_of
from recommender.placement.disks.options import CopySeconds
from recommender.placement.engine.neighbourhood_model import EXACT, LARGEST, MOST_COST
from recommender.placement.engine.tangents import tangents
from recommender.placement.joint.demands import Demands
from recommender.placement.priority import price_of_seconds
from recommender.placement.problem import Curve, Floats
from recommender.placement.request import PlacementRequest
from recommender.placement.rules_asked import terms_asked

DEAR: Final = 10_000_000  # objective units of a VM that finds no place

Loads = tuple[Floats, Floats]  # of hosts, [resources, hosts], and used MiB of datastores
_Flows = list[tuple[int, cp_model.LinearExprT]]  # amounts, and what brings them


class PlaceCosts:
    """Of one question. ``problem``: what hosts and pairs cost; no rule is told in it."""

    def __init__(self, request: PlacementRequest, demands: Demands) -> None:
        self._request, self._demands = request, demands
        self.problem = build_problem(request.inventory, (), terms_asked(request), demands.free)
        stores = demands.disks.stores
        capacity = np.array([store.capacity_mib for store in stores], dtype=np.float64)
        self._used = np.array([store.capacity_mib - store.free_mib for store in stores], dtype=np.float64)
        self._store_cost = store_cost_of(request, stores, capacity)
        self._seconds = CopySeconds(request.inventory, request.policy)

    def tell(self, model: ConflictModel, hosts: Sequence[int], touching: Sequence[Loads]) -> None:
        """Minimise it on these hosts; at the loads ``touching`` the model is exact."""
        rows = range(len(self._demands.free.vms))
        costs = []
        for resource, demand in enumerate(self.problem.vm_demand):
            for host in hosts:
                flows: _Flows = [(int(demand[row]), model.at[row, host]) for row in rows]
                rest, touched = self.problem.fixed[resource, host], [load[resource, host] for load, _ in touching]
                costs.append(_curve(model, self.problem.host_cost.curve(resource, host), rest, flows, touched))
        for store, rest in enumerate(self._used):
            touched = [used[store] for _, used in touching]
            costs.append(_curve(model, self._store_cost.curve(0, store), rest, [*self._flows(model, store)], touched))
        pairs = sum(round(EXACT.cost * self.problem.vm_pair_cost[key]) * literal for key, literal in model.at.items())
        prices = sum(round(EXACT.cost * self._price(*key)) * literal for key, literal in model.to.items())
        missing = sum(DEAR * EXACT.cost * (1 - literal) for literal in model.placed.values())
        model.model.minimize(sum(costs) + pairs + prices + missing)

    def of(self, hosts: Sequence[int], stores: Sequence[int]) -> float:
        """At the true curves."""
        load, used = self.loads(hosts, stores)
        pairs = sum(self.problem.vm_pair_cost[row, host] for row, host in enumerate(hosts) if host >= 0)
        copies = sum(self._price(part, store) for part, store in enumerate(stores))
        of_use = self.problem.host_cost.of(load).sum() + self._store_cost.of(used[np.newaxis]).sum()
        return float(of_use + pairs + copies + DEAR * sum(host < 0 for host in hosts))

    def loads(self, hosts: Sequence[int], stores: Sequence[int]) -> Loads:
        """What comes of it."""
        load, used, disks = self.problem.fixed.copy(), self._used.copy(), self._demands.disks
        for row, host in enumerate(hosts):
            if host >= 0:
                load[:, host] += self.problem.vm_demand[:, row]
        for part, store in enumerate(stores):
            if store >= 0 and store != disks.at[part]:
                used[store] += disks.parts[part].size_mib
                if disks.at[part] >= 0:
                    used[disks.at[part]] -= disks.parts[part].size_mib
        return load, used

    def _price(self, part: int, store: int) -> float:
        """Of a copy; disks that are made cost none."""
        disks = self._demands.disks
        vm = disks.parts[part].unit.vm
        if store < 0 or store == disks.at[part] or vm.ref in self._request.newcomers:
            return 0.0
        host = self._request.inventory.host(vm.host)
        seconds = self._seconds.of(disks.parts[part].unit, host, disks.stores[store])
        return price_of_seconds(self._request.policy, vm) * seconds

    def _flows(self, model: ConflictModel, store: int) -> Iterator[tuple[int, cp_model.LinearExprT]]:
        disks = self._demands.disks
        for number, part in enumerate(disks.parts):
            if disks.at[number] == store:
                yield -part.size_mib, 1 - model.to[number, store]
            else:
                yield part.size_mib, model.to[number, store]


def _curve(model: ConflictModel, curve: Curve, rest: float, flows: _Flows, touched: Sequence[float]) -> cp_model.IntVar:
    """A convex cost by tangents from below, cut off downwards, so that the model's bound is one of the true cost."""
    cost = model.model.new_int_var(0, MOST_COST, "cost")
    flows = [(amount, literal) for amount, literal in flows if amount]
    least = rest + sum(amount for amount, _ in flows if amount < 0)
    most = rest + sum(amount for amount, _ in flows if amount > 0)
    scale = EXACT.cost * EXACT.slope
    for slope, base in tangents(curve, max(least, 0.0), most, [rest, *touched]):
        whole, whole_base = floor(slope * scale), floor((base + slope * rest) * scale)
        if abs(whole_base) + abs(whole) * sum(abs(amount) for amount, _ in flows) < LARGEST:
            line = sum(whole * amount * literal for amount, literal in flows) + whole_base
            model.model.add(EXACT.slope * cost >= line)
    return cost

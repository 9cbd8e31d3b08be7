"""A host whose CPU is used by half and clearly more than its cluster's on average costs for every bit above that.

Memory is not asked: it slows nobody below the headroom line, while VMs wait the longer for a CPU the more it is used.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import ClassVar, Final

import numpy as np

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.objectives.base import CostModel, FloatVector
from recommender.objectives.resources import RESOURCES, uses

CPU: Final = RESOURCES[0]
ABOVE_AVERAGE: Final = 1.05
HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class HotHost:
    """``weight``: objective units of u one above the line on an average host.

    A cluster's average is what all of its VMs ask for, over its available hosts but the ``leaving`` ones, at the start.
    """

    weight: float
    leaving: frozenset[EntityRef] = field(default_factory=frozenset)

    name: ClassVar[str] = "hot_host"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ share · weight · max(0, u − line)."""
        lines = (line for host, line in zip(start.hosts, self._lines(start), strict=True) if CPU.capacity(host) > 0)
        excess = (share * max(0.0, use - float(line)) for (share, use), line in zip(uses(end, CPU), lines, strict=True))
        return self.weight * sum(excess)

    def post(self, start: Inventory, model: CostModel) -> None:
        """A kink at each host's own line."""
        if self.weight:
            model.on_use_above(CPU.name, self.weight, self._lines(start))

    def _lines(self, start: Inventory) -> FloatVector:
        """The share of use above which each host is hot, ``[hosts]``."""
        offered, asked = Counter[EntityRef | None](), Counter[EntityRef | None]()
        clusters = {host.ref: host.cluster for host in start.hosts}
        for host in start.hosts:
            if host.is_available and host.ref not in self.leaving:
                offered[host.cluster] += CPU.capacity(host)
        for vm in start.virtual_machines:
            if vm.host in clusters:
                asked[clusters[vm.host]] += CPU.demand(vm)
        averages = {cluster: asked[cluster] / capacity for cluster, capacity in offered.items() if capacity}
        return np.array([max(HALF, ABOVE_AVERAGE * averages.get(host.cluster, 0.0)) for host in start.hosts])

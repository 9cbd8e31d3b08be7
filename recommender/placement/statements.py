"""What the rules and the cost terms say about one question, collected as arrays and index lists."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from recommender.constraints.base import Violation
from recommender.inventory.host import Host
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.objectives.base import UseCurve

Floats = npt.NDArray[np.float64]

MOST_EXACT: Final = 20_000_000  # pairs whose costs are kept with 16 digits; of more, 7 have to do


@dataclass(slots=True)
class Capacity:
    """On every host the demands ``[vms]`` of what is placed there sum to at most ``limit`` ``[hosts]``."""

    name: str
    demand: Floats
    limit: Floats


@dataclass(frozen=True, slots=True)
class SpreadVms:
    """See ``PlacementModel.spread``."""

    vms: tuple[int, ...]
    domain_of: tuple[int, ...]
    most: tuple[int, ...]


@dataclass(slots=True)
class Statements:
    """A ``PlacementModel`` and a ``CostModel`` that writes down what it is told."""

    vms: Sequence[VirtualMachine]
    hosts: Sequence[Host]
    left_broken: tuple[Violation, ...] = ()  # *keep together* rules that are broken and may stay so
    capacities: list[Capacity] = field(default_factory=list)
    groups_together: list[tuple[int, ...]] = field(default_factory=list)
    groups_apart: list[tuple[int, ...]] = field(default_factory=list)
    spreads: list[SpreadVms] = field(default_factory=list)
    forbidden: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    required: defaultdict[int, set[int]] = field(default_factory=lambda: defaultdict(set))
    curves: defaultdict[str, list[UseCurve]] = field(default_factory=lambda: defaultdict(list))
    lines: defaultdict[str, list[tuple[float, Floats]]] = field(default_factory=lambda: defaultdict(list))
    pair_cost: Floats = field(init=False)
    space_kinks: dict[EntityRef, tuple[float, float]] = field(default_factory=dict)  # (slope, MiB) by datastore

    def __post_init__(self) -> None:
        shape = (len(self.vms), len(self.hosts))
        self.pair_cost = np.zeros(shape, dtype=np.float64 if shape[0] * shape[1] <= MOST_EXACT else np.float32)

    def capacity(self, name: str, demand: Floats, limit: Floats) -> None:
        """See ``PlacementModel``."""
        self.capacities.append(Capacity(name, demand, limit))

    def together(self, name: str, vms: Sequence[int]) -> None:
        """See ``PlacementModel``."""
        if not self._is_left_broken(name, vms):
            self.groups_together.append(tuple(vms))

    def apart(self, name: str, vms: Sequence[int]) -> None:
        """See ``PlacementModel``."""
        del name
        self.groups_apart.append(tuple(vms))

    def fixed_member(self, name: str, vms: Sequence[int], host: int, *, together: bool) -> None:
        """See ``PlacementModel``."""
        if together and self._is_left_broken(name, vms):
            return
        for vm in vms:
            (self.required if together else self.forbidden)[vm].add(host)

    def spread(self, name: str, vms: Sequence[int], domain_of: Sequence[int], most: Sequence[int]) -> None:
        """See ``PlacementModel``."""
        del name
        self.spreads.append(SpreadVms(tuple(vms), tuple(domain_of), tuple(most)))

    def _is_left_broken(self, name: str, vms: Sequence[int]) -> bool:
        """Names are unique within a cluster only, hence the look at the VMs."""
        refs = {self.vms[vm].ref for vm in vms}
        return any(broken.rule == name and refs.issubset(broken.vms) for broken in self.left_broken)

    def on_use(self, resource: str, curve: UseCurve) -> None:
        """See ``CostModel``."""
        self.curves[resource].append(curve)

    def on_use_above(self, resource: str, slope: float, lines: Floats) -> None:
        """See ``CostModel``."""
        self.lines[resource].append((slope, lines))

    def on_pair(self, costs: Floats, first: int = 0) -> None:
        """See ``CostModel``."""
        self.pair_cost[first : first + len(costs)] += costs

    def on_space(self, datastore: EntityRef, slope: float, line_mib: float) -> None:
        """See ``CostModel``."""
        self.space_kinks[datastore] = (slope, line_mib)

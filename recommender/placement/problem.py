"""One placement question as arrays: items to place, hosts to place them on, limits and costs.

An item is a VM, or the VMs of *keep together* rules, which go as one. Items that may go to the same hosts are of one
class and share one mask.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recommender.inventory.host import Host
from recommender.inventory.virtual_machine import VirtualMachine

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

SPLIT = -1  # the start of an item whose VMs are on several hosts


@dataclass(frozen=True, slots=True)
class Curve:
    """``quadratic``·L² + ``slope``·max(0, L − ``line``)."""

    quadratic: float
    slope: float
    line: float

    def of(self, load: float) -> float:
        """The cost of one load."""
        return self.quadratic * load * load + self.slope * max(0.0, load - self.line)


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCost:
    """Cost of a load L on each host: ``quadratic``·L² + ``slope``·max(0, L − ``line``); all ``[resources, hosts]``."""

    quadratic: Floats
    slope: Floats
    line: Floats

    def of(self, load: Floats) -> Floats:
        """Cost of each host, ``[hosts]``, for loads ``[resources, hosts]``."""
        costs: Floats = (self.quadratic * load * load + self.slope * np.maximum(0.0, load - self.line)).sum(axis=0)
        return costs

    def at(self, hosts: Ints | int, load: Floats) -> Floats:
        """Cost of some hosts, for their loads ``[resources, those hosts]``."""
        over = np.maximum(0.0, load - self.line[:, hosts])
        costs: Floats = (self.quadratic[:, hosts] * load * load + self.slope[:, hosts] * over).sum(axis=0)
        return costs

    def curve(self, resource: int, host: int) -> Curve:
        """The cost of one resource of one host."""
        quadratic, slope, line = self.quadratic[resource, host], self.slope[resource, host], self.line[resource, host]
        return Curve(float(quadratic), float(slope), float(line))

    def marginal(self, load: Floats, smoothing: float = 0.0) -> Floats:
        """Cost of one unit more, ``[resources, hosts]``; the kink spread over ``smoothing`` times the line."""
        width = np.maximum(smoothing * self.line, 1e-9)
        step = np.clip((load - self.line) / width + 0.5, 0.0, 1.0)
        prices: Floats = 2 * self.quadratic * load + self.slope * step
        return prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Indexes: i an item, h a host, r a resource whose use costs, k a capacity, g an anti-affinity group.

    ``members``: VM indexes of each item. ``start[i]``: its host, or ``SPLIT``. ``member_start``: the host of each VM.
    ``must_leave[i]``: it may not stay at its start. ``class_of[i]`` and ``masks[class, h]``: where it may go, its own
    host included unless it must leave. ``demand[r, i]``, ``fixed[r, h]``: load by the items and by everything else.
    ``need[k, i]``, ``limit[k, h]``: hard, everything else already deducted. ``apart[g]``: items of which no two share a
    host. ``pair_cost[i, h]``. ``vm_demand[r, vm]`` and ``vm_need[k, vm]``: the same for single VMs. ``is_tolerant``:
    limits and separations that are broken at the start may stay so, as long as nothing is brought there.
    """

    vms: tuple[VirtualMachine, ...]
    hosts: tuple[Host, ...]
    members: tuple[tuple[int, ...], ...]
    start: Ints
    member_start: Ints
    must_leave: Bools
    class_of: Ints
    masks: Bools
    demand: Floats
    vm_demand: Floats
    fixed: Floats
    host_cost: HostCost
    need: Floats
    vm_need: Floats
    limit: Floats
    apart: tuple[tuple[int, ...], ...]
    pair_cost: Floats
    vm_pair_cost: Floats
    is_tolerant: bool = False

    @property
    def items(self) -> int:
        """How many items there are."""
        return len(self.members)

    def mask(self, item: int) -> Bools:
        """Where an item may be, ``[hosts]``."""
        row: Bools = self.masks[self.class_of[item]]
        return row

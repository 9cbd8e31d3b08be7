"""One placement question as arrays: items to place, hosts to place them on, limits and costs.

An item is a VM, or the VMs of *keep together* rules, which go as one. Items that may go to the same hosts are of one
class and share one mask.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from recommender.inventory.host import Host
from recommender.inventory.virtual_machine import VirtualMachine

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

UNLIMITED: Final = 1 << 40  # more VMs than there are
SPLIT = -1  # the start of an item whose VMs are on several hosts


@dataclass(frozen=True, slots=True)
class Curve:
    """``quadratic``·L² + Σ ``slope``·max(0, L − ``line``) over ``kinks`` of (slope, line)."""

    quadratic: float
    kinks: tuple[tuple[float, float], ...]

    def of(self, load: float) -> float:
        """The cost of one load."""
        return self.quadratic * load * load + sum(slope * max(0.0, load - line) for slope, line in self.kinks)


@dataclass(frozen=True, slots=True)
class Kink:
    """A load costs ``slope`` for each unit above ``line``; both ``[resources, hosts]``."""

    slope: Floats
    line: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class HostCost:
    """Cost of a load L on each host: ``quadratic``·L² ``[resources, hosts]``, and what each of the ``kinks`` adds.

    The line of a kink is nowhere above that of the next one.
    """

    quadratic: Floats
    kinks: tuple[Kink, ...]

    def of(self, load: Floats) -> Floats:
        """Cost of each host, ``[hosts]``, for loads ``[resources, hosts]``."""
        costs: Floats = self.quadratic * load * load
        for kink in self.kinks:
            costs += kink.slope * np.maximum(0.0, load - kink.line)
        total: Floats = costs.sum(axis=0)
        return total

    def at(self, hosts: Ints | int, load: Floats) -> Floats:
        """Cost of some hosts, for their loads ``[resources, those hosts]``."""
        costs: Floats = self.quadratic[:, hosts] * load * load
        for kink in self.kinks:
            costs += kink.slope[:, hosts] * np.maximum(0.0, load - kink.line[:, hosts])
        total: Floats = costs.sum(axis=0)
        return total

    def with_kink(self, kink: Kink) -> "HostCost":
        """These costs and one kink more, each line in its place."""
        lines = np.stack([kink.line, *(one.line for one in self.kinks)])
        slopes = np.stack([kink.slope, *(one.slope for one in self.kinks)])
        order = np.argsort(lines, axis=0, kind="stable")
        lines, slopes = np.take_along_axis(lines, order, axis=0), np.take_along_axis(slopes, order, axis=0)
        kinks = tuple(Kink(slope, line) for slope, line in zip(slopes, lines, strict=True))
        return HostCost(quadratic=self.quadratic, kinks=kinks)

    def curve(self, resource: int, host: int) -> Curve:
        """The cost of one resource of one host."""
        kinks = tuple((float(kink.slope[resource, host]), float(kink.line[resource, host])) for kink in self.kinks)
        return Curve(float(self.quadratic[resource, host]), kinks)

    def marginal(self, load: Floats, smoothing: float = 0.0) -> Floats:
        """Cost of one unit more, ``[resources, hosts]``; each kink spread over ``smoothing`` times its line."""
        prices: Floats = 2 * self.quadratic * load
        for kink in self.kinks:
            width = np.maximum(smoothing * kink.line, 1e-9)
            prices += kink.slope * np.clip((load - kink.line) / width + 0.5, 0.0, 1.0)
        return prices

    def cheapest_load(self, prices: Floats) -> Floats:
        """The load at which the cost less what the load is worth at these prices is least, each host alone."""
        quadratic = np.maximum(self.quadratic, 1e-300)
        load: Floats = prices / (2 * quadratic)
        if not self.kinks:
            return load
        load = np.minimum(load, self.kinks[0].line)
        steepness = np.zeros_like(quadratic)
        for kink, following in zip(self.kinks, (*self.kinks[1:], None), strict=True):
            steepness = steepness + kink.slope
            above: Floats = np.maximum((prices - steepness) / (2 * quadratic), kink.line)
            if following is not None:
                above = np.minimum(above, following.line)
            load = np.where(prices > steepness + 2 * self.quadratic * kink.line, above, load)
        return load


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Of a group's items at most ``most[d]`` VMs on the hosts of domain d; ``domain_of[h]``: −1 for none.

    ``weight``: VMs of the group in each item.
    """

    domain_of: Ints
    most: Ints
    weight: Mapping[int, int]

    def most_at(self) -> Ints:
        """By host, how many its domain may hold."""
        return np.where(self.domain_of >= 0, self.most[self.domain_of], UNLIMITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Indexes: i an item, h a host, r a resource whose use costs, k a capacity, g an anti-affinity group.

    ``members``: VM indexes of each item. ``start[i]``: its host, or ``SPLIT``. ``member_start``: the host of each VM.
    ``must_leave[i]``: it may not stay at its start. ``class_of[i]`` and ``masks[class, h]``: where it may go, its own
    host included unless it must leave. ``demand[r, i]``, ``fixed[r, h]``: load by the items and by everything else;
    ``least_load[r, h]``: by what can be nowhere else.
    ``need[k, i]``, ``limit[k, h]``: hard, everything else already deducted. ``apart[g]``: items of which no two share a
    host or, where ``spreads[g]`` is told, too many a domain. ``pair_cost[i, h]``. ``vm_demand[r, vm]`` and
    ``vm_need[k, vm]``: the same for single VMs. ``is_tolerant``: limits and separations that are broken at the start
    may stay so, as long as nothing is brought there.
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
    least_load: Floats
    host_cost: HostCost
    need: Floats
    vm_need: Floats
    limit: Floats
    apart: tuple[tuple[int, ...], ...]
    pair_cost: Floats
    vm_pair_cost: Floats
    is_tolerant: bool = False
    spreads: Mapping[int, Spread] = field(default_factory=dict)

    @property
    def items(self) -> int:
        """How many items there are."""
        return len(self.members)

    def mask(self, item: int) -> Bools:
        """Where an item may be, ``[hosts]``."""
        row: Bools = self.masks[self.class_of[item]]
        return row

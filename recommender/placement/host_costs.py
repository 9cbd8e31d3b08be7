"""What load costs on each host, as the cost terms say it."""

from collections.abc import Sequence

import numpy as np

from recommender.inventory.host import Host
from recommender.objectives.resources import RESOURCES
from recommender.placement.problem import Floats, HostCost, Kink
from recommender.placement.statements import Statements


def host_cost_of(hosts: Sequence[Host], said: Statements) -> HostCost:
    """The cost of loads on these hosts; a big one weighs more, one without capacity costs nothing."""
    shape = (len(RESOURCES), len(hosts))
    quadratic = np.zeros(shape)
    found: list[list[tuple[Floats, Floats]]] = []  # (line, slope), by resource
    for row, resource in enumerate(RESOURCES):
        capacity = np.array([resource.capacity(host) for host in hosts], dtype=np.float64)
        mean = capacity.mean() if len(hosts) else 0.0
        share = capacity / mean if mean else capacity
        has = capacity > 0
        whole = np.where(has, capacity, 1.0)
        curves = said.curves[resource.name]
        quadratic[row] = np.where(has, sum(curve.quadratic for curve in curves) * share / whole**2, 0.0)
        kinks = [(curve.slope, np.full(len(hosts), curve.line)) for curve in curves if curve.slope]
        found.append(
            [
                (np.where(has, lines * whole, 0.0), np.where(has, slope * share / whole, 0.0))
                for slope, lines in [*kinks, *said.lines[resource.name]]
            ]
        )
    return _with_kinks(quadratic, found)


def _with_kinks(quadratic: Floats, found: Sequence[Sequence[tuple[Floats, Floats]]]) -> HostCost:
    """The kinks of each resource, (line, slope), by line on each host; what one lacks to the most costs nothing."""
    most = max(map(len, found), default=0)
    lines, slopes = np.zeros((most, *quadratic.shape)), np.zeros((most, *quadratic.shape))
    for row, kinks in enumerate(found):
        for place, (line, slope) in enumerate(kinks, start=most - len(kinks)):
            lines[place, row], slopes[place, row] = line, slope
        lines[: most - len(kinks), row] = np.min([line for line, _ in kinks], axis=0) if kinks else 0.0
    cost = HostCost(quadratic=quadratic, kinks=())
    for slope, line in zip(slopes, lines, strict=True):
        cost = cost.with_kink(Kink(slope, line))
    return cost

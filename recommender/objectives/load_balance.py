"""Uneven load costs: the squared use of every host, summed over CPU and memory."""

from dataclasses import dataclass
from typing import ClassVar

from recommender.inventory.inventory import Inventory
from recommender.objectives.base import CostModel, UseCurve
from recommender.objectives.resources import RESOURCES, uses


@dataclass(frozen=True, slots=True)
class LoadBalance:
    """``weight``: objective units of u = 1 on an average host."""

    weight: float

    name: ClassVar[str] = "load_balance"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ share · weight · u²."""
        del start
        return sum(self.weight * share * use**2 for resource in RESOURCES for share, use in uses(end, resource))

    def post(self, start: Inventory, model: CostModel) -> None:
        """A parabola on each resource."""
        del start
        for resource in RESOURCES:
            model.on_use(resource.name, UseCurve(quadratic=self.weight))

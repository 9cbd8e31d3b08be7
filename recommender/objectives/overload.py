"""A host used above the headroom line costs, steeply and for every bit above it."""

from dataclasses import dataclass
from typing import ClassVar

from recommender.inventory.inventory import Inventory
from recommender.objectives.base import CostModel, UseCurve
from recommender.objectives.resources import RESOURCES, uses


@dataclass(frozen=True, slots=True)
class Overload:
    """``weight``: objective units of u one above the line on an average host; ``line``: 0 … 1."""

    weight: float
    line: float

    name: ClassVar[str] = "overload"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ share · weight · max(0, u − line)."""
        del start
        return sum(
            self.weight * share * max(0.0, use - self.line)
            for resource in RESOURCES
            for share, use in uses(end, resource)
        )

    def post(self, start: Inventory, model: CostModel) -> None:
        """A hinge on each resource."""
        del start
        for resource in RESOURCES:
            model.on_use(resource.name, UseCurve(slope=self.weight, line=self.line))

"""A datastore used above its threshold costs, steeply and for every bit above it, where disks may be copied."""

from dataclasses import dataclass
from typing import ClassVar

from recommender.inventory.inventory import Inventory
from recommender.objectives.base import CostModel, UseCurve
from recommender.objectives.space_use import SPACE, space_uses


@dataclass(frozen=True, slots=True)
class DatastoreOverload:
    """``weight``: objective units of u one above the line on a datastore of average size; ``line``: 0 … 1."""

    weight: float
    line: float

    name: ClassVar[str] = "datastore_overload"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ share · weight · max(0, u − line)."""
        return sum(self.weight * share * max(0.0, use - self.line) for share, use in space_uses(start, end))

    def post(self, start: Inventory, model: CostModel) -> None:
        """A hinge on space."""
        del start
        model.on_use(SPACE, UseCurve(slope=self.weight, line=self.line))

"""Unevenly filled datastores cost: the squared share of used space of each, where disks may be copied."""

from dataclasses import dataclass
from typing import ClassVar

from recommender.inventory.inventory import Inventory
from recommender.objectives.base import CostModel, UseCurve
from recommender.objectives.space_use import SPACE, space_uses


@dataclass(frozen=True, slots=True)
class DatastoreBalance:
    """``weight``: objective units of a full datastore of average size."""

    weight: float

    name: ClassVar[str] = "datastore_balance"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ share · weight · u²."""
        return sum(self.weight * share * use**2 for share, use in space_uses(start, end))

    def post(self, start: Inventory, model: CostModel) -> None:
        """A parabola on space."""
        del start
        model.on_use(SPACE, UseCurve(quadratic=self.weight))

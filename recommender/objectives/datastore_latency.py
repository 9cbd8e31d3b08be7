"""A datastore slower than wished for costs, where its latency is known and disks may be copied.

What is read and written is taken to follow the data: with a tenth of it gone, the latency is a tenth less. A datastore
of which nobody told how slow it is costs nothing here.
"""

from dataclasses import dataclass
from typing import ClassVar

from recommender.inventory.inventory import Inventory
from recommender.objectives.base import CostModel
from recommender.objectives.space_use import used_mib


@dataclass(frozen=True, slots=True)
class DatastoreLatency:
    """``weight``: objective units of a datastore of average size that is twice as slow as ``line_ms``."""

    weight: float
    line_ms: float

    name: ClassVar[str] = "datastore_latency"

    def cost(self, start: Inventory, end: Inventory) -> float:
        """Σ share · weight · max(0, latency / line - 1); share: its capacity as a multiple of the average one's."""
        stores = [store for store in start.datastores if store.capacity_mib > 0]
        before, after = used_mib(start, start), used_mib(start, end)
        total = 0.0
        for store in stores:
            latency = store.load.latency_ms
            if latency is None or before[store.ref] <= 0:
                continue
            share = store.capacity_mib * len(stores) / sum(other.capacity_mib for other in stores)
            expected_ms = latency.p95 * after[store.ref] / before[store.ref]
            total += share * self.weight * max(0.0, expected_ms / self.line_ms - 1.0)
        return total

    def post(self, start: Inventory, model: CostModel) -> None:
        """A kink of the used space of each datastore whose latency is known: there it is as slow as the line."""
        stores = [store for store in start.datastores if store.capacity_mib > 0]
        mean = sum(store.capacity_mib for store in stores) / len(stores) if stores else 0.0
        for store in stores:
            latency, used = store.load.latency_ms, store.capacity_mib - store.free_mib
            if latency is not None and latency.p95 > 0 and used > 0:
                line_mib = used * self.line_ms / latency.p95
                model.on_space(store.ref, self.weight * store.capacity_mib / mean / line_mib, line_mib)

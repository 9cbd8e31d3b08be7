"""An inventory in which VMs of some extensions count as ordinary ones, because the policy says so."""

from recommender.inventory.inventory import Inventory
from recommender.inventory.movable_agents import with_movable_agents
from recommender.ports import InventorySource


class PermittingInventorySource:
    """Another source's inventory; ``extensions``: keys of those whose VMs may be moved."""

    def __init__(self, source: InventorySource, extensions: tuple[str, ...]) -> None:
        self._source, self._extensions = source, extensions

    def read(self) -> Inventory:
        """Everything there is. Raises ``InventoryError``."""
        return with_movable_agents(self._source.read(), self._extensions)

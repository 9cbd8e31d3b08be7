"""An inventory whose datastores stand in the sites that the configuration names for them."""

from collections.abc import Callable
from dataclasses import replace

from recommender.inventory.inventory import Inventory
from recommender.ports import InventorySource

DatastoreSiteOf = Callable[[str], str | None]


class SitedInventorySource:
    """Another source's inventory; ``site_of`` tells a datastore's site by its name, ``None`` if nobody said."""

    def __init__(self, source: InventorySource, site_of: DatastoreSiteOf) -> None:
        self._source, self._site_of = source, site_of

    def read(self) -> Inventory:
        """Everything there is. Raises ``InventoryError``."""
        inventory = self._source.read()
        stores = tuple(
            replace(store, site=site) if (site := self._site_of(store.name)) is not None else store
            for store in inventory.datastores
        )
        return replace(inventory, datastores=stores)

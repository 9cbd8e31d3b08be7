"""References as people know them: names, made harmless, and told apart where they are shared."""

from collections.abc import Mapping
from typing import Any

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.report.text import plain


class Names:
    """Display names of everything in an inventory; what is not in it is shown by its reference."""

    def __init__(self, inventory: Inventory) -> None:
        self._by_ref: dict[EntityRef, str] = {
            entity.ref: plain(entity.name)
            for entities in (
                inventory.hosts,
                inventory.virtual_machines,
                inventory.clusters,
                inventory.datastores,
                inventory.networks,
            )
            for entity in entities
        }

    def of(self, ref: EntityRef) -> str:
        """The name of one thing."""
        return self._by_ref.get(ref, str(ref))

    def all_of(self, refs: tuple[EntityRef, ...]) -> str:
        """Several names in one line."""
        return ", ".join(self.of(ref) for ref in refs)


def name_in(document: Mapping[str, Any], address: str) -> str:
    """What a document of the journal calls it, or its address."""
    return plain(document.get("names", {}).get(address, address))

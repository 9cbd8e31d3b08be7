"""An inventory whose VMs, hosts and datastores carry their tags; a tag of one category names the protection group."""

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from recommender.errors import InventoryUnavailable
from recommender.inventory.datastore import Datastore
from recommender.inventory.host import Host
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.virtual_machine import VirtualMachine
from recommender.ports import InventorySource
from recommender.vsphere.session.address import VCenterAddress
from recommender.vsphere.tags import tags_of

_log = logging.getLogger(__name__)

PROTECTION_CATEGORY = "protection-group"

_T = TypeVar("_T", VirtualMachine, Host, Datastore)


class TaggedInventorySource:
    """Another source's inventory with tags.

    Where they cannot be read, nothing is if they are ``needed``: a rule stands on them. Else a warning is logged.
    """

    def __init__(self, source: InventorySource, addresses: Sequence[VCenterAddress], *, needed: bool) -> None:
        self._source, self._addresses, self._needed = source, tuple(addresses), needed

    def read(self) -> Inventory:
        """Everything there is. Raises ``InventoryError``."""
        inventory = self._source.read()
        tags: dict[EntityRef, tuple[str, ...]] = {}
        for address in self._addresses:
            try:
                tags |= tags_of(address)
            except InventoryUnavailable as error:
                if self._needed:
                    raise
                _log.warning("without tags: %s", error)
        if not tags:
            return inventory

        def tagged(entity: _T) -> _T:
            return replace(entity, tags=tags[entity.ref]) if entity.ref in tags else entity

        return replace(
            inventory,
            virtual_machines=tuple(map(tagged, inventory.virtual_machines)),
            hosts=tuple(map(tagged, inventory.hosts)),
            datastores=tuple(_protected(tagged(store)) for store in inventory.datastores),
        )


def _protected(store: Datastore) -> Datastore:
    groups = [tag.partition("/")[2] for tag in store.tags if tag.partition("/")[0] == PROTECTION_CATEGORY]
    return replace(store, protection_group=", ".join(groups)) if groups else store

"""The inventory with every migration and call on a host of ours that is open in the journal, whatever vCenter tells."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from recommender.actuation.shown_flights import shown_in_flight
from recommender.errors import InventoryUnavailable, JournalError
from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.ports import InventorySource, Journal


@dataclass(frozen=True, slots=True)
class OpenFlights:
    """An ``InventorySource``.

    A migration that hangs, or whose outcome is unknown, takes room at both ends and keeps its VM from being chosen
    again, until a look has settled it. A host that may still enter maintenance mode takes no VM.
    """

    source: InventorySource
    journal: Journal

    def read(self) -> Inventory:
        """A complete, fresh inventory. Raises ``InventoryError``, also where the journal cannot be asked."""
        inventory = self.source.read()
        try:
            steps, calls = self.journal.open_steps(), self.journal.open_host_calls()
        except JournalError as error:
            raise InventoryUnavailable(f"what may be under way is not known: {error}") from error
        inventory = _closing(inventory, {call.host for call in calls})
        for step in steps:
            inventory = shown_in_flight(inventory, step.vm, step.source, step.destination, step.disk_moves)
        return inventory


def _closing(inventory: Inventory, refs: Collection[EntityRef]) -> Inventory:
    if not any(inventory.find_host(ref) for ref in refs):
        return inventory
    hosts = (replace(host, is_entering_maintenance=host.ref in refs) for host in inventory.hosts)
    return replace(inventory, hosts=tuple(hosts))

"""The inventory with every migration of ours that is open in the journal, whatever vCenter tells of it."""

from dataclasses import dataclass

from recommender.actuation.shown_flights import shown_in_flight
from recommender.errors import InventoryUnavailable, JournalError
from recommender.inventory.inventory import Inventory
from recommender.ports import InventorySource, Journal


@dataclass(frozen=True, slots=True)
class OpenFlights:
    """An ``InventorySource``.

    A migration that hangs, or whose outcome is unknown, takes room at both ends and keeps its VM from being chosen
    again, until a look has settled it.
    """

    source: InventorySource
    journal: Journal

    def read(self) -> Inventory:
        """A complete, fresh inventory. Raises ``InventoryError``, also where the journal cannot be asked."""
        inventory = self.source.read()
        try:
            steps = self.journal.open_steps()
        except JournalError as error:
            raise InventoryUnavailable(f"migrations that may be under way are not known: {error}") from error
        for step in steps:
            inventory = shown_in_flight(inventory, step.vm, step.source, step.destination, step.disk_moves)
        return inventory

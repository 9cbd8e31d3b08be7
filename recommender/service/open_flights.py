"""The inventory with every migration and call on a host of ours that is open in the journal, whatever vCenter tells."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from recommender.actuation.shown_flights import shown_in_flight
from recommender.errors import InventoryUnavailable, JournalError
from recommender.inventory.inventory import Inventory
from recommender.ports import InventorySource, Journal, OpenHostCall, OpenStep

ENTERING: Final = "entering maintenance mode"
ARRIVING: Final = "taking a VM from a vCenter that is not looked at here"


@dataclass(frozen=True, slots=True)
class OpenFlights:
    """An ``InventorySource``.

    A migration that hangs, or whose outcome is unknown, takes room at both ends and keeps its VM from being chosen
    again, until a look has settled it. A host that may still enter maintenance mode takes no VM, nor does one to which
    a VM comes from a vCenter that is not read here.
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
        inventory = _closed(inventory, steps, calls)
        for step in steps:
            inventory = shown_in_flight(inventory, step.vm, step.source, step.destination, step.disk_moves)
        return inventory


def _closed(inventory: Inventory, steps: Sequence[OpenStep], calls: Sequence[OpenHostCall]) -> Inventory:
    """With the hosts closed to which nothing is to be brought before what is open there is settled."""
    reasons = {call.host: ENTERING for call in calls}
    own = {host.ref.vcenter for host in inventory.hosts}
    # How large a VM is that comes from a vCenter that is not looked at here, nobody can tell.
    reasons |= {step.destination: ARRIVING for step in steps if step.vm.vcenter not in own}
    if not any(inventory.find_host(ref) for ref in reasons):
        return inventory
    hosts = (replace(host, closed_because=reasons.get(host.ref, host.closed_because)) for host in inventory.hosts)
    return replace(inventory, hosts=tuple(hosts))

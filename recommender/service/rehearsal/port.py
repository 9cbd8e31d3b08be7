"""The data centre as one process of a rehearsal reaches it: its own vCenters alone, and only while it leads there."""

from collections.abc import Collection, Sequence
from typing import Any

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.journal.lease import Lease
from recommender.placement.result import Move
from recommender.policy import VsanEvacuation
from recommender.ports import TaskRef
from recommender.service.rehearsal.checks import Checks


class ReachedDataCenter:
    """``vcenters`` as ``Process`` tells them; ``leases`` are those with which the process leads there."""

    def __init__(self, checks: Checks, vcenters: Collection[str] | None, leases: Sequence[Lease]) -> None:
        self._checks, self._vcenters, self._leases = checks, vcenters, leases

    def __getattr__(self, name: str) -> Any:
        return getattr(self._checks, name)

    def read(self) -> Inventory:
        """What is in its vCenters. Raises ``InventoryUnavailable``."""
        inventory: Inventory = self._checks.read(self._vcenters)
        return inventory

    def relocate(self, move: Move, operation_id: str) -> TaskRef:
        """The call itself, after it was looked at who sends it."""
        self._look(operation_id, move.source, move.destination)
        return self._checks.relocate(move, operation_id)

    def enter_maintenance(
        self, host: EntityRef, operation_id: str, vsan: VsanEvacuation | None = None, *, takes_all: bool = False
    ) -> TaskRef:
        """The same."""
        self._look(operation_id, host)
        return self._checks.enter_maintenance(host, operation_id, vsan, takes_all=takes_all)

    def exit_maintenance(self, host: EntityRef, operation_id: str) -> TaskRef:
        """The same."""
        self._look(operation_id, host)
        return self._checks.exit_maintenance(host, operation_id)

    def _look(self, operation_id: str, *ends: EntityRef) -> None:
        for lease in self._leases:
            if (holder := lease.holder_now()) != lease.holder:
                self._checks.tell(f"{operation_id} was sent while {holder or 'nobody'} held the lease {lease.name!r}")
        if self._vcenters is not None and not {end.vcenter for end in ends} <= set(self._vcenters):
            self._checks.tell(f"{operation_id} was sent by a process that does not reach all of {ends}")

"""What others did since the last turn: VMs that stand elsewhere without us, against what we had recommended."""

from collections.abc import Mapping
from datetime import datetime

from recommender.inventory.inventory import Inventory
from recommender.inventory.reference import EntityRef
from recommender.inventory.twins import twins
from recommender.journal.foreign_moves import ForeignMove
from recommender.service.balancing.recent_history import REMEMBERED
from recommender.service.service_journal import ServiceJournal


class Others:
    """Remembers where VMs stood at the last turn; what happens while no service runs goes unseen."""

    def __init__(self) -> None:
        self._stood: Mapping[str, EntityRef] = {}

    def see(self, inventory: Inventory, journal: ServiceJournal, now: datetime) -> int:
        """Write down what others moved, before this turn's decision; how many. Raises ``JournalError``."""
        shared = twins(inventory)  # where one of them stood says nothing of where another one went
        vms = [vm for vm in inventory.virtual_machines if vm.instance_uuid not in shared]
        stood, self._stood = self._stood, {vm.instance_uuid: vm.host for vm in vms}
        moved = [vm for vm in vms if stood.get(vm.instance_uuid, vm.host) != vm.host]
        if not moved:
            return 0
        ours = {(move.instance_uuid, move.destination) for move in journal.recent_moves(now - REMEMBERED)}
        wanted = {found.instance_uuid: str(found.move.destination) for found in journal.recommendations.open()}
        moves = [
            ForeignMove(
                at=now,
                vm=vm.ref,
                instance_uuid=vm.instance_uuid,
                source=stood[vm.instance_uuid],
                destination=vm.host,
                recommended=wanted.get(vm.instance_uuid),
            )
            for vm in moved
            if (vm.instance_uuid, vm.host) not in ours
        ]
        journal.names.keep(inventory, {ref for one in moves for ref in (one.vm, one.source, one.destination)})
        journal.foreign_moves.add(moves)
        return len(moves)

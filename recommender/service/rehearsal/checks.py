"""What must hold at every event of a rehearsal, looked at from outside the service."""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from recommender.actuation.patience import CLOCK_SKEW
from recommender.constraints.check import caused_by_move
from recommender.constraints.registry import constraints_for
from recommender.errors import InventoryUnavailable
from recommender.inventory.reference import EntityRef
from recommender.journal.audit_chain import problems
from recommender.journal.store import DatabaseJournal
from recommender.placement.result import Move
from recommender.policy import VsanEvacuation
from recommender.ports import OpenStep, StepState, TaskRef
from recommender.service.rehearsal.day import Day
from recommender.service.rehearsal.history import broken_history
from recommender.settings.settings import Settings
from recommender.simulation.datacenter import SimulatedDataCenter

UNSETTLED_TURNS: Final = 3  # of the leader, each of which settles what it can


class Checks:
    """Stands before the data centre and looks at each call that changes something; ``broken`` gets what is wrong."""

    def __init__(
        self,
        datacenter: SimulatedDataCenter,
        settings: Settings,
        day: Day,
        broken: list[str],
        say: Callable[[str], None],
    ) -> None:
        self._say = say
        self._datacenter, self._settings, self._day, self._broken = datacenter, settings, day, broken
        self._operations: Counter[str] = Counter()
        self._open_for: Counter[str] = Counter()
        rules = constraints_for(settings.policy)
        self._continuous = [constraint for constraint in rules if constraint.continuous]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._datacenter, name)

    def relocate(self, move: Move, operation_id: str) -> TaskRef:
        """The call itself, after it was looked at."""
        self._say(f"{operation_id}: {move.vm} from {move.source} to {move.destination} ({move.reason.value})")
        self._is_sent_once(operation_id)
        try:
            now = self._datacenter.read()
        except InventoryUnavailable:
            return self._datacenter.relocate(move, operation_id)
        vm, destination = now.find_vm(move.vm), now.find_host(move.destination)
        if vm is not None and destination is not None:
            if now.in_flight_of(move.vm) is not None:
                self._broken.append(f"{move.vm} was sent while it is in a migration")
            targets = {disk.disk_key: disk.destination for disk in move.disk_moves}
            for violation in caused_by_move(self._continuous, now, vm, destination, targets):
                self._broken.append(f"{operation_id} breaks {violation.constraint}: {violation.reason}")
        return self._datacenter.relocate(move, operation_id)

    def enter_maintenance(
        self, host: EntityRef, operation_id: str, vsan: VsanEvacuation | None = None, *, takes_all: bool = False
    ) -> TaskRef:
        """The call itself, after it was counted."""
        self._say(f"{operation_id}: {host} into maintenance mode")
        self._is_sent_once(operation_id)
        return self._datacenter.enter_maintenance(host, operation_id, vsan, takes_all=takes_all)

    def exit_maintenance(self, host: EntityRef, operation_id: str) -> TaskRef:
        """The call itself; it may be made again where none arrived, which the host shows."""
        self._say(f"{operation_id}: {host} out of maintenance mode")
        with suppress(InventoryUnavailable):
            found = self._datacenter.read().find_host(host)
            if found is not None and found.in_maintenance is False:
                self._broken.append(f"{operation_id} was sent while {host} was out of maintenance mode")
        return self._datacenter.exit_maintenance(host, operation_id)

    def tell(self, problem: str) -> None:
        """Somebody else has seen what must not be."""
        self._broken.append(problem)

    def after_a_turn(self, journal: DatabaseJournal, reaches: Callable[..., bool]) -> None:
        """Of the leader: what a crash left open is settled within a recovery, or once vCenter's task has ended.

        Asked of steps both ends of which it ``reaches``.
        """
        still_open = {
            step.operation_id
            for step in journal.open_steps()
            if step.state in (StepState.INTENT, StepState.SUBMITTED)
            and reaches(step.source, step.destination)
            and not self._runs_on(step)
        }
        self._open_for = Counter({one: self._open_for[one] + 1 for one in still_open})
        for operation_id, turns in self._open_for.items():
            if turns == UNSETTLED_TURNS:
                self._broken.append(f"{operation_id} is still open after {turns} turns")

    def at_the_end(self, journal: DatabaseJournal) -> None:
        """What the journal says of all days, held against the data centre and against itself."""
        if left := journal.open_steps():
            self._broken.append(f"{len(left)} steps are still open: {left[0]}")
        if calls := journal.open_host_calls():
            self._broken.append(f"{len(calls)} calls on hosts are still open: {calls[0]}")
        self._broken += [f"audit: {problem}" for problem in problems(journal.audit.entries())]
        self._broken += broken_history(journal, self._datacenter, self._settings, self._day)

    def _runs_on(self, step: OpenStep) -> bool:
        """Whether vCenter is still at work on it: then it is looked at in each turn."""
        try:
            found = self._datacenter.recent_tasks(step.vm, step.intended_at - CLOCK_SKEW)
        except InventoryUnavailable:
            return True
        return any(not task.has_ended for task in found)

    def _is_sent_once(self, operation_id: str) -> None:
        self._operations[operation_id] += 1
        if self._operations[operation_id] > 1:
            self._broken.append(f"{operation_id} was sent twice")

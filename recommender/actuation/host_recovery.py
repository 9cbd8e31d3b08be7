"""Settles by looking the calls for maintenance mode that a former run left open; nothing is sent here."""

from collections.abc import Callable
from dataclasses import dataclass

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.actuation.settle_host import HostSettlement
from recommender.failpoints import Failpoint, reach
from recommender.ports import Clock, InventorySource, Journal, Migrator, OpenHostCall, StepOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredHost:
    """A call that was open and what became of it."""

    call: OpenHostCall
    outcome: StepOutcome

    @property
    def turn(self) -> str:
        """In which it was decided, empty where unknown."""
        return self.call.turn

    def __str__(self) -> str:
        return f"maintenance mode of {self.call.host} in plan {self.call.plan_id[:12]}"


def recover_host_calls(
    journal: Journal,
    source: InventorySource,
    migrator: Migrator,
    clock: Clock,
    *,
    stop: Callable[[], bool] = lambda: False,
    patience: Patience = DEFAULT_PATIENCE,
    follow: bool = True,
    is_ours: Callable[[OpenHostCall], bool] = lambda _: True,
) -> tuple[RecoveredHost, ...]:
    """Follow every open call to its end, oldest first, and write the outcomes down; their plans are ended.

    Others than ``is_ours`` are left alone. One that is still open when ``stop`` says so stays open, without ``follow``
    likewise one whose task is seen running. Patience begins when the call was intended, whoever waited since: one that
    takes longer is looked at once, and stays open.
    Raises ``JournalError``.
    """
    recovered: list[RecoveredHost] = []
    for call in filter(is_ours, journal.open_host_calls()):
        journal.end_plan(call.plan_id, clock.now())
        settlement = HostSettlement(
            call.host,
            call.operation_id,
            call.intended_at,
            source,
            migrator,
            clock,
            task=call.task,
            patience=patience,
            age_s=max(0.0, (clock.now() - call.intended_at).total_seconds()),
        )
        while (outcome := settlement.look()) is None:
            if stop():
                return tuple(recovered)
            if settlement.is_running and not follow:
                break
            clock.sleep(patience.poll_s)
        if outcome is None:
            continue
        reach(Failpoint.IN_HOST_RECOVERY)
        if outcome.state is not call.state:
            journal.record_host_outcome(call.plan_id, call.host, outcome, clock.now())
        recovered.append(RecoveredHost(call=call, outcome=outcome))
    return tuple(recovered)

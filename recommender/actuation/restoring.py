"""Gives a VM that has come to another cluster what its old one said of it: looked at, sent once, looked at again.

What a crash cuts off is completed by looking: what was never asked for is asked for then, what may have been is not
asked for again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar

from recommender.actuation.operation_id import step_operation_id
from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.errors import InventoryError
from recommender.failpoints import Failpoint, reach
from recommender.planning.kept_settings import with_earlier_members
from recommender.ports import Clock, Journal, Migrator, OrderKind, StepOutcome, StepState
from recommender.restoration import OpenRestoration, RestorationState, SettingsThere


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveredSettings:
    """A restoration that was open and what became of it."""

    restoration: OpenRestoration
    outcome: StepOutcome
    turn: ClassVar[str] = ""  # nobody knows in which it was decided

    def __str__(self) -> str:
        one = self.restoration
        return f"settings of {one.kept.vm.ref} (step {one.number} of plan {one.plan_id[:12]}) in its new cluster"


def restore(
    restoration: OpenRestoration,
    *,
    journal: Journal,
    migrator: Migrator,
    clock: Clock,
    patience: Patience = DEFAULT_PATIENCE,
) -> StepOutcome | None:
    """How it ended, written down; ``None`` if it stays open. Raises ``JournalError``.

    It stays open while vCenter cannot be asked, and where it may have been asked for until that would show.
    """
    destination = restoration.destination
    earlier = journal.restorations.kept_with(restoration.kept.vm.instance_uuid)
    kept = with_earlier_members(restoration.kept, earlier)
    try:
        there = migrator.settings_there(kept, destination)
        if there.lacking and restoration.state is RestorationState.PENDING:
            operation_id = f"{step_operation_id(restoration.plan_id, restoration.number)}-settings"
            journal.restorations.intend(restoration.plan_id, restoration.number, operation_id, clock.now())
            reach(Failpoint.AFTER_SETTINGS_INTENT)
            journal.require_hold()
            there = migrator.restore_settings(kept, destination, operation_id)
            reach(Failpoint.AFTER_SETTINGS_SUBMIT)
        elif there.lacking and _may_still_show(restoration, clock, patience):
            return None
    except InventoryError:
        return None
    outcome = _outcome(there)
    ended = RestorationState(outcome.state.value)
    journal.restorations.end(restoration.plan_id, restoration.number, ended, outcome.detail, clock.now())
    return outcome


def recover_settings(
    journal: Journal,
    migrator: Migrator,
    clock: Clock,
    *,
    stop: Callable[[], bool] = lambda: False,
    patience: Patience = DEFAULT_PATIENCE,
    is_ours: Callable[[OpenRestoration], bool] = lambda _: True,
) -> tuple[RecoveredSettings, ...]:
    """Complete what is open of steps that have ended, but for plans that are paused. Raises ``JournalError``."""
    still_open = {(step.plan_id, step.number) for step in journal.open_steps()}
    recovered: list[RecoveredSettings] = []
    for one in journal.restorations.open():
        if (one.plan_id, one.number) in still_open or not is_ours(one) or stop():
            continue
        order = journal.standing_order(one.plan_id)
        if order is not None and order.kind is OrderKind.PAUSE:
            continue
        outcome = restore(one, journal=journal, migrator=migrator, clock=clock, patience=patience)
        if outcome is not None:
            recovered.append(RecoveredSettings(restoration=one, outcome=outcome))
    return tuple(recovered)


def _may_still_show(restoration: OpenRestoration, clock: Clock, patience: Patience) -> bool:
    intended_at = restoration.intended_at or datetime.min.replace(tzinfo=UTC)
    return (clock.now() - intended_at).total_seconds() < patience.appear_s


def _outcome(there: SettingsThere) -> StepOutcome:
    told = "; ".join(there.told)
    if there.is_elsewhere:
        return StepOutcome(state=StepState.SKIPPED, detail=told)
    return StepOutcome(state=StepState.FAILED if there.lacking else StepState.DONE, detail=told)

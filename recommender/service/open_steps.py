"""Settles what a former run left open before anything new is decided."""

from collections.abc import Callable
from typing import Any

import structlog

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.actuation.recovery import recover
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World


def settle_open_steps(
    world: World, journal: ServiceJournal, *, stop: Callable[[], bool], patience: Patience = DEFAULT_PATIENCE
) -> None:
    """Look what became of steps that are open in the journal, log it and write it down.

    Raises ``JournalError``, also where another process is carrying them out right now.
    """
    if not journal.open_steps():
        return
    log: Any = structlog.get_logger()
    with journal.acting():
        settled = recover(journal, world.migrator, world.clock, stop=stop, patience=patience)
    for recovered in settled:
        log.warning(
            "a step of a former run was settled",
            plan=recovered.step.plan_id,
            step=recovered.step.number,
            vm=str(recovered.step.vm),
            state=recovered.outcome.state.value,
            detail=recovered.outcome.detail,
        )

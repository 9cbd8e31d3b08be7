"""Settles what a former run left open before anything new is decided."""

from collections.abc import Callable
from typing import Any

import structlog

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.actuation.recovery import recover
from recommender.ports import Journal
from recommender.service.world import World


def settle_open_steps(
    world: World, journal: Journal, *, stop: Callable[[], bool], patience: Patience = DEFAULT_PATIENCE
) -> None:
    """Look what became of steps that are open in the journal, log it and write it down. Raises ``JournalError``."""
    log: Any = structlog.get_logger()
    for recovered in recover(journal, world.migrator, world.clock, stop=stop, patience=patience):
        log.warning(
            "a step of a former run was settled",
            plan=recovered.step.plan_id,
            step=recovered.step.number,
            vm=str(recovered.step.vm),
            state=recovered.outcome.state.value,
            detail=recovered.outcome.detail,
        )

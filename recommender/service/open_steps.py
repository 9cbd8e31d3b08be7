"""Settles what a former run left open before anything new is decided."""

from collections.abc import Callable

from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.actuation.recovery import Recovered, recover
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World


def settle_open_steps(
    world: World, journal: ServiceJournal, *, stop: Callable[[], bool], patience: Patience = DEFAULT_PATIENCE
) -> tuple[Recovered, ...]:
    """Look what became of steps that are open in the journal, and write it down.

    Raises ``JournalError``, also where another process is carrying them out right now.
    """
    if not journal.open_steps():
        return ()
    with journal.acting():
        return recover(journal, world.migrator, world.clock, stop=stop, patience=patience)

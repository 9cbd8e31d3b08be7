"""Settles what a former run left open before anything new is decided."""

from collections.abc import Callable

from recommender.actuation.host_recovery import RecoveredHost, recover_host_calls
from recommender.actuation.patience import DEFAULT_PATIENCE, Patience
from recommender.actuation.recovery import Recovered, recover
from recommender.actuation.restoring import RecoveredSettings, recover_settings
from recommender.ports import StepState
from recommender.service.service_journal import ServiceJournal
from recommender.service.world import World

Settled = Recovered | RecoveredHost | RecoveredSettings


def runs_on(journal: ServiceJournal, author: str) -> bool:
    """Whether a migration of this author's plans is open in the journal, or a host on its way into maintenance mode.

    Not a host of which nobody knows whether it still is. Raises ``JournalError``.
    """
    if any(step.author == author for step in journal.open_steps()):
        return True
    calls = journal.open_host_calls()
    return any(call.author == author and call.state is not StepState.UNKNOWN for call in calls)


def settle_open_steps(
    world: World,
    journal: ServiceJournal,
    *,
    stop: Callable[[], bool],
    patience: Patience = DEFAULT_PATIENCE,
    follow: bool = True,
) -> tuple[Settled, ...]:
    """Look what became of steps and calls on hosts that are open in the journal, and write it down.

    VMs that have arrived are given what their old clusters said of them, where that is still to be done.

    What is in vCenters that ``world`` does not reach is left alone. Without ``follow`` migrations that still run, and
    hosts that still enter maintenance mode, are looked at once and stay open: ``OpenFlights`` shows them. Raises
    ``JournalError``, also where another process is carrying them out right now.
    """
    steps = [step for step in journal.open_steps() if world.reaches(step.source, step.destination)]
    calls = [call for call in journal.open_host_calls() if world.reaches(call.host)]
    settings = [one for one in journal.restorations.open() if world.reaches(one.destination)]
    if not steps and not calls and not settings:
        return ()
    ends = {host.vcenter for step in steps for host in (step.source, step.destination)}
    ends |= {call.host.vcenter for call in calls} | {one.destination.vcenter for one in settings}
    with journal.acting(ends):
        recovered = recover(
            journal,
            world.migrator,
            world.clock,
            stop=stop,
            patience=patience,
            follow=follow,
            is_ours=lambda step: world.reaches(step.source, step.destination),
        )
        hosts = recover_host_calls(
            journal,
            world.source,
            world.migrator,
            world.clock,
            stop=stop,
            patience=patience,
            follow=follow,
            is_ours=lambda call: world.reaches(call.host),
        )
        restored = recover_settings(
            journal,
            world.migrator,
            world.clock,
            stop=stop,
            patience=patience,
            is_ours=lambda one: world.reaches(one.destination),
        )
        return (*recovered, *hosts, *restored)
